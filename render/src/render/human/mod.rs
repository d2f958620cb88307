//! What people read.

mod age;
pub mod check;
mod compare;
mod conflict_entries;
mod conflict_groups;
mod conflicts;
mod doctor;
mod edits;
mod hooks;
mod log;
mod many;
mod merge;
mod next;
mod order;
mod order_headline;
mod paint;
mod screen_page;
mod share;
mod status;
mod status_line;
mod sync;
mod table;
mod terminals;
mod verify;

use check::Shown;

use super::Printed;
use super::output::Output;
use crate::model::{Evidence, Finding, Link, Report, Terminal, TerminalPair, Uncommitted, few, shown_name};

pub use conflict_groups::{ConflictGroup, conflict_groups, is_grouped};
pub use order::plan;
pub use paint::{Style, shown_width};
pub use status::{shown_part, verdict};
pub use terminals::story;

/// An answer for people.
pub(super) fn printed(output: &Output, style: Style) -> Printed {
    let out = match output {
        Output::Initialized(initialized) => edits::initialized(initialized, style),
        Output::Registered(registered) => edits::registered(registered, style),
        Output::Updated(updated) => edits::updated(updated, style),
        Output::Completed(completed) => edits::completed(completed, style),
        Output::Unregistered(unregistered) => edits::unregistered(unregistered, style),
        Output::Archived(archived) => edits::archived(archived),
        Output::Status(status) => status::status(&status.report, style, status.now),
        Output::StatusLine(line) => status_line::status_line(line, style),
        Output::Synced(synced) => sync::synced(synced, style),
        Output::Checked(report, subject) => {
            let shown = Shown { subject: *subject, overlaps: !style.quiet, closing: None };
            check::human(report, &shown, style)
        }
        Output::Compared(compared) => compare::human(compared, style),
        Output::MergeOrder(order) => order::human(order, true, style),
        Output::MergePlan(order) => order::to_be_made(order, style),
        Output::Verified(answer) => verify::human(answer, style),
        Output::Merged(answer) => merge::human(answer, style),
        Output::Shared(answer) => share::human(answer, style),
        Output::Log(history) => log::entries(history, style),
        Output::HooksChanged(changed) => hooks::text(&changed.text, style),
        Output::AgentsChanged(changed) => hooks::text(&changed.text, style),
        Output::HooksStatus(report) => hooks::status(report, style),
        // git shows what a hook writes to stderr
        Output::HookRun(run) => return Printed { out: String::new(), err: hooks::run(run, style) },
        Output::Diagnoses(found) => doctor::diagnoses(found, style),
        Output::Page { text, .. } | Output::Verbatim(text) => text.clone(),
    };
    Printed { out, err: String::new() }
}

/// `1 conflict`, `2 conflicts`.
pub fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}

/// The ids of a pair's terminals.
fn ids<'a>(report: &'a Report, pair: &TerminalPair) -> [&'a str; 2] {
    [pair.a, pair.b].map(|at| report.facts.terminals[at].id.as_str())
}

/// `3 commits, 2 files uncommitted`; empty where there is neither.
fn git_facts(ahead: usize, uncommitted: Uncommitted) -> String {
    let commits = (ahead > 0).then(|| count(ahead, "commit"));
    let files = (uncommitted.paths > 0).then(|| format!("{} uncommitted", count(uncommitted.paths, "file")));
    commits.into_iter().chain(files).collect::<Vec<_>>().join(", ")
}

/// The last lines of a command that failed, or the line of a file that a finding is about, with its number, and a mark
/// below the column:
///
/// ```text
///    14 | sessions: [terminal-1]
///       |           ^
/// ```
fn excerpt(finding: &Finding, style: Style) -> String {
    match &finding.evidence {
        Evidence::File { line, column, text, .. } => {
            style.plain(&file_line(*line, *column, text.as_deref(), style.width))
        }
        Evidence::Failure { found, .. } => merge::last_lines(&found.failure),
        Evidence::Overlap { .. }
        | Evidence::Conflict { .. }
        | Evidence::Dependency { .. }
        | Evidence::Session(_)
        | Evidence::Migrations(_)
        | Evidence::Semantic(_)
        | Evidence::Place(_) => String::new(),
    }
}

/// The same for any line; empty if the line is not known.
pub fn file_line(line: Option<usize>, column: Option<usize>, text: Option<&str>, width: usize) -> String {
    let (Some(line), Some(text)) = (line, text) else { return String::new() };
    // a tab counts as one column, so that the mark is below its character
    let shown = text.trim_end().replace('\t', " ");
    let number = format!("{line:>5} | ");
    let room = width.saturating_sub(number.len());
    let mut out = paint::line(&format!("{number}{}", table::shortened(&shown, room)));
    if let Some(column) = column.filter(|column| *column <= room && !shown.is_empty()) {
        out.push_str(&paint::line(&format!("{:>5} | {:>column$}", "", "^")));
    }
    out
}

/// The line that lists the open sessions without a place in git; empty if there are none.
fn not_linked(report: &Report, style: Style) -> String {
    let declared =
        |terminal: &&Terminal| matches!(terminal.link, Link::Declared(_)) && !terminal.is_complete();
    let mut names: Vec<String> =
        report.facts.terminals.iter().filter(declared).map(|terminal| shown_name(&terminal.id)).collect();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let names = if style.crowded { few(&names) } else { names.join(", ") };
    let text = format!("Not linked to git, so only declared files are checked: {names}.");
    paint::wrapped(&text, 0, style.width)
}
