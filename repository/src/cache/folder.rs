//! The folder of caches: private to the user, outside of every repository, bounded.

use crate::model::shown_path;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

/// This many files are kept, the newest ones.
const MOST_FILES: usize = 64;

/// This many bytes are kept in total.
const MOST_BYTES: u64 = 256 << 20;

/// A folder that may not exist yet.
#[derive(Debug)]
pub(super) struct CacheFolder {
    pub path: PathBuf,
}

/// A file of it.
pub(super) struct CacheFile {
    pub bytes: Vec<u8>,
    pub written: Option<SystemTime>,
}

impl CacheFolder {
    pub fn new(path: &Path, outside: &[&Path]) -> Result<CacheFolder, String> {
        if !path.is_absolute() {
            return Err(format!("no cache: {} is not a full path", shown_path(path)));
        }
        let real = real_path(path);
        match outside.iter().find(|folder| real.starts_with(real_path(folder))) {
            Some(folder) => Err(format!(
                "no cache: {} lies in the repository at {}",
                shown_path(path),
                shown_path(folder)
            )),
            None => Ok(CacheFolder { path: path.to_path_buf() }),
        }
    }

    /// The bytes of a file and when it was written; `None` where there is none.
    pub fn read(&self, name: &str, largest: u64) -> Result<Option<CacheFile>, String> {
        let path = self.path.join(name);
        if !self.is_there()? {
            return Ok(None);
        }
        // never wait for a writer, as a pipe would, and follow no link
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(&path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(told(&path, &error)),
        };
        let data = file.metadata().map_err(|error| told(&path, &error))?;
        if !data.is_file() {
            return Err(format!("{} is not a file", shown_path(&path)));
        }
        private(&path, &data)?;
        if data.len() > largest {
            return Err(format!("{} is too large", shown_path(&path)));
        }
        let mut bytes = Vec::with_capacity(data.len() as usize);
        file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| told(&path, &error))?;
        Ok(Some(CacheFile { bytes, written: data.modified().ok() }))
    }

    /// Writes a file into the folder atomically, and makes room for it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let path = &self.path;
        let failed = |error: std::io::Error| told(path, &error);
        if !self.is_there()? {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            self.is_there()?;
        }
        let mut temp = NamedTempFile::new_in(path).map_err(failed)?; // for its owner alone
        temp.write_all(bytes).map_err(failed)?;
        temp.persist(path.join(name)).map_err(|error| failed(error.error))?;
        self.shrink();
        Ok(())
    }

    /// Whether it exists; it must be a folder of this user's, and private.
    fn is_there(&self) -> Result<bool, String> {
        match fs::symlink_metadata(&self.path) {
            Ok(data) if data.is_dir() => private(&self.path, &data).map(|()| true),
            Ok(_) => Err(format!("{} is not a folder", shown_path(&self.path))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(told(&self.path, &error)),
        }
    }

    /// Removes the oldest files where there are too many.
    fn shrink(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else { return };
        let file = |entry: fs::DirEntry| {
            let data = entry.metadata().ok().filter(Metadata::is_file)?;
            Some((data.modified().ok()?, data.len(), entry.path()))
        };
        let mut files: Vec<_> = entries.flatten().filter_map(file).collect();
        files.sort();
        let mut bytes = 0;
        for (at, (_, length, path)) in files.iter().rev().enumerate() {
            bytes += length;
            if at >= MOST_FILES || bytes > MOST_BYTES {
                _ = fs::remove_file(path);
            }
        }
    }
}

/// It must belong to this user, and nobody else may write to it.
fn private(path: &Path, data: &Metadata) -> Result<(), String> {
    if data.uid() != rustix::process::geteuid().as_raw() {
        return Err(format!("{} belongs to another user", shown_path(path)));
    }
    match data.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(format!("others may write to {}", shown_path(path))),
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", shown_path(path))
}

/// The real path, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    for above in path.ancestors() {
        if let Ok(real) = fs::canonicalize(above) {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        missing.extend(above.file_name());
    }
    path.to_path_buf()
}

/// What distinguishes one build of the program from another.
pub(super) fn identity(program: &Path) -> Option<String> {
    let data = File::open(program).and_then(|file| file.metadata()).ok()?;
    let times = [data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()];
    Some(format!("{} {} {} {times:?}", data.dev(), data.ino(), data.len()))
}
