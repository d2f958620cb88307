//! The merge order of what was observed.

mod confirmed;
mod numbers;
mod simulation;

use crate::error::Failure;
use crate::merge::Missing;
use crate::model::{MergeOrder, Reason, Report, TrackingFile};
use crate::planning::StoryBook;
use crate::planning::order::{Candidates, Effort, Question, merge_order};

use super::Workspace;
use simulation::Simulation;

/// What a merge order is asked for, beside the report.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only these terminals, where any are named.
    pub only: Vec<String>,
    /// Without these terminals.
    pub exclude: Vec<String>,
    /// The first of two goes after the second.
    pub after: Vec<(String, String)>,
    /// A terminal whose position is to be explained.
    pub explain: Option<String>,
    /// Merge the steps once more, from nothing, and compare.
    pub verify: bool,
}

impl Workspace {
    /// The order in which to merge what the report shows.
    ///
    /// # Errors
    /// When the target's commit cannot be read.
    pub fn merge_order(
        &self,
        report: &Report,
        book: &StoryBook,
        files: &[TrackingFile],
        asked: &Asked,
        effort: &Effort,
    ) -> Result<MergeOrder, Failure> {
        let store = self.repository.store();
        let failed = |missing: Missing| {
            Failure::new(format!("the target {} cannot be read: {missing}", self.target.name))
                .help("fetch what is missing, or name another target with --target")
        };
        let snapshot = &report.snapshot;
        let mut unreadable = Vec::new();
        let mut idle = Vec::new();
        loop {
            let question = Question {
                snapshot,
                book,
                files,
                only: &asked.only,
                exclude: &asked.exclude,
                after: &asked.after,
                unreadable: &unreadable,
                idle: &idle,
                explain: asked.explain.as_deref(),
            };
            let candidates = Candidates::new(&question);
            let simulation = Simulation::new(&store, &store, snapshot, &candidates.units, &self.options);
            let missing = match simulation.map_err(failed)? {
                Err(missing) => missing,
                Ok(mut simulation) => {
                    let found = simulation.idle();
                    if !found.is_empty() {
                        idle.extend(found.into_iter().map(|unit| candidates.units[unit].place));
                        continue;
                    }
                    let mut order = merge_order(&question, &candidates, &mut simulation, effort);
                    if asked.verify {
                        order.verified = Some(self.is_confirmed(&order, &candidates)?);
                    }
                    return Ok(order);
                }
            };
            let told = |(unit, missing): &(usize, Missing)| {
                (candidates.units[*unit].place, Reason(missing.to_string()))
            };
            unreadable.extend(missing.iter().map(told));
        }
    }
}
