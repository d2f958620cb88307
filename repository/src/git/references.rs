//! Refs: read from files, or by the `git` program where they are stored in another way (reftable).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::merge::{Commits, Objects};
use crate::model::{Oid, shown_path};

use super::GitError;
use super::admin::{self, Head, HeadMove};
use super::program::Program;
use super::ref_files::{RefFiles, RefValue};
use super::store::Store;

/// Where refs are read.
#[derive(Clone, Debug)]
pub(super) enum References {
    /// Their files.
    Files(RefFiles),
    /// The `git` program, about the repository with this common git folder.
    Program(PathBuf),
}

/// A commit, or why a ref leads to none.
pub(super) type BranchTip = Result<Oid, String>;

impl References {
    /// Where a branch was moved to, and by what, from its reflog, the oldest first; nothing where none
    /// is kept.
    pub fn moves_of_branch(&self, common_dir: &Path, branch: &str) -> Vec<(Oid, String)> {
        self.moves_of(common_dir, &format!("refs/heads/{branch}"))
    }

    /// The same of any ref, by its full name.
    pub fn moves_of(&self, common_dir: &Path, name: &str) -> Vec<(Oid, String)> {
        match self {
            References::Files(_) => admin::moves_of(common_dir, name),
            References::Program(folder) => {
                let args = ["reflog", "show", "--format=%H%x09%gs", name, "--"];
                let said = Program::new(folder, format!("read the log of {name}")).args(args).run(&[]);
                let said = said.unwrap_or_default();
                let said = String::from_utf8_lossy(&said);
                let one = |line: &str| {
                    let (id, what) = line.split_once('\t')?;
                    Some((id.parse().ok()?, what.to_string()))
                };
                said.lines().rev().filter_map(one).collect()
            }
        }
    }

    /// The moves of the head of the worktree with this git folder, the oldest first; nothing where none are noted.
    pub(super) fn moves_of_head(&self, git_dir: &Path) -> Vec<HeadMove> {
        let References::Program(_) = self else { return admin::moves_of_head(git_dir) };
        // the program does not say from where: the parent of a commit that was made there, or where it was before
        let args = ["reflog", "show", "--format=%H%x09%P%x09%gs", "HEAD", "--"];
        let said = Program::new(git_dir, "read the log of HEAD").args(args).run(&[]).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let mut moves: Vec<HeadMove> = Vec::new();
        for line in said.lines().rev() {
            let mut parts = line.splitn(3, '\t');
            let (Some(to), parents) = (parts.next().and_then(|id| id.parse().ok()), parts.next()) else {
                continue;
            };
            let what = parts.next().unwrap_or_default().to_string();
            let before = moves.last().map(|last| last.to);
            let parent = parents.and_then(|ids| ids.split(' ').next()?.parse().ok());
            let is_made = what.starts_with("commit:") || what.starts_with("commit (merge)");
            moves.push(HeadMove { from: if is_made { parent } else { before }, to, what });
        }
        moves
    }

    /// Where the worktree with this git folder is.
    pub(super) fn head(&self, git_dir: &Path) -> Result<Head, String> {
        if let References::Files(_) = self {
            return admin::head(git_dir);
        }
        let told = |error: GitError| error.to_string();
        match line(git_dir, &["symbolic-ref", "-q", "HEAD"]).map_err(told)? {
            Some(name) => Ok(Head::Reference(name)),
            None => {
                let id = line(git_dir, &["rev-parse", "--verify", "-q", "HEAD"]).map_err(told)?;
                let id = id.and_then(|id| id.parse().ok());
                id.map(Head::Detached).ok_or_else(|| format!("HEAD of {} is damaged", shown_path(git_dir)))
            }
        }
    }

    /// Whether the worktree with this git folder has this pseudo ref, `CHERRY_PICK_HEAD`.
    pub(super) fn has_pseudo(&self, git_dir: &Path, name: &str) -> bool {
        match self {
            References::Files(_) => fs::symlink_metadata(git_dir.join(name)).is_ok(),
            References::Program(_) => {
                matches!(line(git_dir, &["rev-parse", "--verify", "-q", name]), Ok(Some(_)))
            }
        }
    }

    /// The commit that a ref leads to; `None` where the ref does not exist yet.
    pub(super) fn commit(&self, store: &Store, name: &str) -> Result<Option<Oid>, GitError> {
        let broken = |reason| GitError::Broken { doing: format!("read the ref {name}"), reason };
        let object = match self {
            References::Files(files) => files.resolve(name).map_err(broken)?,
            References::Program(git_dir) => {
                let id = line(git_dir, &["for-each-ref", "--format=%(objectname)", name])?;
                id.map(|id| parsed(&id)).transpose()?
            }
        };
        object.map(|id| store.peeled(id).map_err(|missing| broken(missing.to_string()))).transpose()
    }

    /// The branch that a symbolic ref points to.
    pub(super) fn symbolic(&self, name: &str) -> Option<String> {
        match self {
            References::Files(files) => match files.find(name) {
                Ok(Some(RefValue::Reference(branch))) => Some(branch),
                Ok(Some(RefValue::Object(_)) | None) | Err(_) => None,
            },
            References::Program(git_dir) => line(git_dir, &["symbolic-ref", "-q", name]).ok().flatten(),
        }
    }

    /// All refs whose full names begin like this, each with its object or the reason why that is not known.
    ///
    /// # Errors
    /// The reason, in words, why not all can be listed.
    pub(super) fn below(&self, prefix: &str) -> Result<BTreeMap<String, Result<Oid, String>>, String> {
        match self {
            References::Files(files) => files.below(prefix),
            References::Program(git_dir) => {
                let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
                let args = ["for-each-ref", "--format=%(objectname) %(refname)", folder];
                let said = lines(git_dir, &args).map_err(|trouble| trouble.to_string())?.unwrap_or_default();
                let one = |line: &str| {
                    let (id, name) = line.split_once(' ').filter(|(_, name)| name.starts_with(prefix))?;
                    Some((name.to_string(), parsed(id).map_err(|trouble| trouble.to_string())))
                };
                Ok(said.lines().filter_map(one).collect())
            }
        }
    }

    /// The local branches that are `wanted`, by their full names. Those that lead nowhere are kept:
    /// what is not determined must not vanish.
    pub(super) fn branches(
        &self,
        store: &Store,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, BranchTip>, String> {
        Ok(commits_of_branches(self.all_branches()?, store, wanted))
    }

    /// All local branches, as [`References::below`].
    pub(super) fn all_branches(&self) -> Result<BTreeMap<String, BranchTip>, String> {
        self.below(BRANCHES)
    }

    /// The commit that a revision names, and the full name of its ref where it is one. `git_dir` is that
    /// of the worktree whose `HEAD` is meant.
    pub(super) fn revision(
        &self,
        store: &Store,
        git_dir: &Path,
        asked: &str,
    ) -> Option<(Oid, Option<String>)> {
        let (name, steps) = steps(asked);
        let named = match self {
            References::Files(files) if name == "HEAD" => Some(match admin::head(git_dir).ok()? {
                Head::Detached(id) => (id, None),
                Head::Reference(branch) => (files.resolve(&branch).ok()??, Some(branch)),
            }),
            References::Files(files) => named(files, name),
            References::Program(_) => None,
        };
        let Some((id, full)) = named else { return by_program(store, git_dir, asked) };
        let start = store.peeled(id).ok()?;
        let commit = steps.iter().try_fold(start, |commit, step| step.from(commit, store))?;
        Some((commit, full.filter(|_| steps.is_empty())))
    }

    /// The tree that a revision of the common git folder names.
    pub(super) fn tree(&self, store: &Store, common_dir: &Path, asked: &str) -> Option<Oid> {
        if let Some((commit, _)) = self.revision(store, common_dir, asked) {
            return Some(store.commit(commit).ok()?.tree);
        }
        let id = object(common_dir, asked)?;
        store.tree(id).is_ok().then_some(id)
    }

    /// Whether there is any object that this means in the common git folder.
    pub(super) fn is_object(&self, store: &Store, common_dir: &Path, asked: &str) -> bool {
        self.revision(store, common_dir, asked).is_some() || object(common_dir, asked).is_some()
    }
}

/// The object that git takes it for in the common git folder.
fn object(common_dir: &Path, asked: &str) -> Option<Oid> {
    let id = ["rev-parse", "--verify", "-q", "--end-of-options", asked];
    parsed(&line(common_dir, &id).ok()??).ok()
}

/// The commits that branches lead to, of those that are `wanted`.
pub(super) fn commits_of_branches(
    branches: BTreeMap<String, BranchTip>,
    store: &Store,
    wanted: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, BranchTip> {
    let commit = |id: Oid| store.peeled(id).map_err(|missing| missing.to_string());
    let refs = branches.into_iter().filter(|(name, _)| wanted(name));
    refs.map(|(name, id)| (name, id.and_then(commit))).collect()
}

/// A step from a commit to one before it.
#[derive(Clone, Copy)]
enum AncestorStep {
    /// `~3`
    Before(usize),
    /// `^2`
    Parent(usize),
}

impl AncestorStep {
    fn from(self, commit: Oid, store: &Store) -> Option<Oid> {
        let parent = |commit: Oid, number: usize| store.commit(commit).ok()?.parents.get(number - 1).copied();
        match self {
            AncestorStep::Before(steps) => (0..steps).try_fold(commit, |commit, _| parent(commit, 1)),
            AncestorStep::Parent(0) => Some(commit),
            AncestorStep::Parent(number) => parent(commit, number),
        }
    }
}

/// The name in a revision, and the steps after it: `main~2^2`.
fn steps(asked: &str) -> (&str, Vec<AncestorStep>) {
    let (mut name, mut steps) = (asked, Vec::new());
    loop {
        let before = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number = match &name[before.len()..] {
            "" => Ok(1),
            digits => digits.parse(),
        };
        let (rest, step) = match (before.strip_suffix('~'), before.strip_suffix('^'), number) {
            (Some(rest), _, Ok(number)) => (rest, AncestorStep::Before(number)),
            (None, Some(rest), Ok(number)) => (rest, AncestorStep::Parent(number)),
            _ => break,
        };
        name = rest;
        steps.insert(0, step);
    }
    (name, steps)
}

/// A full id, or the ref that a name means, as git looks for it; `None` for anything else.
fn named(files: &RefFiles, name: &str) -> Option<(Oid, Option<String>)> {
    if let Ok(id) = name.parse() {
        return Some((id, None));
    }
    let is_plain = |name: &str| git2::Reference::is_valid_name(name);
    let places = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
    let mut full = places.iter().map(|place| format!("{place}{name}"));
    // `ORIG_HEAD`, `AUTO_MERGE`: a file of the git folder may have such a name
    let is_special = name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    if name.starts_with("refs/")
        || name.ends_with("HEAD")
        || is_special
        || !is_plain(&format!("refs/heads/{name}"))
    {
        return None; // git knows which of several places is meant
    }
    let full = full.find(|full| !matches!(files.find(full), Ok(None)))?;
    Some((files.resolve(&full).ok()??, Some(full)))
}

fn by_program(store: &Store, git_dir: &Path, asked: &str) -> Option<(Oid, Option<String>)> {
    let id = ["rev-parse", "--verify", "-q", "--end-of-options", asked];
    let id = store.peeled(parsed(&line(git_dir, &id).ok()??).ok()?).ok()?;
    // a name that begins with a dash is no ref
    let name = ["rev-parse", "--verify", "-q", "--symbolic-full-name", asked];
    let name = (!asked.starts_with('-')).then(|| line(git_dir, &name).ok().flatten()).flatten();
    Some((id, name))
}

const BRANCHES: &str = "refs/heads/";

/// What git answers about the repository or worktree with this git folder; `None` where it fails.
fn lines<S: AsRef<OsStr>>(git_dir: &Path, args: &[S]) -> Result<Option<String>, GitError> {
    let program = Program::new(git_dir, format!("list the refs of {}", shown_path(git_dir)));
    let said = program.args([OsStr::new("--git-dir"), git_dir.as_os_str()]).args(args).ask()?;
    Ok(said.map(|said| String::from_utf8_lossy(&said).into_owned()))
}

/// The same, for a single line.
fn line<S: AsRef<OsStr>>(git_dir: &Path, args: &[S]) -> Result<Option<String>, GitError> {
    let said = lines(git_dir, args)?;
    Ok(said.map(|said| said.trim_end().to_string()).filter(|said| !said.is_empty()))
}

fn parsed(id: &str) -> Result<Oid, GitError> {
    id.parse().map_err(|_| GitError::Program {
        doing: "list the refs".to_string(),
        reason: format!("gave an unexpected answer: {id}"),
    })
}
