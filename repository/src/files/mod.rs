//! The only way in which files are read and written: regular files of a bounded size are read, and
//! files are written completely or not at all.

pub mod lock;
mod pending;
mod scratch;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

pub use pending::Pending;
pub use scratch::ScratchFolder;

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
    pub fn of(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FileError + use<> {
        let path = path.to_path_buf();
        move |source| FileError { doing, path, source }
    }
}

/// The most that is read of a file of git's own, as `.gitignore`: git reads no more of one either.
pub const MOST_OF_GIT: u64 = 100 << 20;

/// The bytes of a regular file, where there are at most so many. Never waits, whatever has the name or
/// a link leads to: a pipe, a socket, a device without an end.
///
/// # Errors
/// What the system says; `InvalidInput` for anything else than a file and for a link to nothing,
/// `FileTooLarge` for a larger one.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (mut file, length) = open_with_length(path)?;
    let mut bytes = Vec::new();
    if length <= most {
        // of a file that does not change meanwhile, less than the room for it is all of it
        bytes.resize(usize::try_from(length).unwrap_or_default().saturating_add(1), 0);
        let read = file.read(&mut bytes)?;
        let is_all = read < bytes.len() && read as u64 == length;
        bytes.truncate(read);
        if !is_all {
            file.take(most.saturating_add(1).saturating_sub(read as u64)).read_to_end(&mut bytes)?;
        }
    }
    let length = length.max(bytes.len() as u64);
    if length > most {
        let why = format!("the file has {length} bytes; more than {most} are not read");
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// The bytes of what is known to be a regular file, as of a folder's entry, and usually has less than [`FEW`].
///
/// # Errors
/// As [`read`].
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; FEW];
    match opening().open(path).and_then(|mut file| file.read(&mut bytes)) {
        // of a regular file, less than the room for it is all of it
        Ok(read) if read > 0 && read < FEW => {
            bytes.truncate(read);
            Ok(bytes)
        }
        Ok(_) | Err(_) => read(path, most),
    }
}

/// As many bytes are few.
const FEW: usize = 512;

/// The same for a text.
///
/// # Errors
/// As [`read`], and `InvalidData` for what is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

/// A regular file, open for reading; `/dev/null` is one without content.
///
/// # Errors
/// As [`read`].
pub fn open(path: &Path) -> io::Result<File> {
    open_with_length(path).map(|(file, _)| file)
}

/// How files are opened.
fn opening() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // opening a pipe for reading waits for a writer
        options
            .custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed());
    }
    options.read(true);
    options
}

fn open_with_length(path: &Path) -> io::Result<(File, u64)> {
    let file = opening().open(path).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
            io::Error::new(ErrorKind::InvalidInput, "is not a file") // a socket
        } else if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() {
            io::Error::new(ErrorKind::InvalidInput, "is a link to something that is not there")
        } else {
            error
        }
    })?;
    let data = file.metadata()?;
    if data.is_file() || path == Path::new("/dev/null") {
        Ok((file, data.len()))
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "is not a file"))
    }
}

const PREFIX: &str = ".track-work-";
const SUFFIX: &str = ".tmp";

fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}

fn failed_to(doing: &'static str, path: &Path) -> impl FnOnce(tempfile::PersistError) -> FileError {
    let failed = FileError::of(doing, path);
    move |error| failed(error.error)
}

/// The folder of a path; the current folder for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces whatever has this name, a link too, by a new file that everybody can execute, as far
/// as the umask allows.
///
/// # Errors
/// I/O errors.
pub fn put_program(path: &Path, text: &[u8]) -> Result<(), FileError> {
    put(path, text, 0o777)
}

/// The same for a file that everybody can read.
///
/// # Errors
/// I/O errors.
pub fn put_public(path: &Path, text: &[u8]) -> Result<(), FileError> {
    put(path, text, 0o666)
}

/// The same for a file that only the user can read.
///
/// # Errors
/// I/O errors.
pub fn put_private(path: &Path, text: &[u8]) -> Result<(), FileError> {
    put(path, text, 0o600)
}

fn put(path: &Path, text: &[u8], mode: u32) -> Result<(), FileError> {
    let mut builder = temporary();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode)); // less the umask
    }
    let mut temp = builder.tempfile_in(folder_of(path)).map_err(FileError::of("write", path))?;
    temp.write_all(text).map_err(FileError::of("write", path))?;
    temp.as_file().sync_all().map_err(FileError::of("write", path))?;
    temp.persist(path).map_err(failed_to("replace", path))?;
    sync_folder(folder_of(path));
    Ok(())
}

/// A shorter wait is not reported.
const LONG: Duration = Duration::from_secs(1);

/// How long one pauses who has waited so long: whoever waits longest asks most often, so that nobody who came later is always
/// faster.
fn pause(waited: Duration) -> Duration {
    Duration::from_millis(match waited.as_millis() {
        0..100 => 16,
        100..500 => 8,
        500..2000 => 4,
        _ => 1,
    })
}

/// Locks a file or a folder against all who lock it too; whether that was possible in time. Polls, because a blocking `flock`
/// has no timeout. `told` is called once, if the wait is long.
pub fn lock(file: &File, wait: Duration, told: impl Fn()) -> io::Result<bool> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) if begun.elapsed() >= wait => return Ok(false),
            Err(Errno::WOULDBLOCK) => {
                if !is_told && begun.elapsed() >= LONG {
                    is_told = true;
                    told();
                }
                let waited = begun.elapsed();
                std::thread::sleep(pause(waited).min(wait.saturating_sub(waited)));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Makes renames in the folder durable, where the file system can.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Removes the temporary files of killed writers. Call it under the lock, when no writer is alive.
pub fn clear_stale(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_longer_asks_more_often() {
        let waits = [0, 99, 100, 499, 500, 1999, 2000, 60_000].map(Duration::from_millis);
        let pauses = waits.map(pause);
        assert!(pauses.is_sorted_by(|earlier, later| earlier >= later), "{pauses:?}");
        assert!(pauses[0] >= 10 * pauses[7], "{pauses:?}");
    }

    #[test]
    fn no_more_is_read_than_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, "12345").expect("written");
        assert_eq!(read(&path, 5).expect("read"), b"12345");
        assert_eq!(read(&path, 4).expect_err("too long").kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(folder.path(), 5).expect_err("a folder").kind(), ErrorKind::InvalidInput);
        assert_eq!(read(&folder.path().join("b"), 5).expect_err("nothing").kind(), ErrorKind::NotFound);
        let endless = read(Path::new("/dev/zero"), 5).expect_err("a device");
        assert_eq!(endless.kind(), ErrorKind::InvalidInput);
    }
}
