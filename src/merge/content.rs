//! Three versions of a text into one, at git's "zealous" level.
//!
//! Hunks of both sides that overlap or touch in the base form a cluster. A cluster in which both
//! sides have the same text is no conflict; any other is, less the lines at its ends that are the
//! same on both sides.

use std::ops::Range;

use imara_diff::sources::byte_lines;

use crate::model::{Hunk, Lines};

use super::hunks::text_hunks;

/// What became of three versions of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// The merged text.
    Merged(Vec<u8>),
    /// The conflicting lines of our and of their version.
    Conflict(Vec<Lines>, Vec<Lines>),
}

/// Merges three versions of a text.
pub(super) fn merge_text(base: &[u8], ours: &[u8], theirs: &[u8]) -> Content {
    let [base_lines, our_lines, their_lines] = [base, ours, theirs].map(|text| byte_lines_of(text));
    let (our_hunks, their_hunks) = (text_hunks(base, ours), text_hunks(base, theirs));
    let mut merged: Vec<u8> = Vec::with_capacity(ours.len().max(theirs.len()));
    let (mut conflicts_ours, mut conflicts_theirs) = (Vec::new(), Vec::new());
    let mut done = 0;
    for cluster in clusters(&our_hunks, &their_hunks) {
        push(&mut merged, &base_lines[done..cluster.base.start]);
        done = cluster.base.end;
        let (our_text, their_text) = (&our_lines[cluster.ours.clone()], &their_lines[cluster.theirs.clone()]);
        match cluster.changed {
            Changed::Ours => push(&mut merged, our_text),
            Changed::Theirs => push(&mut merged, their_text),
            Changed::Both if our_text == their_text => push(&mut merged, our_text),
            Changed::Both => {
                let (ours, theirs) = trimmed(&cluster, our_text, their_text);
                conflicts_ours.push(as_lines(ours));
                conflicts_theirs.push(as_lines(theirs));
            }
        }
    }
    push(&mut merged, &base_lines[done..]);
    match conflicts_ours.is_empty() {
        true => Content::Merged(merged),
        false => Content::Conflict(conflicts_ours, conflicts_theirs),
    }
}

fn byte_lines_of(text: &[u8]) -> Vec<&[u8]> {
    use imara_diff::TokenSource;
    byte_lines(text).tokenize().collect()
}

fn push(merged: &mut Vec<u8>, lines: &[&[u8]]) {
    for line in lines {
        merged.extend_from_slice(line);
    }
}

/// Who changed a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    Ours,
    Theirs,
    Both,
}

/// A region of the base with all hunks that touch each other, and where it is on both sides.
#[derive(Clone, Debug)]
struct Cluster {
    base: Range<usize>,
    ours: Range<usize>,
    theirs: Range<usize>,
    changed: Changed,
}

/// The clusters in the order of the base.
fn clusters(ours: &[Hunk], theirs: &[Hunk]) -> Vec<Cluster> {
    let mut clusters = Vec::new();
    let (mut our_next, mut their_next) = (0, 0);
    while our_next < ours.len() || their_next < theirs.len() {
        let (our_first, their_first) = (our_next, their_next);
        let start = |hunks: &[Hunk], at: usize| hunks.get(at).map_or(u32::MAX, |hunk| hunk.base.start);
        let begin = start(ours, our_next).min(start(theirs, their_next));
        let mut end = begin;
        // Whose hunk comes first may not begin a cluster with a neighbour of its own side.
        loop {
            let our_joins = start(ours, our_next) <= end && (our_next < ours.len());
            let their_joins = start(theirs, their_next) <= end && (their_next < theirs.len());
            match (our_joins, their_joins) {
                (true, _) => {
                    end = end.max(ours[our_next].base.end);
                    our_next += 1;
                }
                (false, true) => {
                    end = end.max(theirs[their_next].base.end);
                    their_next += 1;
                }
                (false, false) => break,
            }
        }
        let changed = match (our_next > our_first, their_next > their_first) {
            (true, true) => Changed::Both,
            (true, false) => Changed::Ours,
            _ => Changed::Theirs,
        };
        clusters.push(Cluster {
            base: begin as usize..end as usize,
            ours: image(ours, our_first..our_next, begin, end),
            theirs: image(theirs, their_first..their_next, begin, end),
            changed,
        });
    }
    clusters
}

/// Where a region of the base is in a version, given the hunks inside it.
fn image(hunks: &[Hunk], inside: Range<usize>, begin: u32, end: u32) -> Range<usize> {
    let shift = |hunk: &Hunk| i64::from(hunk.own.end) - i64::from(hunk.base.end);
    let before = inside.start.checked_sub(1).map_or(0, |at| shift(&hunks[at]));
    let after = inside.end.checked_sub(1).map_or(0, |at| shift(&hunks[at]));
    let moved = |line: u32, by: i64| (i64::from(line) + by) as usize;
    moved(begin, before)..moved(end, after)
}

/// Both sides of a conflict without the lines at its ends that are the same.
fn trimmed(cluster: &Cluster, ours: &[&[u8]], theirs: &[&[u8]]) -> (Range<usize>, Range<usize>) {
    let head = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[head..], &theirs[head..]);
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |range: &Range<usize>| range.start + head..range.end - tail;
    (cut(&cluster.ours), cut(&cluster.theirs))
}

fn as_lines(range: Range<usize>) -> Lines {
    Hunk { base: 0..0, own: range.start as u32..range.end as u32 }.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words are lines; a conflict is shown as `ours|theirs` line ranges.
    fn check(base: &str, ours: &str, theirs: &str, expected: &str) {
        let text = |words: &str| {
            words
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(|word| format!("{word}\n"))
                .collect::<String>()
        };
        let shown = match merge_text(text(base).as_bytes(), text(ours).as_bytes(), text(theirs).as_bytes()) {
            Content::Merged(merged) => {
                String::from_utf8(merged).unwrap().replace('\n', " ").trim().to_string()
            }
            Content::Conflict(ours, theirs) => format!("{}|{}", Lines::list(&ours), Lines::list(&theirs)),
        };
        assert_eq!(shown, expected, "{base} / {ours} / {theirs}");
    }

    #[test]
    fn edits_apart_come_together() {
        check("a b c d e", "A b c d e", "a b c d E", "A b c d E");
        check("a b c", "a x b c", "a b c y", "a x b c y");
        check("a b c", "a c", "a b c d", "a c d");
    }

    #[test]
    fn the_same_and_adjacent_lines_conflict() {
        check("a b c d", "A b c d", "X b c d", "1|1");
        check("a b c d", "A b c d", "a B c d", "1-2|1-2");
        check("a b c d", "a x b c d", "a y b c d", "2|2");
        check("", "a", "b", "1|1");
    }

    #[test]
    fn the_same_edit_on_both_sides_is_no_conflict() {
        check("a b c", "a X c", "a X c", "a X c");
        check("a b c", "a c", "a c", "a c");
        check("a b c d e", "a X c d E", "a X c d e", "a X c d E");
    }

    #[test]
    fn one_line_between_is_enough() {
        check("a b c", "A b c", "a b C", "A b C");
    }
}
