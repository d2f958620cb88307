//! The sessions of a file.

use serde_yaml::{Mapping, Value};

use super::TrackingReader;
use super::fields::{SHAPE, below};
use crate::model::{
    MergedAs, MergedWork, Mode, Oid, RepoPath, Session, SessionRef, Severity, Status, StatusKind, Step,
    StoryId, Task, wrong_glob,
};
use crate::yaml::{self, kind_of};

/// The keys of a session; the first one only where several stories are in a file.
const KEYS: [&str; 20] = [
    "story_id",
    "focus",
    "phase",
    "agent",
    "tasks",
    "completed_tasks",
    "status",
    "current_file",
    "blocked_by",
    "waiting_for",
    "status_before",
    "reason",
    "started",
    "completed",
    "last_update",
    "branch",
    "worktree",
    "begins_after",
    "scope",
    "priority",
];

impl TrackingReader<'_> {
    pub(super) fn sessions(&mut self, top: &Mapping, story: Option<&StoryId>) -> Vec<Session> {
        let Some(sessions) = self.mapping(top, &[], "sessions", Severity::Error) else { return vec![] };
        let mut read: Vec<Session> = Vec::new();
        for (key, value) in sessions {
            let Some(terminal) = yaml::scalar_text(key) else { continue };
            let at = [Step::from("sessions"), Step::from(terminal.as_str())];
            self.report.terminal = Some(terminal.clone());
            read.extend(self.session(terminal, value, &at, story));
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
        self.nearly(fields, at, &KEYS[usize::from(self.mode == Mode::Intra)..]);
        self.misplaced(fields, at);
        let observed = fields.get("observed").and_then(Value::as_mapping);
        let seen = |key: &str| observed.and_then(|observed| observed.get(key)).and_then(yaml::scalar_text);
        let commit = |key: &str| -> Option<Oid> { seen(key)?.parse().ok() };
        let (seen_branch, seen_worktree, seen_head) = (seen("branch"), seen("worktree"), commit("head"));
        let seen_any = |key: &str| seen(key).is_some_and(|number| number != "0");
        let is_merged = seen("merged").is_some_and(|word| word == "true");
        let merged_head = commit("merged_head").or(seen_head.filter(|_| is_merged));
        let seen_merged = merged_head.map(|head| MergedWork {
            how: seen("merged_as").and_then(|word| MergedAs::read(&word)).unwrap_or(MergedAs::Ancestor),
            head,
            into: commit("merged_into").unwrap_or(head),
        });
        let own_story = self.text(fields, at, "story_id").map(StoryId::from);
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
            seen_branch,
            seen_worktree,
            seen_head,
            seen_commits: seen_any("ahead"),
            seen_uncommitted: seen_any("uncommitted"),
            seen_merged,
            lost_merge: None,
            lost_commit: None,
            head_is_here: None,
            begins_after: self.text(fields, at, "begins_after").and_then(|commit| commit.parse().ok()),
            scope: self.scope(fields, at),
            priority: self.number(fields, at, "priority"),
        })
    }

    fn scope(&mut self, fields: &Mapping, at: &[Step]) -> Vec<String> {
        let scope = self.texts(fields, at, "scope");
        for (glob, why) in scope.iter().filter_map(|glob| Some((glob, wrong_glob(glob)?))) {
            let what = format!("\"scope\": {glob} is no valid glob ({why}), so it claims nothing");
            self.report.add(Severity::Warning, &below(at, "scope"), &what, "correct the glob");
        }
        scope
    }

    fn status(&mut self, fields: &Mapping, at: &[Step]) -> Status {
        let Some(written) = self.text(fields, at, "status") else { return Status::of(StatusKind::Pending) };
        let status = Status::read(&written, self.complete);
        if status.kind() == StatusKind::Unknown {
            let what = format!("the status {written:?} is unknown; it is kept and treated as incomplete");
            self.report.add(Severity::Warning, &below(at, "status"), &what, Status::CHOICES);
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
                    let what = format!("a task must be a string, found {}", kind_of(item));
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
            // `- [x] text` without quotes is not valid YAML; `- [x]` alone is a list.
            let [mark] = &items[..] else { return None };
            let mark = yaml::scalar_text(mark)?;
            return mark.eq_ignore_ascii_case("x").then(|| Task { text: String::new(), done: true });
        }
        let written = yaml::scalar_text(item)?;
        let marked = written.trim_start();
        for (mark, done) in [("[x]", true), ("[X]", true), ("[ ]", false), ("[]", false)] {
            if let Some(text) = marked.strip_prefix(mark) {
                return Some(Task { text: text.trim().to_string(), done });
            }
        }
        Some(Task { text: written, done: false })
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
