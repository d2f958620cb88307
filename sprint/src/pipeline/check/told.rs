//! What is told of what the checked work meets.

use std::collections::BTreeSet;

use crate::checks::{self, CheckInput, Checked};
use crate::model::{
    Change, CheckReport, ConflictPath, DriftPath, Encounter, Facts, Judgements, Known, Meeting, Party, Place,
    Reason, RepoPath, Selection, TakesBack, TerminalPair, Tip, UnderWayKind, Work,
};

use super::behind;
use super::drift::drift_paths;
use super::excerpts::with_excerpts;
use super::look::{Checking, Found};
use super::missing::missing;
use super::own::Own;

impl Checking<'_> {
    /// The report of what was found; names and links of others are looked up in `all`.
    pub(super) fn report(&self, found: &Found, all: &Facts, all_pairs: &[TerminalPair]) -> CheckReport {
        let Checking { workspace, question, declared, own, .. } = self;
        let Found { facts, checked, paths, judgements, standing, hidden, views } = found;
        let (place, target) = (&facts.places[own.place], &workspace.target);
        let terminal = &facts.terminals[checked.terminal];
        let input = CheckInput { facts, judgements };
        let met = checks::encounters(
            &input,
            &Checked {
                terminal: checked.terminal,
                whole_place: checked.whole_place,
                there: if question.work == Work::All { &checked.there } else { &[] },
                asked: &question.paths,
                only: own.only.as_ref(),
                pre_existing: standing,
                own_views: views,
                all,
                all_pairs,
            },
        );
        let party = checks::party(facts, terminal);
        let encounters = with_excerpts(
            workspace,
            met.encounters,
            (question, !self.options.without_overlaps),
            own,
            facts,
            views,
        );
        let is_own = |conflict: &ConflictPath| {
            checked.whole_place || checks::drifts(&input, checked.terminal, &conflict.clone().swapped())
        };
        let drift = drift_paths(workspace, judgements, own, question, &is_own);
        let with_target = self.undecided_with_target(judgements);
        let not_looked_at = checks::sources_not_looked_at(&judgements.semantic);
        let is_here = self.is_here();
        let mut notes = notes(own, &if is_here { "git".to_string() } else { place.git() }, &question.work);
        notes.extend(workspace.repository.hidden_main());
        notes.extend(
            met.not_linked
                .iter()
                .map(|id| format!("{id} is not linked to git: only its declared current file is checked")),
        );
        if question.work == Work::All {
            notes.extend(checks::before_merge(&input, checked.terminal));
        }
        notes.extend(not_looked_at.clone());
        notes.extend(facts.of_upstream.get(&own.place).zip(facts.target_upstream()).map(
            |(commits, upstream)| {
                let (of, target) = (&upstream.name, &target.name);
                format!("commits of {of} that count as this work until {target} has them: {commits}")
            },
        ));
        let mut findings = checks::run_for(terminal, &input);
        if matches!(question.work, Work::Staged { .. } | Work::Commit(_)) {
            findings.extend(checks::hidden_conflicts(&input, checked.terminal, hidden));
        }
        let update = own.standing.update_command(target);
        CheckReport {
            of_upstream: facts.of_upstream.get(&own.place).copied(),
            under_way: own.standing.under_way.clone(),
            target: target.name.clone(),
            missing: missing(workspace, &declared.places[own.place], own, question, (&encounters, &drift)),
            is_unrelated: own.standing.will_be_unrelated_to(target),
            update: if is_here { update } else { place.command(&update) },
            update_advice: facts.update_advice(&party.id, &own.standing, place, is_here),
            paths: *paths,
            is_of_some_paths: !question.paths.is_empty(),
            mends: mends(facts, &own.judged, &party, &target.name, (&encounters, &drift)),
            takes_back: self.takes_back(place, if is_here { "git".to_string() } else { place.git() }),
            target_changes: behind::target_changes(workspace, own, question),
            encounters,
            drift,
            undecided: [undecided(own, &party, met.undecided), with_target].concat(),
            findings,
            notes,
            not_looked_at,
            selection: Selection::default(),
            hidden: 0,
            own: party,
        }
    }

    /// What the commit of the checked work would take back of the branch of its place.
    fn takes_back(&self, place: &Place, git: String) -> Option<TakesBack> {
        let files = self.own.older.clone()?;
        let repository = &self.workspace.repository;
        let worktrees = repository.worktrees();
        let also_in = worktrees.into_iter().filter(|other| {
            other.branch.is_some() && other.branch == place.branch && other.worktree != place.worktree
        });
        Some(TakesBack {
            files,
            branch: place.branch.clone(),
            also_in: also_in.map(|other| other.name).collect(),
            staged: self.question.work != Work::All,
            free_branch: repository.free_branch(place.branch.as_deref().unwrap_or(&place.name)),
            git,
        })
    }

    /// At which paths that are asked for it is unknown whether the work conflicts with the target, where it conflicts with
    /// that at others.
    fn undecided_with_target(&self, judgements: &Judgements) -> Vec<(Party, Reason)> {
        let Checking { workspace, question, own, .. } = self;
        let outcome = judgements.drift.get(&own.place).and_then(|drift| drift.work.known());
        let asked = outcome.into_iter().flat_map(|outcome| &outcome.undecided).filter(|(path, reason)| {
            own.is_asked(question, std::iter::once(path)) || reason.reaches_other_paths()
        });
        let target = Party {
            id: workspace.target.name.clone(),
            story: None,
            focus: None,
            agent: None,
            branch: None,
            worktree: None,
        };
        asked.map(|(path, reason)| (target.clone(), reason.at(path))).collect()
    }

    /// Whether whoever reads it works in the checked worktree.
    fn is_here(&self) -> bool {
        let top = self.workspace.repository.current_worktree();
        let checked = self.declared.places[self.own.place].worktree.as_deref();
        !self.options.elsewhere && top.is_some() && checked == top
    }
}

/// What to do in files that no person merges line by line.
fn mends(
    facts: &Facts,
    work: &Tip,
    own: &Party,
    target: &str,
    (encounters, drift): (&[Encounter], &Known<Vec<DriftPath>>),
) -> Vec<String> {
    let own_loses = |path: &RepoPath| facts.kinds.loses(path, work.changes.iter().flat_map(Change::paths));
    let of_encounters = encounters.iter().filter_map(|met| {
        let rule = facts.kinds.of(&met.path)?;
        match met.meeting {
            Meeting::Conflict(_) => {
                let other_first = met.turn.as_ref().is_some_and(|turn| !turn.own_first);
                let own = met.of.as_ref().unwrap_or(own);
                let first = if other_first { &met.other.id } else { &own.id };
                // the version of who goes first is taken
                let other = facts.terminals.iter().find(|one| one.id == met.other.id);
                let lost = match other_first {
                    true => own_loses(&met.path).then_some(&own.id),
                    false => other.filter(|one| facts.loses(one, &met.path)).map(|one| &one.id),
                };
                let lost = lost.map(String::as_str);
                rule.in_conflict(&met.path, &met.regions, (target, first), lost)
            }
            Meeting::Overlap(_) => rule.in_merge(&met.path),
            Meeting::Claim | Meeting::Unknown(_) | Meeting::TheirsAlone => None,
        }
    });
    let of_drift = drift.known().into_iter().flatten().filter_map(|met| {
        let lost = own_loses(&met.path).then_some(&*own.id);
        let rule = facts.kinds.of(&met.path)?;
        rule.in_conflict(&met.path, &met.regions, (target, target), lost)
    });
    let all: BTreeSet<String> = of_encounters.chain(of_drift).collect();
    all.into_iter().collect()
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

/// What is in progress in the place, and what its state is worth saying.
fn notes(own: &Own, git: &str, work: &Work) -> Vec<String> {
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
    notes
}
