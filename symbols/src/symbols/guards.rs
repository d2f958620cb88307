//! Uses that do without what is missing, and what is compiled or run only sometimes.

use crate::model::RepoPath;

use super::facts::{Form, Import, Lack, Mention, Qualifier, SourceFacts};
use super::language::Family;
use super::modules::{files_of, import_of, imported_files};
use super::reach::{Fitness, standing};
use super::trees::Sources;

/// Systems and processors: a file of Go whose name ends with one is compiled for it alone.
const GO_ENDS: [&str; 34] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "386",
    "amd64",
    "arm",
    "arm64",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "wasm",
    "hurd",
    "nacl",
    "zos",
    "sparc64",
    "riscv",
];

/// What a file does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    /// It needs what it names.
    Everything,
    /// It may be compiled or run without it.
    Sometimes,
    /// It expects that this may be missing.
    Missing,
}

/// Whether a file of Go is compiled for one system alone, by its name.
pub(super) fn is_bound_to_a_system(path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let stem = name.trim_end_matches(".go").trim_end_matches("_test").to_string();
    stem.rsplit_once('_').is_some_and(|(_, last)| GO_ENDS.contains(&last))
}

/// Whether a line is compiled or run only sometimes.
pub(super) fn is_conditional(family: Family, path: &RepoPath, facts: &SourceFacts, line: u32) -> bool {
    let is_all = family == Family::Go && (facts.conditional || is_bound_to_a_system(path));
    is_all || facts.is_conditional(line)
}

/// What a file does without where a use of it does not fit in the merged tree, in which it is at `place.0`.
pub(super) fn expected(
    merged: &Sources,
    family: Family,
    place: (&RepoPath, &SourceFacts),
    mention: &Mention,
    there: Fitness,
) -> Expectation {
    let (path, facts) = place;
    let import = match &mention.qualifier {
        Qualifier::None => import_of(facts, &mention.name),
        Qualifier::Name(name) | Qualifier::Typed(name) => import_of(facts, name),
        Qualifier::Own(_) | Qualifier::Value | Qualifier::Imported(_) => None,
    };
    let brought = import.map(|import| {
        let asked = imported(import);
        let there = standing(merged, family, path, &asked).0;
        (there, expected(merged, family, place, &asked, there))
    });
    let is_missing = there == Fitness::Gone
        && (does_without(merged, family, place, mention)
            || matches!(brought, Some((Fitness::Gone, Expectation::Missing))));
    let gives_any = |file: &RepoPath| merged.facts(file).is_some_and(|there| there.gives_any);
    let is_conditional = is_conditional(family, path, facts, mention.line)
        || family == Family::Python
            && imported_files(&merged.tree, family, path, facts, mention).iter().any(gives_any)
        || brought.is_some_and(|(_, expected)| expected == Expectation::Sometimes);
    match (is_missing, is_conditional) {
        (true, _) => Expectation::Missing,
        (false, true) => Expectation::Sometimes,
        (false, false) => Expectation::Everything,
    }
}

/// The use that an import is.
fn imported(import: &Import) -> Mention {
    Mention {
        name: import.original.clone().unwrap_or_else(|| import.from.clone()),
        qualifier: Qualifier::Imported(import.from.clone()),
        form: Form::Plain,
        line: import.line,
    }
}

/// Whether the file says at a use that what it names may be missing.
fn does_without(
    merged: &Sources,
    family: Family,
    (path, facts): (&RepoPath, &SourceFacts),
    mention: &Mention,
) -> bool {
    let mut lacks = facts.around(mention.line);
    match &mention.qualifier {
        Qualifier::Imported(from) => {
            let original = (mention.name != *from).then_some(&mention.name);
            let import = Import::of(&mention.name, from, original);
            lacks.any(|lack| match lack {
                Lack::Import => true,
                Lack::Module => files_of(&merged.tree, family, path, &import).is_empty(),
                Lack::Member | Lack::Name | Lack::Everything => false,
            })
        }
        qualifier => {
            let is_plain = *qualifier == Qualifier::None;
            facts.asked_for.contains(&mention.name)
                || lacks.any(|lack| *lack == if is_plain { Lack::Name } else { Lack::Member })
        }
    }
}
