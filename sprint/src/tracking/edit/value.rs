//! The same edits on the value: what the text must parse to afterwards.

use serde_yaml::{Mapping, Value as Yaml};

use super::primitive::Primitive;
use crate::model::{Step, Value};
use crate::yaml::scalar_text;

/// The value as a YAML value.
pub(super) fn yaml(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::Null,
        Value::Bool(truth) => Yaml::Bool(*truth),
        Value::Int(number) => Yaml::Number((*number).into()),
        Value::Text(text) => Yaml::String(text.clone()),
        Value::List(items) => Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Map(entries) => Yaml::Mapping(
            entries.iter().map(|(key, value)| (Yaml::String(key.clone()), yaml(value))).collect(),
        ),
    }
}

/// Whether they are equal, regardless of the order of the keys.
pub(super) fn equal(old: &Yaml, new: &Value) -> bool {
    match (old, new) {
        (Yaml::Mapping(entries), Value::Map(wanted)) => {
            entries.len() == wanted.len()
                && wanted.iter().all(|(key, value)| {
                    child(old, &Step::from(key.as_str())).is_some_and(|there| equal(there, value))
                })
        }
        (Yaml::Sequence(items), Value::List(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, value)| equal(item, value))
        }
        _ => *old == yaml(new),
    }
}

/// The key of a mapping that reads as this text.
fn key_of<'v>(mapping: &'v Mapping, key: &str) -> Option<&'v Yaml> {
    mapping.keys().find(|other| scalar_text(other).as_deref() == Some(key))
}

/// The node one step below.
pub(super) fn child<'v>(node: &'v Yaml, step: &Step) -> Option<&'v Yaml> {
    match (node, step) {
        (Yaml::Mapping(mapping), Step::Key(key)) => {
            mapping.get(key.as_str()).or_else(|| mapping.get(key_of(mapping, key)?))
        }
        (Yaml::Sequence(items), Step::Item(index)) => items.get(*index),
        _ => None,
    }
}

fn child_mut<'v>(node: &'v mut Yaml, step: &Step) -> Option<&'v mut Yaml> {
    match (node, step) {
        (Yaml::Mapping(mapping), Step::Key(key)) => {
            let key = key_of(mapping, key)?.clone();
            mapping.get_mut(&key)
        }
        (Yaml::Sequence(items), Step::Item(index)) => items.get_mut(*index),
        _ => None,
    }
}

/// Makes one change. It was planned on this value, so every path exists.
pub(super) fn apply(root: &mut Yaml, primitive: &Primitive) {
    let Some(node) = primitive.at().iter().try_fold(root, child_mut) else { return };
    match (primitive, node) {
        (Primitive::Replace { value, .. }, node) => *node = yaml(value),
        (Primitive::AddKey { key, value, .. }, Yaml::Mapping(mapping)) => {
            mapping.insert(Yaml::String(key.clone()), yaml(value));
        }
        (Primitive::AddKey { key, value, .. }, node) => {
            *node = yaml(&Value::Map(vec![(key.clone(), value.clone())]));
        }
        (Primitive::RemoveKey { key, .. }, Yaml::Mapping(mapping)) => {
            if let Some(key) = key_of(mapping, key).cloned() {
                mapping.shift_remove(&key);
            }
        }
        (Primitive::InsertItems { index, values, .. }, Yaml::Sequence(items)) => {
            let index = (*index).min(items.len());
            items.splice(index..index, values.iter().map(yaml));
        }
        (Primitive::RemoveItems { from, to, .. }, Yaml::Sequence(items)) => {
            items.drain(*from..(*to).min(items.len()));
        }
        (Primitive::RemoveKey { .. } | Primitive::InsertItems { .. } | Primitive::RemoveItems { .. }, _) => {}
    }
}
