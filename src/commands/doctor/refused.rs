//! What of the tracking files the commands that write would refuse, because it is not written as they would edit it.

use crate::model::{Diagnosis, Edit, Severity, Step, TrackingFile};
use crate::tracking::{Changes, Tracking, TrackingError};

/// Each place with its reason. Nothing is written.
pub(super) fn refused(tracking: &Tracking) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = Vec::new();
    for file in &tracking.files {
        let edits = tried(file);
        if refusal(tracking, edits.clone()).is_none() {
            continue;
        }
        for message in edits.into_iter().filter_map(|edit| refusal(tracking, vec![edit])) {
            if found.iter().all(|known| known.message != message) {
                found.push(
                    Diagnosis::of("tracking", Severity::Warning, message)
                        .fix("rewrite this part by hand in plain YAML"),
                );
            }
        }
    }
    found
}

/// Why these edits of a file would not be made.
fn refusal(tracking: &Tracking, edits: Vec<Edit>) -> Option<String> {
    match tracking.preview(&Changes::of(edits)) {
        Err(TrackingError::Refused { file, problem }) => {
            let place = problem.line.map_or(String::new(), |line| format!(", line {line}"));
            Some(format!("{file}{place}: {}; commands that have to write there fail", problem.reason))
        }
        // what cannot be read is told already
        Ok(_) | Err(_) => None,
    }
}

/// An edit of each part that commands write to.
fn tried(file: &TrackingFile) -> Vec<Edit> {
    let set = |at: &[Step]| Edit::set(&file.name, at, "tried");
    let mut edits = Vec::new();
    for session in &file.sessions {
        let at = |keys: &[&str]| -> Vec<Step> {
            let own = ["sessions", session.at.terminal.as_str()];
            own.iter().chain(keys).map(|key| Step::from(*key)).collect()
        };
        edits.push(set(&at(&["status"])));
        edits.push(set(&at(&["observed", "head"])));
        edits.push(Edit::append(&file.name, &at(&["tasks"]), "tried"));
    }
    for entry in file.dependencies.iter().filter(|entry| !entry.is_short) {
        edits.push(set(&["dependencies".into(), entry.story.as_str().into(), "status".into()]));
    }
    edits.push(Edit::append(&file.name, &["coordination".into(), "conflicts".into()], "tried"));
    edits
}
