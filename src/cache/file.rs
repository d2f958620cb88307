//! The bytes of a cache file: a mark, a checksum of the rest, what it is about, the answers.

use postcard::{take_from_bytes, to_allocvec};
use xxhash_rust::xxh3::xxh3_128;

use super::shape::{Answer, Answers};

/// No larger file is written or read.
pub(super) const LARGEST: u64 = 64 << 20;

/// The last byte is the version of the form.
const MARK: &[u8] = b"track-work cache \x05";

/// Where the content begins.
const CONTENT: usize = MARK.len() + size_of::<u128>();

pub(super) fn checksum(bytes: &[u8]) -> u128 {
    xxh3_128(bytes)
}

/// A file with these answers, the least idle ones first, and as many as there is room for.
pub(super) fn seal(mut answers: Vec<(u8, Answer)>, about: &str) -> Vec<u8> {
    answers.sort_by_key(|(idle, _)| *idle);
    let mut bytes = vec![0; CONTENT];
    bytes[..MARK.len()].copy_from_slice(MARK);
    bytes.extend(to_allocvec(about).unwrap_or_default());
    for answer in &answers {
        let Ok(encoded) = to_allocvec(answer) else { continue };
        if (bytes.len() + encoded.len()) as u64 > LARGEST {
            break;
        }
        bytes.extend(encoded);
    }
    let sum = checksum(&bytes[CONTENT..]);
    bytes[MARK.len()..CONTENT].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The answers of a file; `None` where it is about something else.
pub(super) fn open(bytes: &[u8], about: &str) -> Result<Option<Answers>, &'static str> {
    let Some((mark, rest)) = bytes.split_at_checked(MARK.len()) else { return Err("it is cut off") };
    if mark != MARK {
        return Err("it is no cache of this version");
    }
    let Some((sum, content)) = rest.split_first_chunk() else { return Err("it is cut off") };
    if checksum(content) != u128::from_le_bytes(*sum) {
        return Err("it is damaged");
    }
    let damaged = |_| "it is damaged";
    let (written_about, mut left): (&str, _) = take_from_bytes(content).map_err(damaged)?;
    if written_about != about {
        return Ok(None);
    }
    let mut answers = Vec::new();
    while !left.is_empty() {
        let (answer, rest) = take_from_bytes(left).map_err(damaged)?;
        answers.push(answer);
        left = rest;
    }
    Ok(Some(Answers(answers)))
}
