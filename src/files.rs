//! The only way in which files are written: completely or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file operation that failed.
#[derive(Debug)]
pub struct FileError {
    /// The operation: `write`, `replace`.
    pub doing: &'static str,
    /// The path.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: std::io::Error,
}

impl FileError {
    /// Makes the error of an operation on a path.
    pub(crate) fn of(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FileError + use<> {
        let path = path.to_path_buf();
        move |source| FileError { doing, path, source }
    }
}

const PREFIX: &str = ".track-work-";
const SUFFIX: &str = ".tmp";

/// A file's new content, written and synced next to the file but not yet moved into place.
pub(crate) struct Pending {
    target: PathBuf,
    old: Option<Vec<u8>>,
    temp: NamedTempFile,
}

impl Pending {
    /// Writes `text` next to `path`, or next to the target of the link `path`. `old` is the
    /// current content; `None` for a new file.
    pub(crate) fn write(path: &Path, old: Option<&[u8]>, text: &[u8]) -> Result<Pending, FileError> {
        let target = match old {
            Some(_) => fs::canonicalize(path).map_err(FileError::of("find", path))?,
            None => path.to_path_buf(),
        };
        let folder = folder_of(&target);
        let failed = |source| FileError::of("write", path)(source);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        if old.is_none() {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666)); // less the umask
        }
        let mut temp = builder.tempfile_in(folder).map_err(failed)?;
        temp.write_all(text).map_err(failed)?;
        if old.is_some() {
            let mode = fs::metadata(&target).map_err(failed)?.permissions();
            temp.as_file().set_permissions(mode).map_err(failed)?;
        }
        temp.as_file().sync_all().map_err(failed)?;
        Ok(Pending { target, old: old.map(<[u8]>::to_vec), temp })
    }

    /// Moves it into place if the file still has its old content; `false` if it does not.
    pub(crate) fn put(self) -> Result<bool, FileError> {
        let Pending { target, old, temp } = self;
        match old {
            Some(old) => {
                match fs::read(&target) {
                    Ok(now) if now == old => {}
                    Ok(_) => return Ok(false),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
                    Err(error) => return Err(FileError::of("read", &target)(error)),
                }
                match exchange::replace(temp.path(), &target, &old) {
                    Ok(Some(replaced)) if !replaced => return Ok(false),
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        let replaced = temp.persist(&target);
                        replaced.map_err(|error| FileError::of("replace", &target)(error.error))?;
                    }
                    Err(error) => return Err(FileError::of("replace", &target)(error)),
                }
            }
            None => match temp.persist_noclobber(&target) {
                Ok(_) => {}
                Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
                Err(error) => return Err(FileError::of("create", &target)(error.error)),
            },
        }
        sync_folder(folder_of(&target));
        Ok(true)
    }
}

/// Comparing and then renaming leaves a moment in which an editor can save. Exchanging the two
/// files leaves none: the file that was taken out is compared afterwards, and put back if it differs.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod exchange {
    use std::fs;
    use std::io;
    use std::path::Path;

    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    /// Replaces `target` by the file `new` if it holds `old`. `Some(false)`: it held something
    /// else, which was put back. `None`: the file system cannot exchange files.
    pub(crate) fn replace(new: &Path, target: &Path, old: &[u8]) -> io::Result<Option<bool>> {
        let swap = || renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE);
        let mut put = fs::read(new)?;
        match swap() {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return Ok(None),
            Err(Errno::NOENT) => return Ok(Some(false)),
            done => done?,
        }
        let mut taken = match fs::read(new) {
            Ok(taken) if taken == old => return Ok(Some(true)),
            Ok(taken) => taken,
            Err(error) => return swap().map_err(io::Error::from).and(Err(error)),
        };
        // A file saved while the old one is put back is kept too: repeat until nothing new comes out.
        loop {
            swap()?;
            let out = fs::read(new)?;
            if out == put {
                return Ok(Some(false));
            }
            (put, taken) = (taken, out);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod exchange {
    pub(crate) fn replace(
        _: &std::path::Path,
        _: &std::path::Path,
        _: &[u8],
    ) -> std::io::Result<Option<bool>> {
        Ok(None)
    }
}

/// The folder of a path; the current folder for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces whatever has this name, a link too, by a new file that everybody can execute, as far
/// as the umask allows.
///
/// # Errors
/// I/O errors.
pub(crate) fn put_program(path: &Path, text: &[u8]) -> Result<(), FileError> {
    put(path, text, 0o777)
}

/// The same for a file that only the user can read.
///
/// # Errors
/// I/O errors.
pub(crate) fn put_private(path: &Path, text: &[u8]) -> Result<(), FileError> {
    put(path, text, 0o600)
}

fn put(path: &Path, text: &[u8], mode: u32) -> Result<(), FileError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode)); // less the umask
    }
    let mut temp = builder.tempfile_in(folder_of(path)).map_err(FileError::of("write", path))?;
    temp.write_all(text).map_err(FileError::of("write", path))?;
    temp.as_file().sync_all().map_err(FileError::of("write", path))?;
    temp.persist(path).map_err(|error| FileError::of("replace", path)(error.error))?;
    sync_folder(folder_of(path));
    Ok(())
}

/// Makes renames in the folder durable, where the file system can.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Removes the temporary files of killed writers. Call it under the lock, when no writer is alive.
pub(crate) fn clear_stale(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
