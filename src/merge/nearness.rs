//! How close the hunks of two terminals come, in the lines of their common base.

use crate::model::{Hunk, Nearness};

/// Unchanged lines between two hunks up to which they are near.
const NEAR: u32 = 10;

/// How close two lists of hunks of the same base come.
pub(super) fn nearness(a: &[Hunk], b: &[Hunk]) -> Nearness {
    let gap = |one: &Hunk, other: &Hunk| {
        let (first, second) = if one.base.start <= other.base.start { (one, other) } else { (other, one) };
        second.base.start.saturating_sub(first.base.end)
    };
    let gaps = a.iter().flat_map(|one| b.iter().map(move |other| gap(one, other)));
    match gaps.min() {
        Some(0) => Nearness::Touching,
        Some(gap) if gap <= NEAR => Nearness::Near(gap),
        Some(_) | None => Nearness::Apart,
    }
}
