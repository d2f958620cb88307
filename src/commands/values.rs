//! What the flags of `register` and `update` may say.

use crate::commands::failure::Failure;

/// Values of flags, to be checked before anything is written.
pub(super) struct Values<'a> {
    /// Flags with one text.
    pub texts: Vec<(&'static str, Option<&'a String>)>,
    /// `--task` and `--done`.
    pub tasks: &'a [String],
    /// `--scope`.
    pub scope: &'a [String],
}

impl Values<'_> {
    /// # Errors
    /// The first value that cannot be: a control character, a glob that is none.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let texts = self.texts.iter().filter_map(|(flag, text)| Some((*flag, (*text)?)));
        let tasks = self.tasks.iter().map(|task| ("--task", task));
        let scope = || self.scope.iter().map(|glob| ("--scope", glob));
        for (flag, text) in texts.chain(tasks).chain(scope()) {
            if text.chars().any(char::is_control) {
                return Err(Failure::new(format!("{flag} {text:?} contains a control character"))
                    .help("write it on one line, without tabs"));
            }
        }
        for (flag, glob) in scope() {
            globset::Glob::new(glob).map_err(|error| {
                Failure::new(format!("{flag} {glob}: {}", error.kind()))
                    .help("examples of globs: src/**, *.rs, docs/{a,b}.md")
            })?;
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
