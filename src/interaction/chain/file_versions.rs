//! The versions that merging tips can give a file which stays at its path.

use std::collections::BTreeMap;

use foldhash::HashMap;

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
    /// The versions of each file that several of some tips (`among`, numbers in `effects`) change, and that
    /// the base, the target and each of these tips have at its path. Nobody renames such a file, so
    /// what a merge makes of it depends on its version alone. A file with too many versions is left out.
    pub fn file_versions(&self, effects: &[&MergeEffect], among: &[usize]) -> Vec<FileVersions> {
        let options = self.merger().options();
        if options.renormalizes() || effects.iter().any(|effect| effect.sets_attributes()) {
            return Vec::new();
        }
        let mut changed: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
        for tip in among {
            effects[*tip].paths.iter().for_each(|path| changed.entry(path).or_default().push(*tip));
        }
        changed.retain(|_, tips| tips.len() > 1);
        let mut bases: HashMap<usize, Option<Oid>> = HashMap::default();
        let attributes = options.attributes_in(self.start.tree);
        let mut found = Vec::new();
        for (path, tips) in changed {
            let versions: Option<Vec<[Entry; 2]>> = tips
                .iter()
                .map(|tip| {
                    let base = *bases.entry(*tip).or_insert_with(|| self.lasting_base(effects, *tip));
                    self.file_at([base?, effects[*tip].tree()], path)
                })
                .collect();
            let Some(versions) = versions else { continue };
            let Some([start]) = self.file_at([self.start.tree], path) else { continue };
            if versions.iter().flatten().all(|version| version.kind == start.kind) {
                let merges = self.followed((path, &attributes), start, &versions).ok().flatten();
                found.extend(merges.map(|merges| FileVersions { branches: tips, merges }));
            }
        }
        found
    }

    /// The tree on which a tip is merged, whatever of the others is merged before.
    fn lasting_base(&self, effects: &[&MergeEffect], tip: usize) -> Option<Oid> {
        let effect = effects[tip];
        let mut others = effects.iter().enumerate().filter(|(other, _)| *other != tip);
        let lasts =
            !effect.ancestry().bases.is_empty() && !others.any(|(_, other)| other.shares_history(effect));
        if lasts { self.base_of(effect.ancestry()).ok() } else { None }
    }

    /// What these trees have at a path, where all have a file.
    fn file_at<const N: usize>(&self, trees: [Oid; N], path: &RepoPath) -> Option<[Entry; N]> {
        let objects = self.merger().objects();
        let entry = |tree| entry_at(objects, tree, path).ok().flatten().filter(|entry| entry.kind.is_file());
        let found: Vec<Entry> = trees.into_iter().map_while(entry).collect();
        found.try_into().ok()
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
