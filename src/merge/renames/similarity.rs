//! The similarity index of two files (`gitdiffcore`): the share of the larger one's bytes that are in
//! chunks which both have. A chunk ends after a newline or after 64 bytes.

use crate::merge::hunks::is_binary;

/// The score of equal files.
pub(crate) const MAX_SCORE: u64 = 60_000;
/// The minimum score of a rename: 50 %.
pub(crate) const RENAME_SCORE: u64 = MAX_SCORE / 2;
/// The minimum score of a rename that keeps the basename: 75 %.
pub(crate) const BASENAME_SCORE: u64 = MAX_SCORE / 4 * 3;

const LONGEST_CHUNK: usize = 64;

/// A file's chunks: how many bytes are in each kind of chunk, sorted by the chunk's hash.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    size: u64,
    chunks: Vec<(u64, u32)>,
}

impl Fingerprint {
    /// Cuts the content up. In text, the carriage return of a line end does not count.
    pub fn new(content: &[u8]) -> Fingerprint {
        let text = !is_binary(content);
        let mut chunks = Vec::new();
        let mut hash = Hash::new();
        for (at, &byte) in content.iter().enumerate() {
            if text && byte == b'\r' && content.get(at + 1) == Some(&b'\n') {
                continue;
            }
            hash.add(byte);
            if hash.bytes == LONGEST_CHUNK || byte == b'\n' {
                chunks.push(hash.finish());
                hash = Hash::new();
            }
        }
        if hash.bytes > 0 {
            chunks.push(hash.finish());
        }
        chunks.sort_unstable();
        chunks.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Fingerprint { size: content.len() as u64, chunks }
    }

    /// About how many bytes of memory it takes.
    pub fn memory(&self) -> usize {
        self.chunks.len() * size_of::<(u64, u32)>() + size_of::<Fingerprint>()
    }

    /// The score of this file with another, from 0 to [`MAX_SCORE`].
    pub fn score(&self, other: &Fingerprint) -> u64 {
        if self.size == 0 || other.size == 0 {
            return 0;
        }
        self.shared_bytes(other) * MAX_SCORE / self.size.max(other.size)
    }

    fn shared_bytes(&self, other: &Fingerprint) -> u64 {
        let (mut left, mut right) = (self.chunks.iter().peekable(), other.chunks.iter().peekable());
        let mut shared = 0;
        while let (Some((a, a_bytes)), Some((b, b_bytes))) = (left.peek(), right.peek()) {
            if a == b {
                shared += u64::from(*a_bytes.min(b_bytes));
            }
            let order = a.cmp(b);
            if order.is_le() {
                left.next();
            }
            if order.is_ge() {
                right.next();
            }
        }
        shared
    }
}

/// Whether two files of these sizes could reach this score.
pub(crate) fn sizes_allow(one: u64, other: u64, least: u64) -> bool {
    let (small, large) = (one.min(other), one.max(other));
    large * (MAX_SCORE - least) >= (large - small) * MAX_SCORE
}

/// The 64-bit Fowler-Noll-Vo hash (1a) of a chunk.
struct Hash {
    state: u64,
    bytes: usize,
}

impl Hash {
    fn new() -> Hash {
        Hash { state: 0xcbf2_9ce4_8422_2325, bytes: 0 }
    }

    fn add(&mut self, byte: u8) {
        self.state = (self.state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.bytes += 1;
    }

    fn finish(&self) -> (u64, u32) {
        (self.state, self.bytes as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, percent: u64) {
        let score = Fingerprint::new(one.as_bytes()).score(&Fingerprint::new(other.as_bytes()));
        assert_eq!(score * 100 / MAX_SCORE, percent, "{one:?} {other:?}");
    }

    #[test]
    fn the_score_is_the_shared_part_of_the_larger_file() {
        check("a\nb\nc\nd\n", "a\nb\nc\nd\n", 100);
        check("a\nb\nc\nd\n", "d\nc\nb\na\n", 100);
        check("a\nb\nc\nd\n", "a\nb\nx\ny\n", 50);
        check("a\nb\n", "a\nb\nc\nd\n", 50);
        check("a\na\na\na\n", "a\nb\nb\nb\n", 25);
        check("a\nb", "a\nb", 100);
        check("", "a\n", 0);
    }

    #[test]
    fn the_carriage_return_of_a_line_end_does_not_count_in_text() {
        check("one\r\ntwo\r\n", "one\ntwo\n", 80);
        check("one\r\n\0two\r\n", "one\n\0two\n", 0);
    }
}
