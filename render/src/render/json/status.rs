//! What `status` and `sync` answer: what there is, and of a synchronization what it changed.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{
    BothValues, Elsewhere, MergePointState, Report, ResolvedFile, StatusLine, Target, TerminalPair, Upstream,
    UpstreamDistance,
};
use crate::planning::{ConflictKey, StatusChange};
use crate::render::next::next_of_all;
use crate::render::output::{PairsListed, SyncOutcome, Synced};

use super::SCHEMA;
use super::pairs::ListedPair;
use super::written::{Displayed, List, Written, all, every, written, written_filter};

written! { (&Report, PairsListed, Option<&Synced>) as (report, listed, synced) =>
    let facts = &report.facts;
    "schema": SCHEMA,
    "target": Written((&facts.target, facts.target_upstream())),
    "filter"?: shown_part(report),
    "terminals": List(|| report.shown_terminals().into_iter().map(|at| Written((report, at)))),
    "pairs": List(|| pairs(report, listed)),
    "pairs_disjoint": report.judgements.disjoint,
    "findings": List(|| report.shown_findings().map(Written)),
    "dependencies": List(|| {
        let dependencies = facts.book.dependencies.iter();
        dependencies.filter(|state| report.selection.has_story(&state.dependency.story)).map(Written)
    }),
    "merge_points": List(|| {
        let is_shown = |point: &&MergePointState| report.shows_any(&[&point.from[..], &point.to[..]].concat());
        report.merge_points.iter().filter(is_shown).map(Written)
    }),
    "ready_to_merge": List(|| {
        report.ready.iter().filter(|ready| report.shows_any(&ready.terminals)).map(Written)
    }),
    "progress": List(|| report.shown_progress().map(Written)),
    let next = next_of_all(report, None);
    "next"?: next.as_ref().map(|(terminal, text)| Written((*terminal, text))),
    "sync"?: synced.map(Written),
}

/// The pairs that are listed.
fn pairs(report: &Report, listed: PairsListed) -> Box<dyn Iterator<Item = ListedPair<'_>> + '_> {
    let judgements = &report.judgements;
    let all: Box<dyn Iterator<Item = Cow<TerminalPair>>> = match listed {
        PairsListed::WithMore => Box::new(judgements.pairs.iter().map(Cow::Borrowed)),
        PairsListed::All => Box::new(judgements.all_pairs(&report.facts.terminals)),
    };
    Box::new(all.filter(|pair| report.shows_pair(pair)).map(|pair| ListedPair(report, pair)))
}

/// The filter, and how much it does not show.
fn shown_part(report: &Report) -> Option<impl Serialize> {
    let hidden = [
        ("terminals", report.facts.terminals.len() - report.shown_terminals().len()),
        ("findings", report.findings.len() - report.shown_findings().count()),
    ];
    written_filter(report.selection.filter(), hidden)
}

written! { (&Target, Option<&Upstream>) as (target, upstream) =>
    "name": target.name,
    "ref"?: target.reference,
    "head"?: target.head.map(Displayed),
    "upstream"?: upstream.map(Written),
}

// The branch that another one follows. Without numbers it is gone; they are `null` where they are not known.
written! { &Upstream as upstream =>
    let (ahead, behind) = match upstream.distance {
        UpstreamDistance::Commits { ahead, behind } => (Some(Some(ahead)), Some(Some(behind))),
        UpstreamDistance::Gone => (None, None),
        UpstreamDistance::Unknown => (Some(None), Some(None)),
    };
    "name": upstream.name,
    "gone"?: matches!(upstream.distance, UpstreamDistance::Gone).then_some(true),
    "ahead"?: ahead,
    "behind"?: behind,
    "as_of": upstream.as_of,
}

// Where the work of another clone is noted.
written! { &Elsewhere as elsewhere =>
    "ref": elsewhere.reference,
    "as_of": elsewhere.as_of,
    "machine"?: elsewhere.shared.as_ref().map(|work| &work.machine),
}

// The changes of a synchronization, and the files it wrote.
written! { &Synced as synced =>
    let plan = &synced.plan;
    "dry_run": matches!(synced.outcome, SyncOutcome::DryRun { .. }),
    "files": synced.files,
    "resolved"?: every(&synced.resolved).map(all::<ResolvedFile>),
    "conflicts_appeared": all(&plan.appeared),
    "conflicts_gone": List(|| plan.gone.iter().map(|(key, _)| Written(key))),
    "conflicts_kept": all(&plan.kept),
    "statuses": all(&plan.statuses),
    "dependencies": all(&plan.dependencies),
}

// A file whose merge was not concluded, and what a person has to decide in it.
written! { &ResolvedFile as file =>
    "file": file.name,
    "settled": file.is_settled(),
    "left": all(&file.left),
    "why"?: file.unresolved,
}

// What both sides changed to different values. A side that removed it has no key.
written! { &BothValues as values =>
    "at": values.at,
    "ours"?: values.ours,
    "theirs"?: values.theirs,
}

// A conflict as the tracking files record it.
written! { &ConflictKey as key =>
    "type": key.kind,
    "file": key.file,
    "terminals": key.terminals,
    "target"?: key.target,
}

// A status that changed. Its reason is `null` where there is nothing to wait for.
written! { &StatusChange as change =>
    "of": change.of,
    "file": change.file,
    "from": change.from,
    "to": change.to,
    "reason": change.reason,
}

// One terminal at a glance.
written! { &StatusLine as line =>
    "schema": SCHEMA,
    "terminal": line.terminal,
    "target": line.target,
    "conflicts": line.conflicts,
    "conflicts_with_target": line.with_target,
    "first": line.first,
    "unknown": line.unknown,
    "breaks": line.breaks,
    "behind": line.behind,
    "in_progress"?: line.in_progress.as_ref(),
    "terminals": line.terminals,
    "ready": line.ready,
    "as_of": line.as_of,
}
