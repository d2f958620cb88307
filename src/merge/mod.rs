//! The merge engine: three trees in, outcome out.
//!
//! It speaks to an object source, not to a repository: no git2, no files, no clock. What it follows
//! is what `git merge` does (merge-ort), as git's manual and its technical notes describe it and as
//! git itself answers when asked.
//!
//! In reading order: `diff` (two trees), `similarity` and `renames` (which deletion and addition are
//! one file), `hunks` (changed lines), [`changes`] (all of it for one tip); `content` (three versions
//! of a file), `paths` (three versions of a tree), [`merge_trees`], [`merge_commits`]; and [`Judge`],
//! which asks the three questions.

mod changes;
mod commits;
mod content;
mod diff;
mod engine;
mod hunks;
mod judge;
mod nearness;
mod objects;
mod options;
mod renames;
mod similarity;
mod trees;

pub use changes::changes;
pub use commits::{Commits, merge_commits};
pub use engine::merge_trees;
pub use judge::Judge;
pub use objects::{Missing, Objects, TreeEntry};
pub use options::Options;
pub use trees::changed_tree;
