//! The parts of a source file that begin at its left edge: functions, types, groups of imports. What two versions of a file
//! have in common need not be read, and of a function whose head is as it was, only what its body mentions is new.

use std::hash::BuildHasher;

use foldhash::{HashMap, HashSet};

use super::language::{BodyMarks, Family};
use super::unclosed::unclosed;

/// A part of a text.
#[derive(Clone, Copy)]
pub(super) struct TextBlock<'t> {
    pub text: &'t [u8],
    /// How many lines are before it.
    pub line: usize,
    /// What follows it so that it parses: the body of a function whose head it is.
    pub end: &'static str,
}

/// Splits a text where a line begins at the left edge after an empty line or an end of something.
pub(super) fn blocks(family: Family, text: &[u8]) -> Vec<TextBlock<'_>> {
    let mut found = Vec::new();
    let (mut start, mut start_line, mut may_begin) = (0, 0, false);
    let (mut at, mut number, mut open) = (0, 0, None);
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
        let line = &text[at..end];
        if may_begin && open.is_none() && at > start && begins(family, line) {
            found.push(TextBlock { text: &text[start..at], line: start_line, end: "" });
            (start, start_line) = (at, number);
        }
        may_begin = matches!(line[0], b'}' | b')' | b']') || line.iter().all(u8::is_ascii_whitespace);
        open = unclosed(family, line, open);
        (at, number) = (end, number + 1);
    }
    if at > start {
        found.push(TextBlock { text: &text[start..at], line: start_line, end: "" });
    }
    found
}

/// Whether something begins with a line: no label in a function, and no end of a condition, which may be inside one.
fn begins(family: Family, line: &[u8]) -> bool {
    let is_edge = !line[0].is_ascii_whitespace() && !matches!(line[0], b'}' | b')' | b']' | b'{');
    let first = line.split(|byte| !is_part(byte)).next().unwrap_or_default();
    let goes_on =
        CONTINUING.contains(&first) || family == Family::Ruby && CONTINUING_IN_RUBY.contains(&first);
    is_edge && !is_inside(line) && !goes_on
}

/// What a line begins with that goes on with what is before it.
const CONTINUING: [&[u8]; 5] = [b"except", b"elif", b"else", b"finally", b"catch"];

/// Directives that may be inside of a function, those of C# too.
const INSIDE: [&[u8]; 7] = [b"#if", b"#el", b"#endif", b"#pragma", b"#region", b"#endregion", b"#nullable"];
/// The same of Ruby.
const CONTINUING_IN_RUBY: [&[u8]; 6] = [b"end", b"rescue", b"ensure", b"elsif", b"when", b"in"];

/// Whether a line at the left edge may be inside a function: a label, or a condition of the preprocessor.
fn is_inside(line: &[u8]) -> bool {
    let is_condition = || INSIDE.iter().any(|start| line.starts_with(start));
    let is_label = || {
        memchr::memchr(b':', line).is_some_and(|colon| {
            line[..colon].iter().all(is_part) && line[colon + 1..].trim_ascii().is_empty()
        })
    };
    is_condition() || is_label()
}

/// The blocks that each of two versions has more often than the other.
pub(super) fn differing<'t>(family: Family, versions: [&'t [u8]; 2]) -> [Vec<TextBlock<'t>>; 2] {
    let [old, new] = versions.map(|text| blocks(family, text));
    let hashes = |blocks: &[TextBlock<'_>]| blocks.iter().map(|block| hash(block.text)).collect::<Vec<u64>>();
    let (of_old, of_new) = (hashes(&old), hashes(&new));
    let mut counts: HashMap<u64, i32> = HashMap::default();
    of_old.iter().for_each(|hash| *counts.entry(*hash).or_default() -= 1);
    of_new.iter().for_each(|hash| *counts.entry(*hash).or_default() += 1);
    let kept = |blocks: Vec<TextBlock<'t>>, hashes: Vec<u64>, sign: i32| {
        let both = blocks.into_iter().zip(hashes);
        both.filter(|(_, hash)| counts[hash] * sign > 0).map(|(block, _)| block).collect()
    };
    [kept(old, of_old, -1), kept(new, of_new, 1)]
}

/// The lines of a part.
fn lines<'t>(block: &TextBlock<'t>) -> impl Iterator<Item = &'t [u8]> {
    block.text.split(|byte| *byte == b'\n')
}

/// The words of what is new in the blocks of a later version: of the lines that the other one has less often, and of those
/// that may hold such a line between them and their end.
pub(super) fn new_words(versions: [&[TextBlock<'_>]; 2], words: &mut HashSet<u64>) {
    let mut counts: HashMap<&[u8], i32> = HashMap::default();
    versions[0].iter().flat_map(lines).for_each(|line| *counts.entry(line).or_default() -= 1);
    versions[1].iter().flat_map(lines).for_each(|line| *counts.entry(line).or_default() += 1);
    let indent = |line: &[u8]| line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    for block in versions[1] {
        // what the line is in, outermost first, each with whether its words are known
        let mut around: Vec<(usize, &[u8], bool)> = Vec::new();
        for line in lines(block).filter(|line| !line.trim_ascii().is_empty()) {
            let (depth, is_new) = (indent(line), counts[line] > 0);
            while around.last().is_some_and(|(of, ..)| *of > depth) {
                around.pop();
            }
            if is_new {
                for (_, holder, known) in around.iter_mut().filter(|(.., known)| !*known) {
                    words.extend(words_in(holder));
                    *known = true;
                }
                words.extend(words_in(line));
            }
            // a brace alone opens what the line before it names
            let is_named = around.last().is_some_and(|(of, ..)| *of == depth);
            if is_named && line.trim_ascii() == b"{" {
                continue;
            }
            if is_named {
                around.pop();
            }
            around.push((depth, line, is_new));
        }
    }
}

/// Adds the words that others stand for: `import a from "./b"` means the `default` of a module of JavaScript.
pub(super) fn with_unwritten(family: Family, words: &mut HashSet<u64>) {
    if family == Family::Ecma && words.contains(&hash(b"import")) {
        words.insert(hash(b"default"));
    }
}

/// Adds the words that stand for others, so that a text that holds one is read.
pub(super) fn with_written(family: Family, words: &mut HashSet<u64>) {
    if family == Family::Ecma && words.contains(&hash(b"default")) {
        words.insert(hash(b"import"));
    }
}

/// The hash of the word that a name is in a text: the sign at the end of a name of Ruby belongs to none.
pub(super) fn name_hash(name: &str) -> u64 {
    hash(name.trim_end_matches(['?', '!', '=']).as_bytes())
}

pub(super) fn hash(text: &[u8]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(text)
}

/// Of the blocks in which two versions differ, those whose definitions may: all but functions whose heads are in both. Of
/// other functions, the heads.
pub(super) fn defining<'t>(family: Family, versions: [&[TextBlock<'t>]; 2]) -> [Vec<TextBlock<'t>>; 2] {
    let heads = versions.map(|blocks| -> Vec<Option<TextBlock<'t>>> {
        blocks.iter().map(|block| head_of(family, block)).collect()
    });
    [0, 1].map(|side| {
        let others: HashSet<&[u8]> = heads[1 - side].iter().flatten().map(|head| head.text).collect();
        let changed = |at: usize| match heads[side][at] {
            None => Some(versions[side][at]),
            Some(head) => (!others.contains(head.text)).then_some(head),
        };
        (0..versions[side].len()).filter_map(changed).collect()
    })
}

/// A function without its body; `None` where a block is not sure to be one.
pub(super) fn head_of<'t>(family: Family, block: &TextBlock<'t>) -> Option<TextBlock<'t>> {
    let (text, before) = function_head(family, block.text)?;
    let end = if family == Family::Python { " pass" } else { "{}" };
    Some(TextBlock { text, line: block.line + before, end })
}

/// What begins members, so that what is inside is more than a body.
const HOLDERS: [&str; 14] = [
    "class",
    "struct",
    "enum",
    "union",
    "interface",
    "trait",
    "impl",
    "mod",
    "namespace",
    "extern",
    "type",
    "new",
    "record",
    "object",
];

/// Whether a line names the function that makes a value, whose body tells what its members are.
pub(super) fn makes_value(family: Family, line: &[u8]) -> bool {
    let name: &[u8] = match family {
        Family::Python => b"def __init__(",
        Family::Ecma => b"constructor(",
        Family::Rust
        | Family::Go
        | Family::Java
        | Family::C
        | Family::CSharp
        | Family::Php
        | Family::Ruby => return false,
    };
    line.trim_ascii_start().starts_with(name)
}

/// Whether a byte belongs to a word.
#[inline]
pub(super) fn is_part(byte: &u8) -> bool {
    PARTS[usize::from(*byte)]
}

/// The bytes that do.
static PARTS: [bool; 256] = {
    let mut parts = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let one = byte as u8;
        parts[byte] = one.is_ascii_alphanumeric() || matches!(one, b'_' | b'$') || one >= 0x80;
        byte += 1;
    }
    parts
};

/// The words of a text, as hashes.
pub(super) fn words_in(text: &[u8]) -> impl Iterator<Item = u64> {
    text.split(|byte| !is_part(byte)).filter(|word| !word.is_empty()).map(hash)
}

/// The words of a text, as sorted hashes.
pub(super) fn words(text: &[u8]) -> Vec<u64> {
    let mut found: Vec<u64> = words_in(text).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What comes before a text: comments and empty lines.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let comment = match rest {
            _ if rest.starts_with("/*") => rest.find("*/").map(|end| end + 2),
            _ if rest.starts_with("//") || rest.starts_with("# ") => rest.find('\n'),
            _ => None,
        };
        match comment {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest,
        }
    }
}

/// The text of a function before its body, and how many lines of comments are before it; `None` where it is not sure to be
/// one.
fn function_head(family: Family, text: &[u8]) -> Option<(&[u8], usize)> {
    let all = std::str::from_utf8(text).ok()?;
    let text = without_comments(all);
    let before = &all.as_bytes()[..all.len() - text.len()];
    let end = match family.body_marks() {
        BodyMarks::Indentation => python_head(text)?,
        BodyMarks::Words => return None,
        BodyMarks::Braces => braced_head(family, text)?,
    };
    let (head, body) = text.split_at(end);
    is_body(body).then(|| (head.as_bytes(), memchr::memchr_iter(b'\n', before).count()))
}

fn python_head(text: &str) -> Option<usize> {
    let mut lines = text.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end, line))
    });
    let (_, first) = lines.clone().find(|(_, line)| !line.starts_with('@'))?;
    let (end, _) = lines.find(|(_, line)| line.trim_end().ends_with(':'))?;
    // the body of this one says what the module gives
    let is_function = first.starts_with("def ") && !first.starts_with("def __getattr__(");
    (is_function || first.starts_with("async def ")).then_some(end)
}

fn braced_head(family: Family, text: &str) -> Option<usize> {
    let end = text.find('{')?;
    let head = &text[..end];
    let count = |sign: char| head.matches(sign).count();
    if head.starts_with('#') && matches!(family, Family::C | Family::CSharp)
        || head.contains(';')
        || count('(') == 0
        || count('(') != count(')')
        // the brace is inside of a type: `Promise<{ a: string }>`
        || count('[') != count(']')
        || family == Family::Ecma && count('<') != angles_closed(head)
    {
        return None;
    }
    // what a condition of PHP holds may be a definition
    if family == Family::Php && !head.starts_with("function ") {
        return None;
    }
    let is_plain = family == Family::C && head.trim_end().ends_with(')');
    // a class may end with what it extends
    let holds = || super::nodes::words(head).any(|word| HOLDERS.contains(&word));
    (is_plain || !holds()).then_some(end)
}

/// How many angle brackets a text closes: none with an arrow.
fn angles_closed(text: &str) -> usize {
    text.matches('>').count() - text.matches("=>").count()
}

/// Whether nothing more begins in what follows the head of a function.
fn is_body(text: &str) -> bool {
    let mut lines = text.lines();
    lines.all(|line| {
        line.is_empty()
            || line.starts_with(|first: char| first.is_whitespace() || "})]{".contains(first))
            || is_inside(line.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(blocks: &[TextBlock<'_>]) -> Vec<String> {
        blocks.iter().map(|block| String::from_utf8_lossy(block.text).into_owned()).collect()
    }

    #[test]
    fn what_differs_is_a_whole_function_or_type() {
        let old = b"use a;\n\nfn one() {\n    1;\n\n    2\n}\nfn two() {}\n\nstruct P {\n    x: u8,\n}\n";
        let new = b"use a;\n\nfn one() {\n    1;\n\n    3\n}\nfn two() {}\n\nstruct P {\n    x: u8,\n    y: u8,\n}\n";
        let [before, after] = differing(Family::Rust, [old, new]);
        assert_eq!(texts(&before), ["fn one() {\n    1;\n\n    2\n}\n", "struct P {\n    x: u8,\n}\n"]);
        let [_, after] = defining(Family::Rust, [&before, &after]);
        assert_eq!(texts(&after), ["struct P {\n    x: u8,\n    y: u8,\n}\n"]);
        assert_eq!(after[0].line, 9);
        let [_, new] = defining(Family::Rust, [&[], &blocks(Family::Rust, b"fn f(a: u8) {\n    a;\n}\n")]);
        assert_eq!((texts(&new), new[0].end), (vec!["fn f(a: u8) ".to_string()], "{}"));
    }

    #[test]
    fn nothing_begins_with_a_directive_inside_of_a_class() {
        for directive in ["#pragma warning disable CS0618", "#region a", "#if A", "#nullable enable"] {
            let text =
                format!("namespace A\n{{\n    class B\n    {{\n\n{directive}\n        int c;\n    }}\n}}\n");
            assert_eq!(texts(&blocks(Family::CSharp, text.as_bytes())), [&*text]);
        }
    }

    #[test]
    fn nothing_begins_in_a_text_of_several_lines() {
        for (family, begin, end) in [
            (Family::Rust, "r#\"", "\"#"),
            (Family::Python, "\"\"\"", "\"\"\""),
            (Family::Python, "'''", "'''"),
            (Family::Go, "`", "`"),
            (Family::Ecma, "`", "`"),
            (Family::Rust, "\"", "\""),
            (Family::C, "/*", "*/"),
            (Family::Php, "'", "'"),
            (Family::Php, "/*", "*/"),
        ] {
            let text = format!(
                "fn a() {{\n    {begin}one\n\ntwo\n\nthree{end};\n}}\n\nfn b() {{\n    {begin}{end}\n}}\n\nfn c() {{}}\n"
            );
            let lines: Vec<usize> = blocks(family, text.as_bytes()).iter().map(|block| block.line).collect();
            assert_eq!(lines, [0, 8, 12], "{text}");
        }
    }

    #[test]
    fn words_are_new_where_a_line_is_or_where_it_holds_one() {
        let old = "fn one() {\n    call(\n        a,\n    );\n    match it {\n        B => 1,\n    }\n    other(c);\n}\n";
        let found = |part: &str, new: &str| {
            let text = old.replace(part, new);
            let mut found = HashSet::default();
            let [before, after] = [old, &*text].map(|text| blocks(Family::Rust, text.as_bytes()));
            new_words([&before, &after], &mut found);
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.filter(|word| found.contains(&hash(word.as_bytes()))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("a,", "a, d"), "fn one call a d");
        assert_eq!(found("    );\n", "    d);\n"), "fn one call d");
        assert_eq!(found("B => 1", "D => 1"), "fn one match it D 1");
        assert_eq!(found("other(c", "other(d"), "fn one other d");
        assert_eq!(found("x", "y"), "");
    }

    #[test]
    fn a_head_is_that_of_a_function_alone() {
        for (family, text, head) in [
            (Family::C, "static struct a *f(int b)\n{\n", Some("static struct a *f(int b)\n")),
            (
                Family::C,
                "/* { ; */\nint f(int b)\n{\n#ifdef A\n    g();\n#endif\nout:\n    return;\n}\n",
                Some("int f(int b)\n"),
            ),
            (Family::C, "int f(int b)\n{\n#define A\n}\n", None),
            (Family::C, "struct a {\n", None),
            (Family::C, "int f() {}\nint g() {}\n", None),
            (Family::Python, "def f(a):\n    pass\ndef g():\n    pass\n", None),
            (Family::Rust, "impl A<(u8, u8)> for B {\n", None),
            (Family::Rust, "pub fn f(a: u8) -> Vec<u8> {\n", Some("pub fn f(a: u8) -> Vec<u8> ")),
            (
                Family::Python,
                "@cached\ndef f(\n    a,\n):\n    pass\n",
                Some("@cached\ndef f(\n    a,\n):\n"),
            ),
            (Family::Python, "class A(B):\n    def f(self):\n", None),
            (Family::Php, "if (! function_exists('f')) {\n", None),
            (Family::Php, "function f(int $a): int\n{\n", Some("function f(int $a): int\n")),
            (Family::Ecma, "export default component({\n", None),
            (Family::Ecma, "export const f = (a) => {\n", Some("export const f = (a) => ")),
            (Family::Go, "func (r *T) F(a int) error {\n", Some("func (r *T) F(a int) error ")),
        ] {
            let found = function_head(family, text.as_bytes()).map(|(head, _)| head);
            assert_eq!(found, head.map(str::as_bytes), "{text}");
        }
    }
}
