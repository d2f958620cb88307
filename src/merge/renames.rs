//! Which deletion and which addition are one file (gitdiffcore, `diffcore-rename`).
//!
//! Equal content first; then files whose name is unique on both sides, at three quarters; then all
//! that is left against all that is left, at half, best first. Empty files are never renames.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::{Entry, EntryKind, Oid, RepoPath};

use super::diff::Difference;
use super::similarity::{Chunks, HALF, MAX_SCORE, too_different};
use super::{Missing, Objects, Options};

/// The blob without content.
const EMPTY_BLOB: [u8; 20] = [
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4,
    0x8c, 0x53, 0x91,
];

/// How many candidates of a destination are kept.
const CANDIDATES: usize = 4;

/// A path on one side of a rename.
#[derive(Clone, Copy)]
struct Side<'a> {
    path: &'a RepoPath,
    entry: Entry,
}

/// Finds the renames among differences: new path to old path. `relevant` says which deleted paths
/// matter beyond exact renames.
pub(super) fn renames(
    objects: &dyn Objects,
    differences: &[Difference],
    relevant: &dyn Fn(&RepoPath) -> bool,
    options: &Options,
) -> Result<BTreeMap<RepoPath, RepoPath>, Missing> {
    let mut found = Found::default();
    if !options.renames {
        return Ok(found.renames);
    }
    let side = |path, entry: Option<Entry>| entry.filter(may_move).map(|entry| Side { path, entry });
    let gone = differences.iter().filter(|one| one.new.is_none());
    let gone: Vec<Side> = gone.filter_map(|one| side(&one.path, one.old)).collect();
    let new = differences.iter().filter(|one| one.old.is_none());
    let new: Vec<Side> = new.filter_map(|one| side(&one.path, one.new)).collect();
    found.exact(&gone, &new);
    let gone: Vec<Side> = gone.into_iter().filter(|one| relevant(one.path)).collect();
    let mut contents = Contents { objects, sizes: HashMap::new(), chunks: HashMap::new() };
    found.by_name(&gone, &new, &mut contents)?;
    found.by_content(&gone, &new, &mut contents, options)?;
    Ok(found.renames)
}

fn may_move(entry: &Entry) -> bool {
    match entry.kind {
        EntryKind::File | EntryKind::Executable | EntryKind::Symlink => *entry.oid.as_bytes() != EMPTY_BLOB,
        EntryKind::Submodule | EntryKind::Tree => false,
    }
}

#[derive(Default)]
struct Found {
    /// New path to old path.
    renames: BTreeMap<RepoPath, RepoPath>,
    used: HashSet<RepoPath>,
}

impl Found {
    fn pair(&mut self, old: Side, new: Side) {
        self.renames.insert(new.path.clone(), old.path.clone());
        self.used.insert(old.path.clone());
    }

    fn is_open(&self, old: &Side) -> bool {
        !self.used.contains(old.path)
    }

    fn is_free(&self, new: &Side) -> bool {
        !self.renames.contains_key(new.path)
    }

    /// The same object under another path; the same file name is preferred.
    fn exact(&mut self, gone: &[Side], new: &[Side]) {
        let mut by_content: HashMap<Oid, Vec<Side>> = HashMap::new();
        for &old in gone {
            by_content.entry(old.entry.oid).or_default().push(old);
        }
        for &new in new {
            let Some(candidates) = by_content.get(&new.entry.oid) else { continue };
            let fits = |old: &&Side| self.is_open(old) && same_type(old.entry, new.entry);
            let named =
                candidates.iter().filter(fits).find(|old| old.path.file_name() == new.path.file_name());
            if let Some(&old) = named.or_else(|| candidates.iter().find(fits)) {
                self.pair(old, new);
            }
        }
    }

    /// File names that are unique among what is gone and among what is new.
    fn by_name(&mut self, gone: &[Side], new: &[Side], contents: &mut Contents) -> Result<(), Missing> {
        let least = HALF + (MAX_SCORE - HALF) / 2;
        let old_names = unique_names(gone.iter().filter(|old| self.is_open(old)));
        let new_names = unique_names(new.iter().filter(|new| self.is_free(new)));
        for (name, old) in old_names {
            let (Some(old), Some(Some(new))) = (old, new_names.get(name)) else { continue };
            if same_type(old.entry, new.entry)
                && contents.score(old.entry.oid, new.entry.oid, least)? >= least
            {
                self.pair(old, *new);
            }
        }
        Ok(())
    }

    /// All that is left against all that is left.
    fn by_content(
        &mut self,
        gone: &[Side],
        new: &[Side],
        contents: &mut Contents,
        options: &Options,
    ) -> Result<(), Missing> {
        let gone: Vec<Side> = gone.iter().copied().filter(|old| self.is_open(old)).collect();
        let new: Vec<Side> = new.iter().copied().filter(|new| self.is_free(new)).collect();
        if gone.len() * new.len() > options.rename_limit * options.rename_limit {
            return Ok(());
        }
        let mut scores: Vec<(u64, bool, usize, usize)> = Vec::new();
        for (to, new) in new.iter().enumerate() {
            let mut best: Vec<(u64, bool, usize, usize)> = Vec::new();
            for (from, old) in gone.iter().enumerate() {
                if !same_type(old.entry, new.entry) {
                    continue;
                }
                let score = contents.score(old.entry.oid, new.entry.oid, HALF)?;
                if score >= HALF {
                    best.push((score, old.path.file_name() == new.path.file_name(), to, from));
                }
            }
            best.sort_by(better);
            scores.extend(best.into_iter().take(CANDIDATES));
        }
        scores.sort_by(better);
        for (_, _, to, from) in scores {
            if self.is_free(&new[to]) && self.is_open(&gone[from]) {
                self.pair(gone[from], new[to]);
            }
        }
        Ok(())
    }
}

/// Best score first, then the same name, then the order of the paths.
fn better(a: &(u64, bool, usize, usize), b: &(u64, bool, usize, usize)) -> std::cmp::Ordering {
    b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)).then(a.3.cmp(&b.3))
}

fn same_type(a: Entry, b: Entry) -> bool {
    a.kind == b.kind || (a.kind.is_file() && b.kind.is_file())
}

/// The one side with each file name; `None` where there are several.
fn unique_names<'a, 'b: 'a>(
    sides: impl Iterator<Item = &'a Side<'b>>,
) -> BTreeMap<&'b [u8], Option<Side<'b>>> {
    let mut names = BTreeMap::new();
    for side in sides {
        names.entry(side.path.file_name()).and_modify(|one| *one = None).or_insert(Some(*side));
    }
    names
}

/// Sizes and chunks of blobs, each read once.
struct Contents<'a> {
    objects: &'a dyn Objects,
    sizes: HashMap<Oid, u64>,
    chunks: HashMap<Oid, Chunks>,
}

impl Contents<'_> {
    fn size(&mut self, id: Oid) -> Result<u64, Missing> {
        if let Some(size) = self.sizes.get(&id) {
            return Ok(*size);
        }
        let size = self.objects.blob_size(id)?;
        self.sizes.insert(id, size);
        Ok(size)
    }

    fn score(&mut self, old: Oid, new: Oid, least: u64) -> Result<u64, Missing> {
        if old == new {
            return Ok(MAX_SCORE);
        }
        if too_different(self.size(old)?, self.size(new)?, least) {
            return Ok(0);
        }
        for id in [old, new] {
            if !self.chunks.contains_key(&id) {
                self.chunks.insert(id, Chunks::of(&self.objects.blob(id)?));
            }
        }
        Ok(self.chunks[&old].score(&self.chunks[&new]))
    }
}
