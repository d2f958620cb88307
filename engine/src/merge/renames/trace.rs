//! The input and the result of a search for renames, from which the interaction room learns what could
//! change the result.

use std::rc::Rc;

use crate::merge::diff::TreeDiff;
use crate::merge::renames::Renames;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::traversal_order::TraversalOrder;

/// A finished search for the renames of one side.
#[derive(Debug, Default)]
pub(crate) struct RenameSearch {
    /// All changes of the side.
    pub changes: Rc<TreeDiff>,
    /// Which renames were relevant.
    pub relevance: Relevance,
    /// What was found.
    pub renames: Renames,
    /// The order in which files were traversed, where that counted on either side.
    pub order: Option<TraversalOrder>,
}
