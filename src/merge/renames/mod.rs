//! Renames of one side, by the rules of `gitdiffcore` and of git's merge: exact ones first, then
//! files that kept their name, then the best of all that is left.

mod basename;
mod exact;
pub(crate) mod folder_counts;
mod inexact;
pub(crate) mod name_table;
pub(crate) mod relevance;
mod score;
pub(crate) mod similarity;
pub(crate) mod traversal_order;

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use crate::merge::diff::RawChange;
use crate::merge::engine::Engine;
use crate::merge::objects::Missing;
use crate::merge::renames::folder_counts::FolderCounts;
use crate::merge::renames::relevance::Relevance;
use crate::model::{Entry, Oid, RepoPath};

/// The blob without content: never a rename, or everything would be.
pub(crate) const EMPTY_BLOB: Oid = Oid::new([
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4,
    0x8c, 0x53, 0x91,
]);

/// Where a search for renames gives up or errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A file that cannot be read is like no other.
    Ignore,
    /// A file that cannot be read ends the search.
    Fail,
}

/// The renames of one side, as indices into its changes: from a deletion to an addition.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    /// Pairs of a deleted and an added path, sorted by the added one.
    pub pairs: Vec<(usize, usize)>,
    /// Whether a file that could not be read was passed over.
    pub ignored: bool,
    /// How often files went from one folder to another, where that matters.
    pub folders: FolderCounts,
    /// Paths whose blobs were too large to be compared.
    pub skipped: Vec<RepoPath>,
    /// The contents that were looked for by name or likeness.
    pub sought: BTreeSet<Oid>,
    /// The names that one of those files and one new file had alone.
    pub lone: BTreeSet<Vec<u8>>,
    /// Changes among which the order decided.
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

struct File<'a> {
    /// Its index among the side's changes.
    index: usize,
    path: &'a RepoPath,
    entry: Entry,
    /// Once it was asked for.
    size: Option<u64>,
    taken: bool,
}

struct Search<'a, 'e> {
    engine: &'e Engine<'e>,
    unreadable: Unreadable,
    sources: Vec<File<'a>>,
    targets: Vec<File<'a>>,
    found: Renames,
    skipped: BTreeSet<RepoPath>,
}

/// Finds the renames among a side's changes.
///
/// Among equally good renames the first in this order wins. Given a [`Relevance`], only sources that
/// matter to the merge at hand take part in the inexact search, as in git; and folder counts are
/// kept.
pub(crate) fn find_renames(
    engine: &Engine<'_>,
    changes: &[RawChange],
    order: &[usize],
    relevance: Option<&Relevance>,
    unreadable: Unreadable,
) -> Result<Renames, Missing> {
    let mut search = Search::new(engine, changes, order, unreadable);
    if let Some(relevance) = relevance.filter(|_| search.targets.is_empty()) {
        search.note_sought(relevance);
    }
    if engine.options.renames && !search.sources.is_empty() && !search.targets.is_empty() {
        if let Some(relevance) = relevance {
            search.note_ties(relevance);
        }
        search.exact();
        if let Some(relevance) = relevance {
            search.note_sought(relevance);
        }
        match relevance {
            None => search.inexact(None)?,
            Some(relevance) => search.inexact(Some(&mut relevance.clone()))?,
        }
    }
    search.found.pairs.sort_by_key(|&(_, to)| to);
    search.found.skipped = search.skipped.into_iter().collect();
    Ok(search.found)
}

impl<'a, 'e> Search<'a, 'e> {
    fn new(
        engine: &'e Engine<'e>,
        changes: &'a [RawChange],
        order: &[usize],
        unreadable: Unreadable,
    ) -> Search<'a, 'e> {
        let mut search = Search {
            engine,
            unreadable,
            sources: Vec::new(),
            targets: Vec::new(),
            found: Renames::default(),
            skipped: BTreeSet::new(),
        };
        for &index in order {
            let RawChange { path, old, new } = &changes[index];
            let (files, entry) = match (old, new) {
                (Some(old), None) => (&mut search.sources, *old),
                (None, Some(new)) => (&mut search.targets, *new),
                _ => continue,
            };
            if entry.oid != EMPTY_BLOB {
                files.push(File { index, path, entry, size: None, taken: false });
            }
        }
        search
    }

    fn pair(&mut self, source: usize, target: usize) {
        let (source, target) = (&mut self.sources[source], &mut self.targets[target]);
        source.taken = true;
        target.taken = true;
        self.found.pairs.push((source.index, target.index));
    }

    /// Notes what is left to be looked for by name or likeness.
    fn note_sought(&mut self, relevance: &Relevance) {
        let (sources, targets) = (unique_names(&self.sources), unique_names(&self.targets));
        let matters = |file: &&File<'_>| !file.taken && relevance.need(file.path).is_some();
        for source in self.sources.iter().filter(matters) {
            if source.entry.kind.is_file() {
                self.found.sought.insert(source.entry.oid);
            }
            let name = source.path.file_name();
            if [&sources, &targets].iter().all(|names| names.get(name).is_some_and(Option::is_some)) {
                self.found.lone.insert(name.to_vec());
            }
        }
    }

    fn inexact(&mut self, mut relevance: Option<&mut Relevance>) -> Result<(), Missing> {
        if let Some(relevance) = relevance.as_deref() {
            self.count_folders(relevance, 0);
        }
        self.by_name(relevance.as_deref())?;
        if let Some(relevance) = relevance.as_deref_mut() {
            let open = self.sources.iter().filter(|source| !source.taken).map(|source| source.path);
            relevance.narrow(&self.found.folders, open);
        }
        let counted = self.found.pairs.len();
        self.by_likeness(relevance.as_deref())?;
        if let Some(relevance) = relevance {
            self.count_folders(relevance, counted);
            self.found.folders.keep_removed(relevance);
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

/// The file of each name that is not taken; `None` where several have it.
fn unique_names<'a>(files: &[File<'a>]) -> HashMap<&'a [u8], Option<usize>> {
    let mut names = HashMap::default();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| !file.taken) {
        names.entry(file.path.file_name()).and_modify(|only| *only = None).or_insert(Some(at));
    }
    names
}

/// The paths of deletions that were found to be renames.
pub(crate) fn renamed_sources(renames: &Renames) -> HashSet<usize> {
    renames.pairs.iter().map(|&(from, _)| from).collect()
}
