//! Work of other clones: branches of remotes as terminals, and what the branches of this clone follow.

use std::collections::BTreeMap;
use std::ops::Range;

use globset::{Glob, GlobSetBuilder};

use crate::checks;
use crate::git::RemoteQuery;
use crate::model::{Elsewhere, Facts, Finding, Oid, Place, PlaceId, Status, Target, Upstream, natural_order};
use crate::sharing::exchange;
use crate::sharing::state::ShareFiles;

use super::Workspace;
use super::workspace::is_asked;

impl Workspace {
    /// Adds work of other clones to the places of this one; of the branches of remotes also those that are declared by
    /// name. Returns what is to be said of it.
    pub(super) fn add_elsewhere(
        &self,
        target: &Target,
        declared: &[String],
        places: &mut Vec<Place>,
    ) -> Vec<Finding> {
        let shared = self.add_shared(places);
        shared.into_iter().chain(self.add_remotes(target, declared, places)).collect()
    }

    /// Adds the branches of remotes that are terminals to the places of this clone. Returns what is to be said of the
    /// others.
    fn add_remotes(&self, target: &Target, declared: &[String], places: &mut Vec<Place>) -> Vec<Finding> {
        let is_here = |name: &str| places.iter().any(|place| place.branch.as_deref() == Some(name));
        let is_remote = |name: &String| name.contains('/') && !is_here(name);
        if self.remotes.is_none() && !declared.iter().any(is_remote) {
            return Vec::new();
        }
        let wanted = |name: &str| self.remotes.as_ref().is_some_and(|asked| is_asked(asked, name));
        let query = RemoteQuery { wanted: &wanted, declared, since: self.oldest };
        let found = self.repository.remote_branches(target, &query, places);
        places.extend(found.places);
        places.sort_by(|a, b| natural_order(&a.name, &b.name));
        let too_old = (found.too_old > 0).then(|| {
            let (number, days) = (found.too_old, self.config.days());
            format!(
                "remote branches without a commit of the last {days} days are left out (remotes_days): {number}"
            )
        });
        let texts = too_old.into_iter().chain(self.unmatched_remotes());
        texts.map(|text| checks::note(text, &self.repository.common_dir().join("refs/remotes"))).collect()
    }

    /// What is to be said of globs of `config.yaml` that no branch of a remote matches.
    fn unmatched_remotes(&self) -> Vec<String> {
        let globs = || self.config.remotes.iter().filter(|glob| *glob != "*");
        let known = globs().next().and_then(|_| self.repository.remote_names());
        let matches = |glob: &&String| {
            let asked = Glob::new(glob).and_then(|glob| GlobSetBuilder::new().add(glob).build());
            known.iter().flatten().any(|name| asked.as_ref().is_ok_and(|asked| is_asked(asked, name)))
        };
        let unmatched = globs().filter(|glob| known.is_some() && !matches(glob));
        unmatched
            .map(|glob| format!("remotes in config.yaml: no branch of a remote matches {glob}"))
            .collect()
    }

    /// Adds what other clones share, as the last pull brought it. Returns what is to be said of that.
    fn add_shared(&self, places: &mut Vec<Place>) -> Option<Finding> {
        let files = ShareFiles::of(self.repository.common_dir());
        let found = match files.note() {
            Ok(None) => return None,
            Ok(Some(note)) => exchange::pulled(&self.repository, &note, self.oldest()),
            Err(error) => Err(error),
        };
        let note = |text: String| {
            Some(checks::note(text, &self.repository.common_dir().join("track-work/share.json")))
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => return note(format!("what other clones share is not known: {error}")),
        };
        let expired = found.iter().filter(|one| one.expired).count();
        for one in found.into_iter().filter(|one| !one.expired) {
            let broken = match (one.commit, &one.work, one.as_of) {
                (Some(_), Some(_), _) => None,
                (_, _, None) => {
                    Some("its commit cannot be read; track-work share pull fetches it again".into())
                }
                // somebody put something else there
                (_, None, Some(_)) | (None, _, Some(_)) => continue,
            };
            let said = one.work.as_ref().and_then(|work| work.status.as_deref());
            let status = said.map(|said| Status::read(said, &self.config.complete_statuses));
            let open = status.filter(|status| !status.is_complete());
            let unfinished = open.map(|status| format!("its status is {status}"));
            let name = Place::free_name(&one.name, "shared", &[places]);
            let elsewhere =
                Elsewhere { reference: one.reference, as_of: one.as_of, shared: one.work, unfinished };
            places.push(Place { name, broken, elsewhere: Some(elsewhere), ..Place::default() });
        }
        places.sort_by(|a, b| natural_order(&a.name, &b.name));
        (expired > 0)
            .then(|| note(format!("terminals of other clones that have expired are left out: {expired}")))?
    }

    /// The time, in seconds since 1970, since when branches and terminals of others count.
    pub fn oldest(&self) -> Option<i64> {
        self.oldest
    }

    /// How many commits each of these places has of the target's upstream that the target lacks.
    pub(super) fn of_upstream(&self, facts: &Facts, places: Range<PlaceId>) -> BTreeMap<PlaceId, usize> {
        let upstream = facts.target_upstream().filter(|upstream| upstream.behind().is_some_and(|of| of > 0));
        let Some((upstream, target)) = upstream.and_then(|one| one.head).zip(facts.target.head) else {
            return BTreeMap::new();
        };
        let tip = |at: PlaceId| facts.tip_at(at).filter(|tip| tip.ahead > 0)?.head;
        let heads: Vec<(PlaceId, Oid)> = places.filter_map(|at| Some((at, tip(at)?))).collect();
        let counts = self.repository.commits_of(
            upstream,
            &heads.iter().map(|(_, head)| *head).collect::<Vec<_>>(),
            target,
        );
        heads.into_iter().map(|(at, _)| at).zip(counts).filter(|(_, count)| *count > 0).collect()
    }

    /// What the target follows and, where branches of remotes are looked at, what each branch does.
    pub(super) fn upstreams(&self, facts: &Facts) -> BTreeMap<String, Upstream> {
        let others = facts.places.iter().filter(|_| self.remotes.is_some());
        let branches =
            facts.target.branch().into_iter().chain(others.filter_map(|place| place.branch.as_deref()));
        self.repository.upstreams(branches)
    }
}
