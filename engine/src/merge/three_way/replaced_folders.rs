//! Folders in whose place git reads others (`git-replace`): those that it looks into it writes again, with
//! what it read, and the others keep their ids.

use crate::merge::diff::entry_at;
use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::traversal_order::traverse;
use crate::merge::three_way::state::ThreeWay;
use crate::merge::trees::Edits;
use crate::model::{Entry, EntryKind, Oid, RepoPath, Sides};

impl ThreeWay<'_> {
    /// Adds to the edits of our tree the folders that git writes as others.
    pub fn write_replaced(&self, edits: &mut Edits) -> Result<(), Missing> {
        let context = self.engine.context;
        if !self.input.mode.writes() || !context.objects.has_replacements() {
            return Ok(());
        }
        let relevance = match context.options.renames {
            true => self.relevance(),
            false => Sides::<Relevance>::default(),
        };
        let trees = self.input.trees;
        let traversed = traverse(&self.engine.listings, trees, &self.sides, &relevance)?;
        for path in traversed.opened.into_iter().filter(|path| !path.as_bytes().is_empty()) {
            let ours = entry_at(context.objects, trees.ours, &path)?;
            let read = ours.and_then(folder).and_then(|oid| context.objects.replacement(oid));
            if let Some(oid) = read.filter(|_| !matches!(edits.get(&path), Some(Some(_)))) {
                edits.insert(path, Some(Entry { kind: EntryKind::Tree, oid }));
            }
        }
        for (path, theirs) in traversed.taken.theirs {
            if let Some(entry) = theirs.filter(|entry| entry.kind == EntryKind::Tree) {
                take_whole(edits, path, entry);
            }
        }
        Ok(())
    }
}

/// The tree of a folder.
fn folder(entry: Entry) -> Option<Oid> {
    (entry.kind == EntryKind::Tree).then_some(entry.oid)
}

/// Sets a folder in the place of all edits below it.
fn take_whole(edits: &mut Edits, path: RepoPath, entry: Entry) {
    let prefix = path.join(b"");
    edits.retain(|below, _| !below.as_bytes().starts_with(prefix.as_bytes()));
    edits.insert(path, Some(entry));
}
