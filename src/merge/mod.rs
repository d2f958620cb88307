//! The merge engine: three trees in, outcome out. It speaks to an object source, not to a repository.
//!
//! What is right here is what `git merge` does. The rules come from git's documents, from the
//! scenarios of its tests, and from asking it.

pub(crate) mod attribute_sources;
pub(crate) mod attributes;
pub(crate) mod changes;
pub(crate) mod commit_graph;
pub(crate) mod commits;
pub(crate) mod content;
pub(crate) mod context;
pub(crate) mod dependency;
pub(crate) mod diff;
pub(crate) mod engine;
pub(crate) mod file_merge;
mod histogram;
pub(crate) mod hunks;
mod memo;
pub(crate) mod mode;
pub(crate) mod objects;
pub(crate) mod options;
pub(crate) mod recursive;
pub(crate) mod renames;
mod sliding;
pub(crate) mod three_way;
pub(crate) mod trees;

pub use attributes::{
    Attributes, AttributesWith, Driver, DriverInput, DriverOutput, Drivers, MarkerSizes, Normalize, RunDriver,
};
pub use changes::{changes, changes_with_lines};
pub use commit_graph::{Ancestry, CommitFacts};
pub use commits::{Commits, LinearAncestor, linear_ancestor};
pub use dependency::MergeDependency;
pub use diff::entry_at;
pub use hunks::{is_binary, line_hunks};
pub use objects::{Missing, Name, Objects, TreeEntry};
pub use options::{CommitNames, ConflictStyle, DirectoryRenames, Options, Submodules};
pub use recursive::{Node, merge_commits, merge_trees};
pub use trees::{Edits, edit_tree};
