//! Refs: read by libgit2, or by the `git` program where libgit2 does not know how they are stored
//! (reftable). Objects come from libgit2 either way.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use git2::ObjectType;

use crate::model::Oid;

use super::admin::{self, Head};
use super::program::Program;
use super::{GitError, error, ids};

/// Where refs are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum References {
    /// libgit2.
    Library,
    /// The `git` program, about the repository with this common git folder.
    Program(PathBuf),
}

/// A commit, or why a ref leads to none.
pub(super) type BranchTip = Result<Oid, String>;

impl References {
    /// Where a branch was moved to, and by what, from its reflog, the oldest first; nothing where none
    /// is kept.
    pub fn moves_of_branch(&self, common_dir: &Path, branch: &str) -> Vec<(Oid, String)> {
        match self {
            References::Library => admin::moves_of_branch(common_dir, branch),
            References::Program(folder) => {
                let name = format!("refs/heads/{branch}");
                let args = ["reflog", "show", "--format=%H%x09%gs", &name, "--"];
                let said = Program::new(folder, format!("read the log of {branch}")).args(args).run(&[]);
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

    /// Where the worktree with this git folder is.
    pub(super) fn head(&self, git_dir: &Path) -> Result<Head, String> {
        if *self == References::Library {
            return admin::head(git_dir);
        }
        let told = |error: GitError| error.to_string();
        match line(git_dir, &["symbolic-ref", "-q", "HEAD"]).map_err(told)? {
            Some(name) => Ok(Head::Reference(name)),
            None => {
                let id = line(git_dir, &["rev-parse", "--verify", "-q", "HEAD"]).map_err(told)?;
                let id = id.and_then(|id| id.parse().ok());
                id.map(Head::Detached).ok_or_else(|| format!("HEAD of {} is damaged", git_dir.display()))
            }
        }
    }

    /// Whether the worktree with this git folder has this pseudo ref, `CHERRY_PICK_HEAD`.
    pub(super) fn has_pseudo(&self, git_dir: &Path, name: &str) -> bool {
        match self {
            References::Library => fs::symlink_metadata(git_dir.join(name)).is_ok(),
            References::Program(_) => {
                matches!(line(git_dir, &["rev-parse", "--verify", "-q", name]), Ok(Some(_)))
            }
        }
    }

    /// The commit that a ref leads to; `None` where the ref does not exist yet.
    pub(super) fn commit(&self, repo: &git2::Repository, name: &str) -> Result<Option<Oid>, GitError> {
        self.commit_by(repo, name, &|_| false)
    }

    /// The same where some ids are known to be commits, which are not looked up then.
    pub(super) fn commit_by(
        &self,
        repo: &git2::Repository,
        name: &str,
        is_commit: &dyn Fn(Oid) -> bool,
    ) -> Result<Option<Oid>, GitError> {
        let broken = |error| GitError::broken(format!("read the ref {name}"), error);
        let object = match self {
            References::Library => match repo.find_reference(name) {
                Ok(reference) => return led_to(&reference, is_commit).map(Some).map_err(broken),
                Err(error) if error.code() == git2::ErrorCode::NotFound => None,
                Err(error) => return Err(broken(error)),
            },
            References::Program(git_dir) => {
                line(git_dir, &["for-each-ref", "--format=%(objectname)", name])?.map(|id| parsed(&id))
            }
        };
        object.map(|id| peeled(repo, id?, ObjectType::Commit).map(commit_of).map_err(broken)).transpose()
    }

    /// The branch that a symbolic ref points to.
    pub(super) fn symbolic(&self, repo: &git2::Repository, name: &str) -> Option<String> {
        match self {
            References::Library => {
                repo.find_reference(name).ok()?.symbolic_target().ok().flatten().map(str::to_string)
            }
            References::Program(git_dir) => line(git_dir, &["symbolic-ref", "-q", name]).ok().flatten(),
        }
    }

    /// The local branches that are `wanted`, by their full names. Those that lead nowhere are kept:
    /// what is not determined must not vanish. Ids that are known to be those of commits are not
    /// looked up.
    pub(super) fn branches(
        &self,
        repo: &git2::Repository,
        wanted: &dyn Fn(&str) -> bool,
        is_commit: &dyn Fn(Oid) -> bool,
    ) -> Result<BTreeMap<String, BranchTip>, String> {
        match self {
            References::Library => {
                let of = |name: String| {
                    let commit = repo.find_reference(&name).and_then(|found| led_to(&found, is_commit));
                    (name, commit.map_err(|trouble| error::plain(&trouble)))
                };
                let mut names = listed(repo).map_err(|trouble| error::plain(&trouble))?;
                names.extend(loose_branches(repo.commondir())); // libgit2 passes over broken ones
                Ok(names.into_iter().filter(|name| wanted(name)).map(of).collect())
            }
            References::Program(git_dir) => {
                let said = lines(git_dir, &["for-each-ref", "--format=%(objectname) %(refname)", BRANCHES]);
                let said = said.map_err(|trouble| trouble.to_string())?.unwrap_or_default();
                let branch = |line: &str| {
                    let (id, name) = line.split_once(' ').filter(|(_, name)| wanted(name))?;
                    let commit = parsed(id).and_then(|id| {
                        let commit = peeled(repo, id, ObjectType::Commit).map(commit_of);
                        commit.map_err(|trouble| GitError::broken(format!("read the ref {name}"), trouble))
                    });
                    Some((name.to_string(), commit.map_err(|trouble| trouble.to_string())))
                };
                Ok(said.lines().filter_map(branch).collect())
            }
        }
    }

    /// The commit that a revision names, and the full name of its ref where it is one. `repo` and
    /// `git_dir` are those of the worktree whose `HEAD` is meant.
    pub(super) fn revision(
        &self,
        repo: &git2::Repository,
        git_dir: &Path,
        asked: &str,
    ) -> Option<(Oid, Option<String>)> {
        match self {
            References::Library => {
                let (object, reference) = repo.revparse_ext(asked).ok()?;
                let commit = object.peel(ObjectType::Commit).ok()?;
                let name = reference.and_then(|reference| reference.name().ok().map(str::to_string));
                Some((commit_of(commit), name))
            }
            References::Program(_) => {
                let named = format!("{asked}^{{commit}}");
                let id = ["rev-parse", "--verify", "-q", "--end-of-options", &named];
                let id = parsed(&line(git_dir, &id).ok()??).ok()?;
                // a name that begins with a dash is no ref
                let name = ["rev-parse", "--verify", "-q", "--symbolic-full-name", asked];
                let name = (!asked.starts_with('-')).then(|| line(git_dir, &name).ok().flatten()).flatten();
                Some((id, name))
            }
        }
    }

    /// The tree that a revision of the common git folder names.
    pub(super) fn tree<'r>(&self, repo: &'r git2::Repository, asked: &str) -> Option<git2::Tree<'r>> {
        match self {
            References::Library => repo.revparse_single(asked).ok()?.peel_to_tree().ok(),
            References::Program(git_dir) => {
                let named = format!("{asked}^{{tree}}");
                let id = ["rev-parse", "--verify", "-q", "--end-of-options", &named];
                repo.find_tree(ids::to_git2(parsed(&line(git_dir, &id).ok()??).ok()?)).ok()
            }
        }
    }
}

const BRANCHES: &str = "refs/heads/";

/// What git answers about the repository or worktree with this git folder; `None` where it fails.
fn lines<S: AsRef<OsStr>>(git_dir: &Path, args: &[S]) -> Result<Option<String>, GitError> {
    let program = Program::new(git_dir, format!("list the refs of {}", git_dir.display()));
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

fn peeled(repo: &git2::Repository, id: Oid, kind: ObjectType) -> Result<git2::Object<'_>, git2::Error> {
    repo.find_object(ids::to_git2(id), None)?.peel(kind)
}

/// The commit that a ref leads to; none is looked up whose id is known to be a commit's.
fn led_to(reference: &git2::Reference<'_>, is_commit: &dyn Fn(Oid) -> bool) -> Result<Oid, git2::Error> {
    match reference.target().map(ids::from_git2) {
        Some(id) if is_commit(id) => Ok(id),
        Some(_) | None => reference.peel(ObjectType::Commit).map(commit_of),
    }
}

fn commit_of(commit: git2::Object<'_>) -> Oid {
    ids::from_git2(commit.id())
}

/// The full names of all local branches except broken ones.
fn listed(repo: &git2::Repository) -> Result<Vec<String>, git2::Error> {
    let mut references = repo.references_glob("refs/heads/*")?;
    references.names().map(|name| name.map(str::to_string)).collect()
}

/// The full names of the branches that have a file of their own, whatever is in it.
fn loose_branches(common_dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![common_dir.join(BRANCHES)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.strip_prefix(common_dir).ok().and_then(Path::to_str);
            match name {
                _ if path.is_dir() => folders.push(path),
                Some(name) if !name.ends_with(".lock") => found.push(name.to_string()),
                _ => {}
            }
        }
    }
    found
}
