//! How alike two files are.

use std::rc::Rc;

use crate::merge::engine::Engine;
use crate::merge::objects::Missing;
use crate::merge::renames::similarity::{Fingerprint, RENAME_SCORE, sizes_allow};
use crate::merge::renames::{Search, Unreadable};
use crate::model::{Entry, EntryKind, Oid};

impl Search<'_, '_> {
    /// How alike they are; 0 where that is less than `least`, or cannot be told.
    pub(crate) fn score(&mut self, source: usize, target: usize, least: u64) -> Result<u64, Missing> {
        let (one, other) = (self.sources[source].entry, self.targets[target].entry);
        if !one.kind.is_file() || !other.kind.is_file() {
            return Ok(0);
        }
        let sizes = self.size(source, false).and_then(|one| Ok((one, self.size(target, true)?)));
        let Some((small, large)) = self.readable(sizes)? else { return Ok(0) };
        if !sizes_allow(small, large, least) {
            return Ok(0);
        }
        let contents = (one.oid, other.oid);
        if let Some(known) = self.engine.known_score(contents) {
            return Ok(known);
        }
        let prints = (self.fingerprint(source, false)?, self.fingerprint(target, true)?);
        let (Some(one), Some(other)) = prints else { return Ok(0) };
        let score = one.score(&other);
        self.engine.remember_score(contents, score);
        Ok(score)
    }

    fn size(&mut self, at: usize, target: bool) -> Result<u64, Missing> {
        let file = if target { &mut self.targets[at] } else { &mut self.sources[at] };
        if let Some(known) = file.size {
            return Ok(known);
        }
        let size = self.engine.blob_size(file.entry.oid)?;
        file.size = Some(size);
        Ok(size)
    }

    fn fingerprint(&mut self, at: usize, target: bool) -> Result<Option<Rc<Fingerprint>>, Missing> {
        let file = if target { &self.targets[at] } else { &self.sources[at] };
        let (path, entry) = (file.path, file.entry);
        let read = self.engine.fingerprint(entry);
        let known = self.readable(read)?.flatten();
        if known.is_none() {
            self.skipped.insert(path.clone());
        }
        Ok(known)
    }

    fn readable<T>(&mut self, result: Result<T, Missing>) -> Result<Option<T>, Missing> {
        match (result, self.unreadable) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(_), Unreadable::Ignore) => {
                self.found.ignored = true;
                Ok(None)
            }
            (Err(missing), Unreadable::Fail) => Err(missing),
        }
    }
}

impl Engine<'_> {
    /// Whether one file could be taken for the other one, moved. A file that is too large to be
    /// compared could.
    pub(crate) fn is_alike(&self, source: Oid, target: Oid) -> Result<bool, Missing> {
        if !sizes_allow(self.blob_size(source)?, self.blob_size(target)?, RENAME_SCORE) {
            return Ok(false);
        }
        let print = |oid| self.fingerprint(Entry { kind: EntryKind::File, oid });
        Ok(match (print(source)?, print(target)?) {
            (Some(one), Some(other)) => one.score(&other) >= RENAME_SCORE,
            (None, _) | (_, None) => true,
        })
    }
}
