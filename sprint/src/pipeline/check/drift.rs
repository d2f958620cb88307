//! The checked work against the target.

use crate::merge::{Commits, entry_at};
use crate::model::{CheckQuestion, ConflictPath, DriftPath, Judgements, Known, told_once};
use crate::pipeline::Workspace;

use super::excerpts::lines_of;
use super::own::Own;

/// Where the checked work conflicts with the target, of the paths that are asked for.
pub(super) fn drift_paths(
    workspace: &Workspace,
    judgements: &Judgements,
    own: &Own,
    question: &CheckQuestion,
    is_own: &dyn Fn(&ConflictPath) -> bool,
) -> Known<Vec<DriftPath>> {
    let Some(drift) = judgements.drift.get(&own.place) else { return Known::Known(Vec::new()) };
    let outcome = match &drift.work {
        Known::Known(outcome) => outcome,
        Known::Unknown(reason) => return Known::Unknown(reason.clone()),
    };
    let asked = told_once(&outcome.conflicts)
        .into_iter()
        .filter(|conflict| own.is_asked(question, conflict.paths()) && is_own(conflict));
    if let (Some((path, reason)), true) = (outcome.undecided.first(), outcome.conflicts.is_empty()) {
        return Known::Unknown(reason.at(path));
    }
    let store = workspace.repository.store();
    let tree = workspace.target.head.and_then(|head| store.commit(head).ok()).map(|facts| facts.tree);
    let paths = asked.map(|conflict| DriftPath {
        path: conflict.path.clone(),
        also: conflict.other_paths().cloned().collect(),
        kind: conflict.kind,
        own_lines: conflict.theirs.clone(),
        target_lines: conflict.ours.clone(),
        regions: conflict.clone().swapped().regions,
        certain: conflict.certain,
        excerpts: tree
            .and_then(|tree| entry_at(&store, tree, &conflict.path).ok()?)
            .map(|entry| lines_of(&store, entry.oid, &conflict.ours))
            .unwrap_or_default(),
    });
    Known::Known(paths.collect())
}
