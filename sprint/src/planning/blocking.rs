//! What becomes of each session's status: blocked when what it needs is not complete, unblocked
//! when it is.

use std::collections::BTreeMap;

use crate::model::{
    Facts, Mode, Session, SessionDecision, SessionRef, Status, StatusKind, StoryBook, StoryId, Terminal,
    UnreadFile, UnreadSays,
};

use super::dependencies::may_need_more;

/// Decides the status of every session.
///
/// Inter-story sessions wait for the stories theirs depends on, whether their work has begun or
/// not. Terminals in `blocked_by` hold up work that has begun. Pending work that git shows to have
/// begun, and that waits for nothing, is in progress. Complete sessions stay as they are,
/// and a session that a person blocked stays blocked.
pub fn decide(facts: &Facts) -> BTreeMap<SessionRef, SessionDecision> {
    let mut decisions = BTreeMap::new();
    for terminal in &facts.terminals {
        for session in &terminal.sessions {
            let decision = decide_session(session, terminal, facts);
            decisions.insert(session.at.clone(), decision);
        }
    }
    decisions
}

/// Decides the status of one.
pub(super) fn decide_session(session: &Session, terminal: &Terminal, facts: &Facts) -> SessionDecision {
    let waits = Waits::of(session, facts);
    let begun = facts.own_tip(terminal).is_some_and(|tip| tip.has_begun() && !terminal.shares_place);
    let status = match session.status.kind() {
        StatusKind::Completed | StatusKind::Inactive => session.status.clone(),
        StatusKind::Blocked => match &session.status_before {
            Some(_) if waits.is_empty() && may_still_wait(session, &facts.book) => {
                return held(session, &facts.book);
            }
            Some(before) if waits.is_empty() => resumed(before, begun),
            _ => session.status.clone(),
        },
        _ if !waits.stories.is_empty() => Status::of(StatusKind::Blocked),
        StatusKind::InProgress | StatusKind::Unknown if !waits.is_empty() => Status::of(StatusKind::Blocked),
        StatusKind::Pending if !waits.is_empty() && begun => Status::of(StatusKind::Blocked),
        StatusKind::Pending if waits.is_empty() && begun => Status::of(StatusKind::InProgress),
        StatusKind::Pending | StatusKind::InProgress | StatusKind::Unknown => session.status.clone(),
    };
    if session.status.is_complete() {
        return SessionDecision { status, waiting_for: Vec::new(), reason: None };
    }
    let reason = waits.reason(session, &facts.book);
    SessionDecision { status, waiting_for: waits.names(), reason }
}

/// Whether a session that was blocked because of its story may have to wait all the same, for all that a file could say
/// that cannot be read.
fn may_still_wait(session: &Session, book: &StoryBook) -> bool {
    let waited = session.waiting_for.iter().any(|name| !session.blocked_by.contains(name));
    let story =
        session.story.as_ref().filter(|story| session.mode == Mode::Inter && !book.is_complete(story));
    waited && story.is_some_and(|story| may_need_more(book, story))
}

/// A session stays blocked; where all that it waited for is complete, until it is known what else its story needs.
fn held(session: &Session, book: &StoryBook) -> SessionDecision {
    let mut named = session.waiting_for.iter().filter(|name| !session.blocked_by.contains(name));
    let is_over = named.all(|name| book.is_complete(&StoryId::from(name.as_str())));
    let story = session.story.as_ref().filter(|_| is_over);
    let unknown = story.map(|story| format!("waiting for it to be known what story {} needs", story.short()));
    let written = session.reason.as_ref().map(|reason| reason.replacen("Waiting", "waiting", 1));
    SessionDecision {
        status: session.status.clone(),
        waiting_for: session.waiting_for.clone(),
        reason: unknown.or(written),
    }
}

/// A session goes back to what it was; where git shows that it began meanwhile, to in progress.
fn resumed(before: &Status, begun: bool) -> Status {
    match before.kind() {
        StatusKind::Pending if begun => Status::of(StatusKind::InProgress),
        _ => before.clone(),
    }
}

/// What a session still waits for.
struct Waits {
    stories: Vec<StoryId>,
    terminals: Vec<String>,
}

impl Waits {
    /// Where a file cannot be read, what the session waited for so far still counts, and what only that
    /// file could say adds nothing.
    fn of(session: &Session, facts: &Facts) -> Waits {
        let book = &facts.book;
        let waited = |name: &String| session.status_before.is_some() && session.waiting_for.contains(name);
        let mut stories = Vec::new();
        if let (Some(story), Mode::Inter) = (&session.story, session.mode)
            && !book.is_complete(story)
        {
            stories = book.dependency(story).map_or_else(Vec::new, |state| state.waiting_for.clone());
            let others = session.waiting_for.iter().filter(|name| !session.blocked_by.contains(name));
            let others = others.filter(|name| book.is_incomplete && waited(name));
            for other in others.map(|name| StoryId::from(name.as_str())) {
                if !book.is_complete(&other) && !stories.iter().any(|known| book.index.same(known, &other)) {
                    stories.push(other);
                }
            }
        }
        let sessions = facts.terminals.iter().flat_map(|terminal| &terminal.sessions);
        let mut terminals: Vec<String> = Vec::new();
        for id in &session.blocked_by {
            let is_open = match terminal_completion(id, &session.at.file, sessions.clone(), book) {
                Ok(is_complete) => !is_complete,
                Err(_) => waited(id),
            };
            if is_open && !terminals.contains(id) {
                terminals.push(id.clone());
            }
        }
        Waits { stories, terminals }
    }

    fn is_empty(&self) -> bool {
        self.stories.is_empty() && self.terminals.is_empty()
    }

    fn names(&self) -> Vec<String> {
        self.stories.iter().map(|story| story.to_string()).chain(self.terminals.iter().cloned()).collect()
    }

    /// `waiting for story 1-2 auth service`: with the words of a declared reason such as
    /// "Needs auth service from story 1-2".
    fn reason(&self, session: &Session, book: &StoryBook) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        if let (true, Some(reason)) =
            (book.is_incomplete && session.waiting_for == self.names(), &session.reason)
        {
            return Some(reason.replacen("Waiting", "waiting", 1));
        }
        let declared = session.story.as_ref().and_then(|story| book.dependency(story));
        let declared = declared.and_then(|state| state.dependency.reason.as_deref());
        let stories = self.stories.iter().map(|story| match declared.and_then(needed_thing) {
            Some((thing, from)) if book.index.same(&from, story) => {
                format!("story {} {thing}", story.short())
            }
            _ => format!("story {}", story.short()),
        });
        let names: Vec<String> = stories.chain(self.terminals.iter().cloned()).collect();
        Some(format!("waiting for {}", names.join(", ")))
    }
}

/// What is needed from which story, out of "Needs auth service from story 1-2".
fn needed_thing(reason: &str) -> Option<(String, StoryId)> {
    let words: Vec<&str> = reason.trim().trim_end_matches('.').split_whitespace().collect();
    let [needs, thing @ .., from, story, id] = &words[..] else { return None };
    let fits = needs.to_lowercase().starts_with("need")
        && from.eq_ignore_ascii_case("from")
        && story.eq_ignore_ascii_case("story")
        && !thing.is_empty();
    fits.then(|| (thing.join(" "), StoryId::from(*id)))
}

/// Whether a terminal that others wait for is complete: its session in the same file, or, where it
/// has none there, all its sessions, or, where it has none any more, all that were archived.
///
/// # Errors
/// The file that could say so and cannot be read.
pub fn terminal_completion<'a, 'b>(
    id: &str,
    file: &str,
    sessions: impl Iterator<Item = &'a Session> + Clone,
    book: &'b StoryBook,
) -> Result<bool, &'b UnreadFile> {
    let own = sessions.filter(|session| session.at.terminal == id);
    let complete = |session: &Session| match book.unread_meaning(&session.status) {
        Some(file) => Err(file),
        None => Ok(session.status.is_complete()),
    };
    if let Some(session) = own.clone().find(|session| session.at.file == file) {
        return complete(session);
    }
    if own.clone().any(|session| complete(session) == Ok(false)) {
        return Ok(false);
    }
    let is_registered = own.clone().next().is_some();
    let unread = book.unread.iter().find(|file| match file.says {
        UnreadSays::Active | UnreadSays::Sessions => true,
        UnreadSays::Archive => !is_registered,
        UnreadSays::Stories => false,
    });
    match (unread, is_registered) {
        (Some(unread), _) => Err(unread),
        (None, true) => own.map(complete).find(Result::is_err).unwrap_or(Ok(true)),
        (None, false) => Ok(book.archived_terminals.get(id) == Some(&true)),
    }
}

/// Whether it is known to be complete.
pub fn is_terminal_complete<'a>(
    id: &str,
    file: &str,
    sessions: impl Iterator<Item = &'a Session> + Clone,
    book: &StoryBook,
) -> bool {
    terminal_completion(id, file, sessions, book) == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_reason_says_what_is_needed() {
        let (thing, from) = needed_thing("Needs auth service from story 1-2").unwrap();
        assert_eq!((thing.as_str(), from.as_str()), ("auth service", "1-2"));
        assert_eq!(needed_thing("because I say so"), None);
    }
}
