//! What two sides break in one file or folder: a name twice, an import that is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::Missing;
use crate::model::{BreakPattern, Confidence, Lines, Oid, RepoPath, SemanticBreak, SourcePlace};

use super::delta::SideDelta;
use super::facts::{Definition, DefinitionKind, Import, Mention, Qualifier, SourceFacts, Word};
use super::guards::{self, is_bound_to_a_system};
use super::language::{Family, Language};
use super::redefinition;
use super::suspects::{Identity, SuspectFile, follows_locals, identity, import_key};
use super::trees::{Library, SourceTree};

/// Names that the prelude of Rust gained: no import is needed.
const PRELUDE: [&str; 5] = ["TryFrom", "TryInto", "FromIterator", "Future", "IntoFuture"];

/// The four versions of a file that both sides changed.
struct Versions<'v> {
    path: &'v RepoPath,
    /// The texts of ours, theirs and the merged one.
    texts: &'v [Arc<[u8]>; 3],
    ours: &'v SourceFacts,
    theirs: &'v SourceFacts,
    merged: &'v SourceFacts,
}

/// What the two sides break of each other in one place: in one of these files, or in a folder.
pub(super) fn breaks(
    library: &Library<'_>,
    trees: &[Arc<SourceTree>; 4],
    family: Family,
    deltas: [&SideDelta; 2],
    files: &BTreeSet<RepoPath>,
) -> Result<Vec<SemanticBreak>, Missing> {
    let mut found = Vec::new();
    let [ours, theirs, merged, base] = trees;
    for path in files.iter().filter(|path| !library.is_unclear(path)) {
        let at = |tree: &SourceTree| tree.files.get(path).copied();
        let (Some(one), Some(other), Some(both)) = (at(ours), at(theirs), at(merged)) else { continue };
        if both == one || both == other || at(base) == Some(one) || at(base) == Some(other) {
            continue;
        }
        let text = |(content, _): (Oid, Language)| library.objects().blob(content);
        let texts = [text(one)?, text(other)?, text(both)?];
        let (merged_blob, language) = both;
        let file = SuspectFile { library, family, path, language, texts, merged: merged_blob };
        if !file.are_suspect(deltas)? {
            continue;
        }
        let read = |(content, language): (Oid, Language)| library.facts(path, content, language);
        let (ours, theirs, both) = (read(one)?, read(other)?, read(both)?);
        let versions = Versions { path, texts: &file.texts, ours: &ours, theirs: &theirs, merged: &both };
        if matches!(family, Family::Python | Family::Ruby) {
            redefined(&versions, &mut found);
        } else {
            duplicates(&versions, &mut found);
        }
        removed_imports(family, &versions, merged, &mut found);
    }
    if matches!(family, Family::Go | Family::CSharp) {
        across_files(library, trees, family, deltas, &mut found)?;
    }
    if family == Family::C {
        across_programs(library, trees, deltas, &mut found)?;
    }
    Ok(found)
}

/// Functions of C that both sides define, in two files.
pub(super) fn links_again<'d>(
    one: &'d SideDelta,
    other: &'d SideDelta,
) -> impl Iterator<Item = [&'d (RepoPath, Definition); 2]> {
    let is_linked = |(path, one): &&(RepoPath, Definition)| {
        one.is_linked() && Language::of(path) == Some(Language::C) && !path.file_name().ends_with(b".h")
    };
    let was_there = move |name: &Word| {
        [one, other]
            .iter()
            .any(|side| side.lost.iter().any(|(_, lost)| lost.name == *name && lost.is_linked()))
    };
    let of_other: BTreeMap<Word, &(RepoPath, Definition)> =
        other.gained.iter().filter(is_linked).map(|found| (found.1.name.clone(), found)).collect();
    one.gained.iter().filter(is_linked).filter_map(move |found| {
        let again = of_other.get(&found.1.name).filter(|again| again.0 != found.0)?;
        (!was_there(&found.1.name)).then_some([found, *again])
    })
}

/// Both sides defined a function of C in two files: where these are linked together, it is there twice.
fn across_programs(
    library: &Library<'_>,
    [ours, theirs, merged, base]: &[Arc<SourceTree>; 4],
    deltas: [&SideDelta; 2],
    found: &mut Vec<SemanticBreak>,
) -> Result<(), Missing> {
    for [(path, one), (at, other)] in links_again(deltas[0], deltas[1]) {
        let has_two = merged.files.contains_key(path) && merged.files.contains_key(at);
        let is_conditional = |tree: &SourceTree, path: &RepoPath, line: u32| match tree.files.get(path) {
            Some(&(content, language)) => Ok(library.facts(path, content, language)?.is_conditional(line)),
            None => Ok(true),
        };
        if !has_two
            || library.files_defining(base, &one.name)?
            || is_conditional(ours, path, one.line)?
            || is_conditional(theirs, at, other.line)?
        {
            continue;
        }
        let told = duplicate(&one.name, None, path, at, [one.line, other.line]);
        found.push(SemanticBreak { confidence: Confidence::Possible, ..told });
    }
    Ok(())
}

fn counted(facts: &SourceFacts) -> BTreeMap<Identity<'_>, Vec<&Definition>> {
    let mut counts: BTreeMap<Identity<'_>, Vec<&Definition>> = BTreeMap::new();
    for definition in &facts.definitions {
        counts.entry(identity(definition)).or_default().push(definition);
    }
    counts
}

fn duplicates(versions: &Versions<'_>, found: &mut Vec<SemanticBreak>) {
    let [ours, theirs, merged] = [versions.ours, versions.theirs, versions.merged].map(counted);
    for (identity, both) in &merged {
        let before = [&ours, &theirs].map(|side| side.get(identity).map_or(0, Vec::len));
        let may_repeat = both.iter().any(|one| one.repeatable || one.conditional);
        if both.len() < 2 || before.iter().any(|count| *count != 1) || may_repeat {
            continue;
        }
        let lines = [&ours, &theirs].map(|side| side[identity][0].line);
        found.push(duplicate(identity.1, identity.2, versions.path, versions.path, lines));
    }
    let key = |facts: &'_ SourceFacts| -> BTreeMap<(Word, Word, Word), usize> {
        let mut counts = BTreeMap::new();
        for import in &facts.imports {
            if let Some((name, from, scope)) = import_key(import) {
                *counts.entry((name.clone(), from.clone(), scope.clone())).or_default() += 1;
            }
        }
        counts
    };
    if Language::of(versions.path)
        .is_some_and(|language| matches!(language.family(), Family::Rust | Family::Ecma | Family::Php))
    {
        let [ours, theirs, merged] = [versions.ours, versions.theirs, versions.merged].map(key);
        for (import, count) in merged {
            if count == 2 && [&ours, &theirs].iter().all(|side| side.get(&import) == Some(&1)) {
                found.push(duplicate(&import.0, None, versions.path, versions.path, [1, 1]));
            }
        }
    }
}

/// Both sides defined a name in one scope of Python or Ruby in two ways: the later one wins, and nobody is told.
fn redefined(versions: &Versions<'_>, found: &mut Vec<SemanticBreak>) {
    let [ours, theirs, merged] = [versions.ours, versions.theirs, versions.merged].map(counted);
    let is_plain =
        |one: &&&Definition| one.kind != DefinitionKind::Value && !one.repeatable && !one.conditional;
    let text = |version: usize| std::str::from_utf8(&versions.texts[version]).unwrap_or("");
    let mut twice: BTreeSet<String> = BTreeSet::new();
    // a class before its members
    let kinds = merged.iter().filter(|(identity, _)| identity.0 != 0);
    for (identity, all) in kinds.chain(merged.iter().filter(|(identity, _)| identity.0 == 0)) {
        let plain = |side: &BTreeMap<Identity<'_>, Vec<&Definition>>| -> Vec<u32> {
            let all = side.get(identity).into_iter().flatten();
            all.filter(is_plain).map(|one| one.line).collect()
        };
        let ([first], [second], [one, other]) = (&plain(&ours)[..], &plain(&theirs)[..], &plain(&merged)[..])
        else {
            continue;
        };
        let is_on_purpose = all.iter().any(|one| one.conditional || one.kind == DefinitionKind::Value)
            || redefinition::is_used_between(text(2), identity.1, [*one, *other]);
        let is_same =
            || redefinition::definition_at(text(0), *first) == redefinition::definition_at(text(1), *second);
        if is_on_purpose || twice.contains(identity.3) || is_same() {
            continue;
        }
        twice.insert(format!("{}.{}", identity.3, identity.1));
        found.push(duplicate(identity.1, identity.2, versions.path, versions.path, [*first, *second]));
    }
}

pub(super) fn duplicate(
    name: &str,
    owner: Option<&str>,
    ours: &RepoPath,
    theirs: &RepoPath,
    lines: [u32; 2],
) -> SemanticBreak {
    let symbol =
        owner.filter(|owner| !owner.is_empty()).map_or(name.to_string(), |owner| format!("{owner}.{name}"));
    let [first, other] = lines.map(|line| Some(Lines { start: line, end: line }));
    SemanticBreak {
        pattern: BreakPattern::DuplicateDefinition,
        symbol,
        definition: SourcePlace { path: ours.clone(), lines: first },
        uses: SourcePlace { path: theirs.clone(), lines: other },
        changed_by_theirs: false,
        confidence: Confidence::Certain,
        became: None,
    }
}

/// Both sides defined a name in one package, or a type in one namespace, in two files.
fn across_files(
    library: &Library<'_>,
    [ours, theirs, _, base]: &[Arc<SourceTree>; 4],
    family: Family,
    deltas: [&SideDelta; 2],
    found: &mut Vec<SemanticBreak>,
) -> Result<(), Missing> {
    let file = |tree: &SourceTree, path: &RepoPath| match tree.files.get(path) {
        Some(&(content, language)) => library.about(path, content, language, &HashSet::default()).map(Some),
        None => Ok(None),
    };
    let changes = |tree: &SourceTree, path: &RepoPath| tree.files.get(path) != base.files.get(path);
    for (path, one) in &deltas[0].gained {
        let is_top = match family {
            // the parts of a namespace may be in several programs, but seldom those of a folder
            Family::CSharp => one.kind == DefinitionKind::Type && one.owner.is_none(),
            _ => matches!(one.kind, DefinitionKind::Function | DefinitionKind::Type | DefinitionKind::Value),
        };
        if !is_top || one.repeatable || one.conditional {
            continue;
        }
        let same = |(at, other): &&(RepoPath, Definition)| {
            at != path
                && at.parent() == path.parent()
                && (other.name == one.name && other.owner == one.owner)
                && (family == Family::Go
                    || other.kind == one.kind && other.types == one.types && !other.repeatable)
                && (other.kind == DefinitionKind::Field) == (one.kind == DefinitionKind::Field)
        };
        let Some((at, other)) = deltas[1].gained.iter().find(same) else { continue };
        let moved = |delta: &SideDelta| {
            delta.lost.iter().any(|(lost_at, lost)| {
                lost_at.parent() == path.parent() && lost.name == one.name && lost.owner == one.owner
            })
        };
        if deltas.iter().any(|delta| moved(delta)) || is_bound_to_a_system(path) || is_bound_to_a_system(at) {
            continue;
        }
        let (Some(first), Some(second)) = (file(ours, path)?, file(theirs, at)?) else { continue };
        if first.package != second.package
            || first.conditional
            || second.conditional
            || changes(ours, at)
            || changes(theirs, path)
        {
            continue;
        }
        found.push(duplicate(&one.name, one.owner.as_deref(), path, at, [one.line, other.line]));
    }
    Ok(())
}

/// One side removed an import (or a local), the other uses the name anew.
fn removed_imports(
    family: Family,
    versions: &Versions<'_>,
    merged: &SourceTree,
    found: &mut Vec<SemanticBreak>,
) {
    if matches!(family, Family::C | Family::Ruby) || versions.merged.is_open() {
        return;
    }
    let sides = [versions.ours, versions.theirs];
    for changer in [0, 1] {
        let (changed, user) = (sides[changer], sides[1 - changer]);
        let mut told = BTreeSet::new();
        for mention in &versions.merged.mentions {
            let name = match (&mention.qualifier, family) {
                (Qualifier::None, _) => &mention.name,
                (Qualifier::Name(name), _) => name,
                (Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value | Qualifier::Imported(_), _) => {
                    continue;
                }
            };
            if told.contains(name)
                || has(versions.merged, name)
                || has(changed, name)
                || versions.merged.unclear.contains(name)
                || PRELUDE.contains(&&**name)
            {
                continue;
            }
            let imported = user.imports.iter().any(|import| import.name == *name);
            let local =
                follows_locals(family) && !name.starts_with(char::is_uppercase) && user.bound.contains(name);
            if !(imported || local) || changed.mentions.iter().any(|one| names(one, name)) {
                continue;
            }
            let needs = |one: &&Mention| names(one, name) && !user.asked_for.contains(name);
            let Some(used) = user.mentions.iter().find(needs) else { continue };
            // what is in no namespace needs none there
            let is_global = |import: &Import| import.name == *name && import.from.is_empty();
            if family == Family::Php
                && versions.merged.package.is_none()
                && user.imports.iter().any(is_global)
            {
                continue;
            }
            if family == Family::Go && has_unknown_import(versions.merged) {
                continue;
            }
            if matches!(family, Family::Java | Family::Php) && is_beside(merged, versions.path, name) {
                continue;
            }
            told.insert(name.clone());
            found.push(SemanticBreak {
                pattern: if imported { BreakPattern::RemovedImport } else { BreakPattern::RemovedDefinition },
                symbol: name.to_string(),
                definition: SourcePlace { path: versions.path.clone(), lines: None },
                uses: SourcePlace {
                    path: versions.path.clone(),
                    lines: Some(Lines { start: used.line, end: used.line }),
                },
                changed_by_theirs: changer == 1,
                confidence: match guards::is_conditional(family, versions.path, user, used.line) {
                    true => Confidence::Possible,
                    false => Confidence::Certain,
                },
                became: None,
            });
        }
    }
}

/// Whether a name is bound, defined or imported anywhere in a file.
fn has(facts: &SourceFacts, name: &Word) -> bool {
    facts.bound.contains(name)
        || facts.imports.iter().any(|import| import.name == *name)
        || facts.definitions.iter().any(|one| one.name == *name && !one.is_listed())
}

/// Whether a use begins with a name.
fn names(mention: &Mention, name: &Word) -> bool {
    match &mention.qualifier {
        Qualifier::None => mention.name == *name,
        Qualifier::Name(qualifier) => qualifier == name,
        Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value | Qualifier::Imported(_) => false,
    }
}

/// Whether an import has another name than its path tells: then nobody uses the name that is told.
fn has_unknown_import(facts: &SourceFacts) -> bool {
    facts.imports.iter().any(|import| !facts.mentions.iter().any(|mention| names(mention, &import.name)))
}

/// Whether a class is in the package of the file.
fn is_beside(merged: &SourceTree, path: &RepoPath, name: &str) -> bool {
    let folder = path.parent().unwrap_or_default();
    ["java", "kt", "php"].iter().any(|end| {
        let beside = folder.join(format!("{name}.{end}").as_bytes());
        merged.files.contains_key(&beside)
    })
}
