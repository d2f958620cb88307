//! What each terminal is, and what git shows of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::model::{self, Hunk, Hunks, Known, Oid, RepoPath, Report, Tip};
use crate::planning::session_progress;

use super::written::{Each, Layers, Text, every, story};

/// All terminals of a report.
pub(super) struct Terminals<'a>(pub(super) &'a Report);

impl Serialize for Terminals<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let Terminals(report) = self;
        serializer.collect_seq(report.facts.terminals.iter().map(|one| Terminal::new(report, one)))
    }
}

#[derive(Serialize)]
struct Terminal<'a> {
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
    current_file: Option<Text<&'a RepoPath>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    linked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worktree: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<&'a str>,
    /// A branch without a commit has none; that of a terminal that is not seen is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Option<Text<Oid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Text<Oid>>,
    ahead: Option<usize>,
    behind: Option<usize>,
    merged: Option<bool>,
    uncommitted: Option<Uncommitted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    changes: Option<Changes<'a>>,
    /// Why it is not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<&'a str>,
}

impl<'a> Terminal<'a> {
    fn new(report: &'a Report, terminal: &'a model::Terminal) -> Terminal<'a> {
        let decision = report.status(terminal);
        let place = terminal.place().map(|id| &report.facts.places[id]);
        let (tip, unknown) = match terminal.place().map(|id| &report.facts.tips[id]) {
            Some(Known::Known(tip)) => (Some(tip), None),
            Some(Known::Unknown(reason)) => (None, Some(reason.0.as_str())),
            None => (None, Some("not linked to git")),
        };
        Terminal {
            id: &terminal.id,
            story: terminal.story.as_ref().map(story),
            file: terminal.says(|session| Some(session.at.file.as_str())),
            status: decision.map(|one| one.status.written()),
            reason: decision.and_then(|one| one.reason.as_deref()),
            waiting_for: decision.and_then(|one| every(&one.waiting_for)),
            focus: terminal.focus(),
            phase: terminal.says(|session| session.phase.as_deref()),
            agent: terminal.says(|session| session.agent.as_deref()),
            current_file: terminal.says(|session| session.current_file.as_ref()).map(Text),
            progress: terminal.says(session_progress).map(Progress::new),
            linked: place.is_some(),
            branch: place.and_then(|place| place.branch.as_deref()),
            worktree: place.and_then(|place| Some(place.worktree.as_ref()?.to_string_lossy())),
            locked: place.and_then(|place| place.locked.as_deref()),
            head: match tip {
                Some(tip) => tip.head.map(|head| Some(Text(head))),
                None => Some(None),
            },
            base: tip.and_then(|tip| tip.base).map(Text),
            ahead: tip.map(|tip| tip.ahead),
            behind: tip.map(|tip| tip.behind),
            merged: tip.map(|tip| terminal.is_merged(tip)),
            uncommitted: tip.map(|tip| Uncommitted::new(tip.uncommitted)),
            operation: tip.and_then(|tip| tip.operation.as_deref()),
            changes: tip.map(|tip| Changes { terminal, tip }),
            unknown,
        }
    }
}

/// Done tasks of all tasks.
#[derive(Serialize)]
struct Progress {
    done: usize,
    total: usize,
}

impl Progress {
    fn new(progress: model::Progress) -> Progress {
        Progress { done: progress.done, total: progress.total }
    }
}

#[derive(Serialize)]
struct Uncommitted {
    paths: usize,
    staged: usize,
    unstaged: usize,
    untracked: usize,
}

impl Uncommitted {
    fn new(counts: model::Uncommitted) -> Uncommitted {
        let model::Uncommitted { staged, unstaged, untracked, paths } = counts;
        Uncommitted { paths, staged, unstaged, untracked }
    }
}

/// The changes of a place that are the terminal's: in a shared one, those that it touched.
struct Changes<'a> {
    terminal: &'a model::Terminal,
    tip: &'a Tip,
}

impl Serialize for Changes<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let mut touched: BTreeMap<&RepoPath, bool> = BTreeMap::new();
        for one in &self.terminal.touched {
            *touched.entry(&one.path).or_default() |= one.shared;
        }
        let own = self.tip.changes.iter().filter_map(|change| match touched.get(&change.path) {
            Some(shared) => Some(Change::new(change, *shared)),
            None if self.terminal.shares_place => None,
            None => Some(Change::new(change, false)),
        });
        serializer.collect_seq(own)
    }
}

#[derive(Serialize)]
struct Change<'a> {
    path: Text<&'a RepoPath>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Text<&'a RepoPath>>,
    ranges: Option<Each<'a, Hunk, [u32; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<bool>,
    layers: Layers,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<bool>,
}

impl<'a> Change<'a> {
    fn new(change: &'a model::Change, shared: bool) -> Change<'a> {
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
        Change {
            path: Text(&change.path),
            kind: change.kind.name(),
            from: change.from.as_ref().map(Text),
            ranges: hunks.map(|hunks| Each(hunks, range)),
            binary,
            layers: Layers(change.layers),
            shared: shared.then_some(true),
        }
    }
}
