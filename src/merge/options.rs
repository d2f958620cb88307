use std::fmt;
use std::sync::Arc;

use crate::model::{Oid, RepoPath};

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

/// How the content of a path is merged: the attribute `merge`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    /// Three-way text merge, where the content is text.
    #[default]
    Text,
    /// `binary` or `-merge`: never merged line by line.
    Binary,
    /// `union`: both sides' lines are kept.
    Union,
    /// A command of the repository; it is not run, and the path stays undecided.
    Custom(String),
    /// The attribute could not be determined, with the reason; the path stays undecided.
    Unknown(String),
}

/// What attributes say of a path.
pub type Attributes = Arc<dyn Fn(&RepoPath) -> Driver + Send + Sync>;

/// Content as `git add` would store it, where that differs (`merge.renormalize`).
pub type Normalize = Arc<dyn Fn(&RepoPath, &[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// Whether, in the submodule at this path, the second commit contains the first; `None` where its
/// repository is not at hand.
pub type Submodules = Arc<dyn Fn(&RepoPath, Oid, Oid) -> Option<bool> + Send + Sync>;

/// Something besides contents and settings that an answer rests on. It can be asked again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumed {
    /// How the content of this path is merged.
    Driver(RepoPath, Driver),
    /// Whether, in the submodule at this path, the second commit contains the first.
    Contained(RepoPath, [Oid; 2], Option<bool>),
}

impl Assumed {
    /// Whether it is still so.
    pub(super) fn holds(&self, options: &Options) -> bool {
        match self {
            Assumed::Driver(path, driver) => options.driver(path) == *driver,
            Assumed::Contained(path, [older, newer], said) => {
                let contained = |ask: &Submodules| ask(path, *older, *newer);
                options.submodules.as_ref().and_then(contained) == *said
            }
        }
    }
}

/// Settings that change the answer. The default is git's.
#[derive(Clone)]
pub struct Options {
    /// `merge.renames`, else `diff.renames`: whether renames are looked for.
    pub renames: bool,
    /// `merge.directoryRenames`.
    pub directory_renames: DirectoryRenames,
    /// `merge.renameLimit`, else `diff.renameLimit`: the inexact search is skipped where sources
    /// times destinations exceed its square.
    pub rename_limit: usize,
    /// Blobs greater than this many bytes are not read; their paths stay undecided.
    pub largest_blob: u64,
    /// The names of the two sides, as they appear in `path~NAME`; the commits' ids where not given.
    pub labels: Option<(String, String)>,
    /// Merge drivers by path; plain text where not given.
    pub attributes: Option<Attributes>,
    /// `merge.renormalize`: how, or `None` for off.
    pub normalize: Option<Normalize>,
    /// What is known of submodules' histories.
    pub submodules: Option<Submodules>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            renames: true,
            directory_renames: DirectoryRenames::default(),
            rename_limit: 7000,
            largest_blob: 512 << 20,
            labels: None,
            attributes: None,
            normalize: None,
            submodules: None,
        }
    }
}

impl Options {
    /// How this path's content is merged.
    pub(super) fn driver(&self, path: &RepoPath) -> Driver {
        self.attributes.as_ref().map_or(Driver::Text, |attributes| attributes(path))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("renames", &self.renames)
            .field("directory_renames", &self.directory_renames)
            .field("rename_limit", &self.rename_limit)
            .field("largest_blob", &self.largest_blob)
            .field("labels", &self.labels)
            .field("attributes", &self.attributes.is_some())
            .field("normalize", &self.normalize.is_some())
            .field("submodules", &self.submodules.is_some())
            .finish()
    }
}
