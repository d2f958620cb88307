//! Walks a worktree and its index side by side and finds the files to read.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix_index::entry::{Flags, Mode, Stage};

use crate::git::admin::{self, Head};
use crate::git::error::{GitError, ObserveError};
use crate::git::program::Program;
use crate::git::ref_files::RefFiles;
use crate::git::settings::Settings;
use crate::git::stamps::stamp_of;
use crate::merge::Objects;
use crate::model::{Entry, EntryKind, Oid, Reason, RepoPath, shown_path};

use super::candidate::{FileToRead, IndexState};
use super::ignore::{IgnoreRules, Ignores, Source};
use super::index::{self, Child, ChildKind, Index};
use super::{UncommittedScan, Worktree, inside, stat};

/// One pass over the folders of a worktree, side by side with its index.
pub(super) struct WorktreeWalk<'a> {
    worktree: &'a Worktree<'a>,
    settings: &'a Settings,
    index: &'a Index,
    scan: &'a mut UncommittedScan,
    ignores: Ignores,
    /// The current path relative to the top; of a folder with its final slash.
    path: Vec<u8>,
    candidates: Vec<FileToRead>,
}

impl<'a> WorktreeWalk<'a> {
    pub(super) fn new(
        worktree: &'a Worktree<'a>,
        settings: &'a Settings,
        index: &'a Index,
        scan: &'a mut UncommittedScan,
    ) -> WorktreeWalk<'a> {
        let common = worktree.repository.common_dir();
        let everywhere = [Some(common.join("info/exclude")), settings.excludes_path()]
            .into_iter()
            .flatten()
            .map(|file| match IgnoreRules::read(&file, settings.ignore_case) {
                Ok(rules) => Rc::new(rules),
                Err(error) => {
                    scan.notes.push(format!("{}: {error}; its rules do not count", shown_path(&file)));
                    Rc::default()
                }
            })
            .collect();
        let ignores = Ignores::new(everywhere, settings.ignore_case);
        WorktreeWalk { worktree, settings, index, scan, ignores, path: Vec::new(), candidates: Vec::new() }
    }

    /// Walks, and returns the files that have to be read to know whether they changed.
    pub(super) fn run(mut self) -> Result<Vec<FileToRead>, ObserveError> {
        let top = self.worktree.top;
        let listing = list(top).map_err(|source| GitError::File {
            doing: "read the folder",
            path: top.to_path_buf(),
            source,
        })?;
        self.folder(top, listing, self.index.all());
        Ok(self.candidates)
    }

    /// One folder, with the entries of the index below it.
    fn folder(&mut self, folder: &Path, listing: Vec<DirEntry>, entries: Range<usize>) {
        let mut children: Vec<Child<'_>> = self.index.children(entries, self.path.len()).collect();
        children.sort_by(|a, b| a.name.cmp(b.name)); // trees sort `a.b` before `a/`
        let mut seen = vec![false; children.len()];
        self.ignores.enter(self.path.len(), self.ignore_source(&listing, &children, folder));
        let depth = self.path.len();
        for item in listing {
            let name = item.file_name();
            if name == ".git" {
                continue;
            }
            let Ok(kind) = item.file_type() else { continue };
            self.path.extend_from_slice(name.as_bytes());
            let first = children.partition_point(|child| child.name < name.as_bytes());
            let known = children[first..].iter().take_while(|child| child.name == name.as_bytes()).count();
            seen[first..first + known].fill(true);
            match &children[first..first + known] {
                [] => self.unknown(&item, kind),
                known => known.iter().for_each(|child| self.known(&item, kind, child)),
            }
            self.path.truncate(depth);
        }
        self.ignores.leave();
        for (child, _) in children.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            self.gone(child);
        }
    }

    /// Lists a folder below the top and walks it; one that vanished or cannot be read is reported.
    fn enter(&mut self, folder: &Path, entries: Range<usize>) {
        self.path.push(b'/');
        match list(folder) {
            Ok(listing) => self.folder(folder, listing, entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.all_gone(entries),
            Err(error) => {
                self.path.pop();
                self.undetermined(format!("the folder cannot be read: {error}"));
            }
        }
    }

    fn undetermined(&mut self, reason: String) {
        self.scan.undetermined.push((RepoPath::new(self.path.clone()), Reason::Said(reason)));
    }

    /// A name that the index knows, as a file or a folder.
    fn known(&mut self, item: &DirEntry, kind: FileType, child: &Child<'_>) {
        match &child.kind {
            ChildKind::Folder(entries) if kind.is_dir() => self.enter(&item.path(), entries.clone()),
            ChildKind::Folder(entries) => {
                self.all_gone(entries.clone());
                self.unknown(item, kind);
            }
            ChildKind::Sparse(at) if kind.is_dir() => self.sparse_folder(item, *at),
            ChildKind::Sparse(_) => self.unknown(item, kind),
            ChildKind::Entry(entries) => self.entry(item, kind, entries.clone()),
        }
    }

    /// A file, link or submodule of the index, of which something with its name is there.
    fn entry(&mut self, item: &DirEntry, kind: FileType, entries: Range<usize>) {
        let entry = self.index.entry(entries.start);
        if index::is_unmerged(entry) {
            return self.unmerged(item, kind, entries);
        }
        if is_frozen(entry, self.settings) {
            return;
        }
        if entry.mode == Mode::COMMIT {
            return self.submodule(item, kind, entry);
        }
        if kind.is_dir() {
            self.deleted();
            return self.unknown(item, kind);
        }
        let data = match item.metadata() {
            Ok(data) => data,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.deleted(),
            Err(error) => return self.undetermined(error.to_string()),
        };
        if index::is_announced(entry) {
            let known = IndexState::Announced(index::entry_of(entry).kind);
            return self.candidate(item.path(), &data, known);
        }
        if !stat::is_unchanged(entry, &data, self.index.written(), self.settings) {
            let known = IndexState::Indexed(index::entry_of(entry));
            self.candidate(item.path(), &data, known);
        }
    }

    fn unmerged(&mut self, item: &DirEntry, kind: FileType, entries: Range<usize>) {
        let ours = entries.map(|at| self.index.entry(at)).find(|entry| entry.stage() == Stage::Ours);
        let known = IndexState::Unmerged(ours.map(|entry| index::id_of(&entry.id)));
        if kind.is_dir() {
            self.deleted();
            return self.unknown(item, kind);
        }
        match item.metadata() {
            Ok(data) => self.candidate(item.path(), &data, known),
            Err(_) => self.deleted(),
        }
    }

    fn submodule(&mut self, item: &DirEntry, kind: FileType, entry: &gix_index::Entry) {
        let old = index::entry_of(entry);
        if !kind.is_dir() {
            self.deleted();
            return self.unknown(item, kind);
        }
        let top = item.path();
        if !top.join(".git").exists() {
            return; // not checked out
        }
        match head_of(&top) {
            Ok(Some(oid)) => {
                let path = RepoPath::new(self.path.clone());
                match inside::is_dirty(self.worktree, &path, oid) {
                    Ok(true) => self.scan.inside.push(path.clone()),
                    Ok(false) => {}
                    Err(reason) => self.scan.undetermined.push((path.clone(), reason)),
                }
                if oid != old.oid {
                    let new = Entry { kind: EntryKind::Submodule, oid };
                    self.scan.unstaged.push((path, Some(new)));
                }
            }
            Ok(None) => self.undetermined("the submodule has no commit".to_string()),
            Err(reason) => self.undetermined(format!("the submodule cannot be read: {reason}")),
        }
    }

    /// A folder outside of the sparse checkout that exists anyway: its files are compared to the tree that
    /// the index has for it.
    fn sparse_folder(&mut self, item: &DirEntry, at: usize) {
        let tree = index::id_of(&self.index.entry(at).id);
        self.sparse_tree(&item.path(), tree);
    }

    fn sparse_tree(&mut self, folder: &Path, tree: crate::model::Oid) {
        let (Ok(listing), Ok(tree)) = (list(folder), self.worktree.store.tree(tree)) else {
            return self.undetermined("the folder outside of the sparse checkout cannot be read".to_string());
        };
        self.path.push(b'/');
        let depth = self.path.len();
        self.ignores.enter(depth, self.ignore_source(&listing, &[], folder));
        for item in listing {
            let name = item.file_name();
            let Ok(kind) = item.file_type() else { continue };
            if name == ".git" {
                continue;
            }
            self.path.extend_from_slice(name.as_bytes());
            let old = tree.iter().find(|old| old.name[..] == *name.as_bytes()).map(|old| old.entry);
            match old {
                Some(old) if old.kind == EntryKind::Tree && kind.is_dir() => {
                    self.sparse_tree(&item.path(), old.oid);
                }
                Some(old) if old.kind != EntryKind::Tree && !kind.is_dir() => {
                    if let Ok(data) = item.metadata() {
                        let known = IndexState::Indexed(old);
                        self.candidate(item.path(), &data, known);
                    }
                }
                _ => self.unknown(&item, kind),
            }
            self.path.truncate(depth);
        }
        self.ignores.leave();
        self.path.pop();
    }

    /// A name that the index does not know.
    fn unknown(&mut self, item: &DirEntry, kind: FileType) {
        if !(kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            return debug_assert!(
                kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device()
            );
        }
        if self.ignores.is_ignored(&self.path, kind.is_dir()) {
            return;
        }
        let path = item.path();
        if kind.is_dir() {
            return self.unknown_folder(&path);
        }
        if let Ok(data) = item.metadata() {
            self.candidate(path, &data, IndexState::Nothing);
        }
    }

    fn unknown_folder(&mut self, folder: &Path) {
        if self.worktree.ignore.iter().any(|ignored| ignored == folder) {
            return;
        }
        if fs::symlink_metadata(folder.join(".git")).is_ok()
            && let Ok(git_dir) = admin::git_dir(folder)
            && admin::is_git_dir(&git_dir)
        {
            if !git_dir.join("commondir").is_file() {
                let path = RepoPath::new(self.path.clone());
                self.scan.notes.push(format!("{path} is a separate repository and is not included"));
            }
            return;
        }
        self.enter(folder, 0..0);
    }

    /// Something of the index that is not in the worktree.
    fn gone(&mut self, child: &Child<'_>) {
        match &child.kind {
            ChildKind::Entry(entries) | ChildKind::Folder(entries) => self.all_gone(entries.clone()),
            ChildKind::Sparse(_) => {}
        }
    }

    fn all_gone(&mut self, entries: Range<usize>) {
        let mut last: &[u8] = b"";
        for at in entries {
            let entry = self.index.entry(at);
            let left_out = Flags::ASSUME_VALID | Flags::SKIP_WORKTREE | Flags::INTENT_TO_ADD;
            let path = self.index.path(at);
            if entry.flags.intersects(left_out) || entry.mode == Mode::DIR || path == last {
                continue;
            }
            last = path;
            self.scan.unstaged.push((RepoPath::new(path), None));
        }
    }

    fn deleted(&mut self) {
        self.scan.unstaged.push((RepoPath::new(self.path.clone()), None));
    }

    fn candidate(&mut self, file: PathBuf, data: &Metadata, known: IndexState) {
        let kind = match data.file_type() {
            kind if kind.is_symlink() => EntryKind::Symlink,
            kind if !kind.is_file() => return self.not_a_file(&known),
            _ => known.kind_of_file(data.mode(), self.settings),
        };
        let path = RepoPath::new(self.path.clone());
        let (size, stamp) = (data.size(), stamp_of(data));
        self.candidates.push(FileToRead { path, file, kind, size, stamp, known });
    }

    /// A FIFO, a socket or a device where the index has a file: to git the file is gone.
    fn not_a_file(&mut self, known: &IndexState) {
        match known {
            IndexState::Nothing | IndexState::Announced(_) => {}
            IndexState::Indexed(_) | IndexState::Unmerged(_) => self.deleted(),
        }
    }

    /// Where the ignore rules of a folder are: in its `.gitignore`, or in the index while that is
    /// left out of a sparse checkout.
    fn ignore_source(&self, listing: &[DirEntry], children: &[Child<'_>], folder: &Path) -> Source {
        let name = OsStr::new(".gitignore");
        if let Some(item) = listing.iter().find(|item| item.file_name() == name) {
            let is_file = item.file_type().is_ok_and(|kind| kind.is_file());
            return if is_file { Source::File(folder.join(name)) } else { Source::None };
        }
        let Ok(found) = children.binary_search_by(|child| child.name.cmp(name.as_bytes())) else {
            return Source::None;
        };
        let ChildKind::Entry(entries) = &children[found].kind else { return Source::None };
        let entry = self.index.entry(entries.start);
        if !entry.flags.contains(Flags::SKIP_WORKTREE) {
            return Source::None;
        }
        match self.worktree.store.blob(index::id_of(&entry.id)) {
            Ok(text) => Source::Rules(IgnoreRules::parse(&text, self.settings.ignore_case)),
            Err(_) => Source::None,
        }
    }
}

/// Whether git ignores changes of this path: `assume-unchanged`, or outside of the sparse checkout. A file
/// that exists there anyway is compared.
pub(super) fn is_frozen(entry: &gix_index::Entry, settings: &Settings) -> bool {
    entry.flags.contains(Flags::ASSUME_VALID)
        || (entry.flags.contains(Flags::SKIP_WORKTREE) && !settings.sparse)
}

/// What is in a folder.
fn list(folder: &Path) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(folder)?.collect()
}

/// The commit that a checked-out submodule is at.
pub(super) fn head_of(top: &Path) -> Result<Option<Oid>, String> {
    let git_dir = admin::git_dir(top).map_err(|error| error.to_string())?;
    let common_dir = match admin::path_in(&git_dir.join("commondir"), &git_dir) {
        Ok(common_dir) => common_dir,
        Err(_) => git_dir.clone(),
    };
    if common_dir.join("reftable").is_dir() {
        return head_by_program(top);
    }
    match admin::head(&git_dir)? {
        Head::Detached(id) => Ok(Some(id)),
        Head::Reference(name) => RefFiles::new(&common_dir).resolve(&name),
    }
}

/// The same of a repository whose refs are not in files.
fn head_by_program(top: &Path) -> Result<Option<Oid>, String> {
    let program = Program::new(top, format!("read the commit of {}", shown_path(top)));
    let said = program.args(["rev-parse", "--verify", "-q", "HEAD^{commit}"]).ask();
    let said = said.map_err(|error| error.to_string())?;
    let parsed = said.map(|said| String::from_utf8_lossy(&said).trim().parse());
    parsed.transpose().map_err(|_| "git gave an unexpected answer".to_string())
}
