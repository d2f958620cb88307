//! From the text of a tracking file to the model. Whatever is not as it should be becomes a
//! finding with its line; the rest is read all the same.

use serde_yaml::{Mapping, Value};

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

/// The value under a key; absent and null are the same.
fn field<'v>(mapping: &'v Mapping, key: &str) -> Option<&'v Value> {
    mapping.get(key).filter(|value| !value.is_null())
}

/// The way to a key below.
fn below(at: &[Step], key: &str) -> Vec<Step> {
    [at, &[Step::from(key)]].concat()
}

const SHAPE: &str = "compare with the specification's example; nothing was changed";

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

    /// A mapping under a key.
    fn mapping<'v>(
        &mut self,
        mapping: &'v Mapping,
        at: &[Step],
        key: &str,
        severity: Severity,
    ) -> Option<&'v Mapping> {
        match field(mapping, key)? {
            Value::Mapping(found) => Some(found),
            other => {
                let what = format!("\"{key}\" must be a mapping, found {}", kind_of(other));
                let suggestion = match key {
                    "sessions" => "one key per terminal, as in the specification; nothing was changed",
                    _ => SHAPE,
                };
                self.report.add(severity, &below(at, key), &what, suggestion);
                None
            }
        }
    }

    /// A text under a key, whatever YAML takes it for.
    fn text(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<String> {
        let value = field(mapping, key)?;
        let at = below(at, key);
        let text = self.report.scalar(value, &at);
        if text.is_none() {
            let what = format!("\"{key}\" must be a text, found {}", kind_of(value));
            self.report.add(Severity::Warning, &at, &what, SHAPE);
        }
        text
    }

    /// The items of a list under a key; `at` leads to it. A single thing is a list of one where it
    /// is a text.
    fn items<'v>(&mut self, mapping: &'v Mapping, at: &[Step], key: &str) -> Vec<&'v Value> {
        match field(mapping, key) {
            None => vec![],
            Some(Value::Sequence(items)) => items.iter().collect(),
            Some(single @ Value::String(text)) if !text.trim().is_empty() => vec![single],
            Some(Value::String(_)) => vec![],
            Some(other) => {
                let what = format!("\"{key}\" must be a list, found {}", kind_of(other));
                self.report.add(Severity::Warning, at, &what, SHAPE);
                vec![]
            }
        }
    }

    /// A list of texts under a key, or a single text.
    fn texts(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Vec<String> {
        let at = below(at, key);
        field(mapping, key).map_or(vec![], |value| self.texts_of(value, &at, key))
    }

    fn texts_of(&mut self, value: &Value, at: &[Step], key: &str) -> Vec<String> {
        let Value::Sequence(items) = value else {
            let text = self.report.scalar(value, at);
            if text.is_none() {
                let what = format!("\"{key}\" must be a list, found {}", kind_of(value));
                self.report.add(Severity::Warning, at, &what, SHAPE);
            }
            return text.into_iter().filter(|text| !text.trim().is_empty()).collect();
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            let at = [at, &[Step::from(index)]].concat();
            match self.report.scalar(item, &at) {
                Some(text) => texts.push(text),
                None => {
                    let what = format!("\"{key}\" must hold texts, found {}", kind_of(item));
                    self.report.add(Severity::Warning, &at, &what, SHAPE);
                }
            }
        }
        texts
    }

    fn truth(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<bool> {
        match field(mapping, key)? {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("yes") => {
                Some(true)
            }
            Value::String(text) if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") => {
                Some(false)
            }
            other => {
                let what = format!("\"{key}\" must be true or false, found {}", kind_of(other));
                self.report.add(Severity::Warning, &below(at, key), &what, SHAPE);
                None
            }
        }
    }

    fn number(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<i64> {
        let value = field(mapping, key)?;
        let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        if number.is_none() {
            let what = format!("\"{key}\" must be a whole number, found {}", kind_of(value));
            self.report.add(Severity::Warning, &below(at, key), &what, SHAPE);
        }
        number
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
