//! Changes between two trees, kept for the next time they are asked for.

use std::sync::Arc;

use super::answer_cache::AnswerCache;
use crate::merge::changes::all_changes;
use crate::merge::{Missing, Objects, Options};
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
    if let Some(known) = cache.changes.find(&(base, tip)) {
        return Ok(known);
    }
    let lines = |old, new| cache.lines.of(objects, old, new, options);
    let (made, complete) = all_changes(objects, base, tip, options, &|_| true, &lines)?;
    let made = Arc::new(made);
    if complete && made.is_determined() {
        cache.changes.keep((base, tip), made.clone());
    }
    Ok(made)
}
