//! What is noted of sharing, in `.git/track-work/share.json`: who this clone is, where it shares, and what it knows to be
//! there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::files::lock::RunLock;
use crate::files::{self, FileError};
use crate::model::Oid;

use super::error::SharingError;
use super::names::machine_like;

/// The form of the file.
const VERSION: u64 = 1;

/// More bytes than it has.
const MOST: u64 = 16 << 20;

/// Where the notes about sharing are.
pub struct ShareFiles {
    folder: PathBuf,
}

/// Who this clone is, where it shares, and what it knows to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareNote {
    /// What tells this clone from all others; empty in a copy of a clone, which has none yet.
    pub clone: String,
    /// The name of its machine.
    pub machine: String,
    /// The remote.
    pub remote: String,
    /// This clone's refs at the remote, as it put them there.
    pub pushed: BTreeMap<String, Oid>,
    /// Where pushes would have put them of which it is not known whether they arrived.
    pub unsure: BTreeMap<String, BTreeSet<Oid>>,
    /// The refs of others here, with when they were so.
    pub pulled: BTreeMap<String, (Oid, i64)>,
    /// When others were asked last, in seconds since 1970.
    pub pulled_at: Option<i64>,
}

impl ShareNote {
    /// Of a clone that has shared nothing yet.
    pub fn new(clone: String, machine: String, remote: String) -> ShareNote {
        ShareNote {
            clone,
            machine,
            remote,
            pushed: BTreeMap::new(),
            unsure: BTreeMap::new(),
            pulled: BTreeMap::new(),
            pulled_at: None,
        }
    }

    /// Whether this clone put a ref at the remote where it is.
    pub fn put(&self, reference: &str, commit: Oid) -> bool {
        let is_unsure = || self.unsure.get(reference).is_some_and(|commits| commits.contains(&commit));
        self.pushed.get(reference) == Some(&commit) || is_unsure()
    }
}

impl ShareFiles {
    /// Of the repository with this git folder.
    pub fn of(common_dir: &Path) -> ShareFiles {
        ShareFiles { folder: common_dir.join("track-work") }
    }

    /// What tells the git folder from a copy of it.
    fn inode(&self) -> Result<u64, SharingError> {
        let folder = files::folder_of(&self.folder);
        let data = fs::metadata(folder).map_err(FileError::of("read", folder))?;
        Ok(data.ino())
    }

    fn path(&self) -> PathBuf {
        self.folder.join("share.json")
    }

    /// Takes the lock on sharing. `who` is what others are told meanwhile.
    ///
    /// # Errors
    /// Another process has it.
    pub fn lock(&self, who: &str) -> Result<RunLock, SharingError> {
        Ok(RunLock::take(&self.folder.join("share.lock"), who)?)
    }

    /// What is noted; `None` where nothing was ever shared.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn note(&self) -> Result<Option<ShareNote>, SharingError> {
        let path = self.path();
        let said = match files::read_text(&path, MOST) {
            Ok(said) => said,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::of("read", &path)(error).into()),
        };
        let unclear = |why: String| SharingError::UnclearSettings { path: path.clone(), why };
        let note: Value = serde_json::from_str(&said).map_err(|error| unclear(error.to_string()))?;
        if note["version"] != VERSION {
            return Err(unclear("another version of track-work wrote it".to_string()));
        }
        let found = of_json(&note).ok_or_else(|| unclear("something is missing in it".to_string()))?;
        if note["folder"] == self.inode()? {
            return Ok(Some(found));
        }
        // the folder is a copy: what the original has put at the remote is not this clone's
        Ok(Some(ShareNote {
            pulled: found.pulled,
            ..ShareNote::new(String::new(), found.machine, found.remote)
        }))
    }

    /// Notes it, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, note: &ShareNote) -> Result<(), SharingError> {
        let path = self.path();
        let ids = |refs: &BTreeMap<String, Oid>| -> Value {
            refs.iter()
                .map(|(name, id)| (name.clone(), json!(id.to_string())))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let pulled = note.pulled.iter().map(|(name, (id, at))| (name.clone(), json!([id.to_string(), at])));
        let text = json!({
            "version": VERSION,
            "clone": note.clone,
            "machine": note.machine,
            "remote": note.remote,
            "pushed": ids(&note.pushed),
            "unsure": note.unsure.iter().map(|(name, ids)| {
                (name.clone(), ids.iter().map(|id| json!(id.to_string())).collect::<Vec<_>>().into())
            }).collect::<serde_json::Map<_, _>>(),
            "folder": self.inode()?,
            "pulled": Value::Object(pulled.collect()),
            "pulled_at": note.pulled_at,
        });
        fs::create_dir_all(&self.folder).map_err(FileError::of("create", &self.folder))?;
        Ok(files::put_private(&path, format!("{text:#}\n").as_bytes())?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn forget(&self) -> Result<(), SharingError> {
        let path = self.path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(FileError::of("remove", &path)(error).into())
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn of_json(note: &Value) -> Option<ShareNote> {
    let text = |key: &str| note[key].as_str().map(str::to_string);
    let id = |value: &Value| value.as_str()?.parse::<Oid>().ok();
    let ids = |key: &str| -> Option<BTreeMap<String, Oid>> {
        note[key].as_object()?.iter().map(|(name, value)| Some((name.clone(), id(value)?))).collect()
    };
    let pulled = note["pulled"].as_object()?.iter();
    Some(ShareNote {
        clone: text("clone")?,
        machine: text("machine")?,
        remote: text("remote")?,
        pushed: ids("pushed")?,
        unsure: note["unsure"]
            .as_object()?
            .iter()
            .map(|(name, ids)| Some((name.clone(), ids.as_array()?.iter().map(id).collect::<Option<_>>()?)))
            .collect::<Option<_>>()?,
        pulled: pulled
            .map(|(name, value)| Some((name.clone(), (id(&value[0])?, value[1].as_i64()?))))
            .collect::<Option<_>>()?,
        pulled_at: note["pulled_at"].as_i64(),
    })
}

/// An id that no other clone has.
///
/// # Errors
/// The system has no random numbers.
pub fn new_clone_id() -> Result<String, SharingError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).map_err(FileError::of("read", path))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The name of this machine, unless another one is given: that of the host or, where no file says that, of the user.
pub fn usual_machine(user: Option<String>) -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let host = files.iter().find_map(|file| files::read_text(Path::new(file), 1 << 10).ok());
    machine_like(host.or(user).unwrap_or_default().trim())
}
