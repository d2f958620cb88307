//! Finds the repository that a folder belongs to, and what is known of it from then on.

use crate::model::shown_path;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::time::Duration;

use git2::{Config, ErrorCode, RepositoryOpenFlags};

use super::admin;
use super::commit_cache::CommitCache;
use super::configuration::from_elsewhere;
use super::error::GitError;
use super::lifetime::Scratch;
use super::merge_config::MergeSettings;
use super::objects::Database;
use super::opener::{Opener, cannot_open, open_common, refuse_no_file};
use super::owners;
use super::program::NETWORK_LIMIT;
use super::ref_files::RefFiles;
use super::references::References;
use super::setting_files::{first_files, refuse_odd};
use super::settings::{Settings, subsections};
use super::stamps::Stamps;
use super::stand_in::{is_readable_all_the_same, stand_in};
use super::store::{SharedState, Store};
use super::substitutes::Substitutes;
use super::surroundings::Surroundings;

/// A repository with its worktrees: what was found out when it was discovered.
///
/// Handles of libgit2 are opened as needed, one a thread.
pub struct Repository {
    common_dir: PathBuf,
    bare: bool,
    main: Option<PathBuf>,
    current: Option<PathBuf>,
    user: Option<String>,
    /// `GIT_DIR`, where that is another repository than the one that the start lies in.
    named_by: Option<PathBuf>,
    stamps: Stamps,
    /// Whether filters of the configuration are run.
    pub(super) runs_filters: bool,
    /// How long a remote is waited for.
    pub(super) network_limit: Duration,
    /// Whether one of them did not end in time: then no other is waited for.
    pub(super) is_filter_stuck: AtomicBool,
    pub(super) settings: Settings,
    pub(super) merge_settings: MergeSettings,
    pub(super) shared: Arc<SharedState>,
    pub(super) opener: Opener,
}

impl Repository {
    /// Finds the repository at `start` or above it, from any folder of any of its worktrees, and
    /// from inside `.git`, with the settings that libgit2 finds.
    pub fn discover(start: &Path) -> Result<Repository, GitError> {
        Repository::discover_in(start, &Surroundings::default())
    }

    /// The same where git's variables name a repository, a worktree or files of settings. Where the
    /// repository that is named is the one that `start` lies in, `start` says which worktree is meant.
    pub fn discover_in(start: &Path, around: &Surroundings) -> Result<Repository, GitError> {
        let here = owners::refuse_others(start, around).and_then(|()| Repository::found(start, around));
        let mut repository = match &around.git_dir {
            None => here?,
            Some(git_dir) => {
                let named = Repository::found(git_dir, around)?;
                match here {
                    Ok(here) if here.common_dir == named.common_dir => here,
                    Ok(_) | Err(_) => Repository { named_by: Some(git_dir.clone()), ..named },
                }
            }
        };
        let top = match &around.work_tree {
            Some(top) => Some(admin::settle(top)),
            None => repository.top_of_named(start),
        };
        if let Some(top) = top
            && (repository.current.as_ref() != Some(&top) || !has_git(&top))
        {
            repository.bare = false;
            repository.opener.named_top = Some(top.clone());
            repository.main = Some(top.clone());
            repository.current = Some(top);
        }
        Ok(repository)
    }

    /// The main worktree of a repository that `GIT_DIR` alone names, where that is no folder with a `.git`: the folder that its
    /// settings name, or else, as in git, the one that is the start.
    fn top_of_named(&self, start: &Path) -> Option<PathBuf> {
        let is_main = !self.bare && self.current == self.main;
        self.named_by.as_ref().filter(|_| is_main && !self.main.as_deref().is_some_and(has_git))?;
        let config = self.opener.common().ok().and_then(|handle| handle.config().ok());
        match config.is_some_and(|config| config.get_entry("core.worktree").is_ok()) {
            true => self.main.clone(),
            false => Some(admin::settle(start)),
        }
    }

    fn found(start: &Path, around: &Surroundings) -> Result<Repository, GitError> {
        set_up_libgit2();
        refuse_no_file(start)?;
        refuse_odd(first_files(start, around))?;
        let no_ceilings: [&Path; 0] = [];
        let found = match git2::Repository::open_ext(start, RepositoryOpenFlags::empty(), no_ceilings) {
            Ok(found) => found,
            Err(error) if is_readable_all_the_same(&error) => {
                return Repository::found_refused(start, around);
            }
            // whose it is was looked at before, as git does; libgit2 asks other files and paths
            Err(error) if error.code() == ErrorCode::Owner => {
                return Repository::found_refused(start, around);
            }
            Err(error) => return Err(cannot_open(start, error)),
        };
        refuse_without_head(found.path())?;
        let common_dir = admin::settle(found.commondir());
        let is_taken_for_bare = is_taken_for_bare(&found, &common_dir, start);
        let current = match found.is_worktree() || !is_taken_for_bare {
            true => found.workdir().map(|top| standing(start, admin::settle(top))),
            false => None,
        };
        let common = match found.is_worktree() {
            true => match open_common(&common_dir) {
                // git does not ask whose the main worktree is
                Err(GitError::OtherOwner { .. }) => return Repository::found_refused(start, around),
                opened => opened?,
            },
            false => found,
        };
        let references = References::Files(RefFiles::new(&common_dir));
        let mut repository = Repository::of(&common, common_dir, current, None, references, around)?;
        if is_taken_for_bare {
            (repository.bare, repository.main) = (true, None);
        }
        let noted = configured_worktree(&common, &repository.common_dir);
        repository.know_main(start, noted);
        Ok(repository)
    }

    /// libgit2 refuses repositories with `extensions.partialClone` or `extensions.refStorage`,
    /// though it can read their objects. So it is shown a folder with links to everything but the
    /// configuration, of which it gets a copy without these lines. Of refs it does not know the
    /// format of, `git` is asked.
    fn found_refused(start: &Path, around: &Surroundings) -> Result<Repository, GitError> {
        let no_ceilings: [&Path; 0] = [];
        let git_dir =
            git2::Repository::discover_path(start, no_ceilings).map_err(|error| cannot_open(start, error))?;
        refuse_without_head(&git_dir)?;
        let common_dir = admin::settle(&admin::common_dir(&git_dir));
        let current = match git_dir.join("gitdir").is_file() {
            true => admin::path_in(&git_dir.join("gitdir"), &git_dir)
                .ok()
                .and_then(|dot_git| dot_git.parent().map(|top| standing(start, admin::settle(top)))),
            false => None,
        };
        let (stand_in, references) = stand_in(&common_dir)?;
        let common =
            git2::Repository::open_bare(stand_in.path()).map_err(|error| cannot_open(start, error))?;
        let stand_in = Some(stand_in);
        let mut repository =
            Repository::of(&common, common_dir, current.clone(), stand_in, references, around)?;
        repository.bare = common.config().and_then(|config| config.get_bool("core.bare")).unwrap_or(false);
        let noted = configured_worktree(&common, &repository.common_dir);
        repository.main = if repository.bare { None } else { noted.clone() };
        repository.know_main(start, noted);
        repository.current = current.or_else(|| repository.main.clone());
        Ok(repository)
    }

    /// Finds the main worktree, where the settings name none: git notes it nowhere else. It is the folder with a `.git` that is
    /// or leads to the common git folder: one that the start lies in, or the one that has the git folder in it. The folder above
    /// a git folder that `--separate-git-dir` or a link put elsewhere is any folder.
    fn know_main(&mut self, start: &Path, noted: Option<PathBuf>) {
        if self.bare || noted.is_some() {
            return;
        }
        let leads_here = |folder: &&Path| {
            admin::git_dir(folder).is_ok_and(|git_dir| admin::settle(&git_dir) == self.common_dir)
        };
        let start = admin::settle(start);
        let above = self.common_dir.parent().into_iter();
        let found = start.ancestors().chain(above).find(leads_here).map(admin::settle);
        if found != self.main && self.current == self.main {
            self.current.clone_from(&found);
        }
        self.main = found;
    }

    fn of(
        common: &git2::Repository,
        common_dir: PathBuf,
        current: Option<PathBuf>,
        stand_in: Option<Scratch>,
        references: References,
        around: &Surroundings,
    ) -> Result<Repository, GitError> {
        let broken = |error| GitError::broken("read the configuration of the repository", error);
        let mut config = common.config().map_err(broken)?;
        around.replace_files(&mut config).map_err(broken)?;
        let elsewhere = from_elsewhere(&common_dir, &config, around)?;
        if let Some(file) = &elsewhere {
            file.put_before(&mut config).map_err(broken)?;
        }
        let config = config.snapshot().map_err(broken)?;
        refuse_odd(config.get_path("core.attributesfile").into_iter().collect())?;
        Ok(Repository {
            bare: common.is_bare(),
            main: common.workdir().map(admin::settle),
            current,
            named_by: None,
            runs_filters: true,
            network_limit: NETWORK_LIMIT,
            is_filter_stuck: AtomicBool::new(false),
            user: config.get_string("user.name").ok().filter(|name| !name.trim().is_empty()),
            stamps: Stamps::of(&common_dir, common.workdir(), around),
            settings: Settings::of(&config),
            merge_settings: MergeSettings::of(&config, around),
            shared: Arc::new(SharedState::new(
                Database::new(&common_dir.join("objects")),
                Substitutes::load(&common_dir, || references.below(around.replace_base()), &config, around),
                fetches_objects(&config),
            )),
            opener: Opener {
                common_dir: common_dir.clone(),
                stand_in: stand_in.map(Arc::new),
                named_top: None,
                around: around.clone(),
                elsewhere: elsewhere.map(Arc::new),
                references,
            },
            common_dir,
        })
    }

    /// The same repository, in which no filter of the configuration is run. Files that need one are not
    /// determined.
    pub fn without_filters(self) -> Repository {
        Repository { runs_filters: false, ..self }
    }

    /// The same repository, whose remotes are waited for no longer than this.
    pub fn waiting(self, network_limit: Duration) -> Repository {
        Repository { network_limit, ..self }
    }

    /// The git folder that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Whether it has no main worktree.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// The top of the main worktree; `None` when bare, and where it is not known.
    pub fn main_worktree(&self) -> Option<&Path> {
        self.main.as_deref()
    }

    /// What is not seen where there is a main worktree and nothing says where.
    pub fn hidden_main(&self) -> Option<String> {
        let git_dir = self.hides_main_worktree().then(|| shown_path(&self.common_dir))?;
        Some(format!(
            "the main worktree is not found from here: nothing in {git_dir} says where it is. What is not committed there, and its tracking files, are not seen"
        ))
    }

    /// Whether there is a main worktree, and nothing says where.
    pub fn hides_main_worktree(&self) -> bool {
        !self.bare && self.main.is_none()
    }

    /// The top of the worktree that the starting folder lies in.
    pub fn current_worktree(&self) -> Option<&Path> {
        self.current.as_deref()
    }

    /// The `user.name` of the configuration.
    pub fn user_name(&self) -> Option<String> {
        self.user.clone()
    }

    /// Uses what is known of commits, and adds to it. Only the first cache counts.
    pub fn use_cache(&self, cache: Arc<CommitCache>) {
        _ = self.shared.cache.set(cache);
    }

    /// What earlier runs have left.
    pub(super) fn known(&self) -> Option<&CommitCache> {
        self.shared.cache.get().map(Arc::as_ref)
    }

    /// What git reads in place of objects and of the parents of commits, as text that is equal only where
    /// that is.
    pub fn substitutes(&self) -> String {
        self.shared.substitutes.fingerprint()
    }

    /// Whether what says how it is read and merged is as it was: settings, attributes, replacements. Files
    /// that these include are not looked at.
    pub fn is_current(&self) -> bool {
        self.stamps.hold()
    }

    /// A store of its objects, for the use of one thread. All stores see what is put into any.
    pub fn store(&self) -> Store {
        Store::new(self.shared.clone())
    }

    /// The settings of one worktree, by its git folder.
    pub(super) fn settings_of(&self, git_dir: &Path) -> Settings {
        let own = git_dir.join("config.worktree");
        let layered = match self.settings.per_worktree && own.is_file() {
            true => Config::open(&own).ok(),
            false => None,
        };
        match layered {
            Some(config) => self.settings.clone().with(&config),
            None => self.settings.clone(),
        }
    }

    /// Where its refs are read.
    pub(super) fn references(&self) -> &References {
        &self.opener.references
    }

    /// Which facts another source than the usual one has to answer for.
    pub fn other_sources(&self) -> Vec<String> {
        let named = |name: &str, path: &PathBuf| {
            format!("{name} is set to {}, which takes precedence", shown_path(path))
        };
        let git_dir = self.named_by.iter().map(|path| named("GIT_DIR", path));
        let top = self.opener.named_top.iter().map(|path| named("GIT_WORK_TREE", path));
        let references = match self.references() {
            References::Files(_) => None,
            References::Program(_) => {
                Some("refs are stored as reftable, so git was used to read them".to_string())
            }
        };
        git_dir.chain(top).chain(references).collect()
    }

    /// The git folder, where git does not find it from the top of the main worktree: `core.worktree` leads there, and no
    /// `.git` leads back.
    pub fn git_dir_unless_found(&self, top: &Path) -> Option<&Path> {
        let is_main = self.main_worktree() == Some(top);
        git_dir_unless_found(top, self.common_dir()).filter(|_| is_main)
    }

    /// A handle of one worktree, for the attributes of its files.
    pub(super) fn worktree_handle(&self, top: &Path) -> Result<git2::Repository, GitError> {
        self.opener.worktree(top)
    }
}

/// The git folder, where git does not find it from the top of the main worktree.
pub(super) fn git_dir_unless_found<'d>(top: &Path, common_dir: &'d Path) -> Option<&'d Path> {
    let is_without = top != common_dir && std::fs::symlink_metadata(top.join(".git")).is_err();
    is_without.then_some(common_dir)
}

/// As in git, hashes of objects are not verified at every read; and libgit2 does not cache the objects
/// it read, since the stores keep what they parsed.
/// Git takes a folder whose `HEAD` names neither a ref nor a commit for no repository (gitrepository-layout(5)).
fn refuse_without_head(git_dir: &Path) -> Result<(), GitError> {
    if admin::is_head(&git_dir.join("HEAD")) {
        return Ok(());
    }
    Err(GitError::Broken {
        doing: format!("read the repository at {}", shown_path(git_dir)),
        reason: "its HEAD is damaged, so git takes it for no repository".to_string(),
    })
}

fn set_up_libgit2() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        git2::opts::strict_hash_verification(false);
        git2::opts::enable_caching(false);
    });
}

/// Whether git fetches objects that are not there, from a remote that has promised them.
fn fetches_objects(config: &Config) -> bool {
    let promises = |remote: &String| config.get_bool(&format!("remote.{remote}.promisor")).unwrap_or(false);
    subsections(config, "remote").iter().any(promises)
}

fn configured_worktree(common: &git2::Repository, common_dir: &Path) -> Option<PathBuf> {
    let path = common.config().and_then(|config| config.get_path("core.worktree")).ok()?;
    Some(admin::settle(&common_dir.join(path)))
}

/// Whether git takes it for bare though nothing says so: `core.bare` is not set, and its folder is no worktree's
/// `.git`.
fn is_taken_for_bare(found: &git2::Repository, common_dir: &Path, start: &Path) -> bool {
    let is_set = |key| found.config().is_ok_and(|config| config.get_entry(key).is_ok());
    let by_itself = found.is_worktree() || admin::settle(start).starts_with(common_dir);
    by_itself
        && common_dir.file_name() != Some(".git".as_ref())
        && !is_set("core.bare")
        && !is_set("core.worktree")
}

/// The top of the worktree that `start` lies in: the one that git has noted or, where the folder was moved by
/// hand, the one with a `.git` file.
fn standing(start: &Path, noted: PathBuf) -> PathBuf {
    let with_link = || start.ancestors().find(|folder| folder.join(".git").is_file());
    if noted.exists() { noted } else { with_link().map_or(noted.clone(), admin::settle) }
}

/// Whether a folder is one in which a worktree begins.
fn has_git(top: &Path) -> bool {
    top.join(".git").exists()
}
