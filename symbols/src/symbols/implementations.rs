//! Rust: functions that two sides give one type, in two files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::merge::Missing;
use crate::model::{RepoPath, SemanticBreak};

use super::delta::SideDelta;
use super::facts::{Definition, DefinitionKind, Word};
use super::languages::rust::TRAIT;
use super::reach::crate_of;
use super::same_file::duplicate;
use super::trees::{Library, SourceTree};

/// Whether it is a function of a type itself, of no trait, and of the type whatever its parameters are.
fn is_own(one: &Definition) -> bool {
    let Some(owner) = one.owner.as_deref().filter(|_| one.kind == DefinitionKind::Function) else {
        return false;
    };
    // what is implemented stands at the end, as it is written
    let written = one.scope.rsplit(' ').next().unwrap_or_default();
    !one.scope.starts_with(TRAIT) && !one.conditional && written.rsplit("::").next() == Some(owner)
}

/// Functions of one name that both sides give a type of one name in one crate, in two files.
pub(super) fn twice<'d>(
    one: &'d SideDelta,
    other: &'d SideDelta,
) -> impl Iterator<Item = [&'d (RepoPath, Definition); 2]> {
    type Key<'k> = (&'k Word, &'k Option<Word>, &'k [u8]);
    fn key((path, one): &(RepoPath, Definition)) -> Key<'_> {
        (&one.name, &one.owner, crate_of(path))
    }
    let is_meant = |(_, one): &&(RepoPath, Definition)| is_own(one);
    let was_there = move |found: &(RepoPath, Definition)| {
        let mut lost = one.lost.iter().chain(&other.lost);
        lost.any(|(_, lost)| (&lost.name, &lost.owner) == (&found.1.name, &found.1.owner))
    };
    let of_other: BTreeMap<Key<'_>, &(RepoPath, Definition)> =
        other.gained.iter().filter(is_meant).map(|found| (key(found), found)).collect();
    one.gained.iter().filter(is_meant).filter_map(move |found| {
        let again = of_other.get(&key(found)).filter(|again| again.0 != found.0)?;
        (!was_there(found)).then_some([found, *again])
    })
}

/// Those of them whose type is the only one of its name.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn across_files(
    library: &Library<'_>,
    [ours, theirs, merged, _]: &[Arc<SourceTree>; 4],
    deltas: [&SideDelta; 2],
) -> Result<Vec<SemanticBreak>, Missing> {
    let mut breaks = Vec::new();
    for [(path, one), (at, other)] in twice(deltas[0], deltas[1]) {
        let Some(owner) = &one.owner else { continue };
        let is_conditional = |tree: &SourceTree, path: &RepoPath, line: u32| match tree.files.get(path) {
            Some(&(content, language)) => Ok(library.facts(path, content, language)?.is_conditional(line)),
            None => Ok(true),
        };
        if merged.files.contains_key(path)
            && merged.files.contains_key(at)
            && !is_conditional(ours, path, one.line)?
            && !is_conditional(theirs, at, other.line)?
            && library.types_called(merged, owner, |file| crate_of(file) == crate_of(path))? == 1
        {
            breaks.push(duplicate(&one.name, Some(owner), path, at, [one.line, other.line]));
        }
    }
    Ok(breaks)
}
