//! The JSON of `sync` and `status`: its own types, so that the model is free to change.
//!
//! A key that is absent does not apply; `null` was not determined. Lists are sorted.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{
    Change, ConflictPath, DependencyState, Entry, Evidence, Finding, Hunks, Known, Lines, MergePointState,
    MergePointStatus, Nearness, Overlap, Ready, Recommendation, RepoPath, Report, StoryId, Terminal,
    TerminalPair, Tip, Unmerged, Verdict,
};
use crate::planning::{SyncPlan, session_progress};

/// The version of all JSON output.
pub const SCHEMA: u32 = 1;

/// What `status` and `sync` answer.
pub fn report(report: &Report) -> Value {
    let mut fields = Map::new();
    fields.insert("schema".into(), json!(SCHEMA));
    fields.insert("target".into(), target(report));
    let terminals = report.snapshot.terminals.iter();
    fields.insert("terminals".into(), terminals.map(|one| terminal(report, one)).collect());
    fields.insert("pairs".into(), report.pairs.iter().map(|one| pair(report, one)).collect());
    fields.insert("findings".into(), report.findings.iter().map(finding).collect());
    fields.insert("dependencies".into(), report.dependencies.iter().map(dependency).collect());
    fields.insert("merge_points".into(), report.merge_points.iter().map(merge_point).collect());
    fields.insert("ready_to_merge".into(), report.ready.iter().map(ready).collect());
    let progress = report
        .progress
        .iter()
        .map(|line| json!({"of": line.of, "done": line.progress.done, "total": line.progress.total}));
    fields.insert("progress".into(), progress.collect());
    Value::Object(fields)
}

fn dependency(state: &DependencyState) -> Value {
    let mut fields = Map::new();
    let ids = |stories: &[StoryId]| stories.iter().map(|one| one.0.clone()).collect::<Value>();
    fields.insert("story".into(), json!(state.dependency.story.0));
    fields.insert("depends_on".into(), ids(&state.dependency.depends_on));
    fields.insert("status".into(), json!(state.status.name()));
    fields.insert("waiting_for".into(), ids(&state.waiting_for));
    put(&mut fields, "reason", state.dependency.reason.as_ref());
    Value::Object(fields)
}

fn merge_point(point: &MergePointState) -> Value {
    let (status, waiting) = match &point.status {
        MergePointStatus::Reached => ("reached", Vec::new()),
        MergePointStatus::Waiting(terminals) => ("waiting", terminals.clone()),
        MergePointStatus::Operator => ("operator", Vec::new()),
    };
    let mut fields = Map::new();
    fields.insert("text".into(), json!(point.text));
    put(&mut fields, "file", point.file.as_ref());
    fields.insert("derived".into(), json!(point.file.is_none()));
    fields.insert("from".into(), json!(point.from));
    fields.insert("to".into(), json!(point.to));
    fields.insert("status".into(), json!(status));
    fields.insert("waiting_for".into(), json!(waiting));
    Value::Object(fields)
}

fn ready(ready: &Ready) -> Value {
    let mut fields = Map::new();
    put(&mut fields, "story", ready.story.as_ref().map(|story| &story.0));
    fields.insert("terminals".into(), json!(ready.terminals));
    fields.insert("text".into(), json!(ready.text));
    Value::Object(fields)
}

/// What `sync` adds: the changes it made, and the files it wrote.
pub fn sync(answer: &mut Value, plan: &SyncPlan, written: &[String], dry_run: bool) {
    let conflict = |key: &crate::planning::ConflictKey| json!({"type": key.kind, "file": key.file, "terminals": key.terminals});
    let change = |one: &crate::planning::StatusChange| json!({"of": one.of, "file": one.file, "from": one.from, "to": one.to, "reason": one.reason});
    answer["sync"] = json!({
        "dry_run": dry_run,
        "files": written,
        "conflicts_appeared": plan.appeared.iter().map(conflict).collect::<Vec<_>>(),
        "conflicts_gone": plan.gone.iter().map(|(key, _)| conflict(key)).collect::<Vec<_>>(),
        "conflicts_kept": plan.kept.iter().map(conflict).collect::<Vec<_>>(),
        "statuses": plan.statuses.iter().map(change).collect::<Vec<_>>(),
        "dependencies": plan.dependencies.iter().map(change).collect::<Vec<_>>(),
    });
}

/// Adds a field where it applies.
pub(super) fn put<T: Serialize>(fields: &mut Map<String, Value>, key: &str, value: Option<T>) {
    if let Some(value) = value {
        fields.insert(key.to_string(), json!(value));
    }
}

fn target(report: &Report) -> Value {
    let target = &report.snapshot.target;
    let mut fields = Map::new();
    fields.insert("name".into(), json!(target.name));
    put(&mut fields, "ref", target.reference.as_ref());
    put(&mut fields, "head", target.head.map(|head| head.to_string()));
    Value::Object(fields)
}

fn terminal(report: &Report, terminal: &Terminal) -> Value {
    let mut fields = Map::new();
    fields.insert("id".into(), json!(terminal.id));
    put(&mut fields, "story", terminal.story.as_ref().map(|story| &story.0));
    put(&mut fields, "file", terminal.says(|session| Some(session.at.file.clone())));
    let decision = report.status(terminal);
    put(&mut fields, "status", decision.map(|one| one.status.written()));
    put(&mut fields, "reason", decision.and_then(|one| one.reason.as_ref()));
    put(&mut fields, "waiting_for", decision.map(|one| &one.waiting_for).filter(|names| !names.is_empty()));
    put(&mut fields, "focus", terminal.focus());
    put(&mut fields, "phase", terminal.says(|session| session.phase.as_deref()));
    put(&mut fields, "agent", terminal.says(|session| session.agent.as_deref()));
    let declared = terminal.says(|session| session.current_file.as_ref().map(ToString::to_string));
    put(&mut fields, "current_file", declared);
    put(
        &mut fields,
        "progress",
        terminal.says(session_progress).map(|one| json!({"done": one.done, "total": one.total})),
    );
    fields.insert("linked".into(), json!(terminal.place().is_some()));
    if let Some(id) = terminal.place() {
        let place = &report.snapshot.places[id];
        put(&mut fields, "branch", place.branch.as_ref());
        put(&mut fields, "worktree", place.worktree.as_ref().map(|path| path.to_string_lossy().into_owned()));
        put(&mut fields, "locked", place.locked.as_ref());
    }
    match terminal.place().map(|id| &report.snapshot.tips[id]) {
        Some(Known::Known(tip)) => seen(&mut fields, terminal, tip),
        Some(Known::Unknown(reason)) => unseen(&mut fields, &reason.0),
        None => unseen(&mut fields, "not linked to git"),
    }
    Value::Object(fields)
}

fn seen(fields: &mut Map<String, Value>, terminal: &Terminal, tip: &Tip) {
    put(fields, "head", tip.head.map(|head| head.to_string()));
    put(fields, "base", tip.base.map(|base| base.to_string()));
    fields.insert("ahead".into(), json!(tip.ahead));
    fields.insert("behind".into(), json!(tip.behind));
    fields.insert("merged".into(), json!(terminal.is_merged(tip)));
    let counts = tip.uncommitted;
    fields.insert(
        "uncommitted".into(),
        json!({"paths": counts.paths, "staged": counts.staged, "unstaged": counts.unstaged, "untracked": counts.untracked}),
    );
    put(fields, "operation", tip.operation.as_ref());
    let mut touched: BTreeMap<&RepoPath, bool> = BTreeMap::new();
    for one in &terminal.touched {
        *touched.entry(&one.path).or_default() |= one.shared;
    }
    let own = tip.changes.iter().filter(|one| !terminal.shares_place || touched.contains_key(&one.path));
    let shared = |path| touched.get(path).copied().unwrap_or_default();
    fields.insert("changes".into(), own.map(|one| change(one, shared(&one.path))).collect());
}

fn unseen(fields: &mut Map<String, Value>, reason: &str) {
    for key in ["head", "ahead", "behind", "merged", "uncommitted", "changes"] {
        fields.insert(key.into(), Value::Null);
    }
    fields.insert("unknown".into(), json!(reason));
}

fn change(change: &Change, shared: bool) -> Value {
    let mut fields = Map::new();
    fields.insert("path".into(), json!(change.path.to_string()));
    fields.insert("kind".into(), json!(change.kind.name()));
    put(&mut fields, "from", change.from.as_ref().map(ToString::to_string));
    match &change.hunks {
        Hunks::Lines(_) | Hunks::None | Hunks::Binary => {
            fields.insert("ranges".into(), ranges(&change.hunks.ranges()));
        }
        Hunks::Unknown(_) => _ = fields.insert("ranges".into(), Value::Null),
    }
    put(&mut fields, "binary", (change.hunks == Hunks::Binary).then_some(true));
    let layers = change.layers;
    let names = [
        (layers.committed, "committed"),
        (layers.staged, "staged"),
        (layers.unstaged, "unstaged"),
        (layers.untracked, "untracked"),
    ];
    let layers: Vec<&str> = names.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect();
    fields.insert("layers".into(), json!(layers));
    put(&mut fields, "shared", shared.then_some(true));
    Value::Object(fields)
}

/// `[[first, last], …]`, lines counted from 1, both included.
pub(super) fn ranges(lines: &[Lines]) -> Value {
    json!(lines.iter().map(|lines| [lines.start, lines.end]).collect::<Vec<_>>())
}

fn pair(report: &Report, pair: &TerminalPair) -> Value {
    let mut fields = Map::new();
    fields.insert("a".into(), json!(report.snapshot.terminals[pair.a].id));
    fields.insert("b".into(), json!(report.snapshot.terminals[pair.b].id));
    fields.insert("verdict".into(), json!(pair.verdict.name()));
    put(&mut fields, "committed", pair.committed.as_ref().map(Verdict::name));
    let conflicts = pair.conflicts.iter().map(conflict);
    fields.insert("paths".into(), conflicts.chain(pair.overlaps.iter().map(overlap)).collect());
    put(&mut fields, "shares_commits", (pair.shared_commits > 0).then_some(pair.shared_commits));
    let reason = match &pair.verdict {
        Verdict::Unknown(reason) => Some(reason.0.clone()),
        Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict => pair.note.clone(),
    };
    put(&mut fields, "reason", reason);
    Value::Object(fields)
}

pub(super) fn conflict(conflict: &ConflictPath) -> Value {
    let mut fields = Map::new();
    fields.insert("path".into(), json!(conflict.path.to_string()));
    fields.insert("kind".into(), json!(conflict.kind.name()));
    let also: Vec<String> = conflict.also.iter().map(ToString::to_string).collect();
    put(&mut fields, "also", (!also.is_empty()).then_some(also));
    fields.insert("ranges_a".into(), ranges(&conflict.ours));
    fields.insert("ranges_b".into(), ranges(&conflict.theirs));
    Value::Object(fields)
}

/// A flat list by path and stage, as `git ls-files -u` and `git merge-tree` have it.
pub(super) fn stages(unmerged: &[Unmerged]) -> Value {
    let entry = |path: &RepoPath, (stage, entry): (usize, Entry)| {
        json!({
            "path": path.to_string(), "stage": stage,
            "mode": format!("{:06o}", entry.kind.mode()), "oid": entry.oid.to_string(),
        })
    };
    let of = |one: &Unmerged| one.numbered().map(|stage| entry(&one.path, stage)).collect::<Vec<_>>();
    unmerged.iter().flat_map(of).collect()
}

fn overlap(overlap: &Overlap) -> Value {
    let mut fields = Map::new();
    fields.insert("path".into(), json!(overlap.path.to_string()));
    fields.insert("kind".into(), json!("overlap"));
    put(&mut fields, "other_path", overlap.other_path.as_ref().map(ToString::to_string));
    fields.insert("ranges_a".into(), ranges(&overlap.lines_a));
    fields.insert("ranges_b".into(), ranges(&overlap.lines_b));
    let (nearness, gap) = match overlap.nearness {
        Nearness::Touching => (Some("touching"), None),
        Nearness::Near(gap) => (Some("near"), Some(gap)),
        Nearness::Apart => (Some("apart"), None),
        Nearness::Unknown => (None, None),
    };
    fields.insert("nearness".into(), json!(nearness));
    put(&mut fields, "gap", gap);
    Value::Object(fields)
}

fn finding(finding: &Finding) -> Value {
    let mut fields = Map::new();
    fields.insert("check".into(), json!(finding.check.name()));
    fields.insert("severity".into(), json!(finding.severity.name()));
    fields.insert("terminals".into(), json!(finding.terminals));
    put(&mut fields, "path", finding.path.as_ref().map(ToString::to_string));
    fields.insert("message".into(), json!(finding.message));
    fields.insert("suggestion".into(), json!(finding.suggestion));
    if let Some(one) = &finding.recommendation {
        fields.insert("recommendation".into(), recommendation(one));
    }
    fields.insert("evidence".into(), evidence(&finding.evidence));
    Value::Object(fields)
}

/// In the words of `decision-support`.
pub(super) fn recommendation(one: &Recommendation) -> Value {
    json!({
        "action": one.action.name(),
        "recommendation": if one.autonomous { "autonomous" } else { "manual" },
        "confidence": one.confidence,
        "rationale": one.rationale,
        "alternatives": one.alternatives,
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let mut fields = Map::new();
    match evidence {
        Evidence::Overlap { lines_a, lines_b, .. } => {
            fields.insert("ranges_a".into(), ranges(lines_a));
            fields.insert("ranges_b".into(), ranges(lines_b));
        }
        Evidence::Conflict { kind, lines_a, lines_b, committed, drift, stages: unmerged } => {
            fields.insert("kind".into(), json!(kind.name()));
            fields.insert("ranges_a".into(), ranges(lines_a));
            fields.insert("ranges_b".into(), ranges(lines_b));
            fields.insert("committed".into(), json!(committed));
            fields.insert("drift".into(), json!(drift));
            put(&mut fields, "stages", drift.then(|| stages(unmerged)));
        }
        Evidence::Dependency { story, waiting_for } => {
            fields.insert("story".into(), json!(story.0));
            fields.insert("waiting_for".into(), json!(waiting_for));
        }
        Evidence::File { name, line, column, text } => {
            fields.insert("file".into(), json!(name));
            put(&mut fields, "line", *line);
            put(&mut fields, "column", *column);
            put(&mut fields, "text", text.as_ref());
        }
        Evidence::Session(at) => {
            fields.insert("file".into(), json!(at.file));
            fields.insert("session".into(), json!(at.terminal));
        }
        Evidence::Place(name) => {
            fields.insert("place".into(), json!(name));
        }
    }
    Value::Object(fields)
}
