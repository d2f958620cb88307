//! What installing and uninstalling do to the files of one hook. First all is looked at, then
//! decided, then done; each step leaves the old hook whole, in its place or beside it.

mod moved;
mod refusal;
mod seen;
mod steps;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::GitHook;
use super::part::{self, Before, Part, Rest};

pub use refusal::Refusal;
use refusal::{both_there, cannot_tell, edited, in_the_way};
use seen::{Aside, Seen, There, look};
pub use seen::{HookState, state};
use steps::{Step, carry_out};

/// What was done to one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Made where there was none.
    Made,
    /// Put into the script that was there, which runs first.
    Added,
    /// Put in the place of the hook that was there, which now has this name and runs first.
    MovedAside(PathBuf),
    /// The same, but git never ran what was there, because it cannot be executed; it still does not run.
    MovedAsideUnused(PathBuf),
    /// Written anew, or made executable again.
    Renewed,
    /// Nothing: it was there.
    Already,
    /// Taken out, and what was there before is there again.
    Removed,
    /// Nothing: it was not there.
    NotThere,
}

/// What is to be done to one hook. Nothing is done yet.
pub struct Plan {
    steps: Vec<Step>,
    outcome: Outcome,
}

impl Plan {
    /// Does it, and says what was done.
    ///
    /// # Errors
    /// What the system says, and that somebody else changed the hook meanwhile. What was there before
    /// is there still, in its place or beside it.
    pub fn carry_out(self) -> Result<Outcome, Refusal> {
        self.steps.into_iter().try_for_each(carry_out)?;
        Ok(self.outcome)
    }
}

/// How to put our part into a hook. `made_folder` says that the folder was made for it; `force`
/// replaces a part that somebody edited.
///
/// # Errors
/// Something is in the way; what the system says.
pub fn install(folder: &Path, hook: GitHook, made_folder: bool, force: bool) -> Result<Plan, Refusal> {
    let (steps, outcome) = decide_install(look(folder, hook)?, made_folder, force)?;
    Ok(Plan { steps, outcome })
}

/// How to take our part out of a hook, so that what was there before is there again. `force` takes
/// out a part that somebody edited.
///
/// # Errors
/// Something is in the way; what the system says.
pub fn uninstall(folder: &Path, hook: GitHook, force: bool) -> Result<Plan, Refusal> {
    let (steps, outcome) = decide_uninstall(look(folder, hook)?, force)?;
    Ok(Plan { steps, outcome })
}

fn decide_install(seen: Seen, made_folder: bool, force: bool) -> Result<(Vec<Step>, Outcome), Refusal> {
    let Seen { hook, folder, path, there, aside_path, aside, older } = seen;
    let before = if made_folder { Before::NoFolder } else { Before::Nothing };
    let text = part::new_file(hook, before);
    let second = |path: &Path| Step::SecondName { path: path.to_path_buf(), second: aside_path.clone() };
    let neighbors = (aside != Aside::Nothing).then(|| Step::LinkNeighbors { hooks: folder.clone() });
    // what version 1 moved goes to its new place before ours looks for it there
    let brought = older.as_ref().map(|older| second(older));
    let after = older.iter().map(|older| Step::Remove { path: older.clone() }).chain(neighbors);
    match there {
        _ if aside == Aside::Two => Err(both_there(older.as_ref().unwrap_or(&path), &aside_path)),
        There::Folder => Err(in_the_way(&path, "is a folder", "move it away, then rerun")),
        There::Nothing => {
            let steps = brought.into_iter().chain([Step::Put { path, text }]).chain(after);
            Ok((steps.collect(), Outcome::Made))
        }
        There::Script { text: old, executable } => {
            let new = match part::find(&old, hook) {
                Part::Absent if aside == Aside::Nothing => {
                    let new = part::insert(&old, hook);
                    return Ok((vec![Step::Write { path, old, new }], Outcome::Added));
                }
                Part::Absent => return Err(both_there(&path, older.as_ref().unwrap_or(&aside_path))),
                Part::Edited if !force => return Err(edited(&path)),
                Part::Present(_) => old.clone(),
                Part::OtherVersion(_) | Part::Edited => part::renewed(&old, hook),
            };
            if part::find(&new, hook) == Part::Edited {
                return Err(cannot_tell(&path));
            }
            let mut steps: Vec<Step> = brought.into_iter().collect();
            if new != old {
                steps.push(Step::Write { path: path.clone(), old, new });
            }
            if !executable {
                steps.push(Step::MakeExecutable { path });
            }
            let outcome = if steps.is_empty() { Outcome::Already } else { Outcome::Renewed };
            steps.extend(after);
            Ok((steps, outcome))
        }
        There::Other if aside == Aside::Other => {
            Err(both_there(&path, older.as_ref().unwrap_or(&aside_path)))
        }
        There::Other => {
            let runs = is_executable(&path);
            let removed = older.map(|path| Step::Remove { path });
            // a link may lead to a neighbor
            let there_too = Step::LinkNeighbors { hooks: folder };
            let ours = Step::Put { path: path.clone(), text: part::new_file(hook, Before::Nothing) };
            let steps = [second(&path)].into_iter().chain(removed).chain([there_too, ours]);
            let outcome = if runs { Outcome::MovedAside } else { Outcome::MovedAsideUnused };
            Ok((steps.collect(), outcome(aside_path)))
        }
    }
}

/// Whether git would run it; what a link leads to counts.
fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

fn decide_uninstall(seen: Seen, force: bool) -> Result<(Vec<Step>, Outcome), Refusal> {
    let Seen { hook, folder, path, there, aside_path, aside, older } = seen;
    let cleared = Step::ClearMoved { hooks: folder.clone() };
    // where it is; an interrupted installation left it in both places
    let from = older.clone().unwrap_or_else(|| aside_path.clone());
    let give_back = |path: PathBuf| {
        let rest = Step::Remove { path: aside_path.clone() };
        let moved = Step::Rename { from: from.clone(), to: path };
        [Some(moved), older.is_some().then_some(rest)].into_iter().flatten()
    };
    let script = match (there, aside) {
        (_, Aside::Two) => return Err(both_there(&from, &aside_path)),
        (There::Script { text, .. }, _) if part::find(&text, hook) != Part::Absent => text,
        // an interrupted installation
        (There::Script { .. } | There::Other, Aside::Same) => {
            let both = [Some(aside_path), older].into_iter().flatten();
            let removed = both.map(|path| Step::Remove { path });
            return Ok((removed.chain([cleared]).collect(), Outcome::Removed));
        }
        // somebody took ours away and left the other one aside
        (There::Nothing, Aside::Other) => {
            return Ok((give_back(path).chain([cleared]).collect(), Outcome::Removed));
        }
        (_, Aside::Other) => return Err(both_there(&path, &from)),
        (_, Aside::Nothing | Aside::Same) => return Ok((vec![cleared], Outcome::NotThere)),
    };
    if part::find(&script, hook) == Part::Edited && !force {
        return Err(edited(&path));
    }
    let mut steps = match (part::remove(&script), aside) {
        (Rest::File(new), _) if new == script => return Err(cannot_tell(&path)),
        (Rest::File(_), Aside::Other | Aside::Same | Aside::Two) => return Err(both_there(&path, &from)),
        (Rest::File(new), Aside::Nothing) => vec![Step::Write { path, old: script, new }],
        (Rest::Nothing { .. }, Aside::Other | Aside::Same | Aside::Two) => give_back(path).collect(),
        (Rest::Nothing { folder: made }, Aside::Nothing) => {
            let folder_too = made.then_some(Step::RemoveFolder { path: folder });
            [Step::Remove { path }].into_iter().chain(folder_too).collect()
        }
    };
    steps.push(cleared);
    Ok((steps, Outcome::Removed))
}
