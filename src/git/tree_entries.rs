//! The entries of a tree as git stores them: mode, space, name, NUL, twenty bytes of id.

use std::cmp::Ordering;

use memchr::memchr;

use crate::merge::{Name, TreeEntry};
use crate::model::{Entry, EntryKind};

use super::ids;

/// The size of a typical tree entry: with a name of eight letters.
const USUAL_ENTRY: usize = 36;

/// The entries; `None` where the tree is damaged, has names that git puts into no index, or is not sorted:
/// then git goes wrong in one way or another.
pub(super) fn parse(mut bytes: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut entries: Vec<TreeEntry> = Vec::with_capacity(bytes.len() / USUAL_ENTRY);
    while !bytes.is_empty() {
        let mut mode = 0u32;
        let space = bytes.iter().position(|byte| *byte == b' ').filter(|digits| *digits > 0)?;
        for digit in &bytes[..space] {
            let digit = char::from(*digit).to_digit(8)?;
            mode = mode.checked_mul(8)?.checked_add(digit)?;
        }
        bytes = &bytes[space + 1..];
        let end = memchr(0, bytes)?;
        let name = Name::from_slice(&bytes[..end]);
        let oid = ids::from_slice(bytes.get(end + 1..end + 21)?)?;
        bytes = &bytes[end + 21..];
        let entry = TreeEntry { name, entry: Entry { kind: EntryKind::from_mode(mode), oid } };
        let is_sorted = entries.last().is_none_or(|last| order(last, &entry) == Ordering::Less);
        if !is_sorted || !is_allowed(&entry) || is_folder_beside_file(&entries, &entry) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

/// The name, which ends in a slash where it is a folder's.
fn letters(entry: &TreeEntry) -> impl Iterator<Item = u8> + '_ {
    let slash = (entry.entry.kind == EntryKind::Tree).then_some(b'/');
    entry.name.iter().copied().chain(slash)
}

fn order(one: &TreeEntry, other: &TreeEntry) -> Ordering {
    let common = one.name.len().min(other.name.len());
    match one.name[..common].cmp(&other.name[..common]) {
        Ordering::Equal => letters(one).skip(common).cmp(letters(other).skip(common)),
        different => different,
    }
}

/// Whether a file has the name of this folder; other names may be between them.
fn is_folder_beside_file(before: &[TreeEntry], folder: &TreeEntry) -> bool {
    let starts_alike = |entry: &&TreeEntry| entry.name.starts_with(&folder.name);
    folder.entry.kind == EntryKind::Tree
        && before.iter().rev().take_while(starts_alike).any(|entry| entry.name == folder.name)
}

/// Whether git puts this name into an index.
fn is_allowed(entry: &TreeEntry) -> bool {
    let name = &entry.name[..];
    let is_plain = !name.is_empty() && !name.contains(&b'/');
    is_plain
        && (!matches!(name[0], b'.' | b'g' | b'G')
            || !(matches!(name, b"." | b"..") || is_dot_git(name) || is_linked_modules(entry)))
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
