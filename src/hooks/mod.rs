//! Hooks: what git calls before a commit, a merge commit and a push.
//!
//! A hook only reads, and no fault of its own ever stops anybody: it costs one line, and git goes on.

pub mod run;
