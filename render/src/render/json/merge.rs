//! What `merge` answers.

use crate::model::{
    FailedCommand, FailedMerge, ForetoldConflict, LastRun, MadeMerge, MergeAnswer, MergeRun, OpenConflict,
    PinnedMerge, Prediction, RepoPath, RunPhase, RunStop, merge_command,
};

use super::SCHEMA;
use super::written::{Displayed, Written, all, displayed, every, written};

written! { &MergeAnswer as answer =>
    "schema": SCHEMA,
    "end": answer.end.name(),
    "running"?: answer.running,
    "run"?: answer.run.as_ref().map(Written),
    "conflicts"?: (!answer.conflicts.is_empty()).then(|| all(&answer.conflicts)),
    "found"?: answer.found.map(|found| found.name()),
    "notes"?: every(&answer.told),
    "last"?: answer.last.as_ref().map(Written),
    "target_now"?: answer.target_now.known().map(|now| now.map(Displayed)),
    "files"?: every(&answer.files),
    "unrecorded"?: answer.unrecorded,
}

written! { &MergeRun as run =>
    "started": run.started,
    "target": run.target,
    "from": Displayed(run.from),
    "at": Displayed(run.at),
    "worktree": run.worktree.to_string_lossy(),
    "phase": match &run.phase {
        RunPhase::Merging => "merging",
        RunPhase::Stopped(_) => "stopped",
        RunPhase::Finishing => "finishing",
    },
    let (paths, said) = match &run.phase {
        RunPhase::Stopped(RunStop::Conflict(paths) | RunStop::Differs(paths) | RunStop::Lacks(paths)) => {
            (Some(paths), None)
        }
        RunPhase::Stopped(RunStop::Failed(said) | RunStop::Refused(said)) => (None, Some(said)),
        RunPhase::Merging | RunPhase::Finishing => (None, None),
    };
    "stop"?: match &run.phase {
        RunPhase::Stopped(stop) => Some(stop.name()),
        RunPhase::Merging | RunPhase::Finishing => None,
    },
    "paths"?: paths.map(|paths| displayed::<RepoPath>(paths)),
    "said"?: said,
    "made": all(&run.made),
    "skipped": run.skipped,
    "failed"?: (!run.failed.is_empty()).then(|| all(&run.failed)),
    "target_failure"?: run.broken.as_ref().map(Written),
    "commands"?: every(&run.commands),
    "timeout"?: run.timeout,
    "left": all(&run.left),
}

written! { &MadeMerge as made =>
    "terminal": made.terminal,
    "also"?: every(&made.also),
    "head": Displayed(made.head),
    "commit"?: made.commit.map(Displayed),
    "how": made.how.name(),
}

written! { &FailedMerge as failed =>
    "terminal": failed.terminal,
    "also"?: every(&failed.also),
    "head": Displayed(failed.head),
    "failure": Written(&failed.found.failure),
    "together": failed.found.together,
    "needed"?: every(&failed.found.needed),
    "untried"?: every(&failed.found.untried),
    "without"?: every(&failed.without),
}

written! { &FailedCommand as failure =>
    "command": failure.command,
    "status": failure.status,
    "said": failure.said,
}

written! { &PinnedMerge as merge =>
    "terminal": merge.terminal,
    "also"?: every(&merge.also),
    "command": merge_command(&merge.arguments),
    "head": Displayed(merge.head),
    "prediction": merge.prediction.name(),
    "unknown"?: match &merge.prediction {
        Prediction::Unknown(reason) => Some(Displayed(reason)),
        Prediction::Clean | Prediction::Conflict => None,
    },
    "tree": merge.tree.map(Displayed),
    "conflicts": all(&merge.conflicts),
}

written! { &ForetoldConflict as conflict =>
    "path": conflict.path,
    "kind": conflict.kind,
    "with": conflict.with,
}

written! { &OpenConflict as conflict =>
    "path": Displayed(&conflict.path),
    "kind": conflict.kind,
    "foretold": conflict.foretold,
    "target": conflict.target,
    "with": conflict.with,
    "regions": all(&conflict.regions),
}

// The lines of both sides.
written! { &[Vec<String>; 2] as [target, own] =>
    "target": target,
    "own": own,
}

written! { &LastRun as last =>
    "target": last.target,
    "from": Displayed(last.from),
    "to": Displayed(last.to),
    "terminals": last.terminals,
}
