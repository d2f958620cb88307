//! Files that change as a whole or not at all, and not where somebody else has changed them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{FileError, failed_to, folder_of, read, sync_folder, temporary};

/// A change of a file, prepared next to it: its new content, written and synced, or its removal.
#[derive(Debug)]
pub struct Pending {
    target: PathBuf,
    /// What it has; `None` for a new file.
    old: Option<Vec<u8>>,
    /// What it gets; `None` where it is removed.
    new: Option<Vec<u8>>,
    /// The new file, and once that is in its place, the old one, where the file system leaves it.
    temp: Option<NamedTempFile>,
    /// Whether another file in its place would not be the same one: it has other names, or an owner that
    /// no other file can be given.
    in_place: bool,
}

impl Pending {
    /// Writes `text` next to `path`, or next to the target of the link `path`. `old` is the
    /// current content; `None` for a new file.
    pub fn write(path: &Path, old: Option<&[u8]>, text: &[u8]) -> Result<Pending, FileError> {
        let target = match old {
            Some(_) => fs::canonicalize(path).map_err(FileError::of("find", path))?,
            None => path.to_path_buf(),
        };
        let failed = |source| FileError::of("write", path)(source);
        let mut builder = temporary();
        #[cfg(unix)]
        if old.is_none() {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666)); // less the umask
        }
        let mut temp = builder.tempfile_in(folder_of(&target)).map_err(failed)?;
        temp.write_all(text).map_err(failed)?;
        let mut in_place = false;
        if old.is_some() {
            let about = fs::metadata(&target).map_err(failed)?;
            in_place = !is_same_to_all(temp.as_file(), &about).map_err(failed)?;
            temp.as_file().set_permissions(about.permissions()).map_err(failed)?;
        }
        temp.as_file().sync_all().map_err(failed)?;
        let (old, new) = (old.map(<[u8]>::to_vec), Some(text.to_vec()));
        Ok(Pending { target, old, new, temp: Some(temp), in_place })
    }

    /// Prepares the removal of the file `path`, or of the link, with its current content.
    pub fn removal(path: &Path, old: &[u8]) -> Result<Pending, FileError> {
        let temp = temporary().tempfile_in(folder_of(path)).map_err(FileError::of("remove", path))?;
        let (target, old) = (path.to_path_buf(), Some(old.to_vec()));
        Ok(Pending { target, old, new: None, temp: Some(temp), in_place: false })
    }

    /// Makes the change if the file still has its old content; `false` if it does not.
    pub fn put(&mut self) -> Result<bool, FileError> {
        let target = &self.target;
        match (&self.old, &self.new, self.temp.take()) {
            (Some(old), Some(new), temp) => {
                if !has(target, old)? {
                    return Ok(false);
                }
                match temp {
                    Some(temp) if !self.in_place => {
                        match exchange::replace(temp.path(), target, old)
                            .map_err(FileError::of("replace", target))?
                        {
                            Some(false) => return Ok(false),
                            Some(true) => self.temp = Some(temp),
                            None => drop(temp.persist(target).map_err(failed_to("replace", target))?),
                        }
                    }
                    Some(_) | None => {
                        overwrite(target, old, new).map_err(FileError::of("write", target))?;
                        return Ok(true);
                    }
                }
            }
            (None, _, Some(temp)) => match temp.persist_noclobber(target) {
                Ok(_) => {}
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(false),
                Err(error) => return Err(failed_to("create", target)(error)),
            },
            (Some(old), None, Some(temp)) => {
                if !has(target, old)? {
                    return Ok(false);
                }
                fs::rename(target, temp.path()).map_err(FileError::of("remove", target))?;
                if !has(temp.path(), old)? {
                    let back = temp.persist_noclobber(target);
                    return back.map(|_| false).map_err(failed_to("restore", target));
                }
                self.temp = Some(temp);
            }
            (_, _, None) => return Ok(false),
        }
        sync_folder(folder_of(target));
        Ok(true)
    }

    /// Takes the change back that was made, if nobody has changed the file since; `false` if somebody has.
    /// What was there before is had back without space on the disk, where the file system can.
    pub fn undo(self) -> Result<bool, FileError> {
        let Pending { target, old, new, temp, in_place: _ } = self;
        let undone = match (old, new, temp) {
            (Some(_), Some(new), Some(temp)) => {
                let replaced = exchange::replace(temp.path(), &target, &new);
                replaced.map_err(FileError::of("restore", &target))?.unwrap_or(false)
            }
            (Some(old), Some(new), None) => Pending::write(&target, Some(&new), &old)?.put()?,
            (None, Some(new), _) => {
                let is_own = has(&target, &new)?;
                if is_own {
                    fs::remove_file(&target).map_err(FileError::of("remove", &target))?;
                }
                is_own
            }
            (_, None, temp) => match temp.map(|temp| temp.persist_noclobber(&target)) {
                Some(Ok(_)) => true,
                Some(Err(error)) if error.error.kind() == ErrorKind::AlreadyExists => false,
                Some(Err(error)) => return Err(failed_to("restore", &target)(error)),
                None => false,
            },
        };
        sync_folder(folder_of(&target));
        Ok(undone)
    }
}

/// Whether a file is there and has just this content.
fn has(path: &Path, content: &[u8]) -> Result<bool, FileError> {
    match read(path, u64::MAX) {
        Ok(now) => Ok(now == content),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::of("read", path)(error)),
    }
}

/// Gives a new file the owner of the one it replaces. Whether nobody can then tell the two apart: the old
/// one has no other names, and its owner could be given.
#[cfg(unix)]
fn is_same_to_all(new: &File, old: &fs::Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = new.metadata()?;
    let has_owner = (own.uid(), own.gid()) == (old.uid(), old.gid())
        || std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid())).is_ok();
    Ok(has_owner && old.nlink() == 1)
}

#[cfg(not(unix))]
fn is_same_to_all(_: &File, _: &fs::Metadata) -> io::Result<bool> {
    Ok(true)
}

/// Writes a text over another one, in the same file; what was there comes back where that fails. For
/// files that cannot be replaced: a kill in the middle leaves a part of either.
fn overwrite(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let mut write = |text: &[u8]| {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text)?;
        file.set_len(text.len() as u64)?;
        file.sync_all()
    };
    write(new).inspect_err(|_| {
        let _ = write(old);
    })
}

/// Comparing and then renaming leaves a moment in which an editor can save. Exchanging the two
/// files leaves none: the file that was taken out is compared afterwards, and put back if it differs.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod exchange {
    use std::io;
    use std::path::Path;

    use crate::files::read;

    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    /// Replaces `target` by the file `new` if it holds `old`. `Some(false)`: it held something
    /// else, which was put back. `None`: the file system cannot exchange files.
    pub(crate) fn replace(new: &Path, target: &Path, old: &[u8]) -> io::Result<Option<bool>> {
        let swap = || renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE);
        let mut put = read(new, u64::MAX)?;
        match swap() {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return Ok(None),
            Err(Errno::NOENT) => return Ok(Some(false)),
            done => done?,
        }
        let mut taken = match read(new, u64::MAX) {
            Ok(taken) if taken == old => return Ok(Some(true)),
            Ok(taken) => taken,
            Err(error) => return swap().map_err(io::Error::from).and(Err(error)),
        };
        // A file saved while the old one is put back is kept too: repeat until nothing new comes out.
        loop {
            swap()?;
            let out = read(new, u64::MAX)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::ScratchFolder;

    #[test]
    fn a_change_is_taken_back_unless_somebody_else_edited_the_file() {
        let folder = ScratchFolder::new().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("linked"), "old").expect("written");
        fs::hard_link(at("linked"), at("other name")).expect("linked");
        for name in ["plain", "gone"] {
            fs::write(at(name), "old").expect("written");
        }
        let pending = |name: &str| match name {
            "gone" => Pending::removal(&at(name), b"old").expect("prepared"),
            "new" => Pending::write(&at(name), None, b"new").expect("prepared"),
            _ => Pending::write(&at(name), Some(b"old"), b"new").expect("prepared"),
        };
        let now = |name: &str| fs::read_to_string(at(name)).ok();
        for name in ["plain", "linked", "gone", "new"] {
            let before = now(name);
            let mut change = pending(name);
            assert!(change.put().expect("put"), "{name}");
            assert_ne!(now(name), before, "{name}");
            assert!(change.undo().expect("undone"), "{name}");
            assert_eq!(now(name), before, "{name}");
            let mut change = pending(name);
            assert!(change.put().expect("put"), "{name}");
            fs::write(at(name), "edited").expect("written");
            assert!(!change.undo().expect("looked at"), "{name}");
            assert_eq!(now(name).as_deref(), Some("edited"), "{name}");
            // a change of what is not as it was is not made
            assert!(!pending(name).put().expect("looked at"), "{name}");
            assert_eq!(now(name).as_deref(), Some("edited"), "{name}");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 5);
    }
}
