//! The diff that the histogram falls back on where lines repeat too often: the algorithm of Myers in linear
//! space ("An O(ND) Difference Algorithm and Its Variations", 1986).
//!
//! Two shortcuts keep it fast, and decide what is found, so they are git's (confirmed by comparing with
//! git). Lines that can hardly match are left out first. And a search that takes long is cut short, at a
//! long run of equal lines or at the furthest point; what is cut off is searched again, cut short no more.

use crate::merge::lines::LineKind;

/// Lines that the other text has at least so often never count as rare.
const COMMON: usize = 1024;
/// How many lines around a common one say whether it is left out.
const WINDOW: usize = 100;
/// After so many steps, a long run of equal lines is good enough.
const PATIENCE: i32 = 256;
/// The length of a long run.
const LONG_RUN: i32 = 20;
/// How far a long run has to be, in lines for each step.
const WORTHWHILE: i32 = 4;

/// Which lines of a section were changed.
pub(super) struct Changed<'m> {
    pub removed: &'m mut [bool],
    pub added: &'m mut [bool],
}

/// How often each kind of line is in two sections; all zero in between.
pub(super) struct Counts {
    before: Vec<u32>,
    after: Vec<u32>,
}

impl Counts {
    /// For this many kinds of lines.
    pub fn new(kinds: usize) -> Counts {
        Counts { before: vec![0; kinds], after: vec![0; kinds] }
    }
}

/// Compares two sections and marks what changed.
pub(super) fn compare(before: &[LineKind], after: &[LineKind], counts: &mut Counts, changed: Changed<'_>) {
    before.iter().for_each(|line| counts.before[*line as usize] += 1);
    after.iter().for_each(|line| counts.after[*line as usize] += 1);
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = before[start..].iter().rev().zip(after[start..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let kept_before = Kept::of(before, start..before.len() - end, &counts.after, changed.removed);
    let kept_after = Kept::of(after, start..after.len() - end, &counts.before, changed.added);
    before.iter().for_each(|line| counts.before[*line as usize] = 0);
    after.iter().for_each(|line| counts.after[*line as usize] = 0);
    search(&kept_before, &kept_after, changed);
}

/// The lines of a section that take part in the search, and where they are.
struct Kept {
    lines: Vec<LineKind>,
    places: Vec<usize>,
}

/// How a line may match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    /// The other text does not have it.
    None,
    /// The other text has it.
    Some,
    /// The other text has it very often.
    Many,
}

impl Kept {
    /// Leaves out what the other text does not have, and very common lines in the midst of such; these are
    /// changed.
    fn of(lines: &[LineKind], range: std::ops::Range<usize>, in_other: &[u32], changed: &mut [bool]) -> Kept {
        let many = rough_root(lines.len()).min(COMMON);
        let matches = |line: &LineKind| match in_other[*line as usize] as usize {
            0 => Matches::None,
            times if times >= many => Matches::Many,
            _ => Matches::Some,
        };
        let matches: Vec<Matches> = lines[range.clone()].iter().map(matches).collect();
        let mut kept = Kept { lines: Vec::new(), places: Vec::new() };
        for (at, place) in range.enumerate() {
            let leave_out = match matches[at] {
                Matches::None => true,
                Matches::Some => false,
                Matches::Many => is_lost(&matches, at),
            };
            if leave_out {
                changed[place] = true;
            } else {
                kept.lines.push(lines[place]);
                kept.places.push(place);
            }
        }
        kept
    }
}

/// Whether a very common line is surrounded by lines without a match.
fn is_lost(matches: &[Matches], at: usize) -> bool {
    let before = matches[at.saturating_sub(WINDOW)..at].iter().rev();
    let after = matches[at + 1..matches.len().min(at + 1 + WINDOW)].iter();
    let count = |around: &mut dyn Iterator<Item = &Matches>| {
        let (mut none, mut many) = (0, 1);
        for matches in around.take_while(|matches| **matches != Matches::Some) {
            if *matches == Matches::None { none += 1 } else { many += 1 }
        }
        (none, many)
    };
    let (none_before, many_before) = count(&mut { before });
    if none_before == 0 {
        return false;
    }
    let (none_after, many_after) = count(&mut { after });
    none_after > 0 && none_before + none_after > 3 * (many_before + many_after)
}

/// A power of two near the square root.
fn rough_root(number: usize) -> usize {
    1 << (usize::BITS - number.leading_zeros()).div_ceil(2)
}

/// A part of both texts that is still to be compared: begin and end in each.
#[derive(Clone, Copy)]
struct Part {
    before: (usize, usize),
    after: (usize, usize),
    /// Whether its search may not be cut short.
    thorough: bool,
}

/// Where a part is split, and which of the two must be searched thoroughly.
struct Split {
    before: usize,
    after: usize,
    thorough: [bool; 2],
}

fn search(before: &Kept, after: &Kept, changed: Changed<'_>) {
    let most = before.lines.len() + after.lines.len() + 3;
    let mut fronts = Fronts {
        forward: Front::new(before.lines.len(), after.lines.len()),
        backward: Front::new(before.lines.len(), after.lines.len()),
        most_steps: (rough_root(most) as i32).max(PATIENCE),
    };
    let whole = Part { before: (0, before.lines.len()), after: (0, after.lines.len()), thorough: false };
    let mut open = vec![whole];
    while let Some(Part { before: (mut start, mut end), after: (mut own_start, mut own_end), thorough }) =
        open.pop()
    {
        let same = |at: usize, own: usize| before.lines[at] == after.lines[own];
        while start < end && own_start < own_end && same(start, own_start) {
            (start, own_start) = (start + 1, own_start + 1);
        }
        while start < end && own_start < own_end && same(end - 1, own_end - 1) {
            (end, own_end) = (end - 1, own_end - 1);
        }
        if start == end || own_start == own_end {
            before.places[start..end].iter().for_each(|place| changed.removed[*place] = true);
            after.places[own_start..own_end].iter().for_each(|place| changed.added[*place] = true);
            continue;
        }
        let texts = PartLines { before: &before.lines[start..end], after: &after.lines[own_start..own_end] };
        let split = fronts.split(texts, thorough);
        let (at, own_at) = (start + split.before, own_start + split.after);
        let [first, second] = split.thorough;
        open.push(Part { before: (at, end), after: (own_at, own_end), thorough: second });
        open.push(Part { before: (start, at), after: (own_start, own_at), thorough: first });
    }
}

/// The lines of one part.
#[derive(Clone, Copy)]
struct PartLines<'a> {
    before: &'a [LineKind],
    after: &'a [LineKind],
}

/// How far the search came in one direction: for each diagonal, how many lines of the first text are
/// passed. The diagonal is that number less the number of lines passed of the second text.
struct Front {
    reached: Vec<i32>,
    /// Where diagonal 0 is.
    origin: i32,
    lowest: i32,
    highest: i32,
}

/// Both directions, which search towards each other.
struct Fronts {
    forward: Front,
    backward: Front,
    most_steps: i32,
}

/// The result of one step in one direction.
enum Advance {
    /// The other direction was met here, in lines passed of each text.
    Met(i32, i32),
    /// Not yet; whether a long run of equal lines was passed.
    Went(bool),
}

impl Fronts {
    /// Finds where to split: where both directions meet, or a good place where that takes too long.
    fn split(&mut self, texts: PartLines<'_>, thorough: bool) -> Split {
        let (length, own_length) = (texts.before.len() as i32, texts.after.len() as i32);
        let odd = (length - own_length) % 2 != 0;
        self.forward.begin();
        self.backward.begin();
        let forward = |(at, own): (i32, i32), thorough: [bool; 2]| Split {
            before: at as usize,
            after: own as usize,
            thorough,
        };
        let backward = |(at, own): (i32, i32), thorough| forward((length - at, own_length - own), thorough);
        let mut steps = 0;
        loop {
            steps += 1;
            let ahead = match self.forward.step::<false>(texts, Some(&self.backward).filter(|_| odd)) {
                Advance::Met(at, own) => return forward((at, own), [true; 2]),
                Advance::Went(ahead) => ahead,
            };
            let behind = match self.backward.step::<true>(texts, Some(&self.forward).filter(|_| !odd)) {
                Advance::Met(at, own) => return backward((at, own), [true; 2]),
                Advance::Went(behind) => behind,
            };
            if thorough {
                continue;
            }
            if (ahead || behind) && steps > PATIENCE {
                if let Some(place) = self.forward.long_run::<false>(texts, steps) {
                    return forward(place, [true, false]);
                }
                if let Some(place) = self.backward.long_run::<true>(texts, steps) {
                    return backward(place, [false, true]);
                }
            }
            if steps >= self.most_steps {
                let (ahead, behind) =
                    (self.forward.furthest::<false>(texts), self.backward.furthest::<true>(texts));
                return if behind.0 + behind.1 < ahead.0 + ahead.1 {
                    forward(ahead, [true, false])
                } else {
                    backward(behind, [false, true])
                };
            }
        }
    }
}

impl Front {
    fn new(length: usize, own_length: usize) -> Front {
        let reached = vec![0; length + own_length + 3];
        Front { reached, origin: own_length as i32 + 1, lowest: 0, highest: 0 }
    }

    fn begin(&mut self) {
        (self.lowest, self.highest) = (0, 0);
        self.set(0, 0);
    }

    fn at(&self, diagonal: i32) -> i32 {
        self.reached[(self.origin + diagonal) as usize]
    }

    fn set(&mut self, diagonal: i32, reached: i32) {
        self.reached[(self.origin + diagonal) as usize] = reached;
    }

    /// The diagonals of this step. Of equally good ones the first counts; the backward search sees them
    /// from the other end.
    fn diagonals<const BACKWARD: bool>(&self) -> impl Iterator<Item = i32> + use<BACKWARD> {
        let (lowest, highest) = (self.lowest, self.highest);
        let count = (highest - lowest) / 2;
        (0..=count).map(move |at| if BACKWARD { lowest + 2 * at } else { highest - 2 * at })
    }

    /// One difference more on every diagonal, and all equal lines after it.
    fn step<const BACKWARD: bool>(&mut self, texts: PartLines<'_>, other: Option<&Front>) -> Advance {
        let (length, own_length) = (texts.before.len() as i32, texts.after.len() as i32);
        const NEVER: i32 = i32::MIN / 2;
        if self.lowest > -own_length {
            self.lowest -= 1;
            self.set(self.lowest - 1, NEVER);
        } else {
            self.lowest += 1;
        }
        if self.highest < length {
            self.highest += 1;
            self.set(self.highest + 1, NEVER);
        } else {
            self.highest -= 1;
        }
        let mut ran = false;
        for diagonal in self.diagonals::<BACKWARD>() {
            let (below, above) = (self.at(diagonal - 1), self.at(diagonal + 1));
            let start = if below >= above { below + 1 } else { above };
            let run = texts.run::<BACKWARD>(start, start - diagonal);
            ran |= run > LONG_RUN;
            let at = start + run;
            self.set(diagonal, at);
            if let Some(other) = other {
                let opposite = length - own_length - diagonal;
                let reached = (other.lowest..=other.highest).contains(&opposite);
                if reached && other.at(opposite) + at >= length {
                    return Advance::Met(at, at - diagonal);
                }
            }
        }
        Advance::Went(ran)
    }

    /// The best place after a long run of equal lines, far enough for this many steps.
    fn long_run<const BACKWARD: bool>(&self, texts: PartLines<'_>, steps: i32) -> Option<(i32, i32)> {
        let mut best = (WORTHWHILE * steps, None);
        for diagonal in self.diagonals::<BACKWARD>() {
            let at = self.at(diagonal);
            let own = at - diagonal;
            let far = at + own - diagonal.abs();
            let inside = (LONG_RUN..texts.before.len() as i32).contains(&at)
                && (LONG_RUN..texts.after.len() as i32).contains(&own);
            if far > best.0 && inside && texts.run::<BACKWARD>(at - LONG_RUN, own - LONG_RUN) >= LONG_RUN {
                best = (far, Some((at, own)));
            }
        }
        best.1
    }

    /// The place with the most lines passed.
    fn furthest<const BACKWARD: bool>(&self, texts: PartLines<'_>) -> (i32, i32) {
        let (length, own_length) = (texts.before.len() as i32, texts.after.len() as i32);
        let mut best = (-1, 0);
        for diagonal in self.diagonals::<BACKWARD>() {
            let at = self.at(diagonal).min(length).min(own_length + diagonal);
            let own = at - diagonal;
            if at + own > best.0 + best.1 {
                best = (at, own);
            }
        }
        best
    }
}

impl PartLines<'_> {
    /// How many equal lines there are after so many passed of each.
    fn run<const BACKWARD: bool>(self, at: i32, own: i32) -> i32 {
        let (Ok(at), Ok(own)) = (usize::try_from(at), usize::try_from(own)) else { return 0 };
        if at >= self.before.len() || own >= self.after.len() {
            return 0;
        }
        let equal = |(a, b): &(&LineKind, &LineKind)| a == b;
        let run = if BACKWARD {
            let (before, after) =
                (&self.before[..self.before.len() - at], &self.after[..self.after.len() - own]);
            before.iter().rev().zip(after.iter().rev()).take_while(equal).count()
        } else {
            self.before[at..].iter().zip(&self.after[own..]).take_while(equal).count()
        };
        run as i32
    }
}
