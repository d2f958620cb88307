//! Whether a text of Java, Kotlin or C# may define a word, or only uses it.

use foldhash::HashSet;

use crate::symbols::blocks;

/// What the name of a definition follows at once, whatever comes after it.
const KEYWORDS: [&[u8]; 13] = [
    b"class",
    b"struct",
    b"interface",
    b"enum",
    b"record",
    b"object",
    b"typealias",
    b"val",
    b"var",
    b"fun",
    b"delegate",
    b"event",
    b"annotation",
];

/// What may stand before a chain of names that is used.
const BEFORE_USES: [&[u8]; 19] = [
    b"return", b"await", b"else", b"in", b"new", b"throw", b"case", b"is", b"as", b"and", b"or", b"not",
    b"when", b"yield", b"do", b"out", b"ref", b"if", b"while",
];

/// What a line begins with that names what others define.
const IMPORTS: [&[u8]; 3] = [b"import", b"using", b"package"];

/// Whether one of these words is defined there, as far as what stands around it tells.
pub(super) fn defines_one(text: &[u8], asked: &HashSet<u64>) -> bool {
    let (mut before, mut at) = (&b""[..], 0);
    for word in text.split(|byte| !blocks::is_part(byte)) {
        let start = at;
        at += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        if asked.contains(&blocks::hash(word)) && may_be_defined(text, start, start + word.len(), before) {
            return true;
        }
        before = word;
    }
    false
}

/// The same of one place; `word` is the word before it.
fn may_be_defined(text: &[u8], start: usize, end: usize, word: &[u8]) -> bool {
    let (left, right) = (text[..start].trim_ascii_end(), text[end..].trim_ascii_start());
    let follows = left.ends_with(word);
    if follows && KEYWORDS.contains(&word) {
        return true;
    }
    let line = &left[memchr::memrchr(b'\n', left).map_or(0, |end| end + 1)..];
    let mut words = line.split(|byte| !blocks::is_part(byte)).filter(|word| !word.is_empty());
    if words.next().is_some_and(|first| IMPORTS.contains(&first)) || follows && word == b"new" {
        return false;
    }
    match (left.last(), right.first()) {
        (_, Some(b'.' | b'>')) | (Some(b'<' | b'@'), _) | (Some(b'('), Some(b')')) => false,
        (_, Some(b':')) if right.starts_with(b"::") => false,
        (_, Some(byte)) if blocks::is_part(byte) => false,
        (Some(b'.'), _) => is_of_another(left),
        _ => true,
    }
}

/// Whether a member may be defined with the name of its interface before it, or of the type that it extends: then its type comes
/// first, or what says that it is a member.
fn is_of_another(left: &[u8]) -> bool {
    let chain = |byte: &u8| blocks::is_part(byte) || *byte == b'.';
    let before =
        left.iter().rposition(|byte| !chain(byte)).map_or(&b""[..], |at| left[..=at].trim_ascii_end());
    let name = before.rsplit(|byte| !blocks::is_part(byte)).next().unwrap_or_default();
    match before.last() {
        Some(b'>' | b']' | b'?') => true,
        Some(byte) if blocks::is_part(byte) => !BEFORE_USES.contains(&name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_used_is_not_defined() {
        let asked = HashSet::from_iter([blocks::hash(b"It")]);
        for (text, defines) in [
            ("class It {", true),
            ("public sealed record It(int A);", true),
            ("fun interface It {", true),
            ("class It extends A", true),
            ("typealias It = A", true),
            ("    public int It { get; }", true),
            ("    void It() {", true),
            ("    void IThing.It() {", true),
            ("    List<int> IThing.It => a;", true),
            ("    fun String.It() = 1", true),
            ("    val It by lazy { 1 }", true),
            ("    val a: Int, val It: Int", true),
            ("record A(int It)", true),
            ("enum A { B, It }", true),
            ("    private int a, It;", true),
            ("    It it = new It(1);", false),
            ("    return a.It();", false),
            ("    a.It = 1;", false),
            ("    var b = await a.It();", false),
            ("    foo(a.It)", false),
            ("    List<It> a = (It)b;", false),
            ("    It.make();", false),
            ("    a(It::make)", false),
            ("import a.b.It;", false),
            ("using A.It;", false),
            ("@It\nclass A {}", false),
        ] {
            assert_eq!(defines_one(text.as_bytes(), &asked), defines, "{text}");
        }
    }
}
