//! `dependencies-template.yaml` and `sprint-status.yaml`, read and never written.
//!
//! The two have many shapes in the wild; every one that can be understood is. What cannot is a
//! finding, and the rest is read all the same.

mod bmad;
mod lines;
mod needs;
mod places;
mod sprint;
mod template;

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::{Finding, Severity, Status, StatusKind, Stories, StoryId};
use crate::yaml::report::{self, Reporter};
use crate::yaml::{self, Problem};
use sprint::Board;

pub use lines::FileLines;
pub use template::TEXT as TEMPLATE_TEXT;

/// The template's name, in the tracking directory.
pub const TEMPLATE: &str = "dependencies-template.yaml";

/// Reads the story statuses and dependencies of a repository. `configured` is the sprint status
/// file where it is set, relative to the main worktree or absolute; otherwise it is looked for in
/// its usual places, and where BMAD's configuration says. Files that are not there are no findings,
/// unless they were configured.
pub fn load(
    main_worktree: &Path,
    tracking_dir: &Path,
    configured: Option<&Path>,
    complete_words: &[String],
) -> (Stories, Vec<Finding>) {
    let mut reading =
        Reading { main_worktree, stories: Stories::default(), known: BTreeMap::new(), findings: Vec::new() };
    match configured {
        Some(path) => reading.board(&main_worktree.join(path), complete_words),
        None => reading.boards(complete_words),
    }
    let template = tracking_dir.join(TEMPLATE);
    if std::fs::symlink_metadata(&template).is_ok() {
        let read = reading.read(&template, |reporter, value, _| template::read(reporter, value));
        reading.stories.dependencies.splice(0..0, read.into_iter().flatten());
    }
    (reading.stories, reading.findings)
}

struct Reading<'a> {
    main_worktree: &'a Path,
    stories: Stories,
    /// The place of each story among the statuses.
    known: BTreeMap<StoryId, usize>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    /// The status files in their places.
    fn boards(&mut self, complete_words: &[String]) {
        let found = places::sprint_files(self.main_worktree);
        for (path, problem) in &found.named.broken {
            let name = self.shown(path);
            let suggestion = "fix it by hand; sprint-status.yaml was looked for in its usual places";
            self.findings.push(report::finding(&name, Severity::Warning, vec![], problem, suggestion));
            self.stories.unread.push(name);
        }
        for path in &found.nearly {
            let problem = Problem::new("is not read: its name should be sprint-status.yaml");
            let name = self.shown(path);
            self.findings.push(report::finding(&name, Severity::Warning, vec![], &problem, "rename it"));
        }
        for path in &found.files {
            self.board(path, complete_words);
        }
    }

    /// One status file. One that says nothing of any story, or only the beginning, leaves unknown what
    /// it could say.
    fn board(&mut self, path: &Path, complete_words: &[String]) {
        let known = self.findings.len();
        let read = self.read(path, |reporter, value, text| {
            let mut board = sprint::read(reporter, value, complete_words);
            let is_cut_off = is_cut_off(text, &board);
            if is_cut_off {
                board.statuses.pop();
                let what = "ends in the middle of a line, so what comes after it is not known";
                let suggestion = "see whether it was written to its end";
                reporter.add(Severity::Warning, &[], what, suggestion);
            }
            (board, is_cut_off)
        });
        let Some((board, is_cut_off)) = read else { return };
        let name = self.shown(path);
        let is_empty = board.listed.is_empty() && board.epics.is_empty();
        if is_empty && self.findings.len() == known {
            let problem = Problem::new("names no story, so no story's status is known from it");
            self.findings.push(report::finding(&name, Severity::Warning, vec![], &problem, sprint::HOW));
        }
        if is_empty || is_cut_off {
            self.stories.unread.push(name.clone());
        }
        for (story, status) in board.statuses {
            self.status(story, status, &name);
        }
        self.stories.epics.extend(board.epics);
        self.stories.listed.extend(board.listed);
        self.stories.dependencies.extend(board.dependencies);
    }

    /// Reads one file with the reader for its shape.
    fn read<T>(
        &mut self,
        path: &Path,
        reader: impl FnOnce(&mut Reporter<'_>, &serde_yaml::Value, &str) -> T,
    ) -> Option<T> {
        let name = self.shown(path);
        let parsed = yaml::read_bytes(path).and_then(|bytes| {
            let text = yaml::decode(&bytes)?.to_string();
            let mut value = yaml::parse(&text)?;
            value.apply_merge().map_err(|error| Problem::new(error.to_string()))?;
            Ok((text, value))
        });
        match parsed {
            Ok((text, value)) => {
                let mut reporter = Reporter::new(&name, &text);
                let read = reader(&mut reporter, &value, &text);
                self.findings.append(&mut reporter.findings);
                self.stories.sources.push(name);
                Some(read)
            }
            Err(problem) => {
                self.findings.push(report::broken(&name, &problem));
                self.stories.unread.push(name);
                None
            }
        }
    }

    /// The first status of a story holds; another one in a later place is told.
    fn status(&mut self, story: StoryId, status: Status, name: &str) {
        let statuses = &mut self.stories.statuses;
        let Some(known) = self.known.get(&story) else {
            self.known.insert(story.clone(), statuses.len());
            statuses.push((story, status));
            return;
        };
        let (_, first) = &statuses[*known];
        if first.kind() != status.kind() {
            let what = format!(
                "the story {story} is {:?} here but {:?} earlier; the first is used",
                status.written(),
                first.written()
            );
            let suggestion = "keep one of the two statuses";
            let problem = Problem::new(what);
            self.findings.push(report::finding(name, Severity::Warning, vec![], &problem, suggestion));
        }
    }

    /// A path as people see it: relative to the main worktree where it lies in it.
    fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(self.main_worktree).unwrap_or(path);
        relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/")
            .replace("//", "/")
    }
}

/// Whether a file ends within the status of its last story.
fn is_cut_off(text: &str, board: &Board) -> bool {
    let Some((_, last)) = board.statuses.last() else { return false };
    let ends_with = |end: &str| text.ends_with(end) && !text.ends_with('\n');
    match last.kind() {
        StatusKind::Unknown => ends_with(last.written()),
        StatusKind::Pending if last.written().is_empty() => ends_with(":") || ends_with(": "),
        _ => false,
    }
}
