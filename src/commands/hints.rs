//! What to try when something failed.

use std::path::Path;

use crate::config::KEYS;
use crate::error::Error;
use crate::git::{Feature, GitError};
use crate::model::few;
use crate::tracking::TrackingError;

/// What to try when the pipeline could not answer, where there is something.
pub fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::Git(error) => return git_hint(error),
        Error::Config(_) => KEYS.to_string(),
        Error::ConfiguredTarget(_) => "correct it there, or name another one with --target".to_string(),
        Error::UnreadableTarget { .. } => {
            "fetch what is missing, or name another target with --target".to_string()
        }
        Error::NoTrackingDir => "say where they are: --tracking-dir DIR, or TRACK_WORK_DIR=DIR".to_string(),
        Error::OutsideWorktrees(_) => "name a file or folder of the worktree, existing or not".to_string(),
        Error::NoWorktreeHere => "say it: --terminal ID, or -C PATH to start in a worktree".to_string(),
        Error::SeveralTerminals { .. } => "name one of these, exactly as it is written here".to_string(),
        Error::NoTerminal { known, .. } => {
            let known = if known.is_empty() { "none".to_string() } else { few(known) };
            format!("there are {known}; see track-work status")
        }
        Error::NotLinked { terminal, .. } => {
            format!("track-work update {terminal} --worktree PATH (or --branch NAME)")
        }
        Error::UnreadableWork { .. } => return None,
    })
}

/// What to try, where there is something.
pub fn git_hint(error: &GitError) -> Option<String> {
    match error {
        GitError::NoRepository { .. } => {
            Some("start it inside a repository, or name one with -C PATH".to_string())
        }
        GitError::OtherOwner { path } => {
            Some(format!("if you trust it: git config --global --add safe.directory {}", quoted(path)))
        }
        GitError::Unsupported { feature: Feature::ObjectFormat(format), .. } if format == "sha256" => Some(
            "git merge-tree --write-tree OURS THEIRS answers there for two branches; all is seen in a copy with \
             SHA-1: git init COPY, then git fast-export --all | git -C COPY fast-import"
                .to_string(),
        ),
        GitError::Unsupported { .. } => Some(
            "a newer track-work may read it; until then git merge-tree --write-tree OURS THEIRS answers for two \
             branches"
                .to_string(),
        ),
        GitError::UnknownRevision { .. } => {
            Some("git branch --all and git worktree list show what there is".to_string())
        }
        GitError::File { .. } => Some("check that the file exists and may be read".to_string()),
        GitError::Broken { .. } => Some("git fsck tells more".to_string()),
        GitError::Program { .. } => Some("check that git is installed and on the PATH".to_string()),
    }
}

/// What to try.
pub fn tracking_hint(error: &TrackingError) -> String {
    match error {
        TrackingError::NoDirectory { .. } => "`track-work init` creates it".to_string(),
        TrackingError::Io { source, path, .. } => io_hint(source, path),
        TrackingError::Locked { dir, .. } => {
            format!("try again; `fuser {}` names a process that still holds it", dir.display())
        }
        TrackingError::ChangedMeanwhile { .. } => "run the command again: it reads the new text".to_string(),
        TrackingError::Exists { .. } => {
            "change it with an editor or `track-work update`, or move it away".to_string()
        }
        TrackingError::NoFile { .. } => {
            "`track-work register` creates it; `track-work status` lists what is there".to_string()
        }
        TrackingError::Broken { .. } => "mend the file by hand, then run the command again".to_string(),
        TrackingError::Refused { .. } => {
            "write this place by hand in the plain form of the specification, then run the command again"
                .to_string()
        }
        TrackingError::BadId { kind, .. } if kind == "story" => {
            "ids look like 1-2-user-authentication".to_string()
        }
        TrackingError::BadId { .. } => "ids look like terminal-1".to_string(),
    }
}

fn io_hint(error: &std::io::Error, path: &Path) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("make {} and its folder writable for you", path.display())
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on the disk, then run the command again; nothing was lost".to_string()
        }
        ErrorKind::NotFound => "see whether the folder is there".to_string(),
        _ => "see to it, then run the command again".to_string(),
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%,:".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
