//! What must hold of every edited text. An error in the surgery is caught here, and nothing
//! is written.

use std::ops::Range;

use serde_yaml::Value as Yaml;

use crate::yaml::{self, Outline};

/// The last check: the new text has exactly the intended value, and its line endings are the old ones.
pub(super) fn holds(old: &str, new: &str, meant: &Yaml) -> Result<(), String> {
    let said = yaml::parse(new)
        .map_err(|problem| format!("the edit would leave a file that does not parse ({problem})"))?;
    if said != *meant {
        return Err("the edit would change more than it should".to_string());
    }
    let bare = |text: &str| text.matches('\n').count() > text.matches("\r\n").count();
    let ends = |text: &str| (text.contains("\r\n"), bare(text));
    let mixed = ends(old) == (true, true);
    if old.contains('\n') && new.contains('\n') && !mixed && ends(new) != ends(old) {
        return Err("the edit would mix line ends".to_string());
    }
    if old.starts_with('\u{feff}') != new.starts_with('\u{feff}') {
        return Err("the edit would lose the byte order mark".to_string());
    }
    Ok(())
}

/// Whether the new text has exactly the comments of the old one outside the cuts, and no comment
/// was cut but those of the removed nodes.
pub(super) fn keeps_comments(
    (old, old_outline): (&str, &Outline),
    (new, new_outline): (&str, &Outline),
    cuts: &[Range<usize>],
    going: &[Range<usize>],
) -> Result<(), String> {
    let inside = |comment: &Range<usize>, ranges: &[Range<usize>]| {
        ranges.iter().any(|range| range.start <= comment.start && comment.end <= range.end)
    };
    let mut there = new_outline.comments.iter().map(|range| &new[range.clone()]);
    for comment in &old_outline.comments {
        let (cut, written) = (inside(comment, cuts), &old[comment.clone()]);
        if cut && !inside(comment, going) || !cut && there.next() != Some(written) {
            return Err(format!("the edit would lose the comment {written:?}"));
        }
    }
    match there.next() {
        None => Ok(()),
        Some(comment) => Err(format!("the edit would make a comment of {comment:?}")),
    }
}
