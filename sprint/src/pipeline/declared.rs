//! The first stage: what the tracking files and the sprint's stories declare, and the places that git
//! shows.

use std::path::Path;

use crate::checks;
use crate::git::Repository;
use crate::merging::state::Notes;
use crate::model::{
    Declared, Evidence, Finding, MergedWork, Place, RunPhase, Session, Severity, Status, StatusKind, Stories,
    StoryBook, StoryId, StoryIndex, TrackingFile, UnreadFile, UnreadSays, WrittenNeed,
};
use crate::planning;
use crate::stories;
use crate::tracking::{Tracking, archived_stories, story_of_file};

use super::Workspace;

/// What is declared, and which terminal works where; without looking at anybody's work.
pub fn declare(workspace: &Workspace, tracking: &Tracking) -> Declared {
    let Workspace { repository, target, .. } = workspace;
    let (stories, mut findings) = all_stories(workspace, tracking);
    let mut book = planning::story_book(&tracking.files, &stories);
    if !book.cycles.is_empty() {
        book.written = written_needs(workspace, tracking, &stories, &book);
    }
    let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
    let named = |session: &Session| [session.branch.clone(), session.seen_branch.clone()];
    let mut branches: Vec<String> = sessions.flat_map(named).flatten().collect();
    let mut places = repository.places(target, &branches);
    let mut notes = workspace.add_elsewhere(target, &branches, &mut places);
    let mut files = with_lasting_merges(workspace, &tracking.files);
    let link = |files: &[TrackingFile], places: &[Place]| {
        planning::link(files, places, target, &book.index, &|written| repository.folder_named(written))
    };
    let mut terminals = link(&files, &places);
    let is_unlinked = |session: &Session| {
        terminals.iter().any(|terminal| terminal.place().is_none() && terminal.holds(&session.at))
    };
    let mut unlinked: Vec<&mut Session> = files.iter_mut().flat_map(|file| &mut file.sessions).collect();
    unlinked.retain(|session| is_unlinked(session));
    if !unlinked.is_empty() {
        for session in unlinked {
            let mut known = session.branch.iter().chain(&session.seen_branch);
            let renamed = known.find_map(|branch| repository.new_name_of(branch));
            session.seen_branch = renamed.or(session.seen_branch.take());
            // a branch on which nothing was committed is a place only for those who have no other
            let story = session.story.as_ref().map(ToString::to_string);
            branches.extend(
                session.seen_branch.iter().cloned().chain(story).chain([session.at.terminal.clone()]),
            );
        }
        places = repository.places(target, &branches);
        notes = workspace.add_elsewhere(target, &branches, &mut places);
        terminals = link(&files, &places);
    }
    let config = repository.common_dir().join("config");
    findings.extend(repository.other_sources().into_iter().map(|source| checks::note(source, &config)));
    findings.extend(hidden_main(repository));
    findings.extend(notes);
    findings.extend(open_run(repository));
    findings.extend(tracking.findings.iter().cloned());
    let kinds = workspace.file_kinds();
    let repeated = workspace.repeated.clone();
    Declared { target: target.clone(), places, terminals, files, book, findings, kinds, repeated }
}

/// That the main worktree is not seen: git notes where the linked ones are, and the main one is where its `.git` is.
fn hidden_main(repository: &Repository) -> Option<Finding> {
    let message = repository.hidden_main()?;
    let suggestion = "Run it in the main worktree, or run there once: git config core.worktree \"$(git rev-parse --show-toplevel)\"";
    let note = checks::note(message, &repository.common_dir().join("config"));
    Some(Finding { severity: Severity::Warning, suggestion: suggestion.to_string(), ..note })
}

/// A run of `merge` that waits for a person, or was interrupted.
fn open_run(repository: &Repository) -> Option<Finding> {
    let notes = Notes::of(repository.common_dir());
    // what cannot be read, `merge` tells
    let run = notes.run().ok()??;
    let standing = match run.phase {
        RunPhase::Stopped(_) => run.standing(),
        RunPhase::Merging | RunPhase::Finishing => "is in progress or was interrupted".to_string(),
    };
    let text =
        format!("the run of merge that began at {} {standing}: track-work merge --status", run.started);
    let note = checks::note(text, &notes.folder().join("merge.json"));
    Some(Finding { severity: Severity::Warning, ..note })
}

/// What is known of stories, from all files together.
pub fn story_book(workspace: &Workspace, tracking: &Tracking) -> StoryBook {
    planning::story_book(&tracking.files, &all_stories(workspace, tracking).0)
}

/// Where the files say what stories need, as far as that counts.
fn written_needs(
    workspace: &Workspace,
    tracking: &Tracking,
    said: &Stories,
    book: &StoryBook,
) -> Vec<WrittenNeed> {
    let root = workspace.repository.main_worktree().unwrap_or(Path::new(""));
    let mut lines = stories::FileLines::default();
    let mut written = Vec::new();
    let of_files = tracking.files.iter().flat_map(|file| &file.dependencies).map(|one| (one, true));
    for (entry, is_tracked) in of_files.chain(said.dependencies.iter().map(|one| (one, false))) {
        let counting: Vec<&StoryId> = planning::in_force(book, entry).collect();
        for place in entry.places.iter().filter(|place| counting.contains(&&place.needed)) {
            let folder = if is_tracked { workspace.tracking_dir.as_deref().unwrap_or(root) } else { root };
            let line = lines.of(&folder.join(&place.file), &place.at);
            written.push(WrittenNeed {
                story: book.index.resolve(&entry.story),
                needed: book.index.resolve(&place.needed),
                file: place.file.clone(),
                line,
            });
        }
    }
    written
}

/// The tracking files with those of the merges that they record which the target still has: it may be
/// another one, or have been moved back.
fn with_lasting_merges(workspace: &Workspace, files: &[TrackingFile]) -> Vec<TrackingFile> {
    let mut files = files.to_vec();
    let has = |merged: &MergedWork| workspace.repository.is_in_target(merged.into, &workspace.target);
    for session in files.iter_mut().flat_map(|file| &mut file.sessions) {
        session.lost_merge = session.seen_merged.filter(|merged| has(merged) == Some(false));
        session.seen_merged = session.seen_merged.filter(|merged| has(merged) == Some(true));
    }
    files
}

impl Workspace {
    /// Reads the tracking files; none where there is no place for them.
    pub fn tracking(&self) -> Tracking {
        let dir = self.tracking_dir.as_deref().unwrap_or(Path::new(""));
        let mut tracking = Tracking::load(dir, &self.config.complete_statuses);
        // a directory that is none is reported once
        tracking
            .findings
            .retain(|_| self.wrong_dir.as_ref().is_none_or(|finding| finding.severity < Severity::Error));
        tracking.findings.extend(self.troubles());
        tracking
    }
}

/// The sprint's stories and the archived ones.
fn all_stories(workspace: &Workspace, tracking: &Tracking) -> (Stories, Vec<Finding>) {
    let Some(dir) = &workspace.tracking_dir else { return Default::default() };
    let root = workspace.repository.main_worktree().unwrap_or(dir);
    let config = &workspace.config;
    let (mut stories, mut findings) =
        stories::load(root, dir, config.sprint_status.as_deref(), &config.complete_statuses);
    // what such a file does not say holds all work of stories
    let mut sessions = tracking.files.iter().flat_map(|file| &file.sessions);
    if sessions.any(|session| session.story.is_some()) {
        for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Warning) {
            let Evidence::File { name, .. } = &finding.evidence else { continue };
            if stories.unread.contains(name) {
                finding.severity = Severity::Error;
            }
        }
    }
    stories.unread.extend(workspace.broken_config.iter().map(|_| "config.yaml".to_string()));
    let says_all = |name: &String| UnreadFile { name: name.clone(), says: UnreadSays::Stories, story: None };
    stories.unread_files = stories.unread.iter().map(says_all).collect();
    stories.unread_words = stories.unread_files.last().filter(|_| workspace.broken_config.is_some()).cloned();
    let sessions = tracking.unread.iter().map(|name| {
        let story = story_of_file(name);
        let says = if story.is_some() { UnreadSays::Sessions } else { UnreadSays::Active };
        UnreadFile { name: name.clone(), says, story }
    });
    stories.unread_files.extend(sessions);
    stories.unread.extend(tracking.unread.iter().cloned());
    add_archived(workspace, dir, tracking, &mut stories);
    (stories, findings)
}

/// Adds the statuses of archived stories: what depends on them goes on. A story that was begun anew is
/// what its sessions say.
fn add_archived(workspace: &Workspace, dir: &Path, tracking: &Tracking, stories: &mut Stories) {
    let (archived, unread) = archived_stories(dir, &workspace.config.complete_statuses);
    let of_archive = |name: &String| {
        let story = name.rsplit('/').next().and_then(story_of_file);
        UnreadFile { name: name.clone(), says: UnreadSays::Archive, story }
    };
    stories.unread_files.extend(unread.iter().map(of_archive));
    stories.unread.extend(unread);
    let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
    let live: Vec<&StoryId> = sessions.filter_map(|session| session.story.as_ref()).collect();
    for (terminal, complete) in archived.iter().flat_map(|one| &one.terminals) {
        *stories.archived_terminals.entry(terminal.clone()).or_insert(true) &= *complete;
    }
    let index = StoryIndex::new(archived.iter().map(|one| &one.story).chain(live.iter().copied()));
    let over = archived.iter().filter(|one| !live.iter().any(|other| index.same(other, &one.story)));
    let kind = |complete| if complete { StatusKind::Completed } else { StatusKind::Inactive };
    stories.archived.extend(over.map(|one| (one.story.clone(), Status::of(kind(one.complete)))));
}
