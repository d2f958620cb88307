//! One integration binary, a module a subject.

mod cli;
mod git_facts;
mod merge_engine;
mod support;
mod tracking;
