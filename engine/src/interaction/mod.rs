//! Whether branches can influence each other, and the judgements of pairs and chains built on that. How
//! one merge ends is decided in [`crate::merge`] alone.
//!
//! - Each tip is merged into the target once. Its [`TouchedPaths`] come from its own changes and the
//!   effect of that merge; two tips whose touched paths do not interact are clean without a further merge.
//! - A pair ([`Judge`]) that interacts only by edits of the same files merges just these files. Anything
//!   structural merges the second tip into the target with the first, in both orders, and leaves out the
//!   conflicts that the second has alone. Where the two share commits, their exclusive changes count.
//! - A chain ([`Chain`]) merges many tips in any order. The [`Interaction`] of each two tells the planner
//!   which orders can differ, so that it tries only those.
//! - Answers are about contents, so they never change: [`AnswerCache`] keeps them, with what else they
//!   depend on, for other pairs and later runs.
//! - A [`PathQuery`](crate::model::PathQuery) asks about one tip's paths in another branch, so that other
//!   worktrees need not be scanned in full.

mod answer_cache;
mod chain;
mod changes;
mod conflict_lines;
mod exclusive_changes;
mod fork_points;
mod hunk_cache;
mod judge;
mod kind;
mod line_maps;
mod looked_for;
mod nearness;
mod path_query;
mod set_attributes;
mod touched_paths;

pub use answer_cache::{
    AnswerCache, EditsKey, KnownLines, KnownStep, KnownTurns, LinesKey, MergedEdits, OwnLines, PairKey,
    PairMerge, TargetMerge, TipKey, TouchedLinesKey, TreeChanges, VersionsKey,
};
pub use chain::{Chain, ChainStep, MergeEffect, TargetState, sharers, whose_attributes_concern};
pub use changes::cached_diff;
pub use changes::{cached_changes, changes_near};
pub use hunk_cache::HunkCache;
pub use judge::{Brought, ForkTrees, Judge, Shared};
pub use kind::Interaction;
pub use looked_for::Tie;
pub use path_query::TargetChanges;
pub use set_attributes::SetAttributes;
pub use touched_paths::{RenameInputs, TouchedPaths};
