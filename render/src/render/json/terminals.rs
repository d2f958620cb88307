//! What each terminal is, and what git shows of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{
    Change, Hunk, Hunks, Known, Progress, RepoPath, Report, StoryId, Terminal, Tip, Uncommitted,
};
use crate::planning::{next_step, session_progress};
use crate::render::next::{StepText, step_text};

use super::written::{Displayed, List, Written, every, layers, written};

written! { (&Report, usize) as (report, at) =>
    let terminal = &report.facts.terminals[at];
    let decision = report.status(terminal);
    let place = terminal.place().map(|id| &report.facts.places[id]);
    let (tip, unknown) = match terminal.place().map(|id| &report.facts.tips[id]) {
        Some(Known::Known(tip)) => (Some(terminal.own_work().unwrap_or(tip)), None),
        Some(Known::Unknown(reason)) => (None, Some(Cow::Owned(reason.to_string()))),
        None => (None, Some(Cow::Borrowed("not linked to git"))),
    };
    let under_way = tip.and_then(|tip| tip.under_way.as_ref());
    "id": terminal.id,
    "story"?: terminal.story.as_ref().map(StoryId::as_str),
    "file"?: terminal.says(|session| Some(session.at.file.as_str())),
    "status"?: decision.map(|decision| decision.status.written()),
    "reason"?: decision.and_then(|decision| decision.reason.as_deref()),
    "waiting_for"?: decision.and_then(|decision| every(&decision.waiting_for)),
    "focus"?: terminal.focus(),
    "phase"?: terminal.says(|session| session.phase.as_deref()),
    "agent"?: terminal.says(|session| session.agent.as_deref()),
    "current_file"?: terminal.says(|session| session.current_file.as_ref()).map(Displayed),
    "progress"?: terminal.says(session_progress).map(Written),
    "linked": place.is_some(),
    "branch"?: place.and_then(|place| place.branch.as_deref()),
    "remote"?: place.and_then(|place| place.elsewhere.as_ref()).map(Written),
    "upstream"?: report.facts.upstream(terminal).map(Written),
    "worktree"?: place.and_then(|place| Some(place.worktree.as_ref()?.to_string_lossy())),
    "client"?: place.and_then(|place| Some(place.maker?.name())),
    "locked"?: place.and_then(|place| place.locked.as_deref()),
    // a branch without a commit has none; that of a terminal that is not seen is not known
    "head"?: match tip {
        Some(tip) => tip.head.map(|head| Some(Displayed(head))),
        None => Some(None),
    },
    "base"?: tip.and_then(|tip| tip.base).map(Displayed),
    "ahead": tip.map(|tip| tip.ahead),
    "behind": tip.map(|tip| tip.behind),
    "of_upstream"?: terminal.place().and_then(|id| report.facts.of_upstream.get(&id)),
    let merged = match (tip, terminal.place()) {
        (None, Some(_)) => None,
        (None, None) => terminal.is_merged(None).then_some(true),
        (Some(_), _) => Some(terminal.is_merged(tip)),
    };
    "merged": merged,
    "merged_as"?: terminal.merged.filter(|_| merged == Some(true)).map(|merged| merged.how.name()),
    "uncommitted": tip.map(|_| Written(report.facts.uncommitted(terminal))),
    "operation"?: under_way.map(|under_way| under_way.kind.name()),
    "under_way"?: under_way.map(Written),
    let next = next_step(report, at).map(|step| step_text(report, Some(terminal), &step));
    "next"?: next.as_ref().map(|text| Written((None, text))),
    "changes": tip.map(|tip| changes(terminal, tip)),
    // why it is not seen
    "unknown"?: unknown,
}

// What to do next.
written! { (Option<&Terminal>, &StepText) as (terminal, text) =>
    "terminal"?: terminal.map(|terminal| &terminal.id),
    "what": text.what,
    "command"?: text.command,
}

// Done tasks of all tasks.
written! { Progress as progress =>
    "done": progress.done,
    "total": progress.total,
}

written! { Uncommitted as counts =>
    "paths": counts.paths,
    "staged": counts.staged,
    "unstaged": counts.unstaged,
    "untracked": counts.untracked,
}

/// The changes of a place that are the terminal's: in a shared one, those that it touched.
fn changes(terminal: &Terminal, tip: &Tip) -> impl Serialize {
    let mut touched: BTreeMap<&RepoPath, bool> = BTreeMap::new();
    for path in &terminal.touched {
        *touched.entry(&path.path).or_default() |= path.shared;
    }
    let own = tip.changes.iter().filter_map(|change| match touched.get(&change.path) {
        Some(shared) => Some(Written((change, *shared))),
        None if terminal.shares_place => None,
        None => Some(Written((change, false))),
    });
    own.collect::<Vec<_>>()
}

written! { (&Change, bool) as (change, shared) =>
    "path": Displayed(&change.path),
    "kind": change.kind.name(),
    "from"?: change.from.as_ref().map(Displayed),
    "ranges": match &change.hunks {
        Hunks::Unknown(_) => None,
        Hunks::Lines(_) | Hunks::Binary | Hunks::None => Some(List(|| {
            change.hunks.lines().iter().map(Hunk::lines).map(|lines| [lines.start, lines.end])
        })),
    },
    "binary"?: matches!(change.hunks, Hunks::Binary).then_some(true),
    "layers": layers(change.layers),
    "shared"?: shared.then_some(true),
}
