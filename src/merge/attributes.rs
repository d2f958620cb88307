//! What attributes say of the paths of one merge, and whose attributes these are.

use std::sync::Arc;

use crate::merge::diff::entry_at;
use crate::merge::engine::Engine;
use crate::merge::objects::Missing;
use crate::merge::options::{Attributes, Driver, MarkerSizes, Normalize};
use crate::merge::three_way::Question;
use crate::model::{Entry, EntryKind, Oid, RepoPath, Stages};

/// How long conflict markers are where nothing is said.
const MARKER_SIZE: usize = 7;

/// What attributes say of paths. Where something is not given, nothing is said.
#[derive(Clone, Default)]
pub struct Rules {
    /// How content is merged.
    pub attributes: Option<Attributes>,
    /// How long conflict markers are.
    pub marker_sizes: Option<MarkerSizes>,
    /// How content is stored, where it is stored anew.
    pub normalize: Option<Normalize>,
}

/// The rules, were this content the `.gitattributes` at the top.
pub type RulesWith = Arc<dyn Fn(&[u8]) -> Rules + Send + Sync>;

impl Rules {
    /// How this path's content is merged, for the user or while merge bases are merged.
    pub(super) fn driver(&self, path: &RepoPath, is_virtual: bool) -> Driver {
        match self.attributes.as_ref().map_or(Driver::Text, |attributes| attributes(path)) {
            Driver::Custom { in_bases: Some(driver), .. } if is_virtual => *driver,
            driver => driver,
        }
    }

    /// How long this path's conflict markers are.
    pub(super) fn marker_size(&self, path: &RepoPath) -> usize {
        self.marker_sizes.as_ref().and_then(|sizes| sizes(path)).unwrap_or(MARKER_SIZE)
    }
}

/// The file at the top of a tree that says what the attributes of its files are.
pub(crate) fn top_file() -> RepoPath {
    RepoPath::from(".gitattributes")
}

/// A `.gitattributes` at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Top {
    /// The worktree's.
    Own,
    /// This one, in its place; the files further down are the worktree's, always. A symbolic link
    /// counts as the text of where it leads.
    File(Entry),
    /// A folder or a submodule has its name on some side.
    Odd,
}

/// What a merge goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tops {
    /// For how content is merged.
    merging: Top,
    /// For how content is stored.
    storing: Top,
}

/// What a merge of these trees goes by. With `merge.renormalize` these are the attributes at the top
/// of the merged trees: the changed ones where all have them and one side changed them, else the
/// base's, else theirs. Where ours has some as well but the base has none, theirs say how content is
/// merged, but not how it is stored. (Found by asking git.)
pub(super) fn tops_of(engine: &Engine<'_>, trees: Stages<Oid>) -> Result<Tops, Missing> {
    let both = |top| Tops { merging: top, storing: top };
    if engine.options.normalize.is_none() {
        return Ok(both(Top::Own));
    }
    let path = top_file();
    let files = trees.try_map(|tree| entry_at(engine.objects, tree, &path))?;
    let odd = |entry: &Entry| matches!(entry.kind, EntryKind::Tree | EntryKind::Submodule);
    if files.iter().flatten().any(odd) {
        return Ok(both(Top::Odd));
    }
    let Stages { base, ours, theirs } = files;
    Ok(match (base, ours, theirs) {
        (Some(_), Some(changed), Some(same)) if base == theirs && same != changed => both(Top::File(changed)),
        (Some(_), Some(_), Some(theirs)) if base == ours || ours == Some(theirs) => both(Top::File(theirs)),
        (Some(base), _, _) => both(Top::File(base)),
        (None, None, Some(theirs)) => both(Top::File(theirs)),
        (None, Some(_), Some(theirs)) => Tops { merging: Top::File(theirs), storing: Top::Own },
        (None, _, None) => both(Top::Own),
    })
}

/// What attributes say in a merge; `None` where that cannot be told. Git keeps what it has once read
/// while it goes on from the merges of bases to the next one, so all must go by the same.
pub(super) fn rules_of(engine: &Engine<'_>, question: &Question) -> Result<Option<Rules>, Missing> {
    let tops = tops_of(engine, question.trees)?;
    if question.went_by.iter().any(|earlier| *earlier != tops) {
        return Ok(None);
    }
    let (Some(merging), Some(storing)) = (under(engine, tops.merging)?, under(engine, tops.storing)?) else {
        return Ok(None);
    };
    Ok(Some(Rules { normalize: storing.normalize, ..merging }))
}

fn under(engine: &Engine<'_>, top: Top) -> Result<Option<Rules>, Missing> {
    let entry = match top {
        Top::Own => return Ok(Some(engine.options.rules())),
        Top::Odd => return Ok(None),
        Top::File(entry) => entry,
    };
    let Some(with) = &engine.options.rules_with else { return Ok(None) };
    Ok(Some(with(&engine.objects.blob(entry.oid)?)))
}
