//! The three questions: a terminal against the target, two terminals against each other, and two
//! revisions plainly.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::base_lines::BaseLines;
use super::commits::{Ancestry, Commits, ancestry};
use super::common_ground::{CommonGround, common_ground};
use super::diff::{RawChange, TreeDiff, entry_at};
use super::engine::Engine;
use super::footprint::{Common, Contact, Footprint};
use super::memory::{Alone, Memory, Met};
use super::nearness::{overlaps, unread};
use super::options::Assumed;
use super::own_lines::{Works, in_own_lines};
use super::own_work::{Asked, Looking, OwnWork};
use super::reach::Reach;
use super::recursive::{Node, Wanted};
use super::three_way::{Question, merge_sides};
use super::visiting_order::Tie;
use super::{Missing, Objects, Options};
use crate::model::{
    Change, ChangeSet, ConflictPath, Drift, Entry, EntryKind, Hunks, Known, MergeOutcome, Oid, Overlap,
    PairJudgement, Reason, RepoPath, Tip, Verdict,
};
use foldhash::{HashMap, HashSet};

/// What the judges of one target, one a thread, have worked out for single tips. It serves all
/// their pairs.
#[derive(Default)]
pub struct Shared {
    memory: Arc<Memory>,
    tips: Mutex<HashMap<Node, Arc<Settled>>>,
}

impl Shared {
    /// What builds on this memory and adds to it.
    pub fn with(memory: Arc<Memory>) -> Shared {
        Shared { memory, tips: Mutex::default() }
    }

    fn tips(&self) -> MutexGuard<'_, HashMap<Node, Arc<Settled>>> {
        self.tips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers questions about tips that share one target. What it works out for one tip serves all
/// its pairs, so ask one judge (a thread) as much as possible.
pub struct Judge<'a> {
    engine: Engine<'a>,
    commits: &'a dyn Commits,
    target: Option<Oid>,
    shared: Arc<Shared>,
    ancestries: RefCell<HashMap<Vec<Oid>, Arc<Ancestry>>>,
    base_lines: BaseLines<'a>,
    last_ground: RefCell<Option<LastGround>>,
    firm_bases: RefCell<HashMap<Vec<Oid>, bool>>,
}

/// Two heads with their common ground.
type LastGround = ([Oid; 2], Option<Arc<CommonGround>>);

/// The trees at which the own work of two tips begins that share commits which the target lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds(pub [Oid; 2]);

/// One tip merged into the target, with what only those pairs need that meet.
struct Settled {
    alone: Arc<Alone>,
    after: Mutex<Option<Arc<After>>>,
}

/// The target with a tip merged, conflicts settled for the tip.
struct After {
    node: Node,
    ancestry: Arc<Ancestry>,
    /// What making it rests on.
    assumed: Vec<Assumed>,
}

/// What merging the second comes to because of the first.
#[derive(Default)]
struct Because {
    conflicts: Vec<ConflictPath>,
    undecided: Option<Reason>,
}

impl<'a> Judge<'a> {
    /// A judge over these objects and commits. Without a target commit, every first merge is clean.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
    ) -> Judge<'a> {
        Judge {
            engine: Engine::new(objects, options),
            commits,
            target,
            shared: Arc::default(),
            ancestries: RefCell::default(),
            base_lines: BaseLines::new(objects, options),
            last_ground: RefCell::default(),
            firm_bases: RefCell::default(),
        }
    }

    /// The same judge, using what others of the same target and options have worked out, whose
    /// objects see each other's.
    pub fn sharing(self, shared: Arc<Shared>) -> Judge<'a> {
        Judge { shared, ..self }
    }

    /// Question 1: would merging this tip into the target stop?
    pub fn against_target(&self, tip: &Tip) -> Drift {
        let outcome = |node: Node| match self.settled(&node).map(|tip| tip.alone.outcome.clone()) {
            Ok(MergeOutcome { conflicts, undecided, .. })
                if conflicts.is_empty() && !undecided.is_empty() =>
            {
                let (path, reason) = &undecided[0];
                Known::unknown(format!("{path}: {reason}"))
            }
            found => Known::from(found),
        };
        let committed = outcome(committed(tip));
        let work = if tip.work_tree == tip.tree { committed.clone() } else { outcome(with_work(tip)) };
        Drift { committed, work }
    }

    /// Question 2: would merging one stop because of the other, both merged into the target?
    ///
    /// In either order, on paths where the second alone would not stop. Where the first alone
    /// already conflicts with the target, its side is taken there, and the answer says so.
    ///
    /// Commits that both have, and the target lacks, are no overlap of the two: only what each did on
    /// top of them, by what its trees show. Where these commits cannot be read, or nobody can say what
    /// comes of several of them, all work since the target counts: rather an overlap more.
    pub fn pair(&self, a: &Tip, b: &Tip) -> PairJudgement {
        let ground = self.common_ground(a, b).unwrap_or_default();
        let ground = ground.as_deref();
        let alone = [(&committed(a), &a.committed), (&committed(b), &b.committed)];
        let own = self.own_work(ground, [(a, a.tree), (b, b.tree)], |_| Vec::new());
        let (commits_verdict, commits_judged, commits_overlaps) = self.pair_of(alone, own.as_ref());
        let unread = [unread_work(a), unread_work(b)];
        let all_read = own.is_none() || unread.iter().all(Vec::is_empty);
        let shared_commits = own.as_ref().and(ground).map_or(0, |ground| ground.commits);
        let judged = match a.work_tree == a.tree && b.work_tree == b.tree && all_read {
            true => judgement(commits_verdict.clone(), commits_verdict, commits_judged, commits_overlaps),
            false => {
                let trees = [(a, a.work_tree), (b, b.work_tree)];
                let own = self.own_work(ground, trees, |side| unread[side].clone());
                let sides = [(&with_work(a), &a.changes), (&with_work(b), &b.changes)];
                let (verdict, judged, overlaps) = self.pair_of(sides, own.as_ref());
                judgement(verdict, commits_verdict, judged, overlaps)
            }
        };
        PairJudgement { shared_commits, ..judged }
    }

    /// Where the own work of each of two tips begins, as trees; `None` where they share no commit that
    /// the target lacks, or that cannot be said.
    pub fn grounds(&self, a: &Tip, b: &Tip) -> Option<Grounds> {
        let ground = self.common_ground(a, b).ok()??;
        let tree = |side: usize| self.looking().tree_of(&ground.bases[side]).ok()?;
        Some(Grounds([tree(0)?, tree(1)?]))
    }

    /// The merge bases of a head with the target after a tip that has commits in common with it.
    fn shared_bases(&self, head: Oid, stand: &Ancestry, after: &After) -> Result<Vec<Oid>, Missing> {
        if let [.., first] = after.node.commits[..]
            && let Some(ground) = self.ground_of([first, head], [&*after.ancestry, stand])?
            && self.is_firm(&ground.bases[1])?
        {
            return Ok(ground.bases[1].clone());
        }
        self.commits.merge_bases(head, &after.node.commits)
    }

    /// Whether these are merge bases in the order that git would give: no two are of one age, and none
    /// contains another, as could be where clocks are wrong. Many pairs have the same ones.
    fn is_firm(&self, bases: &[Oid]) -> Result<bool, Missing> {
        if bases.len() < 2 {
            return Ok(true);
        }
        if let Some(known) = self.firm_bases.borrow().get(bases) {
            return Ok(*known);
        }
        let mut firm = true;
        for (at, one) in bases.iter().enumerate() {
            let others: Vec<Oid> = bases.iter().filter(|other| *other != one).copied().collect();
            let time = |commit: Oid| Ok::<i64, Missing>(self.commits.commit(commit)?.time);
            firm = firm
                && (at == 0 || time(bases[at - 1])? > time(*one)?)
                && !self.commits.merge_bases(*one, &others)?.contains(one);
        }
        self.firm_bases.borrow_mut().insert(bases.to_vec(), firm);
        Ok(firm)
    }

    fn looking(&self) -> Looking<'_> {
        Looking { engine: &self.engine, commits: self.commits, lines: &self.shared.memory.lines }
    }

    /// What two tips have in common beyond the target.
    fn common_ground(&self, a: &Tip, b: &Tip) -> Result<Option<Arc<CommonGround>>, Missing> {
        let (Some(head_a), Some(head_b)) = (a.head, b.head) else { return Ok(None) };
        if a.ahead == 0 || b.ahead == 0 {
            return Ok(None);
        }
        let stands = [self.stand(&committed(a))?, self.stand(&committed(b))?];
        self.ground_of([head_a, head_b], [&*stands[0], &*stands[1]])
    }

    /// The same for heads; the last answer is asked for again.
    fn ground_of(
        &self,
        heads: [Oid; 2],
        stands: [&Ancestry; 2],
    ) -> Result<Option<Arc<CommonGround>>, Missing> {
        let turned = [heads[1], heads[0]];
        match &*self.last_ground.borrow() {
            Some((known, ground)) if *known == heads => return Ok(ground.clone()),
            Some((known, ground)) if *known == turned => {
                return Ok(ground.as_ref().map(|ground| Arc::new(ground.turned())));
            }
            Some(_) | None => {}
        }
        let made = common_ground(self.commits, heads, stands)?.map(Arc::new);
        self.last_ground.replace(Some((heads, made.clone())));
        Ok(made)
    }

    /// Where a tip stands beside the target, if that is known already from there.
    fn stand(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let settled = self.shared.tips().get(tip).cloned();
        let known = settled.and_then(|settled| settled.alone.ancestry.clone());
        let remembered = || self.memory()?.tips.find(&(self.target, tip.clone()))?.ancestry.clone();
        match known.or_else(remembered) {
            Some(known) => {
                self.ancestries.borrow_mut().insert(tip.commits.clone(), known.clone());
                Ok(known)
            }
            None => self.ancestry(tip),
        }
    }

    /// What each did of its own on a common ground, where there is one. `unread`: what could not be
    /// read of a side.
    fn own_work<'t>(
        &self,
        ground: Option<&CommonGround>,
        [a, b]: [(&'t Tip, Oid); 2],
        unread: impl Fn(usize) -> Vec<&'t Change>,
    ) -> Option<OwnWork> {
        let ground = ground?;
        let near = match a.0.base {
            Some(base) => self.commits.commit(base).ok()?.tree,
            None => Oid::EMPTY_TREE,
        };
        let asked = [Asked { tree: a.1, unread: unread(0) }, Asked { tree: b.1, unread: unread(1) }];
        self.looking().own_work(ground, near, asked).ok()?
    }

    /// Question 3: the plain `git merge` of two tips, with their uncommitted work.
    pub fn plain(&self, ours: &Tip, theirs: &Tip) -> Known<MergeOutcome> {
        let (ours, theirs) = (with_work(ours), with_work(theirs));
        let name = |node: &Node| node.commits.first().map_or_else(|| node.tree.to_string(), Oid::to_string);
        let labels = self.engine.options.labels.clone().unwrap_or_else(|| (name(&ours), name(&theirs)));
        self.engine.merge_nodes(self.commits, &ours, &theirs, labels).into()
    }

    /// How far a tip's work reaches, with what is not committed.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn reach(&self, tip: &Tip) -> Result<Reach, Missing> {
        Ok(Reach::new(self.settled(&with_work(tip))?.alone.clone()))
    }

    fn target_node(&self) -> Result<Node, Missing> {
        match self.target {
            None => Ok(Node { tree: Oid::EMPTY_TREE, commits: Vec::new() }),
            Some(id) => Ok(Node { tree: self.commits.commit(id)?.tree, commits: vec![id] }),
        }
    }

    fn labels(&self) -> (String, String) {
        self.engine.options.labels.clone().unwrap_or_else(|| ("target".into(), "terminal".into()))
    }

    /// Merges a tip into the target, once.
    fn settled(&self, tip: &Node) -> Result<Arc<Settled>, Missing> {
        if let Some(known) = self.shared.tips().get(tip) {
            return Ok(known.clone());
        }
        let key = (self.target, tip.clone());
        let remembered = self.memory().and_then(|memory| memory.tips.find(&key));
        let remembered = remembered.filter(|alone| self.all_hold(&alone.assumed));
        let made = match remembered {
            Some(alone) => Settled { alone, after: Mutex::default() },
            None => self.settle(tip)?,
        };
        if let Some(memory) = self.memory().filter(|_| is_lasting(&made.alone)) {
            memory.tips.keep_new(key, &made.alone);
        }
        let made = Arc::new(made);
        self.shared.tips().insert(tip.clone(), made.clone());
        Ok(made)
    }

    /// The memory, where it may be used: what is normalized depends on more than can be noted.
    fn memory(&self) -> Option<&Memory> {
        self.engine.options.normalize.is_none().then_some(&*self.shared.memory)
    }

    fn all_hold(&self, assumed: &[Assumed]) -> bool {
        assumed.iter().all(|one| one.holds(self.engine.options))
    }

    fn settle(&self, tip: &Node) -> Result<Settled, Missing> {
        let (target, ancestry) = (self.target_node()?, self.ancestry(tip)?);
        let base = self.engine.base_tree(self.commits, &ancestry.bases)?;
        let (merged, assumed) = self.engine.watching(|| {
            let (outcome, sought) = self.engine.seeking(|| self.merge_alone(tip, &ancestry, false));
            let outcome = outcome?;
            let clean = outcome.conflicts.is_empty();
            let tree = if clean { outcome.tree } else { self.merge_alone(tip, &ancestry, true)?.tree };
            Ok((outcome, tree, sought))
        });
        let (outcome, tree, sought) = merged?;
        let effect = self.engine.diff(target.tree, tree)?;
        let footprint = match base {
            None => Footprint::new(None, &effect),
            Some(base) => Footprint::of(&self.engine, [base, target.tree, tip.tree], &effect, sought)?,
        };
        let known = Some(ancestry.clone());
        let after = After { node: self.joined(target, tip, tree), ancestry, assumed: assumed.clone() };
        let alone = Arc::new(Alone { outcome, footprint, ancestry: known, assumed });
        Ok(Settled { alone, after: Mutex::new(Some(Arc::new(after))) })
    }

    fn merge_alone(&self, tip: &Node, ancestry: &Ancestry, favour: bool) -> Result<MergeOutcome, Missing> {
        let (target, bases) = (self.target_node()?, ancestry.bases.clone());
        let wanted = if favour { Wanted::TreeFavouringTheirs } else { Wanted::Tree };
        self.engine.merge_on(self.commits, bases, &target, tip, self.labels(), wanted)
    }

    fn joined(&self, target: Node, tip: &Node, tree: Oid) -> Node {
        let mut commits = target.commits;
        commits.extend(tip.commits.iter().copied());
        commits.dedup();
        Node { tree, commits }
    }

    /// The target with this tip merged; made anew where only the outcome was remembered, for its
    /// trees exist in memory alone.
    fn after(&self, settled: &Settled, tip: &Node) -> Result<Arc<After>, Missing> {
        let mut after = settled.after.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*after {
            return Ok(known.clone());
        }
        let ancestry = self.standing(&settled.alone, tip)?;
        let favour = !settled.alone.outcome.conflicts.is_empty();
        let (outcome, assumed) = self.engine.watching(|| self.merge_alone(tip, &ancestry, favour));
        let node = self.joined(self.target_node()?, tip, outcome?.tree);
        let made = Arc::new(After { node, ancestry, assumed });
        *after = Some(made.clone());
        Ok(made)
    }

    /// The same, where that may be known.
    fn standing(&self, alone: &Alone, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        alone.ancestry.clone().map_or_else(|| self.ancestry(tip), Ok)
    }

    /// Where a tip stands beside the target.
    fn ancestry(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        let (Some(target), [head, ..]) = (self.target, &tip.commits[..]) else { return Ok(Arc::default()) };
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let made = Arc::new(ancestry(&|id| self.commits.commit(id), *head, &[target])?);
        self.ancestries.borrow_mut().insert(tip.commits.clone(), made.clone());
        Ok(made)
    }

    fn pair_of(&self, [a, b]: [Side<'_>; 2], own: Option<&OwnWork>) -> (Verdict, Judged, Vec<Overlap>) {
        let [changes_a, changes_b] = own.map_or([a.1, b.1], |own| own.changes.each_ref());
        let overlaps = overlaps(&self.base_lines, changes_a, changes_b);
        match self.judge(a, b, own) {
            Err(missing) => (Verdict::Unknown(Reason(missing.to_string())), Judged::default(), overlaps),
            Ok(judged) => {
                let unread = own.and_then(|_| unread(changes_a, changes_b));
                let verdict = match (&judged.undecided, judged.conflicts.is_empty()) {
                    (_, false) => Verdict::Conflict,
                    (_, true) if let Some((path, reason)) = unread => {
                        Verdict::Unknown(format!("{path}: {reason}").into())
                    }
                    (Some(reason), true) => Verdict::Unknown(reason.clone()),
                    (None, true) if overlaps.is_empty() => Verdict::Disjoint,
                    (None, true) => Verdict::Overlap,
                };
                (verdict, judged, overlaps)
            }
        }
    }

    fn judge(&self, a: Side<'_>, b: Side<'_>, own: Option<&OwnWork>) -> Result<Judged, Missing> {
        let tips = [self.settled(a.0)?, self.settled(b.0)?];
        let prints = [&tips[0].alone.footprint, &tips[1].alone.footprint];
        let limit = self.engine.options.rename_limit;
        let common = prints[0].common(prints[1]);
        let mut contacts = [prints[0].contact(prints[1], limit), prints[1].contact(prints[0], limit)];
        if self.engine.options.normalize.is_some() && prints.iter().any(|print| print.changes_rules()) {
            contacts = [Contact::Met; 2];
        }
        let stands = [self.standing(&tips[0].alone, a.0)?, self.standing(&tips[1].alone, b.0)?];
        if !stands[0].own.is_disjoint(&stands[1].own) {
            // the merge base of the second is another one after the first, and what one of them took
            // back of their common work is in no footprint
            contacts = [Contact::Met; 2];
        }
        if common == Common::Nothing && contacts == [Contact::Apart; 2] {
            return Ok(Judged::default());
        }
        let sure = tips.iter().all(|tip| tip.alone.outcome.undecided.is_empty())
            && [a, b].iter().all(|(_, changes)| changes.is_determined());
        let memory = self.memory().filter(|_| sure);
        let key = (self.target, [a.0.clone(), b.0.clone()]);
        let remembered = memory.and_then(|memory| memory.pairs.find(&key));
        if let Some(met) = remembered.filter(|met| self.all_hold(&met.assumed)) {
            return Ok(Judged {
                conflicts: met.conflicts.clone(),
                assumes: met.assumes.clone(),
                undecided: None,
            });
        }
        let (judged, assumed) = self.engine.watching(|| {
            self.engine.assume(own.map_or(&[], |own| &own.assumed));
            let nodes = [a.0, b.0];
            let tips = [&*tips[0], &*tips[1]];
            let normal = self.engine.options.normalize.is_none();
            let mut meetings = [Meeting::Apart, Meeting::Apart];
            for (second, contact) in contacts.into_iter().enumerate() {
                let first = 1 - second;
                let disturbed = match contact {
                    Contact::Apart => false,
                    Contact::UnlessAlike => self.disturbs(tips[first], tips[second], nodes[second])?,
                    Contact::Met => true,
                };
                meetings[second] = match &common {
                    _ if disturbed => Meeting::Whole,
                    Common::Nothing => Meeting::Apart,
                    Common::Edits(paths) if normal && are_plain(&tips) => Meeting::Edits(paths),
                    Common::Edits(_) | Common::More => Meeting::Whole,
                };
            }
            self.meet(nodes, tips, meetings)
        });
        let mut judged = judged?;
        let style = self.engine.options.conflict_style;
        let works = Works { own: own.map(|own| &own.changes), since_base: [a.1, b.1] };
        let placed = |conflict| in_own_lines(self.engine.objects, conflict, &works, style);
        let (conflicts, complete): (Vec<_>, Vec<bool>) = judged.conflicts.into_iter().map(placed).unzip();
        judged.conflicts = conflicts;
        let lasts = assumed.iter().all(Assumed::lasts);
        let whole = lasts && judged.undecided.is_none() && !complete.contains(&false);
        if let Some(memory) = memory.filter(|_| whole) {
            let (conflicts, assumes) = (judged.conflicts.clone(), judged.assumes.clone());
            memory.pairs.keep(key, Arc::new(Met { conflicts, assumes, assumed }));
        }
        Ok(judged)
    }

    /// Whether the first brings a file like one that is looked for because of the second, or a name
    /// that changes the order in which files are come upon, or takes away a file whose content is
    /// among what was added.
    fn disturbs(&self, first: &Settled, second: &Settled, node: &Node) -> Result<bool, Missing> {
        let Some(search) = &second.alone.footprint.search else { return Ok(false) };
        let first = &first.alone.footprint;
        let base = self.base_of(&second.alone, node)?;
        for path in &first.taken {
            let before = entry_at(self.engine.objects, base, path)?;
            if before.is_some_and(|before| search.arrived.contains(&before.oid)) {
                return Ok(true);
            }
        }
        for (_, entry) in search.arrivals(first).filter(|(_, entry)| entry.kind.is_file()) {
            for sought in &search.sought {
                if self.engine.is_alike(*sought, entry.oid)? {
                    return Ok(true);
                }
            }
        }
        Ok(search.tie != Tie::None && self.reorders(first, &second.alone, node)?)
    }

    /// The tree on which a tip is merged into the target; the empty one where they share nothing.
    fn base_of(&self, alone: &Alone, node: &Node) -> Result<Oid, Missing> {
        let standing = self.standing(alone, node)?;
        Ok(self.engine.base_tree(self.commits, &standing.bases)?.unwrap_or(Oid::EMPTY_TREE))
    }

    /// Whether new names change the order in which git comes upon others: a folder is passed by while
    /// names are left that begin like its own and go on with a sign before the slash.
    fn reorders(&self, first: &Footprint, second: &Alone, node: &Node) -> Result<bool, Missing> {
        let trees = [self.base_of(second, node)?, self.target_node()?.tree, node.tree];
        let mut looked_at = HashSet::default();
        for (path, _) in &first.added {
            let path = path.as_bytes();
            for end in (1..path.len()).filter(|&end| path[end] < b'/' && path[end - 1] != b'/') {
                let folder = RepoPath::new(&path[..end]);
                if !looked_at.insert(folder.clone()) {
                    continue;
                }
                for tree in trees {
                    let entry = entry_at(self.engine.objects, tree, &folder)?;
                    if entry.is_some_and(|entry| entry.kind == EntryKind::Tree) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Merges two tips into the target, each one after the other where that matters to it.
    fn meet(
        &self,
        [a, b]: [&Node; 2],
        [settled_a, settled_b]: [&Settled; 2],
        [to_a, to_b]: [Meeting<'_>; 2],
    ) -> Result<Judged, Missing> {
        if let (Meeting::Apart, Meeting::Apart) = (&to_a, &to_b) {
            return Ok(Judged::default());
        }
        for settled in [settled_a, settled_b] {
            self.engine.assume(&settled.alone.assumed);
        }
        let because = |meeting: Meeting<'_>, first: (&Node, &Settled), second: (&Node, &Settled)| {
            let paths = match meeting {
                Meeting::Apart => return Ok(Because::default()),
                Meeting::Edits(paths) => Some(paths),
                Meeting::Whole => None,
            };
            if let Some(paths) = paths {
                return self.because_of_edits(paths, first, second);
            }
            let ancestry = self.standing(&second.1.alone, second.0)?;
            let after = self.after(first.1, first.0)?;
            self.engine.assume(&after.assumed);
            self.because((&first.1.alone, &after), second.0, &second.1.alone, &ancestry)
        };
        let after_a = because(to_b, (a, settled_a), (b, settled_b))?;
        let after_b = because(to_a, (b, settled_b), (a, settled_a))?;
        let [alone_a, alone_b] = [&*settled_a.alone, &*settled_b.alone];
        let mut judged = Judged { conflicts: after_a.conflicts, ..Judged::default() };
        let known: BTreeSet<_> =
            judged.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect();
        for mut conflict in after_b.conflicts {
            std::mem::swap(&mut conflict.ours, &mut conflict.theirs);
            if !known.contains(&(conflict.path.clone(), conflict.kind)) {
                judged.conflicts.push(conflict);
            }
        }
        judged.conflicts.sort();
        judged.undecided = after_a.undecided.or(after_b.undecided);
        let drifts = |alone: &Alone| !alone.outcome.conflicts.is_empty();
        judged.assumes = match (drifts(alone_a), drifts(alone_b)) {
            (false, false) => None,
            (true, false) => {
                Some("the first conflicts with the target itself; its side is taken there".into())
            }
            (false, true) => {
                Some("the second conflicts with the target itself; its side is taken there".into())
            }
            (true, true) => {
                Some("both conflict with the target themselves; their sides are taken there".into())
            }
        };
        Ok(judged)
    }

    /// The same as [`Judge::because`] where the two have nothing in common but files that both edit:
    /// only these are merged, and the target with the first merged need not be made.
    fn because_of_edits(
        &self,
        paths: &[&RepoPath],
        first: (&Node, &Settled),
        second: (&Node, &Settled),
    ) -> Result<Because, Missing> {
        let target = self.target_node()?;
        let alone = &second.1.alone;
        let mut sides = [TreeDiff::default(), TreeDiff::default()];
        for path in paths {
            let changed = &first.1.alone.footprint.changed;
            let left = changed.binary_search_by(|(changed, _)| changed.cmp(path));
            let stops_alone = alone.outcome.conflicts.iter().any(|conflict| conflict.path == **path);
            let versions = alone.footprint.edits.get(*path);
            let (Ok(left), Some([base, own]), false) = (left, versions, stops_alone) else { continue };
            let change = |new: Entry| RawChange { path: (*path).clone(), old: Some(*base), new: Some(new) };
            if changed[left].1 != *base {
                sides[0].changes.push(change(changed[left].1));
            }
            sides[1].changes.push(change(*own));
        }
        self.bring(&sides, first, second.1);
        let question = Question {
            trees: [target.tree, target.tree, second.0.tree],
            base_label: String::new(),
            labels: self.labels(),
            went_by: Vec::new(),
            depth: 0,
            favour_theirs: false,
            unwritten: true,
        };
        let merged = merge_sides(&self.engine, &question, sides.map(Rc::new))?;
        let undecided = merged.undecided.into_iter().next();
        Ok(Because {
            conflicts: merged.conflicts,
            undecided: undecided.map(|(path, reason)| Reason(format!("{path}: {reason}"))),
        })
    }

    /// Makes what an earlier run had in memory alone: files that merging the first or the bases of the
    /// second came to. What cannot be made again stays missing, and the merge says so.
    fn bring(&self, sides: &[TreeDiff; 2], first: (&Node, &Settled), second: &Settled) {
        let is_at_hand =
            |entry: Option<Entry>| entry.is_none_or(|entry| self.engine.blob_size(entry.oid).is_ok());
        if !sides[0].changes.iter().all(|change| is_at_hand(change.new)) {
            drop(self.after(first.1, first.0));
        }
        if let Some(stand) = &second.alone.ancestry
            && !sides[1].changes.iter().all(|change| is_at_hand(change.old))
        {
            drop(self.engine.base_tree(self.commits, &stand.bases));
        }
    }

    /// Merges the second after the first, and leaves out what stops the second alone.
    fn because(
        &self,
        first: (&Alone, &After),
        second: &Node,
        alone: &Alone,
        ancestry: &Ancestry,
    ) -> Result<Because, Missing> {
        let target = self.target_node()?;
        // commits of the first alone can only be a base where both tips have them
        let shared = !first.1.ancestry.own.is_disjoint(&ancestry.own);
        if !shared && first.1.node.tree == target.tree && first.0.outcome.undecided.is_empty() {
            return Ok(Because::default());
        }
        let bases = match second.commits.first() {
            Some(head) if shared => self.shared_bases(*head, ancestry, first.1)?,
            Some(_) | None => ancestry.bases.clone(),
        };
        if let [base] = bases[..]
            && self.commits.commit(base)?.tree == second.tree
        {
            return Ok(Because::default()); // it brings nothing to this merge
        }
        let labels = self.labels();
        let wanted = Wanted::ConflictsAlone;
        let outcome = self.engine.merge_on(self.commits, bases, &first.1.node, second, labels, wanted)?;
        let known: BTreeSet<_> = alone.outcome.conflicts.iter().map(|conflict| &conflict.path).collect();
        let conflicts =
            outcome.conflicts.into_iter().filter(|conflict| !known.contains(&conflict.path)).collect();
        let touched = self.engine.diff(target.tree, first.1.node.tree)?;
        let has_a_hand_in = |path: &RepoPath| {
            touched.at(path).is_some() || first.0.outcome.undecided.iter().any(|(other, _)| other == path)
        };
        let mut undecided = outcome.undecided.into_iter();
        let undecided = undecided.find(|one| has_a_hand_in(&one.0) || !alone.outcome.undecided.contains(one));
        Ok(Because {
            conflicts,
            undecided: undecided.map(|(path, reason)| Reason(format!("{path}: {reason}"))),
        })
    }
}

/// A tip with what it changed.
type Side<'t> = (&'t Node, &'t ChangeSet);

/// A pair, judged in both orders.
#[derive(Default)]
struct Judged {
    conflicts: Vec<ConflictPath>,
    undecided: Option<Reason>,
    assumes: Option<String>,
}

/// What of the one must be merged to know what the other makes of it.
enum Meeting<'p> {
    /// Nothing.
    Apart,
    /// Files that both edit where they are.
    Edits(&'p [&'p RepoPath]),
    /// Everything.
    Whole,
}

/// Whether each two files of theirs can be merged by themselves: all is decided, each has a base, and
/// no commits are in both histories.
fn are_plain(tips: &[&Settled; 2]) -> bool {
    let known = |tip: &Settled| {
        let ancestry = tip.alone.ancestry.clone().filter(|ancestry| !ancestry.bases.is_empty());
        ancestry.filter(|_| tip.alone.outcome.undecided.is_empty())
    };
    match tips.map(known) {
        [Some(one), Some(other)] => one.own.is_disjoint(&other.own),
        [None, _] | [_, None] => false,
    }
}

/// Whether it will be the same as long as what it rests on is.
fn is_lasting(alone: &Alone) -> bool {
    alone.outcome.undecided.is_empty() && alone.assumed.iter().all(Assumed::lasts)
}

/// What could not be read of a tip's uncommitted work: its trees do not show it.
fn unread_work(tip: &Tip) -> Vec<&Change> {
    let is_unread = |change: &&Change| match change.hunks {
        Hunks::Unknown(_) => change.layers.is_uncommitted() || change.new.is_none(),
        Hunks::Lines(_) | Hunks::Binary | Hunks::None => false,
    };
    tip.changes.iter().filter(is_unread).collect()
}

/// A tip's commits.
fn committed(tip: &Tip) -> Node {
    Node { tree: tip.tree, commits: tip.head.into_iter().collect() }
}

/// A tip with its uncommitted work.
fn with_work(tip: &Tip) -> Node {
    Node { tree: tip.work_tree, commits: tip.head.into_iter().collect() }
}

fn judgement(verdict: Verdict, committed: Verdict, judged: Judged, overlaps: Vec<Overlap>) -> PairJudgement {
    let in_conflict: BTreeSet<_> = judged
        .conflicts
        .iter()
        .flat_map(|conflict| std::iter::once(&conflict.path).chain(&conflict.also))
        .collect();
    let overlaps = overlaps
        .into_iter()
        .filter(|overlap| {
            let mut paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
            !paths.any(|path| in_conflict.contains(path))
        })
        .collect();
    PairJudgement {
        verdict,
        committed,
        overlaps,
        assumes: judged.assumes,
        conflicts: judged.conflicts,
        shared_commits: 0,
        own_declared: Default::default(),
    }
}
