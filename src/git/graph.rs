//! Questions to the history.

use crate::merge::Missing;
use crate::model::Oid;

use super::ids;
use super::store::{Store, missing};

/// How a head relates to the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// The best common ancestor.
    pub base: Option<Oid>,
    /// Commits that the target lacks.
    pub ahead: usize,
    /// Commits that only the target has.
    pub behind: usize,
    /// Whether the target contains the head.
    pub merged: bool,
}

impl Store {
    /// Compares a head to the target's commit.
    pub(super) fn relation(&self, head: Oid, target: Option<Oid>) -> Result<Relation, Missing> {
        let Some(target) = target else {
            return Ok(Relation { ahead: self.count(head)?, ..Relation::default() });
        };
        if head == target {
            return Ok(Relation { base: Some(head), merged: true, ..Relation::default() });
        }
        let repo = self.repo(head)?;
        let (ahead, behind) = repo
            .graph_ahead_behind(ids::to_git2(head), ids::to_git2(target))
            .map_err(|error| missing(head, &error))?;
        let base = self.merge_bases(head, &[target])?.first().copied();
        Ok(Relation { base, ahead, behind, merged: base == Some(head) })
    }

    /// Whether the target contains this commit.
    pub(super) fn is_contained(&self, head: Oid, target: Oid) -> Result<bool, Missing> {
        if head == target {
            return Ok(true);
        }
        let found = self.repo(head)?.graph_descendant_of(ids::to_git2(target), ids::to_git2(head));
        found.map_err(|error| missing(head, &error))
    }

    /// How many commits a history has.
    fn count(&self, head: Oid) -> Result<usize, Missing> {
        let walk = self.repo(head)?.revwalk().and_then(|mut walk| {
            walk.push(ids::to_git2(head))?;
            Ok(walk)
        });
        Ok(walk.map_err(|error| missing(head, &error))?.count())
    }
}
