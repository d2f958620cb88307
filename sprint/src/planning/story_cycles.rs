//! Stories that depend on each other in a circle: whether that holds them up, and whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::{Facts, Known, Link, PlaceId, StoryBook, StoryId, Terminal, Tip};

/// The circles of dependencies, as far as work waits in them. A dependency on what is complete, with nothing left to
/// merge, holds up nobody.
pub struct StoryCycles {
    /// Those in which each story waits for the next one, so that none of them can be merged; each named in full.
    pub stuck: Vec<Vec<StoryId>>,
    /// Those that are declared, and in which one has what it needs; each with the complete story that nobody waits for.
    pub open: Vec<(Vec<StoryId>, Option<StoryId>)>,
    /// What each story needs and may wait for.
    waits: BTreeMap<StoryId, Vec<(StoryId, StoryWait)>>,
}

/// Whether the work of a story waits for what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoryWait {
    /// It does.
    Waits,
    /// Both are in one place, so one merge brings both, and waits for all that either waits for.
    Together,
}

/// Where work of a story is that is still to be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OpenWork {
    At(PlaceId),
    /// Of the terminal with this number, which has no place.
    Nowhere(usize),
}

impl StoryCycles {
    /// Those of these facts.
    pub fn of(facts: &Facts) -> StoryCycles {
        let book = &facts.book;
        let mut found = StoryCycles { stuck: Vec::new(), open: Vec::new(), waits: BTreeMap::new() };
        if book.cycles.is_empty() {
            return found;
        }
        let mut work: BTreeMap<StoryId, BTreeSet<OpenWork>> = BTreeMap::new();
        for (at, terminal) in facts.terminals.iter().enumerate() {
            if let (Some(story), Some(open)) = (&terminal.story, open_work(facts, terminal, at)) {
                work.entry(book.index.resolve(story)).or_default().insert(open);
            }
        }
        for state in &book.dependencies {
            let story = &state.dependency.story;
            let wait = |needed: &StoryId| {
                Some((needed.clone(), wait(book, [work.get(story), work.get(needed)], needed)?))
            };
            found.waits.insert(story.clone(), state.needs.iter().filter_map(wait).collect());
        }
        for walk in &book.cycles {
            match found.stuck_walk(walk) {
                Some(stuck) => found.stuck.push(stuck),
                None => {
                    let over = |pair: &&[StoryId]| !found.reached(&pair[0]).contains(&&pair[1]);
                    let over = walk.windows(2).filter(over).map(|pair| &pair[1]);
                    let over = over.into_iter().find(|story| book.is_complete(story)).cloned();
                    found.open.push((walk.clone(), over));
                }
            }
        }
        found.stuck.sort();
        found.stuck.dedup();
        found
    }

    /// A circle in which work waits, among the stories that need each other as those of a declared one do; where each story
    /// of that one waits for the next one, that.
    fn stuck_walk(&self, declared: &[StoryId]) -> Option<Vec<StoryId>> {
        let waits = |pair: &[StoryId], is_it: &dyn Fn(StoryWait) -> bool| {
            let known = self.waits.get(&pair[0]).into_iter().flatten();
            known.into_iter().any(|(needed, wait)| *needed == pair[1] && is_it(*wait))
        };
        let is_whole = declared.windows(2).all(|pair| waits(pair, &|_| true));
        if is_whole && declared.windows(2).any(|pair| waits(pair, &|wait| wait == StoryWait::Waits)) {
            return Some(declared.to_vec());
        }
        let of_declared: BTreeSet<&StoryId> =
            declared.iter().flat_map(|story| self.all_reached(story)).collect();
        let comes_back = |story: &StoryId| self.all_reached(story).iter().any(|one| declared.contains(one));
        let waiting = self.waits.iter().filter(|(story, _)| of_declared.contains(story) && comes_back(story));
        waiting
            .flat_map(|(story, needed)| needed.iter().map(move |needed| (story, needed)))
            .filter(|(_, (_, wait))| *wait == StoryWait::Waits)
            .find_map(|(story, (needed, _))| {
                let mut walk = self.way(needed, story)?;
                walk.insert(0, story.clone());
                Some(walk)
            })
    }

    fn reached(&self, story: &StoryId) -> Vec<&StoryId> {
        self.waits.get(story).into_iter().flatten().map(|(needed, _)| needed).collect()
    }

    /// A story with all that it may wait for, directly or not.
    fn all_reached<'a>(&'a self, story: &'a StoryId) -> BTreeSet<&'a StoryId> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![story]);
        while let Some(one) = open.pop() {
            if seen.insert(one) {
                open.extend(self.reached(one));
            }
        }
        seen
    }

    /// The shortest way from one story to another one by what they wait for, both included.
    fn way(&self, from: &StoryId, to: &StoryId) -> Option<Vec<StoryId>> {
        let mut ways: VecDeque<Vec<&StoryId>> = [vec![from]].into();
        let mut seen = BTreeSet::from([from]);
        while let Some(way) = ways.pop_front() {
            let last = *way.last()?;
            if last == to {
                return Some(way.into_iter().cloned().collect());
            }
            for next in self.reached(last) {
                if seen.insert(next) {
                    ways.push_back([&way[..], &[next]].concat());
                }
            }
        }
        None
    }

    /// Whether a story waits in a circle, or for one that does: its turn never comes.
    pub fn stops(&self, book: &StoryBook, story: &StoryId) -> bool {
        let story = book.index.resolve(story);
        self.all_reached(&story).into_iter().any(|story| self.stuck.iter().any(|walk| walk.contains(story)))
    }
}

/// A circle of dependencies, with where each of them is written.
pub fn cycle_text(book: &StoryBook, walk: &[StoryId]) -> String {
    let names: Vec<&str> = walk.iter().map(|story| story.as_str()).collect();
    let mut text = format!("the dependencies form a cycle: {}", names.join(" → "));
    let mut pairs = Vec::new();
    for pair in walk.windows(2) {
        let mut places: Vec<String> = book
            .written_at(&pair[0], &pair[1])
            .into_iter()
            .map(|one| match one.line {
                Some(line) => format!("{}, line {line}", one.file),
                None => one.file.clone(),
            })
            .collect();
        places.dedup();
        if !places.is_empty() {
            pairs.push(format!("{} needs {} in {}", pair[0], pair[1], places.join(" and in ")));
        }
    }
    if !pairs.is_empty() {
        text += &format!(" ({})", pairs.join("; "));
    }
    text
}

/// Whether the work of a story waits for another one; `None` where that is complete. `work`: what is still to be merged of
/// both.
fn wait(book: &StoryBook, work: [Option<&BTreeSet<OpenWork>>; 2], needed: &StoryId) -> Option<StoryWait> {
    let [own, of_needed] = work;
    match (own, of_needed) {
        (_, None) => (!book.is_complete(needed) && !book.is_undetermined(needed)).then_some(StoryWait::Waits),
        (None, Some(_)) => Some(StoryWait::Waits),
        (Some(own), Some(needed)) => {
            let is_apart = own.iter().all(|own| needed.iter().any(|needed| needed != own));
            Some(if is_apart { StoryWait::Waits } else { StoryWait::Together })
        }
    }
}

/// Where a terminal has work that is still to be merged.
fn open_work(facts: &Facts, terminal: &Terminal, at: usize) -> Option<OpenWork> {
    match &terminal.link {
        Link::Place(place) => {
            let is_settled = facts.own_tip(terminal).is_some_and(Tip::is_settled);
            let is_unknown = matches!(facts.tips[*place], Known::Unknown(_));
            (is_unknown || !is_settled).then_some(OpenWork::At(*place))
        }
        Link::Gone(_) | Link::Declared(_) => {
            let is_all_declared = facts.places.iter().all(|place| place.main);
            let is_open = terminal.is_lost() || is_all_declared && !terminal.is_merged(None);
            is_open.then_some(OpenWork::Nowhere(at))
        }
    }
}
