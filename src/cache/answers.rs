//! The answers that a run uses, and adds to.

use std::sync::Arc;

use crate::git::CommitCache;
use crate::interaction::AnswerCache;

/// What is known of commits, and of trees and merges.
#[derive(Default)]
pub struct Answers {
    /// Of commits.
    pub commits: Arc<CommitCache>,
    /// Of trees and merges.
    pub merges: Arc<AnswerCache>,
}
