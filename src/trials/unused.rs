//! Checkouts in which nothing has been tried for a long time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::files::lock::RunLock;

/// After this long without a run, checkouts are removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Removes the folders of checkouts beside this one in which no run has ended for thirty days. A folder
/// that is in use or cannot be removed stays.
pub fn remove_unused(folder: &Path, who: &str) {
    let Some(all) = folder.parent() else { return };
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let path = entry.path();
        // each run makes its lock in the folder and removes it at the end
        let last_run =
            entry.metadata().ok().filter(fs::Metadata::is_dir).and_then(|data| data.modified().ok());
        let is_unused = last_run.is_some_and(|last| last.elapsed().is_ok_and(|age| age > UNUSED));
        let lock = path.join("lock");
        if path == folder || !is_unused || RunLock::holder(&lock).is_some() {
            continue;
        }
        if let Ok(_held) = RunLock::take(&lock, who) {
            _ = fs::remove_dir_all(&path);
        }
    }
}
