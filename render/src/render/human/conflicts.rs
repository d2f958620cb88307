//! The conflicts of `status`: of several terminals in one file, of pairs, then with the target.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::model::{Evidence, FileKind, Lines, Report, TerminalPair, Verdict, few, natural_order};

use super::conflict_entries::{ConflictEntry, MOST_ENTRIES, entries, update_all};
use super::conflict_groups::ConflictGroup;
use super::paint::{bold, dim, first_counted, hanging, line, red, wrapped};
use super::table::name_width;
use super::{Style, count, ids};

/// What to do in files that no person merges line by line, as far as that is told already.
type ToldMends = RefCell<BTreeSet<String>>;

/// What to do in the files of these groups that no person merges line by line, each once.
fn mends(report: &Report, groups: &[&ConflictGroup], style: Style) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for group in groups {
        let mut of_group: Vec<String> = Vec::new();
        let mut whose: Vec<&str> = Vec::new();
        for finding in &group.findings {
            // of two sides that only added to a file, whose part comes first is known of a pair alone
            let is_of_all =
                |kind: &FileKind| groups.iter().all(|group| !group.is_crowd()) || *kind != FileKind::Appended;
            if let Evidence::Conflict { mend: Some(mend), file_kind, lost, .. } = &finding.evidence
                && file_kind.as_ref().is_some_and(is_of_all)
            {
                of_group.push(mend.clone());
                whose.extend(lost.iter().map(String::as_str));
            }
        }
        of_group.sort();
        of_group.dedup();
        whose.sort_by(|a, b| natural_order(a, b));
        whose.dedup();
        let rule = report.facts.kinds.of(group.path).filter(|_| of_group.len() > 1 && !whose.is_empty());
        // what differs is whose changes are lost: all of them are named in one text
        let of_all = rule.and_then(|rule| {
            let target = report.facts.target.name.as_str();
            let whose = if style.verbose { whose.join(", ") } else { few(&whose) };
            rule.in_conflict(group.path, &[], (target, target), Some(&whose))
        });
        let of_group = of_all.map_or(of_group, |one| vec![one]);
        found.extend(of_group.into_iter().filter(|mend| !found.contains(mend)).collect::<Vec<_>>());
    }
    found
}

/// The advice about some conflicts, with what to do in files of a kind where that is not told yet.
fn advice_lines(
    report: &Report,
    advice: &str,
    groups: &[&ConflictGroup],
    told: &ToldMends,
    style: Style,
) -> String {
    let mut advice = advice.to_string();
    let mut texts = Vec::new();
    for mend in mends(report, groups, style) {
        let is_new = told.borrow_mut().insert(mend.clone());
        match advice.strip_suffix(&mend) {
            Some(rest) if !is_new => advice = rest.trim_end().to_string(),
            None if is_new => texts.push(mend),
            Some(_) | None => {}
        }
    }
    let texts = std::iter::once(advice).chain(texts).filter(|text| !text.is_empty());
    texts.map(|text| dim(&wrapped(&style.plain(&text), 4, style.width))).collect()
}

/// How many blocks of conflicts are shown without `-v`; of those with the target, as many again.
const MOST_BLOCKS: usize = 10;

/// How many terminals of a group are shown with their lines without `-v`.
const MOST_WITH_LINES: usize = 4;

/// Conflicts of several terminals in one file, conflicts of pairs, then drift.
pub(super) fn conflicts(report: &Report, groups: &[ConflictGroup], style: Style) -> String {
    if style.crowded {
        let (entries, told) = (entries(groups, style), ToldMends::default());
        let block = |entry: &ConflictEntry| (entry_block(report, entry, &told, style), entry.groups.len());
        let blocks = entries.iter().map(block);
        let apart = if groups.is_empty() { "" } else { "\n" };
        return format!("{apart}{}", first_counted(blocks.collect(), MOST_ENTRIES, "conflict"));
    }
    let crowds = groups.iter().filter(|group| group.is_crowd() && !group.drift);
    // each list is cut at its end
    let [told, told_of_drift] = [ToldMends::default(), ToldMends::default()];
    let crowds = crowds.map(|group| (crowd(report, group, &told, style), 1));
    let mut blocks: Vec<(String, usize)> = crowds.collect();
    blocks.extend(pairs(report, groups, &told, style));
    let drift = drifts(report, groups, &told_of_drift, style);
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
fn entry_block(report: &Report, entry: &ConflictEntry, told: &ToldMends, style: Style) -> String {
    let label = match entry.drift {
        true => format!("{} drift   ", style.drift_sign()),
        false => format!("{} conflict", style.conflict_sign()),
    };
    let text = entry.text(&report.facts.target.name, str::to_string);
    let block = hanging(&format!("{}  ", red(&label)), &style.plain(&text), 4, style.width);
    let advice = if entry.is_crowd() { String::new() } else { entry.advice(report) };
    block + &advice_lines(report, &advice, &entry.groups, told, style)
}

/// `✗ conflict  CHANGELOG.md: 25 terminals`
fn crowd(report: &Report, group: &ConflictGroup, told: &ToldMends, style: Style) -> String {
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
        out.push_str(&advice_lines(report, "", &[group], told, style));
    }
    out
}

/// Each pair in conflict, with the files that are not shown with others, and how many these are.
fn pairs(report: &Report, groups: &[ConflictGroup], told: &ToldMends, style: Style) -> Vec<(String, usize)> {
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
            out.push_str(&advice_lines(report, &group.findings[0].suggestion, &own, told, style));
        }
        if let Some(note) = &pair.note {
            out.push_str(&dim(&wrapped(&style.plain(note), 4, style.width)));
        }
        blocks.push((out, own.len()));
    }
    blocks
}

/// The terminals that conflict with the target; those in the same files together, with the number of files.
fn drifts(report: &Report, groups: &[ConflictGroup], told: &ToldMends, style: Style) -> Vec<(String, usize)> {
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
        out.push_str(&advice_lines(report, &advice, files, told, style));
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
