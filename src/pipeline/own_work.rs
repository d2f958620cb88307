//! Terminals that share commits which the target lacks: what each did of its own, on top of these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::git::Store;
use crate::interaction::{ForkTrees, Judge, Shared};
use crate::merge::{self, Missing, entry_at};
use crate::model::{
    Change, ChangeSet, Entry, Hunks, Known, Oid, PairJudgement, PlaceId, RepoPath, Terminal, Tip, Verdicts,
};

use super::Workspace;

/// Two tips with nothing but their own work as their changes: the checked one's, and the other's.
pub(super) type Views = BTreeMap<PlaceId, [Tip; 2]>;

impl Workspace {
    /// Says of the files that terminals declare, which of two that share commits has changed them of
    /// its own. What was judged of a place is given by `tip`.
    pub(super) fn tell_own_declared<'t>(
        &self,
        terminals: &[Terminal],
        tip: impl Fn(PlaceId) -> Option<&'t Tip>,
        verdicts: &mut Verdicts,
    ) {
        let mut declared: BTreeMap<PlaceId, BTreeSet<&RepoPath>> = BTreeMap::new();
        for terminal in terminals {
            if let Some(place) = terminal.place() {
                declared.entry(place).or_default().extend(terminal.declared_files());
            }
        }
        declared.retain(|_, files| !files.is_empty());
        if declared.is_empty() {
            return;
        }
        let store = self.repository.store();
        let judge = self.judge_with_memory(&store);
        for (pair, judgement) in verdicts.pairs.iter_mut().filter(|(_, said)| said.shared_commits > 0) {
            let (Some(a), Some(b)) = (tip(*pair.a()), tip(*pair.b())) else { continue };
            let of = |place: &PlaceId| declared.get(place).into_iter().flatten();
            let files: BTreeSet<&RepoPath> = of(pair.a()).chain(of(pair.b())).copied().collect();
            if files.is_empty() {
                continue;
            }
            let grounds = judge.fork_trees(a, b).map(|ForkTrees(grounds)| grounds.map(Some));
            let [ground_a, ground_b] = grounds.unwrap_or_default();
            judgement.own_declared =
                [(a, ground_a), (b, ground_b)].map(|(tip, ground)| own_among(&store, tip, ground, &files));
        }
    }

    fn judge_with_memory<'s>(&'s self, store: &'s Store) -> Judge<'s> {
        let shared = Arc::new(Shared::with(self.memory().clone()));
        Judge::new(store, store, self.target.head, &self.options).sharing(shared)
    }

    /// The checked tip and each other one that shares commits with it, with nothing but their own work
    /// as their changes. Only the paths that are `asked` for, or that a judgement names, have their
    /// lines. What cannot be told apart is left out: then all work since the target counts.
    pub(super) fn own_views<'t>(
        &self,
        judged: &Tip,
        others: impl Iterator<Item = (PlaceId, &'t Tip, &'t PairJudgement)>,
        asked: &dyn Fn(&RepoPath) -> bool,
    ) -> Views {
        let mut views = Views::new();
        let mut sharing = others.filter(|(_, _, said)| said.shared_commits > 0).peekable();
        if sharing.peek().is_none() {
            return views;
        }
        let store = self.repository.store();
        let judge = self.judge_with_memory(&store);
        for (place, other, said) in sharing {
            let overlaps = said.overlaps.iter().flat_map(|one| [Some(&one.path), one.other_path.as_ref()]);
            let conflicts = said.conflicts.iter().flat_map(|one| one.paths());
            let named: BTreeSet<&RepoPath> = overlaps.flatten().chain(conflicts).collect();
            let wanted = |path: &RepoPath| asked(path) || named.contains(path);
            let view = |tip, ground| own_view(&store, tip, ground, &self.options, &wanted).ok();
            let Some(ForkTrees([own_ground, other_ground])) = judge.fork_trees(judged, other) else {
                continue;
            };
            if let (Some(own), Some(other)) = (view(judged, own_ground), view(other, other_ground)) {
                views.insert(place, [own, other]);
            }
        }
        views
    }
}

/// Those of the files that a tip changed since the ground, or may have; without one, since its base.
fn own_among(
    store: &Store,
    tip: &Tip,
    ground: Option<Oid>,
    files: &BTreeSet<&RepoPath>,
) -> BTreeSet<RepoPath> {
    let is_unread = |path: &RepoPath| {
        tip.changes.at(path).is_some_and(|change| matches!(change.hunks, Hunks::Unknown(_)))
    };
    let differs = |path: &RepoPath| match ground {
        None => tip.changes.at(path).is_some(),
        Some(ground) => {
            let at = |tree| entry_at(store, tree, path);
            match (at(ground), at(tip.work_tree)) {
                (Ok(old), Ok(new)) => old != new || is_unread(path),
                (Err(_), _) | (_, Err(_)) => true,
            }
        }
    };
    files.iter().filter(|path| differs(path)).map(|path| (*path).clone()).collect()
}

/// A tip with nothing but what it changed since the ground as its changes.
fn own_view(
    store: &Store,
    tip: &Tip,
    ground: Oid,
    options: &merge::Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<Tip, Missing> {
    let since = |tree| merge::changes_with_lines(store, ground, tree, options, wanted);
    let committed = since(tip.tree)?;
    let all = if tip.work_tree == tip.tree { committed.clone() } else { since(tip.work_tree)? };
    let at = |set: &ChangeSet, path: &RepoPath| -> Option<Entry> { set.at(path)?.new };
    let mut changes: Vec<Change> = Vec::new();
    for change in &all {
        let mut layers = change.layers;
        for known in change.paths().filter_map(|path| tip.changes.at(path)) {
            layers.staged |= known.layers.staged;
            layers.unstaged |= known.layers.unstaged;
            layers.untracked |= known.layers.untracked;
        }
        layers.committed = change.paths().any(|path| committed.at(path).is_some());
        let is_as_committed = at(&committed, &change.path) == change.new && layers.committed;
        // what goes back to the base is no change since that, so where it lives is not noted
        layers.unstaged |= !is_as_committed && !layers.is_uncommitted();
        changes.push(Change { layers, ..change.clone() });
    }
    for unread in tip.changes.iter().filter(|change| matches!(change.hunks, Hunks::Unknown(_))) {
        let is_own = unread.layers.is_uncommitted() || unread.new.is_none();
        match changes.iter_mut().find(|change| change.path == unread.path) {
            Some(change) if is_own => change.hunks = unread.hunks.clone(),
            None if is_own => changes.push(unread.clone()),
            Some(_) | None => {}
        }
    }
    Ok(Tip { committed, changes: ChangeSet::new(changes), ..tip.clone() })
}

/// The tip of a place, where it is known.
pub(super) fn known(tips: &[Known<Tip>], place: PlaceId) -> Option<&Tip> {
    tips.get(place)?.known()
}
