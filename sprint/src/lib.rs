//! What follows for a sprint from what `git merge` will do: observes a repository's terminals, judges which of them
//! will conflict, concludes who is ready and who goes first, and keeps the tracking files. The crate `track-work` shows
//! its rooms in reading order.

pub use track_work_repository::{cache, files, git, interaction, merge, model, symbols, table};

pub mod checks;
pub mod config;
pub mod context;
pub mod error;
pub mod merging;
pub mod pipeline;
pub mod planning;
pub mod sharing;
pub mod stories;
pub mod tracking;
pub mod trials;
pub mod yaml;
