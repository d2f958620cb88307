//! Basename-guided rename detection (`gitdiffcore`): files that kept their name and moved to another
//! folder.

use foldhash::HashMap;

use crate::merge::objects::Missing;
use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::similarity::BASENAME_SCORE;
use crate::merge::renames::{RenameCandidate, RenameFinder};
use crate::model::RepoPath;

impl RenameFinder<'_, '_> {
    /// Pairs files that kept their name, if that name is unique on both sides, or if their folder is
    /// already known to have been renamed.
    pub(super) fn find_by_basename(&mut self, relevance: Option<&Relevance>) -> Result<(), Missing> {
        let sources = unique_names(&self.sources);
        let targets = unique_names(&self.targets);
        self.found.votes_tied = self.found.folders.has_equal_votes();
        let guesses = relevance.map(|_| self.found.folders.best_guesses()).unwrap_or_default();
        let open: HashMap<&RepoPath, usize> = self
            .targets
            .iter()
            .enumerate()
            .filter(|(_, file)| !file.taken)
            .map(|(at, file)| (file.path, at))
            .collect();
        for source in 0..self.sources.len() {
            let (path, taken) = (self.sources[source].path, self.sources[source].taken);
            if taken || relevance.is_some_and(|relevance| relevance.of_source(path).is_none()) {
                continue;
            }
            let Some(&unique) = targets.get(path.file_name()) else { continue };
            let alone = sources.get(path.file_name()).is_some_and(Option::is_some);
            let guessed = || {
                let folder = guesses.get(&path.parent().unwrap_or_default())?;
                // git looks for `/name` where the folder became the top, and never finds it
                let folder = Some(folder).filter(|folder| !folder.as_bytes().is_empty())?;
                open.get(&folder.join(path.file_name())).copied()
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

/// The file of each name that is not taken; `None` where several have it.
fn unique_names<'a>(files: &[RenameCandidate<'a>]) -> HashMap<&'a [u8], Option<usize>> {
    let mut names = HashMap::default();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| !file.taken) {
        names.entry(file.path.file_name()).and_modify(|only| *only = None).or_insert(Some(at));
    }
    names
}
