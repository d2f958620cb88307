//! The merge engine: three trees in, outcome out. It speaks to an object source, not to a repository.

mod objects;

pub use objects::{Missing, Objects, TreeEntry};
