//! Stories, and which written ids mean the same one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dependency, Status, StoryId, UnreadFile};

/// What `sprint-status.yaml` and `dependencies-template.yaml` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stories {
    /// Story statuses in the order of the file; epics and retrospectives are not among them.
    pub statuses: Vec<(StoryId, Status)>,
    /// The statuses of archived stories, which no file of stories need list.
    pub archived: Vec<(StoryId, Status)>,
    /// The terminals of archived files, each with whether all its work there was complete.
    pub archived_terminals: BTreeMap<String, bool>,
    /// The statuses of the epics themselves.
    pub epics: Vec<(StoryId, Status)>,
    /// Every story that the status files list, with the epic that it stands in.
    pub listed: Vec<(StoryId, Option<StoryId>)>,
    /// The template's dependencies, in its order; then those of the status files.
    pub dependencies: Vec<Dependency>,
    /// The files that are there and cannot be read, or not to their end: what only they could say is
    /// not known.
    pub unread: Vec<String>,
    /// The same with what each of them could say.
    pub unread_files: Vec<UnreadFile>,
    /// The configuration, where it cannot be read: a status of unknown meaning may mean complete.
    pub unread_words: Option<UnreadFile>,
    /// The files that were read, relative to the main worktree.
    pub sources: Vec<String>,
}

/// Knows which written ids mean the same story.
///
/// Ids are equal, or one is a bare number and the other is the only known id with that number.
#[derive(Clone, Debug, Default)]
pub struct StoryIndex {
    known: BTreeSet<StoryId>,
    full: BTreeMap<String, Vec<StoryId>>,
}

impl StoryIndex {
    /// An index of all ids that are known from any file. Of several spellings the first one counts.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a StoryId>) -> StoryIndex {
        let mut index = StoryIndex::default();
        for id in ids {
            if !index.known.contains(id) {
                index.known.insert(id.clone());
                if let (Some(number), false) = (id.number(), id.is_bare()) {
                    index.full.entry(number.to_string()).or_default().push(id.clone());
                }
            }
        }
        index
    }

    /// The fullest known id of the same story, in its first spelling; the id itself where none is known
    /// or several fit.
    pub fn resolve(&self, id: &StoryId) -> StoryId {
        match self.candidates(id) {
            [only] if id.is_bare() => only.clone(),
            _ => self.known.get(id).unwrap_or(id).clone(),
        }
    }

    /// The full ids a bare number could mean.
    pub fn candidates(&self, id: &StoryId) -> &[StoryId] {
        id.number().and_then(|number| self.full.get(number)).map_or(&[], Vec::as_slice)
    }

    /// Whether two written ids mean the same story.
    pub fn same(&self, a: &StoryId, b: &StoryId) -> bool {
        self.resolve(a) == self.resolve(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_the_story_with_that_number_unless_two_share_it() {
        let ids = ["1-2-user-authentication", "1-3-a", "1-3-b"].map(StoryId::from);
        let index = StoryIndex::new(&ids);
        assert!(index.same(&"1-2".into(), &"1-2-user-authentication".into()));
        assert!(index.same(&"1.2".into(), &"1-2-user-authentication".into()));
        assert!(!index.same(&"1-3".into(), &"1-3-a".into()));
        assert_eq!(index.candidates(&"1-3".into()).len(), 2);
        assert!(!index.same(&"1-2-other".into(), &"1-2-user-authentication".into()));
    }
}
