//! What a clean merge breaks: definitions and their uses, read from source texts. The crate `track-work` shows its rooms in
//! reading order.

pub use track_work_engine::{interaction, merge, model, table};

pub mod symbols;
