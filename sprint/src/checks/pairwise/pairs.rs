//! From verdicts of places to verdicts of terminals.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ConflictPath, Facts, Link, Nearness, Overlap, Pair, PairJudgement, PlaceId, Reason, RepoPath, Terminal,
    TerminalPair, Touched, Verdict,
};

use super::shares::{earlier, share};

/// The judgements of every two places.
type PlacePairs = BTreeMap<Pair<PlaceId>, PairJudgement>;

/// The judgements of those terminals whose work is a part of that of their place.
type Parts = BTreeMap<[usize; 2], PairJudgement>;

/// The verdict for each pair of terminals with different ids of which there is more to say than that it is
/// disjoint, in ascending order, and how many others there are.
pub fn terminal_pairs(facts: &Facts, places: &PlacePairs, parts: &Parts) -> (Vec<TerminalPair>, usize) {
    let terminals = &facts.terminals;
    let mut partners: Vec<Vec<usize>> = vec![Vec::new(); terminals.len()];
    let mut meet = |one: &[usize], other: &[usize]| {
        for a in one {
            partners[*a].extend(other.iter().copied().filter(|b| b > a));
        }
    };
    // those of which there is something to say with everybody
    let mut unclear: BTreeSet<usize> = BTreeSet::new();
    let mut together: BTreeMap<(Option<&RepoPath>, Option<PlaceId>), Vec<usize>> = BTreeMap::new();
    for (at, terminal) in terminals.iter().enumerate() {
        if terminal.place().is_none() || unseen(facts, terminal).or_else(|| away(facts, terminal)).is_some() {
            unclear.insert(at);
        }
        if let Some(place) = terminal.place() {
            together.entry((None, Some(place))).or_default().push(at);
        }
        for touched in &terminal.touched {
            together.entry((Some(&touched.path), None)).or_default().push(at);
        }
    }
    for group in together.values() {
        meet(group, group);
    }
    for pair in places.keys() {
        let [a, b] = [*pair.a(), *pair.b()]
            .map(|place| together.get(&(None, Some(place))).map_or(&[][..], |group| &group[..]));
        meet(a, b);
        meet(b, a);
    }
    for (at, others) in partners.iter_mut().enumerate() {
        if unclear.contains(&at) {
            *others = (at + 1..terminals.len()).collect();
        } else {
            others.extend(unclear.range(at + 1..));
            others.sort_unstable();
            others.dedup();
        }
    }
    let partners = partners.iter().enumerate().flat_map(|(a, others)| others.iter().map(move |b| (a, *b)));
    let pairs: Vec<TerminalPair> = partners
        .filter(|(a, b)| terminals[*a].id != terminals[*b].id)
        .map(|(a, b)| judge(facts, places, parts, a, b))
        .filter(|pair| *pair != TerminalPair::disjoint(pair.a, pair.b))
        .collect();
    let disjoint = with_different_ids(terminals) - pairs.len();
    (pairs, disjoint)
}

/// How many pairs of terminals with different ids there are.
fn with_different_ids(terminals: &[Terminal]) -> usize {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    terminals.iter().for_each(|terminal| *called.entry(&terminal.id).or_default() += 1);
    called.values().map(|alike| alike * (terminals.len() - alike)).sum::<usize>() / 2
}

/// The verdicts of one terminal, by its index, with each terminal that has another id. It is `a` in
/// all of them, whatever its name.
pub fn pairs_of(facts: &Facts, places: &PlacePairs, parts: &Parts, terminal: usize) -> Vec<TerminalPair> {
    let terminals = &facts.terminals;
    let others = (0..terminals.len()).filter(|other| terminals[*other].id != terminals[terminal].id);
    others.map(|other| judge(facts, places, parts, terminal, other)).collect()
}

/// The verdict of two terminals, by their indexes.
pub fn pair_of(facts: &Facts, places: &PlacePairs, parts: &Parts, [a, b]: [usize; 2]) -> TerminalPair {
    judge(facts, places, parts, a, b)
}

fn judge(facts: &Facts, places: &PlacePairs, parts: &Parts, a: usize, b: usize) -> TerminalPair {
    let (own, other) = (&facts.terminals[a], &facts.terminals[b]);
    if let Some(reason) = unseen(facts, own).or_else(|| unseen(facts, other)) {
        return unknown(facts, a, b, reason);
    }
    let (Some(place), Some(other_place)) = (own.place(), other.place()) else {
        return unknown(facts, a, b, not_linked(own, other));
    };
    let Some(pair) = Pair::new(place, other_place) else {
        return same_place(facts, a, b);
    };
    let part = parts.get(&[a.min(b), a.max(b)]);
    let judged = match part.or_else(|| places.get(&pair)) {
        Some(judgement) if part.is_some() => two_places((facts, parts), a, b, judgement, a < b),
        Some(judgement) => two_places((facts, parts), a, b, judgement, *pair.a() == place),
        None => two_places((facts, parts), a, b, &PairJudgement::disjoint(), *pair.a() == place),
    };
    // what is committed conflicts whatever else there is
    match away(facts, own).or_else(|| away(facts, other)).filter(|_| judged.verdict != Verdict::Conflict) {
        Some(reason) => TerminalPair { verdict: Verdict::Unknown(reason), ..judged },
        None => judged,
    }
}

/// Why it is not known what a terminal has not committed.
fn away(facts: &Facts, terminal: &Terminal) -> Option<Reason> {
    let reason = Box::new(facts.places[terminal.place()?].away()?);
    Some(Reason::Terminal { id: terminal.id.clone(), reason })
}

/// Why the work of a terminal cannot be seen, where git should show it.
fn unseen(facts: &Facts, terminal: &Terminal) -> Option<Reason> {
    let id = || terminal.id.clone();
    match &terminal.link {
        Link::Gone(what) => Some(Reason::Gone { terminal: id(), what: what.clone() }),
        Link::Declared(_) => None,
        Link::Place(place) => {
            let reason = Box::new(facts.tips[*place].reason()?.clone());
            Some(Reason::Terminal { id: id(), reason })
        }
    }
}

/// Why two terminals without a place each cannot be judged.
fn not_linked(own: &Terminal, other: &Terminal) -> Reason {
    let unlinked = if own.place().is_none() { own } else { other };
    Reason::NotLinked { terminal: unlinked.id.clone() }
}

fn unknown(facts: &Facts, a: usize, b: usize, reason: Reason) -> TerminalPair {
    let overlaps = declared_overlaps(&facts.terminals[a], &facts.terminals[b]);
    let verdict = Verdict::Unknown(reason);
    TerminalPair { verdict, committed: None, overlaps, ..TerminalPair::disjoint(a, b) }
}

/// Both work in one worktree: there is nothing to merge between them, but they may step on each
/// other's files.
fn same_place(facts: &Facts, a: usize, b: usize) -> TerminalPair {
    let [own, other] = [a, b].map(|at| &facts.terminals[at]);
    // who is done there edits nothing any more
    let is_over = own.own != other.own && (own.is_complete() || other.is_complete());
    let overlaps = if is_over { Vec::new() } else { declared_overlaps(own, other) };
    let verdict = if overlaps.is_empty() { Verdict::Disjoint } else { Verdict::Overlap };
    let note = Some("both use the same worktree or branch, so there is nothing to merge".to_string());
    TerminalPair { verdict, committed: None, overlaps, note, ..TerminalPair::disjoint(a, b) }
}

/// Paths that both touched, by git or by declaration, without lines.
fn declared_overlaps(own: &Terminal, other: &Terminal) -> Vec<Overlap> {
    let (small, large) = if own.touched.len() <= other.touched.len() { (own, other) } else { (other, own) };
    let known = |path: &RepoPath| large.touched.binary_search_by(|touched| touched.path.cmp(path)).ok();
    let both =
        small.touched.iter().filter_map(|touched| Some((touched, &large.touched[known(&touched.path)?])));
    let declared =
        |touched: &Touched, other: &Touched| without_lines(&touched.path, [touched.declared, other.declared]);
    let turned = !std::ptr::eq(small, own);
    both.map(|(own, other)| if turned { declared(other, own) } else { declared(own, other) }).collect()
}

fn without_lines(path: &RepoPath, declared: [bool; 2]) -> Overlap {
    Overlap {
        path: path.clone(),
        other_path: None,
        lines_a: Vec::new(),
        lines_b: Vec::new(),
        nearness: Nearness::Apart,
        declared,
        both_drift: false,
    }
}

/// Paths that one terminal declares, and that the other declares too or changed in its exclusive
/// commits. Changes in commits that both share do not count.
fn declared_beside_shared_commits(
    own: &Terminal,
    other: &Terminal,
    own_declared: [&BTreeSet<RepoPath>; 2],
) -> Vec<Overlap> {
    let sides = [own, other];
    let declared: BTreeSet<&RepoPath> = sides.into_iter().flat_map(Terminal::declared_files).collect();
    let found = declared.into_iter().filter_map(|path| {
        let changed = own_declared.map(|own| own.contains(path));
        let declares = sides.map(|side| side.declared_files().any(|file| file == path));
        let in_hand = |side: usize| changed[side] || declares[side];
        (in_hand(0) && in_hand(1)).then(|| without_lines(path, changed.map(|changed| !changed)))
    });
    found.collect()
}

/// The judgement of two places as it applies to these terminals: in their order and, where a place
/// is shared, limited to their own files and lines.
fn two_places(
    (facts, parts): (&Facts, &Parts),
    a: usize,
    b: usize,
    judgement: &PairJudgement,
    in_order: bool,
) -> TerminalPair {
    let (own, other) = (&facts.terminals[a], &facts.terminals[b]);
    let concerns = |paths: &[&RepoPath]| owns(facts, own, paths) && owns(facts, other, paths);
    let conflicts: Vec<_> = judgement
        .conflicts
        .iter()
        .filter(|conflict| concerns(&conflict.paths().collect::<Vec<_>>()))
        .map(|conflict| if in_order { conflict.clone() } else { conflict.clone().swapped() })
        .filter_map(|conflict| share_of(facts, parts, conflict, [a, b]))
        .map(ConflictPath::swapped)
        .filter_map(|conflict| share_of(facts, parts, conflict, [b, a]))
        .map(ConflictPath::swapped)
        .collect();
    let mut overlaps: Vec<Overlap> = judgement
        .overlaps
        .iter()
        .filter(|overlap| concerns(&[&overlap.path, overlap.other_path.as_ref().unwrap_or(&overlap.path)]))
        .map(|overlap| if in_order { overlap.clone() } else { overlap.clone().swapped() })
        .collect();
    let [own_a, own_b] = judgement.own_declared.each_ref();
    let own_declared = if in_order { [own_a, own_b] } else { [own_b, own_a] };
    let declared = match judgement.shared_commits {
        0 => declared_overlaps(own, other),
        _ => declared_beside_shared_commits(own, other, own_declared),
    };
    overlaps.extend(declared.into_iter().filter(|declared| {
        let seen = |path: &RepoPath| {
            judgement
                .overlaps
                .iter()
                .any(|overlap| overlap.path == *path || overlap.other_path.as_ref() == Some(path))
                || judgement.conflicts.iter().any(|conflict| conflict.paths().any(|known| known == path))
        };
        !seen(&declared.path)
    }));
    let is_own = |(path, _): &&(RepoPath, Reason)| concerns(&[path]);
    let undecided: Vec<_> = judgement.undecided.iter().filter(is_own).cloned().collect();
    let nothing_left = conflicts.is_empty() && !judgement.conflicts.is_empty();
    let verdict = match &judgement.verdict {
        Verdict::Conflict if nothing_left && let Some((path, reason)) = undecided.first() => {
            Verdict::Unknown(reason.at(path))
        }
        Verdict::Conflict if nothing_left && overlaps.is_empty() => Verdict::Disjoint,
        Verdict::Conflict if nothing_left => Verdict::Overlap,
        Verdict::Overlap if overlaps.is_empty() => Verdict::Disjoint,
        Verdict::Disjoint if !overlaps.is_empty() => Verdict::Overlap,
        verdict => verdict.clone(),
    };
    let assumes = judgement.assumes.map(|sides| if in_order { sides } else { sides.swapped() });
    let note = assumes.map(|sides| sides.sentence([&own.id, &other.id], &facts.target.name));
    // what conflicts there is the work of others
    let committed = match nothing_left && judgement.committed == Verdict::Conflict {
        true => verdict.clone(),
        false => judgement.committed.clone(),
    };
    let (committed, shared_commits) = (Some(committed), judgement.shared_commits);
    TerminalPair { a, b, verdict, committed, conflicts, undecided, overlaps, shared_commits, note }
}

/// What of a conflict of two terminals is of the first one, and not of the stories before it in its place alone.
fn share_of(
    facts: &Facts,
    parts: &Parts,
    conflict: ConflictPath,
    [own, other]: [usize; 2],
) -> Option<ConflictPath> {
    let terminal = &facts.terminals[own];
    let before = earlier(facts, terminal).filter_map(|at| parts.get(&[at.min(other), at.max(other)]));
    let before: Vec<&ConflictPath> = before.flat_map(|met| &met.conflicts).collect();
    if before.is_empty() { Some(conflict) } else { share(&conflict, terminal, &before) }
}

/// Whether one of the paths belongs to the terminal. If all the work in its place is its own, all do. What nobody
/// there touched comes of earlier work in the same branch, and meets whoever merges that branch next.
pub(in crate::checks) fn owns(facts: &Facts, terminal: &Terminal, paths: &[&RepoPath]) -> bool {
    let touches = |one: &Terminal| one.touched.iter().any(|touched| paths.contains(&&touched.path));
    let is_alone = !terminal.shares_place && terminal.own.is_none();
    if is_alone || touches(terminal) {
        return true;
    }
    let number = |one: &Terminal| one.own.as_ref().map_or(0, |own| own.number);
    let mut there = facts.terminals.iter().filter(|other| other.place() == terminal.place());
    there.all(|other| number(other) <= number(terminal) && !touches(other))
}
