//! track-work: see what every parallel terminal of a git repository really changed.

pub mod checks;
pub mod git;
pub mod merge;
pub mod model;
pub mod planning;
pub mod stories;
pub mod tracking;
pub mod yaml;
