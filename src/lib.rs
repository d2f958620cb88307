//! # track-work
//!
//! Many terminals work on one repository at once: people and coding agents, each in a git worktree
//! or on a branch. This crate observes all of them, reports who changed what and which pairs will
//! conflict when merged, keeps the sprint's tracking files up to date, and finds what is ready to
//! merge.
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
//! Open a repository and print the verdict for each pair of its terminals that has something in common:
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
//! ## The stages
//!
//! Observation and writing are at the edges; everything between is pure.
//!
//! ```text
//!  read tracking ──> Declared ─┐
//!                              ├─> Facts ──> Judgements ──> Report ─┬─> edits ──> tracking files
//!  observe git ────────────────┘   (pure from here on)              └─> Output ──> human | json
//! ```
//!
//! Most commands run a part of this line, and [`pipeline`] is the only place where its stages meet.
//! `compare` is the exception: it merges two sides with [`git`], [`merge`], [`interaction`] and [`symbols`] alone.
//!
//! ## The modules (rooms), in reading order
//!
//! Six crates, each in a folder of its name, and each shows the rooms of those below it:
//!
//! - `track-work-engine` merges in memory, from objects of any source: [`model`], [`merge`], [`interaction`], [`table`].
//! - `track-work-symbols` says what a clean merge breaks: [`symbols`].
//! - `track-work-repository` reads git's files, and keeps answers for the next call: [`git`], [`cache`], [`files`].
//! - `track-work-sprint` says what follows for those who work: [`pipeline`] and all that it calls.
//! - `track-work-render` has what people and programs are shown of that: [`render`].
//! - `track-work`, in `src/`, is how they ask: [`hooks`], [`commands`], [`watching`], [`cli`].
//!
//! The first three are optimized. To embed one of them without arguments and commands, depend on it alone; without
//! libgit2, on the first two.
//!
//! | room | what is there |
//! |---|---|
//! | [`model`] | the nouns: terminal, tip, change, hunk, facts, judgements, finding, report; [`model::Reason`] |
//! | [`pipeline`] | the stages, and the one place where they meet |
//! | [`git`] | observes: places, heads, bases, uncommitted work as trees in memory. The only room that names git2 |
//! | [`merge`] | what `git merge` does: three trees in, outcome out |
//! | [`interaction`] | whether branches can influence each other, and how: judgements of pairs and chains |
//! | [`symbols`] | what a clean merge breaks: definitions and uses in source text, heads of migrations |
//! | [`checks`] | the checks, one file each, one table of them; what is said about two terminals |
//! | [`planning`] | decisions: who is where, what waits for what, merge points, readiness, the merge order, the edits that follow |
//! | [`trials`] | runs commands on merged trees, keeps what they said, finds who fails together |
//! | [`merging`] | carries a merge order out: the run of `merge`, what is noted of it |
//! | [`sharing`] | shares terminals between clones: what goes to the remote, what comes from there, what is noted of it |
//! | [`tracking`] | the only room that reads and writes tracking files: lossless edits, lock, atomic save, log |
//! | [`stories`] | reads the sprint's story statuses and dependencies |
//! | [`render`] | an `Output` as text, for people and for programs |
//! | [`hooks`] | hooks of git and of coding agents: install, remove, answer; time limit and panic guard |
//! | [`commands`] | one file or folder per subcommand: arguments, pipeline, `Output`; hints for failures |
//! | [`cache`] | answers about commits, kept between runs outside the repository |
//! | [`files`] | atomic writes, locks |
//! | [`watching`] | notices that something changes in folders |
//! | [`yaml`] | what tracking and stories share: strict parsing, and the position of each node in the text |
//! | [`table`] | the in-memory table of answers that the caches are made of |
//! | [`cli`], [`config`], [`context`], [`error`] | arguments, settings, surroundings, why the pipeline failed |
//!
//! ## Where to add something
//!
//! | to add | go to |
//! |---|---|
//! | a check | a file in `checks/` with `CHECK` and `run`; its row in `TABLE` of `checks/mod.rs`; if it has evidence of its own, a variant of [`model::Evidence`], with its form in `render/json/findings.rs` and its lines in `planning/edits/conflicts.rs`; the table of checks in the README, which a test compares |
//! | an output format | `Format` in `cli/global.rs`; a folder beside `render/json`; a function in `render/mod.rs`; its case in `printed` and `reply` of `commands/mod.rs`. `Output::Verbatim`, `HooksChanged::text` and `AgentsChanged::text` are already English text |
//! | a conflict kind | [`model::ConflictKind`]; the rule in `merge/three_way/` or `merge/file_merge/`; a fixture in `fixtures/merge/`. The compiler lists each `match`, but not the comparisons in `merge/three_way/resolve.rs` and `planning/order/reasons.rs`. The cache needs no new version: a file of another build is not used |
//! | an analysis of changed files | a pure function in a room of its own, with a row in `ROOMS` of `tests/it/tidy.rs`. `pipeline/judge.rs` calls it and stores its result in a new field of [`model::Judgements`]; a check reads it from [`checks::CheckInput`]. The versions of a file are in [`model::Change`] (`old`, `new`). The command `check` judges in `pipeline/check/` and needs its own call |
//! | a language whose sources are read | its table in `symbols/languages/`, a variant of `Language`, its grammar in `Cargo.toml`; how its imports lead to files in `symbols/modules.rs`; a fixture in `fixtures/symbols/` |
//! | a command | its arguments in `cli/` and a variant of `cli::Command`; a file in `commands/` that calls [`pipeline`]; its case in `reply` of `commands/mod.rs`; a variant of `render::Output` with its text and JSON; its keys in `cli/topics/json.md`, which a test compares |
//! | a command that keeps running | as above, but its case belongs in `run` of `commands/mod.rs`, next to `compare --stdin` and `status --watch`. [`context::Context`] has the time and the width of the start, so make a new one for each round; do not use `ManuallyDrop`, and give `reply` `drop`: to forget saves time only where the process ends |
//! | a key in a tracking file | reading: `tracking/read/`; writing: edits are data ([`model::Edit`]), made in `planning/edits/` |
//!
//! ## Invariants
//!
//! 1. An unknown fact is never treated as clean: a fact is known, or unknown with its reason
//!    ([`model::Known`]), and both cases are always handled.
//! 2. No command changes a file under `.git`, except `hooks install` and `hooks uninstall`, which
//!    write in the hooks folder and beside it, and with `--merge-driver` a section of the configuration, and `merge`, which makes merge commits in a worktree of its own and moves the
//!    target, and `share`, which makes commits of terminals and refs of its own; nothing else writes objects or refs. Blobs and trees of uncommitted work are in memory.
//! 3. The pure rooms cannot fail for reasons outside themselves. If one worktree or file cannot be
//!    read, that is a finding, and the others are still reported.
//! 4. Decide first, then act: a function either computes edits or applies them, never both.
//! 5. The same input gives the same bytes: pairs are ordered on construction, all output is sorted and
//!    free of hash order. The time is read once, in [`context`]. It appears in the text of `status`
//!    (`5 min ago`), in timestamps (tracking files, the log, `complete`), and limits the search for a
//!    merge order of more than 16 terminals.
//! 6. `sync` is idempotent: run twice, the second run changes no tracking file.
//! 7. The keys of JSON and YAML are written in their rooms alone; the model is free to change. In JSON,
//!    keys that do not apply are omitted, and `null` means not determined.
//! 8. Tracking files are edited, never regenerated: what an edit does not name keeps every byte.
//! 9. Which module may import which is checked by a test (`tests/it/tidy.rs`).

pub use track_work_render::render;
pub use track_work_sprint::{
    cache, checks, config, context, error, files, git, interaction, merge, merging, model, pipeline,
    planning, sharing, stories, symbols, table, tracking, trials, yaml,
};

pub mod cli;
pub mod commands;
pub mod hooks;
pub mod watching;
