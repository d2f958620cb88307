//! Names under which modules pass on what a side changed: who uses one of them anew meets the change without a word of the
//! changed name.

use foldhash::HashSet;

use crate::merge::Missing;

use super::delta::SideDelta;
use super::facts::{DefinitionKind, Word};
use super::file_index::numbers;
use super::language::Family;
use super::trees::{Library, SourceTree};

/// More files than this are not read for it.
const MOST_FILES: usize = 100;

/// The names of the functions and types that a side has no longer so.
pub(super) fn changed(family: Family, delta: &SideDelta) -> HashSet<Word> {
    let may_be = matches!(family, Family::Python | Family::Ecma | Family::Rust);
    let is_meant = |kind: DefinitionKind| matches!(kind, DefinitionKind::Function | DefinitionKind::Type);
    let lost = delta.lost.iter().filter(|(_, one)| may_be && one.owner.is_none() && is_meant(one.kind));
    lost.map(|(_, one)| one.name.clone()).collect()
}

/// The other names that files of a tree give these for those that import them from there: the name, and the original.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn renamed(
    library: &Library<'_>,
    tree: &SourceTree,
    family: Family,
    of: &HashSet<Word>,
) -> Result<Vec<(Word, Word)>, Missing> {
    let (names, by_another) = (numbers(of), numbers([&Word::from("as")]));
    let mut found = Vec::new();
    let mut count = 0;
    for (path, &(content, language)) in &tree.files {
        if !passes_on(family, path.file_name()) {
            continue;
        }
        let index = library.index(content, language)?;
        if !index.holds(&by_another) || !index.holds(&names) {
            continue;
        }
        let text = library.objects().blob(content)?;
        let is_there = |name: &Word| memchr::memmem::find(&text, format!("{name} as ").as_bytes()).is_some();
        if !of.iter().any(is_there) {
            continue;
        }
        count += 1;
        if count > MOST_FILES {
            break;
        }
        let facts = library.about(path, content, language, of)?;
        for import in facts.imports.iter().filter(|import| import.public) {
            let original =
                import.original.as_ref().filter(|name| of.contains(*name) && **name != import.name);
            found.extend(original.map(|original| (import.name.clone(), original.clone())));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether a file of this name mostly passes on what others have: all files would be too many to look at.
fn passes_on(family: Family, name: &[u8]) -> bool {
    match family {
        Family::Python => name == b"__init__.py",
        Family::Rust => matches!(name, b"lib.rs" | b"mod.rs"),
        Family::Ecma => name.starts_with(b"index."),
        Family::Go | Family::Java | Family::C | Family::CSharp | Family::Php | Family::Ruby => false,
    }
}
