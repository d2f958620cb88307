//! The state of the sprint: dependencies, merge points, what is ready, progress.

use crate::model::{DependencyState, MergePointState, MergePointStatus, ProgressLine, Ready, StoryId};

use super::written::{displayed, written};

written! { &DependencyState as state =>
    "story": state.dependency.story.as_str(),
    "depends_on": displayed(&state.dependency.depends_on),
    "status": state.status.name(),
    "waiting_for": displayed(&state.waiting_for),
    "reason"?: state.dependency.reason,
}

written! { &MergePointState as point =>
    let (status, waiting_for) = match &point.status {
        MergePointStatus::Reached => ("reached", &[][..]),
        MergePointStatus::Waiting(terminals) => ("waiting", &terminals[..]),
        MergePointStatus::Operator => ("operator", &[][..]),
    };
    "text": point.text,
    "file"?: point.file,
    "derived": point.file.is_none(),
    "from": point.from,
    "to": point.to,
    "status": status,
    "waiting_for": waiting_for,
}

written! { &Ready as ready =>
    "story"?: ready.story.as_ref().map(StoryId::as_str),
    "terminals": ready.terminals,
    "text": ready.text,
}

written! { &ProgressLine as line =>
    "of": line.of,
    "done": line.progress.done,
    "total": line.progress.total,
    "stories_done"?: line.stories.map(|stories| stories.done),
    "stories_total"?: line.stories.map(|stories| stories.total),
    "percent": line.percent,
}
