//! Whether a file is what the head has, without the index.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use crate::files;
use crate::merge::{Objects, has_crlf};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

use super::super::convert;
use super::quiet::PathSight;
use super::{NearScan, Unsure};

/// Files above this size are left to the index.
const LARGE: u64 = 4 << 20;

/// The content of a blob.
#[derive(Clone)]
pub(super) struct Content {
    pub bytes: Arc<[u8]>,
    /// No conversion would make something else of a file with these bytes.
    is_plain: bool,
}

impl NearScan<'_> {
    /// Whether a file with only real folders above it holds the bytes of the head's blob, in few system
    /// calls. Where it does not, a closer look is needed to know why.
    #[cfg(target_os = "linux")]
    pub(super) fn is_surely_same(&self, path: &RepoPath, head: Entry) -> Option<bool> {
        let blob = head.kind.is_file().then(|| self.blob(head.oid).ok())??;
        if !blob.is_plain || blob.bytes.len() as u64 > LARGE {
            return None;
        }
        let top = self.top.get_or_init(|| File::open(self.worktree.top).ok()).as_ref()?;
        let executable = self.settings.file_mode.then_some(head.kind == EntryKind::Executable);
        let mut bytes = self.contents.bytes.borrow_mut();
        let (found, stamp) =
            super::super::plain::content(top, path, executable, blob.bytes.len(), &mut bytes)?;
        let is_same = *found == *blob.bytes;
        if is_same {
            self.sights.note_folders_above(path);
            self.sights.note(path.clone(), PathSight::As(stamp));
        }
        Some(is_same)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn is_surely_same(&self, _: &RepoPath, _: Entry) -> Option<bool> {
        None
    }

    /// Whether a file holds the bytes of the head's blob, and no conversion would change them.
    /// Filters are assumed to be idempotent, as git requires.
    pub(super) fn is_same_file(&self, path: &RepoPath, head: Entry, data: &Metadata) -> Result<bool, Unsure> {
        let executable = data.mode() & 0o100 != 0;
        if data.size() > LARGE
            || (self.settings.file_mode && executable != (head.kind == EntryKind::Executable))
        {
            return Ok(false);
        }
        let blob = self.blob(head.oid)?;
        if blob.bytes.len() as u64 != data.size() || !blob.is_plain {
            return Ok(false);
        }
        Ok(files::read(&self.file(path), u64::MAX).map_err(|_| Unsure)? == *blob.bytes)
    }

    pub(super) fn blob(&self, id: Oid) -> Result<Content, Unsure> {
        if let Some(known) = self.contents.blobs.borrow().get(&id) {
            return Ok(known.clone());
        }
        let bytes = self.worktree.store.blob(id).map_err(|_| Unsure)?;
        let is_plain = !has_crlf(&bytes) && !convert::has_id(&bytes);
        let content = Content { bytes, is_plain };
        self.contents.blobs.borrow_mut().insert(id, content.clone());
        Ok(content)
    }
}
