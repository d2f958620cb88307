//! What is known of commits from earlier runs.

use std::time::SystemTime;

use crate::merge::{Ancestry, CommitFacts};
use crate::model::Oid;
use crate::table::Table;

use super::graph::Relation;

/// Facts about commits, which cannot change.
#[derive(Default)]
pub struct CommitCache {
    /// When the cache was written: what was known then is known to be readable then.
    pub written: Option<SystemTime>,
    /// Heads and merge bases.
    pub commits: Table<Oid, CommitFacts>,
    /// By head and target.
    pub relations: Table<(Oid, Oid), Relation>,
    /// The same, with the commits that the target lacks, where these are few.
    pub ancestries: Table<(Oid, Oid), Ancestry>,
    /// Objects in files of their own that answers rest on.
    pub loose: Table<Oid, ()>,
}

impl CommitCache {
    /// Whether anything was added to it.
    pub fn has_new(&self) -> bool {
        self.commits.has_new()
            || self.relations.has_new()
            || self.ancestries.has_new()
            || self.loose.has_new()
    }
}
