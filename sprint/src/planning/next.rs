//! What to do next: about each registered terminal, and first of all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::{
    Evidence, Facts, Known, Link, Place, RepoPath, Report, Severity, Standing, StatusKind, StoryId, Terminal,
    Tip, UnderWay,
};

use super::relink::restoring;
use super::story_cycles::StoryCycles;
use super::terminal_cycles::terminal_cycles;

/// One thing to do, the most urgent kind first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep<'a> {
    /// End what is in progress where the target is checked out.
    EndAtTarget(&'a UnderWay),
    /// Merge it: it is ready.
    Merge,
    /// Commit this many files: the work is completed, or the target's commits are to be taken in.
    Commit(usize),
    /// Take the target's commits in: they conflict.
    Update,
    /// Make its worktree readable.
    Repair,
    /// Its branch has no commits, though its worktree was at one: to bring that back, if it was deleted.
    BringBack,
    /// Tell git where its worktree is, or that it is no more.
    FindAgain(&'a Path),
    /// Look at the merge order.
    Order,
    /// Resolve the conflicts in these files: a commit would take their markers for content.
    Resolve(Vec<&'a RepoPath>),
    /// End what is in progress in its worktree.
    Finish(&'a UnderWay),
    /// Mark it completed: all its tasks are done.
    Complete,
    /// Archive its story: nothing of it is left to merge.
    Archive(&'a StoryId),
    /// Say where its work is: the branch or worktree that it names is gone, or none is known.
    Link(Option<&'a str>),
    /// Begin the work.
    Begin,
    /// Go on with the work until it is completed.
    Work,
    /// Wait for these stories or terminals.
    WaitFor(&'a [String]),
    /// Wait until whoever blocked it by hand says that it goes on.
    Unblock,
    /// Wait: this keeps it from being merged.
    Held(&'a str),
    /// Nothing is left to do, or it is set aside.
    Nothing,
}

impl NextStep<'_> {
    /// Its place among the others: the smaller, the more urgent.
    fn rank(&self) -> u8 {
        match self {
            NextStep::EndAtTarget(_) => 0,
            NextStep::Merge => 1,
            NextStep::Commit(_) => 2,
            NextStep::Update => 3,
            NextStep::Repair | NextStep::BringBack => 4,
            NextStep::FindAgain(_) => 5,
            NextStep::Order => 6,
            NextStep::Resolve(_) | NextStep::Finish(_) => 7,
            NextStep::Complete => 8,
            NextStep::Archive(_) => 9,
            NextStep::Link(_) => 10,
            NextStep::Begin => 11,
            NextStep::Work => 12,
            NextStep::WaitFor(_) => 13,
            NextStep::Unblock => 14,
            NextStep::Held(_) => 15,
            NextStep::Nothing => 16,
        }
    }
}

/// The next step of a terminal, by its index; `None` where it has no session.
pub fn next_step(report: &Report, at: usize) -> Option<NextStep<'_>> {
    let facts = &report.facts;
    let terminal = &facts.terminals[at];
    if terminal.sessions.is_empty() {
        return None;
    }
    if let Some(Known::Unknown(_)) = terminal.place().map(|place| &facts.tips[place]) {
        return Some(NextStep::Repair);
    }
    if let Some(folder) = gone_folder(report, terminal)
        && terminal.place().is_some_and(|place| facts.places[place].moved.is_some())
    {
        return Some(NextStep::FindAgain(folder));
    }
    if terminal.lost_commit().is_some()
        && let Standing::Held(reason) = &report.standings[at]
    {
        return Some(NextStep::Held(reason));
    }
    if facts.tip(terminal).is_some_and(|tip| tip.was_at.is_some()) {
        return Some(NextStep::BringBack);
    }
    // what is in progress there is of whoever went on from it
    let is_over = terminal.is_complete() && facts.part(terminal).is_some();
    let tip = facts.tip(terminal).filter(|_| !is_over);
    let to_resolve = if is_over { Vec::new() } else { facts.to_resolve(terminal) };
    Some(match (tip.and_then(|tip| tip.under_way.as_ref()), terminal.is_complete()) {
        (Some(under_way), _) => NextStep::Finish(under_way),
        (None, _) if !to_resolve.is_empty() => NextStep::Resolve(to_resolve),
        (None, true) => after_completion(report, at),
        (None, false) => until_completion(report, terminal),
    })
}

/// The most urgent step of all, with the terminal that it is about.
pub fn next_of_all(report: &Report) -> Option<(Option<&Terminal>, NextStep<'_>)> {
    let facts = &report.facts;
    let at_target = facts.under_way_at_target().map(|under_way| (None, NextStep::EndAtTarget(under_way)));
    // what waits in a cycle is in no order
    let cycles = StoryCycles::of(facts);
    let of_terminals: Vec<String> = terminal_cycles(facts).concat();
    let is_in_cycle = |place: usize| {
        let there = facts.open_at(place);
        let story = |one: &&Terminal| {
            of_terminals.contains(&one.id)
                || one.story.as_ref().is_some_and(|story| cycles.stops(&facts.book, story))
        };
        !there.is_empty() && there.iter().all(story)
    };
    let is_open = |place: &usize| {
        facts.tip_at(*place).is_some_and(|tip| tip.ahead > 0 && !tip.is_settled()) && !is_in_cycle(*place)
    };
    // one merge brings the work of all worktrees of a branch
    let mut branches = BTreeSet::new();
    let is_first = |place: &usize| {
        let Place { branch, elsewhere, .. } = &facts.places[*place];
        elsewhere.is_some() || branch.as_ref().is_none_or(|branch| branches.insert(branch))
    };
    let with_commits = (0..facts.tips.len()).filter(is_open).filter(is_first).count();
    let order = (with_commits > 1).then_some((None, NextStep::Order));
    let terminals = facts.terminals.iter().enumerate();
    let steps = terminals.filter_map(|(at, terminal)| Some((Some(terminal), next_step(report, at)?)));
    let steps = steps.filter(|(_, step)| *step != NextStep::Nothing);
    at_target.into_iter().chain(order).chain(steps).min_by_key(|(_, step)| step.rank())
}

fn after_completion(report: &Report, at: usize) -> NextStep<'_> {
    let terminal = &report.facts.terminals[at];
    let tip = report.facts.own_tip(terminal);
    let uncommitted = report.facts.uncommitted(terminal).paths;
    // what the rest of the branch conflicts in is of whoever went on from it, who may have resolved what this part does
    let part = report.judgements.part_drift.get(&at).and_then(|drift| drift.work.known());
    let drifts = drifts(report, terminal) && part.is_none_or(|merged| !merged.conflicts.is_empty());
    match &report.standings[at] {
        _ if uncommitted > 0 => NextStep::Commit(uncommitted),
        Standing::Ready | Standing::Held(_) if drifts => update(report, terminal, tip),
        Standing::Ready if terminal.place().is_none() => NextStep::Link(None),
        Standing::Ready => NextStep::Merge,
        Standing::Held(_)
            if terminal.place().is_none() && restoring(terminal, &report.facts.places).is_some() =>
        {
            NextStep::Link(match &terminal.link {
                Link::Gone(what) => Some(what),
                Link::Place(_) | Link::Declared(_) => None,
            })
        }
        Standing::Held(_) if matches!(terminal.link, Link::Declared(_)) && !terminal.is_seen() => {
            NextStep::Link(None)
        }
        Standing::Held(reason) => NextStep::Held(reason),
        Standing::NothingToMerge => {
            let story = terminal.story.as_ref().filter(|story| is_over(report, story));
            story.map_or(NextStep::Nothing, NextStep::Archive)
        }
    }
}

fn until_completion<'a>(report: &'a Report, terminal: &'a Terminal) -> NextStep<'a> {
    let Some(decision) = report.status(terminal) else { return NextStep::Work };
    let tip = report.facts.own_tip(terminal);
    match (&terminal.link, decision.status.kind()) {
        (Link::Gone(_) | Link::Declared(_), _) if terminal.is_merged(None) => NextStep::Complete,
        (Link::Gone(what), _) => NextStep::Link(Some(what)),
        (Link::Place(_) | Link::Declared(_), _) if !decision.waiting_for.is_empty() => {
            NextStep::WaitFor(&decision.waiting_for)
        }
        (_, _) if drifts(report, terminal) => update(report, terminal, tip),
        (_, StatusKind::Blocked) => NextStep::Unblock,
        (_, StatusKind::Inactive) => NextStep::Nothing,
        (Link::Declared(_), _) => NextStep::Link(None),
        (Link::Place(_), StatusKind::Pending) if !tip.is_some_and(Tip::has_begun) => NextStep::Begin,
        (Link::Place(_), _) if is_done(&report.facts, terminal) => NextStep::Complete,
        (Link::Place(_), _) => NextStep::Work,
    }
}

/// Whether all its tasks are done, and its work is committed.
fn is_done(facts: &Facts, terminal: &Terminal) -> bool {
    let mut tasks = terminal.sessions.iter().flat_map(|session| &session.tasks).peekable();
    tasks.peek().is_some()
        && tasks.all(|task| task.done)
        && facts.own_tip(terminal).is_some_and(|tip| tip.ahead > 0)
        && facts.uncommitted(terminal).paths == 0
}

/// The next step towards taking the target's commits in: git refuses to merge over what is uncommitted.
fn update<'a>(report: &'a Report, terminal: &Terminal, tip: Option<&Tip>) -> NextStep<'a> {
    let at_target = report.facts.under_way_at_target();
    match at_target.filter(|under_way| tip.is_some_and(|tip| tip.is_merged_by(under_way))) {
        Some(under_way) => NextStep::EndAtTarget(under_way),
        None => match report.facts.uncommitted(terminal).paths {
            0 if tip.is_some_and(Tip::is_dirty) => {
                NextStep::Held("work of others in its worktree is not committed")
            }
            0 => match gone_folder(report, terminal) {
                Some(folder) => NextStep::FindAgain(folder),
                None => NextStep::Update,
            },
            uncommitted => NextStep::Commit(uncommitted),
        },
    }
}

/// The folder of its worktree, where that does not exist though git still lists it, and there is no other one.
fn gone_folder<'a>(report: &'a Report, terminal: &Terminal) -> Option<&'a Path> {
    let place = terminal.place().map(|place| &report.facts.places[place])?;
    place.deleted.first().filter(|_| place.worktree.is_none()).map(PathBuf::as_path)
}

/// Whether merging it into the target would stop.
fn drifts(report: &Report, terminal: &Terminal) -> bool {
    report.findings.iter().any(|finding| {
        let drift = matches!(finding.evidence, Evidence::Conflict { drift: true, .. });
        drift && finding.severity == Severity::Conflict && finding.terminals.contains(&terminal.id)
    })
}

/// Whether all terminals of a story are completed, and nothing of it is left to merge.
pub fn is_over(report: &Report, story: &StoryId) -> bool {
    let Facts { terminals, .. } = &report.facts;
    let mut all = terminals.iter().zip(&report.standings);
    all.all(|(terminal, standing)| {
        let is_dirty = report.facts.uncommitted(terminal).paths > 0;
        let is_over = terminal.is_complete() && !is_dirty && *standing == Standing::NothingToMerge;
        terminal.story.as_ref() != Some(story) || is_over
    })
}
