//! What others did, where only what meets one terminal's work counts: their commits, and of their
//! worktrees the few paths that matter. Everything is looked at where that could miss something.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::git::{Around, Near, Seen, Store};
use crate::merge::{Commits, Judge, Missing, Reach, Shift, Stance};
use crate::model::{ChangeSet, Known, Oid, Place, Reason, RepoPath, Tip};

use super::{Workspace, tip};

/// Where the target moved or removed more paths than this since a terminal began, all of that
/// terminal's worktree is looked at.
const SHIFTED: usize = 2000;

impl Workspace {
    /// What each place would bring to a merge, as far as it can meet the work of one of them.
    /// `also`: further paths, and folders, that count.
    pub(super) fn tips_near(
        &self,
        places: &[Place],
        own: usize,
        judged: &Tip,
        also: &[RepoPath],
    ) -> Vec<Known<Tip>> {
        let store = self.repository.store();
        let reach = Judge::new(&store, &store, self.target.head, &self.options).reach(judged);
        let reach = match reach {
            Ok(reach) if !reach.is_anywhere() && also.iter().all(|path| *path != RepoPath::default()) => {
                reach
            }
            Ok(_) | Err(_) => return self.tips(places),
        };
        let threads = rayon::current_num_threads().min(places.len()).max(1);
        let share = |thread: usize| -> Vec<(usize, Known<Tip>)> {
            let mut looking = Looking::new(self, &reach, also);
            let mine = (thread..places.len()).step_by(threads).filter(|at| *at != own);
            mine.map(|at| (at, looking.look(&places[at]))).collect()
        };
        let mut tips: Vec<Known<Tip>> = places.iter().map(|_| Known::unknown("not looked at")).collect();
        let looked: Vec<(usize, Known<Tip>)> = match threads {
            1 => share(0),
            _ => (0..threads).into_par_iter().flat_map_iter(share).collect(),
        };
        for (at, tip) in looked {
            tips[at] = tip;
        }
        tips
    }
}

/// One thread's share of the places.
struct Looking<'a> {
    workspace: &'a Workspace,
    reach: &'a Reach,
    also: &'a [RepoPath],
    store: Store,
    around: Around,
    /// What the target removed, by the base's tree.
    shifts: HashMap<Oid, Shift>,
}

impl<'a> Looking<'a> {
    fn new(workspace: &'a Workspace, reach: &'a Reach, also: &'a [RepoPath]) -> Looking<'a> {
        let ignored: Vec<_> = workspace.tracking_dir.clone().into_iter().collect();
        let store = workspace.repository.store();
        Looking { workspace, reach, also, store, around: Around::new(&ignored), shifts: HashMap::new() }
    }

    fn look(&mut self, place: &Place) -> Known<Tip> {
        let seen = match self.workspace.repository.observe_head(place, &self.workspace.target) {
            Known::Known(seen) => seen,
            Known::Unknown(reason) => return Known::Unknown(reason),
        };
        match self.near(place, seen) {
            Ok(Some(tip)) => Known::Known(tip),
            Ok(None) => {
                let mut tips = self.workspace.tips(std::slice::from_ref(place));
                tips.pop().unwrap_or_else(|| Known::unknown("it was not observed"))
            }
            Err(missing) => Known::Unknown(Reason(missing.to_string())),
        }
    }

    /// What can be told without looking at everything.
    fn near(&mut self, place: &Place, head: Seen) -> Result<Option<Tip>, Missing> {
        self.know_shift(head.base_tree)?;
        let Some(shift) = self.shifts.get(&head.base_tree) else { return Ok(None) };
        let stance = self.reach.stance(&self.store, head.base_tree, head.tree, shift, self.also)?;
        let near = match stance {
            Stance::Entangled if place.worktree.is_some() => return Ok(None),
            _ if shift.gone.len() > SHIFTED => return Ok(None),
            Stance::Apart | Stance::Plain | Stance::Entangled => self.near_paths(shift),
        };
        let tree = head.tree;
        let repository = &self.workspace.repository;
        let Some(seen) = repository.observe_near(&self.store, place, head, &near, &self.around) else {
            return Ok(None);
        };
        if stance == Stance::Apart && seen.work_tree == tree {
            return Ok(Some(nothing_that_meets(seen)));
        }
        tip(&self.store, seen, &self.workspace.options, self.workspace.memory()).map(Some)
    }

    fn know_shift(&mut self, base: Oid) -> Result<(), Missing> {
        if self.shifts.contains_key(&base) {
            return Ok(());
        }
        let target = match self.workspace.target.head {
            Some(head) => self.store.commit(head)?.tree,
            None => base,
        };
        let shift = Shift::between(&self.store, base, target)?;
        self.shifts.insert(base, shift);
        Ok(())
    }

    fn near_paths(&self, shift: &Shift) -> Near {
        Near {
            paths: self.reach.paths().iter().chain(self.also).chain(&shift.gone).cloned().collect(),
            emptied: self.reach.removed().chain(&shift.removed).cloned().collect(),
            added_to: self.reach.added_to().chain(&shift.added_to).cloned().collect(),
        }
    }
}

/// A tip of which nothing counts but its commits' place in the history.
fn nothing_that_meets(seen: Seen) -> Tip {
    Tip {
        head: seen.head,
        base: seen.base,
        ahead: seen.ahead,
        behind: seen.behind,
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
