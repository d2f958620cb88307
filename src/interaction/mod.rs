//! Whether branches can influence each other, and how they meet: the judgements of pairs and of
//! chains, and all that makes them fast. How a single merge ends is a matter of [`crate::merge`].

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
mod touched_paths;

pub use answer_cache::{AnswerCache, PairKey, PairMerge, Relation, Table, TargetMerge, TipKey, VersionsKey};
pub use chain::{Chain, ChainStep, MergeEffect, TargetState};
pub use changes::remembered_changes;
pub use hunk_cache::HunkCache;
pub use judge::{ForkTrees, Judge, Shared};
pub use kind::Interaction;
pub use looked_for::Tie;
pub use path_query::{Ground, Reach, Shift};
pub use touched_paths::{Search, TouchedPaths};
