//! Uncommitted work at some paths of a worktree, without looking at the rest of it.
//!
//! A file whose bytes are those of the head's blob, in a folder whose cached tree in the index is the
//! head's, was not touched. Otherwise the index is read. Anything other than an edited file (something
//! new, gone, moved, of another type, or unreadable) is not decided here: it may be half of a rename, and
//! then the whole worktree matters.

mod account;
pub(in crate::git) mod quiet;
mod same;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use gix_index::entry::Flags;

use crate::git::settings::Settings;
use crate::git::stamps::{Stamp, stamp_of};
use crate::merge::{Objects, TreeDiff, entry_at};
use crate::model::{Entry, EntryKind, Oid, PathQuery, RepoPath};

use super::candidate::{FileToRead, IndexState};
use super::index::{self, Index};
use account::Account;
use quiet::{PathSight, Quiet, QuietQuestion, Sights};
use same::Content;

use super::attributes::as_path;
use super::{UncommittedScan, Worktree, content, part, stat};

/// After this many names in folders, the whole worktree is scanned instead.
const NAMES: usize = 5000;

/// Only a full scan can tell.
struct Unsure;

/// What a path looks like from outside.
enum PathLook {
    /// It is what the head has.
    Same,
    /// The index has to be asked.
    Ask,
}

/// Contents of blobs, for the many worktrees that hold the same ones, and buffers.
#[derive(Default)]
pub(in crate::git) struct Contents {
    blobs: RefCell<HashMap<Oid, Content>>,
    /// Buffers for files and entries, and for the ends of indexes.
    bytes: RefCell<Vec<u8>>,
    end: RefCell<Vec<u8>>,
    /// Where the cached trees began in an index that held its head's tree, from the file's end.
    before_end: Cell<Option<usize>>,
}

/// The head's tree, as far as it is known without reading it: the tree of its base, and what differs.
#[derive(Clone, Copy)]
pub struct HeadFiles<'a> {
    /// The tree of the base.
    pub base: Oid,
    /// What differs from that in the head's.
    pub diff: &'a TreeDiff,
}

impl Worktree<'_> {
    /// The uncommitted work at these paths; `None` where the whole worktree has to be scanned. `index`: the stamp of the
    /// index, which does not change meanwhile.
    pub(in crate::git) fn scan_near(
        &self,
        (head_tree, head_files): (Oid, Option<HeadFiles<'_>>),
        near: &PathQuery,
        index: Stamp,
        contents: &Contents,
    ) -> Option<UncommittedScan> {
        let settings = self.repository.settings_of(self.git_dir);
        if settings.ignore_case || !settings.symlinks {
            return None;
        }
        let quiet = self.repository.known().map(|known| Quiet {
            kept: &known.quiet,
            question: QuietQuestion::new(self.top, head_tree, near, &settings, self.ignore),
            index,
        });
        let quiet = quiet.filter(|_| self.store.is_whole(head_tree));
        if quiet.as_ref().is_some_and(Quiet::is_as_before) {
            return Some(UncommittedScan::default());
        }
        let looking = NearScan {
            worktree: self,
            settings: &settings,
            head_tree,
            head_files,
            sights: Sights::new(),
            contents,
            #[cfg(target_os = "linux")]
            top: OnceCell::new(),
            folders: RefCell::default(),
            cached: OnceCell::new(),
        };
        let scan = looking.scan(near).ok();
        let NearScan { cached, sights, .. } = looking;
        if let Some(Account::Folders(cached)) = cached.into_inner() {
            contents.end.replace(cached.into_bytes());
        }
        if let (Some(quiet), true) = (quiet, scan.as_ref().is_some_and(UncommittedScan::is_empty)) {
            quiet.keep(sights);
        }
        scan
    }
}

struct NearScan<'a> {
    worktree: &'a Worktree<'a>,
    settings: &'a Settings,
    head_tree: Oid,
    head_files: Option<HeadFiles<'a>>,
    sights: Sights,
    contents: &'a Contents,
    /// The worktree's top folder.
    #[cfg(target_os = "linux")]
    top: OnceCell<Option<File>>,
    /// Whether these are real folders.
    folders: RefCell<HashMap<PathBuf, bool>>,
    cached: OnceCell<Account>,
}

impl NearScan<'_> {
    fn scan(&self, near: &PathQuery) -> Result<UncommittedScan, Unsure> {
        let mut asked: Vec<&RepoPath> = Vec::new();
        // a path that this head lacks would be added to its folder
        let mut added_to: BTreeSet<RepoPath> = near.added_to.clone();
        for path in near.paths.iter().filter(|path| !self.is_left_out(path)) {
            let head = self.head(path)?;
            let folder = path.parent().unwrap_or_default();
            match (self.look(path, head)?, self.is_as_head(&folder)) {
                (PathLook::Same, true) => {}
                (PathLook::Same, false) | (PathLook::Ask, _) => asked.push(path),
            }
            if head.is_none() {
                added_to.insert(folder);
            }
        }
        for folder in &near.emptied {
            self.nothing_added(folder)?;
        }
        let mut emptied: Vec<RepoPath> = Vec::new();
        let folders: HashSet<RepoPath> =
            added_to.iter().map(|folder| self.known_folder(folder)).collect::<Result<_, Unsure>>()?;
        for folder in folders {
            if !self.is_as_head(&folder) || !self.holds_something(&folder)? {
                emptied.push(folder);
            }
        }
        if asked.is_empty() && emptied.is_empty() {
            return Ok(UncommittedScan::default());
        }
        if !asked.is_empty() {
            // what is there is compared as git compares it
            self.sights.note_more();
        }
        self.ask_index(&asked, &emptied)
    }

    fn is_left_out(&self, path: &RepoPath) -> bool {
        let file = self.file(path);
        self.worktree.ignore.iter().any(|folder| file.starts_with(folder))
    }

    fn file(&self, path: &RepoPath) -> PathBuf {
        self.worktree.top.join(as_path(path))
    }

    fn head(&self, path: &RepoPath) -> Result<Option<Entry>, Unsure> {
        let tree = match self.head_files {
            None => self.head_tree,
            Some(HeadFiles { base, diff }) => match diff.at(path) {
                Some(change) => return Ok(change.new),
                // many have the same base
                None if diff.below(path).next().is_none() => base,
                None => self.head_tree,
            },
        };
        entry_at(self.worktree.store, tree, path).map_err(|_| Unsure)
    }

    /// What is at a path: nothing, or something that is no folder.
    fn at(&self, path: &RepoPath) -> Result<Option<Metadata>, Unsure> {
        let file = self.file(path);
        let above = file.parent().ok_or(Unsure)?;
        if !self.is_real_folder(above)? {
            return Ok(None);
        }
        match fs::symlink_metadata(&file) {
            Ok(data) => {
                let sight = if data.is_dir() { PathSight::Folder } else { PathSight::As(stamp_of(&data)) };
                self.sights.note(path.clone(), sight);
                Ok(Some(data))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.sights.note(path.clone(), PathSight::Absent);
                Ok(None)
            }
            Err(_) => Err(Unsure),
        }
    }

    /// Whether a folder is there; unsure where a link or a file is in its way.
    fn is_real_folder(&self, folder: &std::path::Path) -> Result<bool, Unsure> {
        if folder == self.worktree.top {
            return Ok(true);
        }
        if let Some(known) = self.folders.borrow().get(folder) {
            return Ok(*known);
        }
        let above = folder.parent().ok_or(Unsure)?;
        let is_there = self.is_real_folder(above)?
            && match fs::symlink_metadata(folder) {
                Ok(data) if data.is_dir() => true,
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Ok(_) | Err(_) => return Err(Unsure),
            };
        let path = folder.strip_prefix(self.worktree.top).map_err(|_| Unsure)?;
        let sight = if is_there { PathSight::Folder } else { PathSight::Absent };
        self.sights.note(RepoPath::new(path.as_os_str().as_bytes()), sight);
        self.folders.borrow_mut().insert(folder.to_path_buf(), is_there);
        Ok(is_there)
    }

    fn look(&self, path: &RepoPath, head: Option<Entry>) -> Result<PathLook, Unsure> {
        if let Some(head) = head
            && self.is_surely_same(path, head) == Some(true)
        {
            return Ok(PathLook::Same);
        }
        let (head, data) = match (head, self.at(path)?) {
            (None, None) => return Ok(PathLook::Same),
            (Some(Entry { kind: EntryKind::Tree, .. }), _) | (None, Some(_)) => return Err(Unsure),
            (Some(_), None) => return Ok(PathLook::Ask),
            (Some(head), Some(data)) => (head, data),
        };
        let same = match head.kind {
            EntryKind::Submodule if data.is_dir() => {
                self.sights.note_more();
                match fs::symlink_metadata(self.file(path).join(".git")) {
                    Err(error) if error.kind() == ErrorKind::NotFound => true, // it is not checked out
                    Ok(_) | Err(_) => return Err(Unsure),
                }
            }
            EntryKind::Symlink if data.is_symlink() => {
                let target = fs::read_link(self.file(path)).map_err(|_| Unsure)?;
                *target.as_os_str().as_bytes() == *self.blob(head.oid)?.bytes
            }
            EntryKind::File | EntryKind::Executable if data.is_file() => {
                self.is_same_file(path, head, &data)?
            }
            _ => return Err(Unsure),
        };
        Ok(if same { PathLook::Same } else { PathLook::Ask })
    }

    /// Whether the folder holds only names that the head's has.
    fn nothing_added(&self, folder: &RepoPath) -> Result<(), Unsure> {
        let mut names = 0;
        let mut folders = vec![folder.clone()];
        while let Some(folder) = folders.pop() {
            let path = self.file(&folder);
            if !self.is_real_folder(&path)? {
                continue;
            }
            let data = fs::symlink_metadata(&path).map_err(|_| Unsure)?;
            self.sights.note(folder.clone(), PathSight::As(stamp_of(&data)));
            let head = match self.head(&folder)? {
                Some(Entry { kind: EntryKind::Tree, oid }) => oid,
                Some(_) | None => Oid::EMPTY_TREE,
            };
            let head = self.worktree.store.tree(head).map_err(|_| Unsure)?;
            for item in fs::read_dir(&path).map_err(|_| Unsure)? {
                let item = item.map_err(|_| Unsure)?;
                let name = item.file_name();
                let known = head.iter().find(|entry| entry.name[..] == *name.as_bytes()).ok_or(Unsure)?;
                let is_folder = item.file_type().map_err(|_| Unsure)?.is_dir();
                names += 1;
                match (known.entry.kind == EntryKind::Tree, is_folder) {
                    _ if names > NAMES => return Err(Unsure),
                    (true, true) => folders.push(folder.join(name.as_bytes())),
                    (false, false) => {}
                    (true, false) | (false, true) => return Err(Unsure),
                }
            }
        }
        Ok(())
    }

    /// The folder itself, or the nearest one above it that the head has.
    fn known_folder(&self, folder: &RepoPath) -> Result<RepoPath, Unsure> {
        let mut at = folder.clone();
        loop {
            match self.head(&at)? {
                Some(Entry { kind: EntryKind::Tree, .. }) => return Ok(at),
                Some(_) | None => at = at.parent().unwrap_or_default(),
            }
        }
    }

    /// Whether a folder of the head still holds a file of it.
    fn holds_something(&self, folder: &RepoPath) -> Result<bool, Unsure> {
        let mut names = 0;
        let mut folders = vec![folder.clone()];
        while let Some(folder) = folders.pop() {
            if !self.is_real_folder(&self.file(&folder))? {
                continue;
            }
            let Some(Entry { kind: EntryKind::Tree, oid }) = self.head(&folder)? else { continue };
            for entry in self.worktree.store.tree(oid).map_err(|_| Unsure)?.iter() {
                let path = folder.join(&entry.name);
                names += 1;
                if names > NAMES {
                    return Err(Unsure);
                }
                match entry.entry.kind {
                    EntryKind::Tree => folders.push(path),
                    _ if self.at(&path)?.is_some_and(|data| !data.is_dir()) => return Ok(true),
                    _ => {}
                }
            }
        }
        Ok(false)
    }

    /// The same paths and folders as the index has them.
    fn ask_index(&self, asked: &[&RepoPath], folders: &[RepoPath]) -> Result<UncommittedScan, Unsure> {
        let file = self.worktree.git_dir.join("index");
        let paths: Vec<&[u8]> = asked.iter().map(|path| path.as_bytes()).collect(); // sorted, as they came
        let part = part::entries(&file, &paths, folders, &mut self.contents.bytes.borrow_mut());
        let in_full = || Index::read(&file).map_err(|_| Unsure);
        let mut index = part.map_or_else(in_full, Ok)?;
        if folders.iter().any(|folder| self.index_holds_something(&index, folder).is_err()) {
            index = in_full()?; // the first entries do not tell
            folders.iter().try_for_each(|folder| self.index_holds_something(&index, folder))?;
        }
        let mut scan = UncommittedScan::default();
        let mut candidates = Vec::new();
        for path in asked {
            self.ask_entry(&index, path, &mut scan, &mut candidates)?;
        }
        content::settle(self.worktree, self.settings, &index, candidates, &mut scan);
        if scan.undetermined.is_empty() && scan.unstaged.iter().all(|(_, entry)| entry.is_some()) {
            Ok(scan)
        } else {
            Err(Unsure)
        }
    }

    fn ask_entry(
        &self,
        index: &Index,
        path: &RepoPath,
        scan: &mut UncommittedScan,
        candidates: &mut Vec<FileToRead>,
    ) -> Result<(), Unsure> {
        let head = self.head(path)?;
        let data = self.at(path)?;
        let Some(entry) = index.find(path.as_bytes()) else {
            return if head.is_none() && data.is_none() { Ok(()) } else { Err(Unsure) };
        };
        let known = index::entry_of(entry);
        let left_out = is_left_out(entry);
        let Some(data) = data else {
            // left out of the checkout, as the head has it
            return if left_out && head == Some(known) { Ok(()) } else { Err(Unsure) };
        };
        let is_plain = |entry: Entry| entry.kind.is_file() || entry.kind == EntryKind::Symlink;
        let same_type = head.is_some_and(|head| {
            is_plain(head) && is_plain(known) && head.kind.is_file() == known.kind.is_file()
        });
        let as_there = if known.kind.is_file() { data.is_file() } else { data.is_symlink() };
        if left_out || index::is_announced(entry) || index::is_unmerged(entry) || !same_type || !as_there {
            return Err(Unsure);
        }
        if head != Some(known) {
            scan.staged.push((path.clone(), Some(known)));
        }
        if !stat::is_unchanged(entry, &data, index.written(), self.settings) {
            let known = IndexState::Indexed(known);
            let kind = if data.is_symlink() {
                EntryKind::Symlink
            } else {
                known.kind_of_file(data.mode(), self.settings)
            };
            let file = self.file(path);
            let (path, size, stamp) = (path.clone(), data.size(), stamp_of(&data));
            candidates.push(FileToRead { path, file, kind, size, stamp, known });
        }
        Ok(())
    }

    /// Makes sure that the index has a file of the head in a folder that is there, or that is left out of the
    /// checkout.
    fn index_holds_something(&self, index: &Index, folder: &RepoPath) -> Result<(), Unsure> {
        for at in index.below(folder.as_bytes()).take(NAMES) {
            let entry = index.entry(at);
            let path = RepoPath::new(index.path(at));
            let counts = !index::is_announced(entry) && !index::is_unmerged(entry);
            let is_there = || match self.at(&path)? {
                Some(data) => Ok(!data.is_dir()),
                None => Ok(is_left_out(entry)),
            };
            if counts && self.head(&path)?.is_some() && is_there()? {
                return Ok(());
            }
        }
        Err(Unsure)
    }
}

/// Whether git takes a file that is not there for unchanged: it is outside of a sparse checkout, or assumed
/// to be.
fn is_left_out(entry: &gix_index::Entry) -> bool {
    entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID)
}
