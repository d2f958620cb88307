//! `check` and the hooks: what is judged, against whom, and that nothing is disturbed by it.

mod faults;
mod modes;
mod near;
mod real_git;
