//! What an answer depends on besides contents and settings. It is returned with the answer, so that
//! who keeps the answer can ask later whether it still holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::merge::attributes::{Comparison, Driver};
use crate::merge::objects::Objects;
use crate::merge::options::{Options, Submodules};
use crate::model::{Oid, RepoPath};

/// One thing that an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MergeDependency {
    /// How the content of this path is merged, for the user or while merge bases are merged.
    Driver(RepoPath, bool, Driver),
    /// How the content of this path is compared in the search for renames.
    Comparison(RepoPath, Comparison),
    /// How long the conflict markers of this path are, where they became content of a merge base.
    MarkerSize(RepoPath, usize),
    /// Whether, in the submodule at this path, the second commit contains the first.
    Contained(RepoPath, [Oid; 2], Option<bool>),
    /// How a base is named in short, where that may be part of what is merged.
    ShortName(Oid, String),
    /// The content of a file, which has to be there for git to merge it.
    Content(Oid),
}

/// All that an answer depends on.
pub(crate) type Dependencies = BTreeSet<MergeDependency>;

impl MergeDependency {
    /// Whether it is still so.
    pub(crate) fn holds(&self, options: &Options, objects: &dyn Objects) -> bool {
        match self {
            MergeDependency::Driver(path, is_virtual, driver) => {
                options.attributes.driver(path, *is_virtual) == *driver
            }
            MergeDependency::Comparison(path, said) => options.attributes.comparison(path) == *said,
            MergeDependency::MarkerSize(path, size) => options.attributes.marker_size(path) == *size,
            MergeDependency::ShortName(id, name) => options.short_name(*id) == *name,
            MergeDependency::Content(id) => objects.is_whole(*id),
            MergeDependency::Contained(path, [older, newer], said) => {
                let contained = |ask: &Submodules| ask(path, *older, *newer);
                options.submodules.as_ref().and_then(contained) == *said
            }
        }
    }

    /// Whether it can be asked again. What a command of the repository did once, it may do otherwise
    /// the next time.
    pub(crate) fn lasts(&self) -> bool {
        match self {
            MergeDependency::Driver(_, _, driver) => match driver {
                Driver::Text | Driver::Binary | Driver::Union | Driver::Own => true,
                Driver::Custom { .. } | Driver::Unknown(_) => false,
            },
            MergeDependency::Comparison(_, said) => *said != Comparison::Unknown,
            MergeDependency::MarkerSize(..)
            | MergeDependency::Contained(..)
            | MergeDependency::ShortName(..)
            | MergeDependency::Content(_) => true,
        }
    }
}
