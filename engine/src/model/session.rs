//! What the tracking files say: sessions, dependencies, merge points.

use std::fmt;

use super::named::named;
use super::{MergedWork, Oid, RepoPath, Step, StoryId};

named! {
    /// The two kinds of parallel work, and of tracking files.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Mode {
        /// Several terminals on one story: `story-{id}-sessions.yaml`.
        Intra = "intra_story",
        /// Several stories at once: `active-sessions.yaml`.
        Inter = "inter_story",
    }
}
named! {
    /// What a written status means.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum StatusKind {
        /// Not begun: pending, backlog, drafted, contexted, ready-for-dev, ready, todo.
        Pending = "pending",
        /// Begun: in progress, review.
        InProgress = "in_progress",
        /// Waits for something.
        Blocked = "blocked",
        /// Done: done, completed, complete, deployed, merged, and what the configuration adds.
        Completed = "completed",
        /// Set aside: deferred, skipped, optional. Not complete.
        Inactive = "deferred",
        /// A word this tool does not know: kept, shown, not complete.
        Unknown = "unknown",
    }
}

/// A status as it was written, with what it means. Spelling does not matter: `In progress`,
/// `in-progress` and `in_progress` are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    written: String,
    kind: StatusKind,
}

impl Status {
    /// What to do about an unknown status.
    pub const CHOICES: &str =
        "use pending, in_progress, blocked or completed, or add it to complete_statuses in config.yaml";

    /// What a written status means; `complete` are further words that mean complete. What people add to
    /// a status does not change it: `done ✅`, `Done (merged)`, `in progress since Monday`. Something that
    /// puts a complete one in doubt makes it unknown: `done (tests pending)`, `done?`.
    pub fn read(written: &str, complete: &[String]) -> Status {
        let text = written.trim();
        let text = ["[x]", "[X]"].iter().find_map(|tick| text.strip_prefix(tick)).unwrap_or(text);
        let known = |words: &[String]| kind_of(&words.join("-"), complete);
        let is_cut = |c: char| ",;:|/([{—–→".contains(c);
        let parts = text.split(is_cut).flat_map(|part| part.split(" - "));
        let first = parts.map(words).find(|words| !words.is_empty()).unwrap_or_default();
        let all = words(text);
        let begins = (1..first.len()).filter(|at| AFTER_A_STATUS.contains(&first[*at].as_str()));
        let kind = match known(&all) {
            Some(StatusKind::Pending) if all.is_empty() && !written.trim().is_empty() => None,
            whole => {
                whole.or_else(|| known(&first)).or_else(|| begins.rev().find_map(|at| known(&first[..at])))
            }
        };
        let in_doubt = all.iter().any(|word| DOUBTS.contains(&word.as_str()))
            || written.contains(['?', '❌', '✗', '✘', '⛔', '🚫', '⚠'])
            || written.contains("[ ]")
            || written.contains('%') && !written.contains("100");
        let kind = match kind {
            Some(StatusKind::Completed) if in_doubt => StatusKind::Unknown,
            kind => kind.unwrap_or(StatusKind::Unknown),
        };
        Status { written: written.to_string(), kind }
    }

    /// The status with this meaning, in the spelling of the specification's examples.
    pub fn of(kind: StatusKind) -> Status {
        Status { written: kind.name().to_string(), kind }
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

/// What may come between a status and more about it.
const AFTER_A_STATUS: [&str; 7] = ["by", "in", "on", "at", "since", "via", "from"];

/// What makes it doubtful that something is complete.
const DOUBTS: [&str; 13] = [
    "not",
    "no",
    "pending",
    "partly",
    "partial",
    "partially",
    "almost",
    "except",
    "until",
    "reverted",
    "reopened",
    "wip",
    "todo",
];

/// The kind that these words mean, joined by `-`.
fn kind_of(words: &str, complete: &[String]) -> Option<StatusKind> {
    Some(match words {
        _ if complete.iter().any(|other| self::words(other).join("-") == words) => StatusKind::Completed,
        "done" | "completed" | "complete" | "deployed" | "merged" => StatusKind::Completed,
        "in-progress" | "inprogress" | "review" | "in-review" | "ready-for-review" => StatusKind::InProgress,
        "blocked" => StatusKind::Blocked,
        "pending" | "backlog" | "drafted" | "contexted" | "ready-for-dev" | "ready" | "todo" | "" => {
            StatusKind::Pending
        }
        "deferred" | "skipped" | "optional" => StatusKind::Inactive,
        _ => return None,
    })
}

/// The words of a status in lower case, with neither signs nor numbers behind them.
fn words(written: &str) -> Vec<String> {
    let separates = |c: char| c.is_whitespace() || c == '_' || c == '-';
    let plain = |word: &str| -> String {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let mut words: Vec<String> =
        written.split(separates).map(plain).filter(|word| !word.is_empty()).collect();
    while words.last().is_some_and(|last| !last.chars().any(char::is_alphabetic)) {
        words.pop();
    }
    words
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
    /// `observed.branch`: where the last synchronization found its work.
    pub seen_branch: Option<String>,
    /// `observed.worktree`: the folder's name of the worktree where it found it.
    pub seen_worktree: Option<String>,
    /// `observed.head`: the commit that it found there.
    pub seen_head: Option<Oid>,
    /// Whether it found commits there that the target lacked.
    pub seen_commits: bool,
    /// Whether it found uncommitted work there.
    pub seen_uncommitted: bool,
    /// `observed.merged_…`: the part of the work that it found in the target.
    pub seen_merged: Option<MergedWork>,
    /// What it found in the target, and the target no longer has: it was moved back.
    pub lost_merge: Option<MergedWork>,
    /// The commit that it was found with last, where its place is there and nothing holds that commit any more, nor has
    /// the target it.
    pub lost_commit: Option<Oid>,
    /// Where its place is gone, and the target was not seen to have its work: whether the commit that it was found with last
    /// can be read here; `None` where nobody looked.
    pub head_is_here: Option<bool>,
    /// `scope`: globs it claims.
    pub scope: Vec<String>,
    /// `begins_after`: the head of its place when the place went on to this story. What was committed before
    /// is the work of others.
    pub begins_after: Option<Oid>,
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
    /// `copied`: those of the needed stories that are here because another file says so, and that follow it.
    pub copied: Vec<StoryId>,
    /// Where each of the needed stories is written.
    pub places: Vec<NeedPlace>,
    /// Whether the entry is the list of the needed stories itself, without keys.
    pub is_short: bool,
    /// Whether it has keys that are none of these.
    pub has_more: bool,
    /// Whether a person left a comment in it; not looked at where `copied` says what is no person's.
    pub has_comment: bool,
}

impl Dependency {
    /// What a story needs, and nothing else.
    pub fn of(story: StoryId, depends_on: Vec<StoryId>) -> Dependency {
        Dependency {
            story,
            depends_on,
            status: None,
            reason: None,
            copied: Vec::new(),
            places: Vec::new(),
            is_short: false,
            has_more: false,
            has_comment: false,
        }
    }
}

/// Where a file says that a story needs another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedPlace {
    /// The story that is needed, as written.
    pub needed: StoryId,
    /// The file, as people find it.
    pub file: String,
    /// The way to the node, from the top.
    pub at: Vec<Step>,
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
    /// `target`: where they conflict with that, not with each other.
    pub target: Option<String>,
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
        assert!(Status::read("Shipped to users 🚀", &["shipped to users".to_string()]).is_complete());
    }

    #[test]
    fn what_people_add_to_a_status_does_not_change_it() {
        use StatusKind::{Blocked, Completed, InProgress, Pending, Unknown};
        for (written, kind) in [
            ("done ✅", Completed),
            ("✅ Done", Completed),
            ("Done (merged)", Completed),
            ("[x] done", Completed),
            ("(done)", Completed),
            ("**done**", Completed),
            ("done!", Completed),
            ("done 2025-11-15", Completed),
            ("done - merged in #12", Completed),
            ("Completed: see PR 12", Completed),
            ("merged by Ada", Completed),
            ("100% done", Unknown),
            ("in-progress 🚧", InProgress),
            ("In progress (80%)", InProgress),
            ("in_progress since Monday", InProgress),
            ("review → done", InProgress),
            ("blocked by 1-1", Blocked),
            ("blocked: waits for the API", Blocked),
            ("🔜 backlog", Pending),
            ("done?", Unknown),
            ("done ❌", Unknown),
            ("done (80%)", Unknown),
            ("done, not merged", Unknown),
            ("done (tests pending)", Unknown),
            ("not done", Unknown),
            ("almost done", Unknown),
            ("undone", Unknown),
            ("✨", Unknown),
            ("", Pending),
            ("  ", Pending),
        ] {
            assert_eq!(Status::read(written, &[]).kind(), kind, "{written}");
        }
    }
}
