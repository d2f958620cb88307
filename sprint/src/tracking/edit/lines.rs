//! Lines of the text under edit.

use std::ops::Range;

use super::surgery::Sheet;
use crate::yaml::OutlineNode;

impl<'t> Sheet<'t> {
    /// The first byte of the line, after a byte order mark.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let mark = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        self.text[..at].rfind('\n').map_or(mark, |newline| newline + 1)
    }

    /// The end of the line, before its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        match self.text[at..].find('\n') {
            Some(offset) if self.text[at..at + offset].ends_with('\r') => at + offset - 1,
            Some(offset) => at + offset,
            None => self.text.len(),
        }
    }

    /// The end of the line on which content ends; content can include its own line break.
    pub(super) fn last_line_end(&self, end: usize) -> usize {
        match self.text[..end].strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').unwrap_or(line).len(),
            None => self.line_end(end),
        }
    }

    /// The start of the next line.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |offset| at + offset + 1)
    }

    /// The text before it on its line.
    pub(super) fn before(&self, at: usize) -> &'t str {
        &self.text[self.line_start(at)..at]
    }

    pub(super) fn is_first_on_line(&self, at: usize) -> bool {
        self.before(at).bytes().all(|byte| byte == b' ')
    }

    /// Whole lines, from that of `start` to that of `end`, and one of the blank lines around
    /// them if both sides have some.
    pub(super) fn whole_lines(&self, start: usize, end: usize) -> Range<usize> {
        let start = self.line_start(start);
        let stop = if self.text[..end].ends_with('\n') { end } else { self.next_line(end) };
        let begin = self.line_start(0);
        let above = self.line_start(start.saturating_sub(1).max(begin));
        let blank = |range: Range<usize>| self.text[range].trim().is_empty();
        if start > begin
            && blank(above..start)
            && (stop == self.text.len() || blank(stop..self.next_line(stop)))
        {
            return above..stop;
        }
        // The first of several: the blank line after it separated it from the next.
        if self.text[above..start].trim_end().ends_with(':') && stop < self.text.len() {
            let next = self.next_line(stop);
            let more =
                self.before_first(next).is_some_and(|column| column >= self.before_first(start).unwrap_or(0));
            if blank(stop..next) && more {
                return start..next;
            }
        }
        start..stop
    }

    /// The start of the blank line above the line that starts here, if there is one.
    pub(super) fn blank_line_above(&self, start: usize) -> Option<usize> {
        let begin = self.line_start(0);
        let above = self.line_start(start.saturating_sub(1).max(begin));
        let is_blank = start > begin && self.text[above..start].trim().is_empty();
        is_blank.then_some(above)
    }

    /// The column of the first character that is not a space on the line that starts here.
    fn before_first(&self, at: usize) -> Option<usize> {
        let line = &self.text[at..self.line_end(at)];
        line.find(|c: char| c != ' ')
    }

    /// Requires that only white space and comments stand between the mark and the value.
    pub(super) fn is_bare(&self, node: &OutlineNode) -> Result<(), String> {
        let mut gap = self.text.get(node.after_mark..node.span.start).unwrap_or_default();
        loop {
            gap = gap.trim_start();
            match gap.chars().next() {
                None => return Ok(()),
                Some('#') => gap = gap.split_once('\n').map_or("", |(_, rest)| rest),
                Some(_) => return Err("it has an anchor or a tag".to_string()),
            }
        }
    }

    /// Whether there is an empty line between two places on different lines.
    pub(super) fn has_blank_line(&self, from: usize, to: usize) -> bool {
        let mut at = self.next_line(from);
        while at < to {
            let next = self.next_line(at);
            if next <= to && self.text[at..next].trim().is_empty() {
                return true;
            }
            at = next;
        }
        false
    }

    /// The position after content that ends at `end` and after the comments below that belong to it.
    pub(super) fn behind_comments(&self, end: usize, own_column: usize) -> usize {
        if self.text[..end].ends_with('\n') {
            return end;
        }
        let mut found = self.line_end(end);
        let mut at = self.next_line(end);
        let mut blank = false;
        while at < self.text.len() {
            let line = &self.text[at..self.line_end(at)];
            let indent = line.len() - line.trim_start_matches(' ').len();
            match line.trim() {
                "" => blank = true,
                comment
                    if comment.starts_with('#')
                        && (indent > own_column || indent == own_column && !blank) =>
                {
                    found = self.line_end(at);
                }
                _ => break,
            }
            at = self.next_line(at);
        }
        found
    }
}
