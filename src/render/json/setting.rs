//! What `doctor` and `hooks status` answer.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{Diagnosis, HookLine, HooksReport, Severity};

use super::SCHEMA;

/// A key that is absent does not apply.
pub(super) fn diagnoses(found: &[Diagnosis]) -> impl Serialize {
    let object = |diagnosis: &Diagnosis| {
        let mut fields = Map::new();
        fields.insert("subject".into(), json!(diagnosis.subject));
        fields.insert("severity".into(), json!(diagnosis.severity.map_or("ok", Severity::name)));
        fields.insert("message".into(), json!(diagnosis.message));
        if let Some(fix) = &diagnosis.fix {
            fields.insert("mend".into(), json!(fix));
        }
        Value::Object(fields)
    };
    json!({"schema": SCHEMA, "diagnoses": found.iter().map(object).collect::<Vec<_>>()})
}

pub(super) fn hooks_status(report: &HooksReport) -> impl Serialize {
    let line = |line: &HookLine| json!({"name": line.name, "state": line.state});
    json!({
        "schema": SCHEMA,
        "folder": report.folder,
        "hooks": report.hooks.iter().map(line).collect::<Vec<_>>(),
        "managers": report.managers.iter().map(|manager| json!({
            "name": manager.name, "in_charge": manager.in_charge, "calls_track_work": manager.calls_us, "file": manager.file,
        })).collect::<Vec<_>>(),
        "agents": report.agents.iter().map(|agent| json!({
            "name": agent.name, "state": agent.state, "file": agent.remark,
        })).collect::<Vec<_>>(),
        "obstacles": report.obstacles,
    })
}
