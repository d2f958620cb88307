//! The work of each place on the way to becoming a unit: which is one, and which is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Facts, LeftOut, Link, Oid, PlaceId, Reason, Session, StatusKind, StoryId, Terminal, Tip, Waiting,
    shell_word,
};
use crate::planning::order::OrderQuestion;
use crate::planning::order::commands::word;
use crate::planning::{decide_session, lost_work};

use super::Unit;
use super::unknown::waits_unknown;

/// A terminal's work on the way to becoming a unit.
pub(super) struct Draft<'a> {
    pub question: &'a OrderQuestion<'a>,
    pub units: Vec<Unit>,
    /// What each unit waits for: other units, with the reason.
    pub after: Vec<BTreeMap<usize, String>>,
    /// What each unit waits for that no step can bring, with the reason.
    pub stuck: Vec<Vec<(String, String)>>,
    /// Why each unit that could be merged otherwise is not ready.
    pub unready: Vec<Option<String>>,
    pub waiting: Vec<Waiting>,
    pub left_out: Vec<LeftOut>,
}

impl<'a> Draft<'a> {
    /// A unit of each place whose work can be merged, ranked; what is none is left out.
    pub fn new(question: &'a OrderQuestion<'a>) -> Draft<'a> {
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
        let terminals = &question.facts.terminals;
        let merged_at = |one: &Terminal| one.place().map(|place| question.facts.merged_at(place));
        let asked = terminals.iter().filter(|one| question.is_asked_for(one));
        let asked: BTreeSet<PlaceId> = asked.filter_map(merged_at).collect();
        for terminal in terminals {
            match &terminal.link {
                // who works where another one is asked for is merged with it
                Link::Place(place) if asked.contains(&question.facts.merged_at(*place)) => {
                    by_place.entry(question.facts.merged_at(*place)).or_default().push(terminal)
                }
                _ if !question.is_asked_for(terminal) => {}
                Link::Place(_) => {}
                Link::Gone(_) | Link::Declared(_) if terminal.is_merged(None) => {
                    let target = &question.facts.target.name;
                    draft.leave_out(terminal, format!("already merged into {target}"), false)
                }
                Link::Gone(what) => match lost_work(terminal, question.facts) {
                    Some(lost) => draft.leave_out(terminal, lost, true),
                    None => {
                        draft.leave_out(terminal, format!("{what} does not exist"), !terminal.is_complete());
                    }
                },
                Link::Declared(why) => {
                    let reason = match (terminal.is_lost(), terminal.is_seen() && terminal.is_complete()) {
                        (true, _) => {
                            lost_work(terminal, question.facts).unwrap_or_else(|| Terminal::LOST.to_string())
                        }
                        (false, true) => "nothing was committed when it was last seen".to_string(),
                        (false, false) => format!("not linked to git: {why}"),
                    };
                    draft.leave_out(terminal, reason, terminal.is_lost())
                }
            }
        }
        for (place, terminals) in by_place {
            draft.consider(place, &terminals);
        }
        draft.rank();
        draft
    }

    fn leave_out(&mut self, terminal: &Terminal, reason: String, undetermined: bool) {
        if !self.question.is_asked_for(terminal) {
            return;
        }
        let story = terminal.story.clone();
        self.left_out.push(LeftOut { terminal: terminal.id.clone(), story, reason, undetermined });
    }

    /// What has nothing to merge: its work is in the target, has not begun, or is lost.
    fn leave_settled_out(&mut self, tip: &Tip, terminal: &Terminal) {
        let facts = self.question.facts;
        match lost_work(terminal, facts) {
            Some(lost) => self.leave_out(terminal, lost, true),
            None => self.leave_out(terminal, nothing_to_merge(facts, tip, terminal), false),
        }
    }

    pub fn leave_all_out(&mut self, terminals: &[&Terminal], reason: &str, undetermined: bool) {
        for terminal in terminals {
            self.leave_out(terminal, reason.to_string(), undetermined);
        }
    }

    /// Makes a unit of a place, or records why not.
    fn consider(&mut self, place: PlaceId, terminals: &[&Terminal]) {
        let question = self.question;
        let facts = question.facts;
        // the others of its branch's worktrees in which somebody works
        let places: BTreeSet<PlaceId> =
            terminals.iter().filter_map(|one| one.place()).chain([place]).collect();
        let unknown = places.iter().find_map(|at| facts.tips[*at].reason());
        let is_it = |(at, _): &&(PlaceId, Reason)| places.contains(at);
        let unreadable = || question.unreadable.iter().find(is_it).map(|(_, reason)| reason);
        if let Some(reason) = unknown.or_else(unreadable) {
            return self.leave_all_out(terminals, &reason.to_string(), true);
        }
        let Some(tip) = facts.tip_at(place) else { return };
        let merging = tip.under_way.as_ref().filter(|_| tip.is_merging());
        if let Some(under_way) = merging
            && (!under_way.unresolved.is_empty() || self.question.options.only_committed)
            && !facts.is_at_target(place)
        {
            return self.leave_all_out(terminals, &under_way.sentence(), true);
        }
        if facts.is_at_target(place) && tip.is_settled() {
            let target = &facts.target.name;
            let dirty = plural(tip.uncommitted.paths, "file");
            let reason = match tip.is_dirty() {
                true => format!("{target} is checked out there ({dirty} uncommitted)"),
                false => format!("{target} is checked out there"),
            };
            return self.leave_all_out(terminals, &reason, false);
        }
        let (done, open): (Vec<&Terminal>, Vec<&Terminal>) =
            terminals.iter().partition(|terminal| terminal.own_work().is_some_and(Tip::is_settled));
        for terminal in done {
            let tip = facts.own_tip(terminal).unwrap_or(tip);
            self.leave_settled_out(tip, terminal);
        }
        let number = |terminal: &Terminal| terminal.own.as_ref().map_or(0, |own| own.number);
        let unfinished = open.iter().filter(|terminal| !terminal.is_complete());
        let first = unfinished.map(|terminal| number(terminal)).min();
        // the stories that were finished before one that goes on are merged without it
        // where others work on the branch elsewhere, nobody knows which commits are whose
        let is_split = |first: usize, one: &Terminal| places.len() < 2 && number(one) < first;
        let (now, later): (Vec<&Terminal>, Vec<&Terminal>) =
            open.iter().partition(|terminal| first.is_none_or(|first| is_split(first, terminal)));
        let (terminals, until) = match (&now[..], &open[..]) {
            (_, []) => return,
            ([], open) => (open, None),
            (now, _) => {
                let last = now.iter().max_by_key(|terminal| number(terminal));
                let last = last.and_then(|last| last.own.as_ref()).filter(|_| !later.is_empty());
                match last {
                    Some(own) if !own.stands_alone => (&open[..], None),
                    last => (now, last.and_then(|own| own.tip.head)),
                }
            }
        };
        if until.is_some() {
            self.waiting.extend(later.iter().map(|terminal| Waiting {
                terminal: terminal.id.clone(),
                place,
                story: terminal.story.clone(),
                waits_for: Vec::new(),
                reason: open_status(self.question.facts, terminal, &[terminal]),
                planned: false,
            }));
        }
        if tip.head.is_some() && tip.is_settled() {
            for terminal in terminals {
                self.leave_settled_out(tip, terminal);
            }
            return;
        }
        let head = match self.mergeable(place, tip, terminals) {
            Ok(head) => until.unwrap_or(head),
            Err(reason) => return self.leave_all_out(terminals, &reason, false),
        };
        let uncommitted = terminals.iter().filter_map(|terminal| facts.own_tip(terminal));
        let uncommitted = uncommitted.map(|tip| tip.uncommitted.paths).max().unwrap_or(0);
        let first = terminals[0];
        let mut names: Vec<String> = terminals.iter().map(|terminal| terminal.id.clone()).collect();
        names.dedup();
        let unready = unready(facts, terminals, tip, uncommitted)
            .or_else(|| unready_unregistered(question, terminals, head))
            .or_else(|| terminals.iter().find_map(|terminal| waits_unknown(question, terminal)))
            .or_else(|| facts.places[place].unfinished_elsewhere().map(str::to_string))
            .or_else(|| places.iter().find_map(|at| Some(facts.places[*at].away()?.without_fix())))
            .or_else(|| {
                let at_target = facts.under_way_at_target()?;
                Some(format!("in the worktree of {}, {}", facts.target.name, at_target.sentence()))
            })
            .or_else(|| match until {
                None => facts.unmergeable.get(&place).cloned(),
                Some(until) => {
                    let is_last = |at: &usize| {
                        let own = facts.terminals[*at].own_work();
                        facts.terminals[*at].place() == Some(place)
                            && own.and_then(|own| own.head) == Some(until)
                    };
                    facts.unmergeable_parts.iter().find(|(at, _)| is_last(at)).map(|(_, why)| why.clone())
                }
            });
        let mut unit = Unit {
            name: names.remove(0),
            also: names,
            story: terminals.iter().find_map(|terminal| terminal.story.clone()),
            agent: first.says(|session| session.agent.clone()),
            branch: facts.places[place].branch.clone().filter(|_| until.is_none()),
            is_part: until.is_some(),
            place,
            head,
            word: String::new(),
            members: terminals.iter().map(|terminal| (terminal.id.clone(), terminal.story.clone())).collect(),
            ready: unready.is_none(),
            registered: 0,
            is_registered: terminals.iter().any(|terminal| !terminal.sessions.is_empty()),
            priority: terminals
                .iter()
                .filter_map(|terminal| terminal.says(|session| session.priority))
                .max()
                .unwrap_or(0),
            paths: tip.committed.len(),
            brings: Vec::new(),
            warnings: match merging.filter(|_| until.is_none()) {
                Some(under_way) => vec![format!(
                    "{}; this step merges its result. {}",
                    under_way.sentence(),
                    under_way.ending(&facts.places[place].git())
                )],
                None => warnings(uncommitted),
            }
            .into_iter()
            .chain(terminals.iter().filter_map(|terminal| terminal.went_on_after_completion()))
            .collect(),
        };
        unit.word = word(self.question, &unit);
        self.units.push(unit);
        self.unready.push(unready);
    }

    /// The commit that merging a place's work brings.
    ///
    /// # Errors
    /// Why there is nothing that could be merged now or later.
    fn mergeable(&self, place: PlaceId, tip: &Tip, terminals: &[&Terminal]) -> Result<Oid, String> {
        let facts = self.question.facts;
        let target = &facts.target.name;
        let head = match tip.head {
            None => return Err("no commits yet".to_string()),
            // a merge in progress comes along once it is concluded
            Some(head) => tip.work_head.unwrap_or(head),
        };
        if self.question.unrelated.contains(&place) {
            let id = &terminals[0].id;
            return Err(format!(
                "it has no commit in common with {target}, so git refuses to merge it; --only {} plans it anyway",
                shell_word(id)
            ));
        }
        let is_usual = facts.target.usual.is_some() && facts.places[place].branch == facts.target.usual;
        let is_meant =
            |one: &&Terminal| !one.sessions.is_empty() || self.question.options.only.contains(&one.id);
        if is_usual && !terminals.iter().any(is_meant) {
            let id = &terminals[0].id;
            return Err(format!(
                "work usually goes into it, and not from it into {target}; --only {} plans it anyway",
                shell_word(id)
            ));
        }
        if let Some(inactive) = terminals.iter().find(|terminal| is_inactive(terminal))
            && !terminals.iter().any(|terminal| terminal.is_complete())
        {
            return Err(open_status(facts, inactive, terminals));
        }
        Ok(head)
    }

    /// All terminals of a place.
    pub fn terminals_at(&self, place: PlaceId) -> impl Iterator<Item = &'a Terminal> + use<'a> {
        self.question.facts.terminals.iter().filter(move |terminal| terminal.place() == Some(place))
    }

    /// The terminals that work in a unit's place, or in another worktree of its branch.
    pub fn terminals(&self, unit: usize) -> Vec<&'a Terminal> {
        let Unit { place, members, .. } = &self.units[unit];
        let facts = self.question.facts;
        let is_there = |at: PlaceId| at == *place || facts.merged_at(at) == *place;
        let is_member = |one: &&Terminal| {
            let is_named = |(id, story): &(String, Option<StoryId>)| *id == one.id && *story == one.story;
            one.place().is_some_and(is_there) && members.iter().any(is_named)
        };
        facts.terminals.iter().filter(is_member).collect()
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn is_inactive(terminal: &Terminal) -> bool {
    !terminal.sessions.is_empty()
        && terminal.sessions.iter().all(|session| session.status.kind() == StatusKind::Inactive)
}

/// Why a tip whose commits are all in the target brings nothing.
fn nothing_to_merge(facts: &Facts, tip: &Tip, terminal: &Terminal) -> String {
    let target = &facts.target.name;
    let uncommitted = facts.uncommitted(terminal).paths;
    let dirty = plural(uncommitted, "file");
    match (uncommitted > 0, terminal.is_merged(Some(tip))) {
        (false, true) => format!("already merged into {target}"),
        (false, false) if tip.idle => format!("nothing to merge: {target} already has the same changes"),
        (false, false) if terminal.own.is_some() => {
            "no work yet: no commits since the story began".to_string()
        }
        (false, false) => format!("no work yet: no commits that {target} lacks"),
        (true, true) => format!("nothing committed since it was merged ({dirty} uncommitted)"),
        (true, false) => format!("nothing committed yet ({dirty} uncommitted)"),
    }
}

/// Why a place's work cannot be merged now: a session that is not completed, or uncommitted work.
pub(super) fn unready(
    facts: &Facts,
    terminals: &[&Terminal],
    tip: &Tip,
    uncommitted: usize,
) -> Option<String> {
    let tips = || terminals.iter().filter_map(|one| facts.tip(one));
    if let Some(under_way) = std::iter::once(tip).chain(tips()).find_map(|tip| tip.under_way.as_ref()) {
        return Some(under_way.sentence());
    }
    let open = terminals.iter().find(|terminal| !terminal.sessions.is_empty() && !terminal.is_complete());
    if let Some(open) = open {
        return Some(open_status(facts, open, terminals));
    }
    let mut dirty = terminals.iter().filter(|terminal| facts.uncommitted(terminal).paths > 0);
    let who = match (terminals.len(), dirty.next(), dirty.next()) {
        (2.., Some(only), None) => &only.id,
        _ => "it",
    };
    (uncommitted > 0).then(|| format!("{who} has {} uncommitted", plural(uncommitted, "file")))
}

/// Why the work of a place where nobody is registered cannot be merged now: somebody who is may have it, unfinished; and as
/// soon as anybody is, nobody says of it that it is done but who names it.
fn unready_unregistered(question: &OrderQuestion, terminals: &[&Terminal], head: Oid) -> Option<String> {
    let facts = question.facts;
    if terminals.iter().any(|terminal| !terminal.sessions.is_empty()) {
        return None;
    }
    if let Some(unread) = facts.book.unread_sessions() {
        return Some(format!("{} cannot be read, so nobody knows whose work it is", unread.name));
    }
    let has_it = |one: &&Terminal| {
        !one.sessions.is_empty() && facts.own_tip(one).is_some_and(|tip| tip.head == Some(head))
    };
    let mut same = facts.terminals.iter().filter(has_it);
    let open = same.clone().find(|one| !one.is_complete());
    let is_finished = same.any(|one| one.is_complete());
    if let Some(open) = open.filter(|_| !is_finished) {
        return Some(format!("it has the commits of {}: {}", open.id, open_status(facts, open, &[open])));
    }
    let is_anybody_registered = facts.terminals.iter().any(|one| !one.sessions.is_empty());
    let is_named = terminals.iter().any(|one| question.options.only.contains(&one.id));
    (is_anybody_registered && !is_named).then(|| NOBODYS.to_string())
}

/// Why work without a session is not ready where there are sessions.
const NOBODYS: &str = "it has no session, so nobody says that it is done; name it to merge it";

/// The status of a session that is not completed. All who work in its place are told, so it says whose it is.
fn open_status(facts: &Facts, open: &Terminal, terminals: &[&Terminal]) -> String {
    // as the next synchronization writes it, and all else shows it
    let decided = |session: &Session| decide_session(session, open, facts).status.to_string();
    let status = open.says(|session| (!session.status.is_complete()).then(|| decided(session)));
    let is_told_twice = terminals.iter().filter(|terminal| terminal.id == open.id).count() > 1;
    let whose = match &open.story {
        _ if terminals.len() == 1 => "its status".to_string(),
        Some(story) if is_told_twice => format!("the status of its story {}", story.short()),
        Some(_) | None => format!("the status of {}", open.id),
    };
    format!("{whose} is {}", status.unwrap_or_default())
}

fn warnings(uncommitted: usize) -> Vec<String> {
    let left_behind = (uncommitted > 0).then(|| {
        let verb = if uncommitted == 1 { "is" } else { "are" };
        format!("{} {verb} not committed and will not be merged", plural(uncommitted, "file"))
    });
    left_behind.into_iter().collect()
}
