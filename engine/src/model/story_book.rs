//! What is known of stories: which ids mean the same one, which are complete, what each waits for.

use std::collections::{BTreeMap, BTreeSet};

use super::named::named;
use super::{Dependency, Progress, Status, StatusKind, StoryId, StoryIndex, UnreadFile};

/// Everything that is known of stories, from all files together.
#[derive(Clone, Debug)]
pub struct StoryBook {
    /// Which written ids mean the same story.
    pub index: StoryIndex,
    /// Every declared dependency with its state, in natural order of the stories.
    pub dependencies: Vec<DependencyState>,
    /// Cycles of dependencies, each named in full from its smallest story: `[a, b, a]`.
    pub cycles: Vec<Vec<StoryId>>,
    /// Where what makes up the cycles is written; filled in where there are cycles.
    pub written: Vec<WrittenNeed>,
    /// Stories that are needed but are in no file, each with the story that needs it. None where a file
    /// cannot be read, for they may be there.
    pub unknown: Vec<(StoryId, StoryId)>,
    /// Bare numbers that two or more stories share, with those.
    pub ambiguous: Vec<(StoryId, Vec<StoryId>)>,
    /// Whether a file that says something of stories cannot be read.
    pub is_incomplete: bool,
    /// The files that cannot be read, with what each of them could say.
    pub unread: Vec<UnreadFile>,
    /// The configuration, where it cannot be read: a status of unknown meaning may mean complete.
    pub unread_words: Option<UnreadFile>,
    /// The terminals of archived files, each with whether all its work there was complete.
    pub archived_terminals: BTreeMap<String, bool>,
    /// The complete stories and epics, by their full ids.
    pub complete: BTreeSet<StoryId>,
    /// The stories and epics of which some file says how far they are.
    pub told: BTreeSet<StoryId>,
    /// Those of them that may be complete or not all the same, for all that files could say that cannot be read.
    pub doubtful: BTreeSet<StoryId>,
    /// The stories that a story file names, and its epics.
    pub listed: BTreeSet<StoryId>,
    /// The stories that were deferred, skipped or the like, and so are neither open nor complete.
    pub set_aside: BTreeSet<StoryId>,
    /// The stories of each epic, by its number or name.
    pub epics: BTreeMap<String, BTreeSet<StoryId>>,
}

impl StoryBook {
    /// Whether a story or an epic is complete.
    pub fn is_complete(&self, story: &StoryId) -> bool {
        self.complete.contains(&self.index.resolve(story))
    }

    /// Whether nobody can say how far a story is: only a file that cannot be read could.
    pub fn is_undetermined(&self, story: &StoryId) -> bool {
        let story = self.index.resolve(story);
        self.doubtful.contains(&story) || self.is_incomplete && !self.told.contains(&story)
    }

    /// A file that cannot be read and could say how far a story is.
    pub fn unread_about(&self, story: &StoryId) -> Option<&UnreadFile> {
        let story = self.index.resolve(story);
        let has_work = self.unread.iter().find(|file| file.has_work_of(&story));
        has_work.filter(|_| self.doubtful.contains(&story)).or(self.unread.first())
    }

    /// A file that cannot be read and could say that a story needs another one.
    pub fn unread_needs(&self) -> Option<&UnreadFile> {
        self.unread.iter().find(|file| file.has_needs())
    }

    /// A file that cannot be read and could have sessions.
    pub fn unread_sessions(&self) -> Option<&UnreadFile> {
        self.unread.iter().find(|file| file.has_sessions())
    }

    /// The configuration, where only that could say whether a status means complete.
    pub fn unread_meaning(&self, status: &Status) -> Option<&UnreadFile> {
        self.unread_words.as_ref().filter(|_| status.kind() == StatusKind::Unknown)
    }

    /// Whether a story needs another one, or the epic of that.
    pub fn needs(&self, story: &StoryId, other: &StoryId) -> bool {
        let other = self.index.resolve(other);
        self.dependency(story).is_some_and(|state| state.needs.contains(&other))
    }

    /// What a story declares to need.
    pub fn dependency(&self, story: &StoryId) -> Option<&DependencyState> {
        let story = self.index.resolve(story);
        self.dependencies.iter().find(|state| state.dependency.story == story)
    }

    /// The known stories of an epic; none for a story.
    pub fn stories_of(&self, epic: &StoryId) -> Vec<StoryId> {
        let stories = epic.epic().filter(|_| epic.is_epic()).and_then(|epic| self.epics.get(epic));
        stories.into_iter().flatten().cloned().collect()
    }

    /// Where it is written that a story needs another one, or its epic, in the order of the files.
    pub fn written_at(&self, story: &StoryId, needed: &StoryId) -> Vec<&WrittenNeed> {
        let means = |written: &StoryId, one: &StoryId| {
            written == one || written.is_epic() && self.stories_of(written).contains(one)
        };
        let is_it = |one: &&WrittenNeed| means(&one.story, story) && means(&one.needed, needed);
        self.written.iter().filter(is_it).collect()
    }

    /// How many of an epic's stories are complete, of those that were not set aside.
    pub fn progress_of(&self, epic: &StoryId) -> Progress {
        let counted: Vec<StoryId> =
            self.stories_of(epic).into_iter().filter(|story| !self.set_aside.contains(story)).collect();
        let done = counted.iter().filter(|story| self.complete.contains(story)).count();
        Progress { done, total: counted.len() }
    }
}

/// A need that a file declares, with its line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenNeed {
    /// The story that waits, or its epic, resolved.
    pub story: StoryId,
    /// What it needs: a story or an epic, resolved.
    pub needed: StoryId,
    /// The file, as people find it.
    pub file: String,
    /// The line, from 1, if known.
    pub line: Option<usize>,
}

/// What a story waits for, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyState {
    /// The declaration, ids resolved; from the active file, the template, or both.
    pub dependency: Dependency,
    /// The stories it needs, an epic's one by one.
    pub needs: Vec<StoryId>,
    /// Those of them that are not complete.
    pub waiting_for: Vec<StoryId>,
    /// What it is now.
    pub status: DependencyStatus,
    /// Whether `active-sessions.yaml` has an entry for it.
    pub recorded: bool,
}

named! {
    /// Whether a story can be worked on.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum DependencyStatus {
        /// Something it needs is not complete.
        Blocked = "blocked",
        /// All it needs is complete.
        Ready = "ready",
        /// It is complete itself.
        Completed = "completed",
        /// Whether what it needs is complete is not known, because a file cannot be read.
        Unknown = "unknown",
    }
}
