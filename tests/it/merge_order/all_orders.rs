//! No order that is allowed costs less than the one that is found.

use track_work::interaction::{Chain, TargetState};
use track_work::merge::Options;

use super::sets::{Set, cost, seeds};
use crate::merge_engine::git_objects::GitObjects;

/// All orders of a set, each merged one after the other.
struct AllOrders<'a> {
    set: &'a Set,
    chain: Chain<'a>,
    /// The least cost that was found, and the order.
    best: ((u64, u64), Vec<usize>),
}

impl AllOrders<'_> {
    fn merge(&self, stage: &TargetState, branch: usize) -> ((u64, u64), TargetState) {
        let merged = self.chain.merge(stage, self.set.branches[branch]).unwrap();
        let hunks = |conflict: &track_work::model::ConflictPath| conflict.regions.len().max(1) as u64;
        let hunks: u64 = merged.outcome.conflicts.iter().map(hunks).sum();
        ((u64::from(!merged.outcome.is_clean()), hunks), merged.after)
    }

    /// Goes on with every branch that may come next; an order that costs as much as the best one
    /// already need not be followed to its end.
    fn follow(&mut self, order: &mut Vec<usize>, stage: &TargetState, so_far: (u64, u64)) {
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
                self.follow(order, &after, (so_far.0 + cost.0, so_far.1 + cost.1));
                order.pop();
            }
        }
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
fn no_allowed_order_costs_less_where_branches_have_commits_in_common() {
    compared_with_all((12, false), &Set::at_one_list_with_common_commits);
}

/// `must_prove`: whether each has to be proven; else its bound is right.
fn compared_with_all((usual, must_prove): (u64, bool), set: &dyn Fn(u64) -> Set) {
    let options = Options::default();
    let (mut stopping, mut saved, mut wrong) = (0, 0, Vec::new());
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
        let mut all = AllOrders { set: &set, chain, best: ((claimed.0, claimed.1), Vec::new()) };
        let (mut stage, mut real) = (start.clone(), (0, 0));
        for branch in &order {
            let (cost, after) = all.merge(&stage, *branch);
            (stage, real) = (after, (real.0 + cost.0, real.1 + cost.1));
        }
        all.follow(&mut Vec::new(), &start, (0, 0));
        let naive: Vec<(u64, u64)> =
            said["baselines"].as_array().unwrap().iter().map(|one| cost(&one["cost"])).collect();
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
}
