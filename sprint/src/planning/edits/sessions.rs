//! What is written of a session: its status, and what git shows of its terminal.

use std::collections::BTreeMap;

use crate::model::{
    Edit, Facts, MergedWork, Oid, Session, SessionDecision, SessionRef, StatusKind, Step, Terminal, Value,
};

use super::{StatusChange, SyncPlan, is_generated};

/// How many touched paths `observed` lists; `touched_total` counts them all.
const MOST_TOUCHED: usize = 50;

/// The keys that tell how work came into the target.
const MERGED_KEYS: [&str; 3] = ["merged_as", "merged_head", "merged_into"];

/// Their values: what follows from another one is left out.
fn merged_keys(merged: MergedWork, head: Option<Oid>) -> [(&'static str, Option<String>); 3] {
    let MergedWork { how, head: last, into } = merged;
    let values = [
        Some(how.name().to_string()),
        (Some(last) != head).then(|| last.to_string()),
        (into != last).then(|| into.to_string()),
    ];
    let mut values = values.into_iter();
    MERGED_KEYS.map(|key| (key, values.next().flatten()))
}

fn at_session(session: &SessionRef, keys: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = vec!["sessions".into(), session.terminal.as_str().into()];
    steps.extend(keys.iter().map(|key| Step::from(*key)));
    steps
}

/// Takes out what this tool wrote of a session when it blocked it, if it did: its former status, what it waits for, and the
/// reason.
pub fn no_longer_blocked(session: &Session) -> Vec<Edit> {
    if session.status_before.is_none() {
        return Vec::new();
    }
    let own_reason = session.reason.as_deref().filter(|reason| is_generated(reason)).map(|_| "reason");
    let keys = ["status_before", "waiting_for"].into_iter().chain(own_reason);
    keys.map(|key| Edit::remove(&session.at.file, &at_session(&session.at, &[key]))).collect()
}

/// Writes the decided status. What this tool blocks keeps its former status and what it waits for.
pub(super) fn session_status(
    decisions: &BTreeMap<SessionRef, SessionDecision>,
    session: &Session,
    plan: &mut SyncPlan,
) {
    let Some(decision) = decisions.get(&session.at) else { return };
    let file = &session.at.file;
    let set = |key: &str, value: Value| Edit::set(file, &at_session(&session.at, &[key]), value);
    let was_blocked = session.status.kind() == StatusKind::Blocked;
    let is_blocked = decision.status.kind() == StatusKind::Blocked;
    if session.status != decision.status {
        plan.edits.push(set("status", decision.status.written().into()));
        plan.statuses.push(StatusChange {
            of: session.at.terminal.clone(),
            file: file.clone(),
            from: session.status.written().to_string(),
            to: decision.status.written().to_string(),
            reason: decision.reason.clone().filter(|_| is_blocked),
        });
    }
    let own_reason = session.reason.as_deref().is_none_or(is_generated);
    match (was_blocked, is_blocked) {
        (false, true) => {
            plan.edits.push(set("status_before", session.status.written().into()));
            plan.edits.push(set("waiting_for", Value::texts(&decision.waiting_for)));
        }
        (true, true) if session.status_before.is_some() => {
            plan.edits.push(set("waiting_for", Value::texts(&decision.waiting_for)));
        }
        (_, false) if session.status_before.is_some() => plan.edits.extend(no_longer_blocked(session)),
        _ => return,
    }
    if let (true, true, Some(reason)) = (is_blocked, own_reason, &decision.reason) {
        plan.edits.push(set("reason", reason.replacen("waiting", "Waiting", 1).into()));
    }
}

/// What git shows of the session's terminal, to be remembered when that is gone.
pub fn observed(facts: &Facts, session: &SessionRef) -> Vec<Edit> {
    let mut edits = Vec::new();
    let owner = |terminal: &&Terminal| terminal.holds(session);
    let Some(terminal) = facts.terminals.iter().find(owner) else { return edits };
    if terminal.lost_commit().is_some() {
        // what was seen is kept, so that it can be brought back
        return edits;
    }
    let Some(tip) = facts.own_tip(terminal) else {
        let set = |key: &str, value: Value| {
            Edit::set(&session.file, &at_session(session, &["observed", key]), value)
        };
        if terminal.is_merged(None) {
            let merged =
                terminal.merged.into_iter().flat_map(|merged| merged_keys(merged, Some(merged.head)));
            edits.push(set("merged", true.into()));
            edits.extend(merged.filter_map(|(key, value)| Some(set(key, value?.into()))));
        } else if let Some(lost) = terminal.says(|session| session.lost_merge) {
            // what the target had once is kept: it may have it again
            edits.push(set("merged", false.into()));
            let keys = merged_keys(lost, None).into_iter();
            edits.extend(keys.filter_map(|(key, value)| Some(set(key, value?.into()))));
        }
        return edits;
    };
    let seen: Vec<String> = terminal
        .touched
        .iter()
        .filter(|touched| !touched.declared)
        .map(|touched| touched.path.to_string())
        .collect();
    let place = terminal.place().map(|place| &facts.places[place]);
    let folder = place.and_then(|place| place.folder()?.file_name());
    let merged = match terminal.merged {
        Some(merged) => merged_keys(merged, tip.head),
        None => MERGED_KEYS.map(|key| (key, None)),
    };
    let optional = [
        ("branch", place.and_then(|place| place.branch.clone())),
        ("worktree", folder.map(|name| name.to_string_lossy().into_owned())),
    ];
    let uncommitted = facts.uncommitted(terminal).paths;
    let head = tip.head.map_or(Value::Null, |head| head.to_string().into());
    let facts: [(&str, Value); 7] = [
        ("head", head),
        ("ahead", tip.ahead.into()),
        ("behind", tip.behind.into()),
        ("uncommitted", uncommitted.into()),
        ("merged", terminal.is_merged(Some(tip)).into()),
        ("touched_files", Value::texts(seen.iter().take(MOST_TOUCHED))),
        ("touched_total", seen.len().into()),
    ];
    for (key, value) in facts {
        edits.push(Edit::set(&session.file, &at_session(session, &["observed", key]), value));
    }
    for (key, value) in merged.into_iter().chain(optional) {
        let at = at_session(session, &["observed", key]);
        edits.push(match value {
            Some(value) => Edit::set(&session.file, &at, value),
            None => Edit::remove(&session.file, &at),
        });
    }
    edits
}
