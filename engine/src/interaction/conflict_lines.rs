//! The lines of a pair's conflicts, as they are in each terminal's own version.
//!
//! A pair is merged into the target, so the merge reports lines of the merged target. People look at the
//! files in their terminals.

use std::sync::Arc;

use super::answer_cache::{AnswerCache, LinesKey, OwnLines};
use crate::merge::Missing;
use crate::merge::diff::entry_at;
use crate::merge::engine::Engine;
use crate::merge::file_merge::FileConflict;
use crate::model::{Change, ChangeSet, ConflictPath, Oid, Stages};

/// The changes of two terminals.
pub(super) struct PairChanges<'a> {
    /// Those since their fork points, where they share commits that the target lacks.
    pub own: Option<&'a [ChangeSet; 2]>,
    /// All since their merge bases with the target.
    pub since_base: [&'a ChangeSet; 2],
}

/// The conflicting lines of three versions of a file; from the cache, or added to it.
fn lines_of(
    engine: &Engine<'_>,
    cache: Option<&AnswerCache>,
    versions: LinesKey,
) -> Result<OwnLines, Missing> {
    let are_there = || versions.iter().flatten().all(|id| engine.context.objects.is_whole(*id));
    let known = cache.and_then(|cache| cache.own_lines.find(&versions));
    if let Some(known) = known.filter(|_| are_there()) {
        return Ok((*known).clone());
    }
    let [base, ours, theirs] = versions;
    let FileConflict { ours, theirs, regions, .. } = engine.files.conflict(Stages { base, ours, theirs })?;
    let found = OwnLines { ours, theirs, regions };
    if let Some(cache) = cache.filter(|cache| cache.own_lines.len() < MOST_KEPT) {
        cache.own_lines.keep(versions, Arc::new(found.clone()));
    }
    Ok(found)
}

/// No more are kept than this.
const MOST_KEPT: usize = 2048;

/// The tree on which the two would be merged with each other; `None` where there is none, or it is not decided.
pub(super) type BaseOfBoth<'b> = dyn FnMut() -> Result<Option<Oid>, Missing> + 'b;

/// Replaces a conflict's lines by those of the two terminals' own versions: where the two conflict when they are
/// merged with each other. Where they would merge cleanly then, or that cannot be read, all lines that each
/// changed, and where the regions are is not determined; as where one has the file as its base with the target does,
/// and only what is reverted by that stands against the other. `false`: something could not be read.
pub(super) fn in_own_lines(
    (engine, cache): (&Engine<'_>, Option<&AnswerCache>),
    mut conflict: ConflictPath,
    works: &PairChanges<'_>,
    base: &mut BaseOfBoth<'_>,
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
    let changed = own.or_else(|| both(works.since_base));
    let found = match &changed {
        Some((a, b)) => base().and_then(|base| conflicting((engine, cache), base, [a, b])),
        None => Ok(None),
    };
    let complete = found.is_ok();
    if let Ok(Some(OwnLines { ours, theirs, regions })) = found {
        return (ConflictPath { ours, theirs, regions, ..conflict }, complete);
    }
    let lines = |change: Option<Change>| change.map_or_else(Vec::new, |change| change.hunks.ranges());
    let (a, b) = changed.map_or_else(
        || (change_of(works.since_base[0]), change_of(works.since_base[1])),
        |(a, b)| (Some(a), Some(b)),
    );
    (conflict.ours, conflict.theirs) = (lines(a), lines(b));
    conflict.regions.iter_mut().for_each(|region| region.sides = None);
    (conflict, complete)
}

/// The conflicting lines of two versions of a file; `None` where the two have it from different files of the base,
/// or would merge cleanly by themselves.
fn conflicting(
    (engine, cache): (&Engine<'_>, Option<&AnswerCache>),
    base: Option<Oid>,
    [a, b]: [&Change; 2],
) -> Result<Option<OwnLines>, Missing> {
    let (Some(base), Some(ours), Some(theirs)) = (base, a.new, b.new) else { return Ok(None) };
    let before = |change: &Change| {
        entry_at(engine.context.objects, base, change.from.as_ref().unwrap_or(&change.path))
    };
    let base = match (before(a)?, before(b)?) {
        (Some(one), Some(other)) if one.oid == other.oid => Some(one.oid),
        (None, None) if a.old.is_none() && b.old.is_none() => None,
        (Some(_) | None, Some(_) | None) => return Ok(None),
    };
    let found = lines_of(engine, cache, [base, Some(ours.oid), Some(theirs.oid)])?;
    Ok((!found.regions.is_empty()).then_some(found))
}
