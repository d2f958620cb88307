//! `conflict_markers`: a file has lines that git leaves in a conflict, which a merge takes for content.

use crate::model::{Change, Check, Evidence, Facts, Finding, Severity, Terminal, Tip};

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "conflict_markers",
    summary: "a file has the markers of a conflict that is not resolved, which a commit and a merge take for its content",
    severities: &[Severity::Warning],
    blocks_merge: None,
    recorded: None,
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let facts = input.facts;
    let own =
        |terminal| facts.own_tip(terminal).into_iter().flat_map(move |tip| of_tip(facts, terminal, tip));
    facts.terminals.iter().flat_map(own).collect()
}

/// Of each such file of a terminal.
fn of_tip<'a>(facts: &'a Facts, terminal: &'a Terminal, tip: &'a Tip) -> impl Iterator<Item = Finding> + 'a {
    let marked = tip.changes.iter().filter_map(|change| Some((change, change.marker?)));
    // while a merge or the like is in progress, what is to be resolved is told with that
    let is_told = |path| tip.under_way.is_some() && tip.unmerged.contains(path);
    let marked = marked.filter(move |(change, _)| {
        let mut touched = terminal.touched.iter().filter(|touched| !touched.declared);
        let mut touches = || touched.any(|touched| touched.path == change.path);
        !is_told(&change.path) && (!terminal.shares_place || touches())
    });
    marked.map(move |(change, line)| {
        let takes = match change.layers.is_uncommitted() {
            true => "Resolve it before it is committed; a commit takes the markers for content.".to_string(),
            false => {
                format!(
                    "Resolve it before {} is merged; git merge takes the markers for content.",
                    terminal.id
                )
            }
        };
        let name = terminal.place().map_or(&terminal.id, |place| &facts.places[place].name);
        Finding {
            check: &CHECK,
            severity: Severity::Warning,
            terminals: vec![terminal.id.clone()],
            path: Some(change.path.clone()),
            message: marker_in(change, line, &terminal.id),
            suggestion: takes,
            evidence: Evidence::Place(name.clone()),
            recommendation: None,
        }
    })
}

fn marker_in(change: &Change, line: u32, whose: &str) -> String {
    format!("{}: {whose} has the markers of a conflict in it, from line {line}", change.path)
}

/// What is to be known of such files before a merge of this work.
pub fn marked_in(tip: &Tip, whose: &str) -> Vec<String> {
    let marked = tip.committed.iter().filter_map(|change| Some((change, change.marker?)));
    marked.map(|(change, line)| marker_in(change, line, whose)).collect()
}
