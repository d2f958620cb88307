//! How similar two files are, by git's measure (gitdiffcore): the bytes of the larger file that are
//! accounted for by chunks which both have. A chunk ends after a newline or after 64 bytes.

use std::collections::HashMap;

/// The score of equal files.
pub(super) const MAX_SCORE: u64 = 60_000;

/// The least score of a rename: half.
pub(super) const HALF: u64 = MAX_SCORE / 2;

/// The chunks of a file, by what they hold, with the bytes they cover.
pub(super) struct Chunks {
    size: u64,
    bytes: HashMap<u64, u64>,
}

impl Chunks {
    /// Cuts a file. In text, a carriage return before a newline does not count.
    pub(super) fn of(content: &[u8]) -> Chunks {
        let text = !super::hunks::is_binary(content);
        let mut bytes: HashMap<u64, u64> = HashMap::new();
        let mut chunk: Vec<u8> = Vec::with_capacity(64);
        for (at, &byte) in content.iter().enumerate() {
            if text && byte == b'\r' && content.get(at + 1) == Some(&b'\n') {
                continue;
            }
            chunk.push(byte);
            if byte == b'\n' || chunk.len() == 64 {
                *bytes.entry(fingerprint(&chunk)).or_default() += chunk.len() as u64;
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            *bytes.entry(fingerprint(&chunk)).or_default() += chunk.len() as u64;
        }
        Chunks { size: content.len() as u64, bytes }
    }

    /// From 0 to [`MAX_SCORE`].
    pub(super) fn score(&self, other: &Chunks) -> u64 {
        let larger = self.size.max(other.size);
        if larger == 0 {
            return 0;
        }
        let common =
            |(chunk, bytes): (&u64, &u64)| other.bytes.get(chunk).map_or(0, |also| (*bytes).min(*also));
        let copied: u64 = self.bytes.iter().map(common).sum();
        copied * MAX_SCORE / larger
    }
}

/// Whether sizes alone rule a score out.
pub(super) fn too_different(a: u64, b: u64, least: u64) -> bool {
    let larger = a.max(b);
    larger * (MAX_SCORE - least) < a.abs_diff(b) * MAX_SCORE
}

/// FNV-1a, 64 bits.
fn fingerprint(chunk: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    chunk.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
