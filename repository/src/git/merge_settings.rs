//! What the settings and attributes of a repository make of a merge.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::merge::{Attributes, AttributesWith, Checkouts, Normalize, OWN_DRIVER, Options, RunDriver};
use crate::model::{Oid, Place, wildmatch};

use super::GitError;
use super::admin::{self, Head};
use super::configuration::as_git_says;
use super::discover::Repository;
use super::lent_settings::changes_merges;
use super::merge_arguments::MergeArguments;
use super::merge_attributes::CheckedOut;
use super::merge_config::MergeSettings;
use super::merge_driver::{DriverSettings, MergeDrivers};
use super::program::Program;
use super::short_names::Abbreviator;
use super::submodules::Histories;

/// The first git whose merges can do without renames; older ones read the setting in vain.
const WITHOUT_RENAMES: (u32, u32) = (2, 50);

/// Where a merge takes place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MergeSite {
    /// The top of the worktree; `None` in a bare repository.
    pub top: Option<PathBuf>,
    /// The branch that is merged into, where that is one.
    pub branch: Option<String>,
    /// The tree that is merged into; where none is given, the worktree's commit as it is, or nothing that is
    /// checked out.
    pub tree: Option<Oid>,
    /// Whether the command says `--no-ff`.
    pub no_ff: bool,
}

impl Repository {
    /// Where a merge into a branch takes place: in the worktree that has it checked out, and otherwise in
    /// the main one.
    pub fn merge_site(&self, branch: Option<&str>) -> MergeSite {
        let full = branch.map(|branch| format!("refs/heads/{branch}"));
        let is_here = || match self.references().head(self.common_dir()) {
            Ok(Head::Reference(name)) => Some(name) == full,
            Ok(Head::Detached(_)) | Err(_) => false,
        };
        let main = self.main_worktree().map(Path::to_path_buf);
        let elsewhere = || {
            let has_it = |place: &Place| !place.main && place.branch.as_deref() == branch;
            self.worktrees().into_iter().find(has_it)?.worktree
        };
        let top = match branch.is_none() || (main.is_some() && is_here()) {
            true => main,
            false => elsewhere().or(main),
        };
        MergeSite { top, branch: branch.map(str::to_string), ..MergeSite::default() }
    }

    /// What the settings and attributes make of a merge in this place, as in `git merge` there. Attributes
    /// and submodules are looked up when a merge comes to need them. Custom merge drivers are commands of
    /// the repository, so they are run on demand alone.
    pub fn merge_options(&self, run_drivers: bool, place: &MergeSite) -> Options {
        let settings = match self.settings_there(place) {
            Ok(settings) => settings,
            Err(trouble) => {
                let not_followed = Some(trouble.to_string());
                return Options { not_followed, ..Options::default() };
            }
        };
        let arguments = place.branch.as_ref().and_then(|branch| settings.arguments.get(branch));
        let arguments = arguments.cloned().unwrap_or_default();
        let renormalize = arguments.renormalize.unwrap_or(settings.renormalize);
        let not_followed = self.not_followed(&settings, &arguments, place);
        let default = Options::default();
        let checkout = CheckedOut::new(self, place.top.as_deref(), settings.clone(), place.tree);
        let attributes = told_by(&checkout, renormalize);
        // where nothing is ever checked out, `git merge-tree` reads no attributes of trees
        let is_checked_out = place.top.is_some() || place.tree.is_some();
        let checkouts = is_checked_out.then(|| Checkouts {
            usual: place.tree,
            attributes: Arc::new(move |tree| told_by(&checkout.of_tree(tree), renormalize)),
        });
        let commands = MergeDrivers::new(settings.drivers.clone(), place.top.clone());
        let histories = Histories::of(self);
        let names = Abbreviator::new(self.shared.clone(), settings.abbreviation);
        Options {
            favor: arguments.favor,
            not_followed,
            renames: arguments.renames.or(settings.renames) != Some(false)
                || !self.git_goes_without_renames(),
            rename_limit: settings.rename_limit.unwrap_or(default.rename_limit),
            directory_renames: settings.directory_renames,
            conflict_style: settings.conflict_style,
            attributes,
            checkouts,
            run_driver: run_drivers.then(|| -> RunDriver { Arc::new(move |input| commands.run(input)) }),
            short_names: Some(Arc::new(move |id| names.name(id))),
            submodules: Some(Arc::new(move |path, older, newer| histories.contains(path, older, newer))),
            ..default
        }
    }

    /// Whether tracking files are merged by our driver, where the attributes of their paths say so.
    pub fn has_own_driver(&self) -> bool {
        self.merge_settings.drivers.get(OWN_DRIVER).is_some_and(DriverSettings::is_own)
    }

    /// The settings in the worktree of this place: a linked one may have settings of its own.
    pub(super) fn settings_there(&self, place: &MergeSite) -> Result<MergeSettings, GitError> {
        let settings = &self.merge_settings;
        let linked = place.top.as_deref().filter(|top| Some(*top) != self.main_worktree());
        let Some(git_dir) = linked.and_then(|top| admin::git_dir(top).ok()) else {
            return Ok(settings.clone());
        };
        let own = [&git_dir, self.common_dir()].map(|folder: &Path| folder.join("config.worktree"));
        let has_own = self.settings.per_worktree && own.iter().any(|file| file.exists());
        if !has_own && settings.by_branch.is_empty() && !settings.by_git_dir {
            return Ok(settings.clone());
        }
        let file = as_git_says(&git_dir, &self.opener.around)?; // it is read again later
        let config =
            file.open().map_err(|error| GitError::broken("read the configuration of a worktree", error))?;
        Ok(MergeSettings::of(&config, &self.opener.around))
    }

    /// Why no outcome of a merge with these settings and arguments is known, in words.
    fn not_followed(
        &self,
        settings: &MergeSettings,
        arguments: &MergeArguments,
        place: &MergeSite,
    ) -> Option<String> {
        let no_strategy = || settings.other_strategy.as_ref().filter(|_| !arguments.names_strategy);
        let argument =
            arguments.not_followed.clone().or(no_strategy().map(|name| format!("pull.twohead={name}")));
        let only_fast_forward = arguments.only_fast_forward.unwrap_or(settings.only_fast_forward);
        let by_rule = (only_fast_forward && !place.no_ff).then(|| match arguments.only_fast_forward {
            Some(_) => "--ff-only".to_string(),
            None => "merge.ff=only".to_string(),
        });
        let shallow = settings.shallow_trees.map(|most| format!("core.maxTreeDepth={most}"));
        let is_not_followed = |setting| format!("the setting {setting} of git merge is not followed");
        let refused =
            settings.refused.as_ref().map(|setting| format!("git merge ends at the setting {setting}"));
        let unsigned = || {
            let only_signed = settings.only_signed && !arguments.without_signatures;
            only_signed.then(|| "git merges signed commits alone (merge.verifySignatures)".to_string())
        };
        let by_branch = || {
            let pattern = self.condition_that_changes(&settings.by_branch, place)?;
            Some(is_not_followed(format!("includeIf.onbranch:{pattern}")))
        };
        refused
            .or_else(|| self.bad_attribute_source(settings))
            .or_else(|| argument.or(by_rule).or(shallow).map(is_not_followed))
            .or_else(unsigned)
            .or_else(by_branch)
    }

    /// What is wrong with `GIT_ATTR_SOURCE`, at which git ends.
    fn bad_attribute_source(&self, settings: &MergeSettings) -> Option<String> {
        let name = settings.attribute_tree.as_deref().filter(|_| settings.has_attribute_source)?;
        let is_found = self.references().is_object(&self.store(), self.common_dir(), name);
        (!is_found).then(|| format!("git merge ends, as GIT_ATTR_SOURCE names nothing: {name}"))
    }

    /// The first pattern of branches that says something else once the branch of this place is checked out
    /// in its worktree, where a merge comes to something else with that.
    fn condition_that_changes<'p>(&self, patterns: &'p [String], place: &MergeSite) -> Option<&'p String> {
        if patterns.is_empty() {
            return None;
        }
        let git_dir = place.top.as_ref().and_then(|top| admin::git_dir(top).ok());
        let git_dir = git_dir.unwrap_or_else(|| self.common_dir().to_path_buf());
        let head = match self.references().head(&git_dir) {
            Ok(Head::Reference(name)) => name.strip_prefix("refs/heads/").map(str::to_string),
            Ok(Head::Detached(_)) | Err(_) => None,
        };
        let holds = |pattern: &str, branch: &Option<String>| {
            let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_string() };
            branch.as_ref().is_some_and(|branch| wildmatch(whole.as_bytes(), branch.as_bytes(), false))
        };
        let pattern =
            patterns.iter().find(|pattern| holds(pattern, &head) != holds(pattern, &place.branch))?;
        let branches = [head.as_deref(), place.branch.as_deref()];
        changes_merges(self.common_dir(), branches).unwrap_or(true).then_some(pattern)
    }

    /// Whether the git that would merge heeds `merge.renames=false`; yes where there is none.
    fn git_goes_without_renames(&self) -> bool {
        let said = Program::new(self.common_dir(), "read git's version").args(["version"]).run(&[]);
        let version = said.ok().and_then(|said| version(&String::from_utf8_lossy(&said)));
        version.is_none_or(|version| version >= WITHOUT_RENAMES)
    }
}

/// What attributes say of paths in a checkout, for merges.
fn told_by(checkout: &CheckedOut, renormalize: bool) -> Attributes {
    let [drivers, comparisons, sizes, generated, contents, below] = std::array::from_fn(|_| checkout.clone());
    Attributes {
        drivers: Some(Arc::new(move |path| drivers.driver(path))),
        comparisons: Some(Arc::new(move |path| comparisons.comparison(path))),
        generated: Some(Arc::new(move |path| generated.is_generated(path))),
        marker_sizes: Some(Arc::new(move |path| sizes.marker_size(path))),
        normalize: renormalize
            .then(|| -> Normalize { Arc::new(move |path, content| contents.renormalized(path, content)) }),
        with_top: renormalize.then(|| -> AttributesWith {
            Arc::new(move |content| told_by(&below.with_top(content), renormalize))
        }),
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
