//! `sync --resolve`: tracking files with the marks of a merge, merged by what they say.

use crate::commands::failure::Failure;
use crate::files::{self, FileError};
use crate::git::unmerged_versions;
use crate::model::ResolvedFile;
use crate::pipeline::resolve_tracking;
use crate::tracking::{Tracking, TrackingError};

use super::writing::Writer;

/// How often a file is read again that others change meanwhile.
const ATTEMPTS: usize = 20;

/// Resolves what can be resolved in the tracking files, and tells what a person has to decide.
///
/// # Errors
/// A file that cannot be read or written, or that keeps changing.
pub(super) fn resolve(writer: &Writer) -> Result<Vec<ResolvedFile>, Failure> {
    let mut resolved = Vec::new();
    for name in Tracking::merged_names(writer.dir())? {
        let mut attempts = 0..ATTEMPTS;
        let done = loop {
            if attempts.next().is_none() {
                return Err(TrackingError::ChangedMeanwhile { file: name }.into());
            }
            let path = writer.dir().join(&name);
            let text = files::read(&path, u64::MAX).map_err(FileError::of("read", &path))?;
            let versions = unmerged_versions(writer.dir(), &name)?;
            let style = writer.workspace.options.conflict_style;
            let Some((file, new)) = resolve_tracking(&name, &text, versions, style) else { break None };
            let Some(new) = new.filter(|new| *new != text) else { break Some(file) };
            if writer.replace(&name, &text, &new)? {
                break Some(file);
            }
        };
        resolved.extend(done);
    }
    Ok(resolved)
}
