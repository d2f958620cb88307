//! What `compare` answers.

use crate::model::{Known, MergeOutcome, Reason, RepoPath, SemanticBreak};
use crate::render::output::CompareAnswer;

use super::SCHEMA;
use super::pairs::stages;
use super::written::{Displayed, List, Written, all, every, written};

// `clean` is true, false, or null for unknown; `conflicts` are the unmerged paths, and `stages` what
// git's index would hold for them.
written! { &CompareAnswer as answer =>
    let outcome = &answer.outcome;
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
    let semantic = answer.semantic.as_ref();
    "semantic"?: semantic.map(|semantic| semantic.known().map(|judgement| all(&judgement.breaks))),
    "semantic_reason"?: match semantic {
        Some(Known::Unknown(reason)) => Some(reason.to_string()),
        Some(Known::Known(_)) | None => None,
    },
    "not_looked_at"?: semantic.and_then(Known::known).and_then(|judgement| every(&judgement.not_looked_at)).map(all),
}

written! { &SemanticBreak as found =>
    let places = [&found.definition, &found.uses];
    "pattern": found.pattern.name(),
    "symbol": found.symbol,
    "paths": List(|| places.into_iter().map(|place| Displayed(&place.path))),
    "lines": List(|| places.into_iter().map(|place| place.lines.map(|lines| [lines.start, lines.end]))),
    "became"?: found.became,
    "changed_by": if found.changed_by_theirs { "theirs" } else { "ours" },
    "confidence": found.confidence.name(),
    "severity": found.confidence.severity().name(),
}

written! { &(RepoPath, String) as (path, reason) =>
    "path": Displayed(path),
    "reason": reason,
}
