//! The object stores that an object store refers to.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::files;

/// Stores that stores refer to, one after the other; git follows no more.
const DEEPEST: usize = 5;

/// A store, and those that it refers to in `info/alternates`: a path a line, relative to the store.
pub(in crate::git) fn with_alternates(store: &Path) -> Vec<PathBuf> {
    let mut found = vec![store.to_path_buf()];
    add(store, DEEPEST, &mut found);
    found
}

fn add(store: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let text = files::read(&store.join("info/alternates"), files::MOST_OF_GIT).unwrap_or_default();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#') {
        let other = store.join(OsStr::from_bytes(line));
        if depth > 0 && !found.contains(&other) {
            found.push(other.clone());
            add(&other, depth - 1, found);
        }
    }
}
