//! The entries of a tree as git stores them: mode, space, name, NUL, twenty bytes of id.

use std::cmp::Ordering;

use memchr::{memchr, memchr2};

use crate::merge::{Name, TreeEntry};
use crate::model::{Entry, EntryKind};

use super::ids;

/// The size of a typical tree entry: with a name of eight letters.
const USUAL_ENTRY: usize = 36;

/// As many bytes of two trees are compared at once.
const BLOCK: usize = 64;

/// The entries; `None` where the tree is damaged, has names that git puts into no index, or is not sorted:
/// then git goes wrong in one way or another.
pub(super) fn parse(mut bytes: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut entries: Vec<TreeEntry> = Vec::with_capacity(bytes.len() / USUAL_ENTRY);
    while !bytes.is_empty() {
        let (kind, start) = mode(bytes)?;
        bytes = &bytes[start..];
        let end = memchr2(0, b'/', bytes).filter(|end| *end > 0 && bytes[*end] == 0)?;
        let name = Name::from_slice(&bytes[..end]);
        let oid = ids::from_slice(bytes.get(end + 1..end + 21)?)?;
        bytes = &bytes[end + 21..];
        let entry = TreeEntry { name, entry: Entry { kind, oid } };
        let is_sorted = entries.last().is_none_or(|last| order(last, &entry) == Ordering::Less);
        if !is_sorted || !is_allowed(&entry) || is_folder_beside_file(&entries, &entry) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

/// The kind of the first entry, and where its name begins.
fn mode(bytes: &[u8]) -> Option<(EntryKind, usize)> {
    match bytes {
        [b'1', b'0', b'0', b'6', b'4', b'4', b' ', ..] => return Some((EntryKind::File, 7)),
        [b'4', b'0', b'0', b'0', b'0', b' ', ..] => return Some((EntryKind::Tree, 6)),
        _ => {}
    }
    let space = bytes.iter().position(|byte| *byte == b' ').filter(|digits| *digits > 0)?;
    let mut mode = 0u32;
    for digit in &bytes[..space] {
        let digit = char::from(*digit).to_digit(8)?;
        mode = mode.checked_mul(8)?.checked_add(digit)?;
    }
    Some((EntryKind::from_mode(mode), space + 1))
}

/// The entries in which two trees differ; `None` where one is damaged there.
pub(super) fn between(old: &[u8], new: &[u8]) -> Option<[Vec<TreeEntry>; 2]> {
    let alike = alike_at_the_start(old, new);
    let start = ends(old).take_while(|end| *end <= alike).last().unwrap_or(0);
    let (mut old, mut new) = (&old[start..], &new[start..]);
    let alike = alike_at_the_end(old, new);
    let mut found = [Vec::new(), Vec::new()];
    while old.len() != new.len() || old.len() > alike {
        let [old_end, new_end] = [old, new].map(|tree| ends(tree).next());
        if let (Some(old_end), Some(_)) = (old_end, new_end)
            && new.get(..old_end) == Some(&old[..old_end])
        {
            (old, new) = (&old[old_end..], &new[old_end..]);
            continue;
        }
        let only = |tree: &[u8], end: Option<usize>| match end {
            None if tree.is_empty() => Some(None),
            None => None,
            Some(end) => parse(&tree[..end])?.pop().map(|entry| Some((entry, end))),
        };
        let (one, other) = (only(old, old_end)?, only(new, new_end)?);
        let order = match (&one, &other) {
            (Some((one, _)), Some((other, _))) => order(one, other),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        if let Some((entry, end)) = one.filter(|_| order.is_le()) {
            found[0].push(entry);
            old = &old[end..];
        }
        if let Some((entry, end)) = other.filter(|_| order.is_ge()) {
            found[1].push(entry);
            new = &new[end..];
        }
    }
    Some(found)
}

/// Where each entry ends; no more where the tree is damaged.
fn ends(tree: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let name = memchr(0, tree.get(at..)?)?;
        at += name + 21;
        (at <= tree.len()).then_some(at)
    })
}

fn alike_at_the_start(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.chunks_exact(BLOCK).zip(other.chunks_exact(BLOCK));
    let start = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    start + one[start..].iter().zip(&other[start..]).take_while(|(one, other)| one == other).count()
}

fn alike_at_the_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.rchunks_exact(BLOCK).zip(other.rchunks_exact(BLOCK));
    let end = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let [one, other] = [one, other].map(|bytes| &bytes[..bytes.len() - end]);
    end + one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

/// The name, which ends in a slash where it is a folder's.
fn letters(entry: &TreeEntry) -> impl Iterator<Item = u8> + '_ {
    let slash = (entry.entry.kind == EntryKind::Tree).then_some(b'/');
    entry.name.iter().copied().chain(slash)
}

fn order(one: &TreeEntry, other: &TreeEntry) -> Ordering {
    let (one_name, other_name) = (&one.name[..], &other.name[..]);
    match one_name.iter().zip(other_name).find(|(one, other)| one != other) {
        Some((one, other)) => one.cmp(other),
        None => {
            let common = one_name.len().min(other_name.len());
            letters(one).skip(common).cmp(letters(other).skip(common))
        }
    }
}

/// Whether a file has the name of this folder; other names may be between them.
fn is_folder_beside_file(before: &[TreeEntry], folder: &TreeEntry) -> bool {
    let starts_alike = |entry: &&TreeEntry| entry.name.starts_with(&folder.name);
    folder.entry.kind == EntryKind::Tree
        && before.iter().rev().take_while(starts_alike).any(|entry| entry.name == folder.name)
}

/// Whether git puts this name, which is not empty and has no slash, into an index.
fn is_allowed(entry: &TreeEntry) -> bool {
    let name = &entry.name[..];
    !matches!(name[0], b'.' | b'g' | b'G')
        || !(matches!(name, b"." | b"..") || is_dot_git(name) || is_linked_modules(entry))
}

/// `.git`, or what some systems take for it.
fn is_dot_git(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let rest = lower.strip_prefix(b".git").or_else(|| lower.strip_prefix(b"git~1"));
    rest.is_some_and(|rest| {
        let rest = &rest[rest.iter().take_while(|byte| matches!(byte, b' ' | b'.')).count()..];
        rest.is_empty() || rest[0] == b':'
    })
}

/// A link in the place of the file that says where submodules come from.
fn is_linked_modules(entry: &TreeEntry) -> bool {
    entry.entry.kind == EntryKind::Symlink && entry.name.eq_ignore_ascii_case(b".gitmodules")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Oid;

    /// A tree of these entries: a letter of the kind, the name, and the first byte of the id.
    fn tree(entries: &[(char, String, u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, name, id) in entries {
            bytes.extend_from_slice(if *kind == 'd' { b"40000 " } else { b"100644 " });
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(Oid::new([*id; 20]).as_bytes());
        }
        bytes
    }

    /// What differs is found, whatever of two trees is alike, byte for byte or not.
    #[test]
    fn the_entries_between_two_trees_are_all_that_differ() {
        let mut state = 7u32;
        let mut below = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % most
        };
        for _ in 0..2_000 {
            let count = below(60);
            let all: Vec<(char, String, u8)> = (0..count)
                .map(|at| {
                    let kind = if below(4) == 0 { 'd' } else { 'f' };
                    (kind, format!("{:03}{}", at, "x".repeat(below(70) as usize)), below(3) as u8)
                })
                .collect();
            let mut other = Vec::new();
            for (kind, name, id) in &all {
                match below(20) {
                    0 => {}
                    1 => other.push((*kind, name.clone(), 0)),
                    2 => other.push(('f', name.clone(), *id)),
                    3 => other.extend([(*kind, name.clone(), *id), ('f', format!("{name}y"), 1)]),
                    _ => other.push((*kind, name.clone(), *id)),
                }
            }
            let (old, new) = (tree(&all), tree(&other));
            let [before, after] = [&old, &new].map(|bytes| parse(bytes).unwrap());
            let found = between(&old, &new).unwrap();
            let only = |one: &[TreeEntry], other: &[TreeEntry]| -> Vec<TreeEntry> {
                one.iter().filter(|entry| !other.contains(entry)).cloned().collect()
            };
            assert_eq!(found, [only(&before, &after), only(&after, &before)]);
        }
        let whole = tree(&[('f', "a".to_string(), 1), ('f', "b".to_string(), 2)]);
        assert!(between(&whole, &whole[..whole.len() - 3]).is_none(), "cut short");
    }
}
