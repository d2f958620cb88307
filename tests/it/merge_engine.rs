//! The merge engine against git itself.

mod git_objects;
