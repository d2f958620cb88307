//! Several tips merged into the target, one after the other.

mod effect;
mod interactions;

use std::cell::RefCell;

use foldhash::HashMap;

use crate::merge::carried_out::{absent_beside, contents, unsound};
use crate::merge::commits::Commits;
use crate::merge::diff::TreeDiff;
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::recursive::{CommitMerge, Merger, Node};
use crate::merge::renames::trace::RenameSearch;
use crate::merge::trees::{Edits, edit_tree};
use crate::merge::{Missing, Objects, Options};
use crate::model::{Entry, MergeOutcome, Oid, Reason, RepoPath, Sides};

pub use effect::MergeEffect;
use effect::TouchedLines;

/// Merges tips into one target, in any order. For one thread; keeps what it works out.
pub struct Chain<'a> {
    merger: Merger<'a>,
    commits: &'a dyn Commits,
    start: Node,
    touched: RefCell<HashMap<[Entry; 4], TouchedLines>>,
    /// The paths at which git could not carry out the merges of a tip.
    unreadable: RefCell<HashMap<Oid, Vec<(RepoPath, Reason)>>>,
}

/// The target with some tips merged into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TargetState(Node);

impl TargetState {
    /// Its tree.
    pub fn tree(&self) -> Oid {
        self.0.tree
    }
}

/// One more tip merged.
#[derive(Clone, Debug)]
pub struct ChainStep {
    /// The outcome of `git merge`.
    pub outcome: MergeOutcome,
    /// The target after it. Conflicts are resolved in the tip's favor, as by `git merge -X theirs`; a path
    /// that is still unmerged becomes the tip's version, or is removed where the tip has none.
    pub after: TargetState,
    /// The paths that it changed in the target.
    pub edits: Edits,
}

impl<'a> Chain<'a> {
    /// A chain that begins at this target, or at an empty tree without one.
    ///
    /// # Errors
    /// The target cannot be read.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
    ) -> Result<Chain<'a>, Missing> {
        let start = Node::of_target(commits, target)?;
        let merger = Merger::new(objects, commits, options);
        let (touched, unreadable) = Default::default();
        Ok(Chain { merger, commits, start, touched, unreadable })
    }

    /// The target before any merge.
    pub fn start(&self) -> TargetState {
        TargetState(self.start.clone())
    }

    /// The target with these paths changed by merging these tips.
    ///
    /// # Errors
    /// A folder on the way that cannot be read.
    pub fn stage(&self, edits: &Edits, merged: &[Oid]) -> Result<TargetState, Missing> {
        let tree = edit_tree(self.merger.objects(), self.start.tree, edits)?;
        let commits = self.start.commits.iter().chain(merged).copied().collect();
        Ok(TargetState(Node { tree, commits }))
    }

    /// Merges one more tip, on the merge bases with the history that the merges so far would make. A tip
    /// that is already contained changes nothing.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn merge(&self, stage: &TargetState, tip: Oid) -> Result<ChainStep, Missing> {
        Ok(self.merge_and_trace(stage, tip)?.0)
    }

    /// The same, with the searches for renames.
    fn merge_and_trace(
        &self,
        stage: &TargetState,
        tip: Oid,
    ) -> Result<(ChainStep, Option<Sides<RenameSearch>>), Missing> {
        let TargetState(stage) = stage;
        let bases = if stage.commits.is_empty() {
            Vec::new()
        } else {
            self.commits.merge_bases(tip, &stage.commits)?
        };
        let theirs = Node::of_commit(self.commits, tip)?;
        let given = self.merger.options().labels.clone();
        let labels = given.unwrap_or_else(|| ("HEAD".to_string(), tip.to_string()));
        let merge = |favor| {
            let (bases, mode) = (bases.clone(), MergeMode::Write(favor));
            self.merger.merge_on(bases, stage, &theirs, labels.clone(), mode)
        };
        let CommitMerge { mut outcome, searches, .. } = merge(Favor::Neither)?;
        let tree = if outcome.is_clean() { outcome.tree } else { merge(Favor::Theirs)?.outcome.tree };
        let mut commits = stage.commits.clone();
        if !commits.contains(&tip) {
            commits.push(tip);
        }
        let effect = self.merger.diff(stage.tree, tree)?;
        outcome.undecided.extend(self.unreadable(stage, tip, &outcome, &effect)?);
        let edits = effect.changes.iter().map(|change| (change.path.clone(), change.new)).collect();
        let step = ChainStep { outcome, after: TargetState(Node { tree, commits }), edits };
        Ok((step, searches))
    }

    /// The paths at which git could not carry out the merge of a tip, from the first time that it is merged.
    fn unreadable(
        &self,
        stage: &Node,
        tip: Oid,
        outcome: &MergeOutcome,
        effect: &TreeDiff,
    ) -> Result<Vec<(RepoPath, Reason)>, Missing> {
        if let Some(known) = self.unreadable.borrow().get(&tip) {
            return Ok(known.clone());
        }
        let mut found = Vec::new();
        if outcome.is_clean() {
            let objects = self.merger.objects();
            found = unsound(objects, &contents(objects, &effect.changes), false);
            let paths = effect.changes.iter().map(|change| &change.path);
            found.extend(absent_beside(objects, stage.tree, paths)?);
        }
        self.unreadable.borrow_mut().insert(tip, found.clone());
        Ok(found)
    }
}
