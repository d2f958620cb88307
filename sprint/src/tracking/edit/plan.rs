//! From an edit to the smallest changes of the value that achieve it.

use serde_yaml::Value as Yaml;

use super::primitive::Primitive;
use super::value::{self, child, equal};
use crate::model::{Edit, EditCare, Operation, Step, Value};
use crate::yaml::{kind_of, scalar_text};

/// Whether the node at these steps is an alias: an alias is replaced as a whole.
pub(super) type IsAlias<'a> = dyn Fn(&[Step]) -> bool + 'a;

/// The changes that make the edit, in this order.
///
/// # Errors
/// Why it does not fit the value.
pub(super) fn plan(root: &Yaml, edit: &Edit, is_alias: &IsAlias<'_>) -> Result<Vec<Primitive>, String> {
    let mut at = Vec::new();
    let mut node = root;
    for (index, step) in edit.at.iter().enumerate() {
        let rest = &edit.at[index + 1..];
        let last = rest.is_empty();
        let removing = edit.operation == Operation::Remove;
        match (node, step) {
            (Yaml::Mapping(_) | Yaml::Sequence(_), _) if child(node, step).is_some() => {
                if removing && last {
                    return Ok(vec![match step {
                        Step::Key(key) => Primitive::RemoveKey {
                            at,
                            key: key.clone(),
                            keeps_comments: edit.care == EditCare::KeepsComments,
                        },
                        Step::Item(item) => Primitive::RemoveItems { at, from: *item, to: item + 1 },
                    }]);
                }
            }
            (Yaml::Mapping(_), Step::Key(_)) | (Yaml::Sequence(_), Step::Item(_)) | (Yaml::Null, _)
                if removing =>
            {
                return Ok(vec![]);
            }
            (Yaml::Mapping(_), Step::Key(key)) => {
                return Ok(vec![Primitive::AddKey {
                    at,
                    key: key.clone(),
                    value: wrap(rest, &edit.operation)?,
                }]);
            }
            (Yaml::Sequence(items), Step::Item(item)) if *item == items.len() => {
                return Ok(vec![Primitive::InsertItems {
                    at,
                    index: *item,
                    values: vec![wrap(rest, &edit.operation)?],
                }]);
            }
            (Yaml::Null, Step::Key(key)) if at.is_empty() => {
                return Ok(vec![Primitive::AddKey {
                    at,
                    key: key.clone(),
                    value: wrap(rest, &edit.operation)?,
                }]);
            }
            (Yaml::Null, _) => {
                return Ok(vec![Primitive::Replace { at, value: wrap(&edit.at[index..], &edit.operation)? }]);
            }
            // an empty list where a mapping belongs says nothing
            (Yaml::Sequence(items), Step::Key(_)) if items.is_empty() && !at.is_empty() => {
                return match removing {
                    true => Ok(vec![]),
                    false => {
                        let value = wrap(&edit.at[index..], &edit.operation)?;
                        Ok(vec![Primitive::Replace { at, value }])
                    }
                };
            }
            (Yaml::Sequence(items), Step::Item(item)) => {
                return Err(format!("it has {} items, so no item {item}", items.len()));
            }
            (other, Step::Key(key)) => {
                return Err(format!(
                    "\"{}\" is {}, so it has no key \"{key}\"",
                    super::path_text(&at),
                    kind_of(other)
                ));
            }
            (other, Step::Item(_)) => {
                return Err(format!("\"{}\" is {}, not a list", super::path_text(&at), kind_of(other)));
            }
        }
        node = child(node, step).ok_or("its parent does not exist")?;
        at.push(step.clone());
    }
    match &edit.operation {
        Operation::Set(_) if at.is_empty() => Err("a whole file is never replaced".to_string()),
        Operation::Set(new) => Ok(difference(at, node, new, is_alias)),
        Operation::Remove => Err("a whole file is never removed".to_string()),
        Operation::Append(new) => match node {
            Yaml::Sequence(items) => {
                Ok(vec![Primitive::InsertItems { at, index: items.len(), values: vec![new.clone()] }])
            }
            Yaml::Null if !at.is_empty() => {
                Ok(vec![Primitive::Replace { at, value: Value::List(vec![new.clone()]) }])
            }
            Yaml::Mapping(entries) if entries.is_empty() && !at.is_empty() => {
                Ok(vec![Primitive::Replace { at, value: Value::List(vec![new.clone()]) }])
            }
            // a single text is read as a list of one
            Yaml::String(text) if is_tasks(&at) => {
                let first = (!text.trim().is_empty()).then(|| Value::from(text.as_str()));
                let value = Value::List(first.into_iter().chain([new.clone()]).collect());
                Ok(vec![Primitive::Replace { at, value }])
            }
            other => Err(format!("it is {}, not a list", kind_of(other))),
        },
    }
}

/// Whether these steps lead to the tasks of a session.
fn is_tasks(at: &[Step]) -> bool {
    let is_key = |step: &Step, name: &str| matches!(step, Step::Key(key) if key == name);
    matches!(at, [first, _, last] if is_key(first, "sessions") && is_key(last, "tasks"))
}

/// The value that a missing node must get so that the steps below it exist.
fn wrap(rest: &[Step], operation: &Operation) -> Result<Value, String> {
    let inner = match operation {
        Operation::Set(value) => value.clone(),
        Operation::Append(value) => Value::List(vec![value.clone()]),
        Operation::Remove => return Err("it does not exist, so it cannot be removed".to_string()),
    };
    rest.iter().rev().try_fold(inner, |value, step| match step {
        Step::Key(key) => Ok(Value::Map(vec![(key.clone(), value)])),
        Step::Item(0) => Ok(Value::List(vec![value])),
        Step::Item(index) => Err(format!("the list is empty, so it has no item {index}")),
    })
}

/// The changes that turn `old` into `new` and leave alone what both have in common.
fn difference(at: Vec<Step>, old: &Yaml, new: &Value, is_alias: &IsAlias<'_>) -> Vec<Primitive> {
    if equal(old, new) {
        return vec![];
    }
    if is_alias(&at) {
        return vec![Primitive::Replace { at, value: new.clone() }];
    }
    match (old, new) {
        (Yaml::Mapping(entries), Value::Map(wanted))
            if !entries.is_empty()
                && !wanted.is_empty()
                && entries.keys().all(|key| scalar_text(key).is_some()) =>
        {
            let mut primitives = Vec::new();
            for (key, value) in wanted {
                let step = Step::from(key.as_str());
                match child(old, &step) {
                    Some(there) => {
                        let at = [at.as_slice(), &[step]].concat();
                        primitives.extend(difference(at, there, value, is_alias));
                    }
                    None => primitives.push(Primitive::AddKey {
                        at: at.clone(),
                        key: key.clone(),
                        value: value.clone(),
                    }),
                }
            }
            let gone = entries
                .keys()
                .filter_map(scalar_text)
                .filter(|key| !wanted.iter().any(|(name, _)| name == key));
            primitives.extend(gone.map(|key| Primitive::RemoveKey {
                at: at.clone(),
                key,
                keeps_comments: false,
            }));
            primitives
        }
        (Yaml::Sequence(items), Value::List(wanted)) if !items.is_empty() && wanted.is_empty() => {
            vec![Primitive::RemoveItems { at, from: 0, to: items.len() }]
        }
        (Yaml::Sequence(items), Value::List(wanted)) if !items.is_empty() => {
            list_difference(at, items, wanted, is_alias)
        }
        _ => vec![Primitive::Replace { at, value: new.clone() }],
    }
}

/// The same for lists. Items that are in both stay where they are, with their comments.
fn list_difference(at: Vec<Step>, old: &[Yaml], new: &[Value], is_alias: &IsAlias<'_>) -> Vec<Primitive> {
    let new_yaml: Vec<Yaml> = new.iter().map(value::yaml).collect();
    let mut kinds: Vec<&Yaml> = Vec::new();
    let mut number = |item| match kinds.iter().position(|kind| *kind == item) {
        Some(index) => index,
        None => {
            kinds.push(item);
            kinds.len() - 1
        }
    };
    let old_numbers: Vec<usize> = old.iter().map(&mut number).collect();
    let new_numbers: Vec<usize> = new_yaml.iter().map(&mut number).collect();
    let operations = similar::capture_diff_slices(similar::Algorithm::Myers, &old_numbers, &new_numbers);
    let mut primitives = Vec::new();
    // From the end, so that the indices before stay valid.
    for operation in operations.iter().rev() {
        let (_, old_range, new_range) = operation.as_tag_tuple();
        if operation.tag() == similar::DiffTag::Equal {
            continue;
        }
        let paired = old_range.len().min(new_range.len());
        let (old_rest, new_rest) = (old_range.start + paired, new_range.start + paired);
        if new_rest < new_range.end {
            let values = new[new_rest..new_range.end].to_vec();
            primitives.push(Primitive::InsertItems { at: at.clone(), index: old_rest, values });
        }
        if old_rest < old_range.end {
            primitives.push(Primitive::RemoveItems { at: at.clone(), from: old_rest, to: old_range.end });
        }
        for pair in (0..paired).rev() {
            let place = old_range.start + pair;
            let at = [at.as_slice(), &[Step::Item(place)]].concat();
            primitives.extend(difference(at, &old[place], &new[new_range.start + pair], is_alias));
        }
    }
    primitives
}
