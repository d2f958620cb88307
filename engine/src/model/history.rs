//! What the synchronization history keeps of one run.

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEntry {
    /// When, as a timestamp.
    pub at: String,
    /// The command: `sync`, `complete`.
    pub command: String,
    /// The terminal whose session it changed.
    pub terminal: Option<String>,
    /// The story of that session.
    pub story: Option<String>,
    /// The tasks that were marked done.
    pub tasks_done: Vec<String>,
    /// The keys of the file that were not there before.
    pub added_keys: Vec<String>,
    /// The target branch, where one was looked at.
    pub target: Option<String>,
    /// How many terminals were looked at.
    pub terminals: Option<u64>,
    /// How many changed paths they have in all.
    pub changes: Option<u64>,
    /// Who has commits of the target's upstream that the target lacks.
    pub of_upstream: Vec<LoggedUpstream>,
    /// How the conflicts changed.
    pub conflicts: ConflictChanges,
    /// Sessions whose status changed.
    pub statuses: Vec<LoggedStatus>,
    /// Stories whose dependency status changed.
    pub dependencies: Vec<LoggedDependency>,
    /// Whatever else is worth telling: the merge order that was proposed, a line a step.
    pub plan: Vec<String>,
    /// What `merge` did to the target, a line a terminal.
    pub merged: Vec<String>,
    /// The tracking files that were written.
    pub files: Vec<String>,
}

impl LogEntry {
    /// The terminals that it tells of; of those that were merged, the words of what is said.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let changed = self.statuses.iter().map(|change| &change.terminal);
        let conflicting = self.conflicts.all().flat_map(|conflict| &conflict.terminals);
        let names = self.terminal.iter().chain(changed).chain(conflicting).map(String::as_str);
        names.chain(self.merged.iter().flat_map(|line| line.split_whitespace()))
    }

    /// The stories that it names.
    pub fn stories(&self) -> impl Iterator<Item = &str> {
        let changed = self.dependencies.iter().map(|change| &change.story);
        self.story.iter().chain(changed).map(String::as_str)
    }

    /// The files of its conflicts.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.conflicts.all().filter_map(|conflict| conflict.file.as_deref())
    }
}

/// A terminal whose work has commits of the target's upstream that the target lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedUpstream {
    /// The terminal.
    pub terminal: String,
    /// How many commits.
    pub commits: u64,
}

/// Conflicts since the entry before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConflictChanges {
    /// New ones.
    pub appeared: Vec<LoggedConflict>,
    /// Those that are no more.
    pub gone: Vec<LoggedConflict>,
    /// How many were there before and still are.
    pub kept: u64,
}

impl ConflictChanges {
    /// Those that came and those that went.
    pub fn all(&self) -> impl Iterator<Item = &LoggedConflict> {
        self.appeared.iter().chain(&self.gone)
    }
}

/// A conflict, as recorded in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoggedConflict {
    /// The check's name.
    pub kind: String,
    /// The path.
    pub file: Option<String>,
    /// The terminals.
    pub terminals: Vec<String>,
    /// The target, where they conflict with that, not with each other.
    pub with: Option<String>,
    /// For one that is gone: what the operator had written as its resolution.
    pub resolution: Option<String>,
}

impl LoggedConflict {
    /// `terminal-1, terminal-2`, `terminal-1 and main`
    pub fn who(&self) -> String {
        let names = self.terminals.join(", ");
        self.with.as_ref().map_or(names.clone(), |target| format!("{names} and {target}"))
    }
}

/// A session's new status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedStatus {
    /// The terminal.
    pub terminal: String,
    /// The tracking file.
    pub file: Option<String>,
    /// The status before.
    pub from: String,
    /// The status now.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
}

/// A story's new dependency status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedDependency {
    /// The story.
    pub story: String,
    /// The status before.
    pub from: Option<String>,
    /// The status now.
    pub to: Option<String>,
    /// Why.
    pub reason: Option<String>,
}
