use std::collections::BTreeMap;

use super::{
    Change, ConflictPath, Dependency, Finding, Known, MergeOutcome, Overlap, Pair, PairJudgement, Place,
    PlaceId, RepoPath, Session, Status, StoryId, Target, Tip, Verdict,
};

/// How a terminal was found in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is this place.
    Place(PlaceId),
    /// No place is known; the declared `current_file` alone counts. Says why.
    Declared(String),
    /// The session names a branch or a worktree that is not there. Says which.
    Gone(String),
}

/// One terminal: a place, with what the tracking files say of it.
///
/// The same terminal with another story, in another file, is another entry with the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The key in the tracking files, or the place's name.
    pub id: String,
    /// Its story, with the fullest id that is known.
    pub story: Option<StoryId>,
    /// Its sessions: none for a place without one; more than one where several files agree.
    /// The intra-story session comes first.
    pub sessions: Vec<Session>,
    /// Where it is in git.
    pub link: Link,
    /// Whether other terminals work in the same place.
    pub shares_place: bool,
    /// What it touched, by path, and whether git can say so: in a shared place, a path that no scope and no
    /// `current_file` claims belongs to all.
    pub touched: Vec<Touched>,
}

impl Terminal {
    /// The place, where it is linked.
    pub fn place(&self) -> Option<PlaceId> {
        match self.link {
            Link::Place(place) => Some(place),
            Link::Declared(_) | Link::Gone(_) => None,
        }
    }

    /// The first thing that any of its sessions says.
    pub fn says<'a, T: 'a>(&'a self, what: impl Fn(&'a Session) -> Option<T>) -> Option<T> {
        self.sessions.iter().find_map(what)
    }

    /// The focus of its work, `backend`.
    pub fn focus(&self) -> Option<&str> {
        self.says(|session| session.focus.as_deref())
    }

    /// The terminals it waits for, from all its sessions.
    pub fn blocked_by(&self) -> impl Iterator<Item = &String> {
        self.sessions.iter().flat_map(|session| &session.blocked_by)
    }

    /// Whether its work is in the target: its own commits, or, where nobody knows of any, because it is
    /// complete. Otherwise that is a place where nothing was done yet.
    pub fn is_merged(&self, tip: &Tip) -> bool {
        tip.merged || (tip.contained && self.is_complete() && !tip.is_dirty())
    }

    /// The files that its sessions declare to be worked on, of those that are not complete.
    pub fn declared_files(&self) -> impl Iterator<Item = &RepoPath> {
        let open = self.sessions.iter().filter(|session| !session.status.is_complete());
        open.filter_map(|session| session.current_file.as_ref())
    }

    /// Whether all its sessions are complete (and there is one).
    pub fn is_complete(&self) -> bool {
        !self.sessions.is_empty() && self.sessions.iter().all(|session| session.status.is_complete())
    }
}

/// A path that a terminal touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The path as it is now.
    pub path: RepoPath,
    /// Whether nobody in the same place claims it, so that it counts for all of them.
    pub shared: bool,
    /// Whether it is only declared as `current_file`, and git shows no change.
    pub declared: bool,
}

/// Drift: what merging one terminal into the target would do. In its conflicts, `ours` is the target's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The commits alone.
    pub committed: Known<MergeOutcome>,
    /// With the uncommitted work.
    pub work: Known<MergeOutcome>,
}

/// The answers of the merge engine for all places.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Each place against the target.
    pub drift: BTreeMap<PlaceId, Drift>,
    /// Each pair of places.
    pub pairs: BTreeMap<Pair<PlaceId>, PairJudgement>,
}

/// Everything that was observed, before anything was concluded.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What all is merged into.
    pub target: Target,
    /// The places, sorted by name.
    pub places: Vec<Place>,
    /// What each place would bring, by its index.
    pub tips: Vec<Known<Tip>>,
    /// The terminals, in natural order of their ids.
    pub terminals: Vec<Terminal>,
    /// What the engine says of them.
    pub verdicts: Verdicts,
}

impl Snapshot {
    /// The tip of a terminal; `None` where it is not linked or could not be read.
    pub fn tip(&self, terminal: &Terminal) -> Option<&Tip> {
        self.tips[terminal.place()?].known()
    }

    /// The change of a touched path.
    pub fn change(&self, terminal: &Terminal, path: &RepoPath) -> Option<&Change> {
        self.tip(terminal)?.changes.at(path)
    }
}

/// What a story waits for, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyState {
    /// The declaration, ids resolved; from the active file, the template, or both.
    pub dependency: Dependency,
    /// The stories it needs that are not complete.
    pub waiting_for: Vec<StoryId>,
    /// What it is now.
    pub status: DependencyStatus,
    /// Whether `active-sessions.yaml` has an entry for it.
    pub recorded: bool,
}

/// Whether a story can be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyStatus {
    /// Something it needs is not complete.
    Blocked,
    /// All it needs is complete.
    Ready,
    /// It is complete itself.
    Completed,
}

impl DependencyStatus {
    /// The word used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            DependencyStatus::Blocked => "blocked",
            DependencyStatus::Ready => "ready",
            DependencyStatus::Completed => "completed",
        }
    }
}

/// How far a merge point is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergePointStatus {
    /// The work that it waits for is done.
    Reached,
    /// These terminals are not done yet.
    Waiting(Vec<String>),
    /// No session could be matched: the operator's to judge.
    Operator,
}

/// A place in time where streams of work should integrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergePointState {
    /// The declared text, or the derived one: `Terminal-1 backend → Terminal-2 frontend integration`.
    pub text: String,
    /// The file that declares it; `None` for a derived one.
    pub file: Option<String>,
    /// The terminals whose work comes first.
    pub from: Vec<String>,
    /// The terminals that then integrate.
    pub to: Vec<String>,
    /// How far it is.
    pub status: MergePointStatus,
}

/// Something that can be merged now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The story, when all of it is ready.
    pub story: Option<StoryId>,
    /// The terminals to merge.
    pub terminals: Vec<String>,
    /// For people.
    pub text: String,
}

/// Done tasks of all tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Tasks marked done.
    pub done: usize,
    /// All tasks.
    pub total: usize,
}

/// How far a story or an epic is, where tasks are marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressLine {
    /// `1-2-user-authentication`, or `epic 1`.
    pub of: String,
    /// Done tasks.
    pub progress: Progress,
}

/// What becomes of a session's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDecision {
    /// The status after this run.
    pub status: Status,
    /// The incomplete stories or terminals it waits for.
    pub waiting_for: Vec<String>,
    /// Why, for people: `waiting for story 1-2 auth service`.
    pub reason: Option<String>,
}

/// Everything that is said of a repository at one moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was observed.
    pub snapshot: Snapshot,
    /// Every two terminals with other ids.
    pub pairs: Vec<TerminalPair>,
    /// Findings, worst first, then by terminal and path.
    pub findings: Vec<Finding>,
    /// What becomes of each session, by file and terminal.
    pub decisions: BTreeMap<super::SessionRef, SessionDecision>,
    /// Every declared dependency.
    pub dependencies: Vec<DependencyState>,
    /// Declared and derived merge points.
    pub merge_points: Vec<MergePointState>,
    /// What can be merged now.
    pub ready: Vec<Ready>,
    /// `ready_to_merge` of each intra-story file, by the file's name.
    pub story_ready: BTreeMap<String, bool>,
    /// Progress of stories and epics with marked tasks.
    pub progress: Vec<ProgressLine>,
}

impl Report {
    /// The decided status of a terminal, for people: its first session's.
    pub fn status(&self, terminal: &Terminal) -> Option<&SessionDecision> {
        terminal.says(|session| self.decisions.get(&session.at))
    }
}

/// What is said of two terminals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalPair {
    /// Index of the first terminal in the snapshot; it comes before `b` in natural order.
    pub a: usize,
    /// Index of the second one.
    pub b: usize,
    /// With the uncommitted work of both.
    pub verdict: Verdict,
    /// For the commits alone; `None` where there is nothing to merge between them.
    pub committed: Option<Verdict>,
    /// The conflicting paths, `ours` being `a`'s lines and `theirs` being `b`'s.
    pub conflicts: Vec<ConflictPath>,
    /// Paths that both touched, each of its own, and on which no merge stops.
    pub overlaps: Vec<Overlap>,
    /// How many commits both have that the target lacks.
    pub shared_commits: usize,
    /// What the verdict rests on, where that needs saying.
    pub note: Option<String>,
}
