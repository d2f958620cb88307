//! What became of files that others import and that are not where they were: they were moved, as git tells it, or are gone.

use crate::merge::{Missing, Objects, Options, changes_with_lines};
use crate::model::{BreakPattern, MergedTrees, RepoPath, SemanticBreak};

use super::language::{Family, Language};

/// Tells where the files are now; of those that are nowhere, that they were removed.
///
/// # Errors
/// A tree that cannot be read.
pub(super) fn tell(
    objects: &dyn Objects,
    trees: &MergedTrees,
    breaks: &mut [SemanticBreak],
) -> Result<(), Missing> {
    for (by_theirs, tree) in [(false, trees.ours), (true, trees.theirs)] {
        let is_of_file = |one: &SemanticBreak| {
            one.pattern == BreakPattern::MovedFile
                && one.definition.lines.is_none()
                && one.became.is_none()
                && one.changed_by_theirs == by_theirs
        };
        let mut meant = breaks.iter_mut().filter(|one| is_of_file(one)).peekable();
        if meant.peek().is_none() {
            continue;
        }
        let changes = changes_with_lines(objects, trees.base, tree, &Options::default(), &|_| false)?;
        for one in meant {
            let old = &one.definition.path;
            match changes.iter().find(|change| change.from.as_ref() == Some(old)) {
                Some(change) => one.became = Some(named(&change.path)),
                None => one.pattern = BreakPattern::RemovedDefinition,
            }
        }
    }
    Ok(())
}

/// A file as others import it: of Go, by its folder.
pub(super) fn named(path: &RepoPath) -> String {
    let folder = path.parent().filter(|_| Language::of(path).map(Language::family) == Some(Family::Go));
    folder.as_ref().unwrap_or(path).to_string()
}
