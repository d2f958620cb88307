//! What `log` answers.

use crate::model::{
    ConflictChanges, LogEntry, LoggedConflict, LoggedDependency, LoggedStatus, LoggedUpstream,
};

use crate::render::output::ShownHistory;

use super::SCHEMA;
use super::written::{List, Written, all, written, written_filter};

written! { &ShownHistory as history =>
    "schema": SCHEMA,
    "filter"?: written_filter(&history.filter, [("entries", history.hidden)]),
    "history": all(&history.entries),
    "findings": List(|| history.findings.iter().map(|finding| &finding.message)),
}

written! { &LogEntry as entry =>
    "at": entry.at,
    "command": entry.command,
    "terminal": entry.terminal,
    "story": entry.story,
    "tasks_done": entry.tasks_done,
    "added_keys": entry.added_keys,
    "target": entry.target,
    "terminals": entry.terminals,
    "changes": entry.changes,
    "of_upstream": all(&entry.of_upstream),
    "conflicts": Written(&entry.conflicts),
    "statuses": all(&entry.statuses),
    "dependencies": all(&entry.dependencies),
    "plan": entry.plan,
    "merged": entry.merged,
    "files": entry.files,
}

written! { &LoggedUpstream as upstream =>
    "terminal": upstream.terminal,
    "commits": upstream.commits,
}

written! { &ConflictChanges as conflicts =>
    "appeared": all(&conflicts.appeared),
    "gone": all(&conflicts.gone),
    "kept": conflicts.kept,
}

written! { &LoggedConflict as conflict =>
    "type": conflict.kind,
    "file": conflict.file,
    "terminals": conflict.terminals,
    "target"?: conflict.with,
    "resolution": conflict.resolution,
}

written! { &LoggedStatus as change =>
    "terminal": change.terminal,
    "file": change.file,
    "from": change.from,
    "to": change.to,
    "reason": change.reason,
}

written! { &LoggedDependency as change =>
    "story": change.story,
    "from": change.from,
    "to": change.to,
}
