//! What is known of commits and large files from earlier runs.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::merge::{Ancestry, CommitFacts};
use crate::model::{Oid, Revert};
use crate::table::Table;

use super::graph::Relation;
use super::scan::near::quiet::{QuietLook, QuietQuestion};

/// Facts about commits, which cannot change, and about versions of files.
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
    /// What a target took back of a head's work, by head and target.
    pub reverts: Table<(Oid, Oid), Vec<Revert>>,
    /// Objects in files of their own that answers rest on.
    pub loose: Table<Oid, ()>,
    /// Trees of whose files all are there.
    pub whole_trees: Table<Oid, ()>,
    /// The blobs that large files are, as long as they are not written.
    pub large_files: Table<WrittenFile, Oid>,
    /// Looks at some paths of a worktree that found nothing. These alone are no reason to write the cache.
    pub quiet: Table<QuietQuestion, QuietLook>,
}

/// A file as it is until somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size, inode and times.
    pub stamp: [i64; 6],
}

impl CommitCache {
    /// Whether anything was added to it.
    pub fn has_new(&self) -> bool {
        self.commits.has_new()
            || self.relations.has_new()
            || self.ancestries.has_new()
            || self.reverts.has_new()
            || self.loose.has_new()
            || self.whole_trees.has_new()
            || self.large_files.has_new()
    }
}
