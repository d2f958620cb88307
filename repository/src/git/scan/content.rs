//! Reads changed files as `git add` would store them.

use std::cell::OnceCell;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::files;
use crate::git::commit_cache::WrittenFile;
use crate::git::error::GitError;
use crate::git::ids;
use crate::git::overlay::is_large;
use crate::git::settings::Settings;
use crate::git::stamps::own_stamp;
use crate::merge::{LARGEST_BLOB, Objects};
use crate::model::{Entry, EntryKind, Oid};

use super::attributes::FileAttributes;
use super::candidate::{ContentError, FileToRead, IndexState};
use super::convert::{self, Conversion};
use super::index::Index;
use super::{UncommittedScan, Worktree, filter};

/// How many seconds old a write is that no later one can be taken for.
const AT_REST: i64 = 2;

/// Reads files as `git add` would store them and records what each has become.
pub(super) fn settle(
    worktree: &Worktree<'_>,
    settings: &Settings,
    index: &Index,
    candidates: Vec<FileToRead>,
    scan: &mut UncommittedScan,
) {
    let reader = ContentReader { worktree, settings, index, attributes: OnceCell::new() };
    let mut for_program = Vec::new();
    let found: Vec<_> =
        candidates.iter().map(|one| (one.path.clone(), one.file.clone(), one.stamp)).collect();
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
    let changed = found.into_iter().filter(|(_, file, stamp)| own_stamp(file) != Some(*stamp));
    scan.changing.extend(changed.map(|(path, ..)| path));
}

/// Reads files of one worktree. Attributes are looked up only when there is a file to read.
struct ContentReader<'a> {
    worktree: &'a Worktree<'a>,
    settings: &'a Settings,
    index: &'a Index,
    attributes: OnceCell<FileAttributes>,
}

impl ContentReader<'_> {
    /// The blob that a file would be, or `None` where only the git program knows.
    fn read(&self, candidate: &FileToRead) -> Result<Option<Oid>, ContentError> {
        let overlay = &self.worktree.store.overlay;
        if candidate.kind == EntryKind::Symlink {
            let target = match self.settings.symlinks {
                true => fs::read_link(&candidate.file)?.as_os_str().as_bytes().to_vec(),
                false => files::read(&candidate.file, u64::MAX)?,
            };
            return Ok(Some(overlay.put_blob(&target)));
        }
        if matches!(candidate.known, IndexState::Nothing) && candidate.size > LARGEST_BLOB {
            let data = fs::symlink_metadata(&candidate.file)?;
            return Ok(Some(overlay.put_unread(&candidate.file, &data)));
        }
        let attributes = self.attributes()?;
        if attributes.by_program(&candidate.path)? {
            return Ok(None);
        }
        if is_large(candidate.size) && attributes.conversion(&candidate.path, None)? == Conversion::default()
        {
            let id = self.id_of_large(candidate)?;
            if candidate.known.blob() != Some(id) {
                overlay.put_large(&candidate.file, id, candidate.size);
            }
            return Ok(Some(id));
        }
        let content = files::read(&candidate.file, u64::MAX)?;
        let conversion = attributes.conversion(&candidate.path, Some(&content))?;
        let indexed = || self.worktree.store.blob(candidate.known.blob()?).ok();
        let converted = convert::to_repository(&content, conversion, indexed);
        let id = ids::hash(git2::ObjectType::Blob, &converted);
        // what git has is not kept: where it can no longer be read, it is not there
        if candidate.known.blob() == Some(id) {
            return Ok(Some(id));
        }
        Ok(Some(match converted.len() == content.len() {
            true => overlay.put_file(&candidate.file, &content),
            false => overlay.put_blob(&converted),
        }))
    }

    /// The blob that a large file is as it stands. It is not read again until it is written.
    fn id_of_large(&self, candidate: &FileToRead) -> Result<Oid, ContentError> {
        let known = self.worktree.repository.known().map(|cache| &cache.large_files);
        let version = WrittenFile { path: candidate.file.clone(), stamp: candidate.stamp };
        if let Some(id) = known.and_then(|known| known.find(&version)) {
            return Ok(*id);
        }
        let begun = SystemTime::now();
        let id = git2::Oid::hash_file(git2::ObjectType::Blob, &candidate.file);
        let id = ids::from_git2(id.map_err(|error| ContentError::Library(error.message().to_string()))?);
        if let Some(known) = known
            && is_at_rest(version.stamp, begun)
            && own_stamp(&candidate.file) == Some(version.stamp)
        {
            known.keep(version, Arc::new(id));
        }
        Ok(id)
    }

    fn attributes(&self) -> Result<&FileAttributes, GitError> {
        if let Some(known) = self.attributes.get() {
            return Ok(known);
        }
        let found = FileAttributes::of(self.worktree, self.settings, self.index)?;
        Ok(self.attributes.get_or_init(|| found))
    }
}

/// Whether a file was written long enough ago for another write to have another time.
fn is_at_rest([_, _, modified, _, changed, _]: [i64; 6], now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    modified.max(changed).saturating_add(AT_REST) < now.cast_signed()
}

fn record(scan: &mut UncommittedScan, candidate: FileToRead, outcome: Result<Oid, ContentError>) {
    let FileToRead { path, known, kind, .. } = candidate;
    let outcome = outcome.map(|oid| Entry { kind, oid });
    match (outcome, known) {
        (Ok(entry), IndexState::Nothing) => scan.untracked.push((path, entry)),
        (Ok(entry), IndexState::Indexed(old)) if entry == old => {}
        (Ok(entry), IndexState::Indexed(_) | IndexState::Announced(_) | IndexState::Unmerged(_)) => {
            scan.unstaged.push((path, Some(entry)));
        }
        (Err(trouble), IndexState::Nothing | IndexState::Announced(_)) if trouble.is_gone() => {}
        (Err(trouble), IndexState::Indexed(_) | IndexState::Unmerged(_)) if trouble.is_gone() => {
            scan.unstaged.push((path, None));
        }
        (Err(trouble), known) => {
            if matches!(known, IndexState::Nothing) {
                scan.unread.push(path.clone());
            }
            scan.undetermined.push((path, trouble.reason()));
        }
    }
}
