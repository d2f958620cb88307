//! `merge-order`: in which order to merge.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::pipeline::{self, Workspace};
use crate::planning::order::{ALWAYS_PROVEN, Effort, OrderOptions, SearchProgress};
use crate::render::Output;

use super::search_line::SearchLine;
use super::{Reply, named, open_options, with_troubles};

/// How many seconds an order is searched for where a proof can be expected, and where not.
const PROOF_TIME: f64 = 60.0;
const USUAL_TIME: f64 = 5.0;

pub(super) fn run(args: &cli::MergeOrderArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let start = context.clock();
    let workspace = Workspace::open(&open_options(global, context))?;
    let tracking = workspace.tracking();
    let facts = pipeline::observed(&workspace, &tracking);
    let all =
        |name: &String| pipeline::terminals_called(&named(name, context), &facts.terminals, &facts.places);
    let single = |name: &String| Ok::<_, Failure>(all(name)?.swap_remove(0));
    let every = |names: &[String]| -> Result<Vec<String>, Failure> {
        Ok(names.iter().map(all).collect::<Result<Vec<_>, _>>()?.concat())
    };
    let after = args.after.iter().map(|(later, earlier)| Ok((single(later)?, single(earlier)?)));
    let options = OrderOptions {
        only: every(&args.only)?,
        exclude: every(&args.exclude)?,
        after: after.collect::<Result<_, Failure>>()?,
        explain: args.explain.as_ref().map(single).transpose()?,
        verify: args.verify,
    };
    let proof = facts.terminals.len() <= ALWAYS_PROVEN;
    let limit = args.time.unwrap_or(if proof { PROOF_TIME } else { USUAL_TIME });
    let line = SearchLine::new(context);
    let watch = |progress: SearchProgress| {
        let spent = start();
        line.show(spent, || words(progress));
        spent.as_secs_f64() >= limit * share(progress)
    };
    let order = pipeline::order(&workspace, &facts, &options, &Effort::new(&watch))?;
    drop(line);
    Ok(with_troubles(Output::MergeOrder(Box::new(order)), &workspace))
}

/// Which share of the time is over when that has to end: the order found is still to be merged.
fn share(progress: SearchProgress) -> f64 {
    match progress {
        SearchProgress::Read { .. } => 0.5,
        SearchProgress::Tried(_) => 0.7,
        SearchProgress::Made { .. } => 1.0,
    }
}

fn words(progress: SearchProgress) -> String {
    match progress {
        SearchProgress::Read { done, all } => format!("merging {done} of {all} into the target alone"),
        SearchProgress::Made { done, all } => format!("merging the order found: {done} of {all}"),
        SearchProgress::Tried(merges) => format!("looking for the cheapest order: {merges} merges tried"),
    }
}
