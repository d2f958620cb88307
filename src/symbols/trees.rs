//! The sources of a tree, and what they say. A file is read once for each content, and only where it holds
//! a word that is asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use crate::merge::{Missing, Objects};
use crate::model::{EntryKind, Oid, RepoPath};

use super::facts::{Definition, Mention, SourceFacts, Word};
use super::language::{Family, Language};
use super::languages::read;
use super::reader::words;

/// What was read, by content and language.
pub(super) struct Library<'a> {
    objects: &'a dyn Objects,
    whole: RefCell<HashMap<(Oid, Language), Rc<SourceFacts>>>,
    /// The files that were not looked at, with the reason.
    pub skipped: RefCell<BTreeMap<RepoPath, &'static str>>,
}

/// The source files of one family in a tree.
pub(super) struct SourceTree {
    /// By path.
    pub files: BTreeMap<RepoPath, (Oid, Language)>,
}

/// What the files of a tree say about the words that were asked for.
pub(super) struct Sources {
    pub files: BTreeMap<RepoPath, (Language, Rc<SourceFacts>)>,
    pub tree: Rc<SourceTree>,
    definitions: HashMap<Word, Vec<(RepoPath, usize)>>,
    mentions: HashMap<Word, Vec<(RepoPath, usize)>>,
    unclear: HashMap<Word, usize>,
}

impl<'a> Library<'a> {
    pub fn new(objects: &'a dyn Objects) -> Library<'a> {
        Library { objects, whole: RefCell::default(), skipped: RefCell::default() }
    }

    pub fn objects(&self) -> &'a dyn Objects {
        self.objects
    }

    /// Notes that a file was not looked at.
    pub fn skip(&self, path: &RepoPath, why: &'static str) {
        self.skipped.borrow_mut().insert(path.clone(), why);
    }

    /// The source files of a family.
    pub fn tree(&self, tree: Oid, family: Family) -> Result<Rc<SourceTree>, Missing> {
        let mut files = BTreeMap::new();
        let mut folders = vec![(RepoPath::default(), tree)];
        while let Some((folder, tree)) = folders.pop() {
            for entry in self.objects.tree(tree)?.iter() {
                if entry.entry.kind == EntryKind::Tree {
                    folders.push((folder.join(&entry.name), entry.entry.oid));
                } else if entry.entry.kind.is_file() {
                    let path = folder.join(&entry.name);
                    if let Some(language) = Language::of(&path).filter(|language| language.family() == family)
                    {
                        files.insert(path, (entry.entry.oid, language));
                    }
                }
            }
        }
        Ok(Rc::new(SourceTree { files }))
    }

    /// Everything that a file says; nothing where it was not looked at.
    pub fn facts(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
    ) -> Result<Rc<SourceFacts>, Missing> {
        if let Some(known) = self.whole.borrow().get(&(content, language)) {
            return Ok(known.clone());
        }
        let facts = Rc::new(self.read(path, content, language)?);
        self.whole.borrow_mut().insert((content, language), facts.clone());
        Ok(facts)
    }

    fn read(&self, path: &RepoPath, content: Oid, language: Language) -> Result<SourceFacts, Missing> {
        let text = self.objects.blob(content)?;
        Ok(read(language, &text).unwrap_or_else(|why| {
            self.skip(path, why);
            // what is in it, nobody can say
            let mut facts = SourceFacts { open: true, ..SourceFacts::default() };
            if let Ok(text) = std::str::from_utf8(&text) {
                facts.unclear = words(text).map(Word::from).collect();
            }
            facts
        }))
    }

    /// What the files of some trees say about these words.
    pub fn sources(
        &self,
        trees: &[Rc<SourceTree>],
        asked: &HashSet<Word>,
        always: &HashSet<RepoPath>,
    ) -> Result<Vec<Sources>, Missing> {
        let mut known: HashMap<(Oid, Language), Option<Rc<SourceFacts>>> = HashMap::default();
        let mut all = Vec::new();
        for tree in trees {
            let mut sources = Sources {
                files: BTreeMap::new(),
                tree: tree.clone(),
                definitions: HashMap::default(),
                mentions: HashMap::default(),
                unclear: HashMap::default(),
            };
            for (path, &(content, language)) in &tree.files {
                let facts = match known.get(&(content, language)) {
                    Some(facts) if facts.is_some() || !always.contains(path) => facts.clone(),
                    _ => {
                        let found = self.about(path, content, language, asked, always.contains(path))?;
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

    /// What a file says about these words; `None` where it holds none of them.
    fn about(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
        always: bool,
    ) -> Result<Option<Rc<SourceFacts>>, Missing> {
        let whole = self.whole.borrow().get(&(content, language)).cloned();
        if !always && !has_word(&self.objects.blob(content)?, asked) {
            return Ok(None);
        }
        let read;
        let facts = match &whole {
            Some(whole) => whole,
            None => {
                read = self.read(path, content, language)?;
                &read
            }
        };
        let is_asked = |name: &Word| asked.contains(name);
        Ok(Some(Rc::new(SourceFacts {
            definitions: facts.definitions.iter().filter(|found| is_asked(&found.name)).cloned().collect(),
            mentions: facts.mentions.iter().filter(|found| is_asked(&found.name)).cloned().collect(),
            imports: facts.imports.clone(),
            bound: facts.bound.clone(),
            unclear: facts.unclear.iter().filter(|name| is_asked(name)).cloned().collect(),
            package: facts.package.clone(),
            ..*facts
        })))
    }
}

/// Whether a text holds one of these words.
fn has_word(text: &[u8], asked: &HashSet<Word>) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$' || *byte >= 0x80;
    // most words are told apart by their length and ends
    let mut ends = [[0u64; 4]; 256];
    for word in asked.iter().map(|word| word.as_bytes()) {
        if let (Some(first), Some(last)) = (word.first(), word.last()) {
            ends[usize::from(*first)][usize::from(*last) / 64] |= 1 << (last % 64);
        }
    }
    let mut at = 0;
    while at < text.len() {
        let Some(start) = text[at..].iter().position(is_part) else { break };
        let start = at + start;
        let length = text[start..].iter().position(|byte| !is_part(byte)).unwrap_or(text.len() - start);
        at = start + length + 1;
        let word = &text[start..start + length];
        let last = word[length - 1];
        if ends[usize::from(word[0])][usize::from(last) / 64] & (1 << (last % 64)) != 0
            && std::str::from_utf8(word).is_ok_and(|word| asked.contains(word))
        {
            return true;
        }
    }
    false
}

impl Sources {
    fn add(&mut self, path: &RepoPath, language: Language, facts: Rc<SourceFacts>) {
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
