//! Looks at everything whenever something changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::{Global, StatusArgs};
use crate::commands::failure::Failure;
use crate::commands::selected::selection;
use crate::context::Context;
use crate::git::{followed_work_folders, own_name};
use crate::model::{Report, Selection};
use crate::pipeline::{self, OpenOptions, Workspace};
use crate::watching::{FolderWatch, Noticed, WaitEnd};

use super::super::open_options;

/// How often it is asked whether anybody still looks on.
const TICK: Duration = Duration::from_millis(500);

/// What was seen in one round.
pub(super) struct Look {
    /// The repository, with its settings.
    pub workspace: Workspace,
    /// The whole picture.
    pub report: Report,
    /// When, as a timestamp.
    pub at: String,
    /// The same in seconds since 1970.
    pub now: i64,
    /// The same in nanoseconds.
    pub looked: i64,
}

/// Looks again whenever something changes.
pub(super) struct Rounds {
    options: OpenOptions,
    selection: Selection,
    /// The surroundings of the start.
    pub context: Context,
    /// The flags of every command.
    pub global: Global,
    watch: FolderWatch,
    /// The folders that are followed of each worktree.
    tops: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Rounds {
    /// The first look.
    ///
    /// # Errors
    /// There is no readable repository, or no target; a filter that is none.
    pub fn begin(args: &StatusArgs, global: &Global, context: &Context) -> Result<(Rounds, Look), Failure> {
        let selection = selection(&args.only, &context.working_dir)?;
        let mut rounds = Rounds {
            options: open_options(global, context),
            selection,
            context: context.clone(),
            global: global.clone(),
            watch: FolderWatch::new(args.poll.map(Duration::from_secs_f64)),
            tops: BTreeMap::new(),
        };
        let first = rounds.look()?;
        // what changes while it is not followed yet would not be seen
        rounds.follow(&first, &Noticed { all: true, ..Noticed::default() });
        let first = rounds.look()?;
        Ok((rounds, first))
    }

    /// Why changes are not told by the system.
    pub fn why_polling(&self) -> Option<&str> {
        self.watch.why_polling()
    }

    /// Where the changes that these flags tell of are kept in a folder of caches; nowhere in a repository.
    pub fn journal_file(&self, caches: &Path, look: &Look) -> Option<PathBuf> {
        let repository = &look.workspace.repository;
        let folders = [Some(repository.common_dir()), repository.main_worktree()];
        if folders.into_iter().flatten().any(|folder| caches.starts_with(folder)) {
            return None;
        }
        let OpenOptions { tracking_dir, target, run_merge_drivers, without_symbols, .. } = &self.options;
        let asked = format!(
            "{tracking_dir:?} {target:?} {run_merge_drivers} {without_symbols} {:?}",
            self.selection.filter()
        );
        let hash = xxhash_rust::xxh3::xxh3_64(asked.as_bytes());
        Some(caches.join("watch").join(own_name(repository.common_dir())).join(format!("{hash:016x}.json")))
    }

    /// Looks at everything now.
    ///
    /// # Errors
    /// The repository, or the target, cannot be read.
    pub fn look(&self) -> Result<Look, Failure> {
        let context = self.context.now();
        let workspace = Workspace::open(&self.options)?;
        let report = pipeline::report(&workspace, &workspace.tracking());
        // who matches nothing now may come later
        let selection =
            self.selection.clone().among(&report.facts).unwrap_or_else(|_| self.selection.clone());
        let report = Report { selection, ..report };
        let looked = context.now.timestamp_nanos_opt().unwrap_or_default();
        Ok(Look { workspace, report, at: context.timestamp(), now: context.now.timestamp(), looked })
    }

    /// Waits for a change and looks again; `None` once nobody looks on any more.
    pub fn next(&mut self, is_over: &dyn Fn() -> bool) -> Option<Result<Look, Failure>> {
        let noticed = loop {
            if is_over() {
                return None;
            }
            if let WaitEnd::Changed(noticed) = self.watch.wait(TICK) {
                break noticed;
            }
        };
        let look = self.look();
        if let Ok(look) = &look
            && self.follow(look, &noticed)
        {
            // something may have changed in the new folders before they were followed
            return Some(self.look());
        }
        Some(look)
    }

    /// Follows the folders that there are now. Whether there are new ones.
    fn follow(&mut self, look: &Look, noticed: &Noticed) -> bool {
        if self.why_polling().is_some() {
            return false;
        }
        let tops: Vec<&PathBuf> =
            look.report.facts.places.iter().filter_map(|place| place.worktree.as_ref()).collect();
        let main = look.workspace.repository.main_worktree().map(Path::to_path_buf);
        let tops: BTreeSet<&PathBuf> = tops.into_iter().chain(&main).collect();
        self.tops.retain(|top, _| tops.contains(top));
        let common = look.workspace.repository.common_dir();
        let decides = |path: &PathBuf| path.file_name().is_some_and(|name| name == ".gitignore");
        let is_known = |path: &PathBuf| self.watch.follows(path);
        // only folders matter here; those of git have no ignored ones
        let came: Vec<&PathBuf> =
            noticed.folders.iter().filter(|path| is_known(path) || path.is_dir() || decides(path)).collect();
        let gone: Vec<&PathBuf> = came.iter().copied().filter(|path| is_known(path)).collect();
        gone.into_iter().for_each(|folder| self.watch.forget(folder));
        for top in tops {
            let is_here = |path: &&PathBuf| path.starts_with(top) && !path.starts_with(common);
            if noticed.all || !self.tops.contains_key(top) || came.iter().any(is_here) {
                let folders = followed_work_folders(top).unwrap_or_else(|_| BTreeSet::from([top.clone()]));
                self.tops.insert(top.clone(), folders);
            }
        }
        let mut all = look.workspace.repository.followed_git_folders();
        all.extend(self.tops.values().flatten().cloned());
        all.extend(look.workspace.tracking_dir.iter().filter(|dir| dir.is_dir()).cloned());
        let is_new = all.iter().any(|folder| !self.watch.follows(folder));
        self.watch.follow(all);
        is_new
    }
}
