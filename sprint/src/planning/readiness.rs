//! What can be merged now.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    DependencyStatus, Evidence, Facts, Finding, Known, LeftOut, Link, MergePointState, MergePointStatus,
    Mode, PlaceId, Ready, Severity, Standing, StoryId, Terminal, Tip, TrackingFile, Waiting, natural_order,
    shown_name,
};

use super::dependencies::merge_unknown;
use super::merge_points::{arrow, with_work};
use super::order::{Candidates, OrderOptions, OrderQuestion};
use super::relink::lost_work;
use super::story_cycles::StoryCycles;

/// The standing of every terminal: one decision, which all outputs share. The merge order decides it
/// for work that git shows, the declarations for terminals that are not linked to git.
pub struct Readiness<'a> {
    facts: &'a Facts,
    findings: &'a [Finding],
    standings: Vec<Standing>,
}

impl<'a> Readiness<'a> {
    /// Decides it.
    pub fn new(facts: &'a Facts, findings: &'a [Finding]) -> Readiness<'a> {
        let is_unrelated =
            |tip: &Known<Tip>| tip.known().is_some_and(|tip| tip.is_unrelated_to(&facts.target));
        let unrelated: Vec<PlaceId> =
            (0..facts.places.len()).filter(|place| is_unrelated(&facts.tips[*place])).collect();
        let question = OrderQuestion {
            facts,
            options: &OrderOptions::default(),
            unreadable: &[],
            unrelated: &unrelated,
            is_ambiguous: &|_| false,
        };
        // without sessions there is no story that could be ready
        let registered = facts.terminals.iter().any(|terminal| !terminal.sessions.is_empty());
        let candidates = if registered { Candidates::new(&question) } else { Candidates::default() };
        let standing = |terminal| standing(facts, &candidates, terminal);
        Readiness { facts, findings, standings: facts.terminals.iter().map(standing).collect() }
    }

    /// The standing of the terminals, in the order of the facts.
    pub fn standings(self) -> Vec<Standing> {
        self.standings
    }

    fn of(&self, terminal: &Terminal) -> &Standing {
        let at = self.facts.terminals.iter().position(|known| std::ptr::eq(known, terminal));
        at.map_or(&Standing::NothingToMerge, |at| &self.standings[at])
    }

    /// Those of these terminals whose work is still to be merged, if all of it can be merged now.
    fn open<'b>(&self, terminals: &[&'b Terminal]) -> Option<Vec<&'b Terminal>> {
        let mut open = Vec::new();
        for terminal in terminals {
            match self.of(terminal) {
                Standing::Ready => open.push(*terminal),
                Standing::NothingToMerge => {}
                Standing::Held(_) => return None,
            }
        }
        (!open.is_empty() && nothing_open(self.facts, terminals, self.findings)).then_some(open)
    }
}

fn standing(facts: &Facts, candidates: &Candidates, terminal: &Terminal) -> Standing {
    if let Some(lost) = lost_work(terminal, facts) {
        return Standing::Held(lost);
    }
    let tip = facts.own_tip(terminal);
    let is_done = tip.is_some_and(|tip| tip.is_settled() && facts.uncommitted(terminal).paths == 0);
    if is_done || (terminal.place().is_none() && terminal.is_merged(None)) {
        return Standing::NothingToMerge;
    }
    let is_it = |left: &&LeftOut| left.terminal == terminal.id && left.story == terminal.story;
    let left_out = candidates.left_out.iter().find(is_it);
    let waits = |waiting: &&Waiting| {
        (&waiting.terminal, &waiting.story) == (&terminal.id, &terminal.story)
            && terminal.place() == Some(waiting.place)
    };
    let waiting = candidates.waiting.iter().find(waits);
    if let (Some(waiting), None) = (waiting, left_out) {
        return Standing::Held(waiting.reason.clone());
    }
    match (&terminal.link, left_out) {
        (Link::Place(_), None) => Standing::Ready,
        (Link::Place(_) | Link::Gone(_), Some(left_out)) => Standing::Held(left_out.reason.clone()),
        (Link::Gone(what), None) => Standing::Held(format!("{what} does not exist")),
        (Link::Declared(_), _) if terminal.is_seen() && !terminal.is_lost() => Standing::NothingToMerge,
        (Link::Declared(_), Some(left_out)) if terminal.is_lost() || has_places(facts) => {
            Standing::Held(left_out.reason.clone())
        }
        (Link::Declared(_), _) => declared_standing(facts, terminal),
    }
}

/// Whether anybody's work has a place of its own: then work without one is missed.
fn has_places(facts: &Facts) -> bool {
    facts.places.iter().any(|place| !place.main)
}

/// Where nobody's work has a place of its own, the declarations say all that is known.
fn declared_standing(facts: &Facts, terminal: &Terminal) -> Standing {
    let book = &facts.book;
    let Some(story) = &terminal.story else { return Standing::Ready };
    let short = story.short();
    if let Some(unknown) = merge_unknown(book, story) {
        return Standing::Held(unknown);
    }
    match book.dependency(story) {
        _ if StoryCycles::of(facts).stops(book, story) => {
            Standing::Held(format!("story {short} waits in a cycle"))
        }
        None => Standing::Ready,
        Some(state) => match (&state.waiting_for[..], state.status) {
            ([needed, ..], _) => {
                Standing::Held(format!("story {short} needs {}, which is not complete", needed.short()))
            }
            ([], DependencyStatus::Unknown) => {
                Standing::Held(format!("whether the stories that {short} needs are complete is unknown"))
            }
            ([], DependencyStatus::Ready | DependencyStatus::Completed | DependencyStatus::Blocked) => {
                Standing::Ready
            }
        },
    }
}

/// `ready_to_merge` of each intra-story file: whether its story is among what can be merged now.
pub fn story_ready(facts: &Facts, ready: &[Ready]) -> BTreeMap<String, bool> {
    let intra = facts.files.iter().filter(|file| file.mode == Mode::Intra);
    let is_ready = |file: &TrackingFile| {
        let story = file.story.as_ref().map(|story| facts.book.index.resolve(story));
        story.is_some() && ready.iter().any(|ready| ready.story == story)
    };
    intra.map(|file| (file.name.clone(), is_ready(file))).collect()
}

/// Whether no finding blocks merging these terminals with each other and into the target.
fn nothing_open(facts: &Facts, terminals: &[&Terminal], findings: &[Finding]) -> bool {
    let ids: BTreeSet<&str> = terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    // a terminal that went on to its next story is not held by what that waits for
    let is_of_other = |finding: &Finding| match &finding.evidence {
        Evidence::Dependency { story, .. } => {
            !terminals.iter().any(|terminal| terminal.story.as_ref() == Some(story))
        }
        Evidence::Conflict { .. }
        | Evidence::Overlap { .. }
        | Evidence::File { .. }
        | Evidence::Session(_)
        | Evidence::Failure { .. }
        | Evidence::Migrations(_)
        | Evidence::Semantic(_)
        | Evidence::Place(_) => false,
    };
    // nor by what is the matter with that: whether its own part can be merged alone is known by itself
    let went_on = |one: &Terminal| {
        let number = |one: &Terminal| one.own.as_ref().map(|own| own.number);
        // whether it has committed anything by now or not
        let goes_on = |other: &Terminal| {
            other.id == one.id && other.place() == one.place() && number(other) > number(one)
        };
        one.own.is_some() && facts.terminals.iter().any(goes_on)
    };
    let is_of_later = |finding: &Finding| {
        let mut meant = terminals.iter().filter(|one| finding.terminals.contains(&one.id));
        finding.severity >= Severity::Conflict && meant.all(|one| went_on(one))
    };
    !findings.iter().any(|finding| {
        let theirs =
            !finding.terminals.is_empty() && finding.terminals.iter().all(|id| ids.contains(id.as_str()));
        theirs && finding.blocks_merge() && !is_of_other(finding) && !is_of_later(finding)
    })
}

/// What can be merged now: merge points that are reached, then stories whose sessions are all
/// complete, then terminals that belong to neither. What is already in the target is left out.
pub fn ready(points: &[MergePointState], readiness: &Readiness) -> Vec<Ready> {
    let facts = readiness.facts;
    let mut ready = Vec::new();
    for point in points.iter().filter(|point| point.status == MergePointStatus::Reached) {
        let from = terminals_of(facts, &point.from);
        let Some(open) = readiness.open(&from) else { continue };
        let to = terminals_of(facts, &point.to);
        let (text, awaited_by) = match (&from[..], &to[..]) {
            ([from], [to]) => (arrow(from, to), Some(with_work(to))),
            _ => (point.text.clone(), None),
        };
        let terminals = point.from.iter().chain(&point.to).cloned().collect();
        let merges = open.iter().map(|terminal| terminal.id.clone()).collect();
        let text = with_what_came_later(text, &open);
        ready.push(Ready { story: None, terminals, merges, awaited_by, text });
    }
    ready.extend(ready_stories(readiness));
    let alone: Vec<Ready> =
        facts.terminals.iter().filter_map(|one| ready_alone(readiness, one, &ready)).collect();
    ready.extend(alone);
    ready
}

/// A registered terminal that can be merged, and is no part of what can be merged as a whole.
fn ready_alone(readiness: &Readiness, terminal: &Terminal, told: &[Ready]) -> Option<Ready> {
    let place = terminal.place()?;
    let is_told = |other: &Terminal| told.iter().any(|ready| ready.merges.contains(&other.id));
    let facts = readiness.facts;
    let is_meant = |other: &&Terminal| {
        other.place().is_some_and(|at| facts.merged_at(at) == facts.merged_at(place))
            && !other.sessions.is_empty()
            && *readiness.of(other) == Standing::Ready
    };
    let there: Vec<&Terminal> = facts.terminals.iter().filter(is_meant).collect();
    // one merge for all who work in a place
    let is_first = there.first().is_some_and(|first| std::ptr::eq(*first, terminal));
    if !is_first || there.iter().any(|other| is_told(other)) || readiness.open(&there).is_none() {
        return None;
    }
    let text = match &terminal.story {
        Some(story) => format!("{} (part of story {})", shown_name(&terminal.id), story.short()),
        None => shown_name(&terminal.id),
    };
    let terminals = vec![terminal.id.clone()];
    let text = with_what_came_later(text, &there);
    Some(Ready { story: None, merges: terminals.clone(), terminals, awaited_by: None, text })
}

fn ready_stories(readiness: &Readiness) -> Vec<Ready> {
    let facts = readiness.facts;
    let mut stories: Vec<&StoryId> =
        facts.terminals.iter().filter_map(|terminal| terminal.story.as_ref()).collect();
    stories.sort_by(|a, b| natural_order(a.as_str(), b.as_str()));
    stories.dedup();
    let mut ready = Vec::new();
    for story in stories {
        let of_story = facts.terminals.iter().filter(|terminal| terminal.story.as_ref() == Some(story));
        let of_story: Vec<&Terminal> = of_story.collect();
        // it may have more sessions where a file cannot be read
        let is_whole = !facts.book.unread.iter().any(|file| file.has_sessions() && file.has_work_of(story));
        if !is_whole || !of_story.iter().all(|terminal| terminal.is_complete()) {
            continue;
        }
        if let Some(open) = readiness.open(&of_story) {
            let names: Vec<String> = open.iter().map(|terminal| terminal.id.clone()).collect();
            let text = format!("Story {} ({})", story.short(), names.join(", "));
            let text = with_what_came_later(text, &open);
            let merges = names.clone();
            let story = Some(story.clone());
            ready.push(Ready { story, merges, terminals: names, awaited_by: None, text });
        }
    }
    ready
}

/// What can be merged, with which of it was made after somebody said that it was done.
fn with_what_came_later(text: String, merged: &[&Terminal]) -> String {
    let later = merged.iter().filter_map(|terminal| terminal.went_on_after_completion());
    std::iter::once(text).chain(later).collect::<Vec<_>>().join("; ")
}

fn terminals_of<'a>(facts: &'a Facts, ids: &[String]) -> Vec<&'a Terminal> {
    ids.iter().filter_map(|id| facts.terminals.iter().find(|terminal| terminal.id == *id)).collect()
}
