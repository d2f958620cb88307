//! What installing and uninstalling do to the files of one hook. First all is looked at, then
//! decided, then done; each step leaves the old hook whole, in its place or beside it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::GitHook;
use super::part::{self, Before, Part, Rest};
use crate::files::{FileError, Pending, put_program};

/// What a hook that our part cannot go into is called while ours is in its place.
const ASIDE: &str = "before-track-work";

/// How a hook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    /// There is no hook.
    Absent,
    /// There is one of somebody else.
    Foreign,
    /// Ours is in, and git runs it.
    Installed,
    /// Ours is in, and git does not run it: the file cannot be executed.
    NotExecutable,
    /// Ours is in, as another version wrote it.
    OtherVersion,
    /// Ours is in, and somebody changed it.
    Edited,
}

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

/// Why a hook is left as it is.
#[derive(Debug)]
pub enum Refusal {
    /// What is in the way, and what to do.
    InTheWay {
        /// What is the matter with which file.
        what: String,
        /// What to try.
        help: String,
    },
    /// What the system said.
    File(FileError),
}

impl From<FileError> for Refusal {
    fn from(error: FileError) -> Refusal {
        Refusal::File(error)
    }
}

/// One thing to do.
enum Step {
    /// The file gets a new text; it must still have the old one.
    Write { path: PathBuf, old: Vec<u8>, new: Vec<u8> },
    /// A new file that can be run takes this name, whatever has it.
    Put { path: PathBuf, text: Vec<u8> },
    /// The file gets a second name.
    SecondName { path: PathBuf, second: PathBuf },
    /// The file takes this name, whatever has it.
    Rename { from: PathBuf, to: PathBuf },
    /// The file goes.
    Remove { path: PathBuf },
    /// The folder goes, if nothing is in it.
    RemoveFolder { path: PathBuf },
    /// Everybody who may read the file may run it.
    MakeExecutable { path: PathBuf },
}

/// What has the name of the hook.
enum There {
    Nothing,
    Script {
        text: Vec<u8>,
        executable: bool,
    },
    /// A file that our part cannot go into: another language, a link, not executable.
    Other,
    Folder,
}

/// What has the name that hooks are moved aside to.
#[derive(PartialEq)]
enum Aside {
    Nothing,
    /// The same file: an installation was interrupted.
    Same,
    Other,
}

struct Seen {
    hook: GitHook,
    folder: PathBuf,
    path: PathBuf,
    aside_path: PathBuf,
    there: There,
    aside: Aside,
}

/// How a hook stands in a folder.
///
/// # Errors
/// What the system says.
pub fn state(folder: &Path, hook: GitHook) -> Result<HookState, FileError> {
    Ok(match look(folder, hook)?.there {
        There::Nothing => HookState::Absent,
        There::Other | There::Folder => HookState::Foreign,
        There::Script { text, executable } => match part::find(&text, hook) {
            Part::Absent => HookState::Foreign,
            _ if !executable => HookState::NotExecutable,
            Part::Present(_) => HookState::Installed,
            Part::OtherVersion(_) => HookState::OtherVersion,
            Part::Edited => HookState::Edited,
        },
    })
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

fn look(folder: &Path, hook: GitHook) -> Result<Seen, FileError> {
    let path = folder.join(hook.name());
    let aside_path = folder.join(format!("{}.{ASIDE}", hook.name()));
    let data = |path: &Path| match fs::symlink_metadata(path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(FileError::of("look at", path)(error)),
    };
    let own = data(&path)?;
    let aside = match (&own, data(&aside_path)?) {
        (_, None) => Aside::Nothing,
        (Some(own), Some(other)) if (own.dev(), own.ino()) == (other.dev(), other.ino()) => Aside::Same,
        _ => Aside::Other,
    };
    let there = match own {
        None => There::Nothing,
        Some(data) if data.is_dir() => There::Folder,
        Some(data) if data.is_file() => {
            let text = fs::read(&path).map_err(FileError::of("read", &path))?;
            let executable = data.mode() & 0o111 != 0;
            let ours = part::find(&text, hook) != Part::Absent;
            match ours || executable && part::is_shell_script(&text) {
                true => There::Script { text, executable },
                false => There::Other,
            }
        }
        Some(_) => There::Other,
    };
    Ok(Seen { hook, folder: folder.to_path_buf(), path, aside_path, there, aside })
}

fn decide_install(seen: Seen, made_folder: bool, force: bool) -> Result<(Vec<Step>, Outcome), Refusal> {
    let Seen { hook, path, aside_path, there, aside, .. } = seen;
    let before = if made_folder { Before::NoFolder } else { Before::Nothing };
    let text = part::new_file(hook, before);
    match there {
        There::Folder => Err(in_the_way(&path, "is a folder", "move it away, then run this again")),
        There::Nothing => Ok((vec![Step::Put { path, text }], Outcome::Made)),
        There::Script { text: old, executable } => {
            let new = match part::find(&old, hook) {
                Part::Absent if aside == Aside::Nothing => {
                    let new = part::insert(&old, hook);
                    return Ok((vec![Step::Write { path, old, new }], Outcome::Added));
                }
                Part::Absent => return Err(both_there(&path, &aside_path)),
                Part::Edited if !force => return Err(edited(&path)),
                Part::Present(_) => old.clone(),
                Part::OtherVersion(_) | Part::Edited => part::renewed(&old, hook),
            };
            if part::find(&new, hook) == Part::Edited {
                return Err(cannot_tell(&path));
            }
            let mut steps = Vec::new();
            if new != old {
                steps.push(Step::Write { path: path.clone(), old, new });
            }
            if !executable {
                steps.push(Step::MakeExecutable { path });
            }
            let outcome = if steps.is_empty() { Outcome::Already } else { Outcome::Renewed };
            Ok((steps, outcome))
        }
        There::Other if aside == Aside::Other => Err(both_there(&path, &aside_path)),
        There::Other => {
            let runs = is_executable(&path);
            let mut steps = Vec::new();
            if aside == Aside::Nothing {
                steps.push(Step::SecondName { path: path.clone(), second: aside_path.clone() });
            }
            steps.push(Step::Put { path, text: part::new_file(hook, Before::Nothing) });
            let outcome = if runs { Outcome::MovedAside } else { Outcome::MovedAsideUnused };
            Ok((steps, outcome(aside_path)))
        }
    }
}

/// Whether git would run it; what a link leads to counts.
fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

fn decide_uninstall(seen: Seen, force: bool) -> Result<(Vec<Step>, Outcome), Refusal> {
    let Seen { hook, folder, path, aside_path, there, aside } = seen;
    let give_back = |path: PathBuf| Step::Rename { from: aside_path.clone(), to: path };
    let script = match (there, &aside) {
        (There::Script { text, .. }, _) if part::find(&text, hook) != Part::Absent => text,
        // an interrupted installation
        (There::Script { .. } | There::Other, Aside::Same) => {
            return Ok((vec![Step::Remove { path: aside_path.clone() }], Outcome::Removed));
        }
        // somebody took ours away and left the other one aside
        (There::Nothing, Aside::Other) => return Ok((vec![give_back(path)], Outcome::Removed)),
        (_, Aside::Other) => return Err(both_there(&path, &aside_path)),
        (_, Aside::Nothing | Aside::Same) => return Ok((Vec::new(), Outcome::NotThere)),
    };
    if part::find(&script, hook) == Part::Edited && !force {
        return Err(edited(&path));
    }
    let steps = match (part::remove(&script), aside) {
        (Rest::File(new), _) if new == script => return Err(cannot_tell(&path)),
        (Rest::File(_), Aside::Other | Aside::Same) => return Err(both_there(&path, &aside_path)),
        (Rest::File(new), Aside::Nothing) => vec![Step::Write { path, old: script, new }],
        (Rest::Nothing { .. }, Aside::Other | Aside::Same) => vec![give_back(path)],
        (Rest::Nothing { folder: made }, Aside::Nothing) => {
            let folder_too = made.then_some(Step::RemoveFolder { path: folder });
            [Step::Remove { path }].into_iter().chain(folder_too).collect()
        }
    };
    Ok((steps, Outcome::Removed))
}

fn in_the_way(path: &Path, what: &str, help: &str) -> Refusal {
    Refusal::InTheWay { what: format!("{} {what}", path.display()), help: help.to_string() }
}

fn both_there(path: &Path, aside: &Path) -> Refusal {
    let [path, aside] = [path, aside].map(|path| path.display().to_string());
    Refusal::InTheWay {
        what: format!("{path} is not the hook that was put in the place of {aside}; both were left alone"),
        help: "join the two by hand and remove the second one, then run this again".to_string(),
    }
}

fn edited(path: &Path) -> Refusal {
    let help = "move your lines out from between \"# >>> track-work\" and \"# <<< track-work\" and run this again, or give them up with --force";
    in_the_way(path, "was edited inside of the part of track-work; it was left alone", help)
}

fn cannot_tell(path: &Path) -> Refusal {
    let help =
        "remove the lines from \"# >>> track-work\" to \"# <<< track-work\" by hand, then run this again";
    in_the_way(path, "does not show where the part of track-work begins and ends; it was left alone", help)
}

fn carry_out(step: Step) -> Result<(), Refusal> {
    let io = |doing, path: &Path| FileError::of(doing, path);
    match step {
        Step::Write { path, old, new } => match Pending::write(&path, Some(&old), &new)?.put()? {
            true => Ok(()),
            false => Err(in_the_way(
                &path,
                "was changed meanwhile by somebody else; it was left alone",
                "run this again",
            )),
        },
        Step::Put { path, text } => Ok(put_program(&path, &text)?),
        Step::SecondName { path, second } => match fs::hard_link(&path, &second) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(both_there(&path, &second)),
            // a file system without hard links
            Err(_) => Ok(fs::rename(&path, &second).map_err(io("rename", &path))?),
        },
        Step::Rename { from, to } => Ok(fs::rename(&from, &to).map_err(io("rename", &from))?),
        Step::Remove { path } => Ok(fs::remove_file(&path).map_err(io("remove", &path))?),
        Step::RemoveFolder { path } => match fs::remove_dir(&path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            done => Ok(done.map_err(io("remove", &path))?),
        },
        Step::MakeExecutable { path } => {
            let mode = fs::metadata(&path).map_err(io("look at", &path))?.mode();
            let mode = mode | (mode & 0o444) >> 2;
            let permissions = fs::Permissions::from_mode(mode);
            Ok(fs::set_permissions(&path, permissions).map_err(io("change", &path))?)
        }
    }
}
