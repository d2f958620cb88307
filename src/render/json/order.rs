//! What `merge-order` answers.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{self, MergeOrder, MergePlace, MergeStep, Oid, Prediction, Reason, RepoPath};

use super::SCHEMA;
use super::findings::RecommendationJson;
use super::written::{Displayed, Each, Paths, Ranges, UnderWayJson, every, paths, ranges, story};

/// The steps, what they cost, and what has no step or not yet.
pub(super) fn order(order: &MergeOrder) -> impl Serialize {
    OrderJson::new(order)
}

#[derive(Serialize)]
struct OrderJson<'a> {
    schema: u32,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_in: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<UnderWayJson<'a>>,
    steps: Each<'a, MergeStep, StepJson<'a>>,
    cost: CostJson,
    optimal: bool,
    bound: CostJson,
    baselines: Each<'a, model::Baseline, BaselineJson<'a>>,
    waiting: Each<'a, model::Waiting, WaitingJson<'a>>,
    left_out: Each<'a, model::LeftOut, LeftOutJson<'a>>,
    circles: &'a [Vec<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationJson<'a>>,
}

impl<'a> OrderJson<'a> {
    fn new(order: &'a MergeOrder) -> OrderJson<'a> {
        let (run_in, before) = match &order.place {
            MergePlace::Main => (None, None),
            MergePlace::Linked(top) => (Some(top.to_string_lossy()), None),
            MergePlace::Nowhere(command) => (None, Some(command.as_str())),
        };
        OrderJson {
            schema: SCHEMA,
            target: &order.target,
            run_in,
            before,
            under_way: order.under_way.as_ref().map(UnderWayJson::new),
            steps: Each(&order.steps, StepJson::new),
            cost: CostJson::new(order.cost),
            optimal: order.optimal,
            bound: CostJson::new(order.bound),
            baselines: Each(&order.baselines, BaselineJson::new),
            waiting: Each(&order.waiting, WaitingJson::new),
            left_out: Each(&order.left_out, LeftOutJson::new),
            circles: &order.cycles,
            verified: order.verified,
            explanation: order.explanation.as_ref().map(ExplanationJson::new),
        }
    }
}

#[derive(Serialize)]
struct CostJson {
    conflicts: u32,
    hunks: u32,
}

impl CostJson {
    fn new(cost: model::Cost) -> CostJson {
        CostJson { conflicts: cost.steps, hunks: cost.hunks }
    }
}

#[derive(Serialize)]
struct StepJson<'a> {
    terminal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    prediction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Displayed<&'a Reason>>,
    conflicts: Each<'a, model::StepConflict, StepConflictJson<'a>>,
    cost: CostJson,
    reason: &'a str,
    command: &'a str,
    batch: usize,
    ready: bool,
    tree: Option<Displayed<Oid>>,
    assumes: &'a [String],
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<RecommendationJson<'a>>,
}

impl<'a> StepJson<'a> {
    fn new(step: &'a MergeStep) -> StepJson<'a> {
        StepJson {
            terminal: &step.terminal,
            also: every(&step.also),
            story: step.story.as_ref().map(story),
            agent: step.agent.as_deref(),
            branch: step.branch.as_deref(),
            prediction: step.prediction.name(),
            unknown: match &step.prediction {
                Prediction::Unknown(reason) => Some(Displayed(reason)),
                Prediction::Clean | Prediction::Conflict => None,
            },
            conflicts: Each(&step.conflicts, StepConflictJson::new),
            cost: CostJson::new(step.cost),
            reason: &step.reason,
            command: &step.command,
            batch: step.batch,
            ready: step.ready,
            tree: step.tree.map(Displayed),
            assumes: &step.assumes,
            warnings: &step.warnings,
            recommendation: step.recommendation.as_ref().map(RecommendationJson::new),
        }
    }
}

#[derive(Serialize)]
struct StepConflictJson<'a> {
    path: Displayed<&'a RepoPath>,
    kind: &'static str,
    also: Paths<'a>,
    lines: Ranges<'a>,
    target_lines: Ranges<'a>,
    with: Option<&'a [String]>,
    together: bool,
}

impl<'a> StepConflictJson<'a> {
    fn new(conflict: &'a model::StepConflict) -> StepConflictJson<'a> {
        StepConflictJson {
            path: Displayed(&conflict.path),
            kind: conflict.kind.name(),
            also: paths(&conflict.also),
            lines: ranges(&conflict.own_lines),
            target_lines: ranges(&conflict.target_lines),
            with: conflict.with.as_deref(),
            together: conflict.together,
        }
    }
}

#[derive(Serialize)]
struct BaselineJson<'a> {
    name: &'static str,
    order: &'a [String],
    cost: CostJson,
}

impl<'a> BaselineJson<'a> {
    fn new(baseline: &'a model::Baseline) -> BaselineJson<'a> {
        BaselineJson { name: baseline.name, order: &baseline.order, cost: CostJson::new(baseline.cost) }
    }
}

#[derive(Serialize)]
struct WaitingJson<'a> {
    terminal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    waits_for: &'a [String],
    reason: &'a str,
    planned: bool,
}

impl<'a> WaitingJson<'a> {
    fn new(waiting: &'a model::Waiting) -> WaitingJson<'a> {
        WaitingJson {
            terminal: &waiting.terminal,
            story: waiting.story.as_ref().map(story),
            waits_for: &waiting.waits_for,
            reason: &waiting.reason,
            planned: waiting.planned,
        }
    }
}

#[derive(Serialize)]
struct LeftOutJson<'a> {
    terminal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    reason: &'a str,
    undetermined: bool,
}

impl<'a> LeftOutJson<'a> {
    fn new(left_out: &'a model::LeftOut) -> LeftOutJson<'a> {
        LeftOutJson {
            terminal: &left_out.terminal,
            story: left_out.story.as_ref().map(story),
            reason: &left_out.reason,
            undetermined: left_out.undetermined,
        }
    }
}

/// The position is `null` where the terminal has no step.
#[derive(Serialize)]
struct ExplanationJson<'a> {
    terminal: &'a str,
    position: Option<usize>,
    after: &'a [String],
    meets: &'a [String],
    positions: Each<'a, (usize, model::Cost), PositionJson>,
}

impl<'a> ExplanationJson<'a> {
    fn new(explanation: &'a model::Explanation) -> ExplanationJson<'a> {
        ExplanationJson {
            terminal: &explanation.terminal,
            position: explanation.position,
            after: &explanation.after,
            meets: &explanation.meets,
            positions: Each(&explanation.elsewhere, |&(position, cost)| PositionJson {
                position,
                cost: CostJson::new(cost),
            }),
        }
    }
}

/// What the whole order would cost with the terminal there.
#[derive(Serialize)]
struct PositionJson {
    position: usize,
    cost: CostJson,
}
