//! The merge engine against git itself.

mod differential;
mod fixtures;
mod git_objects;
mod limits;
mod oracle;
mod pairs;
pub mod random;
mod scenario;
mod settings;
