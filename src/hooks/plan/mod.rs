//! What installing and uninstalling do to the files of one hook: inspect everything, then
//! decide, then act; each step leaves the old hook complete, in its place or next to it.

mod moved;
mod refusal;
mod seen;
mod steps;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::GitHook;
use super::part::{self, Before, HookPart, Rest};

pub use refusal::Refusal;
use refusal::{both_there, cannot_tell, edited, in_the_way};
use seen::{Aside, HookFiles, There, look};
pub use seen::{HookState, state};
use steps::{FileStep, carry_out};

/// What was done to one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookChange {
    /// Created; there was no hook.
    Made,
    /// Added to the existing script, which runs first.
    Added,
    /// Put in the place of the existing hook, which now has this name and runs first.
    MovedAside(PathBuf),
    /// The same, but the existing hook is not executable, so git never ran it; it still does not run.
    MovedAsideUnused(PathBuf),
    /// Updated, or made executable again.
    Renewed,
    /// Nothing: it was installed.
    Already,
    /// Removed, and the earlier hook restored.
    Removed,
    /// Nothing: it was not installed.
    NotThere,
}

/// What to do to one hook; nothing is done yet.
pub struct Plan {
    steps: Vec<FileStep>,
    outcome: HookChange,
}

impl Plan {
    /// Carries the plan out, and returns what was done.
    ///
    /// # Errors
    /// I/O errors; somebody else changed the hook meanwhile. The earlier hook
    /// still exists, in its place or next to it.
    pub fn carry_out(self) -> Result<HookChange, Refusal> {
        self.steps.into_iter().try_for_each(carry_out)?;
        Ok(self.outcome)
    }
}

/// How to install a hook. `made_folder`: the folder was made for it; `force`
/// replaces a part that somebody edited.
///
/// # Errors
/// Something is in the way; I/O errors.
pub fn install(folder: &Path, hook: GitHook, made_folder: bool, force: bool) -> Result<Plan, Refusal> {
    let (steps, outcome) = decide_install(look(folder, hook)?, made_folder, force)?;
    Ok(Plan { steps, outcome })
}

/// How to uninstall a hook and restore the earlier one. `force` removes
/// a part that somebody edited.
///
/// # Errors
/// Something is in the way; I/O errors.
pub fn uninstall(folder: &Path, hook: GitHook, force: bool) -> Result<Plan, Refusal> {
    let (steps, outcome) = decide_uninstall(look(folder, hook)?, force)?;
    Ok(Plan { steps, outcome })
}

fn decide_install(
    seen: HookFiles,
    made_folder: bool,
    force: bool,
) -> Result<(Vec<FileStep>, HookChange), Refusal> {
    let HookFiles { hook, folder, path, there, aside_path, aside, older } = seen;
    let before = if made_folder { Before::NoFolder } else { Before::Nothing };
    let text = part::new_file(hook, before);
    let second = |path: &Path| FileStep::SecondName { path: path.to_path_buf(), second: aside_path.clone() };
    let neighbors = (aside != Aside::Nothing).then(|| FileStep::LinkNeighbors { hooks: folder.clone() });
    // what version 1 moved goes to its new place before ours looks for it there
    let brought = older.as_ref().map(|older| second(older));
    let after = older.iter().map(|older| FileStep::Remove { path: older.clone() }).chain(neighbors);
    match there {
        _ if aside == Aside::Two => Err(both_there(older.as_ref().unwrap_or(&path), &aside_path)),
        There::Folder => Err(in_the_way(&path, "is a folder", "move it away, then rerun")),
        There::Nothing => {
            let steps = brought.into_iter().chain([FileStep::Put { path, text }]).chain(after);
            Ok((steps.collect(), HookChange::Made))
        }
        There::Script { text: old, executable } => {
            let new = match part::find(&old, hook) {
                HookPart::Absent if aside == Aside::Nothing => {
                    let new = part::insert(&old, hook);
                    return Ok((vec![FileStep::Write { path, old, new }], HookChange::Added));
                }
                HookPart::Absent => return Err(both_there(&path, older.as_ref().unwrap_or(&aside_path))),
                HookPart::Edited if !force => return Err(edited(&path)),
                HookPart::Present(_) => old.clone(),
                HookPart::OtherVersion(_) | HookPart::Edited => part::renewed(&old, hook),
            };
            if part::find(&new, hook) == HookPart::Edited {
                return Err(cannot_tell(&path));
            }
            let mut steps: Vec<FileStep> = brought.into_iter().collect();
            if new != old {
                steps.push(FileStep::Write { path: path.clone(), old, new });
            }
            if !executable {
                steps.push(FileStep::MakeExecutable { path });
            }
            let outcome = if steps.is_empty() { HookChange::Already } else { HookChange::Renewed };
            steps.extend(after);
            Ok((steps, outcome))
        }
        There::Other if aside == Aside::Other => {
            Err(both_there(&path, older.as_ref().unwrap_or(&aside_path)))
        }
        There::Other => {
            let runs = is_executable(&path);
            let removed = older.map(|path| FileStep::Remove { path });
            // a link may lead to a neighbor
            let there_too = FileStep::LinkNeighbors { hooks: folder };
            let ours = FileStep::Put { path: path.clone(), text: part::new_file(hook, Before::Nothing) };
            let steps = [second(&path)].into_iter().chain(removed).chain([there_too, ours]);
            let outcome = if runs { HookChange::MovedAside } else { HookChange::MovedAsideUnused };
            Ok((steps.collect(), outcome(aside_path)))
        }
    }
}

/// Whether git would run it; links are followed.
fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

fn decide_uninstall(seen: HookFiles, force: bool) -> Result<(Vec<FileStep>, HookChange), Refusal> {
    let HookFiles { hook, folder, path, there, aside_path, aside, older } = seen;
    let cleared = FileStep::ClearMoved { hooks: folder.clone() };
    // where it is; an interrupted installation left it in both places
    let from = older.clone().unwrap_or_else(|| aside_path.clone());
    let give_back = |path: PathBuf| {
        let rest = FileStep::Remove { path: aside_path.clone() };
        let moved = FileStep::Rename { from: from.clone(), to: path };
        [Some(moved), older.is_some().then_some(rest)].into_iter().flatten()
    };
    let script = match (there, aside) {
        (_, Aside::Two) => return Err(both_there(&from, &aside_path)),
        (There::Script { text, .. }, _) if part::find(&text, hook) != HookPart::Absent => text,
        // an interrupted installation
        (There::Script { .. } | There::Other, Aside::Same) => {
            let both = [Some(aside_path), older].into_iter().flatten();
            let removed = both.map(|path| FileStep::Remove { path });
            return Ok((removed.chain([cleared]).collect(), HookChange::Removed));
        }
        // somebody removed ours and left the other one aside
        (There::Nothing, Aside::Other) => {
            return Ok((give_back(path).chain([cleared]).collect(), HookChange::Removed));
        }
        (_, Aside::Other) => return Err(both_there(&path, &from)),
        (_, Aside::Nothing | Aside::Same) => return Ok((vec![cleared], HookChange::NotThere)),
    };
    if part::find(&script, hook) == HookPart::Edited && !force {
        return Err(edited(&path));
    }
    let mut steps = match (part::remove(&script), aside) {
        (Rest::File(new), _) if new == script => return Err(cannot_tell(&path)),
        (Rest::File(_), Aside::Other | Aside::Same | Aside::Two) => return Err(both_there(&path, &from)),
        (Rest::File(new), Aside::Nothing) => vec![FileStep::Write { path, old: script, new }],
        (Rest::Nothing { .. }, Aside::Other | Aside::Same | Aside::Two) => give_back(path).collect(),
        (Rest::Nothing { folder: made }, Aside::Nothing) => {
            let folder_too = made.then_some(FileStep::RemoveFolder { path: folder });
            [FileStep::Remove { path }].into_iter().chain(folder_too).collect()
        }
    };
    steps.push(cleared);
    Ok((steps, HookChange::Removed))
}
