//! How far work is.

/// Done parts of all parts: tasks, sessions or stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Those that are done.
    pub done: usize,
    /// All of them.
    pub total: usize,
}

impl Progress {
    /// The share that is done, rounded down.
    pub fn percent(self) -> usize {
        self.done * 100 / self.total.max(1)
    }
}

/// How far a story or an epic is, where tasks are marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressLine {
    /// `1-2-user-authentication`, or `epic 1`.
    pub of: String,
    /// Done tasks.
    pub progress: Progress,
    /// Complete sessions, of a story that is open though all its tasks are done.
    pub sessions: Option<Progress>,
    /// Complete stories of an epic; `None` where a file that says so cannot be read.
    pub stories: Option<Progress>,
    /// All this together; 100 only where nothing is open.
    pub percent: Option<usize>,
}
