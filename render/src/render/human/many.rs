//! What is said of many terminals: who needs something, by what that is, and the number of all others.

use std::collections::BTreeMap;

use crate::model::{Report, Terminal, UnderWay, few, shell_word};
use crate::planning::{NextStep, TerminalRelation, next_step, relations};
use crate::render::next::named;

use super::paint::{dim, hanging, wrapped, yellow};
use super::{Style, count};

/// What these terminals need from somebody, a line for each kind. What the conflicts, the unknown results and the
/// lists of what is blocked and ready say is left out.
pub(super) fn needs(report: &Report, terminals: &[usize], style: Style) -> String {
    let mut by_kind: BTreeMap<NeedKind, Vec<String>> = BTreeMap::new();
    for at in terminals {
        let terminal = &report.facts.terminals[*at];
        let under_way = report.facts.tip(terminal).and_then(|tip| tip.under_way.as_ref());
        let kind = match next_step(report, *at) {
            Some(step) => NeedKind::of(&step),
            None => under_way.map(|_| NeedKind::Finish),
        };
        let Some(kind) = kind else { continue };
        let name = match (kind, under_way) {
            (NeedKind::Finish, Some(under_way)) => {
                format!("{} ({})", terminal.id, UnderWay::progress(under_way))
            }
            (_, _) => kind.name(report, terminal),
        };
        let names = by_kind.entry(kind).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let line = |(kind, names): (&NeedKind, &Vec<String>)| {
        let command = kind.command().map(|words| report.facts.command(words));
        let command = command.map_or(String::new(), |command| dim(&format!("  ({command})")));
        let text = style.plain(&format!("{}{command}", few(names)));
        hanging(&format!("{}: ", yellow(kind.label())), &text, 2, style.width)
    };
    by_kind.iter().map(line).collect()
}

/// What a terminal needs from somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NeedKind {
    Finish,
    Commit,
    Complete,
    Archive,
    Link,
    Unblock,
}

impl NeedKind {
    fn of(step: &NextStep) -> Option<NeedKind> {
        match step {
            NextStep::Finish(_) => Some(NeedKind::Finish),
            NextStep::Commit(_) => Some(NeedKind::Commit),
            NextStep::Complete => Some(NeedKind::Complete),
            NextStep::Archive(_) => Some(NeedKind::Archive),
            NextStep::Link(_) => Some(NeedKind::Link),
            NextStep::Unblock => Some(NeedKind::Unblock),
            NextStep::EndAtTarget(_)
            | NextStep::Merge
            | NextStep::Update
            | NextStep::Repair
            | NextStep::BringBack
            | NextStep::Resolve(_)
            | NextStep::FindAgain(_)
            | NextStep::Order
            | NextStep::Begin
            | NextStep::Work
            | NextStep::WaitFor(_)
            | NextStep::Held(_)
            | NextStep::Nothing => None,
        }
    }

    /// What the command takes: the story, or the terminal; where that has several stories, with the one that is meant.
    fn name(self, report: &Report, terminal: &Terminal) -> String {
        match self {
            NeedKind::Archive => {
                terminal.story.as_ref().map_or(String::new(), |story| shell_word(story.as_str()))
            }
            NeedKind::Complete | NeedKind::Link | NeedKind::Unblock => named(report, terminal),
            NeedKind::Finish | NeedKind::Commit => terminal.id.clone(),
        }
    }

    fn label(self) -> &'static str {
        match self {
            NeedKind::Finish => "In progress",
            NeedKind::Commit => "To commit",
            NeedKind::Complete => "All tasks done",
            NeedKind::Archive => "Story to archive",
            NeedKind::Link => "Not found in git",
            NeedKind::Unblock => "Blocked by hand",
        }
    }

    fn command(self) -> Option<&'static str> {
        match self {
            NeedKind::Complete => Some("complete TERMINAL"),
            NeedKind::Archive => Some("archive STORY"),
            NeedKind::Link => Some("update TERMINAL --branch BRANCH"),
            NeedKind::Unblock => Some("update TERMINAL --status in_progress"),
            NeedKind::Finish | NeedKind::Commit => None,
        }
    }
}

/// `51 terminals are independent of all others and of main, 8 overlap others and merge cleanly (use -v)`
pub(super) fn numbers(report: &Report, style: Style) -> String {
    let relations = relations(report);
    let of_shown: Vec<TerminalRelation> =
        report.shown_terminals().into_iter().map(|at| relations[at]).collect();
    let target = &report.facts.target.name;
    let is_hidden = relations.contains(&TerminalRelation::Undetermined);
    let others = if is_hidden { "all others that are determined" } else { "all others" };
    let independent = format!("independent of {others} and of {target}");
    let shown = [
        (TerminalRelation::Independent, ["is", "are"], independent.as_str()),
        (TerminalRelation::Overlapping, ["overlaps", "overlap"], "others and merges cleanly"),
        (TerminalRelation::Breaking, ["merges", "merge"], "cleanly and would break"),
        (TerminalRelation::Merged, ["is", "are"], "merged"),
        (TerminalRelation::WithoutWork, ["has", "have"], "no work yet"),
        (TerminalRelation::Unlinked, ["is", "are"], "not linked to git"),
        (TerminalRelation::InConflict, ["is", "are"], "in conflict"),
        (TerminalRelation::Undetermined, ["is", "are"], "not determined"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (relation, [one, several], what) in shown {
        let number = of_shown.iter().filter(|known| **known == relation).count();
        let verb = if number == 1 { one } else { several };
        let what = if number == 1 { what.to_string() } else { what.replace("merges", "merge") };
        match (number, parts.is_empty()) {
            (0, _) => {}
            (_, true) => parts.push(format!("{} {verb} {what}", count(number, "terminal"))),
            (_, false) => parts.push(format!("{number} {verb} {what}")),
        }
    }
    wrapped(&style.plain(&format!("{} (use -v)", parts.join(", "))), 0, style.width)
}
