//! What is different between two answers of `status`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The lists of the answer, with the keys that tell what is the same thing in another state; none where a thing has
/// no other state.
const LISTS: [(&str, &[&str]); 7] = [
    ("terminals", &["id", "story"]),
    ("pairs", &["a", "b"]),
    ("findings", &["check", "terminals", "path", "message"]),
    ("dependencies", &["story"]),
    ("merge_points", &[]),
    ("ready_to_merge", &[]),
    ("progress", &["of"]),
];

/// What came or changed by its key, and in `gone` what is not there any more; `None` where all is the same.
pub(super) fn changes(old: &Value, new: &Value) -> Option<Map<String, Value>> {
    let mut changed = Map::new();
    let mut gone = Map::new();
    for (key, value) in new.as_object().into_iter().flatten() {
        match LISTS.iter().find(|(list, _)| list == key) {
            None if old.get(key) == Some(value) => {}
            None => _ = changed.insert(key.clone(), value.clone()),
            Some((_, names)) => {
                let [before, after] = [old, new].map(|answer| things(answer, key, names));
                let is_new = |(name, thing): &(&String, &&Value)| before.get(*name) != Some(thing);
                let came: Vec<Value> =
                    after.iter().filter(is_new).map(|(_, thing)| (*thing).clone()).collect();
                let went = before.iter().filter(|(name, _)| !after.contains_key(*name));
                let went: Vec<Value> = went.map(|(_, thing)| identity(thing, names)).collect();
                if !came.is_empty() {
                    changed.insert(key.clone(), Value::Array(came));
                }
                if !went.is_empty() {
                    gone.insert(key.clone(), Value::Array(went));
                }
            }
        }
    }
    let absent = old.as_object().into_iter().flatten().map(|(key, _)| key);
    for key in absent.filter(|key| new.get(key).is_none()) {
        changed.insert(key.clone(), Value::Null);
    }
    if !gone.is_empty() {
        changed.insert("gone".to_string(), Value::Object(gone));
    }
    (!changed.is_empty()).then_some(changed)
}

/// The things of a list by what tells them apart.
fn things<'a>(answer: &'a Value, list: &str, names: &[&str]) -> BTreeMap<String, &'a Value> {
    let list = answer.get(list).and_then(Value::as_array);
    list.into_iter().flatten().map(|thing| (identity(thing, names).to_string(), thing)).collect()
}

/// The keys of a thing that tell it from all others; all of it where there are none.
fn identity(thing: &Value, names: &[&str]) -> Value {
    if names.is_empty() {
        return thing.clone();
    }
    let named = names.iter().filter_map(|name| Some((name.to_string(), thing.get(*name)?.clone())));
    Value::Object(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// An answer after the changes of a line, as a reader keeps it.
    fn applied(mut answer: Value, line: &Map<String, Value>) -> Value {
        for (key, value) in line.iter().filter(|(key, _)| *key != "gone") {
            match LISTS.iter().find(|(list, _)| list == key) {
                None => answer[key] = value.clone(),
                Some((_, names)) => {
                    let mut all: Vec<Value> = answer[key].as_array().cloned().unwrap_or_default();
                    for thing in value.as_array().unwrap() {
                        all.retain(|known| identity(known, names) != identity(thing, names));
                        all.push(thing.clone());
                    }
                    answer[key] = Value::Array(all);
                }
            }
        }
        for (key, value) in line.get("gone").and_then(Value::as_object).into_iter().flatten() {
            let names = LISTS.iter().find(|(list, _)| list == key).unwrap().1;
            let gone = value.as_array().unwrap();
            answer[key].as_array_mut().unwrap().retain(|known| !gone.contains(&identity(known, names)));
        }
        answer
    }

    #[test]
    fn a_reader_gets_the_new_answer_from_the_old_one_and_the_changes() {
        let old = json!({"target": {"head": "1"}, "terminals": [{"id": "a", "ahead": 1}, {"id": "b"}],
            "findings": [{"message": "x", "evidence": 1}, {"message": "y", "evidence": 1}], "next": {"what": "y"}});
        let new = json!({"target": {"head": "2"}, "terminals": [{"id": "a", "ahead": 2}, {"id": "c"}],
            "findings": [{"message": "y", "evidence": 2}], "pairs_disjoint": 3});
        let line = changes(&old, &new).unwrap();
        let told = json!({"target": {"head": "2"}, "terminals": [{"id": "a", "ahead": 2}, {"id": "c"}],
            "findings": [{"message": "y", "evidence": 2}], "pairs_disjoint": 3, "next": null,
            "gone": {"terminals": [{"id": "b"}], "findings": [{"message": "x"}]}});
        assert_eq!(Value::Object(line.clone()), told);
        let mut kept = applied(old, &line);
        kept.as_object_mut().unwrap().remove("next");
        assert_eq!(kept, new);
        assert_eq!(changes(&new, &new), None);
    }
}
