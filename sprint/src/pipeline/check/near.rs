//! The work of the other terminals, as far as it can interact with one terminal's: their commits, and the few
//! paths of their worktrees that matter. Where reading only those could miss an interaction, all is read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::git::{Around, HeadFiles, Seen, Store};
use crate::interaction::{ForkTrees, Interaction, Judge, Shared, TargetChanges, TargetMerge, cached_diff};
use crate::merge::{Commits, Missing, entry_at};
use crate::model::{Known, Oid, PathQuery, Place, PlaceId, Reason, RepoPath, Tip};
use crate::pipeline::Workspace;
use crate::pipeline::observe::{tip_with_lines, tips, without_changes};

use super::own::Own;

/// The places whose work is known not to meet the checked one.
pub(super) type Apart = BTreeSet<PlaceId>;

/// Where the target moved or removed more paths than this since a terminal began, all of that
/// terminal's worktree is looked at.
const MOST_REMOVED: usize = 2000;

/// What each place would bring to a merge, as far as it can meet the checked work. `also`: further paths,
/// and folders, that count. With those that cannot meet it at all.
pub(super) fn tips_near(
    workspace: &Workspace,
    places: &[Place],
    own: &Own,
    also: &[RepoPath],
    shared: &Arc<Shared>,
) -> (Vec<Known<Tip>>, Apart) {
    let judged = &own.judged;
    let store = workspace.repository.store();
    let judge = Judge::new(&store, &store, workspace.target.head, &workspace.options);
    let merged = judge.sharing(shared.clone()).merged(judged);
    let unmoved = target_changes(workspace, &store, judged.base)
        .is_ok_and(|changes| changes.removed_folders.is_empty());
    let only = own.only.as_ref().filter(|only| {
        unmoved && [Some(judged), own.before.as_ref()].into_iter().flatten().all(|tip| are_edits(tip, only))
    });
    drop(store);
    let below_the_top = also.iter().all(|path| *path != RepoPath::default());
    // what is committed and taken back meets others where nothing is changed
    let takes_back = judged.committed.iter().any(|change| judged.changes.at(&change.path).is_none());
    // without a commit in common with the target, all files are its own work, also those that both have
    let has_base = judged.base.is_some();
    let merged = match merged {
        Ok(merged) if !merged.touched.is_anywhere() && below_the_top && !takes_back && has_base => merged,
        Ok(_) | Err(_) => return (tips(workspace, places), Apart::new()),
    };
    // reading a few paths costs less than starting a thread; full reads run in parallel
    let mut looking = NarrowLook::new(workspace, judged, &merged, only, also);
    let mut apart = Apart::new();
    let mut looked: Vec<Option<Known<Tip>>> = Vec::new();
    for (at, place) in places.iter().enumerate() {
        workspace.kept.save_so_far();
        looked.push(if at == own.place {
            Some(not_asked())
        } else {
            match looking.look(place) {
                Some(NarrowlySeen::Near(tip)) => Some(tip),
                Some(NarrowlySeen::Apart(tip)) => {
                    apart.insert(at);
                    Some(Known::Known(tip))
                }
                None => None,
            }
        });
    }
    drop(looking);
    let unsure = looked.iter().zip(places).filter(|(tip, _)| tip.is_none());
    let unsure: Vec<Place> = unsure.map(|(_, place)| place.clone()).collect();
    let mut in_full = tips(workspace, &unsure).into_iter();
    let all = looked.into_iter().map(|tip| tip.or_else(|| in_full.next()).unwrap_or_else(not_asked));
    (all.collect(), apart)
}

/// Whether a head shares commits that the target lacks with a tip; true if that cannot be determined.
pub(super) fn share_commits(workspace: &Workspace, store: &Store, tip: &Tip, head: Option<Oid>) -> bool {
    let (Some(own), Some(head), Some(target)) = (tip.work_head, head, workspace.target.head) else {
        return false;
    };
    (tip.ahead > 0 || tip.is_merging()) && store.share_commits([own, head], target).unwrap_or(true)
}

/// What the target did since a base.
fn target_changes(
    workspace: &Workspace,
    store: &Store,
    base: Option<Oid>,
) -> Result<Arc<TargetChanges>, Missing> {
    let tree = |commit: Oid| Ok::<Oid, Missing>(store.commit(commit)?.tree);
    let since = |base, target| TargetChanges::cached(workspace.kept.merges(), store, base, tree(target)?);
    match (base, workspace.target.head) {
        (Some(base), Some(target)) if base != target => since(tree(base)?, target),
        (None, Some(target)) => since(Oid::EMPTY_TREE, target),
        (Some(_) | None, _) => Ok(Arc::default()),
    }
}

/// Whether these paths were only edited. An added or deleted path can be one half of a rename, whose other half
/// can be any path of the checked work.
fn are_edits(tip: &Tip, paths: &BTreeSet<RepoPath>) -> bool {
    let mut changes = tip.changes.iter().filter(|change| change.paths().any(|path| paths.contains(path)));
    changes.all(|change| change.from.is_none() && change.old.is_some() && change.new.is_some())
}

fn not_asked() -> Known<Tip> {
    Known::Unknown(Reason::NotLookedAt)
}

/// Reads only the paths that matter, at every place.
struct NarrowLook<'a> {
    workspace: &'a Workspace,
    judged: &'a Tip,
    merged: &'a TargetMerge,
    only: Option<&'a BTreeSet<RepoPath>>,
    also: &'a [RepoPath],
    store: Store,
    around: Around,
    /// Where others can meet the work, by their base; nothing where that is anywhere.
    queries: HashMap<Option<Oid>, Option<PathQuery>>,
}

impl<'a> NarrowLook<'a> {
    fn new(
        workspace: &'a Workspace,
        judged: &'a Tip,
        merged: &'a TargetMerge,
        only: Option<&'a BTreeSet<RepoPath>>,
        also: &'a [RepoPath],
    ) -> NarrowLook<'a> {
        let ignored: Vec<_> = workspace.tracking_dir.clone().into_iter().collect();
        let store = workspace.repository.store();
        let around = Around::new(&workspace.repository, &ignored);
        NarrowLook { workspace, judged, merged, only, also, store, around, queries: HashMap::new() }
    }

    /// What a place would bring; nothing where all of it has to be looked at.
    fn look(&mut self, place: &Place) -> Option<NarrowlySeen> {
        let unknown = |reason| Some(NarrowlySeen::Near(Known::Unknown(reason)));
        let Workspace { repository, target, .. } = self.workspace;
        match repository.observe_listed_head(&self.store, place, target, &self.around) {
            Known::Unknown(reason) => unknown(reason),
            Known::Known(seen) => self.near(place, seen).unwrap_or_else(|missing| unknown(missing.into())),
        }
    }

    /// What can be determined without reading everything.
    fn near(&mut self, place: &Place, head: Seen) -> Result<Option<NarrowlySeen>, Missing> {
        self.know_query(head.base)?;
        let Some(Some(query)) = self.queries.get(&head.base) else { return Ok(None) };
        let diff = cached_diff(self.workspace.kept.merges(), &self.store, head.base_tree, head.tree)?;
        let mut interaction = query.interaction(&diff);
        let mut widened = None;
        if head.ahead > 0 && share_commits(self.workspace, &self.store, self.judged, head.head) {
            let Some((wide, more)) = self.on_shared_commits(&head)? else { return Ok(None) };
            interaction = more.max(wide.interaction(&diff));
            widened = Some(wide);
        }
        let query = widened.as_ref().unwrap_or(query);
        // where the target moved files since, which of them git pairs may depend on any path of the other
        let is_moved = || {
            let changes = target_changes(self.workspace, &self.store, head.base);
            changes.map_or(true, |changes| !changes.removed.is_empty())
        };
        let is_anywhere =
            interaction == Interaction::Structural || interaction != Interaction::None && is_moved();
        if is_anywhere && place.worktree.is_some() {
            return Ok(None);
        }
        let tree = head.tree;
        let repository = &self.workspace.repository;
        let files = HeadFiles { base: head.base_tree, diff: &diff };
        let head = (head, Some(files));
        let Some(seen) = repository.observe_near(&self.store, place, head, query, &self.around) else {
            return Ok(None);
        };
        if interaction == Interaction::None && seen.work_tree == tree {
            return Ok(Some(NarrowlySeen::Apart(without_changes(seen))));
        }
        let wanted = |path: &RepoPath| query.paths.contains(path);
        let tip = tip_with_lines(self.workspace, &self.store, seen, &wanted)?;
        Ok(Some(NarrowlySeen::Near(Known::Known(tip))))
    }

    /// Where one that shares commits with the own work can meet it, what each did on top of these
    /// included, and how its commits on top of them stand there; nothing where that is anywhere.
    fn on_shared_commits(&self, head: &Seen) -> Result<Option<(PathQuery, Interaction)>, Missing> {
        let Workspace { target, options, .. } = self.workspace;
        let judge = Judge::new(&self.store, &self.store, target.head, options);
        let other = without_changes(head.clone());
        let Some(ForkTrees([own_base, base])) = judge.fork_trees(self.judged, &other) else {
            return Ok(None);
        };
        let is_edit = |path: &RepoPath| {
            let at = |tree| entry_at(&self.store, tree, path);
            Ok::<bool, Missing>(at(own_base)?.is_some() && at(self.judged.work_tree)?.is_some())
        };
        let mut only = self.only;
        for path in self.only.into_iter().flatten() {
            if !is_edit(path)? {
                only = None;
            }
        }
        let Some(mut query) = self.query(only, head.base)? else { return Ok(None) };
        query.widen(&self.store, only, own_base, self.judged.work_tree)?;
        let since_fork = cached_diff(self.workspace.kept.merges(), &self.store, base, head.tree)?;
        let interaction = query.interaction(&since_fork);
        Ok(Some((query, interaction)))
    }

    fn know_query(&mut self, base: Option<Oid>) -> Result<(), Missing> {
        if self.queries.contains_key(&base) {
            return Ok(());
        }
        let query = self.query(self.only, base)?;
        self.queries.insert(base, query);
        Ok(())
    }

    /// Where others can meet the work whose own begins at this base; nothing where that is anywhere.
    fn query(
        &self,
        only: Option<&BTreeSet<RepoPath>>,
        base: Option<Oid>,
    ) -> Result<Option<PathQuery>, Missing> {
        let changes = target_changes(self.workspace, &self.store, base)?;
        let is_known = changes.removed.len() <= MOST_REMOVED;
        Ok(is_known.then(|| {
            let mut query = self.merged.touched.query(only, &changes);
            query.paths.extend(self.also.iter().cloned());
            query
        }))
    }
}

/// What reading only the paths that matter showed of a place.
enum NarrowlySeen {
    /// What of it is near.
    Near(Known<Tip>),
    /// That it cannot meet the work.
    Apart(Tip),
}
