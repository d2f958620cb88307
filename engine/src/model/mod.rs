//! The nouns: what the other rooms say to each other.
//!
//! Plain data. No input or output, no git2, no serde, no clock. Everything that is sorted is
//! sorted on construction, so that the same facts make the same bytes.

mod change;
mod check;
mod edit;
mod elsewhere;
mod facts;
mod failed;
mod few;
mod file_kind;
mod file_versions;
mod finding;
mod history;
mod judgements;
mod known;
mod maker;
mod merge_run;
mod merged;
mod migration_clash;
mod named;
mod needed_work;
mod oid;
mod older_files;
mod order;
mod path;
mod path_globs;
mod path_query;
mod progress;
mod reason;
mod report;
mod resolved;
mod secrets;
mod selection;
mod semantic;
mod semantic_clash;
mod session;
mod setting;
mod share;
mod shell;
mod side;
mod stash;
mod status_line;
mod story;
mod story_book;
mod story_id;
mod terminal;
mod text;
mod turn;
mod under_way;
mod unread;
mod verdict;
mod verified;
mod wildmatch;

pub use change::shortened;
pub use change::{Change, ChangeKind, ChangeSet, Entry, EntryKind, Hunk, Hunks, Layers, Lines};
pub use check::{
    CheckQuestion, CheckReport, ConflictTexts, DriftPath, EditedFile, Encounter, Excerpt, Meeting, Party,
    PlaceTexts, TargetChange, Work,
};
pub use edit::{Edit, EditCare, Operation, Step, Value};
pub use elsewhere::{Elsewhere, Upstream, UpstreamDistance};
pub use facts::{Declared, Facts, Link, OwnWork, Terminal, Touched};
pub use failed::{FailedCommand, FailedTogether, KnownFailure};
pub use few::few;
pub use file_kind::{FileKind, FileKinds, FileRule, KindSaid, kind_of_text};
pub use file_versions::{FileVersions, VersionMerge};
pub use finding::{Action, Check, Evidence, Finding, Recommendation, Severity, TRACKING};
pub use history::{
    ConflictChanges, LogEntry, LoggedConflict, LoggedDependency, LoggedStatus, LoggedUpstream,
};
pub use judgements::{Drift, Judgements, TerminalPair};
pub use known::Known;
pub use maker::WorktreeMaker;
pub use merge_run::{
    FailedMerge, ForetoldConflict, LastRun, MadeHow, MadeMerge, MergeAnswer, MergeRun, OpenConflict,
    PinnedMerge, RunEnd, RunPhase, RunStop, StoppedMerge,
};
pub use merged::{MergedAs, MergedWork, Revert};
pub use migration_clash::{MigrationClash, MigrationKind};
pub use named::named;
pub use needed_work::NeededWork;
pub use oid::Oid;
pub use older_files::{OlderFiles, TakesBack};
pub use order::{
    Baseline, BroughtWork, Cost, Explanation, LeftOut, MergeOrder, MergePlace, MergeStep, Prediction,
    StepConflict, TargetCheckout, Waiting, merge_command,
};
pub use path::RepoPath;
pub use path_globs::{is_meant_path, path_globs, wrong_glob};
pub use path_query::PathQuery;
pub use progress::{Progress, ProgressLine};
pub use reason::Reason;
pub use report::{
    DeclaredReport, MergePointState, MergePointStatus, Ready, Report, SessionDecision, Standing,
};
pub use resolved::{BothValues, ResolvedFile};
pub use secrets::is_secret_like;
pub use selection::{Selection, ShownFilter, UnfitGlob};
pub use semantic::{BreakPattern, Confidence, MergedTrees, SemanticBreak, SemanticJudgement, SourcePlace};
pub use semantic_clash::{
    ClashWords, SemanticAnswer, SemanticClash, SemanticClashes, SemanticPair, SemanticQuestion, SemanticStep,
    SemanticTip,
};
pub use session::{
    Dependency, MergePoint, Mode, NeedPlace, RecordedConflict, Session, SessionRef, Status, StatusKind, Task,
    TrackingFile,
};
pub use setting::{Diagnosis, HookLine, HooksReport, ManagerLine};
pub use share::{LeftOutFor, PulledTerminal, ShareAct, ShareAnswer, SharedTerminal, SharedWork};
pub use shell::{own_command, shell_folder, shell_word};
pub use side::{Side, Sides, Stages};
pub use stash::Stash;
pub use status_line::StatusLine;
pub use story::{Stories, StoryIndex};
pub use story_book::{DependencyState, DependencyStatus, StoryBook, WrittenNeed};
pub use story_id::StoryId;
pub use terminal::{Place, PlaceId, Target, Tip, Uncommitted, natural_order, shown_name};
pub use text::{
    for_agent, in_json, in_line, is_hidden, is_joiner, on_screen, quoted, quoted_name, shown, shown_path,
};
pub use turn::{FirstFor, HeldBack, Turn, TurnOrder, TurnQuestion, TurnStep, TurnUnit, Turns, Waiter};
pub use under_way::{UnderWay, UnderWayKind, added};
pub use unread::{UnreadFile, UnreadSays};
pub use verdict::{
    AssumedSides, ConflictKind, ConflictPath, ConflictRegion, MergeOutcome, Nearness, OtherPath, Overlap,
    Pair, PairJudgement, PathRole, Unmerged, Verdict, told_once,
};
pub use verified::{TriedFor, TriedMerge, TriedResult, Verified, VerifyEnd};
pub use wildmatch::wildmatch;
