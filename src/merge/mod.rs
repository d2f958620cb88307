//! The merge engine: three trees in, outcome out. It speaks to an object source, not to a repository.
//!
//! What is right here is what `git merge` does. The rules come from git's documents, from the
//! scenarios of its tests, and from asking it.

mod base_lines;
mod chain;
mod changes;
mod commits;
mod common_ground;
mod content;
mod diff;
mod directory_renames;
mod engine;
mod file_merge;
mod folder_counts;
mod footprint;
mod histogram;
mod hunks;
mod judge;
mod known_lines;
mod memory;
mod name_table;
mod nearness;
mod objects;
mod options;
mod own_lines;
mod own_work;
mod reach;
mod recursive;
mod relevance;
mod rename_rules;
mod renames;
mod resolve;
mod rules;
mod similarity;
mod sliding;
mod slot;
mod three_way;
mod trees;
mod visiting_order;

pub use chain::{Chain, Extent, Meeting, Merged, Stage};
pub use changes::{changes, changes_with_lines, remembered_changes};
pub use commits::{Ancestry, CommitFacts, Commits, Grown, grown, merge_bases};
pub use diff::entry_at;
pub use footprint::{Footprint, Search};
pub use hunks::{is_binary, line_hunks};
pub use judge::{Grounds, Judge, Shared};
pub use known_lines::KnownLines;
pub use memory::{Alone, Memory, Met, PairKey, Relation, Shelf, TipKey, VersionsKey};
pub use objects::{Missing, Name, Objects, TreeEntry};
pub use options::{
    Assumed, Attributes, ConflictStyle, DirectoryRenames, Driver, DriverInput, DriverOutput, MarkerSizes,
    Normalize, Options, RunDriver, ShortNames, Submodules,
};
pub use reach::{Ground, Reach, Shift, Stance};
pub use recursive::{Node, merge_commits, merge_trees};
pub use rules::{Rules, RulesWith};
pub use trees::{Edits, edit_tree};
pub use visiting_order::Tie;
