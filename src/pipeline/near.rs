//! What others did, where only what meets one terminal's work counts: their commits, and of their
//! worktrees the few paths that matter. Everything is looked at where that could miss something.

use std::collections::{BTreeSet, HashMap};

use crate::git::{Around, Seen, Store};
use crate::merge::{Commits, Ground, Judge, Missing, Reach, Shift, Stance};
use crate::model::{ChangeSet, Known, Oid, Place, Reason, RepoPath, Tip};

use super::{Workspace, tip_with_lines};

/// Where the target moved or removed more paths than this since a terminal began, all of that
/// terminal's worktree is looked at.
const SHIFTED: usize = 2000;

impl Workspace {
    /// What each place would bring to a merge, as far as it can meet the work of one of them.
    /// `also`: further paths, and folders, that count. With `only`, nothing is asked of the own work
    /// outside of these paths.
    pub(super) fn tips_near(
        &self,
        places: &[Place],
        own: usize,
        judged: &Tip,
        only: Option<&BTreeSet<RepoPath>>,
        also: &[RepoPath],
    ) -> Vec<Known<Tip>> {
        let store = self.repository.store();
        let reach = Judge::new(&store, &store, self.target.head, &self.options).reach(judged);
        let unmoved = self.shift(&store, judged.base).is_ok_and(|shift| shift.removed.is_empty());
        let only = only.filter(|only| unmoved && are_edits(judged, only));
        drop(store);
        let reach = match reach {
            Ok(reach) if !reach.is_anywhere() && also.iter().all(|path| *path != RepoPath::default()) => {
                reach
            }
            Ok(_) | Err(_) => return self.tips(places),
        };
        // a narrow look costs less than a second thread would; the others are shared out
        let mut looking = Looking::new(self, &reach, only, also);
        let looked: Vec<Option<Known<Tip>>> = (0..places.len())
            .map(|at| if at == own { Some(not_asked()) } else { looking.look(&places[at]) })
            .collect();
        drop(looking);
        let unsure = looked.iter().zip(places).filter(|(tip, _)| tip.is_none());
        let unsure: Vec<Place> = unsure.map(|(_, place)| place.clone()).collect();
        let mut in_full = self.tips(&unsure).into_iter();
        looked.into_iter().map(|tip| tip.or_else(|| in_full.next()).unwrap_or_else(not_asked)).collect()
    }

    /// What the target did since a base.
    fn shift(&self, store: &Store, base: Option<Oid>) -> Result<Shift, Missing> {
        let tree = |commit: Oid| Ok::<Oid, Missing>(store.commit(commit)?.tree);
        match (base, self.target.head) {
            (Some(base), Some(target)) if base != target => Shift::between(store, tree(base)?, tree(target)?),
            (None, Some(target)) => Shift::between(store, Oid::EMPTY_TREE, tree(target)?),
            (Some(_) | None, _) => Ok(Shift::default()),
        }
    }
}

/// Whether nothing but edits was done to these paths. What was added or deleted may be one half of a
/// rename, and against another's work its other half may be any path of the own work.
fn are_edits(judged: &Tip, paths: &BTreeSet<RepoPath>) -> bool {
    let mut changes = judged.changes.iter().filter(|change| change.paths().any(|path| paths.contains(path)));
    changes.all(|change| change.from.is_none() && change.old.is_some() && change.new.is_some())
}

fn not_asked() -> Known<Tip> {
    Known::unknown("not looked at")
}

/// The narrow look at all places.
struct Looking<'a> {
    workspace: &'a Workspace,
    reach: &'a Reach,
    only: Option<&'a BTreeSet<RepoPath>>,
    also: &'a [RepoPath],
    store: Store,
    around: Around,
    /// Where others can meet the work, by their base; nothing where that is anywhere.
    grounds: HashMap<Option<Oid>, Option<Ground>>,
}

impl<'a> Looking<'a> {
    fn new(
        workspace: &'a Workspace,
        reach: &'a Reach,
        only: Option<&'a BTreeSet<RepoPath>>,
        also: &'a [RepoPath],
    ) -> Looking<'a> {
        let ignored: Vec<_> = workspace.tracking_dir.clone().into_iter().collect();
        let store = workspace.repository.store();
        let around = Around::new(&ignored);
        Looking { workspace, reach, only, also, store, around, grounds: HashMap::new() }
    }

    /// What a place would bring; nothing where all of it has to be looked at.
    fn look(&mut self, place: &Place) -> Option<Known<Tip>> {
        match self.workspace.repository.observe_head(&self.store, place, &self.workspace.target) {
            Known::Unknown(reason) => Some(Known::Unknown(reason)),
            Known::Known(seen) => match self.near(place, seen) {
                Ok(tip) => tip.map(Known::Known),
                Err(missing) => Some(Known::Unknown(Reason(missing.to_string()))),
            },
        }
    }

    /// What can be told without looking at everything.
    fn near(&mut self, place: &Place, head: Seen) -> Result<Option<Tip>, Missing> {
        self.know_ground(head.base)?;
        let Some(Some(ground)) = self.grounds.get(&head.base) else { return Ok(None) };
        let stance = ground.stance(&self.store, head.base_tree, head.tree)?;
        if stance == Stance::Entangled && place.worktree.is_some() {
            return Ok(None);
        }
        let tree = head.tree;
        let repository = &self.workspace.repository;
        let Some(seen) = repository.observe_near(&self.store, place, head, ground, &self.around) else {
            return Ok(None);
        };
        if stance == Stance::Apart && seen.work_tree == tree {
            return Ok(Some(nothing_that_meets(seen)));
        }
        let wanted = |path: &RepoPath| ground.paths.contains(path);
        tip_with_lines(&self.store, seen, &self.workspace.options, &wanted).map(Some)
    }

    fn know_ground(&mut self, base: Option<Oid>) -> Result<(), Missing> {
        if self.grounds.contains_key(&base) {
            return Ok(());
        }
        let shift = self.workspace.shift(&self.store, base)?;
        let is_known = shift.gone.len() <= SHIFTED;
        let ground = is_known.then(|| {
            let mut ground = self.reach.ground(self.only, &shift);
            ground.paths.extend(self.also.iter().cloned());
            ground
        });
        self.grounds.insert(base, ground);
        Ok(())
    }
}

/// A tip of which nothing counts but its commits' place in the history.
fn nothing_that_meets(seen: Seen) -> Tip {
    Tip {
        head: seen.head,
        base: seen.base,
        ahead: seen.ahead,
        behind: seen.behind,
        contained: seen.contained,
        merged: seen.merged,
        tree: seen.tree,
        work_tree: seen.work_tree,
        committed: ChangeSet::default(),
        changes: ChangeSet::default(),
        uncommitted: seen.uncommitted,
        operation: seen.operation,
        notes: seen.notes,
    }
}
