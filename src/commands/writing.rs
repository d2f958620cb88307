//! Who may write, and how edits are written while others write too.

use std::path::Path;
use std::time::Duration;

use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    DeclaredReport, Edit, Evidence, Finding, Link, LogEntry, Report, Severity, StoryId, TrackingFile,
    shown_path,
};
use crate::pipeline::{self, Workspace};
use crate::planning::{self, SyncPlan};
use crate::render::output::Remarks;
use crate::tracking::{Lock, NewFile, Tracking, TrackingError, log};

use super::hints::tracking_hint;
use super::log::{dependencies, statuses};
use super::open_options;

/// Who owns tracking files that do not say.
pub(super) const ORCHESTRATOR: &str = "orchestrator-exe";

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often edits are decided anew when a file was edited by hand meanwhile.
const ATTEMPTS: usize = 20;

/// Edits that were decided, with what else is needed of the decision.
pub(super) struct DecidedEdits<T> {
    pub new_files: Vec<NewFile>,
    pub edits: Vec<Edit>,
    pub result: T,
}

/// What the files say after an edit.
pub(super) struct Settled {
    /// All files that were written.
    pub written: Vec<String>,
    /// What followed from the edit.
    pub plan: SyncPlan,
    /// What the files say now.
    pub report: DeclaredReport,
}

/// A workspace that may be written to, locked against other writers.
pub(super) struct Writer {
    pub workspace: Workspace,
    pub lock: Lock,
    owner: String,
}

impl Writer {
    /// Checks who writes, and locks the tracking directory.
    ///
    /// # Errors
    /// From inside a registered terminal's linked worktree, unless `--as` says otherwise; when the
    /// directory is not there or cannot be locked.
    pub(super) fn open(owner: Option<&str>, global: &Global, context: &Context) -> Result<Writer, Failure> {
        let workspace = permitted(owner, global, context)?;
        let lock = Lock::take_telling(workspace.tracking_dir()?, PATIENCE, context.tell)?;
        Ok(Writer { workspace, lock, owner: owner.unwrap_or(ORCHESTRATOR).to_string() })
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

    /// Decides edits on the files as they are, and writes them. When a file was edited by hand
    /// between reading and writing, everything is read and decided again.
    ///
    /// # Errors
    /// What `decide` refuses; a file of another owner; edits that cannot be made without loss; a
    /// file that keeps changing.
    pub(super) fn edit<T>(
        &self,
        mut decide: impl FnMut(&Tracking) -> Result<DecidedEdits<T>, Failure>,
    ) -> Result<(Vec<String>, T), Failure> {
        for _ in 0..ATTEMPTS {
            let tracking = self.workspace.tracking();
            let decision = decide(&tracking)?;
            let edited = |file: &&TrackingFile| decision.edits.iter().any(|edit| edit.file == file.name);
            tracking.files.iter().filter(edited).try_for_each(|file| self.refuse_other_owner(file))?;
            match tracking.apply(&self.lock, &decision.new_files, &decision.edits) {
                Ok(written) => return Ok((written, decision.result)),
                Err(TrackingError::ChangedMeanwhile { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::new("other programs keep changing the tracking files; nothing was written")
            .help("close the editor that saves them, then rerun"))
    }

    /// Brings session statuses and dependencies up to date with what the files say after an edit,
    /// without looking at git. Files of other owners are left to them.
    pub(super) fn settle(&self, mut written: Vec<String>) -> Result<Settled, Failure> {
        let (settled, (plan, report)) = self.edit(|tracking| {
            let report = pipeline::declared_report(&self.workspace, tracking);
            let own: Vec<TrackingFile> =
                tracking.files.iter().filter(|file| file.owner == self.owner).cloned().collect();
            let plan = planning::plan_statuses(&report, &own);
            Ok(DecidedEdits { new_files: Vec::new(), edits: plan.edits.clone(), result: (plan, report) })
        })?;
        written.extend(settled);
        written.sort();
        written.dedup();
        Ok(Settled { written, plan, report })
    }

    /// Brings `ready_to_merge` up to date with what git shows now; what was written before comes along.
    /// Files of other owners are left to them.
    ///
    /// # Errors
    /// As [`Writer::edit`].
    pub(super) fn settle_readiness(
        &self,
        mut written: Vec<String>,
    ) -> Result<(Vec<String>, Report), Failure> {
        let (settled, report) = self.edit(|tracking| {
            let report = pipeline::report(&self.workspace, tracking);
            let own = tracking.files.iter().filter(|file| file.owner == self.owner);
            let recorded = own.filter(|file| file.ready_to_merge.is_some());
            let edits = planning::readiness_edits(&report, recorded);
            Ok(DecidedEdits { new_files: Vec::new(), edits, result: report })
        })?;
        written.extend(settled);
        written.sort();
        written.dedup();
        Ok((written, report))
    }

    /// Appends an entry to the log. Returns the log as people find it, where it was not there before.
    ///
    /// # Errors
    /// When it cannot be appended; the files are written by then, and the failure says so.
    pub(super) fn log(&self, entry: &LogEntry) -> Result<Option<String>, Failure> {
        let begun = !log::is_begun(self.dir());
        log::append(&self.lock, self.dir(), entry).map_err(|error| {
            let done = match &entry.files[..] {
                [] => "no tracking file needed changes".to_string(),
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
    pub(super) fn log_session(
        &self,
        entry: LogEntry,
        plan: &SyncPlan,
        files: &[String],
    ) -> Result<(), Failure> {
        if files.is_empty() {
            return Ok(());
        }
        let (statuses, dependencies) = (statuses(plan), dependencies(plan));
        self.log(&LogEntry { statuses, dependencies, files: files.to_vec(), ..entry }).map(drop)
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
fn permitted(owner: Option<&str>, global: &Global, context: &Context) -> Result<Workspace, Failure> {
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
