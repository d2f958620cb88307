//! YAML, read strictly: text in, value or problem out.
//!
//! No value is read from a text that another reader would refuse: duplicate keys, several
//! documents and unknown aliases are problems, each with its line. For writing see
//! `tracking/edit`.

mod depth;
mod places;
mod problem;
pub mod report;
mod seed;
mod spelling;
mod strict;

pub use places::{Kind, MapEntry, Outline, OutlineNode, Quote};
pub use problem::{Problem, place_of};
pub use spelling::{is_alike, is_nearly};
pub use strict::{decode, parse};

use std::io::ErrorKind;
use std::path::Path;

use serde_yaml::Value;

use crate::files;

/// Larger files are not read: no real tracking file is that long. In bytes.
pub const MAX_BYTES: usize = 2 << 20;

/// The bytes of a file of at most [`MAX_BYTES`].
///
/// # Errors
/// I/O errors; anything but a regular file; too many bytes.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    files::read(path, MAX_BYTES as u64).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::FileTooLarge => Problem::new(error.to_string()),
        _ => Problem::new(format!("cannot be read: {}", plain(&error))),
    })
}

/// The operating system's message without `(os error 13)`.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text.to_string(),
    }
}

/// The kind of a value for messages: `a list`.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "a tagged value",
    }
}

/// A key or scalar as text, exactly as it is written. `None` for lists, mappings and null.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Tagged(tagged) => scalar_text(&tagged.value),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}
