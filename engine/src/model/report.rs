//! The last stage's result: what follows from facts and judgements, or from declarations alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ConflictKind, Declared, Facts, Finding, Judgements, PlaceId, ProgressLine, Selection, SessionRef, Status,
    StoryId, Terminal, TerminalPair, Verdict,
};

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
    /// The terminals that it is about.
    pub terminals: Vec<String>,
    /// Those of them whose work is to be merged.
    pub merges: Vec<String>,
    /// Who waits for it, where the text says nothing else: `terminal-2 (frontend)`.
    pub awaited_by: Option<String>,
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
    /// What of all this is shown.
    pub selection: Selection,
}

impl Report {
    /// How many merges are ready: one for each place, as in the merge order.
    pub fn ready_merges(&self) -> usize {
        let is_meant =
            |terminal: &Terminal| self.ready.iter().any(|ready| ready.merges.contains(&terminal.id));
        let ready = self.facts.terminals.iter().zip(&self.standings);
        let ready = ready.filter(|(terminal, standing)| **standing == Standing::Ready && is_meant(terminal));
        let places: BTreeSet<(Option<PlaceId>, &str)> = ready
            .map(|(terminal, _)| match terminal.place() {
                Some(place) => (Some(self.facts.merged_at(place)), ""),
                None => (None, terminal.id.as_str()),
            })
            .collect();
        places.len()
    }

    /// The decided status of a terminal, for people: its first session's.
    pub fn status(&self, terminal: &Terminal) -> Option<&SessionDecision> {
        terminal.says(|session| self.decisions.get(&session.at))
    }

    /// The findings that are shown.
    pub fn shown_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| self.selection.has_finding(finding))
    }

    /// The terminals that are shown.
    pub fn shown_terminals(&self) -> Vec<usize> {
        let conflicts = self.selection.filter().conflicts;
        let stopped: BTreeSet<&String> = match conflicts {
            true => self.shown_findings().flat_map(|finding| &finding.terminals).collect(),
            false => BTreeSet::new(),
        };
        let is_shown = |(_, terminal): &(usize, &Terminal)| {
            self.selection.has_terminal(&terminal.id, terminal.story.as_ref())
                && (!conflicts || stopped.contains(&terminal.id))
        };
        self.facts.terminals.iter().enumerate().filter(is_shown).map(|(at, _)| at).collect()
    }

    /// The progress that is shown.
    pub fn shown_progress(&self) -> impl Iterator<Item = &ProgressLine> {
        let has_story = |line: &&ProgressLine| self.selection.has_story(&StoryId::from(line.of.as_str()));
        self.progress.iter().filter(has_story)
    }

    /// Whether a pair is shown: one of its terminals is meant.
    pub fn shows_pair(&self, pair: &TerminalPair) -> bool {
        let selection = &self.selection;
        let is_meant = |at: usize| {
            let terminal = &self.facts.terminals[at];
            selection.means(&terminal.id, terminal.story.as_ref())
        };
        let stops = match pair.verdict {
            Verdict::Conflict | Verdict::Unknown(_) => true,
            Verdict::Disjoint | Verdict::Overlap => false,
        };
        let is_in_folder = pair.conflicts.iter().any(|conflict| {
            conflict.kind == ConflictKind::FileDirectory
                && conflict.paths().any(|path| selection.is_below(path))
        });
        let of_conflicts = pair.conflicts.iter().flat_map(|conflict| {
            [&conflict.path].into_iter().chain(conflict.others.iter().map(|other| &other.path))
        });
        let of_overlaps = pair
            .overlaps
            .iter()
            .flat_map(|overlap| [Some(&overlap.path), overlap.other_path.as_ref()].into_iter().flatten());
        // of an unknown pair, what both touched may conflict; where that is not known either, everything may
        let may_be_anywhere = match &pair.verdict {
            Verdict::Unknown(reason) => {
                pair.overlaps.is_empty() && reason.path().is_none_or(|path| selection.has_path(path))
            }
            Verdict::Disjoint | Verdict::Overlap | Verdict::Conflict => false,
        };
        let by_path = selection.filter().paths.is_empty()
            || may_be_anywhere
            || is_in_folder
            || of_conflicts.chain(of_overlaps).any(|path| selection.has_path(path));
        (is_meant(pair.a) || is_meant(pair.b)) && by_path && (!selection.filter().conflicts || stops)
    }

    /// Whether any of these names of terminals is shown.
    pub fn shows_any(&self, ids: &[String]) -> bool {
        let shown = || self.shown_terminals();
        self.selection.filter().is_empty()
            || shown().into_iter().any(|at| ids.contains(&self.facts.terminals[at].id))
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
