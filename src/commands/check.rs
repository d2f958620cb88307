//! `check`: one terminal's work against every other one's and the target.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::error::Error;
use crate::model::{CheckQuestion, Selection, ShownFilter, UnfitGlob, Work};
use crate::pipeline::{self, CheckOptions, Workspace};
use crate::render::{Output, Subject};

use super::selected::{unfit_glob, unknown_name};
use super::{Reply, named, open_options, with_troubles};

pub(super) fn run(args: &cli::CheckArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let filter = ShownFilter {
        terminals: args.with.clone(),
        stories: args.stories.clone(),
        conflicts: args.conflicts,
        ..ShownFilter::default()
    };
    let selection = Selection::new(filter).map_err(with)?;
    let workspace = Workspace::open(&open_options(global, context))?;
    let paths: Result<Vec<_>, Error> = args
        .paths
        .iter()
        .map(|path| pipeline::repo_path(&workspace, &context.working_dir.join(path)))
        .collect();
    // the index that git names is that of the worktree it runs in
    let index = context.index_file.as_ref().filter(|_| args.terminal.is_none());
    let index = index.map(|file| context.working_dir.join(file));
    let (work, subject) = if args.staged {
        (Work::Staged { index, merging: Vec::new() }, Subject::Commit)
    } else {
        (Work::All, Subject::Work)
    };
    let terminal = args.terminal.as_deref().map(|name| named(name, context));
    let question = CheckQuestion { terminal, work, paths: paths? };
    let tracking = workspace.tracking();
    let report = pipeline::check(&workspace, &tracking, &question, CheckOptions::default());
    let asked = args.terminal.as_deref().unwrap_or_default();
    let report = report.map_err(|error| unknown_name(error, asked, &workspace))?;
    let report = match selection.filter().is_empty() {
        true => report,
        // who is there to be chosen
        false => report.shown(
            selection
                .among(&pipeline::observed(&workspace, &tracking))
                .map_err(|unfit| unfit_glob(with(unfit), &workspace))?,
        ),
    };
    Ok(with_troubles(Output::Checked(Box::new(report), subject), &workspace))
}

/// A glob that chooses nobody, by the flag of this command: its `--terminal` says who is checked.
fn with(unfit: UnfitGlob) -> UnfitGlob {
    let flag = if unfit.flag == "--terminal" { "--with" } else { unfit.flag };
    UnfitGlob { flag, ..unfit }
}
