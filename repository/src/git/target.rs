//! The target: what everything will be merged into.

use std::path::PathBuf;

use crate::files;
use crate::merge::Commits;
use crate::model::{Oid, Target};

use super::admin::Head;
use super::short_names::Abbreviator;
use super::store::Store;
use super::{GitError, Repository, admin};

impl Repository {
    /// What everything will be merged into: the revision that was asked for, or the branch of the
    /// main worktree. Where that is detached, or there is no main worktree, it is the branch of
    /// the bare repository, `main`, `master`, or the local branch of `origin/HEAD`, whichever
    /// exists first; then the detached commit.
    pub fn target(&self, asked: Option<&str>) -> Result<Target, GitError> {
        let store = self.store();
        let target = match asked {
            Some(asked) => self.asked_for(&store, asked),
            None => self.default_target(&store),
        }?;
        let branch = target.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        let ambiguous = branch.is_some_and(|branch| self.is_ambiguous(branch));
        let usual = asked.and_then(|_| self.usual_branch(&store));
        let usual = usual.and_then(|name| Some(name.strip_prefix("refs/heads/")?.to_string()));
        let usual = usual.filter(|usual| branch != Some(usual));
        Ok(Target { ambiguous, usual, ..target })
    }

    /// The same target, as it will be once it is at another commit.
    ///
    /// # Errors
    /// That commit cannot be read.
    pub fn target_at(&self, target: &Target, commit: Oid) -> Result<Target, GitError> {
        let Target { head, tree, time, .. } = of_commit(&self.store(), target.name.clone(), commit)?;
        Ok(Target { head, tree, time, ..target.clone() })
    }

    fn asked_for(&self, store: &Store, asked: &str) -> Result<Target, GitError> {
        let branch = format!("refs/heads/{asked}");
        let unborn = Head::Reference(branch.clone());
        let known = self.references().commit(store, &branch);
        if matches!(known, Ok(Some(_))) || self.references().head(self.common_dir()).as_ref() == Ok(&unborn) {
            return self.of_reference(store, &branch);
        }
        let (id, reference) = self.revision(asked)?;
        let reference = reference.filter(|name| name.starts_with("refs/") && !is_own_ref(name));
        if let Some(branch) = reference.as_ref().filter(|name| name.starts_with("refs/heads/")) {
            return self.of_reference(store, branch);
        }
        // what is told of it is typed in other worktrees
        let name = match (is_of_worktree(asked), &reference) {
            (false, _) => asked.to_string(),
            (true, Some(name)) => name.strip_prefix("refs/").unwrap_or(name).to_string(),
            (true, None) => self.short_name(id),
        };
        Ok(Target { reference, ..of_commit(store, name, id)? })
    }

    fn default_target(&self, store: &Store) -> Result<Target, GitError> {
        let head = self.references().head(self.common_dir()).map_err(|reason| GitError::Broken {
            doing: "read the HEAD of the repository".to_string(),
            reason,
        });
        let exists = |name: &str| !matches!(self.references().commit(store, name), Ok(None));
        let head = match head {
            Ok(Head::Detached(id)) => {
                // during a rebase or a bisection, the branch that it will return to
                let branch = admin::branch_under_way(self.common_dir());
                Ok(branch.filter(|name| exists(name)).map_or(Head::Detached(id), Head::Reference))
            }
            head => head,
        };
        if let Ok(Head::Reference(name)) = &head
            && (!self.is_bare() || exists(name))
        {
            return self.of_reference(store, name);
        }
        if let Some(name) = self.usual_branch(store) {
            return self.of_reference(store, &name);
        }
        match head? {
            Head::Detached(id) => {
                let head_there = Some("main-worktree/HEAD".to_string());
                Ok(Target { head_there, ..of_commit(store, id.short(), id)? })
            }
            Head::Reference(name) => self.of_reference(store, &name),
        }
    }

    /// The branch that all work usually goes into: `main`, `master`, or the local branch of `origin/HEAD`, whichever exists
    /// first.
    fn usual_branch(&self, store: &Store) -> Option<String> {
        let exists = |name: &str| !matches!(self.references().commit(store, name), Ok(None));
        let of_origin = self
            .references()
            .symbolic("refs/remotes/origin/HEAD")
            .and_then(|name| Some(format!("refs/heads/{}", name.strip_prefix("refs/remotes/origin/")?)));
        let usual = ["refs/heads/main", "refs/heads/master"].map(str::to_string);
        usual.into_iter().chain(of_origin).find(|name| exists(name))
    }

    fn of_reference(&self, store: &Store, name: &str) -> Result<Target, GitError> {
        let short = name.strip_prefix("refs/heads/").unwrap_or(name).to_string();
        let target = match self.references().commit(store, name)? {
            Some(id) => of_commit(store, short, id)?,
            None => Target {
                name: short,
                reference: None,
                ambiguous: false,
                usual: None,
                head_there: None,
                head: None,
                tree: None,
                time: None,
            },
        };
        Ok(Target { reference: Some(name.to_string()), ..target })
    }

    /// Whether git takes the short name of a branch for something else: an option, an id, `HEAD`, a tag, another ref.
    pub fn is_ambiguous(&self, branch: &str) -> bool {
        let store = self.store();
        let is_ref = |name: &str| !matches!(self.references().commit(&store, name), Ok(None));
        let whole = branch.starts_with("refs/").then(|| branch.to_string());
        let mut before =
            ["refs/", "refs/tags/"].map(|folder| format!("{folder}{branch}")).into_iter().chain(whole);
        let is_id = branch.parse::<Oid>().is_ok();
        let special = branch == "@" || branch.ends_with("HEAD") || branch.starts_with('-');
        is_id || special || before.any(|name| is_ref(&name))
    }

    /// The commit that a revision names, and the full name of its ref where it is one. `HEAD` is
    /// the one of the worktree that the search started in.
    pub fn revision(&self, asked: &str) -> Result<(Oid, Option<String>), GitError> {
        let store = self.store();
        let found = self.references().revision(&store, &self.current_git_dir(), asked);
        found.ok_or_else(|| GitError::UnknownRevision {
            asked: asked.to_string(),
            known: self.known_names(&store),
        })
    }

    /// The shortest name of a commit that no other object has.
    fn short_name(&self, id: Oid) -> String {
        Abbreviator::new(self.shared.clone(), self.merge_settings.abbreviation).name(id)
    }

    /// How many commits `git merge FETCH_HEAD` merges: those of the last fetch that are meant for it.
    pub fn fetched(&self) -> usize {
        let file = self.current_git_dir().join("FETCH_HEAD");
        let text = files::read(&file, files::MOST_OF_GIT).unwrap_or_default();
        let is_merged =
            |line: &&[u8]| !line.is_empty() && !line[40.min(line.len())..].starts_with(b"\tnot-for-merge");
        text.split(|byte| *byte == b'\n').filter(is_merged).count()
    }

    /// The git folder of the worktree that the search started in.
    fn current_git_dir(&self) -> PathBuf {
        let linked = self.current_worktree().filter(|top| Some(*top) != self.main_worktree());
        let git_dir = linked.and_then(|top| admin::git_dir(top).ok());
        git_dir.unwrap_or_else(|| self.common_dir().to_path_buf())
    }

    /// The first few branches, to choose from.
    fn known_names(&self, store: &Store) -> Vec<String> {
        let branches = self.references().branches(store, &|_| true).unwrap_or_default();
        let mut names: Vec<String> = branches
            .keys()
            .map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_string())
            .collect();
        names.sort_by(|a, b| crate::model::natural_order(a, b));
        let more = names.len().saturating_sub(8);
        names.truncate(8);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        names
    }
}

/// Whether a revision can mean another commit in each worktree: `HEAD`, `@{-1}`, `ORIG_HEAD`, `@{upstream}`, `bisect/bad`.
fn is_of_worktree(asked: &str) -> bool {
    let name = asked.split(['~', '^']).next().unwrap_or_default();
    let is_special = || name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    name.contains('@') && (name == "@" || name.contains("@{"))
        || name.starts_with(':')
        || is_own_ref(name)
        || !name.is_empty() && is_special()
}

/// Whether each worktree has a ref of this name.
fn is_own_ref(name: &str) -> bool {
    let below = name.strip_prefix("refs/").unwrap_or(name);
    ["bisect/", "worktree/", "rewritten/"].iter().any(|folder| below.starts_with(folder))
}

fn of_commit(store: &Store, name: String, id: Oid) -> Result<Target, GitError> {
    let commit = store.commit(id).map_err(|missing| GitError::commit(id, missing))?;
    Ok(Target {
        name,
        reference: None,
        ambiguous: false,
        usual: None,
        head_there: None,
        head: Some(id),
        tree: Some(commit.tree),
        time: Some(commit.time),
    })
}
