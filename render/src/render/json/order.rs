//! What `merge-order` answers.

use crate::model::{
    Baseline, BroughtWork, Cost, Explanation, LeftOut, MergeOrder, MergePlace, MergeStep, Prediction,
    StepConflict, StoryId, Waiting,
};

use super::SCHEMA;
use super::pairs::undecided;
use super::written::{Displayed, List, Written, all, displayed, every, ranges, written, written_filter};

// The steps, what they cost, and what has no step or not yet.
written! { &MergeOrder as order =>
    "schema": SCHEMA,
    "target": order.target,
    let (run_in, before) = match &order.place {
        MergePlace::Main => (None, None),
        MergePlace::Linked(top) => (Some(top.to_string_lossy()), None),
        MergePlace::Nowhere(command) => (None, Some(command)),
        MergePlace::New { command, top } => (Some(top.to_string_lossy()), Some(command)),
    };
    "run_in"?: run_in,
    "before"?: before,
    "behind"?: order.behind.as_ref().map(|(commits, _)| commits),
    "upstream"?: order.behind.as_ref().map(|(_, name)| name),
    "under_way"?: order.under_way.as_ref().map(Written),
    let shown = || order.steps.iter().enumerate().filter(|(_, step)| order.shows(step));
    let waiting = || order.waiting.iter().filter(|one| order.shows_without_step(&one.terminal, one.story.as_ref(), false));
    let left_out =
        || order.left_out.iter().filter(|one| order.shows_without_step(&one.terminal, one.story.as_ref(), one.undetermined));
    let hidden = [
        ("left_out", order.left_out.len() - left_out().count()),
        ("steps", order.steps.len() - shown().count()),
        ("waiting", order.waiting.len() - waiting().count()),
    ];
    "filter"?: written_filter(order.selection.filter(), hidden),
    "steps": List(|| shown().map(|(at, step)| Written((at + 1, step)))),
    "cost": Written(&order.cost),
    "optimal": order.optimal,
    "bound": Written(&order.bound),
    "baselines": all(&order.baselines),
    "waiting": List(|| waiting().map(Written)),
    "left_out": List(|| left_out().map(Written)),
    "circles": order.cycles,
    "verified"?: order.verified,
    "not_looked_at"?: &order.not_looked_at,
    "explanation"?: order.explanation.as_ref().map(Written),
}

written! { &Cost as cost =>
    "conflicts": cost.known_steps(),
    "hunks": cost.known_hunks(),
    "unknown"?: (cost.unknown_steps > 0).then_some(cost.unknown_steps),
    "mechanical"?: (cost.mechanical > 0).then_some(cost.mechanical),
    "breaks"?: (cost.breaks > 0).then_some(cost.breaks),
}

written! { (usize, &MergeStep) as (position, step) =>
    "position": position,
    "terminal": step.terminal,
    "also"?: every(&step.also),
    "story"?: step.story.as_ref().map(StoryId::as_str),
    "agent"?: step.agent,
    "branch"?: step.branch,
    "prediction": step.prediction.name(),
    "unknown"?: match &step.prediction {
        Prediction::Unknown(reason) => Some(Displayed(reason)),
        Prediction::Clean | Prediction::Conflict => None,
    },
    "conflicts": all(&step.conflicts),
    "undecided"?: every(&step.undecided).map(undecided),
    "cost": Written(&step.cost),
    "reason": step.reason,
    "head": Displayed(step.head),
    "command": step.command(),
    "batch": step.batch,
    "ready": step.ready,
    "tree": step.tree.map(Displayed),
    "assumes": step.assumes,
    "brings"?: (!step.brings.is_empty()).then(|| all(&step.brings)),
    "warnings": [&step.refusals[..], &step.warnings].concat(),
    "recommendation"?: step.recommendation.as_ref().map(Written),
}

written! { &BroughtWork as brought =>
    "terminal": brought.terminal,
    "not_ready"?: brought.not_ready,
}

written! { &StepConflict as conflict =>
    "path": Displayed(&conflict.path),
    "kind": conflict.kind.name(),
    "also": displayed(&conflict.also),
    "lines": ranges(&conflict.own_lines),
    "target_lines": ranges(&conflict.target_lines),
    "target": conflict.target,
    "with": conflict.with,
    "together": conflict.together,
    "mechanical"?: conflict.mechanical.then_some(true),
    "mend"?: conflict.mend,
}

written! { &Baseline as baseline =>
    "name": baseline.name,
    "order": baseline.order,
    "cost": Written(&baseline.cost),
}

written! { &Waiting as waiting =>
    "terminal": waiting.terminal,
    "story"?: waiting.story.as_ref().map(StoryId::as_str),
    "waits_for": waiting.waits_for,
    "reason": waiting.reason,
    "planned": waiting.planned,
}

written! { &LeftOut as left_out =>
    "terminal": left_out.terminal,
    "story"?: left_out.story.as_ref().map(StoryId::as_str),
    "reason": left_out.reason,
    "undetermined": left_out.undetermined,
}

// The position is `null` where the terminal has no step.
written! { &Explanation as explanation =>
    "terminal": explanation.terminal,
    "position": explanation.position,
    "after": explanation.after,
    "meets": explanation.meets,
    "positions": all(&explanation.elsewhere),
}

// What the whole order would cost with the terminal there.
written! { &(usize, Cost) as (position, cost) =>
    "position": position,
    "cost": Written(cost),
}
