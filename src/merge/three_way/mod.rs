//! One merge of three trees: the state that its steps share, and their order.

pub(crate) mod directory_renames;
pub(crate) mod path_entry;
mod rename_rules;
pub(crate) mod resolve;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::merge::attributes::{Rules, Tops, rules_of};
use crate::merge::diff::{RawChange, TreeDiff, diff_trees_beside, entry_at};
use crate::merge::engine::{Engine, Sought};
use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::traversal_order::{Order, Tie, visiting_orders};
use crate::merge::renames::{Renames, Unreadable, find_renames};
use crate::merge::three_way::directory_renames::FolderMoves;
use crate::merge::three_way::path_entry::{Entries, Slot};
use crate::merge::three_way::resolve::Merged;
use crate::model::{ConflictPath, EntryKind, Oid, Reason, RepoPath, Side, Sides, Stages};

/// What is merged, and under which names.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// What is merged.
    pub trees: Stages<Oid>,
    /// The names that stand beside conflict markers.
    pub labels: Stages<String>,
    /// Whose attributes the merges went by that made the base.
    pub went_by: Vec<Tops>,
    /// How many merges this one makes the base of.
    pub depth: usize,
    /// What it is made for.
    pub mode: MergeMode,
}

/// What a merge is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeMode {
    /// To have its result, with the conflicts settled like this.
    Write(Favor),
    /// To know where it stops: a dry run, in which no merged content and no tree is written.
    DryRun,
}

/// How conflicts are settled. They count as conflicts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Favor {
    /// Not at all.
    Neither,
    /// As `git merge -X theirs` does; and where that still stops, each unmerged path becomes their
    /// version, or goes where they have none.
    Theirs,
}

/// A merge under way.
pub(crate) struct ThreeWay<'m> {
    pub engine: &'m Engine<'m>,
    pub question: &'m Question,
    /// What each side changed.
    pub sides: Sides<Rc<TreeDiff>>,
    /// Paths that both sides had a hand in.
    pub slots: BTreeMap<RepoPath, Slot>,
    /// Conflicts that leave no unmerged path.
    pub loose: Vec<ConflictPath>,
    /// What attributes say; `None` where git goes by some that are not at hand.
    pub rules: Option<Rules>,
    /// What nobody can decide here.
    pub undecided: Vec<(RepoPath, Reason)>,
}

/// One renamed file of one side.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub side: Side,
    pub from: RepoPath,
    pub to: RepoPath,
}

/// Merges three trees.
///
/// Most merges do without renames: then nothing counts of our changes but what lies where they
/// changed something. Only a merge that has to look for a moved file or folder looks at all of them.
pub(crate) fn three_way(engine: &Engine<'_>, question: &Question) -> Result<Merged, Missing> {
    let Stages { base, ours, theirs } = question.trees;
    let their_changes = engine.diff(base, theirs)?;
    let beside = Rc::new(diff_trees_beside(engine.objects, base, ours, theirs)?);
    let merge = ThreeWay::new(engine, question, Sides { ours: beside, theirs: their_changes.clone() })?;
    if !engine.options.renames || merge.relevance().iter().all(Relevance::is_nothing) {
        return merge.resolve();
    }
    let sides = Sides { ours: engine.diff(base, ours)?, theirs: their_changes };
    ThreeWay::new(engine, question, sides)?.with_renames()?.resolve()
}

/// Merges what two sides changed, renames aside.
pub(crate) fn merge_sides(
    engine: &Engine<'_>,
    question: &Question,
    sides: Sides<Rc<TreeDiff>>,
) -> Result<Merged, Missing> {
    ThreeWay::new(engine, question, sides)?.resolve()
}

impl<'m> ThreeWay<'m> {
    /// A merge of these changes.
    fn new(
        engine: &'m Engine<'m>,
        question: &'m Question,
        sides: Sides<Rc<TreeDiff>>,
    ) -> Result<ThreeWay<'m>, Missing> {
        let mut merge = ThreeWay {
            engine,
            question,
            sides,
            slots: BTreeMap::new(),
            loose: Vec::new(),
            rules: rules_of(engine, question)?,
            undecided: Vec::new(),
        };
        merge.meet();
        Ok(merge)
    }

    /// What is wanted to know of each side's renames.
    fn relevance(&self) -> Sides<Relevance> {
        Sides::of(|side| Relevance::of(&self.sides[side], &self.sides[side.other()]))
    }

    /// The same merge, renames followed.
    fn with_renames(mut self) -> Result<ThreeWay<'m>, Missing> {
        let renames = self.renames()?;
        self.apply_renames(&renames)?;
        Ok(self)
    }

    /// The versions of a path that at least one side changed.
    pub fn stages(&self, path: &RepoPath) -> Option<Entries> {
        let (ours, theirs) = (self.sides.ours.at(path), self.sides.theirs.at(path));
        let base = ours.or(theirs)?.old;
        let entry = |change: Option<&RawChange>| change.map_or(base, |change| change.new);
        Some(Stages { base, ours: entry(ours), theirs: entry(theirs) })
    }

    /// The slot of a path, made from the trees where there is none yet.
    pub fn slot(&mut self, path: &RepoPath) -> &mut Slot {
        if !self.slots.contains_key(path) {
            let stages = self.stages(path).unwrap_or_default();
            self.slots.insert(path.clone(), Slot::new(stages));
        }
        self.slots.entry(path.clone()).or_insert_with(|| Slot::new(Entries::default()))
    }

    /// Makes slots where the sides meet: the same path, or a file of one where the other has a folder.
    fn meet(&mut self) {
        let sides = self.sides.clone();
        for side in Side::BOTH {
            let other = &sides[side.other()];
            for RawChange { path, new, .. } in &sides[side].changes {
                let touched = || other.at(path).is_some();
                let in_the_way = || new.is_some() && other.below(path).any(|below| below.new.is_some());
                if touched() || in_the_way() {
                    self.slot(path);
                }
            }
        }
    }

    /// The renames that matter, by the path they come from, ours before theirs.
    fn renames(&mut self) -> Result<Vec<Rename>, Missing> {
        let relevance = self.relevance();
        if relevance.iter().all(|relevance| relevance.sources.is_empty()) {
            return Ok(Vec::new());
        }
        let found = self.both_renames(&relevance)?;
        let moves = self.folder_moves(&found);
        let led_on = self.led_on(&moves)?;
        let mut renames = Vec::new();
        for side in Side::BOTH {
            self.collect_renames(side, &found[side], &led_on[side], &mut renames);
        }
        renames.sort_by(|a, b| a.from.cmp(&b.from));
        Ok(renames)
    }

    /// The renames of both sides. The order in which git comes upon files is only asked for where it
    /// counts.
    fn both_renames(&mut self, relevance: &Sides<Relevance>) -> Result<Sides<Renames>, Missing> {
        let mut orders: Option<Sides<Order>> = None;
        let mut found = Sides::<Renames>::default();
        for side in Side::BOTH {
            let relevance_of = &relevance[side];
            if relevance_of.sources.is_empty() {
                continue;
            }
            let changes = &self.sides[side].changes;
            let by_path: Vec<usize> = (0..changes.len()).collect();
            let search = |order: &[usize]| {
                find_renames(self.engine, changes, order, Some(relevance_of), Unreadable::Fail)
            };
            let mut renames = search(&by_path)?;
            if renames.order_counts() {
                if orders.is_none() {
                    let (trees, sides) = (self.question.trees, &self.sides);
                    orders = Some(visiting_orders(self.engine, trees, sides, relevance)?);
                }
                if let Some(orders) = &orders {
                    renames = search(&orders[side].changes)?;
                }
            }
            self.note_search(side, orders.as_ref().map(|orders| &orders[side]), &renames);
            for path in &renames.skipped {
                let reason = Reason::from("too large to be compared with other files");
                self.undecided.push((path.clone(), reason));
            }
            found[side] = renames;
        }
        Ok(found)
    }

    /// Notes what a search rests on, for those who ask what could change its answer.
    fn note_search(&self, side: Side, order: Option<&Order>, found: &Renames) {
        let path = |at: &usize| &self.sides[side].changes[*at].path;
        let tied: Vec<&RepoPath> = found.tied.iter().map(path).collect();
        let tie = match order.map_or(Tie::None, |order| order.tie(&tied)) {
            _ if found.votes_tied => Tie::Loose,
            Tie::Firm(_) if side == Side::Theirs && order.is_some_and(Order::puts_off) => Tie::Loose,
            tie => tie,
        };
        self.engine.seek(match side {
            Side::Ours => Sought {
                open: found.sought.clone(),
                lone: found.lone.clone(),
                found: found.pairs.iter().map(|(_, to)| path(to).clone()).collect(),
                tie,
            },
            Side::Theirs => Sought { tie, ..Sought::default() },
        });
    }

    /// Turns one side's pairs into renames that matter, led on to where the other side's folders went.
    fn collect_renames(
        &mut self,
        side: Side,
        found: &Renames,
        led_on: &FolderMoves,
        renames: &mut Vec<Rename>,
    ) {
        let changes = self.sides[side].clone();
        let sources: BTreeMap<usize, usize> = found.pairs.iter().map(|&(from, to)| (to, from)).collect();
        for (to, change) in changes.changes.iter().enumerate() {
            if change.old.is_some() || change.new.is_none() {
                continue;
            }
            let moved = led_on.get(&change.path);
            if let Some(moved) = moved {
                self.lead_on(side, &change.path, moved);
            }
            let Some(&from) = sources.get(&to) else { continue };
            let from = &changes.changes[from].path;
            if moved.is_some() || self.sides[side.other()].at(from).is_some() {
                let to = moved.unwrap_or(&change.path).clone();
                renames.push(Rename { side, from: from.clone(), to });
            }
        }
    }

    /// Whether a tree has a folder at this path.
    pub fn has_folder(&self, tree: Oid, path: &RepoPath) -> Result<bool, Missing> {
        let entry = entry_at(self.engine.objects, tree, path)?;
        Ok(entry.is_some_and(|entry| entry.kind == EntryKind::Tree))
    }

    /// Whether any of the three trees has something at this path.
    pub fn is_used(&self, path: &RepoPath) -> Result<bool, Missing> {
        for tree in self.question.trees.iter() {
            if entry_at(self.engine.objects, *tree, path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(self.slots.contains_key(path))
    }
}
