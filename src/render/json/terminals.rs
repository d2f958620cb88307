//! What each terminal is, and what git shows of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::model::{self, Hunk, Hunks, Known, Oid, RepoPath, Report, Tip};
use crate::planning::{next_step, session_progress};
use crate::render::next::{StepText, step_text};

use super::written::{Displayed, Each, LayersJson, UnderWayJson, every, story};

/// All terminals of a report.
pub(super) struct TerminalsJson<'a>(pub(super) &'a Report);

impl Serialize for TerminalsJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let TerminalsJson(report) = self;
        serializer.collect_seq((0..report.facts.terminals.len()).map(|at| TerminalJson::new(report, at)))
    }
}

#[derive(Serialize)]
struct TerminalJson<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_file: Option<Displayed<&'a RepoPath>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<TasksJson>,
    linked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worktree: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<&'a str>,
    /// A branch without a commit has none; that of a terminal that is not seen is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Option<Displayed<Oid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Displayed<Oid>>,
    ahead: Option<usize>,
    behind: Option<usize>,
    merged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_as: Option<&'static str>,
    uncommitted: Option<UncommittedJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<UnderWayJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextJson<'a>>,
    changes: Option<ChangesJson<'a>>,
    /// Why it is not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Cow<'a, str>>,
}

impl<'a> TerminalJson<'a> {
    fn new(report: &'a Report, at: usize) -> TerminalJson<'a> {
        let terminal = &report.facts.terminals[at];
        let decision = report.status(terminal);
        let place = terminal.place().map(|id| &report.facts.places[id]);
        let (tip, unknown) = match terminal.place().map(|id| &report.facts.tips[id]) {
            Some(Known::Known(tip)) => (Some(tip), None),
            Some(Known::Unknown(reason)) => (None, Some(Cow::Owned(reason.to_string()))),
            None => (None, Some(Cow::Borrowed("not linked to git"))),
        };
        let under_way = tip.and_then(|tip| tip.under_way.as_ref());
        let merged = match (tip, terminal.place()) {
            (None, Some(_)) => None,
            (None, None) => terminal.is_merged(None).then_some(true),
            (Some(_), _) => Some(terminal.is_merged(tip)),
        };
        TerminalJson {
            id: &terminal.id,
            story: terminal.story.as_ref().map(story),
            file: terminal.says(|session| Some(session.at.file.as_str())),
            status: decision.map(|decision| decision.status.written()),
            reason: decision.and_then(|decision| decision.reason.as_deref()),
            waiting_for: decision.and_then(|decision| every(&decision.waiting_for)),
            focus: terminal.focus(),
            phase: terminal.says(|session| session.phase.as_deref()),
            agent: terminal.says(|session| session.agent.as_deref()),
            current_file: terminal.says(|session| session.current_file.as_ref()).map(Displayed),
            progress: terminal.says(session_progress).map(TasksJson::new),
            linked: place.is_some(),
            branch: place.and_then(|place| place.branch.as_deref()),
            worktree: place.and_then(|place| Some(place.worktree.as_ref()?.to_string_lossy())),
            locked: place.and_then(|place| place.locked.as_deref()),
            head: match tip {
                Some(tip) => tip.head.map(|head| Some(Displayed(head))),
                None => Some(None),
            },
            base: tip.and_then(|tip| tip.base).map(Displayed),
            ahead: tip.map(|tip| tip.ahead),
            behind: tip.map(|tip| tip.behind),
            merged,
            merged_as: terminal.merged.filter(|_| merged == Some(true)).map(|merged| merged.how.name()),
            uncommitted: tip.map(|tip| UncommittedJson::new(tip.uncommitted)),
            operation: under_way.map(|under_way| under_way.kind.name()),
            under_way: under_way.map(UnderWayJson::new),
            next: next_step(report, at)
                .map(|step| NextJson::new(None, step_text(report, Some(terminal), &step))),
            changes: tip.map(|tip| ChangesJson { terminal, tip }),
            unknown,
        }
    }
}

/// What to do next.
#[derive(Serialize)]
pub(super) struct NextJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<&'a str>,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

impl<'a> NextJson<'a> {
    pub(super) fn new(terminal: Option<&'a model::Terminal>, text: StepText) -> NextJson<'a> {
        let StepText { what, command } = text;
        NextJson { terminal: terminal.map(|terminal| terminal.id.as_str()), what, command }
    }
}

/// Done tasks of all tasks.
#[derive(Serialize)]
struct TasksJson {
    done: usize,
    total: usize,
}

impl TasksJson {
    fn new(progress: model::Progress) -> TasksJson {
        TasksJson { done: progress.done, total: progress.total }
    }
}

#[derive(Serialize)]
struct UncommittedJson {
    paths: usize,
    staged: usize,
    unstaged: usize,
    untracked: usize,
}

impl UncommittedJson {
    fn new(counts: model::Uncommitted) -> UncommittedJson {
        let model::Uncommitted { staged, unstaged, untracked, paths } = counts;
        UncommittedJson { paths, staged, unstaged, untracked }
    }
}

/// The changes of a place that are the terminal's: in a shared one, those that it touched.
struct ChangesJson<'a> {
    terminal: &'a model::Terminal,
    tip: &'a Tip,
}

impl Serialize for ChangesJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let mut touched: BTreeMap<&RepoPath, bool> = BTreeMap::new();
        for path in &self.terminal.touched {
            *touched.entry(&path.path).or_default() |= path.shared;
        }
        let own = self.tip.changes.iter().filter_map(|change| match touched.get(&change.path) {
            Some(shared) => Some(ChangeJson::new(change, *shared)),
            None if self.terminal.shares_place => None,
            None => Some(ChangeJson::new(change, false)),
        });
        serializer.collect_seq(own)
    }
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    path: Displayed<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Displayed<&'a RepoPath>>,
    ranges: Option<Each<'a, Hunk, [u32; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<bool>,
    layers: LayersJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<bool>,
}

impl<'a> ChangeJson<'a> {
    fn new(change: &'a model::Change, shared: bool) -> ChangeJson<'a> {
        let (hunks, binary) = match &change.hunks {
            Hunks::Lines(hunks) => (Some(&hunks[..]), None),
            Hunks::None => (Some(&[][..]), None),
            Hunks::Binary => (Some(&[][..]), Some(true)),
            Hunks::Unknown(_) => (None, None),
        };
        let range = |hunk: &Hunk| {
            let lines = hunk.lines();
            [lines.start, lines.end]
        };
        ChangeJson {
            path: Displayed(&change.path),
            kind: change.kind.name(),
            from: change.from.as_ref().map(Displayed),
            ranges: hunks.map(|hunks| Each(hunks, range)),
            binary,
            layers: LayersJson(change.layers),
            shared: shared.then_some(true),
        }
    }
}
