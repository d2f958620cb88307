//! Merge points: where streams of work should integrate, declared in files or derived from who
//! waits for whom.

use crate::model::{
    Facts, MergePoint, MergePointState, MergePointStatus, Mode, Session, StatusKind, StoryBook, Terminal,
    TrackingFile, shown_name,
};

use super::words::{carries, telling_words, words};

/// All merge points: the declared ones in the order of the files, then the derived ones.
pub fn merge_points(facts: &Facts) -> Vec<MergePointState> {
    let mut points: Vec<MergePointState> = Vec::new();
    for file in &facts.files {
        let sessions: Vec<&Session> = file.sessions.iter().collect();
        points.extend(file.merge_points.iter().map(|point| declared(point, file, &sessions)));
    }
    for derived in derived(facts) {
        let known = |point: &MergePointState| {
            derived.from.iter().all(|id| point.from.contains(id))
                && derived.to.iter().all(|id| point.to.contains(id))
        };
        if !points.iter().any(known) {
            points.push(derived);
        }
    }
    points
}

fn declared(point: &MergePoint, file: &TrackingFile, sessions: &[&Session]) -> MergePointState {
    let (text, from, to) = match point {
        MergePoint::Text(text) => {
            let (first, then) = halves(text);
            (
                text.clone(),
                matching(&first, sessions),
                then.map_or_else(Vec::new, |then| matching(&then, sessions)),
            )
        }
        MergePoint::Mapping { name, terminals, trigger } => {
            let named = |id: &String| sessions.iter().find(|session| session.at.terminal == *id).copied();
            let listed: Vec<&Session> = terminals.iter().filter_map(named).collect();
            let (first, then) = halves(trigger);
            let (from, to) =
                (matching(&first, sessions), then.map_or_else(Vec::new, |then| matching(&then, sessions)));
            let complete = listed.len() == terminals.len() && !listed.is_empty();
            match (complete, to.is_empty() || from.is_empty()) {
                (true, true) => (name.clone(), listed, Vec::new()),
                _ => (name.clone(), from, to),
            }
        }
    };
    let status = status(&from);
    let named = |sessions: &[&Session]| sessions.iter().map(|session| session.at.terminal.clone()).collect();
    MergePointState { text, file: Some(file.name.clone()), from: named(&from), to: named(&to), status }
}

/// What comes before and after the arrow.
fn halves(text: &str) -> (String, Option<String>) {
    let arrow = ["→", "->", "=>"].iter().find_map(|arrow| text.split_once(arrow));
    match arrow {
        Some((first, then)) => (first.trim().to_string(), Some(then.trim().to_string())),
        None => (text.to_string(), None),
    }
}

/// The sessions that a clause speaks of: by terminal or focus, or else the one whose tasks share
/// the most telling words with it (two at least).
fn matching<'a>(clause: &str, sessions: &[&'a Session]) -> Vec<&'a Session> {
    let clause_words = words(clause);
    let clause_stems: Vec<String> = telling_words(clause);
    let by_name = sessions.iter().copied().filter(|session| {
        let focus = session.focus.as_deref().map_or_else(Vec::new, telling_words);
        carries(clause, &session.at.terminal)
            || (!focus.is_empty()
                && focus.iter().all(|word| clause_stems.contains(word) || clause_words.contains(word)))
    });
    let by_name: Vec<&Session> = by_name.collect();
    if !by_name.is_empty() {
        return first_named(clause, by_name);
    }
    let shared = |session: &Session| {
        let mut stems: Vec<String> =
            session.tasks.iter().flat_map(|task| telling_words(&task.text)).collect();
        stems.sort();
        stems.dedup();
        stems.iter().filter(|word| clause_stems.contains(word)).count()
    };
    let most = sessions.iter().map(|session| shared(session)).max().unwrap_or(0);
    let best: Vec<&Session> = sessions.iter().copied().filter(|session| shared(session) == most).collect();
    if most >= 2 && best.len() == 1 { best } else { Vec::new() }
}

/// A clause may name several terminals ("terminal-1 and terminal-2"). By focus, the first word is its
/// subject ("Frontend can integrate backend").
fn first_named<'a>(clause: &str, sessions: Vec<&'a Session>) -> Vec<&'a Session> {
    let by_terminal: Vec<&Session> =
        sessions.iter().copied().filter(|session| carries(clause, &session.at.terminal)).collect();
    if !by_terminal.is_empty() {
        return by_terminal;
    }
    let joins = words(clause).iter().any(|word| word == "and" || word == "both" || word == "all");
    let place = |session: &Session| {
        let clause = telling_words(clause);
        let focus = session.focus.as_deref().map_or_else(Vec::new, telling_words);
        clause.iter().position(|word| focus.contains(word)).unwrap_or(usize::MAX)
    };
    let first = sessions.iter().map(|session| place(session)).min();
    sessions.into_iter().filter(|session| joins || Some(place(session)) == first).collect()
}

fn status(from: &[&Session]) -> MergePointStatus {
    if from.is_empty() {
        return MergePointStatus::Operator;
    }
    let waiting: Vec<String> =
        from.iter().filter(|session| !is_done(session)).map(|session| session.at.terminal.clone()).collect();
    if waiting.is_empty() { MergePointStatus::Reached } else { MergePointStatus::Waiting(waiting) }
}

/// A session's work is done when its status is complete or all its tasks are marked done.
fn is_done(session: &Session) -> bool {
    session.status.is_complete() || (!session.tasks.is_empty() && session.tasks.iter().all(|task| task.done))
}

/// A complete session that others wait for, by `blocked_by` or by their stories' dependencies.
fn derived(facts: &Facts) -> Vec<MergePointState> {
    let mut points = Vec::new();
    for from in facts.terminals.iter().filter(|terminal| terminal.is_complete()) {
        let waiting =
            facts.terminals.iter().filter(|to| to.id != from.id && waits_for(to, from, &facts.book));
        for to in waiting {
            points.push(MergePointState {
                text: arrow(from, to),
                file: None,
                from: vec![from.id.clone()],
                to: vec![to.id.clone()],
                status: MergePointStatus::Reached,
            });
        }
    }
    points
}

fn waits_for(to: &Terminal, from: &Terminal, book: &StoryBook) -> bool {
    if to.sessions.is_empty() || to.is_complete() {
        return false;
    }
    let by_terminal = to.blocked_by().any(|id| *id == from.id);
    let inter = to
        .sessions
        .iter()
        .any(|session| session.mode == Mode::Inter && session.status.kind() != StatusKind::Inactive);
    let by_story = || match (&to.story, &from.story) {
        (Some(to), Some(from)) if inter && book.is_complete(from) => book.needs(to, from),
        _ => false,
    };
    by_terminal || by_story()
}

/// `Terminal-1 backend → Terminal-2 frontend integration`.
pub(super) fn arrow(from: &Terminal, to: &Terminal) -> String {
    format!("{} → {} integration", work_name(from), work_name(to))
}

/// The same in parentheses: `Terminal-1 (backend)`.
pub(super) fn with_work(terminal: &Terminal) -> String {
    match work(terminal) {
        Some(what) => format!("{} ({what})", shown_name(&terminal.id)),
        None => shown_name(&terminal.id),
    }
}

/// What a terminal works on: its focus, or its story.
fn work(terminal: &Terminal) -> Option<String> {
    let story = || terminal.story.as_ref().map(|story| format!("story {}", story.short()));
    terminal.focus().map(str::to_string).or_else(story)
}

/// `Terminal-1 backend`, or with the story's number where there is no focus.
fn work_name(terminal: &Terminal) -> String {
    match work(terminal) {
        Some(what) => format!("{} {what}", shown_name(&terminal.id)),
        None => shown_name(&terminal.id),
    }
}
