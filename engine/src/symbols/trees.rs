//! The sources of a tree, and what they say. A file is read once for each content, and only where it holds
//! a word that is asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::{HashMap, HashSet};

use crate::merge::diff::RawChange;
use crate::merge::listing::TreeLister;
use crate::merge::{Missing, Objects};
use crate::model::{EntryKind, Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::facts::{Definition, Mention, SourceFacts, Word};
use super::known::KnownSides;
use super::language::{Family, Language};
use super::languages::read;
use super::nodes::words;
use super::outline::{may_define, outline};
use super::roots::{ImportRoots, is_root_file};

/// Questions about one tree are many, about the others few: as many listed trees are kept.
const MOST_TREES: usize = 64;

/// As many definitions and uses are kept of all files together: some 100 MiB.
const MOST_FACTS: usize = 1_000_000;

/// As many words are kept of all contents together: some 64 MiB.
const MOST_WORDS: usize = 8_000_000;

/// What is known of sources in one run, whoever asks.
#[derive(Default)]
pub struct SourceTable {
    /// What lasts longer.
    pub(super) kept: Arc<KnownSides>,
    whole: Mutex<KnownSources>,
    /// By the hash of the text, and whether it is all of a part.
    parts: Mutex<HashMap<(u64, bool, Language), Arc<SourceFacts>>>,
    trees: Mutex<HashMap<(Oid, Family), Arc<SourceTree>>>,
    words: Mutex<KnownWords>,
    /// Whether nothing is left out that says nothing.
    pub(super) is_thorough: bool,
}

/// What whole files say.
#[derive(Default)]
struct KnownSources {
    of: HashMap<(Oid, Language), ReadSource>,
    count: usize,
}

/// The words of contents, as sorted hashes.
#[derive(Default)]
struct KnownWords {
    of: HashMap<Oid, Arc<[u64]>>,
    count: usize,
}

/// What a file says, and why it was not looked at.
type ReadSource = (Arc<SourceFacts>, Option<&'static str>);

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
}

/// What the files of a tree say about the words that were asked for.
pub(super) struct Sources {
    pub files: BTreeMap<RepoPath, (Language, Arc<SourceFacts>)>,
    pub tree: Arc<SourceTree>,
    definitions: HashMap<Word, Vec<(RepoPath, usize)>>,
    mentions: HashMap<Word, Vec<(RepoPath, usize)>>,
    unclear: HashMap<Word, usize>,
}

/// Which files of a tree are looked at.
pub(super) enum Looked<'p> {
    /// These alone.
    Only(&'p HashSet<RepoPath>),
    /// These, and all that hold a word that is asked for.
    All(&'p HashSet<RepoPath>),
    /// The same, but of all others only the blocks that hold such a word.
    InBlocks(&'p HashSet<RepoPath>),
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
        let found = Arc::new(SourceTree { files, roots });
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
        Ok(SourceTree { files, roots })
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
        let (facts, skipped) = match known {
            Some(known) => known,
            None => {
                let text = self.objects.blob(content)?;
                let read = match read(language, &text) {
                    Ok(facts) => (Arc::new(facts), None),
                    Err(why) => (Arc::new(nothing_clear(&text)), Some(why)),
                };
                let mut known = SourceTable::kept(&self.table.whole);
                if known.count < MOST_FACTS {
                    known.count += read.0.definitions.len() + read.0.mentions.len();
                    known.of.insert((content, language), read.clone());
                }
                read
            }
        };
        if let Some(why) = skipped {
            self.skip(path, why);
        }
        Ok(facts)
    }

    /// What a part of a file says by itself, where the file begins with it; nothing where it was not looked at.
    pub fn part(&self, path: &RepoPath, part: &TextBlock<'_>, language: Language) -> Arc<SourceFacts> {
        let key = (blocks::hash(part.text), part.end.is_empty(), language);
        if let Some(known) = SourceTable::kept(&self.table.parts).get(&key) {
            return known.clone();
        }
        let whole;
        let text = match part.end {
            "" => part.text,
            end => {
                whole = [part.text, end.as_bytes()].concat();
                &whole
            }
        };
        let facts = Arc::new(read(language, text).unwrap_or_else(|why| {
            self.skip(path, why);
            SourceFacts::default()
        }));
        SourceTable::kept(&self.table.parts).insert(key, facts.clone());
        facts
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
        let hashes: Vec<u64> = asked.iter().map(|word| blocks::hash(word.as_bytes())).collect();
        for tree in trees {
            let mut sources = Sources {
                files: BTreeMap::new(),
                tree: tree.clone(),
                definitions: HashMap::default(),
                mentions: HashMap::default(),
                unclear: HashMap::default(),
            };
            let listed: Box<dyn Iterator<Item = (&RepoPath, &(Oid, Language))>> = match looked {
                Looked::Only(paths) => {
                    Box::new(paths.iter().filter_map(|path| tree.files.get_key_value(path)))
                }
                Looked::All(_) | Looked::InBlocks(_) => Box::new(tree.files.iter()),
            };
            for (path, &(content, language)) in listed {
                let is_always = match looked {
                    Looked::Only(_) => true,
                    Looked::All(always) | Looked::InBlocks(always) => always.contains(path),
                };
                let facts = match known.get(&(content, language)) {
                    Some(facts) if !self.is_unclear(path) && (facts.is_some() || !is_always) => facts.clone(),
                    _ => {
                        let found = if !is_always && !self.has_word(content, &hashes)? {
                            None
                        } else if let (Looked::InBlocks(_), false) = (looked, is_always) {
                            Some(Arc::new(self.in_blocks(path, content, language, asked)?))
                        } else {
                            Some(Arc::new(about(&*self.facts(path, content, language)?, asked)))
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

    /// What the blocks of a file that may define one of these words say of it.
    pub fn in_blocks(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
    ) -> Result<SourceFacts, Missing> {
        let hashes: HashSet<u64> = asked.iter().map(|word| blocks::hash(word.as_bytes())).collect();
        let text = self.objects.blob(content)?;
        let mut all = SourceFacts::default();
        for block in blocks::blocks(&text) {
            let is_asked = match self.table.is_thorough {
                true => blocks::words_in(block.text).any(|word| hashes.contains(&word)),
                false => may_define(language.family(), block.text, &hashes),
            };
            if is_asked {
                let found = about(&self.outlined(path, &block, language), asked);
                all.definitions.extend(found.definitions);
                all.imports.extend(found.imports);
                all.bound.extend(found.bound);
                all.open |= found.open;
                all.stars.extend(found.stars);
                all.modules.extend(found.modules);
                all.gives_any |= found.gives_any;
                all.lists_exports |= found.lists_exports;
                all.package = all.package.or(found.package);
            }
        }
        Ok(all)
    }

    /// Whether a source file of C in a tree defines a function of this name.
    pub fn files_defining(&self, tree: &SourceTree, name: &Word) -> Result<bool, Missing> {
        let asked = HashSet::from_iter([name.clone()]);
        let word = [blocks::hash(name.as_bytes())];
        for (path, &(content, language)) in &tree.files {
            if self.has_word(content, &word)? {
                let found = self.in_blocks(path, content, language, &asked)?;
                if found.definitions.iter().any(|one| one.name == *name && one.is_linked()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// In how many files of a tree a word stands.
    pub fn files_with(&self, tree: &SourceTree, word: &str) -> Result<usize, Missing> {
        let word = [blocks::hash(word.as_bytes())];
        let mut found = 0;
        for (content, _) in tree.files.values() {
            found += usize::from(self.has_word(*content, &word)?);
        }
        Ok(found)
    }

    /// How many words these files of a tree have: what it costs to read them.
    pub fn words_of(&self, tree: &SourceTree, paths: &HashSet<RepoPath>) -> Result<usize, Missing> {
        let mut count = 0;
        for (content, _) in paths.iter().filter_map(|path| tree.files.get(path)) {
            count += self.words(*content)?.len();
        }
        Ok(count)
    }

    /// The same of all that hold one of these words.
    pub fn words_with(&self, tree: &SourceTree, asked: &HashSet<Word>) -> Result<usize, Missing> {
        let asked: Vec<u64> = asked.iter().map(|word| blocks::hash(word.as_bytes())).collect();
        let mut count = 0;
        for (content, _) in tree.files.values() {
            let words = self.words(*content)?;
            count += if holds(&words, &asked) { words.len() } else { 0 };
        }
        Ok(count)
    }

    /// Whether a content holds one of these words.
    fn has_word(&self, content: Oid, asked: &[u64]) -> Result<bool, Missing> {
        Ok(holds(&self.words(content)?, asked))
    }

    /// The words of a content, as sorted hashes.
    fn words(&self, content: Oid) -> Result<Arc<[u64]>, Missing> {
        let known = SourceTable::kept(&self.table.words).of.get(&content).cloned();
        let words = match known {
            Some(words) => words,
            None => {
                let words: Arc<[u64]> = blocks::words(&self.objects.blob(content)?).into();
                let mut known = SourceTable::kept(&self.table.words);
                if known.count < MOST_WORDS {
                    known.count += words.len();
                    known.of.insert(content, words.clone());
                }
                words
            }
        };
        Ok(words)
    }
}

/// Whether sorted hashes have one of these words.
fn holds(words: &[u64], asked: &[u64]) -> bool {
    asked.iter().any(|word| words.binary_search(word).is_ok())
}

/// A file of which nobody can say what is in it.
fn nothing_clear(text: &[u8]) -> SourceFacts {
    let mut facts = SourceFacts { open: true, ..SourceFacts::default() };
    if let Ok(text) = std::str::from_utf8(text) {
        facts.unclear = words(text).map(Word::from).collect();
    }
    facts
}

/// What a file says about these words.
fn about(facts: &SourceFacts, asked: &HashSet<Word>) -> SourceFacts {
    let is_asked = |name: &Word| asked.contains(name);
    SourceFacts {
        definitions: facts.definitions.iter().filter(|found| is_asked(&found.name)).cloned().collect(),
        mentions: facts.mentions.iter().filter(|found| is_asked(&found.name)).cloned().collect(),
        imports: facts.imports.clone(),
        bound: facts.bound.clone(),
        unclear: facts.unclear.iter().filter(|name| is_asked(name)).cloned().collect(),
        package: facts.package.clone(),
        stars: facts.stars.clone(),
        modules: facts.modules.clone(),
        given: facts.given.clone(),
        guards: facts.guards.clone(),
        asked_for: facts.asked_for.clone(),
        ..*facts
    }
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
