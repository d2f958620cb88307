//! The merged text: each key and item as the side wrote it whose value it has.

use std::collections::HashMap;

use serde_yaml::Value as Yaml;

use super::parts::{Parted, WrittenPart};
use super::values::{ThreeValues, item_names};
use crate::model::{Edit, Stages, Step, Value};
use crate::yaml;

/// Writes the merged value with the lines of the three texts.
struct Assembly {
    text: String,
    /// What no side wrote this way, to be edited afterwards.
    edits: Vec<Edit>,
}

/// The three versions of one part.
type PartVersions<'p, 't> = Stages<Option<&'p WrittenPart<'t>>>;

/// The text of a merged value, and the edits that it still needs.
pub(super) fn assembled(
    merged: &Yaml,
    said: ThreeValues<'_>,
    texts: &Stages<Parted<'_>>,
) -> (String, Vec<Edit>) {
    let mut merge = Assembly { text: String::new(), edits: Vec::new() };
    let parts = texts.each_ref().map(|text| text.parts.as_slice());
    merge.parts(&mut Vec::new(), &mut Vec::new(), merged, said, parts);
    let rest = texts.each_ref().map(|text| text.rest);
    merge.text += &lines(rest);
    (merge.text, merge.edits)
}

impl Assembly {
    /// The parts of one collection.
    fn parts(
        &mut self,
        names: &mut Vec<String>,
        steps: &mut Vec<Step>,
        merged: &Yaml,
        said: ThreeValues<'_>,
        parts: Stages<&[WrittenPart<'_>]>,
    ) {
        let by_name = parts.map(|parts| {
            parts
                .iter()
                .map(|part| (part.name.clone(), part))
                .collect::<HashMap<(String, usize), &WrittenPart<'_>>>()
        });
        let find = |name: &(String, usize)| by_name.each_ref().map(|parts| parts.get(name).copied());
        match merged {
            Yaml::Mapping(fields) => {
                for (key, value) in fields {
                    let Some(key) = yaml::scalar_text(key) else { continue };
                    let said = said.map(|said| said.and_then(|said| said.get(key.as_str())));
                    names.push(key.clone());
                    steps.push(Step::Key(key.clone()));
                    self.part(names, steps, value, said, find(&(key, 0)));
                    steps.pop();
                    names.pop();
                }
            }
            Yaml::Sequence(items) => {
                let of_said = said.map(|said| {
                    let items = said.and_then(Yaml::as_sequence).map_or(&[][..], Vec::as_slice);
                    item_names(names, items)
                        .into_iter()
                        .zip(items)
                        .collect::<HashMap<(String, usize), &Yaml>>()
                });
                for (index, (name, item)) in item_names(names, items).into_iter().zip(items).enumerate() {
                    let said = of_said.each_ref().map(|items| items.get(&name).copied());
                    names.push(name.0.clone());
                    steps.push(Step::Item(index));
                    self.part(names, steps, item, said, find(&name));
                    steps.pop();
                    names.pop();
                }
            }
            _ => {}
        }
    }

    fn part(
        &mut self,
        names: &mut Vec<String>,
        steps: &mut Vec<Step>,
        merged: &Yaml,
        said: ThreeValues<'_>,
        parts: PartVersions<'_, '_>,
    ) {
        let Stages { base, ours, theirs } = parts;
        let is_said_by = |said: Option<&Yaml>| said == Some(merged);
        let (one, value) = match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let both = Stages { base, ours: Some(ours), theirs: Some(theirs) };
                return self.both(names, steps, merged, said, both);
            }
            (Some(ours), None) => (ours, said.ours),
            (None, Some(theirs)) => (theirs, said.theirs),
            (None, None) => match base {
                Some(base) => (base, said.base),
                None => return self.edit(steps, merged),
            },
        };
        if is_said_by(value) || one.below.is_empty() {
            self.text += &one.text();
            if !is_said_by(value) {
                self.edit(steps, merged);
            }
            return;
        }
        self.text += &[one.above, one.own].concat();
        self.parts(names, steps, merged, said, parts.map(below));
        self.text += one.after;
    }

    fn both(
        &mut self,
        names: &mut Vec<String>,
        steps: &mut Vec<Step>,
        merged: &Yaml,
        said: ThreeValues<'_>,
        parts: Stages<Option<&WrittenPart<'_>>>,
    ) {
        let (Some(ours), Some(theirs)) = (parts.ours, parts.theirs) else { return };
        let texts = parts.map(|part| part.map(WrittenPart::text));
        if let Some(taken) = taken(&texts)
            && (if taken == texts.ours { said.ours } else { said.theirs }) == Some(merged)
        {
            self.text += taken.as_deref().unwrap_or_default();
            return;
        }
        let field = |field: fn(&WrittenPart<'_>) -> String| {
            lines_of(parts.map(|part| part.map(field).unwrap_or_default()))
        };
        self.text += &field(|part| part.above.to_string());
        let is_empty = match merged {
            Yaml::Mapping(fields) => fields.is_empty(),
            Yaml::Sequence(items) => items.is_empty(),
            _ => true,
        };
        if !ours.below.is_empty() && !theirs.below.is_empty() && !is_empty {
            self.text += &one_line(parts.map(|part| part.map(|part| (part.own, part.value_end))));
            self.parts(names, steps, merged, said, parts.map(below));
        } else {
            let of_ours = said.ours == Some(merged);
            let side = if of_ours || said.theirs != Some(merged) { ours } else { theirs };
            let is_line = |part: &WrittenPart<'_>| part.below.is_empty() && part.own.lines().count() == 1;
            if is_line(ours) && is_line(theirs) {
                let value = |part: &WrittenPart<'_>| part.own[..part.value_end].to_string();
                let comment = parts.map(|part| part.map(|part| (part.own, part.value_end)));
                self.text += &[value(side), comments(comment)].concat();
            } else {
                let below: String = side.below.iter().map(WrittenPart::text).collect();
                self.text += &[side.own, &below].concat();
            }
            if !of_ours && said.theirs != Some(merged) {
                self.edit(steps, merged);
            }
        }
        self.text += &field(|part| part.after.to_string());
    }

    fn edit(&mut self, steps: &[Step], merged: &Yaml) {
        if let Some(value) = value_of(merged) {
            self.edits.push(Edit::set("", steps, value));
        }
    }
}

/// The parts below one.
fn below<'p, 't>(part: Option<&'p WrittenPart<'t>>) -> &'p [WrittenPart<'t>] {
    part.map_or(&[], |part| &part.below)
}

/// A value as edits write it; `None` where they cannot.
fn value_of(value: &Yaml) -> Option<Value> {
    Some(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(*truth),
        Yaml::Number(number) => Value::Int(number.as_i64()?),
        Yaml::String(text) => Value::Text(text.clone()),
        Yaml::Sequence(items) => Value::List(items.iter().map(value_of).collect::<Option<_>>()?),
        Yaml::Mapping(fields) => {
            let field = |(key, value)| Some((yaml::scalar_text(key)?, value_of(value)?));
            Value::Map(fields.iter().map(field).collect::<Option<_>>()?)
        }
        Yaml::Tagged(_) => return None,
    })
}

/// The version of one side where the other left it alone.
fn taken<T: PartialEq + Clone>(versions: &Stages<T>) -> Option<T> {
    let Stages { base, ours, theirs } = versions;
    if ours == theirs || base == theirs {
        return Some(ours.clone());
    }
    (base == ours).then(|| theirs.clone())
}

/// Comments and empty lines of three versions: where both sides changed them, ours, without those that they
/// removed, and then those that they added.
fn lines(versions: Stages<&str>) -> String {
    if let Some(taken) = taken(&versions) {
        return taken.to_string();
    }
    let Stages { base, ours, theirs } =
        versions.map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let removed = |line: &&&str| !line.trim().is_empty() && base.contains(line) && !theirs.contains(line);
    let added = |line: &&&str| !line.trim().is_empty() && !base.contains(line) && !ours.contains(line);
    ours.iter().filter(|line| !removed(line)).chain(theirs.iter().filter(added)).copied().collect()
}

fn lines_of(versions: Stages<String>) -> String {
    lines(versions.each_ref().map(String::as_str))
}

/// What follows the value on its line, with the line's end.
fn comments(versions: Stages<Option<(&str, usize)>>) -> String {
    let comments = versions.map(|version| version.map_or("", |(line, end)| &line[end..]));
    if let Some(taken) = taken(&comments) {
        return taken.to_string();
    }
    let [ours, theirs] = [comments.ours, comments.theirs].map(str::trim_end);
    format!("{ours} {}\n", theirs.trim_start())
}

/// The line of a key above its parts.
fn one_line(versions: Stages<Option<(&str, usize)>>) -> String {
    let own = versions.ours.map_or("", |(line, end)| &line[..end]);
    [own, &comments(versions)].concat()
}
