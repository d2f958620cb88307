//! The files about stories that are there and cannot be read, and what only they could say.

use super::StoryId;

/// A file that says something of stories and cannot be read, is empty by accident, or not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadFile {
    /// Its name, as people see it.
    pub name: String,
    /// What such a file says.
    pub says: UnreadSays,
    /// The only story that it can speak of; `None` where it can be any.
    pub story: Option<StoryId>,
}

/// What a file that cannot be read would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadSays {
    /// How far stories are, and what they need: a status file, the template, the configuration that names them.
    Stories,
    /// The sessions of several stories, and what stories need.
    Active,
    /// The sessions of one story.
    Sessions,
    /// What became of archived work.
    Archive,
}

impl UnreadFile {
    /// Whether it could say what stories need.
    pub fn has_needs(&self) -> bool {
        matches!(self.says, UnreadSays::Stories | UnreadSays::Active)
    }

    /// Whether it could have sessions.
    pub fn has_sessions(&self) -> bool {
        matches!(self.says, UnreadSays::Active | UnreadSays::Sessions)
    }

    /// Whether it could have work of this story.
    pub fn has_work_of(&self, story: &StoryId) -> bool {
        let is_it = |own: &StoryId| own == story || own.number().is_some() && own.number() == story.number();
        self.says != UnreadSays::Stories && self.story.as_ref().is_none_or(is_it)
    }
}
