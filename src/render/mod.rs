//! From a report to text: for people, and for programs. Computes nothing that is not layout.

pub mod compare;
pub mod json;
pub mod log;
mod paint;
pub mod status;
pub mod sync;
mod table;

pub use paint::Style;

use crate::model::{Link, Report, Terminal, Uncommitted, shown_name};

/// `1 conflict`, `2 conflicts`.
pub(crate) fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}

/// `3 commits, 2 files uncommitted`; empty where there is neither.
fn git_facts(ahead: usize, uncommitted: Uncommitted) -> String {
    let commits = (ahead > 0).then(|| count(ahead, "commit"));
    let files = (uncommitted.paths > 0).then(|| format!("{} uncommitted", count(uncommitted.paths, "file")));
    commits.into_iter().chain(files).collect::<Vec<_>>().join(", ")
}

/// Sessions that git cannot show, for the line that says so; a complete one needs no git.
fn not_linked(report: &Report) -> Vec<String> {
    let declared =
        |terminal: &&Terminal| matches!(terminal.link, Link::Declared(_)) && !terminal.is_complete();
    let mut names: Vec<String> =
        report.snapshot.terminals.iter().filter(declared).map(|terminal| shown_name(&terminal.id)).collect();
    names.dedup();
    names
}
