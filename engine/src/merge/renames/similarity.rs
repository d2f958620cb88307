//! The similarity index of two files (`gitdiffcore`): the share of the larger one's bytes that are in
//! chunks which both have. A chunk ends after a newline or after 64 bytes.
//!
//! Chunks are not compared byte by byte: each falls into one of 107,927 buckets, and what counts are the
//! bytes per bucket. Different chunks that share a bucket count as equal, which makes large files more
//! alike than their lines are. So the buckets have to be git's (confirmed by experiments with git).

use crate::model::Oid;

/// The score of equal files.
pub(crate) const MAX_SCORE: u64 = 60_000;
/// The minimum score of a rename: 50 %.
pub(crate) const RENAME_SCORE: u64 = MAX_SCORE / 2;
/// The minimum score of a rename that keeps the basename: 75 %.
pub(crate) const BASENAME_SCORE: u64 = MAX_SCORE / 4 * 3;

const LONGEST_CHUNK: u32 = 64;
const BUCKETS: u32 = 107_927;

/// Whether the carriage return of a line end counts: it does in binary content, not in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CarriageReturns {
    /// It is content as everything else.
    Count,
    /// It is left out.
    LeaveOut,
}

/// A content as it is compared.
pub(crate) type Version = (Oid, CarriageReturns);

/// The same, with a number of its own.
#[derive(Clone, Copy)]
pub(crate) struct NumberedVersion {
    pub version: Version,
    pub number: u32,
}

/// How many bytes of a file are in each bucket, sorted by bucket.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    /// Of the file, in bytes.
    pub size: u64,
    /// Buckets and the bytes in each of them.
    pub buckets: Vec<(u32, u32)>,
}

impl Fingerprint {
    /// Cuts the content up.
    pub fn new(content: &[u8], carriage_returns: CarriageReturns) -> Fingerprint {
        let leave_out = carriage_returns == CarriageReturns::LeaveOut;
        let mut buckets = Vec::new();
        let mut chunk = Chunk::default();
        for (at, &byte) in content.iter().enumerate() {
            if leave_out && byte == b'\r' && content.get(at + 1) == Some(&b'\n') {
                continue;
            }
            chunk.add(byte);
            if chunk.bytes == LONGEST_CHUNK || byte == b'\n' {
                buckets.push(std::mem::take(&mut chunk).bucket());
            }
        }
        if chunk.bytes > 0 {
            buckets.push(chunk.bucket());
        }
        buckets.sort_unstable_by_key(|(bucket, _)| *bucket);
        buckets.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Fingerprint { size: content.len() as u64, buckets }
    }

    /// About how many bytes of memory it takes.
    pub fn memory(&self) -> usize {
        self.buckets.len() * size_of::<(u32, u32)>() + size_of::<Fingerprint>()
    }

    /// The score of this file with another, from 0 to [`MAX_SCORE`].
    pub fn score(&self, other: &Fingerprint) -> u64 {
        if self.size == 0 || other.size == 0 {
            return 0;
        }
        self.shared_bytes(other) * MAX_SCORE / self.size.max(other.size)
    }

    fn shared_bytes(&self, other: &Fingerprint) -> u64 {
        let (mut left, mut right) = (self.buckets.iter().peekable(), other.buckets.iter().peekable());
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

/// A chunk under way, as two 32-bit halves. Each byte turns both left by seven bits, each half taking in
/// what falls out of the other, and is added to the lower one.
#[derive(Default)]
struct Chunk {
    halves: u64,
    bytes: u32,
}

impl Chunk {
    fn add(&mut self, byte: u8) {
        let turned = self.halves.rotate_left(7);
        let lower = (turned as u32).wrapping_add(u32::from(byte));
        self.halves = (turned & !u64::from(u32::MAX)) | u64::from(lower);
        self.bytes += 1;
    }

    /// Its bucket and its bytes.
    fn bucket(self) -> (u32, u32) {
        let (lower, upper) = (self.halves as u32, (self.halves >> 32) as u32);
        (lower.wrapping_add(upper.wrapping_mul(97)) % BUCKETS, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(one: &str, other: &str, returns: CarriageReturns) -> u64 {
        let [one, other] = [one, other].map(|text| Fingerprint::new(text.as_bytes(), returns));
        one.score(&other) * 100 / MAX_SCORE
    }

    fn check(one: &str, other: &str, expected: u64) {
        assert_eq!(percent(one, other, CarriageReturns::LeaveOut), expected, "{one:?} {other:?}");
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
        let (crlf, lf) = ("one\r\ntwo\r\n", "one\ntwo\n");
        assert_eq!(percent(crlf, lf, CarriageReturns::LeaveOut), 80);
        assert_eq!(percent(crlf, lf, CarriageReturns::Count), 0);
        assert_eq!(percent("one\rtwo\n", "onetwo\n", CarriageReturns::LeaveOut), 0);
    }

    #[test]
    fn chunks_that_share_a_bucket_are_equal() {
        check("apple house stone\n", "river mouse river\n", 100);
        check("apple house stone\n", "river mouse water\n", 0);
    }
}
