//! How objects and paths are named where tables are written down: a path by its number in a list of all paths, so that it is
//! written and read once. In formats for people they are text.

use std::cell::RefCell;

use foldhash::HashMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;

use crate::model::{Oid, RepoPath};

thread_local! {
    /// The paths of the file that this thread writes or reads; serde hands nothing down.
    static PATHS: RefCell<PathList> = RefCell::default();
}

/// The paths of one file, in the order of their numbers.
#[derive(Default)]
struct PathList {
    listed: Vec<RepoPath>,
    numbers: HashMap<RepoPath, u32>,
}

/// Writes or reads what names paths by their place in a list, which begins with these.
pub fn with_paths<T>(listed: Vec<RepoPath>, work: impl FnOnce() -> T) -> T {
    PATHS.replace(PathList { listed, numbers: HashMap::default() });
    let made = work();
    PATHS.take();
    made
}

/// The paths of the list from this number on.
pub fn paths_from(number: usize) -> Vec<RepoPath> {
    PATHS.with_borrow(|paths| paths.listed[number..].to_vec())
}

impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let number = PATHS.with_borrow_mut(|PathList { listed, numbers }| {
            *numbers.entry(self.clone()).or_insert_with(|| {
                listed.push(self.clone());
                listed.len() as u32 - 1
            })
        });
        serializer.serialize_u32(number)
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RepoPath, D::Error> {
        let number = u32::deserialize(deserializer)? as usize;
        let path = PATHS.with_borrow(|paths| paths.listed.get(number).cloned());
        path.ok_or_else(|| D::Error::custom("a path that is not listed"))
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(self.as_bytes())
        }
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Oid, D::Error> {
        Ok(Oid::new(ByteArray::deserialize(deserializer)?.into_array()))
    }
}
