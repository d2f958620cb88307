//! Rename detection for one side of a merge, by the rules of `gitdiffcore` and `merge-strategies`:
//! exact renames first, then files that kept their basename, then the best of all that is left.

mod basename;
mod exact;
pub(crate) mod folder_counts;
mod inexact;
mod likely;
pub(crate) mod name_table;
pub(crate) mod relevance;
mod score;
pub(crate) mod similarity;
pub(crate) mod trace;
pub(crate) mod traversal_order;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use crate::merge::attributes::Attributes;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::RawChange;
use crate::merge::objects::Missing;
use crate::merge::renames::folder_counts::FolderCounts;
use crate::merge::renames::relevance::Relevance;
pub(crate) use crate::merge::renames::score::RenameDetection;
use crate::merge::renames::similarity::NumberedVersion;
use crate::model::{Entry, Oid, Reason, RepoPath};

/// The blob without content: never a rename, or everything would be.
pub(crate) const EMPTY_BLOB: Oid = Oid::new([
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4,
    0x8c, 0x53, 0x91,
]);

/// What becomes of a search when a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The file is similar to no other.
    Ignore,
    /// The search ends.
    Fail,
}

/// The renames of one side, as indices into its changes: from a deletion to an addition.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    /// Pairs of a deleted and an added path, as they were found.
    pub pairs: Vec<(usize, usize)>,
    /// How many of the pairs, from the first one, have the same content.
    pub exact: usize,
    /// Whether a file that could not be read was passed over.
    pub ignored: bool,
    /// How often files went from one folder to another, where that matters.
    pub folders: FolderCounts,
    /// Paths that could not be compared, with the reason.
    pub skipped: BTreeMap<RepoPath, Reason>,
    /// What was found depends on this besides contents and settings.
    pub dependencies: Dependencies,
    /// Changes among which the traversal order decided.
    pub tied: BTreeSet<usize>,
    /// Whether it decided where most files of a folder went.
    pub votes_tied: bool,
}

impl Renames {
    /// Whether another order of the files could have found others.
    pub fn order_counts(&self) -> bool {
        self.votes_tied || !self.tied.is_empty()
    }
}

/// A file that one side deleted or added.
struct RenameCandidate<'a> {
    /// Its index among the side's changes.
    index: usize,
    path: &'a RepoPath,
    /// The last part of its path.
    name: &'a [u8],
    entry: Entry,
    /// Once it was asked for.
    size: Option<u64>,
    /// Once it was asked for.
    version: Option<NumberedVersion>,
    /// Whether it is part of a rename already.
    taken: bool,
}

/// A search under way.
struct RenameFinder<'a, 'd> {
    detection: &'d RenameDetection<'d>,
    attributes: &'d Attributes,
    unreadable: Unreadable,
    sources: Vec<RenameCandidate<'a>>,
    targets: Vec<RenameCandidate<'a>>,
    found: Renames,
}

impl RenameDetection<'_> {
    /// Finds the renames among a side's changes.
    ///
    /// Among equally good renames the first in this order wins. Given a [`Relevance`], only sources
    /// that matter to the merge at hand take part in the inexact search, as in git; and folder counts
    /// are kept.
    pub fn find(
        &self,
        changes: &[RawChange],
        order: &[usize],
        (relevance, attributes): (Option<&Relevance>, &Attributes),
        unreadable: Unreadable,
    ) -> Result<Renames, Missing> {
        let mut search = RenameFinder::new((self, attributes), changes, order, unreadable);
        if self.context.options.renames && !search.sources.is_empty() && !search.targets.is_empty() {
            if let Some(relevance) = relevance {
                search.note_ties(relevance);
            }
            search.find_exact();
            search.found.exact = search.found.pairs.len();
            match relevance {
                None => search.find_others(None)?,
                Some(relevance) => search.find_others(Some(&mut relevance.clone()))?,
            }
        }
        Ok(search.found)
    }
}

impl<'a, 'd> RenameFinder<'a, 'd> {
    fn new(
        (detection, attributes): (&'d RenameDetection<'d>, &'d Attributes),
        changes: &'a [RawChange],
        order: &[usize],
        unreadable: Unreadable,
    ) -> RenameFinder<'a, 'd> {
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for &index in order {
            let RawChange { path, old, new } = &changes[index];
            let (files, entry) = match (old, new) {
                (Some(old), None) => (&mut sources, *old),
                (None, Some(new)) => (&mut targets, *new),
                _ => continue,
            };
            if entry.oid != EMPTY_BLOB {
                let name = path.file_name();
                files.push(RenameCandidate {
                    index,
                    path,
                    name,
                    entry,
                    size: None,
                    version: None,
                    taken: false,
                });
            }
        }
        RenameFinder { detection, attributes, unreadable, sources, targets, found: Renames::default() }
    }

    fn pair(&mut self, source: usize, target: usize) {
        let (source, target) = (&mut self.sources[source], &mut self.targets[target]);
        source.taken = true;
        target.taken = true;
        self.found.pairs.push((source.index, target.index));
    }

    /// Finds the renames that are not exact.
    fn find_others(&mut self, mut relevance: Option<&mut Relevance>) -> Result<(), Missing> {
        if let Some(relevance) = relevance.as_deref() {
            self.count_folders(relevance, 0);
        }
        self.find_by_basename(relevance.as_deref())?;
        if let Some(relevance) = relevance.as_deref_mut() {
            let open = self.sources.iter().filter(|source| !source.taken).map(|source| source.path);
            self.found.folders.narrow(relevance, open);
        }
        let counted = self.found.pairs.len();
        self.find_inexact(relevance.as_deref())?;
        if let Some(relevance) = relevance {
            self.count_folders(relevance, counted);
            self.found.folders.keep_relevant(relevance);
        }
        Ok(())
    }

    /// Counts the folders of all pairs found since `from`.
    fn count_folders(&mut self, relevance: &Relevance, from: usize) {
        let paths: HashMap<usize, &RepoPath> = self
            .sources
            .iter()
            .chain(&self.targets)
            .filter(|file| file.taken)
            .map(|file| (file.index, file.path))
            .collect();
        for (source, target) in &self.found.pairs[from..] {
            self.found.folders.count(relevance, paths[source], paths[target]);
        }
    }
}

/// The changes that were found to be the deleted halves of renames.
pub(crate) fn renamed_sources(renames: &Renames) -> HashSet<usize> {
    renames.pairs.iter().map(|&(from, _)| from).collect()
}
