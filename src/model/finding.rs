use super::{ConflictKind, Lines, Nearness, RepoPath, SessionRef, StoryId, Unmerged};

/// Which check found it. The names are those of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Two terminals edit the same file.
    FileOverlap,
    /// Work on a story began before what it depends on was complete.
    DependencyViolation,
    /// A merge would stop.
    MergeConflict,
    /// Something could not be determined.
    NotDetermined,
    /// A tracking file, a story file or a session in it is not as it should be.
    Tracking,
}

impl Check {
    /// The word used in all output.
    pub fn name(self) -> &'static str {
        match self {
            Check::FileOverlap => "file_overlap",
            Check::DependencyViolation => "dependency_violation",
            Check::MergeConflict => "merge_conflict",
            Check::NotDetermined => "not_determined",
            Check::Tracking => "tracking",
        }
    }
}

/// How much a finding matters. Greater is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Needs attention, stops no merge.
    Warning,
    /// A merge would stop.
    Conflict,
    /// Could hide a conflict: something was not determined.
    Error,
}

impl Severity {
    /// The word used in all output.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Conflict => "conflict",
            Severity::Error => "error",
        }
    }
}

/// What to do about it, in the words of the specification's conflict checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// "Alert operator, suggest coordination".
    Coordinate,
    /// "Mark blocked, recommend sequence".
    Sequence,
    /// "Suggest manual merge".
    ManualMerge,
    /// "… or terminal prioritization".
    PrioritizeTerminal,
    /// Take the target's new commits in.
    UpdateFromTarget,
    /// Mend what could not be read.
    Mend,
}

impl Action {
    /// The word used in all output.
    pub fn name(self) -> &'static str {
        match self {
            Action::Coordinate => "coordinate",
            Action::Sequence => "sequence",
            Action::ManualMerge => "manual_merge",
            Action::PrioritizeTerminal => "prioritize_terminal",
            Action::UpdateFromTarget => "update_from_target",
            Action::Mend => "mend",
        }
    }
}

/// What `decision-support` is given for a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// What to do.
    pub action: Action,
    /// Whether it can be done without a person deciding.
    pub autonomous: bool,
    /// From 0 to 100.
    pub confidence: u8,
    /// Why.
    pub rationale: String,
    /// What else could be done.
    pub alternatives: Vec<String>,
}

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A path that two terminals touched.
    Overlap {
        /// The changed lines of the first terminal.
        lines_a: Vec<Lines>,
        /// The changed lines of the second.
        lines_b: Vec<Lines>,
        /// How close they come; `None` when git did not see both (declared files, one worktree).
        nearness: Option<Nearness>,
    },
    /// A path on which a merge stops.
    Conflict {
        /// What kind.
        kind: ConflictKind,
        /// The lines of the first terminal.
        lines_a: Vec<Lines>,
        /// The lines of the second, or of the target.
        lines_b: Vec<Lines>,
        /// Whether commits alone conflict; otherwise it needs uncommitted work.
        committed: bool,
        /// Whether the other side is the target (drift).
        drift: bool,
        /// Of a drift, the versions of its paths: ours the target's, theirs the terminal's. A pair
        /// meets in merges that are asked where they stop, not for what they leave.
        stages: Vec<Unmerged>,
    },
    /// A story and what it still waits for.
    Dependency {
        /// The story whose work began.
        story: StoryId,
        /// The incomplete stories or terminals.
        waiting_for: Vec<String>,
    },
    /// A place in a file.
    File {
        /// The file's name.
        name: String,
        /// Line, from 1, where known.
        line: Option<usize>,
        /// Column, from 1, where known.
        column: Option<usize>,
        /// The offending line's text, where known.
        text: Option<String>,
    },
    /// A session's declaration.
    Session(SessionRef),
    /// A place in git that could not be read, or was read with a reservation.
    Place(String),
}

/// One result of a check, with its evidence and one suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it.
    pub check: Check,
    /// How much it matters.
    pub severity: Severity,
    /// Ids of the terminals concerned, in natural order; may be empty.
    pub terminals: Vec<String>,
    /// The path concerned.
    pub path: Option<RepoPath>,
    /// What happened, to what.
    pub message: String,
    /// What to do.
    pub suggestion: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// For decisions: what `decision-support` needs.
    pub recommendation: Option<Recommendation>,
}
