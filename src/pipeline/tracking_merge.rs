//! Tracking files in merges of branches: what they say is merged, and other texts by lines.

use crate::merge::{ConflictStyle, DriverInput, DriverOutput, merge_lines};
use crate::tracking::{Contradiction, United, is_united, unite};

/// Merges the versions of a file that is merged by our driver, and tells where the sides contradict each
/// other.
pub fn merge_tracking(
    input: &DriverInput<'_>,
    conflict_style: ConflictStyle,
) -> (DriverOutput, Vec<Contradiction>) {
    let name = input.path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let united = match std::str::from_utf8(name).is_ok_and(is_united) {
        true => unite(input.texts),
        false => United::ByLines,
    };
    match united {
        United::Merged(text) => (DriverOutput { content: text.into_bytes(), clean: true }, Vec::new()),
        United::Contradicting(texts, found) => {
            let texts = texts.each_ref().map(|text| text.as_bytes());
            let output = merge_lines(&DriverInput { texts, ..*input }, conflict_style);
            (DriverOutput { clean: false, ..output }, found)
        }
        United::ByLines => (merge_lines(input, conflict_style), Vec::new()),
    }
}
