//! Two versions of a tracking file and their base, merged without loss.
//!
//! What the files say is merged first ([`values`]): sessions, dependencies and items of lists are known by
//! their keys, the history is united in the order of time, and what `sync` works out anew never contradicts.
//! Then each key and item is taken as the side wrote it whose value it has ([`texts`]), so that comments,
//! order and line ends stay. The result must say exactly what was merged, and no side's new comment may be
//! missing; otherwise it is not used.

mod marked;
mod parts;
mod rules;
mod texts;
mod values;

use std::collections::HashMap;
use std::fmt;

use serde_yaml::Value as Yaml;

use super::edit;
use super::names;
use crate::model::{BothValues, Edit, Side, Stages};
use crate::yaml::{self, Outline};

pub use marked::{MarkedText, StrayMarker, parted_by_markers};
use parts::parted;
use values::ValueMerge;

/// A value that both sides changed to different ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The keys that lead to it.
    pub at: Vec<String>,
    /// Our value; `None` where we removed it.
    pub ours: Option<Yaml>,
    /// Theirs.
    pub theirs: Option<Yaml>,
}

impl From<&Contradiction> for BothValues {
    fn from(found: &Contradiction) -> BothValues {
        let json = |value: &Yaml| serde_json::to_string(value).unwrap_or_else(|_| "unclear".to_string());
        let [ours, theirs] = [&found.ours, &found.theirs].map(|side| side.as_ref().map(json));
        BothValues { at: found.at.join("."), ours, theirs }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BothValues::from(self).fmt(f)
    }
}

/// What became of a file that two sides changed.
#[derive(Clone, Debug, PartialEq)]
pub enum United {
    /// The merged text.
    Merged(String),
    /// The merged text with each stage's value where the sides contradict each other.
    Contradicting(Stages<String>, Vec<Contradiction>),
    /// One of the texts does not parse, or the result would lose something: by lines, as any other text.
    ByLines,
}

/// Which version is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Base,
    Ours,
    Theirs,
}

/// Whether a file of this name is merged here: those that commands write.
pub fn is_united(name: &str) -> bool {
    names::mode_of(name).is_some() || name == super::log::FILE || name.starts_with("session-sync-log-")
}

/// Merges two versions of a tracking file; the base is empty where there is none. `decided`: whose value is taken where the
/// two contradict each other, in the order in which that is told without it.
pub fn unite(texts: Stages<&[u8]>, decided: &[Option<Side>]) -> United {
    united(texts, decided).unwrap_or(United::ByLines)
}

/// `None` where the texts are merged by lines.
fn united(texts: Stages<&[u8]>, decided: &[Option<Side>]) -> Option<United> {
    let Stages { base, ours, theirs } = texts;
    let settled =
        if ours == theirs || base == theirs { Some(ours) } else { (base == ours).then_some(theirs) };
    if let Some(settled) = settled {
        return Some(United::Merged(std::str::from_utf8(settled).ok()?.to_string()));
    }
    let versions = VersionsToUnite(texts.try_map(|text| FileVersion::read(text).ok_or(())).ok()?);
    let (text, contradictions) = versions.merged(Stage::Ours, decided)?;
    if contradictions.is_empty() {
        return Some(United::Merged(text));
    }
    let (base, _) = versions.merged(Stage::Base, decided)?;
    let (theirs, _) = versions.merged(Stage::Theirs, decided)?;
    Some(United::Contradicting(Stages { base, ours: text, theirs }, contradictions))
}

/// One version of a file.
struct FileVersion {
    /// Its text in lines that all end with a newline.
    text: String,
    value: Option<Yaml>,
    style: FileStyle,
}

/// What is the same in all lines of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileStyle {
    has_byte_order_mark: bool,
    is_crlf: bool,
    is_ended: bool,
}

impl FileVersion {
    fn read(bytes: &[u8]) -> Option<FileVersion> {
        let text = std::str::from_utf8(bytes).ok()?;
        let value = Some(yaml::parse(yaml::decode(bytes).ok()?).ok()?).filter(|value| !value.is_null());
        let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_crlf = bare.contains("\r\n");
        let style = FileStyle {
            has_byte_order_mark: bare.len() < text.len(),
            is_crlf,
            is_ended: bare.is_empty() || bare.ends_with('\n'),
        };
        let mut text = if is_crlf { bare.replace("\r\n", "\n") } else { bare.to_string() };
        let is_mixed = is_crlf && bare.matches('\n').count() > bare.matches("\r\n").count();
        let is_read = value.as_ref().is_none_or(Yaml::is_mapping);
        if !style.is_ended {
            text.push('\n');
        }
        (is_read && !is_mixed && !text.contains('\r')).then_some(FileVersion { text, value, style })
    }
}

/// The versions of a file that are merged.
struct VersionsToUnite(Stages<FileVersion>);

impl VersionsToUnite {
    /// The merged text, with one stage's values where the sides contradict each other.
    fn merged(&self, taken: Stage, decided: &[Option<Side>]) -> Option<(String, Vec<Contradiction>)> {
        let said = self.0.each_ref().map(|version| version.value.as_ref());
        let mut values = ValueMerge::taking(taken, decided);
        let merged = values.merge(&mut Vec::new(), said)?;
        let parts = self.0.each_ref().try_map(|version| {
            let empty = Yaml::Null;
            parted(&version.text, version.value.as_ref().unwrap_or(&empty)).ok_or(())
        });
        let (text, edits) = texts::assembled(&merged, said, &parts.ok()?);
        let text = edit::apply(&text, &edits.iter().collect::<Vec<&Edit>>()).ok()?;
        (yaml::parse(&text).ok()? == merged && self.keeps_comments(&text))
            .then(|| (self.styled(text), values.contradictions))
    }

    /// Whether all comments that a side has added are in the text.
    fn keeps_comments(&self, text: &str) -> bool {
        let Some(merged) = comments(text) else { return false };
        let Some(base) = comments(&self.0.base.text) else { return false };
        let of = |comments: &HashMap<String, usize>, comment: &str| {
            comments.get(comment).copied().unwrap_or_default()
        };
        [&self.0.ours, &self.0.theirs].into_iter().all(|side| {
            comments(&side.text).is_some_and(|side| {
                side.iter()
                    .all(|(comment, number)| of(&base, comment) >= *number || of(&merged, comment) >= *number)
            })
        })
    }

    /// The text in the style that a side gave the file.
    fn styled(&self, text: String) -> String {
        let Stages { base, ours, theirs } = self.0.each_ref().map(|version| version.style);
        let FileStyle { has_byte_order_mark, is_crlf, is_ended } = if ours == base { theirs } else { ours };
        let text = if is_ended { text } else { text.strip_suffix('\n').unwrap_or(&text).to_string() };
        let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
        if has_byte_order_mark { format!("\u{feff}{text}") } else { text }
    }
}

/// How often each comment is in a text.
fn comments(text: &str) -> Option<HashMap<String, usize>> {
    let mut found = HashMap::new();
    for range in Outline::of(text)?.comments {
        *found.entry(text[range].trim_end().to_string()).or_default() += 1;
    }
    Some(found)
}
