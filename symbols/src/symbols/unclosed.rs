//! Which text or comment a line leaves open: what looks like code on the next lines is none.

use std::hash::BuildHasher;

use super::language::Family;

/// What is open at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclosed {
    /// It goes on to this.
    Until(&'static [u8]),
    /// The same, but not where a backslash is before it.
    Escaped(&'static [u8]),
    /// A raw string of Rust with so many `#`.
    Raw(usize),
    /// It goes on to a line that begins with a word of this hash.
    Tagged(u64),
}

/// What a line leaves open that begins inside of something, or of nothing. Where something is taken for the beginning of a text
/// that is none, parts get larger.
pub(super) fn unclosed(family: Family, line: &[u8], mut inside: Option<Unclosed>) -> Option<Unclosed> {
    let mut at = 0;
    loop {
        let rest = &line[at..];
        if let Some(open) = inside {
            let Some(end) = end_of(rest, open) else { return inside };
            (at, inside) = (at + end, None);
            continue;
        }
        let is_sign = |byte: &u8| {
            matches!(byte, b'"' | b'\'' | b'`' | b'/' | b'#')
                || *byte == b'<' && matches!(family, Family::Php | Family::Ruby)
                || *byte == b'=' && family == Family::Ruby
        };
        at += rest.iter().position(is_sign)?;
        let rest = &line[at..];
        match begins(family, &line[..at], rest) {
            Begin::Nothing => at += 1,
            Begin::Skipped(length) => at += length,
            Begin::LineComment => return None,
            Begin::Open(length, open) => (at, inside) = (at + length, Some(open)),
        }
    }
}

/// What begins at a sign.
enum Begin {
    Nothing,
    /// A text that ends on the line, or has to: so many bytes.
    Skipped(usize),
    /// A comment to the end of the line.
    LineComment,
    /// What may end on a later line; so many bytes begin it.
    Open(usize, Unclosed),
}

fn begins(family: Family, before: &[u8], rest: &[u8]) -> Begin {
    let within_line = |sign: &'static [u8]| {
        Begin::Skipped(1 + end_of(&rest[1..], Unclosed::Escaped(sign)).unwrap_or(rest.len() - 1))
    };
    let triple: &'static [u8] = if rest[0] == b'"' { b"\"\"\"" } else { b"'''" };
    match (family, rest[0]) {
        (Family::Python, b'#') => Begin::LineComment,
        (Family::Python, b'"' | b'\'') if rest.starts_with(triple) => {
            Begin::Open(3, Unclosed::Escaped(triple))
        }
        (Family::Java | Family::CSharp, b'"') if rest.starts_with(triple) => {
            Begin::Open(3, Unclosed::Escaped(triple))
        }
        (Family::Rust, b'"') => match raw_signs(before) {
            Some(signs) => Begin::Open(1, Unclosed::Raw(signs)),
            None => Begin::Open(1, Unclosed::Escaped(b"\"")),
        },
        (Family::CSharp, b'"') if before.ends_with(b"@") || before.ends_with(b"@$") => {
            Begin::Open(1, Unclosed::Until(b"\""))
        }
        (Family::Php, b'"') => Begin::Open(1, Unclosed::Escaped(b"\"")),
        (Family::Php, b'\'') => Begin::Open(1, Unclosed::Escaped(b"'")),
        (Family::Php, b'#') if !rest.starts_with(b"#[") => Begin::LineComment,
        (Family::Ruby, b'#') => Begin::LineComment,
        (Family::Ruby, b'=') if before.is_empty() && rest.starts_with(b"=begin") => {
            Begin::Open(rest.len(), Unclosed::Tagged(hash(b"=end")))
        }
        (Family::Ruby, b'<') => ruby_tag(rest).map_or(Begin::Nothing, |tag| Begin::Open(rest.len(), tag)),
        (Family::Php, b'<') => tag(rest).map_or(Begin::Nothing, |tag| Begin::Open(rest.len(), tag)),
        (_, b'"') => within_line(b"\""),
        (Family::Python | Family::Ecma | Family::Ruby, b'\'') => within_line(b"'"),
        (Family::Rust | Family::Go | Family::Java | Family::C | Family::CSharp, b'\'') => character(rest),
        (Family::Go, b'`') => Begin::Open(1, Unclosed::Until(b"`")),
        (Family::Ecma, b'`') => Begin::Open(1, Unclosed::Escaped(b"`")),
        (Family::Python | Family::Ruby, _) => Begin::Nothing,
        (_, b'/') if rest.starts_with(b"//") => Begin::LineComment,
        (_, b'/') if rest.starts_with(b"/*") => Begin::Open(2, Unclosed::Until(b"*/")),
        _ => Begin::Nothing,
    }
}

fn hash(word: &[u8]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(word)
}

/// The word with which a text begins.
fn first_word(text: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'=');
    &text[..text.iter().take_while(|byte| is_part(byte)).count()]
}

/// What a text goes on to whose beginning names its end: `<<<TEXT`.
fn tag(rest: &[u8]) -> Option<Unclosed> {
    let name = rest.strip_prefix(b"<<<")?.trim_ascii_start();
    let name = name.strip_prefix(b"\"").or(name.strip_prefix(b"'")).unwrap_or(name);
    let name = first_word(name);
    (!name.is_empty()).then(|| Unclosed::Tagged(hash(name)))
}

/// The same of Ruby: `<<~TEXT`, `<<-TEXT`, `<<TEXT`.
fn ruby_tag(rest: &[u8]) -> Option<Unclosed> {
    let rest = rest.strip_prefix(b"<<")?;
    let name = rest.strip_prefix(b"~").or(rest.strip_prefix(b"-")).unwrap_or(rest);
    let plain = name.strip_prefix(b"\"").or(name.strip_prefix(b"'")).unwrap_or(name);
    let is_marked = name.len() < rest.len() || plain.len() < name.len();
    let word = first_word(plain);
    let is_tag =
        word.first().is_some_and(|first| is_marked && !first.is_ascii_digit() || first.is_ascii_uppercase());
    is_tag.then(|| Unclosed::Tagged(hash(word)))
}

/// The `#` between an `r` and a quote of Rust.
fn raw_signs(before: &[u8]) -> Option<usize> {
    let signs = before.iter().rev().take_while(|byte| **byte == b'#').count();
    let (mark, before) = before[..before.len() - signs].split_last()?;
    let before = before.strip_suffix(b"b").or(before.strip_suffix(b"c")).unwrap_or(before);
    (*mark == b'r' && !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
        .then_some(signs)
}

/// A character, or the mark of a lifetime.
fn character(rest: &[u8]) -> Begin {
    match rest.get(1) {
        Some(b'\\') => Begin::Skipped(1 + end_of(&rest[1..], Unclosed::Escaped(b"'")).unwrap_or(1)),
        Some(_) if rest.get(2) == Some(&b'\'') => Begin::Skipped(3),
        _ => Begin::Nothing,
    }
}

/// The number of bytes to the end of what is open, with it.
fn end_of(text: &[u8], open: Unclosed) -> Option<usize> {
    match open {
        Unclosed::Until(end) => memchr::memmem::find(text, end).map(|at| at + end.len()),
        Unclosed::Escaped(end) => {
            let mut at = 0;
            loop {
                at += memchr::memchr2(b'\\', end[0], &text[at..])?;
                if text[at] == b'\\' {
                    at += 2;
                } else if text[at..].starts_with(end) {
                    return Some(at + end.len());
                } else {
                    at += 1;
                }
                if at > text.len() {
                    return None;
                }
            }
        }
        Unclosed::Tagged(tag) => {
            let line = text.trim_ascii_start();
            let word = first_word(line);
            (hash(word) == tag).then(|| text.len() - line.len() + word.len())
        }
        Unclosed::Raw(signs) => {
            let mut quotes = memchr::memchr_iter(b'"', text);
            let ends = |at: &usize| {
                text[at + 1..].len() >= signs && text[at + 1..][..signs].iter().all(|byte| *byte == b'#')
            };
            quotes.find(ends).map(|at| at + 1 + signs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_at_the_end_of_a_line() {
        for (family, line, open) in [
            (Family::Rust, r#"let a = "b";"#, None),
            (Family::Rust, r#"let a = "b \" c"#, Some(Unclosed::Escaped(b"\""))),
            (Family::Rust, r#"let a = '"'; let b: &'static str = "\\";"#, None),
            (Family::Rust, r##"let a = r#"b" c"##, Some(Unclosed::Raw(1))),
            (Family::Rust, r###"let a = br##"b"# c"##;"###, None),
            (Family::Rust, r#"let error = bar"c";"#, None),
            (Family::Rust, "a(); // it's \"", None),
            (Family::Rust, "a(); /* it's \"", Some(Unclosed::Until(b"*/"))),
            (Family::Python, "a = \"b' '''\" # \"\"\"", None),
            (Family::Python, "a = '''b\"\"\"", Some(Unclosed::Escaped(b"'''"))),
            (Family::Python, "a = \"\"\"b\\\"\"\" c", Some(Unclosed::Escaped(b"\"\"\""))),
            (Family::Go, "a := `b \\", Some(Unclosed::Until(b"`"))),
            (Family::Go, "a := '`' + \"/*`\" // `", None),
            (Family::Ecma, "a = `b ${c} \\` d", Some(Unclosed::Escaped(b"`"))),
            (Family::Ecma, "a = 'src/*' + \"it's", None),
            (Family::Php, "a('it\\'s'); # it's", None),
            (Family::Php, "#[A('b", Some(Unclosed::Escaped(b"'"))),
            (Family::Php, "a(<<<TEXT, '", Some(Unclosed::Tagged(hash(b"TEXT")))),
            (Family::Php, "a(<<<'TEXT'", Some(Unclosed::Tagged(hash(b"TEXT")))),
            (Family::Php, "$a << 1;", None),
            (Family::Ruby, "a(<<~TEXT, it's)", Some(Unclosed::Tagged(hash(b"TEXT")))),
            (Family::Ruby, "class << self # it's", None),
            (Family::Ruby, "all << one", None),
            (Family::Ruby, "=begin", Some(Unclosed::Tagged(hash(b"=end")))),
            (Family::Java, "a = \"\"\"", Some(Unclosed::Escaped(b"\"\"\""))),
            (Family::C, "a = \"/*\"; /* b */ c = '\"';", None),
            (Family::CSharp, "a = \"\"\"", Some(Unclosed::Escaped(b"\"\"\""))),
            (Family::CSharp, "a = @\"b\\", Some(Unclosed::Until(b"\""))),
            (Family::CSharp, "a = $@\"b", Some(Unclosed::Until(b"\""))),
            (Family::CSharp, "a = @\"b\"\"c\"; // it's \"", None),
        ] {
            assert_eq!(unclosed(family, line.as_bytes(), None), open, "{line}");
        }
        let open = Some(Unclosed::Tagged(hash(b"TEXT")));
        assert_eq!(unclosed(Family::Php, b"TEXTS it's", open), open);
        assert_eq!(unclosed(Family::Php, b"  TEXT, 'a');", open), None);
        let open = Some(Unclosed::Raw(1));
        assert_eq!(unclosed(Family::Rust, b"a\" /*\"# \"b\"", open), None);
        assert_eq!(
            unclosed(Family::Rust, b"a \\", Some(Unclosed::Escaped(b"\""))),
            Some(Unclosed::Escaped(b"\""))
        );
    }
}
