//! git_facts
