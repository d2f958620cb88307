//! What files say, by their parts: versions of a file have most of them in common, and a part that holds no word that is asked
//! for need not be read.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::HashSet;
use foldhash::fast::FixedState;

use crate::merge::Missing;
use crate::model::{Oid, RepoPath};

use super::blocks;
use super::facts::{Qualifier, SourceFacts, Word};
use super::file_index::{FilePart, number, numbers, telling};
use super::language::{Family, Language};
use super::outline::{may_define, outline_without};
use super::trees::{Library, PartReading, is_one_type};

impl Library<'_> {
    /// What a file says about these words, and of what it imports and gives to others.
    pub fn about(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
    ) -> Result<SourceFacts, Missing> {
        self.about_used(path, content, language, asked, asked)
    }

    /// The same of words of which only some may be used in bodies.
    pub fn about_used(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
        used: &HashSet<Word>,
    ) -> Result<SourceFacts, Missing> {
        if !self.is_unclear(path) {
            let joined = self.joined(content, language, Some(asked))?;
            let found = match joined {
                Some(found) => Some(found),
                None => self.shortened(content, language, asked, used)?,
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
        let mut found = SourceFacts::default();
        found.add(&*self.facts(path, content, language)?, 0, |name| asked.contains(name));
        Ok(found)
    }

    /// What the parts of a file say, of these words or of all. `None` where it has to be read as a whole.
    pub fn joined(
        &self,
        content: Oid,
        language: Language,
        asked: Option<&HashSet<Word>>,
    ) -> Result<Option<SourceFacts>, Missing> {
        let index = self.index(content, language)?;
        if self.table().is_thorough || !index.is_independent {
            return Ok(None);
        }
        let text = OnceCell::new();
        let mut parts: Vec<Option<Arc<SourceFacts>>> = vec![None; index.parts.len()];
        let mut sought = asked.map(|asked| SoughtWords::of(hashes(asked).collect()));
        // in the second round, with the names that stand before a word that is asked for: where they are bound, they are others
        for is_first in [true, false] {
            let holding = sought.as_ref().map(|sought| index.holding(&sought.numbers));
            let mut before = HashSet::default();
            for (number, (part, facts)) in index.parts.iter().zip(&mut parts).enumerate() {
                if !part.tells && holding.as_ref().is_some_and(|holding| !holding.contains(&number)) {
                    continue;
                }
                let reading =
                    sought.as_ref().map_or(PartReading::Whole, |sought| PartReading::About(sought.hash));
                let read = self.read_part((part.hash, reading, language), || {
                    if text.get().is_none() {
                        _ = text.set(self.objects().blob(content)?);
                    }
                    let text = part.block(text.get().map(|text| &**text).unwrap_or_default()).text;
                    Ok(match &sought {
                        Some(sought) => sought.shortened(language.family(), text),
                        None => Cow::Borrowed(text),
                    })
                })?;
                let Some(read) = read.ok().filter(|facts| !facts.is_broken) else { return Ok(None) };
                if let (Some(asked), true) = (asked, is_first) {
                    before.extend(qualifying(&read, asked).cloned());
                }
                *facts = Some(read);
            }
            if before.is_empty() {
                break;
            }
            sought = sought.map(|sought| sought.with(before.iter()));
        }
        let mut all = SourceFacts::default();
        for (part, facts) in index.parts.iter().zip(parts) {
            if let Some(facts) = facts {
                all.add(&facts, part.line as u32, |name| asked.is_none_or(|asked| asked.contains(name)));
            }
        }
        all.fit();
        Ok(Some(all))
    }

    /// What a file says of these words without the bodies that hold none of those that are used. `None` where it has to be
    /// read as a whole.
    fn shortened(
        &self,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
        used: &HashSet<Word>,
    ) -> Result<Option<SourceFacts>, Missing> {
        let family = language.family();
        if self.table().is_thorough || !is_one_type(family) {
            return Ok(None);
        }
        let text = self.objects().blob(content)?;
        let sought = SoughtWords::of(hashes(used).collect());
        let key = (blocks::hash(&text), PartReading::About(sought.hash), language);
        let read = self.read_part(key, || Ok::<_, Missing>(sought.shortened(family, &text)))?;
        let Some(read) = read.ok().filter(|facts| !facts.is_broken) else { return Ok(None) };
        let mut found = SourceFacts::default();
        found.add(&read, 0, |name| asked.contains(name));
        Ok(Some(found))
    }

    /// What the parts of a file that may define one of these words say of it.
    pub fn in_parts(
        &self,
        path: &RepoPath,
        content: Oid,
        language: Language,
        asked: &HashSet<Word>,
    ) -> Result<SourceFacts, Missing> {
        let index = self.index(content, language)?;
        let text = self.objects().blob(content)?;
        let hashes: HashSet<u64> = hashes(asked).collect();
        let holding = index.holding(&numbers(asked));
        let mut all = SourceFacts::default();
        // of a file that only uses them, it does not matter in which namespace it is
        let defines = |(number, part): (usize, &FilePart)| {
            holding.contains(&number) && may_define(language.family(), part.block(&text).text, &hashes)
        };
        let is_csharp = language.family() == Family::CSharp;
        if is_csharp && !self.table().is_thorough && !index.parts.iter().enumerate().any(defines) {
            return Ok(all);
        }
        for (number, part) in index.parts.iter().enumerate() {
            if !holding.contains(&number) && !part.tells {
                continue;
            }
            let mut block = part.block(&text);
            if !part.tells && !self.table().is_thorough {
                // the body defines nothing that others see
                block = blocks::head_of(language.family(), &block).unwrap_or(block);
            }
            if self.table().is_thorough
                || is_csharp && part.tells
                || may_define(language.family(), block.text, &hashes)
            {
                let outlined = self.outlined(path, &block, language);
                all.add(&outlined, block.line as u32, |name| asked.contains(name));
            }
        }
        Ok(all)
    }
}

/// Words for which parts are read.
pub(super) struct SoughtWords {
    words: HashSet<u64>,
    /// As an index has them.
    numbers: Vec<u32>,
    /// That of all of them.
    hash: u64,
}

impl SoughtWords {
    /// Those of these hashes.
    pub fn of(words: HashSet<u64>) -> SoughtWords {
        let mut sorted: Vec<u64> = words.iter().copied().collect();
        sorted.sort_unstable();
        let hash = FixedState::default().hash_one(&sorted);
        SoughtWords { words, numbers: sorted.into_iter().map(number).collect(), hash }
    }

    /// These and others.
    fn with<'w>(&self, more: impl Iterator<Item = &'w Word>) -> SoughtWords {
        SoughtWords::of(self.words.iter().copied().chain(hashes(more)).collect())
    }

    /// Whether this is one of them.
    pub fn has(&self, word: u64) -> bool {
        self.words.contains(&word)
    }

    /// Whether one of them stands in a text.
    pub fn are_in(&self, text: &[u8]) -> bool {
        blocks::words_in(text).any(|word| self.words.contains(&word))
    }

    /// Whether a type begins in a text on a line that holds one of them.
    fn begins_type(&self, family: Family, text: &[u8]) -> bool {
        let keywords: &[&[u8]] = match family {
            Family::Rust => &[b"impl", b"for", b"struct", b"enum", b"trait"],
            Family::Python => &[b"class"],
            Family::Java => &[b"class", b"enum", b"record", b"extends"],
            Family::Go | Family::Ecma | Family::C | Family::CSharp | Family::Php | Family::Ruby => {
                return false;
            }
        };
        let begins = |line: &[u8]| {
            let mut words = line.split(|byte| !blocks::is_part(byte));
            words.any(|word| keywords.contains(&word)) && self.are_in(line)
        };
        text.split(|byte| *byte == b'\n').any(begins)
    }

    /// A text without the bodies of functions that hold none of them, and say nothing of the whole file.
    pub fn shortened<'t>(&self, family: Family, text: &'t [u8]) -> Cow<'t, [u8]> {
        let telling: Vec<u64> = telling(family).iter().map(|word| blocks::hash(word)).collect();
        // a body may name the type around it, or its supertype, without its name
        let unwritten = if self.begins_type(family, text) { unwritten(family) } else { &[] };
        let holds = |line: &&[u8]| {
            blocks::words_in(line).any(|word| self.words.contains(&word) || telling.contains(&word))
                || unwritten.iter().any(|sign| memchr::memmem::find(line, sign).is_some())
        };
        let short = outline_without(family, text, |head, lines| {
            !head.iter().any(|line| blocks::makes_value(family, line)) && !head.iter().chain(lines).any(holds)
        });
        short.map_or(Cow::Borrowed(text), Cow::Owned)
    }
}

/// How a body names the type around it, or its supertype, without the name.
fn unwritten(family: Family) -> &'static [&'static [u8]] {
    match family {
        Family::Rust => &[b"Self"],
        Family::Python => &[b"cls(", b"type(self)(", b"self.__class__("],
        Family::Java => &[b"this(", b"super("],
        // what their heads hold is there, or all of it
        Family::Go | Family::Ecma | Family::C | Family::CSharp | Family::Php | Family::Ruby => &[],
    }
}

/// The hashes of words.
fn hashes<'w>(words: impl IntoIterator<Item = &'w Word>) -> impl Iterator<Item = u64> {
    words.into_iter().map(|word| blocks::name_hash(word))
}

/// The names before words that are asked for.
fn qualifying<'f>(facts: &'f SourceFacts, asked: &'f HashSet<Word>) -> impl Iterator<Item = &'f Word> {
    let mentions = facts.mentions.iter().filter(|mention| asked.contains(&mention.name));
    mentions.filter_map(|mention| match &mention.qualifier {
        Qualifier::Name(name) => Some(name),
        Qualifier::None
        | Qualifier::Own(_)
        | Qualifier::Imported(_)
        | Qualifier::Typed(_)
        | Qualifier::Value => None,
    })
}
