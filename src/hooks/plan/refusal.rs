//! Why a hook is left as it is, in words.

use std::path::Path;

use crate::files::FileError;

/// Why a hook is left as it is.
#[derive(Debug)]
pub enum Refusal {
    /// What is in the way, and what to do.
    InTheWay {
        /// What is the matter with which file.
        what: String,
        /// What to try.
        help: String,
    },
    /// What the system said.
    File(FileError),
}

impl From<FileError> for Refusal {
    fn from(error: FileError) -> Refusal {
        Refusal::File(error)
    }
}

pub(super) fn in_the_way(path: &Path, what: &str, help: &str) -> Refusal {
    Refusal::InTheWay { what: format!("{} {what}", path.display()), help: help.to_string() }
}

pub(super) fn both_there(path: &Path, aside: &Path) -> Refusal {
    let [path, aside] = [path, aside].map(|path| path.display().to_string());
    Refusal::InTheWay {
        what: format!("{path} is not the hook that was put in the place of {aside}; both were left alone"),
        help: "join the two by hand and remove the second one, then run this again".to_string(),
    }
}

pub(super) fn edited(path: &Path) -> Refusal {
    let help = "move your lines out from between \"# >>> track-work\" and \"# <<< track-work\" and run this again, or give them up with --force";
    in_the_way(path, "was edited inside of the part of track-work; it was left alone", help)
}

pub(super) fn cannot_tell(path: &Path) -> Refusal {
    let help =
        "remove the lines from \"# >>> track-work\" to \"# <<< track-work\" by hand, then run this again";
    in_the_way(path, "does not show where the part of track-work begins and ends; it was left alone", help)
}
