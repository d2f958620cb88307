//! Who may write, and how edits are written while others write too.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    DeclaredReport, Evidence, Finding, Link, LogEntry, Report, Session, SessionRef, Severity, Status,
    StatusKind, Step, StoryId, TrackingFile, shown_path,
};
use crate::pipeline::{self, Workspace};
use crate::planning::{self, StatusChange, SyncPlan};
use crate::render::output::Remarks;
use crate::tracking::{Changes, Lock, Saved, Tracking, TrackingError, log, replace};

use super::hints::tracking_hint;
use super::log::{dependencies, statuses};
use super::open_options;

/// Who owns tracking files that do not say.
pub(super) const ORCHESTRATOR: &str = "orchestrator-exe";

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often edits are decided anew when a file was edited by hand meanwhile.
const ATTEMPTS: usize = 20;

/// What was saved of a session's change and of what follows from it.
pub(super) struct Settled<T> {
    pub saved: Saved,
    /// What followed from the change.
    pub plan: SyncPlan,
    /// What the files say now.
    pub declared: DeclaredReport,
    /// What that and git show now, where what was saved depends on it.
    pub report: Option<Report>,
    /// The files as they are read now.
    pub after: Tracking,
    /// What the decision said besides.
    pub result: T,
}

/// How often it is decided without the lock. Whoever is always too late decides with it, so that others wait.
const UNLOCKED_ATTEMPTS: usize = 2;

/// A workspace that may be written to. What is to be written is decided first, which can take long; then the tracking directory
/// is locked against other writers until this is dropped.
pub(super) struct Writer {
    pub workspace: Workspace,
    lock: RefCell<Option<Lock>>,
    tell: fn(&str),
    owner: String,
}

impl Writer {
    /// Checks who writes.
    ///
    /// # Errors
    /// From inside a registered terminal's linked worktree, unless `--as` says otherwise; when the
    /// directory is not there.
    pub(super) fn open(owner: Option<&str>, global: &Global, context: &Context) -> Result<Writer, Failure> {
        let workspace = permitted(owner, global, context)?;
        let dir = workspace.tracking_dir()?;
        if !dir.is_dir() {
            return Err(TrackingError::NoDirectory { dir: dir.to_path_buf() }.into());
        }
        let owner = owner.unwrap_or(ORCHESTRATOR).to_string();
        Ok(Writer { workspace, lock: RefCell::default(), tell: context.tell, owner })
    }

    /// Does something with the lock on the tracking directory, which is kept from then on.
    ///
    /// # Errors
    /// When it cannot be locked; what is done.
    fn locked<T>(&self, then: impl FnOnce(&Lock) -> Result<T, TrackingError>) -> Result<T, TrackingError> {
        let mut held = self.lock.borrow_mut();
        let lock = match held.take() {
            Some(lock) => lock,
            None => Lock::take_telling(self.dir(), PATIENCE, self.tell)?,
        };
        then(held.insert(lock))
    }

    /// Keeps others from writing from now on.
    ///
    /// # Errors
    /// When it cannot be locked.
    pub(super) fn lock(&self) -> Result<(), TrackingError> {
        self.locked(|_| Ok(()))
    }

    /// Lets others write before the next change is decided.
    pub(super) fn unlock(&self) {
        self.lock.take();
    }

    /// The same, and makes the tracking directory where there is none and nobody named one: a folder that somebody names is
    /// there already, or its name is wrong.
    ///
    /// # Errors
    /// As [`Writer::open`], and when the directory cannot be made.
    pub(super) fn create_unnamed(
        owner: Option<&str>,
        global: &Global,
        context: &Context,
    ) -> Result<Writer, Failure> {
        match open_options(global, context).tracking_dir {
            Some(_) => Writer::open(owner, global, context),
            None => Writer::create(owner, global, context),
        }
    }

    /// The same, and makes the tracking directory where there is none.
    ///
    /// # Errors
    /// As [`Writer::open`], and when the directory cannot be made.
    pub(super) fn create(owner: Option<&str>, global: &Global, context: &Context) -> Result<Writer, Failure> {
        let workspace = permitted(owner, global, context)?;
        let dir = workspace.tracking_dir()?;
        let cannot = |source| TrackingError::Io { doing: "create", path: dir.to_path_buf(), source };
        std::fs::create_dir_all(dir).map_err(cannot)?;
        Writer::open(owner, global, context)
    }

    /// The tracking directory.
    pub(super) fn dir(&self) -> &Path {
        self.workspace.tracking_dir.as_deref().unwrap_or(Path::new("."))
    }

    /// A tracking file as people find it.
    pub(super) fn shown(&self, file: &str) -> String {
        self.workspace.shown(file)
    }

    /// The files as they will be read after these changes.
    ///
    /// # Errors
    /// Edits that cannot be made without loss.
    pub(super) fn changed(&self, tracking: &Tracking, changes: &Changes) -> Result<Tracking, TrackingError> {
        tracking.changed(changes, &self.workspace.config.complete_statuses)
    }

    /// Decides changes of the files as they are, and saves all of them or none. It is decided without the lock. When anything was
    /// written since the files were read, everything is read and decided again.
    ///
    /// # Errors
    /// What `decide` refuses; a file of another owner; edits that cannot be made without loss; a
    /// file that keeps changing.
    pub(super) fn edit<T>(
        &self,
        mut decide: impl FnMut(&Tracking) -> Result<(Changes, T), Failure>,
    ) -> Result<(Saved, T), Failure> {
        for attempt in 0..ATTEMPTS {
            self.unlock();
            if attempt >= UNLOCKED_ATTEMPTS {
                self.lock()?;
            }
            // every writer adds to the log, so that what was decided is newer than what anybody wrote
            let logged = log::state(self.dir());
            let tracking = self.workspace.tracking();
            let (changes, result) = decide(&tracking)?;
            let edited = |file: &&TrackingFile| changes.edits.iter().any(|edit| edit.file == file.name);
            tracking.files.iter().filter(edited).try_for_each(|file| self.refuse_other_owner(file))?;
            let saved = self.locked(|lock| match logged == log::state(lock.dir()) {
                true if self.workspace.tracking().is_as(&tracking) => {
                    tracking.apply(lock, &changes).map(Some)
                }
                true | false => Ok(None),
            });
            match saved {
                Ok(Some(saved)) => return Ok((saved, result)),
                Ok(None) | Err(TrackingError::ChangedMeanwhile { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::new("other programs keep changing the tracking files; nothing was written")
            .help("close the editor that saves them, then rerun"))
    }

    /// The same for changes of sessions. What follows from them is saved with them: the statuses and
    /// dependencies that the files then say, and by what git shows `ready_to_merge` and where the work of
    /// completed sessions is. Files of other owners are left to them.
    ///
    /// # Errors
    /// As [`Writer::edit`].
    pub(super) fn settle<T>(
        &self,
        mut decide: impl FnMut(&Tracking) -> Result<(Changes, T), Failure>,
    ) -> Result<Settled<T>, Failure> {
        let (saved, settled) = self.edit(|tracking| {
            let (mut changes, result) = decide(tracking)?;
            let after = self.changed(tracking, &changes)?;
            let mut declared = pipeline::declared_report(&self.workspace, &after);
            let mut plan = planning::plan_statuses(&declared, &self.own_files(&after));
            let is_pending =
                |change: &StatusChange| Status::read(&change.to, &[]).kind() == StatusKind::Pending;
            if plan.statuses.iter().any(is_pending) {
                // whether work has begun, git shows
                declared.decisions = planning::decide(&pipeline::observed(&self.workspace, &after));
                plan = planning::plan_statuses(&declared, &self.own_files(&after));
            }
            changes.edits.extend(plan.edits.clone());
            let after = self.changed(tracking, &changes)?;
            let own = self.own_files(&after);
            let recorded = own.iter().filter(|file| file.ready_to_merge.is_some());
            let (open, other): (Vec<&TrackingFile>, Vec<_>) =
                recorded.partition(|file| planning::is_open(file, &after.files));
            let completed: Vec<&SessionRef> = completed(&own, &changes).collect();
            // to judge everybody's work takes long, and all others do without
            let is_needed = !completed.is_empty() || !other.is_empty();
            let report = is_needed.then(|| pipeline::report(&self.workspace, &after));
            let mut follow = planning::not_ready_edits(open);
            if let Some(report) = &report {
                follow.extend(completed.iter().flat_map(|at| planning::observed(&report.facts, at)));
                follow.extend(planning::readiness_edits(report, other.iter().copied()));
            }
            changes.edits.extend(follow);
            Ok((changes, (plan, declared, report, after, result)))
        })?;
        let (plan, declared, report, after, result) = settled;
        Ok(Settled { saved, plan, declared, report, after, result })
    }

    fn own_files(&self, tracking: &Tracking) -> Vec<TrackingFile> {
        tracking.files.iter().filter(|file| file.owner == self.owner).cloned().collect()
    }

    /// Replaces the whole text of a file, unless that is another one meanwhile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn replace(&self, file: &Path, old: &[u8], new: &[u8]) -> Result<bool, TrackingError> {
        self.locked(|lock| replace(lock, file, old, new))
    }

    /// Appends an entry about what was saved to the log. Returns the log as people find it, where it was not
    /// there before.
    ///
    /// # Errors
    /// When it cannot be appended; the files are then as they were before, or the failure says which are not.
    pub(super) fn log(&self, saved: Saved, entry: LogEntry) -> Result<Option<String>, Failure> {
        let begun = !log::is_begun(self.dir());
        let entry = LogEntry { files: saved.files.clone(), ..entry };
        self.locked(|lock| log::append(lock, self.dir(), &entry)).map_err(|error| {
            let done = match &saved.undo()[..] {
                [] => "no tracking file was changed".to_string(),
                files => format!("already updated: {}", files.join(", ")),
            };
            Failure::new(format!("{error}")).help(format!("{}; {done}", tracking_hint(&error)))
        })?;
        Ok(begun.then(|| self.shown(log::FILE)))
    }

    /// Logs what a command did to a session, and what followed from it; nothing where no file was written.
    ///
    /// # Errors
    /// As [`Writer::log`].
    pub(super) fn log_session(&self, saved: Saved, entry: LogEntry, plan: &SyncPlan) -> Result<(), Failure> {
        if saved.files.is_empty() {
            return Ok(());
        }
        let (statuses, dependencies) = (statuses(plan), dependencies(plan));
        self.log(saved, LogEntry { statuses, dependencies, ..entry }).map(drop)
    }

    /// # Errors
    /// When the file belongs to another owner than the one who writes.
    pub(super) fn refuse_other_owner(&self, file: &TrackingFile) -> Result<(), Failure> {
        if file.owner == self.owner {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} belongs to {}, not to {}; nothing was written",
            self.shown(&file.name),
            file.owner,
            self.owner
        ))
        .help(format!("ask the owner, or write as the owner with --as {}", file.owner)))
    }
}

/// The sessions of these files that the changes say are completed.
fn completed<'a>(files: &'a [TrackingFile], changes: &Changes) -> impl Iterator<Item = &'a SessionRef> {
    let is_said = |session: &&Session| {
        let at: [Step; 3] = ["sessions".into(), session.at.terminal.as_str().into(), "status".into()];
        changes.edits.iter().any(|edit| edit.file == session.at.file && edit.at == at)
    };
    let complete =
        files.iter().flat_map(|file| &file.sessions).filter(|session| session.status.is_complete());
    complete.filter(is_said).map(|session| &session.at)
}

/// The beginning of a log entry about a session.
pub(super) fn session_entry(command: &str, terminal: &str, story: Option<&StoryId>, now: &str) -> LogEntry {
    LogEntry {
        at: now.to_string(),
        command: command.to_string(),
        terminal: Some(terminal.to_string()),
        story: story.map(StoryId::to_string),
        ..LogEntry::default()
    }
}

/// The workspace, if one may write from here.
pub(super) fn permitted(
    owner: Option<&str>,
    global: &Global,
    context: &Context,
) -> Result<Workspace, Failure> {
    let workspace = Workspace::open_strictly(&open_options(global, context))?;
    if owner.is_none() {
        refuse_terminals(&workspace)?;
    }
    Ok(workspace)
}

/// A terminal only reads: its own worktree is no place to write tracking files from.
fn refuse_terminals(workspace: &Workspace) -> Result<(), Failure> {
    let here = workspace.repository.current_worktree();
    if here == workspace.repository.main_worktree() {
        return Ok(());
    }
    let declared = pipeline::declare(workspace, &workspace.tracking());
    let registered = declared.terminals.iter().find(|terminal| {
        let place = terminal.place().map(|place| &declared.places[place]);
        !terminal.sessions.is_empty() && place.is_some_and(|place| place.worktree.as_deref() == here)
    });
    match registered {
        Some(terminal) => Err(Failure::new(format!(
            "this is the worktree of {}; only the orchestrator may write the tracking files",
            terminal.id
        ))
        .help(match workspace.repository.main_worktree() {
            Some(top) => {
                format!("run it from the main worktree ({}), or with --as {ORCHESTRATOR}", shown_path(top))
            }
            None => format!("run it from outside that worktree, or with --as {ORCHESTRATOR}"),
        })),
        None => Ok(()),
    }
}

/// Problems of a terminal whose session was just written: its place does not exist, or its tracking
/// file has errors.
pub(super) fn remarks(report: &DeclaredReport, terminal: &str) -> Remarks {
    let own = report.declared.terminals.iter().filter(|known| known.id == terminal);
    let gone = own.filter_map(|terminal| match &terminal.link {
        Link::Gone(what) if !terminal.is_complete() => Some(what.clone()),
        Link::Gone(_) | Link::Place(_) | Link::Declared(_) => None,
    });
    let of_it = |finding: &&Finding| finding.terminals.iter().any(|id| id == terminal);
    let wrong = report.findings.iter().filter(of_it);
    Remarks { gone: gone.collect(), findings: wrong.cloned().collect() }
}

/// The finding about a tracking file that could not be read, as a failure.
pub(super) fn broken_file(tracking: &Tracking, name: Option<&str>) -> Option<Failure> {
    let about = |finding: &&Finding| match &finding.evidence {
        Evidence::File { name: file, .. } => {
            finding.severity >= Severity::Error && name.is_none_or(|name| file == name)
        }
        _ => false,
    };
    let finding = tracking.findings.iter().find(about)?;
    let failure = Failure::new(finding.message.clone()).help(finding.suggestion.clone());
    Some(match &finding.evidence {
        Evidence::File { line, column, text, .. } => failure.at(*line, *column, text.as_deref()),
        _ => failure,
    })
}
