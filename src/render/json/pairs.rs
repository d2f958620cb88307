//! How each two terminals meet, and at which paths.

use serde::{Serialize, Serializer};

use crate::model::{
    self, ConflictPath, Entry, Nearness, Oid, RepoPath, Report, TerminalPair, Unmerged, Verdict,
};

use super::written::{Paths, Ranges, Text, every, paths, ranges};

/// All pairs of a report.
pub(super) struct Pairs<'a>(pub(super) &'a Report);

impl Serialize for Pairs<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let Pairs(report) = self;
        serializer.collect_seq(report.judgements.pairs.iter().map(|one| Pair::new(report, one)))
    }
}

#[derive(Serialize)]
struct Pair<'a> {
    a: &'a str,
    b: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    committed: Option<&'static str>,
    paths: Meetings<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares_commits: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> Pair<'a> {
    fn new(report: &'a Report, pair: &'a TerminalPair) -> Pair<'a> {
        Pair {
            a: &report.facts.terminals[pair.a].id,
            b: &report.facts.terminals[pair.b].id,
            verdict: pair.verdict.name(),
            committed: pair.committed.as_ref().map(Verdict::name),
            paths: Meetings(pair),
            shares_commits: (pair.shared_commits > 0).then_some(pair.shared_commits),
            reason: match &pair.verdict {
                Verdict::Unknown(reason) => Some(&reason.0),
                Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict => pair.note.as_deref(),
            },
        }
    }
}

/// The paths at which the two of a pair meet, those on which a merge stops first.
struct Meetings<'a>(&'a TerminalPair);

impl Serialize for Meetings<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let conflicts = self.0.conflicts.iter().map(|one| Meeting::Conflict(Conflict::new(one)));
        let overlaps = self.0.overlaps.iter().map(|one| Meeting::Overlap(Overlap::new(one)));
        serializer.collect_seq(conflicts.chain(overlaps))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Meeting<'a> {
    Conflict(Conflict<'a>),
    Overlap(Overlap<'a>),
}

#[derive(Serialize)]
pub(super) struct Conflict<'a> {
    path: Text<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<Paths<'a>>,
    ranges_a: Ranges<'a>,
    ranges_b: Ranges<'a>,
}

impl<'a> Conflict<'a> {
    pub(super) fn new(conflict: &'a ConflictPath) -> Conflict<'a> {
        Conflict {
            path: Text(&conflict.path),
            kind: conflict.kind.name(),
            also: every(&conflict.also).map(paths),
            ranges_a: ranges(&conflict.ours),
            ranges_b: ranges(&conflict.theirs),
        }
    }
}

#[derive(Serialize)]
struct Overlap<'a> {
    path: Text<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_path: Option<Text<&'a RepoPath>>,
    ranges_a: Ranges<'a>,
    ranges_b: Ranges<'a>,
    nearness: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<u32>,
}

impl<'a> Overlap<'a> {
    fn new(overlap: &'a model::Overlap) -> Overlap<'a> {
        let (nearness, gap) = nearness(overlap.nearness);
        Overlap {
            path: Text(&overlap.path),
            kind: "overlap",
            other_path: overlap.other_path.as_ref().map(Text),
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
pub(super) struct Stages<'a>(pub(super) &'a [Unmerged]);

impl Serialize for Stages<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let of = |one| Unmerged::numbered(one).map(|stage| Stage::new(&one.path, stage));
        serializer.collect_seq(self.0.iter().flat_map(of))
    }
}

#[derive(Serialize)]
struct Stage<'a> {
    path: Text<&'a RepoPath>,
    stage: usize,
    mode: String,
    oid: Text<Oid>,
}

impl<'a> Stage<'a> {
    fn new(path: &'a RepoPath, (stage, entry): (usize, Entry)) -> Stage<'a> {
        Stage { path: Text(path), stage, mode: format!("{:06o}", entry.kind.mode()), oid: Text(entry.oid) }
    }
}
