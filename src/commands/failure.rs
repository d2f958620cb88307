//! Why a run failed: what was being done, to what, and what to try.

use std::fmt;

use crate::error::Error;
use crate::files::FileError;
use crate::git::GitError;
use crate::merging::error::MergingError;
use crate::model::shown;
use crate::render::file_line;
use crate::sharing::error::SharingError;
use crate::tracking::TrackingError;
use crate::trials::error::TrialError;

use super::hints::{git_hint, hint, merging_hint, sharing_hint, tracking_hint, trial_hint};

/// A failed run. It ends with exit status 2.
#[derive(Debug)]
pub struct Failure {
    message: String,
    /// Lines about it, each ended.
    lines: String,
    help: Option<String>,
}

impl Failure {
    /// A failure with what was being done, to what, and why it could not be.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), lines: String::new(), help: None }
    }

    /// A failure whose message goes on with lines of a command.
    fn of_lines(text: &str, help: Option<String>) -> Failure {
        let (first, more) = text.split_once('\n').unwrap_or((text, ""));
        let lines = more.lines().map(|line| format!("{}\n", shown(line))).collect();
        Failure { message: first.to_string(), lines, help }
    }

    /// The same with the line of the file that it is about.
    pub fn at(mut self, line: Option<usize>, column: Option<usize>, text: Option<&str>) -> Failure {
        self.lines.push_str(&file_line(line, column, text, 80));
        self
    }

    /// What was being done, to what, and why it could not be; without what to try.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same with the failure that it comes from, and what to try there.
    pub fn because(mut self, cause: Failure) -> Failure {
        self.lines.push_str(&format!("{}\n{}", shown(&cause.message), cause.lines));
        Failure { help: self.help.or(cause.help), ..self }
    }

    /// What to try.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The same with what to try.
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.message))?;
        let help = self.help.iter().map(|help| format!("help: {help}"));
        let lines = self.lines.lines().map(str::to_string);
        lines.chain(help).try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Failure {}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Failure {
        Failure { help: git_hint(&error), ..Failure::new(error.to_string()) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let failure = Failure { help: hint(&error), ..Failure::new(error.to_string()) };
        match error {
            Error::Config(broken) => failure.at(broken.line, None, broken.text.as_deref()),
            _ => failure,
        }
    }
}

impl From<MergingError> for Failure {
    fn from(error: MergingError) -> Failure {
        Failure::of_lines(&error.to_string(), merging_hint(&error))
    }
}

impl From<SharingError> for Failure {
    fn from(error: SharingError) -> Failure {
        Failure::of_lines(&error.to_string(), sharing_hint(&error))
    }
}

impl From<TrialError> for Failure {
    fn from(error: TrialError) -> Failure {
        Failure::of_lines(&error.to_string(), trial_hint(&error))
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        TrackingError::from(error).into()
    }
}

impl From<TrackingError> for Failure {
    fn from(error: TrackingError) -> Failure {
        let failure = Failure::new(error.to_string()).help(tracking_hint(&error));
        match error.problem() {
            Some(problem) => failure.at(problem.line, problem.column, problem.text.as_deref()),
            None => failure,
        }
    }
}
