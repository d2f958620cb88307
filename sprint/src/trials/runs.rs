//! Runs the commands of a person on what is checked out.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::git::{GitError, ShellEnd, run_shell};
use crate::model::FailedCommand;

use super::error::NotRun;

/// What running all commands came to.
#[derive(Debug)]
pub enum Ran {
    /// All passed.
    Passed,
    /// One failed.
    Failed(FailedCommand),
    /// One could not be run to its end.
    NotRun(NotRun),
    /// Somebody wants this program to stop.
    Interrupted,
}

/// Where and how long commands are run.
pub struct RunPlace<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// How long each may take, in seconds.
    pub timeout: Option<u64>,
    /// The lock on this file is held as long as something of them runs.
    pub guard: &'a File,
    /// Whether to stop.
    pub is_interrupted: &'a dyn Fn() -> bool,
}

/// Runs commands one after the other until one does not pass. `begins` is told each, `on` is what is checked out.
///
/// # Errors
/// No shell starts.
pub fn run(commands: &[String], on: &str, place: &RunPlace, begins: &dyn Fn(&str)) -> Result<Ran, GitError> {
    for command in commands {
        begins(command);
        let failed = |error: std::io::Error| GitError::Program {
            doing: format!("run {command}"),
            reason: error.to_string(),
        };
        let limit = place.timeout.map(Duration::from_secs);
        let run =
            run_shell(command, place.folder, limit, place.guard, place.is_interrupted).map_err(failed)?;
        let (command, said) = (command.clone(), run.said);
        match run.end {
            ShellEnd::Passed => {}
            ShellEnd::Failed(status) => return Ok(Ran::Failed(FailedCommand { command, status, said })),
            ShellEnd::NotRun(why) => {
                return Ok(Ran::NotRun(NotRun { command, on: on.to_string(), why, said }));
            }
            ShellEnd::Interrupted => return Ok(Ran::Interrupted),
        }
    }
    Ok(Ran::Passed)
}
