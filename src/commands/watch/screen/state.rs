//! What the view shows, and where the person is in it.

use std::time::Instant;

use ratatui::crossterm::event::KeyCode;

use crate::model::{ConflictTexts, Excerpt, Finding, Known, Report, shown};
use crate::render;

use super::super::rounds::Look;
use super::rows::{RECENT, RowList, ScreenRow, conflict_rows, terminal_rows};

/// As many pairs of one file are shown with their lines.
pub(super) const MOST_PAIRS: usize = 30;

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenTab {
    Terminals,
    Conflicts,
}

/// A text over the lists.
pub(super) struct PageShown {
    pub title: String,
    pub lines: Vec<String>,
    pub scroll: usize,
}

/// What the view shows.
pub(super) struct ScreenState {
    pub tab: ScreenTab,
    pub terminals: RowList,
    pub conflicts: RowList,
    pub verdict: String,
    pub polling: Option<String>,
    pub filter: String,
    typing: bool,
    pub page: Option<PageShown>,
    note: Option<(String, Instant)>,
    /// The columns of the last drawing.
    pub width: usize,
}

impl ScreenState {
    pub fn new(first: &Look, polling: Option<String>) -> ScreenState {
        let mut state = ScreenState {
            tab: ScreenTab::Terminals,
            terminals: RowList::default(),
            conflicts: RowList::default(),
            verdict: String::new(),
            polling,
            filter: String::new(),
            typing: false,
            page: None,
            note: None,

            width: 80,
        };
        state.take(first, true);
        state
    }

    /// Takes what was seen now.
    pub fn update(&mut self, look: &Look) {
        self.take(look, false);
    }

    fn take(&mut self, look: &Look, is_first: bool) {
        self.verdict = verdict(look, look.now);
        self.terminals.update(terminal_rows(&look.report), is_first);
        self.conflicts.update(conflict_rows(&look.report), is_first);
    }

    /// Time goes by.
    pub fn grow_old(&mut self, now: i64, look: &Look) {
        self.verdict = verdict(look, now);
        let now = Instant::now();
        self.terminals.forget(now);
        self.conflicts.forget(now);
        self.note = self.note.take().filter(|(_, at)| now.duration_since(*at) < RECENT);
    }

    /// When the first mark ends.
    pub fn marks_end(&self) -> Option<Instant> {
        let marks = self.terminals.changed.values().chain(self.conflicts.changed.values());
        marks.chain(self.note.iter().map(|(_, at)| at)).min().map(|at| *at + RECENT)
    }

    pub fn list(&self) -> &RowList {
        match self.tab {
            ScreenTab::Terminals => &self.terminals,
            ScreenTab::Conflicts => &self.conflicts,
        }
    }

    pub fn note(&mut self, text: String) {
        self.note = Some((text, Instant::now()));
    }

    pub fn noted(&self) -> Option<&str> {
        self.note.as_ref().map(|(text, _)| text.as_str())
    }

    pub fn is_typing(&self) -> bool {
        self.typing
    }

    pub fn begin_filter(&mut self) {
        self.page = None;
        self.typing = true;
    }

    pub fn typed(&mut self, key: KeyCode) {
        match key {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.typing = false;
                self.filter.clear();
            }
            KeyCode::Backspace => _ = self.filter.pop(),
            KeyCode::Char(sign) => self.filter.push(sign),
            _ => {}
        }
    }

    pub fn back(&mut self) {
        if self.page.take().is_none() {
            self.filter.clear();
        }
    }

    pub fn moved(&mut self, by: isize) {
        match &mut self.page {
            Some(page) => {
                let last = page.lines.len().saturating_sub(1) as isize;
                page.scroll = (page.scroll as isize).saturating_add(by).clamp(0, last) as usize;
            }
            None => match self.tab {
                ScreenTab::Terminals => self.terminals.moved(by, &self.filter),
                ScreenTab::Conflicts => self.conflicts.moved(by, &self.filter),
            },
        }
    }

    pub fn next_tab(&mut self) {
        self.show_tab(match self.tab {
            ScreenTab::Terminals => ScreenTab::Conflicts,
            ScreenTab::Conflicts => ScreenTab::Terminals,
        });
    }

    pub fn show_tab(&mut self, tab: ScreenTab) {
        self.page = None;
        self.tab = tab;
    }

    fn selected(&self) -> Option<&ScreenRow> {
        self.list().shown(&self.filter).get(self.list().position(&self.filter)).copied()
    }

    pub fn selected_findings(&self) -> Vec<usize> {
        self.selected().map_or(Vec::new(), |row| row.findings.clone())
    }

    pub fn show_conflicts_of_selected(&mut self) {
        if let Some(name) = self.selected().and_then(|row| row.cells.first().cloned()) {
            if self.conflicts.shown(&name).is_empty() {
                self.note(format!("{name} has no conflict."));
                return;
            }
            self.filter = name;
            self.show_tab(ScreenTab::Conflicts);
        }
    }

    pub fn open_page(&mut self, title: &str, lines: Vec<String>) {
        self.note = None;
        self.page = Some(PageShown { title: title.to_string(), lines, scroll: 0 });
    }

    pub fn help(&mut self) {
        let lines = HELP.lines().map(str::to_string).collect();
        self.open_page("Keys", lines);
    }

    /// The lines of both sides of these conflicts, side by side, and how many more there are.
    pub fn open_pairs(&mut self, report: &Report, pairs: &[(&Finding, ConflictTexts)], more: usize) {
        let told = pairs.iter().map(|(finding, texts)| self.pair(report, finding, texts));
        let mut lines: Vec<String> = told.flat_map(|pair| pair.into_iter().chain([String::new()])).collect();
        if more > 0 {
            lines.push(format!("More pairs that conflict there: {more}"));
        }
        let path = pairs.first().and_then(|(finding, _)| finding.path.as_ref());
        self.open_page(&path.map_or(String::new(), ToString::to_string), lines);
    }

    fn pair(&self, report: &Report, finding: &Finding, texts: &ConflictTexts) -> Vec<String> {
        let target = &report.facts.target.name;
        let names: Vec<String> =
            finding.terminals.iter().chain([target]).take(2).map(|name| shown(name).into_owned()).collect();
        let column = self.width.saturating_sub(3) / 2;
        let beside =
            |left: &str, right: &str| format!("{} | {}", padded(left, column), padded(right, column));
        let mut lines = vec![shown(&finding.message).into_owned(), shown(&finding.suggestion).into_owned()];
        for place in &texts.places {
            lines.push(String::new());
            match &place.base {
                Known::Known(Some(base)) => {
                    lines.push("before:".to_string());
                    lines.extend(numbered(Some(base)));
                }
                Known::Known(None) => lines.push("before: there was no such file".to_string()),
                Known::Unknown(why) => lines.push(format!("before: not determined: {why}")),
            }
            lines.push(beside(&names[0], &names[1]));
            lines.push(beside(&"-".repeat(column), &"-".repeat(column)));
            let [left, right] = place.sides.each_ref().map(|side| numbered(side.as_ref()));
            let empty = String::new();
            for at in 0..left.len().max(right.len()) {
                let [left, right] = [&left, &right].map(|side| side.get(at).unwrap_or(&empty));
                lines.push(beside(left, right));
            }
        }
        if texts.places.is_empty() {
            lines.push("There are no lines to show.".to_string());
        }
        if texts.more > 0 {
            lines.push(format!("More places in this file: {}", texts.more));
        }
        lines
    }
}

/// The first line of `status`.
fn verdict(look: &Look, now: i64) -> String {
    shown(&render::verdict(&look.report, now)).into_owned()
}

const HELP: &str = "\
1 2 tab      the terminals, the conflicts
up down j k  move; page up, page down, home, end
enter        of a terminal: its conflicts, and what breaks without one; of a conflict: the lines of both sides
o            the merge order
s            sync: update the tracking files
/            show only rows with these words; enter ends it, esc clears it
esc          back
?            this page
q            quit

A row that changed in the last 5 seconds is marked.";

/// A text in exactly so many columns.
fn padded(text: &str, width: usize) -> String {
    let mut text: String = text.chars().take(width).collect();
    let taken = text.chars().count();
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(taken)));
    text
}

/// Lines with their numbers.
fn numbered(excerpt: Option<&Excerpt>) -> Vec<String> {
    let Some(excerpt) = excerpt else { return vec!["not determined".to_string()] };
    if excerpt.lines.is_deletion() {
        return vec![format!("(no lines after line {})", excerpt.lines.end)];
    }
    let line = |(number, text): (u32, &String)| format!("{number:>5} {}", shown(text).replace('\t', "    "));
    (excerpt.lines.start..).zip(&excerpt.text).map(line).collect()
}
