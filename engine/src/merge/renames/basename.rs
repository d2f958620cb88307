//! Basename-guided rename detection (`gitdiffcore`): files that kept their name and moved to another
//! folder.

use foldhash::{HashMap, HashSet};

use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::similarity::BASENAME_SCORE;
use crate::merge::renames::{RenameCandidate, RenameFinder};
use crate::model::RepoPath;

impl RenameFinder<'_, '_> {
    /// Pairs files that kept their name, if that name is unique on both sides, or if their folder is
    /// already known to have been renamed.
    pub(super) fn find_by_basename(&mut self, relevance: Option<&Relevance>) -> Result<(), Missing> {
        self.found.votes_tied = self.found.folders.has_equal_votes();
        let is_asked = |file: &RenameCandidate<'_>| {
            !file.taken && relevance.is_none_or(|relevance| relevance.of_source(file.path).is_some())
        };
        let asked: Vec<usize> = (0..self.sources.len()).filter(|at| is_asked(&self.sources[*at])).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let names: HashSet<&[u8]> = asked.iter().map(|at| self.sources[*at].name).collect();
        let sources = unique_names(&self.sources, &names);
        let targets = unique_names(&self.targets, &names);
        let guesses = relevance.map(|_| self.found.folders.best_guesses()).unwrap_or_default();
        let open: HashMap<&RepoPath, usize> = self
            .targets
            .iter()
            .enumerate()
            .filter(|(_, file)| !guesses.is_empty() && !file.taken)
            .map(|(at, file)| (file.path, at))
            .collect();
        for source in asked {
            let (path, name) = (self.sources[source].path, self.sources[source].name);
            let Some(&unique) = targets.get(name) else { continue };
            let alone = sources.get(name).is_some_and(Option::is_some);
            let guessed = || {
                let folder = guesses.get(&path.parent().unwrap_or_default())?;
                // git looks for `/name` where the folder became the top, and never finds it
                let folder = Some(folder).filter(|folder| !folder.as_bytes().is_empty())?;
                open.get(&folder.join(name)).copied()
            };
            let Some(target) = unique.filter(|_| alone).or_else(guessed) else { continue };
            if self.targets[target].taken {
                // by another file of this name that came first
                self.found.tied.extend([self.sources[source].index, self.targets[target].index]);
                continue;
            }
            if self.score(source, target, BASENAME_SCORE)? >= BASENAME_SCORE {
                self.pair(source, target);
                if let Some(relevance) = relevance {
                    self.found.folders.count(relevance, path, self.targets[target].path);
                }
            }
        }
        Ok(())
    }
}

/// The file that has one of these names and is not taken; `None` where several have it.
fn unique_names<'a>(
    files: &[RenameCandidate<'a>],
    asked: &HashSet<&[u8]>,
) -> HashMap<&'a [u8], Option<usize>> {
    let mut names = HashMap::default();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| !file.taken && asked.contains(file.name)) {
        names.entry(file.name).and_modify(|only| *only = None).or_insert(Some(at));
    }
    names
}
