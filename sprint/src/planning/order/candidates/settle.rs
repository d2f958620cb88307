//! What comes of all waiting: what can never be merged, what can now, and what is planned after it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Waiting, natural_order};
use crate::planning::cycles;

use super::draft::Draft;
use super::{Candidates, Unit};

impl Draft<'_> {
    /// Takes out what can never be merged, and settles the rest.
    pub fn decided(mut self) -> Candidates {
        let cycles = self.stuck_in_cycles();
        self.spread();
        let kept: Vec<usize> = (0..self.units.len()).filter(|unit| self.stuck[*unit].is_empty()).collect();
        self.tell_stuck();
        let ready = self.settle_readiness(&kept);
        let mut ranked = kept;
        ranked.sort_by_key(|unit| !ready[*unit]);
        let number: BTreeMap<usize, usize> =
            ranked.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let units: Vec<Unit> =
            ranked.iter().map(|old| Unit { ready: ready[*old], ..self.units[*old].clone() }).collect();
        let after: Vec<BTreeMap<usize, String>> = ranked
            .iter()
            .map(|old| {
                let kept = self.after[*old]
                    .iter()
                    .filter_map(|(earlier, why)| Some((*number.get(earlier)?, why.clone())));
                kept.collect()
            })
            .collect();
        let closure = closure(&units, &after);
        let by_name = |a: &str, b: &str| natural_order(a, b);
        self.waiting.sort_by(|a, b| by_name(&a.terminal, &b.terminal));
        self.left_out.sort_by(|a, b| by_name(&a.terminal, &b.terminal));
        Candidates { units, after, closure, waiting: self.waiting, left_out: self.left_out, cycles }
    }

    /// What waits in a cycle is stuck; with all cycles, each named in full.
    fn stuck_in_cycles(&mut self) -> Vec<Vec<String>> {
        let names: Vec<(String, Vec<String>)> = (0..self.units.len())
            .map(|unit| {
                let needed =
                    self.after[unit].keys().map(|earlier| self.units[*earlier].name.clone()).collect();
                (self.units[unit].name.clone(), needed)
            })
            .collect();
        let cycles = cycles(&names);
        for cycle in &cycles {
            for unit in 0..self.units.len() {
                if cycle.contains(&self.units[unit].name) {
                    let why = format!("it waits in a cycle: {}", cycle.join(" → "));
                    self.stuck[unit].push((String::new(), why));
                }
            }
        }
        cycles
    }

    /// What waits for something stuck is stuck.
    fn spread(&mut self) {
        loop {
            let mut found = None;
            for unit in 0..self.units.len() {
                let behind = self.after[unit].iter().find(|(earlier, _)| !self.stuck[**earlier].is_empty());
                if let (true, Some((earlier, why))) = (self.stuck[unit].is_empty(), behind) {
                    let needed = self.units[*earlier].name.clone();
                    found = Some((unit, (needed.clone(), format!("{why}, and {needed} is waiting too"))));
                }
            }
            let Some((unit, reason)) = found else { return };
            self.stuck[unit].push(reason);
        }
    }

    fn tell_stuck(&mut self) {
        for unit in 0..self.units.len() {
            if self.stuck[unit].is_empty() {
                continue;
            }
            let mut reasons: Vec<String> = self.stuck[unit].iter().map(|(_, why)| why.clone()).collect();
            reasons.dedup();
            let direct = self.after[unit].keys().map(|earlier| self.units[*earlier].name.clone());
            let mut waits_for: Vec<String> = self.stuck[unit]
                .iter()
                .map(|(what, _)| what.clone())
                .filter(|what| !what.is_empty())
                .collect();
            waits_for.extend(direct);
            waits_for.sort_by(|a, b| natural_order(a, b));
            waits_for.dedup();
            self.tell_waiting(unit, waits_for, reasons.join("; "), false);
        }
    }

    fn tell_waiting(&mut self, unit: usize, waits_for: Vec<String>, reason: String, planned: bool) {
        let place = self.units[unit].place;
        for terminal in self.terminals(unit) {
            self.waiting.push(Waiting {
                terminal: terminal.id.clone(),
                place: terminal.place().unwrap_or(place),
                story: terminal.story.clone(),
                waits_for: waits_for.clone(),
                reason: reason.clone(),
                planned,
            });
        }
    }

    /// A unit is ready if its work is completed and committed and comes after ready units only; the others are listed as
    /// waiting.
    fn settle_readiness(&mut self, kept: &[usize]) -> Vec<bool> {
        let mut ready: Vec<bool> = self.unready.iter().map(Option::is_none).collect();
        let mut because: BTreeMap<usize, usize> = BTreeMap::new();
        loop {
            let held = kept.iter().find_map(|unit| {
                let behind = self.after[*unit].keys().find(|earlier| !ready[**earlier])?;
                ready[*unit].then_some((*unit, *behind))
            });
            let Some((unit, behind)) = held else { break };
            ready[unit] = false;
            because.insert(unit, behind);
        }
        for unit in kept.iter().copied().filter(|unit| !ready[*unit]) {
            let behind: Vec<String> = self.after[unit]
                .keys()
                .filter(|earlier| !ready[**earlier])
                .map(|earlier| self.units[*earlier].name.clone())
                .collect();
            let mut reasons: Vec<String> = self.unready[unit].iter().cloned().collect();
            if let Some(earlier) =
                because.get(&unit).or_else(|| self.after[unit].keys().find(|earlier| !ready[**earlier]))
            {
                reasons.push(format!(
                    "{}, and {} is not ready",
                    self.after[unit][earlier], self.units[*earlier].name
                ));
            }
            self.tell_waiting(unit, behind, reasons.join("; "), true);
        }
        ready
    }
}

/// All that must be merged before each unit.
fn closure(units: &[Unit], after: &[BTreeMap<usize, String>]) -> Vec<BTreeSet<usize>> {
    let all_ready: BTreeSet<usize> = (0..units.len()).filter(|unit| units[*unit].ready).collect();
    (0..units.len())
        .map(|unit| {
            let mut must = if units[unit].ready { BTreeSet::new() } else { all_ready.clone() };
            let mut open: Vec<usize> = after[unit].keys().copied().collect();
            while let Some(earlier) = open.pop() {
                if must.insert(earlier) {
                    open.extend(after[earlier].keys().copied());
                }
            }
            must
        })
        .collect()
}
