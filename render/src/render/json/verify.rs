//! What `verify` answers.

use crate::model::{FailedTogether, TriedMerge, TriedResult, Verified};

use super::SCHEMA;
use super::written::{List, Written, every, written, written_filter};

written! { &Verified as answer =>
    "schema": SCHEMA,
    let hidden = [
        ("failed", answer.failed.len() - answer.shown_failed().count()),
        ("tried", answer.tried.len() - answer.shown_tried().count()),
    ];
    "filter"?: written_filter(answer.selection.filter(), hidden),
    "end": answer.end.name(),
    "target": answer.target,
    "commands": answer.commands,
    "uncommitted": answer.uncommitted,
    "target_failure"?: answer.target_failure.as_ref().map(Written),
    "failed": List(|| answer.shown_failed().map(Written)),
    "tried": List(|| answer.shown_tried().map(Written)),
    "runs": answer.runs,
    "known": answer.known,
}

written! { &FailedTogether as failed =>
    "together": failed.together,
    "needed"?: every(&failed.needed),
    "untried"?: every(&failed.untried),
    "failure": Written(&failed.failure),
}

written! { &TriedMerge as tried =>
    "for": tried.tried_for.name(),
    "terminals": tried.terminals,
    let (passed, why) = match &tried.result {
        TriedResult::Passed => (Some(true), None),
        TriedResult::Failed => (Some(false), None),
        TriedResult::Untried(why, _) => (None, Some(why)),
    };
    "passed": passed,
    "reason"?: why,
}
