//! What is known of one path while a merge goes on.

use crate::model::{ConflictKind, Entry, RepoPath};

/// Index of the merge base among the stages.
pub(super) const BASE: usize = 0;
/// Index of our side.
pub(super) const OURS: usize = 1;
/// Index of their side.
pub(super) const THEIRS: usize = 2;

/// A path's entries in the base, in ours and in theirs. Folders do not count.
pub(super) type Stages = [Option<Entry>; 3];

/// Which two of the three versions were equal when the trees were compared. Renames that are
/// followed later do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matched {
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
pub(super) struct Slot {
    /// The versions that meet at this path.
    pub stages: Stages,
    /// Where a version comes from, when that is another path.
    pub origins: [Option<RepoPath>; 3],
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
pub(super) struct Note {
    pub kind: ConflictKind,
    pub also: Vec<RepoPath>,
}

impl Slot {
    /// A path with these versions.
    pub fn new(stages: Stages) -> Slot {
        let same = |one: usize, other: usize| stages[one].is_some() && stages[one] == stages[other];
        let matched = if same(OURS, THEIRS) {
            Matched::Sides
        } else if same(BASE, OURS) {
            Matched::OursIsBase
        } else if same(BASE, THEIRS) {
            Matched::TheirsIsBase
        } else {
            Matched::Nothing
        };
        Slot {
            stages,
            origins: [None, None, None],
            matched,
            in_question: false,
            carried_away: false,
            notes: Vec::new(),
        }
    }

    /// Whether a version is there.
    pub fn has(&self, stage: usize) -> bool {
        self.stages[stage].is_some()
    }

    /// Puts the path itself in question.
    pub fn question(&mut self, kind: ConflictKind, also: Vec<RepoPath>) {
        self.in_question = true;
        self.notes.push(Note { kind, also });
    }

    /// The path that a version comes from.
    pub fn origin<'a>(&'a self, stage: usize, own: &'a RepoPath) -> &'a RepoPath {
        self.origins[stage].as_ref().unwrap_or(own)
    }
}
