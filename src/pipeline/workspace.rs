//! A repository with its settings: what every command begins with.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cache::Cache;
use crate::cli::Global;
use crate::config::{BrokenConfig, Config};
use crate::context::Context;
use crate::error::Failure;
use crate::git::Repository;
use crate::interaction::AnswerCache;
use crate::merge;
use crate::model::{Finding, Target};

use super::directory;

/// Where the tracking files live, below the main worktree.
pub const TRACKING_DIR: &str = ".system/parallel-work";

/// A repository with its settings: what every command begins with.
pub struct Workspace {
    /// The repository.
    pub repository: Repository,
    /// Where the tracking files are or would be; `None` in a bare repository that names no place.
    pub tracking_dir: Option<PathBuf>,
    /// `config.yaml`; the defaults where that is broken.
    pub config: Config,
    /// Why it is.
    pub broken_config: Option<BrokenConfig>,
    /// What is the matter with the tracking directory that was named.
    pub(super) wrong_dir: Option<Finding>,
    /// What all is merged into.
    pub target: Target,
    /// What the repository's settings and attributes make of merges.
    pub options: merge::Options,
    pub(super) cache: Option<Cache>,
    pub(super) memory: OnceLock<Arc<AnswerCache>>,
    /// Whether that began with what earlier runs knew.
    pub(super) recalled: AtomicBool,
    notes: Mutex<Vec<String>>,
}

impl Workspace {
    /// Finds the repository, the tracking directory, the settings and the target.
    ///
    /// # Errors
    /// When there is no readable repository, or the target does not exist.
    pub fn open(global: &Global, context: &Context) -> Result<Workspace, Failure> {
        let start = &context.working_dir;
        let repository = Repository::discover_in(start, &context.surroundings())?;
        let named = global.tracking_dir.as_ref().or(context.tracking_dir.as_ref());
        let tracking_dir = match named {
            Some(named) => Some(start.join(named)),
            None => repository.main_worktree().map(|top| top.join(TRACKING_DIR)),
        };
        let wrong_dir = named.and(tracking_dir.as_deref()).and_then(directory::trouble);
        let loaded = tracking_dir.as_deref().filter(|dir| dir.is_dir()).map(Config::load);
        let (config, broken_config) = match loaded {
            None => (Config::default(), None),
            Some(Ok(config)) => (config, None),
            Some(Err(broken)) => (Config::default(), Some(broken)),
        };
        let target = match (&global.target, &config.target) {
            (None, Some(configured)) => repository.target(Some(configured)).map_err(|error| {
                Failure::new(format!("the target of config.yaml: {error}"))
                    .help("correct it there, or name another one with --target")
            }),
            (asked, _) => repository.target(asked.as_deref()).map_err(Failure::from),
        }?;
        let options = repository.merge_options(global.run_merge_drivers);
        let mut workspace = Workspace {
            repository,
            tracking_dir,
            config,
            broken_config,
            wrong_dir,
            target,
            options,
            cache: None,
            memory: OnceLock::new(),
            recalled: AtomicBool::new(false),
            notes: Mutex::default(),
        };
        workspace.cache = workspace.open_cache(global, context);
        Ok(workspace)
    }

    /// The same for those who write, or who must know what the settings say.
    ///
    /// # Errors
    /// As [`Workspace::open`], and when `config.yaml` is broken.
    pub fn open_strictly(global: &Global, context: &Context) -> Result<Workspace, Failure> {
        let mut workspace = Workspace::open(global, context)?;
        match workspace.broken_config.take() {
            Some(broken) => Err(broken.into()),
            None => Ok(workspace),
        }
    }

    /// The tracking directory.
    ///
    /// # Errors
    /// In a bare repository that names none.
    pub fn tracking_dir(&self) -> Result<&Path, Failure> {
        self.tracking_dir.as_deref().ok_or_else(|| {
            Failure::new("a bare repository has no main worktree for the tracking files")
                .help("say where they are: --tracking-dir DIR, or TRACK_WORK_DIR=DIR")
        })
    }

    /// A file of the tracking directory as people find it: from the top of the main worktree where it
    /// is there.
    pub fn shown(&self, file: &str) -> String {
        let path = self.tracking_dir.as_deref().unwrap_or(Path::new("")).join(file);
        let below = self.repository.main_worktree().and_then(|top| path.strip_prefix(top).ok());
        below.unwrap_or(&path).display().to_string()
    }

    /// What is the matter with the settings.
    pub fn troubles(&self) -> impl Iterator<Item = Finding> {
        self.broken_config.iter().map(BrokenConfig::finding).chain(self.wrong_dir.clone())
    }

    /// What is worth telling of the run itself, so far.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}
