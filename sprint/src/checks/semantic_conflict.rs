//! `semantic_conflict`: work that git merges without a conflict and that breaks what the other side has in order: one
//! renamed a function, the other added a call of it.

use crate::model::{
    Action, Check, ClashWords, Confidence, Evidence, Finding, Recommendation, SemanticClash, Severity,
    Target, natural_order,
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
    let target = &input.facts.target;
    input.judgements.semantic.clashes.iter().map(|clash| breaking(clash, target)).collect()
}

fn breaking(clash: &SemanticClash, target: &Target) -> Finding {
    let (target, later) = (&target.name, target.later_name());
    let [changer, user] = clash.sides.each_ref().map(|side| match &side[..] {
        [] => target.to_string(),
        ids => ids.join(", "),
    });
    let ClashWords { what, mend } = clash.words([&changer, &user], &str::to_string);
    let with = if clash.uncommitted { ", with uncommitted work" } else { "" };
    let mut terminals: Vec<String> = clash.sides.iter().flatten().cloned().collect();
    terminals.sort_by(|a, b| natural_order(a, b));
    terminals.dedup();
    let breaks = if clash.found.confidence == Confidence::Possible { "may break" } else { "breaks" };
    let of_target = clash.sides.iter().any(Vec::is_empty);
    // whoever is left updates, and mends it there
    let (suggestion, action) = match clash.sides.each_ref().map(Vec::is_empty) {
        [false, true] => (format!("Update {changer} from {target}, then {mend}."), Action::UpdateFromTarget),
        [true, _] => (format!("Update {user} from {target}, then {mend}."), Action::UpdateFromTarget),
        [false, false] => {
            (format!("Once {changer} is merged, update {user} from {later} and {mend}."), Action::Sequence)
        }
    };
    Finding {
        check: &CHECK,
        severity: clash.found.confidence.severity(),
        terminals,
        path: Some(clash.found.uses.path.clone()),
        message: format!("git merges it, but it {breaks}: {what}{with}."),
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
