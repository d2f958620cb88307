//! The state of the sprint: dependencies, merge points, what is ready, progress.

use serde::Serialize;

use crate::model::{self, DependencyState, MergePointState, MergePointStatus, ProgressLine, StoryId};

use super::written::{Each, story};

#[derive(Serialize)]
pub(super) struct DependencyJson<'a> {
    story: &'a str,
    depends_on: Each<'a, StoryId, &'a str>,
    status: &'static str,
    waiting_for: Each<'a, StoryId, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> DependencyJson<'a> {
    pub(super) fn new(state: &'a DependencyState) -> DependencyJson<'a> {
        DependencyJson {
            story: story(&state.dependency.story),
            depends_on: Each(&state.dependency.depends_on, story),
            status: state.status.name(),
            waiting_for: Each(&state.waiting_for, story),
            reason: state.dependency.reason.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct MergePointJson<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    derived: bool,
    from: &'a [String],
    to: &'a [String],
    status: &'static str,
    waiting_for: &'a [String],
}

impl<'a> MergePointJson<'a> {
    pub(super) fn new(point: &'a MergePointState) -> MergePointJson<'a> {
        let (status, waiting_for) = match &point.status {
            MergePointStatus::Reached => ("reached", &[][..]),
            MergePointStatus::Waiting(terminals) => ("waiting", &terminals[..]),
            MergePointStatus::Operator => ("operator", &[][..]),
        };
        MergePointJson {
            text: &point.text,
            file: point.file.as_deref(),
            derived: point.file.is_none(),
            from: &point.from,
            to: &point.to,
            status,
            waiting_for,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ReadyJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    terminals: &'a [String],
    text: &'a str,
}

impl<'a> ReadyJson<'a> {
    pub(super) fn new(ready: &'a model::Ready) -> ReadyJson<'a> {
        ReadyJson { story: ready.story.as_ref().map(story), terminals: &ready.terminals, text: &ready.text }
    }
}

#[derive(Serialize)]
pub(super) struct ProgressJson<'a> {
    of: &'a str,
    done: usize,
    total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    stories_done: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stories_total: Option<usize>,
    percent: Option<usize>,
}

impl<'a> ProgressJson<'a> {
    pub(super) fn new(line: &'a ProgressLine) -> ProgressJson<'a> {
        ProgressJson {
            of: &line.of,
            done: line.progress.done,
            total: line.progress.total,
            stories_done: line.stories.map(|stories| stories.done),
            stories_total: line.stories.map(|stories| stories.total),
            percent: line.percent,
        }
    }
}
