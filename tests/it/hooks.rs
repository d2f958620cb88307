//! `check` and the hooks: what is judged, against whom, and that nothing is disturbed by it.

mod check;
mod faults;
mod hidden;
mod left_behind;
mod modes;
mod near;
mod next_commit;
mod out_of_time;
mod real_git;
