//! track-work: see what every parallel terminal of a git repository really changed.

pub mod checks;
pub mod cli;
pub mod commands;
pub mod config;
pub mod context;
pub mod error;
pub mod git;
pub mod merge;
pub mod model;
pub mod pipeline;
pub mod planning;
pub mod render;
pub mod stories;
pub mod tracking;
pub mod yaml;
