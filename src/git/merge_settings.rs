use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex, PoisonError};

use git2::Config;

use crate::merge::{
    Attributes, AttributesWith, ConflictStyle, DirectoryRenames, Normalize, Options, RunDriver,
};

use super::Repository;
use super::merge_attributes::MergeAttributes;
use super::merge_driver::{DriverSettings, MergeDrivers};
use super::program::Program;
use super::settings::subsections;
use super::short_names::{Abbreviation, ShortNames};
use super::submodules::Histories;

/// The first git whose merges can do without renames; older ones read the setting in vain.
const WITHOUT_RENAMES: (u32, u32) = (2, 50);

/// The settings that say how `git merge` merges. Where one cannot be understood, git stops; here
/// it counts as not set.
#[derive(Clone, Debug, Default)]
pub(super) struct MergeSettings {
    /// `merge.renames`, else `diff.renames`.
    renames: Option<bool>,
    /// `merge.renameLimit`, else `diff.renameLimit`, where that is a limit.
    rename_limit: Option<usize>,
    /// `merge.directoryRenames`.
    directory_renames: DirectoryRenames,
    /// `merge.conflictStyle`.
    conflict_style: ConflictStyle,
    /// `merge.renormalize`.
    renormalize: bool,
    /// `merge.default`: the driver where no attribute names one.
    pub default_driver: Option<String>,
    /// Every NAME of a `merge.NAME.…`.
    pub drivers: HashMap<String, DriverSettings>,
    /// `core.abbrev`.
    abbreviation: Abbreviation,
    /// `attr.tree`: where attributes are read from instead of the worktree.
    pub attribute_tree: Option<String>,
}

impl MergeSettings {
    /// Reads them from the configuration.
    pub(super) fn of(config: &Config) -> MergeSettings {
        let text = |name: &str| config.get_string(name).ok();
        let limit = |name: &str| config.get_i64(name).ok();
        MergeSettings {
            renames: renames(config, "merge.renames").or_else(|| renames(config, "diff.renames")),
            rename_limit: limit("merge.renamelimit")
                .or_else(|| limit("diff.renamelimit"))
                .and_then(|limit| usize::try_from(limit).ok())
                .filter(|limit| *limit > 0),
            directory_renames: match config.get_bool("merge.directoryrenames") {
                Ok(true) => DirectoryRenames::Apply,
                Ok(false) => DirectoryRenames::Off,
                Err(_) => DirectoryRenames::Conflict,
            },
            conflict_style: match text("merge.conflictstyle").as_deref() {
                Some("diff3") => ConflictStyle::Diff3,
                Some("zdiff3") => ConflictStyle::Zdiff3,
                _ => ConflictStyle::Merge,
            },
            renormalize: config.get_bool("merge.renormalize").unwrap_or(false),
            default_driver: text("merge.default"),
            drivers: drivers(config),
            abbreviation: Abbreviation::of(config),
            attribute_tree: text("attr.tree").filter(|name| !name.is_empty()),
        }
    }
}

impl Repository {
    /// What the settings and attributes of the main worktree make of a merge there, as in `git
    /// merge`. Attributes and submodules are looked up when a merge comes to need them. Custom
    /// merge drivers are commands of the repository, so they are run on demand alone.
    pub fn merge_options(&self, run_drivers: bool) -> Options {
        let settings = &self.merge_settings;
        let default = Options::default();
        let attributes = Arc::new(MergeAttributes::of(self));
        let under_another_top = settings.renormalize && self.main_worktree().is_some();
        let commands =
            MergeDrivers::new(settings.drivers.clone(), self.main_worktree().map(|top| top.to_path_buf()));
        let histories = Histories::of(self);
        let names = ShortNames::of(self, settings.abbreviation);
        Options {
            renames: settings.renames != Some(false) || !self.git_goes_without_renames(),
            rename_limit: settings.rename_limit.unwrap_or(default.rename_limit),
            directory_renames: settings.directory_renames,
            conflict_style: settings.conflict_style,
            attributes: told_by(&attributes, settings.renormalize),
            attributes_with: under_another_top.then(|| attributes_with(attributes)),
            run_driver: run_drivers.then(|| -> RunDriver { Arc::new(move |input| commands.run(input)) }),
            short_names: Some(Arc::new(move |id| names.name(id))),
            submodules: Some(Arc::new(move |path, older, newer| histories.contains(path, older, newer))),
            ..default
        }
    }

    /// Whether the git that would merge heeds `merge.renames=false`; yes where there is none.
    fn git_goes_without_renames(&self) -> bool {
        let said = Program::new(self.common_dir(), "ask git for its version").args(["version"]).run(&[]);
        let version = said.ok().and_then(|said| version(&String::from_utf8_lossy(&said)));
        version.is_none_or(|version| version >= WITHOUT_RENAMES)
    }
}

/// What attributes say of paths, for merges.
fn told_by(attributes: &Arc<MergeAttributes>, renormalize: bool) -> Attributes {
    let (drivers, sizes, contents) = (attributes.clone(), attributes.clone(), attributes.clone());
    Attributes {
        drivers: Some(Arc::new(move |path| drivers.driver(path))),
        marker_sizes: Some(Arc::new(move |path| sizes.marker_size(path))),
        normalize: renormalize
            .then(|| -> Normalize { Arc::new(move |path, content| contents.renormalized(path, content)) }),
    }
}

/// The attributes under another top-level `.gitattributes`, each worked out once.
fn attributes_with(attributes: Arc<MergeAttributes>) -> AttributesWith {
    let known: Mutex<HashMap<Vec<u8>, Attributes>> = Mutex::default();
    Arc::new(move |content| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(content) {
            return known.clone();
        }
        let made = told_by(&Arc::new(attributes.with_top(content)), true);
        known.insert(content.to_vec(), made.clone());
        made
    })
}

/// What the configuration says of custom drivers.
fn drivers(config: &Config) -> HashMap<String, DriverSettings> {
    let settings = |name: String| {
        let bytes = |key: &str| config.get_bytes(&format!("merge.{name}.{key}")).ok();
        let command = bytes("driver").map(|bytes| OsStr::from_bytes(bytes).to_os_string());
        let recursive = bytes("recursive").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        (name, DriverSettings { command, recursive })
    };
    subsections(config, "merge").into_iter().map(settings).collect()
}

/// Whether renames are looked for. Copies never are in a merge.
fn renames(config: &Config, name: &str) -> Option<bool> {
    let text = config.get_string(name).ok()?.to_ascii_lowercase();
    match text.as_str() {
        "copies" | "copy" => Some(true),
        _ => config.get_bool(name).ok(),
    }
}

/// The first two numbers of `git version 2.47.3`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_make_are_read() {
        assert_eq!(version("git version 2.47.3\n"), Some((2, 47)));
        assert_eq!(version("git version 2.50.1 (Apple Git-155)\n"), Some((2, 50)));
        assert_eq!(version("git version 2.51.0.windows.1\n"), Some((2, 51)));
        assert_eq!(version("something else"), None);
    }
}
