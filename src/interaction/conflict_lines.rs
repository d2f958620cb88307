//! The lines of a pair's conflicts, as they are in each terminal's own version.
//!
//! A pair is merged into the target, so the merge reports lines of the merged target. People look at the
//! files in their terminals.

use crate::model::{Change, ChangeSet, ConflictPath, Stages};

use crate::merge::content::{Texts, merge_regions};
use crate::merge::file_merge::{FileConflict, conflicting_lines};
use crate::merge::{ConflictStyle, Missing, Objects};

/// The changes of two terminals.
pub(super) struct PairChanges<'a> {
    /// Those since their fork points, where they share commits that the target lacks.
    pub own: Option<&'a [ChangeSet; 2]>,
    /// All since their merge bases with the target.
    pub since_base: [&'a ChangeSet; 2],
}

/// Replaces a conflict's lines by those of the two terminals' own versions. Where these have the same base,
/// they are the lines that each changed where the two conflict; otherwise, or where they cannot be read, all
/// lines that each changed, and where the regions are is not determined. `false`: something could not be
/// read.
pub(super) fn in_own_lines(
    objects: &dyn Objects,
    mut conflict: ConflictPath,
    works: &PairChanges<'_>,
    style: ConflictStyle,
) -> (ConflictPath, bool) {
    if conflict.regions.is_empty() {
        return (conflict, true);
    }
    let change_of = |changes: &ChangeSet| {
        let touches =
            |change: &&Change| change.paths().any(|path| conflict.paths().any(|known| known == path));
        changes.iter().find(touches).cloned()
    };
    let both = |[a, b]: [&ChangeSet; 2]| Some((change_of(a)?, change_of(b)?));
    let own = works.own.and_then(|own| both(own.each_ref()));
    let Some((a, b)) = own.or_else(|| both(works.since_base)) else { return (conflict, true) };
    let found = conflicting(objects, &a, &b, style);
    let complete = found.is_ok();
    let narrowed = found.ok().flatten();
    match narrowed {
        Some(FileConflict { ours, theirs, regions, .. }) => {
            conflict = ConflictPath { ours, theirs, regions, ..conflict };
        }
        None => {
            (conflict.ours, conflict.theirs) = (a.hunks.ranges(), b.hunks.ranges());
            conflict.regions.iter_mut().for_each(|region| region.sides = None);
        }
    }
    (conflict, complete)
}

/// The conflicting lines of two versions of one base; `None` where the bases differ, or the two would merge
/// cleanly by themselves.
fn conflicting(
    objects: &dyn Objects,
    a: &Change,
    b: &Change,
    style: ConflictStyle,
) -> Result<Option<FileConflict>, Missing> {
    let same_base = a.old.map(|entry| entry.oid) == b.old.map(|entry| entry.oid);
    let (true, Some(ours), Some(theirs)) = (same_base, a.new, b.new) else { return Ok(None) };
    let base = a.old.map_or(Ok(std::sync::Arc::from([])), |base| objects.blob(base.oid))?;
    let (ours, theirs) = (objects.blob(ours.oid)?, objects.blob(theirs.oid)?);
    let found = conflicting_lines(&merge_regions(
        &Texts::new(Stages { base: &base, ours: &ours, theirs: &theirs }),
        style,
    ));
    Ok((!found.regions.is_empty()).then_some(found))
}
