//! The histogram diff: the rarest common run of lines is kept, and what lies before and after it
//! is compared again (the extension of patience diff that JGit introduced and git took over).
//!
//! Where lines repeat too often for that, [`myers`] compares them, as in git.

use crate::merge::lines::LineKind;
use crate::merge::myers::{self, Changed, Counts};

/// A section is not split at its rarest line if that occurs more often than this.
const MOST_OCCURRENCES: u32 = 64;

const NONE: u32 = u32::MAX;

/// Which lines of two texts were removed and added.
pub(crate) struct Marks {
    pub removed: Vec<bool>,
    pub added: Vec<bool>,
}

/// A section of both texts: begin and end in each.
#[derive(Clone, Copy)]
struct Section {
    before: (usize, usize),
    after: (usize, usize),
}

/// Compares texts of numbered lines. One can compare many texts: what it costs follows their lengths, not
/// how many lines there are in all.
pub(crate) struct LineDiffer {
    occurrences: Occurrences,
    counts: Counts,
}

/// Where the lines of the current section are in the first text.
struct Occurrences {
    first: Vec<u32>,
    count: Vec<u32>,
    /// For each line, the next one that is equal to it.
    next: Vec<u32>,
}

/// A common run of lines.
#[derive(Clone, Copy, Default)]
struct CommonRun {
    before: usize,
    after: usize,
    length: usize,
}

/// The result of a search for a common run.
enum RunSearch {
    Found(CommonRun),
    NothingInCommon,
    TooFrequent,
}

impl LineDiffer {
    /// For texts whose lines have numbers below this one.
    pub fn new(kinds: usize) -> LineDiffer {
        let occurrences = Occurrences { first: vec![NONE; kinds], count: vec![0; kinds], next: Vec::new() };
        LineDiffer { occurrences, counts: Counts::new(kinds) }
    }

    /// Compares two texts.
    pub fn compare(&mut self, before: &[LineKind], after: &[LineKind]) -> Marks {
        let mut marks = Marks { removed: vec![false; before.len()], added: vec![false; after.len()] };
        self.occurrences.next.clear();
        self.occurrences.next.resize(before.len(), NONE);
        // an explicit stack: there are as many sections as differences
        let mut open = vec![Section { before: (0, before.len()), after: (0, after.len()) }];
        while let Some(part) = open.pop() {
            if part.before.0 == part.before.1 || part.after.0 == part.after.1 {
                marks.all(part);
                continue;
            }
            match self.occurrences.rarest_run(before, after, part) {
                RunSearch::NothingInCommon => marks.all(part),
                RunSearch::TooFrequent => {
                    let (lines, own_lines) = (part.before.0..part.before.1, part.after.0..part.after.1);
                    let changed = Changed {
                        removed: &mut marks.removed[lines.clone()],
                        added: &mut marks.added[own_lines.clone()],
                    };
                    myers::compare(&before[lines], &after[own_lines], &mut self.counts, changed);
                }
                RunSearch::Found(run) => {
                    let (before_end, after_end) = (run.before + run.length, run.after + run.length);
                    open.push(Section {
                        before: (before_end, part.before.1),
                        after: (after_end, part.after.1),
                    });
                    open.push(Section {
                        before: (part.before.0, run.before),
                        after: (part.after.0, run.after),
                    });
                }
            }
        }
        marks
    }
}

impl Marks {
    fn all(&mut self, part: Section) {
        self.removed[part.before.0..part.before.1].fill(true);
        self.added[part.after.0..part.after.1].fill(true);
    }
}

impl Occurrences {
    /// The common run with the rarest line; of these the longest, and of these the first found.
    fn rarest_run(&mut self, before: &[LineKind], after: &[LineKind], part: Section) -> RunSearch {
        self.count_lines(before, part);
        let mut best = CommonRun::default();
        let mut rarest = MOST_OCCURRENCES + 1;
        let mut common = false;
        let mut at = part.after.0;
        while at < part.after.1 {
            let kind = after[at] as usize;
            common |= self.count[kind] > 0;
            at = if self.count[kind] > 0 && self.count[kind] <= rarest {
                self.try_line(before, after, part, at, &mut best, &mut rarest)
            } else {
                at + 1
            };
        }
        self.forget_lines(before, part);
        match common {
            true if rarest > MOST_OCCURRENCES => RunSearch::TooFrequent,
            true => RunSearch::Found(best),
            false => RunSearch::NothingInCommon,
        }
    }

    fn count_lines(&mut self, before: &[LineKind], part: Section) {
        for at in (part.before.0..part.before.1).rev() {
            let kind = before[at] as usize;
            self.next[at] = self.first[kind];
            self.first[kind] = at as u32;
            self.count[kind] += 1;
        }
    }

    fn forget_lines(&mut self, before: &[LineKind], part: Section) {
        for line in &before[part.before.0..part.before.1] {
            self.first[*line as usize] = NONE;
            self.count[*line as usize] = 0;
        }
    }

    /// Tries every place of one line of the second text in the first, and extends each match both ways.
    /// Returns the next line to try: the one after the longest run found.
    fn try_line(
        &self,
        before: &[LineKind],
        after: &[LineKind],
        part: Section,
        at: usize,
        best: &mut CommonRun,
        rarest: &mut u32,
    ) -> usize {
        let mut next_line = at + 1;
        let mut place = self.first[after[at] as usize];
        while place != NONE {
            let mut occurrences = self.count[after[at] as usize];
            let (mut start, mut after_start) = (place as usize, at);
            while start > part.before.0
                && after_start > part.after.0
                && before[start - 1] == after[after_start - 1]
            {
                start -= 1;
                after_start -= 1;
                occurrences = occurrences.min(self.count[before[start] as usize]);
            }
            let (mut end, mut after_end) = (place as usize + 1, at + 1);
            while end < part.before.1 && after_end < part.after.1 && before[end] == after[after_end] {
                occurrences = occurrences.min(self.count[before[end] as usize]);
                end += 1;
                after_end += 1;
            }
            next_line = next_line.max(after_end);
            if end - start > best.length.max(1) || occurrences < *rarest {
                *best = CommonRun { before: start, after: after_start, length: end - start };
                *rarest = occurrences;
            }
            while place != NONE && (place as usize) < end {
                place = self.next[place as usize];
            }
        }
        next_line
    }
}
