//! What can be said about two terminals: the verdict for the pair, and where one's work meets the
//! other's. The checks, and the command `check`, build on it.

mod encounters;
mod pairs;
mod shares;

pub use encounters::{Checked, Met, change_of, encounters, party};
pub(super) use pairs::owns;
pub use pairs::{pairs_of, terminal_pairs};
pub(super) use shares::{earlier, share};
