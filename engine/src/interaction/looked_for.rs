//! What the rename searches of a merge looked for: another tip, merged first, could add it.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::merge::renames::EMPTY_BLOB;
use crate::merge::renames::name_table::NameTable;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::renames::traversal_order::TraversalOrder;
use crate::model::{Oid, RepoPath, Side, Sides};

/// What the searches of one merge looked for.
#[derive(Debug, Default)]
pub(super) struct LookedFor {
    /// The contents of our side's files that were looked for by basename or similarity.
    pub open: BTreeSet<Oid>,
    /// The basenames that exactly one of these and one new file of our side had.
    pub lone: BTreeSet<Vec<u8>>,
    /// The paths at which renamed files of our side were found.
    pub found: HashSet<RepoPath>,
    /// How much the traversal order mattered, on either side.
    pub tie: Tie,
}

/// How much the traversal order mattered in a merge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tie {
    /// Not at all: no two renames were equally good.
    #[default]
    None,
    /// It decided, and it stays the same as long as our side adds only names that sort before no folder,
    /// changes files in place, and keeps the number of deferred folders, which is this, below the next
    /// size of git's table.
    Firm(usize),
    /// It decided, and any change could alter it.
    Loose,
}

impl LookedFor {
    /// What these searches looked for.
    pub fn by(searches: &Sides<RenameSearch>) -> LookedFor {
        let RenameSearch { changes, relevance, renames, .. } = &searches.ours;
        let found = renames.pairs.iter().map(|(_, to)| changes.changes[*to].path.clone()).collect();
        let tie = tie(Side::Ours, &searches.ours).max(tie(Side::Theirs, &searches.theirs));
        let mut looked_for = LookedFor { found, tie, ..LookedFor::default() };
        let exact: HashSet<usize> =
            renames.pairs[..renames.exact].iter().flat_map(|(from, to)| [*from, *to]).collect();
        let (mut sources, mut names) = (Vec::new(), [HashMap::default(), HashMap::default()]);
        for (at, change) in changes.changes.iter().enumerate().filter(|(at, _)| !exact.contains(at)) {
            let (entry, side) = match (change.old, change.new) {
                (Some(old), None) => (old, 0),
                (None, Some(new)) => (new, 1),
                (Some(_), Some(_)) | (None, None) => continue,
            };
            if entry.oid == EMPTY_BLOB {
                continue;
            }
            *names[side].entry(change.path.file_name()).or_insert(0) += 1;
            if side == 0 && relevance.of_source(&change.path).is_some() {
                sources.push((at, entry));
            }
        }
        for (at, entry) in sources {
            if entry.kind.is_file() {
                looked_for.open.insert(entry.oid);
            }
            let name = changes.changes[at].path.file_name();
            if names.iter().all(|names| names.get(name) == Some(&1)) {
                looked_for.lone.insert(name.to_vec());
            }
        }
        looked_for
    }
}

/// How much the traversal order mattered in the search of one side.
fn tie(side: Side, search: &RenameSearch) -> Tie {
    if search.renames.votes_tied {
        return Tie::Loose;
    }
    let Some(order) = &search.order else { return Tie::None };
    let tied: Vec<&RepoPath> =
        search.renames.tied.iter().map(|at| &search.changes.changes[*at].path).collect();
    match tie_among(&tied, order) {
        Tie::Firm(_) if side == Side::Theirs && !order.deferred.is_empty() => Tie::Loose,
        tie => tie,
    }
}

/// How firm the order of these paths is. Folders of one chain may change places, but not in a table
/// that never grew.
fn tie_among(paths: &[&RepoPath], order: &TraversalOrder) -> Tie {
    let mut chains: HashMap<usize, RepoPath> = HashMap::default();
    for path in paths {
        let mut above = std::iter::successors(path.parent(), RepoPath::parent);
        let deferred = above.find_map(|folder| Some((*order.deferred.get(&folder)?, folder)));
        let Some((chain, folder)) = deferred else { continue };
        let beside = chains.insert(chain, folder.clone()).is_some_and(|other| other != folder);
        if beside && NameTable::width(order.deferred.len()) != NameTable::width(0) {
            return Tie::Loose;
        }
    }
    if paths.is_empty() { Tie::None } else { Tie::Firm(order.deferred.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of how many folders deferred, and two of them, the order of a file in each stands.
    #[track_caller]
    fn check(deferred: usize, chains: [usize; 2], expected: Tie) {
        let path = |text: String| RepoPath::from(text.as_str());
        let deferred = (0..deferred).map(|at| (path(format!("other/{at}")), 1000 + at)).collect();
        let mut order = TraversalOrder { deferred, ..TraversalOrder::default() };
        for (at, chain) in chains.into_iter().enumerate() {
            order.deferred.insert(path(format!("folder/{at}")), chain);
        }
        let files = [path("folder/0/a".into()), path("folder/1/deep/a".into()), path("inline/a".into())];
        assert_eq!(tie_among(&files.iter().collect::<Vec<_>>(), &order), expected);
    }

    #[test]
    fn files_of_one_chain_change_places_in_a_table_that_grew() {
        check(10, [1, 2], Tie::Firm(12));
        check(10, [1, 1], Tie::Firm(12));
        check(60, [1, 2], Tie::Firm(62));
        check(60, [1, 1], Tie::Loose);
        assert_eq!(tie_among(&[], &TraversalOrder::default()), Tie::None);
    }
}
