//! Changes between two trees, kept for the next time they are asked for.

use std::sync::Arc;

use super::answer_cache::AnswerCache;
use crate::merge::changes::all_changes;
use crate::merge::{Missing, Objects, Options};
use crate::model::{ChangeSet, Oid};

/// The same as [`crate::merge::changes`], found in the memory or kept there where all of it could be
/// read.
///
/// # Errors
/// As [`crate::merge::changes`].
pub fn remembered_changes(
    memory: &AnswerCache,
    objects: &dyn Objects,
    base: Oid,
    tip: Oid,
    options: &Options,
) -> Result<Arc<ChangeSet>, Missing> {
    if let Some(known) = memory.changes.find(&(base, tip)) {
        return Ok(known);
    }
    let lines = |old, new| memory.lines.of(objects, old, new, options);
    let (made, complete) = all_changes(objects, base, tip, options, &|_| true, &lines)?;
    let made = Arc::new(made);
    if complete && made.is_determined() {
        memory.changes.keep((base, tip), made.clone());
    }
    Ok(made)
}
