//! Which terminals can be merged at all, and what must go before what.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Known, LeftOut, Link, Oid, PlaceId, StatusKind, StoryId, Terminal, Tip, Waiting, natural_order,
};
use crate::planning::{circles, is_terminal_complete};

use super::Question;

/// One place's work, which one `git merge` brings.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The terminal's id; of several in one place, the first.
    pub name: String,
    /// The other terminals in the same place.
    pub also: Vec<String>,
    /// Its story.
    pub story: Option<StoryId>,
    /// The agent that works there.
    pub agent: Option<String>,
    /// Its branch; `None` for a detached head.
    pub branch: Option<String>,
    /// The place.
    pub place: PlaceId,
    /// The commit that would be merged.
    pub head: Oid,
    /// Whether it can be merged now.
    pub ready: bool,
    /// Its number in the order of registration.
    pub registered: usize,
    /// Greater goes first, among equals.
    pub priority: i64,
    /// How many paths its commits change.
    pub paths: usize,
    /// What to know before.
    pub warnings: Vec<String>,
}

impl Unit {
    /// Whether this is one of its terminals.
    pub fn is_called(&self, terminal: &str) -> bool {
        self.name == terminal || self.also.iter().any(|one| one == terminal)
    }
}

/// What can be ordered, and what cannot.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// By rank: what is ready first, then by priority, then as registered.
    pub units: Vec<Unit>,
    /// For each unit, those it goes after, with the reason.
    after: Vec<BTreeMap<usize, String>>,
    /// All that must be merged before each unit.
    closure: Vec<BTreeSet<usize>>,
    /// What waits.
    pub waiting: Vec<Waiting>,
    /// What is no part of the plan.
    pub left_out: Vec<LeftOut>,
    /// Circles of waiting, each named in full.
    pub circles: Vec<Vec<String>>,
}

impl Candidates {
    /// Sorts out the terminals.
    pub fn new(question: &Question) -> Candidates {
        Draft::new(question).decided()
    }

    /// The units that one waits for itself, each with the reason.
    pub fn after(&self, unit: usize) -> impl Iterator<Item = (usize, &str)> {
        self.after[unit].iter().map(|(needed, why)| (*needed, why.as_str()))
    }

    /// All that must be merged before a unit: what it waits for, directly or not, and for work that
    /// is not ready everything that is.
    pub(super) fn must_precede(&self, unit: usize) -> &BTreeSet<usize> {
        &self.closure[unit]
    }

    /// Whether nothing in the sequence, which may be a part, goes before what it must follow.
    pub(super) fn allows(&self, order: &[usize]) -> bool {
        order
            .iter()
            .enumerate()
            .all(|(at, unit)| order[at + 1..].iter().all(|later| !self.closure[*unit].contains(later)))
    }

    /// The wanted order, each unit moved back behind what it must follow.
    pub(super) fn nearest_allowed(&self, wanted: &[usize]) -> Vec<usize> {
        let mut left = wanted.to_vec();
        let mut order = Vec::new();
        while !left.is_empty() {
            let free = |unit: &usize| !left.iter().any(|one| self.closure[*unit].contains(one));
            let at = left.iter().position(free).unwrap_or(0);
            order.push(left.remove(at));
        }
        order
    }
}

/// A terminal's work on the way to becoming a unit.
struct Draft<'a> {
    question: &'a Question<'a>,
    units: Vec<Unit>,
    /// What each unit waits for: other units, with the reason.
    after: Vec<BTreeMap<usize, String>>,
    /// What each unit waits for that no step can bring, with the reason.
    stuck: Vec<Vec<(String, String)>>,
    /// Why each unit that could be merged otherwise is not ready.
    unready: Vec<Option<String>>,
    waiting: Vec<Waiting>,
    left_out: Vec<LeftOut>,
}

impl<'a> Draft<'a> {
    fn new(question: &'a Question<'a>) -> Draft<'a> {
        let mut draft = Draft {
            question,
            units: Vec::new(),
            after: Vec::new(),
            stuck: Vec::new(),
            unready: Vec::new(),
            waiting: Vec::new(),
            left_out: Vec::new(),
        };
        let mut by_place: BTreeMap<PlaceId, Vec<&Terminal>> = BTreeMap::new();
        for terminal in &question.snapshot.terminals {
            match &terminal.link {
                _ if !question.is_asked_for(terminal) => {}
                Link::Place(place) => by_place.entry(*place).or_default().push(terminal),
                Link::Gone(what) => {
                    draft.leave_out(terminal, format!("{what} is gone"), !terminal.is_complete())
                }
                Link::Declared(_) if terminal.is_complete() => {}
                Link::Declared(why) => draft.leave_out(terminal, format!("not linked to git: {why}"), false),
            }
        }
        for (place, terminals) in by_place {
            draft.consider(place, &terminals);
        }
        draft.rank();
        draft.find_waits();
        draft
    }

    fn leave_out(&mut self, terminal: &Terminal, reason: String, undetermined: bool) {
        let story = terminal.story.clone();
        self.left_out.push(LeftOut { terminal: terminal.id.clone(), story, reason, undetermined });
    }

    fn leave_all_out(&mut self, terminals: &[&Terminal], reason: &str, undetermined: bool) {
        for terminal in terminals {
            self.leave_out(terminal, reason.to_string(), undetermined);
        }
    }

    /// Makes a unit of a place, or says why not.
    fn consider(&mut self, place: PlaceId, terminals: &[&Terminal]) {
        let snapshot = self.question.snapshot;
        let tip = match &snapshot.tips[place] {
            Known::Known(tip) => tip,
            Known::Unknown(reason) => return self.leave_all_out(terminals, &reason.to_string(), true),
        };
        if let Some((_, reason)) = self.question.unreadable.iter().find(|(one, _)| *one == place) {
            return self.leave_all_out(terminals, &reason.to_string(), true);
        }
        let target = &snapshot.target.name;
        let unmergeable = match tip.head {
            None => Some("no commits yet".to_string()),
            Some(_) if tip.operation.as_deref() == Some("rebase") => {
                Some("a rebase is under way there, and its branch will be another".to_string())
            }
            Some(_) if tip.contained && !tip.is_dirty() => Some(format!("{target} contains it")),
            Some(_) if tip.contained => {
                Some(format!("nothing committed yet ({} uncommitted)", plural(tip.uncommitted.paths, "file")))
            }
            Some(_) => None,
        };
        let unmergeable = unmergeable.or_else(|| {
            let idle = self.question.idle.contains(&place);
            idle.then(|| format!("nothing to merge: {target} has the same changes already"))
        });
        let (Some(head), None) = (tip.head, &unmergeable) else {
            return self.leave_all_out(terminals, &unmergeable.unwrap_or_default(), false);
        };
        if terminals.iter().any(|terminal| is_inactive(terminal))
            && !terminals.iter().any(|one| one.is_complete())
        {
            let status = terminals[0].says(|session| Some(session.status.to_string())).unwrap_or_default();
            return self.leave_all_out(terminals, &format!("its status is {status}"), false);
        }
        let first = terminals[0];
        let mut names: Vec<String> = terminals.iter().map(|terminal| terminal.id.clone()).collect();
        names.dedup();
        let unready = unready(terminals, tip);
        self.units.push(Unit {
            name: names.remove(0),
            also: names,
            story: terminals.iter().find_map(|terminal| terminal.story.clone()),
            agent: first.says(|session| session.agent.clone()),
            branch: snapshot.places[place].branch.clone(),
            place,
            head,
            ready: unready.is_none(),
            registered: 0,
            priority: terminals
                .iter()
                .filter_map(|one| one.says(|session| session.priority))
                .max()
                .unwrap_or(0),
            paths: tip.committed.len(),
            warnings: warnings(tip),
        });
        self.unready.push(unready);
    }

    /// Numbers the units as they were registered, and sorts them by it.
    fn rank(&mut self) {
        let sessions: Vec<_> = self.question.files.iter().flat_map(|file| &file.sessions).collect();
        let registered = |unit: &Unit| {
            let own = sessions.iter().enumerate().filter(|(_, session)| unit.is_called(&session.at.terminal));
            own.map(|(at, session)| (session.started.clone().is_none(), session.started.clone(), at)).min()
        };
        let mut all: Vec<(Unit, Option<String>)> = self.units.drain(..).zip(self.unready.drain(..)).collect();
        all.sort_by(|(a, _), (b, _)| {
            let (left, right) = (registered(a), registered(b));
            left.is_none()
                .cmp(&right.is_none())
                .then(left.cmp(&right))
                .then_with(|| natural_order(&a.name, &b.name))
        });
        for (at, (unit, _)) in all.iter_mut().enumerate() {
            unit.registered = at;
        }
        all.sort_by_key(|(unit, _)| (Reverse(unit.priority), unit.registered));
        (self.units, self.unready) = all.into_iter().unzip();
    }

    /// Finds out who waits for whom.
    fn find_waits(&mut self) {
        self.after = vec![BTreeMap::new(); self.units.len()];
        self.stuck = vec![Vec::new(); self.units.len()];
        for unit in 0..self.units.len() {
            for terminal in self.terminals(unit) {
                self.wait_for_stories(unit, terminal);
                self.wait_for_terminals(unit, terminal);
            }
        }
        for (later, earlier) in self.question.after {
            let find = |name: &str| self.units.iter().position(|unit| unit.is_called(name));
            if let (Some(later), Some(earlier)) = (find(later), find(earlier))
                && later != earlier
            {
                self.after[later].entry(earlier).or_insert_with(|| "asked for with --after".to_string());
            }
        }
    }

    fn terminals(&self, unit: usize) -> Vec<&'a Terminal> {
        let place = self.units[unit].place;
        self.question.snapshot.terminals.iter().filter(|one| one.place() == Some(place)).collect()
    }

    fn wait_for_stories(&mut self, unit: usize, terminal: &Terminal) {
        let book = self.question.book;
        let Some(story) = &terminal.story else { return };
        let Some(state) = book.dependency(story) else { return };
        for needed in &state.dependency.depends_on {
            let complete = book.is_complete(needed);
            let mut found = false;
            for other in 0..self.units.len() {
                let of_story = self
                    .terminals(other)
                    .iter()
                    .any(|one| one.story.as_ref().is_some_and(|story| book.index.same(story, needed)));
                if of_story {
                    found = true;
                    if other != unit {
                        let why = format!("story {} needs {}", story.short(), needed.short());
                        self.after[unit].entry(other).or_insert(why);
                    }
                }
            }
            let unread = self.left_out.iter().find(|one| {
                one.undetermined && one.story.as_ref().is_some_and(|story| book.index.same(story, needed))
            });
            if let Some(unread) = unread.filter(|_| !complete || !found) {
                let why = format!(
                    "story {} needs {}, and {} is left out",
                    story.short(),
                    needed.short(),
                    unread.terminal
                );
                self.stuck[unit].push((needed.0.clone(), why));
            } else if !complete && !found {
                let why = format!("story {} needs {}, which is not complete", story.short(), needed.short());
                self.stuck[unit].push((needed.0.clone(), why));
            }
        }
    }

    fn wait_for_terminals(&mut self, unit: usize, terminal: &Terminal) {
        let all = &self.question.snapshot.terminals;
        for session in &terminal.sessions {
            for needed in &session.blocked_by {
                if let Some(other) = self.units.iter().position(|one| one.is_called(needed)) {
                    if other != unit {
                        let why = format!("it is blocked by {needed}");
                        self.after[unit].entry(other).or_insert(why);
                    }
                    continue;
                }
                let sessions = all.iter().flat_map(|terminal| &terminal.sessions);
                let undetermined =
                    self.left_out.iter().any(|one| one.undetermined && one.terminal == *needed);
                if undetermined || !is_terminal_complete(needed, &session.at.file, sessions) {
                    let left_out = self.left_out.iter().find(|one| one.terminal == *needed);
                    let state =
                        left_out.map_or("which is not completed".to_string(), |one| one.reason.clone());
                    self.stuck[unit].push((needed.clone(), format!("it is blocked by {needed}: {state}")));
                }
            }
        }
    }

    /// Takes out what can never be merged, and settles the rest.
    fn decided(mut self) -> Candidates {
        let names: Vec<(String, Vec<String>)> = (0..self.units.len())
            .map(|unit| {
                let needed = self.after[unit].keys().map(|one| self.units[*one].name.clone()).collect();
                (self.units[unit].name.clone(), needed)
            })
            .collect();
        let circles = circles(&names);
        for circle in &circles {
            for unit in 0..self.units.len() {
                if circle.contains(&self.units[unit].name) {
                    let why = format!("it waits in a circle: {}", circle.join(" → "));
                    self.stuck[unit].push((String::new(), why));
                }
            }
        }
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
                let kept =
                    self.after[*old].iter().filter_map(|(one, why)| Some((*number.get(one)?, why.clone())));
                kept.collect()
            })
            .collect();
        let closure = closure(&units, &after);
        let by_name = |a: &str, b: &str| natural_order(a, b);
        self.waiting.sort_by(|a, b| by_name(&a.terminal, &b.terminal));
        self.left_out.sort_by(|a, b| by_name(&a.terminal, &b.terminal));
        Candidates { units, after, closure, waiting: self.waiting, left_out: self.left_out, circles }
    }

    /// What waits for something stuck is stuck.
    fn spread(&mut self) {
        loop {
            let mut found = None;
            for unit in 0..self.units.len() {
                let behind = self.after[unit].iter().find(|(one, _)| !self.stuck[**one].is_empty());
                if let (true, Some((one, why))) = (self.stuck[unit].is_empty(), behind) {
                    let needed = self.units[*one].name.clone();
                    found = Some((unit, (needed.clone(), format!("{why}, and {needed} waits itself"))));
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
            let direct = self.after[unit].keys().map(|one| self.units[*one].name.clone());
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
        let one = &self.units[unit];
        for terminal in std::iter::once(&one.name).chain(&one.also) {
            self.waiting.push(Waiting {
                terminal: terminal.clone(),
                story: one.story.clone(),
                waits_for: waits_for.clone(),
                reason: reason.clone(),
                planned,
            });
        }
    }

    /// Ready is what is completed and goes after nothing that is not; the rest is told.
    fn settle_readiness(&mut self, kept: &[usize]) -> Vec<bool> {
        let mut ready: Vec<bool> = self.unready.iter().map(Option::is_none).collect();
        let mut because: BTreeMap<usize, usize> = BTreeMap::new();
        loop {
            let held = kept.iter().find_map(|unit| {
                let behind = self.after[*unit].keys().find(|one| !ready[**one])?;
                ready[*unit].then_some((*unit, *behind))
            });
            let Some((unit, behind)) = held else { break };
            ready[unit] = false;
            because.insert(unit, behind);
        }
        for unit in kept.iter().copied().filter(|unit| !ready[*unit]) {
            let behind: Vec<String> = self.after[unit]
                .keys()
                .filter(|one| !ready[**one])
                .map(|one| self.units[*one].name.clone())
                .collect();
            let mut reasons: Vec<String> = self.unready[unit].iter().cloned().collect();
            if let Some(one) =
                because.get(&unit).or_else(|| self.after[unit].keys().find(|one| !ready[**one]))
            {
                reasons.push(format!(
                    "{}, and {} is not completed",
                    self.after[unit][one], self.units[*one].name
                ));
            }
            self.tell_waiting(unit, behind, reasons.join("; "), true);
        }
        ready
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn is_inactive(terminal: &Terminal) -> bool {
    !terminal.sessions.is_empty()
        && terminal.sessions.iter().all(|session| session.status.kind() == StatusKind::Inactive)
}

/// Why a place's work cannot be merged now: a session that is not completed or, where nobody says,
/// uncommitted work.
fn unready(terminals: &[&Terminal], tip: &Tip) -> Option<String> {
    if let Some(operation) = &tip.operation {
        return Some(format!("a {operation} is under way there"));
    }
    let open = terminals.iter().find(|terminal| !terminal.sessions.is_empty() && !terminal.is_complete());
    if let Some(open) = open {
        let status = open.says(|session| (!session.status.is_complete()).then(|| session.status.to_string()));
        return Some(format!("its status is {}", status.unwrap_or_default()));
    }
    let declared = terminals.iter().any(|terminal| !terminal.sessions.is_empty());
    let dirty = tip.uncommitted.paths;
    (!declared && dirty > 0).then(|| format!("it has {} uncommitted", plural(dirty, "file")))
}

fn warnings(tip: &Tip) -> Vec<String> {
    let dirty = tip.uncommitted.paths;
    let left_behind = (dirty > 0).then(|| {
        let verb = if dirty == 1 { "is" } else { "are" };
        format!("{} {verb} not committed and will not be merged", plural(dirty, "file"))
    });
    left_behind.into_iter().collect()
}

/// All that must be merged before each unit.
fn closure(units: &[Unit], after: &[BTreeMap<usize, String>]) -> Vec<BTreeSet<usize>> {
    let all_ready: BTreeSet<usize> = (0..units.len()).filter(|unit| units[*unit].ready).collect();
    (0..units.len())
        .map(|unit| {
            let mut must = if units[unit].ready { BTreeSet::new() } else { all_ready.clone() };
            let mut open: Vec<usize> = after[unit].keys().copied().collect();
            while let Some(one) = open.pop() {
                if must.insert(one) {
                    open.extend(after[one].keys().copied());
                }
            }
            must
        })
        .collect()
}
