//! `migration_heads`: two terminals, or a terminal and the target, each added a migration after the same one, or with the
//! same number or class. Git merges them; the migrations then do not run.

use crate::model::{
    Action, Check, Evidence, Finding, Known, MigrationClash, MigrationKind, Recommendation, RepoPath,
    Severity, Target,
};

use super::CheckInput;

pub(super) static CHECK: Check = Check {
    code: "migration_heads",
    summary: "two terminals, or a terminal and the target, each added a migration after the same one, or with the same number or class",
    severities: &[Severity::Warning],
    blocks_merge: Some(Severity::Warning),
    recorded: Some(Severity::Warning),
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let target = &input.facts.target;
    let known = input.judgements.migrations.iter().filter_map(Known::known);
    known.map(|clash| clashing(clash, target)).collect()
}

fn clashing(clash: &MigrationClash, target: &Target) -> Finding {
    let (target, later) = (&target.name, target.later_name());
    let [one, other] = &clash.sides;
    let name = |side: &(Vec<String>, RepoPath)| match &side.0[..] {
        [] => target.to_string(),
        ids => ids.join(", "),
    };
    let (who, whose) = (name(one), name(other));
    let free = clash.kind().free();
    let (what, mend) = match clash.kind() {
        MigrationKind::Heads => (
            "both follow the same migration, so there are two heads once both are merged".to_string(),
            format!("make {} follow it (Django: dependencies; Alembic: down_revision)", other.1),
        ),
        MigrationKind::Number | MigrationKind::Time => (
            format!("both have the number {} once both are merged", clash.names),
            format!("give {} {free}", other.1),
        ),
        MigrationKind::Class => (
            format!("both have the class {} once both are merged, and Rails runs none", clash.names),
            format!("give {} and its class {free}", other.1),
        ),
    };
    let with = if clash.uncommitted { ", with uncommitted work" } else { "" };
    let is_drift = one.0.is_empty();
    let mut terminals: Vec<String> = one.0.iter().chain(&other.0).cloned().collect();
    terminals.dedup();
    Finding {
        check: &CHECK,
        severity: Severity::Warning,
        terminals,
        path: Some(other.1.clone()),
        message: format!("{} of {whose} and {} of {who}: {what}{with}.", other.1, one.1),
        suggestion: match is_drift {
            true => format!("Update {whose} from {target}, then {mend}."),
            false => format!("Once {who} is merged, update {whose} from {later} and {mend}."),
        },
        recommendation: Some(Recommendation {
            action: if is_drift { Action::UpdateFromTarget } else { Action::Sequence },
            autonomous: false,
            confidence: 90,
            rationale: format!("{} and {}: {what}", other.1, one.1),
            alternatives: match clash.kind() {
                MigrationKind::Heads => vec![
                    "join the heads once both are merged (Django: makemigrations --merge; Alembic: alembic merge heads)"
                        .to_string(),
                ],
                MigrationKind::Number | MigrationKind::Time | MigrationKind::Class => {
                    vec![format!("give {} {free} instead", one.1)]
                }
            },
        }),
        evidence: Evidence::Migrations(clash.clone()),
    }
}
