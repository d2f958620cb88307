//! The JSON of the commands that look: its own types, so that the model is free to change.
//!
//! They borrow from the report, and a list is made while it is written: nothing but the text is as
//! large as the answer. A field that does not apply is left out; `null` was not determined. Lists
//! are sorted.

mod check;
mod compare;
mod findings;
mod order;
mod pairs;
mod sprint;
mod status;
mod sync;
mod terminals;
mod written;

pub use check::check;
pub use compare::compare;
pub use order::order;
pub use status::{status, sync};

/// The version of all JSON output.
pub const SCHEMA: u32 = 1;
