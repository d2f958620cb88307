//! What is known of stories: which ids mean the same one, which are complete, what each waits for.

use std::collections::BTreeSet;

use super::{Dependency, StoryId, StoryIndex};

/// Everything that is known of stories, from all files together.
#[derive(Clone, Debug)]
pub struct StoryBook {
    /// Which written ids mean the same story.
    pub index: StoryIndex,
    /// Every declared dependency with its state, in natural order of the stories.
    pub dependencies: Vec<DependencyState>,
    /// Cycles of dependencies, each named in full from its smallest story: `[a, b, a]`.
    pub cycles: Vec<Vec<StoryId>>,
    /// Stories that are needed but are in no file, each with the story that needs it.
    pub unknown: Vec<(StoryId, StoryId)>,
    /// Bare numbers that two or more stories share, with those.
    pub ambiguous: Vec<(StoryId, Vec<StoryId>)>,
    /// The complete ones, by their full ids.
    pub complete: BTreeSet<StoryId>,
}

impl StoryBook {
    /// Whether a story is complete.
    pub fn is_complete(&self, story: &StoryId) -> bool {
        self.complete.contains(&self.index.resolve(story))
    }

    /// Whether a story waits for itself, or for one that does: its turn never comes.
    pub fn is_in_cycle(&self, story: &StoryId) -> bool {
        let mut open = vec![self.index.resolve(story)];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if self.cycles.iter().any(|cycle| cycle.contains(&id)) {
                return true;
            }
            let needed = self.dependency(&id).map(|state| state.dependency.depends_on.clone());
            if seen.insert(id) {
                open.extend(needed.unwrap_or_default());
            }
        }
        false
    }

    /// What a story declares to need.
    pub fn dependency(&self, story: &StoryId) -> Option<&DependencyState> {
        let story = self.index.resolve(story);
        self.dependencies.iter().find(|state| state.dependency.story == story)
    }
}

/// What a story waits for, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyState {
    /// The declaration, ids resolved; from the active file, the template, or both.
    pub dependency: Dependency,
    /// The stories it needs that are not complete.
    pub waiting_for: Vec<StoryId>,
    /// What it is now.
    pub status: DependencyStatus,
    /// Whether `active-sessions.yaml` has an entry for it.
    pub recorded: bool,
}

/// Whether a story can be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyStatus {
    /// Something it needs is not complete.
    Blocked,
    /// All it needs is complete.
    Ready,
    /// It is complete itself.
    Completed,
}

impl DependencyStatus {
    /// The word used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            DependencyStatus::Blocked => "blocked",
            DependencyStatus::Ready => "ready",
            DependencyStatus::Completed => "completed",
        }
    }
}
