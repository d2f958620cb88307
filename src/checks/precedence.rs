//! Which of two terminals should go first, and how sure that is.

use std::cmp::Ordering;

use crate::model::{Terminal, shown_name};

use super::Facts;

/// Which one goes first, why, and how sure that is.
pub(super) struct Precedence<'a> {
    pub first: &'a Terminal,
    pub second: &'a Terminal,
    /// `terminal-3 waits for it`.
    pub reason: String,
    /// From 0 to 100; at 80 and above it needs no person.
    pub confidence: u8,
}

impl Precedence<'_> {
    /// `Terminal-1 first: Terminal-3 waits for it. Then update Terminal-2 from main.`
    pub fn advice(&self, target: &str) -> String {
        format!(
            "{} first: {}. Then update {} from {target}.",
            shown_name(&self.first.id),
            self.reason,
            shown_name(&self.second.id)
        )
    }
}

/// Dependencies decide first, then completeness, then who is waited for, then declared priority,
/// then the smaller change.
pub(super) fn precedence<'a>(a: &'a Terminal, b: &'a Terminal, facts: &Facts) -> Precedence<'a> {
    let choose = |a_first: bool, reason: String, confidence: u8| {
        let (first, second) = if a_first { (a, b) } else { (b, a) };
        Precedence { first, second, reason, confidence }
    };
    for (waits, needed) in [(a, b), (b, a)] {
        if waits_for(waits, needed, facts) && !waits_for(needed, waits, facts) {
            let reason = format!("{} waits for it", shown_name(&waits.id));
            return choose(std::ptr::eq(needed, a), reason, 90);
        }
    }
    if a.is_complete() != b.is_complete() {
        return choose(a.is_complete(), "its work is completed".to_string(), 80);
    }
    let waiting = |needed: &Terminal, other: &Terminal| -> Vec<String> {
        let others = facts.snapshot.terminals.iter().filter(|one| one.id != needed.id && one.id != other.id);
        others.filter(|one| waits_for(one, needed, facts)).map(|one| shown_name(&one.id)).collect()
    };
    let (for_a, for_b) = (waiting(a, b), waiting(b, a));
    if for_a.len() != for_b.len() {
        let (more, less) = if for_a.len() > for_b.len() { (&for_a, &for_b) } else { (&for_b, &for_a) };
        let only: Vec<&str> = more.iter().filter(|id| !less.contains(id)).map(String::as_str).collect();
        let verb = if only.len() == 1 { "waits" } else { "wait" };
        return choose(for_a.len() > for_b.len(), format!("{} {verb} for it", only.join(" and ")), 75);
    }
    let priority = |terminal: &Terminal| terminal.says(|session| session.priority).unwrap_or(0);
    if priority(a) != priority(b) {
        return choose(priority(a) > priority(b), "it has the higher priority".to_string(), 80);
    }
    let dirty = |terminal: &Terminal| facts.snapshot.tip(terminal).is_some_and(|tip| tip.is_dirty());
    if dirty(a) != dirty(b) {
        return choose(!dirty(a), "all its work is committed".to_string(), 60);
    }
    let size = |terminal: &Terminal| terminal.touched.len();
    match size(a).cmp(&size(b)) {
        Ordering::Less => choose(true, "it touches fewer files".to_string(), 50),
        Ordering::Greater => choose(false, "it touches fewer files".to_string(), 50),
        Ordering::Equal => choose(true, "nothing speaks for the other, so by name".to_string(), 50),
    }
}

/// Whether one terminal waits for another, by `blocked_by` or by its story.
fn waits_for(waits: &Terminal, needed: &Terminal, facts: &Facts) -> bool {
    let by_story = match (&waits.story, &needed.story) {
        (Some(story), Some(needed)) => facts
            .book
            .dependency(story)
            .is_some_and(|state| state.dependency.depends_on.contains(&facts.book.index.resolve(needed))),
        _ => false,
    };
    by_story || waits.blocked_by().any(|id| *id == needed.id)
}
