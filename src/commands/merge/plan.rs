//! The plans of runs: the merge order, of what was chosen.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::commands::{merge_order, open_options};
use crate::context::Context;
use crate::merge;
use crate::merging::Planner;
use crate::model::{
    ConflictPath, ForetoldConflict, MadeMerge, MergeOrder, MergeRun, MergeStep, Oid, PinnedMerge, RepoPath,
    StepConflict,
};
use crate::pipeline::{self, OpenOptions, Workspace};
use crate::planning::order::OrderOptions;

/// The order in which to merge what was chosen: those that are named, or those that are ready,
/// or all. With what is
/// to go after what.
///
/// # Errors
/// A name means nobody; the target's commit cannot be read.
pub(super) fn chosen_order(
    args: &cli::MergeArgs,
    workspace: &Workspace,
    context: &Context,
) -> Result<(MergeOrder, Vec<(String, String)>), Failure> {
    let facts = pipeline::observed(workspace, &workspace.tracking());
    let mut chosen = args.chosen.clone();
    chosen.only.extend(args.terminals.iter().cloned());
    let options =
        OrderOptions { only_committed: true, ..merge_order::options(&chosen, &facts, workspace, context)? };
    let found = |options: &OrderOptions| merge_order::found(workspace, &facts, options, chosen.time, context);
    let order = found(&options)?;
    let after = options.after.clone();
    let is_narrower = options.only.is_empty() && !args.all && !order.steps.iter().all(|step| step.ready);
    if !is_narrower {
        return Ok((order, after));
    }
    let ready: Vec<String> = order.steps.iter().filter(|step| step.ready).flat_map(names).collect();
    let order = match ready.is_empty() {
        // what keeps them from being ready is said with the rest
        true => MergeOrder { steps: Vec::new(), ..order },
        false => {
            let MergeOrder { waiting, left_out, cycles, .. } = order;
            MergeOrder { waiting, left_out, cycles, ..found(&OrderOptions { only: ready, ..options })? }
        }
    };
    Ok((order, after))
}

/// The terminals that a step merges.
fn names(step: &MergeStep) -> Vec<String> {
    std::iter::once(&step.terminal).chain(&step.also).cloned().collect()
}

/// A step as it is kept for a run.
pub(super) fn pinned(step: &MergeStep, onto: Oid) -> PinnedMerge {
    let conflict = |conflict: &StepConflict| ForetoldConflict {
        path: conflict.path.to_string(),
        kind: conflict.kind.name().to_string(),
        target: conflict.target,
        with: conflict.with.clone().unwrap_or_default(),
    };
    PinnedMerge {
        terminal: step.terminal.clone(),
        also: step.also.clone(),
        needs: step.needs.clone(),
        arguments: step.arguments.clone(),
        head: step.head,
        prediction: step.prediction.clone(),
        tree: step.tree,
        onto: Some(onto),
        conflicts: step.conflicts.iter().map(conflict).collect(),
    }
}

/// Plans for the rest of a run.
pub(super) struct Plans<'a> {
    pub target: String,
    pub after: Vec<(String, String)>,
    pub global: &'a Global,
    pub context: &'a Context,
}

impl Plans<'_> {
    /// The workspace as it will be once the target is at a commit.
    fn workspace(&self, onto: Oid) -> Result<Workspace, Failure> {
        let options = OpenOptions {
            target: Some(self.target.clone()),
            onto: Some(onto),
            ..open_options(self.global, self.context)
        };
        Ok(Workspace::open(&options)?)
    }

    fn planned(
        &self,
        run: &MergeRun,
        terminals: &[String],
    ) -> Result<(Vec<PinnedMerge>, Vec<String>), Failure> {
        let workspace = self.workspace(run.at)?;
        let facts = pipeline::observed(&workspace, &workspace.tracking());
        let (only, gone): (Vec<String>, Vec<String>) =
            terminals.iter().cloned().partition(|name| facts.terminals.iter().any(|known| known.id == *name));
        let without = |name: &String| match workspace.repository.revision(name) {
            Ok((head, _)) if workspace.repository.is_in_target(head, &workspace.target) == Some(true) => {
                format!("{name}: {} has its commits by now", self.target)
            }
            Ok(_) | Err(_) => format!("{name} is gone: left out"),
        };
        let mut told: Vec<String> = gone.iter().map(without).collect();
        if only.is_empty() {
            return Ok((Vec::new(), told));
        }
        let options = OrderOptions {
            only,
            after: self.after.clone(),
            exclude: run.left_out(),
            merged: run.merged(),
            only_committed: true,
            ..OrderOptions::default()
        };
        let order = merge_order::found(&workspace, &facts, &options, None, self.context)?;
        let waits = order.waiting.iter().filter(|waiting| !waiting.planned);
        told.extend(waits.map(|waiting| format!("{}: {}: left out", waiting.terminal, waiting.reason)));
        told.extend(order.left_out.iter().map(|one| format!("{}: {}: left out", one.terminal, one.reason)));
        Ok((order.steps.iter().map(|step| pinned(step, run.at)).collect(), told))
    }
}

impl Planner for Plans<'_> {
    fn plan(&self, run: &MergeRun, terminals: &[String]) -> Result<(Vec<PinnedMerge>, Vec<String>), String> {
        self.planned(run, terminals).map_err(|failure| failure.message().to_string())
    }

    fn with_whom(&self, run: &MergeRun, merge: &PinnedMerge) -> Vec<ForetoldConflict> {
        let mut conflicts = merge.conflicts.clone();
        // what was merged by then was a part of the target that it was planned onto
        let is_planned_later = merge.onto.is_some_and(|onto| onto != run.from);
        if !is_planned_later || !conflicts.iter().any(|conflict| conflict.target) {
            return conflicts;
        }
        let Ok(workspace) = self.workspace(run.at) else { return conflicts };
        let store = workspace.repository.store();
        let stops = |onto: Oid| -> Vec<RepoPath> {
            let outcome = merge::merge_commits(&store, &store, onto, merge.head, &workspace.options);
            let paths = |one: &ConflictPath| one.paths().cloned().collect::<Vec<_>>();
            outcome.map(|outcome| outcome.conflicts.iter().flat_map(paths).collect()).unwrap_or_default()
        };
        let is_at = |paths: &[RepoPath], conflict: &ForetoldConflict| {
            paths.iter().any(|path| path.to_string() == conflict.path)
        };
        let alone = stops(run.from);
        let made = run.made.iter().filter(|made| made.commit.is_some());
        let made: Vec<(&MadeMerge, Vec<RepoPath>)> = made.map(|made| (made, stops(made.head))).collect();
        for conflict in conflicts.iter_mut().filter(|conflict| conflict.target) {
            conflict.target = is_at(&alone, conflict);
            let mut with: Vec<&MadeMerge> =
                made.iter().filter(|(_, paths)| is_at(paths, conflict)).map(|(made, _)| *made).collect();
            if with.is_empty() && !conflict.target {
                // together only: all of them that changed it
                let touches = |made: &&MadeMerge| {
                    let paths = made.commit.map(|commit| workspace.repository.paths_merged(commit));
                    paths.is_some_and(|paths| paths.is_ok_and(|paths| is_at(&paths, conflict)))
                };
                with = run.made.iter().filter(touches).collect();
            }
            let earlier = with.into_iter().map(|made| made.terminal.clone());
            conflict.with = earlier.chain(conflict.with.drain(..).collect::<Vec<_>>()).collect();
        }
        conflicts
    }

    fn differing(&self, onto: Oid, head: Oid, made: Oid) -> Vec<RepoPath> {
        let Ok(workspace) = self.workspace(onto) else { return Vec::new() };
        let store = workspace.repository.store();
        let Ok(outcome) = merge::merge_commits(&store, &store, onto, head, &workspace.options) else {
            return Vec::new();
        };
        let conflicting: Vec<&RepoPath> = outcome.conflicts.iter().flat_map(ConflictPath::paths).collect();
        let changes = merge::changes_with_lines(&store, outcome.tree, made, &workspace.options, &|_| false);
        let Ok(changes) = changes else { return Vec::new() };
        let differing = changes.iter().map(|change| &change.path);
        differing.filter(|path| !conflicting.contains(path)).cloned().collect()
    }
}
