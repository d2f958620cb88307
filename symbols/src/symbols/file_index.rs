//! Which words stand in which parts of a file, so that others need not be read.

use foldhash::HashSet;

use super::blocks::{self, TextBlock};
use super::facts::Word;
use super::language::Family;
use super::reader::LARGEST_SOURCE;

/// So many words of a part are not written down twice.
const SEEN: usize = 1024;

/// The words of a file, by the parts in which they stand.
pub(super) struct FileIndex {
    pub parts: Vec<FilePart>,
    /// Whether each part says the same by itself as in the file, provided that all of them parse.
    pub is_independent: bool,
    /// How many words there are.
    pub count: usize,
    /// The hash of each word, with the number of the part; sorted.
    words: Box<[(u32, u32)]>,
}

/// A part of a file.
pub(super) struct FilePart {
    /// Its bytes.
    range: std::ops::Range<usize>,
    /// How many lines are before it.
    pub line: usize,
    /// The hash of its text.
    pub hash: u64,
    /// Whether it may say something of the whole file, or is not closed: a text of several lines may look like code.
    pub tells: bool,
}

impl FilePart {
    pub fn block<'t>(&self, text: &'t [u8]) -> TextBlock<'t> {
        TextBlock { text: text.get(self.range.clone()).unwrap_or_default(), line: self.line, end: "" }
    }
}

/// A word as the index has it: others may have the same number, which costs a look.
pub(super) fn number(word: u64) -> u32 {
    word as u32
}

/// The numbers of words.
pub(super) fn numbers<'w>(words: impl IntoIterator<Item = &'w Word>) -> Vec<u32> {
    words.into_iter().map(|word| number(blocks::name_hash(word))).collect()
}

impl FileIndex {
    pub fn of(family: Family, text: &[u8]) -> FileIndex {
        let (mut parts, mut words) = (Vec::new(), Vec::new());
        let mut start = 0;
        // most words of a part are among the last few that were seen
        let mut seen = [u64::MAX; SEEN];
        for block in blocks::blocks(family, text) {
            let part = parts.len() as u32;
            for word in blocks::words_in(block.text).map(number) {
                let entry = u64::from(word) << 32 | u64::from(part);
                let known = &mut seen[word as usize % SEEN];
                if *known != entry {
                    *known = entry;
                    words.push(entry);
                }
            }
            let end = start + block.text.len();
            let tells = says_more(family, block.text);
            parts.push(FilePart {
                range: start..end,
                line: block.line,
                hash: blocks::hash(block.text),
                tells,
            });
            start = end;
        }
        words.sort_unstable();
        words.dedup();
        let words: Box<[(u32, u32)]> =
            words.into_iter().map(|entry| ((entry >> 32) as u32, entry as u32)).collect();
        let count = words.chunk_by(|(one, _), (other, _)| one == other).count();
        FileIndex { parts, is_independent: is_independent(family, text), count, words }
    }

    /// How much is kept of it.
    pub fn size(&self) -> usize {
        self.words.len() + 4 * self.parts.len()
    }

    /// The parts in which a word stands.
    fn with(&self, word: u32) -> impl Iterator<Item = usize> {
        let start = self.words.partition_point(|(one, _)| *one < word);
        let found = self.words[start..].iter().take_while(move |(one, _)| *one == word);
        found.map(|(_, part)| *part as usize)
    }

    /// Whether one of these words stands in it.
    pub fn holds(&self, words: &[u32]) -> bool {
        words.iter().any(|word| self.with(*word).next().is_some())
    }

    /// The parts in which one of these words stands, by their numbers.
    pub fn holding(&self, words: &[u32]) -> HashSet<usize> {
        words.iter().flat_map(|word| self.with(*word)).collect()
    }
}

/// In C, conditions are around parts; a file of Java is one class.
fn is_independent(family: Family, text: &[u8]) -> bool {
    if text.len() > LARGEST_SOURCE {
        return false;
    }
    let holds = |word: &[u8], often: usize| memchr::memmem::find_iter(text, word).nth(often - 1).is_some();
    match family {
        // a condition for all of the file
        Family::Rust => !holds(b"#![cfg", 1),
        // what is listed in several steps, or given for names that another part lists
        Family::Python => !holds(b"__all__", 2) && !holds(b"\ndef __getattr__(", 1),
        Family::Go | Family::Ecma => true,
        Family::Java | Family::C | Family::CSharp | Family::Php | Family::Ruby => false,
    }
}

/// Words that say something of the whole file wherever they stand.
pub(super) fn telling(family: Family) -> &'static [&'static [u8]] {
    match family {
        Family::Rust => &[b"use", b"mod", b"extern", b"include"],
        Family::Python => &[b"import", b"__all__", b"__getattr__", b"globals", b"modules"],
        Family::Go => &[b"package", b"import", b"build"],
        Family::Ecma => &[b"import", b"export", b"exports", b"module", b"namespace", b"require"],
        Family::CSharp => &[b"namespace", b"using"],
        Family::Java | Family::C | Family::Php | Family::Ruby => &[],
    }
}

fn says_more(family: Family, text: &[u8]) -> bool {
    let is_code = |line: &&[u8]| family != Family::Rust || !line.trim_ascii_start().starts_with(b"//");
    let mut words = text
        .split(|byte| *byte == b'\n')
        .filter(is_code)
        .flat_map(|line| line.split(|byte| !blocks::is_part(byte)));
    let telling = telling(family);
    !is_closed(text)
        || words.any(|word| telling.contains(&word))
        || family == Family::Rust && memchr::memmem::find(text, b"#[path").is_some()
}

/// Whether what a text opens ends in it, as far as one sees without parsing it.
fn is_closed(text: &[u8]) -> bool {
    let (mut depths, mut quotes) = ([0_i32; 3], [0_usize; 2]);
    for byte in text {
        match byte {
            b'(' => depths[0] += 1,
            b')' => depths[0] -= 1,
            b'[' => depths[1] += 1,
            b']' => depths[1] -= 1,
            b'{' => depths[2] += 1,
            b'}' => depths[2] -= 1,
            b'"' => quotes[0] += 1,
            b'`' => quotes[1] += 1,
            _ => {}
        }
    }
    let count = |sign: &[u8]| memchr::memmem::find_iter(text, sign).count();
    depths == [0; 3]
        && quotes.iter().all(|quotes| quotes % 2 == 0)
        && count(b"/*") == count(b"*/")
        && count(b"'''") % 2 == 0
}
