//! An object source over a repository, for tests: reads through git2, keeps what is written in memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use track_work::merge::{CommitFacts, Commits, Missing, Name, Objects, TreeEntry};
use track_work::model::{Entry, EntryKind, Oid};

/// Objects of one repository, and those written by merges.
pub struct GitObjects {
    repository: git2::Repository,
    trees: RefCell<HashMap<Oid, Arc<[TreeEntry]>>>,
    blobs: RefCell<HashMap<Oid, Arc<[u8]>>>,
    commits: RefCell<HashMap<Oid, CommitFacts>>,
}

/// An id as git2 has it.
pub fn to_git(id: Oid) -> git2::Oid {
    git2::Oid::from_bytes(id.as_bytes()).expect("20 bytes")
}

/// An id as the model has it.
pub fn from_git(id: git2::Oid) -> Oid {
    Oid::new(id.as_bytes().try_into().expect("20 bytes"))
}

fn missing(id: Oid) -> impl FnOnce(git2::Error) -> Missing {
    move |error| Missing::object(id, error.message())
}

impl GitObjects {
    /// Opens a repository.
    pub fn open(path: &Path) -> Result<GitObjects, git2::Error> {
        git2::opts::strict_hash_verification(false);
        Ok(GitObjects {
            repository: git2::Repository::open(path)?,
            trees: RefCell::default(),
            blobs: RefCell::default(),
            commits: RefCell::default(),
        })
    }

    fn read_tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing> {
        let tree = self.repository.find_tree(to_git(id)).map_err(missing(id))?;
        let entry = |entry: git2::TreeEntry<'_>| TreeEntry {
            name: entry.name_bytes().into(),
            entry: Entry {
                kind: EntryKind::from_mode(entry.filemode_raw() as u32),
                oid: from_git(entry.id()),
            },
        };
        Ok(tree.iter().map(entry).collect())
    }
}

impl Objects for GitObjects {
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing> {
        if id == Oid::EMPTY_TREE {
            return Ok(Arc::from([]));
        }
        if let Some(known) = self.trees.borrow().get(&id) {
            return Ok(known.clone());
        }
        let read = self.read_tree(id)?;
        self.trees.borrow_mut().insert(id, read.clone());
        Ok(read)
    }

    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        if let Some(known) = self.blobs.borrow().get(&id) {
            return Ok(known.clone());
        }
        let blob = self.repository.find_blob(to_git(id)).map_err(missing(id))?;
        Ok(blob.content().into())
    }

    fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        if let Some(known) = self.blobs.borrow().get(&id) {
            return Ok(known.len() as u64);
        }
        let odb = self.repository.odb().map_err(missing(id))?;
        Ok(odb.read_header(to_git(id)).map_err(missing(id))?.0 as u64)
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

    fn find_sound(&self, _id: Oid, _known: bool) -> Result<(), Missing> {
        Ok(())
    }

    fn absent_in(&self, _tree: Oid) -> Result<Vec<(Name, Missing)>, Missing> {
        Ok(Vec::new())
    }

    fn put_blob(&self, content: &[u8]) -> Oid {
        let id = git2::Oid::hash_object(git2::ObjectType::Blob, content).expect("hashing");
        self.blobs.borrow_mut().insert(from_git(id), content.into());
        from_git(id)
    }

    fn put_tree(&self, entries: &[TreeEntry]) -> Oid {
        let mut sorted = entries.to_vec();
        let key = |entry: &TreeEntry| match entry.entry.kind {
            EntryKind::Tree => [&entry.name, &b"/"[..]].concat(),
            _ => entry.name.to_vec(),
        };
        sorted.sort_by_key(key);
        let mut bytes = Vec::new();
        for TreeEntry { name, entry } in &sorted {
            bytes.extend(format!("{:o} ", entry.kind.mode()).bytes());
            bytes.extend(name);
            bytes.push(0);
            bytes.extend(entry.oid.as_bytes());
        }
        let id = from_git(git2::Oid::hash_object(git2::ObjectType::Tree, &bytes).expect("hashing"));
        self.trees.borrow_mut().insert(id, sorted.into());
        id
    }
}

impl Commits for GitObjects {
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        if let Some(known) = self.commits.borrow().get(&id) {
            return Ok(known.clone());
        }
        let commit = self.repository.find_commit(to_git(id)).map_err(missing(id))?;
        let facts = CommitFacts {
            tree: from_git(commit.tree_id()),
            parents: commit.parent_ids().map(from_git).collect(),
            time: commit.time().seconds(),
        };
        self.commits.borrow_mut().insert(id, facts.clone());
        Ok(facts)
    }
}
