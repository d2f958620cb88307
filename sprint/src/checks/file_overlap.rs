//! `file_overlap`: two terminals touched, or declare as current file, the same path.
//!
//! Where git shows that it merges cleanly this is information. Where git cannot say, because both
//! work in one place, the file is only declared, or the pair is unknown, it is a warning. Where both conflict
//! with the target, that is told already, so it is information. Where a merge of the two stops, that is `merge_conflict`
//! alone.

use std::collections::BTreeMap;

use crate::model::{
    Action, Check, Evidence, Finding, Lines, Nearness, Overlap, PlaceId, Reason, Recommendation, RepoPath,
    Severity, Terminal, TerminalPair, shell_word,
};

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "file_overlap",
    summary: "two terminals changed the same file, or declare it as their current file (info if it merges cleanly, warning if git cannot tell)",
    severities: &[Severity::Info, Severity::Warning],
    blocks_merge: None,
    recorded: Some(Severity::Warning),
    by_declaration: true,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut shared: BTreeMap<(PlaceId, RepoPath), Vec<String>> = BTreeMap::new();
    for pair in &input.judgements.pairs {
        let (a, b) = (&input.facts.terminals[pair.a], &input.facts.terminals[pair.b]);
        // what is being resolved is told as what is unknown
        let resolved = |overlap: &&Overlap| {
            let mut paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
            let reason = pair.unknown_at(paths.clone()).filter(Reason::is_of_resolving);
            !reason.is_some_and(|reason| reason.path().is_none_or(|at| paths.any(|path| path == at)))
        };
        for overlap in pair.overlaps.iter().filter(resolved) {
            match (a.place(), is_unclaimed(a, &overlap.path) && is_unclaimed(b, &overlap.path)) {
                (Some(place), true) if b.place() == Some(place) => {
                    let names = shared.entry((place, overlap.path.clone())).or_default();
                    names.extend([a.id.clone(), b.id.clone()]);
                }
                _ => findings.push(overlapping(input, pair, a, b, overlap)),
            }
        }
    }
    findings.extend(shared.into_iter().map(|((_, path), names)| unclaimed(input, path, names)));
    findings
}

/// Whether no terminal of the place claims this path.
fn is_unclaimed(terminal: &Terminal, path: &RepoPath) -> bool {
    terminal.touched.iter().any(|touched| touched.path == *path && touched.shared)
}

fn overlapping(
    input: &CheckInput,
    pair: &TerminalPair,
    a: &Terminal,
    b: &Terminal,
    overlap: &Overlap,
) -> Finding {
    let target = &input.facts.target.name;
    if a.place().is_some() && a.place() == b.place() {
        let message = format!("{}: {} and {} work on it in the same worktree", overlap.path, a.id, b.id);
        return warning(a, b, overlap, message);
    }
    match overlap.declared.into() {
        (false, false) if overlap.both_drift => {
            let message = format!(
                "{}: {} and {} both changed it, and both conflict with {target} there: whether the two merge is not known",
                overlap.path, a.id, b.id
            );
            finding(a, b, overlap, Severity::Info, message, None)
        }
        (false, false) if merges(pair, overlap) => {
            let found = merging_cleanly(a, b, overlap);
            let mend = input.facts.kinds.of(&overlap.path).and_then(|rule| rule.in_merge(&overlap.path));
            Finding { suggestion: mend.unwrap_or_else(|| found.suggestion.clone()), ..found }
        }
        (false, false) => {
            // one file of one may be found in two of the other
            let as_called = overlap.other_path.iter().map(|path| format!(", to {} it is {path}", b.id));
            let as_called: String = as_called.collect();
            let message = format!("{}: {} and {} both changed it{as_called}", overlap.path, a.id, b.id);
            warning(a, b, overlap, message)
        }
        (true, true) => warning(
            a,
            b,
            overlap,
            format!("{}: {} and {} both declare it as their current file", overlap.path, a.id, b.id),
        ),
        (by_a, _) => {
            let (declares, touched) = if by_a { (a, b) } else { (b, a) };
            let message = format!(
                "{}: {} declares it as its current file, and {} has changed it",
                overlap.path, declares.id, touched.id
            );
            warning(a, b, overlap, message)
        }
    }
}

/// Whether git shows that the file merges; unknown for the files of an unknown pair, and for undecided ones.
fn merges(pair: &TerminalPair, overlap: &Overlap) -> bool {
    let paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
    let known = pair.unknown_at(paths).is_none() && overlap.nearness != Nearness::Unknown;
    known && pair.committed.is_some()
}

fn merging_cleanly(a: &Terminal, b: &Terminal, overlap: &Overlap) -> Finding {
    let lines = |terminal: &Terminal, lines: &[Lines]| match lines {
        [] => terminal.id.clone(),
        lines => format!("{} {}", terminal.id, Lines::phrase(lines)),
    };
    let how = match overlap.nearness.told([&overlap.lines_a, &overlap.lines_b]) {
        None => "merges cleanly".to_string(),
        Some(distance) => format!("{distance}, merges cleanly"),
    };
    let message =
        format!("{}: {} and {}: {how}", overlap.path, lines(a, &overlap.lines_a), lines(b, &overlap.lines_b));
    finding(a, b, overlap, Severity::Info, message, Some(overlap.nearness))
}

fn warning(a: &Terminal, b: &Terminal, overlap: &Overlap, message: String) -> Finding {
    finding(a, b, overlap, Severity::Warning, message, None)
}

fn finding(
    a: &Terminal,
    b: &Terminal,
    overlap: &Overlap,
    severity: Severity,
    message: String,
    nearness: Option<Nearness>,
) -> Finding {
    let alternatives = vec![
        format!("let {} finish its changes to the file first", a.id),
        format!("let {} finish its changes to the file first", b.id),
        "assign the file to one of them".to_string(),
    ];
    Finding {
        check: &CHECK,
        severity,
        terminals: vec![a.id.clone(), b.id.clone()],
        path: Some(overlap.path.clone()),
        suggestion: coordinate(&[a.id.clone(), b.id.clone()], &overlap.path),
        evidence: Evidence::Overlap {
            lines_a: overlap.lines_a.clone(),
            lines_b: overlap.lines_b.clone(),
            nearness,
        },
        recommendation: (severity > Severity::Info).then(|| Recommendation {
            action: Action::Coordinate,
            autonomous: false,
            confidence: 60,
            rationale: message.clone(),
            alternatives,
        }),
        message,
    }
}

fn coordinate(terminals: &[String], path: &RepoPath) -> String {
    format!("Coordinate {} on {path}: agree on who edits which part.", terminals.join(" and "))
}

/// One finding for a path that was changed in a shared place and that no terminal claims.
fn unclaimed(input: &CheckInput, path: RepoPath, mut names: Vec<String>) -> Finding {
    names.sort_by(|a, b| crate::model::natural_order(a, b));
    names.dedup();
    let message = format!(
        "{path}: changed in the worktree that {} share; git does not know by which of them",
        names.join(", ")
    );
    Finding {
        check: &CHECK,
        severity: Severity::Info,
        suggestion: format!(
            "If the file belongs to one terminal, claim it for that terminal: {}",
            input.facts.command(&format!(
                "update {} --scope {}",
                shell_word(&names[0]),
                shell_word(path.to_string())
            ))
        ),
        terminals: names,
        path: Some(path),
        message,
        evidence: Evidence::Overlap { lines_a: Vec::new(), lines_b: Vec::new(), nearness: None },
        recommendation: None,
    }
}
