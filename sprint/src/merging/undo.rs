//! Takes the last run back.

use crate::files::lock::RunLock;
use crate::git::{BranchPlace, Repository};
use crate::model::{LastRun, shown_path};

use super::error::MergingError;
use super::state::Notes;

/// Takes the target back to where it was before the last run, if it is where that left it.
///
/// # Errors
/// There is no such run; the target has moved on; uncommitted work would be overwritten.
pub fn undo(repository: &Repository, notes: &Notes, lock: &RunLock) -> Result<LastRun, MergingError> {
    let Some(last) = notes.last()? else {
        return Err(MergingError::unfit("no run can be taken back", "`git reflog` shows where a branch was"));
    };
    let LastRun { target, from, to, .. } = &last;
    let reference = format!("refs/heads/{target}");
    let now = repository.commit_now(&reference)?;
    if now == Some(*from) {
        // by a call that was killed then, or by hand
        notes.note_last(None)?;
        return Ok(last);
    }
    if now != Some(*to) {
        let to_where = now.map_or("it does not exist".to_string(), |now| format!("it is at {}", now.short()));
        return Err(MergingError::unfit(
            format!("{target} is not where the run left it ({}): {to_where}", to.short()),
            format!("{} is the commit before the run", from.short()),
        ));
    }
    let attempt = match repository.checked_out(target) {
        BranchPlace::Nowhere => repository.swap_branch(target, *from, *to, lock.file())?,
        BranchPlace::At(top) => {
            let attempt = repository.take_branch_back(&top, target, *from, lock.file())?;
            if repository.commit_now(&reference)? == Some(*to) {
                let said = attempt.said.join("\n");
                return Err(MergingError::unfit(
                    format!(
                        "uncommitted work in {} keeps {target} from being taken back:\n{said}",
                        shown_path(&top)
                    ),
                    "commit it, or stash it (git stash --include-untracked), then rerun",
                ));
            }
            attempt
        }
        BranchPlace::Held(reason) | BranchPlace::Several(reason) => {
            return Err(MergingError::unfit(
                format!("{target} cannot be moved: {reason}"),
                "end that, then rerun",
            ));
        }
    };
    if repository.commit_now(&reference)? != Some(*from) {
        return Err(MergingError::unfit(
            format!("{target} was not taken back:\n{}", attempt.said.join("\n")),
            "resolve that, then rerun",
        ));
    }
    notes.note_last(None)?;
    Ok(last)
}
