//! A text without the bodies of its functions, as far as they define nothing: it says the same of definitions and imports, and
//! takes a fraction of the time to parse.

mod defining;
mod members;

use foldhash::HashSet;

use super::blocks;
use super::language::Family;

/// What an item of Rust begins with.
const ITEMS: [&str; 14] = [
    "fn",
    "struct",
    "enum",
    "union",
    "trait",
    "impl",
    "mod",
    "type",
    "const",
    "static",
    "extern",
    "use",
    "macro_rules",
    "unsafe",
];

/// What may stand before `fn`.
const MODIFIERS: [&str; 6] = ["pub", "async", "const", "unsafe", "extern", "default"];

/// The text with such bodies left empty. Each line keeps its number. `None` where there is none.
pub(super) fn outline(family: Family, text: &[u8]) -> Option<Vec<u8>> {
    outline_without(family, text, |_, _| true)
}

/// The same, where only those bodies are left empty of whose heads and lines this holds.
pub(super) fn outline_without(
    family: Family,
    text: &[u8],
    is_left: impl Fn(&[&[u8]], &[&[u8]]) -> bool,
) -> Option<Vec<u8>> {
    let body = match family {
        Family::Rust => rust_body,
        Family::Python => python_body,
        Family::Java => members::java_body,
        Family::CSharp => members::csharp_body,
        Family::Go | Family::Ecma | Family::C | Family::Php | Family::Ruby => return None,
    };
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut short, mut at, mut is_shorter) = (Vec::with_capacity(text.len()), 0, false);
    while at < lines.len() {
        match body(&lines, at) {
            Some(Body { start, kept }) if !is_left(&lines[at..start], &lines[start..start + kept.len()]) => {
                let end = start + kept.len();
                lines[at..end].iter().for_each(|line| short.extend_from_slice(line));
                at = end;
            }
            Some(Body { start, kept }) => {
                lines[at..start].iter().for_each(|line| short.extend_from_slice(line));
                at = start + kept.len();
                for line in kept {
                    short.extend_from_slice(&line);
                    short.push(b'\n');
                }
                is_shorter = true;
            }
            None => {
                short.extend_from_slice(lines[at]);
                at += 1;
            }
        }
    }
    is_shorter.then_some(short)
}

/// The body of a function.
struct Body {
    /// Its first line.
    start: usize,
    /// What is left of each of its lines.
    kept: Vec<Vec<u8>>,
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// The words at the beginning of a line.
fn words(line: &[u8]) -> impl Iterator<Item = &str> {
    let line = std::str::from_utf8(line).unwrap_or("").trim_start();
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| !word.is_empty())
}

/// The body of a function of Rust whose head begins in a line.
fn rust_body(lines: &[&[u8]], at: usize) -> Option<Body> {
    let depth = indent(lines[at]);
    let is_head = !matches!(lines[at].trim_ascii_start().first(), Some(b'/' | b'#' | b'"') | None)
        && words(lines[at])
            .take(6)
            .take_while(|word| {
                MODIFIERS.contains(word)
                    || *word == "fn"
                    || *word == "crate"
                    || *word == "super"
                    || *word == "C"
            })
            .any(|word| word == "fn");
    if !is_head {
        return None;
    }
    let mut start = at;
    loop {
        let line = lines.get(start)?.trim_ascii_end();
        start += 1;
        match line.last() {
            Some(b'{') => break,
            Some(b';' | b'}') => return None,
            _ if memchr::memchr2(b'{', b'"', line).is_some() => return None,
            _ => {}
        }
    }
    let mut kept = Vec::new();
    for line in &lines[start..] {
        if !is_blank(line) && indent(line) <= depth {
            let closes = indent(line) == depth && line[depth] == b'}';
            return closes.then_some(Body { start, kept });
        }
        let inner = line.trim_ascii_start();
        if inner.starts_with(b"//") {
            kept.push(Vec::new());
            continue;
        }
        let defines = words(inner)
            .find(|word| !MODIFIERS[..2].contains(word))
            .is_some_and(|word| ITEMS.contains(&word))
            && !inner.starts_with(b"unsafe {");
        // a text of several lines may look like the end
        let quotes = memchr::memchr_iter(b'"', line).count();
        let is_text = quotes % 2 == 1
            || quotes > 0
                && (memchr::memmem::find(line, b"r\"").is_some()
                    || memchr::memmem::find(line, b"r#").is_some());
        if defines || is_text || inner.starts_with(b"#[") {
            return None;
        }
        kept.push(Vec::new());
    }
    None
}

/// The body of a function of Python whose head begins in a line. What it imports and which members it sets is kept.
fn python_body(lines: &[&[u8]], at: usize) -> Option<Body> {
    let (depth, first) = (indent(lines[at]), lines[at].trim_ascii_start());
    if !first.starts_with(b"def ") && !first.starts_with(b"async def ") {
        return None;
    }
    // its body says what a module gives
    if depth == 0 && first.starts_with(b"def __getattr__(") {
        return None;
    }
    let (mut start, mut open) = (at, 0);
    loop {
        let line = lines.get(start)?.trim_ascii_end();
        start += 1;
        open += brackets(line);
        match (open, line.last()) {
            (0, Some(b':')) => break,
            (0, _) => return None,
            _ => {}
        }
    }
    let inner = lines[start..].iter().find(|line| !is_blank(line)).map(|line| &line[..indent(line)])?;
    if inner.len() <= depth {
        return None;
    }
    let (mut kept, mut texts, mut imports) = (Vec::new(), 0, false);
    for line in &lines[start..] {
        if !is_blank(line) && indent(line) <= depth {
            if matches!(line[indent(line)], b')' | b']' | b'}') {
                return None;
            }
            break;
        }
        texts += memchr::memmem::find_iter(line, b"\"\"\"").count()
            + memchr::memmem::find_iter(line, b"'''").count();
        let line = line.trim_ascii();
        imports |= is_import(line);
        kept.push(python_line(line, inner)?);
    }
    // inside of a text, a line may look like an import
    if texts % 2 == 1 || texts > 0 && imports {
        return None;
    }
    if let Some(empty) = kept.iter_mut().find(|line| line.is_empty()) {
        *empty = [inner, b"pass"].concat();
    }
    Some(Body { start, kept })
}

fn is_import(line: &[u8]) -> bool {
    line.starts_with(b"import ")
        || line.starts_with(b"from ") && memchr::memmem::find(line, b" import ").is_some()
}

/// How many brackets a line opens and does not close.
fn brackets(line: &[u8]) -> i32 {
    let sign = |byte: &u8| match byte {
        b'(' | b'[' | b'{' => 1,
        b')' | b']' | b'}' => -1,
        _ => 0,
    };
    line.iter().map(sign).sum()
}

/// What is left of a line of a body; `None` where that is not sure.
fn python_line(line: &[u8], indent: &[u8]) -> Option<Vec<u8>> {
    if [&b"def "[..], b"async def ", b"class ", b"@"].iter().any(|start| line.starts_with(start)) {
        return None;
    }
    if line.starts_with(b"#") {
        return Some(Vec::new());
    }
    if is_import(line) {
        let is_whole = brackets(line) == 0 && line.last() != Some(&b'\\');
        return is_whole.then(|| [indent, line].concat());
    }
    let own = |name: &[u8]| {
        let mut found = memchr::memmem::find_iter(line, name);
        found.find(|at| {
            *at == 0 || !(line[at - 1].is_ascii_alphanumeric() || matches!(line[at - 1], b'_' | b'.'))
        })
    };
    let Some(at) = own(b"self.").into_iter().chain(own(b"cls.")).min() else { return Some(Vec::new()) };
    if !sets(line, at) {
        return Some(Vec::new());
    }
    // a value of several lines is left out
    let end = line.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')))?;
    let is_plain = at == 0 && memchr::memchr_iter(b'.', &line[..end]).count() == 1;
    let rest = line[end..].trim_ascii_start();
    let is_one =
        is_plain && matches!(rest.first(), Some(b'=' | b':' | b'+' | b'-' | b'|' | b'&')) && once(line);
    is_one.then(|| [indent, &line[..end], b" = 0"].concat())
}

/// Whether a line names itself or its class once.
fn once(line: &[u8]) -> bool {
    let equal = line.windows(3).filter(|part| part[1] == b'=' && part[0] != b'=' && part[2] != b'=').count();
    equal <= 1
}

/// Whether something may be set after this place: there is an equal sign outside of brackets, or a type.
fn sets(line: &[u8], at: usize) -> bool {
    let mut open = brackets(&line[..at]);
    let rest = &line[at..];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let after = rest.iter().position(|byte| !is_part(byte)).map(|end| rest[end..].trim_ascii_start());
    if at == 0 && after.is_some_and(|after| after.first() == Some(&b':')) {
        return true;
    }
    for (at, byte) in rest.iter().enumerate() {
        open += brackets(&[*byte]);
        let before = rest[..at].last();
        let is_set = *byte == b'='
            && rest.get(at + 1) != Some(&b'=')
            && !matches!(before, Some(b'=' | b'!' | b'<' | b'>'));
        if is_set && open <= 0 {
            return true;
        }
    }
    false
}

/// What defines the name that follows it.
const DEFINING: [&[u8]; 11] =
    [b"fn", b"struct", b"enum", b"union", b"trait", b"type", b"const", b"static", b"mod", b"mut", b"crate"];

/// Whether a block may define or import one of these words, or says which package its file is of.
pub(super) fn may_define(family: Family, text: &[u8], asked: &HashSet<u64>) -> bool {
    if family == Family::Go && text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"package ")) {
        return true;
    }
    match family {
        Family::Rust => {}
        Family::Java | Family::CSharp => return defining::defines_one(text, asked),
        Family::Python | Family::Go | Family::Ecma | Family::C | Family::Php | Family::Ruby => {
            return blocks::words_in(text).any(|word| asked.contains(&word));
        }
    }
    let has_members = || {
        [&b"struct "[..], b"enum ", b"union ", b"!"]
            .iter()
            .any(|word| memchr::memmem::find(text, word).is_some())
    };
    let mut members = None;
    let (mut before, mut end, mut is_import) = (&b""[..], 0, false);
    let mut at = 0;
    for word in text.split(|byte| !blocks::is_part(byte)) {
        let start = at;
        at += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        let between = text[end..start].trim_ascii();
        is_import &= memchr::memchr(b';', between).is_none();
        if asked.contains(&blocks::hash(word)) {
            let is_member = between.is_empty() && before == b"pub"
                || matches!(between.last(), Some(b'{' | b',' | b')' | b']' | b'/' | b';'));
            let defines = is_import
                || between.is_empty() && DEFINING.contains(&before)
                || between == b"!" && before == b"macro_rules"
                || is_member && *members.get_or_insert_with(has_members);
            if defines {
                return true;
            }
        }
        is_import |= word == b"use" && !between.ends_with(b".");
        (before, end) = (word, start + word.len());
    }
    false
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::facts::{Definition, Import};
    use super::super::language::Language;
    use super::super::languages::read;
    use super::*;

    fn said(language: Language, text: &[u8]) -> (Vec<Definition>, Vec<Import>) {
        let facts = read(language, text).unwrap();
        (facts.definitions, facts.imports)
    }

    #[test]
    fn an_outline_of_this_crate_says_the_same_of_definitions_and_imports() {
        let (mut folders, mut bytes) = (vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")], [0, 0]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|ending| ending != "rs") {
                    continue;
                }
                let text = std::fs::read(&path).unwrap();
                let short = outline(Family::Rust, &text).unwrap_or_else(|| text.clone());
                assert_eq!(said(Language::Rust, &text), said(Language::Rust, &short), "{}", path.display());
                bytes[0] += text.len();
                bytes[1] += short.len();
            }
        }
        assert!(bytes[1] * 4 < bytes[0] * 3, "{bytes:?}");
    }

    #[test]
    fn what_a_body_of_python_defines_is_in_its_outline() {
        let outlined = |body: &str| {
            let text =
                format!("class A:\n    def f(self, x):  \n{body}\n\n    def g(self): return 1\n\nB = 1\n");
            let short = outline(Family::Python, text.as_bytes()).unwrap_or_else(|| text.clone().into());
            let [whole, short_said] = [text.as_bytes(), &short].map(|text| said(Language::Python, text));
            assert_eq!(whole, short_said, "{text}{}", String::from_utf8_lossy(&short));
            String::from_utf8(short).unwrap()
        };
        let shorter = outlined(
            "        self.a = [\n            x,\n        ]\n        self.b: int = 1\n        y = self.c\n        if self.d:\n            self.e += 1\n        g(self.h, k=1)\n",
        );
        assert!(!shorter.contains("k=1"), "{shorter}");
        for body in [
            "        from a import b\n        return b",
            "        \"\"\"From\n\n        from a import b\n\"\"\"\n        return b",
            "        self.a, self.b = x",
            "        def inner(): pass\n        self.c = inner",
            "        a = self.b = x; self.c = 1",
            "        if x: self.a = 1",
            "        class B:\n            c = 1",
            "        self.a[1] = self.b(c=1)",
            "        return {\n            1: self.a,\n        }",
            "        # self.a = 1\n        'self.b = 1'\n        self.cls.c = 1",
        ] {
            outlined(body);
        }
    }

    #[test]
    fn a_block_may_define_what_it_does_not_only_use() {
        let asked = HashSet::from_iter([blocks::hash(b"it")]);
        for (text, defines) in [
            ("fn it() {}", true),
            ("fn a() { it(); self.it(b::it, c.it) }", false),
            ("struct A {\n    pub it: u8,\n}", true),
            ("enum A { B, it }", true),
            ("use a::{\n    b,\n    it,\n};", true),
            ("mod tests {\n    use super::*;\n    fn a() {\n        it();\n    }\n}", false),
            ("static mut it: u8 = 1;", true),
            ("macro_rules! it {}", true),
            ("pub(crate) use a::it;", true),
            ("impl it for A {}", false),
        ] {
            assert_eq!(may_define(Family::Rust, text.as_bytes(), &asked), defines, "{text}");
        }
    }
}
