//! The environment variables that name the repository and its configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel};

use super::program::Program;

/// What git's variables name. Hooks run with variables that name one worktree, so a hook's answer takes
/// no repository from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_CONFIG_GLOBAL`: the file that is read instead of the user's own.
    pub global: Option<PathBuf>,
    /// `GIT_CONFIG_SYSTEM`, or a name for none with `GIT_CONFIG_NOSYSTEM`: the file that is read
    /// instead of the system's.
    pub system: Option<PathBuf>,
    /// `GIT_CONFIG_COUNT` with its keys and values, `GIT_CONFIG_PARAMETERS`: settings in variables.
    pub settings: Vec<(String, OsString)>,
    /// `GIT_NO_REPLACE_OBJECTS`: replace refs do not count.
    pub no_replacements: bool,
    /// `GIT_REPLACE_REF_BASE`: how the names of replace refs begin.
    pub replacements: Option<String>,
    /// `GIT_GRAFT_FILE`.
    pub grafts: Option<PathBuf>,
    /// `GIT_SHALLOW_FILE`.
    pub shallow: Option<PathBuf>,
    /// `GIT_ATTR_SOURCE`: the tree that attributes are read from.
    pub attribute_source: Option<String>,
    /// `SUDO_UID`: on whose behalf root acts.
    pub behind_sudo: Option<u32>,
    /// `CODEX_HOME`: where Codex has its worktrees.
    pub codex_home: Option<PathBuf>,
}

/// The variables with settings.
fn settings(variable: &impl Fn(&str) -> Option<OsString>) -> Vec<(String, OsString)> {
    const MOST: usize = 10_000;
    let count = variable("GIT_CONFIG_COUNT").and_then(|count| count.to_str()?.trim().parse().ok());
    let pairs = (0..count.unwrap_or(0usize).min(MOST))
        .flat_map(|at| [format!("GIT_CONFIG_KEY_{at}"), format!("GIT_CONFIG_VALUE_{at}")]);
    let names = ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"].map(str::to_string).into_iter().chain(pairs);
    names
        .filter_map(|name| Some((name.clone(), variable(&name).filter(|value| !value.is_empty())?)))
        .collect()
}

/// A file without settings.
const NONE: &str = "/dev/null";

impl Surroundings {
    /// Reads the variables.
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Surroundings {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let file = |name: &str| {
            variable(name).map(|value| if value.is_empty() { NONE.into() } else { PathBuf::from(value) })
        };
        let says_yes =
            |value: &str| !matches!(value.to_lowercase().as_str(), "" | "0" | "false" | "no" | "off");
        let no_system =
            variable("GIT_CONFIG_NOSYSTEM").is_some_and(|value| says_yes(&value.to_string_lossy()));
        Surroundings {
            git_dir: path("GIT_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            global: file("GIT_CONFIG_GLOBAL"),
            system: if no_system { Some(NONE.into()) } else { file("GIT_CONFIG_SYSTEM") },
            settings: settings(&variable),
            no_replacements: variable("GIT_NO_REPLACE_OBJECTS").is_some(),
            replacements: variable("GIT_REPLACE_REF_BASE").and_then(|base| base.into_string().ok()),
            grafts: path("GIT_GRAFT_FILE"),
            shallow: path("GIT_SHALLOW_FILE"),
            attribute_source: variable("GIT_ATTR_SOURCE").map(|name| name.to_string_lossy().into_owned()),
            behind_sudo: variable("SUDO_UID").and_then(|id| id.to_str()?.parse().ok()),
            codex_home: path("CODEX_HOME"),
        }
    }

    /// The same without the repository.
    #[must_use]
    pub fn without_repository(mut self) -> Surroundings {
        (self.git_dir, self.work_tree, self.grafts, self.shallow) = (None, None, None, None);
        self
    }

    /// The same with relative paths counted from this folder.
    #[must_use]
    pub fn from_folder(mut self, folder: &Path) -> Surroundings {
        let repository = [&mut self.git_dir, &mut self.work_tree, &mut self.grafts, &mut self.shallow];
        for path in repository.into_iter().chain([&mut self.global, &mut self.system]).flatten() {
            *path = folder.join(&path);
        }
        self
    }

    /// How the names of replace refs begin.
    pub(super) fn replace_base(&self) -> &str {
        self.replacements.as_deref().unwrap_or("refs/replace/")
    }

    /// Puts the files that were named in the place of those that libgit2 found itself.
    pub(super) fn replace_files(&self, config: &mut Config) -> Result<(), git2::Error> {
        if let Some(global) = &self.global {
            config.add_file(global, ConfigLevel::Global, true)?;
            config.add_file(Path::new(NONE), ConfigLevel::XDG, true)?;
        }
        if let Some(system) = &self.system {
            config.add_file(system, ConfigLevel::System, true)?;
        }
        Ok(())
    }

    /// Gives a program the files and variables with settings.
    pub(super) fn put_into(&self, mut program: Program) -> Program {
        for (name, value) in &self.settings {
            program = program.env(name, value);
        }
        let files = [("GIT_CONFIG_GLOBAL", &self.global), ("GIT_CONFIG_SYSTEM", &self.system)];
        for (name, file) in files {
            if let Some(file) = file {
                program = program.env(name, file);
            }
        }
        program
    }
}
