//! Two tips, both merged into the target: what stops the second because of the first.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashSet;

use super::alone::{After, Settled};
use super::{Judge, Side};
use crate::interaction::base_lines::BaseLines;
use crate::interaction::footprint::{Common, Contact, Footprint};
use crate::interaction::memory::{Alone, Met};
use crate::interaction::nearness::{overlaps, unread};
use crate::interaction::own_lines::{Works, in_own_lines};
use crate::interaction::own_work::OwnWork;
use crate::merge::Missing;
use crate::merge::commits::Ancestry;
use crate::merge::diff::{RawChange, TreeDiff, entry_at};
use crate::merge::options::Assumed;
use crate::merge::recursive::Node;
use crate::merge::renames::traversal_order::Tie;
use crate::merge::three_way::{MergeMode, Question, merge_sides};
use crate::model::{ConflictPath, Entry, EntryKind, Overlap, Reason, RepoPath, Sides, Stages, Verdict};

/// What merging the second comes to because of the first.
#[derive(Default)]
pub(super) struct Because {
    pub(super) conflicts: Vec<ConflictPath>,
    pub(super) undecided: Option<Reason>,
}

/// A pair, judged in both orders.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) conflicts: Vec<ConflictPath>,
    pub(super) undecided: Option<Reason>,
    pub(super) assumes: Option<String>,
}

/// What of the one must be merged to know what the other makes of it.
pub(super) enum Meeting<'p> {
    /// Nothing.
    Apart,
    /// Files that both edit where they are.
    Edits(&'p [&'p RepoPath]),
    /// Everything.
    Whole,
}

impl Judge<'_> {
    pub(super) fn pair_of(
        &self,
        [a, b]: [Side<'_>; 2],
        own: Option<&OwnWork>,
    ) -> (Verdict, Judged, Vec<Overlap>) {
        let [changes_a, changes_b] = own.map_or([a.1, b.1], |own| own.changes.each_ref());
        let bases = BaseLines {
            objects: self.engine.objects,
            options: self.engine.options,
            kept: &self.shared.memory.versions,
        };
        let overlaps = overlaps(&bases, changes_a, changes_b);
        match self.judge(a, b, own) {
            Err(missing) => (Verdict::Unknown(Reason(missing.to_string())), Judged::default(), overlaps),
            Ok(judged) => {
                let unread = own.and_then(|_| unread(changes_a, changes_b));
                let verdict = match (&judged.undecided, judged.conflicts.is_empty()) {
                    (_, false) => Verdict::Conflict,
                    (_, true) if let Some((path, reason)) = unread => {
                        Verdict::Unknown(format!("{path}: {reason}").into())
                    }
                    (Some(reason), true) => Verdict::Unknown(reason.clone()),
                    (None, true) if overlaps.is_empty() => Verdict::Disjoint,
                    (None, true) => Verdict::Overlap,
                };
                (verdict, judged, overlaps)
            }
        }
    }

    pub(super) fn judge(&self, a: Side<'_>, b: Side<'_>, own: Option<&OwnWork>) -> Result<Judged, Missing> {
        let tips = [self.settled(a.0)?, self.settled(b.0)?];
        let prints = [&tips[0].alone.footprint, &tips[1].alone.footprint];
        let limit = self.engine.options.rename_limit;
        let common = prints[0].common(prints[1]);
        let mut contacts = [prints[0].contact(prints[1], limit), prints[1].contact(prints[0], limit)];
        if self.engine.options.normalize.is_some() && prints.iter().any(|print| print.changes_rules()) {
            contacts = [Contact::Met; 2];
        }
        let stands = [self.standing(&tips[0].alone, a.0)?, self.standing(&tips[1].alone, b.0)?];
        if !stands[0].own.is_disjoint(&stands[1].own) {
            // the merge base of the second is another one after the first, and what one of them took
            // back of their common work is in no footprint
            contacts = [Contact::Met; 2];
        }
        if common == Common::Nothing && contacts == [Contact::Apart; 2] {
            return Ok(Judged::default());
        }
        let sure = tips.iter().all(|tip| tip.alone.outcome.undecided.is_empty())
            && [a, b].iter().all(|(_, changes)| changes.is_determined());
        let memory = self.memory().filter(|_| sure);
        let key = (self.target, [a.0.clone(), b.0.clone()]);
        let remembered = memory.and_then(|memory| memory.pairs.find(&key));
        if let Some(met) = remembered.filter(|met| self.all_hold(&met.assumed)) {
            return Ok(Judged {
                conflicts: met.conflicts.clone(),
                assumes: met.assumes.clone(),
                undecided: None,
            });
        }
        let (judged, assumed) = self.engine.watching(|| {
            self.engine.assume(own.map_or(&[], |own| &own.assumed));
            let nodes = [a.0, b.0];
            let tips = [&*tips[0], &*tips[1]];
            let normal = self.engine.options.normalize.is_none();
            let mut meetings = [Meeting::Apart, Meeting::Apart];
            for (second, contact) in contacts.into_iter().enumerate() {
                let first = 1 - second;
                let disturbed = match contact {
                    Contact::Apart => false,
                    Contact::UnlessAlike => {
                        self.disturbs((nodes[first], tips[first]), (nodes[second], tips[second]))?
                    }
                    Contact::Met => true,
                };
                meetings[second] = match &common {
                    _ if disturbed => Meeting::Whole,
                    Common::Nothing => Meeting::Apart,
                    Common::Edits(paths) if normal && are_plain(&tips) => Meeting::Edits(paths),
                    Common::Edits(_) | Common::More => Meeting::Whole,
                };
            }
            self.meet(nodes, tips, meetings)
        });
        let mut judged = judged?;
        let style = self.engine.options.conflict_style;
        let works = Works { own: own.map(|own| &own.changes), since_base: [a.1, b.1] };
        let placed = |conflict| in_own_lines(self.engine.objects, conflict, &works, style);
        let (conflicts, complete): (Vec<_>, Vec<bool>) = judged.conflicts.into_iter().map(placed).unzip();
        judged.conflicts = conflicts;
        let lasts = assumed.iter().all(Assumed::lasts);
        let whole = lasts && judged.undecided.is_none() && !complete.contains(&false);
        if let Some(memory) = memory.filter(|_| whole) {
            let (conflicts, assumes) = (judged.conflicts.clone(), judged.assumes.clone());
            memory.pairs.keep(key, Arc::new(Met { conflicts, assumes, assumed }));
        }
        Ok(judged)
    }

    /// Whether the first brings a file like one that is looked for because of the second, or a name
    /// that changes the order in which files are come upon, or takes away a file whose content is
    /// among what was added.
    fn disturbs(&self, first: (&Node, &Settled), second: (&Node, &Settled)) -> Result<bool, Missing> {
        let (node, second) = second;
        let Some(search) = &second.alone.footprint.search else { return Ok(false) };
        let print = &first.1.alone.footprint;
        let base = self.base_of(&second.alone, node)?;
        for path in &print.taken {
            let before = entry_at(self.engine.objects, base, path)?;
            if before.is_some_and(|before| search.arrived.contains(&before.oid)) {
                return Ok(true);
            }
        }
        for (_, entry) in search.arrivals(print).filter(|(_, entry)| entry.kind.is_file()) {
            for sought in &search.sought {
                self.bring_merged(Some(*entry), first);
                if self.engine.is_alike(*sought, entry.oid)? {
                    return Ok(true);
                }
            }
        }
        Ok(search.tie != Tie::None && self.reorders(print, &second.alone, node)?)
    }

    /// Whether new names change the order in which git comes upon others: a folder is passed by while
    /// names are left that begin like its own and go on with a sign before the slash.
    fn reorders(&self, first: &Footprint, second: &Alone, node: &Node) -> Result<bool, Missing> {
        let trees = [self.base_of(second, node)?, self.target_node()?.tree, node.tree];
        let mut looked_at = HashSet::default();
        for (path, _) in &first.added {
            let path = path.as_bytes();
            for end in (1..path.len()).filter(|&end| path[end] < b'/' && path[end - 1] != b'/') {
                let folder = RepoPath::new(&path[..end]);
                if !looked_at.insert(folder.clone()) {
                    continue;
                }
                for tree in trees {
                    let entry = entry_at(self.engine.objects, tree, &folder)?;
                    if entry.is_some_and(|entry| entry.kind == EntryKind::Tree) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Merges two tips into the target, each one after the other where that matters to it.
    pub(super) fn meet(
        &self,
        [a, b]: [&Node; 2],
        [settled_a, settled_b]: [&Settled; 2],
        [to_a, to_b]: [Meeting<'_>; 2],
    ) -> Result<Judged, Missing> {
        if let (Meeting::Apart, Meeting::Apart) = (&to_a, &to_b) {
            return Ok(Judged::default());
        }
        for settled in [settled_a, settled_b] {
            self.engine.assume(&settled.alone.assumed);
        }
        let because = |meeting: Meeting<'_>, first: (&Node, &Settled), second: (&Node, &Settled)| {
            let paths = match meeting {
                Meeting::Apart => return Ok(Because::default()),
                Meeting::Edits(paths) => Some(paths),
                Meeting::Whole => None,
            };
            if let Some(paths) = paths {
                return self.because_of_edits(paths, first, second);
            }
            let ancestry = self.standing(&second.1.alone, second.0)?;
            let after = self.after(first.1, first.0)?;
            self.engine.assume(&after.assumed);
            self.because((&first.1.alone, &after), second.0, &second.1.alone, &ancestry)
        };
        let after_a = because(to_b, (a, settled_a), (b, settled_b))?;
        let after_b = because(to_a, (b, settled_b), (a, settled_a))?;
        let [alone_a, alone_b] = [&*settled_a.alone, &*settled_b.alone];
        let mut judged = Judged { conflicts: after_a.conflicts, ..Judged::default() };
        let known: BTreeSet<_> =
            judged.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect();
        for mut conflict in after_b.conflicts {
            std::mem::swap(&mut conflict.ours, &mut conflict.theirs);
            if !known.contains(&(conflict.path.clone(), conflict.kind)) {
                judged.conflicts.push(conflict);
            }
        }
        judged.conflicts.sort();
        judged.undecided = after_a.undecided.or(after_b.undecided);
        let drifts = |alone: &Alone| !alone.outcome.conflicts.is_empty();
        judged.assumes = match (drifts(alone_a), drifts(alone_b)) {
            (false, false) => None,
            (true, false) => {
                Some("the first conflicts with the target itself; its side is taken there".into())
            }
            (false, true) => {
                Some("the second conflicts with the target itself; its side is taken there".into())
            }
            (true, true) => {
                Some("both conflict with the target themselves; their sides are taken there".into())
            }
        };
        Ok(judged)
    }

    /// The same as [`Judge::because`] where the two have nothing in common but files that both edit:
    /// only these are merged, and the target with the first merged need not be made.
    fn because_of_edits(
        &self,
        paths: &[&RepoPath],
        first: (&Node, &Settled),
        second: (&Node, &Settled),
    ) -> Result<Because, Missing> {
        let target = self.target_node()?;
        let alone = &second.1.alone;
        let mut sides = Sides::<TreeDiff>::default();
        for path in paths {
            let changed = &first.1.alone.footprint.changed;
            let left = changed.binary_search_by(|(changed, _)| changed.cmp(path));
            let stops_alone = alone.outcome.conflicts.iter().any(|conflict| conflict.path == **path);
            let versions = alone.footprint.edits.get(*path);
            let (Ok(left), Some([base, own]), false) = (left, versions, stops_alone) else { continue };
            let change = |new: Entry| RawChange { path: (*path).clone(), old: Some(*base), new: Some(new) };
            if changed[left].1 != *base {
                sides.ours.changes.push(change(changed[left].1));
            }
            sides.theirs.changes.push(change(*own));
        }
        self.bring(&sides, first, second.1);
        let question = Question {
            trees: Stages { base: target.tree, ours: target.tree, theirs: second.0.tree },
            labels: Stages::default(), // nothing is written
            went_by: Vec::new(),
            depth: 0,
            mode: MergeMode::DryRun,
        };
        let sides = Sides { ours: Rc::new(sides.ours), theirs: Rc::new(sides.theirs) };
        let merged = merge_sides(&self.engine, &question, sides)?;
        let undecided = merged.undecided.into_iter().next();
        Ok(Because {
            conflicts: merged.conflicts,
            undecided: undecided.map(|(path, reason)| Reason(format!("{path}: {reason}"))),
        })
    }

    /// Makes what an earlier run had in memory alone: files that merging the first or the bases of the
    /// second came to. What cannot be made again stays missing, and the merge says so.
    fn bring(&self, sides: &Sides<TreeDiff>, first: (&Node, &Settled), second: &Settled) {
        sides.ours.changes.iter().for_each(|change| self.bring_merged(change.new, first));
        if let Some(stand) = &second.alone.ancestry
            && !sides.theirs.changes.iter().all(|change| self.is_at_hand(change.old))
        {
            drop(self.engine.base_tree(self.commits, &stand.bases));
        }
    }

    /// The same for a file that merging a tip into the target came to.
    fn bring_merged(&self, file: Option<Entry>, (node, settled): (&Node, &Settled)) {
        if !self.is_at_hand(file) {
            drop(self.after(settled, node));
        }
    }

    fn is_at_hand(&self, file: Option<Entry>) -> bool {
        file.is_none_or(|file| self.engine.blob_size(file.oid).is_ok())
    }

    /// Merges the second after the first, and leaves out what stops the second alone.
    pub(super) fn because(
        &self,
        first: (&Alone, &After),
        second: &Node,
        alone: &Alone,
        ancestry: &Ancestry,
    ) -> Result<Because, Missing> {
        let target = self.target_node()?;
        // commits of the first alone can only be a base where both tips have them
        let shared = !first.1.ancestry.own.is_disjoint(&ancestry.own);
        if !shared && first.1.node.tree == target.tree && first.0.outcome.undecided.is_empty() {
            return Ok(Because::default());
        }
        let bases = match second.commits.first() {
            Some(head) if shared => self.shared_bases(*head, ancestry, first.1)?,
            Some(_) | None => ancestry.bases.clone(),
        };
        if let [base] = bases[..]
            && self.commits.commit(base)?.tree == second.tree
        {
            return Ok(Because::default()); // it brings nothing to this merge
        }
        let labels = self.labels();
        let outcome =
            self.engine.merge_on(self.commits, bases, &first.1.node, second, labels, MergeMode::DryRun)?;
        let known: BTreeSet<_> = alone.outcome.conflicts.iter().map(|conflict| &conflict.path).collect();
        let conflicts =
            outcome.conflicts.into_iter().filter(|conflict| !known.contains(&conflict.path)).collect();
        let touched = self.engine.diff(target.tree, first.1.node.tree)?;
        let has_a_hand_in = |path: &RepoPath| {
            touched.at(path).is_some() || first.0.outcome.undecided.iter().any(|(other, _)| other == path)
        };
        let mut undecided = outcome.undecided.into_iter();
        let undecided = undecided.find(|one| has_a_hand_in(&one.0) || !alone.outcome.undecided.contains(one));
        Ok(Because {
            conflicts,
            undecided: undecided.map(|(path, reason)| Reason(format!("{path}: {reason}"))),
        })
    }
}

/// Whether each two files of theirs can be merged by themselves: all is decided, each has a base, and
/// no commits are in both histories.
pub(super) fn are_plain(tips: &[&Settled; 2]) -> bool {
    let known = |tip: &Settled| {
        let ancestry = tip.alone.ancestry.clone().filter(|ancestry| !ancestry.bases.is_empty());
        ancestry.filter(|_| tip.alone.outcome.undecided.is_empty())
    };
    match tips.map(known) {
        [Some(one), Some(other)] => one.own.is_disjoint(&other.own),
        [None, _] | [_, None] => false,
    }
}
