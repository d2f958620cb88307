//! One path during a merge: the versions that meet there, and the conflicts that renames bring to it.

use crate::model::{ConflictKind, Entry, OtherPath, PathRole, RepoPath, Stages};

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
pub(crate) struct PathEntry {
    /// The versions that meet at this path.
    pub stages: Entries,
    /// Where a version comes from, when that is another path.
    pub origins: Stages<Option<RepoPath>>,
    /// See [`Matched`].
    pub matched: Matched,
    /// Whether all three versions were there and two of them equal: git settles such a path before it
    /// follows renames.
    pub settled_at_once: bool,
    /// Whether the path itself is in conflict, whatever its content.
    pub path_conflict: bool,
    /// Whether a rename took the file to another path: nothing stays here, without a conflict.
    pub renamed_away: bool,
    /// What was found on the way. These count where the path itself is in conflict, or where its
    /// content has a conflict of the same kind.
    pub conflicts: Vec<PathConflict>,
}

/// A conflict that renames bring to a path.
#[derive(Clone, Debug)]
pub(crate) enum PathConflict {
    /// Both sides renamed the source to this path; its content may conflict.
    BothRenamed { source: RepoPath },
    /// The sides renamed the source differently; this path is one of the three.
    RenameRename { source: RepoPath, ours: RepoPath, theirs: RepoPath },
    /// One side renamed the source to this path, the other deleted it.
    RenameDelete { source: RepoPath },
    /// One side renamed the source to this path, at which the other has a file.
    RenameAdd { source: RepoPath },
    /// The same, and another file was renamed to this path before.
    RenamedOnto { source: RepoPath },
    /// A file that one side added follows a folder that the other renamed.
    DirectoryRename { source: RepoPath },
}

impl PathConflict {
    /// What kind of conflict it is.
    pub fn kind(&self) -> ConflictKind {
        match self {
            PathConflict::BothRenamed { .. } => ConflictKind::Content,
            PathConflict::RenameRename { .. } | PathConflict::RenamedOnto { .. } => {
                ConflictKind::RenameRename
            }
            PathConflict::RenameDelete { .. } => ConflictKind::RenameDelete,
            PathConflict::RenameAdd { .. } => ConflictKind::RenameAdd,
            PathConflict::DirectoryRename { .. } => ConflictKind::DirectoryRename,
        }
    }

    /// The paths that are part of it besides the `own` one.
    pub fn other_paths(&self, own: &RepoPath) -> Vec<OtherPath> {
        let other = |path: &RepoPath, role| OtherPath { path: path.clone(), role };
        match self {
            PathConflict::RenameRename { source, ours, theirs } => {
                let all = [(source, PathRole::Source), (ours, PathRole::Ours), (theirs, PathRole::Theirs)];
                let others = all.into_iter().filter(|(path, _)| *path != own);
                others.map(|(path, role)| other(path, role)).collect()
            }
            PathConflict::BothRenamed { source }
            | PathConflict::RenameDelete { source }
            | PathConflict::RenameAdd { source }
            | PathConflict::RenamedOnto { source }
            | PathConflict::DirectoryRename { source } => vec![other(source, PathRole::Source)],
        }
    }
}

impl PathEntry {
    /// A path with these versions.
    pub fn new(stages: Entries) -> PathEntry {
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
        PathEntry {
            stages,
            origins: Stages::default(),
            matched,
            settled_at_once: matched != Matched::Nothing && stages.iter().all(Option::is_some),
            path_conflict: false,
            renamed_away: false,
            conflicts: Vec::new(),
        }
    }

    /// Whether neither side has anything here.
    pub fn is_deleted(&self) -> bool {
        self.stages.ours.is_none() && self.stages.theirs.is_none()
    }

    /// Notes that the path itself is in conflict.
    pub fn stop(&mut self, conflict: PathConflict) {
        self.path_conflict = true;
        self.conflicts.push(conflict);
    }

    /// The path that each version comes from.
    pub fn sources<'a>(&'a self, own: &'a RepoPath) -> Stages<&'a RepoPath> {
        self.origins.each_ref().map(|origin| origin.as_ref().unwrap_or(own))
    }
}
