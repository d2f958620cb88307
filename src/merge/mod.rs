//! The merge engine: three trees in, outcome out. It speaks to an object source, not to a repository.
//!
//! What is right here is what `git merge` does. The rules come from git's documents, from the
//! scenarios of its tests, and from asking it.

pub(crate) mod changes;
pub(crate) mod commits;
pub(crate) mod content;
pub(crate) mod diff;
mod directory_renames;
pub(crate) mod engine;
pub(crate) mod file_merge;
mod folder_counts;
mod histogram;
pub(crate) mod hunks;
pub(crate) mod name_table;
mod objects;
pub(crate) mod options;
pub(crate) mod recursive;
mod relevance;
mod rename_rules;
pub(crate) mod renames;
mod resolve;
pub(crate) mod rules;
pub(crate) mod similarity;
mod sliding;
mod slot;
pub(crate) mod three_way;
pub(crate) mod trees;
pub(crate) mod visiting_order;

pub use changes::{changes, changes_with_lines};
pub use commits::{Ancestry, CommitFacts, Commits, Grown, grown, merge_bases};
pub use diff::entry_at;
pub use hunks::{is_binary, line_hunks};
pub use objects::{Missing, Name, Objects, TreeEntry};
pub use options::{
    Assumed, Attributes, ConflictStyle, DirectoryRenames, Driver, DriverInput, DriverOutput, MarkerSizes,
    Normalize, Options, RunDriver, ShortNames, Submodules,
};
pub use recursive::{Node, merge_commits, merge_trees};
pub use rules::{Rules, RulesWith};
pub use trees::{Edits, edit_tree};
pub use visiting_order::Tie;
