//! What `git merge` will do between parallel worktrees and branches: reads a repository, merges in memory, tells how
//! branches meet and what a clean merge breaks. The crate `track-work` shows its rooms in reading order.

pub mod cache;
pub mod files;
pub mod git;
pub mod interaction;
pub mod merge;
pub mod model;
pub mod symbols;
pub mod table;
