//! What was begun in a worktree and is not finished: a merge, a rebase and the like.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::named::named;
use super::{Oid, RepoPath, few, shell_word};

/// So many files are named in a command that adds them.
const MOST_ADDED: usize = 3;

named! {
    /// What git was told to do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum UnderWayKind {
        /// `git merge`.
        Merge = "merge",
        /// `git rebase`.
        Rebase = "rebase",
        /// `git am`.
        Am = "am",
        /// `git cherry-pick`.
        CherryPick = "cherry-pick",
        /// `git revert`.
        Revert = "revert",
        /// `git bisect`.
        Bisect = "bisect",
    }
}

impl UnderWayKind {
    fn doing(self) -> &'static str {
        match self {
            UnderWayKind::Merge => "merging",
            UnderWayKind::Rebase => "rebasing",
            UnderWayKind::Am => "applying",
            UnderWayKind::CherryPick => "cherry-picking",
            UnderWayKind::Revert => "reverting",
            UnderWayKind::Bisect => "bisecting",
        }
    }
}

/// What is in progress in a worktree, from git's own state files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// What.
    pub kind: UnderWayKind,
    /// Which of the commits it is at, from 1; `None` where there is only one, or git does not say.
    pub step: Option<usize>,
    /// How many commits there are.
    pub of: Option<usize>,
    /// The short name of the branch that it is about; `None` for a detached head.
    pub branch: Option<String>,
    /// The commits that a merge merges.
    pub merging: Vec<Oid>,
    /// The paths whose conflicts are not resolved yet, sorted.
    pub unresolved: Vec<RepoPath>,
}

impl UnderWay {
    /// `rebasing 3 of 7, resolving a.txt`.
    pub fn progress(&self) -> String {
        format!("{}{}{}", self.kind.doing(), self.steps(), self.resolving())
    }

    /// `a merge is in progress, resolving a.txt`, `a rebase is in progress: rebasing 3 of 7`.
    pub fn sentence(&self) -> String {
        let name = self.kind.name();
        let article = if name.starts_with('a') { "an" } else { "a" };
        let steps = self.steps();
        let steps = if steps.is_empty() { steps } else { format!(": {}{steps}", self.kind.doing()) };
        format!("{article} {name} is in progress{steps}{}", self.resolving())
    }

    fn steps(&self) -> String {
        match (self.step, self.of) {
            (Some(step), Some(of)) => format!(" {step} of {of}"),
            (None, _) | (_, None) => String::new(),
        }
    }

    fn resolving(&self) -> String {
        let paths: Vec<String> = self.unresolved.iter().map(RepoPath::to_string).collect();
        if paths.is_empty() { String::new() } else { format!(", resolving {}", few(&paths)) }
    }

    /// How to end it: `Finish it (git merge --continue) or abort it (git merge --abort)`, after what has to be done before.
    /// `git` is what runs git in
    /// its worktree: [`super::Place::git`], or `git` for those who are there.
    pub fn ending(&self, git: &str) -> String {
        let name = self.kind.name();
        match self.kind {
            UnderWayKind::Bisect => format!("End it: {git} bisect reset"),
            // it stops where a patch does not apply, and there is nothing to continue before somebody has applied it
            UnderWayKind::Am => format!(
                "Apply the patch and add it, then finish it ({git} am --continue), or leave it out ({git} am --skip), or abort it ({git} am --abort)"
            ),
            UnderWayKind::Merge | UnderWayKind::Rebase | UnderWayKind::CherryPick | UnderWayKind::Revert => {
                let abort = format!("abort it ({git} {name} --abort)");
                match added(&self.unresolved.iter().collect::<Vec<_>>(), git) {
                    None => format!("Finish it ({git} {name} --continue) or {abort}"),
                    Some(add) => format!("{add}, then finish it ({git} {name} --continue), or {abort}"),
                }
            }
        }
    }

    /// Whether the branch waits, as it was before, while its commits are made anew or others are checked
    /// out.
    pub fn is_away(&self) -> bool {
        matches!(self.kind, UnderWayKind::Rebase | UnderWayKind::Bisect)
    }
}

/// What comes before a commit can be made: `Resolve a.txt and add it (git add :/a.txt)`; nothing where no file is to be
/// resolved. Git commits and continues nothing as long as its index has several versions of a file.
pub fn added(unresolved: &[&RepoPath], git: &str) -> Option<String> {
    let paths: Vec<String> = unresolved.iter().map(ToString::to_string).collect();
    // from the top of the worktree, wherever it is typed
    let word = |path: &&RepoPath| shell_word(OsStr::from_bytes(&[b":/", path.as_bytes()].concat()));
    let words: Vec<String> = unresolved.iter().take(MOST_ADDED).map(word).collect();
    let add = match paths.len() {
        0 => return None,
        1..=MOST_ADDED => format!("{git} add {}", words.join(" ")),
        _ => format!("{git} add, for each"),
    };
    let them = if paths.len() == 1 { "it" } else { "them" };
    Some(format!("Resolve {} and add {them} ({add})", few(&paths)))
}
