//! From a report to text: for people, and for programs. Computes nothing that is not layout.

pub mod agent;
mod human;
pub mod json;

pub use human::{Style, check, compare, doctor, file_line, hooks, log, order, shown_fault, status, sync};
pub(crate) use human::{count, wrapped};
