//! The merge engine against git itself.

mod differential;
mod git_objects;
mod oracle;
mod pairs;
mod random;
mod scenario;
