//! How an agent's write changes a file's content.

use std::path::PathBuf;

use memchr::memmem;

/// A content that would be larger than is looked at: replacements can double a text again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// A change of a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// The new content.
    Whole(String),
    /// Texts in it are replaced, one after the other.
    Replace(Vec<Replacement>),
    /// Lines in it are replaced, one after the other.
    Lines(Vec<LinesReplaced>),
    /// The file is deleted.
    Delete,
    /// Another file is moved there, and changed.
    Moved {
        /// The file that is moved, absolute or relative to the agent's folder.
        from: PathBuf,
        /// How its content changes.
        change: Box<FileChange>,
    },
    /// Not known; the content on disk is the best guess.
    Unclear,
}

/// A file that is written, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWrite {
    /// The path as the agent names it, absolute or relative to its folder.
    pub path: PathBuf,
    /// The change.
    pub change: FileChange,
}

/// A text that is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The old text.
    pub old: String,
    /// The new text.
    pub new: String,
    /// Every occurrence; otherwise only the first.
    pub all: bool,
}

/// Whole lines that are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinesReplaced {
    /// The old lines; if empty, the new lines are appended.
    pub old: Vec<String>,
    /// The new text.
    pub new: Vec<String>,
}

impl FileChange {
    /// The new content of a file that holds `old`; `None` if it is deleted. Text that is not found is not
    /// replaced. Of a file that is moved there, `old` is its content.
    ///
    /// # Errors
    /// Replacements make more than `most` bytes of it.
    pub fn apply(&self, old: Option<&[u8]>, most: usize) -> Result<Option<Vec<u8>>, TooLarge> {
        let now = old.unwrap_or_default();
        Ok(match self {
            FileChange::Whole(content) => Some(content.clone().into_bytes()),
            FileChange::Delete => None,
            FileChange::Moved { change, .. } => change.apply(old, most)?,
            FileChange::Unclear => old.map(<[u8]>::to_vec),
            FileChange::Replace(edits) => {
                let mut text = now.to_vec();
                for edit in edits {
                    text = replaced(&text, edit, most)?;
                }
                Some(text)
            }
            FileChange::Lines(edits) => {
                let mut from = 0;
                let mut lines: Vec<Vec<u8>> =
                    now.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                for edit in edits {
                    from = replace_lines(&mut lines, from, edit);
                }
                Some(lines.concat())
            }
        })
    }
}

fn replaced(text: &[u8], edit: &Replacement, most: usize) -> Result<Vec<u8>, TooLarge> {
    if edit.old.is_empty() {
        return Ok(if text.is_empty() { edit.new.clone().into_bytes() } else { text.to_vec() });
    }
    // agents see files without the CR at line ends
    let with_cr = |text: &str| text.replace('\n', "\r\n");
    let (old, new) = match memmem::find(text, edit.old.as_bytes()) {
        Some(_) => (edit.old.clone(), edit.new.clone()),
        None => (with_cr(&edit.old), with_cr(&edit.new)),
    };
    let mut out = Vec::new();
    let mut at = 0;
    for found in memmem::find_iter(text, &old).take(if edit.all { usize::MAX } else { 1 }) {
        out.extend(&text[at..found]);
        out.extend(new.as_bytes());
        at = found + old.len();
        if out.len() > most {
            return Err(TooLarge);
        }
    }
    out.extend(&text[at..]);
    Ok(out)
}

/// Replaces lines at or after `from`, and returns where to continue. Trailing white space does not
/// count, as in the tools that apply patches.
fn replace_lines(lines: &mut Vec<Vec<u8>>, from: usize, edit: &LinesReplaced) -> usize {
    let plain = |line: &[u8]| line.trim_ascii_end().to_vec();
    let old: Vec<Vec<u8>> = edit.old.iter().map(|line| plain(line.as_bytes())).collect();
    let stands_at = |at: &usize| {
        lines[*at..].len() >= old.len()
            && lines[*at..].iter().zip(&old).all(|(line, old)| plain(line) == *old)
    };
    let found = if old.is_empty() {
        Some(lines.len())
    } else {
        (from..lines.len()).chain(0..from.min(lines.len())).find(stands_at)
    };
    let Some(at) = found else { return from };
    let crlf = lines.first().is_some_and(|line| line.ends_with(b"\r\n"));
    let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    if at == lines.len()
        && let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n"))
    {
        last.extend(end);
    }
    // unchanged lines keep their bytes
    let mut kept: Vec<Vec<u8>> = lines[at..at + old.len()].to_vec();
    let new: Vec<Vec<u8>> = edit
        .new
        .iter()
        .map(|line| match kept.iter().position(|old| plain(old) == plain(line.as_bytes())) {
            Some(known) => kept.drain(..=known).next_back().unwrap_or_default(),
            None => [line.as_bytes(), end].concat(),
        })
        .collect();
    let next = at + new.len();
    lines.splice(at..at + old.len(), new);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: FileChange, old: &str, new: &str) {
        let got = change.apply(Some(old.as_bytes()), 100).expect("small").expect("content");
        assert_eq!(String::from_utf8_lossy(&got), new);
    }

    fn replace(old: &str, new: &str, all: bool) -> FileChange {
        FileChange::Replace(vec![Replacement { old: old.into(), new: new.into(), all }])
    }

    fn lines(old: &[&str], new: &[&str]) -> FileChange {
        let texts = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect();
        FileChange::Lines(vec![LinesReplaced { old: texts(old), new: texts(new) }])
    }

    #[test]
    fn texts_are_replaced_as_agents_do() {
        check(replace("b", "x", false), "a b b", "a x b");
        check(replace("b", "x", true), "a b b", "a x x");
        check(replace("z", "x", false), "a b", "a b");
        check(replace("a\nb", "a\nc", false), "a\r\nb\r\n", "a\r\nc\r\n");
        check(replace("", "x", false), "a", "a");
        assert_eq!(replace("", "x", false).apply(None, 100), Ok(Some(b"x".to_vec())));
        assert_eq!(FileChange::Delete.apply(Some(b"a"), 100), Ok(None));
        assert_eq!(FileChange::Unclear.apply(None, 100), Ok(None));
    }

    #[test]
    fn replacements_end_where_they_make_too_much() {
        let doubled = Replacement { old: "a".into(), new: "aa".into(), all: true };
        let change = FileChange::Replace(vec![doubled; 100]);
        assert_eq!(change.apply(Some(b"a"), 1 << 20), Err(TooLarge));
        assert_eq!(replace("a", "bb", true).apply(Some(b"aaa"), 5), Err(TooLarge));
    }

    #[test]
    fn lines_are_replaced_as_patches_do() {
        check(lines(&["b"], &["x", "y"]), "a\nb\nc\n", "a\nx\ny\nc\n");
        check(lines(&["a", "b"], &["a"]), "a  \nb\nc", "a  \nc");
        check(lines(&[], &["z"]), "a", "a\nz\n");
        check(lines(&["b"], &["x"]), "a\r\nb\r\n", "a\r\nx\r\n");
        check(lines(&["nowhere"], &["x"]), "a\n", "a\n");
        assert_eq!(lines(&[], &["a"]).apply(None, 100), Ok(Some(b"a\n".to_vec())));
    }
}
