//! The next step in words, with the command that does it or shows how.

use std::path::Path;

use crate::model::{
    MergeOrder, MergePlace, Place, Prediction, Report, Standing, Terminal, added, few, shell_folder,
    shell_word, shown_path,
};
use crate::planning::{self, NextStep, Relink, relink};

use super::commit_step::commit_step;

/// What is said of a next step.
pub(super) struct StepText {
    /// What to do.
    pub(super) what: String,
    /// The command that does it, or shows how.
    pub(super) command: Option<String>,
}

/// The most urgent step of all, with the terminal that it is about. Where the merge order is known, it is
/// the first merge.
pub(super) fn next_of_all<'a>(
    report: &'a Report,
    order: Option<&MergeOrder>,
) -> Option<(Option<&'a Terminal>, StepText)> {
    let (terminal, step) = planning::next_of_all(report)?;
    let merge = order.filter(|_| step == NextStep::Merge).and_then(|order| first_merge(report, order));
    Some(merge.unwrap_or_else(|| (terminal, step_text(report, terminal, &step))))
}

/// A step in words; `terminal` is the one that it is about.
pub(super) fn step_text(report: &Report, terminal: Option<&Terminal>, step: &NextStep) -> StepText {
    let target = &report.facts.target;
    let id = terminal.map_or_else(String::new, |terminal| named(report, terminal));
    let place = terminal.and_then(Terminal::place).map(|place| &report.facts.places[place]);
    let (what, command) = match step {
        NextStep::EndAtTarget(under_way) => {
            let text = format!("{} where {} is checked out", under_way.sentence(), target.name);
            (format!("{text}. {}", under_way.ending(&report.facts.git_at_target())), None)
        }
        NextStep::Merge => {
            (format!("merge it into {}", target.name), Some(report.facts.command("merge-order")))
        }
        NextStep::Commit(files) => match terminal {
            Some(terminal) => commit_step(report, terminal, *files),
            None => (format!("commit {files} uncommitted files"), None),
        },
        NextStep::Update => {
            let tip = terminal.and_then(|terminal| report.facts.tip(terminal));
            let merge = tip.zip(place).map(|(tip, place)| place.command(&tip.update_command(target)));
            (format!("update it from {} and resolve the conflict", target.name), merge)
        }
        NextStep::FindAgain(folder) => match place.and_then(Place::repair) {
            Some(repair) => ("its folder was moved: let git find it".to_string(), Some(repair)),
            None => (
                format!(
                    "its folder {} does not exist: {}",
                    shown_path(folder),
                    place.map_or_else(String::new, Place::find_again)
                ),
                None,
            ),
        },
        NextStep::BringBack => {
            let tip = terminal.and_then(|terminal| report.facts.tip(terminal));
            let back = tip.zip(place).and_then(|(tip, place)| place.bring_back(tip, &place.git()));
            (back.unwrap_or_default(), None)
        }
        NextStep::Repair => ("make its worktree readable".to_string(), Some(report.facts.command("doctor"))),
        NextStep::Order => {
            ("see the best order to merge in".to_string(), Some(report.facts.command("merge-order")))
        }
        NextStep::Resolve(paths) => {
            let git = place.map_or("git".to_string(), Place::git);
            (format!("{}, then commit", added(paths, &git).unwrap_or_default()), None)
        }
        NextStep::Finish(under_way) => (under_way.ending(&place.map_or("git".to_string(), Place::git)), None),
        NextStep::Complete => (
            "mark it completed: nothing of it is open".to_string(),
            Some(report.facts.command(&format!("complete {id}"))),
        ),
        NextStep::Archive(story) => {
            let archive = report.facts.command(&format!("archive {}", shell_word(story.as_str())));
            (format!("archive story {}: nothing of it is left to merge", story.short()), Some(archive))
        }
        NextStep::Link(gone) => {
            let why = gone.map_or(String::new(), |what| format!("{what} does not exist: "));
            let facts = &report.facts;
            let link = terminal
                .map(|own| relink(own, &facts.terminals, &facts.places, &facts.target, &facts.repeated));
            match link {
                // who makes a place has no work there yet
                Some(Relink::Make(_)) if terminal.is_some_and(Terminal::is_complete) => {
                    let update = facts.command(&format!("update {id} --branch NAME"));
                    (format!("{why}say where its work is: {update}"), None)
                }
                Some(Relink::Make(command)) => (format!("{why}make its place"), Some(command)),
                Some(Relink::Restore(command)) => {
                    (format!("{why}make its branch again where it was last seen"), Some(command))
                }
                Some(elsewhere @ Relink::Elsewhere(_)) => (format!("{why}{elsewhere}"), None),
                Some(Relink::Choose(commands)) if commands.len() == 1 => {
                    (format!("{why}say where its work is"), commands.into_iter().next())
                }
                Some(several) => (format!("{why}say where its work is: {several}"), None),
                None => (format!("{why}say where its work is"), None),
            }
        }
        NextStep::Begin => ("begin".to_string(), None),
        NextStep::Work => (
            "once its work is done and committed".to_string(),
            Some(report.facts.command(&format!("complete {id}"))),
        ),
        NextStep::WaitFor(names) => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            (format!("wait until {} {verb} completed", few(names)), None)
        }
        NextStep::Unblock => {
            let go_on = report.facts.command(&format!("update {id} --status in_progress"));
            ("once it is no longer blocked".to_string(), Some(go_on))
        }
        NextStep::Held(reason) => (format!("cannot be merged yet: {reason}"), None),
        NextStep::Nothing => ("nothing left to do".to_string(), None),
    };
    StepText { what, command }
}

/// The first merge of the order, where that is of completed work, clean, and nothing that git would refuse.
fn first_merge<'a>(report: &'a Report, order: &MergeOrder) -> Option<(Option<&'a Terminal>, StepText)> {
    let step = order
        .steps
        .first()
        .filter(|step| step.ready && step.refusals.is_empty() && step.warnings.is_empty())?;
    let mut terminals = report.facts.terminals.iter().zip(&report.standings);
    let is_ready = |(terminal, standing): &(&Terminal, &Standing)| {
        terminal.id == step.terminal && terminal.is_complete() && **standing == Standing::Ready
    };
    let (terminal, _) = terminals.find(is_ready).filter(|_| step.prediction == Prediction::Clean)?;
    let in_folder = |top: &Path| step.command().replacen("git", &format!("git -C {}", shell_folder(top)), 1);
    let command = match &order.place {
        MergePlace::Main => step.command(),
        MergePlace::Linked(top) => in_folder(top),
        MergePlace::Nowhere(first) => format!("{first} && {}", step.command()),
        MergePlace::New { command, top } => format!("{command} && {}", in_folder(top)),
    };
    let what = format!("merge it into {} (no conflict)", order.target);
    Some((Some(terminal), StepText { what, command: Some(command) }))
}

/// A terminal as a command names it: with its story, where it has several.
pub(super) fn named(report: &Report, terminal: &Terminal) -> String {
    let id = shell_word(&terminal.id);
    let several = report.facts.terminals.iter().filter(|other| other.id == terminal.id).count() > 1;
    match terminal.story.as_ref().filter(|_| several) {
        Some(story) => format!("{id} --story {}", shell_word(story.as_str())),
        None => id,
    }
}
