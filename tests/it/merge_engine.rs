//! The merge engine against git itself.

mod alike;
mod crowds;
pub mod differential;
mod fixtures;
pub mod git_objects;
mod large;
mod limits;
pub mod oracle;
mod pairs;
pub mod random;
pub mod scenario;
mod settings;
mod ties;
