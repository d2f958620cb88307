//! Who waits for whom, and why.

use std::collections::BTreeMap;

use crate::model::{BroughtWork, Facts, LeftOut, PlaceId, StoryId, Terminal, Tip};
use crate::planning::order::OrderQuestion;
use crate::planning::terminal_completion;

use super::Unit;
use super::draft::{Draft, unready};

impl<'a> Draft<'a> {
    /// Finds out who waits for whom.
    pub fn find_waits(&mut self) {
        self.after = vec![BTreeMap::new(); self.units.len()];
        self.stuck = vec![Vec::new(); self.units.len()];
        for unit in 0..self.units.len() {
            for terminal in self.terminals(unit) {
                self.wait_for_stories(unit, terminal);
                self.wait_for_terminals(unit, terminal);
            }
            self.wait_for_commits(unit);
        }
        for (later, earlier) in &self.question.options.after {
            let find = |name: &str| self.units.iter().position(|unit| unit.is_called(name));
            match (find(later), find(earlier)) {
                (Some(later), Some(earlier)) if later != earlier => {
                    self.after[later].entry(earlier).or_insert_with(|| "requested with --after".to_string());
                }
                (Some(later), None) if self.kept_out().any(|one| one.id == *earlier) => {
                    let why = format!("requested with --after {earlier}, which is left out");
                    self.stuck[later].push((earlier.clone(), why));
                }
                (_, _) => {}
            }
        }
    }

    /// The terminals that are left out on purpose though the target lacks their work: what needs that cannot be merged
    /// without it.
    fn kept_out(&self) -> impl Iterator<Item = &'a Terminal> {
        let OrderQuestion { facts, options, .. } = self.question;
        let facts: &'a Facts = facts;
        let is_open = |one: &Terminal| match facts.own_tip(one) {
            Some(tip) => !tip.is_settled(),
            None => !one.is_merged(None),
        };
        let is_here = |one: &Terminal| self.units.iter().any(|unit| unit.is_called(&one.id));
        let all = facts.terminals.iter().filter(|one| options.exclude.contains(&one.id));
        all.filter(move |one| is_open(one) && !is_here(one))
    }

    fn wait_for_stories(&mut self, unit: usize, terminal: &Terminal) {
        let book = &self.question.facts.book;
        let Some(story) = &terminal.story else { return };
        let Some(state) = book.dependency(story) else { return };
        for needed in &state.needs {
            let complete = book.is_complete(needed) || book.is_undetermined(needed);
            let is_needed =
                |story: &Option<StoryId>| story.as_ref().is_some_and(|story| book.index.same(story, needed));
            let of_story =
                |unit: &usize| self.terminals(*unit).iter().any(|terminal| is_needed(&terminal.story));
            let needed_units: Vec<usize> = (0..self.units.len()).filter(of_story).collect();
            let merged = &self.question.options.merged;
            let mut is_merged =
                self.question.facts.terminals.iter().filter(|terminal| merged.contains(&terminal.id));
            let found = !needed_units.is_empty() || is_merged.any(|terminal| is_needed(&terminal.story));
            for other in needed_units.into_iter().filter(|other| *other != unit) {
                let why = format!("story {} needs {}", story.short(), needed.short());
                self.after[unit].entry(other).or_insert(why);
            }
            let out = self.kept_out().find(|one| is_needed(&one.story));
            if let Some(out) = out {
                let (story, needed) = (story.short(), needed.short());
                let why = format!("story {story} needs {needed}, and {} is left out", out.id);
                self.stuck[unit].push((out.id.clone(), why));
                continue;
            }
            let unread =
                self.left_out.iter().find(|left_out| left_out.undetermined && is_needed(&left_out.story));
            if let Some(unread) = unread.filter(|_| !complete || !found) {
                let why = format!(
                    "story {} needs {}, and {} is left out",
                    story.short(),
                    needed.short(),
                    unread.terminal
                );
                self.stuck[unit].push((needed.to_string(), why));
            } else if !complete && !found {
                let why = format!("story {} needs {}, which is not complete", story.short(), needed.short());
                self.stuck[unit].push((needed.to_string(), why));
            }
        }
    }

    /// What is on top of other work brings it along, and so waits for it where that may have to wait: somebody
    /// registered it, or it is not finished.
    fn wait_for_commits(&mut self, unit: usize) {
        let Unit { place, is_part, .. } = self.units[unit];
        let facts = self.question.facts;
        let is_registered = |place| self.terminals_at(place).any(|one| !one.sessions.is_empty());
        let is_open = |tip: &Tip| tip.is_dirty() || tip.under_way.is_some();
        let may_wait = |place: &&PlaceId| {
            facts.tip_at(**place).is_some_and(is_open)
                || is_registered(**place)
                || facts.places[**place].unfinished_elsewhere().is_some()
        };
        let below: Vec<PlaceId> =
            facts.contained.get(&place).filter(|_| !is_part).into_iter().flatten().copied().collect();
        // in another worktree of its branch are the same commits
        let brings = below.iter().filter(|below| **below != place && !facts.share_branch(**below, place));
        let brings = brings.flat_map(|below| self.brought(*below, may_wait(&below))).collect();
        let is_below = |one: &Terminal| {
            let at = one.place().filter(|at| below.contains(at) && !facts.share_branch(*at, place));
            at.and_then(|at| facts.tip_at(at)).is_some_and(|tip| !tip.is_settled())
        };
        let out = self.kept_out().find(|one| is_below(one));
        let below: Vec<PlaceId> = below.into_iter().filter(|below| may_wait(&below)).collect();
        if let Some(out) = out {
            let why = format!("it contains the commits of {}, which is left out", out.id);
            self.stuck[unit].push((out.id.clone(), why));
        }
        self.units[unit].brings = brings;
        for below in &below {
            let head = facts.tip_at(*below).and_then(|tip| tip.head);
            let there = self.units.iter().position(|unit| unit.place == facts.merged_at(*below));
            let same = || self.units.iter().position(|unit| Some(unit.head) == head);
            if let Some(other) = there.or_else(same).filter(|other| *other != unit) {
                let name = &self.units[other].name;
                if self.units[other].is_part {
                    let why = format!("it contains commits of {name} that are not finished");
                    self.stuck[unit].push((name.clone(), why));
                } else {
                    let why = format!("it contains the commits of {name}");
                    self.after[unit].entry(other).or_insert(why);
                }
                continue;
            }
            let is_it = |left: &&LeftOut| {
                self.terminals_at(*below).any(|one| (&one.id, &one.story) == (&left.terminal, &left.story))
            };
            if let Some(LeftOut { terminal, reason, .. }) = self.left_out.iter().find(is_it) {
                let why = format!("it contains the commits of {terminal}: {reason}");
                self.stuck[unit].push((terminal.clone(), why));
            }
        }
    }

    /// Whose work in a place comes along, though nobody there is asked for. `may_wait`: whether it may have to wait.
    fn brought(&self, place: PlaceId, may_wait: bool) -> Vec<BroughtWork> {
        let facts = self.question.facts;
        let there: Vec<&Terminal> = self.terminals_at(place).collect();
        let Some(tip) = facts.tip_at(place) else { return Vec::new() };
        let is_asked = there.iter().any(|one| self.question.is_asked_for(one));
        // where others are registered, what nobody registered is merged by those who name it
        let is_nobodys = self.question.options.only.is_empty()
            && there.iter().all(|one| one.sessions.is_empty())
            && facts.terminals.iter().any(|one| !one.sessions.is_empty());
        if tip.is_settled() || is_asked && !is_nobodys {
            return Vec::new();
        }
        let uncommitted = there.iter().map(|one| facts.uncommitted(one).paths).max().unwrap_or(0);
        let reason = |one: &Terminal| {
            let own = unready(facts, &[one], tip, uncommitted);
            own.or_else(|| facts.places[place].unfinished_elsewhere().map(str::to_string))
                .filter(|_| may_wait)
        };
        let brought = |one: &&Terminal| BroughtWork { terminal: one.id.clone(), not_ready: reason(one) };
        there.iter().map(brought).collect()
    }

    fn wait_for_terminals(&mut self, unit: usize, terminal: &Terminal) {
        let (all, book) = (&self.question.facts.terminals, &self.question.facts.book);
        let who = if self.terminals(unit).len() == 1 { "it" } else { &terminal.id };
        for session in &terminal.sessions {
            let merged = &self.question.options.merged;
            for needed in session.blocked_by.iter().filter(|needed| !merged.contains(needed)) {
                if let Some(other) = self.units.iter().position(|unit| unit.is_called(needed)) {
                    if other != unit {
                        let why = format!("{who} is blocked by {needed}");
                        self.after[unit].entry(other).or_insert(why);
                    }
                    continue;
                }
                if self.kept_out().any(|one| one.id == *needed) {
                    let why = format!("{who} is blocked by {needed}, which is left out");
                    self.stuck[unit].push((needed.clone(), why));
                    continue;
                }
                let sessions = all.iter().flat_map(|terminal| &terminal.sessions);
                let undetermined = self
                    .left_out
                    .iter()
                    .any(|left_out| left_out.undetermined && left_out.terminal == *needed);
                // of what is unknown, the work is not ready
                if undetermined || terminal_completion(needed, &session.at.file, sessions, book) == Ok(false)
                {
                    let left_out = self.left_out.iter().find(|left_out| left_out.terminal == *needed);
                    let is_known = all.iter().any(|terminal| terminal.id == *needed)
                        || book.archived_terminals.contains_key(needed);
                    let state = match left_out {
                        Some(left_out) => format!(": {}", left_out.reason),
                        None if is_known => ", which is not completed".to_string(),
                        None => ", which is not registered".to_string(),
                    };
                    self.stuck[unit].push((needed.clone(), format!("{who} is blocked by {needed}{state}")));
                }
            }
        }
    }
}
