//! Which of two terminals should go first, and how sure that is.

use std::cmp::Ordering;

use crate::model::{FirstFor, Terminal, Tip, natural_order, shown_name};

use crate::checks::CheckInput;

/// Which one goes first, why, and how sure that is.
pub struct Precedence<'a> {
    pub first: &'a Terminal,
    pub second: &'a Terminal,
    pub reason: FirstFor,
    /// From 0 to 100; at 80 and above it needs no person.
    pub confidence: u8,
}

impl Precedence<'_> {
    /// `Terminal-1 first: Terminal-3 waits for it. Then update Terminal-2 from main.`
    pub fn advice(&self, target: &str) -> String {
        format!(
            "{} first: {}. Then update {} from {target}.",
            shown_name(&self.first.id),
            self.reason.of_it(),
            shown_name(&self.second.id)
        )
    }
}

/// Decides by, in this order: where the target is checked out, dependencies, completeness, how many others wait, declared priority,
/// having commits, fewer committed paths, name.
///
/// Only declarations and commits count, so both terminals get the same answer, whatever they stage or
/// edit. Two commits that are each blocked when their terminal has to yield therefore never block each
/// other. Terminals that share a place count as one.
pub fn precedence<'a>(a: &'a Terminal, b: &'a Terminal, input: &CheckInput) -> Precedence<'a> {
    let choose = |a_first: bool, reason: FirstFor, confidence: u8| {
        let (first, second) = if a_first { (a, b) } else { (b, a) };
        Precedence { first, second, reason, confidence }
    };
    let is_at_target =
        |terminal: &Terminal| terminal.place().is_some_and(|place| input.facts.is_at_target(place));
    if is_at_target(a) != is_at_target(b) {
        return choose(is_at_target(a), FirstFor::Target, 80);
    }
    let (crew_a, crew_b) = (crew(a, input), crew(b, input));
    for (waits, needed, a_first) in [(&crew_a, &crew_b, false), (&crew_b, &crew_a, true)] {
        if waits_for(waits, needed, input) && !waits_for(needed, waits, input) {
            let waiting = if a_first { b } else { a };
            return choose(a_first, FirstFor::Awaited(vec![shown_name(&waiting.id)]), 90);
        }
    }
    let is_complete = |crew: &[&Terminal]| crew.iter().all(|terminal| terminal.is_complete());
    if is_complete(&crew_a) != is_complete(&crew_b) {
        return choose(is_complete(&crew_a), FirstFor::Completed, 80);
    }
    let is_of_them = |id: &str| crew_a.iter().chain(&crew_b).any(|terminal| terminal.id == id);
    let waiting = |needed: &[&Terminal]| -> Vec<String> {
        let others = input.facts.terminals.iter().filter(|terminal| !is_of_them(&terminal.id));
        let waiting = others.filter(|other| waits_for(&[other], needed, input));
        waiting.map(|waiting| shown_name(&waiting.id)).collect()
    };
    let (for_a, for_b) = (waiting(&crew_a), waiting(&crew_b));
    if for_a.len() != for_b.len() {
        let (more, less) = if for_a.len() > for_b.len() { (&for_a, &for_b) } else { (&for_b, &for_a) };
        let only: Vec<String> = more.iter().filter(|id| !less.contains(id)).cloned().collect();
        return choose(for_a.len() > for_b.len(), FirstFor::Awaited(only), 75);
    }
    let priority = |crew: &[&Terminal]| {
        crew.iter().filter_map(|terminal| terminal.says(|session| session.priority)).max().unwrap_or(0)
    };
    if priority(&crew_a) != priority(&crew_b) {
        return choose(priority(&crew_a) > priority(&crew_b), FirstFor::Priority, 80);
    }
    let (tip_a, tip_b) = (input.facts.tip(a), input.facts.tip(b));
    let has_commits = |tip: Option<&Tip>| tip.is_some_and(|tip| tip.ahead > 0);
    if has_commits(tip_a) != has_commits(tip_b) {
        return choose(has_commits(tip_a), FirstFor::Committed, 60);
    }
    let size = |tip: Option<&Tip>| tip.map_or(0, |tip| tip.committed.len());
    match size(tip_a).cmp(&size(tip_b)) {
        Ordering::Less => choose(true, FirstFor::Fewer, 50),
        Ordering::Greater => choose(false, FirstFor::Fewer, 50),
        Ordering::Equal => {
            let a_first = by_name(&crew_a, &crew_b) != Ordering::Greater;
            choose(a_first, FirstFor::Name, 50)
        }
    }
}

fn by_name(a: &[&Terminal], b: &[&Terminal]) -> Ordering {
    let name = |crew: &[&Terminal]| crew.first().map_or_else(String::new, |terminal| terminal.id.clone());
    natural_order(&name(a), &name(b))
}

/// All who work in the same place, in natural order; itself where its place is not known.
fn crew<'a>(terminal: &'a Terminal, input: &'a CheckInput) -> Vec<&'a Terminal> {
    let all = input.facts.terminals.iter();
    let there: Vec<&Terminal> =
        all.filter(|other| other.place().is_some() && other.place() == terminal.place()).collect();
    if there.is_empty() { vec![terminal] } else { there }
}

/// Whether someone of one crew waits for someone of another, by `blocked_by` or by the story.
fn waits_for(waits: &[&Terminal], needed: &[&Terminal], input: &CheckInput) -> bool {
    waits.iter().any(|waiting| needed.iter().any(|other| one_waits_for(waiting, other, input)))
}

fn one_waits_for(waits: &Terminal, needed: &Terminal, input: &CheckInput) -> bool {
    let by_story = match (&waits.story, &needed.story) {
        (Some(story), Some(needed)) => input.facts.book.needs(story, needed),
        _ => false,
    };
    by_story || waits.blocked_by().any(|id| *id == needed.id)
}
