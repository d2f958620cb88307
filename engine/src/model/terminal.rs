//! Places, the target, and what each place would bring to a merge.

use std::cmp::Ordering;
use std::path::PathBuf;

use super::{
    ChangeSet, Elsewhere, Hunks, MergedWork, Oid, Reason, RepoPath, UnderWay, WorktreeMaker, shell_folder,
    shell_word, shown_path,
};

/// The branch (or revision) that everything will be merged into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As people say it: a short branch name, or the revision that was asked for.
    pub name: String,
    /// The full name of the ref, where it is a branch.
    pub reference: Option<String>,
    /// Whether git takes that name for something else, such as a tag.
    pub ambiguous: bool,
    /// The branch that all work of the repository usually goes into, where this is another one.
    pub usual: Option<String>,
    /// What leads to it from every worktree also once it has moved, where it is the commit that the main worktree has checked
    /// out without a branch.
    pub head_there: Option<String>,
    /// Its commit; `None` when the branch has no commit yet.
    pub head: Option<Oid>,
    /// The tree of that commit.
    pub tree: Option<Oid>,
    /// The committer time of that commit, in seconds since 1970.
    pub time: Option<i64>,
}

impl Target {
    /// The branch, by its short name.
    pub fn branch(&self) -> Option<&str> {
        self.reference.as_deref()?.strip_prefix("refs/heads/")
    }

    /// How it is named in a command that merges it.
    pub fn merge_word(&self) -> String {
        match (&self.reference, &self.head_there) {
            (Some(reference), _) if self.ambiguous => shell_word(reference),
            (None, Some(head)) => shell_word(head),
            (Some(_) | None, _) => shell_word(&self.name),
        }
    }

    /// How it is named in a sentence about what is done after something was merged into it. A commit does not move.
    pub fn later_name(&self) -> &str {
        let moves = self.reference.as_ref().is_some_and(|name| !name.starts_with("refs/tags/"));
        if moves { &self.name } else { self.head_there.as_deref().unwrap_or("that merge") }
    }

    /// Whether it is checked out in this place.
    pub fn is_at(&self, place: &Place) -> bool {
        match self.branch() {
            Some(branch) => place.branch.as_deref() == Some(branch),
            None => place.main && place.branch.is_none() && self.head_there.is_some(),
        }
    }
}

/// Index of a place in the list that was observed.
pub type PlaceId = usize;

/// Where work happens: a worktree, or a branch without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Unique in the repository: the worktree's folder name, or the short branch name.
    pub name: String,
    /// The worktree's folder; `None` for a branch without one.
    pub worktree: Option<PathBuf>,
    /// Short name of the branch; `None` for a detached head.
    pub branch: Option<String>,
    /// Whether it is the main worktree.
    pub main: bool,
    /// The git folder, where git finds none from the worktree's folder: `core.worktree` leads there, and no `.git` leads back.
    pub git_dir: Option<PathBuf>,
    /// The client that made the worktree, where its folder tells.
    pub maker: Option<WorktreeMaker>,
    /// `git worktree lock`: the reason given (possibly empty).
    pub locked: Option<String>,
    /// Why its work cannot be seen: the folder is gone, its admin files are broken.
    pub broken: Option<Reason>,
    /// Folders that git still lists as worktrees of it though they do not exist. A locked one may be on a disk that is
    /// not there.
    pub deleted: Vec<PathBuf>,
    /// Where its folder was moved to by other means than git, as far as that is seen: git does not find it there.
    pub moved: Option<PathBuf>,
    /// A branch without a worktree: a folder where one can be made. In the main worktree it would become the target.
    pub free_folder: Option<PathBuf>,
    /// Where it is the work of another clone, as git last heard of it.
    pub elsewhere: Option<Elsewhere>,
}

impl Place {
    /// What to do about a worktree whose folder does not exist.
    pub fn find_again(&self) -> String {
        if let Some(command) = self.repair() {
            return format!("Run {command}");
        }
        match (&self.locked, self.deleted.first()) {
            (Some(_), Some(folder)) => format!(
                "Connect the disk that it is on; if it is gone for good, run git worktree unlock {} && git worktree prune",
                shell_folder(folder)
            ),
            (None, _) | (_, None) => {
                "Run git worktree prune, or git worktree repair PATH if the folder was moved to PATH"
                    .to_string()
            }
        }
    }

    /// The command by which git finds its folder again, where that was moved.
    pub fn repair(&self) -> Option<String> {
        let moved = self.moved.as_ref().filter(|_| self.worktree.is_none())?;
        Some(format!("git worktree repair {}", shell_folder(moved)))
    }

    /// Why it is not known what is not committed there: its folder was moved, or is away and locked, as for a disk that
    /// comes again.
    pub fn away(&self) -> Option<Reason> {
        if let (Some(moved), Some(folder), None) = (&self.moved, self.deleted.first(), &self.worktree) {
            let what = format!(
                "its folder {} was moved to {}, so what is not committed there is not known",
                shown_path(folder),
                shown_path(moved)
            );
            return Some(Reason::Fixable { what, fix: "git worktree repair makes git find it" });
        }
        let folder = self.deleted.first().filter(|_| self.worktree.is_none() && self.locked.is_some())?;
        let what = format!(
            "its folder {} does not exist and is locked, so what is not committed there is not known",
            shown_path(folder)
        );
        Some(Reason::Fixable { what, fix: "connect the disk that it is on" })
    }

    /// Why its work is not finished, where another clone says so.
    pub fn unfinished_elsewhere(&self) -> Option<&str> {
        self.elsewhere.as_ref()?.unfinished.as_deref()
    }

    /// A name that none of these places has: this one, or the one with the folder before it, or with a number.
    pub fn free_name(name: &str, folder: &str, places: &[&[Place]]) -> String {
        let is_free = |name: &String| !places.iter().copied().flatten().any(|place| place.name == *name);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut names = [name.to_string(), format!("{folder}/{name}")].into_iter().chain(numbered);
        names.find(is_free).unwrap_or_default()
    }

    /// What brings its branch back, where that has no commits though its worktree was at one. Until then, there is nothing
    /// that a merge or another commit could go on from.
    pub fn bring_back(&self, tip: &Tip, git: &str) -> Option<String> {
        let (was, branch) = (tip.was_at?, self.branch.as_ref()?);
        let word = shell_word(branch);
        Some(format!(
            "If {branch} was deleted, {git} branch {word} {} brings it back, with its last commit",
            was.short()
        ))
    }

    /// What runs git in its worktree, from any folder.
    pub fn git(&self) -> String {
        match (&self.git_dir, &self.worktree) {
            // which knows where its worktree is
            (Some(git_dir), _) => format!("git --git-dir {}", shell_folder(git_dir)),
            (None, Some(top)) => format!("git -C {}", shell_folder(top)),
            (None, None) => "git".to_string(),
        }
    }

    /// This git command as it is run on what is here: in its worktree, or else with its branch checked
    /// out.
    pub fn command(&self, command: &str) -> String {
        match (&self.worktree, &self.branch, &self.free_folder) {
            (None, Some(branch), None) => format!("git switch {} && {command}", shell_word(branch)),
            (None, Some(branch), Some(folder)) => {
                let (folder, branch) = (shell_folder(folder), shell_word(branch));
                let there = command.replacen("git", &format!("git -C {folder}"), 1);
                format!("git worktree add {folder} {branch} && {there}")
            }
            (Some(_), ..) | (None, None, _) => command.replacen("git", &self.git(), 1),
        }
    }

    /// Its worktree's folder, or the one that it had until that was deleted.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.worktree.as_ref().or(self.deleted.first())
    }
}

/// How many paths of a terminal are not committed; one path can count in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncommitted {
    /// Paths whose index entry differs from the head.
    pub staged: usize,
    /// Paths whose worktree file differs from the index.
    pub unstaged: usize,
    /// Untracked, not ignored paths.
    pub untracked: usize,
    /// Paths that are any of these.
    pub paths: usize,
}

/// What one place would bring to a merge: its commits, and its uncommitted work on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The head commit; `None` on an unborn branch.
    pub head: Option<Oid>,
    /// The commit that all its work belongs to: the head or, while a merge is in progress, the commit that
    /// will conclude it, which has the merged ones as parents and is kept in memory.
    pub work_head: Option<Oid>,
    /// The merge base of that commit with the target (the best one); `None` when they share no history.
    pub base: Option<Oid>,
    /// Commits of the head that are not in the target.
    pub ahead: usize,
    /// Commits of the target that are not in the head.
    pub behind: usize,
    /// Whether the target's history contains the head.
    pub contained: bool,
    /// The part of its commits that is in the target. Without one, its work may not have begun yet.
    pub merged: Option<MergedWork>,
    /// Whether merging its commits would change nothing, and they themselves change nothing.
    pub idle: bool,
    /// Whether the log of the branch is kept and knows of no commit that was made on it and is in the
    /// target: no work was done yet.
    pub untouched: bool,
    /// Tree of the head commit; the empty tree on an unborn branch.
    pub tree: Oid,
    /// Tree with the uncommitted work on top; equals `tree` where there is none.
    pub work_tree: Oid,
    /// From the head's base, or from what is merged of it, to the head.
    pub committed: ChangeSet,
    /// From there to the head with the uncommitted work on top.
    pub changes: ChangeSet,
    /// Counts of the uncommitted work.
    pub uncommitted: Uncommitted,
    /// Submodules in which something is not committed: no merge takes it along.
    pub inside: Vec<RepoPath>,
    /// What is in progress in the worktree.
    pub under_way: Option<UnderWay>,
    /// The paths of which git's index has several versions, sorted: their conflicts are not resolved yet.
    pub unmerged: Vec<RepoPath>,
    /// On a branch without commits, the commit that was last checked out in its worktree: the branch was deleted, or is new.
    pub was_at: Option<Oid>,
    /// Facts worth telling that are no failure: a file that could not be read, a submodule that is
    /// not checked out.
    pub notes: Vec<String>,
}

impl Tip {
    /// Whether there is work that is not committed.
    pub fn is_dirty(&self) -> bool {
        self.uncommitted.paths > 0
    }

    /// The paths with work that is not committed.
    pub fn uncommitted_paths(&self) -> impl Iterator<Item = &RepoPath> {
        let changes = self.changes.iter().filter(|change| change.layers.is_uncommitted());
        let is_new = |path: &&RepoPath| !self.changes.at(path).is_some_and(|one| one.layers.is_uncommitted());
        changes.map(|change| &change.path).chain(self.inside.iter().filter(is_new))
    }

    /// Whether all that it has committed is in the target, and something was.
    pub fn is_merged(&self) -> bool {
        self.merged.is_some_and(|merged| Some(merged.head) == self.head)
    }

    /// Whether nothing that it has committed is still to be merged.
    pub fn is_settled(&self) -> bool {
        self.contained || self.idle || self.is_merged()
    }

    /// Whether a merge is in progress, which belongs to its work.
    pub fn is_merging(&self) -> bool {
        self.work_head != self.head
    }

    /// Whether all its work is committed, and no merge is in progress.
    pub fn is_as_committed(&self) -> bool {
        self.work_tree == self.tree && !self.is_merging()
    }

    /// The same without the uncommitted work.
    pub fn commits_alone(&self) -> Tip {
        Tip { work_head: self.head, work_tree: self.tree, changes: self.committed.clone(), ..self.clone() }
    }

    /// Whether merging it changes nothing: all its work is committed, and the target has it.
    pub fn brings_nothing(&self) -> bool {
        self.is_merged() && self.is_as_committed()
    }

    /// Why its work is unknown at the files whose conflicts are being resolved.
    pub fn unresolved(&self) -> impl Iterator<Item = Reason> {
        self.changes.iter().filter_map(|change| match &change.hunks {
            Hunks::Unknown(reason @ Reason::Resolving) => Some(reason.at(&change.path)),
            Hunks::Unknown(_) | Hunks::Lines(_) | Hunks::Binary | Hunks::None => None,
        })
    }

    /// The uncommitted files that are to be resolved before anything is committed: those that git's index has several
    /// versions of, and those with the markers of a conflict.
    pub fn to_resolve(&self) -> Vec<&RepoPath> {
        let marked = self.changes.iter().filter(|one| one.marker.is_some() && one.layers.is_uncommitted());
        let mut paths: Vec<&RepoPath> = self.unmerged.iter().chain(marked.map(|one| &one.path)).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Whether it and the target share no history, so that git merges them only with a flag.
    pub fn is_unrelated_to(&self, target: &Target) -> bool {
        self.head.is_some() && self.base.is_none() && target.head.is_some()
    }

    /// The same once what is not committed is: the first commit of a branch has no history.
    pub fn will_be_unrelated_to(&self, target: &Target) -> bool {
        let is_first = self.head.is_none() && self.is_dirty() && target.head.is_some();
        self.is_unrelated_to(target) || is_first
    }

    /// The command that takes the target's new commits in, for those who are where this work is and have committed it.
    pub fn update_command(&self, target: &Target) -> String {
        let flag = if self.will_be_unrelated_to(target) { "--allow-unrelated-histories " } else { "" };
        format!("git merge {flag}{}", target.merge_word())
    }

    /// Whether a merge that is in progress merges it.
    pub fn is_merged_by(&self, under_way: &UnderWay) -> bool {
        self.head.is_some_and(|head| under_way.merging.contains(&head))
    }

    /// Whether anything was done since the base.
    pub fn has_begun(&self) -> bool {
        self.ahead > 0 && !self.is_merged() || self.is_dirty()
    }
}

/// Compares names as people do: digits by their value, so `terminal-2` comes before `terminal-10`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (left_text, left_number) = split_number(&mut left);
        let (right_text, right_number) = split_number(&mut right);
        let order = left_text
            .cmp(right_text)
            .then_with(|| left_number.len().cmp(&right_number.len()))
            .then_with(|| left_number.cmp(right_number));
        if order != Ordering::Equal {
            return order;
        }
        if left.is_empty() || right.is_empty() {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        }
    }
}

/// Takes the text before the next number and that number, without its leading zeros.
fn split_number<'a>(text: &mut &'a str) -> (&'a str, &'a str) {
    let digits_at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (before, rest) = text.split_at(digits_at);
    let digits_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(digits_end);
    *text = rest;
    (before, digits.trim_start_matches('0'))
}

/// `terminal-1` as the specification shows it: `Terminal-1`. Other ids are shown as they are.
pub fn shown_name(name: &str) -> String {
    match name.strip_prefix("terminal") {
        Some(rest) => format!("Terminal{rest}"),
        None => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = ["terminal-10", "terminal-2", "a", "terminal-2b", "terminal-02", "terminal"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["a", "terminal", "terminal-02", "terminal-2", "terminal-2b", "terminal-10"]);
    }
}
