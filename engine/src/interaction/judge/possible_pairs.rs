//! Which pairs of tips can interact at all, through an index of what each touches. No other pair is formed.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::HashMap;

use super::merged_tip::MergedTip;
use super::pair::attributes_meet;
use super::{Judge, committed, with_work};
use crate::interaction::touched_paths::{RenameInfluence, TouchedPaths};
use crate::merge::Missing;
use crate::merge::commit_graph::Ancestry;
use crate::model::{Change, Hunks, Oid, RepoPath, Tip};

impl Judge<'_> {
    /// The pairs of tips, by their positions and in ascending order, that may have anything to do with each
    /// other. Every other pair is [`PairJudgement::disjoint`](crate::model::PairJudgement::disjoint).
    pub fn possible_pairs(&self, tips: &[&Tip]) -> Vec<[usize; 2]> {
        let touching: Vec<Touching> = tips.iter().map(|tip| self.touching(tip)).collect();
        let mut near = Encounters::of(tips, &touching);
        let reaches: Vec<usize> = (0..tips.len()).filter(|at| touching[*at].reaches_beyond()).collect();
        let rename_limit = self.merger.options().rename_limit;
        let mut pairs = Vec::new();
        for (at, own) in touching.iter().enumerate() {
            let mut others = near.after(at);
            let beyond: &mut dyn Iterator<Item = usize> = match own.reaches_beyond() {
                true => &mut (at + 1..tips.len()),
                false => &mut reaches.iter().copied().filter(|other| *other > at),
            };
            others.extend(beyond.filter(|other| own.may_influence(&touching[*other], rename_limit)));
            others.sort_unstable();
            others.dedup();
            pairs.extend(others.into_iter().map(|other| [at, other]));
        }
        pairs
    }

    fn touching(&self, tip: &Tip) -> Touching {
        if tip.brings_nothing() {
            return Touching::Nothing;
        }
        let merged = |node| {
            let merged = self.merged_tip(&node)?;
            Ok::<_, Missing>((self.ancestry_of(&merged)?, merged))
        };
        let [commits, work] = [committed(tip), with_work(tip)];
        let is_same = commits == work;
        let nodes = std::iter::once(commits).chain((!is_same).then_some(work));
        match nodes.map(merged).collect::<Result<Vec<_>, Missing>>() {
            Ok(nodes) => Touching::These(nodes),
            Err(_) => Touching::Everything,
        }
    }
}

/// What a tip touches.
enum Touching {
    /// Nothing: it has no work of its own.
    Nothing,
    /// What its commits touch, and what its uncommitted work touches where it has any.
    These(Vec<(Arc<Ancestry>, Arc<MergedTip>)>),
    /// Possibly everything: it cannot be merged into the target.
    Everything,
}

impl Touching {
    fn nodes(&self) -> impl Iterator<Item = (&Ancestry, &TouchedPaths)> {
        let nodes = match self {
            Touching::These(nodes) => &nodes[..],
            Touching::Nothing | Touching::Everything => &[],
        };
        nodes.iter().map(|(ancestry, merged)| (&**ancestry, &merged.alone.touched))
    }

    /// Whether it may influence tips with which it shares no entry of the index.
    fn reaches_beyond(&self) -> bool {
        match self {
            Touching::Nothing => false,
            Touching::These(_) => {
                self.nodes().any(|(_, touched)| touched.search.is_some() || !touched.attributes.is_empty())
            }
            Touching::Everything => true,
        }
    }

    /// Whether one may influence the other without sharing an entry of the index.
    fn may_influence(&self, other: &Touching, rename_limit: usize) -> bool {
        match (self, other) {
            (Touching::Nothing, _) | (_, Touching::Nothing) => false,
            (Touching::Everything, _) | (_, Touching::Everything) => true,
            (Touching::These(_), Touching::These(_)) => self.nodes().any(|own| {
                let influences = |one: &TouchedPaths, other: &TouchedPaths| {
                    one.rename_influence(other, rename_limit) != RenameInfluence::None
                };
                other.nodes().any(|other| {
                    influences(own.1, other.1) || influences(other.1, own.1) || attributes_meet([own, other])
                })
            }),
        }
    }
}

/// An entry of the index. Tips meet at it where they are on different sides; where an entry has one side
/// only, any two of them.
#[derive(PartialEq, Eq, Hash)]
enum TouchKey<'a> {
    /// Both touch a path.
    Path(&'a RepoPath),
    /// Both have a commit that the target lacks.
    Commit(Oid),
    /// One has a folder where the other puts something.
    Above(&'a RepoPath),
    /// One removes a folder, the other adds to it.
    Removed(&'a RepoPath),
}

/// The tips at one entry, on its two sides, in ascending order.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct TipsAtEntry([Vec<usize>; 2]);

impl TipsAtEntry {
    fn add(&mut self, side: usize, tip: usize) {
        // all entries of a tip are added before those of the next
        if self.0[side].last() != Some(&tip) {
            self.0[side].push(tip);
        }
    }
}

/// The index: which tips meet.
struct Encounters {
    groups: Vec<TipsAtEntry>,
    /// For each tip, the groups where it is, with the side on which it meets others.
    meets_at: Vec<Vec<(usize, usize)>>,
    /// For each tip, the last one of which it was found to be a partner.
    last: Vec<Option<usize>>,
}

impl Encounters {
    fn of(tips: &[&Tip], touching: &[Touching]) -> Encounters {
        let mut entries: HashMap<TouchKey<'_>, TipsAtEntry> = HashMap::default();
        for (tip, nodes) in touching.iter().enumerate() {
            for (ancestry, touched) in nodes.nodes() {
                let paths = touched.paths.iter().map(TouchKey::Path);
                let commits = ancestry.own.iter().map(|commit| TouchKey::Commit(*commit));
                let folders = touched.above.iter().map(TouchKey::Above);
                let removed = touched.removed.iter().map(TouchKey::Removed);
                for entry in paths.chain(commits).chain(folders).chain(removed) {
                    entries.entry(entry).or_default().add(0, tip);
                }
            }
            // what could not be read is in no tree
            let unread = |change: &&Change| matches!(change.hunks, Hunks::Unknown(_));
            let changes = tips[tip].committed.iter().chain(&tips[tip].changes);
            let changes = changes.filter(|change| !tips[tip].brings_nothing() || unread(change));
            for path in changes.flat_map(Change::paths) {
                entries.entry(TouchKey::Path(path)).or_default().add(0, tip);
            }
        }
        for (tip, nodes) in touching.iter().enumerate() {
            for (_, touched) in nodes.nodes() {
                let placed = touched.placed.iter().map(TouchKey::Above);
                for entry in placed.chain(touched.added_to.iter().map(TouchKey::Removed)) {
                    if let Some(group) = entries.get_mut(&entry) {
                        group.add(1, tip);
                    }
                }
            }
        }
        // many entries have the same tips
        let met: BTreeSet<(TipsAtEntry, bool)> = entries
            .into_iter()
            .map(|(entry, group)| (group, matches!(entry, TouchKey::Path(_) | TouchKey::Commit(_))))
            .filter(
                |(TipsAtEntry([one, other]), one_sided)| {
                    if *one_sided { one.len() > 1 } else { !one.is_empty() && !other.is_empty() }
                },
            )
            .collect();
        let mut meets_at = vec![Vec::new(); tips.len()];
        let mut groups = Vec::new();
        for (group, one_sided) in met {
            for (side, tips) in group.0.iter().enumerate() {
                let other = if one_sided { side } else { 1 - side };
                tips.iter().for_each(|tip| meets_at[*tip].push((groups.len(), other)));
            }
            groups.push(group);
        }
        Encounters { groups, meets_at, last: vec![None; tips.len()] }
    }

    /// The tips after this one that meet it.
    fn after(&mut self, tip: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for (group, side) in &self.meets_at[tip] {
            let met = &self.groups[*group].0[*side];
            for other in &met[met.partition_point(|other| *other <= tip)..] {
                if self.last[*other].replace(tip) != Some(tip) {
                    found.push(*other);
                }
            }
        }
        found
    }
}
