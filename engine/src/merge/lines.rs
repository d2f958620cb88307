//! Texts as numbered lines: equal lines have equal numbers.

use foldhash::{HashMap, HashMapExt};

/// The number of a line. Lines that are equal byte by byte, line ends included, have the same one.
pub(crate) type LineKind = u32;

/// The lines of a text, with their ends.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    let unended = (!text.is_empty() && !text.ends_with(b"\n")).then_some(text.len());
    ends.chain(unended).scan(0, |start, end| Some(&text[std::mem::replace(start, end)..end]))
}

/// Numbers lines.
pub(crate) struct LineNumbering<'a> {
    known: HashMap<&'a [u8], LineKind>,
}

impl<'a> LineNumbering<'a> {
    /// Without any line yet; there will be about so many different ones.
    pub fn new(about: usize) -> LineNumbering<'a> {
        LineNumbering { known: HashMap::with_capacity(about) }
    }

    /// The numbers of these lines.
    pub fn number(&mut self, lines: impl Iterator<Item = &'a [u8]>) -> Vec<LineKind> {
        let number = |line| {
            let next = self.known.len() as LineKind;
            *self.known.entry(line).or_insert(next)
        };
        lines.map(number).collect()
    }

    /// The numbers of a version's lines, where the base has these lines with these numbers. What both begin and end with has
    /// the numbers of the base.
    pub fn number_version(
        &mut self,
        base: &[&'a [u8]],
        numbers: &[LineKind],
        version: &[&'a [u8]],
    ) -> Vec<LineKind> {
        let same = |&(one, other): &(&&[u8], &&[u8])| one == other;
        let begin = base.iter().zip(version).take_while(same).count();
        let (base, rest) = (&base[begin..], &version[begin..]);
        let end = base.iter().rev().zip(rest.iter().rev()).take_while(same).count();
        let own = self.number(rest[..rest.len() - end].iter().copied());
        [&numbers[..begin], &own, &numbers[numbers.len() - end..]].concat()
    }

    /// How many different lines there are.
    pub fn kinds(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_ends() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&[u8]> = lines(text.as_bytes()).collect();
            assert_eq!(found, expected.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
        };
        check("", &[]);
        check("a\n\nb", &["a\n", "\n", "b"]);
        check("a\r\nb\n", &["a\r\n", "b\n"]);
    }

    #[test]
    fn versions_have_the_numbers_of_all_lines() {
        let texts = [
            "",
            "a",
            "a\n",
            "a\na\n",
            "a\nb\na\n",
            "b\na\nc\na",
            "a\nb\nb\na\n",
            "c\nb\na\n",
            "a\nc\nb\na\n",
        ];
        for (base, version) in texts.iter().flat_map(|base| texts.map(|version| (base, version))) {
            let [base, version] = [*base, version].map(|text| lines(text.as_bytes()).collect::<Vec<_>>());
            let (mut one, mut other) = (LineNumbering::new(0), LineNumbering::new(0));
            let numbers = one.number(base.iter().copied());
            let quick = one.number_version(&base, &numbers, &version);
            other.number(base.iter().copied());
            assert_eq!(quick, other.number(version.iter().copied()));
            assert_eq!(one.kinds(), other.kinds());
        }
    }
}
