//! `build_conflict`: terminals whose merged work does not pass a command of `verify`, though git merges it cleanly.

use crate::model::{Action, Check, Evidence, Finding, KnownFailure, Recommendation, Severity};

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "build_conflict",
    summary: "a command of `verify` fails on the merged work of these terminals, and their work is as it was then",
    severities: &[Severity::Warning],
    blocks_merge: Some(Severity::Warning),
    recorded: None,
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let target = &input.facts.target.name;
    input.judgements.failures.iter().map(|known| failing(known, target)).collect()
}

fn failing(known: &KnownFailure, target: &str) -> Finding {
    let KnownFailure { found, uncommitted } = known;
    let with = if *uncommitted { ", with uncommitted work" } else { "" };
    let sentence = found.sentence(target);
    let suggestion = match &found.together[..] {
        [only] => format!("Resolve it in {only} before it is merged into {target}."),
        [.., last] => {
            format!("Resolve it in one of them, for example {last}, before all are merged into {target}.")
        }
        [] => String::new(),
    };
    Finding {
        check: &CHECK,
        severity: Severity::Warning,
        terminals: found.together.clone(),
        path: None,
        message: format!("{} {}{with}.", sentence, found.failure.sentence()),
        recommendation: Some(Recommendation {
            action: Action::Coordinate,
            autonomous: false,
            confidence: 90,
            rationale: sentence,
            alternatives: vec!["leave out of the merge what fails: track-work merge --run CMD".to_string()],
        }),
        suggestion,
        evidence: Evidence::Failure { found: found.clone(), uncommitted: *uncommitted },
    }
}
