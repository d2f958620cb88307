//! The order in which git comes upon the changes of a side. It decides among renames that are
//! equally good, such as several files of the same content.
//!
//! git puts off folders that the other side left alone, and visits them at the end, in the order
//! of a hash table of their paths (its name hash is the public FNV-1).

use std::collections::HashMap;

use super::diff::TreeDiff;
use super::relevance::{Relevance, Want};
use crate::model::RepoPath;

/// Each change of a side with its place in that order.
pub(super) fn visiting_order(own: &TreeDiff, other: &TreeDiff, relevances: &[Relevance; 2]) -> Vec<usize> {
    let mut table = Table::new();
    let mut put_off: Vec<Option<RepoPath>> = Vec::with_capacity(own.changes.len());
    let mut last: Option<RepoPath> = None;
    for change in &own.changes {
        if !last.as_ref().is_some_and(|folder| change.path.is_within(folder)) {
            last = first_left_alone(&change.path, other, relevances);
            if let Some(folder) = &last {
                table.insert(folder.clone());
            }
        }
        put_off.push(last.clone());
    }
    let places: HashMap<RepoPath, usize> =
        table.into_paths().enumerate().map(|(at, folder)| (folder, at + 1)).collect();
    let mut order: Vec<usize> = (0..own.changes.len()).collect();
    order.sort_by_key(|&at| put_off[at].as_ref().map_or(0, |folder| places[folder]));
    order
}

/// The topmost folder above a path that the other side left alone, unless folder renames make git
/// look at once.
fn first_left_alone(path: &RepoPath, other: &TreeDiff, relevances: &[Relevance; 2]) -> Option<RepoPath> {
    let bytes = path.as_bytes();
    for end in (0..bytes.len()).filter(|&at| bytes[at] == b'/') {
        let folder = RepoPath::new(&bytes[..end]);
        if other.at(&folder).is_none() && other.below(&folder).next().is_none() {
            return Some(folder);
        }
        if relevances.iter().any(|relevance| relevance.want(&folder) != Want::Nothing) {
            return None;
        }
    }
    None
}

/// A chained hash table of names, as far as its order goes.
struct Table {
    chains: Vec<Vec<(u32, RepoPath)>>,
    size: usize,
}

impl Table {
    const FIRST_SIZE: usize = 64;
    const GROWTH: usize = 4;
    const LOAD_PERCENT: usize = 80;

    fn new() -> Table {
        Table { chains: vec![Vec::new(); Table::FIRST_SIZE], size: 0 }
    }

    /// Adds a path that is not in it yet. The newest of a chain comes first, so chains are kept
    /// in reverse.
    fn insert(&mut self, path: RepoPath) {
        let hash = path
            .as_bytes()
            .iter()
            .fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte));
        let chain = hash as usize % self.chains.len();
        self.chains[chain].push((hash, path));
        self.size += 1;
        if self.size > self.chains.len() * Table::LOAD_PERCENT / 100 {
            let wider = vec![Vec::new(); self.chains.len() * Table::GROWTH];
            for chain in std::mem::replace(&mut self.chains, wider) {
                for (hash, path) in chain.into_iter().rev() {
                    let chain = hash as usize % self.chains.len();
                    self.chains[chain].push((hash, path));
                }
            }
        }
    }

    fn into_paths(self) -> impl Iterator<Item = RepoPath> {
        self.chains.into_iter().flat_map(|chain| chain.into_iter().rev()).map(|(_, path)| path)
    }
}
