//! `semantic_conflict`: work that git merges without a conflict and that breaks what the other side has in order: one
//! renamed a function, the other added a call of it.

use crate::model::{
    Action, BreakPattern, Check, Confidence, Evidence, Finding, Recommendation, SemanticClash, Severity,
    SourcePlace, natural_order,
};

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "semantic_conflict",
    summary: "git merges it, but one side changed, removed or renamed what the other uses anew, or both define it",
    severities: &[Severity::Info, Severity::Warning],
    blocks_merge: Some(Severity::Warning),
    recorded: Some(Severity::Warning),
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let target = &input.facts.target.name;
    input.judgements.semantic.clashes.iter().map(|clash| breaking(clash, target)).collect()
}

/// `line 3 of a.py`.
fn at(place: &SourcePlace) -> String {
    match place.lines {
        Some(lines) => format!("line {lines} of {}", place.path),
        None => place.path.to_string(),
    }
}

/// What one did, what the other added, and what mends it.
fn said(clash: &SemanticClash, changer: &str, user: &str) -> (String, String) {
    let found = &clash.found;
    let (symbol, uses, was) = (&found.symbol, at(&found.uses), at(&found.definition));
    let became = found.became.as_deref();
    match found.pattern {
        BreakPattern::ChangedSignature => (
            format!(
                "{changer} changed what {symbol} takes or gives ({was}), and the call that {user} added in {uses} is of the old kind"
            ),
            format!("make the call in {uses} fit {symbol}"),
        ),
        BreakPattern::RenamedDefinition => {
            let to = became.map_or(String::new(), |name| format!(" to {name}"));
            let call = became.unwrap_or("its new name");
            (
                format!(
                    "{changer} renamed {symbol}{to} ({was}), and what {user} added in {uses} will not find it"
                ),
                format!("use {call} in {uses}"),
            )
        }
        BreakPattern::RemovedDefinition => (
            format!("{changer} removed {symbol} ({was}), and what {user} added in {uses} will not find it"),
            format!("do without {symbol} in {uses}, or keep it"),
        ),
        BreakPattern::MovedFile => {
            let to = became.map_or(String::new(), |file| format!(" to {file}"));
            (
                format!(
                    "{changer} moved {symbol}{to} ({was}), and what {user} added in {uses} looks for it at its old place"
                ),
                format!("name the new place of {symbol} in {uses}"),
            )
        }
        BreakPattern::NewRequiredMember => (
            format!(
                "{changer} added a member to {symbol} that must be given ({was}), and what {user} added in {uses} lacks it"
            ),
            format!("add the member in {uses}"),
        ),
        BreakPattern::NewVariant => (
            format!(
                "{changer} added a variant to {symbol} ({was}), and the match that {user} added in {uses} does not list it"
            ),
            format!("list the variant in {uses}"),
        ),
        BreakPattern::RemovedImport => (
            format!(
                "{changer} removed the import of {symbol} ({was}), and what {user} added in {uses} needs it"
            ),
            format!("import {symbol} again in {}", found.uses.path),
        ),
        BreakPattern::DuplicateDefinition => (
            format!("{changer} ({was}) and {user} ({uses}) both define {symbol}, so it is there twice"),
            format!("keep one {symbol}"),
        ),
        BreakPattern::MigrationHeads => (
            format!("{changer} ({was}) and {user} ({uses}) each added a migration: {symbol}"),
            "give one of them another number, or let it follow the other".to_string(),
        ),
    }
}

fn breaking(clash: &SemanticClash, target: &str) -> Finding {
    let [changer, user] = clash.sides.each_ref().map(|side| match &side[..] {
        [] => target.to_string(),
        ids => ids.join(", "),
    });
    let (what, mend) = said(clash, &changer, &user);
    let with = if clash.uncommitted { ", with uncommitted work" } else { "" };
    let mut terminals: Vec<String> = clash.sides.iter().flatten().cloned().collect();
    terminals.sort_by(|a, b| natural_order(a, b));
    terminals.dedup();
    let of_target = clash.sides.iter().any(Vec::is_empty);
    // whoever is left updates, and mends it there
    let (suggestion, action) = match clash.sides.each_ref().map(Vec::is_empty) {
        [false, true] => (format!("Update {changer} from {target}, then {mend}."), Action::UpdateFromTarget),
        [true, _] => (format!("Update {user} from {target}, then {mend}."), Action::UpdateFromTarget),
        [false, false] => {
            (format!("Once {changer} is merged, update {user} from {target} and {mend}."), Action::Sequence)
        }
    };
    Finding {
        check: &CHECK,
        severity: clash.found.confidence.severity(),
        terminals,
        path: Some(clash.found.uses.path.clone()),
        message: format!("git merges it, but it breaks: {what}{with}."),
        suggestion,
        recommendation: Some(Recommendation {
            action,
            autonomous: false,
            confidence: match clash.found.confidence {
                Confidence::Certain => 95,
                Confidence::Likely => 80,
                Confidence::Possible => 50,
            },
            rationale: what,
            alternatives: match of_target {
                true => Vec::new(),
                false => vec![format!("{mend} now, if {user} already has the work of {changer}")],
            },
        }),
        evidence: Evidence::Semantic(clash.clone()),
    }
}
