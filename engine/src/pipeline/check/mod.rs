//! `check`: one terminal's work against that of every other one, and against the target.

mod against;
mod drift;
mod excerpts;
mod missing;
mod near;
mod own;
mod whose;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cache::Ageing;
use crate::checks::{self, CheckInput, Checked};
use crate::error::Error;
use crate::interaction::Shared;
use crate::model::{
    CheckQuestion, CheckReport, Declared, Encounter, Facts, Judgements, Known, Meeting, MigrationClash,
    PairJudgement, Party, PlaceId, Reason, RepoPath, Selection, SemanticClash, Terminal, Tip, UnderWayKind,
    Verdict, Work,
};
use crate::tracking::Tracking;
use crate::trials::results::KeptFailure;

use super::judge::judge_pairs;
use super::merged::mark_merged;
use super::migrations::{adds_migrations, migration_clashes};
use super::observe::{mark_stories, observe, tips, with_tips};
use super::order::turns;
use super::semantic::{SemanticScope, changes_sources, semantic_clashes};
use super::trials::{kept_failures, known_failures};
use super::{Workspace, declare};

use against::{Against, against};
use drift::drift_paths;
pub(super) use excerpts::lines_of;
use excerpts::with_excerpts;
use missing::missing;
use near::{Apart, tips_near};
use own::{Own, own};
use whose::{CheckedTerminal, own_place, with_subject};

/// How a check goes about it.
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// Look at all of everybody's work, also where it cannot meet the checked one. The answer is the
    /// same; tests hold it against the narrow look.
    pub in_full: bool,
    /// How far it looks for what merges without a conflict and breaks.
    pub sources: SourceLook,
    /// Is told what is found before it is known who goes first in conflicts: for that, all work is looked at.
    pub so_far: Option<&'a dyn Fn(CheckReport)>,
    /// Whether it is read by somebody who works elsewhere, so that commands name the worktree.
    pub elsewhere: bool,
    /// Where there are more places than this, it is not found out who goes first.
    pub turns_among: Option<usize>,
}

/// How far sources are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceLook {
    /// All work of everybody.
    #[default]
    All,
    /// Of others, what is committed and what the check looks at anyway.
    Near,
    /// Not at all.
    None,
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
    options: CheckOptions<'_>,
) -> Result<CheckReport, Error> {
    workspace.kept.recall(&workspace.repository, Ageing::Little);
    let mut declared = declare(workspace, tracking);
    let (place, asked) = own_place(workspace, &declared, question)?;
    let mut own = own(workspace, &declared.places[place], place, &question.work)?;
    // what is merged for the one look serves the other
    let shared = Arc::new(Shared::with(workspace.kept.merges().clone()));
    let (mut tips, mut apart) = others(workspace, &declared, &own, question, options.in_full, &shared);
    if declared.terminals.iter().any(|terminal| terminal.says(|session| session.begins_after).is_some()) {
        let seen = tips.iter().enumerate().map(|(at, tip)| match apart.contains(&at) {
            true => Known::Unknown(Reason::NotLookedAt),
            false => tip.clone(),
        });
        mark_stories(workspace, &mut declared, &seen.collect::<Vec<_>>());
    }
    let held_against = |own: &Own, tips: &[Known<Tip>], apart: &Apart| {
        let mut tips = tips.to_vec();
        tips[place] = Known::Known(Tip { changes: own.judged.changes.clone(), ..own.standing.clone() });
        let (facts, subject) = with_subject(with_tips(declared.clone(), tips), place, asked.as_deref());
        let against = against(workspace, &facts, subject.terminal, own, question, apart, &shared);
        (facts, subject, against)
    };
    let mut found = held_against(&own, &tips, &apart);
    // most meet nobody, and then it does not matter what is merged
    let met = found.2.met(place);
    if !met.is_empty()
        && mark_merged(workspace, &declared.terminals, own.tips().chain(tips_at(&mut tips, &met)))
    {
        for other in met.into_iter().filter(|other| *other != place) {
            look_in_full_if_merged(workspace, &declared, other, &mut tips, &mut apart);
        }
        found = held_against(&own, &tips, &apart);
    }
    let (
        mut facts,
        CheckedTerminal { terminal, whole_place },
        Against { mut judgements, standing, caused, views },
    ) = found;
    let checked = &facts.terminals[terminal];
    let paths = match checked.shares_place && question.work == Work::All {
        true => {
            let touched = checked.touched.iter().filter(|touched| !touched.declared);
            touched.filter(|one| own.is_asked(question, std::iter::once(&one.path))).count()
        }
        false => own.paths(question),
    };
    own.only.iter_mut().for_each(|only| only.extend(caused.iter().cloned()));
    if question.work == Work::All {
        facts.upstreams = workspace.upstreams(&facts);
        facts.of_upstream = workspace.of_upstream(&facts, place..place + 1);
        let own = &facts.terminals[terminal];
        let is_own = |kept: &KeptFailure| kept.found.together.contains(&own.id);
        let kept: Vec<KeptFailure> = kept_failures(workspace).into_iter().filter(is_own).collect();
        if !kept.is_empty() {
            // also those whose files it does not touch
            let all = observe(workspace, declared.clone());
            judgements.failures = known_failures(workspace, &all, kept);
        }
    }
    let changes_sources = workspace.symbols && changes_sources(&own.judged);
    let with_sources = changes_sources && options.sources == SourceLook::All;
    if with_sources || adds_migrations(&own.judged) {
        // also those whose files it does not touch
        let mut all = observe(workspace, declared.clone());
        all.tips[place] = Known::Known(own.judged.clone());
        judgements.migrations = migration_clashes(workspace, &all, Some(place));
        let is_asked =
            |clash: &MigrationClash| own.is_asked(question, clash.sides.iter().map(|(_, path)| path));
        judgements.migrations.retain(|one| one.known().is_none_or(is_asked));
        if with_sources {
            let scope = SemanticScope { of: Some(place), ..SemanticScope::default() };
            judgements.semantic = semantic_clashes(workspace, &all, &scope);
            let is_asked = |SemanticClash { found, .. }: &SemanticClash| {
                own.is_asked(question, [&found.definition.path, &found.uses.path].into_iter())
            };
            judgements.semantic.clashes.retain(is_asked);
        }
    }
    if changes_sources && options.sources == SourceLook::Near {
        let mut near = facts.clone();
        near.tips[place] = Known::Known(own.judged.clone());
        let scope = SemanticScope { of: Some(place), only: own.only.as_ref(), hurried: true };
        judgements.semantic = semantic_clashes(workspace, &near, &scope);
    }
    let top = workspace.repository.current_worktree();
    let here = !options.elsewhere && top.is_some() && declared.places[place].worktree.as_deref() == top;
    let report = |judgements: &Judgements, all: &Facts| {
        let input = CheckInput { facts: &facts, judgements };
        let checked = Checked {
            terminal,
            whole_place,
            asked: &question.paths,
            only: own.only.as_ref(),
            pre_existing: &standing,
            own_views: &views,
            all,
        };
        let met = checks::encounters(&input, &checked);
        let party = checks::party(&facts, &facts.terminals[terminal]);
        let encounters = with_excerpts(workspace, met.encounters, question, &own, &facts, &views);
        let drift = drift_paths(workspace, judgements, &own, question);
        let not_looked_at = checks::sources_not_looked_at(&judgements.semantic);
        let git = if here { "git".to_string() } else { facts.places[place].git() };
        let mut notes = notes(&own, &git, &question.work, &met.not_linked);
        notes.extend(not_looked_at.clone());
        let brought = facts.of_upstream.get(&place).zip(facts.target_upstream());
        notes.extend(brought.map(|(commits, upstream)| {
            let target = &workspace.target.name;
            format!("commits of {} that count as this work until {target} has them: {commits}", upstream.name)
        }));
        let target = &workspace.target.name;
        let mend = |met: &Encounter| {
            let rule = facts.kinds.of(&met.path)?;
            match met.meeting {
                Meeting::Conflict(_) => {
                    let first = met.turn.as_ref().map_or(&party.id, |turn| match turn.own_first {
                        true => &party.id,
                        false => &met.other.id,
                    });
                    rule.in_conflict(&met.path, &met.regions, target, first)
                }
                Meeting::Overlap(_) => rule.in_merge(&met.path),
                Meeting::Claim | Meeting::Unknown(_) | Meeting::TheirsAlone => None,
            }
        };
        let of_drift = drift.known().into_iter().flatten().filter_map(|met| {
            facts.kinds.of(&met.path)?.in_conflict(&met.path, &met.regions, target, target)
        });
        let mends: BTreeSet<String> = encounters.iter().filter_map(mend).chain(of_drift).collect();
        CheckReport {
            of_upstream: facts.of_upstream.get(&place).copied(),
            under_way: own.standing.under_way.clone(),
            target: workspace.target.name.clone(),
            missing: missing(workspace, &declared.places[place], &own, question, (&encounters, &drift)),
            update: match here {
                true => own.standing.update_command(&workspace.target),
                false => facts.places[place].command(&own.standing.update_command(&workspace.target)),
            },
            update_advice: facts.update_advice(&party.id, &own.standing, &facts.places[place], here),
            paths,
            encounters,
            drift,
            undecided: undecided(&own, &party, met.undecided),
            findings: checks::run_for(&facts.terminals[terminal], &input),
            notes,
            mends: mends.into_iter().collect(),
            not_looked_at,
            selection: Selection::default(),
            hidden: 0,
            own: party,
        }
    };
    // who goes first is told of the conflicts that are told, by the work of all as it is now, so whoever asks is told the
    // same
    let is_told =
        |met: &PairJudgement| met.conflicts.iter().any(|conflict| own.is_asked(question, conflict.paths()));
    let conflicts = judgements.places.iter();
    let conflicts = conflicts.filter(|(_, met)| met.verdict == Verdict::Conflict && is_told(met));
    let in_conflict: BTreeSet<PlaceId> = conflicts.flat_map(|(pair, _)| [*pair.a(), *pair.b()]).collect();
    workspace.kept.save_little();
    let too_many = options.turns_among.filter(|most| declared.places.len() > *most);
    if in_conflict.is_empty() || too_many.is_some() {
        let mut report = report(&judgements, &facts);
        let untold = |most| {
            let places = declared.places.len();
            format!(
                "who goes first is not told here: of {places} worktrees and branches, at most {most} are looked at for that. Run track-work status"
            )
        };
        report.notes.extend(too_many.filter(|_| !in_conflict.is_empty()).map(untold));
        return Ok(report);
    }
    if let Some(so_far) = options.so_far {
        so_far(report(&judgements, &facts));
    }
    let mut all = observe(workspace, declared.clone());
    let pairs = judge_pairs(workspace, &all).places;
    judgements.turns = turns(workspace, &all, &pairs, &in_conflict);
    let mut told = report(&judgements, &all);
    if told.must_yield().next().is_some() && own.count_as_committed(question, &mut all) {
        judgements.turns = turns(workspace, &all, &pairs, &in_conflict);
        told.compare_turns(&report(&judgements, &all));
    }
    workspace.kept.save_little();
    Ok(told)
}

/// Looks at all of a place whose commits are merged, though not as they are: they count again in the next merge
/// of its branch, which is to come if there is anything else, wherever that is.
fn look_in_full_if_merged(
    workspace: &Workspace,
    declared: &Declared,
    place: PlaceId,
    tips: &mut [Known<Tip>],
    apart: &mut Apart,
) {
    if tips[place].known().is_none_or(|tip| tip.merged.is_none()) {
        return;
    }
    if let Some(mut tip) = super::observe::tips(workspace, &declared.places[place..=place]).pop() {
        mark_merged(workspace, &declared.terminals, tip.known_mut().map(|tip| (place, tip)).into_iter());
        tips[place] = tip;
        apart.remove(&place);
    }
}

/// The tips of some places, where they are known.
fn tips_at<'t>(
    tips: &'t mut [Known<Tip>],
    places: &[PlaceId],
) -> impl Iterator<Item = (PlaceId, &'t mut Tip)> {
    let known = tips.iter_mut().map(Known::known_mut).enumerate();
    known.filter(|(place, _)| places.contains(place)).filter_map(|(place, tip)| Some((place, tip?)))
}

/// What the others would bring; with those that cannot meet the checked work.
fn others(
    workspace: &Workspace,
    declared: &Declared,
    own: &Own,
    question: &CheckQuestion,
    in_full: bool,
    shared: &Arc<Shared>,
) -> (Vec<Known<Tip>>, Apart) {
    let here = declared.terminals.iter().filter(|terminal| terminal.place() == Some(own.place));
    let current = |terminal: &Terminal| {
        terminal.sessions.iter().filter_map(|session| session.current_file.clone()).collect::<Vec<_>>()
    };
    let also: Vec<RepoPath> = question.paths.iter().cloned().chain(here.flat_map(current)).collect();
    if in_full {
        (tips(workspace, &declared.places), Apart::new())
    } else {
        tips_near(workspace, &declared.places, own, &also, shared)
    }
}

/// With whom it is not known, each reason once. What the own work leaves open is its own.
fn undecided(own: &Own, party: &Party, met: Vec<(Party, Reason)>) -> Vec<(Party, Reason)> {
    let mut all: Vec<(Party, Reason)> =
        own.judged.unresolved().map(|reason| (party.clone(), reason)).collect();
    for (other, reason) in met {
        let is_known =
            |(known, of): &(Party, Reason)| *of == reason && (known.id == party.id || known.id == other.id);
        if !all.iter().any(is_known) {
            all.push((other, reason));
        }
    }
    all
}

fn notes(own: &Own, git: &str, work: &Work, not_linked: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(under_way) = &own.standing.under_way {
        let sentence = under_way.sentence();
        // the merge that is in progress ends with the commit that is about to be made
        notes.push(match (work, under_way.kind) {
            (Work::Staged { .. }, UnderWayKind::Merge) => format!("{sentence}, and this commit concludes it"),
            (Work::All | Work::Staged { .. } | Work::Commit(_) | Work::Edited(_), _) => {
                format!("{sentence}. {}.", under_way.ending(git))
            }
        });
    }
    notes.extend(own.judged.notes.iter().cloned());
    for id in not_linked {
        notes.push(format!("{id} is not linked to git: only its declared current file is checked"));
    }
    notes
}
