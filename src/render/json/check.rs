//! What `check` and the hooks of git answer.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::model::{self, ChangeKind, CheckReport, Known, Meeting, Reason, RepoPath};
use crate::render::human::check::advice;

use super::SCHEMA;
use super::findings::Finding;
use super::pairs::nearness;
use super::written::{Each, Layers, Paths, Ranges, Text, every, paths, ranges, story};

/// One terminal's work against every other one's and the target.
pub(super) fn check(report: &CheckReport) -> impl Serialize {
    Answer::new(report)
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    target: &'a str,
    terminal: Party<'a>,
    paths: usize,
    encounters: Encounters<'a>,
    drift: Option<Each<'a, model::DriftPath, DriftPath<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift_unknown: Option<&'a str>,
    undecided: Each<'a, (model::Party, Reason), Undecided<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Each<'a, model::Finding, Finding<'a>>>,
    notes: &'a [String],
}

impl<'a> Answer<'a> {
    fn new(report: &'a CheckReport) -> Answer<'a> {
        let (drift, drift_unknown) = match &report.drift {
            Known::Known(paths) => (Some(Each(&paths[..], DriftPath::new as fn(_) -> _)), None),
            Known::Unknown(reason) => (None, Some(reason.0.as_str())),
        };
        Answer {
            schema: SCHEMA,
            target: &report.target,
            terminal: Party::new(&report.own),
            paths: report.paths,
            encounters: Encounters(report),
            drift,
            drift_unknown,
            undecided: Each(&report.undecided, Undecided::new),
            findings: every(&report.findings).map(|findings| Each(findings, Finding::new as fn(_) -> _)),
            notes: &report.notes,
        }
    }
}

#[derive(Serialize)]
struct Party<'a> {
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

impl<'a> Party<'a> {
    fn new(party: &'a model::Party) -> Party<'a> {
        Party {
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
struct Encounters<'a>(&'a CheckReport);

impl Serialize for Encounters<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let Encounters(report) = self;
        serializer.collect_seq(report.encounters.iter().map(|one| Encounter::new(report, one)))
    }
}

#[derive(Serialize)]
struct Encounter<'a> {
    terminal: Party<'a>,
    path: Text<&'a RepoPath>,
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
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_change: Option<&'static str>,
    ranges_own: Ranges<'a>,
    ranges_other: Ranges<'a>,
    layers: Layers,
    certain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<First>,
    excerpts: Each<'a, model::Excerpt, Excerpt<'a>>,
    advice: String,
}

impl<'a> Encounter<'a> {
    fn new(report: &CheckReport, one: &'a model::Encounter) -> Encounter<'a> {
        let (mut kind, mut near, mut reason) = (None, None, None);
        let meeting = match &one.meeting {
            Meeting::Conflict(found) => {
                kind = Some(found.name());
                "conflict"
            }
            Meeting::Unknown(why) => {
                reason = Some(why.0.as_str());
                "unknown"
            }
            Meeting::Claim => "claim",
            Meeting::Overlap(found) => {
                near = Some(nearness(*found));
                "overlap"
            }
            Meeting::TheirsAlone => "theirs",
        };
        Encounter {
            terminal: Party::new(&one.other),
            path: Text(&one.path),
            also: every(&one.also).map(paths),
            meeting,
            kind,
            severity: one.severity().name(),
            nearness: near.map(|(nearness, _)| nearness),
            gap: near.and_then(|(_, gap)| gap),
            reason,
            own_change: one.own_change.map(ChangeKind::name),
            other_change: one.other_change.map(ChangeKind::name),
            ranges_own: ranges(&one.own_lines),
            ranges_other: ranges(&one.other_lines),
            layers: Layers(one.layers),
            certain: one.certain,
            standing: one.standing.then_some(true),
            first: one.turn.as_ref().map(First::new),
            excerpts: Each(&one.excerpts, Excerpt::new),
            advice: advice(one, report),
        }
    }
}

/// Who goes first.
#[derive(Serialize)]
struct First {
    who: &'static str,
    reason: String,
    confidence: u8,
}

impl First {
    fn new(turn: &model::Turn) -> First {
        First {
            who: if turn.own_first { "own" } else { "other" },
            reason: turn.reason.of_it(),
            confidence: turn.confidence,
        }
    }
}

#[derive(Serialize)]
struct DriftPath<'a> {
    path: Text<&'a RepoPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<Paths<'a>>,
    kind: &'static str,
    ranges_own: Ranges<'a>,
    ranges_target: Ranges<'a>,
    certain: bool,
    excerpts: Each<'a, model::Excerpt, Excerpt<'a>>,
}

impl<'a> DriftPath<'a> {
    fn new(one: &'a model::DriftPath) -> DriftPath<'a> {
        DriftPath {
            path: Text(&one.path),
            also: every(&one.also).map(paths),
            kind: one.kind.name(),
            ranges_own: ranges(&one.own_lines),
            ranges_target: ranges(&one.target_lines),
            certain: one.certain,
            excerpts: Each(&one.excerpts, Excerpt::new),
        }
    }
}

#[derive(Serialize)]
struct Excerpt<'a> {
    range: [u32; 2],
    text: &'a [String],
}

impl<'a> Excerpt<'a> {
    fn new(one: &'a model::Excerpt) -> Excerpt<'a> {
        Excerpt { range: [one.lines.start, one.lines.end], text: &one.text }
    }
}

#[derive(Serialize)]
struct Undecided<'a> {
    terminal: Party<'a>,
    reason: &'a str,
}

impl<'a> Undecided<'a> {
    fn new((who, reason): &'a (model::Party, Reason)) -> Undecided<'a> {
        Undecided { terminal: Party::new(who), reason: &reason.0 }
    }
}
