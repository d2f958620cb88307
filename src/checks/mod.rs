//! The checks: one file per check, and one table of them. Findings are data; what to do about them
//! is decided elsewhere.
//!
//! To add a check, write a file with its `CHECK` and its `run`, and add a row to `TABLE`.

mod dependency_violation;
mod encounters;
mod file_overlap;
mod merge_conflict;
mod not_determined;
mod pairs;
mod precedence;
mod tracking;

use std::path::Path;

use crate::model::{Check, Evidence, Facts, Finding, Judgements, Severity, TRACKING, Terminal};

pub use encounters::{Checked, Met, change_of, encounters, party};
pub use pairs::{pairs_of, terminal_pairs};

/// What the checks look at.
pub struct CheckInput<'a> {
    /// What was observed.
    pub facts: &'a Facts,
    /// What merging would do.
    pub judgements: &'a Judgements,
}

/// Makes the findings of a check.
type RunCheck = fn(&CheckInput) -> Vec<Finding>;

/// The table: one row per check, in the order in which findings of equal severity are sorted.
static TABLE: [(&Check, RunCheck); 5] = [
    (&file_overlap::CHECK, file_overlap::run),
    (&dependency_violation::CHECK, dependency_violation::run),
    (&merge_conflict::CHECK, merge_conflict::run),
    (&not_determined::CHECK, not_determined::run),
    (&TRACKING, tracking::run),
];

/// All checks, in the order of the table.
pub fn all() -> Vec<&'static Check> {
    TABLE.iter().map(|(check, _)| *check).collect()
}

/// Runs all checks. Findings come worst first, then by check, terminals and path.
pub fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings: Vec<Finding> = TABLE.iter().flat_map(|(_, run)| run(input)).collect();
    sort(&mut findings);
    findings
}

/// Runs the checks that [`encounters`] does not cover, and keeps the findings about this terminal. If
/// the terminal represents all who share its place, it keeps the findings about any of them.
pub fn run_for(terminal: &Terminal, input: &CheckInput) -> Vec<Finding> {
    let covered = [&file_overlap::CHECK, &merge_conflict::CHECK, &not_determined::CHECK];
    let runs = TABLE.iter().filter(|(check, _)| !covered.contains(check)).map(|(_, run)| run);
    let mut findings: Vec<Finding> = runs.flat_map(|run| run(input)).collect();
    let own: Vec<&String> = match &terminal.sessions[..] {
        [] => vec![&terminal.id],
        sessions => sessions.iter().map(|session| &session.at.terminal).collect(),
    };
    findings.retain(|finding| finding.terminals.iter().any(|id| own.contains(&id)));
    sort(&mut findings);
    findings
}

/// A fact about the whole repository that is worth telling, and the file that makes it so.
pub fn note(message: String, file: &Path) -> Finding {
    let evidence = Evidence::File { name: file.display().to_string(), line: None, column: None, text: None };
    Finding {
        severity: Severity::Info,
        ..not_determined::undetermined(Vec::new(), message, String::new(), evidence)
    }
}

/// Worst first, then by check, terminals, path and message.
pub fn sort(findings: &mut Vec<Finding>) {
    debug_assert!(findings.iter().all(|finding| finding.check.severities.contains(&finding.severity)));
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| position(a.check).cmp(&position(b.check)))
            .then_with(|| natural(&a.terminals).cmp(&natural(&b.terminals)))
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
}

/// The row of a check.
fn position(check: &Check) -> usize {
    TABLE.iter().position(|(row, _)| row.code == check.code).unwrap_or(TABLE.len())
}

/// Names in the order of people: shorter digits first.
fn natural(names: &[String]) -> Vec<(usize, &String)> {
    names.iter().map(|name| (name.len(), name)).collect()
}
