//! What `status` and `sync` answer.

use serde::Serialize;

use crate::model::{self, Oid, Report};
use crate::render::output::{Synced, Written};

use super::SCHEMA;
use super::findings::Finding;
use super::pairs::Pairs;
use super::sprint::{Dependency, MergePoint, Progress, Ready};
use super::sync::Sync;
use super::terminals::Terminals;
use super::written::{Each, Text};

/// What `status` answers.
pub(super) fn status(report: &Report) -> impl Serialize {
    Answer::new(report, None)
}

/// What `sync` answers: the same, with the changes it made and the files it wrote.
pub(super) fn sync(synced: &Synced) -> impl Serialize {
    let dry_run = matches!(synced.written, Written::DryRun { .. });
    Answer::new(&synced.report, Some(Sync::new(&synced.plan, &synced.files, dry_run)))
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    target: Target<'a>,
    terminals: Terminals<'a>,
    pairs: Pairs<'a>,
    findings: Each<'a, model::Finding, Finding<'a>>,
    dependencies: Each<'a, model::DependencyState, Dependency<'a>>,
    merge_points: Each<'a, model::MergePointState, MergePoint<'a>>,
    ready_to_merge: Each<'a, model::Ready, Ready<'a>>,
    progress: Each<'a, model::ProgressLine, Progress<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<Sync<'a>>,
}

impl<'a> Answer<'a> {
    fn new(report: &'a Report, sync: Option<Sync<'a>>) -> Answer<'a> {
        Answer {
            schema: SCHEMA,
            target: Target::new(&report.facts.target),
            terminals: Terminals(report),
            pairs: Pairs(report),
            findings: Each(&report.findings, Finding::new),
            dependencies: Each(&report.facts.book.dependencies, Dependency::new),
            merge_points: Each(&report.merge_points, MergePoint::new),
            ready_to_merge: Each(&report.ready, Ready::new),
            progress: Each(&report.progress, Progress::new),
            sync,
        }
    }
}

#[derive(Serialize)]
struct Target<'a> {
    name: &'a str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Text<Oid>>,
}

impl<'a> Target<'a> {
    fn new(target: &'a model::Target) -> Target<'a> {
        Target { name: &target.name, reference: target.reference.as_deref(), head: target.head.map(Text) }
    }
}
