//! Completed work that went on: commits that were written after somebody said that it was done.

use chrono::DateTime;

use crate::model::{Facts, Session, Terminal};

use super::Workspace;

/// Counts them for each terminal that is completed. Of terminals that share a place, it is not known whose a commit is: what
/// is there from before the last of them was completed is work of that one.
pub(super) fn mark_going_on(workspace: &Workspace, facts: &mut Facts) {
    let Some(target) = facts.target.head else { return };
    let counts: Vec<usize> = facts
        .terminals
        .iter()
        .map(|terminal| {
            let head = facts.own_tip(terminal).filter(|tip| tip.ahead > 0).and_then(|tip| tip.head);
            let found = head.zip(last_completed(facts, terminal));
            let count = found.and_then(|(head, time)| workspace.repository.written_since(head, target, time));
            count.unwrap_or(0)
        })
        .collect();
    facts.terminals.iter_mut().zip(counts).for_each(|(terminal, count)| terminal.since_completed = count);
}

/// When the last of those who may have made the commits of a terminal was completed; `None` where one of them is not, or it
/// is not known when.
fn last_completed(facts: &Facts, terminal: &Terminal) -> Option<i64> {
    let place = terminal.place()?;
    let may_have_made = |other: &&Terminal| {
        std::ptr::eq(*other, terminal)
            || terminal.own.is_none() && other.own.is_none() && other.place() == Some(place)
    };
    let sessions = facts.terminals.iter().filter(may_have_made).flat_map(|one| &one.sessions);
    let time = |session: &Session| {
        let written = session.completed.as_deref().filter(|_| session.status.is_complete())?;
        Some(DateTime::parse_from_rfc3339(written).ok()?.timestamp())
    };
    let times: Option<Vec<i64>> = sessions.map(time).collect();
    times?.into_iter().max()
}
