use crate::model::{Oid, Target};

use super::admin::{self, Head};
use super::{GitError, Repository, ids};

impl Repository {
    /// What everything will be merged into: the revision that was asked for, or the branch of the
    /// main worktree. Where that is detached, or there is no main worktree, it is the branch of
    /// the bare repository, `main`, `master`, or the local branch of `origin/HEAD`, whichever
    /// exists first; then the detached commit.
    pub fn target(&self, asked: Option<&str>) -> Result<Target, GitError> {
        match asked {
            Some(asked) => self.asked_for(&self.here()?, asked),
            None => self.default_target(&self.handle()?),
        }
    }

    /// A handle in which `HEAD` means the one of the worktree that the search started in.
    pub(super) fn here(&self) -> Result<git2::Repository, GitError> {
        match self.current_worktree() {
            Some(top) if Some(top) != self.main_worktree() => self.worktree_handle(top),
            _ => self.handle(),
        }
    }

    fn asked_for(&self, repo: &git2::Repository, asked: &str) -> Result<Target, GitError> {
        let branch = format!("refs/heads/{asked}");
        let unborn = Head::Reference(branch.clone());
        let known = Repository::commit_of_reference(repo, &branch);
        if matches!(known, Ok(Some(_))) || admin::head(self.common_dir()).as_ref() == Ok(&unborn) {
            return of_reference(repo, &branch);
        }
        let (id, reference) = Repository::revision(repo, asked)?;
        let target = of_commit(repo, asked.to_string(), id)?;
        Ok(Target { reference: reference.filter(|name| name.starts_with("refs/")), ..target })
    }

    fn default_target(&self, repo: &git2::Repository) -> Result<Target, GitError> {
        let head = admin::head(self.common_dir()).map_err(|reason| GitError::Broken {
            doing: "read the HEAD of the repository".to_string(),
            reason,
        });
        let exists = |name: &str| repo.find_reference(name).is_ok();
        if let Ok(Head::Reference(name)) = &head
            && (!self.is_bare() || exists(name))
        {
            return of_reference(repo, name);
        }
        let origin = repo.find_reference("refs/remotes/origin/HEAD").ok();
        let of_origin = origin
            .as_ref()
            .and_then(|reference| reference.symbolic_target().ok().flatten())
            .and_then(|name| name.strip_prefix("refs/remotes/origin/"))
            .map(|name| format!("refs/heads/{name}"));
        let usual = ["refs/heads/main", "refs/heads/master"].map(str::to_string);
        if let Some(name) = usual.into_iter().chain(of_origin).find(|name| exists(name)) {
            return of_reference(repo, &name);
        }
        match head? {
            Head::Detached(id) => of_commit(repo, id.short(), id),
            Head::Reference(name) => of_reference(repo, &name),
        }
    }

    /// The commit that a ref leads to; `None` where the ref does not exist yet.
    pub(super) fn commit_of_reference(repo: &git2::Repository, name: &str) -> Result<Option<Oid>, GitError> {
        match repo.find_reference(name) {
            Ok(reference) => {
                let commit = reference.peel_to_commit();
                let commit =
                    commit.map_err(|error| GitError::broken(format!("read the ref {name}"), error))?;
                Ok(Some(ids::from_git2(commit.id())))
            }
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::broken(format!("read the ref {name}"), error)),
        }
    }

    /// The commit that a revision names, and the full name of its ref where it is one.
    pub(super) fn revision(repo: &git2::Repository, asked: &str) -> Result<(Oid, Option<String>), GitError> {
        let unknown = || GitError::UnknownRevision { asked: asked.to_string(), known: known_names(repo) };
        let (object, reference) = repo.revparse_ext(asked).map_err(|_| unknown())?;
        let commit = object.peel_to_commit().map_err(|_| unknown())?;
        let name = reference.and_then(|reference| reference.name().ok().map(str::to_string));
        Ok((ids::from_git2(commit.id()), name))
    }
}

fn of_reference(repo: &git2::Repository, name: &str) -> Result<Target, GitError> {
    let short = name.strip_prefix("refs/heads/").unwrap_or(name).to_string();
    let target = match Repository::commit_of_reference(repo, name)? {
        Some(id) => of_commit(repo, short, id)?,
        None => Target { name: short, reference: None, head: None, time: None },
    };
    Ok(Target { reference: Some(name.to_string()), ..target })
}

fn of_commit(repo: &git2::Repository, name: String, id: Oid) -> Result<Target, GitError> {
    let commit = repo.find_commit(ids::to_git2(id)).map_err(|error| GitError::commit(id, error))?;
    Ok(Target { name, reference: None, head: Some(id), time: Some(commit.time().seconds()) })
}

/// The first few branches, to choose from.
fn known_names(repo: &git2::Repository) -> Vec<String> {
    let Ok(mut references) = repo.references_glob("refs/heads/*") else { return Vec::new() };
    let mut names: Vec<String> =
        references.names().flatten().map(|name| name.trim_start_matches("refs/heads/").to_string()).collect();
    names.sort_by(|a, b| crate::model::natural_order(a, b));
    let more = names.len().saturating_sub(8);
    names.truncate(8);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names
}
