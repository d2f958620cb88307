//! `check`: one terminal's work against that of every other one, and against the target.

mod against;
mod drift;
mod excerpts;
mod missing;
mod near;
mod own;
mod turns;
mod whose;

use crate::checks::{self, CheckInput, Checked};
use crate::error::Error;
use crate::model::{CheckQuestion, CheckReport, Declared, Facts, Known, RepoPath, Terminal, Tip};
use crate::tracking::Tracking;

use super::observe::{tips, with_tips};
use super::{Workspace, declare};

use against::{Against, against};
use drift::drift_paths;
use excerpts::with_excerpts;
use missing::missing;
use near::{Apart, tips_near};
use own::{Own, own};
use whose::{CheckedTerminal, own_place, with_subject};

pub use turns::Turns;

/// How a check goes about it.
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// Who says whose turn it is.
    pub turns: Turns<'a>,
    /// Look at all of everybody's work, also where it cannot meet the checked one. The answer is the
    /// same; tests hold it against the narrow look.
    pub in_full: bool,
}

/// Holds one terminal's work against that of every other one and against the target.
///
/// # Errors
/// When the terminal is not known, or its own work cannot be read. What cannot be read of others is in
/// the report.
pub fn check(
    workspace: &Workspace,
    tracking: &Tracking,
    question: &CheckQuestion,
    options: CheckOptions,
) -> Result<CheckReport, Error> {
    let declared = declare(workspace, tracking);
    let (place, asked) = own_place(workspace, &declared, question)?;
    let own = own(workspace, &declared.places[place], place, &question.work)?;
    let (facts, apart) = others(workspace, &declared, &own, question, options.in_full);
    let (facts, CheckedTerminal { terminal, whole_place }) = with_subject(facts, place, asked.as_deref());
    let Against { judgements, standing, views } =
        against(workspace, &facts, terminal, &own, question, &apart);
    let input = CheckInput { facts: &facts, judgements: &judgements };
    let checked = Checked {
        terminal,
        whole_place,
        asked: &question.paths,
        only: own.only.as_ref(),
        pre_existing: &standing,
        own_views: &views,
    };
    let met = checks::encounters(&input, &checked);
    let party = checks::party(&facts, &facts.terminals[terminal]);
    let encounters = with_excerpts(workspace, met.encounters, question, &own, &facts, &views);
    let drift = drift_paths(workspace, &judgements, &own, question);
    Ok(CheckReport {
        under_way: own.standing.under_way.clone(),
        target: workspace.target.name.clone(),
        missing: missing(workspace, &declared.places[place], &own, question, (&encounters, &drift)),
        update: own.standing.update_command(&workspace.target),
        paths: own.paths(question),
        encounters: options.turns.settle(workspace, &declared, &own, &party.id, encounters),
        drift,
        undecided: own
            .judged
            .unresolved()
            .map(|reason| (party.clone(), reason))
            .chain(met.undecided)
            .collect(),
        findings: checks::run_for(&facts.terminals[terminal], &input),
        notes: notes(&own, &met.not_linked),
        own: party,
    })
}

/// What the others would bring, beside the checked work; with those that cannot meet it.
fn others(
    workspace: &Workspace,
    declared: &Declared,
    own: &Own,
    question: &CheckQuestion,
    in_full: bool,
) -> (Facts, Apart) {
    let here = declared.terminals.iter().filter(|terminal| terminal.place() == Some(own.place));
    let current = |terminal: &Terminal| {
        terminal.sessions.iter().filter_map(|session| session.current_file.clone()).collect::<Vec<_>>()
    };
    let also: Vec<RepoPath> = question.paths.iter().cloned().chain(here.flat_map(current)).collect();
    let (mut tips, apart) = if in_full {
        (tips(workspace, &declared.places), Apart::new())
    } else {
        tips_near(workspace, &declared.places, own, &also)
    };
    tips[own.place] = Known::Known(Tip { changes: own.judged.changes.clone(), ..own.standing.clone() });
    (with_tips(declared.clone(), tips), apart)
}

fn notes(own: &Own, not_linked: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(under_way) = &own.standing.under_way {
        notes.push(format!("{}; {}", under_way.sentence(), under_way.ending()));
    }
    notes.extend(own.judged.notes.iter().cloned());
    for id in not_linked {
        notes.push(format!("{id} is not linked to git: only its declared current file is checked"));
    }
    notes
}
