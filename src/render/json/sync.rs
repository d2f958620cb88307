//! What a synchronization changed.

use serde::Serialize;

use crate::planning::{ConflictKey, StatusChange, SyncPlan};

use super::written::Each;

#[derive(Serialize)]
pub(super) struct Sync<'a> {
    dry_run: bool,
    files: &'a [String],
    conflicts_appeared: Each<'a, ConflictKey, Recorded<'a>>,
    conflicts_gone: Each<'a, (ConflictKey, Option<String>), Recorded<'a>>,
    conflicts_kept: Each<'a, ConflictKey, Recorded<'a>>,
    statuses: Each<'a, StatusChange, Changed<'a>>,
    dependencies: Each<'a, StatusChange, Changed<'a>>,
}

impl<'a> Sync<'a> {
    pub(super) fn new(plan: &'a SyncPlan, written: &'a [String], dry_run: bool) -> Sync<'a> {
        Sync {
            dry_run,
            files: written,
            conflicts_appeared: Each(&plan.appeared, Recorded::new),
            conflicts_gone: Each(&plan.gone, |(key, _)| Recorded::new(key)),
            conflicts_kept: Each(&plan.kept, Recorded::new),
            statuses: Each(&plan.statuses, Changed::new),
            dependencies: Each(&plan.dependencies, Changed::new),
        }
    }
}

/// A conflict as the tracking files record it.
#[derive(Serialize)]
struct Recorded<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    file: &'a str,
    terminals: &'a [String],
}

impl<'a> Recorded<'a> {
    fn new(key: &'a ConflictKey) -> Recorded<'a> {
        Recorded { kind: &key.kind, file: &key.file, terminals: &key.terminals }
    }
}

/// A status that changed. Its reason is `null` where there is nothing to wait for.
#[derive(Serialize)]
struct Changed<'a> {
    of: &'a str,
    file: &'a str,
    from: &'a str,
    to: &'a str,
    reason: Option<&'a str>,
}

impl<'a> Changed<'a> {
    fn new(change: &'a StatusChange) -> Changed<'a> {
        Changed {
            of: &change.of,
            file: &change.file,
            from: &change.from,
            to: &change.to,
            reason: change.reason.as_deref(),
        }
    }
}
