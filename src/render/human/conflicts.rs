//! The conflicts of `status`: of several terminals in one file, of pairs, then with the target.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::model::{Evidence, FileKind, Lines, Report, TerminalPair, Verdict, few};

use super::conflict_entries::{ConflictEntry, MOST_ENTRIES, entries, update_all};
use super::conflict_groups::ConflictGroup;
use super::paint::{bold, dim, first_counted, hanging, line, red, wrapped};
use super::table::name_width;
use super::{Style, count, ids};

/// What to do in the files of these groups that no person merges line by line, each once, without what `told` says.
fn mends(groups: &[&ConflictGroup], told: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for finding in groups.iter().flat_map(|group| &group.findings) {
        // of two sides that only added to a file, whose part comes first is known of a pair alone
        let is_of_all =
            |kind: &FileKind| groups.iter().all(|group| !group.is_crowd()) || *kind != FileKind::Appended;
        if let Evidence::Conflict { mend: Some(mend), file_kind, .. } = &finding.evidence
            && file_kind.as_ref().is_some_and(is_of_all)
            && !told.contains(mend.as_str())
            && !found.contains(mend)
        {
            found.push(mend.clone());
        }
    }
    found
}

/// The advice about some conflicts, with what to do in files of a kind.
fn advice_lines(advice: &str, groups: &[&ConflictGroup], style: Style) -> String {
    let texts =
        std::iter::once(advice.to_string()).chain(mends(groups, advice)).filter(|text| !text.is_empty());
    texts.map(|text| dim(&wrapped(&style.plain(&text), 4, style.width))).collect()
}

/// How many blocks of conflicts are shown without `-v`; of those with the target, as many again.
const MOST_BLOCKS: usize = 10;

/// How many terminals of a group are shown with their lines without `-v`.
const MOST_WITH_LINES: usize = 4;

/// Conflicts of several terminals in one file, conflicts of pairs, then drift.
pub(super) fn conflicts(report: &Report, groups: &[ConflictGroup], style: Style) -> String {
    if style.crowded {
        let entries = entries(groups, style);
        let blocks = entries.iter().map(|entry| (entry_block(report, entry, style), entry.groups.len()));
        let apart = if groups.is_empty() { "" } else { "\n" };
        return format!("{apart}{}", first_counted(blocks.collect(), MOST_ENTRIES, "conflict"));
    }
    let crowds = groups.iter().filter(|group| group.is_crowd() && !group.drift);
    let mut blocks: Vec<(String, usize)> = crowds.map(|group| (crowd(report, group, style), 1)).collect();
    blocks.extend(pairs(report, groups, style));
    let drift = drifts(report, groups, style);
    let most = if style.verbose { usize::MAX } else { MOST_BLOCKS };
    let rest: usize = blocks.iter().skip(most).chain(drift.iter().skip(most)).map(|(_, number)| number).sum();
    let shown = blocks.into_iter().take(most).chain(drift.into_iter().take(most));
    let mut out: String = shown.map(|(block, _)| block).collect();
    if rest > 0 {
        let more = format!("{} (use -v)", count(rest, "more conflict"));
        _ = write!(out, "\n{}", line(&red(&more)));
    }
    out
}

/// The conflicts of an entry, with what to do where that is the same for all of them.
fn entry_block(report: &Report, entry: &ConflictEntry, style: Style) -> String {
    let label = match entry.drift {
        true => format!("{} drift   ", style.drift_sign()),
        false => format!("{} conflict", style.conflict_sign()),
    };
    let text = entry.text(&report.facts.target.name, str::to_string);
    let block = hanging(&format!("{}  ", red(&label)), &style.plain(&text), 4, style.width);
    let advice = if entry.is_crowd() { String::new() } else { entry.advice(report) };
    block + &advice_lines(&advice, &entry.groups, style)
}

/// `✗ conflict  CHANGELOG.md: 25 terminals`
fn crowd(report: &Report, group: &ConflictGroup, style: Style) -> String {
    let mark = red(&format!("{} conflict", style.conflict_sign()));
    let about = format!("{}: {}, {}", bold(&group.path.to_string()), bold(&group.size()), dim(&group.kind()));
    let mut out = format!("\n{}", hanging(&format!("{mark}  "), &about, 4, style.width));
    let names = match style.verbose {
        true => group.terminals.join(", "),
        false => few(&group.terminals),
    };
    out.push_str(&wrapped(&names, 4, style.width));
    if style.verbose || group.terminals.len() <= MOST_WITH_LINES {
        out.push_str(&lines_of(group, &report.facts.target.name, style));
    }
    let suggestions: BTreeSet<&str> =
        group.findings.iter().filter(|_| style.verbose).map(|finding| finding.suggestion.as_str()).collect();
    for suggestion in &suggestions {
        out.push_str(&dim(&wrapped(&style.plain(suggestion), 4, style.width)));
    }
    if suggestions.is_empty() {
        out.push_str(&advice_lines("", &[group], style));
    }
    out
}

/// Each pair in conflict, with the files that are not shown with others, and how many these are.
fn pairs(report: &Report, groups: &[ConflictGroup], style: Style) -> Vec<(String, usize)> {
    let mut of_pairs: BTreeMap<&[&str], Vec<&ConflictGroup>> = BTreeMap::new();
    for group in groups.iter().filter(|group| !group.drift && !group.is_crowd()) {
        of_pairs.entry(&group.terminals).or_default().push(group);
    }
    let mut blocks = Vec::new();
    let is_shown = |pair: &&TerminalPair| pair.verdict == Verdict::Conflict && report.shows_pair(pair);
    for pair in report.judgements.pairs.iter().filter(is_shown) {
        let ids = ids(report, pair);
        let own = of_pairs.remove(&ids[..]).unwrap_or_default();
        if own.is_empty() && !pair.conflicts.is_empty() {
            continue;
        }
        let mark = red(&format!("{} conflict", style.conflict_sign()));
        let mut out = format!("\n{}", line(&format!("{mark}  {}", bold(&ids.join(" + ")))));
        for group in &own {
            out.push_str(&file(group, &report.facts.target.name, style));
        }
        if let Some(group) = own.first() {
            out.push_str(&advice_lines(&group.findings[0].suggestion, &own, style));
        }
        if let Some(note) = &pair.note {
            out.push_str(&dim(&wrapped(&style.plain(note), 4, style.width)));
        }
        blocks.push((out, own.len()));
    }
    blocks
}

/// The terminals that conflict with the target; those in the same files together, with the number of files.
fn drifts(report: &Report, groups: &[ConflictGroup], style: Style) -> Vec<(String, usize)> {
    let target = &report.facts.target.name;
    let mut together: Vec<Vec<&ConflictGroup>> = Vec::new();
    for group in groups.iter().filter(|group| group.drift) {
        match together.iter_mut().find(|known| known[0].terminals == group.terminals) {
            Some(known) => known.push(group),
            None => together.push(vec![group]),
        }
    }
    let block = |files: &Vec<&ConflictGroup>| {
        let first = files[0];
        let mark = red(&format!("{} drift   ", style.drift_sign()));
        let mut out = match first.is_crowd() {
            true => {
                let who = format!("{} conflict with {target}", bold(&first.size()));
                let names = if style.verbose { first.terminals.join(", ") } else { few(&first.terminals) };
                format!("\n{}{}", line(&format!("{mark}  {who}")), wrapped(&names, 4, style.width))
            }
            false => {
                let who = bold(&first.terminals.join(", "));
                let verb = if first.terminals.len() == 1 { "conflicts" } else { "conflict" };
                format!("\n{}", line(&format!("{mark}  {who} {verb} with {target}")))
            }
        };
        let advice = match first.is_crowd() {
            true => update_all(report, &first.terminals),
            false => first.findings[0].suggestion.clone(),
        };
        out.push_str(&advice_lines(&advice, files, style));
        out.extend(files.iter().map(|group| file(group, target, style)));
        (out, files.len())
    };
    together.iter().map(block).collect()
}

/// The path with its kind, then the lines of each side.
fn file(group: &ConflictGroup, target: &str, style: Style) -> String {
    let mut out = line(&format!("    {}  {}", group.path, dim(&group.kind())));
    if style.verbose || group.terminals.len() <= MOST_WITH_LINES {
        out.push_str(&lines_of(group, target, style));
    }
    out
}

fn lines_of(group: &ConflictGroup, target: &str, style: Style) -> String {
    let lines = group.lines(target);
    let width = name_width(lines.iter().map(|(name, _)| name.as_str()), Style { shortens: false, ..style });
    let line = |(name, lines): &(String, Vec<Lines>)| {
        line(&format!("      {name:width$}  {}", style.plain(&Lines::phrase(lines))))
    };
    lines.iter().map(line).collect()
}
