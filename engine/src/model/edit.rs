//! Edits of tracking files, as data.

/// A value to be written into a tracking file. The file's own style decides how it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string, quoted where it is written.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping in this order.
    Map(Vec<(String, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Int(number as i64)
    }
}

impl Value {
    /// A list of strings.
    pub fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Value {
        Value::List(items.into_iter().map(|item| Value::Text(item.to_string())).collect())
    }
}

/// One step on the way to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value under this key of a mapping.
    Key(String),
    /// The item at this place of a list, from 0.
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Step {
        Step::Key(key.to_string())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Step {
        Step::Item(index)
    }
}

/// What happens to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It becomes this value. Missing mappings on the way are made; a value that is already
    /// there changes no byte.
    Set(Value),
    /// It goes, with its key or its place in the list. A node that is not there changes no byte.
    Remove,
    /// The list there (made when missing or null) gets one more item.
    Append(Value),
}

/// One change to one tracking file. Edits of a file are applied in their order, each to the
/// result of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file's name, without its folder.
    pub file: String,
    /// The way to the node, from the top.
    pub at: Vec<Step>,
    /// What happens to it.
    pub operation: Operation,
    /// What it is careful of.
    pub care: EditCare,
}

/// What an edit is careful of, besides that nothing else changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EditCare {
    /// Of nothing more. Where it cannot be made without loss, it is refused.
    #[default]
    Usual,
    /// Where it cannot be made without loss, all stays as it is.
    OrNothing,
    /// The comments of what goes stay.
    KeepsComments,
}

impl Edit {
    /// The node at these steps becomes this value.
    pub fn set(file: &str, at: &[Step], value: impl Into<Value>) -> Edit {
        Edit {
            file: file.to_string(),
            at: at.to_vec(),
            operation: Operation::Set(value.into()),
            care: EditCare::Usual,
        }
    }

    /// The node at these steps goes.
    pub fn remove(file: &str, at: &[Step]) -> Edit {
        Edit { file: file.to_string(), at: at.to_vec(), operation: Operation::Remove, care: EditCare::Usual }
    }

    /// The list at these steps gets one more item.
    pub fn append(file: &str, at: &[Step], value: impl Into<Value>) -> Edit {
        Edit {
            file: file.to_string(),
            at: at.to_vec(),
            operation: Operation::Append(value.into()),
            care: EditCare::Usual,
        }
    }
}
