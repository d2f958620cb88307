//! Temporary folders that only the user can look into. Each is held by a lock: those of a program that was killed are
//! removed by the next one that needs such a folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

/// How the names of the folders begin: nobody gives such a name to a folder of his own.
const BEGINNING: &str = ".track-work-scratch-";

/// A folder may not be locked yet until it is so old.
const SETTLED: Duration = Duration::from_secs(60);

/// A temporary folder, until this is dropped.
#[derive(Debug)]
pub struct ScratchFolder {
    folder: TempDir,
    _lock: File,
}

impl ScratchFolder {
    /// A new one, empty, in the system's temporary folder.
    ///
    /// # Errors
    /// I/O errors.
    pub fn new() -> io::Result<ScratchFolder> {
        ScratchFolder::below(&std::env::temp_dir())
    }

    fn below(parent: &Path) -> io::Result<ScratchFolder> {
        use std::os::unix::fs::PermissionsExt;
        remove_abandoned(parent);
        let mut builder = tempfile::Builder::new();
        builder.prefix(BEGINNING).permissions(fs::Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(parent)?;
        let lock = File::open(folder.path())?;
        // a file system without locks leaves it without one: nobody gets a lock on it there, so nobody removes it
        _ = is_locked(&lock);
        Ok(ScratchFolder { folder, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Locks a folder, unless somebody else has.
fn is_locked(folder: &File) -> bool {
    flock(folder, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Removes the folders of programs that have ended.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(BEGINNING.as_bytes())
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
        {
            _ = remove_if_abandoned(&entry.path());
        }
    }
}

fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    let folder = File::open(path)?;
    let age = folder.metadata()?.modified()?.elapsed().unwrap_or_default();
    if age >= SETTLED && is_locked(&folder) {
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn nobody_else_looks_into_it() {
        let folder = ScratchFolder::new().expect("a folder");
        let mode = fs::metadata(folder.path()).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let at = |name: &str| parent.path().join(name);
        let alive = ScratchFolder::below(parent.path()).expect("a folder");
        let names = ["abandoned", "new"].map(|name| at(&format!("{BEGINNING}{name}")));
        let [abandoned, new] = &names;
        let other = at("track-work");
        for folder in names.iter().chain([&other]) {
            fs::create_dir(folder).expect("made");
            fs::write(folder.join("file"), "text").expect("written");
        }
        std::os::unix::fs::symlink(&other, at(&format!("{BEGINNING}link"))).expect("linked");
        for folder in [alive.path(), abandoned, &other] {
            let old = SystemTime::now() - SETTLED * 2;
            File::open(folder).and_then(|folder| folder.set_modified(old)).expect("older");
        }
        drop(ScratchFolder::below(parent.path()).expect("a folder"));
        assert!(!abandoned.exists());
        assert!([alive.path(), new, &other.join("file")].iter().all(|path| path.exists()));
    }
}
