//! The versions that merging tips can give a file which stays at its path.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::bases::Bases;
use super::effect::{TouchedLines, whose_attributes_concern};
use super::interactions::close;
use super::{Chain, MergeEffect};
use crate::merge::Missing;
use crate::merge::attributes::Attributes;
use crate::merge::diff::entry_at;
use crate::merge::file_merge::FilePlace;
use crate::merge::mode::{Favor, MergeMode};
use crate::model::{Entry, FileKinds, FileVersions, Oid, RepoPath, Stages, VersionMerge};

/// So many versions of a file are followed for each tip that changes it, and a few more.
const MOST_VERSIONS: usize = 4;

/// So many tips that have commits in common are followed: what a merge makes of a file depends on which of them
/// were merged before.
const MOST_SHARING: usize = 4;

impl Chain<'_> {
    /// The versions of each file in which some tips (`among`, numbers in `effects`) can conflict, and that the
    /// base, the target and each tip that changes it have at its path. Nobody renames such a file, so
    /// what a merge makes of it depends on its version alone. Tips whose lines come close in it are followed
    /// together; where they lead to too many versions, they are left out. `kinds` says which conflicts a rule resolves.
    pub fn file_versions(
        &self,
        effects: &[&MergeEffect],
        among: &[usize],
        kinds: &FileKinds,
    ) -> Vec<FileVersions> {
        let options = self.merger().options();
        if options.renormalizes() || !whose_attributes_concern(effects).is_empty() {
            return Vec::new();
        }
        let mut changed: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
        for tip in among {
            effects[*tip].paths.iter().for_each(|path| changed.entry(path).or_default().push(*tip));
        }
        let conflicts: HashSet<&RepoPath> =
            among.iter().flat_map(|tip| &effects[*tip].outcome.conflicts).map(|one| &one.path).collect();
        changed.retain(|path, tips| tips.len() > 1 || conflicts.contains(path));
        let bases = Bases::new(self, effects);
        let attributes = options.attributes_in(self.start.tree);
        let mut found = Vec::new();
        for (path, tips) in changed {
            let at = |tree| self.file_at(tree, path);
            let Some(start) = at(self.start.tree) else { continue };
            let alike = |tree| at(tree).filter(|entry: &Entry| entry.kind == start.kind);
            let tips = bases.with_sharers(&tips);
            let sharing = tips.iter().filter(|tip| bases.is_sharing(**tip)).count();
            if sharing > MOST_SHARING || !tips.iter().all(|tip| among.contains(tip)) {
                continue;
            }
            let own: Option<HashMap<usize, Entry>> =
                tips.iter().map(|tip| Some((*tip, alike(effects[*tip].tree())?))).collect();
            let Some(own) = own else { continue };
            for tips in self.close_together((effects, &bases), path, &tips) {
                let versions = |tip: usize, merged: &[usize]| {
                    Some([bases.tree(tip, merged).and_then(alike)?, own[&tip]])
                };
                let lost = tips.iter().filter(|tip| kinds.loses(path, &effects[**tip].paths));
                let lost: HashSet<usize> = lost.copied().collect();
                let followed =
                    Followed { tips: &tips, bases: &bases, kinds, lost: &lost, versions: &versions };
                let merges = self.followed((path, &attributes), start, &followed).ok().flatten();
                found.extend(merges.map(|merges| FileVersions { branches: tips, merges }));
            }
        }
        found
    }

    /// The tips that change a file, those together whose lines come close, whose lines are not known, or that
    /// have commits in common.
    fn close_together(
        &self,
        (effects, bases): (&[&MergeEffect], &Bases<'_>),
        path: &RepoPath,
        tips: &[usize],
    ) -> Vec<Vec<usize>> {
        let lines: Vec<TouchedLines> =
            tips.iter().map(|tip| self.touched_lines(effects[*tip], path)).collect();
        let meet = |a: usize, b: usize| match (&lines[a], &lines[b]) {
            (Some(one), Some(other)) => close(one, other) || bases.shares(tips[a], tips[b]),
            _ => true,
        };
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for at in 0..tips.len() {
            let (met, apart) = std::mem::take(&mut sets)
                .into_iter()
                .partition(|set: &Vec<usize>| set.iter().any(|other| meet(at, *other)));
            sets = apart;
            let mut joined: Vec<usize> = met.concat();
            joined.push(at);
            sets.push(joined);
        }
        let named = |set: Vec<usize>| set.into_iter().map(|at| tips[at]).collect();
        sets.into_iter().map(named).collect()
    }

    /// The file that a tree has at a path.
    fn file_at(&self, tree: Oid, path: &RepoPath) -> Option<Entry> {
        let found = entry_at(self.merger().objects(), tree, path).ok().flatten();
        found.filter(|entry| entry.kind.is_file())
    }

    /// All merges of the versions that these tips lead to; `None` where these are too many, or one is
    /// undecided, or has no base.
    fn followed(
        &self,
        (path, attributes): (&RepoPath, &Attributes),
        start: Entry,
        followed: &Followed<'_>,
    ) -> Result<Option<Vec<Vec<VersionMerge>>>, Missing> {
        let place = FilePlace {
            path,
            names: Stages { base: b"", ours: b"", theirs: b"" },
            longer: 0,
            attributes: Some(attributes),
            is_virtual: false,
            mode: MergeMode::Write(Favor::Theirs),
        };
        let start: FollowedVersion = (start, Vec::new());
        let mut versions = vec![start.clone()];
        let mut numbers = HashMap::from_iter([(start, 0)]);
        let mut merges = Vec::new();
        while let Some((version, before)) = versions.get(merges.len()).cloned() {
            let mut row = Vec::new();
            for tip in followed.tips {
                let Some([base, own]) = (followed.versions)(*tip, &before) else { return Ok(None) };
                let merged = self.merger().engine.files.merge(&place, Some(base), version, own)?;
                let (Some(after), None) = (merged.entry, merged.undecided) else { return Ok(None) };
                self.depends_on(merged.dependencies);
                let is_lost = followed.lost.contains(tip);
                let is_mechanical = merged
                    .conflict
                    .as_ref()
                    .is_some_and(|one| followed.kinds.is_mechanical(path, one.kind, &one.regions, is_lost));
                let hunks = match merged.conflict {
                    Some(conflict) if !is_mechanical => conflict.regions.len().max(1),
                    Some(_) | None => 0,
                };
                let after: FollowedVersion = (after, followed.bases.after(&before, *tip));
                let after = *numbers.entry(after).or_insert_with_key(|after| {
                    versions.push(after.clone());
                    versions.len() - 1
                });
                let hunks = u32::try_from(hunks).unwrap_or(u32::MAX);
                row.push(VersionMerge { after, hunks, mechanical: u32::from(is_mechanical) });
            }
            merges.push(row);
            if versions.len() > MOST_VERSIONS * (followed.tips.len() + 4) {
                return Ok(None);
            }
        }
        Ok(Some(merges))
    }
}

/// A file, and those tips merged before that have commits in common with others.
type FollowedVersion = (Entry, Vec<usize>);

/// Tips whose versions of one file are followed.
struct Followed<'f> {
    tips: &'f [usize],
    bases: &'f Bases<'f>,
    kinds: &'f FileKinds,
    /// Those whose changes of the file are lost where it is made anew.
    lost: &'f HashSet<usize>,
    /// The file at a tip's base, where some were merged before, and at the tip.
    versions: &'f VersionsAfter<'f>,
}

type VersionsAfter<'f> = dyn Fn(usize, &[usize]) -> Option<[Entry; 2]> + 'f;
