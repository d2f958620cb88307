//! Merges as they are asked for: of trees, and of commits with any number of merge bases.

use crate::merge::attributes::{Tops, tops_of};
use crate::merge::commits::Commits;
use crate::merge::engine::Engine;
use crate::merge::objects::{Missing, Objects};
use crate::merge::options::{Assumed, ConflictStyle, Options};
use crate::merge::three_way::resolve::Merged;
use crate::merge::three_way::{Favor, MergeMode, Question, three_way};
use crate::merge::trees::edit_tree;
use crate::model::{MergeOutcome, Oid, Reason, RepoPath, Sides, Stages};

/// The names of the sides while a virtual merge base is made; they stand in its conflict markers.
const TEMPORARY: Sides<&str> = Sides { ours: "Temporary merge branch 1", theirs: "Temporary merge branch 2" };

/// What `git merge` would make of two trees and their base.
///
/// # Errors
/// An object that cannot be read.
pub fn merge_trees(
    objects: &dyn Objects,
    base: Oid,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    let labels = options.labels.clone().unwrap_or_else(|| ("ours".into(), "theirs".into()));
    let question = Question {
        trees: Stages { base, ours, theirs },
        labels: labelled(base.short(), labels),
        went_by: Vec::new(),
        depth: 0,
        mode: MergeMode::Write(Favor::Neither),
    };
    Engine::new(objects, options).merge(question)
}

/// What `git merge` would make of two commits. Several merge bases are merged with each other
/// first, the oldest ones before the others, and their conflicts are content of the base then;
/// without any, the base is the empty tree.
///
/// # Errors
/// An object that cannot be read.
pub fn merge_commits(
    objects: &dyn Objects,
    commits: &dyn Commits,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    Engine::new(objects, options).merge_commits(commits, ours, theirs)
}

/// A tree, and the commits whose histories it joins: one for a commit, none for the base of
/// unrelated ones, several for what would be their merge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// The tree.
    pub tree: Oid,
    /// The commits.
    pub commits: Vec<Oid>,
}

impl Node {
    /// No files, and no history.
    pub(crate) fn nothing() -> Node {
        Node { tree: Oid::EMPTY_TREE, commits: Vec::new() }
    }

    /// One commit.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of_commit(commits: &dyn Commits, id: Oid) -> Result<Node, Missing> {
        Ok(Node { tree: commits.commit(id)?.tree, commits: vec![id] })
    }

    /// What all is merged into; nothing where that has no commit.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn of_target(commits: &dyn Commits, target: Option<Oid>) -> Result<Node, Missing> {
        target.map_or_else(|| Ok(Node::nothing()), |id| Node::of_commit(commits, id))
    }
}

/// A base of a merge, and what could not be decided while making it.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    node: Node,
    undecided: Vec<(RepoPath, Reason)>,
    /// Whose attributes the merges went by that made it.
    went_by: Vec<Tops>,
    /// What this rests on.
    assumed: Vec<Assumed>,
}

/// The names of all three versions.
fn labelled(base: String, (ours, theirs): (String, String)) -> Stages<String> {
    Stages { base, ours, theirs }
}

impl Engine<'_> {
    /// Merges three trees and writes the result; in a dry run, our tree stands for it.
    fn merge(&self, question: Question) -> Result<MergeOutcome, Missing> {
        let Merged { edits, conflicts, unmerged, undecided, .. } = three_way(self, &question)?;
        let ours = question.trees.ours;
        let tree = match question.mode {
            MergeMode::Write(_) => edit_tree(self.objects, ours, &edits)?,
            MergeMode::DryRun => ours,
        };
        Ok(MergeOutcome { tree, conflicts, unmerged, undecided })
    }

    /// Merges two commits.
    pub(super) fn merge_commits(
        &self,
        commits: &dyn Commits,
        ours: Oid,
        theirs: Oid,
    ) -> Result<MergeOutcome, Missing> {
        let labels = self.options.labels.clone().unwrap_or_else(|| (ours.to_string(), theirs.to_string()));
        let (ours, theirs) = (Node::of_commit(commits, ours)?, Node::of_commit(commits, theirs)?);
        self.merge_nodes(commits, &ours, &theirs, labels)
    }

    /// Merges two nodes on the base that their histories give.
    pub(crate) fn merge_nodes(
        &self,
        commits: &dyn Commits,
        ours: &Node,
        theirs: &Node,
        labels: (String, String),
    ) -> Result<MergeOutcome, Missing> {
        let bases = match (&ours.commits[..], &theirs.commits[..]) {
            ([], _) | (_, []) => Vec::new(),
            ([one], others) | (others, [one, ..]) => commits.merge_bases(*one, others)?,
        };
        self.merge_on(commits, bases, ours, theirs, labels, MergeMode::Write(Favor::Neither))
    }

    /// Merges two nodes whose merge bases are known, the newest first.
    pub(crate) fn merge_on(
        &self,
        commits: &dyn Commits,
        bases: Vec<Oid>,
        ours: &Node,
        theirs: &Node,
        labels: (String, String),
        mode: MergeMode,
    ) -> Result<MergeOutcome, Missing> {
        let base_label = self.base_label(&bases);
        if let ([], true, [_, ..], [tip, ..]) =
            (&bases[..], commits.is_cut_off(), &ours.commits[..], &theirs.commits[..])
        {
            let reason = "its history is cut off before it meets the other's (a shallow clone; \
                          git fetch --unshallow brings the rest)";
            return Err(Missing { id: *tip, reason: reason.to_string() });
        }
        let base = self.base(commits, bases)?;
        let trees = Stages { base: base.node.tree, ours: ours.tree, theirs: theirs.tree };
        let labels = labelled(base_label, labels);
        let mut outcome = self.merge(Question { trees, labels, went_by: base.went_by, depth: 0, mode })?;
        outcome.undecided.extend(base.undecided);
        outcome.undecided.sort();
        outcome.undecided.dedup();
        Ok(outcome)
    }

    /// The tree that merges on these bases have as their base; none where there is no base.
    pub(crate) fn base_tree(&self, commits: &dyn Commits, bases: &[Oid]) -> Result<Option<Oid>, Missing> {
        Ok(match bases {
            [] => None,
            [base] => Some(commits.commit(*base)?.tree),
            _ => Some(self.base(commits, bases.to_vec())?.node.tree),
        })
    }

    /// One base out of many, remembered. The bases come newest first.
    fn base(&self, commits: &dyn Commits, bases: Vec<Oid>) -> Result<Base, Missing> {
        if let Some(known) = self.known_base(&bases) {
            self.assume(&known.assumed);
            return Ok(known);
        }
        let (made, assumed) = self.watching(|| self.join_bases(commits, &bases, 0));
        self.assume(&assumed);
        let made = Base { assumed, ..made? };
        self.remember_base(bases, &made);
        Ok(made)
    }

    /// The tree of the base that these commits make; `None` where a part of it could not be decided.
    pub(crate) fn decided_base(
        &self,
        commits: &dyn Commits,
        bases: Vec<Oid>,
    ) -> Result<Option<Oid>, Missing> {
        let base = self.base(commits, bases)?;
        Ok(base.undecided.is_empty().then_some(base.node.tree))
    }

    /// Each next base is merged into what the older ones made.
    fn join_bases(&self, commits: &dyn Commits, bases: &[Oid], depth: usize) -> Result<Base, Missing> {
        let mut bases = bases.iter().rev().copied();
        let Some(first) = bases.next() else {
            let node = Node::nothing();
            return Ok(Base { node, undecided: Vec::new(), went_by: Vec::new(), assumed: Vec::new() });
        };
        let mut node = Node::of_commit(commits, first)?;
        let (mut undecided, mut went_by) = (Vec::new(), Vec::new());
        for next in bases {
            let below = commits.merge_bases(next, &node.commits)?;
            let base_label = self.base_label(&below);
            let base = self.join_bases(commits, &below, depth + 1)?;
            went_by.extend(base.went_by);
            let theirs = commits.commit(next)?.tree;
            let trees = Stages { base: base.node.tree, ours: node.tree, theirs };
            let outcome = self.merge(Question {
                trees,
                labels: Stages {
                    base: base_label,
                    ours: TEMPORARY.ours.into(),
                    theirs: TEMPORARY.theirs.into(),
                },
                went_by: went_by.clone(),
                depth: depth + 1,
                mode: MergeMode::Write(Favor::Neither),
            })?;
            went_by.push(tops_of(self, trees)?);
            node.tree = outcome.tree;
            node.commits.push(next);
            undecided.extend(base.undecided);
            undecided.extend(outcome.undecided);
        }
        Ok(Base { node, undecided, went_by, assumed: Vec::new() })
    }

    /// The name of the base that is made of these commits. Only some styles of conflict and custom
    /// drivers come to see it.
    fn base_label(&self, bases: &[Oid]) -> String {
        let shown = self.options.conflict_style != ConflictStyle::Merge;
        match bases {
            [] => "empty tree".to_string(),
            [base] if shown || self.options.run_driver.is_some() => {
                let name = self.options.short_name(*base);
                if shown {
                    self.assume(&[Assumed::ShortName(*base, name.clone())]);
                }
                name
            }
            [base] => base.short(),
            _ => "merged common ancestors".to_string(),
        }
    }
}
