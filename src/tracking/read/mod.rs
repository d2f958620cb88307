//! From the text of a tracking file to the model. Whatever is not as it should be becomes a
//! finding with its line; the rest is read all the same.

mod fields;

use serde_yaml::{Mapping, Value};

use fields::{SHAPE, below};

use super::names;
use crate::model::{
    Dependency, Finding, MergePoint, Mode, RecordedConflict, RepoPath, Session, SessionRef, Severity, Status,
    StatusKind, Step, StoryId, Task, TrackingFile,
};
use crate::yaml::report::{self, Reporter};
use crate::yaml::{self, kind_of};

/// Who owns a tracking file that does not say.
pub const DEFAULT_OWNER: &str = "orchestrator-exe";

/// Reads one file. `None` when nothing in it can be used; then there is at least one finding.
pub(super) fn file(
    name: &str,
    mode: Mode,
    bytes: &[u8],
    complete: &[String],
) -> (Option<TrackingFile>, Vec<Finding>) {
    let text = match yaml::decode(bytes) {
        Ok(text) => text,
        Err(problem) => return (None, vec![report::broken(name, &problem)]),
    };
    let mut value = match yaml::parse(text) {
        Ok(value) => value,
        Err(problem) => return (None, vec![report::broken(name, &problem)]),
    };
    let mut reader = Reader { name, mode, complete, report: Reporter::new(name, text) };
    if let Err(error) = value.apply_merge() {
        reader.report.add(Severity::Error, &[], &error.to_string(), "write the merged keys out by hand");
    }
    let file = reader.file(&value);
    (file, reader.report.findings)
}

struct Reader<'a> {
    name: &'a str,
    mode: Mode,
    complete: &'a [String],
    report: Reporter<'a>,
}

impl Reader<'_> {
    fn file(&mut self, value: &Value) -> Option<TrackingFile> {
        let empty = Mapping::new();
        let top = match value {
            Value::Mapping(top) => top,
            Value::Null => &empty,
            other => {
                let what = format!("the file must be a mapping, found {}", kind_of(other));
                self.report.add(Severity::Error, &[], &what, SHAPE);
                return None;
            }
        };
        self.parallel_mode(top);
        let story = match self.mode {
            Mode::Intra => self.file_story(top),
            Mode::Inter => None,
        };
        let coordination_at = vec![Step::from("coordination")];
        let coordination = self.mapping(top, &[], "coordination", Severity::Warning);
        Some(TrackingFile {
            name: self.name.to_string(),
            mode: self.mode,
            owner: self.text(top, &[], "owner").unwrap_or_else(|| DEFAULT_OWNER.to_string()),
            sessions: self.sessions(top, story.as_ref()),
            dependencies: self.dependencies(top),
            merge_points: coordination.map_or(vec![], |c| self.merge_points(c, &coordination_at)),
            conflicts: coordination.map_or(vec![], |c| self.conflicts(c, &coordination_at)),
            has_coordination: coordination.is_some(),
            ready_to_merge: coordination.and_then(|c| self.truth(c, &coordination_at, "ready_to_merge")),
            story,
        })
    }

    fn parallel_mode(&mut self, top: &Mapping) {
        let Some(written) = self.text(top, &[], "parallel_mode") else { return };
        if written != self.mode.name() {
            let what =
                format!("\"parallel_mode\" says {written:?}; by its name the file is {:?}", self.mode.name());
            self.report.add(
                Severity::Warning,
                &["parallel_mode".into()],
                &what,
                "rename the file or correct the mode",
            );
        }
    }

    fn file_story(&mut self, top: &Mapping) -> Option<StoryId> {
        let named = names::middle(self.name)?;
        let Some(written) = self.text(top, &[], "story_id") else {
            let what = format!("there is no \"story_id\"; {named} is taken, from the file's name");
            self.report.add(Severity::Warning, &[], &what, "add story_id: with the story's whole id");
            return Some(StoryId(named.to_string()));
        };
        let story = StoryId(written);
        match names::file_name(Mode::Intra, Some(&story)) {
            Ok(own) if own == self.name => {}
            Ok(own) => {
                let what = format!("\"story_id\" is {story}, whose file would be {own}");
                self.report.add(
                    Severity::Warning,
                    &["story_id".into()],
                    &what,
                    "rename the file or correct the id",
                );
            }
            Err(error) => {
                self.report.add(Severity::Warning, &["story_id".into()], &error.to_string(), "correct the id")
            }
        }
        Some(story)
    }

    fn sessions(&mut self, top: &Mapping, story: Option<&StoryId>) -> Vec<Session> {
        let Some(sessions) = self.mapping(top, &[], "sessions", Severity::Error) else { return vec![] };
        let mut read: Vec<Session> = Vec::new();
        for (key, value) in sessions {
            let Some(terminal) = yaml::scalar_text(key) else {
                let what =
                    format!("a terminal's id under \"sessions\" must be a text, found {}", kind_of(key));
                self.report.add(Severity::Error, &["sessions".into()], &what, SHAPE);
                continue;
            };
            let at = [Step::from("sessions"), Step::from(terminal.as_str())];
            self.report.terminal = Some(terminal.clone());
            if read.iter().any(|other| other.at.terminal == terminal) {
                let what = format!("the terminal {terminal} stands here twice");
                self.report.add(Severity::Error, &at, &what, "give each terminal its own id");
            } else if let Some(session) = self.session(terminal, value, &at, story) {
                read.push(session);
            }
            self.report.terminal = None;
        }
        read
    }

    fn session(
        &mut self,
        terminal: String,
        value: &Value,
        at: &[Step],
        story: Option<&StoryId>,
    ) -> Option<Session> {
        let empty = Mapping::new();
        let fields = match value {
            Value::Mapping(fields) => fields,
            Value::Null => &empty,
            other => {
                let what = format!("the session \"{terminal}\" must be a mapping, found {}", kind_of(other));
                self.report.add(Severity::Error, at, &what, SHAPE);
                return None;
            }
        };
        let own_story = self.text(fields, at, "story_id").map(StoryId);
        Some(Session {
            at: SessionRef { file: self.name.to_string(), terminal },
            mode: self.mode,
            story: match self.mode {
                Mode::Intra => story.cloned(),
                Mode::Inter => own_story,
            },
            focus: self.text(fields, at, "focus"),
            phase: self.text(fields, at, "phase"),
            agent: self.text(fields, at, "agent"),
            tasks: self.tasks(fields, at),
            status: self.status(fields, at),
            current_file: self.text(fields, at, "current_file").and_then(|path| repo_path(&path)),
            blocked_by: self.texts(fields, at, "blocked_by"),
            waiting_for: self.texts(fields, at, "waiting_for"),
            status_before: self
                .text(fields, at, "status_before")
                .map(|text| Status::read(&text, self.complete)),
            reason: self.text(fields, at, "reason"),
            started: self.text(fields, at, "started"),
            completed: self.text(fields, at, "completed"),
            last_update: self.text(fields, at, "last_update"),
            branch: self.text(fields, at, "branch"),
            worktree: self.text(fields, at, "worktree"),
            scope: self.texts(fields, at, "scope"),
            priority: self.number(fields, at, "priority"),
        })
    }

    fn status(&mut self, fields: &Mapping, at: &[Step]) -> Status {
        let Some(written) = self.text(fields, at, "status") else { return Status::of(StatusKind::Pending) };
        let status = Status::read(&written, self.complete);
        if status.kind() == StatusKind::Unknown {
            let what = format!("the status {written:?} is not known; it is kept and counts as not complete");
            let suggestion =
                "use pending, in_progress, blocked or completed, or configure the word as complete";
            self.report.add(Severity::Warning, &below(at, "status"), &what, suggestion);
        }
        status
    }

    fn tasks(&mut self, fields: &Mapping, at: &[Step]) -> Vec<Task> {
        let done = self.texts(fields, at, "completed_tasks");
        let at = below(at, "tasks");
        let mut tasks: Vec<Task> = Vec::new();
        for (index, item) in self.items(fields, &at, "tasks").into_iter().enumerate() {
            let at = [&at[..], &[Step::from(index)]].concat();
            match self.task(item, &at) {
                Some(task) => tasks.push(Task { done: task.done || done.contains(&task.text), ..task }),
                None if item.is_null() => {}
                None => {
                    let what = format!("a task must be a text, found {}", kind_of(item));
                    self.report.add(Severity::Warning, &at, &what, SHAPE);
                }
            }
        }
        for text in done {
            if !tasks.iter().any(|task| task.text == text) {
                tasks.push(Task { text, done: true });
            }
        }
        tasks
    }

    fn task(&mut self, item: &Value, at: &[Step]) -> Option<Task> {
        if let Value::Mapping(fields) = item {
            let text = ["task", "name", "text"].iter().find_map(|key| self.text(fields, at, key))?;
            let by_status = self.text(fields, at, "status");
            let by_status = by_status.is_some_and(|word| Status::read(&word, self.complete).is_complete());
            let done = self.truth(fields, at, "done").unwrap_or(false) || by_status;
            return Some(Task { text, done });
        }
        if let Value::Sequence(items) = item {
            // `- [x] text` without quotes is a list in YAML only by mistake: `- [x]` alone is one.
            let [mark] = &items[..] else { return None };
            let mark = yaml::scalar_text(mark)?;
            return mark.eq_ignore_ascii_case("x").then(|| Task { text: String::new(), done: true });
        }
        let written = self.report.scalar(item, at)?;
        let marked = written.trim_start();
        for (mark, done) in [("[x]", true), ("[X]", true), ("[ ]", false), ("[]", false)] {
            if let Some(text) = marked.strip_prefix(mark) {
                return Some(Task { text: text.trim().to_string(), done });
            }
        }
        Some(Task { text: written, done: false })
    }

    fn dependencies(&mut self, top: &Mapping) -> Vec<Dependency> {
        let Some(stories) = self.mapping(top, &[], "dependencies", Severity::Error) else { return vec![] };
        let mut read = Vec::new();
        for (key, value) in stories {
            let Some(story) = yaml::scalar_text(key) else { continue };
            let at = vec![Step::from("dependencies"), Step::from(story.as_str())];
            let (mut depends_on, mut status, mut reason) = (vec![], None, None);
            match value {
                Value::Mapping(fields) => {
                    depends_on = self.texts(fields, &at, "depends_on");
                    status = self.text(fields, &at, "status");
                    reason = self.text(fields, &at, "reason");
                }
                Value::Null => {}
                other => depends_on = self.texts_of(other, &at, &story),
            }
            let depends_on = depends_on.into_iter().map(StoryId).collect();
            read.push(Dependency { story: StoryId(story), depends_on, status, reason });
        }
        read
    }

    fn merge_points(&mut self, coordination: &Mapping, at: &[Step]) -> Vec<MergePoint> {
        let at = below(at, "merge_points");
        let mut points = Vec::new();
        for (index, item) in self.items(coordination, &at, "merge_points").into_iter().enumerate() {
            let at = [&at[..], &[Step::from(index)]].concat();
            match item {
                Value::Mapping(fields) => points.push(MergePoint::Mapping {
                    name: self.text(fields, &at, "name").unwrap_or_default(),
                    terminals: self.texts(fields, &at, "terminals"),
                    trigger: self.text(fields, &at, "trigger").unwrap_or_default(),
                }),
                Value::Null => {}
                other => match self.report.scalar(other, &at) {
                    Some(text) => points.push(MergePoint::Text(text)),
                    None => {
                        let what =
                            format!("a merge point must be a text or a mapping, found {}", kind_of(other));
                        self.report.add(Severity::Warning, &at, &what, SHAPE);
                    }
                },
            }
        }
        points
    }

    fn conflicts(&mut self, coordination: &Mapping, at: &[Step]) -> Vec<RecordedConflict> {
        let at = below(at, "conflicts");
        let items = self.items(coordination, &at, "conflicts");
        let mut conflicts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let at = [&at[..], &[Step::from(index)]].concat();
            let empty = Mapping::new();
            let fields = item.as_mapping().unwrap_or(&empty);
            conflicts.push(RecordedConflict {
                index,
                kind: self.text(fields, &at, "type"),
                file: self.text(fields, &at, "file"),
                terminals: self.texts(fields, &at, "terminals"),
                resolution: self.text(fields, &at, "resolution"),
                detected: self.text(fields, &at, "detected"),
            });
        }
        conflicts
    }
}

/// The path of a declared file, relative to the repository's top.
fn repo_path(written: &str) -> Option<RepoPath> {
    let mut path = written.trim();
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    (!path.is_empty()).then(|| RepoPath::from_text(path))
}
