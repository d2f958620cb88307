//! The lock on merging: one run at a time in a repository.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::{self, FileError};

use super::error::MergingError;

/// How long a git that a killed run has started may still need.
const PATIENCE: Duration = Duration::from_secs(3);

/// The right to go on with a run. The file is gone once it is dropped.
pub struct RunLock {
    path: PathBuf,
    file: File,
}

impl RunLock {
    /// Takes it. `who` is what others are told meanwhile.
    ///
    /// # Errors
    /// Another process has it, or a git that it started.
    pub fn take(folder: &Path, who: &str) -> Result<RunLock, MergingError> {
        let path = folder.join("merge.lock");
        loop {
            fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
            let mut options = File::options();
            let file = options.create(true).truncate(false).read(true).write(true).open(&path);
            let mut file = match file {
                // the one who had it removes the folder too
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                file => file.map_err(FileError::of("open", &path))?,
            };
            if !files::lock(&file, PATIENCE, || {}).map_err(FileError::of("lock", &path))? {
                let by = files::read_text(&path, 1 << 16).unwrap_or_default();
                return Err(MergingError::Held { by: by.trim().to_string() });
            }
            // the one who had it may have removed it since it was opened here
            let is_it = |data: fs::Metadata| file.metadata().is_ok_and(|own| own.ino() == data.ino());
            if fs::metadata(&path).is_ok_and(is_it) {
                let written = file.set_len(0).and_then(|()| writeln!(file, "{who}"));
                written.map_err(FileError::of("write", &path))?;
                files::clear_stale(folder);
                return Ok(RunLock { path, file });
            }
        }
    }

    /// What the process that has it says about itself; `None` where nobody has it.
    pub fn holder(folder: &Path) -> Option<String> {
        let path = folder.join("merge.lock");
        let file = File::open(&path).ok()?;
        let is_free = files::lock(&file, Duration::ZERO, || {}).unwrap_or(true);
        (!is_free).then(|| files::read_text(&path, 1 << 16).unwrap_or_default().trim().to_string())
    }

    /// The file: as the standard input of a program, it keeps the lock until that ends.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.path);
        // it may hold the state of the run
        _ = self.path.parent().map(fs::remove_dir);
    }
}
