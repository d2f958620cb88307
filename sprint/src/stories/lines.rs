//! On which lines nodes of files stand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::Step;
use crate::yaml::{self, Outline};

/// The files that were asked about, each read once.
#[derive(Default)]
pub struct FileLines {
    read: BTreeMap<PathBuf, Option<(String, Outline)>>,
}

impl FileLines {
    /// The line, from 1, of the node at these steps, or of the last one before it that has a place in the text.
    pub fn of(&mut self, path: &Path, at: &[Step]) -> Option<usize> {
        let read = self.read.entry(path.to_path_buf()).or_insert_with(|| {
            let bytes = yaml::read_bytes(path).ok()?;
            let text = yaml::decode(&bytes).ok()?.to_string();
            let outline = Outline::of(&text)?;
            Some((text, outline))
        });
        let (text, outline) = read.as_ref()?;
        let node = (1..=at.len()).rev().find_map(|length| outline.at(&at[..length]))?;
        Some(yaml::place_of(text, node.span.start).0)
    }
}
