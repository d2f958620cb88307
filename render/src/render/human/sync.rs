//! The unified status of `sync`, in the words of the specification's second example.

use std::fmt::Write;

use crate::model::{
    Evidence, Finding, Progress, ProgressLine, Ready, Report, ResolvedFile, Severity, StatusKind, StoryId,
    Terminal, few, shown_name,
};
use crate::planning::{self, SyncPlan};
use crate::render::output::{SyncOutcome, Synced};

use super::conflict_entries::{MOST_ENTRIES, entries};
use super::conflict_groups::{conflict_groups, is_grouped};
use super::next::next;
use super::paint::{self, dim, first_counted, first_of, green, hanging, red, shown_width, wrapped, yellow};
use super::terminals::{listed, others};
use super::{Style, count, excerpt, git_facts, not_linked};

/// What `sync` shows, then what it changed and wrote, and the next step.
pub(super) fn synced(synced: &Synced, style: Style) -> String {
    let style = style.of_many(synced.report.facts.terminals.len());
    let mut out = sync(&synced.report, style);
    let changes = changes(&synced.plan, style);
    if !changes.is_empty() {
        out.push_str(&format!("\n{changes}"));
    }
    out.push_str(&resolved(&synced.resolved, style));
    match &synced.outcome {
        SyncOutcome::DryRun { diffs, log } => out.push_str(&format!("\n{}", dry(diffs, log, style))),
        SyncOutcome::Written(_) if style.quiet => {}
        SyncOutcome::Written(begun) => {
            let all_read = !synced.report.findings.iter().any(is_broken_file);
            out.push_str(&format!("\n{}", updated(&synced.files, begun.as_deref(), all_read, style)));
        }
    }
    if !style.quiet {
        out.push_str(&next(&synced.report, synced.order.as_ref(), style));
    }
    out
}

/// The picture of `sync`: a line a terminal, the conflicts, what is ready, what needs attention.
pub fn sync(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if !style.quiet {
        let (listed, unlisted) = listed(report, style);
        for at in &listed {
            out.push_str(&terminal_line(report, &report.facts.terminals[*at], style));
        }
        out.push_str(others(report, &unlisted, style).trim_start_matches('\n'));
        if !report.facts.terminals.is_empty() {
            out.push('\n');
        }
    }
    out.push_str(&conflicts(report, style));
    out.push_str(&ready(report, style));
    out.push_str(&attention(report, style));
    if !style.quiet {
        out.push_str(&not_linked(report, style));
    }
    out
}

/// `Terminal-1: Story 1-2 backend (in progress)    3 commits, 2 files uncommitted`
fn terminal_line(report: &Report, terminal: &Terminal, style: Style) -> String {
    let mut line = format!("{}: ", shown_name(&terminal.id));
    match &terminal.story {
        Some(story) => _ = write!(line, "Story {}", story.short()),
        None if terminal.sessions.is_empty() => line.push_str("(no session)"),
        None => line.push_str("(no story)"),
    }
    if let Some(focus) = terminal.focus() {
        _ = write!(line, " {focus}");
    }
    if let Some(decision) = report.status(terminal) {
        let mut status = decision.status.to_string();
        if planning::restoring(terminal, &report.facts.places).is_some() {
            status.push_str(", its work is lost");
        }
        let text = match &decision.reason {
            Some(reason) => format!("{status} - {reason}"),
            None => status,
        };
        let coloured = match decision.status.kind() {
            StatusKind::Blocked => yellow(&text),
            StatusKind::Completed => green(&text),
            _ => text,
        };
        _ = write!(line, " ({coloured})");
    }
    if let Some(tip) = report.facts.own_tip(terminal) {
        let unmerged = if terminal.is_merged(Some(tip)) { 0 } else { tip.ahead };
        let facts = git_facts(unmerged, report.facts.uncommitted(terminal));
        if !facts.is_empty() && shown_width(&line) + 4 + facts.len() <= style.width {
            line.push_str(&format!("    {}", dim(&facts)));
        } else if !facts.is_empty() {
            let line = hanging("", &style.plain(&line), 4, style.width);
            return line + &paint::line(&format!("    {}", dim(&facts)));
        }
    }
    let fits = shown_width(&line) <= style.width;
    let line = style.plain(&line);
    if fits { paint::line(line.trim_end()) } else { hanging("", &line, 4, style.width) }
}

/// How many conflicts are shown without `-v`.
const MOST_CONFLICTS: usize = 20;

/// Conflicts by file and group.
fn conflicts(report: &Report, style: Style) -> String {
    let groups = conflict_groups(report.findings.iter());
    let others: Vec<&Finding> =
        report.findings.iter().filter(|finding| is_conflict(finding) && !is_grouped(finding)).collect();
    let number = groups.len() + others.len();
    if number == 0 {
        return "Conflicts: None\n".to_string();
    }
    let block = |text: &str, advice: &str| {
        let text = wrapped(&style.plain(text), 2, style.width);
        text + &dim(&wrapped(&style.plain(advice), 4, style.width))
    };
    let target = &report.facts.target.name;
    let entries = entries(&groups, style);
    let entries = entries
        .iter()
        .map(|entry| (block(&entry.text(target, shown_name), &entry.advice(report)), entry.groups.len()));
    let others = others.iter().map(|finding| (block(&finding.message, &finding.suggestion), 1));
    let most = if style.verbose { usize::MAX } else { style.most(MOST_ENTRIES).min(MOST_CONFLICTS) };
    let shown = first_counted(entries.chain(others).collect(), most, "conflict");
    format!("{}{shown}", paint::line(&format!("Conflicts: {}", red(&number.to_string()))))
}

fn is_conflict(finding: &Finding) -> bool {
    finding.severity == Severity::Conflict
}

fn ready(report: &Report, style: Style) -> String {
    let all: Vec<&Ready> = report.ready.iter().collect();
    match &ready_texts(&all)[..] {
        [] if style.quiet => String::new(),
        [] => "Ready to merge: None\n".to_string(),
        [only] => hanging("Ready to merge: ", &style.plain(&green(only)), 2, style.width),
        _ if style.crowded => ready_in_line(&all, style),
        several => {
            let line = |text: &String| hanging("  ", &style.plain(&green(text)), 4, style.width);
            format!("Ready to merge:\n{}", several.iter().map(line).collect::<String>())
        }
    }
}

/// What is ready, once for those whose work is merged: `Story 1-1 (terminal-1); Terminal-2 (frontend) waits for it`
pub(super) fn ready_texts(ready: &[&Ready]) -> Vec<String> {
    let mut by_work: Vec<(&[String], Vec<&Ready>)> = Vec::new();
    for one in ready {
        match by_work.iter_mut().find(|(merges, _)| *merges == one.merges) {
            Some((_, known)) => known.push(one),
            None => by_work.push((&one.merges, vec![one])),
        }
    }
    let text = |of_work: &[&Ready]| {
        let has_story = of_work.iter().any(|one| one.story.is_some());
        // a whole story is what is merged: of others it is said that they wait for it
        let (waiting, told): (Vec<&Ready>, Vec<&Ready>) =
            of_work.iter().copied().partition(|one| has_story && one.awaited_by.is_some());
        let waiting: Vec<&str> = waiting.into_iter().filter_map(|one| one.awaited_by.as_deref()).collect();
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        let waits = (!waiting.is_empty()).then(|| format!("{} {verb} for it", few(&waiting)));
        let texts = told.into_iter().map(|one| one.text.clone());
        texts.chain(waits).collect::<Vec<_>>().join("; ")
    };
    by_work.iter().map(|(_, of_work)| text(of_work)).collect()
}

/// `Ready to merge: Story 1-7 (w-7), Story 1-14 (w-14), Story 1-21 (w-21) and 5 others (use -v)`
pub(super) fn ready_in_line(ready: &[&Ready], style: Style) -> String {
    hanging("Ready to merge: ", &style.plain(&green(&few(&ready_texts(ready)))), 2, style.width)
}

/// Findings that are no conflicts and need attention; with `-v` the others too.
fn attention(report: &Report, style: Style) -> String {
    let others = report.findings.iter().filter(|finding| !is_conflict(finding));
    findings_list(others.filter(|finding| style.shows(finding.severity)), style)
}

/// How many entries of a list are shown of many terminals.
pub(super) const MOST_OF_A_KIND: usize = 5;

/// How many findings say that something may break where git merges it; nothing where they are shown.
pub(super) fn possible_breaks<'a>(findings: impl Iterator<Item = &'a Finding>, style: Style) -> String {
    let is_possible = |finding: &&Finding| {
        matches!(finding.evidence, Evidence::Semantic(_)) && finding.severity == Severity::Info
    };
    let found = findings.filter(is_possible).count();
    if found == 0 || style.verbose || style.quiet {
        return String::new();
    }
    wrapped(&format!("May break where git merges it: {} (use -v)", count(found, "place")), 0, style.width)
}

/// Findings with their suggestions, one below the other.
pub(super) fn findings_list<'a>(findings: impl IntoIterator<Item = &'a Finding>, style: Style) -> String {
    let block = |finding: &Finding| {
        let label = match finding.severity {
            Severity::Error => red("Unknown:"),
            Severity::Conflict => red("Conflict:"),
            Severity::Warning => yellow("Warning:"),
            Severity::Info => dim("Note:"),
        };
        let mut out = hanging(&format!("{label} "), &style.plain(&finding.message), 2, style.width);
        out.push_str(&excerpt(finding, style));
        if !finding.suggestion.is_empty() {
            out.push_str(&dim(&wrapped(&style.plain(&finding.suggestion), 4, style.width)));
        }
        out
    };
    first_of(findings.into_iter().map(block).collect(), style.most(MOST_OF_A_KIND), "finding")
}

/// What the synchronization changes, in words.
pub(super) fn changes(plan: &SyncPlan, style: Style) -> String {
    let mut out = String::new();
    for change in &plan.statuses {
        let why = change.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
        let line = format!("{}: {} → {}{why}", shown_name(&change.of), change.from, change.to);
        out.push_str(&wrapped(&style.plain(&line), 0, style.width));
    }
    for change in plan.dependencies.iter().filter(|change| !change.from.is_empty()) {
        let line =
            format!("Story {}: {} → {}", StoryId::from(change.of.as_str()).short(), change.from, change.to);
        out.push_str(&wrapped(&style.plain(&line), 0, style.width));
    }
    for (key, _) in &plan.gone {
        let line = format!("No longer in conflict: {} ({})", key.file, key.terminals.join(", "));
        out.push_str(&wrapped(&line, 0, style.width));
    }
    out
}

/// What became of files whose merge was not concluded.
fn resolved(files: &[ResolvedFile], style: Style) -> String {
    let mut out = String::new();
    for file in files {
        let name = &file.name;
        let texts = match &file.unresolved {
            Some(why) => vec![format!("{name} is not resolved: {why}")],
            None if file.left.is_empty() => vec![format!("Resolved {name}; add it with git add.")],
            None => file.left.iter().map(|values| format!("To decide in {name}: {values}.")).collect(),
        };
        let line = |text: &String| hanging("", &style.plain(text), 2, style.width);
        out.extend(texts.iter().map(line));
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// `Updated a.yaml, b.yaml. Logged in session-sync-log.yaml.` `begun`: the log that was not there
/// before.
fn updated(files: &[String], begun: Option<&str>, all_read: bool, style: Style) -> String {
    let files = match files {
        [] if all_read => "Tracking files are up to date.".to_string(),
        [] => "No tracking file that can be read needed changes.".to_string(),
        files => format!("Updated {}.", files.join(", ")),
    };
    let log = begun.map_or(String::new(), |log| format!(" Created the log {log}."));
    wrapped(&format!("{files}{log}"), 0, style.width)
}

/// Whether it says that a file cannot be read.
fn is_broken_file(finding: &Finding) -> bool {
    finding.severity == Severity::Error && matches!(finding.evidence, Evidence::File { .. })
}

/// What a synchronization would write: `diffs` of the tracking files, and in any case the `log`.
fn dry(diffs: &str, log: &str, style: Style) -> String {
    match diffs {
        "" => wrapped(
            &format!("No tracking file would change. One entry would be added to {log}."),
            0,
            style.width,
        ),
        diffs => {
            let text =
                format!("Nothing was written. Changes that would be written, besides one entry in {log}:");
            format!("{}{diffs}", wrapped(&text, 0, style.width))
        }
    }
}

/// `2 tasks of 5 done` for each story and epic.
pub(super) fn progress(report: &Report, style: Style) -> String {
    let lines: Vec<&ProgressLine> = report.shown_progress().collect();
    let line = |line: &ProgressLine| {
        let part = |progress: Progress, what| format!("{} of {}", progress.done, count(progress.total, what));
        let stories = line.stories.map(|stories| part(stories, "story"));
        let tasks = (line.progress.total > 0).then(|| part(line.progress, "task"));
        let sessions = line.sessions.map(|sessions| part(sessions, "session"));
        let parts: Vec<String> = stories.into_iter().chain(tasks).chain(sessions).collect();
        let percent = line.percent.map_or(String::new(), |percent| format!(" ({percent}%)"));
        format!("{}: {}{percent}", line.of, parts.join(" and "))
    };
    let shown = style.most(MOST_OF_A_KIND);
    let rest = lines.len().saturating_sub(shown);
    let more = (rest > 0).then(|| format!("{rest} more (use -v)"));
    lines.into_iter().take(shown).map(line).chain(more).collect::<Vec<_>>().join(", ")
}
