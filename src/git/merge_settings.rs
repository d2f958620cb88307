//! What the settings and attributes of a repository make of a merge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::merge::{Attributes, AttributesWith, Normalize, Options, RunDriver};

use super::discover::Repository;
use super::merge_attributes::MergeAttributes;
use super::merge_driver::MergeDrivers;
use super::program::Program;
use super::short_names::Abbreviator;
use super::submodules::Histories;

/// The first git whose merges can do without renames; older ones read the setting in vain.
const WITHOUT_RENAMES: (u32, u32) = (2, 50);

impl Repository {
    /// What the settings and attributes of the main worktree make of a merge into this branch, as in `git
    /// merge` there. Attributes and submodules are looked up when a merge comes to need them. Custom
    /// merge drivers are commands of the repository, so they are run on demand alone.
    pub fn merge_options(&self, run_drivers: bool, branch: Option<&str>) -> Options {
        let settings = &self.merge_settings;
        let arguments = branch.and_then(|branch| settings.arguments.get(branch)).cloned().unwrap_or_default();
        let renormalize = arguments.renormalize.unwrap_or(settings.renormalize);
        let for_all = settings.not_followed.clone().filter(|_| !arguments.names_strategy);
        let default = Options::default();
        let attributes = Arc::new(MergeAttributes::of(self));
        let under_another_top = renormalize && self.main_worktree().is_some();
        let commands =
            MergeDrivers::new(settings.drivers.clone(), self.main_worktree().map(|top| top.to_path_buf()));
        let histories = Histories::of(self);
        let names = Abbreviator::new(self.shared.clone(), settings.abbreviation);
        Options {
            favor: arguments.favor,
            not_followed: arguments.not_followed.or(for_all),
            renames: arguments.renames.or(settings.renames) != Some(false)
                || !self.git_goes_without_renames(),
            rename_limit: settings.rename_limit.unwrap_or(default.rename_limit),
            directory_renames: settings.directory_renames,
            conflict_style: settings.conflict_style,
            attributes: told_by(&attributes, renormalize),
            attributes_with: under_another_top.then(|| attributes_with(attributes)),
            run_driver: run_drivers.then(|| -> RunDriver { Arc::new(move |input| commands.run(input)) }),
            short_names: Some(Arc::new(move |id| names.name(id))),
            submodules: Some(Arc::new(move |path, older, newer| histories.contains(path, older, newer))),
            ..default
        }
    }

    /// Whether a branch has arguments for merges into it.
    pub fn has_merge_arguments(&self) -> bool {
        !self.merge_settings.arguments.is_empty()
    }

    /// Whether the git that would merge heeds `merge.renames=false`; yes where there is none.
    fn git_goes_without_renames(&self) -> bool {
        let said = Program::new(self.common_dir(), "read git's version").args(["version"]).run(&[]);
        let version = said.ok().and_then(|said| version(&String::from_utf8_lossy(&said)));
        version.is_none_or(|version| version >= WITHOUT_RENAMES)
    }
}

/// What attributes say of paths, for merges.
fn told_by(attributes: &Arc<MergeAttributes>, renormalize: bool) -> Attributes {
    let [drivers, comparisons, sizes, contents] = std::array::from_fn(|_| attributes.clone());
    Attributes {
        drivers: Some(Arc::new(move |path| drivers.driver(path))),
        comparisons: Some(Arc::new(move |path| comparisons.comparison(path))),
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
