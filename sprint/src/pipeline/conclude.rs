//! The last stage: what follows from facts and judgements. No look at git any more.

use crate::checks::{self, CheckInput};
use crate::model::{Declared, DeclaredReport, Facts, Judgements, Known, Reason, Report, Selection, TRACKING};
use crate::planning;

use super::observe::with_tips;

/// Runs the checks, and decides what becomes of sessions and what can be merged.
pub fn conclude(facts: Facts, judgements: Judgements) -> Report {
    let mut findings = checks::run(&CheckInput { facts: &facts, judgements: &judgements });
    findings.extend(facts.findings.iter().cloned());
    checks::sort(&mut findings);
    let merge_points = planning::merge_points(&facts);
    let readiness = planning::Readiness::new(&facts, &findings);
    let ready = planning::ready(&merge_points, &readiness);
    Report {
        decisions: planning::decide(&facts),
        standings: readiness.standings(),
        story_ready: planning::story_ready(&facts, &ready),
        ready,
        progress: planning::progress(&facts),
        merge_points,
        findings,
        facts,
        judgements,
        selection: Selection::default(),
    }
}

/// The same as far as it rests on declarations alone.
pub fn conclude_declared(declared: Declared) -> DeclaredReport {
    let unseen = declared.places.iter().map(|_| Known::Unknown(Reason::NotLookedAt)).collect();
    let report = conclude(with_tips(declared.clone(), unseen), Judgements::default());
    DeclaredReport {
        findings: report.findings.into_iter().filter(|finding| *finding.check == TRACKING).collect(),
        decisions: report.decisions,
        declared,
    }
}
