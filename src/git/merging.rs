//! What `merge` does with the real git: a worktree of its own, the merges in it, and the move of the target's branch.
//!
//! Each act can be repeated after a kill: [`MergeWorktree::open`] begins from nothing, [`MergeWorktree::look`] says
//! what a merge left, and a branch is moved only from the commit that it is expected at.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::model::{Oid, RepoPath, shown_path};

use super::admin::{self, Head};
use super::program::{Attempt, Program};
use super::under_way::merge_heads;
use super::{GitError, Repository};

/// The folders in which all worktrees are in which merges are made.
const MERGE_FOLDERS: [&str; 2] = ["track-work", "merge"];

/// Settings for these merges alone: conflicts that were resolved once are resolved again, by this program, which then
/// knows that there was one; and git's upkeep does not begin meanwhile.
const FOR_MERGES: [&str; 8] = [
    "-c",
    "rerere.enabled=true",
    "-c",
    "rerere.autoUpdate=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
];

/// Settings for what people need not hear of.
const WITHOUT_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

/// The variables that hand values to `--config-env`, which names with `=` in them need.
const MERGE_OPTIONS: &str = "TRACK_WORK_MERGE_OPTIONS";

/// The reflog's word for what this program does.
const ACTION: &str = "track-work merge";

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

/// The name of that worktree: that of the repository, and what tells it from all others.
fn own_name(common_dir: &Path) -> OsString {
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

/// A worktree in which merges are made.
pub struct MergeWorktree {
    top: PathBuf,
    common_dir: PathBuf,
    /// Where `git worktree add` is run: its settings are taken over.
    beside: PathBuf,
    /// The short name of the branch that everything is merged into.
    branch: String,
    /// `branch.NAME.mergeOptions`.
    merge_options: Option<String>,
    /// `core.hooksPath`, where that is relative and would lead elsewhere here.
    hooks: Option<PathBuf>,
    guard: File,
}

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
    /// The paths that are not resolved, each with the sides that have it: base, target, terminal.
    pub unmerged: Vec<(RepoPath, [bool; 3])>,
    /// Paths with changes that are not staged.
    pub unstaged: Vec<RepoPath>,
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
}

impl Repository {
    /// The worktree at `top`, for merges into a branch. What is started for it holds the lock on `guard`.
    ///
    /// # Errors
    /// git's settings cannot be read.
    pub fn merge_worktree(&self, top: &Path, branch: &str, guard: &File) -> Result<MergeWorktree, GitError> {
        let checkout = self.merge_site(Some(branch)).top.filter(|top| top.is_dir());
        let beside = checkout.unwrap_or_else(|| self.common_dir().to_path_buf());
        let setting = |key: &str| -> Result<Option<Vec<u8>>, GitError> {
            let said = Program::as_configured(&beside, format!("read the setting {key}"))
                .args(["config", "--null", "--get", key])
                .ask()?;
            Ok(said.map(|said| said.strip_suffix(b"\0").unwrap_or(&said).to_vec()))
        };
        let merge_options = setting(&format!("branch.{branch}.mergeOptions"))?;
        let hooks = setting("core.hooksPath")?.map(|path| PathBuf::from(OsStr::from_bytes(&path)));
        let is_relative = |path: &PathBuf| path.is_relative() && !path.starts_with("~") && !self.is_bare();
        let guard = guard.try_clone().map_err(|source| GitError::File {
            doing: "open",
            path: top.to_path_buf(),
            source,
        })?;
        Ok(MergeWorktree {
            top: top.to_path_buf(),
            common_dir: self.common_dir().to_path_buf(),
            branch: branch.to_string(),
            merge_options: merge_options.map(|text| String::from_utf8_lossy(&text).into_owned()),
            hooks: hooks.filter(is_relative).map(|path| beside.join(path)),
            beside,
            guard,
        })
    }

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
        for place in self.worktrees() {
            if place.branch.as_deref() != Some(branch) {
                continue;
            }
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
            .args([without_options.as_str(), "merge", "--quiet", "--ff-only", "--no-autostash"])
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
fn own_git_dir(top: &Path, common_dir: &Path) -> Option<PathBuf> {
    let git_dir = admin::git_dir(top).ok()?;
    let is_own = git_dir.parent() == Some(&*common_dir.join("worktrees")) && admin::is_git_dir(&git_dir);
    is_own.then_some(git_dir)
}

fn look(top: &Path, common_dir: &Path) -> Result<Option<MergeLook>, GitError> {
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
    let mut unmerged: Vec<(RepoPath, [bool; 3])> = Vec::new();
    for entry in ask(&["ls-files", "--unmerged", "-z"])? {
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
        let path = RepoPath::new(entry[tab + 1..].to_vec());
        let stage = entry[tab - 1].wrapping_sub(b'1');
        match unmerged.last_mut().filter(|(last, _)| *last == path) {
            Some((_, sides)) => sides[usize::from(stage.min(2))] = true,
            None => unmerged.push((path, std::array::from_fn(|side| side == usize::from(stage)))),
        }
    }
    let unstaged =
        ask(&["diff", "--name-only", "--no-ext-diff", "--diff-filter=u", "--ignore-submodules", "-z"])?;
    let unstaged = unstaged.into_iter().filter(|path| !path.is_empty()).map(RepoPath::new);
    Ok(Some(MergeLook {
        head,
        tree,
        parents: ids.collect(),
        merging: merge_heads(&git_dir).first().copied(),
        unmerged,
        unstaged: unstaged.collect(),
    }))
}

impl MergeWorktree {
    /// Its folder.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Makes it anew at a commit, whatever is there.
    ///
    /// # Errors
    /// What is there cannot be removed; git cannot make it.
    pub fn open(&self, at: Oid) -> Result<(), GitError> {
        self.close()?;
        let doing = || format!("make the worktree {}", shown_path(&self.top));
        fs::create_dir_all(self.top.parent().unwrap_or(&self.top)).map_err(self.failed("create"))?;
        let attempt = Program::of_the_person(&self.beside, doing())
            .env("TRACK_WORK_HOOK", "off")
            .args(WITHOUT_HOOKS)
            .args(["worktree", "add", "--force", "--detach"])
            .args(["--lock", "--reason", ACTION])
            .arg(&self.top)
            .args([at.to_string()])
            .apart()
            .attempt(&self.guard)?;
        match self.look()? {
            Some(look) if attempt.succeeded && look.head == at => self.lend_submodules(),
            Some(_) | None => {
                let last = attempt.said.iter().rfind(|line| !line.trim().is_empty());
                let reason = format!("said: {}", last.map_or("nothing", |line| line.trim()));
                Err(GitError::Program { doing: doing(), reason })
            }
        }
    }

    /// Lets git find the submodules here that are checked out in the main worktree: merging two of their commits takes
    /// their histories.
    fn lend_submodules(&self) -> Result<(), GitError> {
        let modules = self.common_dir.join("modules");
        match own_git_dir(&self.top, &self.common_dir) {
            Some(git_dir) if modules.is_dir() => {
                std::os::unix::fs::symlink(&modules, git_dir.join("modules")).map_err(self.failed("prepare"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What it has; `None` where it is not there, or is damaged.
    ///
    /// # Errors
    /// git does not start.
    pub fn look(&self) -> Result<Option<MergeLook>, GitError> {
        look(&self.top, &self.common_dir)
    }

    /// Removes what a git that was killed here has locked. Nobody else uses it, and no git is running in it.
    pub fn unlock(&self) {
        let Some(git_dir) = own_git_dir(&self.top, &self.common_dir) else { return };
        let files = fs::read_dir(git_dir).into_iter().flatten().flatten().map(|entry| entry.path());
        for lock in files.filter(|path| path.extension() == Some(OsStr::new("lock"))) {
            _ = fs::remove_file(lock);
        }
    }

    /// The tree of what is staged.
    ///
    /// # Errors
    /// Something is not resolved.
    pub fn staged_tree(&self) -> Result<Option<Oid>, GitError> {
        let said = Program::new(&self.top, "read what is staged").args(["write-tree"]).run(&[])?;
        Ok(String::from_utf8_lossy(&said).trim().parse().ok())
    }

    /// `git merge` with these arguments, which makes the commit that it makes where the branch is checked out.
    ///
    /// # Errors
    /// git does not start.
    pub fn merge(&self, arguments: &[String]) -> Result<Attempt, GitError> {
        self.as_on_branch("merge")
            .args(["merge", "--no-edit", "--no-rerere-autoupdate"])
            .args([format!("--into-name={}", self.branch)])
            .args(arguments)
            .attempt(&self.guard)
    }

    /// Commits a merge whose conflicts are resolved, with git's message.
    ///
    /// # Errors
    /// git does not start.
    pub fn conclude(&self) -> Result<Attempt, GitError> {
        let program = self.as_on_branch("commit the merge").env("GIT_EDITOR", ":");
        program.args(["merge", "--continue"]).attempt(&self.guard)
    }

    /// Stages the paths that git resolved as they were resolved before, if that are all that conflict. Whether it did.
    ///
    /// `git rerere remaining` leaves out binary files, which it does not resolve. A file that was resolved is another
    /// than the one that the merge made.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn take_remembered(&self, unmerged: &[(RepoPath, [bool; 3])]) -> Result<bool, GitError> {
        let remaining = Program::new(&self.top, "look for remembered resolutions")
            .args(["-c", "rerere.enabled=true", "rerere", "remaining"])
            .run(&[])?;
        if !remaining.is_empty() || unmerged.iter().any(|(_, sides)| sides[1..] != [true, true]) {
            return Ok(false);
        }
        for (path, _) in unmerged {
            let name = OsStr::from_bytes(path.as_bytes());
            let made: OsString = [OsStr::new("AUTO_MERGE:"), name].into_iter().collect();
            let made = Program::new(&self.top, "look up what the merge made")
                .args(["rev-parse", "--verify", "--quiet"])
                .arg(made)
                .ask()?;
            let now =
                Program::new(&self.top, "look up what is resolved").args(["hash-object", "--"]).arg(name);
            if made.is_none() || now.run(&[]).ok().is_none_or(|now| Some(now) == made) {
                return Ok(false);
            }
        }
        let paths: Vec<u8> =
            unmerged.iter().flat_map(|(path, _)| [path.as_bytes(), b"\0"].concat()).collect();
        let stage = Program::new(&self.top, "stage remembered resolutions");
        stage.args(["update-index", "--add", "-z", "--stdin"]).run(&paths)?;
        Ok(true)
    }

    /// Takes it back to a commit, whatever was begun in it, and whichever branch somebody checked out there.
    ///
    /// # Errors
    /// git does not start, or cannot.
    pub fn reset(&self, to: Oid) -> Result<(), GitError> {
        let reset = Program::of_the_person(&self.top, "take the worktree back")
            .args(WITHOUT_HOOKS)
            .args(["checkout", "--quiet", "--force", "--detach", &to.to_string()])
            .apart()
            .attempt(&self.guard)?;
        if reset.succeeded { Ok(()) } else { self.open(to) }
    }

    /// The same, without files that git does not know. What it ignores stays: builds are made in it.
    ///
    /// # Errors
    /// As [`MergeWorktree::reset`].
    pub fn clear(&self, to: Oid) -> Result<(), GitError> {
        self.unlock();
        if self.look()?.is_none() {
            return self.open(to);
        }
        self.reset(to)?;
        let clean = Program::of_the_person(&self.top, "clean the worktree")
            .args(["clean", "--quiet", "-ffd"])
            .apart()
            .attempt(&self.guard)?;
        if clean.succeeded { Ok(()) } else { self.open(to) }
    }

    /// Merges these commits onto another to try them out: without hooks and signatures, with conflicts resolved as they
    /// were before. `None` where there are others.
    ///
    /// # Errors
    /// git does not start, or cannot.
    pub fn try_out(&self, onto: Oid, heads: &[Oid]) -> Result<Option<MergeLook>, GitError> {
        self.clear(onto)?;
        for head in heads {
            let attempt = self
                .as_on_branch("merge")
                .args(WITHOUT_HOOKS)
                .args(["merge", "--quiet", "--no-edit", "--no-ff", "--no-gpg-sign", "--no-rerere-autoupdate"])
                .args(["--allow-unrelated-histories", &head.to_string()])
                .attempt(&self.guard)?;
            if attempt.succeeded {
                continue;
            }
            let is_merging = |look: &MergeLook| look.merging == Some(*head) && !look.unmerged.is_empty();
            let Some(look) = self.look()?.filter(is_merging) else { return Ok(None) };
            if !self.take_remembered(&look.unmerged)? {
                return Ok(None);
            }
            let commit = self
                .as_on_branch("commit the merge")
                .args(WITHOUT_HOOKS)
                .args(["commit", "--quiet", "--no-edit", "--no-verify", "--no-gpg-sign"])
                .attempt(&self.guard)?;
            if !commit.succeeded {
                return Ok(None);
            }
        }
        self.look()
    }

    /// Removes it with all that is in it.
    ///
    /// # Errors
    /// The system refuses.
    pub fn close(&self) -> Result<(), GitError> {
        let gone = |result: std::io::Result<()>| match result {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        };
        gone(fs::remove_dir_all(&self.top)).map_err(self.failed("remove"))?;
        let all = self.common_dir.join("worktrees");
        let folders = fs::read_dir(&all).into_iter().flatten().flatten().map(|entry| entry.path());
        let dot_git = self.top.join(".git");
        for folder in folders {
            let is_own = admin::path_in(&folder.join("gitdir"), &folder).is_ok_and(|path| path == dot_git);
            if is_own {
                gone(fs::remove_dir_all(&folder)).map_err(self.failed("remove"))?;
            }
        }
        // as git does: gone once it is empty
        _ = fs::remove_dir(&all);
        _ = self.top.parent().map(fs::remove_dir);
        Ok(())
    }

    /// git with the settings that it has where the branch is checked out: it looks up those of a branch by what is
    /// checked out, and that is called `HEAD` here.
    fn as_on_branch(&self, doing: &str) -> Program {
        let program = Program::of_the_person(&self.top, doing).apart_unless_watched();
        let mut program = program.env("TRACK_WORK_HOOK", "off").args(FOR_MERGES);
        if let Some(options) = &self.merge_options {
            let handed = format!("--config-env=branch.HEAD.mergeOptions={MERGE_OPTIONS}");
            program = program.env(MERGE_OPTIONS, options).args([handed]);
        }
        if let Some(hooks) = &self.hooks {
            let setting = [OsString::from("core.hooksPath="), hooks.into()].into_iter().collect::<OsString>();
            program = program.args([OsString::from("-c"), setting]);
        }
        program
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(std::io::Error) -> GitError + use<> {
        let path = self.top.clone();
        move |source| GitError::File { doing, path, source }
    }
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
