//! What the view shows, and where the person is in it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::KeyCode;

use crate::model::{ConflictTexts, Excerpt, Finding, Known, Report, Severity, UnderWay, shown};
use crate::planning::{TerminalRelation, relations};
use crate::render::{self, conflict_groups, is_grouped};

use super::super::rounds::Look;

/// For so long a row is marked after it changed, and one that is gone is still shown.
const RECENT: Duration = Duration::from_secs(5);

/// As many pairs of one file are shown with their lines.
pub(super) const MOST_PAIRS: usize = 30;

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenTab {
    Terminals,
    Conflicts,
}

/// How much attention a row needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowTone {
    Bad,
    Unsure,
    Good,
    Faint,
    Plain,
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScreenRow {
    /// What it is about, whatever its state.
    key: String,
    pub cells: Vec<String>,
    pub tone: RowTone,
    /// Words by which it is found, besides what is shown.
    words: String,
    /// The findings that it shows.
    findings: Vec<usize>,
    /// Whether it is there no more.
    pub is_gone: bool,
}

/// Rows that stay where they are.
#[derive(Default)]
pub(super) struct RowList {
    pub rows: Vec<ScreenRow>,
    changed: HashMap<String, Instant>,
    selected: Option<String>,
}

impl RowList {
    /// Takes the rows as they are now: known ones stay where they are, new ones follow.
    fn update(&mut self, new: Vec<ScreenRow>, is_first: bool) {
        let now = Instant::now();
        let mut new: Vec<Option<ScreenRow>> = new.into_iter().map(Some).collect();
        for row in &mut self.rows {
            let same = new.iter_mut().find(|one| one.as_ref().is_some_and(|one| one.key == row.key));
            match same.and_then(Option::take) {
                Some(one) => {
                    if (&one.cells, one.tone, false) != (&row.cells, row.tone, row.is_gone) {
                        self.changed.insert(one.key.clone(), now);
                    }
                    *row = one;
                }
                None if !row.is_gone => {
                    row.is_gone = true;
                    row.tone = RowTone::Faint;
                    row.findings.clear();
                    self.changed.insert(row.key.clone(), now);
                }
                None => {}
            }
        }
        for row in new.into_iter().flatten() {
            if !is_first {
                self.changed.insert(row.key.clone(), now);
            }
            self.rows.push(row);
        }
        self.forget(now);
    }

    /// Ends marks, and rows that are gone.
    fn forget(&mut self, now: Instant) {
        self.changed.retain(|_, at| now.duration_since(*at) < RECENT);
        let changed = &self.changed;
        self.rows.retain(|row| !row.is_gone || changed.contains_key(&row.key));
    }

    pub fn is_recent(&self, row: &ScreenRow) -> bool {
        self.changed.contains_key(&row.key)
    }

    /// The rows in which each of these words is, in any case of its letters.
    pub fn shown(&self, filter: &str) -> Vec<&ScreenRow> {
        let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
        let has = |row: &&ScreenRow| {
            let text = format!("{} {}", row.cells.join(" "), row.words).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.rows.iter().filter(has).collect()
    }

    pub fn position(&self, filter: &str) -> usize {
        let shown = self.shown(filter);
        shown.iter().position(|row| Some(&row.key) == self.selected.as_ref()).unwrap_or(0)
    }

    fn moved(&mut self, by: isize, filter: &str) {
        let last = self.shown(filter).len().saturating_sub(1);
        let at = (self.position(filter) as isize).saturating_add(by).clamp(0, last as isize) as usize;
        self.selected = self.shown(filter).get(at).map(|row| row.key.clone());
    }
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
enter        of a terminal: its conflicts; of a conflict: the lines of both sides
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

fn terminal_rows(report: &Report) -> Vec<ScreenRow> {
    let relations = relations(report);
    let row = |at: usize| {
        let terminal = &report.facts.terminals[at];
        let tip = report.facts.own_tip(terminal);
        let number = |number: usize| if number == 0 { "-".to_string() } else { number.to_string() };
        let [ahead, behind, dirty] = match tip {
            Some(tip) => [tip.ahead, tip.behind, tip.uncommitted.paths].map(number),
            None => ["?", "?", "?"].map(str::to_string),
        };
        let (word, tone) = match relations[at] {
            TerminalRelation::InConflict => ("conflict", RowTone::Bad),
            TerminalRelation::Undetermined => ("unknown", RowTone::Unsure),
            TerminalRelation::Overlapping => ("overlaps", RowTone::Plain),
            TerminalRelation::Independent => ("independent", RowTone::Good),
            TerminalRelation::Merged => ("merged", RowTone::Faint),
            TerminalRelation::WithoutWork => ("no work yet", RowTone::Faint),
            TerminalRelation::Unlinked => ("not linked", RowTone::Faint),
        };
        let under_way = report.facts.tip(terminal).and_then(|tip| tip.under_way.as_ref());
        let state =
            under_way.map_or(word.to_string(), |begun| format!("{word}, {}", UnderWay::progress(begun)));
        let status = report.status(terminal).map_or(String::new(), |decision| decision.status.to_string());
        let story = terminal.story.as_ref().map_or(String::new(), |story| shown(story.as_str()).into_owned());
        let head = tip.and_then(|tip| tip.head).map_or(String::new(), |head| head.short().to_string());
        ScreenRow {
            key: format!("{}\n{story}", terminal.id),
            cells: vec![shown(&terminal.id).into_owned(), state, ahead, behind, dirty, head, story, status],
            tone,
            words: String::new(),
            findings: Vec::new(),
            is_gone: false,
        }
    };
    report.shown_terminals().into_iter().map(row).collect()
}

/// Conflicts by file and group, as `status` counts them, then what is unknown.
fn conflict_rows(report: &Report) -> Vec<ScreenRow> {
    let groups = conflict_groups(report.shown_findings());
    let position = |finding: &Finding| report.findings.iter().position(|known| std::ptr::eq(known, finding));
    let mut rows: Vec<ScreenRow> = Vec::new();
    for group in &groups {
        let mut names: Vec<String> = group.terminals.iter().map(|name| shown(name).into_owned()).collect();
        let words = names.join(" ");
        let target = shown(&report.facts.target.name).into_owned();
        let who = match (&names[..], group.drift) {
            ([_] | [_, _], _) => {
                names.extend(group.drift.then_some(target));
                names.join(" + ")
            }
            (many, true) => format!("{} terminals + {target}", many.len()),
            (many, false) => format!("{} terminals", many.len()),
        };
        let path = group.path.to_string();
        let of_path = format!("{} {path}\n", group.drift);
        let number = rows.iter().filter(|row| row.key.starts_with(&of_path)).count();
        rows.push(ScreenRow {
            key: format!("{of_path}{number}"),
            cells: vec![who, "conflict".to_string(), path, group.kind()],
            tone: RowTone::Bad,
            words,
            findings: group.findings.iter().filter_map(|finding| position(finding)).collect(),
            is_gone: false,
        });
    }
    let others = report.shown_findings().filter(|one| one.severity >= Severity::Conflict && !is_grouped(one));
    for finding in others {
        let path = finding.path.as_ref().map_or(String::new(), ToString::to_string);
        let (word, tone) = match finding.severity {
            Severity::Error => ("unknown", RowTone::Unsure),
            Severity::Conflict | Severity::Warning | Severity::Info => ("conflict", RowTone::Bad),
        };
        let who: Vec<String> = finding.terminals.iter().map(|name| shown(name).into_owned()).collect();
        let message = shown(&finding.message).into_owned();
        rows.push(ScreenRow {
            key: format!("{}\n{path}\n{message}", finding.check.code),
            cells: vec![who.join(" + "), word.to_string(), path, message],
            tone,
            words: String::new(),
            findings: position(finding).into_iter().collect(),
            is_gone: false,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str]) -> Vec<ScreenRow> {
        let row = |name: &&str| ScreenRow {
            key: name.chars().take(1).collect(),
            cells: vec![name.to_string()],
            tone: RowTone::Plain,
            words: String::new(),
            findings: Vec::new(),
            is_gone: false,
        };
        names.iter().map(row).collect()
    }

    #[test]
    fn rows_stay_where_they_are_and_what_changed_is_marked() {
        let mut list = RowList::default();
        list.update(rows(&["b1", "c1"]), true);
        assert!(list.changed.is_empty());
        list.update(rows(&["a1", "c2", "b1"]), false);
        let told: Vec<(&str, bool)> =
            list.rows.iter().map(|row| (row.cells[0].as_str(), list.is_recent(row))).collect();
        assert_eq!(told, [("b1", false), ("c2", true), ("a1", true)]);
        list.update(rows(&["a1", "c2"]), false);
        assert_eq!(list.rows.iter().map(|row| row.is_gone).collect::<Vec<_>>(), [true, false, false]);
        list.forget(Instant::now() + RECENT);
        assert_eq!(list.rows.iter().map(|row| row.cells[0].as_str()).collect::<Vec<_>>(), ["c2", "a1"]);
        assert!(list.changed.is_empty());
    }

    #[test]
    fn the_selection_follows_its_row() {
        let mut list = RowList::default();
        list.update(rows(&["a", "b", "c"]), true);
        list.moved(1, "");
        assert_eq!(list.position(""), 1);
        list.update(rows(&["b", "c"]), false);
        list.forget(Instant::now() + RECENT);
        assert_eq!(list.position(""), 0);
        list.moved(isize::MAX, "");
        assert_eq!(list.position(""), 1);
        assert_eq!(list.position("B"), 0);
    }
}
