//! Paths in a repository, which need not be UTF-8.

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::text::is_hidden;

/// A path inside a repository: bytes with `/` between the parts, relative to its top, as git keeps it.
///
/// Not every path is UTF-8. [`fmt::Display`] is the lossless text form used in human output, JSON
/// and YAML alike: the path itself where it is plain UTF-8, and git's C-style quoted form
/// (`"caf\351"`) where it holds control or hidden characters, other bytes, a backslash or a double quote.
///
/// A copy shares the bytes, since the same paths are in many sets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RepoPath(Arc<[u8]>);

impl RepoPath {
    /// The path with these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> RepoPath {
        RepoPath(bytes.into())
    }

    /// The bytes as git keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or(&self.0)
    }

    /// The folder that holds it; `None` at the top.
    pub fn parent(&self) -> Option<RepoPath> {
        let slash = self.0.iter().rposition(|byte| *byte == b'/')?;
        Some(RepoPath::new(&self.0[..slash]))
    }

    /// This path with one more part.
    pub fn join(&self, part: &[u8]) -> RepoPath {
        if self.0.is_empty() {
            return RepoPath::new(part);
        }
        let mut bytes = SmallVec::<[u8; 256]>::with_capacity(self.0.len() + 1 + part.len());
        for piece in [&self.0, &b"/"[..], part] {
            bytes.extend_from_slice(piece);
        }
        RepoPath::new(&bytes[..])
    }

    /// Whether it is `folder` or lies below it. Everything lies below the empty path.
    pub fn is_within(&self, folder: &RepoPath) -> bool {
        folder.0.is_empty()
            || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }

    /// The path that a file has in a side, if this is the name to which git would move it (`conf~HEAD`).
    pub fn before_moved(&self) -> Option<RepoPath> {
        let at = self.0.iter().rposition(|byte| *byte == b'~').filter(|at| *at > 0)?;
        Some(RepoPath::new(&self.0[..at]))
    }

    /// Whether no tree can have both as files: they are the same, or one is in a folder that the other names.
    pub fn meets(&self, other: &RepoPath) -> bool {
        self.is_within(other) || other.is_within(self)
    }

    /// Reads the form that [`fmt::Display`] writes.
    pub fn from_text(text: &str) -> RepoPath {
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match quoted.and_then(unquote) {
            Some(bytes) => RepoPath::new(bytes),
            None => RepoPath::from(text),
        }
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> RepoPath {
        RepoPath::new(text.as_bytes())
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.contains(|c: char| is_hidden(c) || c == '"' || c == '\\') => f.write_str(text),
            _ => write!(f, "\"{}\"", quote(&self.0)),
        }
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

const ESCAPES: [(u8, char); 9] = [
    (b'\x07', 'a'),
    (b'\x08', 'b'),
    (b'\t', 't'),
    (b'\n', 'n'),
    (b'\x0b', 'v'),
    (b'\x0c', 'f'),
    (b'\r', 'r'),
    (b'"', '"'),
    (b'\\', '\\'),
];

fn quote(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match ESCAPES.iter().find(|(raw, _)| *raw == byte) {
            Some((_, letter)) => text.extend(['\\', *letter]),
            None if (0x20..0x7f).contains(&byte) => text.push(byte as char),
            None => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text
}

fn unquote(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let letter = rest.next()?;
        if letter.is_ascii_digit() {
            let digits = [letter, rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()?);
        } else {
            bytes.push(ESCAPES.iter().find(|(_, known)| *known as u8 == letter)?.0);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_survives_its_text_form() {
        for bytes in [
            &b"src/a b.rs"[..],
            "dir/\u{e9}.txt".as_bytes(),
            b"caf\xe9",
            b"tab\tquote\"back\\slash",
            b"\"x\"",
            b"\x01\x7f",
        ] {
            let path = RepoPath::new(bytes);
            assert_eq!(RepoPath::from_text(&path.to_string()), path, "{path}");
        }
        assert_eq!(RepoPath::new(*b"caf\xe9").to_string(), r#""caf\351""#);
    }

    #[test]
    fn a_folder_holds_what_is_below_it_and_not_its_namesakes() {
        assert!(RepoPath::from("src/a").is_within(&"src".into()));
        assert!(!RepoPath::from("src2/a").is_within(&"src".into()));
        assert!(RepoPath::from("a").is_within(&RepoPath::default()));
    }
}
