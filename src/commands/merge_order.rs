//! `merge-order`: in which order to merge.

use std::time::Duration;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::pipeline::{self, Workspace};
use crate::planning::order::{Effort, OrderOptions};
use crate::render::Output;

use super::{Reply, named, open_options, with_troubles};

pub(super) fn run(args: &cli::MergeOrderArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let over = context.timer(Duration::from_secs_f64(args.time));
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
    let order = pipeline::order(&workspace, &facts, &options, &Effort::new(&over))?;
    Ok(with_troubles(Output::MergeOrder(Box::new(order)), &workspace))
}
