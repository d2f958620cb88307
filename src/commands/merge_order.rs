//! `merge-order`: in which order to merge.

use std::time::Duration;

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{MergeOrder, Prediction, Report, Severity};
use crate::pipeline::{Asked, Workspace};
use crate::planning::order::Effort;
use crate::render;

use super::{Answer, is_json, json_text, style};

pub(super) fn run(args: &cli::MergeOrder, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let over = context.timer(Duration::from_secs_f64(args.time));
    let workspace = Workspace::open(global, context)?;
    let tracking = workspace.tracking();
    let (report, book) = workspace.observed(&tracking);
    let pairs = args.after.iter().flat_map(|(later, earlier)| [later, earlier]);
    for name in args.only.iter().chain(&args.exclude).chain(pairs).chain(&args.explain) {
        must_exist(name, &report)?;
    }
    let asked = Asked {
        only: args.only.clone(),
        exclude: args.exclude.clone(),
        after: args.after.clone(),
        explain: args.explain.clone(),
        verify: args.verify,
    };
    let order = workspace.merge_order(&report, &book, &tracking.files, &asked, &Effort::new(&over))?;
    let text = match is_json(global) {
        true => json_text(&render::order::value(&order)),
        false => render::order::human(&order, style(global, context)),
    };
    Ok(Answer { found: found(&order, global), ..Answer::clean(text) })
}

fn must_exist(name: &str, report: &Report) -> Result<(), Failure> {
    let terminals = &report.snapshot.terminals;
    if terminals.iter().any(|terminal| terminal.id == name) {
        return Ok(());
    }
    let mut names: Vec<&str> = terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    names.dedup();
    let known = if names.is_empty() { "there are none".to_string() } else { names.join(", ") };
    Err(Failure::new(format!("there is no terminal {name}")).help(format!("terminals: {known}")))
}

/// Steps that stop are conflicts; what nobody can say, and circles that keep terminals out, are
/// worse than that.
fn found(order: &MergeOrder, global: &Global) -> bool {
    let steps = order.steps.iter().filter_map(|step| match step.prediction {
        Prediction::Clean => None,
        Prediction::Conflict => Some(Severity::Conflict),
        Prediction::Unknown(_) => Some(Severity::Error),
    });
    let unread = order.left_out.iter().filter(|one| one.undetermined).map(|_| Severity::Error);
    let circles = order.circles.iter().map(|_| Severity::Warning);
    let refuted = order.verified.iter().filter(|confirmed| !**confirmed).map(|_| Severity::Error);
    steps.chain(unread).chain(circles).chain(refuted).any(|severity| global.fail_on.includes(severity))
}
