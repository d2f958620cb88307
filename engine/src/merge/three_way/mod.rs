//! One merge of three trees, as git's `ort` strategy does it (`merge-strategies`, `git-merge-tree`).

mod apply_renames;
mod directory_renames;
mod follow_renames;
pub(crate) mod path_entry;
mod replaced_folders;
pub(crate) mod resolve;
pub(crate) mod state;

use std::rc::Rc;

use crate::merge::diff::{TreeDiff, diff_trees_beside};
use crate::merge::engine::Engine;
use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::three_way::resolve::TreeMerge;
use crate::merge::three_way::state::{MergeInput, ThreeWay};
use crate::model::{Sides, Stages};

/// Merges three trees.
///
/// Most merges have no relevant renames: then only those of our changes matter that lie where they
/// changed something. All of our changes are computed only if a renamed file or folder must be found.
pub(crate) fn three_way(engine: &Engine<'_>, input: &MergeInput) -> Result<TreeMerge, Missing> {
    let Stages { base, ours, theirs } = input.trees;
    let their_changes = engine.diffs.between(base, theirs)?;
    let beside = Rc::new(diff_trees_beside(engine.context.objects, base, ours, theirs)?);
    let merge = ThreeWay::new(engine, input, Sides { ours: beside, theirs: their_changes.clone() })?;
    if !engine.context.options.renames || merge.relevance().iter().all(Relevance::is_nothing) {
        return merge.resolve();
    }
    let sides = Sides { ours: engine.diffs.between(base, ours)?, theirs: their_changes };
    let mut merge = ThreeWay::new(engine, input, sides)?;
    merge.follow_renames()?;
    merge.resolve()
}

/// Merges these changes of two sides, without rename detection.
pub(crate) fn merge_sides(
    engine: &Engine<'_>,
    input: &MergeInput,
    sides: Sides<Rc<TreeDiff>>,
) -> Result<TreeMerge, Missing> {
    ThreeWay::new(engine, input, sides)?.resolve()
}
