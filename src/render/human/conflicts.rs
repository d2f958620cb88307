//! Conflicts by file and group: terminals that conflict in one file are shown once, not once a pair.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::model::{
    Evidence, FileKind, Finding, Lines, Place, RepoPath, Report, Severity, Terminal, TerminalPair, Tip,
    Verdict, few, natural_order,
};

use super::paint::{bold, dim, first_counted, hanging, line, red, wrapped};
use super::table::name_width;
use super::{Style, count, ids};

/// The terminals that conflict in one file with each other, or with the target.
pub struct ConflictGroup<'a> {
    /// The file.
    pub path: &'a RepoPath,
    /// The terminals, in natural order.
    pub terminals: Vec<&'a str>,
    /// Whether the other side is the target.
    pub drift: bool,
    /// One for each pair, or for each place that conflicts with the target.
    pub findings: Vec<&'a Finding>,
}

/// Whether a finding is shown with others of its group.
pub fn is_grouped(finding: &Finding) -> bool {
    matches!(finding.evidence, Evidence::Conflict { .. })
        && finding.severity == Severity::Conflict
        && finding.path.is_some()
}

/// All conflicts: between terminals, the largest group first, then with the target; by path.
pub fn conflict_groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<ConflictGroup<'a>> {
    let mut groups: Vec<ConflictGroup> = Vec::new();
    let mut by_path: BTreeMap<(bool, &RepoPath), Vec<&Finding>> = BTreeMap::new();
    for finding in findings.filter(|finding| is_grouped(finding)) {
        if let (Some(path), Evidence::Conflict { drift, .. }) = (&finding.path, &finding.evidence) {
            by_path.entry((*drift, path)).or_default().push(finding);
        }
    }
    for ((drift, path), findings) in by_path {
        let mut parts: Vec<(BTreeSet<&str>, Vec<&Finding>)> = Vec::new();
        for finding in findings {
            let names: BTreeSet<&str> = finding.terminals.iter().map(String::as_str).collect();
            let mut joined = (names, vec![finding]);
            parts.retain_mut(|(known, of_part)| {
                let apart = !drift && known.is_disjoint(&joined.0);
                if !apart {
                    joined.0.append(known);
                    joined.1.splice(0..0, of_part.drain(..));
                }
                apart
            });
            parts.push(joined);
        }
        groups.extend(parts.into_iter().map(|(names, findings)| {
            let mut terminals: Vec<&str> = names.into_iter().collect();
            terminals.sort_by(|a, b| natural_order(a, b));
            ConflictGroup { path, terminals, drift, findings }
        }));
    }
    groups.sort_by_key(|group| (group.drift, std::cmp::Reverse(group.terminals.len().max(2))));
    groups
}

impl ConflictGroup<'_> {
    /// Whether it is more than a pair, or more than one terminal against the target.
    pub(super) fn is_crowd(&self) -> bool {
        if self.drift {
            self.findings.len() > 1 && self.terminals.len() > 1
        } else {
            self.terminals.len() > 2
        }
    }

    /// `25 terminals`; with the number of pairs, where not everyone conflicts with everyone.
    pub(super) fn size(&self) -> String {
        let terminals = self.terminals.len();
        let all = terminals * (terminals - 1) / 2;
        let pairs: BTreeSet<&[String]> = self.findings.iter().map(|finding| &finding.terminals[..]).collect();
        match pairs.len() {
            pairs if !self.drift && pairs < all => format!("{terminals} terminals ({pairs} of {all} pairs)"),
            _ => format!("{terminals} terminals"),
        }
    }

    /// `content, committed`.
    pub fn kind(&self) -> String {
        let mut kinds: Vec<&str> = Vec::new();
        let mut certain = BTreeSet::new();
        for finding in &self.findings {
            let Evidence::Conflict { kind, committed, .. } = &finding.evidence else { continue };
            certain.insert(*committed);
            if !kinds.contains(&kind.name()) {
                kinds.push(kind.name());
            }
        }
        let certainty = match (certain.contains(&true), certain.contains(&false)) {
            (true, true) => "partly committed",
            (true, false) => "committed",
            (false, _) => "uncommitted",
        };
        format!("{}, {certainty}", kinds.join(", "))
    }

    /// The same after the names, without what is usual.
    fn kind_after(&self) -> String {
        match self.kind().split_once(", ") {
            Some(("content", "committed")) | None => String::new(),
            Some(("content", certainty)) => format!(", {certainty}"),
            Some((kind, "committed")) => format!(" ({kind})"),
            Some((kind, certainty)) => format!(" ({kind}), {certainty}"),
        }
    }

    /// The lines that each terminal changed, and the target's; only those with lines.
    pub(super) fn lines<'b>(&'b self, target: &'b str) -> Vec<(&'b str, Vec<Lines>)> {
        let mut found: Vec<(&str, Vec<Lines>)> = Vec::new();
        let of_target = self.drift.then_some(target);
        for name in self.terminals.iter().copied().chain(of_target) {
            let mut lines: Vec<Lines> = Vec::new();
            for finding in &self.findings {
                let Evidence::Conflict { lines_a, lines_b, .. } = &finding.evidence else { continue };
                let at = finding.terminals.iter().position(|id| id == name);
                let own = match (self.drift, at) {
                    (true, Some(_)) | (false, Some(0)) => lines_a,
                    (false, Some(_)) => lines_b,
                    (true, None) if name == target => lines_b,
                    (true | false, None) => continue,
                };
                lines.extend(own.iter().filter(|known| !lines.contains(known)).collect::<Vec<_>>());
            }
            found.push((name, lines));
        }
        found.retain(|(_, lines)| !lines.is_empty());
        found
    }
}

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

/// How many conflicts there are, one for each group: `3 conflicts`, `3 conflicts among 28 terminals`.
pub(super) fn counted(groups: &[ConflictGroup], others: usize) -> Option<String> {
    let conflicts = groups.len() + others;
    let all: BTreeSet<&str> = groups.iter().flat_map(|group| group.terminals.iter().copied()).collect();
    let crowded = groups.iter().any(ConflictGroup::is_crowd);
    match conflicts {
        0 => None,
        _ if crowded => Some(format!("{} among {} terminals", count(conflicts, "conflict"), all.len())),
        _ => Some(count(conflicts, "conflict")),
    }
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
            }),
        }
    }
    if entries.len() > style.most(MOST_ENTRIES) { by_folder(entries) } else { entries }
}

/// Pairs in one folder together.
fn by_folder(entries: Vec<ConflictEntry>) -> Vec<ConflictEntry> {
    let mut joined: Vec<ConflictEntry> = Vec::new();
    for entry in entries {
        let place =
            |entry: &ConflictEntry| (entry.drift, folder(&entry.groups).filter(|_| !entry.is_crowd()));
        let (drift, in_folder) = place(&entry);
        let is_same = |known: &&mut ConflictEntry| {
            in_folder.is_some() && known.drift == drift && folder(&known.groups) == in_folder
        };
        match joined.iter_mut().find(is_same) {
            Some(known) => {
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

/// What many terminals that conflict with the target have to do: each that is held up its own, all others the same.
fn update_all(report: &Report, terminals: &[&str]) -> String {
    let facts = &report.facts;
    let mut held_up: Vec<String> = Vec::new();
    let mut others: Vec<(&Terminal, &Tip, &Place)> = Vec::new();
    for id in terminals {
        let mut called = facts.terminals.iter().filter(|terminal| terminal.id == *id);
        let seen = called.find_map(|one| Some((one, facts.tip(one)?, &facts.places[one.place()?])));
        let Some((terminal, tip, place)) = seen else { continue };
        match facts.is_held_up(tip, place) {
            true => held_up.push(facts.update_advice(id, tip, place, false)),
            false => others.push((terminal, tip, place)),
        }
    }
    held_up.dedup();
    let more = held_up.len().saturating_sub(MOST_HELD_UP);
    held_up.truncate(MOST_HELD_UP);
    if more > 0 {
        let others = count(more, "more terminal");
        held_up.push(format!("In {others}, finish what is in progress first, or find the folder."));
    }
    let names = |of: &[(&Terminal, &Tip, &Place)]| {
        of.iter().map(|(terminal, ..)| terminal.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let rest = match &others[..] {
        [] => None,
        // of one place, everything is done once
        [(_, tip, place), more @ ..] if more.iter().all(|(_, _, other)| std::ptr::eq(*other, *place)) => {
            Some(facts.update_advice(&names(&others), tip, place, false))
        }
        several => {
            let is_dirty = several.iter().any(|(_, tip, _)| tip.is_dirty());
            let commit = if is_dirty { "commit what is not committed, then " } else { "" };
            let each = if held_up.is_empty() { "each of them" } else { "each of the others" };
            Some(format!("In {each}, {commit}update from {} and resolve the conflict.", facts.target.name))
        }
    };
    held_up.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

/// Conflicts that are told together: of the same terminals, or in one folder.
pub(super) struct ConflictEntry<'a> {
    /// Whether the other side is the target.
    pub drift: bool,
    /// The terminals, in natural order.
    pub terminals: Vec<&'a str>,
    /// One for each file and group.
    pub groups: Vec<&'a ConflictGroup<'a>>,
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
            (true, false) => "For the order, run track-work merge-order.".to_string(),
        }
    }

    /// `src/shared/types.ts: Terminal-1 lines 10-24, Terminal-2 lines 12-30`, `CHANGELOG.md: 25 terminals`
    pub(super) fn text(&self, target: &str, name: fn(&str) -> String) -> String {
        let names: Vec<String> = self.terminals.iter().map(|id| name(id)).collect();
        let paths: BTreeSet<&RepoPath> = self.groups.iter().map(|group| group.path).collect();
        let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
        let paths = match (folder(&self.groups), &paths[..]) {
            (Some(folder), [_, _, _, ..]) => {
                format!("{} files in {folder}", paths.len())
            }
            (_, _) => few(&paths),
        };
        match &self.groups[..] {
            [group] if group.is_crowd() => {
                let with = if self.drift { format!(" with {target}") } else { String::new() };
                format!("{paths}: {}{with} ({}){}", group.size(), few(&names), group.kind_after())
            }
            [group] => {
                let lines = group.lines(target);
                let of = |id: &str, name: String| match lines.iter().find(|(known, _)| *known == id) {
                    None => name,
                    Some((_, lines)) => format!("{name} {}", Lines::phrase(lines)),
                };
                let of_target = self.drift.then(|| of(target, target.to_string()));
                let sides = self.terminals.iter().zip(names).map(|(id, name)| of(id, name));
                let sides: Vec<String> = sides.chain(of_target).collect();
                format!("{paths}: {}{}", sides.join(", "), group.kind_after())
            }
            _ if self.drift => format!("{paths}: {} with {target}", few(&names)),
            _ if self.is_crowd() => format!("{paths}: {} terminals ({})", names.len(), few(&names)),
            _ => format!("{paths}: {}", names.join(", ")),
        }
    }
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
    let width = name_width(lines.iter().map(|(name, _)| *name), Style { shortens: false, ..style });
    let line = |(name, lines): &(&str, Vec<Lines>)| {
        line(&format!("      {name:width$}  {}", style.plain(&Lines::phrase(lines))))
    };
    lines.iter().map(line).collect()
}
