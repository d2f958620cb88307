//! `check`: one terminal's work against every other one's, and against the target.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checks::{self, Checked, Facts};
use crate::error::Failure;
use crate::merge::{Commits, Judge, Objects, Shared};
use crate::model::{
    CheckQuestion, CheckReport, ConflictPath, DriftPath, EditedFile, Encounter, Excerpt, Hunk, Known, Lines,
    Link, Meeting, Oid, Pair, PairJudgement, Place, PlaceId, RepoPath, Session, Snapshot, Terminal, Tip,
    Verdict, Verdicts, Work,
};
use crate::planning::{self, Called, StoryBook};
use crate::tracking::Tracking;

use super::names::{nobody, several};
use super::own_work::{Views, known};
use super::{Workspace, tip, tip_with_lines, with_unreadable};

/// As many lines of the other's text are shown of one range, each of at most so many characters.
const EXCERPT_LINES: u32 = 12;
const EXCERPT_WIDTH: usize = 160;
/// And as many ranges of one file.
const EXCERPTS: usize = 8;

/// The places whose work is known not to meet the checked one.
pub(super) type Apart = BTreeSet<PlaceId>;

/// What is checked.
struct Own {
    place: PlaceId,
    /// What the place has now: its commits decide who goes first.
    standing: Tip,
    /// What is held against the others.
    judged: Tip,
    /// The commits that the judged one merges, beside the head.
    merged: Vec<Oid>,
    /// Where the judged one is still to be made: the paths that it changes, with all their names.
    /// Nothing else is asked for.
    only: Option<BTreeSet<RepoPath>>,
}

impl Own {
    /// How many paths the question is about: those of the commit that is still to be made, or of all
    /// the work.
    fn paths(&self, question: &CheckQuestion) -> usize {
        let changes = self.judged.changes.iter();
        changes.filter(|change| self.is_asked(question, change.paths())).count()
    }

    /// Whether one of the paths of one thing is asked for.
    fn is_asked<'a>(
        &self,
        question: &CheckQuestion,
        paths: impl Iterator<Item = &'a RepoPath> + Clone,
    ) -> bool {
        let is_named = |path: &RepoPath| question.paths.iter().any(|asked| path.is_within(asked));
        let is_changed = |path: &RepoPath| self.only.as_ref().is_none_or(|only| only.contains(path));
        (question.paths.is_empty() || paths.clone().any(is_named)) && paths.clone().any(is_changed)
    }
}

/// These paths with all names that renames give them.
fn with_all_names(paths: BTreeSet<RepoPath>, tip: &Tip) -> BTreeSet<RepoPath> {
    let mut all = paths;
    for change in &tip.changes {
        if change.paths().any(|path| all.contains(path)) {
            all.extend(change.paths().cloned());
        }
    }
    all
}

/// The conflicts that rest on commits alone, by the other's place.
#[derive(Default)]
struct Certain {
    /// With the judged work as if it were committed.
    certain: BTreeMap<PlaceId, Vec<ConflictPath>>,
    /// Those that the terminal has had before the commit that is about to be made.
    standing: BTreeMap<PlaceId, Vec<ConflictPath>>,
}

impl Workspace {
    /// Holds one terminal's work against that of every other one and against the target.
    ///
    /// # Errors
    /// When the terminal is not known, or its own work cannot be read. What cannot be read of others
    /// is in the report.
    pub fn check(&self, tracking: &Tracking, question: &CheckQuestion) -> Result<CheckReport, Failure> {
        self.check_with(tracking, question, |places, own, also| {
            self.tips_near(places, own.place, &own.judged, own.only.as_ref(), also)
        })
    }

    /// The same answer, after a look at everything: what [`Workspace::check`] is held against.
    ///
    /// # Errors
    /// As there.
    pub fn check_in_full(
        &self,
        tracking: &Tracking,
        question: &CheckQuestion,
    ) -> Result<CheckReport, Failure> {
        self.check_with(tracking, question, |places, _, _| (self.tips(places), Apart::new()))
    }

    /// A path as the repository knows it, whether it exists or not: relative to the worktree that it
    /// lies in.
    ///
    /// # Errors
    /// When it lies in no worktree.
    pub fn repo_path(&self, path: &Path) -> Result<RepoPath, Failure> {
        let settled = settled(path);
        let current = self.repository.current_worktree().map(Path::to_path_buf);
        let places = self.repository.places(&self.target, &[]);
        let tops = places.into_iter().filter_map(|place| place.worktree).chain(current);
        let inside = tops.filter_map(|top| settled.strip_prefix(&top).ok().map(Path::to_path_buf));
        match inside.min_by_key(|rest| rest.components().count()) {
            Some(rest) => Ok(RepoPath::new(rest.as_os_str().as_bytes())),
            None => Err(Failure::new(format!("{} lies in no worktree of this repository", path.display()))
                .help("name a file or folder of the worktree, existing or not")),
        }
    }

    fn check_with(
        &self,
        tracking: &Tracking,
        question: &CheckQuestion,
        observe: impl Fn(&[Place], &Own, &[RepoPath]) -> (Vec<Known<Tip>>, Apart),
    ) -> Result<CheckReport, Failure> {
        let (stories, _) = self.all_stories(tracking);
        let book = StoryBook::new(&tracking.files, &stories);
        let sessions: Vec<Session> = tracking.files.iter().flat_map(|file| file.sessions.clone()).collect();
        let branches: Vec<String> = sessions.iter().filter_map(|session| session.branch.clone()).collect();
        let places = self.repository.places(&self.target, &branches);
        let root = self.repository.main_worktree();
        let link =
            |tips: &[Known<Tip>]| planning::link(&sessions, &places, tips, &self.target, &book.index, root);
        let not_seen: Vec<Known<Tip>> = places.iter().map(|_| Known::unknown("not looked at")).collect();
        let linked = link(&not_seen);
        let (place, asked) = self.own_place(&places, &linked, question)?;
        let own = self.own(&places[place], place, &question.work)?;

        let here = linked.iter().filter(|terminal| terminal.place() == Some(place));
        let declared = here.flat_map(|one| &one.sessions).filter_map(|session| session.current_file.clone());
        let also: Vec<RepoPath> = question.paths.iter().cloned().chain(declared).collect();
        let (mut tips, apart) = observe(&places, &own, &also);
        tips[place] = Known::Known(Tip { changes: own.judged.changes.clone(), ..own.standing.clone() });
        let mut terminals = link(&tips);
        let (terminal, whole_place) = subject(&mut terminals, &places, place, asked.as_deref());
        let (mut verdicts, certain) = self.against(&own, &tips, &apart);
        let judged = |at| if at == place { Some(&own.judged) } else { known(&tips, at) };
        self.tell_own_declared(&terminals, judged, &mut verdicts);
        let others = (0..tips.len()).filter_map(|at| {
            let judgement = verdicts.pairs.get(&Pair::new(place, at)?)?;
            Some((at, known(&tips, at)?, judgement))
        });
        let views = self.own_views(&own.judged, others, &|path| {
            let is_named = question.paths.iter().any(|asked| path.is_within(asked));
            is_named || own.only.as_ref().is_some_and(|only| only.contains(path))
        });
        let snapshot = Snapshot { target: self.target.clone(), places, tips, terminals, verdicts };
        let facts = Facts { snapshot: &snapshot, pairs: &[], book: &book, files: &tracking.files };
        let Certain { certain, standing } = certain;
        let checked = Checked {
            terminal,
            whole_place,
            asked: &question.paths,
            only: own.only.as_ref(),
            certain: &certain,
            standing: &standing,
            own_views: &views,
        };
        let mut met = checks::encounters(&facts, &checked);
        let store = self.repository.store();
        let mut distances = Vec::new();
        for encounter in &mut met.encounters {
            let (judged, other) = sides(&own, &snapshot, &views, encounter);
            let near = near(judged, question, encounter);
            let (found, distance) = excerpts(&store, other, encounter, &near);
            encounter.excerpts = found;
            distances.push(distance);
        }
        if let Work::Edited(_) = question.work {
            met.encounters = nearest_first(met.encounters, &distances);
        }
        Ok(CheckReport {
            own: checks::party(&snapshot, &snapshot.terminals[terminal]),
            target: self.target.name.clone(),
            update: own.standing.update_command(&self.target),
            paths: own.paths(question),
            encounters: met.encounters,
            drift: self.drift_paths(&snapshot, &own, question),
            undecided: met.undecided,
            notes: notes(&own, &met.not_linked),
        })
    }

    /// The place that is meant, and the terminal's id where one is: a terminal's, one by its name, or
    /// the one of the starting folder.
    pub(super) fn own_place(
        &self,
        places: &[Place],
        terminals: &[Terminal],
        question: &CheckQuestion,
    ) -> Result<(PlaceId, Option<String>), Failure> {
        let Some(asked) = &question.terminal else {
            let here = self.repository.current_worktree();
            let found = places.iter().position(|place| here.is_some() && place.worktree.as_deref() == here);
            return found.map(|place| (place, None)).ok_or_else(|| {
                Failure::new("this folder belongs to no worktree, so whose work to check is not known")
                    .help("say it: --terminal ID, or -C PATH to start in a worktree")
            });
        };
        let id = match planning::called(asked, terminals, places) {
            Called::Terminal(id) => id,
            Called::Place(place) => return Ok((place, None)),
            Called::Several(names) => return Err(several(asked, &names)),
            Called::Nothing => return Err(nobody(asked, terminals)),
        };
        let named: Vec<&Terminal> = terminals.iter().filter(|one| one.id == id).collect();
        if let Some(place) = named.iter().find_map(|one| one.place()) {
            return Ok((place, Some(id)));
        }
        let why = named.iter().find_map(|one| match &one.link {
            Link::Place(_) => None,
            Link::Declared(why) => Some(why.clone()),
            Link::Gone(what) => Some(format!("{what} is gone")),
        });
        Err(Failure::new(format!("{id} is not linked to git: {}", why.unwrap_or_default()))
            .help(format!("track-work update {id} --worktree PATH (or --branch NAME)")))
    }

    fn own(&self, place: &Place, id: PlaceId, work: &Work) -> Result<Own, Failure> {
        let cannot = |reason: &dyn std::fmt::Display| {
            Failure::new(format!("the work of {} cannot be read: {reason}", place.name))
        };
        let known = |tip: Known<Tip>| match tip {
            Known::Known(tip) => Ok(tip),
            Known::Unknown(reason) => Err(cannot(&reason)),
        };
        let judged_commit = |commit| known(self.commit_tip(commit));
        match work {
            Work::All => {
                let mut seen = self.tips(std::slice::from_ref(place));
                let found = seen.pop().unwrap_or_else(|| Known::unknown("it was not observed"));
                let judged = known(found)?;
                Ok(Own { place: id, standing: judged.clone(), judged, merged: Vec::new(), only: None })
            }
            Work::Staged { index, merging } => {
                let index = index.as_deref();
                let found = self.repository.observe_next_commit(place, index, merging, &self.target);
                let (seen, commit) = match found {
                    Known::Known(found) => found,
                    Known::Unknown(reason) => return Err(cannot(&reason)),
                };
                let store = self.repository.store();
                let facts = store.commit(commit).map_err(|missing| cannot(&missing))?;
                let head = seen.head;
                let staged: BTreeSet<RepoPath> = seen.layers.keys().cloned().collect();
                let standing = tip_with_lines(&store, seen, &self.options, &|_| false);
                let standing = standing.map_err(|missing| cannot(&missing))?;
                let merged = facts.parents.into_iter().filter(|parent| Some(*parent) != head).collect();
                drop(store);
                let judged = known(self.commit_tip_with_lines(commit, &|path| staged.contains(path)))?;
                let only = Some(with_all_names(staged, &judged));
                Ok(Own { place: id, standing, judged, merged, only })
            }
            Work::Edited(files) => self.edited(place, id, files),
            Work::Commit(commit) => {
                let head = self.repository.observe_head(&self.repository.store(), place, &self.target);
                let standing = match head {
                    Known::Known(seen) => tip(&self.repository.store(), seen, &self.options, self.memory()),
                    Known::Unknown(reason) => return Err(cannot(&reason)),
                };
                let standing = standing.map_err(|missing| cannot(&missing))?;
                Ok(Own {
                    place: id,
                    standing,
                    judged: judged_commit(*commit)?,
                    merged: Vec::new(),
                    only: None,
                })
            }
        }
    }

    fn edited(&self, place: &Place, id: PlaceId, files: &[EditedFile]) -> Result<Own, Failure> {
        let contents: Vec<(RepoPath, Option<&[u8]>)> =
            files.iter().map(|file| (file.path.clone(), file.content.as_deref())).collect();
        let cannot = |reason: &dyn std::fmt::Display| {
            Failure::new(format!("the work of {} cannot be read: {reason}", place.name))
        };
        let (seen, commit) = match self.repository.observe_edited(place, &contents, &self.target) {
            Known::Known(found) => found,
            Known::Unknown(reason) => return Err(cannot(&reason)),
        };
        let standing = tip(&self.repository.store(), seen, &self.options, self.memory())
            .map_err(|missing| cannot(&missing))?;
        let judged = match self.commit_tip(commit) {
            Known::Known(tip) => tip,
            Known::Unknown(reason) => return Err(cannot(&reason)),
        };
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let only = Some(with_all_names(paths, &judged));
        Ok(Own { place: id, standing, judged, merged: Vec::new(), only })
    }

    /// Judges the own work against the target and each of the others; with the conflicts among
    /// commits alone, by place.
    ///
    /// Who has no work, or is known to be `apart`, need not be judged. Where commits are shared, no
    /// work may be work as well: what takes back a common change.
    fn against(&self, own: &Own, tips: &[Known<Tip>], apart: &Apart) -> (Verdicts, Certain) {
        let merged = self.merged_tips(own);
        let others: Vec<(PlaceId, &Tip)> = tips
            .iter()
            .enumerate()
            .filter(|(id, _)| *id != own.place)
            .filter_map(|(id, tip)| Some((id, tip.known()?)))
            .collect();
        let store = self.repository.store();
        let (idle, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|(id, tip)| {
            let empty = tip.changes.is_empty() && tip.committed.is_empty();
            empty && (apart.contains(id) || !self.share_commits(&store, &own.judged, tip.head))
        });
        drop(store);
        let shared = Arc::new(Shared::default());
        let judged = self.shared_out(&others, &shared, |judge, (id, other)| {
            (*id, pair_judged(judge, own, &merged, other))
        });
        let mut verdicts = Verdicts::default();
        let mut among_commits = Certain::default();
        for (id, _) in idle {
            verdicts.pairs.extend(Pair::new(own.place, id).map(|pair| (pair, disjoint())));
        }
        for (id, (judgement, certain, standing)) in judged {
            among_commits.certain.insert(id, certain);
            among_commits.standing.insert(id, standing);
            if let Some(pair) = Pair::new(own.place, id) {
                let in_order = *pair.a() == own.place;
                verdicts.pairs.insert(pair, if in_order { judgement } else { swapped(judgement) });
            }
        }
        let drift = self.shared_out(&[()], &shared, |judge, ()| judge.against_target(&own.judged));
        verdicts.drift.extend(drift.into_iter().map(|drift| (own.place, drift)));
        (verdicts, among_commits)
    }

    /// What the merged commits bring by themselves.
    fn merged_tips(&self, own: &Own) -> Vec<Tip> {
        own.merged.iter().filter_map(|commit| self.commit_tip(*commit).known().cloned()).collect()
    }

    fn drift_paths(&self, snapshot: &Snapshot, own: &Own, question: &CheckQuestion) -> Known<Vec<DriftPath>> {
        let Some(drift) = snapshot.verdicts.drift.get(&own.place) else { return Known::Known(Vec::new()) };
        let outcome = match &drift.work {
            Known::Known(outcome) => outcome,
            Known::Unknown(reason) => return Known::Unknown(reason.clone()),
        };
        let committed = drift.committed.known().map_or(&[][..], |outcome| &outcome.conflicts[..]);
        let asked = outcome.conflicts.iter().filter(|conflict| own.is_asked(question, conflict.paths()));
        if let (Some((path, reason)), true) = (outcome.undecided.first(), outcome.conflicts.is_empty()) {
            return Known::unknown(format!("{path}: {reason}"));
        }
        let store = self.repository.store();
        let tree = self.target.head.and_then(|head| store.commit(head).ok()).map(|facts| facts.tree);
        Known::Known(
            asked
                .map(|conflict| DriftPath {
                    path: conflict.path.clone(),
                    also: conflict.also.clone(),
                    kind: conflict.kind,
                    own_lines: conflict.theirs.clone(),
                    target_lines: conflict.ours.clone(),
                    certain: committed.iter().any(|known| known.path == conflict.path),
                    excerpts: tree
                        .and_then(|tree| blob_at(&store, tree, &conflict.path))
                        .map(|blob| lines_of(&store, blob, &conflict.ours, &[]))
                        .unwrap_or_default(),
                })
                .collect(),
        )
    }
}

/// The terminal that is checked, and whether it stands for all who work in the place. Where nobody
/// does, or several do and none of them was named, one is made of the place.
fn subject(
    terminals: &mut Vec<Terminal>,
    places: &[Place],
    place: PlaceId,
    named: Option<&str>,
) -> (usize, bool) {
    let there: Vec<usize> = (0..terminals.len()).filter(|at| terminals[*at].place() == Some(place)).collect();
    let is_named = |at: &&usize| Some(terminals[**at].id.as_str()) == named;
    if let Some(at) = there.iter().find(is_named) {
        return (*at, false);
    }
    if let [only] = there[..] {
        return (only, true);
    }
    let mut names: Vec<&str> = there.iter().map(|at| terminals[*at].id.as_str()).collect();
    names.dedup();
    let id = if names.is_empty() { places[place].name.clone() } else { names.join(", ") };
    let mut touched: Vec<_> = there.iter().flat_map(|at| terminals[*at].touched.clone()).collect();
    touched.sort_by(|a, b| a.path.cmp(&b.path));
    touched.dedup_by(|a, b| a.path == b.path);
    let made = Terminal {
        id,
        story: there.iter().find_map(|at| terminals[*at].story.clone()),
        sessions: there.iter().flat_map(|at| terminals[*at].sessions.clone()).collect(),
        link: Link::Place(place),
        shares_place: false,
        touched,
    };
    terminals.push(made);
    (terminals.len() - 1, true)
}

/// The own work against one other's; the conflicts that rest on commits alone; and those of them that
/// the commits before the judged one have already.
///
/// What a merged commit already has against the other is not the merging terminal's own, and neither
/// is a file that it takes over as it is.
fn pair_judged(
    judge: &Judge,
    own: &Own,
    merged: &[Tip],
    other: &Tip,
) -> (PairJudgement, Vec<ConflictPath>, Vec<ConflictPath>) {
    let mut judgement = with_unreadable(judge.pair(&own.judged, other), &own.judged, other);
    let mut certain = match judgement.verdict {
        Verdict::Conflict => judge.pair(&commits_alone(&own.judged), &commits_alone(other)).conflicts,
        Verdict::Disjoint | Verdict::Overlap | Verdict::Unknown(_) => Vec::new(),
    };
    for parent in merged {
        let before = judge.pair(parent, other).conflicts;
        let is_new = |conflict: &ConflictPath| !before.iter().any(|known| known.path == conflict.path);
        judgement.conflicts.retain(is_new);
        certain.retain(is_new);
        judgement.overlaps.retain(|overlap| {
            let taken = |tip: &Tip| tip.changes.at(&overlap.path).map(|change| change.new);
            taken(parent).is_none() || taken(parent) != taken(&own.judged)
        });
    }
    if judgement.verdict == Verdict::Conflict && judgement.conflicts.is_empty() {
        judgement.verdict = Verdict::Overlap;
    }
    if judgement.verdict == Verdict::Overlap && judgement.overlaps.is_empty() {
        judgement.verdict = Verdict::Disjoint;
    }
    let is_next = own.only.is_some() && !certain.is_empty();
    let standing = match is_next {
        true => judge.pair(&commits_alone(&own.standing), &commits_alone(other)).conflicts,
        false => Vec::new(),
    };
    (judgement, certain, standing)
}

fn commits_alone(tip: &Tip) -> Tip {
    Tip { work_tree: tip.tree, changes: tip.committed.clone(), ..tip.clone() }
}

fn disjoint() -> PairJudgement {
    PairJudgement {
        verdict: Verdict::Disjoint,
        committed: Verdict::Disjoint,
        conflicts: Vec::new(),
        overlaps: Vec::new(),
        assumes: None,
        shared_commits: 0,
        own_declared: Default::default(),
    }
}

/// The same judgement with the two sides exchanged.
fn swapped(judgement: PairJudgement) -> PairJudgement {
    let [a, b] = judgement.own_declared;
    PairJudgement {
        own_declared: [b, a],
        conflicts: judgement.conflicts.into_iter().map(ConflictPath::swapped).collect(),
        overlaps: judgement.overlaps.into_iter().map(crate::model::Overlap::swapped).collect(),
        ..judgement
    }
}

fn notes(own: &Own, not_linked: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(operation) = &own.standing.operation {
        notes.push(format!("a {operation} is under way here"));
    }
    notes.extend(own.judged.notes.iter().cloned());
    for id in not_linked {
        notes.push(format!("{id} is not linked to git: only its declared current file counts"));
    }
    notes
}

/// The two that meet: what is checked, and the other one, where git shows it.
fn sides<'a>(
    own: &'a Own,
    snapshot: &'a Snapshot,
    views: &'a Views,
    encounter: &Encounter,
) -> (&'a Tip, Option<&'a Tip>) {
    let is_other = |terminal: &&Terminal| checks::party(snapshot, terminal) == encounter.other;
    let other = snapshot.terminals.iter().find(is_other);
    match other.and_then(Terminal::place).and_then(|place| views.get(&place)) {
        Some([own, other]) => (own, Some(other)),
        None => (&own.judged, other.and_then(|terminal| snapshot.tip(terminal))),
    }
}

/// What the other wrote where the two meet, what is nearest to the lines `near` of the base first;
/// and how far that is.
fn excerpts(
    store: &crate::git::Store,
    tip: Option<&Tip>,
    encounter: &Encounter,
    near: &[Range<u32>],
) -> (Vec<Excerpt>, u32) {
    let paths: Vec<&RepoPath> = std::iter::once(&encounter.path).chain(&encounter.also).collect();
    let nothing = (Vec::new(), u32::MAX);
    let Some(change) = tip.and_then(|tip| checks::change_of(tip, &paths)) else { return nothing };
    let Some(entry) = change.new.filter(|entry| entry.kind.is_file()) else { return nothing };
    let hunks = change.hunks.lines();
    let mut wanted = match near {
        [] => encounter.other_lines.clone(),
        // who is about to write there must know of all
        _ => change.hunks.ranges(),
    };
    wanted.sort_by_key(|lines| distance(hunks, *lines, near));
    let nearest = wanted.first().map_or(u32::MAX, |lines| distance(hunks, *lines, near));
    (lines_of(store, entry.oid, &wanted, hunks), nearest)
}

/// The lines of the base that are about to be changed where the two meet; none where nothing is.
fn near(judged: &Tip, question: &CheckQuestion, encounter: &Encounter) -> Vec<Range<u32>> {
    let Work::Edited(files) = &question.work else { return Vec::new() };
    let is_it = |path: &RepoPath| *path == encounter.path || encounter.also.contains(path);
    let edited = files.iter().filter(|file| is_it(&file.path)).flat_map(|file| {
        let hunks = judged.changes.at(&file.path).map_or(&[][..], |change| change.hunks.lines());
        hunks.iter().filter(|hunk| file.lines.iter().any(|lines| touch(*lines, hunk.lines())))
    });
    edited.map(|hunk| hunk.base.clone()).collect()
}

fn touch(a: Lines, b: Lines) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// How many lines of the base lie between lines of the other's version and the nearest of those.
fn distance(hunks: &[Hunk], lines: Lines, near: &[Range<u32>]) -> u32 {
    let base = hunks.iter().find(|hunk| touch(hunk.lines(), lines)).map(|hunk| hunk.base.clone());
    let base = base.unwrap_or(lines.start..lines.end);
    let gap =
        |other: &Range<u32>| other.start.saturating_sub(base.end).max(base.start.saturating_sub(other.end));
    near.iter().map(gap).min().unwrap_or(0)
}

/// Conflicts first, then all by how near they are.
fn nearest_first(encounters: Vec<Encounter>, distances: &[u32]) -> Vec<Encounter> {
    let mut both: Vec<(Encounter, u32)> = encounters.into_iter().zip(distances.iter().copied()).collect();
    both.sort_by_key(|(one, distance)| (!matches!(one.meeting, Meeting::Conflict(_)), *distance));
    both.into_iter().map(|(one, _)| one).collect()
}

/// The text of some lines of a blob, shortened; none of those where `hunks` only removed some.
fn lines_of(store: &crate::git::Store, blob: Oid, wanted: &[Lines], hunks: &[Hunk]) -> Vec<Excerpt> {
    let Ok(content) = store.blob(blob) else { return Vec::new() };
    let removed: BTreeSet<Lines> = hunks.iter().filter(|hunk| hunk.own.is_empty()).map(Hunk::lines).collect();
    let all: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let text = |lines: &Lines| -> Vec<String> {
        if removed.contains(lines) {
            return Vec::new();
        }
        let last = lines.end.min(lines.start.saturating_add(EXCERPT_LINES - 1));
        (lines.start..=last)
            .filter_map(|number| all.get(number as usize - 1))
            .map(|line| shown(line))
            .collect()
    };
    wanted.iter().take(EXCERPTS).map(|lines| Excerpt { lines: *lines, text: text(lines) }).collect()
}

/// A line for people: no control characters, not endless.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let plain = text.replace('\t', "    ");
    let mut short: String = plain.chars().filter(|c| !c.is_control()).take(EXCERPT_WIDTH).collect();
    if plain.chars().nth(EXCERPT_WIDTH).is_some() {
        short.push('…');
    }
    short
}

/// The real path of the folder that it lies in, as far as that exists, with the rest behind it. A
/// link at its end is not followed: it is a path of its own to git.
fn settled(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut above = path;
    while let (Some(name), Some(parent)) = (above.file_name(), above.parent()) {
        if !(rest.is_empty() && above.is_symlink())
            && let Ok(real) = std::fs::canonicalize(above)
        {
            return rest.iter().rev().fold(real, |path: PathBuf, name| path.join(name));
        }
        rest.push(name.to_os_string());
        above = parent;
    }
    let real = std::fs::canonicalize(above).unwrap_or_else(|_| above.to_path_buf());
    rest.iter().rev().fold(real, |path: PathBuf, name| path.join(name))
}

fn blob_at(store: &crate::git::Store, tree: Oid, path: &RepoPath) -> Option<Oid> {
    let mut at = tree;
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        let entries = store.tree(at).ok()?;
        at = entries.iter().find(|entry| entry.name == part)?.entry.oid;
    }
    Some(at)
}
