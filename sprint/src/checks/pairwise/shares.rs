//! Stories that followed each other in one place: which of the conflicts of its branch are whose.

use crate::model::{
    ConflictPath, ConflictRegion, Facts, Hunks, Lines, Terminal, TerminalPair, Verdict, told_once,
};

/// The stories before one in its place, by the indexes of their terminals.
pub fn earlier<'f>(facts: &'f Facts, terminal: &'f Terminal) -> impl Iterator<Item = usize> + 'f {
    let number = terminal.own.as_ref().map_or(0, |own| own.number);
    let is_before = move |one: &Terminal| {
        one.place() == terminal.place() && one.own.as_ref().is_some_and(|own| own.number < number)
    };
    facts.terminals.iter().enumerate().filter(move |(_, one)| is_before(one)).map(|(at, _)| at)
}

/// What of a conflict, of which the terminal's side is `ours`, is not of the stories `before` it alone, whose conflicts with
/// the same side these are; `None` where nothing is.
pub fn share(conflict: &ConflictPath, terminal: &Terminal, before: &[&ConflictPath]) -> Option<ConflictPath> {
    let is_own = |region: &ConflictRegion| {
        is_touched(terminal, conflict, region)
            || !before.iter().any(|known| has_region(known, conflict, region))
    };
    narrowed(conflict, &is_own)
}

/// A conflict with those of its regions alone; the whole where it has none, and `None` where none is left.
fn narrowed(conflict: &ConflictPath, is_kept: &dyn Fn(&ConflictRegion) -> bool) -> Option<ConflictPath> {
    let kept: Vec<ConflictRegion> = conflict.regions.iter().filter(|one| is_kept(one)).cloned().collect();
    if kept.len() == conflict.regions.len() {
        return Some(conflict.clone());
    }
    let sides: Option<Vec<[Lines; 2]>> = kept.iter().map(|region| region.sides).collect();
    let lines = |all: &[Lines], side: usize| -> Vec<Lines> {
        let is_there = |one: &&Lines| match &sides {
            Some(sides) => sides.iter().any(|known| known[side].meets(**one)),
            None => true,
        };
        all.iter().filter(is_there).copied().collect()
    };
    (!kept.is_empty()).then(|| ConflictPath {
        ours: lines(&conflict.ours, 0),
        theirs: lines(&conflict.theirs, 1),
        certain: kept.iter().any(|region| region.certain),
        regions: kept,
        ..conflict.clone()
    })
}

/// Whether the story has changed something of its side there.
fn is_touched(terminal: &Terminal, conflict: &ConflictPath, region: &ConflictRegion) -> bool {
    let (Some(own), Some([side, _])) = (terminal.own_work(), region.sides) else { return true };
    let changes =
        own.changes.iter().filter(|one| one.paths().any(|path| conflict.paths().any(|of| of == path)));
    changes.into_iter().any(|change| match &change.hunks {
        Hunks::Lines(_) => change.hunks.ranges().iter().any(|lines| lines.meets(side)),
        Hunks::Unknown(_) | Hunks::Binary => true,
        Hunks::None => false,
    })
}

fn has_region(known: &ConflictPath, conflict: &ConflictPath, region: &ConflictRegion) -> bool {
    known.is_of_same_file(conflict) && known.has_region_at(region.base)
}

/// What is told of those who work in one place together, of whom some have ended.
pub struct Divided {
    /// The conflicts of who goes on.
    pub own: Vec<ConflictPath>,
    /// The conflicts of who has ended, by their terminals' indexes.
    pub ended: Vec<(usize, ConflictPath)>,
}

/// Divides the conflicts of a whole place with another terminal among those there; `all`: the verdicts of each of them with
/// the same one, and whether it goes on.
pub fn divided(conflicts: &[ConflictPath], all: &[(&TerminalPair, bool)]) -> Divided {
    let of = |goes_on: bool| {
        let those = all.iter().filter(move |(pair, is)| *is == goes_on && pair.verdict == Verdict::Conflict);
        those.flat_map(|(pair, _)| told_once(&pair.conflicts).into_iter().map(|one| (pair.a, one)))
    };
    let ended: Vec<(usize, &ConflictPath)> =
        of(false).filter(|(_, one)| conflicts.iter().any(|known| one.is_of_same_file(known))).collect();
    let is_own = |conflict: &ConflictPath, region: Option<&ConflictRegion>| {
        let has = |one: &ConflictPath| match region {
            Some(region) if !one.regions.is_empty() => has_region(one, conflict, region),
            Some(_) | None => one.is_of_same_file(conflict),
        };
        of(true).any(|(_, one)| has(one)) || !ended.iter().any(|(_, one)| has(one))
    };
    let own = told_once(conflicts).into_iter().filter_map(|conflict| match &conflict.regions[..] {
        [] => is_own(conflict, None).then(|| conflict.clone()),
        _ => narrowed(conflict, &|region| is_own(conflict, Some(region))),
    });
    Divided { own: own.collect(), ended: ended.into_iter().map(|(at, one)| (at, one.clone())).collect() }
}
