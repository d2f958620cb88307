//! The checked work held against what the others would bring.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::interaction::Shared;
use crate::model::{
    CheckQuestion, ConflictPath, Declared, Facts, Hunks, Judgements, Known, PlaceId, Reason, RepoPath,
    Terminal, Tip, Work,
};
use crate::pipeline::merged::{mark_merged, mark_merged_with};
use crate::pipeline::observe::{mark_stories, reverted, tips, with_tips};
use crate::pipeline::{CheckOptions, Workspace};

use super::against::{Against, Views, against};
use super::near::{Apart, tips_near};
use super::own::Own;
use super::whose::{CheckedTerminal, with_subject};

/// What is asked, and whose work it is about.
pub(super) struct Checking<'a> {
    pub workspace: &'a Workspace,
    pub question: &'a CheckQuestion,
    pub options: CheckOptions<'a>,
    pub declared: Declared,
    /// The terminal that was named.
    pub named: Option<String>,
    pub own: Own,
}

/// What the checked work meets.
pub(super) struct Found {
    pub facts: Facts,
    pub checked: CheckedTerminal,
    /// How many paths the question is about.
    pub paths: usize,
    /// The pairs of the checked place and terminal alone, and its drift.
    pub judgements: Judgements,
    /// The conflicts that the terminal has had before the commit that is about to be made, by the other's
    /// place.
    pub standing: BTreeMap<PlaceId, Vec<ConflictPath>>,
    /// The places whose commits alone conflict with what is about to be committed or pushed.
    pub hidden: BTreeSet<PlaceId>,
    /// What counts of both where they share commits.
    pub views: Views,
}

impl Checking<'_> {
    /// What the checked work meets of the others and of the target.
    pub fn look_at_others(&mut self) -> Found {
        // what is merged for the one look serves the other
        let shared = Arc::new(Shared::with(self.workspace.kept.merges().clone()));
        let (mut tips, mut apart) = self.others(&shared);
        self.mark_stories(&tips, &apart);
        let mut held = self.held_against(&tips, &apart, &shared);
        // most meet nobody, and then it does not matter what is merged
        let met = held.2.met(self.own.place);
        let terminals = &self.declared.terminals;
        let is_merged = !met.is_empty() && {
            let meeting = self.own.tips().chain(tips_at(&mut tips, &met));
            mark_merged_with(self.workspace, terminals, meeting, &shared)
        };
        if is_merged {
            for other in met.into_iter().filter(|other| *other != self.own.place) {
                self.look_in_full_if_merged(other, &mut tips, &mut apart);
            }
            held = self.held_against(&tips, &apart, &shared);
        }
        let (mut facts, checked, Against { judgements, standing, caused, hidden, views }) = held;
        let paths = self.paths(&facts.terminals[checked.terminal]);
        self.own.only.iter_mut().for_each(|only| only.extend(caused.iter().cloned()));
        if self.question.work == Work::All {
            facts.reverted = reverted(self.workspace, &facts, self.own.place..self.own.place + 1);
            facts.stashes = self.workspace.repository.stashes();
            facts.upstreams = self.workspace.upstreams(&facts);
            facts.of_upstream = self.workspace.of_upstream(&facts, self.own.place..self.own.place + 1);
        }
        Found { facts, checked, paths, judgements, standing, hidden, views }
    }

    /// What the others would bring; with those that cannot meet the checked work.
    fn others(&self, shared: &Arc<Shared>) -> (Vec<Known<Tip>>, Apart) {
        let Declared { terminals, places, .. } = &self.declared;
        if self.options.in_full {
            return (tips(self.workspace, places), Apart::new());
        }
        let here = terminals.iter().filter(|terminal| terminal.place() == Some(self.own.place));
        let current = here.flat_map(|terminal| &terminal.sessions);
        let current = current.filter_map(|session| session.current_file.clone());
        // what cannot be read may be anything
        let unread = self.own.judged.changes.iter().filter(|one| matches!(one.hunks, Hunks::Unknown(_)));
        let unread = unread.map(|change| change.path.clone());
        let also: Vec<RepoPath> = self.question.paths.iter().cloned().chain(current).chain(unread).collect();
        tips_near(self.workspace, places, &self.own, &also, shared)
    }

    /// Which commits belong to which story of a place, as far as that was looked at.
    fn mark_stories(&mut self, tips: &[Known<Tip>], apart: &Apart) {
        let has_several = |terminal: &Terminal| terminal.says(|session| session.begins_after).is_some();
        if !self.declared.terminals.iter().any(has_several) {
            return;
        }
        let seen = tips.iter().enumerate().map(|(at, tip)| match apart.contains(&at) {
            _ if at == self.own.place && self.question.work == Work::All => {
                Known::Known(self.own.standing.clone())
            }
            true => Known::Unknown(Reason::NotLookedAt),
            false => tip.clone(),
        });
        mark_stories(self.workspace, &mut self.declared, &seen.collect::<Vec<_>>());
    }

    fn held_against(
        &self,
        tips: &[Known<Tip>],
        apart: &Apart,
        shared: &Arc<Shared>,
    ) -> (Facts, CheckedTerminal, Against) {
        let own = &self.own;
        let mut tips = tips.to_vec();
        tips[own.place] = Known::Known(Tip { changes: own.judged.changes.clone(), ..own.standing.clone() });
        let facts = with_tips(self.declared.clone(), tips);
        let (facts, subject) = with_subject(facts, own.place, self.named.as_deref());
        let against = against(self.workspace, &facts, subject.terminal, own, self.question, apart, shared);
        (facts, subject, against)
    }

    /// Looks at all of a place whose commits are merged, though not as they are: they count again in the next merge
    /// of its branch, which is to come if there is anything else, wherever that is.
    fn look_in_full_if_merged(&self, place: PlaceId, tips_of_all: &mut [Known<Tip>], apart: &mut Apart) {
        if tips_of_all[place].known().is_none_or(|tip| tip.merged.is_none()) {
            return;
        }
        let Declared { terminals, places, .. } = &self.declared;
        if let Some(mut tip) = tips(self.workspace, &places[place..=place]).pop() {
            mark_merged(self.workspace, terminals, tip.known_mut().map(|tip| (place, tip)).into_iter());
            tips_of_all[place] = tip;
            apart.remove(&place);
        }
    }

    /// How many paths the question is about.
    fn paths(&self, checked: &Terminal) -> usize {
        let has_all = !checked.shares_place && checked.own.is_none();
        if has_all || self.question.work != Work::All {
            return self.own.paths(self.question);
        }
        let touched = checked.touched.iter().filter(|touched| !touched.declared);
        touched.filter(|one| self.own.is_asked(self.question, std::iter::once(&one.path))).count()
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
