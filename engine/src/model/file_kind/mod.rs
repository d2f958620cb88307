//! Kinds of files that no person merges line by line: lock files, generated ones, those that only grow, notebooks.

mod names;
mod text;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use globset::GlobMatcher;
use serde::{Deserialize, Serialize};

use names::{APPENDED, AskedBy, GENERATED, LOCKS, NOTEBOOKS};

use super::named::named;
use super::path_globs::{path_glob, with_folder};
use super::{ConflictKind, ConflictRegion, RepoPath};

pub use text::kind_of_text;

named! {
    /// What kind of file it is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub enum FileKind {
        /// A package manager writes it.
        Lock = "lock",
        /// A program makes it from other files.
        Generated = "generated",
        /// Everybody adds to it.
        Appended = "append-only",
        /// Cells of text, code and what it printed.
        Notebook = "notebook",
        /// None of these, whatever its name.
        Ordinary = "ordinary",
    }
}

/// Files that are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileRule {
    globs: Vec<String>,
    /// Their kind.
    pub kind: FileKind,
    /// What makes them anew.
    pub command: Option<String>,
    manifests: Manifests,
    /// What changes one version in a lock file.
    again: Option<String>,
}

/// What asks for that which is in a lock file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Manifests {
    /// Files of these names, beside it or below; `*` stands for the beginning of a name.
    Named(Vec<String>),
    /// Any other file.
    All,
    /// The file has nothing of its own, so nothing can be lost.
    Whole,
}

/// The kinds that a file can be said to be of.
const SAID: [FileKind; 3] = [FileKind::Generated, FileKind::Appended, FileKind::Ordinary];

/// Which files are of which kind; the first rule that means a file counts.
#[derive(Clone, Debug, Default)]
pub struct FileKinds(Arc<KindTable>);

/// What attributes or the text say of a file's kind.
pub type KindSaid = Arc<dyn Fn(&RepoPath) -> Option<FileKind> + Send + Sync>;

#[derive(Default)]
struct KindTable {
    /// Those by name, then one without a name for each kind that a file can be said to be of.
    rules: Vec<FileRule>,
    /// How many of them, from the first, are of this repository.
    own: usize,
    said: Option<KindSaid>,
    /// What was asked before: the number of the rule.
    known: Mutex<HashMap<RepoPath, Option<usize>>>,
    /// All globs, with the number of each one's rule; made at the first question.
    globs: OnceLock<Vec<NameGlob>>,
}

impl std::fmt::Debug for KindTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.rules).finish()
    }
}

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
        let globs = globs.into_iter().flat_map(forms).collect();
        FileRule { globs, kind, command, manifests: Manifests::All, again: None }
    }

    /// Of the files of these names, wherever they are.
    fn known(names: &[&str], kind: FileKind, command: Option<&str>) -> FileRule {
        let globs = names.iter().map(|name| format!("**/{name}")).collect();
        FileRule { globs, kind, command: command.map(str::to_string), manifests: Manifests::All, again: None }
    }

    /// Whether what a side did to a lock file is lost where the version of the other side is taken and written anew: it
    /// changed none of the files that ask for what is in the lock file. `changed`: the paths that this side changed.
    pub fn loses<'p>(&self, lock: &RepoPath, changed: impl IntoIterator<Item = &'p RepoPath>) -> bool {
        let mut changed = changed.into_iter().filter(|path| *path != lock);
        self.kind == FileKind::Lock
            && match &self.manifests {
                Manifests::Whole => false,
                Manifests::All => changed.next().is_none(),
                Manifests::Named(names) => {
                    let folder = lock.as_bytes().strip_suffix(lock.file_name()).unwrap_or_default();
                    let is_named =
                        |path: &RepoPath| names.iter().any(|name| is_called(path.file_name(), name));
                    !changed.any(|path| path.as_bytes().starts_with(folder) && is_named(path))
                }
            }
    }

    /// What to do where it conflicts. `first`: whose part comes first where both only added. `lost`: whose changes of a
    /// lock file are lost with its version ([`FileRule::loses`]).
    pub fn in_conflict(
        &self,
        path: &RepoPath,
        regions: &[ConflictRegion],
        (target, first): (&str, &str),
        lost: Option<&str>,
    ) -> Option<String> {
        let only_added = only_added(regions);
        match (self.kind, &self.command) {
            (FileKind::Lock, command) => {
                let anew = match command {
                    Some(command) => format!("run {command}"),
                    None => "have it written anew".to_string(),
                };
                let take = format!("In {path}, take the version of {target} and {anew}");
                Some(match (lost, &self.again) {
                    (None, _) => format!("{take}."),
                    (Some(who), Some(again)) => format!(
                        "{take}, then update again what {who} updated there ({again}): nothing else in the work of {who} asks for it, so it is lost otherwise."
                    ),
                    (Some(who), None) => format!(
                        "{take}, then change again what {who} changed there: nothing else in the work of {who} asks for it, so it is lost otherwise."
                    ),
                })
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
            (FileKind::Notebook, Some(command)) => {
                Some(format!("{path} is a notebook: merge it with {command}."))
            }
            (FileKind::Notebook, None) => Some(format!(
                "{path} is a notebook: git mergetool --tool nbdime merges it cell by cell, if nbdime is installed and nbdime config-git --enable was run."
            )),
            (FileKind::Appended | FileKind::Ordinary, _) => None,
        }
    }

    /// Whether a rule resolves a conflict, and nobody has to judge it. `is_lost`: [`FileRule::loses`].
    fn resolves(&self, kind: ConflictKind, regions: &[ConflictRegion], is_lost: bool) -> bool {
        let is_of_versions =
            matches!(kind, ConflictKind::Content | ConflictKind::AddAdd | ConflictKind::Binary);
        match self.kind {
            FileKind::Lock => is_of_versions && !is_lost,
            FileKind::Generated => is_of_versions,
            FileKind::Appended => kind == ConflictKind::Content && only_added(regions),
            FileKind::Notebook | FileKind::Ordinary => false,
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
            FileKind::Appended | FileKind::Notebook | FileKind::Ordinary => None,
        }
    }
}

/// Whether a file's name is this one; `*` stands for its beginning.
fn is_called(name: &[u8], glob: &str) -> bool {
    match glob.strip_prefix('*') {
        Some(end) => name.ends_with(end.as_bytes()),
        None => name == glob.as_bytes(),
    }
}

/// Whether both sides only added where they conflict.
fn only_added(regions: &[ConflictRegion]) -> bool {
    !regions.is_empty() && regions.iter().all(|region| region.base.is_deletion())
}

impl FileKinds {
    /// These before those that are known.
    pub fn new(own: Vec<FileRule>) -> FileKinds {
        let locks = LOCKS.map(|lock| FileRule {
            manifests: match lock.asked {
                AskedBy::Names(names) => {
                    Manifests::Named(names.iter().map(|name| (*name).to_string()).collect())
                }
                AskedBy::Anything => Manifests::All,
                AskedBy::Sums => Manifests::Whole,
            },
            again: lock.again.map(str::to_string),
            ..FileRule::known(&[lock.name], FileKind::Lock, Some(lock.command))
        });
        let others = [
            (&GENERATED[..], FileKind::Generated),
            (&APPENDED, FileKind::Appended),
            (&NOTEBOOKS, FileKind::Notebook),
        ];
        let others = others.map(|(names, kind)| FileRule::known(names, kind, None));
        let of_repository = own.len();
        let said = SAID.map(|kind| FileRule::known(&[], kind, None));
        let rules = own.into_iter().chain(locks).chain(others).chain(said).collect();
        FileKinds(Arc::new(KindTable { rules, own: of_repository, ..KindTable::default() }))
    }

    /// The same, where files are also of the kind that attributes or their text say.
    pub fn or_said(self, said: KindSaid) -> FileKinds {
        let KindTable { rules, own, .. } = &*self.0;
        FileKinds(Arc::new(KindTable {
            rules: rules.clone(),
            own: *own,
            said: Some(said),
            ..KindTable::default()
        }))
    }

    /// The rules of this repository.
    pub fn own(&self) -> &[FileRule] {
        &self.0.rules[..self.0.own]
    }

    /// Whether nobody has to judge a conflict: the file is made anew, and nothing is lost by that, or both only added to one
    /// that only grows. `is_lost`: what [`FileKinds::loses`] says of the side that is merged.
    pub fn is_mechanical(
        &self,
        path: &RepoPath,
        kind: ConflictKind,
        regions: &[ConflictRegion],
        is_lost: bool,
    ) -> bool {
        self.of(path).is_some_and(|rule| rule.resolves(kind, regions, is_lost))
    }

    /// Whether what a side did to a file is lost where that is made anew from the other side's version
    /// ([`FileRule::loses`]). `changed`: the paths that this side changed.
    pub fn loses<'p>(&self, path: &RepoPath, changed: impl IntoIterator<Item = &'p RepoPath>) -> bool {
        self.of(path).is_some_and(|rule| rule.loses(path, changed))
    }

    /// What is known of a file: what the repository's own rules say, a lock file's name, what attributes or its text say, and
    /// any other name.
    pub fn of(&self, path: &RepoPath) -> Option<&FileRule> {
        let KindTable { rules, known, .. } = &*self.0;
        let before = known.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        let number = before.unwrap_or_else(|| {
            let number = self.0.find(path);
            known.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), number);
            number
        });
        rules.get(number?)
    }
}

impl KindTable {
    /// The number of the rule of a file.
    fn find(&self, path: &RepoPath) -> Option<usize> {
        let named = self.by_name(path);
        if named.is_some_and(|rule| rule < self.own || self.rules[rule].kind == FileKind::Lock) {
            return named;
        }
        let is_made = |rule: usize| self.rules[rule].kind == FileKind::Generated;
        // that no program makes it, of a file that is not taken for one, says nothing
        let said = self.said.as_ref().and_then(|said| said(path));
        let said = said.filter(|said| *said != FileKind::Ordinary || named.is_some_and(is_made));
        let of_kind = |kind| self.rules.iter().rposition(|rule| rule.kind == kind && rule.globs.is_empty());
        said.and_then(of_kind).or(named)
    }

    fn by_name(&self, path: &RepoPath) -> Option<usize> {
        let globs = self.globs.get_or_init(|| {
            let numbered = self.rules.iter().enumerate();
            let globs = numbered.flat_map(|(number, rule)| rule.globs.iter().map(move |glob| (glob, number)));
            globs.map(|(glob, rule)| NameGlob::new(glob, rule)).collect()
        });
        let path = String::from_utf8_lossy(path.as_bytes());
        globs.iter().filter(|glob| glob.is_match(&path)).map(|glob| glob.rule).min()
    }
}

/// A glob of a rule. Most paths do not have the words that it consists of, and then it need not be compiled.
struct NameGlob {
    text: String,
    words: Vec<String>,
    /// The number of the rule.
    rule: usize,
    /// Nothing where it is no glob.
    matcher: OnceLock<Option<GlobMatcher>>,
}

impl NameGlob {
    fn new(text: &str, rule: usize) -> NameGlob {
        // what is between these stands for itself
        let is_plain = !text.contains(['[', ']', '{', '}', '\\', '!']);
        let words = text.split(['*', '?', '/']).filter(|word| is_plain && !word.is_empty());
        let words = words.map(str::to_string).collect();
        NameGlob { text: text.to_string(), words, rule, matcher: OnceLock::new() }
    }

    fn is_match(&self, path: &str) -> bool {
        self.words.iter().all(|word| path.contains(word.as_str())) && {
            let compiled = || path_glob(&self.text).map(|glob| glob.compile_matcher());
            self.matcher.get_or_init(compiled).as_ref().is_some_and(|glob| glob.is_match(path))
        }
    }
}
