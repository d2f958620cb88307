//! The one place where the stages meet. Each is a function with its own input and output, called once
//! in a command, and nothing that it returned is changed later.
//!
//! ```text
//!  declare ──> Declared ──> observe ──> Facts ──> judge ──> Judgements ──> conclude ──> Report
//!     │                                   │
//!     └─> conclude_declared               ├─> order ──> MergeOrder
//!         ──> DeclaredReport              └─> check ──> CheckReport
//! ```
//!
//! Every command is a cut of this line: [`report`] goes all the way, [`declared_report`] looks at
//! nobody's work, [`observed`] stops at what the [`order`] of merges needs, and [`check`] judges one
//! terminal's work against all others.

mod asking;
mod check;
mod completed;
mod conclude;
mod conflict_texts;
mod declared;
mod directory;
mod elsewhere;
mod holds;
mod judge;
mod kept;
mod lost;
mod merged;
mod migrations;
mod names;
mod observe;
mod order;
mod own_work;
mod paths;
mod semantic;
mod successive;
mod tracking_merge;
mod trials;
mod unseen;
mod workspace;

use crate::cache::Ageing;
use crate::model::{DeclaredReport, Facts, Judgements, Known, Reason, Report};
use crate::tracking::Tracking;

use judge::judge_in_steps;
use observe::with_tips;

pub use check::{CheckOptions, SourceLook, StillOpen, check};
pub use conclude::{conclude, conclude_declared};
pub use conflict_texts::{conflict_texts, texts_of};
pub use declared::{declare, story_book};
pub use judge::judge;
pub use names::{ids_called, terminals_called};
pub use observe::{commit_tip, observe, observe_one, tips};
pub use order::order;
pub use paths::repo_path;
pub use tracking_merge::{merge_tracking, resolve_tracking};
pub use trials::{TriedHead, TriedMerges, tried_head};
pub use workspace::{OpenOptions, TRACKING_DIR, Workspace};

/// The whole picture: every terminal's work, every pair judged, the checks, what is ready.
pub fn report(workspace: &Workspace, tracking: &Tracking) -> Report {
    let facts = all_seen(workspace, tracking);
    let judgements = judge(workspace, &facts);
    workspace.kept.save();
    conclude(facts, judgements)
}

/// The same; `so_far` is told what git would say of it as soon as that is known, then with who goes first, before it is
/// looked for what merges without a conflict and breaks. It says whether to go on; where not, there is no more.
pub fn report_in_steps(
    workspace: &Workspace,
    tracking: &Tracking,
    so_far: &dyn Fn(Report) -> bool,
) -> Option<Report> {
    let facts = all_seen(workspace, tracking);
    let told = |judged: &Judgements| so_far(conclude(facts.clone(), judged.clone()));
    let judgements = judge_in_steps(workspace, &facts, &told);
    workspace.kept.save();
    Some(conclude(facts, judgements?))
}

/// What follows from the tracking files alone, without looking at any terminal's work.
pub fn declared_report(workspace: &Workspace, tracking: &Tracking) -> DeclaredReport {
    conclude_declared(declare(workspace, tracking))
}

/// Every terminal's work, not judged: enough for the merge order.
pub fn observed(workspace: &Workspace, tracking: &Tracking) -> Facts {
    let facts = all_seen(workspace, tracking);
    workspace.kept.save();
    facts
}

/// Every terminal and place by name: nobody's work is looked at.
pub fn named(workspace: &Workspace, tracking: &Tracking) -> Facts {
    let declared = declare(workspace, tracking);
    let tips = declared.places.iter().map(|_| Known::Unknown(Reason::NotLookedAt)).collect();
    with_tips(declared, tips)
}

fn all_seen(workspace: &Workspace, tracking: &Tracking) -> Facts {
    // which branches there are to see is among what earlier runs know
    workspace.kept.recall(&workspace.repository, Ageing::Full);
    let mut facts = observe(workspace, declare(workspace, tracking));
    facts.upstreams = workspace.upstreams(&facts);
    facts.of_upstream = workspace.of_upstream(&facts, 0..facts.places.len());
    completed::mark_going_on(workspace, &mut facts);
    facts
}
