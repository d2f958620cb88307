//! Line ends and `$Id$`, from the worktree into the repository, as `git add` converts them.

use std::borrow::Cow;

use crate::merge::has_crlf;

/// How a file's bytes are converted when they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// What happens to line ends.
    pub line_ends: LineEnds,
    /// `$Id: …$` becomes `$Id$`.
    pub ident: bool,
}

/// What happens to line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// They stay.
    #[default]
    Keep,
    /// CRLF becomes LF.
    Convert,
    /// The same, if the content is text and the index does not hold CRLF already.
    ConvertText,
}

/// The content as the repository would hold it. `indexed` gives what it holds now: text that is
/// stored with CRLF keeps it when line ends are converted automatically.
pub(super) fn to_repository<'a>(
    content: &'a [u8],
    conversion: Conversion,
    indexed: impl FnOnce() -> Option<std::sync::Arc<[u8]>>,
) -> Cow<'a, [u8]> {
    let convert = has_crlf(content)
        && match conversion.line_ends {
            LineEnds::Keep => false,
            LineEnds::Convert => true,
            LineEnds::ConvertText => {
                is_text(content) && !indexed().is_some_and(|old| has_crlf(&old) && is_text(&old))
            }
        };
    let content = if convert { Cow::Owned(without_cr(content)) } else { Cow::Borrowed(content) };
    if !conversion.ident {
        return content;
    }
    match without_ids(&content) {
        Some(changed) => Cow::Owned(changed),
        None => content,
    }
}

/// Whether there may be an expanded `$Id$`.
pub(super) fn has_id(content: &[u8]) -> bool {
    content.windows(4).any(|part| part == b"$Id:")
}

/// What git considers text: no NUL, no CR alone, and at most one unprintable byte in 128. A
/// final control-Z is forgiven.
fn is_text(content: &[u8]) -> bool {
    let content = content.strip_suffix(b"\x1a").unwrap_or(content);
    let (mut printable, mut other) = (0usize, 0usize);
    for (at, byte) in content.iter().enumerate() {
        match byte {
            0 => return false,
            b'\r' if content.get(at + 1) != Some(&b'\n') => return false,
            b'\r' | b'\n' => {}
            0x08 | b'\t' | 0x0c | 0x1b => printable += 1,
            0x01..0x20 | 0x7f => other += 1,
            _ => printable += 1,
        }
    }
    printable / 128 >= other
}

/// Without the CR of every CRLF.
fn without_cr(content: &[u8]) -> Vec<u8> {
    let kept =
        |(at, byte): (usize, &u8)| (*byte != b'\r' || content.get(at + 1) != Some(&b'\n')).then_some(*byte);
    content.iter().enumerate().filter_map(kept).collect()
}

/// With `$Id$` for every `$Id: …$` on one line; `None` where there is none.
fn without_ids(content: &[u8]) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    let mut rest = content;
    let mut found = false;
    while let Some(start) = rest.windows(4).position(|part| part == b"$Id:") {
        let (before, after) = rest.split_at(start + 4);
        let end = after.iter().position(|byte| matches!(byte, b'$' | b'\n'));
        match end {
            Some(end) if after[end] == b'$' => {
                result.extend_from_slice(&before[..start + 3]);
                result.push(b'$');
                rest = &after[end + 1..];
                found = true;
            }
            _ => {
                result.extend_from_slice(before);
                rest = after;
            }
        }
    }
    result.extend_from_slice(rest);
    found.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_converted_as_the_attributes_say() {
        let convert = |content: &str, line_ends, old: Option<&str>| {
            let conversion = Conversion { line_ends, ..Conversion::default() };
            let old = old.map(|old| old.as_bytes().into());
            String::from_utf8(to_repository(content.as_bytes(), conversion, || old).into_owned()).unwrap()
        };
        assert_eq!(convert("a\r\nb\r\n", LineEnds::Keep, None), "a\r\nb\r\n");
        assert_eq!(convert("a\r\nb\rc\r\n", LineEnds::Convert, None), "a\nb\rc\n");
        assert_eq!(convert("a\r\nb\r\n", LineEnds::ConvertText, None), "a\nb\n");
        assert_eq!(convert("a\r\nb\r\n", LineEnds::ConvertText, Some("x\r\n")), "a\r\nb\r\n");
        assert_eq!(convert("a\r\nb\r\n", LineEnds::ConvertText, Some("x\r\n\0")), "a\nb\n");
        assert_eq!(convert("a\r\nb\rc", LineEnds::ConvertText, None), "a\r\nb\rc");
    }

    #[test]
    fn expanded_ids_are_taken_back() {
        let conversion = Conversion { ident: true, ..Conversion::default() };
        let convert = |content: &str| {
            String::from_utf8(to_repository(content.as_bytes(), conversion, || None).into_owned()).unwrap()
        };
        assert_eq!(convert("a $Id: 12 $ b $Id$ $Id: x\n$"), "a $Id$ b $Id$ $Id: x\n$");
        assert_eq!(convert("$Id: 1 $$Id: 2 $"), "$Id$$Id$");
    }
}
