//! The versions that merging tips can give a file which stays at its path.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::effect::TouchedLines;
use super::interactions::close;
use super::{Chain, MergeEffect};
use crate::merge::Missing;
use crate::merge::attributes::Attributes;
use crate::merge::diff::entry_at;
use crate::merge::file_merge::FilePlace;
use crate::merge::mode::{Favor, MergeMode};
use crate::model::{Entry, FileVersions, Oid, RepoPath, Stages, VersionMerge};

/// So many versions of a file are followed for each tip that changes it, and a few more.
const MOST_VERSIONS: usize = 4;

impl Chain<'_> {
    /// The versions of each file in which some tips (`among`, numbers in `effects`) can conflict, and that the
    /// base, the target and each tip that changes it have at its path. Nobody renames such a file, so
    /// what a merge makes of it depends on its version alone. Tips whose lines come close in it are followed
    /// together; where they lead to too many versions, they are left out.
    pub fn file_versions(&self, effects: &[&MergeEffect], among: &[usize]) -> Vec<FileVersions> {
        let options = self.merger().options();
        if options.renormalizes() || effects.iter().any(|effect| effect.sets_attributes()) {
            return Vec::new();
        }
        let mut changed: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
        for tip in among {
            effects[*tip].paths.iter().for_each(|path| changed.entry(path).or_default().push(*tip));
        }
        let conflicts: HashSet<&RepoPath> =
            among.iter().flat_map(|tip| &effects[*tip].outcome.conflicts).map(|one| &one.path).collect();
        changed.retain(|path, tips| tips.len() > 1 || conflicts.contains(path));
        let bases: HashMap<usize, Option<Oid>> =
            among.iter().map(|tip| (*tip, self.lasting_base(effects, *tip))).collect();
        let attributes = options.attributes_in(self.start.tree);
        let mut found = Vec::new();
        for (path, tips) in changed {
            let at = |tree| self.file_at(tree, path);
            let Some(start) = at(self.start.tree) else { continue };
            let is_like = |entry: &Entry| entry.kind == start.kind;
            if !tips.iter().all(|tip| at(effects[*tip].tree()).as_ref().is_some_and(is_like)) {
                continue;
            }
            for tips in self.close_together(effects, path, &tips) {
                let version = |tip: &usize| {
                    let base = bases[tip].and_then(at).filter(is_like)?;
                    Some([base, at(effects[*tip].tree())?])
                };
                let Some(versions) = tips.iter().map(version).collect::<Option<Vec<_>>>() else { continue };
                let merges = self.followed((path, &attributes), start, &versions).ok().flatten();
                found.extend(merges.map(|merges| FileVersions { branches: tips, merges }));
            }
        }
        found
    }

    /// The tips that change a file, those together whose lines come close, or whose lines are not known.
    fn close_together(&self, effects: &[&MergeEffect], path: &RepoPath, tips: &[usize]) -> Vec<Vec<usize>> {
        let lines: Vec<TouchedLines> =
            tips.iter().map(|tip| self.touched_lines(effects[*tip], path)).collect();
        let meet = |a: usize, b: usize| match (&lines[a], &lines[b]) {
            (Some(a), Some(b)) => close(a, b),
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

    /// The tree on which a tip is merged, whatever of the others is merged before.
    fn lasting_base(&self, effects: &[&MergeEffect], tip: usize) -> Option<Oid> {
        let effect = effects[tip];
        let mut others = effects.iter().enumerate().filter(|(other, _)| *other != tip);
        let lasts =
            !effect.ancestry().bases.is_empty() && !others.any(|(_, other)| other.shares_history(effect));
        if lasts { self.base_of(effect.ancestry()).ok() } else { None }
    }

    /// The file that a tree has at a path.
    fn file_at(&self, tree: Oid, path: &RepoPath) -> Option<Entry> {
        let found = entry_at(self.merger().objects(), tree, path).ok().flatten();
        found.filter(|entry| entry.kind.is_file())
    }

    /// All merges of the versions that these tips, given by base and own version, lead to; `None` where
    /// these are too many, or one is undecided.
    fn followed(
        &self,
        (path, attributes): (&RepoPath, &Attributes),
        start: Entry,
        tips: &[[Entry; 2]],
    ) -> Result<Option<Vec<Vec<VersionMerge>>>, Missing> {
        let place = FilePlace {
            path,
            names: Stages { base: b"", ours: b"", theirs: b"" },
            longer: 0,
            attributes: Some(attributes),
            is_virtual: false,
            mode: MergeMode::Write(Favor::Theirs),
        };
        let mut versions = vec![start];
        let mut numbers = HashMap::from_iter([(start, 0)]);
        let mut merges = Vec::new();
        while let Some(version) = versions.get(merges.len()).copied() {
            let mut row = Vec::new();
            for [base, own] in tips {
                let merged = self.merger().engine.files.merge(&place, Some(*base), version, *own)?;
                let (Some(after), None) = (merged.entry, merged.undecided) else { return Ok(None) };
                self.depends_on(merged.dependencies);
                let hunks = merged.conflict.map_or(0, |conflict| conflict.regions.len().max(1));
                let after = *numbers.entry(after).or_insert_with(|| {
                    versions.push(after);
                    versions.len() - 1
                });
                row.push(VersionMerge { after, hunks: u32::try_from(hunks).unwrap_or(u32::MAX) });
            }
            merges.push(row);
            if versions.len() > MOST_VERSIONS * (tips.len() + 4) {
                return Ok(None);
            }
        }
        Ok(Some(merges))
    }
}
