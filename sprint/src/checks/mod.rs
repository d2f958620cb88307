//! The checks: one file per check, and one table of them. A finding has a suggestion, and often a
//! recommendation; whether it is recorded or blocks a merge follows from its [`Check`].
//!
//! To add a check, write a file with its `CHECK` and its `run`, add a row to `TABLE`, and edit the
//! table in the README. [`TRACKING`] is the one check defined in `model`, because rooms that read
//! files report it too.

mod before_merge;
mod build_conflict;
mod conflict_markers;
mod dependency_violation;
mod file_overlap;
mod merge_conflict;
mod migration_heads;
mod not_determined;
mod pairwise;
mod semantic_conflict;
mod tracking;

use std::path::Path;

use crate::model::{
    Check, Evidence, Facts, Finding, Judgements, PlaceId, Severity, TRACKING, Terminal, shown_path,
};

pub use before_merge::{
    before_merge, hidden_conflicts, left_in_stash, not_brought_back, overwritten_at_target,
};
pub use conflict_markers::marked_in;
pub use merge_conflict::drifts;
pub use not_determined::sources_not_looked_at;
pub use pairwise::{Checked, Met, change_of, encounters, pairs_of, party, terminal_pairs};

/// What the checks look at.
pub struct CheckInput<'a> {
    /// What was observed.
    pub facts: &'a Facts,
    /// What merging would do.
    pub judgements: &'a Judgements,
}

/// A row of the table.
struct CheckRow {
    check: &'static Check,
    /// Makes the findings of the check.
    run: fn(&CheckInput) -> Vec<Finding>,
    /// Whether [`encounters`] shows the same, path by path, so that the command `check` leaves it out.
    in_encounters: bool,
}

/// The table: one row per check, in the order in which findings of equal severity are sorted.
static TABLE: [CheckRow; 9] = [
    CheckRow { check: &file_overlap::CHECK, run: file_overlap::run, in_encounters: true },
    CheckRow { check: &dependency_violation::CHECK, run: dependency_violation::run, in_encounters: false },
    CheckRow { check: &merge_conflict::CHECK, run: merging, in_encounters: true },
    CheckRow { check: &build_conflict::CHECK, run: build_conflict::run, in_encounters: false },
    CheckRow { check: &conflict_markers::CHECK, run: conflict_markers::run, in_encounters: false },
    CheckRow { check: &migration_heads::CHECK, run: migration_heads::run, in_encounters: false },
    CheckRow { check: &semantic_conflict::CHECK, run: semantic_conflict::run, in_encounters: false },
    CheckRow { check: &not_determined::CHECK, run: not_determined::run, in_encounters: true },
    CheckRow { check: &TRACKING, run: tracking::run, in_encounters: false },
];

/// All checks, in the order of the table.
pub fn all() -> Vec<&'static Check> {
    TABLE.iter().map(|row| row.check).collect()
}

/// Runs all checks. Findings come worst first, then by check, terminals and path.
pub fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings: Vec<Finding> = TABLE.iter().flat_map(|row| (row.run)(input)).collect();
    sort(&mut findings);
    findings
}

/// Runs the checks that [`encounters`] does not cover and keeps the findings about this terminal. If
/// the terminal represents all who share its place, it keeps the findings about any of them.
pub fn run_for(terminal: &Terminal, input: &CheckInput) -> Vec<Finding> {
    let rows = TABLE.iter().filter(|row| !row.in_encounters);
    let mut findings: Vec<Finding> = rows.flat_map(|row| (row.run)(input)).collect();
    let own: Vec<&String> = match &terminal.sessions[..] {
        [] => vec![&terminal.id],
        sessions => sessions.iter().map(|session| &session.at.terminal).collect(),
    };
    findings.retain(|finding| finding.terminals.iter().any(|id| own.contains(&id)));
    sort(&mut findings);
    findings
}

/// Whether git's hooks tell it: what merging would do or break, and what is about to be committed unresolved.
pub fn is_told_by_hooks(finding: &Finding) -> bool {
    finding.severity >= Severity::Conflict
        || finding.is_recorded()
        || before_merge::is_hidden_conflict(finding)
        || finding.check.code == conflict_markers::CHECK.code
}

/// A fact about the whole repository that is worth telling, and the file that makes it so.
pub fn note(message: String, file: &Path) -> Finding {
    let evidence = Evidence::File { name: shown_path(file), line: None, column: None, text: None };
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
    TABLE.iter().position(|row| row.check.code == check.code).unwrap_or(TABLE.len())
}

/// Names in the order of people: shorter digits first.
fn natural(names: &[String]) -> Vec<(usize, &String)> {
    names.iter().map(|name| (name.len(), name)).collect()
}

/// What `git merge` stops at, and what it does or leaves without a word.
fn merging(input: &CheckInput) -> Vec<Finding> {
    [merge_conflict::run(input), before_merge::findings(input)].concat()
}

/// Who works in a place.
fn names_at(input: &CheckInput, place: PlaceId) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for terminal in input.facts.terminals.iter().filter(|terminal| terminal.place() == Some(place)) {
        if !names.contains(&terminal.id) {
            names.push(terminal.id.clone());
        }
    }
    names
}
