//! What the checks found, with its evidence.

use serde::Serialize;

use crate::model::{self, RepoPath};

use super::pairs::StagesJson;
use super::regions::{RegionsJson, regions_json};
use super::written::{Displayed, Ranges, ranges, story};

#[derive(Serialize)]
pub(super) struct FindingJson<'a> {
    check: &'static str,
    severity: &'static str,
    terminals: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Displayed<&'a RepoPath>>,
    message: &'a str,
    suggestion: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<RecommendationJson<'a>>,
    evidence: EvidenceJson<'a>,
}

impl<'a> FindingJson<'a> {
    pub(super) fn new(finding: &'a model::Finding) -> FindingJson<'a> {
        FindingJson {
            check: finding.check.code,
            severity: finding.severity.name(),
            terminals: &finding.terminals,
            path: finding.path.as_ref().map(Displayed),
            message: &finding.message,
            suggestion: &finding.suggestion,
            recommendation: finding.recommendation.as_ref().map(RecommendationJson::new),
            evidence: EvidenceJson::new(&finding.evidence),
        }
    }
}

/// In the words of `decision-support`.
#[derive(Serialize)]
pub(super) struct RecommendationJson<'a> {
    action: &'static str,
    recommendation: &'static str,
    confidence: u8,
    rationale: &'a str,
    alternatives: &'a [String],
}

impl<'a> RecommendationJson<'a> {
    pub(super) fn new(recommendation: &'a model::Recommendation) -> RecommendationJson<'a> {
        RecommendationJson {
            action: recommendation.action.name(),
            recommendation: if recommendation.autonomous { "autonomous" } else { "manual" },
            confidence: recommendation.confidence,
            rationale: &recommendation.rationale,
            alternatives: &recommendation.alternatives,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum EvidenceJson<'a> {
    Overlap {
        ranges_a: Ranges<'a>,
        ranges_b: Ranges<'a>,
    },
    Conflict {
        kind: &'static str,
        ranges_a: Ranges<'a>,
        ranges_b: Ranges<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        regions: Option<RegionsJson<'a>>,
        committed: bool,
        drift: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        stages: Option<StagesJson<'a>>,
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

impl<'a> EvidenceJson<'a> {
    fn new(evidence: &'a model::Evidence) -> EvidenceJson<'a> {
        match evidence {
            model::Evidence::Overlap { lines_a, lines_b, .. } => {
                EvidenceJson::Overlap { ranges_a: ranges(lines_a), ranges_b: ranges(lines_b) }
            }
            model::Evidence::Conflict { kind, lines_a, lines_b, regions, committed, drift, stages } => {
                EvidenceJson::Conflict {
                    kind: kind.name(),
                    ranges_a: ranges(lines_a),
                    ranges_b: ranges(lines_b),
                    regions: regions_json(regions, ["a", "b"]),
                    committed: *committed,
                    drift: *drift,
                    stages: drift.then_some(StagesJson(stages)),
                }
            }
            model::Evidence::Dependency { story: waiting, waiting_for } => {
                EvidenceJson::Dependency { story: story(waiting), waiting_for }
            }
            model::Evidence::File { name, line, column, text } => {
                EvidenceJson::File { file: name, line: *line, column: *column, text: text.as_deref() }
            }
            model::Evidence::Session(at) => EvidenceJson::Session { file: &at.file, session: &at.terminal },
            model::Evidence::Place(name) => EvidenceJson::Place { place: name },
        }
    }
}
