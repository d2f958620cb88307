//! What changed between two trees, as `git diff -M` tells it, with the changed lines.

use foldhash::HashMap;

use crate::merge::context::MergeContext;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{RawChange, diff_trees};
use crate::merge::hunks::{ChangedLines, entry_lines};
use crate::merge::objects::{Missing, Objects};
use crate::merge::options::Options;
use crate::merge::renames::{RenameDetection, Renames, Unreadable, renamed_sources};
use crate::model::{Change, ChangeKind, ChangeSet, Entry, Layers, Oid, RepoPath};

/// All changes between two trees, renames followed, with their changed lines.
///
/// Renames are found by git's rules (`gitdiffcore`): equal content, then the same name at 75 %
/// similarity, then all against all at 50 %. All layers are false: the caller knows them.
///
/// # Errors
/// A tree that cannot be read. A blob that cannot be read only leaves that change's hunks unknown.
pub fn changes(objects: &dyn Objects, base: Oid, tip: Oid, options: &Options) -> Result<ChangeSet, Missing> {
    changes_with_lines(objects, base, tip, options, &|_| true)
}

/// The same, but hunks are computed only for the paths that are `wanted`, by either name; the others
/// have none. Most of the cost is in the hunks.
///
/// # Errors
/// As [`changes`].
pub fn changes_with_lines(
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
    options: &Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<ChangeSet, Missing> {
    let lines = |old, new| entry_lines(objects, old, new, options);
    Ok(ChangeSet::new(all_changes(objects, base, tip, options, wanted, &lines)?.changes))
}

/// Gives the changed lines between two entries.
pub(crate) type HunksOf<'a> = &'a dyn Fn(Option<Entry>, Option<Entry>) -> ChangedLines;

/// Changes that were found.
pub(crate) struct FoundChanges {
    pub changes: Vec<Change>,
    /// Whether all files that may have been renamed could be read.
    pub complete: bool,
    /// What the renames among them depend on besides contents and settings.
    pub dependencies: Dependencies,
}

/// All changes between two trees.
pub(crate) fn all_changes(
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
    options: &Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
    lines: HunksOf<'_>,
) -> Result<FoundChanges, Missing> {
    let raw = diff_trees(objects, base, tip)?.changes;
    let detection = RenameDetection::new(MergeContext { objects, options });
    from_raw(&detection, &raw, true, wanted, lines)
}

/// The changes of these paths, with the hunks that `lines` gives. `follow`: whether renames are
/// detected.
pub(crate) fn from_raw(
    detection: &RenameDetection<'_>,
    raw: &[RawChange],
    follow: bool,
    wanted: &dyn Fn(&RepoPath) -> bool,
    lines: HunksOf<'_>,
) -> Result<FoundChanges, Missing> {
    let order: Vec<usize> = (0..raw.len()).collect();
    let renames = if follow {
        detection.find(raw, &order, (None, &detection.context.options.attributes), Unreadable::Ignore)?
    } else {
        Renames::default()
    };
    let sources = renamed_sources(&renames);
    let targets: HashMap<usize, usize> = renames.pairs.iter().map(|&(from, to)| (to, from)).collect();
    let mut changes = Vec::with_capacity(raw.len());
    for (index, RawChange { path, old, new }) in raw.iter().enumerate() {
        if sources.contains(&index) {
            continue;
        }
        let source = targets.get(&index).map(|&from| &raw[from]);
        let old = source.map_or(*old, |source| source.old);
        let from = source.map(|source| source.path.clone());
        let is_wanted = wanted(path) || from.as_ref().is_some_and(wanted);
        let lines = if is_wanted { lines(old, *new) } else { ChangedLines::NONE };
        changes.push(change(path, from, old, *new, lines));
    }
    Ok(FoundChanges { changes, complete: !renames.ignored, dependencies: renames.dependencies })
}

fn change(
    path: &RepoPath,
    from: Option<RepoPath>,
    old: Option<Entry>,
    new: Option<Entry>,
    lines: ChangedLines,
) -> Change {
    let kind = match (&from, old, new) {
        (Some(_), _, _) => ChangeKind::Renamed,
        (None, None, _) => ChangeKind::Added,
        (None, _, None) => ChangeKind::Deleted,
        (None, Some(old), Some(new)) if old.kind == new.kind => ChangeKind::Modified,
        (None, Some(old), Some(new)) if !old.kind.is_file() || !new.kind.is_file() => ChangeKind::TypeChanged,
        (None, Some(old), Some(new)) if old.oid == new.oid => ChangeKind::ModeChanged,
        (None, Some(_), Some(_)) => ChangeKind::Modified,
    };
    let ChangedLines { hunks, marker } = lines;
    Change { path: path.clone(), kind, from, old, new, hunks, marker, layers: Layers::default() }
}
