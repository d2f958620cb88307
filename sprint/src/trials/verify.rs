//! Which merges pass: the target, each terminal alone, pairs, the steps of the order.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet, VecDeque};

use crate::model::{
    FailedCommand, FailedTogether, Oid, Selection, Severity, TriedFor, TriedMerge, TriedResult, Verified,
    VerifyEnd,
};

use super::blame::{Trial, blamed};
use super::error::TrialError;
use super::pool::{Pool, PoolTask};
use super::results::{KeptFailure, Results, RunSetup};
use super::runs::Ran;
use super::{Merges, NoTree, Watcher};

/// A terminal that is merged.
pub struct TriedTerminal {
    /// Its name.
    pub name: String,
    /// Those before it that it needs, directly or not, by their numbers.
    pub needs: BTreeSet<usize>,
}

/// What is to be tried.
pub struct VerifyPlan<'a> {
    /// The name of the target.
    pub target: &'a str,
    /// The terminals, in the merge order.
    pub terminals: &'a [TriedTerminal],
    /// Pairs of them, by their numbers.
    pub pairs: &'a [[usize; 2]],
    /// What is run.
    pub setup: &'a RunSetup,
    /// Whether work that is not committed is merged too.
    pub uncommitted: bool,
    /// Whether results of earlier runs do not count.
    pub again: bool,
}

/// What came of some merges.
enum Outcome {
    Passed,
    Failed(FailedCommand, Oid),
    Untried(NoTree),
}

/// Why it is not gone on.
enum Halted {
    Interrupted,
    Error(TrialError),
}

impl<E: Into<TrialError>> From<E> for Halted {
    fn from(error: E) -> Halted {
        Halted::Error(error.into())
    }
}

/// Tries everything.
///
/// # Errors
/// A command could not be run to its end; nothing can be checked out, or written.
pub fn verify(
    plan: &VerifyPlan,
    merges: &dyn Merges,
    pool: &Pool,
    results: &mut Results,
    watcher: &dyn Watcher,
) -> Result<Verified, TrialError> {
    let answer = Verified {
        end: VerifyEnd::Finished,
        target: plan.target.to_string(),
        commands: plan.setup.commands.clone(),
        uncommitted: plan.uncommitted,
        target_failure: None,
        tried: Vec::new(),
        failed: Vec::new(),
        runs: 0,
        known: 0,
        selection: Selection::default(),
    };
    let mut verifier = Verifier { plan, merges, pool, results, watcher, seen: HashSet::new(), answer };
    let end = match verifier.all() {
        Ok(end) => end,
        Err(Halted::Interrupted) => VerifyEnd::Interrupted,
        Err(Halted::Error(_)) if watcher.is_interrupted() => VerifyEnd::Interrupted,
        Err(Halted::Error(error)) => return Err(error),
    };
    Ok(Verified { end, ..verifier.answer })
}

struct Verifier<'a> {
    plan: &'a VerifyPlan<'a>,
    merges: &'a dyn Merges,
    pool: &'a Pool<'a>,
    results: &'a mut Results,
    watcher: &'a dyn Watcher,
    /// The trees of this run.
    seen: HashSet<Oid>,
    answer: Verified,
}

impl Verifier<'_> {
    fn all(&mut self) -> Result<VerifyEnd, Halted> {
        for outcome in self.outcomes(&[Vec::new()])? {
            self.record(TriedFor::Target, &[], &outcome);
            if let Outcome::Failed(failure, _) = outcome {
                self.answer.target_failure = Some(failure);
                return Ok(VerifyEnd::TargetFails);
            }
        }
        let out = self.alone()?;
        self.pairs(&out)?;
        self.steps(out)?;
        Ok(VerifyEnd::Finished)
    }

    /// Each alone, with what it needs. Those that do not pass.
    fn alone(&mut self) -> Result<BTreeSet<usize>, Halted> {
        let all = 0..self.plan.terminals.len();
        let sets: Vec<Vec<usize>> = all.clone().map(|one| self.with_needs(&[one])).collect();
        let outcomes = self.outcomes(&sets)?;
        let mut out = BTreeSet::new();
        for (one, (set, outcome)) in all.zip(sets.iter().zip(outcomes)) {
            self.record(TriedFor::Alone, &[one], &outcome);
            if !matches!(outcome, Outcome::Passed) {
                out.insert(one);
            }
            self.blame(set, &outcome)?;
        }
        Ok(out)
    }

    fn pairs(&mut self, out: &BTreeSet<usize>) -> Result<(), Halted> {
        let plan = self.plan;
        let (kept, without): (Vec<&[usize; 2]>, Vec<_>) =
            plan.pairs.iter().partition(|pair| pair.iter().all(|one| !out.contains(one)));
        for pair in without {
            let names: Vec<&str> =
                pair.iter().filter(|one| out.contains(one)).map(|one| self.name(*one)).collect();
            let why = format!("without the other, {} did not pass", names.join(" and "));
            self.record(TriedFor::Pair, pair, &Outcome::Untried(NoTree { why, severity: Severity::Info }));
        }
        let sets: Vec<Vec<usize>> = kept.iter().map(|pair| self.with_needs(&pair[..])).collect();
        let outcomes = self.outcomes(&sets)?;
        for (pair, (set, outcome)) in kept.into_iter().zip(sets.iter().zip(outcomes)) {
            self.record(TriedFor::Pair, pair, &outcome);
            self.blame(set, &outcome)?;
        }
        Ok(())
    }

    /// The steps, each on those before it that passed; as many at once as there are checkouts, as if all passed.
    fn steps(&mut self, mut out: BTreeSet<usize>) -> Result<(), Halted> {
        let plan = self.plan;
        let mut left: VecDeque<usize> = (0..plan.terminals.len()).filter(|one| !out.contains(one)).collect();
        let mut merged: Vec<usize> = Vec::new();
        while !left.is_empty() {
            let mut sets = Vec::new();
            let mut prefix = merged.clone();
            for one in left.iter().take(self.pool.jobs.max(1)) {
                prefix.push(*one);
                sets.push(prefix.clone());
            }
            let outcomes = self.outcomes(&sets)?;
            for (set, outcome) in sets.iter().zip(outcomes) {
                let Some(one) = left.pop_front() else { break };
                self.record(TriedFor::Step, set, &outcome);
                if matches!(outcome, Outcome::Passed) {
                    merged.push(one);
                    continue;
                }
                self.blame(set, &outcome)?;
                out.insert(one);
                for waiting in std::mem::take(&mut left) {
                    match plan.terminals[waiting].needs.intersection(&out).next() {
                        None => left.push_back(waiting),
                        Some(needed) => {
                            let why = format!("it needs {}", self.name(*needed));
                            let set = [&merged[..], &[waiting]].concat();
                            self.record(
                                TriedFor::Step,
                                &set,
                                &Outcome::Untried(NoTree { why, severity: Severity::Info }),
                            );
                            out.insert(waiting);
                        }
                    }
                }
                break;
            }
        }
        Ok(())
    }

    fn name(&self, one: usize) -> &str {
        &self.plan.terminals[one].name
    }

    fn names(&self, set: &[usize]) -> Vec<String> {
        set.iter().map(|one| self.name(*one).to_string()).collect()
    }

    fn with_needs(&self, chosen: &[usize]) -> Vec<usize> {
        let needs = chosen.iter().flat_map(|one| &self.plan.terminals[*one].needs);
        needs.chain(chosen).copied().collect::<BTreeSet<usize>>().into_iter().collect()
    }

    fn record(&mut self, tried_for: TriedFor, set: &[usize], outcome: &Outcome) {
        let result = match outcome {
            Outcome::Passed => TriedResult::Passed,
            Outcome::Failed(..) => TriedResult::Failed,
            Outcome::Untried(NoTree { why, severity }) => TriedResult::Untried(why.clone(), *severity),
        };
        let terminals = self.names(set);
        self.answer.tried.push(TriedMerge { tried_for, terminals, result });
    }

    /// What comes of merging each of these sets.
    fn outcomes(&mut self, sets: &[Vec<usize>]) -> Result<Vec<Outcome>, Halted> {
        if self.watcher.is_interrupted() {
            return Err(Halted::Interrupted);
        }
        let mut trees: Vec<Result<Oid, NoTree>> = Vec::new();
        let mut tasks: Vec<(Oid, PoolTask)> = Vec::new();
        for set in sets {
            let mut tree = self.merges.tree(set);
            if let Ok(found) = tree
                && self.is_new(found)
                && tasks.iter().all(|(other, _)| *other != found)
            {
                let on =
                    if set.is_empty() { self.plan.target.to_string() } else { self.names(set).join(" + ") };
                match self.merges.commit(set, found)? {
                    Ok(commit) => tasks.push((found, PoolTask { commit, on })),
                    Err(why) => tree = Err(why),
                }
            }
            trees.push(tree);
        }
        self.run(tasks)?;
        let outcome = |tree| match tree {
            Err(why) => Ok(Outcome::Untried(why)),
            Ok(tree) => match self.results.find(tree, self.plan.setup) {
                Some(None) => Ok(Outcome::Passed),
                Some(Some(failure)) => Ok(Outcome::Failed(failure.clone(), tree)),
                None => Err(Halted::Interrupted),
            },
        };
        trees.into_iter().map(outcome).collect()
    }

    /// Whether a tree is to be run; each is counted once.
    fn is_new(&mut self, tree: Oid) -> bool {
        if self.seen.contains(&tree) {
            return false;
        }
        let is_known = !self.plan.again && self.results.find(tree, self.plan.setup).is_some();
        if is_known {
            self.seen.insert(tree);
            self.answer.known += 1;
        }
        !is_known
    }

    fn run(&mut self, tasks: Vec<(Oid, PoolTask)>) -> Result<(), Halted> {
        let Verifier { plan, pool, watcher, results, seen, answer, .. } = self;
        let (trees, tasks): (Vec<Oid>, Vec<PoolTask>) = tasks.into_iter().unzip();
        let done = Cell::new(answer.tried.len());
        let of = 1 + 2 * plan.terminals.len() + plan.pairs.len();
        let mut halted = Ok(());
        let mut ended = |at: usize, ran: Result<Ran, _>| {
            done.update(|done| done + 1);
            let failure = match ran {
                Ok(Ran::Passed) => None,
                Ok(Ran::Failed(failure)) => Some(failure),
                Ok(Ran::Interrupted) => {
                    if halted.is_ok() {
                        halted = Err(Halted::Interrupted);
                    }
                    return;
                }
                Ok(Ran::NotRun(error)) => {
                    halted = Err(error.into());
                    return;
                }
                Err(error) => {
                    halted = Err(Halted::Error(TrialError::Git(error)));
                    return;
                }
            };
            seen.insert(trees[at]);
            answer.runs += 1;
            if let Err(error) = results.keep(trees[at], plan.setup, failure.as_ref()) {
                halted = Err(error.into());
            }
        };
        pool.run(&tasks, *watcher, &|what| watcher.begins(done.get().min(of), of, what), &mut ended);
        halted
    }

    /// Whether it is known who fails with the last of these.
    fn is_explained(&self, set: &[usize]) -> bool {
        let names = self.names(set);
        let is_within = |known: &FailedTogether| {
            known.together.iter().all(|name| names.contains(name))
                && names.last().is_some_and(|last| known.together.contains(last))
        };
        self.answer.failed.iter().any(is_within)
    }

    /// If these failed: who of them fails together.
    fn blame(&mut self, set: &[usize], outcome: &Outcome) -> Result<(), Halted> {
        if !matches!(outcome, Outcome::Failed(..)) || self.is_explained(set) {
            return Ok(());
        }
        let position = |needed: &usize| set.iter().position(|one| one == needed);
        let needs: Vec<BTreeSet<usize>> = set
            .iter()
            .map(|one| self.plan.terminals[*one].needs.iter().filter_map(position).collect())
            .collect();
        let blame = blamed::<Halted>(&needs, false, &mut |chosen| {
            let chosen: Vec<usize> = chosen.iter().map(|at| set[*at]).collect();
            Ok(match self.outcomes(&[chosen])?.pop() {
                Some(Outcome::Passed) => Trial::Green,
                Some(Outcome::Failed(..)) => Trial::Red,
                Some(Outcome::Untried(_)) | None => Trial::Untried,
            })
        })?;
        let chosen = |some: &[usize]| some.iter().map(|at| set[*at]).collect::<Vec<usize>>();
        let merged = self.with_needs(&chosen(&[&blame.together[..], &blame.needed].concat()));
        let [together, needed, untried] =
            [&blame.together, &blame.needed, &blame.untried].map(|some| self.names(&chosen(some)));
        for outcome in self.outcomes(std::slice::from_ref(&merged))? {
            let Outcome::Failed(failure, tree) = outcome else { continue };
            let found = FailedTogether {
                together: together.clone(),
                needed: needed.clone(),
                untried: untried.clone(),
                failure,
            };
            if self.answer.failed.iter().any(|known| known.together == found.together) {
                continue;
            }
            self.answer.failed.push(found.clone());
            let VerifyPlan { uncommitted, setup, .. } = *self.plan;
            let merged = self.names(&merged);
            self.results.note(KeptFailure { found, merged, uncommitted, tree, setup: setup.clone() })?;
        }
        Ok(())
    }
}
