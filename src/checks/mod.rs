//! The checks: one file a check, one table of them. Findings are data; what is done about them is
//! decided elsewhere.

mod dependency_violation;
mod encounters;
mod file_overlap;
mod merge_conflict;
mod not_determined;
mod pairs;
mod precedence;
mod tracking;

use std::path::Path;

use crate::model::{Evidence, Finding, Severity, Snapshot, TerminalPair, TrackingFile};
use crate::planning::StoryBook;

pub use encounters::{Checked, Met, change_of, encounters, party};
pub use pairs::{pairs_of, terminal_pairs};

/// What the checks look at.
pub struct Facts<'a> {
    /// What was observed.
    pub snapshot: &'a Snapshot,
    /// What is said of every two terminals.
    pub pairs: &'a [TerminalPair],
    /// What is known of stories.
    pub book: &'a StoryBook,
    /// The tracking files that could be read.
    pub files: &'a [TrackingFile],
}

/// All checks, in the order of the specification; then what could not be determined.
const CHECKS: [fn(&Facts) -> Vec<Finding>; 5] = [
    file_overlap::check,
    dependency_violation::check,
    merge_conflict::check,
    not_determined::check,
    tracking::check,
];

/// Runs all checks. Findings come worst first, then by check, terminals and path.
pub fn run(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(facts)).collect();
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
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.check.cmp(&b.check))
            .then_with(|| natural(&a.terminals).cmp(&natural(&b.terminals)))
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
}

/// Names in the order of people: shorter digits first.
fn natural(names: &[String]) -> Vec<(usize, &String)> {
    names.iter().map(|name| (name.len(), name)).collect()
}
