//! Several tips merged into the target, one after the other.

mod bases;
mod effect;
mod file_versions;
mod interactions;

use std::cell::RefCell;
use std::sync::Arc;

use foldhash::HashMap;

use super::judge::{Judge, Shared};
use crate::merge::carried_out::{absent_beside, contents, unsound};
use crate::merge::commits::Commits;
use crate::merge::dependency::{Dependencies, MergeDependency};
use crate::merge::diff::TreeDiff;
use crate::merge::memo::Memo;
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::recursive::{CommitMerge, Merger, Node};
use crate::merge::trees::{Edits, edit_tree};
use crate::merge::{Missing, Objects, Options};
use crate::model::{Entry, MergeOutcome, Oid, Reason, RepoPath};

use effect::TouchedLines;
pub use effect::{MergeEffect, sharers, whose_attributes_concern};

/// So many answers about merge bases are kept.
const MOST_BASES: usize = 20_000;

/// Merges tips into one target, in any order. For one thread; keeps what it works out.
pub struct Chain<'a> {
    judge: Judge<'a>,
    commits: &'a dyn Commits,
    start: Node,
    touched: RefCell<HashMap<[Entry; 4], TouchedLines>>,
    /// The paths at which git could not carry out the merges of a tip.
    unreadable: RefCell<HashMap<Oid, Vec<(RepoPath, Reason)>>>,
    dependencies: RefCell<Dependencies>,
    /// By a tip and the commits of a stage.
    bases: Memo<(Oid, Vec<Oid>), Vec<Oid>>,
    /// What `git merge` is to be given for a tip.
    names: HashMap<Oid, String>,
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
        let judge = Judge::new(objects, commits, target, options);
        let (touched, unreadable, dependencies, names) = Default::default();
        let bases = Memo::new(MOST_BASES);
        Ok(Chain { judge, commits, start, touched, unreadable, dependencies, bases, names })
    }

    /// The same chain, with what judges of the same target and options have worked out for single tips.
    pub fn sharing(self, shared: Arc<Shared>) -> Chain<'a> {
        Chain { judge: self.judge.sharing(shared), ..self }
    }

    /// Names a tip as `git merge` is to be given it; otherwise it goes by its id.
    pub fn name(&mut self, tip: Oid, name: &str) {
        self.names.insert(tip, name.to_string());
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
        let tree = edit_tree(self.merger().objects(), self.start.tree, edits)?;
        let commits = self.start.commits.iter().chain(merged).copied().collect();
        Ok(TargetState(Node { tree, commits }))
    }

    /// Merges one more tip, on the merge bases with the history that the merges so far would make. A tip
    /// that is already contained changes nothing.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn merge(&self, stage: &TargetState, tip: Oid) -> Result<ChainStep, Missing> {
        let mut step = self.settled(stage, tip)?;
        if !step.outcome.is_clean() {
            let stopped = self.merged(stage, tip, Favor::Neither)?.outcome;
            debug_assert_eq!(stopped.conflicts, step.outcome.conflicts, "however they are settled");
            (step.outcome.tree, step.outcome.unmerged) = (stopped.tree, stopped.unmerged);
        }
        Ok(step)
    }

    /// The same, for less, where nobody asks for what `git merge` writes when it stops: the outcome has the tree after
    /// the step.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn settled(&self, stage: &TargetState, tip: Oid) -> Result<ChainStep, Missing> {
        let CommitMerge { mut outcome, is_merged_again, .. } = self.merged(stage, tip, Favor::Theirs)?;
        let tree = outcome.tree;
        if is_merged_again {
            outcome = MergeOutcome { tree, ..self.merged(stage, tip, Favor::Neither)?.outcome };
        }
        let TargetState(stage) = stage;
        let mut commits = stage.commits.clone();
        if !commits.contains(&tip) {
            commits.push(tip);
        }
        let effect = self.merger().diff(stage.tree, tree)?;
        outcome.undecided.extend(self.unreadable(stage, tip, &outcome, &effect)?);
        let edits = effect.changes.iter().map(|change| (change.path.clone(), change.new)).collect();
        Ok(ChainStep { outcome, after: TargetState(Node { tree, commits }), edits })
    }

    /// A merge whose conflicts are settled like this.
    fn merged(
        &self,
        TargetState(stage): &TargetState,
        tip: Oid,
        favor: Favor,
    ) -> Result<CommitMerge, Missing> {
        let theirs = Node::of_commit(self.commits, tip)?;
        let bases = self.merge_bases(&theirs, stage)?;
        let given = self.merger().options().labels.clone();
        let name = || self.names.get(&tip).cloned().unwrap_or_else(|| tip.to_string());
        let labels = given.unwrap_or_else(|| ("HEAD".to_string(), name()));
        let mode = MergeMode::Write(favor);
        let mut merged = self.merger().merge_on(bases, stage, &theirs, labels, mode)?;
        self.depends_on(std::mem::take(&mut merged.dependencies));
        Ok(merged)
    }

    /// The paths that `git merge` writes or removes in a worktree, when it makes a step from this stage: also where it
    /// stops.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn written(&self, stage: &TargetState, step: &ChainStep) -> Result<Vec<RepoPath>, Missing> {
        let written = self.merger().diff(stage.tree(), step.outcome.tree)?;
        Ok(written.changes.iter().map(|change| change.path.clone()).collect())
    }

    /// The merge bases of a tip with the history of a stage. A tip that was merged there adds none to those with
    /// the target, unless the two have commits in common that the target lacks.
    fn merge_bases(&self, tip: &Node, stage: &Node) -> Result<Vec<Oid>, Missing> {
        let ancestry = |commit: Oid| self.judge.ancestry(&Node::of_commit(self.commits, commit)?);
        match (&self.start.commits[..], &stage.commits[..]) {
            (_, []) => Ok(Vec::new()),
            ([_], [_, merged @ ..]) => {
                let own = self.judge.ancestry(tip)?;
                for other in merged {
                    if !ancestry(*other)?.own.is_disjoint(&own.own) {
                        return self.walked_bases(tip.commits[0], &stage.commits);
                    }
                }
                Ok(own.bases.clone())
            }
            (_, all) => self.walked_bases(tip.commits[0], all),
        }
    }

    /// The same by a walk, which is made once.
    fn walked_bases(&self, tip: Oid, stage: &[Oid]) -> Result<Vec<Oid>, Missing> {
        let make = || self.commits.merge_bases(tip, stage);
        self.bases.find_or_make((tip, stage.to_vec()), |_| 1, make)
    }

    /// About how many bytes all merges so far keep in memory.
    pub fn bytes_made(&self) -> usize {
        self.merger().objects().bytes_made()
    }

    /// What all answers so far depend on besides contents and settings.
    pub fn dependencies(&self) -> Vec<MergeDependency> {
        self.dependencies.borrow().iter().cloned().collect()
    }

    fn depends_on(&self, dependencies: impl IntoIterator<Item = MergeDependency>) {
        self.dependencies.borrow_mut().extend(dependencies);
    }

    fn merger(&self) -> &Merger<'a> {
        &self.judge.merger
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
            let objects = self.merger().objects();
            found = unsound(objects, &contents(objects, &effect.changes), false);
            let paths = effect.changes.iter().map(|change| &change.path);
            found.extend(absent_beside(objects, stage.tree, paths)?);
        }
        self.unreadable.borrow_mut().insert(tip, found.clone());
        Ok(found)
    }
}
