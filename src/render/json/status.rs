//! What `status` and `sync` answer.

use serde::Serialize;

use crate::model::{self, Oid, Report};
use crate::render::next::next_of_all;
use crate::render::output::{SyncOutcome, Synced};

use super::SCHEMA;
use super::findings::FindingJson;
use super::pairs::PairsJson;
use super::sprint::{DependencyJson, MergePointJson, ProgressJson, ReadyJson};
use super::sync::SyncJson;
use super::terminals::{NextJson, TerminalsJson};
use super::written::{Displayed, Each};

/// What `status` answers.
pub(super) fn status(report: &Report) -> impl Serialize {
    StatusJson::new(report, None)
}

/// What `sync` answers: the same, with the changes it made and the files it wrote.
pub(super) fn sync(synced: &Synced) -> impl Serialize {
    let dry_run = matches!(synced.outcome, SyncOutcome::DryRun { .. });
    let sync = SyncJson::new(&synced.plan, &synced.files, dry_run);
    StatusJson::new(&synced.report, Some(sync))
}

#[derive(Serialize)]
struct StatusJson<'a> {
    schema: u32,
    target: TargetJson<'a>,
    terminals: TerminalsJson<'a>,
    pairs: PairsJson<'a>,
    findings: Each<'a, model::Finding, FindingJson<'a>>,
    dependencies: Each<'a, model::DependencyState, DependencyJson<'a>>,
    merge_points: Each<'a, model::MergePointState, MergePointJson<'a>>,
    ready_to_merge: Each<'a, model::Ready, ReadyJson<'a>>,
    progress: Each<'a, model::ProgressLine, ProgressJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncJson<'a>>,
}

impl<'a> StatusJson<'a> {
    fn new(report: &'a Report, sync: Option<SyncJson<'a>>) -> StatusJson<'a> {
        StatusJson {
            schema: SCHEMA,
            target: TargetJson::new(&report.facts.target),
            terminals: TerminalsJson(report),
            pairs: PairsJson(report),
            findings: Each(&report.findings, FindingJson::new),
            dependencies: Each(&report.facts.book.dependencies, DependencyJson::new),
            merge_points: Each(&report.merge_points, MergePointJson::new),
            ready_to_merge: Each(&report.ready, ReadyJson::new),
            progress: Each(&report.progress, ProgressJson::new),
            next: next_of_all(report, None).map(|(terminal, text)| NextJson::new(terminal, text)),
            sync,
        }
    }
}

#[derive(Serialize)]
struct TargetJson<'a> {
    name: &'a str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Displayed<Oid>>,
}

impl<'a> TargetJson<'a> {
    fn new(target: &'a model::Target) -> TargetJson<'a> {
        TargetJson {
            name: &target.name,
            reference: target.reference.as_deref(),
            head: target.head.map(Displayed),
        }
    }
}
