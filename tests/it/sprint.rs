//! Whole days of work: whatever happens, all outputs and files agree with each other and with git.

mod agreement;
mod any_state;
mod cycles;
mod lost;
mod outputs;
mod two_days;
mod unread;
