//! The lines of a pair's conflicts, as they are in each terminal's own version.
//!
//! A pair meets in the target, so the merge speaks of the merged target's lines. People look at the
//! files of their terminals.

use crate::model::{Change, ChangeSet, ConflictPath, Stages};

use crate::merge::content::{Texts, merge_regions};
use crate::merge::file_merge::conflicting_lines;
use crate::merge::{ConflictStyle, Missing, Objects};

/// The changes of two terminals.
pub(super) struct Works<'a> {
    /// Those on top of the commits that both have, where they have such.
    pub own: Option<&'a [ChangeSet; 2]>,
    /// All since their bases with the target.
    pub since_base: [&'a ChangeSet; 2],
}

/// Says a conflict's lines anew, from the two terminals' own changes. Where their versions stem from
/// the same base, they are the lines that conflict; otherwise, or where they cannot be read, all lines
/// that each changed. `false`: something could not be read.
pub(super) fn in_own_lines(
    objects: &dyn Objects,
    mut conflict: ConflictPath,
    works: &Works<'_>,
    style: ConflictStyle,
) -> (ConflictPath, bool) {
    if conflict.ours.is_empty() && conflict.theirs.is_empty() {
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
    (conflict.ours, conflict.theirs) = narrowed.unwrap_or_else(|| (a.hunks.ranges(), b.hunks.ranges()));
    (conflict, complete)
}

type Sides = (Vec<crate::model::Lines>, Vec<crate::model::Lines>);

/// The conflicting lines of two versions of one base; `None` where there is no common base, or their
/// merge alone would not stop.
fn conflicting(
    objects: &dyn Objects,
    a: &Change,
    b: &Change,
    style: ConflictStyle,
) -> Result<Option<Sides>, Missing> {
    let same_base = a.old.map(|entry| entry.oid) == b.old.map(|entry| entry.oid);
    let (true, Some(ours), Some(theirs)) = (same_base, a.new, b.new) else { return Ok(None) };
    let base = a.old.map_or(Ok(std::sync::Arc::from([])), |base| objects.blob(base.oid))?;
    let (ours, theirs) = (objects.blob(ours.oid)?, objects.blob(theirs.oid)?);
    let found = conflicting_lines(&merge_regions(
        &Texts::new(Stages { base: &base, ours: &ours, theirs: &theirs }),
        style,
    ));
    Ok((!found.ours.is_empty()).then_some((found.ours, found.theirs)))
}
