//! A lock that one process holds while it works on something: a file that says who has it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::FileError;

/// How long a program that a killed process has started may still need.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a lock cannot be taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it, or a program that it started; what it says about itself.
    Held(String),
    /// The file cannot be made.
    File(FileError),
}

impl From<FileError> for LockError {
    fn from(error: FileError) -> LockError {
        LockError::File(error)
    }
}

/// The right to go on with something. The file is gone once it is dropped.
pub struct RunLock {
    path: PathBuf,
    file: File,
}

impl RunLock {
    /// Takes the lock that is this file. `who` is what others are told meanwhile.
    ///
    /// # Errors
    /// Another process has it; it cannot be made.
    pub fn take(path: &Path, who: &str) -> Result<RunLock, LockError> {
        let folder = super::folder_of(path);
        loop {
            fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
            let mut options = File::options();
            let file = options.create(true).truncate(false).read(true).write(true).open(path);
            let mut file = match file {
                // the one who had it removes the folder too
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                file => file.map_err(FileError::of("open", path))?,
            };
            if !super::lock(&file, PATIENCE, || {}).map_err(FileError::of("lock", path))? {
                return Err(LockError::Held(told_holder(path)));
            }
            // the one who had it may have removed it since it was opened here
            if is_at(&file, path) {
                let written = file.set_len(0).and_then(|()| writeln!(file, "{who}"));
                written.map_err(FileError::of("write", path))?;
                super::clear_stale(folder);
                return Ok(RunLock { path: path.to_path_buf(), file });
            }
        }
    }

    /// What the process that has it says about itself; `None` where nobody has it.
    pub fn holder(path: &Path) -> Option<String> {
        let file = File::open(path).ok()?;
        let is_free = super::lock(&file, Duration::ZERO, || {}).unwrap_or(true);
        (!is_free).then(|| told_holder(path))
    }

    /// The file: as the standard input of a program, it keeps the lock until that ends.
    pub fn file(&self) -> &File {
        &self.file
    }
}

/// Who has the lock that is this file: what the file says, and where the process that wrote it has ended, what it started.
fn told_holder(path: &Path) -> String {
    let said = super::read_text(path, 1 << 16).unwrap_or_default().trim().to_string();
    let number = said.strip_prefix("process ").and_then(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Pid::from_raw(digits.parse().ok()?)
    });
    let Some(pid) = number.filter(|pid| test_kill_process(*pid) == Err(Errno::SRCH)) else { return said };
    let left = holders(path);
    let first = format!("process {}", pid.as_raw_nonzero());
    match &left[..] {
        [] => format!("a program started by {first}, which has ended"),
        [(one, name)] => format!("process {one} ({name}), started by {first}, which has ended"),
        all => {
            let all: Vec<String> = all.iter().map(|(one, name)| format!("{one} ({name})")).collect();
            format!("processes {}, started by {first}, which has ended", all.join(", "))
        }
    }
}

/// The processes that have a file open, each with its name, where the system shows that.
fn holders(path: &Path) -> Vec<(u32, String)> {
    let Ok(wanted) = fs::metadata(path) else { return Vec::new() };
    let is_it = |open: PathBuf| {
        fs::metadata(open).is_ok_and(|open| (open.dev(), open.ino()) == (wanted.dev(), wanted.ino()))
    };
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let mut open = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        if pid != std::process::id() && open.any(|open| is_it(open.path())) {
            let name = super::read_text(&process.path().join("comm"), 1 << 10).unwrap_or_default();
            found.push((pid, name.trim().to_string()));
        }
    }
    found.sort();
    found
}

/// Whether this is the file that is there now.
fn is_at(file: &File, path: &Path) -> bool {
    let there = fs::metadata(path).and_then(|there| Ok((there, file.metadata()?)));
    there.is_ok_and(|(there, own)| there.ino() == own.ino() && there.dev() == own.dev())
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // if the folder was moved away meanwhile, the file that is there now is the lock of another
        if is_at(&self.file, &self.path) {
            _ = fs::remove_file(&self.path);
        }
        // it may hold more than the lock
        _ = self.path.parent().map(fs::remove_dir);
    }
}
