//! Kinds of files that no person merges line by line: lock files, generated ones, those that only grow.

use std::sync::{Arc, OnceLock};

use globset::GlobSet;

use super::named::named;
use super::path_globs::{path_glob, set, with_folder};
use super::{ConflictRegion, RepoPath};

named! {
    /// What kind of file it is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FileKind {
        /// A package manager writes it.
        Lock = "lock",
        /// A program makes it from other files.
        Generated = "generated",
        /// Everybody adds to it.
        Appended = "append-only",
        /// None of these, whatever its name.
        Ordinary = "ordinary",
    }
}

/// Files that are of a kind.
#[derive(Clone, Debug)]
pub struct FileRule {
    globs: Vec<String>,
    /// Their kind.
    pub kind: FileKind,
    /// What makes them anew.
    pub command: Option<String>,
}

/// Which files are of which kind; the first rule that means a file counts.
#[derive(Clone, Debug, Default)]
pub struct FileKinds(Arc<KindTable>);

#[derive(Debug, Default)]
struct KindTable {
    rules: Vec<FileRule>,
    /// All globs, with the number of each one's rule; made at the first question.
    globs: OnceLock<(GlobSet, Vec<usize>)>,
}

/// Lock files by name, and what writes them.
const LOCKS: [(&str, &str); 20] = [
    ("Cargo.lock", "cargo update --workspace"),
    ("package-lock.json", "npm install"),
    ("npm-shrinkwrap.json", "npm install"),
    ("pnpm-lock.yaml", "pnpm install"),
    ("yarn.lock", "yarn install"),
    ("bun.lock", "bun install"),
    ("bun.lockb", "bun install"),
    ("deno.lock", "deno install"),
    ("poetry.lock", "poetry lock"),
    ("uv.lock", "uv lock"),
    ("pdm.lock", "pdm lock"),
    ("Pipfile.lock", "pipenv lock"),
    ("go.sum", "go mod tidy"),
    ("Gemfile.lock", "bundle install"),
    ("composer.lock", "composer update --lock"),
    ("mix.lock", "mix deps.get"),
    ("pubspec.lock", "dart pub get"),
    ("Podfile.lock", "pod install"),
    ("flake.lock", "nix flake lock"),
    ("packages.lock.json", "dotnet restore"),
];

/// Names of generated files.
const GENERATED: [&str; 12] = [
    "*.pb.go",
    "*_pb2.py",
    "*_pb2_grpc.py",
    "*.pb.cc",
    "*.pb.h",
    "*.g.dart",
    "*.freezed.dart",
    "*.min.js",
    "*.min.css",
    "*.generated.*",
    "*_generated.*",
    "*.snap",
];

/// Names of files to which everybody adds.
const APPENDED: [&str; 8] =
    ["CHANGELOG", "CHANGELOG.*", "CHANGES", "CHANGES.*", "HISTORY.*", "NEWS", "NEWS.*", "RELEASE_NOTES.*"];

impl FileRule {
    /// Of the files and folders that these globs mean; a glob without a slash is a name, wherever it is.
    pub fn new<'a>(
        globs: impl IntoIterator<Item = &'a str>,
        kind: FileKind,
        command: Option<String>,
    ) -> FileRule {
        let forms = |glob: &str| match glob.contains('/') {
            true => with_folder(glob.trim_start_matches('/')),
            false => with_folder(&format!("**/{glob}")),
        };
        FileRule { globs: globs.into_iter().flat_map(forms).collect(), kind, command }
    }

    /// Of the files of these names, wherever they are.
    fn known(names: &[&str], kind: FileKind, command: Option<&str>) -> FileRule {
        let globs = names.iter().map(|name| format!("**/{name}")).collect();
        FileRule { globs, kind, command: command.map(str::to_string) }
    }

    /// What to do where it conflicts. `first`: whose part comes first where both only added.
    pub fn in_conflict(
        &self,
        path: &RepoPath,
        regions: &[ConflictRegion],
        target: &str,
        first: &str,
    ) -> Option<String> {
        let only_added = !regions.is_empty() && regions.iter().all(|region| region.base.is_deletion());
        match (self.kind, &self.command) {
            (FileKind::Lock, Some(command)) => {
                Some(format!("In {path}, take the version of {target} and run {command}."))
            }
            (FileKind::Lock, None) => {
                Some(format!("In {path}, take the version of {target} and have it written anew."))
            }
            (FileKind::Generated, Some(command)) => {
                Some(format!("{path} is generated: make it anew with {command}."))
            }
            (FileKind::Generated, None) => {
                Some(format!("{path} is generated: make it anew from what it is made of."))
            }
            (FileKind::Appended, _) if only_added => {
                Some(format!("Both only added to {path}: keep both parts, that of {first} first."))
            }
            (FileKind::Appended | FileKind::Ordinary, _) => None,
        }
    }

    /// What to do where both sides changed it and git merges it.
    pub fn in_merge(&self, path: &RepoPath) -> Option<String> {
        let anew = match &self.command {
            Some(command) => format!("run {command}"),
            None => "make it anew".to_string(),
        };
        match self.kind {
            FileKind::Lock | FileKind::Generated => Some(format!(
                "Once both are merged, {anew}: {path} merges, but need not fit what it is made of."
            )),
            FileKind::Appended | FileKind::Ordinary => None,
        }
    }
}

impl FileKinds {
    /// These before those that are known.
    pub fn new(own: Vec<FileRule>) -> FileKinds {
        let locks = LOCKS.map(|(name, command)| FileRule::known(&[name], FileKind::Lock, Some(command)));
        let others = [(&GENERATED[..], FileKind::Generated), (&APPENDED, FileKind::Appended)];
        let others = others.map(|(names, kind)| FileRule::known(names, kind, None));
        let rules = own.into_iter().chain(locks).chain(others).collect();
        FileKinds(Arc::new(KindTable { rules, globs: OnceLock::new() }))
    }

    /// What is known of a file.
    pub fn of(&self, path: &RepoPath) -> Option<&FileRule> {
        let KindTable { rules, globs } = &*self.0;
        let (globs, rule_of) = globs.get_or_init(|| {
            let numbered = rules.iter().enumerate().flat_map(|(number, rule)| {
                rule.globs.iter().filter_map(move |glob| Some((path_glob(glob)?, number)))
            });
            let (globs, rule_of): (Vec<_>, Vec<_>) = numbered.unzip();
            (set(globs), rule_of)
        });
        let path = String::from_utf8_lossy(path.as_bytes());
        let first = globs.matches(path.as_ref()).into_iter().map(|at| rule_of[at]).min()?;
        rules.get(first)
    }
}
