//! What `merge-order` answers.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{self, MergeOrder, MergePlace, MergeStep, Oid, Prediction, RepoPath};

use super::SCHEMA;
use super::findings::Recommendation;
use super::written::{Each, Paths, Ranges, Text, every, paths, ranges, story};

/// The steps, what they cost, and what has no step or not yet.
pub(super) fn order(order: &MergeOrder) -> impl Serialize {
    Answer::new(order)
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_in: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    steps: Each<'a, MergeStep, Step<'a>>,
    cost: Cost,
    optimal: bool,
    bound: Cost,
    baselines: Each<'a, model::Baseline, Baseline<'a>>,
    waiting: Each<'a, model::Waiting, Waiting<'a>>,
    left_out: Each<'a, model::LeftOut, LeftOut<'a>>,
    circles: &'a [Vec<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation<'a>>,
}

impl<'a> Answer<'a> {
    fn new(order: &'a MergeOrder) -> Answer<'a> {
        let (run_in, before) = match &order.place {
            MergePlace::Main => (None, None),
            MergePlace::Linked(top) => (Some(top.to_string_lossy()), None),
            MergePlace::Nowhere(command) => (None, Some(command.as_str())),
        };
        Answer {
            schema: SCHEMA,
            target: &order.target,
            run_in,
            before,
            steps: Each(&order.steps, Step::new),
            cost: Cost::new(order.cost),
            optimal: order.optimal,
            bound: Cost::new(order.bound),
            baselines: Each(&order.baselines, Baseline::new),
            waiting: Each(&order.waiting, Waiting::new),
            left_out: Each(&order.left_out, LeftOut::new),
            circles: &order.cycles,
            verified: order.verified,
            explanation: order.explanation.as_ref().map(Explanation::new),
        }
    }
}

#[derive(Serialize)]
struct Cost {
    conflicts: u32,
    hunks: u32,
}

impl Cost {
    fn new(cost: model::Cost) -> Cost {
        Cost { conflicts: cost.steps, hunks: cost.hunks }
    }
}

#[derive(Serialize)]
struct Step<'a> {
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
    unknown: Option<&'a str>,
    conflicts: Each<'a, model::StepConflict, StepConflict<'a>>,
    cost: Cost,
    reason: &'a str,
    command: &'a str,
    batch: usize,
    ready: bool,
    tree: Option<Text<Oid>>,
    assumes: &'a [String],
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<Recommendation<'a>>,
}

impl<'a> Step<'a> {
    fn new(step: &'a MergeStep) -> Step<'a> {
        Step {
            terminal: &step.terminal,
            also: every(&step.also),
            story: step.story.as_ref().map(story),
            agent: step.agent.as_deref(),
            branch: step.branch.as_deref(),
            prediction: step.prediction.name(),
            unknown: match &step.prediction {
                Prediction::Unknown(reason) => Some(&reason.0),
                Prediction::Clean | Prediction::Conflict => None,
            },
            conflicts: Each(&step.conflicts, StepConflict::new),
            cost: Cost::new(step.cost),
            reason: &step.reason,
            command: &step.command,
            batch: step.batch,
            ready: step.ready,
            tree: step.tree.map(Text),
            assumes: &step.assumes,
            warnings: &step.warnings,
            recommendation: step.recommendation.as_ref().map(Recommendation::new),
        }
    }
}

#[derive(Serialize)]
struct StepConflict<'a> {
    path: Text<&'a RepoPath>,
    kind: &'static str,
    also: Paths<'a>,
    lines: Ranges<'a>,
    target_lines: Ranges<'a>,
    with: &'a [String],
    together: bool,
}

impl<'a> StepConflict<'a> {
    fn new(conflict: &'a model::StepConflict) -> StepConflict<'a> {
        StepConflict {
            path: Text(&conflict.path),
            kind: conflict.kind.name(),
            also: paths(&conflict.also),
            lines: ranges(&conflict.own_lines),
            target_lines: ranges(&conflict.target_lines),
            with: &conflict.with,
            together: conflict.together,
        }
    }
}

#[derive(Serialize)]
struct Baseline<'a> {
    name: &'static str,
    order: &'a [String],
    cost: Cost,
}

impl<'a> Baseline<'a> {
    fn new(one: &'a model::Baseline) -> Baseline<'a> {
        Baseline { name: one.name, order: &one.order, cost: Cost::new(one.cost) }
    }
}

#[derive(Serialize)]
struct Waiting<'a> {
    terminal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    waits_for: &'a [String],
    reason: &'a str,
    planned: bool,
}

impl<'a> Waiting<'a> {
    fn new(one: &'a model::Waiting) -> Waiting<'a> {
        Waiting {
            terminal: &one.terminal,
            story: one.story.as_ref().map(story),
            waits_for: &one.waits_for,
            reason: &one.reason,
            planned: one.planned,
        }
    }
}

#[derive(Serialize)]
struct LeftOut<'a> {
    terminal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    reason: &'a str,
    undetermined: bool,
}

impl<'a> LeftOut<'a> {
    fn new(one: &'a model::LeftOut) -> LeftOut<'a> {
        LeftOut {
            terminal: &one.terminal,
            story: one.story.as_ref().map(story),
            reason: &one.reason,
            undetermined: one.undetermined,
        }
    }
}

/// The position is `null` where the terminal has no step.
#[derive(Serialize)]
struct Explanation<'a> {
    terminal: &'a str,
    position: Option<usize>,
    after: &'a [String],
    meets: &'a [String],
    positions: Each<'a, (usize, model::Cost), Position>,
}

impl<'a> Explanation<'a> {
    fn new(one: &'a model::Explanation) -> Explanation<'a> {
        Explanation {
            terminal: &one.terminal,
            position: one.position,
            after: &one.after,
            meets: &one.meets,
            positions: Each(&one.elsewhere, |&(position, cost)| Position { position, cost: Cost::new(cost) }),
        }
    }
}

/// What the whole order would cost with the terminal there.
#[derive(Serialize)]
struct Position {
    position: usize,
    cost: Cost,
}
