//! The answers that a run uses, and adds to.

use std::sync::Arc;

use crate::git::CommitCache;
use crate::interaction::AnswerCache;
use crate::symbols::KnownSides;

/// What is known of commits, of trees and merges, and of sources.
#[derive(Default)]
pub struct Answers {
    /// Of commits.
    pub commits: Arc<CommitCache>,
    /// Of trees and merges.
    pub merges: Arc<AnswerCache>,
    /// Of sources.
    pub sources: Arc<KnownSides>,
}
