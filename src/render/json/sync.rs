//! What a synchronization changed.

use serde::Serialize;

use crate::planning::{ConflictKey, StatusChange, SyncPlan};

use super::written::Each;

#[derive(Serialize)]
pub(super) struct SyncJson<'a> {
    dry_run: bool,
    files: &'a [String],
    conflicts_appeared: Each<'a, ConflictKey, RecordedJson<'a>>,
    conflicts_gone: Each<'a, (ConflictKey, Option<String>), RecordedJson<'a>>,
    conflicts_kept: Each<'a, ConflictKey, RecordedJson<'a>>,
    statuses: Each<'a, StatusChange, ChangedJson<'a>>,
    dependencies: Each<'a, StatusChange, ChangedJson<'a>>,
}

impl<'a> SyncJson<'a> {
    pub(super) fn new(plan: &'a SyncPlan, written: &'a [String], dry_run: bool) -> SyncJson<'a> {
        SyncJson {
            dry_run,
            files: written,
            conflicts_appeared: Each(&plan.appeared, RecordedJson::new),
            conflicts_gone: Each(&plan.gone, |(key, _)| RecordedJson::new(key)),
            conflicts_kept: Each(&plan.kept, RecordedJson::new),
            statuses: Each(&plan.statuses, ChangedJson::new),
            dependencies: Each(&plan.dependencies, ChangedJson::new),
        }
    }
}

/// A conflict as the tracking files record it.
#[derive(Serialize)]
struct RecordedJson<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    file: &'a str,
    terminals: &'a [String],
}

impl<'a> RecordedJson<'a> {
    fn new(key: &'a ConflictKey) -> RecordedJson<'a> {
        RecordedJson { kind: &key.kind, file: &key.file, terminals: &key.terminals }
    }
}

/// A status that changed. Its reason is `null` where there is nothing to wait for.
#[derive(Serialize)]
struct ChangedJson<'a> {
    of: &'a str,
    file: &'a str,
    from: &'a str,
    to: &'a str,
    reason: Option<&'a str>,
}

impl<'a> ChangedJson<'a> {
    fn new(change: &'a StatusChange) -> ChangedJson<'a> {
        ChangedJson {
            of: &change.of,
            file: &change.file,
            from: &change.from,
            to: &change.to,
            reason: change.reason.as_deref(),
        }
    }
}
