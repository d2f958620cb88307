//! Which renames a merge follows: the relevant ones of both sides (`gitdiffcore`), and where the
//! folders took them that the other side renamed.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::renames::traversal_order::{TraversalOrder, traverse};
use crate::merge::renames::{Renames, Unreadable};
use crate::merge::three_way::directory_renames::FolderRenames;
use crate::merge::three_way::state::{Rename, ThreeWay};
use crate::model::{RepoPath, Side, Sides};

impl ThreeWay<'_> {
    /// Which renames of each side are relevant.
    pub fn relevance(&self) -> Sides<Relevance> {
        Sides::of(|side| Relevance::of(&self.sides[side], &self.sides[side.other()]))
    }

    /// Finds the relevant renames and applies them, by the path they come from, ours before theirs.
    pub fn follow_renames(&mut self) -> Result<(), Missing> {
        let relevance = self.relevance();
        if relevance.iter().all(|relevance| relevance.sources.is_empty()) {
            return Ok(());
        }
        let searches = self.search_renames(relevance)?;
        let folders = self.folder_renames(&searches);
        let moved = self.moved_by_folders(&folders, &searches)?;
        let mut renames = Vec::new();
        for side in Side::BOTH {
            self.collect_renames(side, &searches[side].renames, &moved, &mut renames);
        }
        self.searches = Some(searches);
        renames.sort_by(|a, b| a.from.cmp(&b.from));
        self.apply_renames(&renames)
    }

    /// The renames of both sides. The order in which git traverses files is only asked for where it
    /// counts.
    fn search_renames(&mut self, relevance: Sides<Relevance>) -> Result<Sides<RenameSearch>, Missing> {
        let mut orders: Option<Sides<TraversalOrder>> = None;
        let mut found = Sides::<Renames>::default();
        for side in Side::BOTH {
            if relevance[side].sources.is_empty() {
                continue;
            }
            let changes = &self.sides[side].changes;
            let by_path: Vec<usize> = (0..changes.len()).collect();
            let mut search = |order: &[usize]| {
                let relevance = Some(&relevance[side]);
                let attributes = &self.input.attributes;
                let mut found =
                    self.engine.renames.find(changes, order, (relevance, attributes), Unreadable::Fail)?;
                self.dependencies.append(&mut found.dependencies);
                Ok(found)
            };
            let mut renames = search(&by_path)?;
            if renames.order_counts() {
                let known = match orders.take() {
                    Some(known) => known,
                    None => {
                        let (listings, trees) = (&self.engine.listings, self.input.trees);
                        traverse(listings, trees, &self.sides, &relevance)?.orders
                    }
                };
                renames = search(&known[side].changes)?;
                orders = Some(known);
            }
            self.undecided.extend(std::mem::take(&mut renames.skipped));
            found[side] = renames;
        }
        let orders = orders.map_or_else(Sides::default, |orders| orders.map(Some));
        let search = |changes, relevance, renames, order| RenameSearch { changes, relevance, renames, order };
        let (changes, relevance, found, order) = (self.sides.clone(), relevance, found, orders);
        Ok(Sides {
            ours: search(changes.ours, relevance.ours, found.ours, order.ours),
            theirs: search(changes.theirs, relevance.theirs, found.theirs, order.theirs),
        })
    }

    /// Turns one side's pairs into renames that matter, moved on to where the other side's folders
    /// went. A rename matters where the other side touched its source, or a folder brings a file there.
    fn collect_renames(
        &mut self,
        side: Side,
        found: &Renames,
        moved: &Sides<FolderRenames>,
        renames: &mut Vec<Rename>,
    ) {
        let changes = self.sides[side].clone();
        let sources: BTreeMap<usize, usize> = found.pairs.iter().map(|&(from, to)| (to, from)).collect();
        let arrivals: BTreeSet<&RepoPath> = moved.iter().flat_map(|moved| moved.values()).collect();
        for (to, change) in changes.changes.iter().enumerate() {
            if change.old.is_some() || change.new.is_none() {
                continue;
            }
            let moved = moved[side].get(&change.path);
            if let Some(moved) = moved {
                self.move_by_folder(side, &change.path, moved);
            }
            let Some(&from) = sources.get(&to) else { continue };
            let from = &changes.changes[from].path;
            if moved.is_some() || self.sides[side.other()].at(from).is_some() || arrivals.contains(from) {
                let to = moved.unwrap_or(&change.path).clone();
                renames.push(Rename { side, from: from.clone(), to });
            }
        }
    }
}
