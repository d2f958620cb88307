//! New tracking files, and new texts of whole ones.

use std::fs;
use std::path::Path;

use super::{Lock, TrackingError};
use crate::files::{FileError, Pending, folder_of};

/// Creates a small file, completely or not at all, and the folders above it.
///
/// # Errors
/// [`TrackingError::Exists`] if the file exists; I/O errors.
pub fn write_new(path: &Path, text: &str) -> Result<(), TrackingError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(TrackingError::io("create", folder))?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(TrackingError::Exists { path: path.to_path_buf() });
    }
    let put = || Pending::write(path, None, text.as_bytes())?.put();
    // Another writer that takes this folder's lock now removes the file as one of a killed writer.
    let gone = |error: &FileError| error.source.kind() == std::io::ErrorKind::NotFound;
    match put().or_else(|error| if gone(&error) { put() } else { Err(error) })? {
        true => Ok(()),
        false => Err(TrackingError::Exists { path: path.to_path_buf() }),
    }
}

/// Replaces the whole text of a file, unless that is another one meanwhile.
///
/// # Errors
/// I/O errors; the file is as it was.
pub fn replace(_lock: &Lock, path: &Path, old: &[u8], new: &[u8]) -> Result<bool, TrackingError> {
    Ok(Pending::write(path, Some(old), new)?.put()?)
}
