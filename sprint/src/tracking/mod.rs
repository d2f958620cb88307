//! The only room that reads and writes tracking files.
//!
//! Reading never fails as a whole: what cannot be read is a finding. Writing happens under a
//! [`Lock`], changes only the lines it must, replaces whole files at once and all of them or none, and
//! refuses to replace what somebody else has changed meanwhile.

mod archive;
mod change;
mod edit;
mod error;
mod load;
mod lock;
pub mod log;
mod names;
mod new_file;
mod read;
mod save;
mod unite;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{Finding, TrackingFile};
use crate::yaml::Problem;

pub use archive::{ArchivedStory, archived_stories};
pub use change::{Changes, FileEdit, Saved};
pub use error::TrackingError;
pub use lock::Lock;
pub use names::{ACTIVE, check_id, file_name, story_of_file};
pub use new_file::NewFile;
pub use read::DEFAULT_OWNER;
pub use save::{replace, write_new};
pub use unite::{Contradiction, MarkedText, StrayMarker, United, is_united, parted_by_markers, unite};

/// All tracking files of a directory, as they were at one moment.
#[derive(Clone, Debug, Default)]
pub struct Tracking {
    /// The tracking directory.
    pub dir: PathBuf,
    /// The files that could be read, by name.
    pub files: Vec<TrackingFile>,
    /// Problems, in the order of the files.
    pub findings: Vec<Finding>,
    /// The names of the files that cannot be read: what they say is not known.
    pub unread: Vec<String>,
    /// Every file's exact bytes, also of those that could not be understood; or why there are none.
    loaded: BTreeMap<String, Result<Vec<u8>, Problem>>,
    /// Findings about names that look like misspelled ones.
    misnamed: Vec<Finding>,
}

impl Tracking {
    /// Whether the files are the same to the byte.
    pub fn is_as(&self, other: &Tracking) -> bool {
        self.dir == other.dir && self.loaded == other.loaded
    }
}
