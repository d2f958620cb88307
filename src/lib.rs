//! # track-work
//!
//! Many terminals work on one repository at once: people and coding agents, each in a git worktree
//! or on a branch. This crate looks into every one of them, says who touched what and which pairs
//! will conflict when merged, keeps the sprint's tracking files true, and decides what is ready.
//!
//! ## To embed it
//!
//! A merge predicted in memory: three trees in, the outcome of `git merge` out, and nothing is
//! written to the repository.
//!
//! ```
//! use track_work::git::Repository;
//! use track_work::merge::{Options, merge_trees};
//! use track_work::model::{Entry, EntryKind, RepoPath};
//! # use track_work::merge::{Objects, TreeEntry, Name};
//!
//! let store = Repository::discover(".".as_ref())?.store();
//! let tree = |text: &str| {
//!     let entry = Entry { kind: EntryKind::File, oid: store.put_blob(text.as_bytes()) };
//!     store.put_tree(&[TreeEntry { name: Name::from_slice(b"greeting"), entry }])
//! };
//! let (base, ours, theirs) = (tree("hello\n"), tree("hello you\n"), tree("hello all\n"));
//! let outcome = merge_trees(&store, base, ours, theirs, &Options::default())?;
//! assert_eq!(outcome.conflicts[0].path, RepoPath::from("greeting"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A repository opened, and what merging would do with every two of its terminals:
//!
//! ```
//! use track_work::pipeline::{OpenOptions, Workspace, report};
//!
//! let workspace = Workspace::open(&OpenOptions::at("."))?;
//! let report = report(&workspace, &workspace.tracking());
//! for pair in &report.judgements.pairs {
//!     let [a, b] = [pair.a, pair.b].map(|at| &report.facts.terminals[at].id);
//!     println!("{a} and {b}: {}", pair.verdict.name());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## One idea
//!
//! Facts come in, changes and a report go out, and everything between is a pure function.
//!
//! ```text
//!  read tracking ──> Declared ─┐
//!                              ├─> Facts ──> Judgements ──> Report ─┬─> edits ──> tracking files
//!  observe git ────────────────┘   (pure from here on)              └─> Output ──> human | json
//! ```
//!
//! Every command is a cut of this one line. [`pipeline`] is the only place where its stages meet.
//!
//! ## The rooms, in reading order
//!
//! | room | what is there |
//! |---|---|
//! | [`model`] | the nouns: terminal, tip, change, hunk, facts, judgements, finding, report; [`model::Reason`] |
//! | [`pipeline`] | the stages, and the one place where they meet |
//! | [`git`] | observes: places, heads, bases, uncommitted work as trees in memory. The only room that names git2 |
//! | [`merge`] | what `git merge` does: three trees in, outcome out |
//! | [`interaction`] | whether branches can influence each other, and how they meet: judgements of pairs and chains |
//! | [`checks`] | the checks, one file each, one table of them; findings are data |
//! | [`planning`] | decisions: who is where, what waits for what, merge points, readiness, the merge order, the edits that follow |
//! | [`tracking`] | the only room that reads and writes tracking files: lossless edits, lock, atomic save, log |
//! | [`stories`] | the sprint's story statuses and dependencies, read |
//! | [`render`] | an `Output` as text, for people and for programs |
//! | [`hooks`] | hooks of git and of coding agents: installed, removed, answered; and what guards a run |
//! | [`commands`] | a file a subcommand: arguments, pipeline, `Output`; what to try when something fails |
//! | [`cache`] | what one run leaves to the next, outside of the repository: answers that cannot change |
//! | [`files`], [`yaml`], [`table`] | atomic writes; strict parsing, and where each node stands in the text; answers that cannot change, which the caches are made of |
//! | [`cli`], [`config`], [`context`], [`error`] | arguments, settings, surroundings, why the pipeline could not answer |
//!
//! ## To add something
//!
//! | to add | go to |
//! |---|---|
//! | a check | a file in `checks/`, and its row in the table of `checks/mod.rs` |
//! | an output format | a folder beside `render/json`, and its case where `render/output.rs` chooses the format |
//! | a conflict kind | [`model::ConflictKind`]; the compiler names the places that must say what it means |
//! | an analysis of changed files | beside `pipeline/judge.rs`: it takes [`model::Facts`], and what it finds joins [`model::Judgements`]; a check reports it |
//! | a command like `status` | its arguments in `cli/`, a file in `commands/` that calls [`pipeline::report`], its `Output` in `render/` |
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
