//! What `compare` answers.

use serde::Serialize;

use crate::model::{ConflictPath, Known, MergeOutcome, Oid, Reason, RepoPath, Unmerged};

use super::SCHEMA;
use super::pairs::{ConflictJson, StagesJson};
use super::written::{Displayed, Each, every};

/// `clean` is true, false, or null for unknown; `conflicts` are the unmerged paths, and `stages` what
/// git's index would hold for them.
pub(super) fn compare(outcome: &Known<MergeOutcome>) -> impl Serialize {
    match outcome {
        Known::Known(outcome) => CompareJson::known(outcome),
        Known::Unknown(reason) => CompareJson::unknown(reason),
    }
}

#[derive(Serialize)]
struct CompareJson<'a> {
    schema: u32,
    clean: Option<bool>,
    conflicts: Each<'a, Unmerged, Displayed<&'a RepoPath>>,
    tree: Option<Displayed<Oid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Each<'a, ConflictPath, ConflictJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<StagesJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl<'a> CompareJson<'a> {
    fn known(outcome: &'a MergeOutcome) -> CompareJson<'a> {
        let undecided = outcome.conflicts.is_empty() && !outcome.undecided.is_empty();
        let reasons = every(&outcome.undecided).map(|undecided| {
            let reasons = undecided.iter().map(|(path, reason)| format!("{path}: {reason}"));
            reasons.collect::<Vec<_>>().join("; ")
        });
        CompareJson {
            schema: SCHEMA,
            clean: (!undecided).then(|| outcome.is_clean()),
            conflicts: names(&outcome.unmerged),
            tree: outcome.is_clean().then_some(Displayed(outcome.tree)),
            paths: Some(Each(&outcome.conflicts, ConflictJson::of_merge)),
            stages: Some(StagesJson(&outcome.unmerged)),
            reason: reasons,
        }
    }

    fn unknown(reason: &Reason) -> CompareJson<'a> {
        CompareJson {
            schema: SCHEMA,
            clean: (*reason == Reason::UnrelatedHistories).then_some(false),
            conflicts: names(&[]),
            tree: None,
            paths: None,
            stages: None,
            reason: Some(reason.to_string()),
        }
    }
}

fn names(unmerged: &[Unmerged]) -> Each<'_, Unmerged, Displayed<&RepoPath>> {
    Each(unmerged, |unmerged| Displayed(&unmerged.path))
}
