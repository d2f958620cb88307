//! Why a hook was not changed, in words.

use crate::model::shown_path;
use std::path::Path;

use crate::files::FileError;

/// Why a hook was not changed.
#[derive(Debug)]
pub enum Refusal {
    /// Something is in the way.
    InTheWay {
        /// The file, and the problem with it.
        what: String,
        /// What to do about it.
        help: String,
    },
    /// The error of the operating system.
    File(FileError),
}

impl From<FileError> for Refusal {
    fn from(error: FileError) -> Refusal {
        Refusal::File(error)
    }
}

pub(super) fn in_the_way(path: &Path, what: &str, help: &str) -> Refusal {
    Refusal::InTheWay { what: format!("{} {what}", shown_path(path)), help: help.to_string() }
}

pub(super) fn both_there(path: &Path, aside: &Path) -> Refusal {
    let [path, aside] = [path, aside].map(shown_path);
    Refusal::InTheWay {
        what: format!("{path} is not the hook that replaced {aside}; neither was changed"),
        help: "merge the two by hand and delete the second, then rerun".to_string(),
    }
}

pub(super) fn edited(path: &Path) -> Refusal {
    let help = "move your lines out of the section between \"# >>> track-work\" and \"# <<< track-work\" and rerun, or discard them with --force";
    in_the_way(path, "has an edited track-work section; it was not changed", help)
}

pub(super) fn cannot_tell(path: &Path) -> Refusal {
    let help = "remove the lines from \"# >>> track-work\" to \"# <<< track-work\" by hand, then rerun";
    in_the_way(path, "has no clear start and end of the track-work section; it was not changed", help)
}
