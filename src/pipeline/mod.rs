//! The one place where the stages meet: observe git, read tracking files, judge, check, decide.
//!
//! ```text
//!  observe git ──┐                                       ┌─> edits ─> tracking files
//!                ├─> Snapshot ─> Verdicts ─> Findings ───┤
//!  read tracking ┘                                       └─> Report ─> human | json, exit status
//! ```

mod check;
mod directory;
mod names;
mod order;
mod own_work;
mod paths;
mod simulation;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use crate::cache::Cache;
use crate::checks::{self, Facts};
use crate::cli::Global;
use crate::config::{BrokenConfig, Config};
use crate::context::Context;
use crate::error::Failure;
use crate::git::{Repository, Seen};
use crate::merge::{self, Judge, Memory, Shared};
use crate::model::{
    Change, ChangeKind, ChangeSet, Finding, Hunks, Known, Oid, Pair, PairJudgement, Place, PlaceId, RepoPath,
    Report, Session, Severity, Snapshot, Status, StatusKind, Stories, StoryId, StoryIndex, Target, Tip,
    Uncommitted, Verdict, Verdicts,
};
use crate::planning::{self, StoryBook};
use crate::stories;
use crate::tracking::{Tracking, archived_stories};

pub use order::Asked;

/// Where the tracking files live, below the main worktree.
pub const TRACKING_DIR: &str = ".system/parallel-work";

/// As many questions are a few.
const FEW: usize = 8;

/// A repository with its settings: what every command begins with.
pub struct Workspace {
    /// The repository.
    pub repository: Repository,
    /// Where the tracking files are or would be; `None` in a bare repository that names no place.
    pub tracking_dir: Option<PathBuf>,
    /// `config.yaml`; the defaults where that is broken.
    pub config: Config,
    /// Why it is.
    pub broken_config: Option<BrokenConfig>,
    /// What is the matter with the tracking directory that was named.
    wrong_dir: Option<Finding>,
    /// What all is merged into.
    pub target: Target,
    /// What the repository's settings and attributes make of merges.
    pub options: merge::Options,
    cache: Option<Cache>,
    memory: OnceLock<Arc<Memory>>,
    /// Whether that began with what earlier runs knew.
    recalled: AtomicBool,
    notes: Mutex<Vec<String>>,
}

impl Workspace {
    /// Finds the repository, the tracking directory, the settings and the target.
    ///
    /// # Errors
    /// When there is no readable repository, or the target does not exist.
    pub fn open(global: &Global, context: &Context) -> Result<Workspace, Failure> {
        let start = &context.working_dir;
        let repository = Repository::discover_in(start, &context.surroundings())?;
        let named = global.tracking_dir.as_ref().or(context.tracking_dir.as_ref());
        let tracking_dir = match named {
            Some(named) => Some(start.join(named)),
            None => repository.main_worktree().map(|top| top.join(TRACKING_DIR)),
        };
        let wrong_dir = named.and(tracking_dir.as_deref()).and_then(directory::trouble);
        let loaded = tracking_dir.as_deref().filter(|dir| dir.is_dir()).map(Config::load);
        let (config, broken_config) = match loaded {
            None => (Config::default(), None),
            Some(Ok(config)) => (config, None),
            Some(Err(broken)) => (Config::default(), Some(broken)),
        };
        let target = match (&global.target, &config.target) {
            (None, Some(configured)) => repository.target(Some(configured)).map_err(|error| {
                Failure::new(format!("the target of config.yaml: {error}"))
                    .help("correct it there, or name another one with --target")
            }),
            (asked, _) => repository.target(asked.as_deref()).map_err(Failure::from),
        }?;
        let options = repository.merge_options(global.run_merge_drivers);
        let mut workspace = Workspace {
            repository,
            tracking_dir,
            config,
            broken_config,
            wrong_dir,
            target,
            options,
            cache: None,
            memory: OnceLock::new(),
            recalled: AtomicBool::new(false),
            notes: Mutex::default(),
        };
        workspace.cache = workspace.open_cache(global, context);
        Ok(workspace)
    }

    /// The same for those who write, or who must know what the settings say.
    ///
    /// # Errors
    /// As [`Workspace::open`], and when `config.yaml` is broken.
    pub fn open_strictly(global: &Global, context: &Context) -> Result<Workspace, Failure> {
        let mut workspace = Workspace::open(global, context)?;
        match workspace.broken_config.take() {
            Some(broken) => Err(broken.into()),
            None => Ok(workspace),
        }
    }

    /// The cache, unless nothing is to be kept or it has no place.
    fn open_cache(&self, global: &Global, context: &Context) -> Option<Cache> {
        let folder = context.cache_dir.as_ref().filter(|_| !global.no_cache)?;
        let repository = &self.repository;
        let common = repository.common_dir();
        let outside = [
            Some(common),
            repository.main_worktree(),
            repository.current_worktree(),
            self.tracking_dir.as_deref(),
        ];
        let outside: Vec<&Path> = outside.into_iter().flatten().collect();
        let settings = format!("{:?} {}", self.options, repository.shallow_boundary());
        let folder = context.working_dir.join(folder);
        match Cache::new(&folder, &outside, common, &settings, context.program.as_deref()) {
            Ok(cache) => Some(cache),
            Err(note) => {
                self.note(note);
                None
            }
        }
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// What is worth telling of the run itself, so far.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known; from earlier runs only after [`Workspace::recall`].
    fn memory(&self) -> &Arc<Memory> {
        self.memory.get_or_init(Arc::default)
    }

    /// Takes up what earlier runs knew. It pays where everything is looked at, so whoever wants to
    /// know little does without.
    fn recall(&self) {
        self.memory.get_or_init(|| {
            let (memory, trouble) = self.cache.as_ref().map(Cache::load).unwrap_or_default();
            trouble.into_iter().for_each(|trouble| self.note(trouble));
            let memory = Arc::new(memory);
            self.recalled.store(true, Ordering::Relaxed);
            self.repository.remember_in(memory.clone());
            memory
        });
    }

    /// Leaves what is known to later runs; not where it began with nothing, which would push out what
    /// they know.
    fn keep_memory(&self) {
        if !self.recalled.load(Ordering::Relaxed) {
            return;
        }
        if let (Some(cache), Some(memory)) = (&self.cache, self.memory.get()) {
            cache.save(memory).unwrap_or_else(|trouble| self.note(trouble));
        }
    }

    /// The tracking directory.
    ///
    /// # Errors
    /// In a bare repository that names none.
    pub fn tracking_dir(&self) -> Result<&Path, Failure> {
        self.tracking_dir.as_deref().ok_or_else(|| {
            Failure::new("a bare repository has no main worktree for the tracking files")
                .help("say where they are: --tracking-dir DIR, or TRACK_WORK_DIR=DIR")
        })
    }

    /// A file of the tracking directory as people find it: from the top of the main worktree where it
    /// is there.
    pub fn shown(&self, file: &str) -> String {
        let path = self.tracking_dir.as_deref().unwrap_or(Path::new("")).join(file);
        let below = self.repository.main_worktree().and_then(|top| path.strip_prefix(top).ok());
        below.unwrap_or(&path).display().to_string()
    }

    /// Reads the tracking files; none where there is no place for them.
    pub fn tracking(&self) -> Tracking {
        let nowhere = Path::new("");
        let dir = self.tracking_dir.as_deref().unwrap_or(nowhere);
        let mut tracking = Tracking::load(dir, &self.config.complete_statuses);
        // a directory that is none is told once
        tracking
            .findings
            .retain(|_| self.wrong_dir.as_ref().is_none_or(|one| one.severity < Severity::Error));
        tracking.findings.extend(self.troubles());
        tracking
    }

    /// What is the matter with the settings.
    pub fn troubles(&self) -> impl Iterator<Item = Finding> {
        self.broken_config.iter().map(BrokenConfig::finding).chain(self.wrong_dir.clone())
    }

    fn stories(&self) -> (Stories, Vec<Finding>) {
        let (Some(tracking_dir), root) = (&self.tracking_dir, self.repository.main_worktree()) else {
            return (Stories::default(), Vec::new());
        };
        let root = root.unwrap_or(tracking_dir);
        let configured = self.config.sprint_status.as_deref();
        stories::load(root, tracking_dir, configured, &self.config.complete_statuses)
    }

    /// The sprint's stories and the archived ones.
    fn all_stories(&self, tracking: &Tracking) -> (Stories, Vec<Finding>) {
        let (mut stories, findings) = self.stories();
        stories.statuses.extend(self.archived(tracking));
        (stories, findings)
    }

    /// The statuses of archived stories: what depends on them goes on. A story that was begun anew
    /// is what its sessions say.
    fn archived(&self, tracking: &Tracking) -> Vec<(StoryId, Status)> {
        let Some(dir) = &self.tracking_dir else { return Vec::new() };
        let archived = archived_stories(dir, &self.config.complete_statuses);
        let live: Vec<&StoryId> = tracking
            .files
            .iter()
            .flat_map(|file| &file.sessions)
            .filter_map(|one| one.story.as_ref())
            .collect();
        let index = StoryIndex::new(archived.iter().map(|(story, _)| story).chain(live.iter().copied()));
        let over = archived.iter().filter(|(story, _)| !live.iter().any(|other| index.same(other, story)));
        let kind = |complete| if complete { StatusKind::Completed } else { StatusKind::Inactive };
        over.map(|(story, complete)| (story.clone(), Status::of(kind(*complete)))).collect()
    }

    /// The whole picture: observes git, judges all pairs, runs the checks and decides.
    pub fn report(&self, tracking: &Tracking) -> (Report, StoryBook) {
        self.concluded(tracking, |places| {
            let tips = self.tips(places);
            let verdicts = self.verdicts(&tips);
            (tips, Some(verdicts))
        })
    }

    /// The same from the tracking files alone, without looking at any terminal's work.
    pub fn declared(&self, tracking: &Tracking) -> (Report, StoryBook) {
        let not_seen = |_: &Place| Known::unknown("not looked at");
        self.concluded(tracking, |places| (places.iter().map(not_seen).collect(), Some(Verdicts::default())))
    }

    /// The same with every terminal's work seen, but without asking what it makes of the others:
    /// enough for the merge order.
    pub fn observed(&self, tracking: &Tracking) -> (Report, StoryBook) {
        self.concluded(tracking, |places| (self.tips(places), None))
    }

    fn concluded(
        &self,
        tracking: &Tracking,
        observe: impl FnOnce(&[Place]) -> (Vec<Known<Tip>>, Option<Verdicts>),
    ) -> (Report, StoryBook) {
        let (stories, mut story_findings) = self.all_stories(tracking);
        let book = StoryBook::new(&tracking.files, &stories);
        let sessions: Vec<Session> = tracking.files.iter().flat_map(|file| file.sessions.clone()).collect();
        let branches: Vec<String> = sessions.iter().filter_map(|session| session.branch.clone()).collect();
        self.recall();
        let places = self.repository.places(&self.target, &branches);
        let (tips, verdicts) = observe(&places);
        let is_judged = verdicts.is_some();
        let mut verdicts = verdicts.unwrap_or_default();
        self.keep_memory();
        let root = self.repository.main_worktree();
        let terminals = planning::link(&sessions, &places, &tips, &self.target, &book.index, root);
        self.tell_own_declared(&terminals, |place| own_work::known(&tips, place), &mut verdicts);
        let snapshot = Snapshot { target: self.target.clone(), places, tips, terminals, verdicts };
        let pairs = if is_judged { checks::terminal_pairs(&snapshot) } else { Vec::new() };
        let facts = Facts { snapshot: &snapshot, pairs: &pairs, book: &book, files: &tracking.files };
        let mut findings = checks::run(&facts);
        let config = self.repository.common_dir().join("config");
        let sources = self.repository.other_sources().into_iter();
        findings.extend(sources.map(|source| checks::note(source, &config)));
        findings.extend(tracking.findings.iter().cloned());
        findings.append(&mut story_findings);
        checks::sort(&mut findings);
        let merge_points = planning::merge_points(&snapshot, &tracking.files, &book);
        let held = planning::Held::new(&snapshot, &book, &tracking.files);
        let report = Report {
            decisions: planning::decide(&snapshot, &book),
            dependencies: book.dependencies.clone(),
            ready: planning::ready(&snapshot, &merge_points, &findings, &held),
            story_ready: planning::story_ready(&tracking.files, &snapshot, &findings, &held),
            progress: planning::progress(&tracking.files, &book.index),
            merge_points,
            snapshot,
            pairs,
            findings,
        };
        (report, book)
    }

    /// What a commit would bring to a merge.
    pub fn commit_tip(&self, commit: Oid) -> Known<Tip> {
        let memory = self.memory();
        let store = self.repository.store();
        match self.repository.observe_commit(commit, &self.target) {
            Known::Known(seen) => Known::from(tip(&store, seen, &self.options, memory)),
            Known::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// The same with the changed lines of the paths that are `wanted` alone.
    fn commit_tip_with_lines(&self, commit: Oid, wanted: &dyn Fn(&RepoPath) -> bool) -> Known<Tip> {
        match self.repository.observe_commit(commit, &self.target) {
            Known::Known(seen) => {
                let store = self.repository.store();
                Known::from(tip_with_lines(&store, seen, &self.options, wanted))
            }
            Known::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// What each place would bring to a merge.
    pub fn tips(&self, places: &[Place]) -> Vec<Known<Tip>> {
        let memory = self.memory();
        let ignored: Vec<PathBuf> = self.tracking_dir.clone().into_iter().collect();
        let seen = self.repository.observe(places, &self.target, &ignored);
        seen.into_par_iter()
            .map_init(
                || self.repository.store(),
                |store, seen| match seen {
                    Known::Known(seen) => Known::from(tip(store, seen, &self.options, memory)),
                    Known::Unknown(reason) => Known::Unknown(reason),
                },
            )
            .collect()
    }

    /// Each place against the target, then every two places against each other; a judge a thread,
    /// each with an equal share.
    fn verdicts(&self, tips: &[Known<Tip>]) -> Verdicts {
        let known: Vec<(PlaceId, &Tip)> =
            tips.iter().enumerate().filter_map(|(id, tip)| Some((id, tip.known()?))).collect();
        let pairs: Vec<(Pair<PlaceId>, &Tip, &Tip)> = known
            .iter()
            .enumerate()
            .flat_map(|(at, (a, tip_a))| {
                known[at + 1..].iter().map(move |(b, tip_b)| (*a, *b, *tip_a, *tip_b))
            })
            .filter_map(|(a, b, tip_a, tip_b)| Some((Pair::new(a, b)?, tip_a, tip_b)))
            .collect();
        let shared = Arc::new(Shared::with(self.memory().clone()));
        let drift = self.shared_out(&known, &shared, |judge, (id, tip)| (*id, judge.against_target(tip)));
        let judged = self.shared_out(&pairs, &shared, |judge, (pair, a, b)| {
            (*pair, with_unreadable(judge.pair(a, b), a, b))
        });
        Verdicts { drift: drift.into_iter().collect(), pairs: judged.into_iter().collect() }
    }

    /// Asks about every item, on all threads.
    fn shared_out<Q: Sync, A: Send>(
        &self,
        questions: &[Q],
        shared: &Arc<Shared>,
        ask: impl Fn(&Judge, &Q) -> A + Sync,
    ) -> Vec<A> {
        // a few questions are answered before other threads would have begun
        let threads = if questions.len() <= FEW { 1 } else { rayon::current_num_threads() };
        let answer_share = |share: usize| -> Vec<A> {
            let store = self.repository.store();
            let judge = Judge::new(&store, &store, self.target.head, &self.options).sharing(shared.clone());
            questions.iter().skip(share).step_by(threads).map(|question| ask(&judge, question)).collect()
        };
        match threads {
            1 => answer_share(0),
            _ => (0..threads).into_par_iter().flat_map_iter(answer_share).collect(),
        }
    }
}

/// Adds to what git shows the changes since the base.
fn tip(
    store: &crate::git::Store,
    seen: Seen,
    options: &merge::Options,
    memory: &Memory,
) -> Result<Tip, merge::Missing> {
    let changes = |tree| merge::remembered_changes(memory, store, seen.base_tree, tree, options);
    let committed = changes(seen.tree)?;
    let all = changes(seen.work_tree)?;
    Ok(with_changes(seen, &committed, &all))
}

/// The same with the changed lines of the paths that are `wanted` alone.
fn tip_with_lines(
    store: &crate::git::Store,
    seen: Seen,
    options: &merge::Options,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<Tip, merge::Missing> {
    let changes = |tree| merge::changes_with_lines(store, seen.base_tree, tree, options, wanted);
    let committed = changes(seen.tree)?;
    match seen.work_tree == seen.tree {
        true => Ok(with_changes(seen, &committed, &committed)),
        false => {
            let all = changes(seen.work_tree)?;
            Ok(with_changes(seen, &committed, &all))
        }
    }
}

/// What is seen, with the changes that are committed, and all of them.
fn with_changes(seen: Seen, committed: &ChangeSet, all: &ChangeSet) -> Tip {
    let with_layer = |change: &Change| {
        let mut layers =
            change.paths().filter_map(|path| seen.layers.get(path)).fold(change.layers, |sum, layers| {
                crate::model::Layers {
                    committed: false,
                    staged: sum.staged || layers.staged,
                    unstaged: sum.unstaged || layers.unstaged,
                    untracked: sum.untracked || layers.untracked,
                }
            });
        layers.committed = change.paths().any(|path| committed.at(path).is_some());
        Change { layers, ..change.clone() }
    };
    let mut changes: Vec<Change> = all.iter().map(with_layer).collect();
    // Both names of a file that was moved without a commit are one path, as git status counts.
    let both_names =
        |change: &&Change| change.from.is_some() && change.paths().all(|path| seen.layers.contains_key(path));
    let moved = changes.iter().filter(both_names).count();
    let paths = seen.uncommitted.paths.saturating_sub(moved);
    for (path, reason) in &seen.undetermined {
        let hunks = Hunks::Unknown(reason.clone());
        match changes.iter_mut().find(|change| change.path == *path) {
            Some(change) => change.hunks = hunks,
            None => changes.push(Change {
                path: path.clone(),
                kind: ChangeKind::Modified,
                from: None,
                old: None,
                new: None,
                hunks,
                layers: seen.layers.get(path).copied().unwrap_or_default(),
            }),
        }
    }
    Tip {
        head: seen.head,
        base: seen.base,
        ahead: seen.ahead,
        behind: seen.behind,
        contained: seen.contained,
        merged: seen.merged,
        tree: seen.tree,
        work_tree: seen.work_tree,
        committed: committed.clone(),
        changes: ChangeSet::new(changes),
        uncommitted: Uncommitted { paths, ..seen.uncommitted },
        operation: seen.operation,
        notes: seen.notes,
    }
}

/// A file that one could not read and the other touched makes the pair unknown, unless it conflicts
/// elsewhere anyway.
fn with_unreadable(mut judgement: PairJudgement, a: &Tip, b: &Tip) -> PairJudgement {
    if judgement.shared_commits > 0 {
        return judgement; // the judge knows what each did of its own
    }
    for (one, other) in [(a, b), (b, a)] {
        for change in &one.changes {
            let Hunks::Unknown(reason) = &change.hunks else { continue };
            let touched = other
                .changes
                .iter()
                .any(|known| known.paths().any(|path| change.paths().any(|own| own == path)));
            if touched && judgement.verdict != Verdict::Conflict {
                judgement.verdict = Verdict::Unknown(format!("{}: {reason}", change.path).into());
            }
        }
    }
    judgement
}
