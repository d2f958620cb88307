//! Observes a repository: which places work happens in, what each has committed and what not.
//!
//! The only room that names git2 and gix-index, and the only one that starts `git`. It reads, and
//! never writes: no object, ref, index byte, configuration or reflog, not even the time stamp of
//! an object file. The exceptions are `merging` and `merge_worktree`, which do what the command `merge` is asked
//! for, `shared_refs`, which does the same for `share`, and `checkouts`, in a folder of its own. Blobs and trees of uncommitted work live in an overlay in memory, which every [`Store`] of the repository
//! sees in front of the object database.
//!
//! In the order of a run: [`Repository::discover`], [`Repository::target`],
//! [`Repository::places`], [`Repository::observe`], and [`Repository::store`] for merging. For the hooks
//! folder and the configuration of hooks, the `git` program is asked.

mod admin;
mod at_rest;
mod checkouts;
mod commit_cache;
mod configuration;
mod discover;
mod edited;
mod elsewhere;
mod error;
mod followed;
mod graph;
mod ids;
mod lent_settings;
mod lifetime;
mod listed;
mod made_objects;
mod merge_arguments;
mod merge_attributes;
mod merge_config;
mod merge_driver;
mod merge_settings;
mod merge_worktree;
mod merging;
mod objects;
mod observe;
mod older_index;
mod opener;
mod overlay;
mod owners;
mod pager;
mod places;
mod program;
mod ref_files;
mod references;
mod refused_values;
mod reverts;
mod scan;
mod seen;
mod setting;
mod setting_files;
mod settings;
mod shared_refs;
mod shell;
mod short_names;
mod stamps;
mod stand_in;
mod store;
mod submodules;
mod substitutes;
mod surroundings;
mod target;
mod target_checkout;
mod tree_entries;
mod under_way;
mod unmerged;

pub use checkouts::TrialCheckouts;
pub use commit_cache::{CommitCache, WrittenFile};
pub use discover::Repository;
pub use elsewhere::{RemoteBranches, RemoteQuery};
pub use error::{Feature, GitError};
pub use followed::followed_work_folders;
pub use graph::Relation;
pub use lifetime::{end_all, limit_time};
pub use merge_driver::OWN_COMMAND;
pub use merge_settings::MergeSite;
pub use merge_worktree::MergeWorktree;
pub use merging::{BranchPlace, MergeLook, UnmergedPath, merge_worktree_path, own_name};
pub use observe::Around;
pub use pager::Pager;
pub use places::Resolved;
pub use program::{Attempt, run_git};
pub use scan::near::HeadFiles;
pub use scan::near::quiet::{QuietLook, QuietQuestion};
pub use seen::Seen;
pub use setting::{
    ConfigEntry, configuration, configuration_with, git_version, hooks_folder, ignored, names_own_driver,
    remove_own_driver, set_own_driver,
};
pub use shared_refs::{AttributeState, FileToSend, PushEnd, RefMove, is_ref_name};
pub use shell::{ShellEnd, ShellRun, run_shell};
pub use store::Store;
pub use surroundings::Surroundings;
pub use unmerged::{FileStages, unmerged_versions};
