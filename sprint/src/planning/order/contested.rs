//! Conflicts that no order avoids, because of files that many change at one place, such as a changelog.
//!
//! What a merge makes of a file that stays at its path depends on the file's version alone
//! ([`FileVersions`]), and the versions that merging can lead to are known. So it is known of each two
//! members whether the second stops whenever the first was merged before, whatever else was. Of members
//! that all do so to each other, a clique, one at most merges without a conflict.

use std::collections::HashMap;

use super::arborescence::cheapest;
use super::weight::Weight;
use crate::model::{Cost, FileVersions, VersionMerge};

/// What the members of a group do to each other in the files that several of them change.
#[derive(Default)]
pub(super) struct Contested {
    /// Of each member, the members after which it stops.
    stops_after: Vec<Vec<bool>>,
    /// Of each member, whether it stops in any case.
    always: Vec<bool>,
    /// Members of which each stops after any other.
    cliques: Vec<Vec<usize>>,
    files: Vec<ContestedFile>,
}

/// The same of one file, in what is to be resolved.
struct ContestedFile {
    /// All that change it cost at the least: merges that stop, and what is to be resolved; nothing where some of them are not
    /// members.
    in_all: (i64, Weight),
    /// Members of the group.
    members: Vec<usize>,
    /// Of each of them, the least that is to be resolved in any case.
    always: Vec<Weight>,
    /// Of each of them, the least after each other one.
    after: Vec<Vec<Weight>>,
    /// Numbers among them.
    cliques: Vec<Vec<usize>>,
}

impl Contested {
    /// Of these units, whatever of all that the files name is merged before. Members are numbers among them.
    pub fn new(units: &[usize], files: &[FileVersions]) -> Contested {
        let count = units.len();
        let place: HashMap<usize, usize> = units.iter().enumerate().map(|(at, unit)| (*unit, at)).collect();
        let files = files.iter().filter(|file| file.branches.iter().any(|unit| place.contains_key(unit)));
        let files: Vec<ContestedFile> = files.map(|file| ContestedFile::new(file, &place)).collect();
        let mut stops_after = vec![vec![false; count]; count];
        let mut always = vec![false; count];
        for file in &files {
            for (at, member) in file.members.iter().enumerate() {
                always[*member] |= file.always[at].stops();
                for (other, first) in file.members.iter().enumerate() {
                    stops_after[*member][*first] |= file.after[at][other].stops();
                }
            }
        }
        let cliques = cliques(count, &|a, b| stops_after[a][b] && stops_after[b][a]);
        Contested { stops_after, always, cliques, files }
    }

    /// What is to be resolved of a member in any case.
    pub fn always(&self, member: usize) -> Weight {
        let of_file = |file: &ContestedFile| {
            let at = file.members.iter().position(|other| *other == member)?;
            Some(file.always[at])
        };
        self.files.iter().filter_map(of_file).sum()
    }

    /// What all members cost at the least.
    pub fn in_all(&self) -> Cost {
        let steps = self.files.iter().map(|file| file.in_all.0).max().unwrap_or_default();
        let weight = self.files.iter().map(|file| file.left(&|_| false).max(file.in_all.1)).sum::<Weight>();
        weight.cost(self.steps(&|_| false).max(u32::try_from(steps).unwrap_or_default()))
    }

    /// What all members that are not merged cost at the least.
    pub fn left(&self, is_merged: &dyn Fn(usize) -> bool) -> Cost {
        self.files.iter().map(|file| file.left(is_merged)).sum::<Weight>().cost(self.steps(is_merged))
    }

    /// How many of those that are not merged stop at the least.
    fn steps(&self, is_merged: &dyn Fn(usize) -> bool) -> u32 {
        let members = || 0..self.always.len();
        let stops = |member: usize| {
            self.always[member] || members().any(|first| self.stops_after[member][first] && is_merged(first))
        };
        let stopping = members().filter(|member| !is_merged(*member) && stops(*member)).count();
        let open = |member: &&usize| !is_merged(**member) && !stops(**member);
        let between = |clique: &Vec<usize>| clique.iter().filter(open).count().saturating_sub(1);
        let steps = stopping + self.cliques.iter().map(between).sum::<usize>();
        u32::try_from(steps).unwrap_or(u32::MAX)
    }
}

impl ContestedFile {
    /// `place` has the members among the branches.
    fn new(file: &FileVersions, place: &HashMap<usize, usize>) -> ContestedFile {
        let is_member = |at: &usize| place.contains_key(&file.branches[*at]);
        let branches: Vec<usize> = (0..file.branches.len()).filter(is_member).collect();
        let (mut always, mut after) = (Vec::new(), Vec::new());
        for branch in &branches {
            let least = least_from(&file.merges, *branch);
            let found = reached(&file.merges, *branch);
            let after_first = |first: &usize| {
                let next = found.iter().map(|version| file.merges[*version][*first].after);
                if first == branch {
                    Weight::default()
                } else {
                    next.map(|version| least[version]).min().unwrap_or_default()
                }
            };
            always.push(least[0]);
            after.push(branches.iter().map(after_first).collect::<Vec<Weight>>());
        }
        let costs = |a: usize, b: usize| after[a][b] > Weight::default();
        let cliques = cliques(branches.len(), &|a, b| costs(a, b) && costs(b, a));
        let in_all = match branches.len() == file.branches.len() {
            true => in_sequence(&file.merges),
            false => (0, Weight::default()),
        };
        let members = branches.iter().map(|at| place[&file.branches[*at]]).collect();
        ContestedFile { in_all, members, always, after, cliques }
    }

    /// What is to be resolved of those that are not merged at the least. All of a clique but one have what the
    /// others of it leave them.
    fn left(&self, is_merged: &dyn Fn(usize) -> bool) -> Weight {
        let is_left = |at: &usize| !is_merged(self.members[*at]);
        let before = |at: usize| {
            (0..self.members.len())
                .filter(|other| !is_left(other))
                .map(move |other| self.after[at][other])
                .max()
        };
        let alone = |at: usize| self.always[at].max(before(at).unwrap_or_default());
        let of_clique = |clique: &Vec<usize>| {
            let left: Vec<usize> = clique.iter().copied().filter(is_left).collect();
            let met = |at: usize| {
                let others = left.iter().filter(|other| **other != at);
                others.map(|other| self.after[at][*other]).min().unwrap_or_default().max(alone(at))
            };
            let spared = left.iter().map(|at| met(*at) - alone(*at)).max().unwrap_or_default();
            left.iter().map(|at| met(*at)).sum::<Weight>() - spared
        };
        self.cliques.iter().map(of_clique).sum()
    }
}

/// The least of all branches, merges that stop and what is to be resolved: each finds a version to which merging the one before
/// it leads, and the first one that of the target.
fn in_sequence(merges: &[Vec<VersionMerge>]) -> (i64, Weight) {
    let count = merges.first().map_or(0, Vec::len);
    let found: Vec<Vec<usize>> = (0..count).map(|branch| reached(merges, branch)).collect();
    let after = |from: usize, to: usize| {
        let next = found[to].iter().map(|version| merges[*version][from].after);
        next.map(|version| Weight::of_version(merges[version][to])).min().unwrap_or_default()
    };
    let table: Vec<Vec<Weight>> =
        (0..count).map(|to| (0..count).map(|from| after(from, to)).collect()).collect();
    let weight = |from: Option<usize>, to: usize| match from {
        Some(from) => table[to][from],
        None => Weight::of_version(merges[0][to]),
    };
    let stops = |from, to| Weight { hunks: i64::from(weight(from, to).stops()), mechanical: 0 };
    (cheapest(count, &stops).hunks, cheapest(count, &weight))
}

/// The versions that a branch can find: those that merging the others leads to.
fn reached(merges: &[Vec<VersionMerge>], branch: usize) -> Vec<usize> {
    let mut is_found = vec![false; merges.len()];
    let mut found = Vec::new();
    let mut open = vec![0];
    while let Some(version) = open.pop() {
        if !std::mem::replace(&mut is_found[version], true) {
            found.push(version);
            open.extend(after_others(&merges[version], branch));
        }
    }
    found
}

/// Of each version, the least that is to be resolved of a branch there, or after others were merged into it.
fn least_from(merges: &[Vec<VersionMerge>], branch: usize) -> Vec<Weight> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); merges.len()];
    for (version, row) in merges.iter().enumerate() {
        after_others(row, branch).for_each(|after| before[after].push(version));
    }
    let mut least: Vec<Option<Weight>> = vec![None; merges.len()];
    let weight = |version: usize| Weight::of_version(merges[version][branch]);
    let mut by_weight: Vec<usize> = (0..merges.len()).collect();
    by_weight.sort_by_key(|version| weight(*version));
    for from in by_weight {
        let mut open = vec![from];
        while let Some(version) = open.pop() {
            if least[version].is_none() {
                least[version] = Some(weight(from));
                open.extend(&before[version]);
            }
        }
    }
    least.into_iter().map(Option::unwrap_or_default).collect()
}

/// The versions that merging any but one branch into a version makes.
fn after_others(row: &[VersionMerge], branch: usize) -> impl Iterator<Item = usize> {
    row.iter().enumerate().filter(move |(other, _)| *other != branch).map(|(_, merge)| merge.after)
}

/// All of so many, each in one clique; those with the most edges first.
fn cliques(count: usize, joined: &dyn Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let edges = |at: usize| (0..count).filter(|other| *other != at && joined(at, *other)).count();
    let mut left: Vec<usize> = (0..count).collect();
    left.sort_by_key(|at| std::cmp::Reverse(edges(*at)));
    let mut found = Vec::new();
    while !left.is_empty() {
        let mut clique: Vec<usize> = Vec::new();
        left.retain(|at| {
            let fits = clique.iter().all(|other| joined(*at, *other));
            if fits {
                clique.push(*at);
            }
            !fits
        });
        found.push(clique);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random numbers (xorshift64).
    struct Rolled(u64);

    impl Rolled {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }
    }

    const MEMBERS: usize = 5;

    fn files(rolled: &mut Rolled) -> Vec<FileVersions> {
        let file = |rolled: &mut Rolled| {
            let branches: Vec<usize> = (0..MEMBERS).filter(|_| rolled.below(4) > 0).collect();
            let versions = 1 + rolled.below(branches.len() + 2);
            // often each branch has a version of its own, as where all edit one place
            let is_one_place = rolled.below(2) == 0;
            let mechanical = [0, 2, 3][rolled.below(3)];
            let merge = |rolled: &mut Rolled, version: usize, at: usize| {
                let after = if is_one_place { (at + 1) % versions } else { rolled.below(versions) };
                let is_clean = (is_one_place && version == 0) || rolled.below(3) == 0;
                let hunks = if is_clean { 0 } else { 1 + rolled.below(3) as u32 };
                // one that is made anew, or to which everybody adds and which is edited at times
                let is_mechanical = hunks > 0 && mechanical > rolled.below(3);
                match is_mechanical {
                    true => VersionMerge { after, hunks: 0, mechanical: 1 },
                    false => VersionMerge { after, hunks, mechanical: 0 },
                }
            };
            let mut row = |version| (0..branches.len()).map(|at| merge(rolled, version, at)).collect();
            FileVersions { merges: (0..versions).map(&mut row).collect(), branches }
        };
        (0..1 + rolled.below(3)).map(|_| file(rolled)).collect()
    }

    /// What the rest costs at the least, and whether the bound says more anywhere on the way.
    fn cheapest(
        contested: &Contested,
        files: &[FileVersions],
        merged: usize,
        versions: &[usize],
        wrong: &mut Vec<(usize, Cost)>,
    ) -> Cost {
        let mut least: Option<Cost> = None;
        for member in (0..MEMBERS).filter(|member| merged & (1 << member) == 0) {
            let mut cost = Cost::default();
            let mut after = versions.to_vec();
            for (file, version) in files.iter().zip(&mut after) {
                if let Some(at) = file.branches.iter().position(|branch| *branch == member) {
                    let merge = file.merges[*version][at];
                    *version = merge.after;
                    cost.hunks += merge.hunks;
                    cost.mechanical += merge.mechanical;
                }
            }
            cost.steps = u32::from(cost.hunks > 0);
            let rest = cheapest(contested, files, merged | 1 << member, &after, wrong);
            least = least.into_iter().chain([cost + rest]).min();
        }
        let least = least.unwrap_or_default();
        let bound = contested.left(&|member| merged & (1 << member) != 0);
        if bound > least {
            wrong.push((merged, bound));
        }
        least
    }

    #[test]
    fn no_order_costs_less_than_the_bound() {
        let (mut reached, mut above, mut further, mut by_rule) = (0, 0, 0, 0);
        for seed in 1..=400 {
            let mut rolled = Rolled(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let files = files(&mut rolled);
            let all: Vec<usize> = (0..MEMBERS).collect();
            let contested = Contested::new(&all, &files);
            let mut wrong = Vec::new();
            let least = cheapest(&contested, &files, 0, &vec![0; files.len()], &mut wrong);
            assert!(wrong.is_empty(), "seed {seed}: {wrong:?}, {files:#?}");
            assert!(
                contested.in_all() <= least,
                "seed {seed}: {:?}, {least:?}, {files:#?}",
                contested.in_all()
            );
            let bound = contested.left(&|_| false);
            further += usize::from(contested.in_all() > bound);
            above += usize::from(bound > Cost::default());
            reached += usize::from(bound == least && least > Cost::default());
            by_rule += usize::from(bound.steps > 0 && bound.mechanical > 0 && bound == least);
        }
        assert!(above > 100 && reached > 30, "{above} bounds above nothing, {reached} are what is reached");
        assert!(further > 10, "{further} bounds of sequences say more");
        assert!(by_rule > 5, "{by_rule} bounds with conflicts of both levels are what is reached");
    }
}
