//! One integration binary, a module a subject.

mod git_facts;
mod merge_engine;
mod specification;
mod support;
mod tidy;
mod tracking;
