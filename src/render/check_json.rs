//! The JSON of `check`: its own shape, so that the model is free to change.

use serde_json::{Map, Value, json};

use crate::model::{
    ChangeKind, CheckReport, DriftPath, Encounter, Excerpt, Known, Layers, Meeting, Nearness, Party, RepoPath,
};

use super::check::{advice, severity};
use super::json::{SCHEMA, put, ranges};

/// For programs. A key that is absent does not apply; `null` was not determined.
pub fn value(report: &CheckReport) -> Value {
    let mut fields = Map::new();
    fields.insert("schema".into(), json!(SCHEMA));
    fields.insert("target".into(), json!(report.target));
    fields.insert("terminal".into(), party(&report.own));
    fields.insert("paths".into(), json!(report.paths));
    let encounters = report.encounters.iter().map(|one| encounter(one, report));
    fields.insert("encounters".into(), json!(encounters.collect::<Vec<_>>()));
    match &report.drift {
        Known::Known(paths) => {
            fields.insert("drift".into(), json!(paths.iter().map(drift).collect::<Vec<_>>()));
        }
        Known::Unknown(reason) => {
            fields.insert("drift".into(), Value::Null);
            fields.insert("drift_unknown".into(), json!(reason.0));
        }
    }
    let undecided = report.undecided.iter();
    let undecided = undecided.map(|(who, reason)| json!({"terminal": party(who), "reason": reason.0}));
    fields.insert("undecided".into(), json!(undecided.collect::<Vec<_>>()));
    fields.insert("notes".into(), json!(report.notes));
    Value::Object(fields)
}

fn party(party: &Party) -> Value {
    let mut fields = Map::new();
    fields.insert("id".into(), json!(party.id));
    put(&mut fields, "story", party.story.as_ref().map(|story| &story.0));
    put(&mut fields, "focus", party.focus.as_ref());
    put(&mut fields, "agent", party.agent.as_ref());
    put(&mut fields, "branch", party.branch.as_ref());
    put(&mut fields, "worktree", party.worktree.as_ref().map(|path| path.to_string_lossy().into_owned()));
    Value::Object(fields)
}

fn encounter(one: &Encounter, report: &CheckReport) -> Value {
    let mut fields = Map::new();
    fields.insert("terminal".into(), party(&one.other));
    fields.insert("path".into(), json!(one.path.to_string()));
    put(&mut fields, "also", also(&one.also));
    let (meeting, kind) = match &one.meeting {
        Meeting::Conflict(kind) => ("conflict", Some(kind.name())),
        Meeting::Unknown(_) => ("unknown", None),
        Meeting::Claim => ("claim", None),
        Meeting::Overlap(_) => ("overlap", None),
        Meeting::TheirsAlone => ("theirs", None),
    };
    fields.insert("meeting".into(), json!(meeting));
    put(&mut fields, "kind", kind);
    fields.insert("severity".into(), json!(severity(one).name()));
    if let Meeting::Overlap(nearness) = one.meeting {
        let (nearness, gap) = match nearness {
            Nearness::Touching => (Some("touching"), None),
            Nearness::Near(gap) => (Some("near"), Some(gap)),
            Nearness::Apart => (Some("apart"), None),
            Nearness::Unknown => (None, None),
        };
        fields.insert("nearness".into(), json!(nearness));
        put(&mut fields, "gap", gap);
    }
    if let Meeting::Unknown(reason) = &one.meeting {
        fields.insert("reason".into(), json!(reason.0));
    }
    put(&mut fields, "own_change", one.own_change.map(ChangeKind::name));
    put(&mut fields, "other_change", one.other_change.map(ChangeKind::name));
    fields.insert("ranges_own".into(), ranges(&one.own_lines));
    fields.insert("ranges_other".into(), ranges(&one.other_lines));
    fields.insert("layers".into(), layers(one.layers));
    fields.insert("certain".into(), json!(one.certain));
    put(&mut fields, "standing", one.standing.then_some(true));
    put(
        &mut fields,
        "first",
        one.turn.as_ref().map(|turn| {
            let who = if turn.own_first { "own" } else { "other" };
            json!({"who": who, "reason": turn.reason.of_it(), "confidence": turn.confidence})
        }),
    );
    fields.insert("excerpts".into(), excerpts(&one.excerpts));
    fields.insert("advice".into(), json!(advice(one, report)));
    Value::Object(fields)
}

fn drift(one: &DriftPath) -> Value {
    let mut fields = Map::new();
    fields.insert("path".into(), json!(one.path.to_string()));
    put(&mut fields, "also", also(&one.also));
    fields.insert("kind".into(), json!(one.kind.name()));
    fields.insert("ranges_own".into(), ranges(&one.own_lines));
    fields.insert("ranges_target".into(), ranges(&one.target_lines));
    fields.insert("certain".into(), json!(one.certain));
    fields.insert("excerpts".into(), excerpts(&one.excerpts));
    Value::Object(fields)
}

fn also(paths: &[RepoPath]) -> Option<Vec<String>> {
    (!paths.is_empty()).then(|| paths.iter().map(ToString::to_string).collect())
}

fn layers(layers: Layers) -> Value {
    let names = [
        (layers.committed, "committed"),
        (layers.staged, "staged"),
        (layers.unstaged, "unstaged"),
        (layers.untracked, "untracked"),
    ];
    json!(names.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect::<Vec<_>>())
}

fn excerpts(excerpts: &[Excerpt]) -> Value {
    let shown =
        excerpts.iter().map(|one| json!({"range": [one.lines.start, one.lines.end], "text": one.text}));
    json!(shown.collect::<Vec<_>>())
}
