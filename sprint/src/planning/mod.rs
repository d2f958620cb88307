//! Decisions: which terminal is where, what waits for what, what is ready, and the edits that follow.
//!
//! Pure functions from facts to decisions. Deliberately not here: what collides (`checks`) and how
//! edits reach a file (`tracking`).

mod blocking;
mod cycles;
mod dependencies;
mod edits;
mod links;
mod merge_points;
mod naming;
mod next;
pub mod order;
mod progress;
mod readiness;
mod registration;
mod relation;
mod relink;
mod story_cycles;
mod terminal_cycles;
mod turns;
mod words;

use blocking::decide_session;
pub use blocking::{decide, is_terminal_complete, terminal_completion};
pub use cycles::cycles;
pub use dependencies::{in_force, merge_unknown, needs_unknown, story_book};
pub use edits::{
    ConflictKey, EditContext, StatusChange, SyncPlan, is_open, keeping, no_longer_blocked, no_longer_waiting,
    not_ready_edits, observed, plan_edits, plan_statuses, readiness_edits, removing, removing_dependency,
};
pub use links::{is_carried, link, namesake, seen};
pub use merge_points::merge_points;
pub use naming::{Called, called};
pub use next::{NextStep, is_over, next_of_all, next_step};
pub use progress::{progress, session_progress};
pub use readiness::{Readiness, ready, story_ready};
pub use relation::{TerminalRelation, relations};
pub use relink::{Relink, linking, lost_work, relink, restoring};
pub use story_cycles::{StoryCycles, cycle_text};
pub use terminal_cycles::terminal_cycles;
pub use turns::{Precedence, precedence, turn_question, turns};
