//! Changes between two trees, kept for the next time they are asked for.

use std::sync::Arc;

use super::answer_cache::{AnswerCache, TreeChanges};
use super::path_query::TargetChanges;
use crate::merge::changes::all_changes;
use crate::merge::diff::{TreeDiff, diff_trees};
use crate::merge::{MergeDependency, Missing, Objects, Options, changes_with_lines};
use crate::model::{ChangeSet, Oid, RepoPath};

/// Of a tip that changes more paths than this, the lines are not found out only to be kept.
const FEW_PATHS: usize = 100;

/// No more paths than this are kept of one tip alone.
const MOST_PATHS: usize = 20_000;

/// The same as [`crate::merge::changes`], from the cache, or added to it where everything could be read.
///
/// # Errors
/// As [`crate::merge::changes`].
pub fn cached_changes(
    cache: &AnswerCache,
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
    options: &Options,
) -> Result<Arc<ChangeSet>, Missing> {
    if let Some(known) = known_changes(cache, objects, base, tip, options) {
        return Ok(known);
    }
    let lines = |old, new| cache.lines.of(objects, old, new, options);
    let made = all_changes(objects, base, tip, options, &|_| true, &lines)?;
    let changes = Arc::new(ChangeSet::new(made.changes));
    let lasts = made.complete && made.dependencies.iter().all(MergeDependency::lasts);
    if lasts && changes.is_determined() && cache.lasts(&[tip]) {
        let dependencies = made.dependencies.into_iter().collect();
        let kept = TreeChanges { changes: changes.clone(), dependencies };
        cache.changes.keep((base, tip), Arc::new(kept));
    }
    Ok(changes)
}

/// The same with the changed lines of the paths that are `wanted`, and of others where they are known or few.
///
/// # Errors
/// As [`crate::merge::changes`].
pub fn changes_near(
    cache: &AnswerCache,
    objects: &dyn Objects,
    [base, tip]: [Oid; 2],
    options: &Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<Arc<ChangeSet>, Missing> {
    if let Some(known) = known_changes(cache, objects, base, tip, options) {
        return Ok(known);
    }
    match cached_diff(cache, objects, base, tip)?.changes.len() {
        0..=FEW_PATHS => cached_changes(cache, objects, base, tip, options),
        _ => changes_with_lines(objects, base, tip, options, wanted).map(Arc::new),
    }
}

fn known_changes(
    cache: &AnswerCache,
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
    options: &Options,
) -> Option<Arc<ChangeSet>> {
    let known = cache.changes.find(&(base, tip))?;
    let holds = || known.dependencies.iter().all(|one| one.holds(options, objects));
    (at_hand(objects, [base, tip]) && holds()).then(|| known.changes.clone())
}

/// The paths that differ between two trees.
///
/// # Errors
/// A tree that cannot be read.
pub fn cached_diff(
    cache: &AnswerCache,
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
) -> Result<Arc<TreeDiff>, Missing> {
    if let Some(known) = cache.diffs.find(&(base, tip)).filter(|_| at_hand(objects, [base, tip])) {
        return Ok(known);
    }
    let diff = Arc::new(diff_trees(objects, base, tip)?);
    if diff.changes.len() <= MOST_PATHS && cache.lasts(&[tip]) {
        cache.diffs.keep((base, tip), diff.clone());
    }
    Ok(diff)
}

impl TargetChanges {
    /// What the target changed, from the tree of a base to its own; from the cache, or added to it.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn cached(
        cache: &AnswerCache,
        objects: &dyn Objects,
        base: Oid,
        target: Oid,
    ) -> Result<Arc<TargetChanges>, Missing> {
        if let Some(known) =
            cache.since_base.find(&(base, target)).filter(|_| at_hand(objects, [base, target]))
        {
            return Ok(known);
        }
        let changes = Arc::new(TargetChanges::between(objects, base, target)?);
        cache.since_base.keep((base, target), changes.clone());
        Ok(changes)
    }
}

fn at_hand(objects: &dyn Objects, trees: [Oid; 2]) -> bool {
    trees.iter().all(|tree| objects.is_whole(*tree))
}
