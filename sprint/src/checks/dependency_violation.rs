//! `dependency_violation`: a story's work has begun before all it depends on is complete.

use crate::model::{
    Action, Check, Evidence, Finding, Mode, Recommendation, Session, Severity, StatusKind, StoryBook,
    StoryId, Terminal,
};

use super::CheckInput;
use crate::planning::{StoryCycles, cycle_text};

pub(super) static CHECK: Check = Check {
    code: "dependency_violation",
    summary: "work of an inter-story session started before the stories it depends on were complete",
    severities: &[Severity::Warning],
    blocks_merge: Some(Severity::Warning),
    recorded: None,
    by_declaration: true,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    let cycles = StoryCycles::of(input.facts);
    for terminal in &input.facts.terminals {
        for session in terminal.sessions.iter().filter(|session| session.mode == Mode::Inter) {
            findings.extend(violation(input, terminal, session, &cycles));
        }
    }
    let book = &input.facts.book;
    findings.extend(cycles.stuck.iter().map(|cycle| in_cycle(book, cycle, STUCK.to_string())));
    findings.extend(cycles.open.iter().map(|(cycle, over)| {
        let suggestion = match over {
            Some(over) => {
                format!("Remove one of these dependencies. {over} is complete, so nobody waits for it.")
            }
            None => "Remove one of these dependencies.".to_string(),
        };
        in_cycle(book, cycle, suggestion)
    }));
    findings
}

fn violation(
    input: &CheckInput,
    terminal: &Terminal,
    session: &Session,
    cycles: &StoryCycles,
) -> Option<Finding> {
    let story = input.facts.book.index.resolve(session.story.as_ref()?);
    let waiting = &input.facts.book.dependency(&story)?.waiting_for;
    let begun = how_it_began(input, terminal, session)?;
    // that a story needs itself is told as a cycle
    let waiting: Vec<&StoryId> = waiting.iter().filter(|needed| **needed != story).collect();
    if waiting.is_empty() {
        return None;
    }
    // what waits for this story in a circle is never complete before it
    let is_circle =
        |needed: &StoryId| cycles.stuck.iter().any(|walk| walk.contains(&story) && walk.contains(needed));
    let first: Vec<&str> =
        waiting.iter().filter(|needed| !is_circle(needed)).map(|needed| needed.as_str()).collect();
    let suggestion = match &first[..] {
        [] => format!("Remove one of the dependencies that form a cycle with {story}."),
        first => format!("Complete {} first, then continue with {story}.", first.join(", ")),
    };
    let needed: Vec<String> = waiting.iter().map(|needed| needed.to_string()).collect();
    let needed_text = needed.join(", ");
    let verb = if needed.len() == 1 { "is" } else { "are" };
    let message =
        format!("{story} has started ({begun}), but {needed_text}, which it depends on, {verb} not complete");
    Some(Finding {
        check: &CHECK,
        severity: Severity::Warning,
        terminals: vec![terminal.id.clone()],
        path: None,
        suggestion,
        evidence: Evidence::Dependency { story: story.clone(), waiting_for: needed.clone() },
        recommendation: Some(Recommendation {
            action: Action::Sequence,
            autonomous: true,
            confidence: 90,
            rationale: format!("{story} depends on {needed_text}"),
            alternatives: vec![
                format!("have {} help with {}", terminal.id, needed[0]),
                format!(
                    "remove the dependency on {} if it is not needed{}",
                    needed[0],
                    written_at(&input.facts.book, &story, waiting[0])
                ),
            ],
        }),
        message,
    })
}

/// The first place where it is written that a story needs another one: ` (active-sessions.yaml, line 7)`.
fn written_at(book: &StoryBook, story: &StoryId, needed: &StoryId) -> String {
    let written = book.written_at(story, needed);
    let place = written.first().map(|place| match place.line {
        Some(line) => format!(" ({}, line {line})", place.file),
        None => format!(" ({})", place.file),
    });
    place.unwrap_or_default()
}

/// How a session's work shows that it began; `None` when it has not.
fn how_it_began(input: &CheckInput, terminal: &Terminal, session: &Session) -> Option<String> {
    let blocked_in_work =
        session.status_before.as_ref().is_some_and(|before| before.kind() == StatusKind::InProgress);
    if let Some(tip) = input.facts.own_tip(terminal).filter(|tip| tip.has_begun() && !terminal.shares_place) {
        let commits = (tip.ahead > 0).then(|| plural(tip.ahead, "commit"));
        let files = tip.is_dirty().then(|| format!("{} uncommitted", plural(tip.uncommitted.paths, "file")));
        return Some(commits.into_iter().chain(files).collect::<Vec<_>>().join(", "));
    }
    match session.status.kind() {
        StatusKind::InProgress | StatusKind::Completed => Some(session.status.to_string()),
        StatusKind::Blocked if blocked_in_work => Some("in progress when it was blocked".to_string()),
        StatusKind::Blocked | StatusKind::Pending | StatusKind::Inactive | StatusKind::Unknown => None,
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What to do about stories of which none can go on.
const STUCK: &str = "Remove one of these dependencies; until then, none of these stories can be merged.";

fn in_cycle(book: &StoryBook, cycle: &[StoryId], suggestion: String) -> Finding {
    Finding {
        check: &CHECK,
        severity: Severity::Warning,
        terminals: Vec::new(),
        path: None,
        message: cycle_text(book, cycle),
        suggestion,
        evidence: Evidence::Dependency {
            story: cycle[0].clone(),
            waiting_for: cycle[1..].iter().map(|story| story.to_string()).collect(),
        },
        recommendation: None,
    }
}
