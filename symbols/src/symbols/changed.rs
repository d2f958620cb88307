//! The parts in which two versions of a source file differ, without what is in both.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::merge::Missing;
use crate::model::{Entry, Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::delta::SourcePart;
use super::language::{BodyMarks, Family, Language};
use super::parts::SoughtWords;
use super::reader::LARGEST_SOURCE;
use super::trees::Library;

/// A source file of which a side has another version.
#[derive(Clone, Debug)]
pub struct SourceChange {
    pub(super) path: RepoPath,
    language: Language,
    pub(super) versions: [Option<Oid>; 2],
}

/// The parts in which two versions of a file differ.
pub(super) struct ChangedParts {
    pub path: RepoPath,
    language: Language,
    versions: [Vec<OwnedPart>; 2],
    /// The old texts of functions and the like that differ.
    pub edited: HashSet<u64>,
    /// Whether the new version takes all names of a module (Python).
    pub takes_all: bool,
    /// The words that are nowhere in the new version.
    pub gone: HashSet<u64>,
}

/// A part of a file.
struct OwnedPart {
    text: Box<[u8]>,
    line: usize,
}

impl SourceChange {
    /// `None` where it is no source file, or has the same content.
    pub fn new(path: &RepoPath, old: Option<Entry>, new: Option<Entry>) -> Option<SourceChange> {
        let language = Language::of(path)?;
        let versions =
            [old, new].map(|entry| entry.filter(|entry| entry.kind.is_file()).map(|entry| entry.oid));
        (versions[0] != versions[1]).then(|| SourceChange { path: path.clone(), language, versions })
    }

    /// Where it is.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The family of its language.
    pub fn family(&self) -> Family {
        self.language.family()
    }

    /// Both versions, as far as they are there.
    fn texts(&self, library: &Library<'_>) -> Result<[Option<Arc<[u8]>>; 2], Missing> {
        let read = |oid: Option<Oid>| oid.map(|oid| library.objects().blob(oid)).transpose();
        Ok([read(self.versions[0])?, read(self.versions[1])?])
    }
}

impl ChangedParts {
    /// `None` where it is too large.
    pub fn of(library: &Library<'_>, change: &SourceChange) -> Result<Option<ChangedParts>, Missing> {
        let texts = change.texts(library)?;
        let [old, new] = texts.each_ref().map(|text| text.as_deref().unwrap_or_default());
        if old.len().max(new.len()) > LARGEST_SOURCE {
            library.skip(&change.path, "larger than 1 MiB");
            return Ok(None);
        }
        let holders = blocks::differing(change.family(), [old, new])
            .map(|blocks| blocks.into_iter().map(Holder::of).collect());
        let [counts_of_old, counts_of_new] =
            holders.each_ref().map(|holders: &Vec<Holder<'_>>| counts(holders));
        let is_in_both = |key: &(u64, u64)| counts_of_old.get(key) == counts_of_new.get(key);
        let [of_old, _] = &holders;
        let edited = of_old.iter().flat_map(|holder| holder.edited(&is_in_both)).collect();
        let versions = holders.each_ref().map(|holders| {
            let part = |holder: &Holder<'_>| OwnedPart {
                text: holder.shortened(change.family(), &is_in_both).into(),
                line: holder.block.line,
            };
            holders.iter().map(part).collect()
        });
        let mut gone = HashSet::default();
        // the locals of others are not followed
        if matches!(change.family(), Family::Rust | Family::Python | Family::Ecma)
            && change.versions[1].is_some()
        {
            of_old.iter().for_each(|holder| gone.extend(blocks::words_in(holder.block.text)));
            blocks::words_in(new).for_each(|word| _ = gone.remove(&word));
        }
        Ok(Some(ChangedParts {
            path: change.path.clone(),
            language: change.language,
            versions,
            edited,
            takes_all: change.family() == Family::Python && memchr::memmem::find(new, b"import *").is_some(),
            gone,
        }))
    }

    fn family(&self) -> Family {
        self.language.family()
    }

    pub fn blocks(&self) -> [Vec<TextBlock<'_>>; 2] {
        self.versions.each_ref().map(|parts| parts.iter().map(OwnedPart::block).collect())
    }

    /// Those of some words that stand in lines of which one version has more, or around them.
    pub fn changed_words(&self, asked: &HashSet<u64>) -> HashSet<u64> {
        let (mut words, [old, new]) = (HashSet::default(), self.blocks());
        blocks::new_words([&old, &new], &mut words);
        blocks::new_words([&new, &old], &mut words);
        blocks::with_unwritten(self.family(), &mut words);
        let mut found: HashSet<u64> = words.intersection(asked).copied().collect();
        blocks::with_written(self.family(), &mut found);
        found
    }

    /// What a part says of definitions and imports.
    pub fn outlined(&self, library: &Library<'_>, part: &TextBlock<'_>) -> SourcePart {
        let facts = library.outlined(&self.path, part, self.language);
        SourcePart { path: self.path.clone(), line: part.line as u32, facts }
    }

    /// What a part says about these words.
    pub fn read(&self, library: &Library<'_>, part: &TextBlock<'_>, sought: &SoughtWords) -> SourcePart {
        let text = match library.table().is_thorough {
            true => Cow::Borrowed(part.text),
            false => sought.shortened(self.language.family(), part.text),
        };
        let facts = library.part(&self.path, &TextBlock { text: &text, ..*part }, self.language);
        SourcePart { path: self.path.clone(), line: part.line as u32, facts }
    }
}

impl OwnedPart {
    fn block(&self) -> TextBlock<'_> {
        TextBlock { text: &self.text, line: self.line, end: "" }
    }
}

/// A block that may hold others: the methods of a type, the functions of a module, the statements of a function.
struct Holder<'t> {
    block: TextBlock<'t>,
    /// What is before them, without comments.
    head: u64,
    /// They, each with the hash of its text.
    members: Vec<(&'t [u8], u64)>,
}

fn counts(holders: &[Holder<'_>]) -> HashMap<(u64, u64), u32> {
    let mut counts = HashMap::default();
    for holder in holders {
        holder.members.iter().for_each(|(_, hash)| *counts.entry((holder.head, *hash)).or_default() += 1);
    }
    counts
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

impl<'t> Holder<'t> {
    fn of(block: TextBlock<'t>) -> Holder<'t> {
        let mut lines = block.text.split_inclusive(|byte| *byte == b'\n');
        let is_blank = |line: &[u8]| line.trim_ascii().is_empty();
        let is_comment =
            |line: &[u8]| [&b"//"[..], b"#", b"*", b"/*", b"@"].iter().any(|start| line.starts_with(start));
        let (mut before, mut head) = (0, Vec::new());
        let mut depth = 0;
        for line in lines.by_ref() {
            if !is_blank(line) && indent(line) > 0 {
                depth = indent(line);
                break;
            }
            if !is_comment(line) {
                head.extend_from_slice(line);
            }
            before += line.len();
        }
        let mut members = Vec::new();
        let mut add = |text: &'t [u8]| members.push((text, blocks::hash(text)));
        let (mut start, mut at, mut may_begin) = (before, before, false);
        for line in block.text[before..].split_inclusive(|byte| *byte == b'\n') {
            let inner = &line[indent(line)..];
            let closes = inner.first().is_some_and(|byte| b"})]".contains(byte));
            if may_begin && at > start && indent(line) == depth && !closes && !is_blank(line) {
                add(&block.text[start..at]);
                start = at;
            }
            may_begin = is_blank(line) || indent(line) == depth && closes;
            at += line.len();
        }
        add(&block.text[start..at]);
        Holder { block, head: blocks::hash(&head), members }
    }

    /// The texts that differ; all where nothing is in both.
    fn edited(&self, is_in_both: &dyn Fn(&(u64, u64)) -> bool) -> Vec<u64> {
        let texts = || self.members.iter().map(|(_, hash)| *hash);
        let differing: Vec<u64> = texts().filter(|hash| !is_in_both(&(self.head, *hash))).collect();
        match differing.len() < self.members.len() {
            true => differing,
            false => texts().chain([blocks::hash(self.block.text)]).collect(),
        }
    }

    /// The text, with the bodies of what is in both left empty. Each line keeps its number.
    fn shortened(&self, family: Family, is_in_both: &dyn Fn(&(u64, u64)) -> bool) -> Vec<u8> {
        let members = self.members.iter().map(|(text, _)| text.len()).sum::<usize>();
        let mut all = self.block.text[..self.block.text.len() - members].to_vec();
        for (text, hash) in &self.members {
            match is_in_both(&(self.head, *hash)).then(|| without_body(family, text)).flatten() {
                Some(short) => all.extend(short),
                None => all.extend_from_slice(text),
            }
        }
        all
    }
}

/// What is left of a function or the like without its body; `None` where it has none of several lines.
fn without_body(family: Family, text: &[u8]) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.iter().any(|line| blocks::makes_value(family, line)) {
        return None;
    }
    let depth = indent(lines.first()?);
    let last = lines.iter().rposition(|line| !line.trim_ascii().is_empty())?;
    let ends = |line: &&[u8], sign| line.trim_ascii_end().last() == Some(&sign);
    let mut short = Vec::new();
    let (head, body) = match family.body_marks() {
        BodyMarks::Indentation => {
            let is_function = |line: &&[u8]| {
                let line = line.trim_ascii_start();
                line.starts_with(b"def ") || line.starts_with(b"async def ")
            };
            let first = lines.iter().position(is_function).filter(|at| indent(lines[*at]) == depth)?;
            let head = first + lines[first..].iter().position(|line| ends(line, b':'))?;
            let (_, rest) = lines.split_at_checked(head + 1).filter(|(_, rest)| !rest.is_empty())?;
            (head, [&rest[0][..indent(rest[0])], b"pass"].concat())
        }
        BodyMarks::Words => return None,
        BodyMarks::Braces => {
            let is_comment = |line: &[u8]| line.trim_ascii_start().starts_with(b"*");
            let head = lines.iter().position(|line| ends(line, b'{') && !is_comment(line))?;
            let closes = lines[last].get(depth) == Some(&b'}') && indent(lines[last]) == depth;
            (head, if closes && head < last { Vec::new() } else { return None })
        }
    };
    for (at, line) in lines.iter().enumerate() {
        let is_kept = at <= head || at >= last && family != Family::Python;
        match is_kept {
            true => short.extend_from_slice(line),
            false => {
                if at == head + 1 {
                    short.extend_from_slice(&body);
                }
                short.push(b'\n');
            }
        }
    }
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(family: Family, old: &str, new: &str) -> [String; 2] {
        let blocks = [old, new].map(|text| vec![Holder::of(blocks::blocks(family, text.as_bytes())[0])]);
        let [one, other] = blocks.each_ref().map(|holders| counts(holders));
        let is_in_both = |key: &(u64, u64)| one.get(key) == other.get(key);
        blocks.map(|holders| String::from_utf8(holders[0].shortened(family, &is_in_both)).unwrap())
    }

    #[test]
    fn what_is_in_both_has_no_body_and_each_line_its_number() {
        let old = "impl A {\n    fn f(\n        a: u8,\n    ) {\n        g();\n    }\n\n    fn h() {\n        1;\n    }\n}\n";
        let [before, after] = shortened(Family::Rust, old, &old.replace('1', "2"));
        assert_eq!(
            after,
            "impl A {\n    fn f(\n        a: u8,\n    ) {\n\n    }\n\n    fn h() {\n        2;\n    }\n}\n"
        );
        assert_eq!(before, after.replace('2', "1"));
        // another type: all of it is another one
        let [_, after] = shortened(Family::Rust, old, &old.replace("impl A", "impl B"));
        assert_eq!(after, old.replace("impl A", "impl B"));
        let old = "class A(B):\n    x = 1\n\n    @property\n    def f(self):\n        return {\n            1: 2,\n        }\n\n    def g(self):\n        return 3\n";
        let [_, after] = shortened(Family::Python, old, &old.replace('3', "4"));
        let short = "class A(B):\n    x = 1\n\n    @property\n    def f(self):\n        pass\n\n\n\n    def g(self):\n        return 4\n";
        assert_eq!(after, short);
    }
}
