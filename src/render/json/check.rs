//! What `check` and the hooks of git answer.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::model::{self, ChangeKind, CheckReport, Known, Meeting, Reason, RepoPath};
use crate::render::human::check::advice;

use super::SCHEMA;
use super::findings::FindingJson;
use super::pairs::nearness;
use super::regions::{RegionsJson, regions_json};
use super::written::{Displayed, Each, LayersJson, Paths, Ranges, UnderWayJson, every, paths, ranges, story};

/// One terminal's work against every other one's and the target.
pub(super) fn check(report: &CheckReport) -> impl Serialize {
    CheckJson::new(report)
}

#[derive(Serialize)]
struct CheckJson<'a> {
    schema: u32,
    target: &'a str,
    terminal: PartyJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<UnderWayJson<'a>>,
    paths: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Paths<'a>>,
    encounters: EncountersJson<'a>,
    drift: Option<Each<'a, model::DriftPath, DriftPathJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift_unknown: Option<Displayed<&'a Reason>>,
    undecided: Each<'a, (model::Party, Reason), UndecidedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Each<'a, model::Finding, FindingJson<'a>>>,
    notes: &'a [String],
}

impl<'a> CheckJson<'a> {
    fn new(report: &'a CheckReport) -> CheckJson<'a> {
        let (drift, drift_unknown) = match &report.drift {
            Known::Known(paths) => (Some(Each(&paths[..], DriftPathJson::new as fn(_) -> _)), None),
            Known::Unknown(reason) => (None, Some(Displayed(reason))),
        };
        CheckJson {
            schema: SCHEMA,
            target: &report.target,
            terminal: PartyJson::new(&report.own),
            under_way: report.under_way.as_ref().map(UnderWayJson::new),
            paths: report.paths,
            missing: every(&report.missing).map(paths),
            encounters: EncountersJson(report),
            drift,
            drift_unknown,
            undecided: Each(&report.undecided, UndecidedJson::new),
            findings: every(&report.findings).map(|findings| Each(findings, FindingJson::new as fn(_) -> _)),
            notes: &report.notes,
        }
    }
}

#[derive(Serialize)]
struct PartyJson<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worktree: Option<Cow<'a, str>>,
}

impl<'a> PartyJson<'a> {
    fn new(party: &'a model::Party) -> PartyJson<'a> {
        PartyJson {
            id: &party.id,
            story: party.story.as_ref().map(story),
            focus: party.focus.as_deref(),
            agent: party.agent.as_deref(),
            branch: party.branch.as_deref(),
            worktree: party.worktree.as_ref().map(|path| path.to_string_lossy()),
        }
    }
}

/// All encounters of a report.
struct EncountersJson<'a>(&'a CheckReport);

impl Serialize for EncountersJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let EncountersJson(report) = self;
        serializer
            .collect_seq(report.encounters.iter().map(|encounter| EncounterJson::new(report, encounter)))
    }
}

#[derive(Serialize)]
struct EncounterJson<'a> {
    terminal: PartyJson<'a>,
    path: Displayed<&'a RepoPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<Paths<'a>>,
    meeting: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    severity: &'static str,
    /// Of an overlap alone, and of that not always known.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearness: Option<Option<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Displayed<&'a Reason>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_change: Option<&'static str>,
    ranges_own: Ranges<'a>,
    ranges_other: Ranges<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<RegionsJson<'a>>,
    layers: LayersJson,
    certain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<FirstJson>,
    excerpts: Each<'a, model::Excerpt, ExcerptJson<'a>>,
    advice: String,
}

impl<'a> EncounterJson<'a> {
    fn new(report: &CheckReport, encounter: &'a model::Encounter) -> EncounterJson<'a> {
        let (mut kind, mut near, mut reason) = (None, None, None);
        let meeting = match &encounter.meeting {
            Meeting::Conflict(found) => {
                kind = Some(found.name());
                "conflict"
            }
            Meeting::Unknown(why) => {
                reason = Some(Displayed(why));
                "unknown"
            }
            Meeting::Claim => "claim",
            Meeting::Overlap(found) => {
                near = Some(nearness(*found));
                "overlap"
            }
            Meeting::TheirsAlone => "theirs",
        };
        EncounterJson {
            terminal: PartyJson::new(&encounter.other),
            path: Displayed(&encounter.path),
            also: every(&encounter.also).map(paths),
            meeting,
            kind,
            severity: encounter.severity().name(),
            nearness: near.map(|(nearness, _)| nearness),
            gap: near.and_then(|(_, gap)| gap),
            reason,
            own_change: encounter.own_change.map(ChangeKind::name),
            other_change: encounter.other_change.map(ChangeKind::name),
            ranges_own: ranges(&encounter.own_lines),
            ranges_other: ranges(&encounter.other_lines),
            regions: regions_json(&encounter.regions, ["own", "other"]),
            layers: LayersJson(encounter.layers),
            certain: encounter.certain,
            standing: encounter.pre_existing.then_some(true),
            first: encounter.turn.as_ref().map(FirstJson::new),
            excerpts: Each(&encounter.excerpts, ExcerptJson::new),
            advice: advice(encounter, report),
        }
    }
}

/// Who goes first.
#[derive(Serialize)]
struct FirstJson {
    who: &'static str,
    reason: String,
    confidence: u8,
}

impl FirstJson {
    fn new(turn: &model::Turn) -> FirstJson {
        FirstJson {
            who: if turn.own_first { "own" } else { "other" },
            reason: turn.reason.of_it(),
            confidence: turn.confidence,
        }
    }
}

#[derive(Serialize)]
struct DriftPathJson<'a> {
    path: Displayed<&'a RepoPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<Paths<'a>>,
    kind: &'static str,
    ranges_own: Ranges<'a>,
    ranges_target: Ranges<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<RegionsJson<'a>>,
    certain: bool,
    excerpts: Each<'a, model::Excerpt, ExcerptJson<'a>>,
}

impl<'a> DriftPathJson<'a> {
    fn new(drift: &'a model::DriftPath) -> DriftPathJson<'a> {
        DriftPathJson {
            path: Displayed(&drift.path),
            also: every(&drift.also).map(paths),
            kind: drift.kind.name(),
            ranges_own: ranges(&drift.own_lines),
            ranges_target: ranges(&drift.target_lines),
            regions: regions_json(&drift.regions, ["own", "target"]),
            certain: drift.certain,
            excerpts: Each(&drift.excerpts, ExcerptJson::new),
        }
    }
}

#[derive(Serialize)]
struct ExcerptJson<'a> {
    range: [u32; 2],
    text: &'a [String],
}

impl<'a> ExcerptJson<'a> {
    fn new(excerpt: &'a model::Excerpt) -> ExcerptJson<'a> {
        ExcerptJson { range: [excerpt.lines.start, excerpt.lines.end], text: &excerpt.text }
    }
}

#[derive(Serialize)]
struct UndecidedJson<'a> {
    terminal: PartyJson<'a>,
    reason: Displayed<&'a Reason>,
}

impl<'a> UndecidedJson<'a> {
    fn new((who, reason): &'a (model::Party, Reason)) -> UndecidedJson<'a> {
        UndecidedJson { terminal: PartyJson::new(who), reason: Displayed(reason) }
    }
}
