//! How each two terminals meet, and at which paths.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::model::{
    self, ConflictPath, Entry, Nearness, Oid, OtherPath, RepoPath, Report, TerminalPair, Unmerged, Verdict,
};

use super::regions::{RegionsJson, regions_json};
use super::written::{Displayed, Each, Ranges, every, ranges};

/// All pairs of a report.
pub(super) struct PairsJson<'a>(pub(super) &'a Report);

impl Serialize for PairsJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let PairsJson(report) = self;
        serializer.collect_seq(report.judgements.pairs.iter().map(|pair| PairJson::new(report, pair)))
    }
}

#[derive(Serialize)]
struct PairJson<'a> {
    a: &'a str,
    b: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    committed: Option<&'static str>,
    paths: MeetingsJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares_commits: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
}

impl<'a> PairJson<'a> {
    fn new(report: &'a Report, pair: &'a TerminalPair) -> PairJson<'a> {
        PairJson {
            a: &report.facts.terminals[pair.a].id,
            b: &report.facts.terminals[pair.b].id,
            verdict: pair.verdict.name(),
            committed: pair.committed.as_ref().map(Verdict::name),
            paths: MeetingsJson(pair),
            shares_commits: (pair.shared_commits > 0).then_some(pair.shared_commits),
            reason: match &pair.verdict {
                Verdict::Unknown(reason) => Some(Cow::Owned(reason.to_string())),
                Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict => {
                    pair.note.as_deref().map(Cow::Borrowed)
                }
            },
        }
    }
}

/// The paths at which the two of a pair meet, those on which a merge stops first.
struct MeetingsJson<'a>(&'a TerminalPair);

impl Serialize for MeetingsJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let conflicts =
            self.0.conflicts.iter().map(|conflict| MeetingJson::Conflict(ConflictJson::new(conflict)));
        let overlaps = self.0.overlaps.iter().map(|overlap| MeetingJson::Overlap(OverlapJson::new(overlap)));
        serializer.collect_seq(conflicts.chain(overlaps))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum MeetingJson<'a> {
    Conflict(ConflictJson<'a>),
    Overlap(OverlapJson<'a>),
}

#[derive(Serialize)]
pub(super) struct ConflictJson<'a> {
    path: Displayed<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<Each<'a, OtherPath, Displayed<&'a RepoPath>>>,
    ranges_a: Ranges<'a>,
    ranges_b: Ranges<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<RegionsJson<'a>>,
}

impl<'a> ConflictJson<'a> {
    /// A conflict of a merge that was asked for, not of two terminals.
    pub(super) fn of_merge(conflict: &'a ConflictPath) -> ConflictJson<'a> {
        let made = ConflictJson::new(conflict);
        ConflictJson { regions: made.regions.map(RegionsJson::without_certainty), ..made }
    }

    fn new(conflict: &'a ConflictPath) -> ConflictJson<'a> {
        ConflictJson {
            path: Displayed(&conflict.path),
            kind: conflict.kind.name(),
            also: every(&conflict.others).map(|others| Each(others, |other| Displayed(&other.path))),
            ranges_a: ranges(&conflict.ours),
            ranges_b: ranges(&conflict.theirs),
            regions: regions_json(&conflict.regions, ["a", "b"]),
        }
    }
}

#[derive(Serialize)]
struct OverlapJson<'a> {
    path: Displayed<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_path: Option<Displayed<&'a RepoPath>>,
    ranges_a: Ranges<'a>,
    ranges_b: Ranges<'a>,
    nearness: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<u32>,
}

impl<'a> OverlapJson<'a> {
    fn new(overlap: &'a model::Overlap) -> OverlapJson<'a> {
        let (nearness, gap) = nearness(overlap.nearness);
        OverlapJson {
            path: Displayed(&overlap.path),
            kind: "overlap",
            other_path: overlap.other_path.as_ref().map(Displayed),
            ranges_a: ranges(&overlap.lines_a),
            ranges_b: ranges(&overlap.lines_b),
            nearness,
            gap,
        }
    }
}

/// How close two changes come, and the unchanged lines between them where they are near.
pub(super) fn nearness(nearness: Nearness) -> (Option<&'static str>, Option<u32>) {
    match nearness {
        Nearness::Touching => (Some("touching"), None),
        Nearness::Near(gap) => (Some("near"), Some(gap)),
        Nearness::Apart => (Some("apart"), None),
        Nearness::Unknown => (None, None),
    }
}

/// A flat list by path and stage, as `git ls-files -u` and `git merge-tree` have it.
pub(super) struct StagesJson<'a>(pub(super) &'a [Unmerged]);

impl Serialize for StagesJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let of = |unmerged| Unmerged::numbered(unmerged).map(|stage| StageJson::new(&unmerged.path, stage));
        serializer.collect_seq(self.0.iter().flat_map(of))
    }
}

#[derive(Serialize)]
struct StageJson<'a> {
    path: Displayed<&'a RepoPath>,
    stage: usize,
    mode: String,
    oid: Displayed<Oid>,
}

impl<'a> StageJson<'a> {
    fn new(path: &'a RepoPath, (stage, entry): (usize, Entry)) -> StageJson<'a> {
        StageJson {
            path: Displayed(path),
            stage,
            mode: format!("{:06o}", entry.kind.mode()),
            oid: Displayed(entry.oid),
        }
    }
}
