//! What the target took back of the work that a step merges: git takes that for merged, so the step leaves it out.

use crate::checks::not_brought_back;
use crate::model::{Facts, MergeOrder};
use crate::pipeline::Workspace;
use crate::pipeline::observe::{commit_tip, reverted_of};

/// Tells each step what of its work the merge does not bring back.
pub(super) fn add_reverted(workspace: &Workspace, facts: &Facts, order: &mut MergeOrder) {
    if facts.reverted.is_empty() {
        return;
    }
    for step in &mut order.steps {
        let places = facts.terminals.iter().filter(|terminal| terminal.id == step.terminal);
        let mut places = places.filter_map(|terminal| terminal.place());
        let Some((place, of_place)) = places.find_map(|place| facts.reverted.get_key_value(&place)) else {
            continue;
        };
        // a step may merge only the first of several stories of a place
        let reverts = match facts.tip_at(*place).is_some_and(|tip| tip.head == Some(step.head)) {
            true => of_place.clone(),
            false => {
                let part = commit_tip(workspace, step.head);
                part.known().map_or(Vec::new(), |tip| reverted_of(workspace, &[tip]).concat())
            }
        };
        step.warnings.extend(not_brought_back(facts, &reverts));
    }
}
