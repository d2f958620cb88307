//! Versions of files compared with their bases, each two once for all merges that have both.

use std::sync::Arc;

use crate::model::{Hunk, Oid};
use crate::table::Table;

/// No more pairs of versions are kept than this.
const MOST_KEPT: usize = 200_000;

/// The hunks between a base and a version, for all mergers of one repository. Neither is binary, and both are as they are
/// stored. What earlier runs have compared may not be there any more.
#[derive(Default)]
pub struct ComparedVersions(pub Table<VersionPair, Vec<Hunk>>);

/// Two versions; `None` where there was no file.
pub type VersionPair = [Option<Oid>; 2];

impl ComparedVersions {
    /// The hunks between two versions, where they are known.
    pub(crate) fn find(&self, versions: &VersionPair) -> Option<Arc<Vec<Hunk>>> {
        self.0.find(versions)
    }

    /// Keeps them.
    pub(crate) fn keep(&self, versions: VersionPair, hunks: &Arc<Vec<Hunk>>) {
        if self.0.len() < MOST_KEPT {
            self.0.keep(versions, hunks.clone());
        }
    }
}

/// Whether no hunk of one side overlaps or touches one of the other, both against one base: then they merge, whatever is in
/// them.
pub(crate) fn keep_apart(ours: &[Hunk], theirs: &[Hunk]) -> bool {
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    while let (Some(one), Some(other)) = (ours.peek(), theirs.peek()) {
        if one.base.end < other.base.start {
            ours.next();
        } else if other.base.end < one.base.start {
            theirs.next();
        } else {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_not_apart() {
        let check = |ours: &[(u32, u32)], theirs: &[(u32, u32)], expected: bool| {
            let hunks = |ranges: &[(u32, u32)]| -> Vec<Hunk> {
                ranges.iter().map(|&(start, end)| Hunk { base: start..end, own: start..end }).collect()
            };
            assert_eq!(keep_apart(&hunks(ours), &hunks(theirs)), expected);
            assert_eq!(keep_apart(&hunks(theirs), &hunks(ours)), expected);
        };
        check(&[], &[(0, 9)], true);
        check(&[(0, 1)], &[(2, 3)], true);
        check(&[(0, 1)], &[(1, 3)], false);
        check(&[(1, 1)], &[(1, 1)], false);
        check(&[(1, 1), (7, 9)], &[(3, 5), (9, 9)], false);
        check(&[(1, 1), (7, 9)], &[(3, 5), (11, 12)], true);
        check(&[(0, 20)], &[(3, 5)], false);
    }
}
