//! What is known of one path while a merge goes on.

use crate::model::{ConflictKind, Entry, RepoPath, Stages};

/// A path's entries in the base, in ours and in theirs. Folders do not count.
pub(crate) type Entries = Stages<Option<Entry>>;

/// Which two of the three versions were equal when the trees were compared. Renames that are
/// followed later do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matched {
    /// No two.
    Nothing,
    /// We left it alone.
    OursIsBase,
    /// They left it alone.
    TheirsIsBase,
    /// Both have the same.
    Sides,
}

/// One path of a merge.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// The versions that meet at this path.
    pub stages: Entries,
    /// Where a version comes from, when that is another path.
    pub origins: Stages<Option<RepoPath>>,
    /// See [`Matched`].
    pub matched: Matched,
    /// Whether the path itself is in question, whatever its content.
    pub in_question: bool,
    /// Whether a rename has carried it away: nothing stays here, without a conflict.
    pub carried_away: bool,
    /// What was found on the way.
    pub notes: Vec<Note>,
}

/// A conflict of the path itself, with its other names.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub kind: ConflictKind,
    pub also: Vec<RepoPath>,
}

impl Slot {
    /// A path with these versions.
    pub fn new(stages: Entries) -> Slot {
        let Stages { base, ours, theirs } = stages;
        let matched = if ours.is_some() && ours == theirs {
            Matched::Sides
        } else if base.is_some() && base == ours {
            Matched::OursIsBase
        } else if base.is_some() && base == theirs {
            Matched::TheirsIsBase
        } else {
            Matched::Nothing
        };
        Slot {
            stages,
            origins: Stages::default(),
            matched,
            in_question: false,
            carried_away: false,
            notes: Vec::new(),
        }
    }

    /// Whether neither side has anything here.
    pub fn is_deleted(&self) -> bool {
        self.stages.ours.is_none() && self.stages.theirs.is_none()
    }

    /// Puts the path itself in question.
    pub fn question(&mut self, kind: ConflictKind, also: Vec<RepoPath>) {
        self.in_question = true;
        self.notes.push(Note { kind, also });
    }

    /// The path that each version comes from.
    pub fn sources<'a>(&'a self, own: &'a RepoPath) -> Stages<&'a RepoPath> {
        self.origins.each_ref().map(|origin| origin.as_ref().unwrap_or(own))
    }
}
