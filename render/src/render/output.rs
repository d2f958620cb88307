//! What commands answer: data. Each format makes its own text of it.

use crate::model::{
    CheckReport, Diagnosis, Finding, HooksReport, Known, LogEntry, MergeAnswer, MergeOrder, MergeOutcome,
    Ready, RepoPath, Report, ResolvedFile, RunEnd, RunPhase, RunStop, SemanticJudgement, Severity,
    ShareAnswer, ShownFilter, Standing, StatusLine, StoryId, Verified,
};
use crate::planning::SyncPlan;

/// What a command answers.
pub enum Output {
    /// `init`
    Initialized(Initialized),
    /// `register`
    Registered(Registered),
    /// `update`
    Updated(Updated),
    /// `unregister`
    Unregistered(Unregistered),
    /// `complete`
    Completed(Completed),
    /// `archive`
    Archived(Archived),
    /// `status`
    Status(Box<StatusReport>),
    /// `statusline`
    StatusLine(StatusLine),
    /// `sync`
    Synced(Box<Synced>),
    /// `check`
    Checked(Box<CheckReport>, Subject),
    /// `compare`
    Compared(Box<Compared>),
    /// `merge-order`
    MergeOrder(Box<MergeOrder>),
    /// `verify`
    Verified(Box<Verified>),
    /// What `merge` would do.
    MergePlan(Box<MergeOrder>),
    /// `merge`
    Merged(Box<MergeAnswer>),
    /// `share`
    Shared(Box<ShareAnswer>),
    /// `log`
    Log(ShownHistory),
    /// `hooks install`, `hooks uninstall`
    HooksChanged(HooksChanged),
    /// `hooks install --agent`, `hooks uninstall --agent`
    AgentsChanged(AgentsChanged),
    /// `hooks status`
    HooksStatus(HooksReport),
    /// `hooks run`
    HookRun(HookRun),
    /// `doctor`
    Diagnoses(Vec<Diagnosis>),
    /// `report`: the page, or where it was written.
    Page {
        /// The text.
        text: String,
        /// The greatest severity of what is on the page.
        worst: Option<Severity>,
    },
    /// Text with a form of its own: answers in an agent's protocol, help pages, the demo.
    Verbatim(String),
}

impl Output {
    /// The greatest severity of what was found.
    pub fn worst(&self) -> Option<Severity> {
        let of_findings = |findings: &[Finding]| findings.iter().map(|finding| finding.severity).max();
        match self {
            Output::Status(status) => of_findings(&status.report.findings),
            Output::Synced(synced) => of_findings(&synced.report.findings),
            Output::Checked(report, _) => report.severities().max(),
            Output::Compared(compared) => compared.answer.severity(),
            Output::MergeOrder(order) | Output::MergePlan(order) => order.severities().max(),
            Output::Verified(answer) => answer.severities().max(),
            Output::Merged(answer) => worst_of_run(answer),
            Output::Log(history) => of_findings(&history.findings),
            Output::Diagnoses(found) => found.iter().filter_map(|diagnosis| diagnosis.severity).max(),
            Output::Page { worst, .. } => *worst,
            Output::Shared(_)
            | Output::Initialized(_)
            | Output::Registered(_)
            | Output::Updated(_)
            | Output::Unregistered(_)
            | Output::Completed(_)
            | Output::Archived(_)
            | Output::HooksChanged(_)
            | Output::AgentsChanged(_)
            | Output::HooksStatus(_)
            | Output::HookRun(_)
            | Output::StatusLine(_)
            | Output::Verbatim(_) => None,
        }
    }

    /// Whether it makes git stop.
    pub fn stops_git(&self) -> bool {
        matches!(self, Output::HookRun(run) if run.checked.iter().any(|checked| checked.blocked))
    }
}

/// How bad it is that a run is not over.
fn worst_of_run(answer: &MergeAnswer) -> Option<Severity> {
    match answer.end {
        RunEnd::Stopped => match answer.run.as_ref().map(|run| &run.phase) {
            Some(RunPhase::Stopped(RunStop::Conflict(_))) => Some(Severity::Conflict),
            Some(RunPhase::Stopped(_) | RunPhase::Merging | RunPhase::Finishing) | None => {
                Some(Severity::Error)
            }
        },
        RunEnd::Interrupted => Some(Severity::Error),
        RunEnd::TargetFails => Some(Severity::Conflict),
        RunEnd::Finished | RunEnd::Nothing => {
            let has_failed = answer.run.as_ref().is_some_and(|run| !run.failed.is_empty());
            has_failed.then_some(Severity::Conflict)
        }
        RunEnd::Aborted | RunEnd::Undone | RunEnd::Status => None,
    }
}

/// What the checked work is called in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Whatever the terminal has.
    Work,
    /// What is about to be committed.
    Commit,
    /// What is about to be pushed.
    Push,
}

/// What `init` made.
pub struct Initialized {
    /// The tracking directory, as people find it.
    pub dir: String,
    /// The files that were made in it.
    pub made: Vec<&'static str>,
    /// What became of git's hooks.
    pub hooks: HooksOffer,
    /// Whether git merges tracking files line by line, not by what they say.
    pub merges_by_lines: bool,
}

/// What `init` found about git's hooks.
pub enum HooksOffer {
    /// They are installed, or cannot be.
    None,
    /// How to install them.
    Hint,
    /// They were installed.
    Installed(HooksChanged),
}

/// What `register` wrote.
pub struct Registered {
    /// The terminal.
    pub terminal: String,
    /// Its story.
    pub story: StoryId,
    /// What it works on.
    pub focus: Option<String>,
    /// The name of the tracking file.
    pub file: String,
    /// The tracking file as people find it.
    pub shown_file: String,
    /// Whether the file is new.
    pub created: bool,
    /// Where git shows its work: a worktree, a branch.
    pub seen_in: Option<String>,
    /// Why git shows none, and how to link it.
    pub unlinked: Option<String>,
    /// What followed from it.
    pub plan: SyncPlan,
    /// Problems of its session.
    pub remarks: Remarks,
    /// If no story file knows the story: those that they know, the nearest first.
    pub unlisted: Option<Vec<String>>,
    /// What became of the completed session that it left in the same file.
    pub previous: Option<PreviousSession>,
    /// All files that were written.
    pub files: Vec<String>,
}

/// The completed session of a terminal that went on to its next story.
pub struct PreviousSession {
    /// Its story.
    pub story: StoryId,
    /// The file where it is now, as people find it.
    pub file: String,
    /// Whether that is in the archive: nothing of it was left to merge.
    pub is_archived: bool,
}

/// Problems of a session that was just written.
pub struct Remarks {
    /// Branches and worktrees that it names and that are not there.
    pub gone: Vec<String>,
    /// Problems in its tracking file.
    pub findings: Vec<Finding>,
}

/// What `update` wrote.
pub struct Updated {
    /// The terminal.
    pub terminal: String,
    /// What followed from it.
    pub plan: SyncPlan,
    /// Problems of its session.
    pub remarks: Remarks,
    /// All files that were written.
    pub files: Vec<String>,
}

/// What `unregister` took out.
pub struct Unregistered {
    /// The terminal.
    pub terminal: String,
    /// The files that held its sessions.
    pub removed_from: Vec<String>,
    /// What followed from it.
    pub plan: SyncPlan,
    /// The terminals that still name it in `blocked_by`.
    pub waiting: Vec<String>,
    /// All files that were written.
    pub files: Vec<String>,
}

/// What `complete` wrote.
pub struct Completed {
    /// The terminal.
    pub terminal: String,
    /// Its story.
    pub story: Option<StoryId>,
    /// When.
    pub at: String,
    /// Whether it was completed before.
    pub was_complete: bool,
    /// What followed from it.
    pub plan: SyncPlan,
    /// The terminals that have nothing left to wait for.
    pub unblocked: Vec<String>,
    /// The stories that waited for others and can begin now, registered or not.
    pub startable: Vec<StoryId>,
    /// What was found of the completed work; `None` where its tracking file cannot be read.
    pub found: Option<CompletedWork>,
    /// The branch that everything will be merged into.
    pub target: String,
    /// What can be merged now.
    pub ready: Vec<Ready>,
    /// All files that were written.
    pub files: Vec<String>,
}

/// What was found of work that is completed.
pub struct CompletedWork {
    /// Whether it can be merged now.
    pub standing: Standing,
    /// Its paths that are not committed.
    pub uncommitted: Vec<RepoPath>,
}

/// What `archive` moved.
pub struct Archived {
    /// The story, as it was named.
    pub story: String,
    /// The tracking file that it was in.
    pub file: String,
    /// How many sessions were taken out of that file; `None` where the whole file was moved.
    pub moved: Option<usize>,
    /// The file in which it is now, as people find it.
    pub archived: String,
}

/// Which pairs of terminals the JSON lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairsListed {
    /// Those of which there is more to say than that they are disjoint.
    WithMore,
    /// All.
    All,
}

/// What `status` shows.
pub struct StatusReport {
    /// The whole picture.
    pub report: Report,
    /// The pairs that the JSON lists.
    pub listed: PairsListed,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// What `log` shows.
pub struct ShownHistory {
    /// The entries, the newest last.
    pub entries: Vec<LogEntry>,
    /// What is wrong with the file.
    pub findings: Vec<Finding>,
    /// What was asked to be shown.
    pub filter: ShownFilter,
    /// How many entries that hides.
    pub hidden: usize,
}

/// What `sync` found and wrote.
pub struct Synced {
    /// The files whose merge was not concluded, where it resolved them.
    pub resolved: Vec<ResolvedFile>,
    /// The whole picture.
    pub report: Report,
    /// The edits, and what they mean.
    pub plan: SyncPlan,
    /// The names of the tracking files that the edits change.
    pub files: Vec<String>,
    /// What became of the edits.
    pub outcome: SyncOutcome,
    /// In which order to merge; `None` where nothing was written, or it cannot be said.
    pub order: Option<MergeOrder>,
}

/// What became of the edits of a synchronization.
pub enum SyncOutcome {
    /// They were written; with the log, where that was not there before.
    Written(Option<String>),
    /// They are shown, and nothing was written.
    DryRun {
        /// The edits as a diff.
        diffs: String,
        /// The log that would get an entry.
        log: String,
    },
}

/// What merging one side into the other does.
pub struct Compared {
    /// What is merged into, as it was named.
    pub ours: String,
    /// What is merged, as it was named.
    pub theirs: String,
    /// The result.
    pub answer: CompareAnswer,
}

/// What `compare` answers.
pub struct CompareAnswer {
    /// The merge.
    pub outcome: Known<MergeOutcome>,
    /// What a clean merge breaks, where that was asked.
    pub semantic: Option<Known<SemanticJudgement>>,
}

impl CompareAnswer {
    /// The worst of it.
    fn severity(&self) -> Option<Severity> {
        let breaks = match &self.semantic {
            Some(Known::Known(judgement)) => {
                judgement.breaks.iter().map(|one| one.confidence.severity()).max()
            }
            Some(Known::Unknown(_)) => Some(Severity::Error),
            None => None,
        };
        match &self.outcome {
            Known::Known(outcome) if outcome.is_clean() => breaks,
            Known::Known(outcome) if outcome.undecided.is_empty() => Some(Severity::Conflict),
            Known::Known(_) | Known::Unknown(_) => Some(Severity::Error),
        }
    }
}

/// What became of git's hooks.
pub struct HooksChanged {
    /// The folder in which git looks for them.
    pub folder: String,
    /// Each hook, and in a word what became of it.
    pub hooks: Vec<(&'static str, &'static str)>,
    /// The same in sentences.
    pub text: String,
}

/// What became of the hooks of coding agents.
pub struct AgentsChanged {
    /// What became of each file.
    pub agents: Vec<AgentFileChanged>,
    /// The same in sentences.
    pub text: String,
}

/// What became of a file of a coding agent.
pub struct AgentFileChanged {
    /// The agent.
    pub agent: &'static str,
    /// The file.
    pub file: String,
    /// What is in it: `hooks` or `server`.
    pub part: &'static str,
    /// In a word what became of it.
    pub outcome: &'static str,
}

/// What a hook of git is answered.
#[derive(Clone, Default)]
pub struct HookRun {
    /// Reasons why the answer is incomplete.
    pub faults: Vec<String>,
    /// What was checked: the commit, or each branch that is pushed.
    pub checked: Vec<HookReport>,
    /// Whether it is an agent's hook, and not one of git.
    pub is_agents: bool,
}

impl HookRun {
    /// No answer to git, and why.
    pub fn fault(reason: impl Into<String>) -> HookRun {
        HookRun { faults: vec![reason.into()], ..HookRun::default() }
    }

    /// No answer to an agent, and why.
    pub fn agent_fault(reason: impl Into<String>) -> HookRun {
        HookRun { is_agents: true, ..HookRun::fault(reason) }
    }
}

/// What a hook of git found of a commit.
#[derive(Clone)]
pub struct HookReport {
    /// What was found.
    pub report: CheckReport,
    /// What was checked.
    pub subject: Subject,
    /// Whether git is to stop.
    pub blocked: bool,
    /// How git is made to go on without the hook.
    pub bypass: &'static str,
}
