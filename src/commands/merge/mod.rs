//! `merge`: carries the merge order out.

mod plan;

use inquire::Confirm;

use crate::cli::{self, Global};
use crate::commands::asking::ask_person;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::lock::RunLock;
use crate::git::{BranchPlace, git_version, merge_worktree_path};
use crate::merging::conflicts;
use crate::merging::error::MergingError;
use crate::merging::run::Runner;
use crate::merging::state::Notes;
use crate::merging::stopped_merge;
use crate::merging::undo::undo;
use crate::model::{
    BroughtWork, Known, LastRun, LogEntry, MadeMerge, MergeAnswer, MergeOrder, MergeRun, Oid, OpenConflict,
    Reason, RunEnd, RunPhase, RunStop, StoppedMerge, shell_word, shown,
};
use crate::pipeline::Workspace;
use crate::render::{self, Output};
use crate::tracking::Saved;
use crate::trials::results::{Results, RunSetup};

use super::onlooker::Onlooker;
use super::sync::synchronized;
use super::verify::{private_folder, run_setup};
use super::writing::{Writer, permitted};
use super::{Reply, open_options, style, with_troubles};
use plan::{Plans, chosen_order, pinned};

/// The first git with `git merge --into-name`.
const NEEDED_GIT: (u32, u32) = (2, 35);

/// What is to be done with the run that there is.
enum Act {
    Continue,
    Skip,
    Abort,
}

pub(super) fn run(
    args: &cli::MergeArgs,
    global: &Global,
    context: &Context,
    for_people: bool,
) -> Result<Reply, Failure> {
    if let Some((begun, new)) = args.contradiction() {
        let text = format!("{begun} is about the run that has begun; it cannot be used with {new}");
        return Err(
            Failure::new(text).help(format!("leave {new} out, or leave {begun} out to begin a new run"))
        );
    }
    let act = match (args.go_on, args.skip, args.abort) {
        (true, _, _) => Some(Act::Continue),
        (_, true, _) => Some(Act::Skip),
        (_, _, true) => Some(Act::Abort),
        (false, false, false) => None,
    };
    let owner = args.writing.owner.as_deref();
    let workspace = match args.status || args.dry_run {
        true => Workspace::open(&open_options(global, context))?,
        false => permitted(owner, global, context)?,
    };
    let notes = Notes::of(workspace.repository.common_dir());
    // the worktree of the run is removed at the end, and whoever resolves conflicts stands in it
    let outside = workspace.repository.main_worktree().unwrap_or(workspace.repository.common_dir());
    let context = &context.inside(workspace.repository.starts_among_merges().then_some(outside));
    let call = MergeCall { workspace, notes, global, context };
    let output = match act {
        Some(act) => call.carry_on(&act)?,
        None if args.status => call.status()?,
        None if args.undo => call.undo()?,
        None => call.begin(args, for_people)?,
    };
    let output = match output {
        Output::Merged(answer) => Output::Merged(Box::new(call.settled(*answer, owner))),
        plan => plan,
    };
    Ok(with_troubles(output, &call.workspace))
}

fn answered(end: RunEnd, run: Option<MergeRun>) -> MergeAnswer {
    let [told, files] = [Vec::new(), Vec::new()];
    let target_now = Known::Unknown(Reason::NotLookedAt);
    let (conflicts, found, last, running, unrecorded) = (Vec::new(), None, None, None, None);
    MergeAnswer { end, run, conflicts, found, told, last, target_now, running, files, unrecorded }
}

/// One call of `merge`.
struct MergeCall<'a> {
    workspace: Workspace,
    notes: Notes,
    global: &'a Global,
    context: &'a Context,
}

impl MergeCall<'_> {
    /// Where the run stands.
    fn status(&self) -> Result<Output, Failure> {
        let running = RunLock::holder(&self.notes.lock());
        let run = self.notes.run()?;
        let (conflicts, found) = match (&run, &running) {
            (Some(run), None) => self.waiting(run)?,
            (_, _) => (Vec::new(), None),
        };
        let last = self.notes.last()?.filter(|last| self.can_be_taken_back(last));
        let answer = MergeAnswer { conflicts, found, last, running, ..answered(RunEnd::Status, run) };
        Ok(Output::Merged(Box::new(answer)))
    }

    /// Whether the target is still where a run left it.
    fn can_be_taken_back(&self, last: &LastRun) -> bool {
        let now = self.workspace.repository.commit_now(&format!("refs/heads/{}", last.target));
        matches!(now, Ok(Some(now)) if now == last.to || now == last.from)
    }

    fn undo(&self) -> Result<Output, Failure> {
        let lock = self.taken()?;
        self.refuse_second()?;
        let last = undo(&self.workspace.repository, &self.notes, &lock)?;
        Ok(Output::Merged(Box::new(MergeAnswer { last: Some(last), ..answered(RunEnd::Undone, None) })))
    }

    /// Plans, asks, and merges. The plan is all that is answered where there is nothing to merge, or no more was
    /// asked for.
    fn begin(&self, args: &cli::MergeArgs, for_people: bool) -> Result<Output, Failure> {
        if !args.dry_run && RunLock::holder(&self.notes.lock()).is_none() {
            self.refuse_second()?;
        }
        let (order, after) = chosen_order(args, &self.workspace, self.context)?;
        let setup = self.setup(args)?;
        let (target, from) = self.movable()?;
        if order.steps.is_empty() || args.dry_run {
            self.tell_commands(&setup.commands);
            return Ok(Output::MergePlan(Box::new(order)));
        }
        refuse_old_git()?;
        refuse_obstacles(&order)?;
        if let BranchPlace::Several(reason) = self.workspace.repository.checked_out(&target) {
            return Err(
                Failure::new(format!("{target} cannot be moved: {reason}")).help("nothing was merged")
            );
        }
        refuse_unasked(&order)?;
        match args.yes {
            true => self.tell_warnings(&order),
            false => self.ask(&order, &setup.commands, for_people)?,
        }
        let lock = self.taken()?;
        self.refuse_second()?;
        let RunSetup { commands, fingerprint } = setup;
        let state = self.context.state_dir.as_deref().ok_or_else(|| {
            Failure::new("there is no folder for the worktree of the run").help("set HOME or XDG_STATE_HOME")
        })?;
        let run = MergeRun {
            started: self.context.timestamp(),
            target,
            from,
            at: from,
            worktree: merge_worktree_path(state, self.workspace.repository.common_dir()),
            made: Vec::new(),
            before: Vec::new(),
            skipped: Vec::new(),
            failed: Vec::new(),
            broken: None,
            commands,
            timeout: args.commands.timeout,
            fingerprint,
            green: None,
            left: order.steps.iter().map(|step| pinned(step, from)).collect(),
            planned: Some(from),
            after,
            remembers: self.workspace.repository.remembers_resolutions(),
            phase: RunPhase::Merging,
        };
        self.carried(run, None, &lock)
    }

    /// Goes on with the run that there is, or ends it.
    fn carry_on(&self, act: &Act) -> Result<Output, Failure> {
        let lock = self.taken()?;
        let Some(run) = self.notes.run()? else {
            return Err(Failure::new("no run is in progress").help("track-work merge begins one"));
        };
        self.carried(run, Some(act), &lock)
    }

    /// Carries a run on, and says how that ended.
    fn carried(&self, run: MergeRun, act: Option<&Act>, lock: &RunLock) -> Result<Output, Failure> {
        let onlooker = Onlooker::new("merged", self.global, self.context);
        let (target, after) = (run.target.clone(), run.after.clone());
        let plans = Plans { target, after, global: self.global, context: self.context };
        let repository = &self.workspace.repository;
        let folder = self.workspace.trials_dir.as_deref();
        if let Some(folder) = folder.filter(|_| !run.commands.is_empty()) {
            private_folder(folder)?;
        }
        let results = Results::of(folder);
        let mut runner = Runner::new(run, repository, &self.notes, lock, &plans, &onlooker, results)?;
        let end = match act {
            None => runner.begin(),
            Some(Act::Continue) => runner.resume(),
            Some(Act::Skip) => runner.skip(),
            Some(Act::Abort) => runner.abort(),
        };
        let told = onlooker.ended();
        let (end, run) = (end?, runner.run);
        let ((conflicts, found), last) = match end {
            RunEnd::Stopped => (self.waiting(&run)?, None),
            RunEnd::Finished => ((Vec::new(), None), self.notes.last()?),
            RunEnd::Nothing
            | RunEnd::TargetFails
            | RunEnd::Interrupted
            | RunEnd::Aborted
            | RunEnd::Undone
            | RunEnd::Status => ((Vec::new(), None), None),
        };
        let target_now = match end {
            RunEnd::Aborted => {
                let now = repository.commit_now(&format!("refs/heads/{}", run.target));
                now.map_err(|error| error.to_string()).into()
            }
            RunEnd::Stopped
            | RunEnd::Finished
            | RunEnd::Nothing
            | RunEnd::TargetFails
            | RunEnd::Interrupted
            | RunEnd::Undone
            | RunEnd::Status => Known::Unknown(Reason::NotLookedAt),
        };
        let answer = MergeAnswer { conflicts, found, told, last, target_now, ..answered(end, Some(run)) };
        Ok(Output::Merged(Box::new(answer)))
    }

    /// The lock on merging, in which others read who has it.
    fn taken(&self) -> Result<RunLock, Failure> {
        let who = format!("process {}, since {}", std::process::id(), self.context.timestamp());
        Ok(RunLock::take(&self.notes.lock(), &who).map_err(MergingError::from)?)
    }

    /// # Errors
    /// There is a run that is not over.
    fn refuse_second(&self) -> Result<(), Failure> {
        let Some(run) = self.notes.run()? else { return Ok(()) };
        Err(Failure::new(format!("the run of {} {} and is not over", run.started, run.standing())).help(
            "continue it (track-work merge --continue) or give it up (track-work merge --abort); track-work merge --status shows it",
        ))
    }

    /// The conflicts that wait to be resolved, and what became of the merge that has them.
    fn waiting(&self, run: &MergeRun) -> Result<(Vec<OpenConflict>, Option<StoppedMerge>), Failure> {
        let look = self.workspace.repository.look_at_merge(&run.worktree)?;
        let found = stopped_merge(look.as_ref(), run);
        let conflicts = match (&run.phase, run.left.first(), &look) {
            (RunPhase::Stopped(RunStop::Conflict(_)), Some(merge), Some(look)) => {
                conflicts::open(&run.worktree, look, merge)
            }
            (_, _, _) => Vec::new(),
        };
        Ok((conflicts, found))
    }

    /// The branch that is to be moved, and where it is.
    ///
    /// # Errors
    /// The target is no branch, or has no commit.
    fn movable(&self) -> Result<(String, Oid), Failure> {
        let target = &self.workspace.target;
        let Some(branch) = target.branch() else {
            let text = format!("{} is not a branch, so nothing can be merged into it", target.name);
            return Err(Failure::new(text).help("choose a branch with --target"));
        };
        let Some(head) = target.head else {
            let text = format!("{branch} has no commit yet, so nothing can be merged into it");
            return Err(Failure::new(text).help("commit something there first"));
        };
        Ok((branch.to_string(), head))
    }

    /// What is run in each merged tree. Where that is asked for, only results of this run count.
    fn setup(&self, args: &cli::MergeArgs) -> Result<RunSetup, Failure> {
        let RunSetup { commands, fingerprint } =
            run_setup(&args.commands, &self.workspace.config, self.context)?;
        let own = if args.commands.again { self.context.timestamp() } else { String::new() };
        Ok(RunSetup { commands, fingerprint: fingerprint + &own })
    }

    fn tell_commands(&self, commands: &[String]) {
        for command in commands {
            (self.context.tell)(&format!("Runs in each merged tree: {}", shown(command)));
        }
    }

    /// What is to be known before, where nobody is shown the plan.
    fn tell_warnings(&self, order: &MergeOrder) {
        for step in &order.steps {
            let told = step.warnings.iter().map(|warning| match warning.starts_with(&step.terminal) {
                true => warning.clone(),
                false => format!("{}: {warning}", step.terminal),
            });
            told.for_each(|warning| (self.context.tell)(&shown(&warning)));
        }
    }

    /// Shows the plan, and asks whether to go on.
    fn ask(&self, order: &MergeOrder, commands: &[String], for_people: bool) -> Result<(), Failure> {
        if !for_people || !self.context.interactive {
            return Err(Failure::new("nothing was merged: without a terminal to ask in, it takes --yes")
                .help("track-work merge --dry-run shows the plan; track-work merge --yes carries it out"));
        }
        let style = style(self.global, self.context);
        (self.context.show)(&render::human(&Output::MergePlan(Box::new(order.clone())), style).out);
        self.tell_commands(commands);
        let merges = render::count(order.steps.len(), "merge");
        let question = format!("Make {merges} into {}?", order.target);
        match ask_person(|| Confirm::new(&question).with_default(false).prompt()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new("nothing was merged")),
            Err(error) => Err(Failure::new(format!("nothing was merged: {error}"))),
        }
    }

    /// Brings the tracking files up to date with what was merged or taken back, and logs it.
    fn settled(&self, mut answer: MergeAnswer, owner: Option<&str>) -> MergeAnswer {
        let merged = match (answer.end, &answer.run, &answer.last) {
            (RunEnd::Finished, Some(run), _) => run.made.iter().map(|made| logged(made, run)).collect(),
            (RunEnd::Undone, _, Some(last)) => vec![taken_back(last)],
            (_, _, _) => return answer,
        };
        if self.workspace.tracking_dir.as_deref().is_none_or(|dir| !dir.is_dir()) {
            return answer;
        }
        match self.recorded(merged, owner) {
            Ok(files) => answer.files = files,
            Err(failure) => answer.unrecorded = Some(failure.message().to_string()),
        }
        answer
    }

    fn recorded(&self, merged: Vec<String>, owner: Option<&str>) -> Result<Vec<String>, Failure> {
        let writer = Writer::open(owner, self.global, self.context)?;
        let entry = LogEntry {
            at: self.context.timestamp(),
            command: "merge".to_string(),
            target: Some(writer.workspace.target.name.clone()),
            merged,
            ..LogEntry::default()
        };
        writer.log(Saved::default(), entry)?;
        // what follows takes long to judge
        writer.unlock();
        Ok(synchronized(&writer, self.context)?.files)
    }
}

/// # Errors
/// git cannot make a merge commit as on a branch that is not checked out.
fn refuse_old_git() -> Result<(), Failure> {
    let (major, minor, patch) = git_version()?;
    if (major, minor) >= NEEDED_GIT {
        return Ok(());
    }
    let (needed_major, needed_minor) = NEEDED_GIT;
    Err(Failure::new(format!(
        "merge needs git {needed_major}.{needed_minor} or later; this is {major}.{minor}.{patch}"
    ))
    .help("track-work merge-order shows the commands to type"))
}

/// # Errors
/// Something keeps the target from being moved at the end.
fn refuse_obstacles(order: &MergeOrder) -> Result<(), Failure> {
    if let Some(under_way) = &order.under_way {
        let text = format!("in the worktree of {}, {}", order.target, under_way.sentence());
        return Err(Failure::new(text).help(under_way.ending(&order.git)));
    }
    let Some(text) = order.in_the_way() else { return Ok(()) };
    Err(Failure::new(text).help(format!("{}, then rerun; nothing was merged", order.clear_the_way())))
}

/// # Errors
/// A merge would bring along what is not ready, and nobody asked for it.
fn refuse_unasked(order: &MergeOrder) -> Result<(), Failure> {
    let is_unasked = |work: &&BroughtWork| work.not_ready.is_some();
    for step in &order.steps {
        let unasked: Vec<String> = step.brings.iter().filter(is_unasked).map(BroughtWork::told).collect();
        if unasked.is_empty() {
            continue;
        }
        let text = format!("{} contains the commits of {}", step.terminal, unasked.join(", "));
        let names = step.brings.iter().map(|work| &work.terminal).chain([&step.terminal]);
        let names: Vec<String> = names.map(shell_word).collect();
        return Err(Failure::new(format!("{text}, which would be merged with it")).help(format!(
            "to merge that too, name it: track-work merge {}; nothing was merged",
            names.join(" ")
        )));
    }
    Ok(())
}

/// `terminal-1 (resolved, 1a2b3c4)`
fn logged(made: &MadeMerge, run: &MergeRun) -> String {
    let names: Vec<&str> = std::iter::once(&made.terminal).chain(&made.also).map(String::as_str).collect();
    let commit = made.commit.unwrap_or(run.at).short();
    format!("{} ({}, {commit})", names.join(", "), made.how.name())
}

fn taken_back(last: &LastRun) -> String {
    let names = last.terminals.join(", ");
    format!("taken back: {} is at {} again, without {names}", last.target, last.from.short())
}
