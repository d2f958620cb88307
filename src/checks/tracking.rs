//! What the tracking files say that cannot be right: unknown stories and terminals, one
//! terminal with two stories.

use std::collections::BTreeMap;

use crate::model::{Check, Evidence, Finding, Session, Severity, natural_order};

use super::Facts;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sessions = || facts.files.iter().flat_map(|file| &file.sessions);
    for session in sessions() {
        findings.extend(unknown_terminals(session, facts));
    }
    findings.extend(two_stories(facts));
    findings.extend(unknown_stories(facts));
    findings
}

fn warning(terminals: Vec<String>, message: String, suggestion: &str, evidence: Evidence) -> Finding {
    Finding {
        check: Check::Tracking,
        severity: Severity::Warning,
        terminals,
        path: None,
        message,
        suggestion: suggestion.to_string(),
        evidence,
        recommendation: None,
    }
}

fn unknown_terminals(session: &Session, facts: &Facts) -> Vec<Finding> {
    let known = |id: &String| facts.snapshot.terminals.iter().any(|terminal| terminal.id == *id);
    let missing = session.blocked_by.iter().filter(|id| !known(id));
    missing
        .map(|id| {
            warning(
                vec![session.at.terminal.clone()],
                format!(
                    "{}: {} is blocked by {id}, which is not known",
                    session.at.file, session.at.terminal
                ),
                "Register that terminal, or take it out of blocked_by.",
                Evidence::Session(session.at.clone()),
            )
        })
        .collect()
}

/// One terminal with another story in another file.
fn two_stories(facts: &Facts) -> Vec<Finding> {
    let mut by_id: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
    for session in facts.files.iter().flat_map(|file| &file.sessions) {
        by_id.entry(&session.at.terminal).or_default().push(session);
    }
    let mut findings = Vec::new();
    for (id, sessions) in by_id {
        let mut stories: Vec<String> = sessions
            .iter()
            .filter(|session| !session.status.is_complete())
            .filter_map(|session| Some((session.story.as_ref()?, &session.at.file)))
            .map(|(story, file)| format!("{} in {file}", facts.book.index.resolve(story)))
            .collect();
        stories.sort_by(|a, b| natural_order(a, b));
        let mut distinct: Vec<&str> = stories.iter().filter_map(|story| story.split(" in ").next()).collect();
        distinct.dedup();
        if distinct.len() > 1 {
            findings.push(warning(
                vec![id.to_string()],
                format!("{id} is in two places at once: {}", stories.join(", ")),
                "A terminal works on one story: rename one of the sessions, or complete it.",
                Evidence::Session(sessions[0].at.clone()),
            ));
        }
    }
    findings
}

fn unknown_stories(facts: &Facts) -> Vec<Finding> {
    let unknown = facts.book.unknown.iter().map(|(needed, story)| {
        warning(
            Vec::new(),
            format!("{story} depends on {needed}, which no file knows; it counts as not complete"),
            "Correct the id, or add the story to sprint-status.yaml.",
            Evidence::Dependency { story: story.clone(), waiting_for: vec![needed.0.clone()] },
        )
    });
    let ambiguous = facts.book.ambiguous.iter().map(|(id, candidates)| {
        let names: Vec<&str> = candidates.iter().map(|story| story.0.as_str()).collect();
        warning(
            Vec::new(),
            format!("{id} could be {}; it counts as none of them", names.join(" or ")),
            "Write the whole id.",
            Evidence::Dependency { story: id.clone(), waiting_for: Vec::new() },
        )
    });
    unknown.chain(ambiguous).collect()
}
