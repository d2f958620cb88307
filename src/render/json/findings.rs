//! What the checks found, with its evidence.

use serde::Serialize;

use crate::model::{self, RepoPath};

use super::pairs::Stages;
use super::written::{Ranges, Text, ranges, story};

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    check: &'static str,
    severity: &'static str,
    terminals: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Text<&'a RepoPath>>,
    message: &'a str,
    suggestion: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<Recommendation<'a>>,
    evidence: Evidence<'a>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(finding: &'a model::Finding) -> Finding<'a> {
        Finding {
            check: finding.check.code,
            severity: finding.severity.name(),
            terminals: &finding.terminals,
            path: finding.path.as_ref().map(Text),
            message: &finding.message,
            suggestion: &finding.suggestion,
            recommendation: finding.recommendation.as_ref().map(Recommendation::new),
            evidence: Evidence::new(&finding.evidence),
        }
    }
}

/// In the words of `decision-support`.
#[derive(Serialize)]
pub(super) struct Recommendation<'a> {
    action: &'static str,
    recommendation: &'static str,
    confidence: u8,
    rationale: &'a str,
    alternatives: &'a [String],
}

impl<'a> Recommendation<'a> {
    pub(super) fn new(one: &'a model::Recommendation) -> Recommendation<'a> {
        Recommendation {
            action: one.action.name(),
            recommendation: if one.autonomous { "autonomous" } else { "manual" },
            confidence: one.confidence,
            rationale: &one.rationale,
            alternatives: &one.alternatives,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Evidence<'a> {
    Overlap {
        ranges_a: Ranges<'a>,
        ranges_b: Ranges<'a>,
    },
    Conflict {
        kind: &'static str,
        ranges_a: Ranges<'a>,
        ranges_b: Ranges<'a>,
        committed: bool,
        drift: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        stages: Option<Stages<'a>>,
    },
    Dependency {
        story: &'a str,
        waiting_for: &'a [String],
    },
    File {
        file: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        column: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
    },
    Session {
        file: &'a str,
        session: &'a str,
    },
    Place {
        place: &'a str,
    },
}

impl<'a> Evidence<'a> {
    fn new(evidence: &'a model::Evidence) -> Evidence<'a> {
        match evidence {
            model::Evidence::Overlap { lines_a, lines_b, .. } => {
                Evidence::Overlap { ranges_a: ranges(lines_a), ranges_b: ranges(lines_b) }
            }
            model::Evidence::Conflict { kind, lines_a, lines_b, committed, drift, stages } => {
                Evidence::Conflict {
                    kind: kind.name(),
                    ranges_a: ranges(lines_a),
                    ranges_b: ranges(lines_b),
                    committed: *committed,
                    drift: *drift,
                    stages: drift.then_some(Stages(stages)),
                }
            }
            model::Evidence::Dependency { story: waiting, waiting_for } => {
                Evidence::Dependency { story: story(waiting), waiting_for }
            }
            model::Evidence::File { name, line, column, text } => {
                Evidence::File { file: name, line: *line, column: *column, text: text.as_deref() }
            }
            model::Evidence::Session(at) => Evidence::Session { file: &at.file, session: &at.terminal },
            model::Evidence::Place(name) => Evidence::Place { place: name },
        }
    }
}
