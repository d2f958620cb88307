//! What is declared: the tracking files, the sprint's stories, and where its sessions work.

use std::path::Path;

use crate::model::{Finding, Place, Session, Severity, Status, StatusKind, Stories, StoryId, StoryIndex};
use crate::stories;
use crate::tracking::{Tracking, archived_stories};

use super::Workspace;

impl Workspace {
    /// Reads the tracking files; none where there is no place for them.
    pub fn tracking(&self) -> Tracking {
        let nowhere = Path::new("");
        let dir = self.tracking_dir.as_deref().unwrap_or(nowhere);
        let mut tracking = Tracking::load(dir, &self.config.complete_statuses);
        // a directory that is none is told once
        tracking
            .findings
            .retain(|_| self.wrong_dir.as_ref().is_none_or(|one| one.severity < Severity::Error));
        tracking.findings.extend(self.troubles());
        tracking
    }

    /// The sprint's stories and the archived ones.
    pub(super) fn all_stories(&self, tracking: &Tracking) -> (Stories, Vec<Finding>) {
        let (mut stories, findings) = self.stories();
        stories.statuses.extend(self.archived(tracking));
        (stories, findings)
    }

    fn stories(&self) -> (Stories, Vec<Finding>) {
        let (Some(tracking_dir), root) = (&self.tracking_dir, self.repository.main_worktree()) else {
            return (Stories::default(), Vec::new());
        };
        let root = root.unwrap_or(tracking_dir);
        let configured = self.config.sprint_status.as_deref();
        stories::load(root, tracking_dir, configured, &self.config.complete_statuses)
    }

    /// The statuses of archived stories: what depends on them goes on. A story that was begun anew
    /// is what its sessions say.
    fn archived(&self, tracking: &Tracking) -> Vec<(StoryId, Status)> {
        let Some(dir) = &self.tracking_dir else { return Vec::new() };
        let archived = archived_stories(dir, &self.config.complete_statuses);
        let live: Vec<&StoryId> = tracking
            .files
            .iter()
            .flat_map(|file| &file.sessions)
            .filter_map(|one| one.story.as_ref())
            .collect();
        let index = StoryIndex::new(archived.iter().map(|(story, _)| story).chain(live.iter().copied()));
        let over = archived.iter().filter(|(story, _)| !live.iter().any(|other| index.same(other, story)));
        let kind = |complete| if complete { StatusKind::Completed } else { StatusKind::Inactive };
        over.map(|(story, complete)| (story.clone(), Status::of(kind(*complete)))).collect()
    }

    /// All declared sessions, and all places: those that git shows and those that a session names.
    pub(super) fn sessions_and_places(&self, tracking: &Tracking) -> (Vec<Session>, Vec<Place>) {
        let sessions: Vec<Session> = tracking.files.iter().flat_map(|file| file.sessions.clone()).collect();
        let branches: Vec<String> = sessions.iter().filter_map(|session| session.branch.clone()).collect();
        let places = self.repository.places(&self.target, &branches);
        (sessions, places)
    }
}
