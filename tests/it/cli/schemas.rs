//! `schema`: what the schemas say is what the commands answer and what the tracking files hold. Every JSON that any test
//! here reads from a command is held against its schema, so a key that is not described fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use track_work::config::KEYS;

use super::program::PROGRAM;
use crate::support::Sandbox;

/// The schema with this name, as the program prints it.
fn schema(name: &str) -> Value {
    static KNOWN: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(name.to_string()).or_insert_with(|| printed(name)).clone()
}

fn printed(name: &str) -> Value {
    let output = std::process::Command::new(&*PROGRAM).args(["schema", name]).output().unwrap();
    assert!(output.status.success(), "{name}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Why a value is not as a schema says; only the words that our schemas use are known.
pub fn complaint(whole: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let wrong = |why: String| Some(format!("{at}: {why}: {value}"));
    let schema = schema.as_object().unwrap();
    for (word, says) in schema {
        let found = match word.as_str() {
            "$schema" | "title" | "$defs" | "required" | "additionalProperties" => None,
            "$ref" => {
                let path = says.as_str().unwrap().strip_prefix('#').unwrap();
                complaint(whole, whole.pointer(path).unwrap_or_else(|| panic!("{path}")), value, at)
            }
            "const" => (says != value).then(|| format!("{at}: is not {says}: {value}")),
            "enum" if says.as_array().unwrap().contains(value) => None,
            "enum" => wrong(format!("is none of {says}")),
            "anyOf" => {
                let all: Vec<Option<String>> =
                    says.as_array().unwrap().iter().map(|one| complaint(whole, one, value, at)).collect();
                match all.iter().any(Option::is_none) {
                    true => None,
                    false => Some(all.into_iter().flatten().collect::<Vec<_>>().join("\n  or ")),
                }
            }
            "type" => {
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("{other}"),
                };
                let kinds = says.as_array().cloned().unwrap_or_else(|| vec![says.clone()]);
                if kinds.iter().any(is) { None } else { wrong(format!("is no {says}")) }
            }
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .find_map(|(number, item)| complaint(whole, says, item, &format!("{at}/{number}"))),
            "properties" => says
                .as_object()
                .unwrap()
                .iter()
                .find_map(|(key, says)| complaint(whole, says, value.get(key)?, &format!("{at}/{key}"))),
            other => panic!("{other} is not known here"),
        };
        if found.is_some() {
            return found;
        }
    }
    let members = value.as_object()?;
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let missing = required.filter_map(Value::as_str).find(|key| !members.contains_key(*key));
    if let Some(key) = missing {
        return wrong(format!("lacks {key}"));
    }
    let described = schema.get("properties").and_then(Value::as_object);
    let more = members.iter().filter(|(key, _)| !described.is_some_and(|known| known.contains_key(*key)));
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => more.map(|(key, _)| format!("{at}: {key} is not described")).next(),
        Some(says @ Value::Object(_)) => {
            more.into_iter().find_map(|(key, value)| complaint(whole, says, value, &format!("{at}/{key}")))
        }
        _ => None,
    }
}

/// Holds what a command answered with `--format json` against its schema.
#[track_caller]
pub fn hold(name: &str, answer: &Value) {
    let schema = schema(name);
    if let Some(why) = complaint(&schema, &schema, answer, name) {
        panic!("{why}");
    }
}

#[test]
fn every_schema_can_be_printed_and_refers_to_what_it_has() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let names = repo.tw(&["schema"]).exits(0).stdout;
    assert!(names.lines().count() > 20 && names.contains("merge-order\n"), "{names}");
    for name in names.lines() {
        let schema = schema(name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let text = schema.to_string();
        let types = schema["$defs"].as_object().unwrap();
        for refers in text.split("\"#/$defs/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(types.contains_key(refers), "{name}: {refers}");
        }
        for kind in types.keys() {
            assert!(text.contains(&format!("\"#/$defs/{kind}\"")), "{name}: {kind} is of no use");
        }
    }
    repo.tw(&["schema", "nosuch"])
        .fails()
        .complains("there is no schema nosuch")
        .complains("the schemas are ");
    // not vacuous
    let status = schema("status");
    let answer = repo.tw(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(complaint(&status, &status, &answer, ""), None);
    for change in
        [json!({"more": 1}), json!({"target": 7}), json!({"pairs": [{}]}), json!({"terminals": null})]
    {
        let mut other = answer.clone();
        other.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert!(complaint(&status, &status, &other, "").is_some(), "{change}");
    }
}

#[test]
fn the_tracking_files_that_the_program_writes_are_as_their_schemas_say() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), ("b", "1\n")]);
    repo.tw(&["init"]).exits(0);
    for (mode, name, story) in [("intra", "one", "1-2-login"), ("inter", "two", "1-3-account")] {
        let side = repo.worktree(name);
        repo.tw(&["register", "--mode", mode, "--story", story, "--terminal", name]).exits(0);
        side.commit("work", &[("a", &format!("{name}\n"))]);
    }
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["complete", "one"]);
    repo.tw(&["sync"]);
    let folder = repo.path(".system/parallel-work");
    let mut held = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_string();
        let Some(stem) = file.strip_suffix(".yaml") else { continue };
        let name = if stem.starts_with("story-") { "story-sessions" } else { stem };
        let text = std::fs::read_to_string(&path).unwrap();
        let value: Value = serde_yaml::from_str(&text).unwrap();
        if !value.is_null() {
            hold(name, &value);
            held += 1;
        }
    }
    assert!(held >= 3, "sessions of both kinds, and the log: {held}");
    let spec = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tracking/spec");
    for (file, name) in
        [("active-sessions.yaml", "active-sessions"), ("story-1-2-sessions.yaml", "story-sessions")]
    {
        let text = std::fs::read_to_string(spec.join(file)).unwrap();
        hold(name, &serde_yaml::from_str(&text).unwrap());
    }
    let config = "target: main\nhook: block\nverify: [make]\nremotes: [\"origin/*\"]\n";
    hold("config", &serde_yaml::from_str(config).unwrap());
    let schema = schema("config");
    let wrong = serde_yaml::from_str("hok: block\n").unwrap();
    assert!(complaint(&schema, &schema, &wrong, "").is_some(), "config.yaml takes no other keys");
    let told = KEYS.split(';').next().unwrap().trim_start_matches("valid keys are ").replace(" and ", ", ");
    let known: BTreeSet<&str> =
        schema["$defs"]["Config"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(known, told.split(", ").collect());
    let needs = "dependencies:\n  1-3:\n    depends_on: [1-2]\n    reason: x\n  2-1: [epic-1, 1-2]\n";
    hold("dependencies-template", &serde_yaml::from_str(needs).unwrap());
}
