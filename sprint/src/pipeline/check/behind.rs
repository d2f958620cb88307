//! What the target did to the files that are asked for since the checked work branched off, also where the two merge.

use crate::git::Store;
use crate::interaction::cached_diff;
use crate::merge::RawChange;
use crate::merge::{Commits, Objects, is_binary, line_hunks};
use crate::model::{CheckQuestion, Entry, Hunk, Lines, TargetChange, Work};
use crate::pipeline::Workspace;

use super::excerpts::lines_of;
use super::own::Own;

/// Larger files are told without their lines.
const LARGEST: u64 = 8 << 20;

/// Nothing where nothing is asked for by its path, or that cannot be told.
pub(super) fn target_changes(
    workspace: &Workspace,
    own: &Own,
    question: &CheckQuestion,
) -> Vec<TargetChange> {
    let is_asked = match question.work {
        Work::All | Work::Edited(_) => !question.paths.is_empty(),
        Work::Staged { .. } | Work::Commit(_) => false,
    };
    let tip = &own.standing;
    let (Some(base), Some(target)) = (tip.base, workspace.target.tree) else { return Vec::new() };
    if !is_asked || tip.behind == 0 {
        return Vec::new();
    }
    let store = workspace.repository.store();
    let since =
        store.commit(base).and_then(|base| cached_diff(workspace.kept.merges(), &store, base.tree, target));
    let Ok(since) = since else { return Vec::new() };
    let changes =
        since.changes.iter().filter(|change| question.paths.iter().any(|path| change.path.is_within(path)));
    // what the work has by now as the target has it needs no word
    let differs = |change: &&RawChange| {
        let now = own.judged.changes.at(&change.path);
        now.is_none_or(|own| own.new != change.new)
    };
    let told = changes.filter(differs).map(|change| {
        let lines = lines(&store, change.old, change.new);
        TargetChange {
            path: change.path.clone(),
            is_new: change.old.is_none(),
            is_gone: change.new.is_none(),
            own: own.judged.changes.at(&change.path).is_some(),
            excerpts: change.new.map(|entry| lines_of(&store, entry.oid, &lines)).unwrap_or_default(),
            lines,
        }
    });
    told.collect()
}

/// The lines that differ, in the new version; none where these are no two texts.
fn lines(store: &Store, old: Option<Entry>, new: Option<Entry>) -> Vec<Lines> {
    let text = |entry: Entry| {
        let is_small = store.blob_size(entry.oid).is_ok_and(|size| size <= LARGEST);
        let content = (is_small && entry.kind.is_file()).then(|| store.blob(entry.oid).ok()).flatten()?;
        (!is_binary(&content)).then_some(content)
    };
    let (Some(old), Some(new)) = (old.and_then(text), new.and_then(text)) else { return Vec::new() };
    line_hunks(&old, &new).iter().map(Hunk::lines).collect()
}
