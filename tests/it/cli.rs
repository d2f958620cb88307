//! The whole program from the outside: the real binary, in repositories made by the real git.

mod bad_input;
mod caching;
mod deleted;
mod disk;
mod glance;
mod json_shape;
mod life;
mod looks;
mod many_writers;
mod naming;
mod newcomer;
mod nothing_written;
mod odd_files;
pub mod program;
mod prompts;
mod pty;
mod readiness;
mod registering;
mod repository_kinds;
mod settings;
mod stories;
mod sync_cycle;
mod taken_back;
mod under_way;
mod who_goes_first;
mod who_writes;
mod work_seen;
