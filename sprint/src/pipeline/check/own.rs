//! What is checked: a terminal's work as it is, or as it would be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::merge::Commits;
use crate::model::{
    CheckQuestion, EditedFile, Facts, Known, Oid, OlderFiles, Place, PlaceId, Reason, RepoPath, Terminal,
    Tip, UnderWay, Work,
};
use crate::pipeline::observe::{commit_tip_with_lines, committed_tip, tip, tip_with_lines};
use crate::pipeline::{Workspace, commit_tip, tips};

/// What is checked.
pub(super) struct Own {
    pub place: PlaceId,
    /// What the place has now.
    pub standing: Tip,
    /// What is held against the others.
    pub judged: Tip,
    /// Where the judged one is still to be made: the same without it.
    pub before: Option<Tip>,
    /// The commits that the target itself is about to merge, beside its head.
    pub merged: Vec<Oid>,
    /// Where the judged one is still to be made: the paths that it changes, with all their names, and later
    /// those where it causes a conflict. Nothing else is asked for.
    pub only: Option<BTreeSet<RepoPath>>,
    /// What it would take back of its own branch.
    pub older: Option<OlderFiles>,
}

impl Own {
    /// What it has and what is held against the others.
    pub fn tips(&mut self) -> impl Iterator<Item = (PlaceId, &mut Tip)> {
        [&mut self.standing, &mut self.judged]
            .into_iter()
            .chain(&mut self.before)
            .map(|tip| (self.place, tip))
    }

    /// Counts what is about to be committed as committed; whether anything is.
    pub fn count_as_committed(&self, question: &CheckQuestion, facts: &mut Facts) -> bool {
        let Some(staged) = self.only.as_ref().filter(|_| matches!(question.work, Work::Staged { .. })) else {
            return false;
        };
        let is_here = |terminal: &&mut Terminal| terminal.place() == Some(self.place);
        let stories = facts.terminals.iter_mut().filter(is_here).filter_map(|terminal| terminal.own.as_mut());
        let place = facts.tips[self.place].known_mut();
        for tip in stories.map(|own| &mut own.tip).chain(place) {
            let is_left = |path: &&RepoPath| {
                let layers = tip.changes.at(path).map(|change| change.layers);
                !staged.contains(*path) || layers.is_some_and(|layers| layers.staged && layers.unstaged)
            };
            let left = tip.uncommitted_paths().filter(is_left).count();
            // what has no commit yet could not be merged before this one
            if tip.head.is_none() || tip.is_settled() {
                *tip = Tip {
                    work_tree: tip.work_tree,
                    changes: tip.changes.clone(),
                    uncommitted: tip.uncommitted,
                    inside: tip.inside.clone(),
                    under_way: tip.under_way.clone(),
                    unmerged: tip.unmerged.clone(),
                    notes: tip.notes.clone(),
                    ..self.judged.clone()
                };
            }
            tip.uncommitted.paths = left;
        }
        true
    }

    /// How many paths the question is about: those of the commit that is still to be made, or of all
    /// the work.
    pub fn paths(&self, question: &CheckQuestion) -> usize {
        let changes = self.judged.changes.iter();
        changes.filter(|change| self.is_asked(question, change.paths())).count()
    }

    /// Whether one of the paths of one thing is asked for.
    pub fn is_asked<'a>(
        &self,
        question: &CheckQuestion,
        paths: impl Iterator<Item = &'a RepoPath> + Clone,
    ) -> bool {
        let is_named = |path: &RepoPath| question.paths.iter().any(|asked| path.meets(asked));
        let is_changed = |path: &RepoPath| self.only.as_ref().is_none_or(|only| only.contains(path));
        (question.paths.is_empty() || paths.clone().any(is_named)) && paths.clone().any(is_changed)
    }
}

/// These paths with all names that renames give them, in any of the tips.
fn with_all_names(paths: BTreeSet<RepoPath>, tips: [&Tip; 2]) -> BTreeSet<RepoPath> {
    let mut all = paths;
    for change in tips.into_iter().flat_map(|tip| &tip.changes) {
        if change.paths().any(|path| all.contains(path)) {
            all.extend(change.paths().cloned());
        }
    }
    all
}

/// What is checked of a place.
///
/// # Errors
/// When it cannot be read.
pub(super) fn own(workspace: &Workspace, place: &Place, id: PlaceId, work: &Work) -> Result<Own, Error> {
    let checked = CheckedPlace { workspace, place, id };
    let own = match work {
        Work::All => checked.all_work(),
        Work::Staged { index, merging } => checked.staged_work(index.as_deref(), merging),
        Work::Edited(files) => checked.edited_work(files),
        Work::Commit(commit) => checked.pushed_work(*commit),
    };
    own.map_err(|reason| Error::UnreadableWork { place: place.name.clone(), reason })
}

/// The place that is looked at.
struct CheckedPlace<'a> {
    workspace: &'a Workspace,
    place: &'a Place,
    id: PlaceId,
}

impl CheckedPlace<'_> {
    fn all_work(&self) -> Result<Own, Reason> {
        let mut seen = tips(self.workspace, std::slice::from_ref(self.place));
        let found = seen.pop().unwrap_or_else(|| Known::unknown("it was not observed"));
        let judged = found.determined()?;
        let older = self.older(judged.work_tree, judged.under_way.as_ref(), &[]);
        Ok(Own { older, ..self.own(judged.clone(), judged) })
    }

    /// What this tree would take back of the branch. What is being reverted is meant to.
    fn older(&self, tree: Oid, under_way: Option<&UnderWay>, merging: &[Oid]) -> Option<OlderFiles> {
        let by_files = under_way.is_none() && merging.is_empty();
        let found = || self.workspace.repository.older_files(self.place, tree, by_files);
        (!under_way.is_some_and(UnderWay::is_away)).then(found).flatten()
    }

    fn staged_work(&self, index: Option<&Path>, merging: &[Oid]) -> Result<Own, Reason> {
        let Workspace { repository, target, .. } = self.workspace;
        let (seen, commit) =
            repository.observe_next_commit(self.place, index, merging, target).determined()?;
        self.workspace.kept.pass_by(seen.work_tree, &[seen.tree]);
        let store = repository.store();
        let facts = Known::from(store.commit(commit)).determined()?;
        let head = seen.head;
        let older = self.older(seen.work_tree, seen.under_way.as_ref(), merging);
        let staged: BTreeSet<RepoPath> = seen.layers.keys().cloned().collect();
        let standing = Known::from(tip_with_lines(self.workspace, &store, seen, &|_| false)).determined()?;
        let is_target = target.branch().is_some_and(|target| self.place.branch.as_deref() == Some(target));
        let merged = facts.parents.into_iter().filter(|parent| is_target && Some(*parent) != head).collect();
        drop(store);
        let is_staged = |path: &RepoPath| staged.contains(path);
        let judged = commit_tip_with_lines(self.workspace, commit, &is_staged).determined()?;
        let before = standing.commits_alone();
        let only = Some(with_all_names(staged, [&before, &judged]));
        Ok(Own { before: Some(before), merged, only, older, ..self.own(standing, judged) })
    }

    fn edited_work(&self, files: &[EditedFile]) -> Result<Own, Reason> {
        let Workspace { repository, target, .. } = self.workspace;
        let contents: Vec<(RepoPath, Option<&[u8]>)> =
            files.iter().map(|file| (file.path.clone(), file.content.as_deref())).collect();
        let ignored: Vec<PathBuf> = self.workspace.tracking_dir.clone().into_iter().collect();
        let seen = repository.observe_edited(self.place, &contents, target, &ignored).determined()?;
        self.workspace.kept.pass_by(seen[1].work_tree, &[seen[1].tree, seen[0].work_tree]);
        let tip = |seen| Known::from(tip(self.workspace, &repository.store(), seen)).determined();
        let [standing, judged] = seen.map(tip);
        let (standing, judged) = (standing?, judged?);
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let before = standing.clone();
        let only = Some(with_all_names(paths, [&before, &judged]));
        Ok(Own { before: Some(before), only, ..self.own(standing, judged) })
    }

    fn pushed_work(&self, commit: Oid) -> Result<Own, Reason> {
        let standing = committed_tip(self.workspace, self.place).determined()?;
        let judged = commit_tip(self.workspace, commit).determined()?;
        Ok(self.own(standing, judged))
    }

    fn own(&self, standing: Tip, judged: Tip) -> Own {
        Own { place: self.id, standing, judged, before: None, merged: Vec::new(), only: None, older: None }
    }
}
