//! The settings by which a worktree is compared to its index.

use std::collections::HashSet;
use std::path::PathBuf;

use git2::Config;

/// `core.autocrlf`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AutoCrlf {
    /// Line ends stay as they are.
    #[default]
    Off,
    /// Text files are stored with LF, and checked out with CRLF or as they are.
    On,
}

/// The settings by which a worktree is compared to its index.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `core.fileMode`: the executable bit of files counts.
    pub file_mode: bool,
    /// `core.symlinks`: links are links; else they are files that hold the target.
    pub symlinks: bool,
    /// `core.trustctime`.
    pub trust_ctime: bool,
    /// `core.checkStat` is not `minimal`: owner and inode count, too.
    pub check_stat: bool,
    /// `core.ignoreCase`.
    pub ignore_case: bool,
    /// `core.autocrlf`.
    pub autocrlf: AutoCrlf,
    /// `core.excludesFile`, where it is set.
    pub excludes_file: Option<PathBuf>,
    /// `core.sparseCheckout`.
    pub sparse: bool,
    /// Whether linked worktrees have settings of their own, `extensions.worktreeConfig`.
    pub per_worktree: bool,
}

impl Default for Settings {
    /// Git's defaults.
    fn default() -> Settings {
        Settings {
            file_mode: true,
            symlinks: true,
            trust_ctime: true,
            check_stat: true,
            ignore_case: false,
            autocrlf: AutoCrlf::Off,
            excludes_file: None,
            sparse: false,
            per_worktree: false,
        }
    }
}

impl Settings {
    /// Reads them from the configuration.
    pub(super) fn of(config: &Config) -> Settings {
        Settings::default().with(config)
    }

    /// These settings, overridden by those of the configuration.
    pub(super) fn with(self, config: &Config) -> Settings {
        let flag = |name, default| config.get_bool(name).unwrap_or(default);
        let text = |name| config.get_string(name).map(|text| text.to_ascii_lowercase());
        Settings {
            file_mode: flag("core.filemode", self.file_mode),
            symlinks: flag("core.symlinks", self.symlinks),
            trust_ctime: flag("core.trustctime", self.trust_ctime),
            check_stat: text("core.checkstat").map_or(self.check_stat, |text| text != "minimal"),
            ignore_case: flag("core.ignorecase", self.ignore_case),
            autocrlf: match text("core.autocrlf").as_deref() {
                Ok("input") => AutoCrlf::On,
                Ok(_) if flag("core.autocrlf", false) => AutoCrlf::On,
                Ok(_) => AutoCrlf::Off,
                Err(_) => self.autocrlf,
            },
            excludes_file: config.get_path("core.excludesfile").ok().or(self.excludes_file),
            sparse: flag("core.sparsecheckout", self.sparse),
            per_worktree: flag("extensions.worktreeconfig", self.per_worktree),
        }
    }

    /// Where rules for all repositories of this user are.
    pub(super) fn excludes_path(&self) -> Option<PathBuf> {
        self.excludes_file
            .clone()
            .or_else(|| gix_path::env::xdg_config("ignore", &mut |name| std::env::var_os(name)))
    }
}

/// The names in the middle of settings such as `section.NAME.key`.
pub(super) fn subsections(config: &Config, section: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    let Ok(mut entries) = config.entries(Some(&format!("^{section}\\."))) else { return names };
    while let Some(Ok(entry)) = entries.next() {
        let full = String::from_utf8_lossy(entry.name_bytes());
        let below = full.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
        names.extend(below.and_then(|rest| rest.rsplit_once('.')).map(|(name, _)| name.to_string()));
    }
    names
}
