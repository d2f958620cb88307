//! What one side did to the sources of one family: which definitions it lost or changed, which uses and
//! which definitions are new. Everything is counted: what was only moved about is neither new nor lost.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use crate::model::RepoPath;

use super::facts::{Definition, DefinitionKind, Import, Mention, SeenFrom, SourceFacts, Word};
use super::language::Family;

/// A part of one version of a changed file.
pub(super) struct SourcePart {
    pub path: RepoPath,
    /// How many lines are before it.
    pub line: u32,
    pub facts: Arc<SourceFacts>,
}

/// What one side did to one family of languages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SideDelta {
    /// Definitions of the base that the side has no longer so, with the file of the base.
    pub lost: Vec<(RepoPath, Definition)>,
    /// Definitions of the side that the base has not so, with the file of the side.
    pub gained: Vec<(RepoPath, Definition)>,
    /// Uses that the side has more often than the base, with the file of the side, of the names that were asked for.
    pub added: Vec<(RepoPath, Mention)>,
    /// By which names files call what they import anew under another one: the file, the name there, and the original.
    pub aliases: Vec<(RepoPath, Word, Word)>,
    /// Files that take all names of a module (Python).
    pub takes_all: Vec<RepoPath>,
    /// Files that are gone, or are elsewhere.
    pub removed_files: Vec<RepoPath>,
    /// The types of the tree in question that derive from what asks for more now.
    #[serde(skip)]
    pub derived: Vec<DerivedType>,
    /// The other names that modules of this tree give what it changed: the name, and the original.
    #[serde(skip)]
    pub passed_as: Vec<(Word, Word)>,
}

/// A type that derives from one that a side changed.
#[derive(Clone, Debug)]
pub(super) struct DerivedType {
    pub name: Word,
    /// The type that was changed.
    pub of: Word,
    /// The types between them.
    pub through: Vec<Word>,
}

/// What makes a definition another one: its place counts where uses name the place.
fn identity(family: Family, path: &RepoPath, definition: &Definition) -> u64 {
    let place = match family {
        Family::Python | Family::Ecma => path.as_bytes(),
        Family::Go | Family::Java | Family::CSharp | Family::Php => {
            path.as_bytes().rsplitn(2, |byte| *byte == b'/').nth(1).unwrap_or(b"")
        }
        Family::Rust => path.as_bytes(),
        Family::C | Family::Ruby => b"",
    };
    let is_namespace = family == Family::CSharp && definition.kind == DefinitionKind::Module;
    let scope =
        if matches!(family, Family::Rust | Family::Ruby) || is_namespace { &*definition.scope } else { "" };
    let seen = if family.narrows() { definition.seen } else { SeenFrom::default() };
    hash(&(place, scope, &definition.name, definition.kind, &definition.owner, &definition.shape, seen))
}

/// Whether no other file sees a definition: what is no function or variable, in a source file of C that is no header.
pub(super) fn is_local(family: Family, path: &RepoPath, definition: &Definition) -> bool {
    let is_linked = matches!(definition.kind, DefinitionKind::Function | DefinitionKind::Value);
    let ends = [&b".c"[..], b".cc", b".cpp", b".cxx"];
    family == Family::C && !is_linked && ends.iter().any(|end| path.as_bytes().ends_with(end))
}

fn hash(value: &impl Hash) -> u64 {
    foldhash::fast::FixedState::default().hash_one(value)
}

/// Those of `before` that `after` has less often, and those of `after` that `before` has less often.
fn differing<'v, T: 'v>(
    [before, after]: [&'v [SourcePart]; 2],
    of: impl Fn(&'v SourceFacts) -> &'v [T],
    identity: impl Fn(&RepoPath, &T) -> u64,
) -> [Vec<(&'v SourcePart, &'v T)>; 2] {
    let mut counts: HashMap<u64, i32> = HashMap::default();
    let all = |parts: &'v [SourcePart]| {
        parts.iter().flat_map(|part| of(&part.facts).iter().map(move |one| (part, one)))
    };
    all(before).for_each(|(part, one)| *counts.entry(identity(&part.path, one)).or_default() -= 1);
    all(after).for_each(|(part, one)| *counts.entry(identity(&part.path, one)).or_default() += 1);
    let lost = all(before).filter(|(part, one)| counts[&identity(&part.path, one)] < 0).collect();
    let gained = all(after).filter(|(part, one)| counts[&identity(&part.path, one)] > 0).collect();
    [lost, gained]
}

/// The definitions that two versions of some files do not have in common.
pub(super) fn definitions(family: Family, versions: [&[SourcePart]; 2]) -> [Vec<(RepoPath, Definition)>; 2] {
    let definition = |path: &RepoPath, one: &Definition| identity(family, path, one);
    let in_file = |(part, one): (&SourcePart, &Definition)| {
        (part.path.clone(), Definition { line: one.line + part.line, ..one.clone() })
    };
    differing(versions, |facts| &facts.definitions, definition)
        .map(|found| found.into_iter().map(in_file).collect())
}

/// What modules passed on of what they import, and do not have any more at all.
pub(super) fn not_passed_on(
    [before, after]: [&[SourcePart]; 2],
    removed_files: &[RepoPath],
) -> Vec<(RepoPath, Definition)> {
    let is_there = |path: &RepoPath, name: &Word| {
        after.iter().filter(|part| part.path == *path).any(|part| {
            part.facts.imports.iter().any(|import| import.name == *name)
                || part.facts.definitions.iter().any(|one| one.name == *name && !one.is_listed())
        })
    };
    let imports = before.iter().flat_map(|part| part.facts.imports.iter().map(move |import| (part, import)));
    let passed_on = imports.filter(|(part, import)| {
        import.public
            && import.scope.as_deref() == Some("")
            && !removed_files.contains(&part.path)
            && !is_there(&part.path, &import.name)
    });
    let lost = |(part, import): (&SourcePart, &Import)| {
        (part.path.clone(), Definition::passed_on(import, part.line + 1))
    };
    passed_on.map(lost).collect()
}

/// The uses of some names that the later versions have more often.
pub(super) fn uses(
    versions: [&[SourcePart]; 2],
    is_asked: impl Fn(&RepoPath, &Mention) -> bool,
) -> Vec<(RepoPath, Mention)> {
    let mention = |_: &RepoPath, one: &Mention| hash(&(&one.name, &one.qualifier, &one.form));
    let in_file = |(part, one): (&SourcePart, &Mention)| {
        (part.path.clone(), Mention { line: one.line + part.line, ..one.clone() })
    };
    let [_, added] = differing(versions, |facts| &facts.mentions, mention);
    added.into_iter().filter(|(part, one)| is_asked(&part.path, one)).map(in_file).collect()
}
