//! How each two terminals meet, and at which paths.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::model::{
    ConflictPath, Entry, Nearness, Overlap, Reason, RepoPath, Report, TerminalPair, Unmerged, Verdict,
};

use super::regions::regions;
use super::written::{Displayed, List, Written, every, ranges, written};

written! { (&Report, &TerminalPair) as (report, pair) =>
    let [a, b] = [pair.a, pair.b].map(|at| &report.facts.terminals[at].id);
    "a": a,
    "b": b,
    "verdict": pair.verdict.name(),
    "committed"?: pair.committed.as_ref().map(Verdict::name),
    // those on which a merge stops first
    "paths": List(|| {
        let conflicts = pair.conflicts.iter().map(MeetingPath::Conflict);
        conflicts.chain(pair.overlaps.iter().map(|overlap| MeetingPath::Overlap(pair, overlap)))
    }),
    "undecided"?: every(&pair.undecided).map(undecided),
    "shares_commits"?: (pair.shared_commits > 0).then_some(pair.shared_commits),
    "reason"?: match &pair.verdict {
        Verdict::Unknown(reason) => Some(reason.to_string()),
        Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict => pair.note.clone(),
    },
}

/// A pair in a list: one that was made for the list, or one of the report.
pub(super) struct ListedPair<'a>(pub(super) &'a Report, pub(super) Cow<'a, TerminalPair>);

impl Serialize for ListedPair<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        Written((self.0, &*self.1)).serialize(serializer)
    }
}

/// A path at which the two of a pair meet.
enum MeetingPath<'a> {
    Conflict(&'a ConflictPath),
    Overlap(&'a TerminalPair, &'a Overlap),
}

impl Serialize for MeetingPath<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        match self {
            MeetingPath::Conflict(conflict) => Written((*conflict, true)).serialize(serializer),
            MeetingPath::Overlap(pair, overlap) => Written((*pair, *overlap)).serialize(serializer),
        }
    }
}

// A merge that was asked for tells nothing of what is certain.
written! { (&ConflictPath, bool) as (conflict, certainty) =>
    "path": Displayed(&conflict.path),
    "kind": conflict.kind.name(),
    "also"?: every(&conflict.others).map(|others| List(|| others.iter().map(|other| Displayed(&other.path)))),
    "ranges_a": ranges(&conflict.ours),
    "ranges_b": ranges(&conflict.theirs),
    "regions"?: regions(&conflict.regions, ["a", "b"], certainty),
}

/// Paths whose result is unknown, each with its reason.
pub(super) fn undecided(undecided: &[(RepoPath, Reason)]) -> impl Serialize {
    List(move || undecided.iter().map(|(path, reason)| format!("{path}: {reason}")))
}

written! { (&TerminalPair, &Overlap) as (pair, overlap) =>
    let (nearness, gap) = nearness(overlap.nearness);
    let paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
    let is_open = pair.verdict == Verdict::Conflict && pair.unknown_at(paths).is_some();
    "path": Displayed(&overlap.path),
    "kind": if is_open { "unknown" } else { "overlap" },
    "other_path"?: overlap.other_path.as_ref().map(Displayed),
    "ranges_a": ranges(&overlap.lines_a),
    "ranges_b": ranges(&overlap.lines_b),
    "nearness": nearness,
    "gap"?: gap,
}

/// How close two changes come, and the unchanged lines between them where they are near.
pub(super) fn nearness(nearness: Nearness) -> (Option<&'static str>, Option<u32>) {
    match nearness {
        Nearness::Touching => (Some("touching"), None),
        Nearness::Near(gap) => (Some("near"), Some(gap)),
        Nearness::Union => (Some("union"), None),
        Nearness::Submodule => (Some("submodule"), None),
        Nearness::Apart => (Some("apart"), None),
        Nearness::Unknown => (None, None),
    }
}

/// A flat list by path and stage, as `git ls-files -u` and `git merge-tree` have it.
pub(super) fn stages(unmerged: &[Unmerged]) -> impl Serialize {
    let of = |unmerged| Unmerged::numbered(unmerged).map(|stage| Written((&unmerged.path, stage)));
    List(move || unmerged.iter().flat_map(of))
}

written! { (&RepoPath, (usize, Entry)) as (path, (stage, entry)) =>
    "path": Displayed(path),
    "stage": stage,
    "mode": format!("{:06o}", entry.kind.mode()),
    "oid": Displayed(entry.oid),
}
