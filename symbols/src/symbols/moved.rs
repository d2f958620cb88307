//! What became of files that others import and that are not where they were: they were moved, as git tells it, or are gone.

use std::collections::BTreeMap;

use crate::merge::{Missing, Objects, Options, changes_with_lines};
use crate::model::{BreakPattern, Lines, MergedTrees, RepoPath, SemanticBreak, SourcePlace};

use super::broken::ThreeTrees;
use super::facts::{Definition, Import, Qualifier};
use super::language::{Family, Language};
use super::modules::files_of;
use super::questions::{Suspicion, is_about};
use super::trees::Sources;

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

impl ThreeTrees<'_> {
    /// Where the definition is now, or was.
    pub(super) fn definition(&self, question: &Suspicion<'_>, user: &Sources) -> SourcePlace {
        let Some((path, lost)) = question.lost else {
            let removed = &self.deltas[question.changer].removed_files;
            let Qualifier::Imported(from) = &question.mention.qualifier else {
                return SourcePlace { path: question.path.clone(), lines: None };
            };
            if let Some(file) = self.removed_file(question, user) {
                return SourcePlace { path: file, lines: None };
            }
            let is_named = |file: &&RepoPath| {
                file.file_name().split(|byte| *byte == b'.').next() == Some(question.mention.name.as_bytes())
            };
            let about = || removed.iter().filter(|file| is_about(from, question.mention, file));
            let file = about().find(is_named).or_else(|| about().next());
            return SourcePlace { path: file.unwrap_or(question.path).clone(), lines: None };
        };
        let gained = &self.deltas[question.changer].gained;
        let is_same = |(at, new): &&(RepoPath, Definition)| {
            new.name == lost.name && new.owner == lost.owner && at == path
        };
        let (path, line) = gained.iter().find(is_same).map_or((path, lost.line), |(at, new)| (at, new.line));
        SourcePlace { path: path.clone(), lines: Some(Lines { start: line, end: line }) }
    }

    /// Where most of what a file defined is now, if that is elsewhere.
    pub(super) fn new_place(&self, changer: usize, file: &RepoPath) -> Option<String> {
        let delta = self.deltas[changer];
        let lost: Vec<&Definition> =
            delta.lost.iter().filter(|(at, _)| at == file).map(|(_, lost)| lost).collect();
        let mut places: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        for (at, new) in &delta.gained {
            let is_it = |lost: &&Definition| {
                (&new.name, &new.owner, new.kind) == (&lost.name, &lost.owner, lost.kind)
            };
            *places.entry(at).or_default() += usize::from(at != file && lost.iter().any(is_it));
        }
        let (place, count) = places.into_iter().rev().max_by_key(|(_, count)| *count)?;
        (count * 2 > lost.len()).then(|| named(place))
    }

    /// The file that an import of what is gone names, where the changer removed that.
    pub(super) fn removed_file(&self, question: &Suspicion<'_>, user: &Sources) -> Option<RepoPath> {
        let Qualifier::Imported(from) = &question.mention.qualifier else { return None };
        let name = &question.mention.name;
        let import = Import::of(name, from, (name != from).then_some(name));
        let removed = &self.deltas[question.changer].removed_files;
        let mut files = files_of(&user.tree, self.family, question.path, &import).into_iter();
        files.find(|file| removed.contains(file))
    }
}

/// A file as others import it: of Go, by its folder.
fn named(path: &RepoPath) -> String {
    let folder = path.parent().filter(|_| Language::of(path).map(Language::family) == Some(Family::Go));
    folder.as_ref().unwrap_or(path).to_string()
}
