//! The rows of a list, which stay where they are while they change.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::{Evidence, Finding, Report, Severity, Terminal, UnderWay, shown};
use crate::planning::{TerminalRelation, relations};
use crate::render::{conflict_groups, is_grouped};

/// For so long a row is marked after it changed, and one that is gone is still shown.
pub(super) const RECENT: Duration = Duration::from_secs(5);

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
    pub findings: Vec<usize>,
    /// Whether it is there no more.
    pub is_gone: bool,
}

/// Rows that stay where they are.
#[derive(Default)]
pub(super) struct RowList {
    pub rows: Vec<ScreenRow>,
    pub changed: HashMap<String, Instant>,
    pub selected: Option<String>,
}

impl RowList {
    /// Takes the rows as they are now: known ones stay where they are, new ones follow.
    pub fn update(&mut self, new: Vec<ScreenRow>, is_first: bool) {
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
    pub fn forget(&mut self, now: Instant) {
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

    pub fn moved(&mut self, by: isize, filter: &str) {
        let last = self.shown(filter).len().saturating_sub(1);
        let at = (self.position(filter) as isize).saturating_add(by).clamp(0, last as isize) as usize;
        self.selected = self.shown(filter).get(at).map(|row| row.key.clone());
    }
}

pub(super) fn terminal_rows(report: &Report) -> Vec<ScreenRow> {
    let relations = relations(report);
    let row = |at: usize| {
        let terminal = &report.facts.terminals[at];
        let tip = report.facts.own_tip(terminal);
        let number = |number: usize| if number == 0 { "-".to_string() } else { number.to_string() };
        let [ahead, behind, dirty] = match tip {
            Some(tip) => [number(tip.ahead), number(tip.behind), report.facts.uncommitted_text(terminal)],
            None => ["?", "?", "?"].map(str::to_string),
        };
        let (word, tone) = match relations[at] {
            TerminalRelation::InConflict => ("conflict", RowTone::Bad),
            TerminalRelation::Undetermined => ("unknown", RowTone::Unsure),
            TerminalRelation::Breaking => ("breaks", RowTone::Unsure),
            TerminalRelation::Overlapping
            | TerminalRelation::Independent
            | TerminalRelation::Merged
            | TerminalRelation::WithoutWork
            | TerminalRelation::Unlinked
                if has_warning(report, terminal) =>
            {
                ("warning", RowTone::Unsure)
            }
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

/// Whether a finding has a row of its own: what `status` tells, but for the conflicts that are told by file.
fn is_told_apart(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning && (finding.evidence.is_break() || !is_grouped(finding))
}

/// Whether there is a warning about a terminal, which a relation to others does not say.
fn has_warning(report: &Report, terminal: &Terminal) -> bool {
    let is_about = |one: &Finding| {
        one.severity == Severity::Warning
            && !matches!(one.evidence, Evidence::Overlap { .. })
            && one.terminals.contains(&terminal.id)
    };
    report.shown_findings().any(is_about)
}

/// Conflicts by file and group, as `status` counts them, then what breaks without one, what is unknown, and warnings.
pub(super) fn conflict_rows(report: &Report) -> Vec<ScreenRow> {
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
    for finding in report.shown_findings().filter(|one| is_told_apart(one)) {
        let path = finding.path.as_ref().map_or(String::new(), ToString::to_string);
        let (word, tone) = match finding.severity {
            Severity::Error => ("unknown", RowTone::Unsure),
            _ if finding.evidence.is_break() => ("breaks", RowTone::Unsure),
            Severity::Conflict => ("conflict", RowTone::Bad),
            Severity::Warning | Severity::Info => ("warning", RowTone::Unsure),
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
