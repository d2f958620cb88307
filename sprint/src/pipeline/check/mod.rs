//! `check`: one terminal's work against that of every other one, and against the target.

mod against;
mod behind;
mod beyond;
mod drift;
mod excerpts;
mod look;
mod missing;
mod near;
mod own;
mod told;
mod whose;

use std::collections::BTreeSet;

use crate::cache::Ageing;
use crate::error::Error;
use crate::model::{
    CheckQuestion, CheckReport, Facts, Judgements, PairJudgement, PlaceId, TerminalPair, Turns, Verdict,
};
use crate::tracking::Tracking;

use super::judge::judge_pairs;
use super::observe::observe;
use super::order::turns;
use super::{Workspace, declare};

pub(super) use excerpts::lines_of;
use look::{Checking, Found};
use own::own;
use whose::own_place;

/// How a check goes about it.
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// Look at all of everybody's work, also where it cannot meet the checked one. The answer is the
    /// same; tests hold it against the narrow look.
    pub in_full: bool,
    /// How far it looks for what merges without a conflict and breaks.
    pub sources: SourceLook,
    /// Is told what is found before it is known who goes first in conflicts, for which all work is looked at, and before it
    /// is known what merges without a conflict and breaks; with what of that is still to be looked at.
    pub so_far: Option<&'a dyn Fn(CheckReport, StillOpen)>,
    /// Whether it is read by somebody who works elsewhere, so that commands name the worktree.
    pub elsewhere: bool,
    /// Where there are more places than this, it is not found out who goes first.
    pub turns_among: Option<usize>,
    /// Whether nobody is shown what the other wrote where the two merge cleanly.
    pub without_overlaps: bool,
}

/// What of an answer is still to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillOpen {
    /// Who goes first in conflicts, and [`StillOpen::Breaks`].
    Turns,
    /// What merges without a conflict and breaks.
    Breaks,
}

impl StillOpen {
    /// In words, after "no answer".
    pub fn about(self) -> &'static str {
        match self {
            StillOpen::Turns => "about who goes first",
            StillOpen::Breaks => "about what merges without a conflict and breaks",
        }
    }
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
    let declared = declare(workspace, tracking);
    let (place, named) = own_place(workspace, &declared, question)?;
    let own = own(workspace, &declared.places[place], place, &question.work)?;
    let mut checking = Checking { workspace, question, options, declared, named, own };
    let mut found = checking.look_at_others();
    let mut everybody = None;
    let first = checking.who_goes_first(&mut found, &mut everybody);
    if checking.looks_beyond() {
        checking.tell_so_far(&mut found, first.as_ref(), StillOpen::Breaks);
    }
    checking.look_beyond_shared_files(&mut found, &mut everybody);
    workspace.kept.save_little();
    Ok(checking.report_with_turns(&mut found, first.as_ref()))
}

/// Who goes first in the conflicts that are told, judged by the work of all as it is now, so whoever asks is told the same.
struct WhoGoesFirst {
    all: Facts,
    pairs: Vec<TerminalPair>,
    turns: Turns,
    /// The same once the checked work is committed, where the other one goes first as it is.
    later: Option<(Facts, Turns)>,
}

impl Checking<'_> {
    /// Who goes first in the conflicts that are told; nothing where there is none, or there are too many places.
    fn who_goes_first(&self, found: &mut Found, everybody: &mut Option<Facts>) -> Option<WhoGoesFirst> {
        let in_conflict = self.in_conflict(&found.judgements);
        if in_conflict.is_empty() || self.too_many_for_turns() {
            return None;
        }
        self.tell_so_far(found, None, StillOpen::Turns);
        let all = self.everybody(everybody).clone();
        let Judgements { places, pairs, .. } = judge_pairs(self.workspace, &all);
        let turns_of = |all: &Facts| turns(self.workspace, all, &places, &in_conflict);
        let mut first = WhoGoesFirst { turns: turns_of(&all), all, pairs, later: None };
        if self.report_with_turns(found, Some(&first)).must_yield().next().is_some() {
            let mut all = first.all.clone();
            if self.own.count_as_committed(self.question, &mut all) {
                first.later = Some((all.clone(), turns_of(&all)));
            }
        }
        self.workspace.kept.save_little();
        Some(first)
    }

    /// All work, also of those whose files the checked work does not touch: looked at once.
    fn everybody<'a>(&self, known: &'a mut Option<Facts>) -> &'a Facts {
        known.get_or_insert_with(|| observe(self.workspace, self.declared.clone()))
    }

    fn too_many_for_turns(&self) -> bool {
        let places = self.declared.places.len();
        self.options.turns_among.is_some_and(|most| places > most)
    }

    /// Tells what is found by now.
    fn tell_so_far(&self, found: &mut Found, first: Option<&WhoGoesFirst>, open: StillOpen) {
        if let Some(so_far) = self.options.so_far {
            so_far(self.report_with_turns(found, first), open);
        }
    }

    /// The report, with who goes first in the conflicts that it tells, where that is known.
    fn report_with_turns(&self, found: &mut Found, first: Option<&WhoGoesFirst>) -> CheckReport {
        let Some(WhoGoesFirst { all, pairs, turns, later }) = first else {
            let mut report = self.report(found, &found.facts, &[]);
            if self.too_many_for_turns() && !self.in_conflict(&found.judgements).is_empty() {
                let (places, most) =
                    (self.declared.places.len(), self.options.turns_among.unwrap_or_default());
                report.notes.push(format!(
                    "who goes first is not told here: of {places} worktrees and branches, at most {most} are looked at for that. Run {}",
                    self.declared.command("status")
                ));
            }
            return report;
        };
        found.judgements.turns = turns.clone();
        let mut told = self.report(found, all, pairs);
        if let Some((all, turns)) = later {
            found.judgements.turns = turns.clone();
            told.compare_turns(&self.report(found, all, pairs));
        }
        told
    }

    /// The places of the conflicts that are told.
    fn in_conflict(&self, judgements: &Judgements) -> BTreeSet<PlaceId> {
        let is_told = |met: &PairJudgement| {
            met.conflicts.iter().any(|conflict| self.own.is_asked(self.question, conflict.paths()))
        };
        let conflicts = judgements.places.iter();
        let conflicts = conflicts.filter(|(_, met)| met.verdict == Verdict::Conflict && is_told(met));
        conflicts.flat_map(|(pair, _)| [*pair.a(), *pair.b()]).collect()
    }
}
