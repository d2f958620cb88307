//! The edits that a synchronization makes, decided before anything is written.

use std::collections::BTreeSet;

use crate::model::{
    Check, DependencyState, DependencyStatus, Edit, Evidence, Finding, Lines, Mode, RecordedConflict, Report,
    Session, Severity, StatusKind, Step, Terminal, TrackingFile, Value, Verdict, natural_order,
};

use super::dependencies::StoryBook;

/// How many touched paths `observed` names; `touched_total` tells them all.
const MOST_TOUCHED: usize = 50;

/// What the edits need besides the report.
pub struct EditContext<'a> {
    /// The tracking files as they were read.
    pub files: &'a [TrackingFile],
    /// What is known of stories.
    pub book: &'a StoryBook,
    /// The time of this run, as the files write it.
    pub now: &'a str,
}

/// One conflict that the tracking files record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictKey {
    /// `merge_conflict` or `file_overlap`.
    pub kind: String,
    /// The path.
    pub file: String,
    /// The terminals, in natural order.
    pub terminals: Vec<String>,
}

/// A status that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// A terminal or a story.
    pub of: String,
    /// The tracking file.
    pub file: String,
    /// Before, as written.
    pub from: String,
    /// After.
    pub to: String,
    /// Why, where there is something to wait for.
    pub reason: Option<String>,
}

/// The edits of a synchronization, and what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPlan {
    /// In the order in which they are applied.
    pub edits: Vec<Edit>,
    /// Conflicts that were not recorded before.
    pub appeared: Vec<ConflictKey>,
    /// Conflicts that are gone, with the operator's resolution.
    pub gone: Vec<(ConflictKey, Option<String>)>,
    /// Conflicts that are recorded and still there.
    pub kept: Vec<ConflictKey>,
    /// Sessions whose status changes.
    pub statuses: Vec<StatusChange>,
    /// Stories whose dependency status changes.
    pub dependencies: Vec<StatusChange>,
}

/// Decides all edits. Where a value is already as it should be, the edit changes no byte.
pub fn plan_edits(report: &Report, context: &EditContext) -> SyncPlan {
    let mut plan = SyncPlan::default();
    for file in context.files {
        for session in &file.sessions {
            session_status(report, session, &mut plan);
            observed(report, session, &mut plan);
        }
        if file.mode == Mode::Inter {
            dependencies(report, context, file, &mut plan);
        }
        conflicts(report, context, file, &mut plan);
        if let Some(&ready) = report.story_ready.get(&file.name) {
            plan.edits.push(Edit::set(&file.name, &["coordination".into(), "ready_to_merge".into()], ready));
        }
    }
    for list in [&mut plan.appeared, &mut plan.kept] {
        list.sort();
        list.dedup();
    }
    plan.gone.sort();
    plan.gone.dedup();
    plan
}

/// Decides only what needs no look at git: session statuses and dependencies.
pub fn plan_statuses(report: &Report, context: &EditContext) -> SyncPlan {
    let mut plan = SyncPlan::default();
    for file in context.files {
        for session in &file.sessions {
            session_status(report, session, &mut plan);
        }
        if file.mode == Mode::Inter {
            dependencies(report, context, file, &mut plan);
        }
    }
    plan
}

fn at_session(session: &Session, keys: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = vec!["sessions".into(), session.at.terminal.as_str().into()];
    steps.extend(keys.iter().map(|key| Step::from(*key)));
    steps
}

/// Writes the decided status. What this tool blocks keeps its former status and what it waits for.
fn session_status(report: &Report, session: &Session, plan: &mut SyncPlan) {
    let Some(decision) = report.decisions.get(&session.at) else { return };
    let file = &session.at.file;
    let set = |key: &str, value: Value| Edit::set(file, &at_session(session, &[key]), value);
    let remove = |key: &str| Edit::remove(file, &at_session(session, &[key]));
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
        (_, false) if session.status_before.is_some() => {
            plan.edits.extend(["status_before", "waiting_for"].map(remove));
            if session.reason.is_some() && own_reason {
                plan.edits.push(remove("reason"));
            }
        }
        _ => return,
    }
    if let (true, true, Some(reason)) = (is_blocked, own_reason, &decision.reason) {
        plan.edits.push(set("reason", reason.replacen("waiting", "Waiting", 1).into()));
    }
}

/// Whether a written reason is one of this tool's.
fn is_generated(reason: &str) -> bool {
    reason.starts_with("Waiting for ")
}

/// What git shows of the session's terminal.
fn observed(report: &Report, session: &Session, plan: &mut SyncPlan) {
    let owner = |terminal: &&Terminal| terminal.sessions.iter().any(|known| known.at == session.at);
    let Some(terminal) = report.snapshot.terminals.iter().find(owner) else { return };
    let Some(tip) = report.snapshot.tip(terminal) else { return };
    let seen: Vec<String> = terminal
        .touched
        .iter()
        .filter(|touched| !touched.declared)
        .map(|touched| touched.path.to_string())
        .collect();
    let head = tip.head.map_or(Value::Null, |head| head.to_string().into());
    let facts: [(&str, Value); 7] = [
        ("head", head),
        ("ahead", tip.ahead.into()),
        ("behind", tip.behind.into()),
        ("uncommitted", tip.uncommitted.paths.into()),
        ("merged", terminal.is_merged(tip).into()),
        ("touched_files", Value::texts(seen.iter().take(MOST_TOUCHED))),
        ("touched_total", seen.len().into()),
    ];
    for (key, value) in facts {
        plan.edits.push(Edit::set(&session.at.file, &at_session(session, &["observed", key]), value));
    }
}

fn dependencies(report: &Report, context: &EditContext, file: &TrackingFile, plan: &mut SyncPlan) {
    for state in &report.dependencies {
        let story = &state.dependency.story;
        let written = file.dependencies.iter().find(|one| context.book.index.same(&one.story, story));
        let at = |key: &str| -> Vec<Step> {
            let id = written.map_or(&story.0, |one| &one.story.0);
            vec!["dependencies".into(), id.as_str().into(), key.into()]
        };
        let has_session = || {
            let stories = file.sessions.iter().filter_map(|session| session.story.as_ref());
            stories.into_iter().any(|id| context.book.index.same(id, story))
        };
        let before = written.and_then(|one| one.status.clone());
        if written.is_none() && !has_session() {
            continue;
        }
        if written.is_none() {
            let at: Vec<Step> = vec!["dependencies".into(), story.0.as_str().into()];
            plan.edits.push(Edit::set(&file.name, &at, new_dependency(state)));
        } else {
            plan.edits.push(Edit::set(&file.name, &at("status"), state.status.name()));
            let own_reason = written.and_then(|one| one.reason.as_deref()).is_none_or(is_generated);
            match generated_reason(state) {
                Some(reason) if own_reason => plan.edits.push(Edit::set(&file.name, &at("reason"), reason)),
                None if own_reason => plan.edits.push(Edit::remove(&file.name, &at("reason"))),
                _ => {}
            }
        }
        if before.as_deref() != Some(state.status.name()) {
            plan.dependencies.push(StatusChange {
                of: story.0.clone(),
                file: file.name.clone(),
                from: before.unwrap_or_default(),
                to: state.status.name().to_string(),
                reason: generated_reason(state),
            });
        }
    }
}

fn new_dependency(state: &DependencyState) -> Value {
    let mut entry = vec![
        ("depends_on".to_string(), Value::texts(&state.dependency.depends_on)),
        ("status".to_string(), state.status.name().into()),
    ];
    let declared = state.dependency.reason.clone().filter(|_| state.status == DependencyStatus::Blocked);
    if let Some(reason) = declared.or_else(|| generated_reason(state)) {
        entry.push(("reason".to_string(), reason.into()));
    }
    Value::Map(entry)
}

fn generated_reason(state: &DependencyState) -> Option<String> {
    let blocked = state.status == DependencyStatus::Blocked;
    let waiting: Vec<String> =
        state.waiting_for.iter().map(|story| format!("story {}", story.short())).collect();
    blocked.then(|| format!("Waiting for {}", waiting.join(", ")))
}

/// Brings `coordination.conflicts` up to date. Entries that are still true keep `detected` and
/// `resolution`; entries of another shape are a person's and stay.
fn conflicts(report: &Report, context: &EditContext, file: &TrackingFile, plan: &mut SyncPlan) {
    let list: [Step; 2] = ["coordination".into(), "conflicts".into()];
    let wanted: Vec<&Finding> =
        report.findings.iter().filter(|finding| is_recorded_in(finding, file, context.files)).collect();
    let mut known: BTreeSet<ConflictKey> = BTreeSet::new();
    let mut remove: Vec<usize> = Vec::new();
    for entry in &file.conflicts {
        let Some(key) = key_of_entry(entry) else { continue };
        let first = known.insert(key.clone());
        match wanted.iter().find(|finding| key_of(finding) == key) {
            Some(finding) if first => {
                for (name, value) in current_facts(finding) {
                    let at = [list[0].clone(), list[1].clone(), entry.index.into(), name.into()];
                    plan.edits.push(Edit::set(&file.name, &at, value));
                }
                plan.kept.push(key);
            }
            None if is_undetermined(report, &key) => plan.kept.push(key),
            _ => {
                remove.push(entry.index);
                plan.gone.push((key, entry.resolution.clone().filter(|text| !text.is_empty())));
            }
        }
    }
    for index in remove.into_iter().rev() {
        plan.edits.push(Edit::remove(&file.name, &[list[0].clone(), list[1].clone(), index.into()]));
    }
    for finding in wanted.iter().filter(|finding| !known.contains(&key_of(finding))) {
        let key = key_of(finding);
        let mut entry: Vec<(String, Value)> = vec![
            ("type".to_string(), key.kind.as_str().into()),
            ("file".to_string(), key.file.as_str().into()),
            ("terminals".to_string(), Value::texts(&key.terminals)),
        ];
        let mut facts = current_facts(finding).into_iter().map(|(name, value)| (name.to_string(), value));
        entry.extend(facts.next());
        entry.push(("detected".to_string(), context.now.into()));
        entry.extend(facts);
        entry.push(("resolution".to_string(), "".into()));
        plan.edits.push(Edit::append(&file.name, &list, Value::Map(entry)));
        plan.appeared.push(key);
    }
}

/// What is brought up to date in an entry: `lines` first, then `action` and `suggestion`.
fn current_facts(finding: &Finding) -> Vec<(&'static str, Value)> {
    let (a, b) = match &finding.evidence {
        Evidence::Conflict { lines_a, lines_b, .. } | Evidence::Overlap { lines_a, lines_b, .. } => {
            (lines_a.as_slice(), lines_b.as_slice())
        }
        _ => (&[][..], &[][..]),
    };
    let of_terminals = finding.terminals.iter().zip([a, b]);
    let lines = of_terminals.filter(|(_, lines)| !lines.is_empty());
    let lines = lines.map(|(terminal, lines)| (terminal.clone(), Lines::list(lines).into()));
    let action = finding.recommendation.as_ref().map_or("coordinate", |known| known.action.name());
    vec![
        ("lines", Value::Map(lines.collect())),
        ("action", action.into()),
        ("suggestion", finding.suggestion.as_str().into()),
    ]
}

fn key_of(finding: &Finding) -> ConflictKey {
    let mut terminals = finding.terminals.clone();
    terminals.sort_by(|a, b| natural_order(a, b));
    let file = finding.path.as_ref().map_or(String::new(), ToString::to_string);
    ConflictKey { kind: finding.check.name().to_string(), file, terminals }
}

/// The key of an entry that this tool wrote; `None` for anything else.
fn key_of_entry(entry: &RecordedConflict) -> Option<ConflictKey> {
    let kind = entry.kind.clone()?;
    if ![Check::MergeConflict.name(), Check::FileOverlap.name()].contains(&kind.as_str()) {
        return None;
    }
    entry.detected.as_ref()?;
    let mut terminals = entry.terminals.clone();
    terminals.sort_by(|a, b| natural_order(a, b));
    Some(ConflictKey { kind, file: entry.file.clone()?, terminals })
}

/// Merge conflicts, and overlaps of which git cannot say that they merge cleanly, are recorded in
/// the file that holds both terminals; where there is none, in the first file of each.
fn is_recorded_in(finding: &Finding, file: &TrackingFile, files: &[TrackingFile]) -> bool {
    let matters = match finding.check {
        Check::MergeConflict => true,
        Check::FileOverlap => finding.severity >= Severity::Warning,
        Check::DependencyViolation | Check::NotDetermined | Check::Tracking => false,
    };
    let holds =
        |file: &TrackingFile, id: &String| file.sessions.iter().any(|session| session.at.terminal == *id);
    let mut by_mode: Vec<&TrackingFile> = files.iter().collect();
    by_mode.sort_by_key(|file| (file.mode, &file.name));
    let is_this = |found: Option<&&TrackingFile>| found.is_some_and(|found| found.name == file.name);
    let all = by_mode.iter().find(|file| finding.terminals.iter().all(|id| holds(file, id)));
    matters
        && match all {
            Some(_) => is_this(all),
            None => finding.terminals.iter().any(|id| is_this(by_mode.iter().find(|file| holds(file, id)))),
        }
}

/// Whether nobody can say now that a recorded conflict is gone. A terminal that is complete and no
/// longer in git has nothing left to conflict.
fn is_undetermined(report: &Report, key: &ConflictKey) -> bool {
    let terminals = &report.snapshot.terminals;
    let finished = |terminal: &Terminal| terminal.is_complete() && terminal.place().is_none();
    if terminals.iter().any(|terminal| key.terminals.contains(&terminal.id) && finished(terminal)) {
        return false;
    }
    let unknown_pair = report.pairs.iter().any(|pair| {
        let both =
            key.terminals.contains(&terminals[pair.a].id) && key.terminals.contains(&terminals[pair.b].id);
        let unlinked = terminals[pair.a].place().is_none() || terminals[pair.b].place().is_none();
        both && matches!(pair.verdict, Verdict::Unknown(_))
            && (key.kind == Check::MergeConflict.name() || !unlinked)
    });
    let unseen = |id: &String| {
        terminals.iter().any(|terminal| {
            terminal.id == *id && terminal.place().is_some() && report.snapshot.tip(terminal).is_none()
        })
    };
    unknown_pair || key.terminals.iter().any(unseen)
}
