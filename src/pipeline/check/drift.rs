//! The checked work against the target.

use crate::merge::{Commits, entry_at};
use crate::model::{CheckQuestion, DriftPath, Known, Snapshot};
use crate::pipeline::Workspace;

use super::excerpts::lines_of;
use super::own::Own;

impl Workspace {
    /// Where the checked work conflicts with the target, of the paths that are asked for.
    pub(super) fn drift_paths(
        &self,
        snapshot: &Snapshot,
        own: &Own,
        question: &CheckQuestion,
    ) -> Known<Vec<DriftPath>> {
        let Some(drift) = snapshot.verdicts.drift.get(&own.place) else { return Known::Known(Vec::new()) };
        let outcome = match &drift.work {
            Known::Known(outcome) => outcome,
            Known::Unknown(reason) => return Known::Unknown(reason.clone()),
        };
        let committed = drift.committed.known().map_or(&[][..], |outcome| &outcome.conflicts[..]);
        let asked = outcome.conflicts.iter().filter(|conflict| own.is_asked(question, conflict.paths()));
        if let (Some((path, reason)), true) = (outcome.undecided.first(), outcome.conflicts.is_empty()) {
            return Known::unknown(format!("{path}: {reason}"));
        }
        let store = self.repository.store();
        let tree = self.target.head.and_then(|head| store.commit(head).ok()).map(|facts| facts.tree);
        Known::Known(
            asked
                .map(|conflict| DriftPath {
                    path: conflict.path.clone(),
                    also: conflict.also.clone(),
                    kind: conflict.kind,
                    own_lines: conflict.theirs.clone(),
                    target_lines: conflict.ours.clone(),
                    certain: committed.iter().any(|known| known.path == conflict.path),
                    excerpts: tree
                        .and_then(|tree| entry_at(&store, tree, &conflict.path).ok()?)
                        .map(|entry| lines_of(&store, entry.oid, &conflict.ours, &[]))
                        .unwrap_or_default(),
                })
                .collect(),
        )
    }
}
