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
use crate::model::{CheckQuestion, CheckReport, Judgements, PairJudgement, PlaceId, Verdict};
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
    let declared = declare(workspace, tracking);
    let (place, named) = own_place(workspace, &declared, question)?;
    let own = own(workspace, &declared.places[place], place, &question.work)?;
    let mut checking = Checking { workspace, question, options, declared, named, own };
    let mut found = checking.look_at_others();
    checking.look_beyond_shared_files(&mut found);
    workspace.kept.save_little();
    Ok(checking.report_with_turns(found))
}

impl Checking<'_> {
    /// The report, with who goes first in the conflicts that it tells. That is judged by the work of all as it is now, so whoever
    /// asks is told the same.
    fn report_with_turns(&self, mut found: Found) -> CheckReport {
        let in_conflict = self.in_conflict(&found.judgements);
        let places = self.declared.places.len();
        let too_many = self.options.turns_among.filter(|most| places > *most);
        if in_conflict.is_empty() || too_many.is_some() {
            let mut report = self.report(&found, &found.facts);
            let untold = |most| {
                format!(
                    "who goes first is not told here: of {places} worktrees and branches, at most {most} are looked at for that. Run track-work status"
                )
            };
            report.notes.extend(too_many.filter(|_| !in_conflict.is_empty()).map(untold));
            return report;
        }
        if let Some(so_far) = self.options.so_far {
            so_far(self.report(&found, &found.facts));
        }
        let mut all = observe(self.workspace, self.declared.clone());
        let pairs = judge_pairs(self.workspace, &all).places;
        found.judgements.turns = turns(self.workspace, &all, &pairs, &in_conflict);
        let mut told = self.report(&found, &all);
        if told.must_yield().next().is_some() && self.own.count_as_committed(self.question, &mut all) {
            found.judgements.turns = turns(self.workspace, &all, &pairs, &in_conflict);
            told.compare_turns(&self.report(&found, &all));
        }
        self.workspace.kept.save_little();
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
