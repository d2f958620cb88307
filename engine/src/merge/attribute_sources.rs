//! Which attributes a merge uses. Without `merge.renormalize` they are always those where our side is checked
//! out; with it, git reads the top-level `.gitattributes` of the merged trees (found by experiments with git).

use crate::merge::attributes::Attributes;
use crate::merge::context::MergeContext;
use crate::merge::diff::entry_at;
use crate::merge::objects::Missing;
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
