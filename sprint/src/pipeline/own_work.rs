//! Terminals that share commits which the target lacks: what each did of its own, on top of these.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::Store;
use crate::interaction::{ForkTrees, Judge};
use crate::merge::{self, Missing, entry_at};
use crate::model::{Change, ChangeSet, Entry, Oid, PairJudgement, PlaceId, RepoPath, Terminal, Tip};

/// The files that the terminals of each place declare to work on.
pub(super) struct DeclaredFiles<'a>(BTreeMap<PlaceId, BTreeSet<&'a RepoPath>>);

impl<'a> DeclaredFiles<'a> {
    pub fn of(terminals: &'a [Terminal]) -> DeclaredFiles<'a> {
        let mut declared: BTreeMap<PlaceId, BTreeSet<&RepoPath>> = BTreeMap::new();
        for terminal in terminals {
            let mut files = terminal.declared_files().peekable();
            if let Some(place) = terminal.place().filter(|_| files.peek().is_some()) {
                declared.entry(place).or_default().extend(files);
            }
        }
        DeclaredFiles(declared)
    }

    /// The judgement of two places; where they share commits, with those declared files that each has
    /// changed of its own.
    pub fn told(
        &self,
        judgement: PairJudgement,
        judge: &Judge,
        store: &Store,
        [(place_a, a), (place_b, b)]: [(PlaceId, &Tip); 2],
    ) -> PairJudgement {
        let of = |place| self.0.get(&place).into_iter().flatten().copied();
        let files: BTreeSet<&RepoPath> = of(place_a).chain(of(place_b)).collect();
        if judgement.shared_commits == 0 || files.is_empty() {
            return judgement;
        }
        let grounds = judge.fork_trees(a, b).map(|ForkTrees(grounds)| grounds.map(Some));
        let [ground_a, ground_b] = grounds.unwrap_or_default();
        let own_declared =
            [(a, ground_a), (b, ground_b)].map(|(tip, ground)| own_among(store, tip, ground, &files));
        PairJudgement { own_declared, ..judgement }
    }
}

/// The checked tip and another one that shares commits with it, with nothing but their own work as
/// their changes. Only the paths that are `asked` for, or that the judgement names, have their lines.
/// `None` where that cannot be told apart: then all work since the target counts.
pub(super) fn own_views(
    judge: &Judge,
    store: &Store,
    options: &merge::Options,
    [own, other]: [&Tip; 2],
    judgement: &PairJudgement,
    asked: &dyn Fn(&RepoPath) -> bool,
) -> Option<[Tip; 2]> {
    if judgement.shared_commits == 0 {
        return None;
    }
    let overlaps = judgement.overlaps.iter().flat_map(|one| [Some(&one.path), one.other_path.as_ref()]);
    let conflicts = judgement.conflicts.iter().flat_map(|one| one.paths());
    let named: BTreeSet<&RepoPath> = overlaps.flatten().chain(conflicts).collect();
    let wanted = |path: &RepoPath| asked(path) || named.contains(path);
    let ForkTrees([own_ground, other_ground]) = judge.fork_trees(own, other)?;
    let view = |tip, ground| own_view(store, tip, ground, options, &wanted).ok();
    Some([view(own, own_ground)?, view(other, other_ground)?])
}

/// Those of the files that a tip changed since the ground, or may have; without one, since its base.
fn own_among(
    store: &Store,
    tip: &Tip,
    ground: Option<Oid>,
    files: &BTreeSet<&RepoPath>,
) -> BTreeSet<RepoPath> {
    let is_unread = |path: &RepoPath| tip.changes.at(path).is_some_and(|change| change.layers.unread);
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
pub(super) fn own_view(
    store: &Store,
    tip: &Tip,
    ground: Oid,
    options: &merge::Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<Tip, Missing> {
    let since = |tree| merge::changes_with_lines(store, ground, tree, options, wanted);
    let committed = since(tip.tree)?;
    let all = if tip.is_as_committed() { committed.clone() } else { since(tip.work_tree)? };
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
    for unread in tip.changes.iter().filter(|change| change.layers.unread) {
        match changes.iter_mut().find(|change| change.path == unread.path) {
            Some(change) => {
                change.hunks = unread.hunks.clone();
                change.layers.unread = true;
            }
            None => changes.push(unread.clone()),
        }
    }
    Ok(Tip { committed, changes: ChangeSet::new(changes), ..tip.clone() })
}
