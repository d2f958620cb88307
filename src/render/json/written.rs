//! How lists, paths, lines and the like are written.

use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::model::{self, Lines, RepoPath, StoryId};

/// A list, each member written as what the function makes of it.
pub(super) struct Each<'a, T, S>(pub(super) &'a [T], pub(super) fn(&'a T) -> S);

impl<T, S: Serialize> Serialize for Each<'_, T, S> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// The list, where it holds anything.
pub(super) fn every<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// Anything by the text that people see of it.
pub(super) struct Displayed<T>(pub(super) T);

impl<T: Display> Serialize for Displayed<T> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_str(&self.0)
    }
}

pub(super) type Paths<'a> = Each<'a, RepoPath, Displayed<&'a RepoPath>>;

pub(super) fn paths(paths: &[RepoPath]) -> Paths<'_> {
    Each(paths, Displayed)
}

/// `[[first, last], …]`, lines counted from 1, both included.
pub(super) type Ranges<'a> = Each<'a, Lines, [u32; 2]>;

pub(super) fn ranges(lines: &[Lines]) -> Ranges<'_> {
    Each(lines, |lines| [lines.start, lines.end])
}

pub(super) fn story(story: &StoryId) -> &str {
    story.as_str()
}

/// The names of the layers that hold a change.
pub(super) struct LayersJson(pub(super) model::Layers);

impl Serialize for LayersJson {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let LayersJson(layers) = self;
        let names = [
            (layers.committed, "committed"),
            (layers.staged, "staged"),
            (layers.unstaged, "unstaged"),
            (layers.untracked, "untracked"),
        ];
        serializer.collect_seq(names.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name))
    }
}

/// What is in progress in a worktree.
#[derive(Serialize)]
pub(super) struct UnderWayJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merging: Option<Each<'a, model::Oid, Displayed<&'a model::Oid>>>,
    unresolved: Paths<'a>,
}

impl<'a> UnderWayJson<'a> {
    pub(super) fn new(under_way: &'a model::UnderWay) -> UnderWayJson<'a> {
        UnderWayJson {
            kind: under_way.kind.name(),
            step: under_way.step,
            of: under_way.of,
            branch: under_way.branch.as_deref(),
            merging: every(&under_way.merging).map(|merging| Each(merging, Displayed as fn(_) -> _)),
            unresolved: paths(&under_way.unresolved),
        }
    }
}
