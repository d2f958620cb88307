//! How objects, lists, paths, lines and the like are written.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::model::{Layers, Lines, Oid, RepoPath, ShownFilter, UnderWay};

/// A value of the program as an answer shows it.
pub(super) struct Written<T>(pub(super) T);

/// The keys of an object, in the order in which they are written: `"path": value`, `"story"?: option`
/// for a key that is left out where it does not apply, and `let name = value;` for what several keys need.
macro_rules! written {
    ($type:ty as $subject:pat => $($keys:tt)*) => {
        impl serde::Serialize for crate::render::json::written::Written<$type> {
            fn serialize<W: serde::Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
                let $subject = self.0;
                crate::render::json::written::object!(serializer, $($keys)*)
            }
        }
    };
}

/// One object, written.
macro_rules! object {
    ($serializer:expr, $($keys:tt)*) => {{
        let mut object = $serializer.serialize_map(None)?;
        crate::render::json::written::keys!(object, $($keys)*);
        serde::ser::SerializeMap::end(object)
    }};
}

macro_rules! keys {
    ($object:ident,) => {};
    ($object:ident, let $name:pat = $value:expr; $($rest:tt)*) => {
        let $name = $value;
        crate::render::json::written::keys!($object, $($rest)*);
    };
    ($object:ident, $key:literal: $value:expr, $($rest:tt)*) => {
        serde::ser::SerializeMap::serialize_entry(&mut $object, $key, &$value)?;
        crate::render::json::written::keys!($object, $($rest)*);
    };
    ($object:ident, $key:literal?: $value:expr, $($rest:tt)*) => {
        if let Some(value) = &$value {
            serde::ser::SerializeMap::serialize_entry(&mut $object, $key, value)?;
        }
        crate::render::json::written::keys!($object, $($rest)*);
    };
}

pub(super) use {keys, object, written};

/// A list, made while it is written.
pub(super) struct List<F>(pub(super) F);

impl<F: Fn() -> I, I: IntoIterator<Item: Serialize>> Serialize for List<F> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// A list of objects.
pub(super) fn all<'a, T>(list: &'a [T]) -> impl Serialize
where
    Written<&'a T>: Serialize,
{
    List(move || list.iter().map(Written))
}

/// A list of what has a text.
pub(super) fn displayed<'a, T: Display + 'a>(list: &'a [T]) -> impl Serialize {
    List(move || list.iter().map(Displayed))
}

/// `[[first, last], …]`, lines counted from 1, both included.
pub(super) fn ranges(lines: &[Lines]) -> impl Serialize {
    List(move || lines.iter().map(|lines| [lines.start, lines.end]))
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

/// The names of the layers that hold a change.
pub(super) fn layers(layers: Layers) -> impl Serialize {
    let names = [
        (layers.committed, "committed"),
        (layers.staged, "staged"),
        (layers.unstaged, "unstaged"),
        (layers.untracked, "untracked"),
    ];
    List(move || names.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name))
}

// What is in progress in a worktree.
written! { &UnderWay as under_way =>
    "kind": under_way.kind.name(),
    "step"?: under_way.step,
    "of"?: under_way.of,
    "branch"?: under_way.branch,
    "merging"?: every(&under_way.merging).map(displayed::<Oid>),
    "unresolved": displayed::<RepoPath>(&under_way.unresolved),
}

/// What was asked to be shown, and how many of each kind are not, where anything was asked.
pub(super) fn written_filter<const N: usize>(
    filter: &ShownFilter,
    hidden: [(&'static str, usize); N],
) -> Option<impl Serialize> {
    (!filter.is_empty()).then_some(Written((filter, hidden)))
}

impl<const N: usize> Serialize for Written<(&ShownFilter, [(&'static str, usize); N])> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let (filter, hidden) = &self.0;
        object!(serializer,
            "story"?: every(&filter.stories),
            "terminal"?: every(&filter.terminals),
            "path"?: every(&filter.paths),
            "conflicts"?: filter.conflicts.then_some(true),
            "not_shown": hidden.iter().copied().collect::<BTreeMap<_, _>>(),
        )
    }
}
