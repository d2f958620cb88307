//! States of real life, and odd and hostile ones, each seen in use, in a public report or under attack. Each stands for
//! its kind, whose siblings are tried where the subject has its tests. `TRACK_WORK_PROGRAM=target/release/track-work`
//! asks another build.

mod advice;
mod hostile;
