//! What is shown of an answer: the flags `--terminal`, `--story`, `--path` and `--conflicts`.

use crate::cli::ShowOnly;
use crate::commands::failure::Failure;
use crate::model::{Facts, LogEntry, Selection, ShownFilter, UnfitGlob, few};

/// What the flags say.
///
/// # Errors
/// A text is no glob.
pub(super) fn selection(only: &ShowOnly) -> Result<Selection, Failure> {
    let ShowOnly { terminals, stories, paths, conflicts } = only.clone();
    Ok(Selection::new(ShownFilter { stories, terminals, paths, conflicts })?)
}

/// What they mean among the terminals that there are.
///
/// # Errors
/// Nothing matches a glob.
pub(super) fn among(selection: Selection, facts: &Facts) -> Result<Selection, Failure> {
    Ok(selection.among(facts)?)
}

/// What they mean among these terminals and those of the history.
///
/// # Errors
/// Nothing matches a glob.
pub(super) fn in_history(
    selection: Selection,
    facts: &Facts,
    history: &[LogEntry],
) -> Result<Selection, Failure> {
    Ok(selection.in_history(facts, history)?)
}

impl From<UnfitGlob> for Failure {
    fn from(unfit: UnfitGlob) -> Failure {
        let UnfitGlob { flag, glob, why, mut known } = unfit;
        match why {
            Some(why) => Failure::new(format!("{flag} {glob}: {why}"))
                .help("use a glob such as login-*; quote it for the shell"),
            None => {
                let what = match flag {
                    "--path" => "no terminal touched a path that matches",
                    "--story" => "no story matches",
                    _ => "no terminal matches",
                };
                let distance = |name: &String| strsim::osa_distance(name, &glob);
                known.sort_by_cached_key(distance);
                let known = if known.is_empty() { "there are none".to_string() } else { few(&known) };
                Failure::new(format!("{flag} {glob}: {what}")).help(format!("the nearest: {known}"))
            }
        }
    }
}
