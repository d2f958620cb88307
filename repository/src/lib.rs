//! Git repositories as they are on disk: objects, refs, worktrees, settings, the programs that git runs; and what is kept for the
//! next call. The crate `track-work` shows its rooms in reading order.

pub use track_work_symbols::{interaction, merge, model, symbols, table};

pub mod cache;
pub mod files;
pub mod git;
