//! `hooks run`: what git's hooks answer. They only read, and a fault of theirs never stops git.

use std::path::Path;
use std::time::Duration;

use crate::cli::Global;
use crate::config::HookMode;
use crate::context::Context;
use crate::error::Failure;
use crate::hooks::GitHook;
use crate::hooks::run::{Pushed, pushed, within};
use crate::model::{CheckQuestion, CheckReport, Severity, Work};
use crate::pipeline::{self, CheckOptions, Turns, Workspace};
use crate::render::check::{Shown, Subject, human};
use crate::render::{json, shown_fault};
use crate::tracking::Tracking;

use super::super::{json_text, open_options};
use super::{Answer, is_json, style};

/// What takes longer is left to git.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// As many branches of one push are judged.
const BRANCHES: usize = 8;

/// Answers a hook, or says in one line why not.
pub(super) fn git(name: &str, global: &Global, context: &Context) -> Answer {
    let Some(hook) = GitHook::named(name) else {
        return fault(&format!("unknown hook {name}; expected pre-commit, pre-merge-commit or pre-push"));
    };
    let (global, context) = (global.clone(), context.clone());
    match within(LIMIT, move || answer(hook, &global, &context)) {
        Ok(Ok(HookAnswer { out, err, blocked })) => {
            Answer { aside: err, found: blocked, ..Answer::clean(out) }
        }
        Ok(Err(failure)) => fault(failure.message()),
        Err(reason) => fault(&reason.to_string()),
    }
}

pub(super) fn fault(reason: &str) -> Answer {
    Answer { aside: shown_fault(reason), ..Answer::clean("") }
}

/// What is said, on which stream, and whether git is to stop.
#[derive(Default)]
struct HookAnswer {
    out: String,
    err: String,
    blocked: bool,
}

fn answer(hook: GitHook, global: &Global, context: &Context) -> Result<HookAnswer, Failure> {
    let mut said = HookAnswer::default();
    let asked = context.hook.as_deref().map(HookMode::named);
    if asked == Some(Some(HookMode::Off)) {
        return Ok(said);
    }
    let workspace = Workspace::open_strictly(&open_options(global, context))?;
    let mode = asked.flatten().unwrap_or(workspace.config.hook);
    if mode == HookMode::Off {
        return Ok(said);
    }
    if let (Some(None), Some(text)) = (asked, &context.hook) {
        said.err = shown_fault(&format!("TRACK_WORK_HOOK={text} must be off, warn or block"));
    }
    let tracking = workspace.tracking();
    said.err.push_str(&left_out(&tracking));
    let turns = if mode == HookMode::Block { Turns::MergeOrder(context) } else { Turns::Precedence };
    let options = CheckOptions { turns, ..CheckOptions::default() };
    for question in questions(hook, &workspace, context) {
        let mut report = match pipeline::check(&workspace, &tracking, &question, options) {
            Ok(report) => report,
            // a branch that holds nothing of its own is no place, and nothing can happen to it
            Err(_) if hook == GitHook::PrePush && question.terminal.is_some() => continue,
            Err(failure) => return Err(failure),
        };
        // a hook speaks of what merging would do; what else is known of the terminal is for `check`
        report.findings.retain(|finding| finding.severity >= Severity::Conflict);
        if context.stashed && hook == GitHook::PreCommit {
            let note = "pre-commit has stashed the unstaged work; only the index was checked";
            report.notes.push(note.to_string());
        }
        say(&report, hook, mode, global, context, &mut said);
    }
    Ok(said)
}

/// Tracking files that could not be read: the answer goes without them.
fn left_out(tracking: &Tracking) -> String {
    let worst = tracking.findings.iter().filter(|finding| finding.severity == Severity::Error);
    worst.take(1).map(|finding| shown_fault(&finding.message)).collect()
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
            branches.into_iter().map(|one| ask(one.branch, Work::Commit(one.commit))).collect()
        }
    }
}

/// The line that git would write for a ref that is pushed.
fn line_of(local: &str, object: Option<&str>, workspace: &Workspace) -> Option<String> {
    let resolved = || workspace.repository.target(Some(local)).ok()?.head.map(|head| head.to_string());
    let object = object.map(str::to_string).or_else(resolved)?;
    Some(format!("{local} {object} refs/heads/pushed {object}"))
}

fn say(
    report: &CheckReport,
    hook: GitHook,
    mode: HookMode,
    global: &Global,
    context: &Context,
    said: &mut HookAnswer,
) {
    // the target waits for nobody: what is committed there, the others have to follow
    let is_target = report.own.branch.as_ref().is_some_and(|branch| *branch == report.target);
    let blocked = mode == HookMode::Block && !is_target && report.must_yield().next().is_some();
    said.blocked |= blocked;
    if is_json(global) {
        said.out.push_str(&json_text(&json::check(report)));
        return;
    }
    let silent = !global.verbose && report.severities().all(|severity| severity == Severity::Info);
    if silent {
        return;
    }
    let subject = match hook {
        GitHook::PreCommit | GitHook::PreMergeCommit => Subject::Commit,
        GitHook::PrePush => Subject::Push,
    };
    let closing = match (blocked, subject) {
        (true, _) => format!(
            "Stopped: the conflict is certain, and the other terminal goes first. To override: {}",
            hook.way_round()
        ),
        (false, Subject::Push) => "This is only a warning; the push continues.".to_string(),
        (false, _) => "This is only a warning; the commit continues.".to_string(),
    };
    let shown = Shown { subject, overlaps: global.verbose, closing: Some(closing) };
    said.err.push_str(&human(report, &shown, style(global, context)));
}
