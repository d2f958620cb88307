//! What is checked: a terminal's work as it is, or as it would be.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::Failure;
use crate::merge::Commits;
use crate::model::{CheckQuestion, EditedFile, Known, Oid, Place, PlaceId, Reason, RepoPath, Tip, Work};
use crate::pipeline::Workspace;

/// What is checked.
pub(super) struct Own {
    pub place: PlaceId,
    /// What the place has now: its commits decide who goes first.
    pub standing: Tip,
    /// What is held against the others.
    pub judged: Tip,
    /// The commits that the judged one merges, beside the head.
    pub merged: Vec<Oid>,
    /// Where the judged one is still to be made: the paths that it changes, with all their names.
    /// Nothing else is asked for.
    pub only: Option<BTreeSet<RepoPath>>,
}

impl Own {
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
        let is_named = |path: &RepoPath| question.paths.iter().any(|asked| path.is_within(asked));
        let is_changed = |path: &RepoPath| self.only.as_ref().is_none_or(|only| only.contains(path));
        (question.paths.is_empty() || paths.clone().any(is_named)) && paths.clone().any(is_changed)
    }
}

/// These paths with all names that renames give them.
fn with_all_names(paths: BTreeSet<RepoPath>, tip: &Tip) -> BTreeSet<RepoPath> {
    let mut all = paths;
    for change in &tip.changes {
        if change.paths().any(|path| all.contains(path)) {
            all.extend(change.paths().cloned());
        }
    }
    all
}

impl Workspace {
    /// What is checked of a place.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn own(&self, place: &Place, id: PlaceId, work: &Work) -> Result<Own, Failure> {
        let own = match work {
            Work::All => self.all_work(place, id),
            Work::Staged { index, merging } => self.staged_work(place, id, index.as_deref(), merging),
            Work::Edited(files) => self.edited_work(place, id, files),
            Work::Commit(commit) => self.pushed_work(place, id, *commit),
        };
        own.map_err(|reason| Failure::new(format!("the work of {} cannot be read: {reason}", place.name)))
    }

    fn all_work(&self, place: &Place, id: PlaceId) -> Result<Own, Reason> {
        let mut seen = self.tips(std::slice::from_ref(place));
        let found = seen.pop().unwrap_or_else(|| Known::unknown("it was not observed"));
        let judged = found.determined()?;
        Ok(Own { place: id, standing: judged.clone(), judged, merged: Vec::new(), only: None })
    }

    fn staged_work(
        &self,
        place: &Place,
        id: PlaceId,
        index: Option<&Path>,
        merging: &[Oid],
    ) -> Result<Own, Reason> {
        let next = self.repository.observe_next_commit(place, index, merging, &self.target);
        let (seen, commit) = next.determined()?;
        let store = self.repository.store();
        let facts = Known::from(store.commit(commit)).determined()?;
        let head = seen.head;
        let staged: BTreeSet<RepoPath> = seen.layers.keys().cloned().collect();
        let standing = Known::from(self.tip_with_lines(&store, seen, &|_| false)).determined()?;
        let merged = facts.parents.into_iter().filter(|parent| Some(*parent) != head).collect();
        drop(store);
        let judged = self.commit_tip_with_lines(commit, &|path| staged.contains(path)).determined()?;
        let only = Some(with_all_names(staged, &judged));
        Ok(Own { place: id, standing, judged, merged, only })
    }

    fn edited_work(&self, place: &Place, id: PlaceId, files: &[EditedFile]) -> Result<Own, Reason> {
        let contents: Vec<(RepoPath, Option<&[u8]>)> =
            files.iter().map(|file| (file.path.clone(), file.content.as_deref())).collect();
        let edited = self.repository.observe_edited(place, &contents, &self.target);
        let (seen, commit) = edited.determined()?;
        let standing = Known::from(self.tip(&self.repository.store(), seen)).determined()?;
        let judged = self.commit_tip(commit).determined()?;
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let only = Some(with_all_names(paths, &judged));
        Ok(Own { place: id, standing, judged, merged: Vec::new(), only })
    }

    fn pushed_work(&self, place: &Place, id: PlaceId, commit: Oid) -> Result<Own, Reason> {
        let standing = self.committed_tip(place).determined()?;
        let judged = self.commit_tip(commit).determined()?;
        Ok(Own { place: id, standing, judged, merged: Vec::new(), only: None })
    }
}
