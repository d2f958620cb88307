//! Where the bodies of methods are in a type of Java, Kotlin and C#, as far as indentation tells it for sure.

use super::{Body, indent, is_blank, words};

/// With one of these, what follows defines something, or is no method.
const OTHERS: [&str; 12] = [
    "class",
    "struct",
    "interface",
    "enum",
    "record",
    "trait",
    "object",
    "namespace",
    "new",
    "delegate",
    "typealias",
    "init",
];

/// What a statement begins with.
const STATEMENTS: [&str; 24] = [
    "if",
    "else",
    "for",
    "foreach",
    "while",
    "do",
    "switch",
    "when",
    "try",
    "catch",
    "finally",
    "return",
    "throw",
    "using",
    "lock",
    "fixed",
    "checked",
    "unchecked",
    "synchronized",
    "await",
    "yield",
    "assert",
    "case",
    "goto",
];

/// A head has no more lines.
const MOST_HEAD_LINES: usize = 20;

/// The body of a method of Java or Kotlin whose head begins in a line.
pub(super) fn java_body(lines: &[&[u8]], at: usize) -> Option<Body> {
    // a class without a name has members
    member_body(lines, at, |lines, at| {
        let opens = lines[at].trim_ascii_end().ends_with(b"{");
        let before = if lines[at].trim_ascii() == b"{" { at.saturating_sub(1) } else { at };
        opens && words(lines[before]).any(|word| word == "new")
    })
}

/// The same of C#.
pub(super) fn csharp_body(lines: &[&[u8]], at: usize) -> Option<Body> {
    member_body(lines, at, |_, _| false)
}

fn member_body(lines: &[&[u8]], at: usize, is_type: impl Fn(&[&[u8]], usize) -> bool) -> Option<Body> {
    let depth = indent(lines[at]);
    let start = at + head(&lines[at..], depth)?;
    let mut kept = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(start) {
        if !is_blank(line) && indent(line) <= depth {
            let closes = indent(line) == depth && line.trim_ascii() == b"}";
            return closes.then_some(Body { start, kept });
        }
        if defines(line) || is_type(lines, at) || is_text(line) {
            return None;
        }
        kept.push(Vec::new());
    }
    None
}

/// How many lines the head of a method has, with the brace that opens its body.
fn head(lines: &[&[u8]], depth: usize) -> Option<usize> {
    let first = lines[0].trim_ascii();
    // outside of a type there are other things; a constant of an enum with a body has one word
    if depth == 0
        || !first.first()?.is_ascii_alphabetic()
        || words(first).next().is_some_and(|word| STATEMENTS.contains(&word))
    {
        return None;
    }
    let parameters = memchr::memchr(b'(', first)?;
    if words(&first[..parameters]).count() < 2 {
        return None;
    }
    let mut open = 0;
    for (number, line) in lines.iter().take(MOST_HEAD_LINES).enumerate() {
        let line = line.trim_ascii();
        if line.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'=' | b';' | b'}' | b'#' | b'/'))
            || words(line).any(|word| OTHERS.contains(&word))
        {
            return None;
        }
        let (before, opens) = match line.strip_suffix(b"{") {
            Some(before) => (before, true),
            None => (line, false),
        };
        for byte in before {
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'{' => return None,
                _ => {}
            }
        }
        if opens {
            return (open == 0).then_some(number + 1);
        }
    }
    None
}

/// Whether a line of a body may define more than what the body alone sees.
fn defines(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    words(line).any(|word| OTHERS.contains(&word) && word != "new" && word != "init")
        || line.starts_with(b"#")
}

/// Whether a text or a comment may go on in the next line: there, anything may look like the end.
fn is_text(line: &[u8]) -> bool {
    let count = |sign: &[u8]| memchr::memmem::find_iter(line, sign).count();
    memchr::memchr_iter(b'"', line).count() % 2 == 1
        || count(b"\"\"\"") > 0
        || count(b"@\"") + count(b"@$\"") > 0
        || count(b"/*") != count(b"*/")
}
