//! Where hunks are placed that fit in several places.
//!
//! A run of changed lines can slide down when its first line equals the line after it, and up the
//! other way. By git's rule each run slides as far as it goes, joining runs that it meets; it ends
//! up beside a change of the other text where it can, and otherwise as far down as possible.

use crate::merge::lines::LineKind;

/// A run of changed lines of one text; an empty run lies between two unchanged lines. Both texts have
/// equally many runs, empty ones included, since unchanged lines come in pairs.
#[derive(Clone, Copy)]
struct ChangedRun {
    start: usize,
    end: usize,
}

/// One text with its changed lines.
struct SlidingText<'a> {
    lines: &'a [LineKind],
    changed: &'a mut [bool],
}

/// Slides the runs of both texts, the first one's before the second one's.
pub(crate) fn slide(before: &[LineKind], removed: &mut [bool], after: &[LineKind], added: &mut [bool]) {
    slide_one(&mut SlidingText { lines: before, changed: removed }, added);
    slide_one(&mut SlidingText { lines: after, changed: added }, removed);
}

fn slide_one(text: &mut SlidingText<'_>, other: &[bool]) {
    let mut run = ChangedRun::first(text.changed);
    let mut beside = ChangedRun::first(other);
    loop {
        if run.start < run.end {
            slide_run(text, other, &mut run, &mut beside);
        }
        if !run.advance(text.changed) {
            return;
        }
        beside.advance(other);
    }
}

fn slide_run(text: &mut SlidingText<'_>, other: &[bool], run: &mut ChangedRun, beside: &mut ChangedRun) {
    let mut highest_end;
    let mut can_be_beside;
    loop {
        let length = run.end - run.start;
        while text.slide_up(run) {
            beside.retreat(other);
        }
        highest_end = run.end;
        can_be_beside = beside.start < beside.end;
        while text.slide_down(run) {
            beside.advance(other);
            can_be_beside |= beside.start < beside.end;
        }
        // a run that met another one may go further now
        if run.end - run.start == length {
            break;
        }
    }
    if run.end > highest_end && can_be_beside {
        while beside.start == beside.end && text.slide_up(run) {
            beside.retreat(other);
        }
    }
}

impl ChangedRun {
    fn first(changed: &[bool]) -> ChangedRun {
        ChangedRun { start: 0, end: end_of_run(changed, 0) }
    }

    /// Goes to the next run, past one unchanged line; false at the end of the text.
    fn advance(&mut self, changed: &[bool]) -> bool {
        if self.end == changed.len() {
            return false;
        }
        self.start = self.end + 1;
        self.end = end_of_run(changed, self.start);
        true
    }

    /// Goes to the run before.
    fn retreat(&mut self, changed: &[bool]) {
        if let Some(end) = self.start.checked_sub(1) {
            self.end = end;
            self.start = start_of_run(changed, end);
        }
    }
}

impl SlidingText<'_> {
    fn slide_down(&mut self, run: &mut ChangedRun) -> bool {
        if run.end == self.lines.len() || self.lines[run.start] != self.lines[run.end] {
            return false;
        }
        self.changed[run.start] = false;
        self.changed[run.end] = true;
        run.start += 1;
        run.end = end_of_run(self.changed, run.end);
        true
    }

    fn slide_up(&mut self, run: &mut ChangedRun) -> bool {
        if run.start == 0 || self.lines[run.start - 1] != self.lines[run.end - 1] {
            return false;
        }
        self.changed[run.start - 1] = true;
        self.changed[run.end - 1] = false;
        run.start = start_of_run(self.changed, run.start);
        run.end -= 1;
        true
    }
}

fn end_of_run(changed: &[bool], from: usize) -> usize {
    from + changed[from..].iter().take_while(|changed| **changed).count()
}

fn start_of_run(changed: &[bool], to: usize) -> usize {
    to - changed[..to].iter().rev().take_while(|changed| **changed).count()
}
