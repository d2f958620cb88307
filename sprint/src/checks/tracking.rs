//! What the tracking files say that cannot be right: unknown stories and terminals, one
//! terminal with two stories.

use std::collections::BTreeMap;

use crate::model::{
    Evidence, Facts, Finding, Link, Place, Session, Severity, TRACKING, Terminal, natural_order, shell_word,
    shown_path,
};
use crate::planning;

use super::CheckInput;

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sessions = || input.facts.files.iter().flat_map(|file| &file.sessions);
    for session in sessions() {
        findings.extend(unknown_terminals(session, input));
    }
    findings.extend(waiting_in_cycles(input));
    findings.extend(sessions().filter_map(|session| two_places(session, input)));
    findings.extend(input.facts.terminals.iter().filter_map(|terminal| namesake(terminal, input)));
    findings.extend(input.facts.terminals.iter().filter_map(|terminal| lost_commits(terminal, input.facts)));
    findings.extend(two_stories(input));
    findings.extend(unknown_stories(input));
    findings
}

fn warning(terminals: Vec<String>, message: String, suggestion: &str, evidence: Evidence) -> Finding {
    Finding {
        check: &TRACKING,
        severity: Severity::Warning,
        terminals,
        path: None,
        message,
        suggestion: suggestion.to_string(),
        evidence,
        recommendation: None,
    }
}

fn unknown_terminals(session: &Session, input: &CheckInput) -> Vec<Finding> {
    let is_there = |id: &String| input.facts.terminals.iter().any(|terminal| terminal.id == *id);
    let known = |id: &String| is_there(id) || input.facts.book.archived_terminals.contains_key(id);
    let missing = session.blocked_by.iter().filter(|id| !known(id));
    missing
        .map(|id| {
            warning(
                vec![session.at.terminal.clone()],
                format!(
                    "{}: {} is blocked by {id}, which is not registered",
                    session.at.file, session.at.terminal
                ),
                "Register that terminal, or remove it from blocked_by.",
                Evidence::Session(session.at.clone()),
            )
        })
        .collect()
}

/// Terminals that wait for each other: none of them can ever go on.
fn waiting_in_cycles(input: &CheckInput) -> Vec<Finding> {
    let cycles = planning::terminal_cycles(input.facts).into_iter();
    cycles
        .map(|walk| {
            let mut terminals = walk.clone();
            terminals.sort_by(|a, b| natural_order(a, b));
            terminals.dedup();
            let first = terminals[0].clone();
            warning(
                terminals,
                format!("the terminals wait for each other and form a cycle: {}", walk.join(" → ")),
                &format!(
                    "Remove one of them from blocked_by: {}",
                    input.facts.command("update TERMINAL --blocked-by OTHERS")
                ),
                Evidence::Place(first),
            )
        })
        .collect()
}

/// A session whose worktree has another branch than the one it names: the worktree counts.
fn two_places(session: &Session, input: &CheckInput) -> Option<Finding> {
    let (branch, worktree) = (session.branch.as_deref()?, session.worktree.as_deref()?);
    let holds = |terminal: &&Terminal| terminal.sessions.iter().any(|held| held.at == session.at);
    let place = input.facts.terminals.iter().find(holds)?.place()?;
    let there = input.facts.places[place].branch.as_deref();
    if there == Some(branch.strip_prefix("refs/heads/").unwrap_or(branch)) {
        return None;
    }
    let is_on = there.map_or("no branch".to_string(), |there| format!("branch {there}"));
    let id = &session.at.terminal;
    let own = there.map_or("''".to_string(), shell_word);
    Some(warning(
        vec![id.clone()],
        format!(
            "{id} is registered with branch {branch}, but its worktree {worktree} is on {is_on}; the worktree is used"
        ),
        &format!(
            "If it is right there: {}",
            input.facts.command(&format!("update {} --branch {own}", shell_word(id)))
        ),
        Evidence::Session(session.at.clone()),
    ))
}

/// A terminal whose work was found by its story's number, while another place has its own name.
fn namesake(terminal: &Terminal, input: &CheckInput) -> Option<Finding> {
    let Facts { terminals, places, .. } = input.facts;
    let session = terminal.sessions.iter().find(|session| !session.status.is_complete())?;
    let other = planning::namesake(terminal, terminals, places)?;
    let own = &places[terminal.place()?];
    let (id, [used, left]) = (&terminal.id, [own, other].map(described));
    let [use_it, use_other] = [own, other]
        .map(|place| planning::linking(terminal, terminals, places, place, &input.facts.repeated));
    let (use_it, use_other) = (use_it?, use_other?);
    Some(warning(
        vec![id.clone()],
        format!("{id} is linked to {used}; {left} has its own name, and no session"),
        &format!("Say where its work is: {use_it} or {use_other}"),
        Evidence::Session(session.at.clone()),
    ))
}

/// A terminal whose place lost the commits that it was seen with, or that is gone itself with them. Of work that goes on,
/// a missing place is told as that.
fn lost_commits(terminal: &Terminal, facts: &Facts) -> Option<Finding> {
    let is_told = matches!(terminal.link, Link::Gone(_)) && !terminal.is_complete();
    let command = planning::restoring(terminal, &facts.places).filter(|_| !is_told)?;
    let session = terminal.sessions.first()?;
    let (id, target) = (&terminal.id, &facts.target.name);
    if terminal.lost_commit().is_none() {
        // where nobody looked, the target may have it by now
        let is_here = terminal.sessions.iter().any(|session| session.head_is_here == Some(true));
        return is_here.then(|| warning(
            vec![id.clone()],
            format!(
                "{id} was seen with commits that {target} does not have, and its branch and worktree are not here"
            ),
            &format!("To bring them back: {command}"),
            Evidence::Session(session.at.clone()),
        ));
    }
    Some(warning(
        vec![id.clone()],
        format!(
            "{id} was seen with commits that nothing holds any more, and {target} does not have them: its branch was reset or moved by force"
        ),
        &format!("To bring them back: {command}"),
        Evidence::Session(session.at.clone()),
    ))
}

fn described(place: &Place) -> String {
    match (place.folder(), &place.branch) {
        (Some(folder), _) => format!("worktree {}", shown_path(folder)),
        (None, Some(branch)) => format!("branch {branch}"),
        (None, None) => place.name.clone(),
    }
}

/// One terminal with another story in another file.
fn two_stories(input: &CheckInput) -> Vec<Finding> {
    let mut by_id: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
    for session in input.facts.files.iter().flat_map(|file| &file.sessions) {
        by_id.entry(&session.at.terminal).or_default().push(session);
    }
    let mut findings = Vec::new();
    for (id, sessions) in by_id {
        let mut stories: Vec<String> = sessions
            .iter()
            .filter(|session| !session.status.is_complete())
            .filter_map(|session| Some((session.story.as_ref()?, &session.at.file)))
            .map(|(story, file)| format!("{} in {file}", input.facts.book.index.resolve(story)))
            .collect();
        stories.sort_by(|a, b| natural_order(a, b));
        let mut distinct: Vec<&str> = stories.iter().filter_map(|story| story.split(" in ").next()).collect();
        distinct.dedup();
        if distinct.len() > 1 {
            findings.push(warning(
                vec![id.to_string()],
                format!("{id} works on several stories at once: {}", stories.join(", ")),
                "A terminal works on one story at a time: rename or complete one of the sessions.",
                Evidence::Session(sessions[0].at.clone()),
            ));
        }
    }
    findings
}

fn unknown_stories(input: &CheckInput) -> Vec<Finding> {
    let unknown = input.facts.book.unknown.iter().map(|(needed, story)| {
        warning(
            Vec::new(),
            format!("{story} depends on {needed}, which is not in any file; it is treated as incomplete"),
            "Correct the id, or add the story to sprint-status.yaml.",
            Evidence::Dependency { story: story.clone(), waiting_for: vec![needed.to_string()] },
        )
    });
    let ambiguous = input.facts.book.ambiguous.iter().map(|(id, candidates)| {
        let names: Vec<&str> = candidates.iter().map(|story| story.as_str()).collect();
        warning(
            Vec::new(),
            format!("{id} could be {}; none of them is used", names.join(" or ")),
            "Write the full ID.",
            Evidence::Dependency { story: id.clone(), waiting_for: Vec::new() },
        )
    });
    unknown.chain(ambiguous).collect()
}
