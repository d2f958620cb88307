//! What stories wait for: completeness, dependency states, cycles, unknown ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Dependency, DependencyState, DependencyStatus, Progress, Status, StatusKind, Stories, StoryBook, StoryId,
    StoryIndex, TrackingFile, UnreadFile, natural_order,
};

use super::cycles::cycles;

/// Joins the tracking files, the sprint's statuses and the template.
///
/// A story is complete when `sprint-status.yaml` says so, or when it has sessions and all of
/// them are complete; an epic, when all its stories are that were not set aside, or, where none is
/// known, when `sprint-status.yaml` says so. Of what only a file could say that cannot be read,
/// nothing is known.
pub fn story_book(files: &[TrackingFile], stories: &Stories) -> StoryBook {
    let known = known_ids(files, stories);
    let index = index(&known, files, stories);
    let known: BTreeSet<StoryId> = known.iter().map(|id| index.resolve(id)).collect();
    let listed = listed(stories).map(|id| index.resolve(id)).collect();
    let mut book = StoryBook {
        epics: epics(&known, stories, &index),
        index,
        dependencies: Vec::new(),
        cycles: Vec::new(),
        written: Vec::new(),
        unknown: Vec::new(),
        ambiguous: Vec::new(),
        is_incomplete: !stories.unread.is_empty(),
        unread: stories.unread_files.clone(),
        unread_words: stories.unread_words.clone(),
        archived_terminals: stories.archived_terminals.clone(),
        complete: BTreeSet::new(),
        told: BTreeSet::new(),
        doubtful: BTreeSet::new(),
        listed,
        set_aside: BTreeSet::new(),
    };
    read_statuses(&mut book, files, stories);
    let declared = declared(&book, files, stories);
    let needed: Vec<(StoryId, StoryId)> = declared
        .iter()
        .flat_map(|(one, _)| one.depends_on.iter().map(|needed| (needed.clone(), one.story.clone())))
        .collect();
    let ambiguous: BTreeMap<StoryId, Vec<StoryId>> = needed
        .iter()
        .flat_map(|(needed, story)| [needed, story])
        .filter(|id| id.is_bare() && book.index.candidates(id).len() > 1)
        .map(|id| (id.clone(), book.index.candidates(id).to_vec()))
        .collect();
    let is_known = |id: &StoryId| {
        known.contains(id)
            || ambiguous.contains_key(id)
            || book.told.contains(id)
            || !book.stories_of(id).is_empty()
    };
    let unknown = needed.iter().filter(|(needed, _)| !book.is_incomplete && !is_known(needed));
    book.unknown = unknown.cloned().collect();
    book.ambiguous = ambiguous.into_iter().collect();
    book.dependencies =
        declared.into_iter().map(|(dependency, recorded)| state(&book, dependency, recorded)).collect();
    let needs = book.dependencies.iter().map(|state| (state.dependency.story.clone(), state.needs.clone()));
    book.cycles = cycles(&needs.collect::<Vec<_>>());
    book
}

/// How far the stories are, and then the epics.
fn read_statuses(book: &mut StoryBook, files: &[TrackingFile], stories: &Stories) {
    let mut by_story: BTreeMap<StoryId, bool> = BTreeMap::new();
    for session in files.iter().flat_map(|file| &file.sessions) {
        if let Some(story) = &session.story {
            *by_story.entry(book.index.resolve(story)).or_insert(true) &= session.status.is_complete();
        }
    }
    for (story, is_complete) in by_story {
        book.complete.extend(is_complete.then(|| story.clone()));
        book.told.insert(story);
    }
    for (story, status) in stories.statuses.iter().chain(&stories.archived) {
        let story = book.index.resolve(story);
        book.complete.extend(status.is_complete().then(|| story.clone()));
        book.set_aside.extend((status.kind() == StatusKind::Inactive).then(|| story.clone()));
        book.told.insert(story);
    }
    doubt(book, files, stories);
    book.set_aside.retain(|story| !book.complete.contains(story));
    let epics = stories.epics.iter().rev().map(|(epic, status)| (epic.clone(), status.is_complete()));
    let own: BTreeMap<StoryId, bool> = epics.collect();
    let named = own.keys().cloned();
    let all: BTreeSet<StoryId> = book.epics.keys().map(|epic| StoryId::of_epic(epic)).chain(named).collect();
    for epic in all {
        let own = own.get(&epic).copied();
        let is_over = |story: &StoryId| book.complete.contains(story) || book.set_aside.contains(story);
        let is_open = |story: &StoryId| !book.is_undetermined(story) && !is_over(story);
        let open = book.stories_of(&epic).iter().any(|story| book.told.contains(story) && is_open(story));
        let is_complete = match book.progress_of(&epic) {
            _ if open => Some(false),
            Progress { total: 0, .. } => own,
            _ if book.is_incomplete => None,
            Progress { done, total } => Some(done == total),
        };
        book.complete.extend(is_complete.filter(|complete| *complete).map(|_| epic.clone()));
        book.told.extend(is_complete.map(|_| epic));
    }
}

/// Leaves open how far a story is where a file that cannot be read could make it complete or not. A status file that
/// says so makes it complete, and a session that is not complete leaves it open.
fn doubt(book: &mut StoryBook, files: &[TrackingFile], stories: &Stories) {
    let mut sessions: BTreeMap<StoryId, Vec<&Status>> = BTreeMap::new();
    for session in files.iter().flat_map(|file| &file.sessions) {
        if let Some(story) = &session.story {
            sessions.entry(book.index.resolve(story)).or_default().push(&session.status);
        }
    }
    let mut statuses: BTreeMap<StoryId, Vec<&Status>> = BTreeMap::new();
    for (story, status) in &stories.statuses {
        statuses.entry(book.index.resolve(story)).or_default().push(status);
    }
    let is_doubtful = |story: &&StoryId| {
        let (own, told) = (sessions.get(story), statuses.get(story));
        let (own, told) = (own.map_or(&[][..], Vec::as_slice), told.map_or(&[][..], Vec::as_slice));
        let may_mean = |status: &&Status| book.unread_meaning(status).is_some();
        if told.iter().any(|status| status.is_complete()) {
            return false;
        }
        if own.iter().any(|status| !status.is_complete() && !may_mean(status)) {
            return false;
        }
        // archived work does not count any more once its story was begun anew
        let counts = |file: &&UnreadFile| own.is_empty() || file.has_sessions();
        own.iter().chain(told).any(may_mean)
            || book.unread.iter().filter(counts).any(|file| file.has_work_of(story))
    };
    let doubtful: BTreeSet<StoryId> = book.told.iter().filter(is_doubtful).cloned().collect();
    book.complete.retain(|story| !doubtful.contains(story));
    book.doubtful = doubtful;
}

/// The union of what the active file, the template and the status files declare, ids resolved, and
/// whether the active file has an entry for it. What an epic needs, all its stories need. What the active file has as
/// a copy of the others counts only where one of those cannot be read. `copied` of the result: what others than the active
/// file declare.
fn declared(book: &StoryBook, files: &[TrackingFile], stories: &Stories) -> Vec<(Dependency, bool)> {
    let mut all: BTreeMap<StoryId, (Dependency, bool)> = BTreeMap::new();
    let mut seen: BTreeSet<(StoryId, StoryId)> = BTreeSet::new();
    let recorded = files.iter().flat_map(|file| &file.dependencies).map(|one| (one, true));
    for (dependency, recorded) in recorded.chain(stories.dependencies.iter().map(|one| (one, false))) {
        let is_of_active = recorded;
        let own = book.index.resolve(&dependency.story);
        let inner = book.stories_of(&own).into_iter().map(|story| (story, false));
        for (story, recorded) in inner.chain([(own.clone(), recorded)]) {
            let empty = Dependency::of(story.clone(), Vec::new());
            let (joined, is_recorded) = all.entry(story).or_insert((empty, false));
            *is_recorded |= recorded;
            for needed in in_force(book, dependency).map(|needed| book.index.resolve(needed)) {
                let is_own = joined.story != own && needed == joined.story;
                if !is_own && !is_of_active && !joined.copied.contains(&needed) {
                    joined.copied.push(needed.clone());
                }
                if !is_own && seen.insert((joined.story.clone(), needed.clone())) {
                    joined.depends_on.push(needed);
                }
            }
            let status = dependency.status.clone().filter(|_| recorded);
            joined.status = joined.status.take().or(status);
            joined.reason = joined.reason.take().or_else(|| dependency.reason.clone());
        }
    }
    let mut all: Vec<(Dependency, bool)> = all.into_values().collect();
    all.sort_by(|(a, _), (b, _)| natural_order(a.story.as_str(), b.story.as_str()));
    all
}

/// What of an entry counts by itself: all but the copies, which the files say that they were made of. What one that cannot
/// be read says is not known, so the copies count then.
pub fn in_force<'a>(book: &StoryBook, entry: &'a Dependency) -> impl Iterator<Item = &'a StoryId> {
    let follows = book.unread_needs().is_none();
    let is_copy = |needed: &StoryId| follows && entry.copied.iter().any(|copy| book.index.same(copy, needed));
    let counting: Vec<&StoryId> = entry.depends_on.iter().filter(|needed| !is_copy(needed)).collect();
    counting.into_iter()
}

fn state(book: &StoryBook, dependency: Dependency, recorded: bool) -> DependencyState {
    let mut needs: Vec<StoryId> = Vec::new();
    for needed in &dependency.depends_on {
        let stories = book.stories_of(needed);
        let inner = if stories.is_empty() { vec![needed.clone()] } else { stories };
        needs.extend(inner.into_iter().filter(|story| !book.set_aside.contains(story) || story == needed));
    }
    let mut seen = BTreeSet::new();
    needs.retain(|needed| seen.insert(needed.clone()));
    let open = needs.iter().filter(|needed| !book.complete.contains(needed));
    let (undetermined, waiting_for): (Vec<StoryId>, Vec<StoryId>) =
        open.cloned().partition(|needed| book.is_undetermined(needed));
    let is_undetermined = !undetermined.is_empty()
        || dependency.depends_on.iter().any(|needed| needed.is_epic() && book.is_undetermined(needed));
    let story = &dependency.story;
    // only its own file could say how far it is
    let is_told_there = |file: &UnreadFile| file.story.is_some() && file.has_work_of(story);
    let is_untold = !book.told.contains(story) && book.unread.iter().any(is_told_there);
    let status = if book.complete.contains(story) {
        DependencyStatus::Completed
    } else if is_untold || book.doubtful.contains(story) {
        DependencyStatus::Unknown
    } else if !waiting_for.is_empty() {
        DependencyStatus::Blocked
    } else if is_undetermined || unread_template(book).is_some() {
        DependencyStatus::Unknown
    } else {
        DependencyStatus::Ready
    };
    DependencyState { dependency, needs, waiting_for, status, recorded }
}

/// The file that is there to say what stories need, where it cannot be read.
fn unread_template(book: &StoryBook) -> Option<&UnreadFile> {
    let is_it = |file: &&UnreadFile| file.has_needs() && file.name.ends_with("dependencies-template.yaml");
    book.unread.iter().find(is_it)
}

/// Whether a story that waited may have to wait for more than is known: the file that says what stories need cannot be
/// read, or whether what it needs is complete is not known.
pub fn may_need_more(book: &StoryBook, story: &StoryId) -> bool {
    let needs = |state: &DependencyState| state.needs.iter().any(|needed| book.is_undetermined(needed));
    unread_template(book).is_some() || book.dependency(story).is_some_and(needs)
}

/// Why it is not known what a story needs, or whether that is complete: only a file could say so that cannot be read.
pub fn needs_unknown(book: &StoryBook, story: &StoryId) -> Option<String> {
    let short = story.short();
    if let Some(unread) = book.unread_needs() {
        return Some(format!("what story {short} needs is unknown: mend {}", unread.name));
    }
    let needed = book.dependency(story)?.needs.iter().find(|needed| book.is_undetermined(needed))?;
    let unread = book.unread_about(needed)?;
    let needed = needed.short();
    Some(format!("whether story {needed}, which {short} needs, is complete is unknown: mend {}", unread.name))
}

/// Why it is not known whether the work of a story can be merged, as far as that goes by what it needs: also where the sessions
/// of a needed one cannot be read, which may have work that is still to be merged.
pub fn merge_unknown(book: &StoryBook, story: &StoryId) -> Option<String> {
    needs_unknown(book, story).or_else(|| {
        let needs = &book.dependency(story)?.needs;
        let has_work = |file: &&UnreadFile, needed: &StoryId| {
            file.story.is_some() && file.has_sessions() && file.has_work_of(needed)
        };
        let unread = |needed| Some((needed, book.unread.iter().find(|file| has_work(file, needed))?));
        let (needed, unread) = needs.iter().find_map(unread)?;
        let (needed, short) = (needed.short(), story.short());
        Some(format!(
            "whether the work of story {needed}, which {short} needs, is merged is unknown: mend {}",
            unread.name
        ))
    })
}

/// The stories that the story files name.
fn listed(stories: &Stories) -> impl Iterator<Item = &StoryId> {
    let of_dependencies =
        stories.dependencies.iter().flat_map(|one| [&one.story].into_iter().chain(&one.depends_on));
    let of_sprint = stories.statuses.iter().map(|(id, _)| id).chain(stories.listed.iter().map(|(id, _)| id));
    let epics = stories.listed.iter().filter_map(|(_, epic)| epic.as_ref());
    let epics = stories.epics.iter().map(|(epic, _)| epic).chain(epics);
    of_sprint.chain(of_dependencies).filter(|id| !id.is_epic()).chain(epics)
}

/// Ids that some file knows as a story, and not only as what another story needs.
fn known_ids(files: &[TrackingFile], stories: &Stories) -> Vec<StoryId> {
    let of_files = files.iter().filter_map(|file| file.story.clone());
    let of_sessions =
        files.iter().flat_map(|file| &file.sessions).filter_map(|session| session.story.clone());
    let of_dependencies = files
        .iter()
        .flat_map(|file| &file.dependencies)
        .chain(&stories.dependencies)
        .map(|one| one.story.clone());
    let of_sprint = stories.statuses.iter().chain(&stories.archived).map(|(id, _)| id.clone());
    let listed = stories.listed.iter().map(|(id, _)| id.clone());
    of_files.chain(of_sessions).chain(of_dependencies).chain(of_sprint).chain(listed).collect()
}

/// Which ids are one story. An id that is only needed counts where its number is known in no other full
/// id: a status file may have the number alone.
fn index(known: &[StoryId], files: &[TrackingFile], stories: &Stories) -> StoryIndex {
    let index = StoryIndex::new(known);
    let dependencies = files.iter().flat_map(|file| &file.dependencies).chain(&stories.dependencies);
    let needed = dependencies.flat_map(|one| &one.depends_on);
    let full = needed.filter(|id| !id.is_bare() && id.number().is_some() && index.candidates(id).is_empty());
    let full: Vec<&StoryId> = full.collect();
    match full.is_empty() {
        true => index,
        false => StoryIndex::new(known.iter().chain(full)),
    }
}

/// The stories of each epic: those that have its number, and those that a status file lists in it.
fn epics(
    known: &BTreeSet<StoryId>,
    stories: &Stories,
    index: &StoryIndex,
) -> BTreeMap<String, BTreeSet<StoryId>> {
    let by_number = known.iter().filter(|id| !id.is_epic()).filter_map(|id| Some((id.epic()?, id.clone())));
    let listed =
        stories.listed.iter().filter_map(|(id, epic)| Some((epic.as_ref()?.epic()?, index.resolve(id))));
    let mut epics: BTreeMap<String, BTreeSet<StoryId>> = BTreeMap::new();
    for (epic, story) in by_number.chain(listed) {
        epics.entry(epic.to_string()).or_default().insert(story);
    }
    epics
}
