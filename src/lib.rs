//! # track-work
//!
//! Many terminals work on one repository at once: people and coding agents, each in a git worktree
//! or on a branch. This crate looks into every one of them, says who touched what and which pairs
//! will conflict when merged, keeps the sprint's tracking files true, and decides what is ready.
//!
//! ## One idea
//!
//! Facts come in, changes and a report go out, and everything between is a pure function.
//!
//! ```text
//!  observe git ──┐
//!                ├─> Snapshot ─> Verdicts ─> Findings ─> Decisions ─┬─> edits ─> tracking files
//!  read tracking ┘   (pure from here ............................)  └─> Report ─> human | json
//! ```
//!
//! Every command is a cut of this one line. [`pipeline`] is the only place where its stages meet.
//!
//! ## The rooms, in reading order
//!
//! | room | what is there |
//! |---|---|
//! | [`model`] | the nouns: terminal, session, tip, change, hunk, verdict, finding, report |
//! | [`git`] | observes: places, heads, bases, uncommitted work as trees in memory. The only room that names git2 |
//! | [`merge`] | the merge engine: three trees in, outcome out |
//! | [`interaction`] | whether branches can influence each other: judgements of pairs and chains |
//! | [`cache`] | what one run leaves to the next, outside of the repository: answers that cannot change |
//! | [`tracking`] | the only room that reads and writes tracking files: lossless edits, lock, atomic save, log |
//! | [`stories`] | the sprint's story statuses and dependencies, read |
//! | [`table`] | a table of answers that cannot change, which the caches are made of |
//! | [`files`] | the one way files are written: whole or not at all |
//! | [`yaml`] | what both share: strict parsing, and where each node stands in the text |
//! | [`planning`] | decisions: who is where, what waits for what, merge points, readiness, the merge order, the edits that follow |
//! | [`checks`] | the checks, one file each; findings are data |
//! | [`render`] | a report as text, for people and for programs |
//! | [`pipeline`] | joins the rooms that look with the rooms that think |
//! | [`hooks`] | hooks of git and of coding agents: put in, taken out, asked; and what guards a run |
//! | [`commands`] | a file a subcommand |
//! | [`cli`], [`config`], [`context`], [`error`] | arguments, settings, surroundings, why a run failed |
//!
//! ## Invariants
//!
//! 1. What is not determined never becomes clean: a fact is known, or unknown with its reason
//!    ([`model::Known`]), and both are matched in full.
//! 2. No command changes a byte under `.git`, but `hooks install` and `hooks uninstall` in the hooks
//!    folder. Blobs and trees of uncommitted work live in memory.
//! 3. The pure rooms cannot fail for reasons outside themselves. What one unreadable worktree or
//!    file does is a finding, and the rest goes on.
//! 4. Decide first, then do: a function computes edits, or applies them.
//! 5. A pair is ordered on construction, all output is sorted, and no clock and no hash order is in
//!    it: the same input gives the same bytes.
//! 6. Two synchronizations in a row: the second changes no tracking file.
//! 7. The shapes of JSON and YAML have their own types; the model is free to change. In JSON, a key
//!    that is absent does not apply, and `null` was not determined.
//! 8. Tracking files are edited, never written anew: what an edit does not name keeps every byte.
//! 9. Who may know whom is held by a test (`tests/it/tidy.rs`).

pub mod cache;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod config;
pub mod context;
pub mod error;
pub mod files;
pub mod git;
pub mod hooks;
pub mod interaction;
pub mod merge;
pub mod model;
pub mod pipeline;
pub mod planning;
pub mod render;
pub mod stories;
pub mod table;
pub mod tracking;
pub mod yaml;
