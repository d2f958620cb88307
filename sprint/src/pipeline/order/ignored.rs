//! What stands where the target is checked out and no uncommitted work of it: ignored files, which git overwrites
//! without a word, and the files of submodules, which it overwrites or not, depending on what comes in their place.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::git::Store;
use crate::merge::{Commits, entry_at};
use crate::model::{EntryKind, Facts, MergeOrder, MergeStep, Oid, Place, RepoPath, Tip, few, shell_word};
use crate::pipeline::Workspace;
use crate::pipeline::unseen::is_unseen_file;

/// Adds to each step the ignored files that it would overwrite, and what it would do to submodules.
pub(super) fn add_ignored(
    workspace: &Workspace,
    facts: &Facts,
    place: Option<&Place>,
    order: &mut MergeOrder,
) {
    let at = (0..facts.places.len()).find(|at| facts.is_at_target(*at));
    let tip = at.and_then(|at| facts.tip_at(at));
    let (Some(tip), Some(top)) = (tip, place.and_then(|place| place.worktree.as_deref())) else { return };
    let site = TargetFiles { store: workspace.repository.store(), tip, top, target: &facts.target.name };
    for step in &mut order.steps {
        site.add_ignored(step);
        site.add_filled_submodules(step, &order.git);
        site.add_removed_submodules(step);
    }
}

/// The worktree of the target.
struct TargetFiles<'a> {
    store: Store,
    tip: &'a Tip,
    top: &'a Path,
    target: &'a str,
}

impl TargetFiles<'_> {
    fn file(&self, path: &RepoPath) -> PathBuf {
        self.top.join(OsStr::from_bytes(path.as_bytes()))
    }

    /// What a tree has at a path; nothing where it cannot be read.
    fn kind(&self, tree: Oid, path: &RepoPath) -> Option<EntryKind> {
        Some(entry_at(&self.store, tree, path).ok()??.kind)
    }

    /// The submodule of the target in whose folder a path is.
    fn submodule_above(&self, path: &RepoPath) -> Option<RepoPath> {
        let mut above = path.parent();
        while let Some(folder) = above {
            if self.kind(self.tip.tree, &folder) == Some(EntryKind::Submodule) {
                return Some(folder);
            }
            above = folder.parent();
        }
        None
    }

    fn is_unseen_file(&self, path: &RepoPath) -> bool {
        is_unseen_file(&self.store, self.tip, self.top, path)
    }

    fn add_ignored(&self, step: &mut MergeStep) {
        let is_ignored = |path: &&RepoPath| self.is_unseen_file(path) && self.submodule_above(path).is_none();
        let found: Vec<RepoPath> = step.touched.iter().filter(is_ignored).cloned().collect();
        if found.is_empty() {
            return;
        }
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        let files = if found.len() == 1 { "an ignored file" } else { "ignored files" };
        step.warnings.push(format!(
            "git overwrites {files} in {} without asking: move or copy {} first",
            self.target,
            few(&names)
        ));
        step.overwrites.extend(found);
    }

    /// A folder in the place of a submodule that is checked out: its files are untracked by then, and git does not
    /// overwrite those.
    fn add_filled_submodules(&self, step: &mut MergeStep, git: &str) {
        let in_the_way = step.touched.iter().filter(|path| self.is_unseen_file(path));
        let mut found: Vec<RepoPath> = in_the_way.filter_map(|path| self.submodule_above(path)).collect();
        found.dedup();
        for submodule in found {
            let word = shell_word(OsStr::from_bytes(submodule.as_bytes()));
            step.refusals.push(format!(
                "git refuses to overwrite the files of the submodule {submodule} in {}: save what is not committed there, then run {git} submodule deinit --force {word}",
                self.target
            ));
            step.submodules.push(submodule);
        }
    }

    /// A file or a link in the place of a submodule that is checked out: git removes its folder, whatever is in it.
    fn add_removed_submodules(&self, step: &mut MergeStep) {
        let is_removed = |path: &&RepoPath| {
            let becomes = self.store.commit(step.head).ok().and_then(|commit| self.kind(commit.tree, path));
            self.kind(self.tip.tree, path) == Some(EntryKind::Submodule)
                && becomes.is_some_and(|kind| !matches!(kind, EntryKind::Submodule | EntryKind::Tree))
                && self.file(path).join(".git").exists()
        };
        let found: Vec<RepoPath> = step.touched.iter().filter(is_removed).cloned().collect();
        for submodule in found {
            step.warnings.push(format!(
                "git removes the folder of the submodule {submodule} in {} without asking, with what is not committed in it: save that first",
                self.target
            ));
            if self.tip.inside.contains(&submodule) {
                step.submodules.push(submodule);
            }
        }
        step.overwrites.extend(step.submodules.iter().cloned());
    }
}
