//! The tracking directory that somebody named.

use std::fs;
use std::path::Path;

use crate::model::{Evidence, Finding, Severity, TRACKING, shown_path};

/// Why it cannot be the one that was meant.
pub(super) fn trouble(dir: &Path) -> Option<Finding> {
    let shown = shown_path(dir);
    let (severity, message) = match fs::read_dir(dir) {
        Ok(entries) => {
            let is_ours = |name: &Path| name.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
            if entries.flatten().any(|entry| is_ours(&entry.path())) {
                return None;
            }
            (Severity::Warning, format!("the tracking directory {shown} contains no tracking files"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            (Severity::Warning, format!("the tracking directory {shown} does not exist"))
        }
        Err(_) if dir.is_file() => {
            (Severity::Error, format!("the tracking directory {shown} is a file, not a directory"))
        }
        Err(error) => (Severity::Error, format!("the tracking directory {shown} cannot be read: {error}")),
    };
    Some(Finding {
        check: &TRACKING,
        severity,
        terminals: Vec::new(),
        path: None,
        message,
        suggestion: "Correct --tracking-dir or TRACK_WORK_DIR; track-work init creates a new one."
            .to_string(),
        evidence: Evidence::File { name: shown.to_string(), line: None, column: None, text: None },
        recommendation: None,
    })
}
