//! `merge-order`: in which order to merge.

use crate::cli::{self, Chosen, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Facts, MergeOrder};
use crate::pipeline::{self, Workspace};
use crate::planning::order::{ALWAYS_PROVEN, Effort, OrderOptions, SearchProgress};
use crate::render::Output;

use super::search_line::SearchLine;
use super::selected::{among, selection, unknown_name};
use super::{Reply, named, open_options, with_troubles};

/// How many seconds an order is searched for where a proof can be expected, and where not.
const PROOF_TIME: f64 = 60.0;
const USUAL_TIME: f64 = 5.0;

pub(super) fn run(args: &cli::MergeOrderArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let selection = selection(&args.only, &context.working_dir)?;
    let workspace = Workspace::open(&open_options(global, context))?;
    let facts = pipeline::observed(&workspace, &workspace.tracking());
    let explain = args.explain.as_ref().map(|name| single(name, &facts, &workspace, context)).transpose()?;
    let options =
        OrderOptions { explain, verify: args.verify, ..options(&args.chosen, &facts, &workspace, context)? };
    let selection = among(selection, &facts, &workspace)?;
    let order = found(&workspace, &facts, &options, args.chosen.time, context)?;
    let order = MergeOrder { selection, ..order };
    Ok(with_troubles(Output::MergeOrder(Box::new(order)), &workspace))
}

/// What is asked for, with the names of terminals that were meant.
///
/// # Errors
/// A name means nobody, or several.
pub(super) fn options(
    chosen: &Chosen,
    facts: &Facts,
    workspace: &Workspace,
    context: &Context,
) -> Result<OrderOptions, Failure> {
    let every = |names: &[String]| -> Result<Vec<String>, Failure> {
        Ok(names
            .iter()
            .map(|name| called(name, facts, workspace, context))
            .collect::<Result<Vec<_>, _>>()?
            .concat())
    };
    let after = chosen.after.iter().map(|(later, earlier)| {
        let single = |name| single(name, facts, workspace, context);
        Ok((single(later)?, single(earlier)?))
    });
    Ok(OrderOptions {
        only: every(&chosen.only)?,
        exclude: every(&chosen.exclude)?,
        after: after.collect::<Result<_, Failure>>()?,
        ..OrderOptions::default()
    })
}

fn called(
    name: &str,
    facts: &Facts,
    workspace: &Workspace,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    let found = pipeline::terminals_called(&named(name, context), &facts.terminals, &facts.places);
    found.map_err(|error| unknown_name(error, name, workspace))
}

fn single(name: &str, facts: &Facts, workspace: &Workspace, context: &Context) -> Result<String, Failure> {
    Ok(called(name, facts, workspace, context)?.swap_remove(0))
}

/// The order that is found in the time that there is.
///
/// # Errors
/// The target's commit cannot be read.
pub(super) fn found(
    workspace: &Workspace,
    facts: &Facts,
    options: &OrderOptions,
    time: Option<f64>,
    context: &Context,
) -> Result<MergeOrder, Failure> {
    let start = context.clock();
    let proof = facts.terminals.len() <= ALWAYS_PROVEN;
    let limit = time.unwrap_or(if proof { PROOF_TIME } else { USUAL_TIME });
    let line = SearchLine::new(context);
    let watch = |progress: SearchProgress| {
        let spent = start();
        line.show(spent, || words(progress));
        spent.as_secs_f64() >= limit * share(progress)
    };
    let is_late = || time.is_some_and(|limit| start().as_secs_f64() >= limit * LATE);
    Ok(pipeline::order(workspace, facts, options, &Effort::new(&watch).until(&is_late))?)
}

/// After this share of the time that was given, nothing more is begun that takes long.
const LATE: f64 = 0.85;

/// Which share of the time is over when that has to end: the order found is still to be merged.
fn share(progress: SearchProgress) -> f64 {
    match progress {
        SearchProgress::Read { .. } => 0.5,
        SearchProgress::Tried(_) => 0.5,
        SearchProgress::Improving(_) => 0.7,
        SearchProgress::Describing(_) => 0.8,
        SearchProgress::Made { .. } => 1.0,
    }
}

fn words(progress: SearchProgress) -> String {
    match progress {
        SearchProgress::Read { done, all } => format!("merging {done} of {all} into the target alone"),
        SearchProgress::Made { done, all } => format!("merging the order found: {done} of {all}"),
        SearchProgress::Tried(merges) => format!("looking for the cheapest order: {merges} merges tried"),
        SearchProgress::Describing(merges) => {
            format!("looking with whom each of them conflicts: {merges} merges tried")
        }
        SearchProgress::Improving(merges) => format!("making the order cheaper: {merges} merges tried"),
    }
}
