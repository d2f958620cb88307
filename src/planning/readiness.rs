//! What can be merged now.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Finding, MergePointState, MergePointStatus, Mode, Ready, Snapshot, StoryId, Terminal, TrackingFile,
    natural_order,
};

use super::dependencies::StoryBook;
use super::merge_points::arrow;
use super::order::{Candidates, Question};

/// Which completed work still waits, and so is not ready. Of what git shows, the merge order says
/// it; of the rest, the dependencies.
pub struct Held<'a> {
    candidates: Candidates,
    book: &'a StoryBook,
}

impl<'a> Held<'a> {
    /// Sorts out who waits.
    pub fn new(snapshot: &Snapshot, book: &'a StoryBook, files: &[TrackingFile]) -> Held<'a> {
        let question = Question {
            snapshot,
            book,
            files,
            only: &[],
            exclude: &[],
            after: &[],
            unreadable: &[],
            idle: &[],
            explain: None,
        };
        // where nobody is registered, there is no story that could be ready
        let registered = snapshot.terminals.iter().any(|terminal| !terminal.sessions.is_empty());
        let candidates = if registered { Candidates::new(&question) } else { Candidates::default() };
        Held { candidates, book }
    }

    fn holds(&self, terminal: &Terminal) -> bool {
        if self.candidates.waiting.iter().any(|one| one.terminal == terminal.id) {
            return true;
        }
        let in_order = self.candidates.units.iter().any(|unit| unit.is_called(&terminal.id));
        let waits = |story| {
            let state = self.book.dependency(story);
            state.is_some_and(|state| !state.waiting_for.is_empty()) || self.book.is_in_circle(story)
        };
        !in_order && terminal.story.as_ref().is_some_and(waits)
    }
}

/// Whether each intra-story file's story is ready to merge: all its sessions are complete, no merge
/// conflict is open among their terminals, none could not be determined, and the story waits for no
/// other one.
pub fn story_ready(
    files: &[TrackingFile],
    snapshot: &Snapshot,
    findings: &[Finding],
    held: &Held,
) -> BTreeMap<String, bool> {
    let intra = files.iter().filter(|file| file.mode == Mode::Intra);
    intra
        .map(|file| {
            let terminals: Vec<&Terminal> = snapshot
                .terminals
                .iter()
                .filter(|terminal| terminal.sessions.iter().any(|session| session.at.file == file.name))
                .collect();
            let complete = file.sessions.iter().all(|session| session.status.is_complete());
            let open = |terminal: &&&Terminal| !is_merged(snapshot, terminal);
            let free = !terminals.iter().filter(open).any(|terminal| held.holds(terminal));
            let ready = !file.sessions.is_empty() && complete && free && nothing_open(&terminals, findings);
            (file.name.clone(), ready)
        })
        .collect()
}

/// No finding stands against merging these terminals among each other and into the target.
fn nothing_open(terminals: &[&Terminal], findings: &[Finding]) -> bool {
    let ids: BTreeSet<&str> = terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    !findings.iter().any(|finding| {
        let theirs =
            !finding.terminals.is_empty() && finding.terminals.iter().all(|id| ids.contains(id.as_str()));
        theirs && finding.blocks_merge()
    })
}

/// What can be merged now: merge points that are reached, then stories of which all is complete.
/// What is in the target already is not told again.
pub fn ready(
    snapshot: &Snapshot,
    points: &[MergePointState],
    findings: &[Finding],
    held: &Held,
) -> Vec<Ready> {
    let mut ready = Vec::new();
    for point in points.iter().filter(|point| point.status == MergePointStatus::Reached) {
        let from = terminals_of(snapshot, &point.from);
        let open = || from.iter().filter(|terminal| !is_merged(snapshot, terminal));
        if open().count() == 0 || open().any(|terminal| held.holds(terminal)) {
            continue;
        }
        let to = terminals_of(snapshot, &point.to);
        let text = match (&from[..], &to[..]) {
            ([from], [to]) => arrow(from, to),
            _ => point.text.clone(),
        };
        let terminals = point.from.iter().chain(&point.to).cloned().collect();
        ready.push(Ready { story: None, terminals, text });
    }
    ready.extend(ready_stories(snapshot, findings, held));
    ready
}

fn ready_stories(snapshot: &Snapshot, findings: &[Finding], held: &Held) -> Vec<Ready> {
    let mut stories: Vec<&StoryId> =
        snapshot.terminals.iter().filter_map(|terminal| terminal.story.as_ref()).collect();
    stories.sort_by(|a, b| natural_order(&a.0, &b.0));
    stories.dedup();
    let mut ready = Vec::new();
    for story in stories {
        let of_story = snapshot.terminals.iter().filter(|terminal| terminal.story.as_ref() == Some(story));
        let of_story: Vec<&Terminal> = of_story.collect();
        let open: Vec<&&Terminal> =
            of_story.iter().filter(|terminal| !is_merged(snapshot, terminal)).collect();
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

fn terminals_of<'a>(snapshot: &'a Snapshot, ids: &[String]) -> Vec<&'a Terminal> {
    ids.iter().filter_map(|id| snapshot.terminals.iter().find(|terminal| terminal.id == *id)).collect()
}

/// Whether the target has all its work already: its commits, or the same changes by other commits.
fn is_merged(snapshot: &Snapshot, terminal: &Terminal) -> bool {
    let drift = terminal.place().and_then(|place| snapshot.verdicts.drift.get(&place));
    let changes_nothing = drift
        .and_then(|drift| drift.committed.known())
        .is_some_and(|outcome| outcome.is_clean() && snapshot.target.tree == Some(outcome.tree));
    snapshot.tip(terminal).is_some_and(|tip| (tip.contained || changes_nothing) && !tip.is_dirty())
}
