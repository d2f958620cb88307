//! What the flags of `register` and `update` may say.

use crate::error::Failure;
use crate::tracking;

/// Values of flags, to be checked before anything is written.
pub(super) struct Values<'a> {
    /// The session's own terminal.
    pub terminal: Option<&'a str>,
    /// Flags with one text.
    pub texts: Vec<(&'static str, Option<&'a String>)>,
    /// `--task` and `--done`.
    pub tasks: &'a [String],
    /// `--scope`.
    pub scope: &'a [String],
    /// `--blocked-by`.
    pub blocked_by: &'a [String],
}

impl Values<'_> {
    /// # Errors
    /// The first value that cannot be: a control character, a glob that is none, a terminal that
    /// cannot be one or waits for itself.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let texts = self.texts.iter().filter_map(|(flag, text)| Some((*flag, (*text)?)));
        let tasks = self.tasks.iter().map(|task| ("--task", task));
        let scope = || self.scope.iter().map(|glob| ("--scope", glob));
        for (flag, text) in texts.chain(tasks).chain(scope()) {
            if text.chars().any(char::is_control) {
                return Err(Failure::new(format!("{flag} {text:?} has a control character"))
                    .help("write it in one line, without tabs"));
            }
        }
        for (flag, glob) in scope() {
            globset::Glob::new(glob).map_err(|error| {
                Failure::new(format!("{flag} {glob}: {}", error.kind()))
                    .help("a glob is like src/**, *.rs or docs/{a,b}.md")
            })?;
        }
        for id in self.blocked_by.iter().filter(|id| !id.is_empty()) {
            tracking::check_id("terminal", id)?;
            if self.terminal == Some(id.as_str()) {
                return Err(Failure::new(format!("{id} cannot wait for itself"))
                    .help("name another terminal with --blocked-by"));
            }
        }
        Ok(())
    }
}

/// The values once each, without blank ones.
pub(super) fn distinct(values: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for value in values.iter().filter(|value| !value.trim().is_empty()) {
        if !distinct.contains(value) {
            distinct.push(value.clone());
        }
    }
    distinct
}
