//! What `git merge` makes of two versions, and how branches meet: in memory, with objects from wherever they are. The crate
//! `track-work` shows its rooms in reading order.

pub mod interaction;
pub mod merge;
pub mod model;
pub mod table;
