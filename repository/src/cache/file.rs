//! The bytes of a cache file: a magic number, a checksum of the rest, what it is about, the answers, and
//! the paths that they name by number.

use postcard::{take_from_bytes, to_allocvec, to_extend};
use serde_bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

use super::answers::Answers;
use super::row::TableRow;
use crate::model::RepoPath;
use crate::table::names::{paths_from, with_paths};

/// No larger file is written or read.
pub(super) const LARGEST: u64 = 64 << 20;

/// The last byte is the version of the format.
const MARK: &[u8] = b"track-work cache \x0d";

/// Where the content begins.
const CONTENT: usize = MARK.len() + size_of::<u128>();

/// The size of the field with the length of the answers.
const LENGTH: usize = size_of::<u64>();

pub(super) fn checksum(bytes: &[u8]) -> u128 {
    xxh3_128(bytes)
}

/// A file with these answers, or as many of the first ones as fit.
pub(super) fn encoded(answers: &[(u8, TableRow)], about: &str) -> postcard::Result<Vec<u8>> {
    let mut bytes = vec![0; CONTENT + LENGTH];
    bytes[..MARK.len()].copy_from_slice(MARK);
    bytes = to_extend(about, bytes)?;
    let (mut paths, mut listed) = (Vec::new(), 0);
    with_paths(Vec::new(), || {
        for answer in answers {
            // what cannot be written is not kept
            let Ok(answer) = to_allocvec(answer) else { continue };
            let new = paths_from(listed);
            let names =
                new.iter().try_fold(Vec::new(), |to, path| to_extend(Bytes::new(path.as_bytes()), to))?;
            if (bytes.len() + answer.len() + paths.len() + names.len()) as u64 > LARGEST {
                break;
            }
            listed += new.len();
            bytes.extend(answer);
            paths.extend(names);
        }
        Ok(())
    })?;
    let length = (bytes.len() - CONTENT - LENGTH) as u64;
    bytes[CONTENT..CONTENT + LENGTH].copy_from_slice(&length.to_le_bytes());
    bytes.extend(paths);
    let sum = checksum(&bytes[CONTENT..]);
    bytes[MARK.len()..CONTENT].copy_from_slice(&sum.to_le_bytes());
    Ok(bytes)
}

/// Adds the answers of a file; `false` where it is about something else. After an error
/// some may have been added.
pub(super) fn decode(bytes: &[u8], about: &str, ageing: u8, answers: &Answers) -> Result<bool, &'static str> {
    let Some((mark, rest)) = bytes.split_at_checked(MARK.len()) else { return Err("it is cut off") };
    if mark != MARK {
        return Err("it is no cache of this version");
    }
    let Some((sum, content)) = rest.split_first_chunk() else { return Err("it is cut off") };
    if checksum(content) != u128::from_le_bytes(*sum) {
        return Err("it is damaged");
    }
    restore(content, about, ageing, answers).ok_or("it is damaged")
}

fn restore(content: &[u8], about: &str, ageing: u8, answers: &Answers) -> Option<bool> {
    let (length, content) = content.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (packed, mut paths) = content.split_at_checked(length)?;
    let (written_about, mut packed): (&str, _) = take_from_bytes(packed).ok()?;
    if written_about != about {
        return Some(false);
    }
    let mut listed = Vec::new();
    while !paths.is_empty() {
        let (path, rest): (&Bytes, _) = take_from_bytes(paths).ok()?;
        listed.push(RepoPath::new(&**path));
        paths = rest;
    }
    with_paths(listed, || {
        while !packed.is_empty() {
            let ((idle, row), rest): ((u8, TableRow), _) = take_from_bytes(packed).ok()?;
            row.restore(idle.saturating_add(ageing), answers);
            packed = rest;
        }
        Some(true)
    })
}
