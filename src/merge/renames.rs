//! Renames of one side, by the rules of `gitdiffcore` and of git's merge: exact ones first, then
//! files that kept their name, then the best of all that is left.

use std::collections::BTreeSet;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::Missing;
use super::diff::RawChange;
use super::engine::Engine;
use super::folder_counts::FolderCounts;
use super::relevance::Relevance;
use super::similarity::{BASENAME_SCORE, Fingerprint, RENAME_SCORE, sizes_allow};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// The blob without content: never a rename, or everything would be.
pub(super) const EMPTY_BLOB: Oid = Oid::new([
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4,
    0x8c, 0x53, 0x91,
]);

/// How many files of the same content are looked through for one of the same name.
const EXACT_CHOICES: usize = 101;
/// How many sources are remembered for each destination of the inexact search.
const CHOICES: usize = 4;

/// Where a search for renames gives up or errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A file that cannot be read is like no other.
    Ignore,
    /// A file that cannot be read ends the search.
    Fail,
}

/// The renames of one side, as indices into its changes: from a deletion to an addition.
#[derive(Debug, Default)]
pub(super) struct Renames {
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
/// Among equally good renames the first in this order wins. Given a [`Relevance`], only sources that matter to the merge at hand take part in the inexact
/// search, as in git; and folder counts are kept.
pub(super) fn find_renames(
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

    /// Notes the files of equal content among which the order decides, where that matters. It does not
    /// decide where each new place has a source of its own name. It matters to sources that are wanted,
    /// and to others by what is left for them: a new place, or a name that is unique or not.
    fn note_ties(&mut self, relevance: &Relevance) {
        let wanted = |file: &&File<'_>| relevance.need(file.path).is_some();
        let wanted_names: HashSet<&[u8]> =
            self.sources.iter().filter(wanted).map(|file| file.path.file_name()).collect();
        let mut alike: HashMap<Oid, [Vec<&File<'_>>; 2]> = HashMap::default();
        for source in &self.sources {
            alike.entry(source.entry.oid).or_default()[0].push(source);
        }
        for target in &self.targets {
            if let Some([_, targets]) = alike.get_mut(&target.entry.oid) {
                targets.push(target);
            }
        }
        let tied = |[sources, targets]: &[Vec<&File<'_>>; 2]| {
            if targets.is_empty() || sources.len() + targets.len() <= 2 {
                return false;
            }
            let names = |files: &[&File<'_>]| -> HashSet<Vec<u8>> {
                files.iter().map(|file| file.path.file_name().to_vec()).collect()
            };
            let (from, to) = (names(sources), names(targets));
            let unique = from.len() == sources.len() && to.len() == targets.len();
            let links = sources.iter().chain(targets).any(|file| !file.entry.kind.is_file());
            let decides = !unique || links || sources.len() > EXACT_CHOICES || !to.is_subset(&from);
            let leaves_places = targets.len() > sources.len() || links;
            let matters = sources.iter().any(wanted)
                || (leaves_places && !wanted_names.is_empty())
                || from.iter().chain(&to).any(|name| wanted_names.contains(&name[..]));
            decides && matters
        };
        let members = alike.values().filter(|group| tied(group)).flatten().flatten();
        self.found.tied = members.map(|file| file.index).collect();
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

    /// Equal content is a rename; among several sources, one of the same name is preferred.
    fn exact(&mut self) {
        let mut by_content: HashMap<Oid, BTreeSet<usize>> = HashMap::default();
        for (at, source) in self.sources.iter().enumerate() {
            by_content.entry(source.entry.oid).or_default().insert(at);
        }
        for target in 0..self.targets.len() {
            let file = &self.targets[target];
            let Some(same) = by_content.get_mut(&file.entry.oid) else { continue };
            let name = file.path.file_name();
            let fits = |at: &&usize| {
                let source = self.sources[**at].entry.kind;
                source == file.entry.kind || (source.is_file() && file.entry.kind.is_file())
            };
            let choices = || same.iter().filter(fits).take(EXACT_CHOICES);
            let named = choices().find(|at| self.sources[**at].path.file_name() == name);
            if let Some(source) = named.or_else(|| choices().next()).copied() {
                same.remove(&source);
                self.pair(source, target);
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

    /// Files that kept their name, where that name is unique on both sides, or where the folder
    /// they stood in is known to have moved.
    fn by_name(&mut self, relevance: Option<&Relevance>) -> Result<(), Missing> {
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
            if taken || relevance.is_some_and(|relevance| relevance.need(path).is_none()) {
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
                // by another file of this name, which came first
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

    /// All remaining sources against all remaining destinations, best score first.
    fn by_likeness(&mut self, relevance: Option<&Relevance>) -> Result<(), Missing> {
        let matters = |file: &File<'_>| relevance.is_none_or(|relevance| relevance.need(file.path).is_some());
        let sources: Vec<usize> = (0..self.sources.len())
            .filter(|&at| !self.sources[at].taken && matters(&self.sources[at]))
            .collect();
        let targets: Vec<usize> = (0..self.targets.len()).filter(|&at| !self.targets[at].taken).collect();
        let limit = self.engine.options.rename_limit.saturating_mul(self.engine.options.rename_limit);
        if sources.is_empty() || targets.is_empty() || sources.len().saturating_mul(targets.len()) > limit {
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

    /// The best few sources of one destination, in no particular order.
    fn choices(&mut self, sources: &[usize], target: usize) -> Result<Vec<Choice>, Missing> {
        let mut best: Vec<Choice> = Vec::with_capacity(CHOICES);
        let mut passed_over = None;
        for &source in sources {
            // one that is too unlike takes a place as well, which decides among equals later
            let score = self.score(source, target, RENAME_SCORE)?;
            let same_name = self.sources[source].path.file_name() == self.targets[target].path.file_name();
            let choice = Choice { rank: (score, same_name), source, target };
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

    fn score(&mut self, source: usize, target: usize, least: u64) -> Result<u64, Missing> {
        let (one, other) = (self.sources[source].entry, self.targets[target].entry);
        if !one.kind.is_file() || !other.kind.is_file() {
            return Ok(0);
        }
        let sizes = self.size(source, false).and_then(|one| Ok((one, self.size(target, true)?)));
        let Some((small, large)) = self.readable(sizes)? else { return Ok(0) };
        if !sizes_allow(small, large, least) {
            return Ok(0);
        }
        let contents = (one.oid, other.oid);
        if let Some(known) = self.engine.known_score(contents) {
            return Ok(known);
        }
        let prints = (self.fingerprint(source, false)?, self.fingerprint(target, true)?);
        let (Some(one), Some(other)) = prints else { return Ok(0) };
        let score = one.score(&other);
        self.engine.remember_score(contents, score);
        Ok(score)
    }

    fn size(&mut self, at: usize, target: bool) -> Result<u64, Missing> {
        let file = if target { &mut self.targets[at] } else { &mut self.sources[at] };
        if let Some(known) = file.size {
            return Ok(known);
        }
        let size = self.engine.blob_size(file.entry.oid)?;
        file.size = Some(size);
        Ok(size)
    }

    fn fingerprint(&mut self, at: usize, target: bool) -> Result<Option<Rc<Fingerprint>>, Missing> {
        let file = if target { &self.targets[at] } else { &self.sources[at] };
        let (path, entry) = (file.path, file.entry);
        let read = self.engine.fingerprint(entry);
        let known = self.readable(read)?.flatten();
        if known.is_none() {
            self.skipped.insert(path.clone());
        }
        Ok(known)
    }

    fn readable<T>(&mut self, result: Result<T, Missing>) -> Result<Option<T>, Missing> {
        match (result, self.unreadable) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(_), Unreadable::Ignore) => {
                self.found.ignored = true;
                Ok(None)
            }
            (Err(missing), Unreadable::Fail) => Err(missing),
        }
    }
}

impl Engine<'_> {
    /// Whether one file could be taken for the other one, moved. A file that is too large to be
    /// compared could.
    pub(super) fn is_alike(&self, source: Oid, target: Oid) -> Result<bool, Missing> {
        if !sizes_allow(self.blob_size(source)?, self.blob_size(target)?, RENAME_SCORE) {
            return Ok(false);
        }
        let print = |oid| self.fingerprint(Entry { kind: EntryKind::File, oid });
        Ok(match (print(source)?, print(target)?) {
            (Some(one), Some(other)) => one.score(&other) >= RENAME_SCORE,
            (None, _) | (_, None) => true,
        })
    }
}

/// A possible rename, with its score and whether the file keeps its name.
struct Choice {
    rank: (u64, bool),
    source: usize,
    target: usize,
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
pub(super) fn renamed_sources(renames: &Renames) -> HashSet<usize> {
    renames.pairs.iter().map(|&(from, _)| from).collect()
}
