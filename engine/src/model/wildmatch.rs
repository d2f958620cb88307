//! Shell patterns as `.gitignore` and `.gitattributes` use them, on bytes: `*` and `?` stop at slashes, `**` between
//! slashes does not, classes know `[!a-z]` and `[[:alpha:]]`.
//!
//! Written here because glob libraries differ from git: braces mean something to them, named
//! classes and bytes that are no UTF-8 do not.

/// Whether the whole text matches the whole pattern.
pub fn wildmatch(pattern: &[u8], text: &[u8], ignore_case: bool) -> bool {
    Matcher { ignore_case }.run(pattern, text, true)
}

struct Matcher {
    ignore_case: bool,
}

impl Matcher {
    /// `at_start`: whether the pattern begins here, or follows a slash.
    fn run(&self, mut pattern: &[u8], mut text: &[u8], mut at_start: bool) -> bool {
        while let [first, rest @ ..] = pattern {
            match first {
                b'*' => return self.star(pattern, text, at_start),
                b'?' => match text {
                    [byte, ..] if *byte != b'/' => pattern = rest,
                    _ => return false,
                },
                b'[' => match (text, self.class(rest, text.first().copied().unwrap_or(0))) {
                    ([byte, ..], Some((true, after))) if *byte != b'/' => pattern = after,
                    _ => return false,
                },
                b'\\' => match (rest, text) {
                    ([wanted, after @ ..], [byte, ..]) if self.same(*wanted, *byte) => pattern = after,
                    _ => return false,
                },
                wanted => match text {
                    [byte, ..] if self.same(*wanted, *byte) => pattern = rest,
                    _ => return false,
                },
            }
            at_start = text[0] == b'/';
            text = &text[1..];
        }
        text.is_empty()
    }

    fn star(&self, pattern: &[u8], text: &[u8], at_start: bool) -> bool {
        let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
        let rest = &pattern[stars..];
        let crosses = stars == 2 && at_start && (rest.is_empty() || rest[0] == b'/');
        if crosses && rest.is_empty() {
            return true;
        }
        if crosses && self.run(&rest[1..], text, true) {
            return true; // `**/` stands for nothing
        }
        let reach = if crosses {
            text.len()
        } else {
            text.iter().position(|byte| *byte == b'/').unwrap_or(text.len())
        };
        (0..=reach).any(|taken| self.run(rest, &text[taken..], false))
    }

    fn same(&self, a: u8, b: u8) -> bool {
        a == b || (self.ignore_case && a.eq_ignore_ascii_case(&b))
    }

    /// Whether a byte is in the class that begins after `[`, and what follows the class; nothing
    /// when the class has no end.
    fn class<'a>(&self, class: &'a [u8], byte: u8) -> Option<(bool, &'a [u8])> {
        let (negated, mut class) = match class {
            [b'!' | b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut found = false;
        let mut first = true;
        loop {
            match class {
                [b']', rest @ ..] if !first => return Some((found != negated, rest)),
                [b'[', b':', rest @ ..] => {
                    let end = rest.iter().position(|byte| *byte == b']')?;
                    let name = rest[..end].strip_suffix(b":")?;
                    found |= self.named(name, byte)?;
                    class = &rest[end + 1..];
                }
                _ => {
                    let (low, rest) = literal(class)?;
                    match rest {
                        [b'-', end, ..] if *end != b']' => {
                            let (high, rest) = literal(&rest[1..])?;
                            found |= self.within(low, high, byte);
                            class = rest;
                        }
                        rest => {
                            found |= self.same(low, byte);
                            class = rest;
                        }
                    }
                }
            }
            first = false;
        }
    }

    fn within(&self, low: u8, high: u8, byte: u8) -> bool {
        let range = low..=high;
        range.contains(&byte)
            || (self.ignore_case
                && (range.contains(&byte.to_ascii_lowercase()) || range.contains(&byte.to_ascii_uppercase())))
    }

    fn named(&self, name: &[u8], byte: u8) -> Option<bool> {
        Some(match name {
            b"alnum" => byte.is_ascii_alphanumeric(),
            b"alpha" => byte.is_ascii_alphabetic(),
            b"blank" => matches!(byte, b' ' | b'\t'),
            b"cntrl" => byte.is_ascii_control(),
            b"digit" => byte.is_ascii_digit(),
            b"graph" => byte.is_ascii_graphic(),
            b"lower" => byte.is_ascii_lowercase() || (self.ignore_case && byte.is_ascii_uppercase()),
            b"print" => byte.is_ascii_graphic() || byte == b' ',
            b"punct" => byte.is_ascii_punctuation(),
            b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
            b"upper" => byte.is_ascii_uppercase() || (self.ignore_case && byte.is_ascii_lowercase()),
            b"xdigit" => byte.is_ascii_hexdigit(),
            _ => return None,
        })
    }
}

/// One byte of a class, perhaps escaped.
fn literal(class: &[u8]) -> Option<(u8, &[u8])> {
    match class {
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((*byte, rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_slashes_and_double_stars_do_not() {
        let hit = |pattern: &str, text: &str| wildmatch(pattern.as_bytes(), text.as_bytes(), false);
        for (pattern, text) in [
            ("*.o", "a.o"),
            ("a/*/c", "a/b/c"),
            ("**/c", "c"),
            ("**/c", "a/b/c"),
            ("a/**/c", "a/c"),
            ("a/**/c", "a/b/d/c"),
            ("a/**", "a/b/c"),
            ("a**c", "abc"),
            ("[!a]b", "cb"),
            ("[[:digit:]x-z]", "7"),
            ("[]a]", "]"),
            ("\\*", "*"),
            ("{a,b}", "{a,b}"),
        ] {
            assert!(hit(pattern, text), "{pattern} should match {text}");
        }
        for (pattern, text) in [
            ("*.o", "a/b.o"),
            ("a/*/c", "a/b/d/c"),
            ("a**c", "ab/c"),
            ("a/**", "a"),
            ("[a", "a"),
            ("[!a]b", "/b"),
            ("?", "/"),
            ("{a,b}", "a"),
            ("\\", "\\"),
        ] {
            assert!(!hit(pattern, text), "{pattern} should not match {text}");
        }
    }
}
