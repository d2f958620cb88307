//! Macros that mark a class of C++ (`class SHOP_API Store`), which the syntax of the language does not know.

use std::borrow::Cow;
use std::ops::Range;

use crate::symbols::blocks::is_part;

/// A text of C++ without such macros. Each line and column keeps its number.
pub(in crate::symbols::languages) fn without_marks(text: &[u8]) -> Cow<'_, [u8]> {
    let mut plain = Cow::Borrowed(text);
    for keyword in [&b"class"[..], b"struct"] {
        for at in memchr::memmem::find_iter(text, keyword) {
            let begins = at == 0 || !is_part(&text[at - 1]);
            if let Some(mark) = begins.then(|| mark(text, at + keyword.len())).flatten() {
                plain.to_mut()[mark].fill(b' ');
            }
        }
    }
    plain
}

fn spaces(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn word(text: &[u8], at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    at..at + rest.iter().take_while(|byte| is_part(byte)).count()
}

/// Where a mark stands between the keyword that ends here and the name of a class that is defined.
fn mark(text: &[u8], end: usize) -> Option<Range<usize>> {
    let start = spaces(text, end);
    let name = word(text, start);
    let is_macro = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    if start == end || name.len() < 3 || !text[name.clone()].iter().all(is_macro) {
        return None;
    }
    let mut mark = name;
    let next = spaces(text, mark.end);
    if text.get(next) == Some(&b'(') {
        let inside =
            memchr::memchr2(b')', b'\n', &text[next..]).filter(|close| text[next + close] == b')')?;
        mark.end = next + inside + 1;
    }
    let class = word(text, spaces(text, mark.end));
    if class.is_empty() || class.start == mark.end {
        return None;
    }
    let mut after = spaces(text, class.end);
    if text.get(word(text, after)) == Some(b"final") {
        after = spaces(text, after + b"final".len());
    }
    let derives = text.get(after) == Some(&b':') && text.get(after + 1) != Some(&b':');
    (derives || text.get(after) == Some(&b'{')).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_left_out_where_a_class_is_defined() {
        for (text, plain) in [
            ("class SHOP_API Store : public Base {", "class          Store : public Base {"),
            ("struct SHOP_API(1) Store final\n{", "struct             Store final\n{"),
            ("class SHOP_API Store;", "class SHOP_API Store;"),
            ("class STORE {", "class STORE {"),
            ("class Store : public BASE {", "class Store : public BASE {"),
            ("struct STORE f() {", "struct STORE f() {"),
            ("struct STORE store = {", "struct STORE store = {"),
            ("subclass SHOP_API Store {", "subclass SHOP_API Store {"),
            ("class SHOP_API A::B {", "class SHOP_API A::B {"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_marks(text.as_bytes())), plain, "{text}");
        }
    }
}
