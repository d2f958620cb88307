//! Texts with conflict markers, as git leaves them: what each side has.

use crate::model::Stages;

/// The sides of a text with conflict markers, the lines outside of conflicts included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedText {
    /// What was there before; `None` where a conflict does not show it.
    pub base: Option<String>,
    /// Our side.
    pub ours: String,
    /// Their side.
    pub theirs: String,
    /// What the first conflict calls them.
    pub labels: Stages<String>,
    /// How long its markers are.
    pub marker_size: usize,
}

/// A marker that belongs to no conflict, or a conflict without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrayMarker {
    /// Its line, counted from 1.
    pub line: usize,
}

/// No marker has fewer characters.
const SHORTEST: usize = 7;

/// Where a line belongs.
#[derive(Clone, Copy)]
enum MarkedPart {
    Common,
    Base,
    Ours,
    Theirs,
}

/// The sides of a text; `None` where it has no conflict markers.
///
/// # Errors
/// Markers that do not belong together.
pub fn parted_by_markers(text: &str) -> Result<Option<MarkedText>, StrayMarker> {
    let mut sides = MarkedText {
        base: Some(String::new()),
        ours: String::new(),
        theirs: String::new(),
        labels: Stages::default(),
        marker_size: 0,
    };
    let (mut part, mut size, mut is_marked, mut shows_base) = (MarkedPart::Common, 0, false, false);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let of = |sign| marker(line, sign);
        let is = |sign| of(sign) == Some(size);
        let stray = Err(StrayMarker { line: at + 1 });
        let named = |label: &mut String| {
            if label.is_empty() {
                *label = line.trim_end().trim_start_matches(['<', '|', '>']).trim_start().to_string();
            }
        };
        part = match part {
            MarkedPart::Common => match of('<') {
                Some(found) => {
                    if sides.marker_size == 0 {
                        sides.marker_size = found;
                    }
                    (size, is_marked, shows_base) = (found, true, false);
                    named(&mut sides.labels.ours);
                    MarkedPart::Ours
                }
                None if of('>').is_some() => return stray,
                None => {
                    sides.base.iter_mut().for_each(|base| base.push_str(line));
                    sides.ours.push_str(line);
                    sides.theirs.push_str(line);
                    part
                }
            },
            MarkedPart::Ours | MarkedPart::Base | MarkedPart::Theirs if is('<') => return stray,
            MarkedPart::Ours if is('|') => {
                shows_base = true;
                named(&mut sides.labels.base);
                MarkedPart::Base
            }
            MarkedPart::Ours | MarkedPart::Base if is('=') => MarkedPart::Theirs,
            MarkedPart::Ours | MarkedPart::Base if is('>') => return stray,
            MarkedPart::Theirs if is('=') => return stray,
            MarkedPart::Theirs if is('>') => {
                if !shows_base {
                    sides.base = None;
                }
                named(&mut sides.labels.theirs);
                MarkedPart::Common
            }
            MarkedPart::Ours => {
                sides.ours.push_str(line);
                part
            }
            MarkedPart::Base => {
                sides.base.iter_mut().for_each(|base| base.push_str(line));
                part
            }
            MarkedPart::Theirs => {
                sides.theirs.push_str(line);
                part
            }
        };
    }
    match part {
        MarkedPart::Common => Ok(is_marked.then_some(sides)),
        MarkedPart::Base | MarkedPart::Ours | MarkedPart::Theirs => {
            Err(StrayMarker { line: text.lines().count() })
        }
    }
}

/// How often a marker has its sign, where the line is one.
fn marker(line: &str, sign: char) -> Option<usize> {
    let rest = line.trim_end_matches(['\n', '\r']).trim_start_matches(sign);
    let size = line.find(|letter| letter != sign).unwrap_or(line.len());
    (size >= SHORTEST && (rest.is_empty() || rest.starts_with(' '))).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_has_what_is_outside_of_conflicts_too() {
        let text = "a\n<<<<<<< one\nb\n=======\nc\nd\n>>>>>>> two\ne\n";
        let sides = parted_by_markers(text).unwrap().unwrap();
        assert_eq!((sides.base, &*sides.ours, &*sides.theirs), (None, "a\nb\ne\n", "a\nc\nd\ne\n"));
        assert_eq!((&*sides.labels.ours, &*sides.labels.theirs, sides.marker_size), ("one", "two", 7));
        let text =
            "a\r\n<<<<<<<<< one\r\nb\r\n||||||||| base\r\n<<<<<<< x\r\n=========\r\nc\r\n>>>>>>>>> two\r\n";
        let sides = parted_by_markers(text).unwrap().unwrap();
        assert_eq!(sides.base.as_deref(), Some("a\r\n<<<<<<< x\r\n"));
        assert_eq!((&*sides.ours, &*sides.theirs), ("a\r\nb\r\n", "a\r\nc\r\n"));
        assert_eq!(parted_by_markers("a\n======\n=======\n"), Ok(None));
    }

    #[test]
    fn markers_that_do_not_belong_together_are_told() {
        let stray = |text| parted_by_markers(text).unwrap_err().line;
        assert_eq!(stray("<<<<<<< one\na\n"), 2);
        assert_eq!(stray("a\n>>>>>>> two\n"), 2);
        assert_eq!(stray("<<<<<<< one\n<<<<<<< two\n"), 2);
        assert_eq!(stray("<<<<<<< one\na\n>>>>>>> two\n"), 3);
        assert_eq!(stray("<<<<<<< one\n=======\n=======\n>>>>>>> two\n"), 3);
    }
}
