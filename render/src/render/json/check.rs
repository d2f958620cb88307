//! What `check` and the hooks of git answer.

use crate::model::{
    ChangeKind, CheckReport, DriftPath, Encounter, Excerpt, Meeting, Party, Reason, StoryId, TakesBack,
    TargetChange, Turn,
};
use crate::render::human::check::advice;

use super::SCHEMA;
use super::pairs::nearness;
use super::regions::regions;
use super::written::{
    Displayed, List, Written, all, displayed, every, layers, ranges, written, written_filter,
};

// One terminal's work against every other one's and the target.
written! { &CheckReport as report =>
    "schema": SCHEMA,
    "target": report.target,
    "terminal": Written(&report.own),
    "of_upstream"?: report.of_upstream,
    "under_way"?: report.under_way.as_ref().map(Written),
    "filter"?: written_filter(report.selection.filter(), [("found", report.hidden)]),
    "paths": report.paths,
    "missing"?: every(&report.missing).map(displayed),
    "takes_back"?: report.takes_back.as_ref().map(Written),
    "encounters": List(|| report.encounters.iter().map(|encounter| Written((report, encounter)))),
    "drift": report.drift.known().map(|drift| all(drift)),
    "drift_unknown"?: report.drift.reason().map(Displayed),
    "target_changes"?: every(&report.target_changes).map(all),
    "undecided": all(&report.undecided),
    "findings"?: every(&report.findings).map(all),
    "notes": List(|| report.notes.iter().chain(&report.mends)),
}

written! { &TakesBack as takes_back =>
    "made_from": takes_back.files.made_from.to_string(),
    "commits": takes_back.files.commits,
    "paths": List(|| takes_back.files.paths.iter().map(Displayed)),
    "message": takes_back.message(),
    "advice": takes_back.advice(),
}

written! { &Party as party =>
    "id": party.id,
    "story"?: party.story.as_ref().map(StoryId::as_str),
    "focus"?: party.focus,
    "agent"?: party.agent,
    "branch"?: party.branch,
    "worktree"?: party.worktree.as_ref().map(|path| path.to_string_lossy()),
}

written! { (&CheckReport, &Encounter) as (report, encounter) =>
    let meeting = &encounter.meeting;
    "of"?: encounter.of.as_ref().map(Written),
    "terminal": Written(&encounter.other),
    "path": Displayed(&encounter.path),
    "also"?: every(&encounter.also).map(displayed),
    "meeting": meeting.name(),
    "kind"?: match meeting {
        Meeting::Conflict(kind) => Some(kind.name()),
        Meeting::Unknown(_) | Meeting::Claim | Meeting::Overlap(_) | Meeting::TheirsAlone => None,
    },
    "severity": encounter.severity().name(),
    // of an overlap alone, and of that not always known
    let near = match meeting {
        Meeting::Overlap(found) => Some(nearness(*found)),
        Meeting::Conflict(_) | Meeting::Unknown(_) | Meeting::Claim | Meeting::TheirsAlone => None,
    };
    "nearness"?: near.map(|(nearness, _)| nearness),
    "gap"?: near.and_then(|(_, gap)| gap),
    "reason"?: match meeting {
        Meeting::Unknown(reason) => Some(Displayed(reason)),
        Meeting::Conflict(_) | Meeting::Claim | Meeting::Overlap(_) | Meeting::TheirsAlone => None,
    },
    "own_change"?: encounter.own_change.map(ChangeKind::name),
    "other_change"?: encounter.other_change.map(ChangeKind::name),
    "ranges_own": ranges(&encounter.own_lines),
    "ranges_other": ranges(&encounter.other_lines),
    "regions"?: regions(&encounter.regions, ["own", "other"], true),
    "layers": layers(encounter.layers),
    "certain": encounter.certain,
    "standing"?: encounter.pre_existing.then_some(true),
    "first"?: encounter.turn.as_ref().map(Written),
    "excerpts": all(&encounter.excerpts),
    "advice": advice(encounter, report),
}

// Who goes first.
written! { &Turn as turn =>
    "who": if turn.own_first { "own" } else { "other" },
    "reason": turn.reason.of_it(),
    "confidence": turn.confidence,
}

written! { &DriftPath as drift =>
    "path": Displayed(&drift.path),
    "also"?: every(&drift.also).map(displayed),
    "kind": drift.kind.name(),
    "ranges_own": ranges(&drift.own_lines),
    "ranges_target": ranges(&drift.target_lines),
    "regions"?: regions(&drift.regions, ["own", "target"], true),
    "certain": drift.certain,
    "excerpts": all(&drift.excerpts),
}

written! { &TargetChange as change =>
    "path": Displayed(&change.path),
    "new"?: change.is_new.then_some(true),
    "gone"?: change.is_gone.then_some(true),
    "ranges": ranges(&change.lines),
    "excerpts": all(&change.excerpts),
}

written! { &Excerpt as excerpt =>
    "range": [excerpt.lines.start, excerpt.lines.end],
    "text": excerpt.text,
}

written! { &(Party, Reason) as (who, reason) =>
    "terminal": Written(who),
    "reason": Displayed(reason),
}
