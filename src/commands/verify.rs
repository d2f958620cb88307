//! `verify`: what commands say of merged trees, before anything is merged.

use std::collections::{BTreeSet, HashSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::config::Config;
use crate::context::Context;
use crate::files::lock::RunLock;
use crate::files::{FileError, ScratchFolder};
use crate::model::{
    Evidence, Facts, MergeOrder, Oid, Report, Severity, TriedFor, TriedMerge, TriedResult, Verdict, Verified,
};
use crate::pipeline::{self, TriedHead, TriedMerges, Workspace, tried_head};
use crate::render::Output;
use crate::trials::NoTree;
use crate::trials::blame::all_needs;
use crate::trials::error::TrialError;
use crate::trials::pool::Pool;
use crate::trials::results::{Results, RunSetup};
use crate::trials::unused::remove_unused;
use crate::trials::verify::{TriedTerminal, VerifyPlan, verify};

use super::onlooker::Onlooker;
use super::selected::{among, selection};
use super::{Reply, merge_order, open_options, with_troubles};

pub(super) fn run(args: &cli::VerifyArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let selection = selection(&args.only, &context.working_dir)?;
    let options = open_options(global, context);
    let workspace = match args.commands.run.is_empty() {
        true => Workspace::open_strictly(&options)?,
        false => Workspace::open(&options)?,
    };
    let setup = run_setup(&args.commands, &workspace.config, context)?;
    if setup.commands.is_empty() {
        return Err(Failure::new("there is no command to run")
            .help("name one with --run CMD, or in config.yaml: verify: \"make test\""));
    }
    let Some(from) = workspace.target.head else {
        let text = format!("{} has no commit yet, so nothing can be merged into it", workspace.target.name);
        return Err(Failure::new(text).help("commit something there first"));
    };
    let report = pipeline::report(&workspace, &workspace.tracking());
    let facts = &report.facts;
    let mut chosen = args.chosen.clone();
    chosen.only.extend(args.terminals.iter().cloned());
    let selection = among(selection, facts, &workspace)?;
    let asked = merge_order::options(&chosen, facts, &workspace, context)?;
    let order = merge_order::found(&workspace, facts, &asked, chosen.time, context)?;
    let steps = steps(args, &workspace, facts, &order);
    let needs = needs(&steps, &workspace, from)?;
    let terminals: Vec<TriedTerminal> = steps
        .iter()
        .zip(needs)
        .map(|(step, needs)| TriedTerminal { name: step.names[0].clone(), needs })
        .collect();
    let pairs = pairs(&steps, &report, !asked.only.is_empty());

    // without a cache, nothing is kept
    let temporary = match &workspace.trials_dir {
        Some(_) => None,
        None => Some(ScratchFolder::new().map_err(FileError::of("create", Path::new("TMPDIR")))?),
    };
    let own = temporary.as_ref().map(|folder| folder.path().to_path_buf());
    let folder = workspace.trials_dir.clone().or(own).unwrap_or_default();
    private_folder(&folder)?;
    let who = format!("process {}, since {}", std::process::id(), context.timestamp());
    let lock = RunLock::take(&folder.join("lock"), &who).map_err(TrialError::from)?;
    if temporary.is_none() {
        remove_unused(&folder, &who);
    }
    let checkouts = workspace.repository.checkouts(&folder)?;
    let plan = VerifyPlan {
        target: &workspace.target.name,
        terminals: &terminals,
        pairs: &pairs,
        setup: &setup,
        uncommitted: args.uncommitted,
        again: args.commands.again,
    };
    let (jobs, timeout) = (args.jobs, args.commands.timeout);
    let pool = Pool { checkouts: &checkouts, jobs, commands: &setup.commands, timeout, guard: lock.file() };
    let heads = steps.into_iter().map(|step| step.head).collect();
    let Some(merges) = TriedMerges::new(&workspace, heads, Some(&checkouts)) else {
        return Err(Failure::new(format!("the commit of {} cannot be read", workspace.target.name)));
    };
    let mut results = Results::of(workspace.trials_dir.as_deref());
    let onlooker = Onlooker::new("tried", global, context);
    let verified = verify(&plan, &merges, &pool, &mut results, &onlooker);
    onlooker.ended();
    let mut verified = Verified { selection, ..verified? };
    verified.tried.extend(without_step(&order, &terminals));
    Ok(with_troubles(Output::Verified(Box::new(verified)), &workspace))
}

/// Makes a folder for this user alone, unless it is there.
///
/// # Errors
/// The system refuses.
pub(super) fn private_folder(folder: &Path) -> Result<(), FileError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(FileError::of("create", folder))
}

/// What is run, and what its result depends on besides the tree.
///
/// # Errors
/// A file of the fingerprint cannot be read.
pub(super) fn run_setup(
    args: &cli::CommandArgs,
    config: &Config,
    context: &Context,
) -> Result<RunSetup, Failure> {
    let commands = if args.run.is_empty() { config.verify.clone() } else { args.run.clone() };
    let files: Vec<PathBuf> = args.fingerprint.iter().map(|file| context.working_dir.join(file)).collect();
    Ok(RunSetup::new(commands, &files)?)
}

/// A terminal that is merged, or whose uncommitted work is.
struct TriedStep {
    /// The terminal, and those whose work comes along.
    names: Vec<String>,
    waits_for: Vec<String>,
    /// What is committed.
    committed: Option<Oid>,
    head: Result<TriedHead, NoTree>,
}

/// The steps of the order, and after them those who have work that is not committed alone.
fn steps(args: &cli::VerifyArgs, workspace: &Workspace, facts: &Facts, order: &MergeOrder) -> Vec<TriedStep> {
    let uncommitted = |name: &String| {
        let terminal = facts.terminals.iter().find(|terminal| terminal.id == *name)?;
        tried_head(workspace, facts, terminal, args.uncommitted)
    };
    let mut steps: Vec<TriedStep> = Vec::new();
    for step in &order.steps {
        let names = [&[step.terminal.clone()][..], &step.also].concat();
        let committed =
            TriedHead { terminal: step.terminal.clone(), commit: step.head, real: Some(step.head) };
        let head = match args.uncommitted {
            true => uncommitted(&step.terminal).unwrap_or(Ok(committed)),
            false => Ok(committed),
        };
        steps.push(TriedStep { names, waits_for: step.needs.clone(), committed: Some(step.head), head });
    }
    let others = order.left_out.iter().filter(|_| args.uncommitted);
    for name in others.map(|left_out| &left_out.terminal) {
        let terminal = facts.terminals.iter().find(|terminal| terminal.id == *name);
        let Some(terminal) = terminal.filter(|one| facts.own_tip(one).is_some_and(|tip| tip.is_dirty()))
        else {
            continue;
        };
        let place = terminal.place();
        let is_target = place.is_some_and(|place| facts.is_at_target(place));
        if let Some(head) = uncommitted(name).filter(|_| !is_target) {
            let committed = facts.own_tip(terminal).and_then(|tip| tip.head);
            steps.push(TriedStep { names: vec![name.clone()], waits_for: Vec::new(), committed, head });
        }
    }
    steps
}

/// Whom each needs of those before it: whom it waits for, and on whose commits its own are stacked.
fn needs(steps: &[TriedStep], workspace: &Workspace, from: Oid) -> Result<Vec<BTreeSet<usize>>, Failure> {
    let brought: Vec<_> = steps
        .iter()
        .map(|step| match step.committed {
            Some(head) => workspace.repository.commits_beyond(head, from),
            None => Ok(HashSet::new()),
        })
        .collect::<Result<_, _>>()?;
    Ok(all_needs(steps.len(), |at, one| {
        let is_stacked = steps[one].committed.is_some_and(|head| brought[at].contains(&head));
        is_stacked || steps[at].waits_for.iter().any(|name| steps[one].names.contains(name))
    }))
}

/// The pairs that are tried: all of those that were named, or else those that overlap, or may, and those of which
/// a check says that they break.
fn pairs(steps: &[TriedStep], report: &Report, named: bool) -> Vec<[usize; 2]> {
    if named {
        return (0..steps.len()).flat_map(|b| (0..b).map(move |a| [a, b])).collect();
    }
    let number = |name: &str| steps.iter().position(|step| step.names.iter().any(|other| other == name));
    let id = |at: usize| report.facts.terminals[at].id.as_str();
    let overlapping = report.judgements.pairs.iter().filter(|pair| match pair.verdict {
        Verdict::Overlap | Verdict::Unknown(_) => true,
        Verdict::Disjoint | Verdict::Conflict => false,
    });
    let overlapping = overlapping.map(|pair| [id(pair.a), id(pair.b)]);
    let breaking =
        report.findings.iter().flat_map(|finding| match (&finding.evidence, &finding.terminals[..]) {
            (Evidence::Semantic(clash), _) => {
                let [who, whom] = &clash.sides;
                who.iter().flat_map(|a| whom.iter().map(move |b| [a.as_str(), b.as_str()])).collect()
            }
            (evidence, [a, b]) if evidence.is_break() => vec![[a.as_str(), b.as_str()]],
            _ => Vec::new(),
        });
    let mut pairs: Vec<[usize; 2]> = overlapping
        .chain(breaking)
        .filter_map(|[a, b]| Some([number(a)?, number(b)?]))
        .filter(|[a, b]| a != b)
        .map(|[a, b]| [a.min(b), a.max(b)])
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// What is not part of the order, and why; what has nothing to merge is no news.
fn without_step(order: &MergeOrder, terminals: &[TriedTerminal]) -> Vec<TriedMerge> {
    let waiting = order.waiting.iter().filter(|waiting| !waiting.planned);
    let waiting = waiting.map(|one| (&one.terminal, &one.reason, Severity::Warning));
    let left_out = order.left_out.iter().filter(|left_out| left_out.undetermined);
    let left_out = left_out.map(|one| (&one.terminal, &one.reason, Severity::Error));
    waiting
        .chain(left_out)
        .filter(|(name, ..)| terminals.iter().all(|terminal| terminal.name != **name))
        .map(|(name, why, severity)| TriedMerge {
            tried_for: TriedFor::Alone,
            terminals: vec![name.clone()],
            result: TriedResult::Untried(why.clone(), severity),
        })
        .collect()
}
