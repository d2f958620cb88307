//! The settings of `git merge`, read from the configuration.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use git2::{AttrValue, Config};

use crate::merge::{Comparison, ConflictStyle, DirectoryRenames, Driver, MOST_LEVELS, OWN_DRIVER};

use super::merge_arguments::{MergeArguments, is_followed};
use super::merge_driver::DriverSettings;
use super::refused_values::refused_value;
use super::scan::attributes::text_of;
use super::settings::subsections;
use super::short_names::Abbreviation;
use super::surroundings::Surroundings;

/// The settings of `git merge`.
#[derive(Clone, Debug, Default)]
pub(super) struct MergeSettings {
    /// `merge.renames`, else `diff.renames`.
    pub renames: Option<bool>,
    /// `merge.renameLimit`, else `diff.renameLimit`, where that is a limit.
    pub rename_limit: Option<usize>,
    /// `merge.directoryRenames`.
    pub directory_renames: DirectoryRenames,
    /// `merge.conflictStyle`.
    pub conflict_style: ConflictStyle,
    /// `merge.renormalize`.
    pub renormalize: bool,
    /// `merge.default`: the driver where no attribute names one.
    pub default_driver: Option<String>,
    /// Every NAME of a `merge.NAME.…`.
    pub drivers: HashMap<String, DriverSettings>,
    /// Every NAME of a `diff.NAME.binary` that says yes or no.
    pub binary: HashMap<String, bool>,
    /// `core.abbrev`.
    pub abbreviation: Abbreviation,
    /// `branch.NAME.mergeOptions`, by the name of the branch.
    pub arguments: HashMap<String, MergeArguments>,
    /// The first setting at whose value git ends.
    pub refused: Option<String>,
    /// `pull.twohead`, where it names a strategy that is not followed.
    pub other_strategy: Option<String>,
    /// `core.maxTreeDepth`, where git follows trees less deep than usual.
    pub shallow_trees: Option<i64>,
    /// `merge.ff=only`.
    pub only_fast_forward: bool,
    /// `merge.autoStash`.
    pub stashes: bool,
    /// `merge.verifySignatures`.
    pub only_signed: bool,
    /// The patterns of branches for which other files are included.
    pub by_branch: Vec<String>,
    /// Whether files are included for some worktrees alone.
    pub by_git_dir: bool,
    /// `GIT_ATTR_SOURCE`, else `attr.tree`: where attributes are read from instead of the worktree.
    pub attribute_tree: Option<String>,
    /// Whether the variable says so, at which git ends where it leads nowhere.
    pub has_attribute_source: bool,
}

impl MergeSettings {
    /// Reads them from the configuration, and from variables.
    pub(super) fn of(config: &Config, around: &Surroundings) -> MergeSettings {
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
            binary: binary(config),
            abbreviation: Abbreviation::of(config),
            arguments: arguments(config),
            refused: refused_value(config),
            other_strategy: text("pull.twohead")
                .filter(|names| !names.split_ascii_whitespace().all(is_followed)),
            shallow_trees: limit("core.maxtreedepth").filter(|most| *most < MOST_LEVELS as i64),
            only_fast_forward: text("merge.ff").is_some_and(|value| value == "only"),
            stashes: config.get_bool("merge.autostash").unwrap_or(false),
            only_signed: config.get_bool("merge.verifysignatures").unwrap_or(false),
            by_branch: conditions(config, "onbranch:"),
            by_git_dir: !conditions(config, "gitdir").is_empty(),
            attribute_tree: around
                .attribute_source
                .clone()
                .or_else(|| text("attr.tree").filter(|name| !name.is_empty())),
            has_attribute_source: around.attribute_source.is_some(),
        }
    }

    /// What a value of the attribute `merge` means.
    pub(super) fn driver(&self, value: AttrValue<'_>) -> Driver {
        match value {
            AttrValue::True => Driver::Text,
            AttrValue::False => Driver::Binary,
            named => text_of(named).map_or_else(|| self.without_attribute(), |name| self.named(name)),
        }
    }

    /// The driver of paths without the attribute: `merge.default`.
    pub(super) fn without_attribute(&self) -> Driver {
        self.default_driver.clone().map_or(Driver::Text, |name| self.named(name))
    }

    /// The driver of this name. One of the configuration comes before git's own of the same name.
    fn named(&self, name: String) -> Driver {
        match name.as_str() {
            _ if self.drivers.contains_key(&name) => self.custom(name),
            "union" => Driver::Union,
            "binary" => Driver::Binary,
            _ => Driver::Text,
        }
    }

    /// A driver of the configuration.
    fn custom(&self, name: String) -> Driver {
        let settings = self.drivers.get(&name).cloned().unwrap_or_default();
        if settings.command.is_none() {
            return Driver::Unknown(format!("merge driver {name} has no command, so git merge fails"));
        }
        if name == OWN_DRIVER && settings.is_own() {
            return Driver::Own;
        }
        let in_bases = settings.recursive.map(|other| match self.drivers.contains_key(&other) {
            // another driver's own word for bases does not count
            true => Driver::Custom { name: other, in_bases: None },
            false => self.named(other),
        });
        Driver::Custom { name, in_bases: in_bases.map(Box::new) }
    }

    /// What a value of the attribute `diff` means.
    pub(super) fn comparison(&self, value: AttrValue<'_>) -> Comparison {
        let name = match value {
            AttrValue::True => return Comparison::Text,
            AttrValue::False => return Comparison::Binary,
            AttrValue::Unspecified => None,
            named => text_of(named),
        };
        match self.binary.get(name.as_deref().unwrap_or("default")) {
            Some(true) => Comparison::Binary,
            Some(false) => Comparison::Text,
            None => Comparison::ByContent,
        }
    }
}

/// The arguments that branches have for merges into them.
fn arguments(config: &Config) -> HashMap<String, MergeArguments> {
    let of = |name: String| {
        let text = config.get_string(&format!("branch.{name}.mergeoptions")).ok()?;
        Some((name, MergeArguments::parse(&text)))
    };
    subsections(config, "branch").into_iter().filter_map(of).collect()
}

/// What follows the beginning of a condition under which files are included.
fn conditions(config: &Config, beginning: &str) -> Vec<String> {
    let all = subsections(config, "includeif").into_iter();
    let mut found: Vec<String> =
        all.filter_map(|condition| condition.strip_prefix(beginning).map(str::to_string)).collect();
    found.sort();
    found
}

/// The custom merge drivers of the configuration.
fn drivers(config: &Config) -> HashMap<String, DriverSettings> {
    let settings = |name: String| {
        let bytes = |key: &str| config.get_bytes(&format!("merge.{name}.{key}")).ok();
        let command = bytes("driver").map(|bytes| OsStr::from_bytes(bytes).to_os_string());
        let recursive = bytes("recursive").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        (name, DriverSettings { command, recursive })
    };
    subsections(config, "merge").into_iter().map(settings).collect()
}

/// Which names of the attribute `diff` make content binary, and which make it text.
fn binary(config: &Config) -> HashMap<String, bool> {
    let says = |name: String| Some((config.get_bool(&format!("diff.{name}.binary")).ok()?, name));
    subsections(config, "diff").into_iter().filter_map(says).map(|(says, name)| (name, says)).collect()
}

/// Whether renames are looked for. Copies never are in a merge.
fn renames(config: &Config, name: &str) -> Option<bool> {
    let text = config.get_string(name).ok()?.to_ascii_lowercase();
    match text.as_str() {
        "copies" | "copy" => Some(true),
        _ => config.get_bool(name).ok(),
    }
}
