//! The library of track-work: it observes a repository's terminals, judges which of them will conflict when
//! merged, and concludes what follows. The crate `track-work` shows its rooms in reading order.

pub mod cache;
pub mod checks;
pub mod config;
pub mod context;
pub mod error;
pub mod files;
pub mod git;
pub mod interaction;
pub mod merge;
pub mod merging;
pub mod model;
pub mod pipeline;
pub mod planning;
pub mod sharing;
pub mod stories;
pub mod symbols;
pub mod table;
pub mod tracking;
pub mod trials;
pub mod yaml;
