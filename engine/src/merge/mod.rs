//! What `git merge` does, and nothing else: trees and commits in, outcome out. Objects come through the
//! ports [`Objects`] and [`Commits`], so no repository is needed.
//!
//! The rules come from git's documents, from the scenarios of its tests, and from experiments with git.
//! A merge goes through these steps:
//!
//! 1. `recursive`: several merge bases become one (`merge-strategies`).
//! 2. `diff`: what each side changed since the base (`git diff-tree`).
//! 3. `renames`: which of the relevant files were renamed, and with them which folders (`gitdiffcore`,
//!    `technical/directory-rename-detection`).
//! 4. `three_way`: which versions meet at each path, and what stays there (`git-merge-tree`).
//! 5. `file_merge`: one file's versions merged, by `content` or by a driver (`git merge-file`,
//!    `gitattributes`).
//! 6. `trees`: the merged tree is written.
//!
//! A new kind of conflict begins in `three_way/path_entry.rs` or `file_merge/mod.rs`.

pub(crate) mod attribute_sources;
pub(crate) mod attributes;
pub(crate) mod carried_out;
pub(crate) mod changes;
pub(crate) mod commit_graph;
pub(crate) mod commits;
pub(crate) mod compared;
pub(crate) mod content;
pub(crate) mod context;
pub(crate) mod dependency;
pub(crate) mod diff;
pub(crate) mod engine;
pub(crate) mod file_merge;
mod histogram;
pub(crate) mod hunks;
mod lines;
pub(crate) mod listing;
pub(crate) mod memo;
pub(crate) mod mode;
mod myers;
pub(crate) mod objects;
pub(crate) mod options;
pub(crate) mod patch;
pub(crate) mod recursive;
pub(crate) mod renames;
mod sliding;
pub(crate) mod three_way;
pub(crate) mod trees;

pub use attributes::{
    Attributes, AttributesIn, AttributesWith, Comparison, Comparisons, Driver, DriverInput, DriverOutput,
    Drivers, MarkerSizes, Normalize, OWN_DRIVER, RunDriver,
};
pub use carried_out::unreadable;
pub use changes::{changes, changes_with_lines};
pub use commit_graph::{Ancestry, CommitFacts, CommitGraph, ReadCommit, WalkResult};
pub use commits::{Commits, LinearAncestor, linear_ancestor};
pub use compared::{ComparedVersions, VersionPair};
pub use dependency::MergeDependency;
pub use diff::{RawChange, TreeDiff, diff_trees, diff_trees_once, entry_at, tree_order};
pub use file_merge::merge_lines;
pub use hunks::{conflict_marker, has_crlf, is_binary, line_hunks};
pub use listing::{MOST_LEVELS, TreeLister};
pub use objects::{Missing, Name, Objects, TreeEntry, entries_between};
pub use options::{
    Checkouts, CommitNames, ConflictStyle, DirectoryRenames, LARGEST_BLOB, Options, Submodules,
};
pub use recursive::{Node, base_tree, merge_commits, merge_trees};
pub use trees::{Edits, edit_tree};
