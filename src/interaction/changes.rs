//! Changes between two trees, kept for the next time they are asked for.

use std::sync::Arc;

use super::answer_cache::{AnswerCache, TreeChanges};
use crate::merge::changes::all_changes;
use crate::merge::{MergeDependency, Missing, Objects, Options};
use crate::model::{ChangeSet, Oid};

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
    let known = cache.changes.find(&(base, tip)).filter(|known| {
        let at_hand = [base, tip].iter().all(|tree| objects.is_whole(*tree));
        at_hand && known.dependencies.iter().all(|one| one.holds(options, objects))
    });
    if let Some(known) = known {
        return Ok(known.changes.clone());
    }
    let lines = |old, new| cache.lines.of(objects, old, new, options);
    let made = all_changes(objects, base, tip, options, &|_| true, &lines)?;
    let changes = Arc::new(ChangeSet::new(made.changes));
    let lasts = made.complete && made.dependencies.iter().all(MergeDependency::lasts);
    if lasts && changes.is_determined() {
        let dependencies = made.dependencies.into_iter().collect();
        let kept = TreeChanges { changes: changes.clone(), dependencies };
        cache.changes.keep((base, tip), Arc::new(kept));
    }
    Ok(changes)
}
