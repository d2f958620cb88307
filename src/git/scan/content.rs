use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::git::overlay::Overlay;
use crate::git::settings::Settings;
use crate::model::{Entry, EntryKind, Reason, RepoPath};

use super::index::Index;
use super::{Scan, Worktree};

/// A file whose content has to be looked at.
#[derive(Debug)]
pub(super) struct Candidate {
    pub path: RepoPath,
    /// Where it is.
    pub file: PathBuf,
    pub kind: EntryKind,
    pub size: u64,
    pub known: Known,
}

/// What the index knows of a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nothing: it is untracked.
    Nothing,
    /// That it will be added.
    Announced(EntryKind),
    /// Its entry.
    Indexed(Entry),
    /// Several entries, of an unresolved merge.
    Unmerged,
}

impl Known {
    /// What a regular file counts as. Where the worktree cannot hold executable bits or links,
    /// the index says it.
    pub(super) fn kind_of_file(self, mode: u32, settings: &Settings) -> EntryKind {
        let indexed = match self {
            Known::Indexed(entry) => Some(entry.kind),
            Known::Announced(kind) => Some(kind),
            Known::Nothing | Known::Unmerged => None,
        };
        match indexed {
            Some(EntryKind::Symlink) if !settings.symlinks => EntryKind::Symlink,
            Some(EntryKind::Executable) if !settings.file_mode => EntryKind::Executable,
            _ if settings.file_mode && mode & 0o100 != 0 => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }
}

/// Reads the candidates as `git add` would store them and says what each has become.
pub(super) fn settle(
    worktree: &Worktree<'_>,
    settings: &Settings,
    _index: &Index,
    candidates: Vec<Candidate>,
    scan: &mut Scan,
) {
    let _ = settings;
    for candidate in candidates {
        let outcome = raw(&worktree.store.overlay, &candidate);
        record(scan, candidate, outcome);
    }
}

fn raw(overlay: &Overlay, candidate: &Candidate) -> io::Result<Entry> {
    let oid = match candidate.kind {
        EntryKind::Symlink if candidate.file.is_symlink() => {
            overlay.put_blob(fs::read_link(&candidate.file)?.as_os_str().as_bytes())
        }
        _ => {
            let mut content = Vec::with_capacity(candidate.size as usize);
            File::open(&candidate.file)?.read_to_end(&mut content)?;
            overlay.put_file(&candidate.file, &content)
        }
    };
    Ok(Entry { kind: candidate.kind, oid })
}

fn record(scan: &mut Scan, candidate: Candidate, outcome: io::Result<Entry>) {
    let Candidate { path, known, .. } = candidate;
    match (outcome, known) {
        (Ok(entry), Known::Nothing) => scan.untracked.push((path, entry)),
        (Ok(entry), Known::Indexed(old)) if entry == old => {}
        (Ok(entry), Known::Indexed(_) | Known::Announced(_) | Known::Unmerged) => {
            scan.unstaged.push((path, Some(entry)));
        }
        (Err(error), Known::Nothing | Known::Announced(_)) if error.kind() == io::ErrorKind::NotFound => {}
        (Err(error), Known::Indexed(_) | Known::Unmerged) if error.kind() == io::ErrorKind::NotFound => {
            scan.unstaged.push((path, None));
        }
        (Err(error), _) => scan.undetermined.push((path, Reason(error.to_string()))),
    }
}
