//! Globs that mean paths.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::RepoPath;

/// Globs of paths; a folder also means all that is in it.
pub fn path_globs<'a>(texts: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let forms = |text: &String| [text.clone(), format!("{}/**", text.trim_end_matches('/'))];
    let glob = |text: String| GlobBuilder::new(&text).literal_separator(true).build().ok();
    set(texts.into_iter().flat_map(forms).filter_map(glob))
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
