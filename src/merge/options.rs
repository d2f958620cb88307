use std::fmt;
use std::sync::Arc;

use crate::merge::attributes::{Rules, RulesWith};
use crate::model::{Oid, RepoPath, Stages};

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
    /// `zdiff3`: the same, without the lines at both ends that the sides have alike.
    Zdiff3,
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
    /// A command of the repository. Where drivers are not run, the path stays undecided.
    Custom {
        /// Its name.
        name: String,
        /// What serves in its place while merge bases are merged, where the configuration says
        /// so (`merge.NAME.recursive`).
        in_bases: Option<Box<Driver>>,
    },
    /// The attribute could not be determined, with the reason; the path stays undecided.
    Unknown(String),
}

/// What attributes say of a path.
pub type Attributes = Arc<dyn Fn(&RepoPath) -> Driver + Send + Sync>;

/// What a custom merge driver is told.
#[derive(Clone, Copy, Debug)]
pub struct DriverInput<'a> {
    /// The driver's name.
    pub name: &'a str,
    /// The path of the result.
    pub path: &'a RepoPath,
    /// The contents; a version that is not there is empty.
    pub texts: Stages<&'a [u8]>,
    /// The names, as they stand beside conflict markers.
    pub labels: Stages<&'a [u8]>,
    /// How long conflict markers are.
    pub marker_size: usize,
}

/// What a custom merge driver made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverOutput {
    /// The merged content, with conflicts or without.
    pub content: Vec<u8>,
    /// Whether there are none.
    pub clean: bool,
}

/// Runs a custom merge driver, or says why it gives no answer.
pub type RunDriver = Arc<dyn Fn(&DriverInput<'_>) -> Result<DriverOutput, String> + Send + Sync>;

/// How long the conflict markers of a path are: the attribute `conflict-marker-size`.
pub type MarkerSizes = Arc<dyn Fn(&RepoPath) -> Option<usize> + Send + Sync>;

/// Content as `git add` would store it, where that differs (`merge.renormalize`); or why that cannot
/// be said.
pub type Normalize = Arc<dyn Fn(&RepoPath, &[u8]) -> Result<Option<Vec<u8>>, String> + Send + Sync>;

/// Whether, in the submodule at this path, the second commit contains the first; `None` where its
/// repository is not at hand.
pub type Submodules = Arc<dyn Fn(&RepoPath, Oid, Oid) -> Option<bool> + Send + Sync>;

/// How a commit is named in short, as it stands beside conflict markers.
pub type ShortNames = Arc<dyn Fn(Oid) -> String + Send + Sync>;

/// Something besides contents and settings that an answer rests on. It can be asked again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumed {
    /// How the content of this path is merged, for the user or while merge bases are merged.
    Driver(RepoPath, bool, Driver),
    /// How long the conflict markers of this path are, where they became content of a merge base.
    MarkerSize(RepoPath, usize),
    /// Whether, in the submodule at this path, the second commit contains the first.
    Contained(RepoPath, [Oid; 2], Option<bool>),
    /// How a base is named in short, where that may stand in what is merged.
    ShortName(Oid, String),
}

impl Assumed {
    /// Whether it is still so.
    pub(crate) fn holds(&self, options: &Options) -> bool {
        match self {
            Assumed::Driver(path, is_virtual, driver) => options.rules().driver(path, *is_virtual) == *driver,
            Assumed::MarkerSize(path, size) => options.rules().marker_size(path) == *size,
            Assumed::ShortName(id, name) => options.short_name(*id) == *name,
            Assumed::Contained(path, [older, newer], said) => {
                let contained = |ask: &Submodules| ask(path, *older, *newer);
                options.submodules.as_ref().and_then(contained) == *said
            }
        }
    }

    /// Whether it can be asked again. What a command of the repository did once, it may do otherwise
    /// the next time.
    pub(crate) fn lasts(&self) -> bool {
        match self {
            Assumed::Driver(_, _, driver) => match driver {
                Driver::Text | Driver::Binary | Driver::Union => true,
                Driver::Custom { .. } | Driver::Unknown(_) => false,
            },
            Assumed::MarkerSize(..) | Assumed::Contained(..) | Assumed::ShortName(..) => true,
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
    /// `merge.conflictStyle`.
    pub conflict_style: ConflictStyle,
    /// `merge.renameLimit`, else `diff.renameLimit`: the inexact search is skipped where sources
    /// times destinations exceed its square.
    pub rename_limit: usize,
    /// Blobs greater than this many bytes are not read; their paths stay undecided.
    pub largest_blob: u64,
    /// The names of the two sides, as they appear in `path~NAME`; the commits' ids where not given.
    pub labels: Option<(String, String)>,
    /// Merge drivers by path; plain text where not given.
    pub attributes: Option<Attributes>,
    /// How custom merge drivers are run; `None` for not at all.
    pub run_driver: Option<RunDriver>,
    /// Lengths of conflict markers by path; git's default where not given.
    pub marker_sizes: Option<MarkerSizes>,
    /// `merge.renormalize`: how, or `None` for off.
    pub normalize: Option<Normalize>,
    /// The rules under another `.gitattributes` at the top. With `merge.renormalize` git goes by
    /// that of the merged trees, where they have one; where this is not given, content stays
    /// undecided then.
    pub rules_with: Option<RulesWith>,
    /// Short names of commits; seven digits where not given.
    pub short_names: Option<ShortNames>,
    /// What is known of submodules' histories.
    pub submodules: Option<Submodules>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            renames: true,
            directory_renames: DirectoryRenames::default(),
            conflict_style: ConflictStyle::default(),
            rename_limit: 7000,
            largest_blob: 512 << 20,
            labels: None,
            attributes: None,
            run_driver: None,
            marker_sizes: None,
            normalize: None,
            rules_with: None,
            short_names: None,
            submodules: None,
        }
    }
}

impl Options {
    /// How a commit is named in short.
    pub(super) fn short_name(&self, id: Oid) -> String {
        self.short_names.as_ref().map_or_else(|| id.short(), |names| names(id))
    }

    /// What attributes say, by themselves.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            attributes: self.attributes.clone(),
            marker_sizes: self.marker_sizes.clone(),
            normalize: self.normalize.clone(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("renames", &self.renames)
            .field("directory_renames", &self.directory_renames)
            .field("conflict_style", &self.conflict_style)
            .field("rename_limit", &self.rename_limit)
            .field("largest_blob", &self.largest_blob)
            .field("labels", &self.labels)
            .field("attributes", &self.attributes.is_some())
            .field("run_driver", &self.run_driver.is_some())
            .field("marker_sizes", &self.marker_sizes.is_some())
            .field("normalize", &self.normalize.is_some())
            .field("rules_with", &self.rules_with.is_some())
            .field("short_names", &self.short_names.is_some())
            .field("submodules", &self.submodules.is_some())
            .finish()
    }
}
