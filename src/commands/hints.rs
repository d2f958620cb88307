//! What to try when something failed.

use std::path::Path;

use crate::config::KEYS;
use crate::error::Error;
use crate::git::{Feature, GitError};
use crate::merging::error::MergingError;
use crate::model::{few, shell_word, shown_path};
use crate::sharing::error::SharingError;
use crate::tracking::TrackingError;
use crate::trials::error::TrialError;

/// What to try when the pipeline could not answer, where there is something.
pub fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::Git(error) => return git_hint(error),
        Error::Config(_) => KEYS.to_string(),
        Error::ConfiguredTarget(_) => "correct it there, or choose another with --target".to_string(),
        Error::UnreadableTarget { .. } => {
            "fetch the missing objects, or choose another target with --target".to_string()
        }
        Error::NoTrackingDir => {
            "choose a directory with --tracking-dir DIR or TRACK_WORK_DIR=DIR".to_string()
        }
        Error::HiddenMainWorktree(_) => {
            "run it in the main worktree, or choose a directory with --tracking-dir DIR or TRACK_WORK_DIR=DIR"
                .to_string()
        }
        Error::OutsideWorktrees(_) => "use a path inside a worktree; it need not exist".to_string(),
        Error::NoWorktreeHere => {
            "choose it with --terminal ID, or choose a worktree with -C PATH".to_string()
        }
        Error::SeveralTerminals { .. } => "use one of these names exactly as written".to_string(),
        Error::NoTerminal { known, .. } => {
            let known = if known.is_empty() { "none".to_string() } else { few(known) };
            format!("known terminals: {known}; see track-work status")
        }
        Error::NoRemoteBranch { glob, known } => {
            let mut known = known.clone();
            known.sort_by_cached_key(|name| strsim::osa_distance(name, glob));
            format!("it is matched with the remote in front; the nearest: {}", few(&known))
        }
        Error::NotLinked { fix, .. } => fix.clone(),
        Error::UnreadableWork { .. } => return None,
    })
}

/// What to try, where there is something.
pub fn git_hint(error: &GitError) -> Option<String> {
    match error {
        GitError::NoRepository { .. } => {
            Some("run it inside a repository, or choose one with -C PATH".to_string())
        }
        GitError::NoFolder => Some("go to another one (cd), or choose one with -C PATH".to_string()),
        GitError::OtherOwner { path } => {
            Some(format!("if you trust it: git config --global --add safe.directory {}", shell_word(path)))
        }
        GitError::Unsupported { feature: Feature::ObjectFormat(format), .. } if format == "sha256" => Some(
            "for two branches, use git merge-tree --write-tree OURS THEIRS; for everything, use a copy with SHA-1: git init COPY, then git fast-export --all | git -C COPY fast-import"
                .to_string(),
        ),
        GitError::Unsupported { .. } => Some(
            "a newer track-work may read it; for two branches, use git merge-tree --write-tree OURS THEIRS"
                .to_string(),
        ),
        GitError::UnknownRevision { .. } => {
            Some("git branch --all and git worktree list show the known names".to_string())
        }
        GitError::File { .. } => Some("check that the file exists and is readable".to_string()),
        GitError::OnlyHere { .. } => Some(
            "set it for both, or type the commands that track-work merge-order shows where the target is checked out"
                .to_string(),
        ),
        GitError::Broken { .. } => Some("git fsck shows details".to_string()),
        // what git said tells more
        GitError::Program { reason, .. } if reason.starts_with("said: ") => None,
        GitError::Program { .. } => Some("check that git is installed and on PATH".to_string()),
    }
}

/// What to try with `share`.
pub fn sharing_hint(error: &SharingError) -> Option<String> {
    Some(match error {
        SharingError::Git(GitError::Program { .. }) => {
            "check that git reaches the remote without asking for a password: git ls-remote".to_string()
        }
        SharingError::Git(error) => return git_hint(error),
        SharingError::File(error) => io_hint(&error.source, &error.path),
        SharingError::HeldShare { .. } => "wait until it has ended, or end it".to_string(),
        SharingError::UnclearSettings { path, .. } => {
            format!(
                "delete {} to begin anew under another name of this machine (--machine)",
                shown_path(path)
            )
        }
        SharingError::Refused { help, .. } => help.clone(),
    })
}

/// What to try with a run of `merge`.
pub fn merging_hint(error: &MergingError) -> Option<String> {
    Some(match error {
        MergingError::Git(error) => return git_hint(error),
        MergingError::File(error) => io_hint(&error.source, &error.path),
        MergingError::Held { .. } => {
            "wait until it has ended, or end it; track-work merge --status says where it stands".to_string()
        }
        MergingError::Unclear { path, .. } => {
            format!("if no run is needed any more, delete {}", shown_path(path))
        }
        MergingError::Plan(_) => {
            "resolve that and continue (track-work merge --continue), or give up (track-work merge --abort)"
                .to_string()
        }
        MergingError::NotRun { continues: false, .. } => "nothing was merged; resolve that, then rerun".to_string(),
        MergingError::NotRun { continues: true, .. } => {
            "resolve that and continue (track-work merge --continue), leave this merge out (--skip), or give up (--abort)"
                .to_string()
        }
        MergingError::Unfit { help, .. } => help.clone(),
    })
}

/// What to try with a run of `verify`.
pub fn trial_hint(error: &TrialError) -> Option<String> {
    Some(match error {
        TrialError::Git(error) => return git_hint(error),
        TrialError::File(error) => io_hint(&error.source, &error.path),
        TrialError::Held { .. } => "wait until it has ended, or end it".to_string(),
        TrialError::NotRun(_) => "resolve that, then rerun: what is known by then is kept".to_string(),
    })
}

/// What to try.
pub fn tracking_hint(error: &TrackingError) -> String {
    match error {
        TrackingError::NoDirectory { .. } => {
            "correct its name, or create it: `track-work init` does".to_string()
        }
        TrackingError::Io { source, path, .. } => io_hint(source, path),
        TrackingError::Locked { dir, .. } => {
            format!("try again; `fuser {}` shows the process that holds the lock", shell_word(dir))
        }
        TrackingError::ChangedMeanwhile { .. } => "rerun, which reads the new text".to_string(),
        TrackingError::Exists { .. } => {
            "change it with an editor or `track-work update`, or move it away".to_string()
        }
        TrackingError::NoFile { .. } => {
            "`track-work register` creates it; `track-work status` shows what exists".to_string()
        }
        TrackingError::Broken { .. } => "fix the file by hand, then rerun".to_string(),
        TrackingError::Refused { .. } => "rewrite this part by hand in plain YAML, then rerun".to_string(),
        TrackingError::BadId { kind, .. } if kind == "story" => {
            "ids look like 1-2-user-authentication".to_string()
        }
        TrackingError::BadId { .. } => "ids look like terminal-1".to_string(),
    }
}

/// Why a file could not be written, without the name of the file that stands in for it meanwhile, and what helps, where
/// that is not another file.
pub fn io_failure(error: &std::io::Error, path: &Path) -> (String, Option<String>) {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            (error.kind().to_string(), Some(io_hint(error, path)))
        }
        kind => (kind.to_string(), None),
    }
}

fn io_hint(error: &std::io::Error, path: &Path) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("make {} and its folder writable", shown_path(path))
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some disk space, then rerun; nothing was lost".to_string()
        }
        ErrorKind::NotFound => "check that the folder exists".to_string(),
        _ => "resolve the error above, then rerun".to_string(),
    }
}
