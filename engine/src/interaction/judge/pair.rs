//! Two tips, both merged into the target: what conflicts in the second because of the first.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashSet;

use super::merged_tip::MergedTip;
use super::{Judge, TipChanges};
use crate::interaction::answer_cache::{AnswerCache, EditsKey, MergedEdits, PairMerge};
use crate::interaction::conflict_lines::{PairChanges, in_own_lines};
use crate::interaction::exclusive_changes::ExclusiveChanges;
use crate::interaction::kind::Interaction;
use crate::interaction::line_maps::LineMaps;
use crate::interaction::looked_for::Tie;
use crate::interaction::nearness::{overlaps, unread};
use crate::interaction::touched_paths::{RenameInfluence, TouchedPaths};
use crate::merge::Driver;
use crate::merge::commit_graph::Ancestry;
use crate::merge::dependency::{Dependencies, MergeDependency};
use crate::merge::diff::{RawChange, TreeDiff, entry_at};
use crate::merge::mode::MergeMode;
use crate::merge::objects::Missing;
use crate::merge::recursive::Node;
use crate::merge::renames::similarity::RENAME_SCORE;
use crate::merge::three_way::merge_sides;
use crate::merge::three_way::state::MergeInput;
use crate::model::{
    AssumedSides, ConflictPath, Entry, EntryKind, Nearness, Oid, Overlap, Reason, RepoPath, Sides, Stages,
    Verdict,
};

/// What the first causes in the merge of the second.
#[derive(Default)]
pub(super) struct Consequence {
    pub(super) conflicts: Vec<ConflictPath>,
    pub(super) undecided: Vec<(RepoPath, Reason)>,
}

/// A pair, judged in both orders.
#[derive(Default)]
pub(super) struct JudgedPair {
    pub(super) conflicts: Vec<ConflictPath>,
    pub(super) undecided: Vec<(RepoPath, Reason)>,
    pub(super) assumes: Option<AssumedSides>,
}

impl JudgedPair {
    /// Sorts the undecided paths, each with one reason; at those that conflict in one order of the two, nothing is left open.
    fn settle_undecided(&mut self) {
        let JudgedPair { conflicts, undecided, .. } = self;
        undecided.sort();
        undecided.dedup_by(|one, kept| one.0 == kept.0);
        undecided.retain(|(path, _)| !conflicts.iter().any(|conflict| conflict.path == *path));
    }
}

impl Judge<'_> {
    pub(super) fn pair_of(
        &self,
        [a, b]: [TipChanges<'_>; 2],
        own: Option<&ExclusiveChanges>,
    ) -> (Verdict, JudgedPair, Vec<Overlap>) {
        let [changes_a, changes_b] = own.map_or([a.1, b.1], |own| own.changes.each_ref());
        let bases = LineMaps {
            objects: self.merger.objects(),
            options: self.merger.options(),
            kept: &self.shared.cache.versions,
        };
        let mut overlaps = overlaps(&bases, changes_a, changes_b);
        match self.judge(a, b, own) {
            Err(missing) => (Verdict::Unknown(missing.into()), JudgedPair::default(), overlaps),
            Ok(mut judged) => {
                for overlap in &mut overlaps {
                    let other_path = overlap.other_path.as_ref().unwrap_or(&overlap.path);
                    overlap.both_drift =
                        self.drifts_at(a.0, &overlap.path) && self.drifts_at(b.0, other_path);
                    let attributes = &self.merger.options().attributes;
                    if overlap.nearness == Nearness::Touching
                        && attributes.driver(&overlap.path, false) == Driver::Union
                    {
                        overlap.nearness = Nearness::Union;
                    }
                }
                let unread = own.map_or_else(Vec::new, |_| unread(changes_a, changes_b));
                let verdict = match (unread.first().or(judged.undecided.first()), judged.conflicts.is_empty())
                {
                    (_, false) => Verdict::Conflict,
                    (Some((path, reason)), true) => Verdict::Unknown(reason.at(path)),
                    (None, true) if overlaps.is_empty() => Verdict::Disjoint,
                    (None, true) => Verdict::Overlap,
                };
                judged.undecided.extend(unread);
                judged.settle_undecided();
                (verdict, judged, overlaps)
            }
        }
    }

    /// Whether a tip conflicts with the target at a path.
    fn drifts_at(&self, tip: &Node, path: &RepoPath) -> bool {
        self.merged_tip(tip).is_ok_and(|merged| {
            merged.alone.outcome.conflicts.iter().flat_map(ConflictPath::paths).any(|at| at == path)
        })
    }

    pub(super) fn judge(
        &self,
        a: TipChanges<'_>,
        b: TipChanges<'_>,
        own: Option<&ExclusiveChanges>,
    ) -> Result<JudgedPair, Missing> {
        let tips = [self.merged_tip(a.0)?, self.merged_tip(b.0)?];
        let touched = [&tips[0].alone.touched, &tips[1].alone.touched];
        let limit = self.merger.options().rename_limit;
        let common = touched[0].at_common_paths(touched[1]);
        let mut influences =
            [touched[0].rename_influence(touched[1], limit), touched[1].rename_influence(touched[0], limit)];
        let ancestries = [self.ancestry_of(&tips[0])?, self.ancestry_of(&tips[1])?];
        let by_attributes = attributes_meet([0, 1].map(|at| (&*ancestries[at], touched[at])));
        if by_attributes {
            influences = [RenameInfluence::Yes; 2];
        }
        if !ancestries[0].own.is_disjoint(&ancestries[1].own) {
            // merging the first changes the merge base of the second, and what one of them reverted of
            // their common commits is not among its touched paths
            influences = [RenameInfluence::Yes; 2];
        }
        if common == Interaction::None && influences == [RenameInfluence::None; 2] {
            return Ok(JudgedPair::default());
        }
        let sure = tips.iter().all(|tip| tip.alone.outcome.undecided.is_empty())
            && [a, b].iter().all(|(_, changes)| changes.is_determined())
            // kept answers hold for the attributes of the target's checkout
            && !by_attributes;
        let cache = self.cache().filter(|_| sure);
        let key = (self.target, [a.0.clone(), b.0.clone()]);
        let cached = cache.and_then(|cache| cache.pairs.find(&key));
        if let Some(known) = cached.filter(|known| self.all_hold(&known.dependencies)) {
            return Ok(JudgedPair {
                conflicts: known.conflicts.clone(),
                assumes: known.assumes,
                undecided: Vec::new(),
            });
        }
        let mut dependencies: Dependencies =
            own.iter().flat_map(|own| own.dependencies.iter().cloned()).collect();
        let tips = [&*tips[0], &*tips[1]];
        let normal = !self.merger.options().renormalizes();
        let mut interactions = [Interaction::None, Interaction::None];
        for (second, influence) in influences.into_iter().enumerate() {
            let first = 1 - second;
            let disturbed = match influence {
                RenameInfluence::None => false,
                RenameInfluence::IfSimilar => self.disturbs(tips[first], tips[second], &mut dependencies)?,
                RenameInfluence::Yes => true,
            };
            interactions[second] = match &common {
                _ if disturbed => Interaction::Structural,
                Interaction::None => Interaction::None,
                Interaction::Edits(paths) if normal && are_plain(&tips) => Interaction::Edits(&paths[..]),
                Interaction::Edits(_) | Interaction::Structural => Interaction::Structural,
            };
        }
        let mut judged = self.meet(tips, interactions, &mut dependencies)?;
        let changes = PairChanges { own: own.map(|own| &own.changes), since_base: [a.1, b.1] };
        let mut known = None;
        let mut base = || match known {
            Some(known) => Ok(known),
            None => {
                Ok(*known.insert(self.base_of_both([a.0, b.0], ancestries.each_ref(), &mut dependencies)?))
            }
        };
        let passing = self.cache_of_passing([a.0, b.0]);
        let placed = |conflict| in_own_lines((&self.merger.engine, passing), conflict, &changes, &mut base);
        let (conflicts, complete): (Vec<_>, Vec<bool>) = judged.conflicts.into_iter().map(placed).unzip();
        judged.conflicts = conflicts;
        let lasts = dependencies.iter().all(MergeDependency::lasts);
        let cacheable = lasts && judged.undecided.is_empty() && !complete.contains(&false);
        let lasts = |cache: &&AnswerCache| cacheable && cache.lasts(&[a.0.tree, b.0.tree]);
        if let Some(cache) = cache.filter(lasts) {
            let (conflicts, assumes) = (judged.conflicts.clone(), judged.assumes);
            let dependencies = dependencies.into_iter().collect();
            cache.pairs.keep(key, Arc::new(PairMerge { conflicts, assumes, dependencies }));
        }
        Ok(judged)
    }

    /// The cache for what is known of single files, where the answer about two tips is not kept itself: one of them is about
    /// to be made, and the next one like it has most of its files.
    fn cache_of_passing(&self, tips: [&Node; 2]) -> Option<&AnswerCache> {
        self.cache().filter(|cache| !cache.lasts(&tips.map(|tip| tip.tree)))
    }

    /// The tree on which two tips would be merged with each other; `None` where there is none, or it is not decided.
    fn base_of_both(
        &self,
        nodes: [&Node; 2],
        ancestries: [&Arc<Ancestry>; 2],
        dependencies: &mut Dependencies,
    ) -> Result<Option<Oid>, Missing> {
        let [one, other] = ancestries;
        let bases = match (&one.bases[..], &other.bases[..]) {
            // what they have in common is what each has in common with the target
            ([base], [same]) if base == same && one.own.is_disjoint(&other.own) => vec![*base],
            // asked of the older one, it is kept
            ([base], [other_base]) if one.own.is_disjoint(&other.own) => {
                let time = |commit: Oid| Ok::<i64, Missing>(self.commits.commit(commit)?.time);
                let in_order = time(*base)? <= time(*other_base)?;
                let [older, newer] = if in_order { [*base, *other_base] } else { [*other_base, *base] };
                match self.commits.ancestry(older, &[newer])?.bases {
                    found if found.len() == 1 => found,
                    _ => self.merger.bases(nodes[0], nodes[1])?,
                }
            }
            _ => self.merger.bases(nodes[0], nodes[1])?,
        };
        match bases.is_empty() {
            true => Ok(None),
            false => self.comparer().tree_of(&bases, dependencies),
        }
    }

    /// Whether the first adds a file similar to one that the merge of the second looks for, or a name that
    /// changes the traversal order, or removes a file whose content is among what was added.
    fn disturbs(
        &self,
        first: &MergedTip,
        second: &MergedTip,
        dependencies: &mut Dependencies,
    ) -> Result<bool, Missing> {
        let Some(search) = &second.alone.touched.search else { return Ok(false) };
        let touched = &first.alone.touched;
        let base = self.base_of(second, dependencies)?;
        for path in &touched.deleted {
            let before = entry_at(self.merger.objects(), base, path)?;
            if before.is_some_and(|before| search.arrived.contains(&before.oid)) {
                return Ok(true);
            }
        }
        for (_, entry) in search.arrivals(touched).filter(|(_, entry)| entry.kind.is_file()) {
            for content in &search.looked_for {
                self.bring_merged(Some(*entry), first);
                if self.merger.engine.renames.could_reach(RENAME_SCORE, *content, entry.oid)? {
                    return Ok(true);
                }
            }
        }
        Ok(search.tie != Tie::None && self.reorders(touched, second, dependencies)?)
    }

    /// Whether new names change the traversal order of others: a folder is visited only after all names
    /// that begin with its own and continue with a character that sorts before the slash.
    fn reorders(
        &self,
        first: &TouchedPaths,
        second: &MergedTip,
        dependencies: &mut Dependencies,
    ) -> Result<bool, Missing> {
        let trees = [self.base_of(second, dependencies)?, self.target_node()?.tree, second.tip.tree];
        let mut looked_at = HashSet::default();
        for (path, _) in &first.added {
            let path = path.as_bytes();
            for end in (1..path.len()).filter(|&end| path[end] < b'/' && path[end - 1] != b'/') {
                let folder = RepoPath::new(&path[..end]);
                if !looked_at.insert(folder.clone()) {
                    continue;
                }
                for tree in trees {
                    let entry = entry_at(self.merger.objects(), tree, &folder)?;
                    if entry.is_some_and(|entry| entry.kind == EntryKind::Tree) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Merges two tips into the target, each after the other where the two interact.
    pub(super) fn meet(
        &self,
        [a, b]: [&MergedTip; 2],
        [to_a, to_b]: [Interaction<&[&RepoPath]>; 2],
        dependencies: &mut Dependencies,
    ) -> Result<JudgedPair, Missing> {
        if let (Interaction::None, Interaction::None) = (&to_a, &to_b) {
            return Ok(JudgedPair::default());
        }
        for merged_tip in [a, b] {
            dependencies.extend(merged_tip.alone.dependencies.iter().cloned());
        }
        let mut consequence = |interaction, first, second| match interaction {
            Interaction::None => Ok(Consequence::default()),
            Interaction::Edits(paths) => self.because_of_edits(paths, first, second, dependencies),
            Interaction::Structural => self.consequence(first, second, dependencies),
        };
        let after_a = consequence(to_b, a, b)?;
        let after_b = consequence(to_a, b, a)?;
        let mut judged = JudgedPair { conflicts: after_a.conflicts, ..JudgedPair::default() };
        let known: BTreeSet<_> =
            judged.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect();
        let is_new = |conflict: &ConflictPath| !known.contains(&(conflict.path.clone(), conflict.kind));
        let swapped = after_b.conflicts.into_iter().map(ConflictPath::swapped);
        judged.conflicts.extend(swapped.filter(is_new));
        judged.conflicts.sort();
        judged.undecided = [after_a.undecided, after_b.undecided].concat();
        judged.settle_undecided();
        let drifts = |merged: &MergedTip| !merged.alone.outcome.conflicts.is_empty();
        judged.assumes = match (drifts(a), drifts(b)) {
            (false, false) => None,
            (true, false) => Some(AssumedSides::First),
            (false, true) => Some(AssumedSides::Second),
            (true, true) => Some(AssumedSides::Both),
        };
        Ok(judged)
    }

    /// The same as [`Judge::consequence`] where the two only edit the same files: just these are merged, and
    /// the target with the first merged is not needed.
    fn because_of_edits(
        &self,
        paths: &[&RepoPath],
        first: &MergedTip,
        second: &MergedTip,
        dependencies: &mut Dependencies,
    ) -> Result<Consequence, Missing> {
        let target = self.target_node()?;
        let alone = &second.alone;
        let mut sides = Sides::<TreeDiff>::default();
        let mut asked: Vec<EditsKey> = Vec::new();
        let mut found = Consequence::default();
        let edits_cache = self.cache_of_passing([&first.tip, &second.tip]);
        for path in paths {
            let changed = &first.alone.touched.changed;
            let left = changed.binary_search_by(|(changed, _)| changed.cmp(path));
            let stops_alone = alone.outcome.conflicts.iter().any(|conflict| conflict.path == **path);
            let versions = alone.touched.edits.get(*path);
            let (Ok(left), Some([base, own]), false) = (left, versions, stops_alone) else { continue };
            let change = |new: Entry| RawChange { path: (*path).clone(), old: Some(*base), new: Some(new) };
            let edits = ((*path).clone(), [*base, changed[left].1, *own]);
            let known = edits_cache.and_then(|cache| cache.edits.find(&edits));
            if let Some(known) = known.filter(|known| self.all_hold(&known.dependencies)) {
                dependencies.extend(known.dependencies.iter().cloned());
                found.conflicts.extend(known.conflicts.iter().cloned());
                continue;
            }
            asked.push(edits);
            if changed[left].1 != *base {
                sides.ours.changes.push(change(changed[left].1));
            }
            sides.theirs.changes.push(change(*own));
        }
        if asked.is_empty() {
            return Ok(found);
        }
        self.bring(&sides, first, second, dependencies);
        let input = MergeInput {
            trees: Stages { base: target.tree, ours: target.tree, theirs: second.tip.tree },
            labels: Stages::default(), // nothing is written
            attributes: self.merger.options().attributes.clone(),
            earlier: Vec::new(),
            depth: 0,
            mode: MergeMode::DryRun,
        };
        let sides = Sides { ours: Rc::new(sides.ours), theirs: Rc::new(sides.theirs) };
        let merged = merge_sides(&self.merger.engine, &input, sides)?;
        let is_asked = |conflict: &ConflictPath| asked.iter().any(|(path, _)| *path == conflict.path);
        let lasts = merged.undecided.is_empty()
            && merged.conflicts.iter().all(is_asked)
            && merged.dependencies.iter().all(MergeDependency::lasts);
        if let Some(cache) = edits_cache.filter(|_| lasts) {
            for edits in asked {
                let conflicts = merged.conflicts.iter().filter(|conflict| conflict.path == edits.0);
                let (conflicts, dependencies) = (conflicts.cloned().collect(), merged.dependencies.iter());
                let dependencies = dependencies.cloned().collect();
                cache.keep_edits(edits, MergedEdits { conflicts, dependencies });
            }
        }
        dependencies.extend(merged.dependencies);
        found.conflicts.extend(merged.conflicts);
        found.undecided = merged.undecided;
        Ok(found)
    }

    /// Recreates files that existed only in the memory of an earlier run: results of merging the first, or
    /// the bases of the second. What cannot be recreated stays missing, and the merge reports it.
    fn bring(
        &self,
        sides: &Sides<TreeDiff>,
        first: &MergedTip,
        second: &MergedTip,
        dependencies: &mut Dependencies,
    ) {
        sides.ours.changes.iter().for_each(|change| self.bring_merged(change.new, first));
        if let Some(ancestry) = &second.alone.ancestry
            && !sides.theirs.changes.iter().all(|change| self.is_at_hand(change.old))
        {
            drop(self.merger.base_tree(&ancestry.bases, dependencies));
        }
    }

    /// The same for a file that results from merging a tip into the target.
    pub(in crate::interaction) fn bring_merged(&self, file: Option<Entry>, merged_tip: &MergedTip) {
        if !self.is_at_hand(file) {
            drop(self.target_with(merged_tip));
        }
    }

    fn is_at_hand(&self, file: Option<Entry>) -> bool {
        file.is_none_or(|file| self.merger.engine.renames.blob_size(file.oid).is_ok())
    }

    /// Merges the second after the first, and leaves out what conflicts in the second alone.
    pub(super) fn consequence(
        &self,
        first: &MergedTip,
        second: &MergedTip,
        dependencies: &mut Dependencies,
    ) -> Result<Consequence, Missing> {
        let MergedTip { tip, alone, .. } = second;
        let (target, ancestry) = (self.target_node()?, self.ancestry_of(second)?);
        let after = self.target_with(first)?;
        dependencies.extend(after.dependencies.iter().cloned());
        // commits of the first alone can only be a base where both tips have them
        let shared = !after.ancestry.own.is_disjoint(&ancestry.own);
        if !shared && after.node.tree == target.tree && first.alone.outcome.undecided.is_empty() {
            return Ok(Consequence::default());
        }
        let bases = match tip.commits.first() {
            Some(head) if shared => self.shared_bases(*head, &ancestry, &after)?,
            Some(_) | None => ancestry.bases.clone(),
        };
        if let [base] = bases[..]
            && self.commits.commit(base)?.tree == tip.tree
        {
            return Ok(Consequence::default()); // it brings nothing to this merge
        }
        let (labels, mode) = (self.labels(), MergeMode::DryRun);
        let merged = self.merger.merge_on(bases, &after.node, tip, labels, mode)?;
        dependencies.extend(merged.dependencies);
        let outcome = merged.outcome;
        // also under another name, where the first moved the file
        let is_known = |conflict: &ConflictPath| {
            alone.outcome.conflicts.iter().any(|known| known.is_of_same_file(conflict))
        };
        let conflicts = outcome.conflicts.into_iter().filter(|conflict| !is_known(conflict)).collect();
        let touched = self.merger.diff(target.tree, after.node.tree)?;
        let has_a_hand_in = |path: &RepoPath| {
            touched.at(path).is_some() || first.alone.outcome.undecided.iter().any(|(other, _)| other == path)
        };
        let counts =
            |one: &(RepoPath, Reason)| has_a_hand_in(&one.0) || !alone.outcome.undecided.contains(one);
        let undecided = outcome.undecided.into_iter().filter(counts).collect();
        Ok(Consequence { conflicts, undecided })
    }
}

/// Whether one of two tips sets attributes that may have a part in the merge of the other.
pub(super) fn attributes_meet([a, b]: [(&Ancestry, &TouchedPaths); 2]) -> bool {
    a.1.attributes_concern(b.1, b.0.bases.len()) || b.1.attributes_concern(a.1, a.0.bases.len())
}

/// Whether files that both edit can be merged by themselves: everything is decided, each tip has a base,
/// and they share no commit that the target lacks.
pub(super) fn are_plain(tips: &[&MergedTip; 2]) -> bool {
    let known = |tip: &MergedTip| {
        let ancestry = tip.alone.ancestry.clone().filter(|ancestry| !ancestry.bases.is_empty());
        ancestry.filter(|_| tip.alone.outcome.undecided.is_empty())
    };
    match tips.map(known) {
        [Some(one), Some(other)] => one.own.is_disjoint(&other.own),
        [None, _] | [_, None] => false,
    }
}
