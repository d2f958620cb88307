//! Colours and signs. Colour only adds: everything reads the same without it.

use anstyle::{AnsiColor, Effects, Style as Ansi};

use crate::model::{Severity, in_line};

use super::count;

/// How output looks: its width, and its signs.
///
/// Colours are always written; the stream that prints them drops them where they do not belong.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns that there are.
    pub width: usize,
    /// Whether long names are shortened to fit; otherwise they are whole, for programs and files.
    pub shortens: bool,
    /// Whether signs are plain ASCII.
    pub ascii: bool,
    /// Say more.
    pub verbose: bool,
    /// Say only what needs attention.
    pub quiet: bool,
    /// There are too many terminals to say something of each.
    pub crowded: bool,
}

/// Of this many terminals, each is listed.
const MOST_LISTED: usize = 20;

impl Style {
    /// The same for an answer about so many terminals.
    pub(super) fn of_many(self, terminals: usize) -> Style {
        Style { crowded: !self.verbose && terminals > MOST_LISTED, ..self }
    }

    /// How many entries of a list are shown, where that is bounded for many terminals.
    pub(super) fn most(self, bound: usize) -> usize {
        if self.crowded { bound } else { usize::MAX }
    }

    /// Whether a finding of this severity is shown: information takes `-v`.
    pub(super) fn shows(self, severity: Severity) -> bool {
        self.verbose || severity > Severity::Info
    }

    pub(super) fn conflict_sign(self) -> &'static str {
        if self.ascii { "x" } else { "✗" }
    }

    pub(super) fn clean_sign(self) -> &'static str {
        if self.ascii { "ok" } else { "✓" }
    }

    pub(super) fn drift_sign(self) -> &'static str {
        if self.ascii { "v" } else { "↓" }
    }

    /// Replaces the arrows of texts that are made elsewhere.
    pub(crate) fn plain(self, text: &str) -> String {
        if self.ascii { text.replace('→', "->").replace('…', "...") } else { text.to_string() }
    }
}

fn painted(style: Ansi, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) fn red(text: &str) -> String {
    painted(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
}

pub(super) fn yellow(text: &str) -> String {
    painted(AnsiColor::Yellow.on_default(), text)
}

pub(super) fn green(text: &str) -> String {
    painted(AnsiColor::Green.on_default(), text)
}

pub(super) fn bold(text: &str) -> String {
    painted(Ansi::new().effects(Effects::BOLD), text)
}

pub(super) fn dim(text: &str) -> String {
    painted(Ansi::new().effects(Effects::DIMMED), text)
}

/// Ends a line, which has no other line breaks, whatever it says of another's.
pub(super) fn line(text: &str) -> String {
    format!("{}\n", in_line(text.trim_end_matches('\n')))
}

/// The first blocks, and of the others the number: `3 more conflicts (use -v)`.
pub(super) fn first_of(blocks: Vec<String>, most: usize, what: &str) -> String {
    first_counted(blocks.into_iter().map(|block| (block, 1)).collect(), most, what)
}

/// The same of blocks that each are about several.
pub(super) fn first_counted(blocks: Vec<(String, usize)>, most: usize, what: &str) -> String {
    let rest: usize = blocks.iter().skip(most).map(|(_, number)| number).sum();
    let more = (rest > 0).then(|| line(&dim(&format!("{} (use -v)", count(rest, &format!("more {what}"))))));
    blocks.into_iter().take(most).map(|(block, _)| block).chain(more).collect()
}

/// Breaks a text into lines of at most `width` columns, each behind `indent`.
pub(super) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    hanging(&" ".repeat(indent), text, indent, width)
}

/// The same after a label; the lines after the first are indented by `indent`.
pub(super) fn hanging(label: &str, text: &str, indent: usize, width: usize) -> String {
    let mut out = in_line(label).into_owned();
    let mut column = shown_width(label);
    let mut begins_line = true;
    for word in in_line(text.trim_end_matches('\n')).split_whitespace() {
        let length = shown_width(word);
        if !begins_line && column + 1 + length > width {
            out.push_str(&format!("\n{}", " ".repeat(indent)));
            column = indent;
        } else if !begins_line {
            out.push(' ');
            column += 1;
        }
        begins_line = false;
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

/// The columns that a text takes, without its colours.
pub fn shown_width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().map(columns).sum()
}

/// The columns of a sign. What [`Style::plain`] writes with more signs is as wide as that, so that a
/// line that fits stays one that fits.
pub(super) fn columns(sign: char) -> usize {
    match sign {
        '→' => 2,
        '…' => 3,
        _ => 1,
    }
}
