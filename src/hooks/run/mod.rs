//! A running git hook: what git passes to it, and its time limit.

mod guard;
mod push;

pub use guard::{Fault, within};
pub use push::{Pushed, pushed};
