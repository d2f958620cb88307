//! What every algorithm of a merge is handed.

use crate::merge::objects::Objects;
use crate::merge::options::Options;

/// Where objects come from, and the settings.
#[derive(Clone, Copy)]
pub(crate) struct MergeContext<'a> {
    pub objects: &'a dyn Objects,
    pub options: &'a Options,
}
