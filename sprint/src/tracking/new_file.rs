//! The text of a new tracking file, in the form of the specification's examples.

use super::edit::quoted;
use crate::model::{Mode, StoryId};

/// A tracking file that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, from [`super::file_name`].
    pub name: String,
    /// Intra-story or inter-story.
    pub mode: Mode,
    /// Its story, for an intra-story file.
    pub story: Option<StoryId>,
    /// `created`, as it is to be written.
    pub created: String,
    /// `owner`, if it is not the default.
    pub owner: Option<String>,
    /// The file that it begins as a copy of, to which only its edits are made; `None`: without sessions.
    pub copy_of: Option<String>,
}

impl NewFile {
    /// Its text, as in the specification's examples.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let (Mode::Intra, Some(story)) = (self.mode, &self.story) {
            text += &format!("story_id: {}\n", quoted(story.as_str()));
        }
        text += &format!("parallel_mode: {}\n", quoted(self.mode.name()));
        text += &format!("created: {}\n", quoted(&self.created));
        if let Some(owner) = &self.owner {
            text += &format!("owner: {}\n", quoted(owner));
        }
        text += "\nsessions: {}\n\n";
        text += match self.mode {
            Mode::Intra => "coordination:\n  merge_points: []\n  conflicts: []\n  ready_to_merge: false\n",
            Mode::Inter => "dependencies: {}\n",
        };
        text
    }
}
