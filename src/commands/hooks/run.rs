//! `hooks run`: what git's hooks answer. They change nothing in the repository, and a fault of theirs never stops git.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::checks;
use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::config::HookMode;
use crate::context::Context;
use crate::git::{end_all, limit_time};
use crate::hooks::GitHook;
use crate::hooks::run::{Fault, Pushed, pushed, within};
use crate::model::{CheckQuestion, CheckReport, Severity, Work};
use crate::pipeline::{self, CheckOptions, SourceLook, StillOpen, Workspace};
use crate::render::Subject;
use crate::render::output::{HookReport, HookRun};
use crate::tracking::Tracking;

use super::super::open_options;

/// A hook that takes longer lets git continue.
const LIMIT: Duration = Duration::from_secs(5);

/// How many branches of one push are checked.
const BRANCHES: usize = 8;

/// Who goes first takes a look at all work of all places: too long for a hook where there are more.
const PLACES: usize = 150;

/// How a hook checks.
pub(super) fn in_a_hurry<'a>(sources: SourceLook) -> CheckOptions<'a> {
    CheckOptions { sources, turns_among: Some(PLACES), ..CheckOptions::default() }
}

/// Does the work of a hook, no longer than a hook may take.
pub(super) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    no_longer_than(LIMIT, work)
}

/// Does some work, no longer than this. Nothing that it started or wrote outlives it.
pub(in crate::commands) fn no_longer_than<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    limit_time();
    within(limit, work).inspect_err(|_| end_all())
}

/// Passes on what is found while there is time: what programs say that are ended after it is no answer.
pub(in crate::commands) fn while_in_time<T>(limit: Duration, tell: Sender<T>) -> impl Fn(T) {
    let begun = Instant::now();
    move |found| {
        if begun.elapsed() < limit {
            _ = tell.send(found);
        }
    }
}

/// The same for a hook.
pub(super) fn while_a_hook_waits<T>(tell: Sender<T>) -> impl Fn(T) {
    while_in_time(LIMIT, tell)
}

/// Answers a hook, or reports why not.
pub(super) fn git(name: &str, global: &Global, context: &Context) -> HookRun {
    let Some(hook) = GitHook::named(name) else {
        return HookRun::fault(format!(
            "unknown hook {name}; expected pre-commit, pre-merge-commit or pre-push"
        ));
    };
    let (global, context) = (global.clone(), context.clone());
    let (tell, told) = channel();
    let tell = while_a_hook_waits(tell);
    match in_time(move || answer(hook, &global, &context, &|so_far, open| tell((so_far, open)))) {
        Ok(Ok(run)) => run,
        Ok(Err(failure)) => HookRun::fault(failure.message()),
        Err(reason) => match told.try_iter().last() {
            Some((mut run, open)) => {
                run.faults.push(format!("{reason} {open}"));
                run
            }
            None => HookRun::fault(reason.to_string()),
        },
    }
}

/// The answer to a hook. Conflicts are told at once (`so_far`), with what is still to be looked at: who goes first in them
/// may take too long, and so may what merges without a conflict and breaks.
fn answer(
    hook: GitHook,
    global: &Global,
    context: &Context,
    so_far: &dyn Fn(HookRun, String),
) -> Result<HookRun, Failure> {
    let mut run = HookRun::default();
    let asked = context.hook.as_deref().map(HookMode::named);
    if asked == Some(Some(HookMode::Off)) {
        return Ok(run);
    }
    // the process ends after the answer
    let workspace = ManuallyDrop::new(Workspace::open_strictly(&open_options(global, context))?);
    if workspace.repository.starts_among_merges() {
        return Ok(run);
    }
    let mode = asked.flatten().unwrap_or(workspace.config.hook);
    if mode == HookMode::Off {
        return Ok(run);
    }
    if let (Some(None), Some(text)) = (asked, &context.hook) {
        run.faults.push(format!("TRACK_WORK_HOOK={text} must be off, warn or block"));
    }
    let tracking = workspace.tracking();
    run.faults.extend(left_out(&tracking));
    let judged = |report| judged(report, hook, mode, context.stashed);
    let questions = questions(hook, &workspace, context);
    for (at, question) in questions.iter().enumerate() {
        let add = |run: &mut HookRun, report: CheckReport| {
            run.faults.extend(report.not_looked_at.clone());
            run.checked.push(judged(report));
        };
        let before = run.clone();
        let so_far = |report, open: StillOpen| {
            let mut run = before.clone();
            add(&mut run, report);
            let others = match questions.len() - at - 1 {
                0 => String::new(),
                1 => ", nor about another branch".to_string(),
                more => format!(", nor about {more} more branches"),
            };
            so_far(run, format!("{}{others}", open.about()));
        };
        let options =
            CheckOptions { so_far: Some(&so_far), without_overlaps: true, ..in_a_hurry(SourceLook::Near) };
        match pipeline::check(&workspace, &tracking, question, options) {
            Ok(report) => add(&mut run, report),
            // a branch without exclusive commits is not a place, and cannot conflict
            Err(_) if hook == GitHook::PrePush && question.terminal.is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(run)
}

/// The first tracking file that could not be read; the answer does without it.
fn left_out(tracking: &Tracking) -> Option<String> {
    let worst = tracking.findings.iter().find(|finding| finding.severity == Severity::Error);
    worst.map(|finding| finding.message.clone())
}

fn questions(hook: GitHook, workspace: &Workspace, context: &Context) -> Vec<CheckQuestion> {
    let index = context.index_file.as_deref().map(|file: &Path| context.working_dir.join(file));
    let ask = |terminal, work| CheckQuestion { terminal, work, paths: Vec::new() };
    match hook {
        // the program pre-commit calls the one for the other
        GitHook::PreCommit | GitHook::PreMergeCommit => {
            vec![ask(None, Work::Staged { index, merging: context.merging.clone() })]
        }
        GitHook::PrePush => {
            let lines: Vec<String> = match &context.pushed {
                Some((local, object)) => line_of(local, object.as_deref(), workspace).into_iter().collect(),
                None => context.questions().map_while(Result::ok).collect(),
            };
            let branches: Vec<Pushed> = lines.iter().filter_map(|line| pushed(line)).take(BRANCHES).collect();
            branches.into_iter().map(|branch| ask(branch.branch, Work::Commit(branch.commit))).collect()
        }
    }
}

/// The line that git would write for a ref that is pushed.
fn line_of(local: &str, object: Option<&str>, workspace: &Workspace) -> Option<String> {
    let resolved = || workspace.repository.target(Some(local)).ok()?.head.map(|head| head.to_string());
    let object = object.map(str::to_string).or_else(resolved)?;
    Some(format!("{local} {object} refs/heads/pushed {object}"))
}

/// What was found of a commit, and whether git is to stop.
fn judged(mut report: CheckReport, hook: GitHook, mode: HookMode, stashed: bool) -> HookReport {
    // hooks report only what merging would do or break; `check` shows the rest
    report.findings.retain(checks::is_told_by_hooks);
    if stashed && hook == GitHook::PreCommit {
        let note = "pre-commit has stashed the unstaged work; only the index was checked";
        report.notes.push(note.to_string());
    }
    // commits to the target are never blocked: the other terminals have to follow them
    let is_target = report.own.branch.as_ref().is_some_and(|branch| *branch == report.target);
    let blocked = mode == HookMode::Block && !is_target && report.must_yield().next().is_some();
    let subject = match hook {
        GitHook::PreCommit | GitHook::PreMergeCommit => Subject::Commit,
        GitHook::PrePush => Subject::Push,
    };
    HookReport { report, subject, blocked, bypass: hook.way_round() }
}
