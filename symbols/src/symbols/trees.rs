//! The sources of a tree, and what they say. A file is read once for each content, and only where it holds
//! a word that is asked for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::{HashMap, HashSet};

use crate::merge::{Missing, Objects, RawChange, TreeLister};
use crate::model::{EntryKind, Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::facts::{Definition, DefinitionKind, Mention, SourceFacts, Word};
use super::file_index::{FileIndex, numbers};
use super::known::KnownSides;
use super::language::{Family, Language};
use super::languages::read;
use super::nodes::words;
use super::outline::outline;
use super::roots::{ImportRoots, is_root_file};

/// Questions about one tree are many, about the others few: as many listed trees are kept.
const MOST_TREES: usize = 64;

/// As many definitions and uses are kept of all files together, and of all parts of them: some 250 MiB each at most. With
/// a million, 25 branches of a PHP application read each file some ten times.
const MOST_FACTS: usize = 2_500_000;

/// As many words are kept of all contents together: some 64 MiB.
const MOST_WORDS: usize = 8_000_000;

/// What is known of sources in one run, whoever asks.
#[derive(Default)]
pub struct SourceTable {
    /// What lasts longer.
    pub(super) kept: Arc<KnownSides>,
    whole: Mutex<KnownSources<(Oid, Language)>>,
    parts: Mutex<KnownSources<PartKey>>,
    trees: Mutex<HashMap<(Oid, Family), Arc<SourceTree>>>,
    words: Mutex<KnownWords>,
    /// Whether nothing is left out that says nothing.
    pub(super) is_thorough: bool,
}

/// What texts say, with how many definitions and uses that are.
struct KnownSources<K> {
    of: HashMap<K, ReadSource>,
    count: usize,
}

impl<K> Default for KnownSources<K> {
    fn default() -> KnownSources<K> {
        KnownSources { of: HashMap::default(), count: 0 }
    }
}

impl<K: Eq + Hash> KnownSources<K> {
    fn keep(&mut self, key: K, read: &ReadSource) {
        if self.count < MOST_FACTS {
            self.count += read.as_ref().map_or(1, |facts| facts.definitions.len() + facts.mentions.len());
            self.of.insert(key, read.clone());
        }
    }
}

/// The words of contents.
#[derive(Default)]
struct KnownWords {
    of: HashMap<(Oid, Family), Arc<FileIndex>>,
    count: usize,
}

/// A part of a file, by the hash of its text, and how it is read.
pub(super) type PartKey = (u64, PartReading, Language);

/// How a part of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PartReading {
    /// All of it.
    Whole,
    /// With an end that makes it whole.
    Ended,
    /// Without the bodies of functions that hold none of some words, by the hash of these words.
    About(u64),
}

/// What a text says, or why it was not looked at.
pub(super) type ReadSource = Result<Arc<SourceFacts>, &'static str>;

/// Reads sources, and notes what was not looked at.
pub(super) struct Library<'a> {
    objects: &'a dyn Objects,
    table: &'a SourceTable,
    /// Files in which the merge stops: what is in them, nobody can say.
    unclear: BTreeSet<RepoPath>,
    /// The files that were not looked at, with the reason.
    skipped: RefCell<BTreeMap<RepoPath, &'static str>>,
}

/// The source files of one family in a tree.
#[derive(Clone, Default)]
pub(super) struct SourceTree {
    /// By path.
    pub files: BTreeMap<RepoPath, (Oid, Language)>,
    /// What it says of where imports lead to.
    pub roots: Arc<ImportRoots>,
    /// The paths by the name of the file, once anybody asks for them.
    named: OnceLock<HashMap<Vec<u8>, Vec<RepoPath>>>,
}

impl SourceTree {
    fn new(files: BTreeMap<RepoPath, (Oid, Language)>, roots: Arc<ImportRoots>) -> SourceTree {
        SourceTree { files, roots, named: OnceLock::new() }
    }

    /// The files that have this name, in the order of their paths.
    pub fn named(&self, name: &[u8]) -> &[RepoPath] {
        let all = self.named.get_or_init(|| {
            let mut named: HashMap<Vec<u8>, Vec<RepoPath>> = HashMap::default();
            self.files.keys().for_each(|path| {
                named.entry(path.file_name().to_vec()).or_default().push(path.clone());
            });
            named
        });
        all.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What the files of a tree say about the words that were asked for.
pub(super) struct Sources {
    pub files: BTreeMap<RepoPath, (Language, Arc<SourceFacts>)>,
    pub tree: Arc<SourceTree>,
    definitions: HashMap<Word, Vec<(RepoPath, usize)>>,
    mentions: HashMap<Word, Vec<(RepoPath, usize)>>,
    unclear: HashMap<Word, usize>,
    /// The words that were asked for.
    asked: Arc<HashSet<Word>>,
}

/// Which files of a tree are looked at.
pub(super) enum Looked<'p> {
    /// These alone.
    Only(&'p HashSet<RepoPath>),
    /// These, and all that hold a word that is asked for, or the name of one of these supertypes.
    All(&'p HashSet<RepoPath>, &'p HashSet<Word>),
    /// The same, but of all others only the parts that hold such a word.
    InParts(&'p HashSet<RepoPath>),
}

impl SourceTable {
    /// What one run knows, beside what lasts longer.
    pub fn keeping(kept: Arc<KnownSides>) -> SourceTable {
        SourceTable { kept, ..SourceTable::default() }
    }

    /// What one run knows that reads all that it is asked about, so that one can see that nothing is left out wrongly.
    pub fn thorough() -> SourceTable {
        SourceTable { is_thorough: true, ..SourceTable::default() }
    }

    fn kept<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Library<'a> {
    pub fn new(objects: &'a dyn Objects, table: &'a SourceTable, unclear: BTreeSet<RepoPath>) -> Library<'a> {
        Library { objects, table, unclear, skipped: RefCell::default() }
    }

    pub fn table(&self) -> &'a SourceTable {
        self.table
    }

    /// What was not looked at since this was asked last.
    pub fn skipped(&self) -> BTreeMap<RepoPath, String> {
        self.skipped.take().into_iter().map(|(path, why)| (path, why.to_string())).collect()
    }

    pub fn objects(&self) -> &'a dyn Objects {
        self.objects
    }

    /// Notes that a file was not looked at.
    pub fn skip(&self, path: &RepoPath, why: &'static str) {
        self.skipped.borrow_mut().insert(path.clone(), why);
    }

    /// Whether the merge stops in a file.
    pub fn is_unclear(&self, path: &RepoPath) -> bool {
        self.unclear.contains(path)
    }

    /// The source files of a family.
    pub fn tree(&self, tree: Oid, family: Family) -> Result<Arc<SourceTree>, Missing> {
        if let Some(known) = SourceTable::kept(&self.table.trees).get(&(tree, family)) {
            return Ok(known.clone());
        }
        let (mut files, mut roots) = (BTreeMap::new(), BTreeMap::new());
        let mut folders = vec![(RepoPath::default(), tree, 0)];
        let lister = TreeLister::new(self.objects, tree);
        while let Some((folder, inside, level)) = folders.pop() {
            for entry in lister.tree(inside, level)?.iter() {
                if entry.entry.kind == EntryKind::Tree {
                    folders.push((folder.join(&entry.name), entry.entry.oid, level + 1));
                } else if entry.entry.kind.is_file() {
                    let path = folder.join(&entry.name);
                    if let Some(language) = Language::of(&path).filter(|language| language.family() == family)
                    {
                        files.insert(path, (entry.entry.oid, language));
                    } else if is_root_file(family, &path) {
                        roots.insert(path, entry.entry.oid);
                    }
                }
            }
        }
        let roots = Arc::new(ImportRoots::of(self.objects, family, roots)?);
        let found = Arc::new(SourceTree::new(files, roots));
        let mut known = SourceTable::kept(&self.table.trees);
        if known.len() < MOST_TREES {
            known.insert((tree, family), found.clone());
        }
        Ok(found)
    }

    /// The source files of a tree after changes.
    pub fn after(
        &self,
        tree: &SourceTree,
        changes: &[RawChange],
        family: Family,
    ) -> Result<SourceTree, Missing> {
        let (mut files, mut roots) = (tree.files.clone(), Vec::new());
        for change in changes {
            let new = change.new.filter(|entry| entry.kind.is_file());
            let language = Language::of(&change.path).filter(|language| language.family() == family);
            match (language, new) {
                (Some(language), Some(entry)) => _ = files.insert(change.path.clone(), (entry.oid, language)),
                (Some(_), None) => _ = files.remove(&change.path),
                (None, _) if is_root_file(family, &change.path) => {
                    roots.push((change.path.clone(), new.map(|entry| entry.oid)));
                }
                (None, _) => {}
            }
        }
        let roots =
            tree.roots.after(self.objects, family, &roots)?.map_or_else(|| tree.roots.clone(), Arc::new);
        Ok(SourceTree::new(files, roots))
    }

    /// Everything that a file says; nothing where it was not looked at.
    pub fn facts(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
    ) -> Result<Arc<SourceFacts>, Missing> {
        if self.is_unclear(path) {
            return Ok(Arc::new(nothing_clear(&self.objects.blob(content)?)));
        }
        let known = SourceTable::kept(&self.table.whole).of.get(&(content, language)).cloned();
        let facts = match known {
            Some(known) => known,
            None => {
                let facts = match self.joined(content, language, None)? {
                    Some(facts) => Ok(Arc::new(facts)),
                    None => read(language, &self.objects.blob(content)?).map(Arc::new),
                };
                SourceTable::kept(&self.table.whole).keep((content, language), &facts);
                facts
            }
        };
        match facts {
            Ok(facts) => Ok(facts),
            Err(why) => {
                self.skip(path, why);
                Ok(Arc::new(nothing_clear(&self.objects.blob(content)?)))
            }
        }
    }

    /// What a part of a file says by itself, where the file begins with it; nothing where it was not looked at.
    pub fn part(&self, path: &RepoPath, part: &TextBlock<'_>, language: Language) -> Arc<SourceFacts> {
        let reading = if part.end.is_empty() { PartReading::Whole } else { PartReading::Ended };
        let key = (blocks::hash(part.text), reading, language);
        let text = || match part.end {
            "" => Ok(Cow::Borrowed(part.text)),
            end => Ok(Cow::Owned([part.text, end.as_bytes()].concat())),
        };
        let facts = self.read_part(key, text).unwrap_or_else(|_: Infallible| unreachable!());
        facts.unwrap_or_else(|why| {
            self.skip(path, why);
            Arc::default()
        })
    }

    /// What a part says whose text is made where it is not known yet.
    pub fn read_part<'t, E>(
        &self,
        key: PartKey,
        text: impl FnOnce() -> Result<Cow<'t, [u8]>, E>,
    ) -> Result<ReadSource, E> {
        if let Some(known) = SourceTable::kept(&self.table.parts).of.get(&key) {
            return Ok(known.clone());
        }
        let text = text()?;
        // of what is left out, another one may have left nothing
        let plain = (blocks::hash(&text), PartReading::Whole, key.2);
        let known = SourceTable::kept(&self.table.parts).of.get(&plain).cloned();
        let read = known.unwrap_or_else(|| read(key.2, &text).map(Arc::new));
        let mut parts = SourceTable::kept(&self.table.parts);
        parts.keep(key, &read);
        parts.keep(plain, &read);
        Ok(read)
    }

    /// What a part says of definitions and imports.
    pub fn outlined(&self, path: &RepoPath, part: &TextBlock<'_>, language: Language) -> Arc<SourceFacts> {
        match outline(language.family(), part.text).filter(|_| !self.table.is_thorough) {
            Some(text) => self.part(path, &TextBlock { text: &text, ..*part }, language),
            None => self.part(path, part, language),
        }
    }

    /// What the files of some trees say about these words.
    pub fn sources(
        &self,
        trees: &[Arc<SourceTree>],
        asked: &HashSet<Word>,
        looked: &Looked<'_>,
    ) -> Result<Vec<Sources>, Missing> {
        let mut known: HashMap<(Oid, Language), Option<Arc<SourceFacts>>> = HashMap::default();
        let mut all = Vec::new();
        let none = HashSet::default();
        let supertypes = match looked {
            Looked::All(_, supertypes) => supertypes,
            Looked::Only(_) | Looked::InParts(_) => &none,
        };
        let all_asked: HashSet<Word> = asked.union(supertypes).cloned().collect();
        let (words, all_words) = (numbers(asked), numbers(&all_asked));
        let all_asked = Arc::new(all_asked);
        for tree in trees {
            let mut sources = Sources {
                files: BTreeMap::new(),
                tree: tree.clone(),
                definitions: HashMap::default(),
                mentions: HashMap::default(),
                unclear: HashMap::default(),
                asked: all_asked.clone(),
            };
            let listed: Box<dyn Iterator<Item = (&RepoPath, &(Oid, Language))>> = match looked {
                Looked::Only(paths) => {
                    Box::new(paths.iter().filter_map(|path| tree.files.get_key_value(path)))
                }
                Looked::All(..) | Looked::InParts(_) => Box::new(tree.files.iter()),
            };
            for (path, &(content, language)) in listed {
                let is_always = match looked {
                    Looked::Only(_) => true,
                    Looked::All(always, _) | Looked::InParts(always) => always.contains(path),
                };
                let facts = match known.get(&(content, language)) {
                    Some(facts) if !self.is_unclear(path) && (facts.is_some() || !is_always) => facts.clone(),
                    _ => {
                        let index = self.index(content, language)?;
                        let is_in_parts = match looked {
                            Looked::InParts(_) => true,
                            // of supertypes it matters where they are defined
                            Looked::All(..) => is_one_type(language.family()) && !index.holds(&words),
                            Looked::Only(_) => false,
                        };
                        let found = if !is_always && !index.holds(&all_words) {
                            None
                        } else if !is_always && is_in_parts {
                            Some(Arc::new(self.in_parts(path, content, language, &all_asked)?))
                        } else {
                            Some(Arc::new(self.about_used(path, content, language, &all_asked, asked)?))
                        };
                        known.insert((content, language), found.clone());
                        found
                    }
                };
                if let Some(facts) = facts {
                    sources.add(path, language, facts);
                }
            }
            all.push(sources);
        }
        Ok(all)
    }

    /// Whether a source file of C in a tree defines a function of this name.
    pub fn files_defining(&self, tree: &SourceTree, name: &Word) -> Result<bool, Missing> {
        let asked = HashSet::from_iter([name.clone()]);
        let word = numbers([name]);
        for (path, &(content, language)) in &tree.files {
            if self.index(content, language)?.holds(&word) {
                let found = self.in_parts(path, content, language, &asked)?;
                if found.definitions.iter().any(|one| one.name == *name && one.is_linked()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Where a tree defines a type of this name, in the files of these paths.
    pub fn types_called(
        &self,
        tree: &SourceTree,
        name: &Word,
        is_meant: impl Fn(&RepoPath) -> bool,
    ) -> Result<usize, Missing> {
        let asked = HashSet::from_iter([name.clone()]);
        let word = numbers([name]);
        let mut count = 0;
        for (path, &(content, language)) in tree.files.iter().filter(|(path, _)| is_meant(path)) {
            if self.index(content, language)?.holds(&word) {
                let found = self.in_parts(path, content, language, &asked)?;
                let is_it = |one: &&Definition| one.name == *name && one.kind == DefinitionKind::Type;
                count += found.definitions.iter().filter(is_it).count();
            }
        }
        Ok(count)
    }

    /// In how many files of a tree a word stands.
    pub fn files_with(&self, tree: &SourceTree, word: &str) -> Result<usize, Missing> {
        let word = numbers([&Word::from(word)]);
        let mut found = 0;
        for &(content, language) in tree.files.values() {
            found += usize::from(self.index(content, language)?.holds(&word));
        }
        Ok(found)
    }

    /// How many words these files of a tree have: what it costs to read them.
    pub fn words_of(&self, tree: &SourceTree, paths: &HashSet<RepoPath>) -> Result<usize, Missing> {
        let mut count = 0;
        for &(content, language) in paths.iter().filter_map(|path| tree.files.get(path)) {
            count += self.index(content, language)?.count;
        }
        Ok(count)
    }

    /// The same of all that hold one of these words.
    pub fn words_with<'w>(
        &self,
        tree: &SourceTree,
        asked: impl IntoIterator<Item = &'w Word>,
    ) -> Result<usize, Missing> {
        let asked = numbers(asked);
        let mut count = 0;
        for &(content, language) in tree.files.values() {
            let index = self.index(content, language)?;
            count += if index.holds(&asked) { index.count } else { 0 };
        }
        Ok(count)
    }

    /// Which words stand in which parts of a content.
    pub fn index(&self, content: Oid, language: Language) -> Result<Arc<FileIndex>, Missing> {
        let key = (content, language.family());
        if let Some(known) = SourceTable::kept(&self.table.words).of.get(&key) {
            return Ok(known.clone());
        }
        let index = Arc::new(FileIndex::of(language.family(), &self.objects.blob(content)?));
        let mut known = SourceTable::kept(&self.table.words);
        if known.count < MOST_WORDS {
            known.count += index.size();
            known.of.insert(key, index.clone());
        }
        Ok(index)
    }
}

/// Whether files are mostly one type, so that a part is as large as the file.
pub(super) fn is_one_type(family: Family) -> bool {
    match family {
        Family::Java | Family::CSharp => true,
        Family::Rust
        | Family::Python
        | Family::Go
        | Family::Ecma
        | Family::C
        | Family::Php
        | Family::Ruby => false,
    }
}

/// A file of which nobody can say what is in it.
fn nothing_clear(text: &[u8]) -> SourceFacts {
    let mut facts = SourceFacts { open: true, ..SourceFacts::default() };
    if let Ok(text) = std::str::from_utf8(text) {
        facts.unclear = words(text).map(Word::from).collect();
    }
    facts
}

impl Sources {
    fn add(&mut self, path: &RepoPath, language: Language, facts: Arc<SourceFacts>) {
        for (at, found) in facts.definitions.iter().enumerate() {
            self.definitions.entry(found.name.clone()).or_default().push((path.clone(), at));
        }
        for (at, found) in facts.mentions.iter().enumerate() {
            self.mentions.entry(found.name.clone()).or_default().push((path.clone(), at));
        }
        facts.unclear.iter().for_each(|name| *self.unclear.entry(name.clone()).or_default() += 1);
        self.files.insert(path.clone(), (language, facts));
    }

    /// Whether all is known of a name.
    pub fn is_asked(&self, name: &Word) -> bool {
        self.asked.contains(name)
    }

    /// All definitions of a name.
    pub fn named<'s>(&'s self, name: &str) -> impl Iterator<Item = (&'s RepoPath, &'s Definition)> {
        let found = self.definitions.get(name).into_iter().flatten();
        found.map(|(path, at)| (path, &self.files[path].1.definitions[*at]))
    }

    /// All uses of a name.
    pub fn uses<'s>(&'s self, name: &str) -> impl Iterator<Item = (&'s RepoPath, &'s Mention)> {
        let found = self.mentions.get(name).into_iter().flatten();
        found.map(|(path, at)| (path, &self.files[path].1.mentions[*at]))
    }

    /// In how many files a name stands where nobody can say what it is.
    pub fn unclear(&self, name: &str) -> usize {
        self.unclear.get(name).copied().unwrap_or(0)
    }

    pub fn facts(&self, path: &RepoPath) -> Option<&SourceFacts> {
        self.files.get(path).map(|(_, facts)| &**facts)
    }
}
