//! The merge engine against git itself.

mod differential;
mod git_objects;
mod oracle;
mod random;
mod scenario;
