//! The rules by which a tip changes how later merges go: what it does to the lines of `.gitattributes` that have a part in
//! merging.
//!
//! A rule concerns the paths that match its pattern. Merges of all others go as they did.

use serde::{Deserialize, Serialize};

use crate::merge::attribute_sources::is_attributes_file;
use crate::merge::{Objects, RawChange};
use crate::model::{Entry, RepoPath, wildmatch};

/// Attributes that have no part in merging, comparing or storing files; those that begin with `linguist-` have none
/// either.
const APART: [&[u8]; 6] =
    [b"export-ignore", b"export-subst", b"whitespace", b"delta", b"encoding", b"gitlab-language"];

/// Attributes that say how files are stored: they have a part in merging with `merge.renormalize` alone.
const STORING: [&[u8]; 7] =
    [b"text", b"eol", b"crlf", b"ident", b"filter", b"working-tree-encoding", b"lockable"];

/// A pattern with more stars is not followed: to match it may take long.
const MOST_STARS: usize = 6;

/// What a tip sets of the attributes by which files are merged and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAttributes {
    /// Perhaps those of every path.
    everywhere: bool,
    rules: Vec<AttributeRule>,
}

/// The pattern of a line, and the folder of its file; none for the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AttributeRule {
    folder: Option<RepoPath>,
    #[serde(with = "serde_bytes")]
    pattern: Vec<u8>,
}

/// A line that has a part in merging: its pattern, and the attributes that have.
type Line<'t> = (&'t [u8], Vec<&'t [u8]>);

impl SetAttributes {
    /// What this change of a file sets. `renormalizes`: whether it counts how files are stored.
    pub(super) fn by(objects: &dyn Objects, change: &RawChange, renormalizes: bool) -> SetAttributes {
        if !is_attributes_file(&change.path) {
            return SetAttributes::default();
        }
        let text = |entry: Option<Entry>| match entry {
            None => Some(Vec::new()),
            Some(entry) if entry.kind.is_file() => Some(objects.blob(entry.oid).ok()?.to_vec()),
            Some(_) => None,
        };
        let texts = [text(change.old), text(change.new)];
        let [Some(old), Some(new)] = texts.each_ref().map(|text| lines(text.as_deref()?, renormalizes))
        else {
            return SetAttributes::perhaps_all();
        };
        // a path that none of these match has its attributes from lines that both have, in the same order
        let before = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
        let (old, new) = (&old[before..], &new[before..]);
        let after = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
        let changed = old[..old.len() - after].iter().chain(&new[..new.len() - after]);
        let mut set = SetAttributes::default();
        for (pattern, _) in changed {
            let stars = pattern.iter().filter(|byte| **byte == b'*').count();
            set.everywhere |= pattern.starts_with(b"\"") || stars > MOST_STARS;
            set.rules.push(AttributeRule { folder: change.path.parent(), pattern: pattern.to_vec() });
        }
        set
    }

    /// Perhaps those of every path: of a file that cannot be read, or that defines macros.
    pub(super) fn perhaps_all() -> SetAttributes {
        SetAttributes { everywhere: true, rules: Vec::new() }
    }

    pub(super) fn extend(&mut self, more: SetAttributes) {
        self.everywhere |= more.everywhere;
        self.rules.extend(more.rules);
    }

    /// Whether it sets none.
    pub(super) fn is_empty(&self) -> bool {
        !self.everywhere && self.rules.is_empty()
    }

    /// Whether it may set an attribute of this path.
    pub(super) fn concern(&self, path: &RepoPath) -> bool {
        self.everywhere || self.rules.iter().any(|rule| rule.may_match(path))
    }
}

impl AttributeRule {
    /// Whether its pattern matches a path, in small letters or in capitals.
    fn may_match(&self, path: &RepoPath) -> bool {
        let below = match &self.folder {
            None => path.as_bytes(),
            Some(folder) if path.is_within(folder) && path != folder => {
                &path.as_bytes()[folder.as_bytes().len() + 1..]
            }
            Some(_) => return false,
        };
        let (pattern, text) = match &self.pattern[..] {
            [b'/', anchored @ ..] => (anchored, below),
            pattern if pattern.contains(&b'/') => (pattern, below),
            name => (name, path.file_name()),
        };
        wildmatch(pattern, text, false) || wildmatch(pattern, text, true)
    }
}

/// The lines of a file of attributes that have a part in merging; `None` where it defines macros.
fn lines(text: &[u8], renormalizes: bool) -> Option<Vec<Line<'_>>> {
    let counts = |attribute: &&[u8]| {
        let name = attribute.split(|byte| *byte == b'=').next().unwrap_or_default();
        let name = name.strip_prefix(b"-").or(name.strip_prefix(b"!")).unwrap_or(name);
        let is_apart = APART.contains(&name) || name.starts_with(b"linguist-");
        !is_apart && (renormalizes || !STORING.contains(&name))
    };
    let mut kept = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        match words.next() {
            Some(comment) if comment.starts_with(b"#") => {}
            Some(pattern) if pattern.starts_with(b"[attr]") => return None,
            // it may have spaces in it, so that the rest of it would be taken for attributes
            Some(pattern) if pattern.starts_with(b"\"") => kept.push((pattern, vec![line])),
            Some(pattern) => {
                let counting: Vec<&[u8]> = words.filter(counts).collect();
                if !counting.is_empty() {
                    kept.push((pattern, counting));
                }
            }
            None => {}
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_part_in_merging_counts() {
        let check = |text: &str, renormalizes: bool, kept: Option<&[(&str, &[&str])]>| {
            let bytes = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
            let owned = |lines: Vec<Line<'_>>| {
                let line = |(pattern, words): Line<'_>| {
                    (pattern.to_vec(), words.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>())
                };
                lines.into_iter().map(line).collect::<Vec<_>>()
            };
            let kept = kept.map(|kept| {
                kept.iter().map(|(pattern, words)| (pattern.as_bytes().to_vec(), bytes(words))).collect()
            });
            assert_eq!(lines(text.as_bytes(), renormalizes).map(owned), kept, "{text}");
        };
        check("# a\n/tests export-ignore\n*.rs linguist-language=Rust -delta\n\n*.md\n", true, Some(&[]));
        let some: &[(&str, &[&str])] = &[("*.php", &["text"]), ("*.lock", &["-diff"])];
        check("*.php text export-ignore\n*.lock -diff\n", true, Some(some));
        check("*.php text=auto export-ignore\n*.lock -diff eol=lf\n", false, Some(&some[1..]));
        check("*.x merge=union\r\n", false, Some(&[("*.x", &["merge=union"])]));
        check(
            "\"a b\" export-ignore\n*.y exports\n",
            false,
            Some(&[("\"a", &["\"a b\" export-ignore"]), ("*.y", &["exports"])]),
        );
        check("[attr]export-ignore merge=union\n", false, None);
    }

    #[test]
    fn a_rule_concerns_the_paths_below_its_folder_that_match() {
        let rule = |folder: &str, pattern: &str| AttributeRule {
            folder: (!folder.is_empty()).then(|| RepoPath::from(folder)),
            pattern: pattern.as_bytes().to_vec(),
        };
        let matches =
            |folder: &str, pattern: &str, path: &str| rule(folder, pattern).may_match(&RepoPath::from(path));
        assert!(matches("", "*.md", "docs/a.MD"));
        assert!(matches("", "/CHANGELOG", "CHANGELOG") && !matches("", "/CHANGELOG", "docs/CHANGELOG"));
        assert!(matches("docs", "a/*", "docs/a/b") && !matches("docs", "a/*", "a/b"));
        assert!(matches("docs", "*.md", "docs/x/y.md") && !matches("docs", "*.md", "y.md"));
        assert!(!matches("docs", "docs", "docs"));
        assert!(matches("", "a/**/_git/**", "a/b/_git/c/d") && !matches("", "a/*/_git/**", "a/b/c"));
    }
}
