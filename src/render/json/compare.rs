//! What `compare` answers.

use crate::model::{Known, MergeOutcome, Reason};

use super::SCHEMA;
use super::pairs::stages;
use super::written::{Displayed, List, Written, every, written};

// `clean` is true, false, or null for unknown; `conflicts` are the unmerged paths, and `stages` what
// git's index would hold for them.
written! { &Known<MergeOutcome> as outcome =>
    let known = outcome.known();
    let undecided = |outcome: &MergeOutcome| outcome.conflicts.is_empty() && !outcome.undecided.is_empty();
    let unmerged = known.map_or(&[][..], |outcome| &outcome.unmerged);
    "schema": SCHEMA,
    "clean": match outcome {
        Known::Known(outcome) => (!undecided(outcome)).then(|| outcome.is_clean()),
        Known::Unknown(reason) => (*reason == Reason::UnrelatedHistories).then_some(false),
    },
    "conflicts": List(|| unmerged.iter().map(|unmerged| Displayed(&unmerged.path))),
    "tree": known.filter(|outcome| outcome.is_clean()).map(|outcome| Displayed(outcome.tree)),
    "paths"?: known.map(|outcome| List(|| outcome.conflicts.iter().map(|conflict| Written((conflict, false))))),
    "stages"?: known.map(|outcome| stages(&outcome.unmerged)),
    "reason"?: match outcome {
        Known::Unknown(reason) => Some(reason.to_string()),
        Known::Known(outcome) => every(&outcome.undecided).map(|undecided| {
            let reasons = undecided.iter().map(|(path, reason)| format!("{path}: {reason}"));
            reasons.collect::<Vec<_>>().join("; ")
        }),
    },
}
