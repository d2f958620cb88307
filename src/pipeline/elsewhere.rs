//! Work of other clones: branches of remotes as terminals, and what the branches of this clone follow.

use std::collections::BTreeMap;

use crate::checks;
use crate::git::RemoteQuery;
use crate::model::{Facts, Finding, Place, Target, Upstream, natural_order};

use super::Workspace;

impl Workspace {
    /// Adds the branches of remotes that are terminals to the places of this clone. Returns what is to be said of the
    /// others.
    pub(super) fn add_remotes(&self, target: &Target, places: &mut Vec<Place>) -> Option<Finding> {
        let remotes = self.remotes.as_ref()?;
        let wanted = |name: &str| {
            let remote = name.split('/').next().unwrap_or(name);
            remotes.globs.is_match(name) || remotes.globs.is_match(remote)
        };
        let query = RemoteQuery { wanted: &wanted, since: remotes.since };
        let found = self.repository.remote_branches(target, &query, places);
        places.extend(found.places);
        places.sort_by(|a, b| natural_order(&a.name, &b.name));
        if found.too_old == 0 {
            return None;
        }
        let (number, days) = (found.too_old, remotes.days);
        let text = format!(
            "remote branches without a commit of the last {days} days are left out (remotes_days): {number}"
        );
        Some(checks::note(text, &self.repository.common_dir().join("refs/remotes")))
    }

    /// What the target follows and, where branches of remotes are looked at, what each branch does.
    pub(super) fn upstreams(&self, facts: &Facts) -> BTreeMap<String, Upstream> {
        let others = facts.places.iter().filter(|_| self.remotes.is_some());
        let branches =
            facts.target.branch().into_iter().chain(others.filter_map(|place| place.branch.as_deref()));
        self.repository.upstreams(branches)
    }
}
