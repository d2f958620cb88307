//! What `verify` answers.

use crate::model::{FailedTogether, TriedMerge, TriedResult, Verified};

use super::SCHEMA;
use super::written::{Written, all, every, written};

written! { &Verified as answer =>
    "schema": SCHEMA,
    "end": answer.end.name(),
    "target": answer.target,
    "commands": answer.commands,
    "uncommitted": answer.uncommitted,
    "target_failure"?: answer.target_failure.as_ref().map(Written),
    "failed": all(&answer.failed),
    "tried": all(&answer.tried),
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
