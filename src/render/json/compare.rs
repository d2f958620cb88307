//! What `compare` answers.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{ConflictPath, Known, MergeOutcome, Oid, RepoPath, Unmerged};

use super::SCHEMA;
use super::pairs::{Conflict, Stages};
use super::written::{Each, Text, every};

/// `clean` is true, false, or null for unknown; `conflicts` are the unmerged paths, and `stages` what
/// git's index would hold for them.
pub(super) fn compare(outcome: &Known<MergeOutcome>) -> impl Serialize {
    match outcome {
        Known::Known(outcome) => Answer::known(outcome),
        Known::Unknown(reason) => Answer::unknown(&reason.0),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    clean: Option<bool>,
    conflicts: Each<'a, Unmerged, Text<&'a RepoPath>>,
    tree: Option<Text<Oid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Each<'a, ConflictPath, Conflict<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<Stages<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
}

impl<'a> Answer<'a> {
    fn known(outcome: &'a MergeOutcome) -> Answer<'a> {
        let undecided = outcome.conflicts.is_empty() && !outcome.undecided.is_empty();
        let reasons = every(&outcome.undecided).map(|undecided| {
            let reasons = undecided.iter().map(|(path, reason)| format!("{path}: {reason}"));
            Cow::Owned(reasons.collect::<Vec<_>>().join("; "))
        });
        Answer {
            schema: SCHEMA,
            clean: (!undecided).then(|| outcome.is_clean()),
            conflicts: names(&outcome.unmerged),
            tree: outcome.is_clean().then_some(Text(outcome.tree)),
            paths: Some(Each(&outcome.conflicts, Conflict::new)),
            stages: Some(Stages(&outcome.unmerged)),
            reason: reasons,
        }
    }

    fn unknown(reason: &'a str) -> Answer<'a> {
        Answer {
            schema: SCHEMA,
            clean: None,
            conflicts: names(&[]),
            tree: None,
            paths: None,
            stages: None,
            reason: Some(Cow::Borrowed(reason)),
        }
    }
}

fn names(unmerged: &[Unmerged]) -> Each<'_, Unmerged, Text<&RepoPath>> {
    Each(unmerged, |one| Text(&one.path))
}
