use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Change, ChangeKind, ChangeSet, Entry, EntryKind, Layers, Oid, RepoPath};

use super::diff::{Difference, diff};
use super::hunks::change_hunks;
use super::renames::renames;
use super::{Missing, Objects, Options};

/// All changes from one tree to another: renames followed, with the changed lines. The layers are
/// left empty.
///
/// # Errors
/// When a tree cannot be read, or a file that may be renamed. A file whose lines cannot be read is
/// a change with unknown hunks.
pub fn changes(objects: &dyn Objects, base: Oid, tip: Oid, options: &Options) -> Result<ChangeSet, Missing> {
    let differences = diff(objects, base, tip)?;
    let renamed = renames(objects, &differences, &|_| true, options)?;
    let sources: BTreeSet<&RepoPath> = renamed.values().collect();
    let by_path: BTreeMap<&RepoPath, &Difference> = differences.iter().map(|one| (&one.path, one)).collect();
    let mut changes = Vec::new();
    for one in &differences {
        if one.new.is_none() && sources.contains(&one.path) {
            continue;
        }
        let from = renamed.get(&one.path);
        let old = from.map_or(one.old, |from| by_path[from].old);
        changes.push(Change {
            path: one.path.clone(),
            kind: kind(old, one.new, from.is_some()),
            from: from.cloned(),
            old,
            new: one.new,
            hunks: change_hunks(objects, old, one.new, options.content_limit),
            layers: Layers::default(),
        });
    }
    Ok(ChangeSet::new(changes))
}

fn kind(old: Option<Entry>, new: Option<Entry>, renamed: bool) -> ChangeKind {
    let class = |kind: EntryKind| if kind.is_file() { EntryKind::File } else { kind };
    match (old, new) {
        _ if renamed => ChangeKind::Renamed,
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Deleted,
        (Some(old), Some(new)) if class(old.kind) != class(new.kind) => ChangeKind::TypeChanged,
        (Some(old), Some(new)) if old.oid == new.oid => ChangeKind::ModeChanged,
        (Some(_), Some(_)) => ChangeKind::Modified,
    }
}
