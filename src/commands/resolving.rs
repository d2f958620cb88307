//! `sync --resolve`: tracking files with the marks of a merge, merged by what they say.

use std::path::{Path, PathBuf};

use inquire::{InquireError, Select};

use crate::commands::asking::ask_person;
use crate::commands::failure::Failure;
use crate::files::{self, FileError};
use crate::git::unmerged_versions;
use crate::model::{BothValues, ResolvedFile, Side, shown, shown_path};
use crate::pipeline::{TRACKING_DIR, Workspace, resolve_tracking};
use crate::tracking::{Tracking, TrackingError};

use super::writing::Writer;

/// How often a file is read again that others change meanwhile.
const ATTEMPTS: usize = 20;

/// Resolves what can be resolved in the tracking files; what a person has to decide is asked where `asks` says so, and
/// told otherwise.
///
/// # Errors
/// A file that cannot be read or written, or that keeps changing; a question that was interrupted.
pub(super) fn resolve(writer: &Writer, asks: bool) -> Result<Vec<ResolvedFile>, Failure> {
    let own = (writer.dir().to_path_buf(), false);
    let folders = [own].into_iter().chain(checked_out(&writer.workspace).map(|folder| (folder, true)));
    let mut resolved = Vec::new();
    for (folder, is_other) in folders {
        for name in Tracking::merged_names(&folder)? {
            // those of another folder are named in full
            let shown = if is_other { shown_path(&folder.join(&name)) } else { name.clone() };
            let file = resolve_file(writer, &folder, &name, &mut Questions::of(&shown, asks))?;
            resolved.extend(file.map(|file| ResolvedFile { name: shown, ..file }));
        }
    }
    Ok(resolved)
}

/// The tracking files that a linked worktree has checked out, where commands run there work with those of the main
/// worktree: git merges them there.
fn checked_out(workspace: &Workspace) -> Option<PathBuf> {
    let (main, here) = (workspace.repository.main_worktree()?, workspace.repository.current_worktree()?);
    let is_usual = workspace.tracking_dir.as_deref() == Some(&main.join(TRACKING_DIR));
    Some(here.join(TRACKING_DIR)).filter(|folder| is_usual && main != here && folder.is_dir())
}

/// `None` where there is nothing to resolve in it.
fn resolve_file(
    writer: &Writer,
    folder: &Path,
    name: &str,
    questions: &mut Questions,
) -> Result<Option<ResolvedFile>, Failure> {
    let path = folder.join(name);
    for _ in 0..ATTEMPTS {
        let text = files::read(&path, u64::MAX).map_err(FileError::of("read", &path))?;
        let versions = unmerged_versions(folder, name)?;
        let style = writer.workspace.options.conflict_style;
        let mut decide = |values: &BothValues| questions.ask(values);
        let found = resolve_tracking(name, &text, versions, style, &mut decide);
        if let Some(error) = questions.interrupted.take() {
            return Err(Failure::new(format!("{} was not resolved: {error}", questions.file)));
        }
        let Some((file, new)) = found else { return Ok(None) };
        match new.filter(|new| *new != text) {
            Some(new) if !writer.replace(&path, &text, &new)? => {}
            Some(_) | None => return Ok(Some(file)),
        }
    }
    Err(TrackingError::ChangedMeanwhile { file: name.to_string() }.into())
}

/// What is asked about one file, each question once.
struct Questions<'f> {
    file: &'f str,
    asks: bool,
    answers: Vec<(BothValues, Option<Side>)>,
    /// Why no more is asked, and nothing is to be written.
    interrupted: Option<InquireError>,
}

impl Questions<'_> {
    fn of(file: &str, asks: bool) -> Questions<'_> {
        Questions { file, asks, answers: Vec::new(), interrupted: None }
    }

    /// Whose value is taken; `None` where that is left open.
    fn ask(&mut self, values: &BothValues) -> Option<Side> {
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| known == values) {
            return *answer;
        }
        if !self.asks {
            return None;
        }
        let answer = match asked(self.file, values) {
            Ok(answer) => answer,
            // the rest is left open, too
            Err(InquireError::OperationCanceled) => {
                self.asks = false;
                None
            }
            Err(error) => {
                (self.asks, self.interrupted) = (false, Some(error));
                None
            }
        };
        self.answers.push((values.clone(), answer));
        answer
    }
}

fn asked(file: &str, values: &BothValues) -> Result<Option<Side>, InquireError> {
    let [ours, theirs] = values.in_words().map(|value| shown(&value).into_owned());
    let choices = vec![
        format!("1. {ours} (here)"),
        format!("2. {theirs} (there)"),
        "3. decide later: both stay between markers".to_string(),
    ];
    let question = match values.session() {
        None => format!("{file}: {}?", shown(&values.at)),
        Some(name) => format!("{file}: two sessions are called {}; which one keeps its place?", shown(name)),
    };
    let select = Select::new(&question, choices).with_help_message("Esc leaves the rest as well");
    let chosen = ask_person(|| select.raw_prompt())?;
    Ok(match chosen.index {
        0 => Some(Side::Ours),
        1 => Some(Side::Theirs),
        _ => None,
    })
}
