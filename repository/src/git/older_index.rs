//! Whether what is about to be committed was made from an older commit than the one that it would follow: then the new
//! commit takes back what was committed in between.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::files;
use crate::merge::{
    Commits, ConflictStyle, DriverInput, Missing, Objects, RawChange, diff_trees_once, entry_at, merge_lines,
};
use crate::model::{Entry, EntryKind, Oid, OlderFiles, Place, RepoPath, Stages};

use super::discover::Repository;
use super::observe::checked_out;
use super::program::Program;
use super::references::References;
use super::store::Store;

/// So many of the newest commits are held against the files.
const MOST_COMMITS: usize = 64;

/// What moves the head of a worktree and brings its files along.
const FOLLOWED: [&str; 9] =
    ["commit", "merge", "pull", "rebase", "cherry-pick", "revert", "checkout", "am", "clone"];

/// So much of the end of a log is read.
const LAST_LINE: u64 = 64 << 10;

impl Repository {
    /// What this tree would take back if it was committed in a worktree now; nothing where it takes nothing back, or that
    /// cannot be told. With `by_files`, the files tell it where git has not noted from where they are.
    ///
    /// Git notes for each worktree where its head was moved from there; a branch that another worktree has too is moved
    /// without that, and without a change of the files here.
    pub fn older_files(&self, place: &Place, tree: Oid, by_files: bool) -> Option<OlderFiles> {
        let store = self.store();
        let git_dir = self.git_dir_of(place, place.worktree.as_deref()?).ok()?;
        let head = checked_out(&store, self.references(), &git_dir).ok()??;
        let head_tree = store.commit(head).ok()?.tree;
        if head_tree == tree {
            return None;
        }
        let left_at = self.left_at(&git_dir).filter(|at| *at != head && store.commit(*at).is_ok());
        let (made_from, left_behind) = match left_at {
            Some(at) => (at, true),
            None if by_files => {
                let at = by_content(&store, head, tree).ok()??;
                if self.had_files_of(&store, place, &git_dir, at, head) {
                    return None;
                }
                (at, false)
            }
            None => return None,
        };
        let base = store.commit(made_from).ok()?.tree;
        let paths = taken_back(&store, Stages { base, ours: tree, theirs: head_tree }).ok()?;
        let commits = store.relation(head, Some(made_from)).ok()?.ahead;
        (!paths.is_empty()).then_some(OlderFiles { made_from, commits, left_behind, paths })
    }

    /// Whether the files of a worktree were those of its head since it was last at this earlier commit: then whoever works
    /// there made them what they are. Git notes all moves of the head, and the files follow each of them but a `reset`
    /// that goes on to other commits; without its notes, nobody else moves a branch that no other worktree has.
    fn had_files_of(&self, store: &Store, place: &Place, git_dir: &Path, at: Oid, head: Oid) -> bool {
        let moves = self.references().moves_of_head(git_dir);
        if moves.is_empty() {
            let is_other = |other: &Place| other.worktree != place.worktree && other.branch == place.branch;
            return place.branch.is_some() && !self.worktrees().iter().any(is_other);
        }
        let has =
            |head: Oid, older: Oid| store.merge_bases(older, &[head]).is_ok_and(|bases| bases == [older]);
        let mut to = head;
        for moved in moves.into_iter().rev() {
            let follows = |from: Oid| match moved.action() {
                _ if from == moved.to => true,
                "reset" => has(from, moved.to),
                action => FOLLOWED.contains(&action),
            };
            if moved.to != to || !moved.from.is_none_or(follows) {
                return false;
            }
            match moved.from {
                Some(from) if from != at && !has(at, from) => to = from,
                // it was there, or began after it
                Some(_) | None => return true,
            }
        }
        false
    }

    /// A name for a branch beside this one that none has.
    pub fn free_branch(&self, beside: &str) -> String {
        let known = self.references().below("refs/heads/").unwrap_or_default();
        let names = (2..).map(|number| format!("{beside}-{number}"));
        names.into_iter().find(|name| !known.contains_key(&format!("refs/heads/{name}"))).unwrap_or_default()
    }

    /// Where the head of a worktree was when it was last moved from there.
    fn left_at(&self, git_dir: &Path) -> Option<Oid> {
        match self.references() {
            References::Files(_) => {
                let mut file = files::open(&git_dir.join("logs/HEAD")).ok()?;
                let length = file.metadata().ok()?.len();
                file.seek(SeekFrom::Start(length.saturating_sub(LAST_LINE))).ok()?;
                let mut log = Vec::new();
                file.take(LAST_LINE).read_to_end(&mut log).ok()?;
                let line = log.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?;
                std::str::from_utf8(line.split(|byte| *byte == b' ').nth(1)?).ok()?.parse().ok()
            }
            References::Program(_) => {
                let args = ["reflog", "show", "-1", "--format=%H", "HEAD", "--"];
                let said = Program::new(git_dir, "read the log of HEAD").args(args).run(&[]).ok()?;
                std::str::from_utf8(said.trim_ascii()).ok()?.parse().ok()
            }
        }
    }
}

/// The nearest earlier commit all of whose later changes are taken back: of every file that they changed, the tree has
/// another version, and the more of these are the old one, the better.
fn by_content(store: &Store, head: Oid, tree: Oid) -> Result<Option<Oid>, Missing> {
    let head_tree = store.commit(head)?.tree;
    let changed = diff_trees_once(store, head_tree, tree)?;
    let (mut best, mut most) = (None, 0);
    let mut at = head;
    for _ in 0..MOST_COMMITS {
        let Some(parent) = store.commit(at)?.parents.first().copied() else { break };
        let since = diff_trees_once(store, store.commit(parent)?.tree, head_tree)?.changes;
        if since.len() > changed.changes.len() {
            break;
        }
        let mut as_before = 0;
        for change in &since {
            let Some(now) = changed.at(&change.path) else { return Ok(best) };
            as_before += usize::from(now.new == change.old);
        }
        if as_before > most {
            (best, most) = (Some(parent), as_before);
        }
        at = parent;
    }
    Ok(best)
}

/// The files of which `theirs` changed something since `base` that `ours` does not have.
fn taken_back(store: &Store, trees: Stages<Oid>) -> Result<Vec<RepoPath>, Missing> {
    let mut found = Vec::new();
    for change in diff_trees_once(store, trees.base, trees.theirs)?.changes {
        let ours = entry_at(store, trees.ours, &change.path)?;
        if ours != change.new && !has_both(store, &change, ours)? {
            found.push(change.path);
        }
    }
    Ok(found)
}

/// Whether our version of a file has what was changed there, beside changes of its own.
fn has_both(store: &Store, change: &RawChange, ours: Option<Entry>) -> Result<bool, Missing> {
    let (Some(base), Some(ours), Some(theirs)) = (change.old, ours, change.new) else { return Ok(false) };
    let is_text = |entry: &Entry| matches!(entry.kind, EntryKind::File | EntryKind::Executable);
    if ours == base || ![base, ours, theirs].iter().all(is_text) {
        return Ok(false);
    }
    let texts =
        Stages { base: store.blob(base.oid)?, ours: store.blob(ours.oid)?, theirs: store.blob(theirs.oid)? };
    let input = DriverInput {
        name: "",
        path: &change.path,
        texts: texts.each_ref().map(|text| &text[..]),
        labels: Stages { base: b"", ours: b"", theirs: b"" },
        marker_size: 7,
    };
    let merged = merge_lines(&input, ConflictStyle::Merge);
    Ok(merged.clean && merged.content == *texts.ours)
}
