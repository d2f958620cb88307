//! Which unit goes before which where nothing else orders them, and which are one.

use std::cmp::Reverse;
use std::mem;

use foldhash::HashMap;

use crate::model::{Oid, PlaceId, Terminal, natural_order};
use crate::planning::registration::Registration;

use super::Unit;
use super::draft::Draft;

impl Draft<'_> {
    /// Numbers the units as they were registered, and ranks them: by priority, then by that number, but what others
    /// have taken in goes before these. Places with the same commits become one unit.
    pub fn rank(&mut self) {
        let facts = self.question.facts;
        let units = self.units.drain(..).zip(self.unready.drain(..));
        let registered = |unit: &Unit| Registration::first(facts, |terminal| unit.is_called(terminal));
        let mut all: Vec<_> = units.map(|(unit, unready)| (registered(&unit), unit, unready)).collect();
        all.sort_by(|(left, a, _), (right, b, _)| {
            left.is_none()
                .cmp(&right.is_none())
                .then_with(|| left.cmp(right))
                .then_with(|| natural_order(&a.name, &b.name))
        });
        for (at, (_, unit, _)) in all.iter_mut().enumerate() {
            unit.registered = at;
        }
        all.sort_by_key(|(_, unit, _)| (Reverse(unit.priority), unit.registered));
        (self.units, self.unready) = all.into_iter().map(|(_, unit, unready)| (unit, unready)).unzip();
        self.rank_contained();
        self.join_same();
    }

    /// Moves what others of the same priority have taken in before them.
    fn rank_contained(&mut self) {
        let facts = self.question.facts;
        let units: HashMap<PlaceId, usize> =
            self.units.iter().enumerate().map(|(at, unit)| (unit.place, at)).collect();
        // who contains another one has more commits
        let commits = |at: usize| facts.tip_at(self.units[at].place).map_or(0, |tip| tip.ahead);
        let mut is_ranked = vec![false; self.units.len()];
        let mut ranked = Vec::new();
        for (at, unit) in self.units.iter().enumerate() {
            let contained = facts.contained.get(&unit.place).into_iter().flatten();
            let mut first: Vec<usize> = contained
                .filter_map(|place| units.get(&facts.merged_at(*place)).copied())
                .filter(|other| *other != at && self.units[*other].priority == unit.priority)
                .collect();
            first.sort_by_key(|other| (commits(*other), *other));
            first.push(at);
            ranked.extend(first.into_iter().filter(|next| !mem::replace(&mut is_ranked[*next], true)));
        }
        (self.units, self.unready) =
            ranked.into_iter().map(|at| (self.units[at].clone(), self.unready[at].clone())).unzip();
    }

    /// Leaves out every place without a session that has the same commits as another one: one merge brings both.
    fn join_same(&mut self) {
        let mut with_head: HashMap<Oid, &Unit> = HashMap::default();
        for unit in self.units.iter().filter(|unit| !unit.is_part) {
            let known = with_head.entry(unit.head).or_insert(unit);
            if unit.is_registered && !known.is_registered {
                *known = unit;
            }
        }
        let same = |unit: &Unit| {
            let known = with_head.get(&unit.head).filter(|known| known.place != unit.place)?;
            (!unit.is_registered).then(|| known.name.clone())
        };
        let same: Vec<Option<String>> = self.units.iter().map(same).collect();
        for (at, first) in same.into_iter().enumerate().rev() {
            let Some(first) = first else { continue };
            let place = self.units.remove(at).place;
            self.unready.remove(at);
            let terminals: Vec<&Terminal> = self.terminals_at(place).collect();
            self.leave_all_out(&terminals, &format!("the same commits as {first}"), false);
        }
    }
}
