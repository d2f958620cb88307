//! How deep a text nests lists and mappings, found in one pass before any parser sees the text.
//!
//! The parsers take time with the square of the depth of `[` and `{`. This follows the tokens of
//! YAML 1.1 as libyaml cuts them, and stops at the first place that is too deep.

/// The deepest nesting that is read: what the parser accepts too.
const DEEPEST: usize = 128;

/// Where a text nests lists and mappings deeper than any parser should go; a byte of the text.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let text = text.as_bytes();
    let mut scan = Nesting { text, at: 0, line: 0, counted: (0, 0), columns: Vec::new(), flow: 0, key: None };
    while scan.token() {
        if scan.depth() > DEEPEST {
            return Some(scan.at.saturating_sub(1));
        }
    }
    None
}

/// A place in the text, between two tokens.
struct Nesting<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the line begins.
    line: usize,
    /// A place on the line, and how many characters of the line are before it.
    counted: (usize, usize),
    /// The columns of the block lists and mappings around this place, outermost first.
    columns: Vec<usize>,
    /// How many brackets and braces are open.
    flow: usize,
    /// The column of what may turn out to be a key of a block mapping, on this line.
    key: Option<usize>,
}

impl Nesting<'_> {
    fn depth(&self) -> usize {
        self.columns.len() + self.flow
    }

    /// The byte so many bytes on; 0 behind the end, as in libyaml.
    fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// How many characters of the line are before this place.
    fn column(&mut self) -> usize {
        let (from, before) = if self.counted.0 < self.line { (self.line, 0) } else { self.counted };
        let more = self.text[from..self.at].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        self.counted = (self.at, before + more);
        self.counted.1
    }

    /// How many bytes the line break so many bytes on has; 0 where there is none.
    fn line_break(&self, ahead: usize) -> usize {
        match (self.byte(ahead), self.byte(ahead + 1), self.byte(ahead + 2)) {
            (b'\r', b'\n', _) | (0xC2, 0x85, _) => 2,
            (b'\r' | b'\n', ..) => 1,
            (0xE2, 0x80, 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// Whether there is white space, a line break or the end.
    fn is_space(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.line_break(ahead) > 0 || self.at + ahead >= self.text.len()
    }

    /// Goes to the next line, if this one ends here.
    fn next_line(&mut self) -> bool {
        let length = self.line_break(0);
        if length > 0 {
            self.at += length;
            (self.line, self.key) = (self.at, None);
        }
        length > 0
    }

    fn skip_while(&mut self, more: impl Fn(&Self) -> bool) {
        while self.at < self.text.len() && more(self) {
            self.at += 1;
        }
    }

    fn skip_rest_of_line(&mut self) {
        self.skip_while(|scan| scan.line_break(0) == 0);
    }

    /// `---` or `...` at the beginning of a line.
    fn is_document_mark(&self) -> bool {
        let rest = &self.text[self.at..];
        self.at == self.line && (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.is_space(3)
    }

    /// Goes behind the next token; `false` at the end.
    fn token(&mut self) -> bool {
        loop {
            self.skip_while(|scan| scan.is_blank(0));
            if self.byte(0) == b'#' {
                self.skip_rest_of_line();
            }
            if !self.next_line() {
                break;
            }
        }
        if self.at >= self.text.len() {
            return false;
        }
        let column = self.column();
        if self.flow == 0 {
            while self.columns.last().is_some_and(|outer| *outer > column) {
                self.columns.pop();
            }
        }
        if self.is_document_mark() {
            self.columns.clear();
            (self.flow, self.at) = (0, self.at + 3);
            return true;
        }
        let begun = self.byte(0);
        let is_mark = self.flow > 0 || self.is_space(1);
        match begun {
            b'%' if self.at == self.line => self.skip_rest_of_line(),
            b'-' if self.is_space(1) => self.open_block(column),
            b'?' if is_mark => self.open_block(column),
            b':' if is_mark => self.open_block(self.key.unwrap_or(column)),
            b',' => self.at += 1,
            b']' | b'}' => {
                self.flow = self.flow.saturating_sub(1);
                self.at += 1;
            }
            b'|' | b'>' if self.flow == 0 => self.block_scalar(),
            _ => {
                self.key = self.key.or(Some(column));
                match begun {
                    b'!' => {
                        self.skip_while(|scan| !scan.is_space(0) && (scan.flow == 0 || scan.byte(0) != b','))
                    }
                    b'[' | b'{' => {
                        self.flow += 1;
                        self.at += 1;
                    }
                    b'*' | b'&' => {
                        self.at += 1;
                        self.skip_while(|scan| {
                            scan.byte(0).is_ascii_alphanumeric() || b"-_".contains(&scan.byte(0))
                        });
                    }
                    b'"' | b'\'' => self.quoted(begun),
                    _ => self.plain(),
                }
            }
        }
        true
    }

    /// Behind a mark that begins an entry of a block list or mapping in this column.
    fn open_block(&mut self, column: usize) {
        if self.flow == 0 {
            if self.columns.last().is_none_or(|outer| *outer < column) {
                self.columns.push(column);
            }
            self.key = None;
        }
        self.at += 1;
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.text.len() {
            match self.byte(0) {
                b'\\' if quote == b'"' => self.at += 1 + usize::from(self.line_break(1) == 0),
                b'\'' if quote == b'\'' && self.byte(1) == b'\'' => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return;
                }
                _ if self.line_break(0) > 0 => {
                    let key = self.key;
                    self.next_line();
                    self.key = key;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    /// A scalar without quotes, with the lines that go on with it.
    fn plain(&mut self) {
        let least = self.columns.last().map_or(0, |outer| outer + 1);
        let begun = self.at;
        loop {
            if self.is_document_mark() || self.at > begun && self.byte(0) == b'#' {
                return;
            }
            let word = self.at;
            self.skip_while(|scan| {
                let ends_in_flow = scan.flow > 0 && b",[]{}".contains(&scan.byte(0));
                !(scan.is_space(0) || ends_in_flow || scan.byte(0) == b':' && scan.is_space(1))
            });
            if self.at == begun {
                self.at += 1; // no scalar can begin so: the parser says it
            } else if self.at == word && self.at > begun {
                return;
            }
            let mut is_other_line = false;
            let end = (self.at, self.line, self.key);
            loop {
                self.skip_while(|scan| scan.is_blank(0));
                if !self.next_line() {
                    break;
                }
                is_other_line = true;
            }
            if self.at >= self.text.len() || self.at == end.0 {
                return;
            }
            if is_other_line && self.flow == 0 && self.column() < least {
                (self.at, self.line, self.key) = end;
                return;
            }
        }
    }

    /// `|` or `>` and the lines below.
    fn block_scalar(&mut self) {
        let outer = self.columns.last().map_or(0, |outer| outer + 1);
        self.at += 1;
        let mut indent = 0;
        while let byte @ (b'+' | b'-' | b'1'..=b'9') = self.byte(0) {
            if byte.is_ascii_digit() {
                indent = usize::from(byte - b'0') + outer.saturating_sub(1);
            }
            self.at += 1;
        }
        self.skip_while(|scan| scan.is_blank(0));
        if self.byte(0) == b'#' {
            self.skip_rest_of_line();
        }
        if !self.next_line() {
            return;
        }
        if indent == 0 {
            let mut deepest = 0;
            loop {
                self.skip_while(|scan| scan.byte(0) == b' ');
                deepest = deepest.max(self.at - self.line);
                if !self.next_line() {
                    break;
                }
            }
            indent = deepest.max(outer).max(1);
        }
        loop {
            self.skip_while(|scan| scan.byte(0) == b' ' && scan.at - scan.line < indent);
            if self.next_line() {
                continue;
            }
            if self.at - self.line != indent || self.at >= self.text.len() {
                return;
            }
            self.skip_rest_of_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_yaml::Value;

    use super::*;

    /// The deepest nesting that the scan of a text comes to.
    fn deepest(text: &str) -> usize {
        let text = text.as_bytes();
        let mut scan =
            Nesting { text, at: 0, line: 0, counted: (0, 0), columns: Vec::new(), flow: 0, key: None };
        let mut deepest = 0;
        while scan.token() {
            deepest = deepest.max(scan.depth());
        }
        deepest
    }

    fn depth_of(value: &Value) -> usize {
        match value {
            Value::Sequence(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            Value::Mapping(entries) => {
                1 + entries.iter().map(|(key, value)| depth_of(key).max(depth_of(value))).max().unwrap_or(0)
            }
            Value::Tagged(tagged) => depth_of(&tagged.value),
            _ => 0,
        }
    }

    #[test]
    fn every_kind_of_nesting_is_counted() {
        for (text, depth) in [
            ("", 0),
            ("a: 1\n", 1),
            ("a:\n  b:\n    c: 1\nd:\n  e: 1\n", 3),
            ("- - - a\n- b\n", 3),
            ("? - a\n: b\n", 2),
            ("a: [[{b: [c]}], {d: e}]\n", 5),
            ("a: [\n  [b],\n  [c]\n]\nd: [e]\n", 3),
        ] {
            assert_eq!(deepest(text), depth, "{text:?}");
        }
    }

    #[test]
    fn brackets_in_texts_and_comments_are_none() {
        for text in [
            "a: b[[[[ # [[[[\n",
            "a: \"[[[[\\\"[[\n  [[\"\nb: '[[''[['\n",
            "a: |\n  [[[[\n\n   \"[[\nb: c\n",
            "a: >-\n\n  [[[\n  # [[\nb: |2\n    [[[\n  [[\n",
            "a: it's\n  [[[\n  \"[[\nb: c [[[\n",
            "# don't [[[\na: b\n",
            "%YAML 1.1\n---\na: 1\n",
        ] {
            assert!(serde_yaml::from_str::<Value>(text).is_ok(), "{text:?}");
            assert_eq!(deepest(text), 1, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_deep_is_refused_at_once_wherever_the_brackets_hide() {
        let begun = std::time::Instant::now();
        for (before, repeated) in [
            ("", "["),
            ("", "{a: "),
            ("", "[{a: "),
            ("x:\n", "- "),
            ("", "? "),
            ("x: ", "[\n"),
            ("x: ", "[\"]\","),
            ("x: ", "[']',"),
            ("x: ", "[a #]\n,"),
            ("x: ", "[a]b, [!a]b "),
            ("x: a\n  \"\ny: ", "[\"]\","),
            ("x: |\n  \"\ny: ", "[\"]\","),
            ("- k: |\n \"\n- ", "[\"]\","),
            ("x: [a\n  \", ", "[\"]\","),
            ("x: !\"a ", "[\"]\","),
            ("x: it's ", "\ny: ["),
        ] {
            let text = format!("{before}{}", repeated.repeat(400_000 / repeated.len()));
            let parsed = || serde_yaml::from_str::<Value>(&text[..before.len() + 2_000]).is_err();
            assert!(too_deep(&text).is_some() || parsed(), "{before:?} {repeated:?}");
        }
        let steps: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(too_deep(&steps).is_some());
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        /// What the parser reads is never refused, and never nests deeper than the scan saw: a list
        /// below a key may stand in the key's own column.
        #[test]
        fn the_scan_agrees_with_the_parser(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[a-c]", Just("[".to_string()), Just("]".to_string()), Just("{".to_string()), Just("}".to_string()),
                    Just(": ".to_string()), Just(", ".to_string()), Just("- ".to_string()), Just("? ".to_string()),
                    Just("\n".to_string()), Just("\n  ".to_string()), Just("\n    ".to_string()), Just("\"".to_string()),
                    Just("'".to_string()), Just(" #".to_string()), Just(" |\n".to_string()), Just(" >\n   ".to_string()),
                    Just("!t ".to_string()), Just("&a ".to_string()), Just("\\".to_string()), Just("é".to_string()),
                    Just("a:\n".to_string()), Just("\nb: ".to_string()), Just("[[[a]]]".to_string()), Just("{a: [b]}".to_string()),
                    Just("\r\n".to_string()), Just("%".to_string()), Just("\u{85}".to_string()),
                ],
                0..25,
            )
        ) {
            let text: String = parts.concat();
            if let Ok(value) = serde_yaml::from_str::<Value>(&text) {
                let (scanned, depth) = (deepest(&text), depth_of(&value));
                prop_assert!(scanned <= depth, "{text:?}: {scanned} of {depth}");
                prop_assert!(depth <= 2 * scanned + 1, "{text:?}: {scanned} of {depth}");
            }
        }
    }
}
