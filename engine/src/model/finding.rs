//! What a check found: its severity, its evidence, and what to do about it.

use super::named::named;
use super::{
    Confidence, ConflictKind, ConflictRegion, FailedTogether, FileKind, Lines, MigrationClash, Nearness,
    RepoPath, SemanticClash, SessionRef, StoryId, Unmerged,
};

/// What the findings of a check have in common. Each check has one, in its file in `checks`; other
/// rooms use it instead of knowing checks by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// The word used in all output.
    pub code: &'static str,
    /// What it finds.
    pub summary: &'static str,
    /// The severities that its findings can have.
    pub severities: &'static [Severity],
    /// From this severity on, a finding keeps its terminals' work from being ready to merge; `None`:
    /// none does.
    pub blocks_merge: Option<Severity>,
    /// From this severity on, a finding is recorded in `coordination.conflicts` of the tracking files;
    /// `None`: none is.
    pub recorded: Option<Severity>,
    /// Whether it also works from tracking files alone, for terminals that git does not show.
    pub by_declaration: bool,
}

/// `tracking`: its findings are made wherever files are read, by rooms that do not know `checks`.
pub static TRACKING: Check = Check {
    code: "tracking",
    summary: "a tracking file, story file, session or the configuration has a problem",
    severities: &[Severity::Info, Severity::Warning, Severity::Error],
    blocks_merge: None,
    recorded: None,
    by_declaration: true,
};

named! {
    /// How much a finding matters. Greater is worse.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Severity {
        /// Good to know.
        Info = "info",
        /// Needs attention, stops no merge.
        Warning = "warning",
        /// A merge would stop.
        Conflict = "conflict",
        /// Could hide a conflict: something was not determined.
        Error = "error",
    }
}

impl Confidence {
    /// How much a finding of this confidence matters.
    pub fn severity(self) -> Severity {
        match self {
            Confidence::Possible => Severity::Info,
            Confidence::Likely | Confidence::Certain => Severity::Warning,
        }
    }
}

named! {
    /// What to do about it, in the words of the specification's conflict checks.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Action {
        /// "Alert operator, suggest coordination".
        Coordinate = "coordinate",
        /// "Mark blocked, recommend sequence".
        Sequence = "sequence",
        /// "Suggest manual merge".
        ManualMerge = "manual_merge",
        /// "… or terminal prioritization".
        PrioritizeTerminal = "prioritize_terminal",
        /// Take the target's new commits in.
        UpdateFromTarget = "update_from_target",
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
        /// The other paths of it.
        also: Vec<RepoPath>,
        /// The lines that the first terminal changed.
        lines_a: Vec<Lines>,
        /// Those of the second, or of the target.
        lines_b: Vec<Lines>,
        /// Where the two conflict.
        regions: Vec<ConflictRegion>,
        /// Whether commits alone conflict; otherwise it needs uncommitted work.
        committed: bool,
        /// Whether the other side is the target (drift).
        drift: bool,
        /// For drift, the stages of its paths: ours is the target, theirs the terminal. Merges of a
        /// pair only determine where they stop.
        stages: Vec<Unmerged>,
        /// The kind of a file that no person merges line by line.
        file_kind: Option<FileKind>,
        /// What makes it anew.
        command: Option<String>,
        /// What to do in a file of that kind; the end of the suggestion.
        mend: Option<String>,
        /// Whose changes of a lock file are lost with the version that is taken.
        lost: Vec<String>,
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
    /// Terminals whose merged work does not pass a command.
    Failure {
        /// Who, and what failed.
        found: FailedTogether,
        /// Whether work that is not committed belongs to it.
        uncommitted: bool,
    },
    /// Two migrations that exclude each other.
    Migrations(MigrationClash),
    /// What merges without a conflict and breaks.
    Semantic(SemanticClash),
}

impl Evidence {
    /// Whether it is about work that git merges without a conflict, and that breaks.
    pub fn is_break(&self) -> bool {
        matches!(self, Evidence::Semantic(_) | Evidence::Migrations(_) | Evidence::Failure { .. })
    }
}

/// One result of a check, with its evidence and one suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static Check,
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

impl Finding {
    /// Whether it is counted as a break: it is about work that git merges without a conflict, and that more than perhaps breaks.
    pub fn is_counted_break(&self) -> bool {
        self.severity == Severity::Warning && self.evidence.is_break()
    }

    /// Whether it keeps the work of its terminals from being ready to merge.
    pub fn blocks_merge(&self) -> bool {
        self.check.blocks_merge.is_some_and(|least| self.severity >= least)
    }

    /// Whether the tracking files record it.
    pub fn is_recorded(&self) -> bool {
        self.check.recorded.is_some_and(|least| self.severity >= least)
    }
}
