//! Globs that mean paths.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::RepoPath;

/// Globs of paths; a folder also means all that is in it.
pub fn path_globs<'a>(texts: impl IntoIterator<Item = &'a String>) -> GlobSet {
    set(texts.into_iter().flat_map(|text| with_folder(text)).filter_map(|text| path_glob(&text)))
}

/// A glob, and one of all that is in a folder of this name.
pub(super) fn with_folder(text: &str) -> [String; 2] {
    [text.to_string(), format!("{}/**", text.trim_end_matches('/'))]
}

/// A glob in which `*` means no slashes.
pub(super) fn path_glob(text: &str) -> Option<Glob> {
    GlobBuilder::new(text).literal_separator(true).build().ok()
}

/// Whether globs of paths mean this one.
pub fn is_meant_path(globs: &GlobSet, path: &RepoPath) -> bool {
    globs.is_match(String::from_utf8_lossy(path.as_bytes()).as_ref())
}

/// All of these.
pub(super) fn set(globs: impl IntoIterator<Item = Glob>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    globs.into_iter().for_each(|glob| _ = set.add(glob));
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// What is wrong with a glob of paths.
pub fn wrong_glob(text: &str) -> Option<String> {
    GlobBuilder::new(text).literal_separator(true).build().err().map(|error| error.kind().to_string())
}
