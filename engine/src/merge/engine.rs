//! What the merges of one thread share: objects, settings, and what each algorithm remembers.

use crate::merge::context::MergeContext;
use crate::merge::diff::Diffs;
use crate::merge::file_merge::FileMerger;
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::merge::renames::RenameDetection;
use crate::merge::renames::traversal_order::Listings;

/// The algorithms of a merge of three trees.
pub(crate) struct Engine<'a> {
    pub context: MergeContext<'a>,
    pub diffs: Diffs<'a>,
    pub renames: RenameDetection<'a>,
    pub files: FileMerger<'a>,
    pub listings: Listings<'a>,
}

impl<'a> Engine<'a> {
    /// An engine that remembers nothing yet.
    pub fn new(objects: &'a dyn Objects, options: &'a Options) -> Engine<'a> {
        let context = MergeContext { objects, options };
        Engine {
            context,
            diffs: Diffs::new(objects),
            renames: RenameDetection::new(context),
            files: FileMerger::new(context),
            listings: Listings::new(objects),
        }
    }
}
