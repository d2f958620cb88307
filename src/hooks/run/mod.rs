//! A run of a git hook: what git tells it, and what guards it.

mod guard;
mod push;

pub use guard::{Fault, within};
pub use push::{Pushed, pushed};
