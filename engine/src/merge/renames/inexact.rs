//! Inexact rename detection (`gitdiffcore`): of all pairs that are left, the most similar first.

use std::collections::BTreeSet;

use foldhash::HashMap;

use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::similarity::{RENAME_SCORE, sizes_allow};
use crate::merge::renames::{RenameCandidate, RenameFinder};

/// How many sources are considered for each destination.
const CHOICES: usize = 4;

/// With so many sources at the most, each is compared with each target.
const FEW: usize = 8;

/// A possible rename, with its score and whether the file keeps its name.
struct Match {
    rank: (u64, bool),
    source: usize,
    target: usize,
}

impl<'a> RenameFinder<'a, '_> {
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
        if sources.len() <= FEW {
            for &target in &targets {
                ranked.extend(self.choices(&sources, target)?);
            }
        } else {
            let numbered = self.numbered(&sources, &targets)?;
            for &target in &targets {
                let likely = self.likely(&numbered, target)?;
                // which of equals is taken depends on all that were compared
                let decides = likely.windows(2).any(|two| two[0].rank == two[1].rank);
                ranked.extend(if decides { self.choices(&sources, target)? } else { likely });
            }
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

    /// Asks for what all files are, as comparing each with each would, and gives the sources by the numbers of their
    /// versions.
    fn numbered(
        &mut self,
        sources: &[usize],
        targets: &[usize],
    ) -> Result<HashMap<u32, Vec<usize>>, Missing> {
        let detection = self.detection;
        detection.sources.borrow_mut().begin_search();
        let of_sources = self.sizes(sources, |finder, at| &mut finder.sources[at])?;
        let of_targets = self.sizes(targets, |finder, at| &mut finder.targets[at])?;
        for (_, at) in of_targets.iter().filter(|(size, _)| has_fitting(*size, &of_sources)) {
            let version = self.targets[*at].version((detection, self.attributes), &mut self.found);
            self.readable(version)?;
        }
        let mut numbered: HashMap<u32, Vec<usize>> = HashMap::default();
        for (_, at) in of_sources.iter().filter(|(size, _)| has_fitting(*size, &of_targets)) {
            let version = self.sources[*at].version((detection, self.attributes), &mut self.found);
            let Some(version) = self.readable(version)?.flatten() else { continue };
            if self.readable(detection.add_source(version))?.is_some() {
                numbered.entry(version.number).or_default().push(*at);
            }
        }
        Ok(numbered)
    }

    /// The sizes of these files, the smallest first.
    fn sizes(
        &mut self,
        files: &[usize],
        file: impl for<'f> Fn(&'f mut Self, usize) -> &'f mut RenameCandidate<'a>,
    ) -> Result<Vec<(u64, usize)>, Missing> {
        let detection = self.detection;
        let mut sizes = Vec::with_capacity(files.len());
        for &at in files {
            if file(self, at).entry.kind.is_file() {
                let size = file(self, at).size(detection);
                sizes.extend(self.readable(size)?.map(|size| (size, at)));
            }
        }
        sizes.sort_unstable();
        Ok(sizes)
    }

    /// The best few of the sources that are similar enough to one destination, the best first.
    fn likely(&mut self, numbered: &HashMap<u32, Vec<usize>>, target: usize) -> Result<Vec<Match>, Missing> {
        let Some(version) = self.targets[target].version else { return Ok(Vec::new()) };
        let likely = self.readable(self.detection.likely_sources(version))?.unwrap_or_default();
        let mut found = Vec::new();
        for (number, score) in likely.found {
            for &source in numbered.get(&number).into_iter().flatten() {
                let same_name = self.sources[source].name == self.targets[target].name;
                found.push(Match { rank: (score, same_name), source, target });
            }
        }
        found.sort_unstable_by_key(|choice| std::cmp::Reverse(choice.rank));
        if found.get(CHOICES).is_none_or(|next| next.rank < found[CHOICES - 1].rank) {
            found.truncate(CHOICES);
        }
        Ok(found)
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

/// Whether one of these sizes, the smallest first, allows a rename.
fn has_fitting(size: u64, others: &[(u64, usize)]) -> bool {
    let next = others.partition_point(|(other, _)| *other < size);
    let nearest = others[next.saturating_sub(1)..].iter().take(2);
    nearest.into_iter().any(|(other, _)| sizes_allow(*other, size, RENAME_SCORE))
}
