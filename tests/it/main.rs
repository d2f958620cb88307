//! One integration binary, a module a subject.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod cases;
mod checkouts;
mod checks;
mod cli;
mod compare;
mod git_facts;
mod hooks;
mod hooks_setup;
mod hostile;
mod merge_drivers;
mod merge_engine;
mod merge_order;
mod merge_settings;
mod merged;
mod merging;
mod migrations;
mod objects;
mod possible_pairs;
mod readme;
mod refs;
mod remotes;
mod renormalizing;
mod setting_sources;
mod sharing;
mod short_names;
mod similarity;
mod specification;
mod sprint;
mod stacks;
mod support;
mod symbols;
mod tidy;
mod tracking;
mod verdicts;
mod verify;
