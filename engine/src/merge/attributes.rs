//! What gitattributes say of the paths of a merge: how content is merged and compared, how long
//! conflict markers are, and how content is stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Oid, RepoPath, Stages};

/// How long conflict markers are where no attribute says otherwise.
const MARKER_SIZE: usize = 7;

/// What [`Driver::Own`] is called in the configuration.
pub const OWN_DRIVER: &str = "track-work";

/// How the content of a path is merged: the attribute `merge`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Driver {
    /// Three-way text merge, where the content is text.
    #[default]
    Text,
    /// `binary` or `-merge`: never merged line by line.
    Binary,
    /// `union`: both sides' lines are kept.
    Union,
    /// A driver of whoever asks ([`Options::own_driver`]).
    ///
    /// [`Options::own_driver`]: crate::merge::Options::own_driver
    Own,
    /// A command of the repository. If drivers are not run, the path stays undecided.
    #[serde(skip)] // never kept
    Custom {
        /// Its name.
        name: String,
        /// The driver that is used instead while merge bases are merged, where the configuration
        /// says so (`merge.NAME.recursive`).
        in_bases: Option<Box<Driver>>,
    },
    /// The attribute could not be determined, with the reason; the path stays undecided.
    #[serde(skip)]
    Unknown(String),
}

/// How the content of a path is compared with other files, in the search for renames: the attribute
/// `diff`. Carriage returns before line feeds count in what is binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// As text, unless there is a zero in it.
    #[default]
    ByContent,
    /// As text in any case.
    Text,
    /// As binary in any case.
    Binary,
    /// The attribute could not be determined.
    #[serde(skip)]
    Unknown,
}

/// Tells how a path is compared.
pub type Comparisons = Arc<dyn Fn(&RepoPath) -> Comparison + Send + Sync>;

/// Tells the driver of a path.
pub type Drivers = Arc<dyn Fn(&RepoPath) -> Driver + Send + Sync>;

/// What a custom merge driver is given.
#[derive(Clone, Copy, Debug)]
pub struct DriverInput<'a> {
    /// The driver's name.
    pub name: &'a str,
    /// The path of the result.
    pub path: &'a RepoPath,
    /// The contents; a version that does not exist is empty.
    pub texts: Stages<&'a [u8]>,
    /// The names beside conflict markers.
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

/// The attributes of all paths in one checkout. The default is that none are set.
#[derive(Clone, Default)]
pub struct Attributes {
    /// How content is merged; plain text where not given.
    pub drivers: Option<Drivers>,
    /// How content is compared in the search for renames; by what it is where not given.
    pub comparisons: Option<Comparisons>,
    /// How long conflict markers are; git's default where not given.
    pub marker_sizes: Option<MarkerSizes>,
    /// Whether a program makes the file, where attributes say so or say no.
    pub generated: Option<SaidGenerated>,
    /// How content is stored, where `merge.renormalize` is on.
    pub normalize: Option<Normalize>,
    /// The attributes under another top-level `.gitattributes`. With `merge.renormalize` git uses that
    /// of the merged trees, if they have one; content stays undecided then if this is not given.
    pub with_top: Option<AttributesWith>,
}

/// Whether attributes say that a program makes the file.
pub type SaidGenerated = Arc<dyn Fn(&RepoPath) -> Option<bool> + Send + Sync>;

/// The attributes if the top-level `.gitattributes` had this content.
pub type AttributesWith = Arc<dyn Fn(&[u8]) -> Attributes + Send + Sync>;

/// The attributes in a checkout of this tree.
pub type AttributesIn = Arc<dyn Fn(Oid) -> Attributes + Send + Sync>;

impl Attributes {
    /// Whether a program makes the file, where attributes say so (`linguist-generated`, `-diff`) or say no.
    pub fn is_generated(&self, path: &RepoPath) -> Option<bool> {
        self.generated.as_ref().and_then(|said| said(path))
    }

    /// How a path's content is merged, for the user or while merge bases are merged.
    pub(crate) fn driver(&self, path: &RepoPath, is_virtual: bool) -> Driver {
        match self.drivers.as_ref().map_or(Driver::Text, |drivers| drivers(path)) {
            Driver::Custom { in_bases: Some(driver), .. } if is_virtual => *driver,
            driver => driver,
        }
    }

    /// How a path's content is compared.
    pub(crate) fn comparison(&self, path: &RepoPath) -> Comparison {
        self.comparisons.as_ref().map_or(Comparison::ByContent, |comparisons| comparisons(path))
    }

    /// How long a path's conflict markers are.
    pub(crate) fn marker_size(&self, path: &RepoPath) -> usize {
        self.marker_sizes.as_ref().and_then(|sizes| sizes(path)).unwrap_or(MARKER_SIZE)
    }
}
