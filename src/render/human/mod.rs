//! What people read. Computes nothing that is not layout.

pub mod check;
pub mod compare;
pub mod doctor;
pub mod hooks;
pub mod log;
pub mod order;
mod paint;
pub mod status;
pub mod sync;
mod table;

pub use paint::Style;

use crate::model::{Evidence, Finding, Link, Report, Terminal, Uncommitted, shown_name};

/// `1 conflict`, `2 conflicts`.
pub(crate) fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}

/// A text in lines of at most `width` columns.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    paint::wrapped(text, 0, width)
}

/// The one line that a hook says of a fault of its own.
pub fn shown_fault(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("track-work: {line}; git continues\n")
}

/// `3 commits, 2 files uncommitted`; empty where there is neither.
fn git_facts(ahead: usize, uncommitted: Uncommitted) -> String {
    let commits = (ahead > 0).then(|| count(ahead, "commit"));
    let files = (uncommitted.paths > 0).then(|| format!("{} uncommitted", count(uncommitted.paths, "file")));
    commits.into_iter().chain(files).collect::<Vec<_>>().join(", ")
}

/// The line of a file that a finding is about, with its number, and a mark below the column:
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
        _ => String::new(),
    }
}

/// The same of any line; nothing where the line is not known.
pub fn file_line(line: Option<usize>, column: Option<usize>, text: Option<&str>, width: usize) -> String {
    let (Some(line), Some(text)) = (line, text) else { return String::new() };
    // A tab is as wide as one sign here, so that the mark stands below what it means.
    let shown = text.trim_end().replace('\t', " ");
    let number = format!("{line:>5} | ");
    let room = width.saturating_sub(number.len());
    let mut out = format!("{number}{}\n", table::shortened(&shown, room));
    if let Some(column) = column.filter(|column| *column <= room && !shown.is_empty()) {
        out.push_str(&format!("{:>5} | {:>column$}\n", "", "^"));
    }
    out
}

/// Sessions that git cannot show, for the line that says so; a complete one needs no git.
fn not_linked(report: &Report) -> Vec<String> {
    let declared =
        |terminal: &&Terminal| matches!(terminal.link, Link::Declared(_)) && !terminal.is_complete();
    let mut names: Vec<String> =
        report.facts.terminals.iter().filter(declared).map(|terminal| shown_name(&terminal.id)).collect();
    names.dedup();
    names
}
