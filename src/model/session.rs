//! What the tracking files say: sessions, dependencies, merge points.

use std::fmt;

use super::{RepoPath, StoryId};

/// The two kinds of parallel work, and of tracking files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Several terminals on one story: `story-{id}-sessions.yaml`.
    Intra,
    /// Several stories at once: `active-sessions.yaml`.
    Inter,
}

impl Mode {
    /// The word in `parallel_mode`.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Intra => "intra_story",
            Mode::Inter => "inter_story",
        }
    }
}

/// What a written status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKind {
    /// Not begun: pending, backlog, drafted, contexted, ready-for-dev, ready, todo.
    Pending,
    /// Begun: in progress, review.
    InProgress,
    /// Waits for something.
    Blocked,
    /// Done: done, completed, complete, deployed, merged, and what the configuration adds.
    Completed,
    /// Set aside: deferred, skipped, optional. Not complete.
    Inactive,
    /// A word this tool does not know: kept, shown, not complete.
    Unknown,
}

/// A status as it was written, with what it means. Spelling does not matter: `In progress`,
/// `in-progress` and `in_progress` are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    written: String,
    kind: StatusKind,
}

impl Status {
    /// What a written status means; `complete` are further words that mean complete.
    pub fn read(written: &str, complete: &[String]) -> Status {
        let word = Status::spelling(written);
        let kind = match word.as_str() {
            _ if complete.iter().any(|other| Status::spelling(other) == word) => StatusKind::Completed,
            "done" | "completed" | "complete" | "deployed" | "merged" => StatusKind::Completed,
            "in-progress" | "inprogress" | "review" | "in-review" | "ready-for-review" => {
                StatusKind::InProgress
            }
            "blocked" => StatusKind::Blocked,
            "pending" | "backlog" | "drafted" | "contexted" | "ready-for-dev" | "ready" | "todo" | "" => {
                StatusKind::Pending
            }
            "deferred" | "skipped" | "optional" => StatusKind::Inactive,
            _ => StatusKind::Unknown,
        };
        Status { written: written.to_string(), kind }
    }

    /// The status with this meaning, in the spelling of the specification's examples.
    pub fn of(kind: StatusKind) -> Status {
        let written = match kind {
            StatusKind::Pending => "pending",
            StatusKind::InProgress => "in_progress",
            StatusKind::Blocked => "blocked",
            StatusKind::Completed => "completed",
            StatusKind::Inactive => "deferred",
            StatusKind::Unknown => "unknown",
        };
        Status { written: written.to_string(), kind }
    }

    /// Lower case, words joined by `-`.
    fn spelling(written: &str) -> String {
        let words: Vec<String> = written
            .split(|c: char| c.is_whitespace() || c == '_' || c == '-')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.join("-")
    }

    /// What it means.
    pub fn kind(&self) -> StatusKind {
        self.kind
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether it counts as complete.
    pub fn is_complete(&self) -> bool {
        self.kind == StatusKind::Completed
    }
}

/// For people: `in progress`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written.trim().replace(['_', '-'], " "))
    }
}

/// Which session of which file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionRef {
    /// The tracking file's name, without its folder.
    pub file: String,
    /// The terminal's id: its key under `sessions`.
    pub terminal: String,
}

/// One task of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is to be done.
    pub text: String,
    /// Whether it is marked done: listed under `completed_tasks`, or written as `[x] …`, or a
    /// mapping with `done: true` or a complete `status`.
    pub done: bool,
}

/// A terminal's work, as a tracking file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Where it is written.
    pub at: SessionRef,
    /// Intra-story or inter-story.
    pub mode: Mode,
    /// Its story: the file's, or its own in the inter-story file.
    pub story: Option<StoryId>,
    /// `focus`, as `backend`.
    pub focus: Option<String>,
    /// `phase`, as `first-pass`.
    pub phase: Option<String>,
    /// `agent`, as `dev`.
    pub agent: Option<String>,
    /// `tasks`, with what is marked done.
    pub tasks: Vec<Task>,
    /// `status`.
    pub status: Status,
    /// `current_file`.
    pub current_file: Option<RepoPath>,
    /// `blocked_by`: ids of terminals.
    pub blocked_by: Vec<String>,
    /// `waiting_for`: the incomplete stories or terminals that this tool blocked the session for.
    pub waiting_for: Vec<String>,
    /// `status_before`: what it was before this tool blocked it. A session that is blocked without
    /// it was blocked by a person, and is never unblocked by this tool.
    pub status_before: Option<Status>,
    /// `reason`, as written.
    pub reason: Option<String>,
    /// `started`, as written.
    pub started: Option<String>,
    /// `completed`, as written.
    pub completed: Option<String>,
    /// `last_update`, as written.
    pub last_update: Option<String>,
    /// `branch`, as written.
    pub branch: Option<String>,
    /// `worktree`, as written.
    pub worktree: Option<String>,
    /// `scope`: globs it claims.
    pub scope: Vec<String>,
    /// `priority`: greater goes first.
    pub priority: Option<i64>,
}

/// What a story waits for: an entry of `dependencies`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The story that waits, as written.
    pub story: StoryId,
    /// The stories it needs, as written.
    pub depends_on: Vec<StoryId>,
    /// `status`, as written: `blocked`, `ready`, `completed`.
    pub status: Option<String>,
    /// `reason`, as written.
    pub reason: Option<String>,
}

/// A declared merge point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergePoint {
    /// `"Backend auth service complete → Frontend can integrate"`, also with `->`.
    Text(String),
    /// A mapping with `name`, `terminals`, `trigger`.
    Mapping {
        /// `name`.
        name: String,
        /// `terminals`.
        terminals: Vec<String>,
        /// `trigger`, as text; empty when absent.
        trigger: String,
    },
}

/// An entry of `coordination.conflicts`, as far as it identifies a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedConflict {
    /// Its place in the list, from 0.
    pub index: usize,
    /// `type`: the check's name. `None` when it is no entry of this tool's shape (a person's note).
    pub kind: Option<String>,
    /// `file`.
    pub file: Option<String>,
    /// `terminals`.
    pub terminals: Vec<String>,
    /// `resolution`, the operator's own.
    pub resolution: Option<String>,
    /// `detected`, as written.
    pub detected: Option<String>,
}

/// One tracking file that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingFile {
    /// Its name, without the folder.
    pub name: String,
    /// Intra-story or inter-story.
    pub mode: Mode,
    /// `owner`; `orchestrator-exe` when absent.
    pub owner: String,
    /// `story_id` of an intra-story file.
    pub story: Option<StoryId>,
    /// In the order of the file.
    pub sessions: Vec<Session>,
    /// `dependencies` of an inter-story file, in its order.
    pub dependencies: Vec<Dependency>,
    /// `coordination.merge_points`, in their order.
    pub merge_points: Vec<MergePoint>,
    /// `coordination.conflicts`, in their order.
    pub conflicts: Vec<RecordedConflict>,
    /// Whether there is a `coordination` mapping.
    pub has_coordination: bool,
    /// `coordination.ready_to_merge`.
    pub ready_to_merge: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_change_what_a_status_means() {
        for written in ["in_progress", "In progress", "IN-PROGRESS", "in progress "] {
            assert_eq!(Status::read(written, &[]).kind(), StatusKind::InProgress, "{written}");
        }
        for written in ["done", "Completed", "complete", "DEPLOYED", "merged"] {
            assert!(Status::read(written, &[]).is_complete(), "{written}");
        }
        let strange = Status::read("Awaiting Moon", &[]);
        assert_eq!((strange.kind(), strange.written()), (StatusKind::Unknown, "Awaiting Moon"));
        assert!(Status::read("shipped", &["Shipped".to_string()]).is_complete());
    }
}
