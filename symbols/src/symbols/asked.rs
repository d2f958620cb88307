//! What has to be looked at to answer questions: words, files, and modules that pass on what others have.

use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::Missing;
use crate::model::RepoPath;

use super::facts::{Import, Qualifier, Word};
use super::language::Family;
use super::languages::ecma::OBJECT;
use super::modules::{files_of, imported_files};
use super::questions::Suspicion;
use super::trees::{Library, Looked, SourceTree};

/// Supertypes are followed so many steps.
const MOST_SUPERTYPES: usize = 4;

/// More modules than this that pass on all they have are not followed for one use.
const MOST_FOLLOWED: usize = 50;

/// The files of these, and the modules that they mean: one passes on what it does not name.
pub(super) fn looked_at(
    library: &Library<'_>,
    family: Family,
    trees: &[Arc<SourceTree>; 4],
    questions: &[Suspicion<'_>],
) -> Result<HashSet<RepoPath>, Missing> {
    let mut found = HashSet::default();
    for question in questions {
        found.insert(question.path.clone());
        // how a supertype is made that the use does not name
        found.extend(
            question
                .lost
                .filter(|(_, lost)| lost.name != question.mention.name)
                .map(|(path, _)| path.clone()),
        );
        let Some(&(content, language)) = trees[1 - question.changer].files.get(question.path) else {
            continue;
        };
        let facts = library.about(question.path, content, language, &HashSet::default())?;
        for tree in trees {
            let files = imported_files(tree, family, question.path, &facts, question.mention);
            follow(library, (family, tree), &question.mention.name, files, &mut found)?;
        }
    }
    Ok(found)
}

/// Adds files, the modules all of whose names they have, and those from which they import this name.
fn follow(
    library: &Library<'_>,
    (family, tree): (Family, &SourceTree),
    name: &Word,
    mut files: Vec<RepoPath>,
    found: &mut HashSet<RepoPath>,
) -> Result<(), Missing> {
    let mut seen: HashSet<RepoPath> = HashSet::default();
    while let Some(path) = files.pop() {
        if seen.len() > MOST_FOLLOWED || !seen.insert(path.clone()) {
            continue;
        }
        if let Some(&(content, language)) = tree.files.get(&path) {
            let facts = library.about(&path, content, language, &HashSet::default())?;
            let stars = facts.stars.iter().map(|star| Import::of(star, star, None));
            files.extend(stars.flat_map(|import| files_of(tree, family, &path, &import)));
            let named = facts.imports.iter().filter(|import| import.name == *name);
            files.extend(named.flat_map(|import| files_of(tree, family, &path, import)));
        }
        found.insert(path);
    }
    Ok(())
}

/// The words that these are about: names, and the types that have them.
pub(super) fn asked_words(
    library: &Library<'_>,
    family: Family,
    trees: &[Arc<SourceTree>; 4],
    questions: &[Suspicion<'_>],
) -> Result<HashSet<Word>, Missing> {
    let mut asked: HashSet<Word> = questions.iter().flat_map(Suspicion::names).collect();
    let of_objects =
        questions.iter().filter_map(|question| question.lost).filter(|(_, lost)| &*lost.scope == OBJECT);
    asked.extend(of_objects.filter_map(|(_, lost)| lost.owner.clone()));
    for question in questions {
        let of = match &question.mention.qualifier {
            Qualifier::Name(name) | Qualifier::Own(name) if is_type_name(name) => name,
            Qualifier::Typed(of) => of,
            Qualifier::Name(_)
            | Qualifier::Own(_)
            | Qualifier::None
            | Qualifier::Imported(_)
            | Qualifier::Value => continue,
        };
        if family != Family::Rust {
            let of = of.trim_end_matches("()");
            let (of, user) = (of.rsplit(['.', ':']).next().unwrap_or(of), &trees[1 - question.changer]);
            asked.insert(of.into());
            if let Some(&(content, language)) = user.files.get(question.path) {
                let asked_of = HashSet::from_iter([Word::from(of)]);
                let facts = library.about(question.path, content, language, &asked_of)?;
                let originals = facts.imports.iter().filter(|import| &*import.name == of);
                asked.extend(originals.filter_map(|import| import.original.clone()));
                let types = facts.definitions.iter().filter(|one| &*one.name == of);
                asked.extend(types.flat_map(|one| one.bases.iter().cloned()));
            }
        }
    }
    Ok(asked)
}

/// Adds the types that have members of the names of these uses, where a value may be of a derived type (Python), or another type
/// may be meant (Ruby).
pub(super) fn with_owners(
    library: &Library<'_>,
    family: Family,
    tree: &Arc<SourceTree>,
    questions: &[Suspicion<'_>],
    asked: &mut HashSet<Word>,
) -> Result<(), Missing> {
    let of_values = questions.iter().filter(|one| match one.mention.qualifier {
        Qualifier::Typed(_) => true,
        Qualifier::Own(_) => family == Family::Ruby,
        Qualifier::None | Qualifier::Name(_) | Qualifier::Imported(_) | Qualifier::Value => false,
    });
    let names: HashSet<Word> = of_values.map(|one| one.mention.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let looked = Looked::InParts(&HashSet::default());
    if let Some(sources) = library.sources(std::slice::from_ref(tree), &names, &looked)?.pop() {
        let members = names.iter().flat_map(|name| sources.named(name));
        asked.extend(members.filter_map(|(_, one)| one.owner.clone()));
    }
    Ok(())
}

/// Whether a name is written as those of types are.
fn is_type_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// The supertypes of the types among these words, and theirs.
pub(super) fn supertypes(
    library: &Library<'_>,
    tree: &Arc<SourceTree>,
    asked: &HashSet<Word>,
) -> Result<HashSet<Word>, Missing> {
    let mut found: HashSet<Word> = HashSet::default();
    let mut new: HashSet<Word> = asked.iter().filter(|name| is_type_name(name)).cloned().collect();
    for _ in 0..MOST_SUPERTYPES {
        if new.is_empty() {
            break;
        }
        let looked = Looked::InParts(&HashSet::default());
        let Some(sources) = library.sources(std::slice::from_ref(tree), &new, &looked)?.pop() else { break };
        let types = new.iter().flat_map(|name| sources.named(name));
        let bases: HashSet<Word> = types.flat_map(|(_, one)| one.bases.iter().cloned()).collect();
        let is_new = |base: &Word| is_type_name(base) && !asked.contains(base) && !found.contains(base);
        new = bases.into_iter().filter(is_new).collect();
        found.extend(new.iter().cloned());
    }
    Ok(found)
}
