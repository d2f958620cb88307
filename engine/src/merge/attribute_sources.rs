//! Which attributes a merge uses. Without `merge.renormalize` they are always those where our side is checked
//! out; with it, git reads the top-level `.gitattributes` of the merged trees (found by experiments with git).

use crate::merge::attributes::Attributes;
use crate::merge::context::MergeContext;
use crate::merge::diff::entry_at;
use crate::merge::objects::{Missing, Objects};
use crate::model::{Entry, EntryKind, Oid, RepoPath, Stages};

/// Where the top-level `.gitattributes` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AttributeSource {
    /// The checkout of our side.
    Checkout,
    /// This file. The files in folders are the checkout's all the same. A symbolic link counts as the
    /// text of its target.
    File(Entry),
    /// A folder or a submodule has the name on some side; what git makes of that is not known.
    Undetermined,
}

/// Where the attributes of one merge come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttributeSources {
    /// For how content is merged.
    merging: AttributeSource,
    /// For how content is stored.
    storing: AttributeSource,
}

/// The top-level file that sets attributes.
pub(crate) fn attributes_file() -> RepoPath {
    RepoPath::from(".gitattributes")
}

/// Whether a path is that of a file that sets attributes.
pub(crate) fn is_attributes_file(path: &RepoPath) -> bool {
    path.file_name() == b".gitattributes"
}

/// Attributes that have no part in merging, comparing or storing files; those that begin with `linguist-` have none
/// either.
const APART: [&[u8]; 6] =
    [b"export-ignore", b"export-subst", b"whitespace", b"delta", b"encoding", b"gitlab-language"];

/// Whether two versions of a file of attributes differ in anything that has a part in merging; yes where that
/// cannot be told.
pub(crate) fn differ_for_merges(objects: &dyn Objects, old: Option<Entry>, new: Option<Entry>) -> bool {
    let lines = |entry: Option<Entry>| match entry {
        None => Some(Vec::new()),
        Some(entry) if entry.kind.is_file() => lines_for_merges(&objects.blob(entry.oid).ok()?),
        Some(_) => None,
    };
    let (Some(old), Some(new)) = (lines(old), lines(new)) else { return true };
    old != new
}

/// The lines of a file of attributes that have a part in merging; `None` where it defines macros.
fn lines_for_merges(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let is_apart = |attribute: &[u8]| {
        let name = attribute.split(|byte| *byte == b'=').next().unwrap_or_default();
        let name = name.strip_prefix(b"-").or(name.strip_prefix(b"!")).unwrap_or(name);
        APART.contains(&name) || name.starts_with(b"linguist-")
    };
    let mut kept = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        match words.next() {
            Some(comment) if comment.starts_with(b"#") => {}
            Some(pattern) if pattern.starts_with(b"[attr]") => return None,
            Some(pattern) if pattern.starts_with(b"\"") || !words.all(is_apart) => kept.push(line.to_vec()),
            Some(_) | None => {}
        }
    }
    Some(kept)
}

impl AttributeSources {
    /// Where the attributes come from when these trees are merged: the changed file where all have one
    /// and one side changed it, else the base's, else theirs. Where ours has one as well but the base
    /// has none, theirs says how content is merged, but not how it is stored.
    pub fn of(context: MergeContext<'_>, trees: Stages<Oid>) -> Result<AttributeSources, Missing> {
        let both = |source| AttributeSources { merging: source, storing: source };
        if !context.options.renormalizes() {
            return Ok(both(AttributeSource::Checkout));
        }
        let path = attributes_file();
        let files = trees.try_map(|tree| entry_at(context.objects, tree, &path))?;
        let is_file = |entry: &Entry| entry.kind.is_file() || entry.kind == EntryKind::Symlink;
        if !files.iter().flatten().all(is_file) {
            return Ok(both(AttributeSource::Undetermined));
        }
        let Stages { base, ours, theirs } = files;
        Ok(match (base, ours, theirs) {
            (Some(_), Some(changed), Some(same)) if base == theirs && same != changed => {
                both(AttributeSource::File(changed))
            }
            (Some(_), Some(_), Some(theirs)) if base == ours || ours == Some(theirs) => {
                both(AttributeSource::File(theirs))
            }
            (Some(base), _, _) => both(AttributeSource::File(base)),
            (None, None, Some(theirs)) => both(AttributeSource::File(theirs)),
            (None, Some(_), Some(theirs)) => AttributeSources {
                merging: AttributeSource::File(theirs),
                storing: AttributeSource::Checkout,
            },
            (None, _, None) => both(AttributeSource::Checkout),
        })
    }

    /// The attributes from these sources, given those of the checkout; `None` if they cannot be determined.
    fn read(self, context: MergeContext<'_>, checkout: &Attributes) -> Result<Option<Attributes>, Missing> {
        let read = |source| -> Result<Option<Attributes>, Missing> {
            match (source, &checkout.with_top) {
                (AttributeSource::Checkout, _) => Ok(Some(checkout.clone())),
                (AttributeSource::File(entry), Some(with)) => {
                    Ok(Some(with(&context.objects.blob(entry.oid)?)))
                }
                (AttributeSource::File(_), None) | (AttributeSource::Undetermined, _) => Ok(None),
            }
        };
        let (Some(merging), Some(storing)) = (read(self.merging)?, read(self.storing)?) else {
            return Ok(None);
        };
        Ok(Some(Attributes { normalize: storing.normalize, ..merging }))
    }
}

/// The attributes for a merge of these trees; `None` if they cannot be determined. Git keeps the
/// attributes that it read for the merges of bases, so all of these must have the same sources.
pub(crate) fn attributes_of(
    context: MergeContext<'_>,
    checkout: &Attributes,
    trees: Stages<Oid>,
    earlier: &[AttributeSources],
) -> Result<Option<Attributes>, Missing> {
    let sources = AttributeSources::of(context, trees)?;
    if earlier.iter().all(|earlier| *earlier == sources) { sources.read(context, checkout) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_part_in_merging_counts() {
        let check = |text: &str, kept: Option<&[&str]>| {
            let lines = lines_for_merges(text.as_bytes());
            let lines = lines.map(|lines| lines.into_iter().map(|line| String::from_utf8(line).unwrap()));
            assert_eq!(
                lines.map(Iterator::collect::<Vec<_>>),
                kept.map(|kept| kept.iter().map(ToString::to_string).collect()),
                "{text}"
            );
        };
        check("# a\n/tests export-ignore\n*.rs linguist-language=Rust -delta\n\n*.md\n", Some(&[]));
        check(
            "*.php text export-ignore\n*.lock -diff\n",
            Some(&["*.php text export-ignore", "*.lock -diff"]),
        );
        check("*.x merge=union\r\n", Some(&["*.x merge=union\r"]));
        check("\"a export-ignore\n*.y exports\n", Some(&["\"a export-ignore", "*.y exports"]));
        check("[attr]export-ignore merge=union\n", None);
    }
}
