//! Several tips merged into the target, one after the other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::commits::{Ancestry, Commits, ancestry};
use super::diff::{TreeDiff, diff_trees_beside, entry_at};
use super::engine::Engine;
use super::footprint::Footprint;
use super::hunks::{bounded_blob, is_binary, line_hunks};
use super::recursive::{Node, Wanted};
use super::similarity::{RENAME_SCORE, sizes_allow};
use super::trees::{Edits, edit_tree};
use super::{Missing, Objects, Options};
use crate::model::{Entry, Hunk, MergeOutcome, Oid, RepoPath};

/// Changes with at most this many unchanged lines between them may matter to each other. Git needs
/// them to touch; the rest is for hunks that another change makes slide or fall differently.
const CLOSE: u32 = 3;

/// Files with at least this score could become a rename with a few edits more.
const ALIKE: u64 = RENAME_SCORE / 4 * 3;

/// Merges tips into one target, in any order. For one thread; remembers what it works out.
pub struct Chain<'a> {
    engine: Engine<'a>,
    commits: &'a dyn Commits,
    start: Node,
    touched: RefCell<HashMap<[Entry; 4], Touched>>,
}

/// Lines that a tip touches, where it is a matter of lines. Tips that are built on each other have
/// the same in most files.
type Touched = Option<Arc<[Range<u32>]>>;

/// The target with some tips merged into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stage(Node);

impl Stage {
    /// What is in it.
    pub fn tree(&self) -> Oid {
        self.0.tree
    }
}

/// One more tip merged.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What `git merge` does.
    pub outcome: MergeOutcome,
    /// The target after it. Where the merge stops, it is settled in the tip's favour: what
    /// `git merge -X theirs` does; and where that still stops, each unmerged path becomes the tip's
    /// version, or goes where the tip has none.
    pub after: Stage,
    /// The paths that it changed in the target.
    pub edits: Edits,
}

/// What one tip could have to do with others.
#[derive(Debug)]
pub struct Extent {
    /// Merging it into the target alone.
    pub alone: Merged,
    /// Every path it touches, in its own commits or in the target.
    pub paths: BTreeSet<RepoPath>,
    footprint: Footprint,
    /// The files that it touches although the target moved or removed them: anything added may be
    /// taken for one of them.
    moved: Vec<Entry>,
    ancestry: Ancestry,
    effects: BTreeMap<RepoPath, Effect>,
}

impl Extent {
    /// Whether its history has commits, unknown to the target, that the other's has as well.
    pub fn shares_history(&self, other: &Extent) -> bool {
        !self.ancestry.own.is_disjoint(&other.ancestry.own)
    }
}

/// What a tip does to one path of the target.
#[derive(Debug)]
struct Effect {
    old: Option<Entry>,
    new: Option<Entry>,
    /// The lines of the target's version that the tip changes, or changed in the same way as the
    /// target did; `None` where it is not a matter of lines.
    lines: Touched,
}

/// How two tips matter to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// They do not.
    Apart,
    /// They change lines that are close to each other, and nothing else in common.
    Lines,
    /// In another way: files that come, go or move; whole versions; a common history.
    Whole,
}

impl<'a> Chain<'a> {
    /// A chain that begins at this target; without one, at nothing.
    ///
    /// # Errors
    /// The target cannot be read.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
    ) -> Result<Chain<'a>, Missing> {
        let start = match target {
            None => Node { tree: Oid::EMPTY_TREE, commits: Vec::new() },
            Some(id) => Node { tree: commits.commit(id)?.tree, commits: vec![id] },
        };
        Ok(Chain { engine: Engine::new(objects, options), commits, start, touched: RefCell::default() })
    }

    /// The target before any merge.
    pub fn start(&self) -> Stage {
        Stage(self.start.clone())
    }

    /// The target with these paths changed by merging these tips.
    ///
    /// # Errors
    /// A folder on the way that cannot be read.
    pub fn stage(&self, edits: &Edits, merged: &[Oid]) -> Result<Stage, Missing> {
        let tree = edit_tree(self.engine.objects, self.start.tree, edits)?;
        let commits = self.start.commits.iter().chain(merged).copied().collect();
        Ok(Stage(Node { tree, commits }))
    }

    /// Merges one more tip. The merge base is what the history gives that the merges so far would
    /// make; a tip that is contained already changes nothing.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn merge(&self, stage: &Stage, tip: Oid) -> Result<Merged, Missing> {
        let Stage(stage) = stage;
        let bases = match stage.commits.is_empty() {
            true => Vec::new(),
            false => self.commits.merge_bases(tip, &stage.commits)?,
        };
        let theirs = Node { tree: self.commits.commit(tip)?.tree, commits: vec![tip] };
        let given = self.engine.options.labels.clone();
        let labels = given.unwrap_or_else(|| ("HEAD".to_string(), tip.to_string()));
        let merge = |wanted| {
            self.engine.merge_on(self.commits, bases.clone(), stage, &theirs, labels.clone(), wanted)
        };
        let outcome = merge(Wanted::Tree)?;
        let tree = if outcome.is_clean() { outcome.tree } else { merge(Wanted::TreeFavouringTheirs)?.tree };
        let mut commits = stage.commits.clone();
        if !commits.contains(&tip) {
            commits.push(tip);
        }
        let effect = self.engine.diff(stage.tree, tree)?;
        let edits = effect.changes.iter().map(|change| (change.path.clone(), change.new)).collect();
        Ok(Merged { outcome, after: Stage(Node { tree, commits }), edits })
    }

    /// What a tip could have to do with others.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn extent(&self, tip: Oid) -> Result<Extent, Missing> {
        let (alone, sought) = self.engine.seeking(|| self.merge(&self.start(), tip));
        let alone = alone?;
        let ancestry = match &self.start.commits[..] {
            [] => Ancestry::default(),
            target => ancestry(&|id| self.commits.commit(id), tip, target)?,
        };
        let tree = self.commits.commit(tip)?.tree;
        let base = self.engine.base_tree(self.commits, &ancestry.bases)?.unwrap_or(Oid::EMPTY_TREE);
        let own = self.engine.diff(base, tree)?;
        let effect = self.engine.diff(self.start.tree, alone.after.tree())?;
        let beside = diff_trees_beside(self.engine.objects, base, self.start.tree, tree)?;
        let trees = [base, self.start.tree, tree];
        let footprint = Footprint::of(&self.engine, trees, &effect, sought)?;
        let gone = |path: &RepoPath| beside.at(path).is_some_and(|change| change.new.is_none());
        let touched = own.changes.iter().filter(|change| gone(&change.path));
        let moved = touched.filter_map(|change| change.old).collect();
        let mut paths: BTreeSet<RepoPath> =
            own.changes.iter().chain(&effect.changes).map(|change| change.path.clone()).collect();
        for conflict in &alone.outcome.conflicts {
            paths.extend(conflict.paths().cloned());
        }
        let mut effects = BTreeMap::new();
        for path in &paths {
            let at = |diff: &TreeDiff, tree| match diff.at(path) {
                Some(change) => Ok((change.old, change.new)),
                None => entry_at(self.engine.objects, tree, path).map(|entry| (entry, entry)),
            };
            let (old, new) = at(&effect, self.start.tree)?;
            let (base, own) = at(&own, base)?;
            let lines = self.touched_lines([base, own, old, new]);
            effects.insert(path.clone(), Effect { old, new, lines });
        }
        Ok(Extent { alone, paths, footprint, moved, ancestry, effects })
    }

    /// The lines of the target's version that a tip's own change stands for, and those that it
    /// changes there; `None` where there is more to it than lines.
    fn touched_lines(&self, [base, own, target, after]: [Option<Entry>; 4]) -> Touched {
        let entries = [base?, own?, target?, after?];
        if entries.iter().any(|entry| entry.kind != entries[0].kind || !entry.kind.is_file()) {
            return None;
        }
        if let Some(known) = self.touched.borrow().get(&entries) {
            return known.clone();
        }
        let made = self.compared(entries);
        self.touched.borrow_mut().insert(entries, made.clone());
        made
    }

    fn compared(&self, entries: [Entry; 4]) -> Touched {
        let read = |entry| bounded_blob(self.engine.objects, entry, self.engine.options).ok();
        let texts: Option<Vec<_>> = entries.into_iter().map(read).collect();
        let texts = texts?;
        let [base, own, target, after] = &texts[..] else { return None };
        if texts.iter().any(|text| is_binary(text)) {
            return None;
        }
        let drift = line_hunks(base, target);
        let stands = line_hunks(base, own).into_iter().map(|hunk| carried(&hunk.base, &drift));
        Some(stands.chain(line_hunks(target, after).into_iter().map(|hunk| hunk.base)).collect())
    }

    /// How each two of these tips matter to each other: the answer for `(a, b)`, `a` before `b`, is
    /// at `a` of `b`'s row.
    ///
    /// Two tips may also matter to each other because of a third: a file that one removes, another
    /// changes, and a third adds under a new name is a rename to git; a folder is gone when several
    /// have each removed a part of it.
    pub fn meetings(&self, extents: &[&Extent]) -> Vec<Vec<Meeting>> {
        let mut rows: Vec<Vec<Meeting>> = (0..extents.len())
            .map(|b| (0..b).map(|a| self.meeting(extents[a], extents[b])).collect())
            .collect();
        for (a, b) in self.through_a_third(extents) {
            rows[a.max(b)][a.min(b)] = Meeting::Whole;
        }
        rows
    }

    fn through_a_third(&self, extents: &[&Extent]) -> HashSet<(usize, usize)> {
        let mut found = HashSet::default();
        let mut together = |members: &BTreeSet<usize>| {
            for a in members {
                found.extend(members.range(..a).map(|b| (*b, *a)));
            }
        };
        let mut removers: BTreeMap<&RepoPath, BTreeSet<usize>> = BTreeMap::new();
        let mut adders: Vec<(usize, &RepoPath, Entry)> = Vec::new();
        for (at, extent) in extents.iter().enumerate() {
            for (path, effect) in &extent.effects {
                match (effect.old, effect.new) {
                    (Some(_), None) => _ = removers.entry(path).or_default().insert(at),
                    (None, Some(new)) => adders.push((at, path, new)),
                    _ => {}
                }
            }
        }
        // a file that one removes and another touches may be found again in what a third adds
        for (path, gone) in &removers {
            let touching: BTreeSet<usize> =
                (0..extents.len()).filter(|at| extents[*at].paths.contains(*path)).collect();
            if touching.len() < 2 {
                continue;
            }
            let old = gone.iter().find_map(|at| extents[*at].effects[*path].old);
            let mut members = touching;
            members.extend(
                adders.iter().filter(|(_, _, new)| self.could_be_one_file(old, *new)).map(|(at, ..)| *at),
            );
            together(&members);
        }
        // folders of which several remove parts
        let mut emptied: BTreeMap<RepoPath, BTreeSet<usize>> = BTreeMap::new();
        for (path, gone) in &removers {
            let mut above = path.parent();
            while let Some(folder) = above {
                above = folder.parent();
                emptied.entry(folder).or_default().extend(gone);
            }
        }
        for (folder, gone) in emptied.iter().filter(|(_, gone)| gone.len() > 1) {
            let mut members = gone.clone();
            members.extend(adders.iter().filter(|(_, path, _)| path.is_within(folder)).map(|(at, ..)| *at));
            if members.len() > gone.len() {
                together(&members);
            }
        }
        found
    }

    /// Whether git could take one for the other renamed: what cannot be read, could.
    fn could_be_one_file(&self, old: Option<Entry>, new: Entry) -> bool {
        let Some(old) = old.filter(|old| old.kind.is_file() && new.kind.is_file()) else { return false };
        let size = |entry: Entry| self.engine.objects.blob_size(entry.oid);
        match (size(old), size(new)) {
            (Ok(one), Ok(other)) if !sizes_allow(one, other, ALIKE) => return false,
            (Ok(_), Ok(_)) => {}
            (Err(_), _) | (_, Err(_)) => return true,
        }
        match (self.engine.fingerprint(old), self.engine.fingerprint(new)) {
            (Ok(Some(one)), Ok(Some(other))) => one.score(&other) >= ALIKE,
            (Ok(None) | Err(_), _) | (_, Ok(None) | Err(_)) => true,
        }
    }

    /// How two tips matter to each other by themselves.
    fn meeting(&self, a: &Extent, b: &Extent) -> Meeting {
        let normalized = self.engine.options.normalize.is_some();
        if normalized && (a.footprint.changes_rules() || b.footprint.changes_rules()) {
            return Meeting::Whole;
        }
        if a.shares_history(b) || self.may_take_for_moved(a, b) || self.may_take_for_moved(b, a) {
            return Meeting::Whole;
        }
        if a.footprint.shares_a_place(&b.footprint) { closeness(a, b) } else { Meeting::Apart }
    }

    /// Whether git could take what one adds for what the other touched and the target moved.
    fn may_take_for_moved(&self, one: &Extent, other: &Extent) -> bool {
        let added =
            || other.effects.values().filter(|effect| effect.old.is_none()).filter_map(|effect| effect.new);
        one.moved.iter().any(|old| added().any(|new| self.could_be_one_file(Some(*old), new)))
    }
}

/// How close two tips come that touch a place in common.
fn closeness(a: &Extent, b: &Extent) -> Meeting {
    let (small, large) = if a.paths.len() <= b.paths.len() { (a, b) } else { (b, a) };
    let mut shared = small.paths.iter().filter(|path| large.paths.contains(*path)).peekable();
    if shared.peek().is_none() || !a.is_plain() || !b.is_plain() {
        return Meeting::Whole; // by folders, or under any name
    }
    let mut closest = Meeting::Apart;
    for path in shared {
        match (&small.effects[path].lines, &large.effects[path].lines) {
            (Some(one), Some(other)) if !close(one, other) => {}
            (Some(_), Some(_)) => closest = Meeting::Lines,
            (None, _) | (_, None) => return Meeting::Whole,
        }
    }
    closest
}

impl Extent {
    /// Whether all it does to the target happens under the names that its own commits use, and
    /// merging it alone goes through.
    fn is_plain(&self) -> bool {
        self.alone.outcome.is_clean() && !self.footprint.is_anywhere()
    }
}

/// Whether any two ranges come close.
fn close(one: &[Range<u32>], other: &[Range<u32>]) -> bool {
    let near = |a: &Range<u32>, b: &Range<u32>| {
        a.start <= b.end.saturating_add(CLOSE) && b.start <= a.end.saturating_add(CLOSE)
    };
    one.iter().any(|a| other.iter().any(|b| near(a, b)))
}

/// Lines of the old version as lines of the new one; what changed between them counts as a whole.
fn carried(lines: &Range<u32>, changes: &[Hunk]) -> Range<u32> {
    let (mut start, mut end) = (i64::from(lines.start), i64::from(lines.end));
    let (mut first, mut last) = (None, None);
    for hunk in changes {
        let grown = i64::from(hunk.own.end) - i64::from(hunk.base.end);
        if hunk.base.end < lines.start {
            start = i64::from(lines.start) + grown;
            end = i64::from(lines.end) + grown;
        } else if hunk.base.start <= lines.end {
            first = first.or(Some(hunk.own.start));
            last = Some(hunk.own.end);
            end = i64::from(lines.end) + grown;
        }
    }
    let start = first.map_or(start, |first| start.min(i64::from(first)));
    let end = last.map_or(end, |last| end.max(i64::from(last)));
    let line = |number: i64| u32::try_from(number).unwrap_or_default();
    line(start)..line(end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_carried_over_what_changed_before_them() {
        let hunk = |base: Range<u32>, own: Range<u32>| Hunk { base, own };
        assert_eq!(carried(&(5..6), &[]), 5..6);
        assert_eq!(carried(&(5..6), &[hunk(1..2, 1..4)]), 7..8);
        assert_eq!(carried(&(5..6), &[hunk(9..10, 9..20)]), 5..6);
        assert_eq!(carried(&(5..6), &[hunk(5..6, 5..15)]), 5..15);
        assert_eq!(carried(&(5..9), &[hunk(1..1, 1..3), hunk(6..7, 8..8)]), 7..10);
    }

    #[test]
    fn ranges_are_close_within_the_margin() {
        let check = |one: &[Range<u32>], other: Range<u32>| close(one, std::slice::from_ref(&other));
        assert!(check(std::slice::from_ref(&(1..2)), 5..6));
        assert!(!check(std::slice::from_ref(&(1..2)), 6..7));
        assert!(check(&[1..2, 50..60], 55..56));
    }
}
