//! What can be merged now.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Facts, Finding, Judgements, MergePointState, MergePointStatus, Mode, Ready, StoryBook, StoryId, Terminal,
    natural_order,
};

use super::merge_points::arrow;
use super::order::{Candidates, OrderOptions, OrderQuestion};

/// Completed work that still waits, and so is not ready. The merge order decides it for work that git
/// shows, the dependencies for the rest.
pub struct WaitingWork<'a> {
    candidates: Candidates,
    book: &'a StoryBook,
}

impl<'a> WaitingWork<'a> {
    /// Sorts out who waits.
    pub fn new(facts: &'a Facts) -> WaitingWork<'a> {
        let question = OrderQuestion { facts, options: &OrderOptions::default(), unreadable: &[], idle: &[] };
        // without sessions there is no story that could be ready
        let registered = facts.terminals.iter().any(|terminal| !terminal.sessions.is_empty());
        let candidates = if registered { Candidates::new(&question) } else { Candidates::default() };
        WaitingWork { candidates, book: &facts.book }
    }

    fn holds(&self, terminal: &Terminal) -> bool {
        if self.candidates.waiting.iter().any(|waiting| waiting.terminal == terminal.id) {
            return true;
        }
        let in_order = self.candidates.units.iter().any(|unit| unit.is_called(&terminal.id));
        let waits = |story| {
            let state = self.book.dependency(story);
            state.is_some_and(|state| !state.waiting_for.is_empty()) || self.book.is_in_cycle(story)
        };
        !in_order && terminal.story.as_ref().is_some_and(waits)
    }
}

/// Whether each intra-story file's story is ready to merge: all its sessions are complete, no merge
/// conflict is open among their terminals, none could not be determined, and the story waits for no
/// other one.
pub fn story_ready(
    facts: &Facts,
    judgements: &Judgements,
    findings: &[Finding],
    held: &WaitingWork,
) -> BTreeMap<String, bool> {
    let intra = facts.files.iter().filter(|file| file.mode == Mode::Intra);
    intra
        .map(|file| {
            let terminals: Vec<&Terminal> = facts
                .terminals
                .iter()
                .filter(|terminal| terminal.sessions.iter().any(|session| session.at.file == file.name))
                .collect();
            let complete = file.sessions.iter().all(|session| session.status.is_complete());
            let open = |terminal: &&&Terminal| !is_merged(facts, judgements, terminal);
            let free = !terminals.iter().filter(open).any(|terminal| held.holds(terminal));
            let ready = !file.sessions.is_empty() && complete && free && nothing_open(&terminals, findings);
            (file.name.clone(), ready)
        })
        .collect()
}

/// Whether no finding blocks merging these terminals with each other and into the target.
fn nothing_open(terminals: &[&Terminal], findings: &[Finding]) -> bool {
    let ids: BTreeSet<&str> = terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    !findings.iter().any(|finding| {
        let theirs =
            !finding.terminals.is_empty() && finding.terminals.iter().all(|id| ids.contains(id.as_str()));
        theirs && finding.blocks_merge()
    })
}

/// What can be merged now: merge points that are reached, then stories whose sessions are all
/// complete. What is already in the target is left out.
pub fn ready(
    facts: &Facts,
    judgements: &Judgements,
    points: &[MergePointState],
    findings: &[Finding],
    held: &WaitingWork,
) -> Vec<Ready> {
    let mut ready = Vec::new();
    for point in points.iter().filter(|point| point.status == MergePointStatus::Reached) {
        let from = terminals_of(facts, &point.from);
        let open = || from.iter().filter(|terminal| !is_merged(facts, judgements, terminal));
        if open().count() == 0 || open().any(|terminal| held.holds(terminal)) {
            continue;
        }
        let to = terminals_of(facts, &point.to);
        let text = match (&from[..], &to[..]) {
            ([from], [to]) => arrow(from, to),
            _ => point.text.clone(),
        };
        let terminals = point.from.iter().chain(&point.to).cloned().collect();
        ready.push(Ready { story: None, terminals, text });
    }
    ready.extend(ready_stories(facts, judgements, findings, held));
    ready
}

fn ready_stories(
    facts: &Facts,
    judgements: &Judgements,
    findings: &[Finding],
    held: &WaitingWork,
) -> Vec<Ready> {
    let mut stories: Vec<&StoryId> =
        facts.terminals.iter().filter_map(|terminal| terminal.story.as_ref()).collect();
    stories.sort_by(|a, b| natural_order(a.as_str(), b.as_str()));
    stories.dedup();
    let mut ready = Vec::new();
    for story in stories {
        let of_story = facts.terminals.iter().filter(|terminal| terminal.story.as_ref() == Some(story));
        let of_story: Vec<&Terminal> = of_story.collect();
        let open: Vec<&&Terminal> =
            of_story.iter().filter(|terminal| !is_merged(facts, judgements, terminal)).collect();
        let complete = of_story.iter().all(|terminal| terminal.is_complete());
        let free = !open.iter().any(|terminal| held.holds(terminal));
        if complete && free && !open.is_empty() && nothing_open(&of_story, findings) {
            let names: Vec<String> = open.iter().map(|terminal| terminal.id.clone()).collect();
            let text = format!("Story {} ({})", story.short(), names.join(", "));
            ready.push(Ready { story: Some(story.clone()), terminals: names, text });
        }
    }
    ready
}

fn terminals_of<'a>(facts: &'a Facts, ids: &[String]) -> Vec<&'a Terminal> {
    ids.iter().filter_map(|id| facts.terminals.iter().find(|terminal| terminal.id == *id)).collect()
}

/// Whether the target has all its work already: its commits, or the same changes by other commits.
fn is_merged(facts: &Facts, judgements: &Judgements, terminal: &Terminal) -> bool {
    let drift = terminal.place().and_then(|place| judgements.drift.get(&place));
    let changes_nothing = drift
        .and_then(|drift| drift.committed.known())
        .is_some_and(|outcome| outcome.is_clean() && facts.target.tree == Some(outcome.tree));
    facts.tip(terminal).is_some_and(|tip| (tip.contained || changes_nothing) && !tip.is_dirty())
}
