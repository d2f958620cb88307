//! What the other wrote where the two meet, in a few lines.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::checks;
use crate::git::Store;
use crate::merge::Objects;
use crate::model::{
    CheckQuestion, Encounter, Excerpt, Facts, Hunk, Lines, Meeting, Oid, RepoPath, Terminal, Tip, Work, shown,
};
use crate::pipeline::Workspace;

use super::against::Views;
use super::own::Own;

/// As many lines of the other's text are shown of one range, each of at most so many characters.
const EXCERPT_LINES: u32 = 12;
const EXCERPT_WIDTH: usize = 160;
/// And as many ranges of one file.
const EXCERPTS: usize = 8;

/// The encounters with what the other wrote there, of the `overlaps` that merge cleanly only where these are shown; where
/// files are about to be written, in the order of [`nearest_first`].
pub(super) fn with_excerpts(
    workspace: &Workspace,
    encounters: Vec<Encounter>,
    (question, overlaps): (&CheckQuestion, bool),
    own: &Own,
    facts: &Facts,
    views: &Views,
) -> Vec<Encounter> {
    let store = workspace.repository.store();
    let told = |encounter: &Encounter| overlaps || !matches!(encounter.meeting, Meeting::Overlap(_));
    let names: BTreeSet<String> =
        encounters.iter().filter(|one| told(one)).map(|one| one.other.id.clone()).collect();
    let mut others: BTreeMap<&str, Vec<&Terminal>> = BTreeMap::new();
    for terminal in facts.terminals.iter().filter(|_| !names.is_empty()) {
        if names.contains(&terminal.id) {
            others.entry(&terminal.id).or_default().push(terminal);
        }
    }
    let shown = encounters.into_iter().map(|encounter| {
        if !told(&encounter) {
            return (encounter, u32::MAX);
        }
        let others = others.get(encounter.other.id.as_str()).map_or(&[][..], Vec::as_slice);
        let (judged, other) = sides(own, (facts, others), views, &encounter);
        let near = near(judged, question, &encounter);
        let (excerpts, distance) = excerpts(&store, other, &encounter, near.as_deref());
        (Encounter { excerpts, ..encounter }, distance)
    });
    let mut shown: Vec<(Encounter, u32)> = shown.collect();
    if let Work::Edited(_) = question.work {
        nearest_first(&mut shown);
    }
    shown.into_iter().map(|(encounter, _)| encounter).collect()
}

/// The two that meet: what is checked, and the other one, where git shows it. `others`: the terminals of its name.
fn sides<'a>(
    own: &'a Own,
    (facts, others): (&'a Facts, &[&'a Terminal]),
    views: &'a Views,
    encounter: &Encounter,
) -> (&'a Tip, Option<&'a Tip>) {
    let is_other = |terminal: &&Terminal| checks::party(facts, terminal) == encounter.other;
    let other = others.iter().copied().find(is_other);
    match other.and_then(Terminal::place).and_then(|place| views.get(&place)) {
        Some([own, other]) => (own, Some(other)),
        None => (&own.judged, other.and_then(|terminal| facts.tip(terminal))),
    }
}

/// What the other wrote where the two meet, and how far that is. Where a file is about to be read or written,
/// all that the other wrote in it, what is nearest to the lines `near` of the base first.
fn excerpts(
    store: &Store,
    tip: Option<&Tip>,
    encounter: &Encounter,
    near: Option<&[Range<u32>]>,
) -> (Vec<Excerpt>, u32) {
    let paths: Vec<&RepoPath> = std::iter::once(&encounter.path).chain(&encounter.also).collect();
    let nothing = (Vec::new(), u32::MAX);
    let Some(change) = tip.and_then(|tip| checks::change_of(tip, &paths)) else { return nothing };
    let Some(entry) = change.new.filter(|entry| entry.kind.is_file()) else { return nothing };
    let hunks = change.hunks.lines();
    let mut wanted = match near {
        None => encounter.other_lines.clone(),
        // who is there must know of all
        Some(_) => change.hunks.ranges(),
    };
    let near = near.unwrap_or_default();
    wanted.sort_by_cached_key(|lines| distance(hunks, *lines, near));
    let nearest = wanted.first().map_or(u32::MAX, |lines| distance(hunks, *lines, near));
    (lines_of(store, entry.oid, &wanted), nearest)
}

/// The lines of the base that are about to be changed where the two meet; `None` where no file is about to be
/// read or written.
fn near(judged: &Tip, question: &CheckQuestion, encounter: &Encounter) -> Option<Vec<Range<u32>>> {
    let Work::Edited(files) = &question.work else { return None };
    let is_it = |path: &RepoPath| *path == encounter.path || encounter.also.contains(path);
    let edited = files.iter().filter(|file| is_it(&file.path)).flat_map(|file| {
        let hunks = judged.changes.at(&file.path).map_or(&[][..], |change| change.hunks.lines());
        hunks.iter().filter(|hunk| file.lines.iter().any(|lines| lines.meets(hunk.lines())))
    });
    Some(edited.map(|hunk| hunk.base.clone()).collect())
}

/// How many lines of the base lie between lines of the other's version and the nearest of those.
fn distance(hunks: &[Hunk], lines: Lines, near: &[Range<u32>]) -> u32 {
    let before = hunks.partition_point(|hunk| hunk.own.end + 1 < lines.start);
    let meeting = hunks[before..].iter().take_while(|hunk| hunk.own.start <= lines.end + 1);
    let base = { meeting }.find(|hunk| hunk.lines().meets(lines)).map(|hunk| hunk.base.clone());
    let base = base.unwrap_or(lines.start - 1..lines.end);
    let gap =
        |other: &Range<u32>| other.start.saturating_sub(base.end).max(base.start.saturating_sub(other.end));
    near.iter().map(gap).min().unwrap_or(0)
}

/// Conflicts first, then all by how near they are.
fn nearest_first(shown: &mut [(Encounter, u32)]) {
    shown.sort_by_key(|(one, distance)| (!matches!(one.meeting, Meeting::Conflict(_)), *distance));
}

/// The text of some lines of a blob, shortened.
pub(in crate::pipeline) fn lines_of(store: &Store, blob: Oid, wanted: &[Lines]) -> Vec<Excerpt> {
    let Ok(content) = store.blob(blob) else { return Vec::new() };
    let all: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let text = |lines: &Lines| -> Vec<String> {
        let last = lines.end.min(lines.start.saturating_add(EXCERPT_LINES - 1));
        (lines.start..=last)
            .filter_map(|number| all.get(number as usize - 1))
            .map(|line| shortened(line))
            .collect()
    };
    wanted.iter().take(EXCERPTS).map(|lines| Excerpt { lines: *lines, text: text(lines) }).collect()
}

/// A line that is not endless, with what is hidden made visible.
fn shortened(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let plain = text.replace('\t', "    ");
    let mut short: String = shown(&plain).chars().take(EXCERPT_WIDTH).collect();
    if plain.chars().nth(EXCERPT_WIDTH).is_some() {
        short.push('…');
    }
    short
}
