//! `merge-order`: in which order to merge.

use std::time::Duration;

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{MergeOrder, Prediction, Severity};
use crate::pipeline::{self, Workspace};
use crate::planning::order::{Effort, OrderOptions};
use crate::render;

use super::{Answer, is_json, json_text, named, open_options, style, with_troubles};

pub(super) fn run(args: &cli::MergeOrder, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let over = context.timer(Duration::from_secs_f64(args.time));
    let workspace = Workspace::open(&open_options(global, context))?;
    let tracking = workspace.tracking();
    let facts = pipeline::observed(&workspace, &tracking);
    let all =
        |name: &String| pipeline::terminals_called(&named(name, context), &facts.terminals, &facts.places);
    let one = |name: &String| Ok::<_, Failure>(all(name)?.swap_remove(0));
    let every = |names: &[String]| -> Result<Vec<String>, Failure> {
        Ok(names.iter().map(all).collect::<Result<Vec<_>, _>>()?.concat())
    };
    let after = args.after.iter().map(|(later, earlier)| Ok((one(later)?, one(earlier)?)));
    let options = OrderOptions {
        only: every(&args.only)?,
        exclude: every(&args.exclude)?,
        after: after.collect::<Result<_, Failure>>()?,
        explain: args.explain.as_ref().map(one).transpose()?,
        verify: args.verify,
    };
    let order = pipeline::order(&workspace, &facts, &options, &Effort::new(&over))?;
    let text = match is_json(global) {
        true => json_text(&render::json::order(&order)),
        false => render::order::human(&order, style(global, context)),
    };
    let answer = Answer { found: found(&order, global), ..Answer::clean(text) };
    Ok(with_troubles(answer, &workspace, global))
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
