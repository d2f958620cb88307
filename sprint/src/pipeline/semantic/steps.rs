//! What breaks only where more than two are merged: the work of each step of a merge order against all that is merged before it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::merge::{Missing, merge_commits};
use crate::model::{
    Facts, MergeStep, MergedTrees, Oid, PlaceId, RepoPath, SemanticBreak, SemanticClash, SemanticClashes,
    SemanticStep,
};
use crate::pipeline::Workspace;
use crate::planning::order::IsLate;
use crate::symbols::{SidesJudged, SourceTable, judge_trees};

use super::{MOST_WORDS_OF_A_PAIR, OUT_OF_TIME, unclear};

/// As many words are read for a step of the files that only have a name in common.
const MOST_WORDS_OF_A_STEP: usize = 20 * MOST_WORDS_OF_A_PAIR;

/// What each step from the third on breaks, or finds broken, that no two of them break of each other: `known`.
pub(in crate::pipeline) fn clashes_of_steps(
    workspace: &Workspace,
    facts: &Facts,
    steps: &[MergeStep],
    (known, is_late): (&SemanticClashes, Option<IsLate>),
) -> SemanticClashes {
    let (Some(head), Some(tree), true) = (workspace.target.head, workspace.target.tree, workspace.symbols)
    else {
        return SemanticClashes::default();
    };
    let looking = StepLook {
        workspace,
        target: (head, tree),
        table: SourceTable::keeping(workspace.kept.sources().clone()),
        places: steps.iter().map(|step| place_of(facts, step)).collect(),
        steps,
    };
    let mut found: Vec<SemanticClash> = Vec::new();
    let mut not_looked_at = Vec::new();
    for (at, step) in steps.iter().enumerate().skip(2) {
        if is_late.is_some_and(|is_late| is_late()) {
            if !known.not_looked_at.iter().any(|why| why == OUT_OF_TIME) {
                let from = &step.terminal;
                let what = format!("what breaks only of three or more, from {from} on: {OUT_OF_TIME}");
                not_looked_at.push(what);
            }
            break;
        }
        // what cannot be read is told where two are held against each other
        for broken in looking.breaks(at).unwrap_or_default().iter() {
            let is_same = |one: &&SemanticClash| {
                (&one.found.symbol, &one.found.uses.path) == (&broken.symbol, &broken.uses.path)
            };
            if known.clashes.iter().chain(&found).find(is_same).is_none() {
                found.extend(looking.clash(facts, at, broken.clone()));
            }
        }
    }
    SemanticClashes { clashes: found, not_looked_at }
}

/// Where a step's work is.
fn place_of(facts: &Facts, step: &MergeStep) -> Option<PlaceId> {
    let named = facts.terminals.iter().filter(|terminal| terminal.id == step.terminal);
    let mut places = named.filter_map(|terminal| terminal.place());
    places.find(|place| facts.tip_at(*place).is_some_and(|tip| tip.head == Some(step.head)))
}

struct StepLook<'a> {
    workspace: &'a Workspace,
    /// The target's commit and its tree.
    target: (Oid, Oid),
    table: SourceTable,
    places: Vec<Option<PlaceId>>,
    steps: &'a [MergeStep],
}

impl StepLook<'_> {
    /// What a step's work and all before it break of each other: from an earlier look, if there was one.
    fn breaks(&self, at: usize) -> Result<Arc<Vec<SemanticBreak>>, Missing> {
        let (Some(before), Some(after)) = (self.steps[at - 1].tree, self.steps[at].tree) else {
            return Ok(Arc::default());
        };
        // how conflicts will be resolved, nobody can say
        let conflicts = self.steps[..=at].iter().flat_map(|step| &step.conflicts);
        let paths = conflicts.flat_map(|conflict| conflict.also.iter().chain([&conflict.path])).cloned();
        let unclear: BTreeSet<RepoPath> = paths.collect();
        let step = SemanticStep {
            target: self.target.0,
            head: self.steps[at].head,
            trees: [before, after],
            unclear: unclear.into_iter().collect(),
        };
        let kept = &self.workspace.kept.sources().steps;
        if let Some(known) = kept.find(&step) {
            return Ok(known);
        }
        let found = Arc::new(self.judged(&step)?);
        if !self.workspace.options.renormalizes() {
            kept.keep(step, found.clone());
        }
        Ok(found)
    }

    fn judged(&self, step: &SemanticStep) -> Result<Vec<SemanticBreak>, Missing> {
        let store = self.workspace.repository.store();
        let (head, base) = self.target;
        let [ours, merged] = step.trees;
        let outcome = merge_commits(&store, &store, head, step.head, &self.workspace.options)?;
        let trees = MergedTrees { base, ours, theirs: outcome.tree, merged };
        let unclear: BTreeSet<RepoPath> =
            unclear(&outcome).into_iter().chain(step.unclear.iter().cloned()).collect();
        let most = [usize::MAX, MOST_WORDS_OF_A_STEP];
        match judge_trees(&store, &self.table, &trees, &unclear, most)? {
            SidesJudged::Known(judged) => Ok(judged.breaks),
            SidesJudged::TooMuch(_) => Ok(Vec::new()),
        }
    }

    /// Who broke what of whom: all up to this step that changed the file of the definition, or that of the use.
    fn clash(&self, facts: &Facts, at: usize, mut found: SemanticBreak) -> Option<SemanticClash> {
        let by_step = std::mem::take(&mut found.changed_by_theirs);
        let own = self.places[at]?;
        let has_changed = |place: PlaceId, path: &RepoPath| {
            let tip = facts.tip_at(place);
            tip.is_some_and(|tip| tip.changes.iter().any(|change| change.paths().any(|one| one == path)))
        };
        let before = |path: &RepoPath| -> Vec<PlaceId> {
            let places = self.places[..at].iter().flatten().copied();
            places.filter(|place| has_changed(*place, path)).collect()
        };
        let [definition, uses] = [&found.definition.path, &found.uses.path];
        let (changers, users) = match by_step {
            true => ([before(definition), vec![own]].concat(), before(uses)),
            false => (before(definition), vec![own]),
        };
        let named = |places: Vec<PlaceId>, path: &RepoPath| -> Vec<String> {
            places.into_iter().flat_map(|place| facts.touching(place, path)).collect()
        };
        let sides = [named(changers, definition), named(users, uses)];
        let is_told = sides.iter().all(|side| !side.is_empty());
        is_told.then_some(SemanticClash { sides, found, uncommitted: false })
    }
}
