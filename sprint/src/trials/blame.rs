//! Which of the merges fail together: by merging fewer of them.
//!
//! What is known at first: all together fail and, where each was tried when it was merged, the first of them, however
//! many, pass. Halving finds how many of the first fail with the last one, so the last of these belongs to the set; QuickXplain (Junker 2004) finds the others. If
//! k of n fail together, that takes about log2 n + 2k (log2 (n/k) + 1) runs. Then each set with one less is run, so
//! the answer does not rest on the assumption that what fails also fails with more; one that fails as well is taken
//! instead.
//!
//! Only sets that have with each merge also those that it needs are tried.

use std::collections::{BTreeMap, BTreeSet};

/// The numbers of some merges, in their order.
type MergeSet = BTreeSet<usize>;

/// What came of merging some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It failed.
    Red,
    /// It passed.
    Green,
    /// It could not be tried.
    Untried,
}

/// Which merges fail together, by their numbers or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame<T> {
    /// Without any one of them, the others pass.
    pub together: Vec<T>,
    /// Those that the others need.
    pub needed: Vec<T>,
    /// Those of `together` without which the others could not be tried.
    pub untried: Vec<T>,
}

/// The merges that fail together, of those that have these needs: all that each needs, directly or not, is before it.
/// `steps_passed`: the first of them passed, however many, without the last one.
///
/// # Errors
/// Those of `asks`.
pub fn blamed<E>(
    needs: &[MergeSet],
    steps_passed: bool,
    asks: &mut dyn FnMut(&[usize]) -> Result<Trial, E>,
) -> Result<Blame<usize>, E> {
    let Some(last) = needs.len().checked_sub(1) else {
        return Ok(Blame { together: Vec::new(), needed: Vec::new(), untried: Vec::new() });
    };
    let passed = if steps_passed { 0..=last } else { 0..=0 };
    let mut known: BTreeMap<MergeSet, Trial> =
        passed.map(|first| ((0..first).collect(), Trial::Green)).collect();
    known.insert((0..=last).collect(), Trial::Red);
    let mut search = BlameSearch { needs, asks, known };
    let found = search.found(last)?;
    search.shrunk(found)
}

/// For each of so many merges, those before it that it needs, directly or not.
pub fn all_needs(count: usize, is_direct: impl Fn(usize, usize) -> bool) -> Vec<BTreeSet<usize>> {
    let mut needs: Vec<BTreeSet<usize>> = Vec::new();
    for at in 0..count {
        let direct: Vec<usize> = (0..at).filter(|one| is_direct(at, *one)).collect();
        needs.push(direct.iter().flat_map(|one| needs[*one].iter().chain([one])).copied().collect());
    }
    needs
}

struct BlameSearch<'a, E> {
    needs: &'a [MergeSet],
    asks: &'a mut dyn FnMut(&[usize]) -> Result<Trial, E>,
    known: BTreeMap<MergeSet, Trial>,
}

impl<E> BlameSearch<'_, E> {
    /// With all that they need.
    fn closed(&self, chosen: &MergeSet) -> MergeSet {
        chosen.iter().flat_map(|one| self.needs[*one].iter().chain([one])).copied().collect()
    }

    fn trial(&mut self, chosen: &MergeSet) -> Result<Trial, E> {
        let chosen = self.closed(chosen);
        if let Some(known) = self.known.get(&chosen) {
            return Ok(*known);
        }
        let merges: Vec<usize> = chosen.iter().copied().collect();
        let trial = (self.asks)(&merges)?;
        self.known.insert(chosen, trial);
        Ok(trial)
    }

    fn is_red(&mut self, chosen: &MergeSet) -> Result<bool, E> {
        Ok(self.trial(chosen)? == Trial::Red)
    }

    /// Some that fail together, perhaps more than it takes.
    fn found(&mut self, last: usize) -> Result<MergeSet, E> {
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = usize::midpoint(low, high);
            let chosen = (0..middle).chain([last]).collect();
            if self.is_red(&chosen)? { high = middle } else { low = middle + 1 }
        }
        let mut found = MergeSet::from([last]);
        if let Some(other) = high.checked_sub(1) {
            found.insert(other);
            let rest: Vec<usize> = (0..other).collect();
            let more = self.explained(&found, true, &rest)?;
            found.extend(more);
        }
        if self.is_red(&found)? {
            return Ok(self.closed(&found));
        }
        // what fails does not fail with more: the fewest that did
        let red = self.known.iter().filter(|(_, trial)| **trial == Trial::Red).map(|(chosen, _)| chosen);
        Ok(red.min_by_key(|chosen| chosen.len()).cloned().unwrap_or_default())
    }

    /// QuickXplain: those of the rest that it takes for `background` to fail.
    fn explained(&mut self, background: &MergeSet, is_new: bool, rest: &[usize]) -> Result<MergeSet, E> {
        if rest.is_empty() || (is_new && self.is_red(background)?) {
            return Ok(MergeSet::new());
        }
        if let [only] = rest {
            return Ok(MergeSet::from([*only]));
        }
        let (first, second) = rest.split_at(rest.len() / 2);
        let with_first = background.iter().chain(first).copied().collect();
        let of_second = self.explained(&with_first, true, second)?;
        let with_second = background.union(&of_second).copied().collect();
        let of_first = self.explained(&with_second, !of_second.is_empty(), first)?;
        Ok(of_first.union(&of_second).copied().collect())
    }

    /// Leaves one after the other out, until without any one of them the others do not fail.
    fn shrunk(&mut self, mut found: MergeSet) -> Result<Blame<usize>, E> {
        loop {
            let before = found.len();
            let mut untried = Vec::new();
            let all: Vec<usize> = found.iter().rev().copied().collect();
            for one in all {
                let is_needed = found.iter().any(|other| self.needs[*other].contains(&one));
                if is_needed {
                    continue;
                }
                let fewer: MergeSet = found.iter().copied().filter(|other| *other != one).collect();
                match self.trial(&fewer)? {
                    Trial::Red => found = fewer,
                    Trial::Green => {}
                    Trial::Untried => untried.push(one),
                }
            }
            if found.len() == before {
                let is_needed = |one: &usize| found.iter().any(|other| self.needs[*other].contains(one));
                let (needed, together) = found.iter().copied().partition(is_needed);
                untried.reverse();
                return Ok(Blame { together, needed, untried });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of numbers that look random.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap_or_default() % limit
        }

        fn some(&mut self, count: usize, of: usize) -> MergeSet {
            let mut chosen = MergeSet::new();
            while chosen.len() < count {
                chosen.insert(self.below(of));
            }
            chosen
        }
    }

    fn tried(needs: &[MergeSet], fails: impl Fn(&MergeSet) -> bool) -> (Blame<usize>, Vec<MergeSet>) {
        let mut runs = Vec::new();
        let found = blamed::<()>(needs, true, &mut |chosen| {
            let chosen: MergeSet = chosen.iter().copied().collect();
            let trial = if fails(&chosen) { Trial::Red } else { Trial::Green };
            assert!(chosen.iter().all(|one| needs[*one].is_subset(&chosen)), "{chosen:?}");
            assert!(!runs.contains(&chosen), "{chosen:?} twice");
            runs.push(chosen);
            Ok(trial)
        });
        (found.expect("an answer"), runs)
    }

    #[test]
    fn those_that_fail_together_are_found_in_few_runs() {
        for seed in 0..2000 {
            let mut numbers = Numbers(seed);
            let total = 1 + numbers.below(40);
            let count = 1 + numbers.below(total.min(4));
            let guilty = numbers.some(count, total);
            // the last of them is the one at which it was seen
            let last = guilty.last().copied().unwrap_or_default();
            let needs = vec![MergeSet::new(); last + 1];
            let (blame, runs) = tried(&needs, |chosen| guilty.is_subset(chosen));
            assert_eq!(blame.together, guilty.iter().copied().collect::<Vec<_>>(), "{seed}");
            assert!(blame.needed.is_empty() && blame.untried.is_empty());
            let (n, k) = ((last + 1) as f64, guilty.len() as f64);
            let bound = n.log2().ceil() + 2.0 * k * ((n / k).log2() + 1.0) + k + 1.0;
            assert!(runs.len() as f64 <= bound, "{seed}: {} runs for {k} of {n}: {bound}", runs.len());
        }
    }

    #[test]
    fn what_needs_another_is_tried_with_it() {
        for seed in 0..1000 {
            let mut numbers = Numbers(seed);
            let total = 2 + numbers.below(12);
            let mut needs: Vec<MergeSet> = Vec::new();
            for one in 0..total {
                let direct: MergeSet = (0..one).filter(|_| numbers.below(4) == 0).collect();
                needs.push(
                    direct.iter().flat_map(|other| needs[*other].clone()).chain(direct.clone()).collect(),
                );
            }
            let count = 1 + numbers.below(3.min(total));
            let guilty = numbers.some(count, total);
            let last = guilty.last().copied().unwrap_or_default();
            let needs = &needs[..=last];
            let (blame, _) = tried(needs, |chosen| guilty.is_subset(chosen));
            let wanted: MergeSet =
                guilty.iter().flat_map(|one| needs[*one].iter().chain([one])).copied().collect();
            let found: MergeSet = blame.together.iter().chain(&blame.needed).copied().collect();
            assert_eq!(found, wanted, "{seed}");
            assert!(blame.together.iter().all(|one| guilty.contains(one)), "{seed}: {blame:?} of {guilty:?}");
        }
    }

    #[test]
    fn whatever_fails_the_answer_was_seen_to_fail_and_each_set_with_one_less_to_pass() {
        for seed in 0..2000_u64 {
            let total = 2 + Numbers(seed).below(7);
            // any answer, but the same for the same set
            let fails = |chosen: &MergeSet| {
                let bits = chosen.iter().fold(0_u64, |bits, one| bits | 1 << one);
                let is_prefix = chosen.iter().copied().eq(0..chosen.len());
                match is_prefix {
                    true => chosen.len() == total,
                    false => Numbers(seed.wrapping_mul(1009).wrapping_add(bits << 20)).below(3) == 0,
                }
            };
            let needs = vec![MergeSet::new(); total];
            let (blame, runs) = tried(&needs, fails);
            let set: MergeSet = blame.together.iter().copied().collect();
            let was_run = |set: &MergeSet| runs.contains(set) || set.iter().copied().eq(0..set.len());
            assert!(fails(&set) && was_run(&set), "{seed}: {set:?}");
            for one in &set {
                let fewer: MergeSet = set.iter().copied().filter(|other| other != one).collect();
                assert!(!fails(&fewer) && was_run(&fewer), "{seed}: {fewer:?} of {set:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_tried_is_said() {
        let needs = vec![MergeSet::new(); 4];
        let found = blamed::<()>(&needs, true, &mut |chosen| {
            Ok(match chosen {
                [0, 2, 3] | [0, 3] => Trial::Red,
                [3] => Trial::Untried,
                _ => Trial::Green,
            })
        });
        assert_eq!(found, Ok(Blame { together: vec![0, 3], needed: Vec::new(), untried: vec![0] }));
        assert_eq!(blamed(&needs, true, &mut |_| Err("interrupted")), Err("interrupted"));
    }
}
