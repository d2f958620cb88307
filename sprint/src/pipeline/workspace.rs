//! A repository with its settings: what every command begins with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::cache::Cache;
use crate::config::{BrokenConfig, Config};
use crate::context::on_path;
use crate::error::Error;
use crate::git::{MergeSite, Repository, Surroundings, own_name};
use crate::merge::{self, Commits, Objects, RunDriver, entry_at};
use crate::model::{
    FileKind, FileKinds, Finding, Oid, Target, kind_of_text, shell_folder, shell_word, shown_path,
};

use super::directory;
use super::kept::KeptAnswers;
use super::tracking_merge::merge_tracking;

/// Where the tracking files live, below the main worktree.
pub const TRACKING_DIR: &str = ".system/parallel-work";

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// How a workspace is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The folder to start in. The repository is the one that it belongs to; relative paths begin here.
    pub folder: PathBuf,
    /// Which repository and which configuration files git's environment variables name.
    pub surroundings: Surroundings,
    /// Where the tracking files are; by default [`TRACKING_DIR`] of the main worktree.
    pub tracking_dir: Option<PathBuf>,
    /// The branch that everything will be merged into; by default that of `config.yaml`, or else the
    /// main worktree's.
    pub target: Option<String>,
    /// Which branches of remotes are terminals, too; by default those of `config.yaml`.
    pub remotes: Option<String>,
    /// The time of the run, in seconds since 1970: without it, nothing is too old to be shown.
    pub now: Option<i64>,
    /// The commit that the target is taken to be at: some merges into it are made already.
    pub onto: Option<Oid>,
    /// Whether the repository's own merge drivers are run. Without, paths that need one are unknown.
    pub run_merge_drivers: bool,
    /// Whether sources are not looked at.
    pub without_symbols: bool,
    /// Whether the filters of the repository are not run. Files that need one are not determined then.
    pub without_filters: bool,
    /// Where answers are kept from one run to the next; by default nowhere.
    pub cache_dir: Option<PathBuf>,
    /// The running program's own file: what another build has kept does not count.
    pub program: Option<PathBuf>,
}

impl OpenOptions {
    /// All defaults, starting in this folder.
    pub fn at(folder: impl Into<PathBuf>) -> OpenOptions {
        OpenOptions { folder: folder.into(), ..OpenOptions::default() }
    }
}

/// A repository with its settings.
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
    /// Where merged trees are checked out, and what commands said of them is kept; nowhere without a cache.
    pub trials_dir: Option<PathBuf>,
    /// Which branches of remotes are terminals.
    pub(super) remotes: Option<GlobSet>,
    /// The time, in seconds since 1970, since when work of other clones counts; without one, all does.
    pub(super) oldest: Option<i64>,
    /// Whether sources are looked at for what merges without a conflict and breaks.
    pub(super) symbols: bool,
    pub(super) kept: KeptAnswers,
    /// As [`Facts::repeated`](crate::model::Facts::repeated).
    pub(super) repeated: String,
}

impl Workspace {
    /// Finds the repository, the tracking directory, the settings and the target.
    ///
    /// # Errors
    /// When there is no readable repository, or the target does not exist, or no branch of a remote that is asked for.
    pub fn open(options: &OpenOptions) -> Result<Workspace, Error> {
        let start = &options.folder;
        let found = Repository::discover_in(start, &options.surroundings.clone().from_folder(start))?;
        let repository = if options.without_filters { found.without_filters() } else { found };
        let tracking_dir = match &options.tracking_dir {
            Some(named) => Some(start.join(named)),
            None => repository.main_worktree().map(|top| top.join(TRACKING_DIR)),
        };
        let named = options.tracking_dir.as_ref().and(tracking_dir.as_deref());
        let wrong_dir = named.and_then(directory::trouble);
        let loaded = tracking_dir.as_deref().filter(|dir| dir.is_dir()).map(Config::load);
        let (config, broken_config) = match loaded {
            None => (Config::default(), None),
            Some(Ok(config)) => (config, None),
            Some(Err(broken)) => (Config::default(), Some(broken)),
        };
        let repository = match config.share_seconds {
            Some(seconds) => repository.waiting(Duration::from_secs(seconds.into())),
            None => repository,
        };
        let target = match (&options.target, &config.target) {
            (None, Some(configured)) => repository.target(Some(configured)).map_err(Error::ConfiguredTarget),
            (asked, _) => repository.target(asked.as_deref()).map_err(Error::from),
        }?;
        let target = match options.onto {
            Some(commit) => repository.target_at(&target, commit)?,
            None => target,
        };
        let place = MergeSite { tree: target.tree, no_ff: true, ..repository.merge_site(target.branch()) };
        let merge_options = merge_options(&repository, options.run_merge_drivers, &place);
        let cache = cache(options, &repository, tracking_dir.as_deref(), &merge_options);
        let trials_dir = cache
            .as_ref()
            .and_then(|cache| cache.as_ref().ok())
            .map(|cache| cache.folder().join("verify").join(own_name(repository.common_dir())));
        let kept = KeptAnswers::new(cache);
        let remotes = remotes(options.remotes.as_ref(), &config);
        // where nothing was fetched, nobody can say what a glob should match
        let glob = options.remotes.as_ref().filter(|glob| *glob != "*");
        if let Some(((glob, asked), known)) =
            glob.zip(remotes.as_ref()).zip(glob.and_then(|_| repository.remote_names()))
            && !known.is_empty()
            && !known.iter().any(|name| is_asked(asked, name))
        {
            return Err(Error::NoRemoteBranch { glob: glob.clone(), known });
        }
        let oldest = options.now.map(|now| now - i64::from(config.days()) * DAY);
        let symbols = !options.without_symbols && config.symbols != Some(false);
        let repeated = repeated(options, &target);
        Ok(Workspace {
            symbols,
            repository,
            tracking_dir,
            config,
            broken_config,
            wrong_dir,
            target,
            options: merge_options,
            trials_dir,
            remotes,
            oldest,
            kept,
            repeated,
        })
    }

    /// The same for those who write, or who must know what the settings say.
    ///
    /// # Errors
    /// As [`Workspace::open`], and when `config.yaml` is broken.
    pub fn open_strictly(options: &OpenOptions) -> Result<Workspace, Error> {
        let mut workspace = Workspace::open(options)?;
        match workspace.broken_config.take() {
            Some(broken) => Err(broken.into()),
            None => Ok(workspace),
        }
    }

    /// Which files no person merges line by line: as the settings say, by name, and as attributes and the target's versions say.
    pub(super) fn file_kinds(&self) -> FileKinds {
        let (attributes, target) = (self.options.attributes.clone(), self.target.head);
        let store = Mutex::new(self.repository.store());
        let kept = self.kept.merges().clone();
        self.config.file_kinds().or_said(Arc::new(move |path| match attributes.is_generated(path) {
            Some(true) => Some(FileKind::Generated),
            Some(false) => Some(FileKind::Ordinary),
            None => {
                let store = store.lock().unwrap_or_else(PoisonError::into_inner);
                let tree = store.commit(target?).ok()?.tree;
                let file = entry_at(&*store, tree, path).ok()??;
                let of_text = || Some(kind_of_text(path, &store.blob(file.oid).ok()?));
                file.kind.is_file().then(|| kept.kind_of(path, file.oid, &*store, of_text))?
            }
        }))
    }

    /// What settings and attributes make of a merge in this place.
    pub fn merge_options(&self, place: &MergeSite) -> merge::Options {
        merge_options(&self.repository, self.options.run_driver.is_some(), place)
    }

    /// The tracking directory.
    ///
    /// # Errors
    /// In a bare repository that names none, and where it is not known where the main worktree is.
    pub fn tracking_dir(&self) -> Result<&Path, Error> {
        self.tracking_dir.as_deref().ok_or_else(|| match self.repository.hides_main_worktree() {
            true => Error::HiddenMainWorktree(self.repository.common_dir().to_path_buf()),
            false => Error::NoTrackingDir,
        })
    }

    /// A file of the tracking directory as people find it: from the top of the main worktree where it
    /// is there.
    pub fn shown(&self, file: &str) -> String {
        let path = self.tracking_dir.as_deref().unwrap_or(Path::new("")).join(file);
        let below = self.repository.main_worktree().and_then(|top| path.strip_prefix(top).ok());
        shown_path(below.unwrap_or(&path))
    }

    /// What is the matter with the settings.
    pub fn troubles(&self) -> impl Iterator<Item = Finding> {
        self.broken_config.iter().map(BrokenConfig::finding).chain(self.wrong_dir.clone())
    }

    /// When answers were last kept for later runs; `None` where none are.
    pub fn answers_kept(&self) -> Option<SystemTime> {
        self.kept.written()
    }

    /// What is worth a note about the run itself, so far.
    pub fn notes(&self) -> Vec<String> {
        self.kept.notes()
    }
}

/// What settings and attributes make of a merge in this place. Our own driver does here what it does for
/// git, as long as git finds the program.
fn merge_options(repository: &Repository, run_drivers: bool, place: &MergeSite) -> merge::Options {
    let options = repository.merge_options(run_drivers, place);
    if !repository.has_own_driver() || on_path().is_none() {
        return options;
    }
    let style = options.conflict_style;
    let own_driver: RunDriver = Arc::new(move |input| Ok(merge_tracking(input, style, &[]).0));
    merge::Options { own_driver: Some(own_driver), ..options }
}

/// Which branches of remotes are terminals, as the option or the settings say; `None` where none are.
fn remotes(option: Option<&String>, config: &Config) -> Option<GlobSet> {
    let globs = option.map_or(&config.remotes[..], std::slice::from_ref);
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
        set.add(glob);
    }
    set.build().ok().filter(|_| !globs.is_empty())
}

/// Whether a branch of a remote is asked for: by its name, or by that of the remote.
pub(super) fn is_asked(globs: &GlobSet, name: &str) -> bool {
    let remote = name.split('/').next().unwrap_or(name);
    globs.is_match(name) || globs.is_match(remote)
}

/// The options that another command has to repeat to speak of the same.
fn repeated(options: &OpenOptions, target: &Target) -> String {
    let target = options.target.iter().map(|_| format!(" --target {}", shell_word(&target.name)));
    let remotes = options.remotes.iter().map(|glob| match &glob[..] {
        "*" => " --remotes".to_string(),
        glob => format!(" --remotes={}", shell_word(glob)),
    });
    let tracking = options.tracking_dir.iter().map(|dir| format!(" --tracking-dir {}", shell_folder(dir)));
    target.chain(remotes).chain(tracking).collect()
}

/// The cache, where answers are to be kept; or why they cannot be.
fn cache(
    options: &OpenOptions,
    repository: &Repository,
    tracking_dir: Option<&Path>,
    merge_options: &merge::Options,
) -> Option<Result<Cache, String>> {
    let folder = options.folder.join(options.cache_dir.as_ref()?);
    let common = repository.common_dir();
    let outside = [Some(common), repository.main_worktree(), repository.current_worktree(), tracking_dir];
    let outside: Vec<&Path> = outside.into_iter().flatten().collect();
    let settings = format!("{merge_options:?} {}", repository.substitutes());
    Some(Cache::new(&folder, &outside, common, &settings, options.program.as_deref()))
}
