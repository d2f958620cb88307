//! The whole program from the outside: the real binary, in repositories made by the real git.

mod bad_input;
mod newcomer;
pub mod program;
mod sync_cycle;
