//! The last stage's result: what follows from facts and judgements, or from declarations alone.

use std::collections::BTreeMap;

use super::{Declared, Facts, Finding, Judgements, ProgressLine, SessionRef, Status, StoryId, Terminal};

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

/// Whether a terminal's work can be merged now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is committed, not merged yet, and nothing holds it.
    Ready,
    /// The target has all of it already, or it has not begun.
    NothingToMerge,
    /// It cannot be merged now, and why.
    Held(String),
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
    pub facts: Facts,
    /// What merging would do.
    pub judgements: Judgements,
    /// Findings, worst first, then by terminal and path.
    pub findings: Vec<Finding>,
    /// What becomes of each session, by file and terminal.
    pub decisions: BTreeMap<SessionRef, SessionDecision>,
    /// Declared and derived merge points.
    pub merge_points: Vec<MergePointState>,
    /// The standing of each terminal, in the order of the facts.
    pub standings: Vec<Standing>,
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

/// What follows from the declarations alone. It says nothing of conflicts: nobody's work was looked at.
#[derive(Clone, Debug)]
pub struct DeclaredReport {
    /// What is declared.
    pub declared: Declared,
    /// What the tracking and story files say that cannot be right, worst first.
    pub findings: Vec<Finding>,
    /// What becomes of each session, by file and terminal.
    pub decisions: BTreeMap<SessionRef, SessionDecision>,
}
