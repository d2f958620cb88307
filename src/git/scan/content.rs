use std::cell::OnceCell;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::git::overlay::is_large;
use crate::git::settings::Settings;
use crate::git::{GitError, ids};
use crate::merge::Objects;
use crate::model::{Entry, EntryKind, Oid, Reason, RepoPath};

use super::attributes::{Attributes, Conversion};
use super::index::Index;
use super::{Scan, Worktree, convert, filter};

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
    /// Several entries, of an unresolved merge; this is our side.
    Unmerged(Option<Oid>),
}

impl Known {
    /// What a regular file counts as. Where the worktree cannot hold executable bits or links,
    /// the index says it.
    pub(super) fn kind_of_file(self, mode: u32, settings: &Settings) -> EntryKind {
        let indexed = match self {
            Known::Indexed(entry) => Some(entry.kind),
            Known::Announced(kind) => Some(kind),
            Known::Nothing | Known::Unmerged(_) => None,
        };
        match indexed {
            Some(EntryKind::Symlink) if !settings.symlinks => EntryKind::Symlink,
            Some(EntryKind::Executable) if !settings.file_mode => EntryKind::Executable,
            _ if settings.file_mode && mode & 0o100 != 0 => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }

    /// The blob that the index holds.
    fn blob(self) -> Option<Oid> {
        match self {
            Known::Indexed(entry) => Some(entry.oid),
            Known::Unmerged(ours) => ours,
            Known::Nothing | Known::Announced(_) => None,
        }
    }
}

/// Why the content of a file is not known.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{0}")]
    Library(String),
}

impl Trouble {
    /// Whether it vanished while it was looked at.
    fn is_gone(&self) -> bool {
        matches!(self, Trouble::File(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    }
}

/// Reads the candidates as `git add` would store them and says what each has become.
pub(super) fn settle(
    worktree: &Worktree<'_>,
    settings: &Settings,
    index: &Index,
    candidates: Vec<Candidate>,
    scan: &mut Scan,
) {
    let reader = Reader { worktree, settings, index, attributes: OnceCell::new() };
    let mut for_program = Vec::new();
    for candidate in candidates {
        match reader.read(&candidate) {
            Ok(Some(oid)) => record(scan, candidate, Ok(oid)),
            Ok(None) => for_program.push(candidate),
            Err(trouble) => record(scan, candidate, Err(trouble)),
        }
    }
    for (candidate, outcome) in filter::read(worktree, for_program) {
        record(scan, candidate, outcome);
    }
}

/// Reads files of one worktree. Attributes are looked up only when there is a file to read.
struct Reader<'a> {
    worktree: &'a Worktree<'a>,
    settings: &'a Settings,
    index: &'a Index,
    attributes: OnceCell<Attributes>,
}

impl Reader<'_> {
    /// The blob that a file would be, or `None` where only the git program can say.
    fn read(&self, candidate: &Candidate) -> Result<Option<Oid>, Trouble> {
        let overlay = &self.worktree.store.overlay;
        if candidate.kind == EntryKind::Symlink {
            let target = match self.settings.symlinks {
                true => fs::read_link(&candidate.file)?.as_os_str().as_bytes().to_vec(),
                false => fs::read(&candidate.file)?,
            };
            return Ok(Some(overlay.put_blob(&target)));
        }
        let attributes = self.attributes()?;
        if attributes.by_program(&candidate.path)? {
            return Ok(None);
        }
        if is_large(candidate.size) && attributes.conversion(&candidate.path, None)? == Conversion::default()
        {
            let id = git2::Oid::hash_file(git2::ObjectType::Blob, &candidate.file);
            let id = ids::from_git2(id.map_err(|error| Trouble::Library(error.message().to_string()))?);
            overlay.put_large(&candidate.file, id, candidate.size);
            return Ok(Some(id));
        }
        let content = fs::read(&candidate.file)?;
        let conversion = attributes.conversion(&candidate.path, Some(&content))?;
        let indexed = || self.worktree.store.blob(candidate.known.blob()?).ok();
        let converted = convert::to_repository(&content, conversion, indexed);
        Ok(Some(match converted.len() == content.len() {
            true => overlay.put_file(&candidate.file, &content),
            false => overlay.put_blob(&converted),
        }))
    }

    fn attributes(&self) -> Result<&Attributes, GitError> {
        if let Some(known) = self.attributes.get() {
            return Ok(known);
        }
        let found = Attributes::of(self.worktree, self.settings, self.index)?;
        Ok(self.attributes.get_or_init(|| found))
    }
}

fn record(scan: &mut Scan, candidate: Candidate, outcome: Result<Oid, Trouble>) {
    let Candidate { path, known, kind, .. } = candidate;
    let outcome = outcome.map(|oid| Entry { kind, oid });
    match (outcome, known) {
        (Ok(entry), Known::Nothing) => scan.untracked.push((path, entry)),
        (Ok(entry), Known::Indexed(old)) if entry == old => {}
        (Ok(entry), Known::Indexed(_) | Known::Announced(_) | Known::Unmerged(_)) => {
            scan.unstaged.push((path, Some(entry)));
        }
        (Err(trouble), Known::Nothing | Known::Announced(_)) if trouble.is_gone() => {}
        (Err(trouble), Known::Indexed(_) | Known::Unmerged(_)) if trouble.is_gone() => {
            scan.unstaged.push((path, None));
        }
        (Err(trouble), _) => scan.undetermined.push((path, Reason(trouble.to_string()))),
    }
}
