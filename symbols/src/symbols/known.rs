//! What is known of sides and pairs beyond one run: of contents and commits, so it cannot change.

use std::collections::BTreeMap;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};

use crate::model::{Oid, RepoPath, SemanticBreak, SemanticJudgement, SemanticPair, SemanticStep};
use crate::table::Table;

use super::delta::SideDelta;
use super::language::Family;

/// What is known of sources, of this run or of an earlier one.
#[derive(Default)]
pub struct KnownSides {
    /// What changes did.
    pub sides: Table<SideKey, SideFacts>,
    /// What two break of each other.
    pub pairs: Table<SemanticPair, SemanticJudgement>,
    /// What steps of merge orders break.
    pub steps: Table<SemanticStep, Vec<SemanticBreak>>,
}

impl KnownSides {
    /// Adds what another one knows.
    pub fn add(&self, other: &KnownSides) {
        self.sides.add(&other.sides);
        self.pairs.add(&other.pairs);
        self.steps.add(&other.steps);
    }

    /// Whether anything was added to it.
    pub fn has_new(&self) -> bool {
        self.sides.has_new() || self.pairs.has_new() || self.steps.has_new()
    }
}

/// What is known of a side's changes to the sources of one family.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SideFacts {
    pub(super) delta: SideDelta,
    /// Names that a file imported and does not any more, and words that are nowhere in it any more.
    pub(super) missing: Vec<(RepoPath, u64)>,
    /// The old texts of functions and the like that it edited, and the names that it defines or imports anew, by file.
    pub(super) edited: BTreeMap<RepoPath, HashSet<u64>>,
    /// The names of what it lost.
    pub(super) lost: HashSet<u64>,
    /// Those of them that one file alone can see, with the file.
    pub(super) local: Vec<(RepoPath, u64)>,
    /// The words of its lines that are new.
    pub(super) new_words: HashSet<u64>,
    /// Those for which it was looked whether it mentions them anew.
    pub(super) asked: HashSet<u64>,
    pub(super) skipped: BTreeMap<RepoPath, String>,
}

/// The changes that such facts are of.
pub type SideKey = (Family, Vec<SourceVersions>);

/// Both versions of a file.
type SourceVersions = (RepoPath, [Option<Oid>; 2]);
