//! `schema`: JSON Schemas (draft 2020-12) of what the commands answer and of the tracking files, made of one table.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::cli;
use crate::commands::failure::Failure;
use crate::render::Output;

use super::Reply;

/// The table: its first lines say how to read it.
const TABLE: &str = include_str!("table.txt");

pub(super) fn run(args: &cli::SchemaArgs) -> Result<Reply, Failure> {
    let table = SchemaTable::read(TABLE);
    let names = || table.roots.iter().map(|(name, _)| *name);
    let text = match &args.name {
        None => names().map(|name| format!("{name}\n")).collect(),
        Some(name) => match table.schema(name) {
            Some(schema) => format!("{schema:#}\n"),
            None => {
                let known: Vec<&str> = names().collect();
                return Err(Failure::new(format!("there is no schema {name}"))
                    .help(format!("the schemas are {}", known.join(", "))));
            }
        },
    };
    Ok(Output::Verbatim(text).into())
}

/// The schemas of the table, and what they refer to.
#[derive(Default)]
struct SchemaTable<'a> {
    roots: Vec<(&'a str, Value)>,
    types: Map<String, Value>,
}

impl<'a> SchemaTable<'a> {
    fn read(text: &'a str) -> SchemaTable<'a> {
        let mut words = Words { words: words(text), at: 0 };
        let mut table = SchemaTable::default();
        while let Some(name) = words.next() {
            if name == "@" {
                let name = words.next().unwrap_or_default();
                table.roots.push((name, words.alternatives()));
            } else {
                let meaning = if words.eats("=") { words.alternatives() } else { words.object(&table.types) };
                table.types.insert(name.to_string(), meaning);
            }
        }
        table.roots.sort_by_key(|(name, _)| *name);
        table
    }

    /// A schema with all that it refers to.
    fn schema(&self, name: &str) -> Option<Value> {
        let (_, root) = self.roots.iter().find(|(known, _)| *known == name)?;
        let mut needed = BTreeSet::new();
        self.needs(root, &mut needed);
        let types: Map<String, Value> =
            needed.iter().filter_map(|name| Some((name.clone(), self.types.get(name)?.clone()))).collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("track-work {name}"),
        });
        if let (Value::Object(schema), Value::Object(root)) = (&mut schema, root) {
            schema.extend(root.clone());
            schema.insert("$defs".to_string(), Value::Object(types));
        }
        Some(schema)
    }

    /// Collects the names of the types that a schema refers to, and those that these refer to.
    fn needs(&self, schema: &Value, needed: &mut BTreeSet<String>) {
        match schema {
            Value::Object(members) => {
                let name =
                    members.get("$ref").and_then(Value::as_str).map(|path| path.replace("#/$defs/", ""));
                if let Some(name) = name.filter(|name| needed.insert(name.clone())) {
                    self.types.get(&name).into_iter().for_each(|of| self.needs(of, needed));
                }
                members.values().for_each(|member| self.needs(member, needed));
            }
            Value::Array(items) => items.iter().for_each(|item| self.needs(item, needed)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// The words of the table: names, words in quotes, and signs.
fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_name = |c: char| c.is_ascii_alphanumeric() || ['_', '-', '"'].contains(&c);
            let length = if is_name(first) {
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            found.push(&rest[..length]);
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// Reads types.
struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.words.get(self.at - 1).copied()
    }

    fn eats(&mut self, word: &str) -> bool {
        let is_it = self.words.get(self.at) == Some(&word);
        self.at += usize::from(is_it);
        is_it
    }

    /// `{ key: type, key?: type, + Known, * }`
    fn object(&mut self, known: &Map<String, Value>) -> Value {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let mut is_open = false;
        self.eats("{");
        while let Some(key) = self.next().filter(|key| *key != "}") {
            match key {
                "," => {}
                "*" => is_open = true,
                "+" => {
                    let base = self.next().and_then(|name| known.get(name));
                    let part = |name| base.and_then(|base| base.get(name)).cloned().unwrap_or_default();
                    properties.extend(part("properties").as_object().cloned().unwrap_or_default());
                    required.extend(part("required").as_array().cloned().unwrap_or_default());
                }
                key => {
                    if !self.eats("?") {
                        required.push(key.into());
                    }
                    self.eats(":");
                    properties.insert(key.to_string(), self.alternatives());
                }
            }
        }
        json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": is_open,
        })
    }

    /// `type | type`
    fn alternatives(&mut self) -> Value {
        let mut all = vec![self.one()];
        while self.eats("|") {
            all.push(self.one());
        }
        let of = |name: &str| -> Option<Vec<Value>> {
            all.iter()
                .map(|one| {
                    one.get(name).filter(|_| one.as_object().is_some_and(|one| one.len() == 1)).cloned()
                })
                .collect()
        };
        match (all.len(), of("const"), of("type")) {
            (1, ..) => all.remove(0),
            (_, Some(words), _) => json!({ "enum": words }),
            (_, None, Some(types)) => json!({ "type": types }),
            (_, None, None) => json!({ "anyOf": all }),
        }
    }

    fn one(&mut self) -> Value {
        match self.next().unwrap_or_default() {
            "[" => {
                let items = self.alternatives();
                self.eats("]");
                json!({ "type": "array", "items": items })
            }
            "map" => {
                let values = self.one();
                json!({ "type": "object", "additionalProperties": values })
            }
            "any" => json!({}),
            "text" => json!({ "type": "string" }),
            "int" => json!({ "type": "integer" }),
            "bool" => json!({ "type": "boolean" }),
            word @ ("number" | "null") => json!({ "type": word }),
            word if word.starts_with('"') => json!({ "const": word.trim_matches('"') }),
            name => json!({ "$ref": format!("#/$defs/{name}") }),
        }
    }
}
