//! Terminals that wait for each other in a circle, by `blocked_by`.

use crate::model::{Facts, Session, Terminal};

use super::cycles::cycles;

/// Each circle as a walk around it. Who is completed waits as long as its work is still to be merged: the merges go in the
/// order of `blocked_by` too.
pub fn terminal_cycles(facts: &Facts) -> Vec<Vec<String>> {
    let is_open = |session: &&Session| {
        let holds = |terminal: &&Terminal| terminal.holds(&session.at);
        let tip = facts.terminals.iter().find(holds).and_then(|terminal| facts.own_tip(terminal));
        !session.status.is_complete() || tip.is_some_and(|tip| tip.ahead > 0 && !tip.is_settled())
    };
    let sessions = facts.files.iter().flat_map(|file| &file.sessions).filter(is_open);
    let waits: Vec<(String, Vec<String>)> =
        sessions.map(|session| (session.at.terminal.clone(), session.blocked_by.clone())).collect();
    cycles(&waits)
}
