//! Whose a repository is. As in git, one of another user is refused where no setting says that it is trusted
//! (`safe.directory` in git-config(1)): its settings name programs that would be run.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::program::Program;
use super::surroundings::Surroundings;
use super::{GitError, admin};

/// Refuses the repository that this folder belongs to where its `.git` file, its worktree or its git folder is another user's
/// and the path of the worktree, or of a bare repository, is not declared safe.
pub(super) fn refuse_others(start: &Path, around: &Surroundings) -> Result<(), GitError> {
    let start = admin::settle(start);
    let own_git_dir = |folder: &Path| {
        let git_dir = admin::git_dir(folder).ok();
        git_dir
            .filter(|git_dir| admin::is_git_dir(git_dir))
            .map(|git_dir| (Some(folder.to_path_buf()), git_dir))
    };
    let bare = |folder: &Path| admin::is_git_dir(folder).then(|| (None, folder.to_path_buf()));
    let found = start.ancestors().find_map(|folder| own_git_dir(folder).or_else(|| bare(folder)));
    let Some((top, git_dir)) = found else { return Ok(()) };
    let link = top.iter().map(|top| top.join(".git")).filter(|path| path.is_file());
    let mut all = link.chain(top.clone()).chain([git_dir.clone()]);
    if all.all(|path| is_own(&path, around)) {
        return Ok(());
    }
    let asked = admin::settle(&top.unwrap_or(git_dir));
    if is_declared_safe(&asked, &start, around) { Ok(()) } else { Err(GitError::OtherOwner { path: asked }) }
}

/// Whether a file or folder is the user's; for root, it may be that of whoever ran sudo. What is not there is nobody else's.
fn is_own(path: &Path, around: &Surroundings) -> bool {
    let Ok(data) = fs::symlink_metadata(path) else { return true };
    let me = rustix::process::geteuid();
    data.uid() == me.as_raw() || me.is_root() && around.behind_sudo == Some(data.uid())
}

/// Whether the user, the system or a variable declares this path a `safe.directory`; the repository itself cannot. An empty
/// value takes back those before, `*` is every path, `/path/*` all below, `.` the folder that one is in.
fn is_declared_safe(asked: &Path, start: &Path, around: &Surroundings) -> bool {
    let args =
        ["config", "--null", "--show-scope", "--includes", "--type=path", "--get-all", "safe.directory"];
    let program = Program::as_configured(Path::new("/"), "read the setting safe.directory");
    let Ok(Some(said)) = around.put_into(program).args(args).ask() else { return false };
    let mut fields = said.split(|byte| *byte == 0);
    let mut safe = false;
    while let (Some(scope), Some(value)) = (fields.next(), fields.next()) {
        if !matches!(scope, b"system" | b"global" | b"command") {
            continue;
        }
        safe = !value.is_empty() && (safe || names(OsStr::from_bytes(value), asked, start));
    }
    safe
}

/// Whether a value names this path.
fn names(value: &OsStr, asked: &Path, start: &Path) -> bool {
    match value.as_bytes() {
        b"*" => return true,
        b"." => return start == asked,
        _ => {}
    }
    let value = Path::new(value);
    match (value.is_absolute(), value.file_name() == Some(OsStr::new("*"))) {
        (false, _) => false,
        (true, true) => {
            let above: Option<PathBuf> = value.parent().and_then(|above| fs::canonicalize(above).ok());
            above.is_some_and(|above| asked != above && asked.starts_with(above))
        }
        (true, false) => fs::canonicalize(value).is_ok_and(|value| value == asked),
    }
}
