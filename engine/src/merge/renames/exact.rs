//! Exact rename detection (`gitdiffcore`): files of equal content, and where the traversal order
//! decides among them.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use crate::merge::renames::relevance::Relevance;
use crate::merge::renames::{RenameCandidate, RenameFinder};
use crate::model::Oid;

/// How many files of the same content are searched for one of the same name.
const EXACT_CHOICES: usize = 101;

impl RenameFinder<'_, '_> {
    /// Equal content is a rename; among several sources, one of the same name is preferred.
    pub(super) fn find_exact(&mut self) {
        let mut by_content: HashMap<Oid, BTreeSet<usize>> = HashMap::default();
        for (at, source) in self.sources.iter().enumerate() {
            by_content.entry(source.entry.oid).or_default().insert(at);
        }
        for target in 0..self.targets.len() {
            let file = &self.targets[target];
            let Some(same) = by_content.get_mut(&file.entry.oid) else { continue };
            let name = file.name;
            let fits = |at: &&usize| {
                let source = self.sources[**at].entry.kind;
                source == file.entry.kind || (source.is_file() && file.entry.kind.is_file())
            };
            let choices = || same.iter().filter(fits).take(EXACT_CHOICES);
            let named = choices().find(|at| self.sources[**at].name == name);
            if let Some(source) = named.or_else(|| choices().next()).copied() {
                same.remove(&source);
                self.pair(source, target);
            }
        }
    }

    /// Notes the files of equal content among which the traversal order decides, where that matters. It
    /// does not decide if each new path has a source of its own name. It matters to relevant sources,
    /// and to others because of what is left for them: a new path, or a name that is unique or not.
    pub(super) fn note_ties(&mut self, relevance: &Relevance) {
        let is_relevant = |file: &&RenameCandidate<'_>| relevance.of_source(file.path).is_some();
        let relevant_names: HashSet<&[u8]> =
            self.sources.iter().filter(is_relevant).map(|file| file.name).collect();
        let mut equal: HashMap<Oid, [Vec<&RenameCandidate<'_>>; 2]> = HashMap::default();
        for source in &self.sources {
            equal.entry(source.entry.oid).or_default()[0].push(source);
        }
        for target in &self.targets {
            if let Some([_, targets]) = equal.get_mut(&target.entry.oid) {
                targets.push(target);
            }
        }
        let tied = |[sources, targets]: &[Vec<&RenameCandidate<'_>>; 2]| {
            if targets.is_empty() || sources.len() + targets.len() <= 2 {
                return false;
            }
            let (from, to) = (names(sources), names(targets));
            let unique = from.len() == sources.len() && to.len() == targets.len();
            let links = sources.iter().chain(targets).any(|file| !file.entry.kind.is_file());
            let decides = !unique || links || sources.len() > EXACT_CHOICES || !to.is_subset(&from);
            let leaves_places = targets.len() > sources.len() || links;
            let matters = sources.iter().any(is_relevant)
                || (leaves_places && !relevant_names.is_empty())
                || from.iter().chain(&to).any(|name| relevant_names.contains(*name));
            decides && matters
        };
        let members = equal.values().filter(|group| tied(group)).flatten().flatten();
        self.found.tied = members.map(|file| file.index).collect();
    }
}

fn names<'a>(files: &[&RenameCandidate<'a>]) -> HashSet<&'a [u8]> {
    files.iter().map(|file| file.name).collect()
}
