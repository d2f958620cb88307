//! Commits that a session was seen with and that nothing holds any more, though its place is there: its branch was
//! reset or moved by force, and has nothing of its own now.

use crate::merge::Commits;
use crate::model::{Declared, Known, Oid, Place, Session, Tip};

use super::Workspace;

/// Tells of every terminal in a place without work of its own which commit of it is lost. `marked`: what a commit would
/// bring, with what of it is merged.
pub(super) fn mark_lost(
    workspace: &Workspace,
    declared: &mut Declared,
    tips: &[Known<Tip>],
    marked: &dyn Fn(Oid) -> Option<Tip>,
) {
    let Declared { terminals, places, .. } = declared;
    for terminal in terminals.iter_mut() {
        let Some(place) = terminal.place() else { continue };
        let Some(tip) = tips[place].known() else { continue };
        let is_empty = |tip: &Tip| tip.is_settled() && !tip.is_dirty() && tip.under_way.is_none();
        if places[place].elsewhere.is_none() && is_empty(terminal.own_work().unwrap_or(tip)) {
            for session in &mut terminal.sessions {
                session.lost_commit = lost(workspace, session, (&places[place], tips), marked);
            }
        }
    }
}

/// The last commit of a session, where it is lost.
fn lost(
    workspace: &Workspace,
    session: &Session,
    (place, tips): (&Place, &[Known<Tip>]),
    marked: &dyn Fn(Oid) -> Option<Tip>,
) -> Option<Oid> {
    let seen = session.seen_head.filter(|_| session.seen_commits)?;
    if session.seen_merged.is_some_and(|merged| merged.head == seen) {
        return None;
    }
    let last = last_version(workspace, session, place, seen);
    let store = workspace.repository.store();
    let is_held_by = |tip: &Tip| {
        tip.head.is_some_and(|head| store.merge_bases(last, &[head]).is_ok_and(|bases| bases == [last]))
    };
    if tips.iter().filter_map(Known::known).any(is_held_by) || workspace.repository.is_held(last)? {
        return None;
    }
    // what cannot be read cannot be brought back
    let tip = marked(last)?;
    (!tip.is_settled()).then_some(last)
}

/// What became of a commit by what was done on its branch before that was moved elsewhere: amended, rebased, gone on from.
fn last_version(workspace: &Workspace, session: &Session, place: &Place, seen: Oid) -> Oid {
    let Some(branch) = place.branch.as_ref().or(session.seen_branch.as_ref()) else { return seen };
    let moves = workspace.repository.moves_of_branch(branch);
    let Some(at) = moves.iter().rposition(|(id, _)| *id == seen) else { return seen };
    let goes_on = |what: &str| {
        ["commit", "rebase", "merge", "pull", "cherry-pick", "revert", "am"]
            .iter()
            .any(|made| what.starts_with(made))
    };
    let after = moves[at + 1..].iter().take_while(|(_, what)| goes_on(what));
    after.last().map_or(seen, |(id, _)| *id)
}
