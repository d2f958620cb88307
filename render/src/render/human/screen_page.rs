//! A page that fits a screen: what there is no room for is shortened, or counted.

use super::paint::{dim, line};
use super::{Style, count};

/// Lines of a screen, less one for what comes after.
const SCREEN: usize = 23;

/// A text that grows until the screen is full.
pub(super) struct Page {
    style: Style,
    text: String,
    /// What comes after it in any case.
    kept: String,
    closing: String,
    /// What each of that was for which there was no room.
    left_out: Vec<&'static str>,
}

impl Page {
    /// A page that begins with a text, and ends with what is kept and a closing.
    pub(super) fn new(text: String, kept: String, closing: String, style: Style) -> Page {
        Page { style, text, kept, closing, left_out: Vec::new() }
    }

    /// Adds a block, or its short form if there is no room.
    pub(super) fn add(&mut self, what: &'static str, block: &str, short: Option<&str>) {
        let used =
            [&self.text, &self.kept, &self.closing].map(|text| text.lines().count()).iter().sum::<usize>();
        let fits = |text: &str| self.style.verbose || used + text.lines().count() < SCREEN;
        match (fits(block), short) {
            (true, _) => self.text.push_str(block),
            (false, Some(short)) if fits(short) => self.text.push_str(short),
            (false, _) => self.left_out.push(what),
        }
    }

    /// The text, with a count of what is left out.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str(&self.kept);
        let number = |what: &str| self.left_out.iter().filter(|one| **one == what).count();
        let mut kinds = self.left_out.clone();
        kinds.dedup();
        if !kinds.is_empty() {
            let all: Vec<String> = kinds.iter().map(|what| count(number(what), what)).collect();
            let more = format!("  {} more: run track-work check -v", all.join(", "));
            self.text.push_str(&line(&dim(&more)));
        }
        self.text.push_str(&self.closing);
        self.style.plain(&self.text)
    }
}
