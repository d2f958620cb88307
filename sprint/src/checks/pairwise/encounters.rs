//! Where one terminal's work overlaps others': what `check` answers, path by path.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Change, ConflictPath, Encounter, Facts, Hunks, Judgements, Layers, Link, Meeting, NeededWork, Overlap,
    Party, PlaceId, Reason, RepoPath, Session, StoryId, Terminal, TerminalPair, Tip, Turn, Verdict,
    told_once,
};

use crate::checks::CheckInput;
use crate::planning::precedence;

use super::pairs::{owns, pair_of};
use super::shares::{Divided, divided};

/// Who is checked, and what the input does not contain.
pub struct Checked<'a> {
    /// The terminal, by its index.
    pub terminal: usize,
    /// Whether it represents all terminals of its place, so that those are not compared with it.
    pub whole_place: bool,
    /// Where stories followed each other in its place: the terminals there, by their indexes, and whether each goes on.
    pub there: &'a [(usize, bool)],
    /// The paths that were asked for; empty: all.
    pub asked: &'a [RepoPath],
    /// If given, only these paths count.
    pub only: Option<&'a BTreeSet<RepoPath>>,
    /// The certain conflicts that the terminal's commits already have, by the other's place.
    pub pre_existing: &'a BTreeMap<PlaceId, Vec<ConflictPath>>,
    /// For places that share commits with this one: both tips, each reduced to its exclusive changes.
    pub own_views: &'a BTreeMap<PlaceId, [Tip; 2]>,
    /// All of everybody's work and how it meets, where that is known: it says who goes first.
    pub all: &'a Facts,
    /// The verdicts of that for each pair of terminals.
    pub all_pairs: &'a [TerminalPair],
}

/// Where a terminal's work overlaps others'.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// The worst first, then by path and terminal.
    pub encounters: Vec<Encounter>,
    /// With whom it is not known.
    pub undecided: Vec<(Party, Reason)>,
    /// Terminals that git does not know.
    pub not_linked: Vec<String>,
}

/// Holds the checked terminal, which is the first of every pair, against every other one.
pub fn encounters(input: &CheckInput, checked: &Checked) -> Met {
    let mut met = Met::default();
    for pair in &input.judgements.pairs {
        let (own, other) = (&input.facts.terminals[pair.a], &input.facts.terminals[pair.b]);
        if checked.whole_place && own.place().is_some() && own.place() == other.place() {
            continue;
        }
        match (&pair.verdict, &other.link) {
            (Verdict::Unknown(_), Link::Declared(_)) => {
                if !other.is_complete() {
                    met.not_linked.push(other.id.clone());
                }
            }
            (Verdict::Unknown(_), Link::Gone(_)) if other.is_complete() => {}
            (Verdict::Unknown(reason), _) => {
                met.undecided.push((party(input.facts, other), reason.clone()));
            }
            (Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict, _) => {
                let overlaps = |path: &RepoPath| {
                    let named = |one: &Overlap| one.path == *path || one.other_path.as_ref() == Some(path);
                    pair.overlaps.iter().any(named)
                };
                // where both changed the file, that is said of the file
                let untold = pair.undecided.iter().filter(|(path, _)| !overlaps(path));
                met.undecided
                    .extend(untold.map(|(path, reason)| (party(input.facts, other), reason.at(path))));
            }
        }
        let seen = PairEncounters { input, checked, pair, other };
        seen.collect(&mut met.encounters);
    }
    met.not_linked.sort();
    met.not_linked.dedup();
    met.encounters.sort_by(|a, b| {
        (&a.meeting, !a.certain, &a.path, &a.other).cmp(&(&b.meeting, !b.certain, &b.path, &b.other))
    });
    // a terminal that went on to its next story in one place is met once, where it is worst
    let mut told: BTreeMap<_, (Meeting, Option<StoryId>)> = BTreeMap::new();
    met.encounters.retain(|one| {
        let Party { id, worktree, branch, story, .. } = &one.other;
        let place = (one.of.clone(), one.path.clone(), id.clone(), worktree.clone(), branch.clone());
        match told.get(&place) {
            Some((meeting, first)) => *meeting != one.meeting && first == story,
            None => told.insert(place, (one.meeting.clone(), story.clone())).is_none(),
        }
    });
    met
}

/// What others must know of a terminal.
pub fn party(facts: &Facts, terminal: &Terminal) -> Party {
    let place = terminal.place().map(|id| &facts.places[id]);
    Party {
        id: terminal.id.clone(),
        story: terminal.story.clone(),
        focus: common(terminal, |session| session.focus.clone()),
        agent: common(terminal, |session| session.agent.clone()),
        branch: place.and_then(|place| place.branch.clone()),
        worktree: place.and_then(|place| place.worktree.clone()),
    }
}

/// What the sessions of a terminal say; where it stands for several terminals, what all say of those that go on.
fn common(terminal: &Terminal, of: impl Fn(&Session) -> Option<String>) -> Option<String> {
    let sessions = &terminal.sessions;
    let is_one = |all: &[&Session]| all.iter().all(|one| one.at.terminal == all[0].at.terminal);
    let open: Vec<&Session> = sessions.iter().filter(|one| !one.status.is_complete()).collect();
    let speaking: Vec<&Session> = match open.is_empty() || is_one(&sessions.iter().collect::<Vec<_>>()) {
        true => sessions.iter().collect(),
        false => open,
    };
    match is_one(&speaking) {
        true => speaking.into_iter().find_map(of),
        false => of(speaking[0]).filter(|first| speaking.iter().all(|one| of(one).as_ref() == Some(first))),
    }
}

/// Two terminals, one of them the checked one.
struct PairEncounters<'a> {
    input: &'a CheckInput<'a>,
    checked: &'a Checked<'a>,
    pair: &'a TerminalPair,
    other: &'a Terminal,
}

impl PairEncounters<'_> {
    fn own(&self) -> &Terminal {
        &self.input.facts.terminals[self.checked.terminal]
    }

    /// The exclusive work of the two terminals, as far as known: the checked one's, the other's.
    fn tips(&self) -> [Option<&Tip>; 2] {
        match self.other.place().and_then(|place| self.checked.own_views.get(&place)) {
            Some([own, other]) => [Some(own), Some(other)],
            None => [self.own(), self.other].map(|terminal| self.input.facts.tip(terminal)),
        }
    }

    fn is_asked<'p>(&self, paths: impl Iterator<Item = &'p RepoPath> + Clone) -> bool {
        let Checked { asked, only, .. } = self.checked;
        let is_named = |path: &RepoPath| asked.iter().any(|folder| path.meets(folder));
        let counts = |path: &RepoPath| only.is_none_or(|only| only.contains(path));
        (asked.is_empty() || paths.clone().any(is_named)) && paths.clone().any(counts)
    }

    fn collect(&self, found: &mut Vec<Encounter>) {
        let start = found.len();
        let Divided { own, ended } = self.divided();
        for conflict in told_once(&own).into_iter().filter(|conflict| self.is_asked(conflict.paths())) {
            found.push(self.conflict(conflict, None));
        }
        for (at, conflict) in ended.iter().filter(|(_, conflict)| self.is_asked(conflict.paths())) {
            found.push(self.conflict(conflict, Some(*at)));
        }
        for overlap in &self.pair.overlaps {
            if self.is_asked(std::iter::once(&overlap.path).chain(&overlap.other_path)) {
                found.push(self.overlap(overlap));
            }
        }
        // what is being resolved may be anything, so it meets all who changed the file
        let resolved = self.pair.undecided.iter().filter(|(_, reason)| reason.is_of_resolving());
        for (path, reason) in resolved.filter(|(path, _)| self.is_asked(std::iter::once(path))) {
            let is_told = |one: &Encounter| one.path == *path || one.also.contains(path);
            if !found[start..].iter().any(is_told) {
                found.push(self.encounter(path, Meeting::Unknown(reason.clone()), &[path]));
            }
        }
        if !self.checked.asked.is_empty() && self.other.place() != self.own().place() {
            let alone = self.theirs_alone(&found[start..]);
            found.extend(alone);
        }
    }

    /// Whose the conflicts are of those who work in the checked place.
    fn divided(&self) -> Divided {
        let Judgements { places, parts, .. } = self.input.judgements;
        let facts = self.input.facts;
        let of =
            |(at, goes_on): &(usize, bool)| (pair_of(facts, places, parts, [*at, self.pair.b]), *goes_on);
        let all: Vec<(TerminalPair, bool)> = match self.pair.conflicts.is_empty() {
            true => Vec::new(),
            false => self.checked.there.iter().filter(|(at, _)| *at != self.pair.b).map(of).collect(),
        };
        divided(&self.pair.conflicts, &all.iter().map(|(pair, is)| (pair, *is)).collect::<Vec<_>>())
    }

    /// Who goes first in a conflict, as all outputs say it of those who have it.
    fn turn(&self, conflict: &ConflictPath, ended: Option<usize>) -> Option<Turn> {
        let Checked { all, all_pairs, .. } = self.checked;
        let facts = self.input.facts;
        let is_same = |one: &Terminal, other: &Terminal| {
            one.id == other.id && one.story == other.story && one.place() == other.place()
        };
        let known = |one: &Terminal| all.terminals.iter().position(|known| is_same(known, one));
        let own = ended.map_or(self.own(), |at| &facts.terminals[at]);
        let other = known(self.other);
        let has_it = |at: &usize| {
            let mut pairs = all_pairs.iter().filter(|pair| pair.verdict == Verdict::Conflict);
            pairs.any(|pair| {
                (Some(pair.a) == other && pair.b == *at || Some(pair.b) == other && pair.a == *at)
                    && conflict.is_among(&pair.conflicts)
            })
        };
        let going_on = own.place().map_or_else(Vec::new, |place| all.at_work(place));
        let going_on = going_on.into_iter().filter_map(known);
        let whose: Vec<usize> = match known(own) {
            Some(at) => vec![at],
            None => going_on.collect(),
        };
        let having: Vec<usize> = whose.iter().copied().filter(has_it).collect();
        let whose = if having.is_empty() { whose } else { having };
        let whose: Vec<&Terminal> = match whose.is_empty() {
            true => vec![own],
            false => whose.into_iter().map(|at| &all.terminals[at]).collect(),
        };
        let other = other.map_or(self.other, |at| &all.terminals[at]);
        let turns = whose.into_iter().filter_map(|own| {
            let order = precedence(own, other, all, &self.input.judgements.turns)?;
            Some((std::ptr::eq(order.first, own), order.reason))
        });
        // of several, whoever has to wait decides
        let (own_first, reason) = turns.min_by_key(|(own_first, _)| *own_first)?;
        Some(Turn { own_first, lasts: true, confidence: reason.confidence(), reason })
    }

    /// A conflict of the checked work; `ended`: of a terminal that has ended in its place.
    fn conflict(&self, conflict: &ConflictPath, ended: Option<usize>) -> Encounter {
        let standing = self.other.place().and_then(|place| self.checked.pre_existing.get(&place));
        let standing =
            standing.and_then(|standing| standing.iter().find(|known| known.path == conflict.path));
        let mut certain = conflict.regions.iter().filter(|region| region.certain);
        let facts = self.input.facts;
        Encounter {
            of: ended.map(|at| party(facts, &facts.terminals[at])),
            also: conflict.other_paths().cloned().collect(),
            own_lines: conflict.ours.clone(),
            other_lines: conflict.theirs.clone(),
            regions: conflict.regions.clone(),
            certain: conflict.certain,
            needed: conflict.needed,
            pre_existing: standing
                .is_some_and(|known| certain.all(|region| known.has_region_at(region.base))),
            turn: self.turn(conflict, ended),
            ..self.encounter(
                &conflict.path,
                Meeting::Conflict(conflict.kind),
                &conflict.paths().collect::<Vec<_>>(),
            )
        }
    }

    fn overlap(&self, overlap: &Overlap) -> Encounter {
        let paths: Vec<&RepoPath> = std::iter::once(&overlap.path).chain(&overlap.other_path).collect();
        let unreadable = self.tips().into_iter().find_map(|tip| {
            let change = change_of(tip?, &paths)?;
            match &change.hunks {
                Hunks::Unknown(reason) if change.layers.unread => Some(Meeting::Unknown(reason.clone())),
                Hunks::Unknown(_) | Hunks::Lines(_) | Hunks::Binary | Hunks::None => None,
            }
        });
        let merged = overlap.declared == [false; 2] && !overlap.both_drift && self.pair.committed.is_some();
        let meeting = match unreadable {
            Some(unknown) => unknown,
            None if !merged => Meeting::Claim,
            None => match self.pair.unknown_at(paths.iter().copied()) {
                Some(reason) => Meeting::Unknown(reason),
                None => Meeting::Overlap(overlap.nearness),
            },
        };
        Encounter {
            also: overlap.other_path.iter().cloned().collect(),
            own_lines: overlap.lines_a.clone(),
            other_lines: overlap.lines_b.clone(),
            ..self.encounter(&overlap.path, meeting, &paths)
        }
    }

    /// What the other did to the paths that were asked for, and that are not `known` already.
    fn theirs_alone(&self, known: &[Encounter]) -> Vec<Encounter> {
        let [own, Some(tip)] = self.tips() else { return Vec::new() };
        let is_known =
            |path: &RepoPath| known.iter().any(|known| known.path == *path || known.also.contains(path));
        let is_own = |change: &Change| owns(self.input.facts, self.other, &[&change.path]);
        let mut found = Vec::new();
        let is_named = |change: &Change| {
            let mut asked = self.checked.asked.iter();
            // a file of the other's where a folder is asked about, too
            asked.any(|asked| {
                change.paths().any(|path| path.is_within(asked))
                    || (change.new.is_some() && asked.is_within(&change.path))
            })
        };
        for change in tip.changes.iter().filter(|change| is_own(change)) {
            let counts = |path: &RepoPath| self.checked.only.is_none_or(|only| only.contains(path));
            if !is_named(change) || !change.paths().any(counts) || change.paths().any(is_known) {
                continue;
            }
            let paths: Vec<&RepoPath> = change.paths().collect();
            let own = own.and_then(|own| change_of(own, &paths)).map(|change| &change.hunks);
            let meeting = match (&change.hunks, own) {
                (Hunks::Unknown(reason), _) | (_, Some(Hunks::Unknown(reason))) => {
                    Meeting::Unknown(reason.clone())
                }
                (Hunks::Lines(_) | Hunks::Binary | Hunks::None, _) => Meeting::TheirsAlone,
            };
            found.push(Encounter {
                also: change.from.iter().cloned().collect(),
                other_lines: change.hunks.ranges(),
                ..self.encounter(&change.path, meeting, &paths)
            });
        }
        found
    }

    /// What all encounters have in common.
    fn encounter(&self, path: &RepoPath, meeting: Meeting, paths: &[&RepoPath]) -> Encounter {
        let facts = self.input.facts;
        let [own, other] = self.tips();
        let kind = |tip: Option<&Tip>| Some(change_of(tip?, paths)?.kind);
        let layers = other.map(|tip| layers(tip, paths)).unwrap_or_default();
        Encounter {
            of: None,
            other: party(facts, self.other),
            path: path.clone(),
            also: Vec::new(),
            own_change: kind(own),
            other_change: kind(other),
            own_lines: Vec::new(),
            other_lines: Vec::new(),
            regions: Vec::new(),
            certain: layers.committed && !layers.is_uncommitted(),
            needed: NeededWork::default(),
            layers,
            pre_existing: false,
            turn: None,
            excerpts: Vec::new(),
            meeting,
        }
    }
}

/// The change of a tip that is known by one of these paths; the first path counts most.
pub fn change_of<'a>(tip: &'a Tip, paths: &[&RepoPath]) -> Option<&'a Change> {
    paths.iter().find_map(|path| {
        tip.changes.at(path).or_else(|| tip.changes.iter().find(|change| change.from.as_ref() == Some(path)))
    })
}

/// Where a change lives. Uncommitted work that leaves the file as the head has it does not count.
fn layers(tip: &Tip, paths: &[&RepoPath]) -> Layers {
    let Some(change) = change_of(tip, paths) else { return Layers::default() };
    match tip.committed.at(&change.path) {
        Some(known) if known.new == change.new && known.from == change.from => {
            Layers { committed: true, ..Layers::default() }
        }
        Some(_) | None => change.layers,
    }
}
