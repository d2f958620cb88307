//! The worktree in which `merge` makes its merges with the real git, and what is done in it.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::{Oid, RepoPath, shown_path};

use super::admin::{self, Head};
use super::lent_settings::{self, Switch};
use super::merging::{ACTION, FOR_MERGES, MERGE_OPTIONS, MergeLook, UnmergedPath, look, own_git_dir};
use super::program::{Attempt, Program};
use super::unmerged::{FileStages, resolved_versions};
use super::{GitError, Repository};

/// Settings for what people need not hear of.
const WITHOUT_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

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
    /// Whether a worktree for the branch is there.
    is_there: bool,
    /// What is checked out in `beside`, where that is not the branch: its short name, if it has one.
    other_head: Option<Option<String>>,
    /// The variables with the settings that hold there and not here, once they are known.
    lent: OnceCell<Vec<(String, OsString)>>,
    guard: File,
}

impl Repository {
    /// The worktree at `top`, for merges into a branch. What is started for it holds the lock on `guard`.
    ///
    /// # Errors
    /// git's settings cannot be read.
    pub fn merge_worktree(&self, top: &Path, branch: &str, guard: &File) -> Result<MergeWorktree, GitError> {
        let checkout = self.merge_site(Some(branch)).top.filter(|top| top.is_dir());
        let is_there = checkout.is_some();
        let beside = checkout.unwrap_or_else(|| self.common_dir().to_path_buf());
        let git_dir = admin::git_dir(&beside).ok().filter(|_| is_there);
        let head = match git_dir.map(|git_dir| self.references().head(&git_dir)) {
            Some(Ok(Head::Reference(name))) => name.strip_prefix("refs/heads/").map(str::to_string),
            Some(Ok(Head::Detached(_)) | Err(_)) | None => None,
        };
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
            is_there,
            other_head: (head.as_deref() != Some(branch)).then_some(head),
            lent: OnceCell::new(),
            guard,
        })
    }
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
            Some(look) if attempt.succeeded && look.head == at => {
                self.lend_submodules()?;
                self.check_out_as_there(at)
            }
            Some(_) | None => {
                let reason = format!("said: {}", attempt.last_line());
                Err(GitError::Program { doing: doing(), reason })
            }
        }
    }

    /// Checks everything out once more, where other settings hold for that than for what made the worktree.
    fn check_out_as_there(&self, at: Oid) -> Result<(), GitError> {
        if self.lent()?.is_empty() {
            return Ok(());
        }
        if let Some(git_dir) = own_git_dir(&self.top, &self.common_dir) {
            fs::remove_file(git_dir.join("index")).map_err(self.failed("remove"))?;
        }
        self.here("check out what is merged")?
            .args(WITHOUT_HOOKS)
            .args(["reset", "--quiet", "--hard", &at.to_string()])
            .apart()
            .run(&[])
            .map(drop)
    }

    /// The variables with the settings that hold where the branch is checked out and not here.
    fn lent(&self) -> Result<&[(String, OsString)], GitError> {
        if let Some(known) = self.lent.get() {
            return Ok(known);
        }
        // before it is made, and where it is damaged, it is made anew
        if own_git_dir(&self.top, &self.common_dir).is_none() {
            return Ok(&[]);
        }
        let switch = self.other_head.as_ref().map(|head| Switch { from: head.as_deref(), to: &self.branch });
        // in a bare repository, one is made for it, which has the settings that this one has
        let beside = if self.is_there { &self.beside } else { &self.top };
        let found = lent_settings::lent(beside, switch, &self.common_dir, &self.top)?;
        Ok(self.lent.get_or_init(|| found))
    }

    /// git as the person would run it here, with the settings that it has where the branch is checked out.
    fn here(&self, doing: &str) -> Result<Program, GitError> {
        Ok(self.with_lent(Program::of_the_person(&self.top, doing), self.lent()?))
    }

    fn with_lent(&self, program: Program, lent: &[(String, OsString)]) -> Program {
        lent.iter().fold(program, |program, (name, value)| program.env(name, value))
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

    /// What is in no commit and would not be in the next one: what is not staged, and files that git does not know; with
    /// `staged`, what is staged too.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn left_over(&self, staged: bool) -> Result<Vec<RepoPath>, GitError> {
        let program = Program::new(&self.top, "look for what is not committed");
        let said = self
            .with_lent(program, self.lent()?)
            .args(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal"])
            .args(["--ignore-submodules=all"])
            .run(&[])?;
        let entries = said.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
        let entries = entries.filter(|entry| staged || entry[1] != b' ');
        Ok(entries.map(|entry| RepoPath::new(entry[3..].to_vec())).collect())
    }

    /// The versions that the sides of the merge have of a path whose conflict is resolved, as far as git still knows them.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn resolved_versions(&self, path: &RepoPath) -> Result<FileStages, GitError> {
        Ok(resolved_versions(&self.top, path)?.unwrap_or_default())
    }

    /// `git merge` with these arguments, which makes the commit that it makes where the branch is checked out.
    ///
    /// # Errors
    /// git does not start.
    pub fn merge(&self, arguments: &[String]) -> Result<Attempt, GitError> {
        self.as_on_branch("merge")?
            .args(["merge", "--no-edit", "--no-rerere-autoupdate"])
            .args([format!("--into-name={}", self.branch)])
            .args(arguments)
            .attempt(&self.guard)
    }

    /// Makes ready for a merge of this head, at this commit. Where it brings attributes, git is to know by their times alone that
    /// files are as it wrote them: those from the second in which it wrote the index it reads again (`racy-git`), and what the
    /// new attributes would store otherwise it takes for a person's edits, which stop the next merge.
    ///
    /// # Errors
    /// As [`MergeWorktree::reset`].
    pub fn settle(&self, at: Oid, head: Oid) -> Result<(), GitError> {
        let since = format!("{at}...{head}");
        let same = Program::new(&self.top, "look for attributes")
            .args(["diff", "--quiet", &since, "--", ":(top,glob)**/.gitattributes"])
            .ask();
        // without a common history it cannot be asked, and then git seldom merges
        if !matches!(same, Ok(None)) {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        std::thread::sleep(Duration::from_secs(now.as_secs() + 1).saturating_sub(now));
        self.reset(at)
    }

    /// Commits a merge whose conflicts are resolved, with git's message.
    ///
    /// # Errors
    /// git does not start.
    pub fn conclude(&self) -> Result<Attempt, GitError> {
        let program = self.as_on_branch("commit the merge")?.env("GIT_EDITOR", ":");
        program.args(["merge", "--continue"]).attempt(&self.guard)
    }

    /// Stages the paths that git resolved as they were resolved before, if that are all that conflict. Whether it did.
    ///
    /// `git rerere remaining` leaves out binary files, which it does not resolve. A file that was resolved is another
    /// than the one that the merge made.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn take_remembered(&self, unmerged: &[UnmergedPath]) -> Result<bool, GitError> {
        let remaining = Program::new(&self.top, "look for remembered resolutions")
            .args(["-c", "rerere.enabled=true", "rerere", "remaining"])
            .run(&[])?;
        if !remaining.is_empty() || unmerged.iter().any(|(_, sides)| sides[1..].contains(&None)) {
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
        let Ok(program) = self.here("take the worktree back") else { return self.open(to) };
        let reset = program
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
                .as_on_branch("merge")?
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
                .as_on_branch("commit the merge")?
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

    /// Forgets the conflicts that git noted here and nobody resolved. Where `.git/rr-cache` was not there before
    /// (`remembers`) and nothing in it was resolved, that folder goes too: with it, git notes the conflicts of all merges.
    pub fn forget(&self, remembers: bool) {
        let cache = self.common_dir.join("rr-cache");
        if !cache.is_dir() {
            return;
        }
        if self.top.is_dir() {
            // what it does not forget, git forgets after some days
            _ = Program::new(&self.top, "forget conflicts")
                .args(["-c", "rerere.enabled=true", "rerere", "clear"])
                .run(&[]);
        }
        if !remembers && !holds_resolutions(&cache) && !self.is_merging_elsewhere() {
            _ = fs::remove_dir_all(cache);
        }
    }

    /// Whether git notes the conflicts of a merge that is in progress in any worktree but this one.
    fn is_merging_elsewhere(&self) -> bool {
        let own = own_git_dir(&self.top, &self.common_dir);
        let linked = fs::read_dir(self.common_dir.join("worktrees")).into_iter().flatten().flatten();
        let mut all = linked.map(|entry| entry.path()).chain([self.common_dir.clone()]);
        all.any(|git_dir| {
            Some(&git_dir) != own.as_ref()
                && fs::metadata(git_dir.join("MERGE_RR")).is_ok_and(|noted| noted.len() > 0)
        })
    }

    /// git with the settings that it has where the branch is checked out: it looks up those of a branch by what is
    /// checked out, and that is called `HEAD` here.
    fn as_on_branch(&self, doing: &str) -> Result<Program, GitError> {
        let program = self.here(doing)?.apart_unless_watched();
        let mut program = program.env("TRACK_WORK_HOOK", "off").args(FOR_MERGES);
        if let Some(options) = &self.merge_options {
            let handed = format!("--config-env=branch.HEAD.mergeOptions={MERGE_OPTIONS}");
            program = program.env(MERGE_OPTIONS, options).args([handed]);
        }
        if let Some(hooks) = &self.hooks {
            let setting = [OsString::from("core.hooksPath="), hooks.into()].into_iter().collect::<OsString>();
            program = program.args([OsString::from("-c"), setting]);
        }
        Ok(program)
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(std::io::Error) -> GitError + use<> {
        let path = self.top.clone();
        move |source| GitError::File { doing, path, source }
    }
}

/// Whether one of the conflicts in git's folder for them was resolved.
fn holds_resolutions(cache: &Path) -> bool {
    let conflicts = fs::read_dir(cache).into_iter().flatten().flatten();
    let files = conflicts.flat_map(|conflict| fs::read_dir(conflict.path()).into_iter().flatten().flatten());
    let mut names = files.map(|file| file.file_name());
    names.any(|name| name.as_bytes().starts_with(b"postimage"))
}
