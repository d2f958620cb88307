//! Inexact rename detection (`gitdiffcore`): of all pairs that are left, the most similar first.

use std::collections::BTreeSet;

use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::similarity::RENAME_SCORE;
use crate::merge::renames::{RenameCandidate, RenameFinder};

/// How many sources are considered for each destination.
const CHOICES: usize = 4;

/// A possible rename, with its score and whether the file keeps its name.
struct Match {
    rank: (u64, bool),
    source: usize,
    target: usize,
}

impl RenameFinder<'_, '_> {
    /// All remaining sources against all remaining destinations, best score first.
    pub(super) fn find_inexact(&mut self, relevance: Option<&Relevance>) -> Result<(), Missing> {
        let matters = |file: &RenameCandidate<'_>| {
            relevance.is_none_or(|relevance| relevance.of_source(file.path).is_some())
        };
        let sources: Vec<usize> = (0..self.sources.len())
            .filter(|&at| !self.sources[at].taken && matters(&self.sources[at]))
            .collect();
        let targets: Vec<usize> = (0..self.targets.len()).filter(|&at| !self.targets[at].taken).collect();
        let limit = self.detection.context.options.rename_limit;
        if sources.is_empty()
            || targets.is_empty()
            || sources.len().saturating_mul(targets.len()) > limit.saturating_mul(limit)
        {
            return Ok(());
        }
        let mut ranked = Vec::new();
        for &target in &targets {
            ranked.extend(self.choices(&sources, target)?);
        }
        ranked.sort_by_key(|choice| std::cmp::Reverse(choice.rank));
        let likely = ranked.partition_point(|choice| choice.rank.0 >= RENAME_SCORE);
        for equal in ranked[..likely].chunk_by(|one, next| one.rank == next.rank) {
            let sources: BTreeSet<usize> = equal.iter().map(|choice| choice.source).collect();
            let targets: BTreeSet<usize> = equal.iter().map(|choice| choice.target).collect();
            if sources.len() < equal.len() || targets.len() < equal.len() {
                self.found.tied.extend(sources.iter().map(|&at| self.sources[at].index));
                self.found.tied.extend(targets.iter().map(|&at| self.targets[at].index));
            }
        }
        for choice in ranked {
            if choice.rank.0 < RENAME_SCORE {
                break;
            }
            if !self.sources[choice.source].taken && !self.targets[choice.target].taken {
                self.pair(choice.source, choice.target);
            }
        }
        Ok(())
    }

    /// The best few sources of one destination, in no particular order. As in git, a source that is not
    /// similar enough takes a place as well, which decides between equals later.
    fn choices(&mut self, sources: &[usize], target: usize) -> Result<Vec<Match>, Missing> {
        let mut best: Vec<Match> = Vec::with_capacity(CHOICES);
        let mut passed_over = None;
        for &source in sources {
            let score = self.score(source, target, RENAME_SCORE)?;
            let same_name = self.sources[source].name == self.targets[target].name;
            let choice = Match { rank: (score, same_name), source, target };
            if best.len() < CHOICES {
                best.push(choice);
                continue;
            }
            let mut worst = 0;
            for at in 1..CHOICES {
                if best[at].rank < best[worst].rank {
                    worst = at;
                }
            }
            let lost = best[worst].rank.min(choice.rank);
            passed_over = passed_over.max(Some(lost));
            if choice.rank > best[worst].rank {
                best[worst] = choice;
            }
        }
        let least = best.iter().map(|choice| choice.rank).min();
        if passed_over.is_some_and(|lost| lost.0 >= RENAME_SCORE && Some(lost) == least) {
            let equal = best.iter().filter(|choice| Some(choice.rank) == least);
            self.found.tied.extend(equal.map(|choice| self.sources[choice.source].index));
            self.found.tied.insert(self.targets[target].index);
        }
        Ok(best)
    }
}
