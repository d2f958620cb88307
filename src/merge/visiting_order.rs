//! The order in which git comes upon the changes of a side. It decides among renames that are
//! equally good, such as several files of the same content.
//!
//! git puts off folders that the other side left alone, and visits them at the end, in the order
//! of a hash table of their paths (its name hash is the public FNV-1).

use std::cmp::Ordering;
use std::collections::HashMap;

use super::diff::TreeDiff;
use super::name_table::NameTable;
use super::relevance::{Relevance, Want};
use crate::model::RepoPath;

/// Each change of a side with its place in that order.
pub(super) fn visiting_order(own: &TreeDiff, other: &TreeDiff, relevances: &[Relevance; 2]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..own.changes.len()).collect();
    order.sort_by(|&one, &other| by_parts(&own.changes[one].path, &own.changes[other].path));
    let mut table = NameTable::new();
    let mut put_off: Vec<Option<RepoPath>> = vec![None; own.changes.len()];
    let mut last: Option<RepoPath> = None;
    for &at in &order {
        let change = &own.changes[at];
        if !last.as_ref().is_some_and(|folder| change.path.is_within(folder)) {
            last = first_left_alone(&change.path, other, relevances);
            if let Some(folder) = &last {
                table.insert(folder.clone());
            }
        }
        put_off[at] = last.clone();
    }
    let places: HashMap<RepoPath, usize> =
        table.into_paths().enumerate().map(|(at, folder)| (folder, at + 1)).collect();
    order.sort_by_key(|&at| put_off[at].as_ref().map_or(0, |folder| places[folder]));
    order
}

/// Part by part: what is in `a` comes before `a-b`, other than in the order of trees.
fn by_parts(one: &RepoPath, other: &RepoPath) -> Ordering {
    let parts = |path: &RepoPath| {
        path.as_bytes().iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect::<Vec<u8>>()
    };
    parts(one).cmp(&parts(other))
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
