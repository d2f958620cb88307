//! Whether branches can influence each other, and how they meet: the judgements of pairs and of
//! chains, and all that makes them fast. How a single merge ends is a matter of [`crate::merge`].

mod base_lines;
mod chain;
mod changes;
mod common_ground;
mod footprint;
mod judge;
mod known_lines;
mod memory;
mod nearness;
mod own_lines;
mod own_work;
mod reach;

pub use chain::{Chain, Extent, Meeting, Merged, Stage};
pub use changes::remembered_changes;
pub use footprint::{Footprint, Search};
pub use judge::{Grounds, Judge, Shared};
pub use known_lines::KnownLines;
pub use memory::{Alone, Memory, Met, PairKey, Relation, Shelf, TipKey, VersionsKey};
pub use reach::{Ground, Reach, Shift, Stance};
