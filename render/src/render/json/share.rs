//! What `share` answers.

use crate::model::{LeftOutFor, PulledTerminal, RepoPath, ShareAnswer, SharedTerminal};

use super::SCHEMA;
use super::written::{Displayed, all, displayed, written};

written! { &ShareAnswer as answer =>
    "schema": SCHEMA,
    "command": answer.act.name(),
    "machine"?: answer.machine,
    "remote"?: answer.remote,
    "dry_run": answer.dry_run,
    "own": all(&answer.own),
    "others": all(&answer.others),
    "removed": answer.removed,
    "notes": answer.told,
}

// A terminal of this clone.
written! { &SharedTerminal as one =>
    "terminal": one.terminal,
    "ref": one.reference,
    "commit"?: one.commit.map(Displayed),
    "head"?: one.head.map(Displayed),
    "ahead": one.commits,
    "uncommitted": displayed(&one.uncommitted),
    "left_out": all(&one.left_out),
    "withheld"?: one.withheld,
    "earlier"?: one.earlier.map(Displayed),
}

// A path that is not shared.
written! { &(RepoPath, LeftOutFor) as (path, why) =>
    "path": Displayed(path),
    "reason": why.name(),
}

// A terminal of another clone.
written! { &PulledTerminal as one =>
    "id": one.name,
    "ref": one.reference,
    "commit": one.commit.map(Displayed),
    "as_of": one.as_of,
    "expired": one.expired,
    let work = one.work.as_ref();
    "uncommitted"?: work.map(|work| work.uncommitted),
    "story"?: work.and_then(|work| work.story.as_ref()),
    "status"?: work.and_then(|work| work.status.as_ref()),
    "focus"?: work.and_then(|work| work.focus.as_ref()),
    "agent"?: work.and_then(|work| work.agent.as_ref()),
}
