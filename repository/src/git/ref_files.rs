//! Refs in files, read without libgit2: a file each, or lines of `packed-refs` (`gitrepository-layout` of
//! git's documents).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::files;
use crate::model::{Oid, shown_path};

use super::stamps::{Stamp, stamp};

/// Refs that lead to refs, one after the other; git follows no more.
const DEEPEST: usize = 5;

/// What a ref leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefValue {
    /// An object.
    Object(Oid),
    /// Another ref, by its full name.
    Reference(String),
}

/// The refs of a repository, in its common git folder. All that share them read `packed-refs` once.
#[derive(Clone, Debug)]
pub(super) struct RefFiles {
    common_dir: PathBuf,
    packed: Arc<Mutex<Option<(Stamp, Packed)>>>,
}

/// The lines of `packed-refs`, by name; or why they cannot be read.
type Packed = Result<Arc<PackedRefs>, String>;

/// Refs by their names; `None` where the name is not UTF-8, and so stands for another one.
type PackedRefs = BTreeMap<String, Option<Oid>>;

impl RefFiles {
    pub fn new(common_dir: &Path) -> RefFiles {
        RefFiles { common_dir: common_dir.to_path_buf(), packed: Arc::default() }
    }

    /// What a ref leads to; `None` where there is none of this name.
    pub fn find(&self, name: &str) -> Result<Option<RefValue>, String> {
        match loose(&self.common_dir.join(name)) {
            Ok(None) => Ok(self.packed()?.get(name).copied().flatten().map(RefValue::Object)),
            loose => loose,
        }
    }

    /// The object that a ref leads to in the end; `None` where a ref on the way does not exist.
    pub fn resolve(&self, name: &str) -> Result<Option<Oid>, String> {
        let mut name = name.to_string();
        for _ in 0..DEEPEST {
            match self.find(&name)? {
                None => return Ok(None),
                Some(RefValue::Object(id)) => return Ok(Some(id)),
                Some(RefValue::Reference(next)) => name = next,
            }
        }
        Err("it leads from ref to ref".to_string())
    }

    /// All refs whose full names begin like this, whatever is in them.
    ///
    /// # Errors
    /// The reason, in words, why not all can be listed.
    pub fn below(&self, prefix: &str) -> Result<BTreeMap<String, Result<Oid, String>>, String> {
        let packed = self.packed()?;
        let packed = packed.range(prefix.to_string()..).take_while(|(name, _)| name.starts_with(prefix));
        let mut found: BTreeMap<_, _> =
            packed.map(|(name, id)| (name.clone(), id.ok_or_else(not_utf_8))).collect();
        let mut folders = vec![prefix.rsplit_once('/').map_or(prefix, |(folder, _)| folder).to_string()];
        while let Some(folder) = folders.pop() {
            let path = self.common_dir.join(&folder);
            let told = |error: std::io::Error| format!("{}: {error}", shown_path(&path));
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound) => continue,
                Err(error) => return Err(told(error)),
            };
            for entry in entries {
                let entry = entry.map_err(told)?;
                let Ok(own) = entry.file_name().into_string() else {
                    let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
                    found.insert(name, Err(not_utf_8()));
                    continue;
                };
                let name = format!("{folder}/{own}");
                let kind = entry.file_type();
                let is_file = kind.as_ref().is_ok_and(fs::FileType::is_file);
                let is_folder = match kind {
                    Ok(kind) if kind.is_dir() || kind.is_file() => kind.is_dir(),
                    Ok(_) | Err(_) => entry.path().is_dir(),
                };
                if is_folder {
                    folders.push(name);
                } else if name.starts_with(prefix) && !own.ends_with(".lock") {
                    let gone = || "it leads to a ref that does not exist".to_string();
                    let found_in = |found| match found {
                        Ok(Some(RefValue::Object(id))) => Ok(Some(id)),
                        Ok(Some(RefValue::Reference(_)) | None) => self.resolve(&name),
                        Err(why) => Err(why),
                    };
                    let led_to = match is_file {
                        true => found_in(loose_file(&entry.path(), files::read_regular)),
                        false => self.resolve(&name),
                    };
                    let led_to = led_to.and_then(|id| id.ok_or_else(gone));
                    found.insert(name, led_to);
                }
            }
        }
        Ok(found)
    }

    fn packed(&self) -> Packed {
        let path = self.common_dir.join("packed-refs");
        let stamp = stamp(&path);
        let mut known = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((seen, packed)) if *seen == stamp => packed.clone(),
            _ => {
                let packed = match files::read(&path, files::MOST_OF_GIT) {
                    Ok(text) => parse(&text).map(Arc::new).ok_or("it is damaged".to_string()),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(Arc::default()),
                    Err(error) => Err(error.to_string()),
                };
                let packed = packed.map_err(|why| format!("{}: {why}", shown_path(&path)));
                *known = Some((stamp, packed.clone()));
                packed
            }
        }
    }
}

fn not_utf_8() -> String {
    "its name is not UTF-8".to_string()
}

/// What the file of a ref says; `None` where there is none.
fn loose(path: &Path) -> Result<Option<RefValue>, String> {
    match fs::read_link(path) {
        // as git once wrote it: a link to the ref
        Ok(link) if link.starts_with("refs") => {
            value_in([b"ref: ", link.as_os_str().as_bytes()].concat()).map(Some)
        }
        Ok(_) | Err(_) => loose_file(path, files::read),
    }
}

/// The same where that is no link.
fn loose_file(
    path: &Path,
    read: fn(&Path, u64) -> std::io::Result<Vec<u8>>,
) -> Result<Option<RefValue>, String> {
    match read(path, files::MOST_OF_GIT) {
        Ok(bytes) => value_in(bytes).map(Some),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(_) if path.is_dir() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn value_in(bytes: Vec<u8>) -> Result<RefValue, String> {
    value(&bytes).ok_or_else(|| "it holds no commit's id".to_string())
}

/// An id, or `ref: ` and a name.
pub(super) fn value(bytes: &[u8]) -> Option<RefValue> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end();
    match text.strip_prefix("ref:") {
        Some(name) => {
            let name = name.trim_start();
            is_valid_name(name).then(|| RefValue::Reference(name.to_string()))
        }
        None => text.parse().ok().map(RefValue::Object),
    }
}

fn is_valid_name(name: &str) -> bool {
    git2::Reference::is_valid_name(name)
}

/// Lines of an id and a name; those that begin with `#` or `^` say more.
fn parse(text: &[u8]) -> Option<PackedRefs> {
    let lines = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n');
    let one = |line: &[u8]| {
        let (id, name) = line.split_at_checked(41).filter(|(id, name)| id[40] == b' ' && !name.is_empty())?;
        let id = std::str::from_utf8(&id[..40]).ok()?.parse().ok()?;
        let name = OsStr::from_bytes(name);
        Some((name.to_string_lossy().into_owned(), name.to_str().map(|_| id)))
    };
    if text.is_empty() {
        return Some(BTreeMap::new());
    }
    lines.filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^")).map(one).collect()
}
