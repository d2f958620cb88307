//! Reads a plain file with no symbolic link on the way to it, in as few system calls as possible.

use std::fs::File;
use std::io::Read;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, openat2, statat};

use crate::model::RepoPath;

use super::near::quiet::stamp_of_stat;

/// The content of the file at this path below a folder, and its stamp, if it has this size, is `executable` or not, and
/// only real folders lead there; otherwise `None`, without the reason. `bytes` is a buffer.
pub(super) fn content<'a>(
    top: &File,
    path: &RepoPath,
    executable: Option<bool>,
    size: usize,
    bytes: &'a mut Vec<u8>,
) -> Option<(&'a [u8], [i64; 6])> {
    let path = path.as_bytes();
    let data = statat(top, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let is_plain = FileType::from_raw_mode(data.st_mode) == FileType::RegularFile;
    let is_executable = data.st_mode & 0o100 != 0;
    if !is_plain
        || u64::try_from(data.st_size) != Ok(size as u64)
        || executable.is_some_and(|wanted| wanted != is_executable)
    {
        return None;
    }
    let no_links = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    let file = openat2(top, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), no_links).ok()?;
    if bytes.len() <= size {
        bytes.resize(size + 1, 0);
    }
    let read = File::from(file).read(&mut bytes[..=size]).ok()?; // one byte more: it is all of it
    (read == size).then(|| (&bytes[..size], stamp_of_stat(&data)))
}
