//! New tracking files.

use std::fs;
use std::path::Path;

use super::TrackingError;
use crate::files::{FileError, Pending, folder_of};

/// Creates a small file and the folders above it, whole or not at all.
///
/// # Errors
/// [`TrackingError::Exists`] when there is one; what the system says otherwise.
pub fn write_new(path: &Path, text: &str) -> Result<(), TrackingError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(TrackingError::io("create", folder))?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(TrackingError::Exists { path: path.to_path_buf() });
    }
    let put = || Pending::write(path, None, text.as_bytes())?.put();
    // A writer that takes the lock of this folder just now takes the file for one of a killed writer.
    let gone = |error: &FileError| error.source.kind() == std::io::ErrorKind::NotFound;
    match put().or_else(|error| if gone(&error) { put() } else { Err(error) })? {
        true => Ok(()),
        false => Err(TrackingError::Exists { path: path.to_path_buf() }),
    }
}
