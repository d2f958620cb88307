//! Conflicts that are told together, in a line or two each: of the same terminals, or in one folder.

use std::collections::BTreeSet;

use crate::model::{Lines, Place, RepoPath, Report, Terminal, Tip, few, natural_order};

use super::conflict_groups::ConflictGroup;
use super::{Style, count};

/// How many entries of conflicts are shown of many terminals.
pub(super) const MOST_ENTRIES: usize = 8;

/// The groups with the same terminals together. Of many terminals, pairs in one folder too, where there are more than
/// can be shown.
pub(super) fn entries<'a>(groups: &'a [ConflictGroup<'a>], style: Style) -> Vec<ConflictEntry<'a>> {
    let mut entries: Vec<ConflictEntry> = Vec::new();
    for group in groups {
        let known = entries.iter_mut().filter(|_| style.crowded);
        let mut same =
            known.filter(|known| (known.drift, &known.terminals) == (group.drift, &group.terminals));
        match same.next() {
            Some(known) => known.groups.push(group),
            None => entries.push(ConflictEntry {
                drift: group.drift,
                terminals: group.terminals.clone(),
                groups: vec![group],
                is_folded: false,
            }),
        }
    }
    if entries.len() > style.most(MOST_ENTRIES) { by_folder(entries) } else { entries }
}

/// Pairs in one folder together, and in the same way terminals that conflict with the target.
fn by_folder(entries: Vec<ConflictEntry>) -> Vec<ConflictEntry> {
    let mut joined: Vec<ConflictEntry> = Vec::new();
    for entry in entries {
        let place =
            |entry: &ConflictEntry| (entry.drift, folder(&entry.groups).filter(|_| !entry.is_crowd()));
        let (drift, in_folder) = place(&entry);
        let is_same = |known: &&mut ConflictEntry| {
            let is_alike = known.drift == drift && (known.is_folded || !known.is_crowd());
            in_folder.is_some() && is_alike && folder(&known.groups) == in_folder
        };
        match joined.iter_mut().find(is_same) {
            Some(known) => {
                known.is_folded = true;
                known.groups.extend(entry.groups);
                known.terminals.extend(entry.terminals);
                known.terminals.sort_by(|a, b| natural_order(a, b));
                known.terminals.dedup();
            }
            None => joined.push(entry),
        }
    }
    joined
}

/// The folder in which all these files are, unless that is the whole repository.
fn folder(groups: &[&ConflictGroup]) -> Option<RepoPath> {
    let first = groups.first()?.path.parent()?;
    groups.iter().all(|group| group.path.parent().as_ref() == Some(&first)).then_some(first)
}

/// Of how many terminals it is said what holds them up, where many conflict with the target.
const MOST_HELD_UP: usize = 3;

/// What many terminals that conflict with the target have to do: each that is held up, or shares no history, its own, all
/// others the same.
pub(super) fn update_all(report: &Report, terminals: &[&str]) -> String {
    let facts = &report.facts;
    let mut by_itself: Vec<String> = Vec::new();
    let mut others: Vec<(&Terminal, &Tip, &Place)> = Vec::new();
    for id in terminals {
        let mut called = facts.terminals.iter().filter(|terminal| terminal.id == *id);
        let seen = called.find_map(|one| Some((one, facts.tip(one)?, &facts.places[one.place()?])));
        let Some((terminal, tip, place)) = seen else { continue };
        match facts.is_held_up(tip, place) || tip.is_unrelated_to(&facts.target) {
            true => by_itself.push(facts.update_advice(id, tip, place, false)),
            false => others.push((terminal, tip, place)),
        }
    }
    by_itself.dedup();
    let more = by_itself.len().saturating_sub(MOST_HELD_UP);
    by_itself.truncate(MOST_HELD_UP);
    if more > 0 {
        let others = count(more, "more terminal");
        let check = facts.command("check --terminal NAME");
        by_itself.push(format!("Of {others}, {check} says what to do."));
    }
    let rest = match &others[..] {
        [] => None,
        // of one place, everything is done once
        [(first, tip, place), more @ ..] if more.iter().all(|(one, ..)| one.place() == first.place()) => {
            let names: Vec<&str> = others.iter().map(|(terminal, ..)| terminal.id.as_str()).collect();
            Some(facts.update_advice(&names.join(", "), tip, place, false))
        }
        several => {
            let is_dirty = several.iter().any(|(_, tip, _)| tip.is_dirty());
            let commit = if is_dirty { "commit what is not committed, then " } else { "" };
            let each = if by_itself.is_empty() { "each of them" } else { "each of the others" };
            Some(format!("In {each}, {commit}update from {} and resolve the conflict.", facts.target.name))
        }
    };
    by_itself.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

/// Conflicts that are told together: of the same terminals, or in one folder.
pub(super) struct ConflictEntry<'a> {
    /// Whether the other side is the target.
    pub drift: bool,
    /// The terminals, in natural order.
    pub terminals: Vec<&'a str>,
    /// One for each file and group.
    pub groups: Vec<&'a ConflictGroup<'a>>,
    /// Whether these are conflicts of different terminals, told together because they are in one folder.
    is_folded: bool,
}

impl ConflictEntry<'_> {
    /// Whether more than a pair conflicts, or more than one terminal with the target.
    pub(super) fn is_crowd(&self) -> bool {
        self.terminals.len() > if self.drift { 1 } else { 2 }
    }

    /// What to do about it. Of many terminals the merge order says it.
    pub(super) fn advice(&self, report: &Report) -> String {
        match (self.is_crowd(), self.drift) {
            (false, _) => self.groups[0].findings[0].suggestion.clone(),
            (true, true) => update_all(report, &self.terminals),
            (true, false) => format!("For the order, run {}.", report.facts.command("merge-order")),
        }
    }

    /// `src/shared/types.ts: Terminal-1 lines 10-24, Terminal-2 lines 12-30`, `CHANGELOG.md: 25 terminals`
    pub(super) fn text(&self, target: &str, name: fn(&str) -> String) -> String {
        let names: Vec<String> = self.terminals.iter().map(|id| name(id)).collect();
        let paths: BTreeSet<&RepoPath> = self.groups.iter().map(|group| group.path).collect();
        let all_paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
        let paths = match (folder(&self.groups), &all_paths[..]) {
            (Some(folder), [_, _, _, ..]) => {
                format!("{} files in {folder}", all_paths.len())
            }
            (_, _) => few(&all_paths),
        };
        match &self.groups[..] {
            [group] if group.is_crowd() => {
                let with = if self.drift { format!(" with {target}") } else { String::new() };
                format!("{paths}: {}{with} ({}){}", group.size(), few(&names), group.kind_after())
            }
            [group] => {
                let lines = group.lines(target);
                let of = |id: &str, name: String| match lines.iter().find(|(known, _)| known == id) {
                    None => name,
                    Some((_, lines)) => format!("{name} {}", Lines::phrase(lines)),
                };
                let of_target = self.drift.then(|| of(target, target.to_string()));
                let sides = self.terminals.iter().zip(names).map(|(id, name)| of(id, name));
                let sides: Vec<String> = sides.chain(of_target).collect();
                format!("{paths}: {}{}", sides.join(", "), group.kind_after())
            }
            _ if self.drift && self.is_folded => {
                let names = few(&names);
                format!(
                    "{paths}: {} terminals with {target}, not each in every file ({names})",
                    self.terminals.len()
                )
            }
            _ if self.drift => format!("{paths}: {} with {target}", few(&names)),
            groups if self.is_folded => {
                let pairs: BTreeSet<&[String]> = groups.iter().flat_map(|group| group.pairs()).collect();
                let mut pairs: Vec<&[String]> = pairs.into_iter().collect();
                pairs.sort_by(|a, b| natural_order(&a[0], &b[0]).then_with(|| natural_order(&a[1], &b[1])));
                let pairs: Vec<String> = pairs
                    .into_iter()
                    .map(|pair| pair.iter().map(|id| name(id)).collect::<Vec<_>>().join(" + "))
                    .collect();
                // who counts the files has counted the conflicts, unless a file has several
                let conflicts = match groups.len() {
                    number if number == all_paths.len() => String::new(),
                    number => format!(", {}", count(number, "conflict")),
                };
                let (terminals, number) = (names.len(), count(pairs.len(), "pair"));
                format!("{paths}: {terminals} terminals in {number}{conflicts} ({})", few(&pairs))
            }
            groups if self.is_crowd() => {
                let number = names.len();
                let all = number * (number - 1) / 2;
                let of_each: BTreeSet<usize> = groups.iter().map(|group| group.pairs().len()).collect();
                let pairs = match (of_each.first(), of_each.last()) {
                    (Some(least), Some(most)) if least < most => {
                        format!(" ({least} to {most} of {all} pairs in each file)")
                    }
                    (Some(each), _) if *each < all => format!(" ({each} of {all} pairs in each file)"),
                    (_, _) => String::new(),
                };
                format!("{paths}: {number} terminals{pairs} ({})", few(&names))
            }
            _ => format!("{paths}: {}", names.join(", ")),
        }
    }
}
