//! The three-way merge of text (`git merge-file`).
//!
//! Both sides' hunks against the base are put together; hunks of both sides that overlap or touch
//! form a cluster, and a cluster conflicts unless both sides have the same text there. Conflicts are
//! then narrowed to the lines that differ, and joined again where at most three lines lie between
//! them. Where the base is shown as well (`merge.conflictStyle`), conflicts stay whole (`diff3`), or
//! lose the equal lines at both ends (`zdiff3`).

use std::ops::Range;
use std::sync::Arc;

use crate::merge::hunks::hunks_of;
use crate::merge::lines::lines;
use crate::merge::options::ConflictStyle;
use crate::model::{Hunk, Side, Sides, Stages};

/// Conflicts with at most this many lines between them become one.
const JOIN: u32 = 3;

/// The texts of a merge, cut into lines.
pub(crate) struct Texts<'a> {
    base: Vec<&'a [u8]>,
    ours: Vec<&'a [u8]>,
    theirs: Vec<&'a [u8]>,
}

/// What becomes of a part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Our lines stay: only we changed them, or both sides made the same change.
    Ours,
    /// Only they changed it.
    Theirs,
    /// Both changed it, differently.
    Conflict,
}

/// A changed part of the text, in the lines of the base and of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub choice: Choice,
    /// Of the whole cluster: a conflict that was narrowed has no base lines of its own.
    pub base: Range<u32>,
    pub ours: Range<u32>,
    pub theirs: Range<u32>,
    /// Of a conflict: the lines that each side changed there.
    pub changed: Sides<Vec<Range<u32>>>,
}

/// How conflicts are written down.
#[derive(Clone, Debug)]
pub(crate) enum RenderStyle<'a> {
    /// Between markers of this length, with a name for each side.
    Markers {
        /// How many times `<`, `=` and `>` are repeated.
        size: usize,
        /// The name of the base, where its lines are shown.
        base: Option<&'a [u8]>,
        /// The name of our side.
        ours: &'a [u8],
        /// The name of their side.
        theirs: &'a [u8],
    },
    /// Both sides' lines, ours first (`merge=union`).
    Union,
    /// The lines of one side, where the sides conflict.
    Favor(Side),
}

impl<'a> Texts<'a> {
    pub fn new(texts: Stages<&'a [u8]>) -> Texts<'a> {
        let Stages { base, ours, theirs } = texts.map(|text| lines(text).collect());
        Texts { base, ours, theirs }
    }

    /// The hunks of each side against the base, where they are not known.
    pub fn hunks(&self, known: Sides<Option<Arc<Vec<Hunk>>>>) -> Sides<Arc<Vec<Hunk>>> {
        let one = |side: &[&[u8]]| {
            let [hunks] = hunks_of(&self.base, [side]);
            Arc::new(hunks)
        };
        match (known.ours, known.theirs) {
            (Some(ours), Some(theirs)) => Sides { ours, theirs },
            (Some(ours), None) => Sides { ours, theirs: one(&self.theirs) },
            (None, Some(theirs)) => Sides { ours: one(&self.ours), theirs },
            (None, None) => {
                let [ours, theirs] = hunks_of(&self.base, [&self.ours, &self.theirs]).map(Arc::new);
                Sides { ours, theirs }
            }
        }
    }
}

/// The changed regions of a merge, in order: of these hunks against the base. It is clean when none of them is a conflict.
pub(crate) fn merge_regions(
    texts: &Texts<'_>,
    hunks: &Sides<Arc<Vec<Hunk>>>,
    style: ConflictStyle,
) -> Vec<Region> {
    let mut regions = Vec::new();
    for region in clusters(&hunks.ours, &hunks.theirs, texts) {
        match (region.choice, style) {
            (Choice::Conflict, ConflictStyle::Merge) => narrow(texts, region, &mut regions),
            (Choice::Conflict, ConflictStyle::Zdiff3) => regions.push(trimmed(texts, region)),
            (Choice::Conflict, ConflictStyle::Diff3) => regions.push(region),
            (Choice::Ours | Choice::Theirs, _) => regions.push(region),
        }
    }
    match style {
        ConflictStyle::Merge => join(regions),
        ConflictStyle::Diff3 | ConflictStyle::Zdiff3 => regions,
    }
}

/// Groups the hunks of both sides that overlap or touch.
fn clusters(ours: &[Hunk], theirs: &[Hunk], texts: &Texts<'_>) -> Vec<Region> {
    let mut regions = Vec::new();
    let (mut our_rest, mut their_rest) = (ours, theirs);
    // how far each side's line numbers are ahead of the base's
    let (mut our_shift, mut their_shift) = (0i64, 0i64);
    while !our_rest.is_empty() || !their_rest.is_empty() {
        let start =
            [our_rest, their_rest].iter().filter_map(|rest| rest.first()).map(|hunk| hunk.base.start).min();
        let start = start.unwrap_or_default();
        let mut end = start;
        let (mut taken_ours, mut taken_theirs) = (0, 0);
        loop {
            let reach = |rest: &[Hunk], taken: usize| {
                rest.get(taken).filter(|hunk| hunk.base.start <= end).map(|hunk| hunk.base.end)
            };
            if let Some(reached) = reach(our_rest, taken_ours) {
                taken_ours += 1;
                end = end.max(reached);
            } else if let Some(reached) = reach(their_rest, taken_theirs) {
                taken_theirs += 1;
                end = end.max(reached);
            } else {
                break;
            }
        }
        let (our_hunks, their_hunks) = (&our_rest[..taken_ours], &their_rest[..taken_theirs]);
        let shifted = |at: u32, shift: i64| (i64::from(at) + shift) as u32;
        let (our_start, their_start) = (shifted(start, our_shift), shifted(start, their_shift));
        our_shift += growth(our_hunks);
        their_shift += growth(their_hunks);
        // where both made the same change, there is nothing to choose
        if let Some(choice) = choice(our_hunks, their_hunks, texts) {
            let (ours, theirs) = (shifted(end, our_shift), shifted(end, their_shift));
            let (ours, theirs) = (our_start..ours, their_start..theirs);
            let changed = match choice {
                Choice::Conflict => Sides { ours: own_lines(our_hunks), theirs: own_lines(their_hunks) },
                Choice::Ours | Choice::Theirs => Sides::default(),
            };
            regions.push(Region { choice, base: start..end, ours, theirs, changed });
        }
        our_rest = &our_rest[taken_ours..];
        their_rest = &their_rest[taken_theirs..];
    }
    regions
}

fn own_lines(hunks: &[Hunk]) -> Vec<Range<u32>> {
    hunks.iter().map(|hunk| hunk.own.clone()).collect()
}

/// What of the changed lines is in a part of the conflict. Where that part has none of a side's lines, what
/// the side changed next to it counts.
fn changed_in(part: &Range<u32>, changed: &[Range<u32>]) -> Vec<Range<u32>> {
    let first = changed.partition_point(|lines| lines.end < part.start);
    let after = changed.partition_point(|lines| lines.start <= part.end).max(first);
    let touching = &changed[first..after];
    let within = |lines: &Range<u32>| lines.start.max(part.start)..lines.end.min(part.end);
    let inside = |lines: &Range<u32>| lines.is_empty() || !within(lines).is_empty();
    let found: Vec<_> = touching.iter().filter(|lines| inside(lines)).map(within).collect();
    match (found.is_empty(), touching.is_empty()) {
        (false, _) => found,
        (true, false) => touching.to_vec(),
        (true, true) => changed[first.saturating_sub(1)..changed.len().min(first + 1)].to_vec(),
    }
}

fn growth(hunks: &[Hunk]) -> i64 {
    hunks.iter().map(|hunk| hunk.own.len() as i64 - hunk.base.len() as i64).sum()
}

fn choice(ours: &[Hunk], theirs: &[Hunk], texts: &Texts<'_>) -> Option<Choice> {
    match (ours, theirs) {
        (_, []) => Some(Choice::Ours),
        ([], _) => Some(Choice::Theirs),
        ([one], [other])
            if one.base == other.base && texts.ours[range(&one.own)] == texts.theirs[range(&other.own)] =>
        {
            None
        }
        _ => Some(Choice::Conflict),
    }
}

fn range(lines: &Range<u32>) -> Range<usize> {
    lines.start as usize..lines.end as usize
}

/// Narrows a conflict to the lines in which the sides differ; there may be none.
fn narrow(texts: &Texts<'_>, region: Region, regions: &mut Vec<Region>) {
    if region.ours.is_empty() || region.theirs.is_empty() {
        regions.push(region);
        return;
    }
    let (ours, theirs) = (&texts.ours[range(&region.ours)], &texts.theirs[range(&region.theirs)]);
    let [hunks] = hunks_of(ours, [theirs]);
    if hunks.is_empty() {
        regions.push(Region { choice: Choice::Ours, ..region });
        return;
    }
    let moved = |lines: Range<u32>, by: u32| lines.start + by..lines.end + by;
    regions.extend(hunks.into_iter().map(|hunk| {
        let (ours, theirs) = (moved(hunk.base, region.ours.start), moved(hunk.own, region.theirs.start));
        let changed = region.changed_in(&ours, &theirs);
        Region { choice: Choice::Conflict, base: region.base.clone(), ours, theirs, changed }
    }));
}

/// Removes the lines at both ends of a conflict that are equal on both sides.
fn trimmed(texts: &Texts<'_>, region: Region) -> Region {
    let (ours, theirs) = (&texts.ours[range(&region.ours)], &texts.theirs[range(&region.theirs)]);
    let at_the_start = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[at_the_start..], &theirs[at_the_start..]);
    let at_the_end = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |lines: &Range<u32>| lines.start + at_the_start as u32..lines.end - at_the_end as u32;
    let (ours, theirs) = (cut(&region.ours), cut(&region.theirs));
    let changed = region.changed_in(&ours, &theirs);
    Region { ours, theirs, changed, ..region }
}

/// Joins conflicts with only a few lines between them.
fn join(regions: Vec<Region>) -> Vec<Region> {
    let mut joined: Vec<Region> = Vec::with_capacity(regions.len());
    for region in regions {
        match joined.last_mut() {
            Some(last)
                if last.choice == Choice::Conflict
                    && region.choice == Choice::Conflict
                    && region.ours.start - last.ours.end <= JOIN =>
            {
                last.base.end = region.base.end;
                last.ours.end = region.ours.end;
                last.theirs.end = region.theirs.end;
                last.changed.ours.extend(region.changed.ours);
                last.changed.theirs.extend(region.changed.theirs);
            }
            _ => joined.push(region),
        }
    }
    joined
}

/// The merged text, with its conflicts written in this style.
pub(crate) fn render(texts: &Texts<'_>, regions: &[Region], style: &RenderStyle<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    for region in regions {
        append(&mut text, &texts.ours[at..region.ours.start as usize]);
        let (ours, theirs) = (&texts.ours[range(&region.ours)], &texts.theirs[range(&region.theirs)]);
        match (region.choice, style) {
            (Choice::Ours, _) | (Choice::Conflict, RenderStyle::Favor(Side::Ours)) => append(&mut text, ours),
            (Choice::Theirs, _) | (Choice::Conflict, RenderStyle::Favor(Side::Theirs)) => {
                append(&mut text, theirs);
            }
            (Choice::Conflict, RenderStyle::Union) => {
                append_ended(&mut text, ours, texts.line_end(region));
                append(&mut text, theirs);
            }
            (Choice::Conflict, RenderStyle::Markers { size, base, ours: our_name, theirs: their_name }) => {
                let end = texts.line_end(region);
                let marker = |sign: &[u8], name: &[u8]| {
                    let space: &[u8] = if name.is_empty() { b"" } else { b" " };
                    [&sign.repeat(*size), space, name, end].concat()
                };
                text.extend(marker(b"<", our_name));
                append_ended(&mut text, ours, end);
                if let Some(base_name) = base {
                    text.extend(marker(b"|", base_name));
                    append_ended(&mut text, &texts.base[range(&region.base)], end);
                }
                text.extend(marker(b"=", b""));
                append_ended(&mut text, theirs, end);
                text.extend(marker(b">", their_name));
            }
        }
        at = region.ours.end as usize;
    }
    append(&mut text, &texts.ours[at..]);
    text
}

fn append(text: &mut Vec<u8>, lines: &[&[u8]]) {
    lines.iter().for_each(|line| text.extend_from_slice(line));
}

/// Appends lines, the last one ended where it was not.
fn append_ended(text: &mut Vec<u8>, lines: &[&[u8]], end: &[u8]) {
    append(text, lines);
    if lines.last().is_some_and(|line| !line.ends_with(b"\n")) {
        text.extend_from_slice(end);
    }
}

impl Region {
    /// What each side changed in a part of it.
    fn changed_in(&self, ours: &Range<u32>, theirs: &Range<u32>) -> Sides<Vec<Range<u32>>> {
        Sides { ours: changed_in(ours, &self.changed.ours), theirs: changed_in(theirs, &self.changed.theirs) }
    }
}

impl Texts<'_> {
    /// How marker lines end: with CR LF if the lines before the conflict do on both sides and the first
    /// of the base does, otherwise with a plain newline.
    fn line_end(&self, region: &Region) -> &'static [u8] {
        let before = |start: u32| start.saturating_sub(1) as usize;
        let votes = [
            ends_in_crlf(&self.ours, before(region.ours.start)),
            ends_in_crlf(&self.theirs, before(region.theirs.start)),
            ends_in_crlf(&self.base, 0),
        ];
        let settled = votes.contains(&Some(false));
        if !settled && votes[2] == Some(true) { b"\r\n" } else { b"\n" }
    }
}

/// Whether the line at this index ends in CR LF. For a last line without an end, the one before it
/// decides.
fn ends_in_crlf(lines: &[&[u8]], at: usize) -> Option<bool> {
    let line = lines.get(at)?;
    if line.ends_with(b"\n") {
        return Some(line.ends_with(b"\r\n"));
    }
    let previous = lines.get(at.checked_sub(1)?)?;
    Some(previous.ends_with(b"\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merges words as lines; a conflict shows as `<ours|theirs>`.
    fn check(base: &str, ours: &str, theirs: &str, expected: &str) {
        let lines = |words: &str| {
            words
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(|word| format!("{word}\n"))
                .collect::<String>()
        };
        let texts = Stages { base, ours, theirs }.map(lines);
        let texts = Texts::new(texts.each_ref().map(|text| text.as_bytes()));
        let regions = merge_regions(&texts, &texts.hunks(Sides::default()), ConflictStyle::Merge);
        let style = RenderStyle::Markers { size: 1, base: None, ours: b"", theirs: b"" };
        let merged = String::from_utf8(render(&texts, &regions, &style)).unwrap();
        assert_eq!(merged.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn hunks_that_keep_apart_merge() {
        check("a b c", "A b c", "a b C", "A b C");
        check("a b c d", "A b c d", "a B c d", "< A b = a B > c d");
        check("a b c d", "A b c d", "a b C d", "A b C d");
        check("a b", "x a b", "a b y", "x a b y");
    }

    #[test]
    fn insertions_that_touch_conflict() {
        check("a b", "a x b", "a y b", "a < x = y > b");
        check("a b c", "a x b c", "a b y c", "a x b y c");
        check("a b c", "a c", "a b y c", "a < = b y > c");
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict() {
        check("a b c", "a x c", "a x c", "a x c");
        check("a b c", "c", "c", "c");
        check("a b c d", "a x c d", "a x y d", "a x < c = y > d");
    }

    #[test]
    fn conflicts_are_narrowed_and_joined_again() {
        check("a b c", "a 1 2 3 c", "a 1 9 3 c", "a 1 < 2 = 9 > 3 c");
        check("b", "1 x 2 x 3", "4 x 5 x 6", "< 1 x 2 x 3 = 4 x 5 x 6 >");
        check("b", "1 p q r s 3", "4 p q r s 6", "< 1 = 4 > p q r s < 3 = 6 >");
    }

    fn rendered(base: &str, ours: &str, theirs: &str, style: RenderStyle<'_>) -> String {
        let texts = Texts::new(Stages { base, ours, theirs }.map(str::as_bytes));
        let regions = merge_regions(&texts, &texts.hunks(Sides::default()), ConflictStyle::Merge);
        String::from_utf8(render(&texts, &regions, &style)).unwrap()
    }

    #[test]
    fn markers_follow_the_line_ends_around_them() {
        let style = || RenderStyle::Markers { size: 7, base: None, ours: b"a", theirs: b"b" };
        assert_eq!(
            rendered("x\r\n", "y\r\n", "z\r\n", style()),
            "<<<<<<< a\r\ny\r\n=======\r\nz\r\n>>>>>>> b\r\n"
        );
        assert_eq!(rendered("x", "y", "z", style()), "<<<<<<< a\ny\n=======\nz\n>>>>>>> b\n");
    }

    #[test]
    fn a_union_keeps_both_sides_lines() {
        assert_eq!(rendered("a\n", "a\nb", "a\nc", RenderStyle::Union), "a\nb\nc");
    }
}
