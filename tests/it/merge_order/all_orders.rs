//! No order that is allowed costs less than the one that is found.

use track_work::interaction::{Chain, TargetState};
use track_work::merge::Options;
use track_work::model::{ConflictKind, ConflictPath};

use super::sets::{Price, Set, cost, seeds};
use crate::merge_engine::git_objects::GitObjects;

/// All orders of a set, each merged one after the other.
struct AllOrders<'a> {
    set: &'a Set,
    chain: Chain<'a>,
    /// The least cost that was found, and the order.
    best: (Price, Vec<usize>),
}

impl AllOrders<'_> {
    fn merge(&self, stage: &TargetState, branch: usize) -> (Price, TargetState) {
        let merged = self.chain.merge(stage, self.set.branches[branch]).unwrap();
        let (by_rule, judged): (Vec<_>, Vec<_>) =
            merged.outcome.conflicts.iter().partition(|conflict| is_mechanical(conflict));
        let hunks: u64 = judged.iter().map(|conflict| conflict.regions.len().max(1) as u64).sum();
        ((u64::from(!judged.is_empty()), hunks, by_rule.len() as u64), merged.after)
    }

    /// Goes on with every branch that may come next; an order that costs as much as the best one
    /// already need not be followed to its end.
    fn follow(&mut self, order: &mut Vec<usize>, stage: &TargetState, so_far: Price) {
        if so_far >= self.best.0 {
            return;
        }
        let branches = self.set.branches.len();
        if order.len() == branches {
            self.best = (so_far, order.clone());
            return;
        }
        for next in 0..branches {
            let free =
                self.set.waits.iter().all(|(later, earlier)| *later != next || order.contains(earlier));
            if free && !order.contains(&next) {
                let (cost, after) = self.merge(stage, next);
                order.push(next);
                self.follow(order, &after, sum(so_far, cost));
                order.pop();
            }
        }
    }
}

fn sum(one: Price, other: Price) -> Price {
    (one.0 + other.0, one.1 + other.1, one.2 + other.2)
}

/// Whether nobody has to judge it: a file that is made anew, or one to which both only added.
fn is_mechanical(conflict: &ConflictPath) -> bool {
    let only_added = conflict.regions.iter().all(|region| region.base.is_deletion());
    match conflict.path.to_string().as_str() {
        "go.sum" => conflict.kind == ConflictKind::Content,
        "CHANGES" => conflict.kind == ConflictKind::Content && only_added,
        _ => false,
    }
}

#[test]
fn no_allowed_order_costs_less() {
    compared_with_all((30, true), &|seed| Set::new(seed, if seed % 10 == 0 { 8 } else { 6 }));
}

#[test]
fn no_allowed_order_costs_less_where_all_edit_one_list() {
    compared_with_all((30, true), &Set::at_one_list);
}

#[test]
fn no_allowed_order_costs_less_where_files_of_all_kinds_conflict() {
    let by_rule = compared_with_all((30, true), &Set::at_files_of_kinds);
    assert!(by_rule > 0, "no set has conflicts that nobody has to judge");
}

#[test]
fn no_allowed_order_costs_less_where_branches_have_commits_in_common() {
    compared_with_all((12, false), &Set::at_one_list_with_common_commits);
}

/// The steps of one batch, in any order, cost what they cost in the order found.
#[test]
fn the_steps_of_a_batch_can_be_merged_in_any_order() {
    let options = Options::default();
    let mut tried = 0;
    let sets =
        seeds(12).flat_map(|seed| [Set::new(seed, 6), Set::at_one_list(seed), Set::at_files_of_kinds(seed)]);
    for set in sets {
        let said = set.order(&[]);
        let steps = said["steps"].as_array().unwrap();
        let objects = GitObjects::open(&set.laboratory.path()).unwrap();
        let chain = Chain::new(&objects, &objects, Some(set.target), &options).unwrap();
        let start = chain.start();
        let all = AllOrders { set: &set, chain, best: ((0, 0, 0), Vec::new()) };
        let order: Vec<usize> =
            steps.iter().map(|step| set.branch(step["terminal"].as_str().unwrap())).collect();
        let batch = |at: usize| steps[at]["batch"].as_u64().unwrap();
        let real = |order: &[usize]| {
            let mut costs = vec![(0, 0, 0); set.branches.len()];
            let mut stage = start.clone();
            for branch in order {
                (costs[*branch], stage) = all.merge(&stage, *branch);
            }
            costs
        };
        let expected = real(&order);
        // every exchange of two of a batch, and every batch backwards
        let mut others: Vec<Vec<usize>> = Vec::new();
        for later in 0..order.len() {
            for earlier in (0..later).filter(|earlier| batch(*earlier) == batch(later)) {
                let mut other = order.clone();
                other.swap(earlier, later);
                others.push(other);
            }
        }
        let mut places: Vec<usize> = (0..order.len()).collect();
        places.sort_by_key(|at| (batch(*at), std::cmp::Reverse(*at)));
        others.push(places.into_iter().map(|at| order[at]).collect());
        tried += others.len();
        for other in others {
            assert_eq!(real(&other), expected, "seed {}: {order:?} and {other:?}: {said:#}", set.seed);
        }
    }
    assert!(tried > 0, "no batch has two steps");
}

/// `must_prove`: whether each has to be proven; else its bound is right. How many sets have conflicts that a rule resolves.
fn compared_with_all((usual, must_prove): (u64, bool), set: &dyn Fn(u64) -> Set) -> usize {
    let options = Options::default();
    let (mut stopping, mut saved, mut by_rule, mut wrong) = (0, 0, 0, Vec::new());
    for seed in seeds(usual) {
        let set = set(seed);
        let said = set.order(&[]);
        let steps = said["steps"].as_array().unwrap();
        let merged = said["left_out"].as_array().unwrap().len();
        assert_eq!(steps.len() + merged, set.branches.len(), "seed {seed}: {said:#}");
        let order: Vec<usize> =
            steps.iter().map(|step| set.branch(step["terminal"].as_str().unwrap())).collect();
        let place = |branch: usize| order.iter().position(|one| *one == branch);
        let kept = set.waits.iter().all(|(later, earlier)| match (place(*later), place(*earlier)) {
            (Some(later), Some(earlier)) => earlier < later,
            _ => true,
        });
        let objects = GitObjects::open(&set.laboratory.path()).unwrap();
        let chain = Chain::new(&objects, &objects, Some(set.target), &options).unwrap();
        let start = chain.start();
        let claimed = cost(&said["cost"]);
        let mut all = AllOrders { set: &set, chain, best: (claimed, Vec::new()) };
        let (mut stage, mut real) = (start.clone(), (0, 0, 0));
        for branch in &order {
            let (cost, after) = all.merge(&stage, *branch);
            (stage, real) = (after, sum(real, cost));
        }
        all.follow(&mut Vec::new(), &start, (0, 0, 0));
        let naive: Vec<Price> =
            said["baselines"].as_array().unwrap().iter().map(|one| cost(&one["cost"])).collect();
        by_rule += usize::from(claimed.2 > 0);
        stopping += usize::from(claimed.0 > 0);
        saved += usize::from(naive.iter().any(|naive| *naive > claimed));
        let is_proven = said["optimal"] == true && said["bound"] == said["cost"] && all.best.1.is_empty();
        let right = real == claimed
            && kept
            && (is_proven || !must_prove)
            && cost(&said["bound"]) <= all.best.0
            && naive.iter().all(|naive| *naive >= claimed);
        if !right {
            wrong.push(format!(
                "seed {seed}: says {claimed:?} for {order:?} (optimal {}), which costs {real:?}; best {:?}; naive {naive:?}; waits {:?}\n{}",
                said["optimal"], all.best, set.waits, set.scenario
            ));
        }
    }
    assert!(wrong.is_empty(), "{} sets: {}", wrong.len(), wrong.join("\n"));
    assert!(stopping > 0 && saved > 0, "{stopping} sets that stop, {saved} where the order matters");
    by_rule
}
