//! What `merge` does with the real git: where its worktree is, what a merge left there, and the move of the target's
//! branch. The merges themselves are in `merge_worktree`.
//!
//! Each act can be repeated after a kill: [`super::MergeWorktree::open`] begins from nothing, [`super::MergeWorktree::look`] says
//! what a merge left, and a branch is moved only from the commit that it is expected at.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::model::{Entry, EntryKind, Oid, RepoPath, shell_folder, shown_path};

use super::admin::{self, Head};
use super::program::{Attempt, Program};
use super::under_way::merge_heads;
use super::{GitError, Repository};

/// The folders in which all worktrees are in which merges are made.
const MERGE_FOLDERS: [&str; 2] = ["track-work", "merge"];

/// Settings for these merges alone: conflicts that were resolved once are resolved again, by this program, which then
/// knows that there was one; and git's upkeep does not begin meanwhile.
pub(super) const FOR_MERGES: [&str; 8] = [
    "-c",
    "rerere.enabled=true",
    "-c",
    "rerere.autoUpdate=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
];

/// The variables that hand values to `--config-env`, which names with `=` in them need.
pub(super) const MERGE_OPTIONS: &str = "TRACK_WORK_MERGE_OPTIONS";

/// The reflog's word for what this program does.
pub(super) const ACTION: &str = "track-work merge";

/// Where the worktree for merges of a repository is, in the folder `track-work` where this program keeps its state.
pub fn merge_worktree_path(state: &Path, common_dir: &Path) -> PathBuf {
    // as git will write it down, whichever of the folders are there yet
    let there = state.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let state = match there {
        Some((above, real)) => real.join(state.strip_prefix(above).unwrap_or(state)),
        None => state.to_path_buf(),
    };
    state.join(MERGE_FOLDERS[1]).join(own_name(common_dir))
}

/// The name of a folder for a repository: that of the repository, and what tells it from all others.
pub fn own_name(common_dir: &Path) -> OsString {
    let own = common_dir.file_name().filter(|name| *name != ".git");
    let name = own.or_else(|| common_dir.parent()?.file_name()).unwrap_or_default();
    let hash = xxhash_rust::xxh3::xxh3_64(common_dir.as_os_str().as_bytes());
    [name.to_os_string(), OsString::from(format!("-{hash:016x}"))].into_iter().collect()
}

/// Whether this is the path of the worktree in which merges of a repository are made: it is no terminal.
pub(super) fn is_for_merges(top: &Path, common_dir: &Path) -> bool {
    let names = [Some(top), top.parent(), top.parent().and_then(Path::parent)].map(|path| path?.file_name());
    let [own, inner, outer] = names.map(Option::unwrap_or_default);
    // the last takes the longest
    [outer, inner] == MERGE_FOLDERS && own == own_name(common_dir)
}

/// A path that is not resolved, with what the base, the target and the terminal have there.
pub type UnmergedPath = (RepoPath, [Option<Entry>; 3]);

/// What a worktree for merges has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeLook {
    /// What is checked out.
    pub head: Oid,
    /// The parents of that.
    pub parents: Vec<Oid>,
    /// Its tree.
    pub tree: Oid,
    /// The commit that is being merged.
    pub merging: Option<Oid>,
    /// The paths that are not resolved, each with what the base, the target and the terminal have there.
    pub unmerged: Vec<UnmergedPath>,
}

/// Where a branch is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchPlace {
    /// Nowhere.
    Nowhere,
    /// In this worktree.
    At(PathBuf),
    /// In a worktree where it cannot be moved now, with the reason.
    Held(String),
    /// In several worktrees, or in the main one that nobody finds, with what to do. git brings the one up to date in which a branch is moved; what the others
    /// have would look like a change that takes the merges back.
    Several(String),
}

impl Repository {
    /// Whether the start lies in the worktree in which merges are made.
    pub fn starts_among_merges(&self) -> bool {
        self.current_worktree().is_some_and(|top| is_for_merges(top, self.common_dir()))
    }

    /// What the worktree of a run has.
    ///
    /// # Errors
    /// git does not start.
    pub fn look_at_merge(&self, top: &Path) -> Result<Option<MergeLook>, GitError> {
        look(top, self.common_dir())
    }

    /// Whether git remembers how conflicts are resolved: it was told to, or has done so before.
    pub fn remembers_resolutions(&self) -> bool {
        let told = Program::as_configured(self.common_dir(), "read the setting rerere.enabled")
            .args(["config", "--type=bool", "--get", "rerere.enabled"])
            .ask();
        self.common_dir().join("rr-cache").is_dir()
            || told.ok().flatten().is_some_and(|told| told.starts_with(b"true"))
    }

    /// The commit that a ref or a word of a command names now.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn commit_now(&self, name: &str) -> Result<Option<Oid>, GitError> {
        let peeled = format!("{name}^{{commit}}");
        let args = ["rev-parse", "--verify", "--quiet", &peeled];
        let said = Program::new(self.common_dir(), format!("look up {name}")).args(args).ask()?;
        Ok(said.and_then(|said| String::from_utf8_lossy(&said).trim().parse().ok()))
    }

    /// Those of these paths that differ between two commits.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn paths_differing(
        &self,
        one: Oid,
        other: Oid,
        paths: &[RepoPath],
    ) -> Result<Vec<RepoPath>, GitError> {
        let args =
            ["diff-tree", "-r", "-z", "--no-renames", "--name-only", &one.to_string(), &other.to_string()];
        let said = Program::new(self.common_dir(), "compare two merges").args(args).run(&[])?;
        let differing = said.split(|byte| *byte == 0).map(|path| RepoPath::new(path.to_vec()));
        Ok(differing.filter(|path| paths.contains(path)).collect())
    }

    /// The paths that a merge commit changes in what it was merged into.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn paths_merged(&self, commit: Oid) -> Result<Vec<RepoPath>, GitError> {
        let args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only"];
        let said = Program::new(self.common_dir(), "look up what was merged")
            .args(args)
            .args([format!("{commit}^1"), commit.to_string()])
            .run(&[])?;
        let paths = said.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(|path| RepoPath::new(path.to_vec())).collect())
    }

    /// The commits that a commit has and another one has not.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn commits_beyond(&self, head: Oid, from: Oid) -> Result<HashSet<Oid>, GitError> {
        let said = Program::new(self.common_dir(), "look for commits in common")
            .args(["rev-list", &head.to_string(), &format!("^{from}")])
            .run(&[])?;
        Ok(String::from_utf8_lossy(&said).lines().filter_map(|id| id.parse().ok()).collect())
    }

    /// Where a branch is checked out now.
    pub fn checked_out(&self, branch: &str) -> BranchPlace {
        let mut places = self.worktrees();
        places.retain(|place| place.branch.as_deref() == Some(branch));
        let tops: Vec<&Path> = places
            .iter()
            .filter(|place| place.broken.is_none())
            .filter_map(|place| place.worktree.as_deref())
            .collect();
        if let [first, others @ ..] = &tops[..]
            && !others.is_empty()
        {
            let switch = |top: &&Path| format!("git -C {} switch --detach", shell_folder(top));
            let commands = others.iter().map(switch).collect::<Vec<_>>().join("; ");
            let first = shown_path(first);
            return BranchPlace::Several(format!(
                "it is checked out in several worktrees, and a merge brings one of them up to date. Keep {first}, and run: {commands}"
            ));
        }
        if places.iter().any(|place| place.main && place.worktree.is_none()) {
            let git_dir = shown_path(self.common_dir());
            return BranchPlace::Several(format!(
                "it is checked out in the main worktree, and nothing in {git_dir} says where that is. Run it there"
            ));
        }
        for place in places {
            let (Some(top), broken) = (place.worktree, place.broken) else { continue };
            let name = shown_path(&top);
            if let Some(reason) = broken {
                return BranchPlace::Held(format!("it is checked out in {name}: {reason}"));
            }
            let full = Head::Reference(format!("refs/heads/{branch}"));
            let head = admin::git_dir(&top).map(|git_dir| self.references().head(&git_dir));
            return match head {
                Ok(Ok(head)) if head == full => BranchPlace::At(top),
                Ok(Ok(_)) => BranchPlace::Held(format!("a rebase or bisect of it is in progress in {name}")),
                Ok(Err(error)) => BranchPlace::Held(format!("it is checked out in {name}: {error}")),
                Err(error) => BranchPlace::Held(format!("it is checked out in {name}: {error}")),
            };
        }
        BranchPlace::Nowhere
    }

    /// Moves a branch that is checked out nowhere, if it still is at `old`.
    ///
    /// # Errors
    /// git does not start.
    pub fn swap_branch(&self, branch: &str, new: Oid, old: Oid, guard: &File) -> Result<Attempt, GitError> {
        let ids = [new, old].map(|id| id.to_string());
        let name = format!("refs/heads/{branch}");
        Program::of_the_person(self.common_dir(), format!("move {branch}"))
            .args(["update-ref", "-m", ACTION, &name, &ids[0], &ids[1]])
            .apart()
            .attempt(guard)
    }

    /// Moves a branch where it is checked out, to a commit that contains it. As always, git refuses where uncommitted
    /// work would be overwritten.
    ///
    /// # Errors
    /// git does not start.
    pub fn advance_branch(
        &self,
        top: &Path,
        branch: &str,
        new: Oid,
        guard: &File,
    ) -> Result<Attempt, GitError> {
        let without_options = format!("--config-env=branch.{branch}.mergeOptions={MERGE_OPTIONS}");
        Program::of_the_person(top, format!("move {branch}"))
            .env(MERGE_OPTIONS, "")
            .env("GIT_REFLOG_ACTION", ACTION)
            .env("TRACK_WORK_HOOK", "off")
            .args(FOR_MERGES)
            .args([
                without_options.as_str(),
                "merge",
                "--quiet",
                "--ff-only",
                "--no-autostash",
                "--no-overwrite-ignore",
            ])
            .args(["--no-verify-signatures", &new.to_string()])
            .apart()
            .attempt(guard)
    }

    /// Takes a branch back where it is checked out. git refuses where uncommitted work would be overwritten; what
    /// is staged would be unstaged, so that is refused too.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn take_branch_back(
        &self,
        top: &Path,
        branch: &str,
        old: Oid,
        guard: &File,
    ) -> Result<Attempt, GitError> {
        let staged = Program::new(top, "look for staged changes")
            .args(["diff", "--cached", "--name-only", "--no-ext-diff"])
            .run(&[])?;
        if !staged.is_empty() {
            let paths =
                String::from_utf8_lossy(&staged).lines().map(|path| format!("staged: {path}")).collect();
            return Ok(Attempt { succeeded: false, said: paths });
        }
        Program::of_the_person(top, format!("move {branch}"))
            .env("GIT_REFLOG_ACTION", format!("{ACTION} --undo"))
            .args(["reset", "--quiet", "--keep", &old.to_string()])
            .apart()
            .attempt(guard)
    }
}

/// The git folder of a worktree, where git takes it for one of this repository.
pub(super) fn own_git_dir(top: &Path, common_dir: &Path) -> Option<PathBuf> {
    let git_dir = admin::git_dir(top).ok()?;
    let is_own = git_dir.parent() == Some(&*common_dir.join("worktrees")) && admin::is_git_dir(&git_dir);
    is_own.then_some(git_dir)
}

pub(super) fn look(top: &Path, common_dir: &Path) -> Result<Option<MergeLook>, GitError> {
    let Some(git_dir) = own_git_dir(top, common_dir) else { return Ok(None) };
    let ask = |args: &[&str]| {
        let said = Program::new(top, "look at the merged work").args(args).run(&[]);
        said.map(|said| said.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>())
    };
    let Ok(shown) = ask(&["show", "-s", "-z", "--no-notes", "--format=%H %T %P", "HEAD", "--"]) else {
        return Ok(None);
    };
    let ids = String::from_utf8_lossy(&shown.concat()).into_owned();
    let mut ids = ids.split_whitespace().map_while(|id| id.parse().ok());
    let (Some(head), Some(tree)) = (ids.next(), ids.next()) else { return Ok(None) };
    let mut unmerged: Vec<UnmergedPath> = Vec::new();
    for listed in ask(&["ls-files", "--unmerged", "-z"])? {
        let Some((path, stage, entry)) = unmerged_entry(&listed) else { continue };
        if unmerged.last().is_none_or(|(last, _)| *last != path) {
            unmerged.push((path, [None; 3]));
        }
        if let Some(side) = unmerged.last_mut().and_then(|(_, sides)| sides.get_mut(stage.wrapping_sub(1))) {
            *side = Some(entry);
        }
    }
    Ok(Some(MergeLook {
        head,
        tree,
        parents: ids.collect(),
        merging: merge_heads(&git_dir).first().copied(),
        unmerged,
    }))
}

/// A line of `git ls-files --unmerged`: mode, id, stage, and after a tab the path.
fn unmerged_entry(listed: &[u8]) -> Option<(RepoPath, usize, Entry)> {
    let tab = listed.iter().position(|byte| *byte == b'\t')?;
    let [mode, id, stage] = std::str::from_utf8(&listed[..tab]).ok()?.split(' ').collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let kind = EntryKind::from_mode(u32::from_str_radix(mode, 8).ok()?);
    let entry = Entry { kind, oid: id.parse().ok()? };
    Some((RepoPath::new(listed[tab + 1..].to_vec()), stage.parse().ok()?, entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_for_merges_is_known_by_its_path() {
        let shop = Path::new("/src/shop/.git");
        let path = merge_worktree_path(Path::new("/nowhere/track-work"), shop);
        let shown = path.to_string_lossy();
        assert!(shown.starts_with("/nowhere/track-work/merge/shop-"), "{shown}");
        assert!(is_for_merges(&path, shop) && !is_for_merges(&path, Path::new("/src/shop.git")));
        let bare = merge_worktree_path(Path::new("/nowhere/track-work"), Path::new("/src/shop.git"));
        assert!(bare.to_string_lossy().starts_with("/nowhere/track-work/merge/shop.git-"));
        for other in ["/src/track-work/merge/shop", "/track-work/merge", "/merge", "/"] {
            assert!(!is_for_merges(Path::new(other), shop), "{other}");
        }
    }
}
