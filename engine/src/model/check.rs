//! The question and the answer of `check`: where one terminal's work overlaps others'.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{
    ChangeKind, ConflictKind, ConflictRegion, Finding, Known, Layers, Lines, Nearness, NeededWork, Oid,
    Reason, RepoPath, Selection, Severity, StoryId, TakesBack, Turn, UnderWay,
};

/// Which of a terminal's work is compared with the others'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// Its commits and its uncommitted work.
    #[default]
    All,
    /// Exactly the commit that is about to be made: an index on top of the head.
    Staged {
        /// The index file, as git names it to hooks; `None`: the worktree's own.
        index: Option<PathBuf>,
        /// Commits that it merges, besides those that the worktree records as being merged.
        merging: Vec<Oid>,
    },
    /// A commit, as when it is pushed.
    Commit(Oid),
    /// Its commits with these files as they are about to be written, as if that were committed.
    Edited(Vec<EditedFile>),
}

/// A file that is about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedFile {
    /// Which one.
    pub path: RepoPath,
    /// What it will hold; `None`: it will be deleted.
    pub content: Option<Vec<u8>>,
    /// The lines of it that are about to be changed.
    pub lines: Vec<Lines>,
}

/// What a check is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckQuestion {
    /// The terminal by its id, or the place by its name; `None`: where the run started.
    pub terminal: Option<String>,
    /// Which of its work.
    pub work: Work,
    /// Only these files and folders; empty: all. For these, others' changes are reported even if the
    /// terminal changed nothing there.
    pub paths: Vec<RepoPath>,
}

/// What other terminals need to know of a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// Its id.
    pub id: String,
    /// Its story.
    pub story: Option<StoryId>,
    /// What it works on, from its session.
    pub focus: Option<String>,
    /// The agent that works there, from its session.
    pub agent: Option<String>,
    /// The short name of its branch; `None` on a detached head, or where it is not linked to git.
    pub branch: Option<String>,
    /// Its worktree's folder, where it has one.
    pub worktree: Option<PathBuf>,
}

/// How the work of two terminals overlaps at a path. The worst comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meeting {
    /// `git merge` would stop there.
    Conflict(ConflictKind),
    /// The other's file could not be read.
    Unknown(Reason),
    /// Both claim it, and git cannot say more: one of them only declares it as its current file, or
    /// both work in the same worktree.
    Claim,
    /// Both changed it, and it merges cleanly.
    Overlap(Nearness),
    /// Only the other has changed it. Told for paths that were asked for.
    TheirsAlone,
}

impl Meeting {
    /// In one word.
    pub fn name(&self) -> &'static str {
        match self {
            Meeting::Conflict(_) => "conflict",
            Meeting::Unknown(_) => "unknown",
            Meeting::Claim => "claim",
            Meeting::Overlap(_) => "overlap",
            Meeting::TheirsAlone => "theirs",
        }
    }
}

/// Some lines of a terminal's version of a file, shortened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The lines, as people count them.
    pub lines: Lines,
    /// Their text, each line shortened; empty where lines were only removed there.
    pub text: Vec<String>,
}

/// The text of the two sides of one conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictTexts {
    /// Where they conflict, in the order of the file; none where there are no lines.
    pub places: Vec<PlaceTexts>,
    /// How many more places there are.
    pub more: usize,
}

/// The text at one place of a conflict; of a side, `None` where that is not determined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceTexts {
    /// What both began with; no text where they began without the file.
    pub base: Known<Option<Excerpt>>,
    /// What the two sides have now, in the order of the finding.
    pub sides: [Option<Excerpt>; 2],
}

/// One path at which the checked work overlaps that of another terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encounter {
    /// Whose work meets it, where that is not of who is asked: a story that ended in the same worktree before.
    pub of: Option<Party>,
    /// The other terminal.
    pub other: Party,
    /// The path, as the checked terminal knows it; of a conflict, as git would report it.
    pub path: RepoPath,
    /// Its other names: of the other terminal's file, or of a rename.
    pub also: Vec<RepoPath>,
    /// How they overlap.
    pub meeting: Meeting,
    /// What the checked work did to the path; `None` where git shows no change.
    pub own_change: Option<ChangeKind>,
    /// The same of the other.
    pub other_change: Option<ChangeKind>,
    /// The lines that the checked work changed where it meets the other's; all that it changed there where
    /// the two do not conflict.
    pub own_lines: Vec<Lines>,
    /// The same of the other, in its own version.
    pub other_lines: Vec<Lines>,
    /// Where the two conflict: the checked work's side, then the other's.
    pub regions: Vec<ConflictRegion>,
    /// Where the other's change lives; all false where git shows none.
    pub layers: Layers,
    /// Whether it rests on commits alone: the checked work counts as committed when it is what is
    /// about to be committed or pushed. Otherwise the conflict may disappear.
    pub certain: bool,
    /// Without whose uncommitted work the conflict is gone: ours is the checked work.
    pub needed: NeededWork,
    /// Whether the terminal's commits have this conflict already, so that the commit that is about
    /// to be made does not bring it.
    pub pre_existing: bool,
    /// Who goes first; for conflicts.
    pub turn: Option<Turn>,
    /// What the other wrote there.
    pub excerpts: Vec<Excerpt>,
}

impl Encounter {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self.meeting {
            Meeting::Conflict(_) => Severity::Conflict,
            Meeting::Unknown(_) => Severity::Error,
            Meeting::Claim => Severity::Warning,
            Meeting::Overlap(_) | Meeting::TheirsAlone => Severity::Info,
        }
    }
}

/// One path at which the checked work conflicts with the target alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftPath {
    /// The path as git would report it.
    pub path: RepoPath,
    /// Its other names.
    pub also: Vec<RepoPath>,
    /// What kind of conflict.
    pub kind: ConflictKind,
    /// The lines that the checked work changed.
    pub own_lines: Vec<Lines>,
    /// Those that the target changed.
    pub target_lines: Vec<Lines>,
    /// Where the two conflict: the checked work's side, then the target's.
    pub regions: Vec<ConflictRegion>,
    /// Whether it rests on commits alone.
    pub certain: bool,
    /// What the target has there.
    pub excerpts: Vec<Excerpt>,
}

/// What the target did to a file that was asked for, since the checked work branched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetChange {
    /// The file.
    pub path: RepoPath,
    /// Whether the target has added it since.
    pub is_new: bool,
    /// Whether the target does not have it any more: it deleted or renamed it.
    pub is_gone: bool,
    /// Whether the checked work changes it as well.
    pub own: bool,
    /// The lines that the target changed, in its version.
    pub lines: Vec<Lines>,
    /// What the target has there.
    pub excerpts: Vec<Excerpt>,
}

impl TargetChange {
    /// `changed lines 5, 9`, `deleted or renamed it`.
    pub fn told(&self) -> String {
        match (self.is_new, self.is_gone) {
            (true, _) => "added it".to_string(),
            (_, true) => "deleted or renamed it".to_string(),
            _ if self.lines.is_empty() => "changed it".to_string(),
            _ => Lines::told(&self.lines),
        }
    }
}

/// What a check found for one terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// The terminal that was checked.
    pub own: Party,
    /// How many commits of its work are of the target's upstream, which the target lacks; of all its work alone.
    pub of_upstream: Option<usize>,
    /// What is in progress where it works.
    pub under_way: Option<UnderWay>,
    /// The name of the target.
    pub target: String,
    /// Whether the two share no history.
    pub is_unrelated: bool,
    /// The command that takes the target's commits in, as the reader runs it.
    pub update: String,
    /// What to do now about its conflicts with the target.
    pub update_advice: String,
    /// How many paths it is about: of the commit that is about to be made, or of all the checked work.
    pub paths: usize,
    /// Whether some paths were asked for, and it is about these alone.
    pub is_of_some_paths: bool,
    /// Paths that were asked for and are not there: neither in the terminal's place nor in the target, and
    /// nobody is known to have changed them.
    pub missing: Vec<RepoPath>,
    /// What the commit of the checked work would take back of its own branch.
    pub takes_back: Option<TakesBack>,
    /// Where it overlaps others' work, the worst first, then by path and terminal.
    pub encounters: Vec<Encounter>,
    /// What the target did since to the files that were asked for; among them those of `drift`.
    pub target_changes: Vec<TargetChange>,
    /// Its conflicts with the target alone, by path; unknown with the reason.
    pub drift: Known<Vec<DriftPath>>,
    /// Terminals for which the answer is unknown, with the reason; and the target, where only part of the answer is.
    pub undecided: Vec<(Party, Reason)>,
    /// What else the checks found of the terminal, the worst first.
    pub findings: Vec<Finding>,
    /// Facts worth telling.
    pub notes: Vec<String>,
    /// What to do in files that no person merges line by line.
    pub mends: Vec<String>,
    /// Where it was not looked for what breaks without a conflict; among the notes, too.
    pub not_looked_at: Option<String>,
    /// What of all this is shown.
    pub selection: Selection,
    /// How much is not.
    pub hidden: usize,
}

impl CheckReport {
    /// Since when the target changed what it changed.
    pub fn since(&self) -> &'static str {
        if self.is_unrelated { "in a history of its own" } else { "since you branched off" }
    }

    /// What the target did to the files that were asked for where the two do not conflict.
    pub fn target_alone(&self) -> impl Iterator<Item = &TargetChange> {
        let conflicts = |path: &RepoPath| {
            let mut known = self.drift.known().into_iter().flatten();
            known.any(|drift| drift.path == *path || drift.also.contains(path))
        };
        self.target_changes.iter().filter(move |change| !conflicts(&change.path))
    }

    /// What is between the checked terminal and the chosen ones, and the target.
    pub fn shown(mut self, selection: Selection) -> CheckReport {
        let size =
            |report: &CheckReport| report.encounters.len() + report.undecided.len() + report.findings.len();
        let before = size(&self);
        let own = self.own.id.clone();
        let target = self.target.clone();
        let is_meant = |party: &Party| {
            party.id == own || party.id == target || selection.means(&party.id, party.story.as_ref())
        };
        let is_bad = |severity: Severity| !selection.filter().conflicts || severity >= Severity::Conflict;
        self.encounters.retain(|met| is_meant(&met.other) && is_bad(met.severity()));
        self.undecided.retain(|(party, _)| is_meant(party));
        self.findings.retain(|finding| {
            let mut others = finding.terminals.iter().filter(|id| **id != own).peekable();
            is_bad(finding.severity) && (others.peek().is_none() || others.any(|id| selection.has_name(id)))
        });
        self.hidden = before - size(&self);
        self.selection = selection;
        self
    }

    /// The severities of everything in it.
    pub fn severities(&self) -> impl Iterator<Item = Severity> {
        let (drift, unknown) = match &self.drift {
            Known::Known(paths) => (paths.len(), 0),
            Known::Unknown(_) => (0, 1),
        };
        let errors = unknown + self.undecided.len();
        let encounters = self.encounters.iter().map(Encounter::severity);
        let findings = self.findings.iter().map(|finding| finding.severity);
        let conflicts = std::iter::repeat_n(Severity::Conflict, drift);
        let takes_back = self.takes_back.iter().map(|_| Severity::Warning);
        let encounters = encounters.chain(takes_back);
        encounters.chain(conflicts).chain(std::iter::repeat_n(Severity::Error, errors)).chain(findings)
    }

    /// What keeps from knowing what the terminal itself is about to change: other commits than its branch's
    /// are checked out.
    pub fn away(&self) -> Option<String> {
        self.under_way.as_ref().filter(|under_way| under_way.is_away()).map(UnderWay::sentence)
    }

    /// How many conflicts there are, one for each file and other terminal, and for each file and the target; and in how
    /// many files they are.
    pub fn number_of_conflicts(&self) -> (usize, usize) {
        let of = |one: &Encounter| one.of.as_ref().map(|of| of.id.clone());
        let others: BTreeSet<_> = self.conflicts().map(|one| (&one.path, &one.other.id, of(one))).collect();
        let drift: BTreeSet<_> = self.drift.known().into_iter().flatten().map(|one| &one.path).collect();
        let files: BTreeSet<_> = others.iter().map(|(path, ..)| *path).chain(drift.iter().copied()).collect();
        (others.len() + drift.len(), files.len())
    }

    /// The encounters at which a merge would stop.
    pub fn conflicts(&self) -> impl Iterator<Item = &Encounter> {
        self.encounters.iter().filter(|encounter| matches!(encounter.meeting, Meeting::Conflict(_)))
    }

    /// Notes whose turns are others once what is checked is committed, as another report has them.
    pub fn compare_turns(&mut self, once_committed: &CheckReport) {
        let of = |one: &Encounter| one.of.as_ref().map(|of| of.id.clone());
        let key = |one: &Encounter| (one.other.id.clone(), one.path.clone(), of(one));
        let turn = |encounter: &Encounter| Some((key(encounter), encounter.turn.as_ref()?.own_first));
        let later: BTreeMap<_, bool> = once_committed.conflicts().filter_map(turn).collect();
        for encounter in &mut self.encounters {
            let own_first = later.get(&key(encounter));
            if let (Some(turn), Some(own_first)) = (&mut encounter.turn, own_first) {
                turn.lasts = turn.own_first == *own_first;
            }
        }
    }

    /// The certain conflicts that the checked work brings although its terminal is the one to yield, also once
    /// it is committed: what `block` stops.
    pub fn must_yield(&self) -> impl Iterator<Item = &Encounter> {
        let yields = |encounter: &&Encounter| {
            encounter.of.is_none()
                && encounter.turn.as_ref().is_some_and(|turn| !turn.own_first && turn.lasts)
        };
        self.conflicts().filter(|encounter| encounter.certain && !encounter.pre_existing).filter(yields)
    }
}
