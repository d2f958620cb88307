//! The edits that a synchronization makes, decided before anything is written.

mod conflicts;
mod dependencies;
mod moving;
mod sessions;

use crate::model::{Check, DeclaredReport, Edit, Mode, Report, Session, TrackingFile};

use conflicts::conflicts;
use dependencies::{dependencies, is_reproducible};
use sessions::session_status;

pub use moving::{keeping, no_longer_waiting, removing, removing_dependency};
pub use sessions::{no_longer_blocked, observed};

/// What the edits need besides the report.
pub struct EditContext<'a> {
    /// The tracking files as they were read.
    pub files: &'a [TrackingFile],
    /// The checks that there are.
    pub checks: &'a [&'static Check],
    /// The time of this run, as the files write it.
    pub now: &'a str,
}

/// One conflict that the tracking files record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictKey {
    /// The code of the check.
    pub kind: String,
    /// The path.
    pub file: String,
    /// The terminals, in natural order.
    pub terminals: Vec<String>,
    /// The target, where they conflict with that, not with each other.
    pub target: Option<String>,
}

/// A status that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// A terminal or a story.
    pub of: String,
    /// The tracking file.
    pub file: String,
    /// Before, as written.
    pub from: String,
    /// After.
    pub to: String,
    /// Why, where there is something to wait for.
    pub reason: Option<String>,
}

/// The edits of a synchronization, and what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPlan {
    /// In the order in which they are applied.
    pub edits: Vec<Edit>,
    /// Conflicts that were not recorded before.
    pub appeared: Vec<ConflictKey>,
    /// Conflicts that are gone, with the operator's resolution.
    pub gone: Vec<(ConflictKey, Option<String>)>,
    /// Conflicts that are recorded and still there.
    pub kept: Vec<ConflictKey>,
    /// Sessions whose status changes.
    pub statuses: Vec<StatusChange>,
    /// Stories whose dependency status changes.
    pub dependencies: Vec<StatusChange>,
}

/// Decides all edits. Where a value is already as it should be, the edit changes no byte.
pub fn plan_edits(report: &Report, context: &EditContext) -> SyncPlan {
    let mut plan = SyncPlan::default();
    for file in context.files {
        for session in &file.sessions {
            session_status(&report.decisions, session, &mut plan);
            plan.edits.extend(observed(&report.facts, &session.at));
        }
        if file.mode == Mode::Inter {
            dependencies(&report.facts.book, file, &mut plan);
        }
        conflicts(report, context, file, &mut plan);
        plan.edits.extend(readiness_edits(report, [file]));
    }
    for list in [&mut plan.appeared, &mut plan.kept] {
        list.sort();
        list.dedup();
    }
    plan.gone.sort();
    plan.gone.dedup();
    plan
}

/// Brings `ready_to_merge` of these files up to date.
pub fn readiness_edits<'a>(report: &Report, files: impl IntoIterator<Item = &'a TrackingFile>) -> Vec<Edit> {
    let edit = |file: &TrackingFile| {
        let ready = *report.story_ready.get(&file.name)?;
        Some(Edit::set(&file.name, &["coordination".into(), "ready_to_merge".into()], ready))
    };
    files.into_iter().filter_map(edit).collect()
}

/// Whether the story of one of `all` files is not ready to merge whatever git shows: a session of it is not completed, or
/// it has none.
pub fn is_open(file: &TrackingFile, all: &[TrackingFile]) -> bool {
    let Some(story) = file.story.as_ref().filter(|_| file.mode == Mode::Intra) else { return false };
    let is_open = |session: &Session| session.story.as_ref() == Some(story) && !session.status.is_complete();
    // another file may spell it in another way
    let may_be_it = |session: &&Session| {
        session.story.as_ref().is_some_and(|other| other == story || other.number() == story.number())
    };
    let mut others = all.iter().flat_map(|file| &file.sessions);
    file.sessions.iter().any(is_open) || !others.any(|session| may_be_it(&session))
}

/// The same as [`readiness_edits`] for files in which that [`is_open`].
pub fn not_ready_edits<'a>(files: impl IntoIterator<Item = &'a TrackingFile>) -> Vec<Edit> {
    let edit =
        |file: &TrackingFile| Edit::set(&file.name, &["coordination".into(), "ready_to_merge".into()], false);
    files.into_iter().map(edit).collect()
}

/// Decides only what needs no look at git: session statuses and dependencies.
pub fn plan_statuses(report: &DeclaredReport, files: &[TrackingFile]) -> SyncPlan {
    let mut plan = SyncPlan::default();
    for file in files {
        for session in &file.sessions {
            session_status(&report.decisions, session, &mut plan);
        }
        if file.mode == Mode::Inter {
            dependencies(&report.declared.book, file, &mut plan);
        }
    }
    plan
}

/// Whether a written reason is one of this tool's.
fn is_generated(reason: &str) -> bool {
    reason.starts_with("Waiting for ")
}
