//! The settings of a merge, from git's configuration or from whoever embeds the engine.

use std::fmt;
use std::sync::Arc;

use crate::merge::attributes::{Attributes, AttributesIn, RunDriver};
use crate::model::{Oid, RepoPath, Side};

/// What `merge.directoryRenames` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DirectoryRenames {
    /// `false`: new files stay where they were added.
    Off,
    /// `true`: new files follow the renamed folder.
    Apply,
    /// `conflict`, git's default: new files follow, and the merge stops there.
    #[default]
    Conflict,
}

/// `merge.conflictStyle`: how far conflicts reach, and how they are written down. Conflicts of merge
/// bases are content of the base of the next merge, so it can change the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConflictStyle {
    /// `merge`: both sides, narrowed down to the lines that differ.
    #[default]
    Merge,
    /// `diff3`: both sides and the base, whole.
    Diff3,
    /// `zdiff3`: the same, without the equal lines at both ends.
    Zdiff3,
}

/// Whether, in the submodule at this path, the second commit contains the first; `None` where its
/// repository is not available.
pub type Submodules = Arc<dyn Fn(&RepoPath, Oid, Oid) -> Option<bool> + Send + Sync>;

/// The short name of a commit, as conflict markers show it.
pub type CommitNames = Arc<dyn Fn(Oid) -> String + Send + Sync>;

/// Blobs greater than this many bytes are not read, unless the settings say otherwise.
pub const LARGEST_BLOB: u64 = 512 << 20;

/// The attributes of other checkouts than the target's.
#[derive(Clone)]
pub struct Checkouts {
    /// The target's tree.
    pub usual: Option<Oid>,
    /// The attributes in a checkout of another one.
    pub attributes: AttributesIn,
}

/// Settings that change the answer. The default is git's.
#[derive(Clone)]
pub struct Options {
    /// `merge.renames`, else `diff.renames`: whether renames are looked for.
    pub renames: bool,
    /// `merge.directoryRenames`.
    pub directory_renames: DirectoryRenames,
    /// `merge.conflictStyle`.
    pub conflict_style: ConflictStyle,
    /// `merge.renameLimit`, else `diff.renameLimit`: the inexact search is skipped where sources
    /// times destinations exceed its square.
    pub rename_limit: usize,
    /// `-X ours`, `-X theirs`: the side that wins where the sides conflict.
    pub favor: Option<Side>,
    /// Why no outcome is known: a setting that git refuses, or that is not followed here.
    pub not_followed: Option<String>,
    /// Blobs greater than this many bytes are not read; their paths stay undecided.
    pub largest_blob: u64,
    /// The names of the two sides, as they appear in `path~NAME`; the commits' ids where not given.
    pub labels: Option<(String, String)>,
    /// What attributes say of paths: git reads them where our side is checked out. These are those of
    /// the target's checkout.
    pub attributes: Attributes,
    /// The attributes where our side is another tree; the same where not given.
    pub checkouts: Option<Checkouts>,
    /// How custom merge drivers are run; `None` for not at all.
    pub run_driver: Option<RunDriver>,
    /// What [`Driver::Own`] does; where not given, such a path stays undecided.
    ///
    /// [`Driver::Own`]: crate::merge::Driver::Own
    pub own_driver: Option<RunDriver>,
    /// Short names of commits; seven digits where not given.
    pub short_names: Option<CommitNames>,
    /// The histories of submodules.
    pub submodules: Option<Submodules>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            renames: true,
            directory_renames: DirectoryRenames::default(),
            conflict_style: ConflictStyle::default(),
            rename_limit: 7000,
            favor: None,
            not_followed: None,
            largest_blob: LARGEST_BLOB,
            labels: None,
            attributes: Attributes::default(),
            checkouts: None,
            run_driver: None,
            own_driver: None,
            short_names: None,
            submodules: None,
        }
    }
}

impl Options {
    /// The short name of a commit.
    pub(crate) fn short_name(&self, id: Oid) -> String {
        self.short_names.as_ref().map_or_else(|| id.short(), |names| names(id))
    }

    /// The attributes of a merge into this tree.
    pub(crate) fn attributes_in(&self, ours: Oid) -> Attributes {
        match &self.checkouts {
            Some(checkouts) if checkouts.usual != Some(ours) => (checkouts.attributes)(ours),
            Some(_) | None => self.attributes.clone(),
        }
    }

    /// Whether contents are normalized before they are merged (`merge.renormalize`).
    pub fn renormalizes(&self) -> bool {
        self.attributes.normalize.is_some()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("renames", &self.renames)
            .field("directory_renames", &self.directory_renames)
            .field("conflict_style", &self.conflict_style)
            .field("rename_limit", &self.rename_limit)
            .field("favor", &self.favor)
            .field("not_followed", &self.not_followed)
            .field("largest_blob", &self.largest_blob)
            .field("labels", &self.labels)
            .field("drivers", &self.attributes.drivers.is_some())
            .field("comparisons", &self.attributes.comparisons.is_some())
            .field("marker_sizes", &self.attributes.marker_sizes.is_some())
            .field("normalize", &self.attributes.normalize.is_some())
            .field("checkouts", &self.checkouts.is_some())
            .field("run_driver", &self.run_driver.is_some())
            .field("own_driver", &self.own_driver.is_some())
            .field("short_names", &self.short_names.is_some())
            .field("submodules", &self.submodules.is_some())
            .finish()
    }
}
