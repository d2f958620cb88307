//! The fuzz targets, and what they share: objects in memory, folders for files, and inputs of several parts.
//! `cargo test` runs them too, on some random inputs.

pub mod agent_event;
pub mod cache;
pub mod content_merge;
pub mod objects;
pub mod settings;
pub mod symbols;
pub mod tracking_files;
pub mod tree_merge;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arbitrary::{Arbitrary, Unstructured};
use tempfile::TempDir;
use track_work::merge::{Missing, Name, Objects, TreeEntry};
use track_work::model::{Entry, EntryKind, Oid};

/// Trees and blobs; equal ones have the same id. Ids are numbers, in the order of their first use.
#[derive(Default)]
struct Memory {
    blobs: RefCell<Kept<Vec<u8>>>,
    trees: RefCell<Kept<Vec<PlainEntry>>>,
}

/// Name, mode and id.
type PlainEntry = (Vec<u8>, u32, Oid);

struct Kept<T> {
    ids: HashMap<T, Oid>,
    all: Vec<T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept { ids: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Kept<T> {
    fn put(&mut self, one: T, sign: u8) -> Oid {
        if let Some(id) = self.ids.get(&one) {
            return *id;
        }
        let mut bytes = [sign; 20];
        bytes[12..].copy_from_slice(&(self.all.len() as u64).to_be_bytes());
        let id = Oid::new(bytes);
        self.ids.insert(one.clone(), id);
        self.all.push(one);
        id
    }

    fn at(&self, id: Oid, sign: u8) -> Result<&T, Missing> {
        let bytes = id.as_bytes();
        let missing = || Missing::object(id, "it was never put here");
        let number: [u8; 8] = bytes[12..].try_into().map_err(|_| missing())?;
        let is_own = bytes[..12].iter().all(|byte| *byte == sign);
        let at = u64::from_be_bytes(number) as usize;
        self.all.get(at).filter(|_| is_own).ok_or_else(missing)
    }
}

const BLOB: u8 = 0xb1;
const TREE: u8 = 0x7e;

impl Objects for Memory {
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing> {
        if id == Oid::EMPTY_TREE {
            return Ok(Arc::new([]));
        }
        let trees = self.trees.borrow();
        let entry = |(name, mode, oid): &PlainEntry| TreeEntry {
            name: name.as_slice().into(),
            entry: Entry { kind: EntryKind::from_mode(*mode), oid: *oid },
        };
        Ok(trees.at(id, TREE)?.iter().map(entry).collect())
    }

    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        Ok(self.blobs.borrow().at(id, BLOB)?.as_slice().into())
    }

    fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        Ok(self.blobs.borrow().at(id, BLOB)?.len() as u64)
    }

    fn is_in_memory(&self, _id: Oid) -> bool {
        true
    }

    fn is_whole(&self, _id: Oid) -> bool {
        true
    }

    fn are_as_known(&self) -> bool {
        true
    }

    fn find_sound(&self, id: Oid, _known: bool) -> Result<(), Missing> {
        self.blob(id).map(drop)
    }

    fn absent_in(&self, _tree: Oid) -> Result<Vec<(Name, Missing)>, Missing> {
        Ok(Vec::new())
    }

    fn put_blob(&self, content: &[u8]) -> Oid {
        self.blobs.borrow_mut().put(content.to_vec(), BLOB)
    }

    fn put_tree(&self, entries: &[TreeEntry]) -> Oid {
        if entries.is_empty() {
            return Oid::EMPTY_TREE;
        }
        let plain = |one: &TreeEntry| (one.name.to_vec(), one.entry.kind.mode(), one.entry.oid);
        let mut entries: Vec<PlainEntry> = entries.iter().map(plain).collect();
        // git sorts as if the names of folders ended with a slash
        let folder = EntryKind::Tree.mode();
        entries.sort_by_key(|(name, mode, _)| {
            let mut name = name.clone();
            name.extend((*mode == folder).then_some(b'/'));
            name
        });
        self.trees.borrow_mut().put(entries, TREE)
    }
}

/// Files by their path. A path that lies below another file is not possible.
type Files = BTreeMap<Vec<u8>, Entry>;

/// Puts files as trees.
fn put_files(objects: &Memory, files: &Files) -> Oid {
    let mut folders: BTreeMap<Vec<u8>, Files> = BTreeMap::new();
    let mut entries = Vec::new();
    for (path, entry) in files {
        match path.iter().position(|byte| *byte == b'/') {
            None => entries.push(TreeEntry { name: path.as_slice().into(), entry: *entry }),
            Some(slash) => {
                let below = folders.entry(path[..slash].to_vec()).or_default();
                below.insert(path[slash + 1..].to_vec(), *entry);
            }
        }
    }
    for (name, below) in folders {
        let oid = put_files(objects, &below);
        entries.push(TreeEntry { name: name.into(), entry: Entry { kind: EntryKind::Tree, oid } });
    }
    objects.put_tree(&entries)
}

/// The folder of this process, in memory where the system has such a place. Fuzzers end by `_exit`, so
/// those of processes that are gone are removed here.
pub fn process_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let prefix = "track-work-fuzz-";
        for entry in std::fs::read_dir(&parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let process = name.strip_prefix(prefix).and_then(|rest| rest.split('-').next());
            if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let prefix = format!("{prefix}{}-", std::process::id());
        let made = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent);
        made.map(TempDir::keep).expect("a folder can be made")
    })
}

/// A target's folder in it.
fn folder(target: &str) -> PathBuf {
    let folder = process_folder().join(target);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// What these bytes make, if they are enough.
fn made<T: for<'a> Arbitrary<'a>>(input: &[u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(input)).ok()
}

/// An input of two parts, with a NUL between them; the second one is empty where there is none. So every
/// file without NUL is an input.
fn parts(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[]),
    }
}
