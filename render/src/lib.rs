//! What people and programs are shown of what was found: an answer as text, as JSON and as a page. The crate `track-work`
//! shows its room in reading order.

pub use track_work_sprint::{model, planning};

pub mod render;
