//! Merges of commits with any number of merge bases (`merge-strategies`: several bases are merged with
//! each other first, and the result is the base of the merge).

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use crate::merge::attribute_sources::{AttributeSources, is_attributes_file};
use crate::merge::attributes::Attributes;
use crate::merge::commits::Commits;
use crate::merge::compared::ComparedVersions;
use crate::merge::dependency::{Dependencies, MergeDependency};
use crate::merge::diff::TreeDiff;
use crate::merge::engine::Engine;
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::objects::{Missing, Objects};
use crate::merge::options::{Checkouts, ConflictStyle, Options};
use crate::merge::renames::trace::RenameSearch;
use crate::merge::three_way::resolve::TreeMerge;
use crate::merge::three_way::state::MergeInput;
use crate::merge::three_way::three_way;
use crate::merge::trees::edit_tree;
use crate::model::{MergeOutcome, Oid, Reason, RepoPath, Sides, Stages};

/// Virtual bases are forgotten when there are more than this.
const MOST_BASES: usize = 10_000;

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
    let input = MergeInput {
        trees: Stages { base, ours, theirs },
        labels: labelled(base.short(), labels),
        attributes: options.attributes_in(ours),
        earlier: Vec::new(),
        depth: 0,
        mode: MergeMode::Write(Favor::Neither),
    };
    Ok(write(&Engine::new(objects, options), &input)?.outcome)
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
    let labels = options.labels.clone().unwrap_or_else(|| (ours.to_string(), theirs.to_string()));
    let (ours, theirs) = (Node::of_commit(commits, ours)?, Node::of_commit(commits, theirs)?);
    Merger::new(objects, commits, options).merge(&ours, &theirs, labels)
}

/// The tree that the merge of two commits has as its base: that of their merge base, the merged one of several,
/// the empty one where there is none.
///
/// # Errors
/// A commit, tree or file that cannot be read.
pub fn base_tree(
    objects: &dyn Objects,
    commits: &dyn Commits,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<Oid, Missing> {
    let bases = commits.merge_bases(ours, &[theirs])?;
    let merger = Merger::new(objects, commits, options);
    Ok(merger.base_tree(&bases, &mut Dependencies::new())?.unwrap_or(Oid::EMPTY_TREE))
}

/// A tree with the commits whose histories it joins: one for a commit, none for the base of
/// unrelated histories, several for a merge that was not committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    /// The tree.
    pub tree: Oid,
    /// The commits.
    pub commits: Vec<Oid>,
}

impl Node {
    /// No files, and no history.
    fn nothing() -> Node {
        Node { tree: Oid::EMPTY_TREE, commits: Vec::new() }
    }

    /// One commit.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of_commit(commits: &dyn Commits, id: Oid) -> Result<Node, Missing> {
        Ok(Node { tree: commits.commit(id)?.tree, commits: vec![id] })
    }

    /// The target of all merges; nothing where it has no commit.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn of_target(commits: &dyn Commits, target: Option<Oid>) -> Result<Node, Missing> {
        target.map_or_else(|| Ok(Node::nothing()), |id| Node::of_commit(commits, id))
    }
}

/// A merge of two commits, with what it depends on.
#[derive(Debug)]
pub(crate) struct CommitMerge {
    /// What `git merge` does.
    pub outcome: MergeOutcome,
    /// What this depends on besides contents and settings.
    pub dependencies: Dependencies,
    /// The searches for renames, where there were any. Those of virtual bases are not among them.
    pub searches: Option<Sides<RenameSearch>>,
    /// Whether a version in conflict is merged once more: then it matters to that how its conflicts are settled.
    pub is_merged_again: bool,
}

/// The base of a merge, and what could not be decided while making it.
#[derive(Clone, Debug)]
struct Base {
    node: Node,
    undecided: Vec<(RepoPath, Reason)>,
    /// Where the attributes came from in the merges that made it.
    attributes: Vec<AttributeSources>,
    /// What it depends on.
    dependencies: Dependencies,
}

/// Merges commits. For one thread; remembers what it works out.
pub(crate) struct Merger<'a> {
    pub engine: Engine<'a>,
    pub commits: &'a dyn Commits,
    bases: Arc<KnownBases>,
}

/// The virtual bases that were made, for all mergers of one repository with the same options.
#[derive(Default)]
pub(crate) struct KnownBases(Mutex<HashMap<BaseKey, Arc<Base>>>);

/// Merge bases, and the tree in whose checkout they are merged, where its attributes are not the usual ones.
type BaseKey = (Vec<Oid>, Option<Oid>);

impl<'a> Merger<'a> {
    /// A merger that remembers nothing yet.
    pub fn new(objects: &'a dyn Objects, commits: &'a dyn Commits, options: &'a Options) -> Merger<'a> {
        Merger { engine: Engine::new(objects, options), commits, bases: Arc::default() }
    }

    /// The same, with the virtual bases that others make, and the versions that they compare. Their objects must see each
    /// other's.
    pub fn sharing(self, bases: Arc<KnownBases>, compared: Arc<ComparedVersions>) -> Merger<'a> {
        let files = self.engine.files.sharing(compared);
        Merger { bases, engine: Engine { files, ..self.engine }, ..self }
    }

    /// Where objects come from.
    pub fn objects(&self) -> &'a dyn Objects {
        self.engine.context.objects
    }

    /// The settings.
    pub fn options(&self) -> &'a Options {
        self.engine.context.options
    }

    /// What differs between two trees.
    pub fn diff(&self, old: Oid, new: Oid) -> Result<Rc<TreeDiff>, Missing> {
        self.engine.diffs.between(old, new)
    }

    /// Merges two nodes on the base that their histories give.
    pub fn merge(
        &self,
        ours: &Node,
        theirs: &Node,
        labels: (String, String),
    ) -> Result<MergeOutcome, Missing> {
        let bases = self.bases(ours, theirs)?;
        Ok(self.merge_on(bases, ours, theirs, labels, MergeMode::Write(Favor::Neither))?.outcome)
    }

    /// The merge bases of two nodes, the newest first.
    pub fn bases(&self, ours: &Node, theirs: &Node) -> Result<Vec<Oid>, Missing> {
        match (&ours.commits[..], &theirs.commits[..]) {
            ([], _) | (_, []) => Ok(Vec::new()),
            ([one], others) | (others, [one, ..]) => self.commits.merge_bases(*one, others),
        }
    }

    /// Merges two nodes whose merge bases are known, the newest first.
    pub fn merge_on(
        &self,
        bases: Vec<Oid>,
        ours: &Node,
        theirs: &Node,
        labels: (String, String),
        mode: MergeMode,
    ) -> Result<CommitMerge, Missing> {
        if let Some(why) = &self.options().not_followed {
            return Err(Missing::Setting { why: why.clone() });
        }
        let (base_label, depends_on) = self.base_label(&bases);
        if let ([], true, [_, ..], [tip, ..]) =
            (&bases[..], self.commits.is_shallow(), &ours.commits[..], &theirs.commits[..])
        {
            return Err(Missing::History { tip: *tip });
        }
        let attributes = self.options().attributes_in(ours.tree);
        let base = match bases.len() > 1 && self.has_own_attributes(ours.tree)? {
            true => self.base((bases, Some(ours.tree)), &attributes)?,
            false => self.base((bases, None), &self.options().attributes)?,
        };
        let trees = Stages { base: base.node.tree, ours: ours.tree, theirs: theirs.tree };
        let labels = labelled(base_label, labels);
        let earlier = base.attributes.clone();
        let input = MergeInput { trees, labels, attributes, earlier, depth: 0, mode };
        let mut merged = write(&self.engine, &input)?;
        merged.dependencies.extend(depends_on.into_iter().chain(base.dependencies.iter().cloned()));
        let undecided = &mut merged.outcome.undecided;
        undecided.extend(base.undecided.iter().cloned());
        undecided.sort();
        undecided.dedup();
        Ok(merged)
    }

    /// The tree that merges on these bases have as their base; none where there is no base.
    pub fn base_tree(&self, bases: &[Oid], dependencies: &mut Dependencies) -> Result<Option<Oid>, Missing> {
        Ok(match bases {
            [] => None,
            [base] => Some(self.commits.commit(*base)?.tree),
            _ => {
                let base = self.base((bases.to_vec(), None), &self.options().attributes)?;
                dependencies.extend(base.dependencies.iter().cloned());
                Some(base.node.tree)
            }
        })
    }

    /// The tree of the base that these commits make; `None` where a part of it could not be decided.
    pub fn decided_base(
        &self,
        bases: Vec<Oid>,
        dependencies: &mut Dependencies,
    ) -> Result<Option<Oid>, Missing> {
        let base = self.base((bases, None), &self.options().attributes)?;
        dependencies.extend(base.dependencies.iter().cloned());
        Ok(base.undecided.is_empty().then_some(base.node.tree))
    }

    /// Whether the attributes in a checkout of this tree may be others than in the target's.
    fn has_own_attributes(&self, tree: Oid) -> Result<bool, Missing> {
        match &self.options().checkouts {
            None => Ok(false),
            Some(Checkouts { usual: None, .. }) => Ok(true),
            Some(Checkouts { usual: Some(usual), .. }) => {
                let changes = &self.diff(*usual, tree)?.changes;
                Ok(changes.iter().any(|change| is_attributes_file(&change.path)))
            }
        }
    }

    /// One base out of many, made once: for the usual attributes, or for those in a checkout of this tree.
    /// The bases come newest first.
    fn base(&self, key: BaseKey, attributes: &Attributes) -> Result<Arc<Base>, Missing> {
        let known = || self.bases.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = known().get(&key) {
            return Ok(base.clone());
        }
        let made = Arc::new(self.join_bases(&key.0, attributes, 0)?);
        let mut known = known();
        if known.len() >= MOST_BASES {
            known.clear();
        }
        known.insert(key, made.clone());
        Ok(made)
    }

    /// Merges each next base into the result of the older ones. The merge of two bases has merge bases of
    /// its own, which are joined first.
    fn join_bases(&self, bases: &[Oid], attributes: &Attributes, depth: usize) -> Result<Base, Missing> {
        let mut bases = bases.iter().rev().copied();
        let node = match bases.next() {
            Some(first) => Node::of_commit(self.commits, first)?,
            None => Node::nothing(),
        };
        let (undecided, sources) = (Vec::new(), Vec::new());
        let mut joined = Base { node, undecided, attributes: sources, dependencies: Dependencies::new() };
        for next in bases {
            let below = self.commits.merge_bases(next, &joined.node.commits)?;
            let (base_label, depends_on) = self.base_label(&below);
            joined.dependencies.extend(depends_on);
            let base = self.join_bases(&below, attributes, depth + 1)?;
            joined.attributes.extend(base.attributes);
            let theirs = self.commits.commit(next)?.tree;
            let trees = Stages { base: base.node.tree, ours: joined.node.tree, theirs };
            let labels = (TEMPORARY.ours.to_string(), TEMPORARY.theirs.to_string());
            let merged = write(
                &self.engine,
                &MergeInput {
                    trees,
                    labels: labelled(base_label, labels),
                    attributes: attributes.clone(),
                    earlier: joined.attributes.clone(),
                    depth: depth + 1,
                    mode: MergeMode::Write(Favor::Neither),
                },
            )?;
            joined.attributes.push(AttributeSources::of(self.engine.context, trees)?);
            joined.node.tree = merged.outcome.tree;
            joined.node.commits.push(next);
            joined.undecided.extend(base.undecided.into_iter().chain(merged.outcome.undecided));
            joined.dependencies.extend(base.dependencies.into_iter().chain(merged.dependencies));
        }
        Ok(joined)
    }

    /// The name of the base that is made of these commits, and what that depends on. Only some conflict
    /// styles and custom drivers show it.
    fn base_label(&self, bases: &[Oid]) -> (String, Option<MergeDependency>) {
        let options = self.engine.context.options;
        let shown = options.conflict_style != ConflictStyle::Merge;
        match bases {
            [] => ("empty tree".to_string(), None),
            [base] if shown || options.run_driver.is_some() => {
                let name = options.short_name(*base);
                (name.clone(), shown.then_some(MergeDependency::ShortName(*base, name)))
            }
            [base] => (base.short(), None),
            _ => ("merged common ancestors".to_string(), None),
        }
    }
}

/// Merges three trees and writes the result; a dry run returns our tree instead.
fn write(engine: &Engine<'_>, input: &MergeInput) -> Result<CommitMerge, Missing> {
    let TreeMerge { edits, conflicts, unmerged, undecided, dependencies, searches, is_merged_again, .. } =
        three_way(engine, input)?;
    let (ours, objects) = (input.trees.ours, engine.context.objects);
    let tree = match input.mode {
        MergeMode::Write(_) => edit_tree(objects, objects.replacement(ours).unwrap_or(ours), &edits)?,
        MergeMode::DryRun => ours,
    };
    let outcome = MergeOutcome { tree, conflicts, unmerged, undecided };
    Ok(CommitMerge { outcome, dependencies, searches, is_merged_again })
}

/// The names of all three versions.
fn labelled(base: String, (ours, theirs): (String, String)) -> Stages<String> {
    Stages { base, ours, theirs }
}
