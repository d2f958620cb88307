//! The first line of `merge-order`: what merging in this order costs, and in others.

use crate::model::{Baseline, Cost, MergeOrder};

use super::paint::{bold, green, red, wrapped, yellow};
use super::{Style, count};

/// `1 conflict in 3 merges, proven optimal (registration: 3, smallest: 2)`
pub(super) fn headline(order: &MergeOrder, style: Style) -> String {
    if order.steps.is_empty() {
        let is_open = !order.cycles.is_empty() || order.left_out.iter().any(|one| one.undetermined);
        let what = if is_open { "Nothing can be merged" } else { "Nothing to merge" };
        let when = if is_open { " now" } else { "" };
        return wrapped(&format!("{what} into {}{when}.", order.target), 0, style.width);
    }
    let merges = count(order.steps.len(), "merge");
    let (stopping, unknown) = (order.cost.known_steps() as usize, order.cost.unknown_steps as usize);
    let mut verdict = match (stopping, unknown) {
        (0, 0) if order.cost.mechanical > 0 => yellow(&format!("{} in {merges}", mechanical(order.cost))),
        (0, 0) => green(&format!("{merges}, no conflicts")),
        (0, unknown) => yellow(&format!("{unknown} of {merges} unknown")),
        (stopping, 0) => red(&format!("{} in {merges}", count(stopping, "conflict"))),
        (stopping, unknown) => {
            red(&format!("{} in {merges}, {unknown} unknown", count(stopping, "conflict")))
        }
    };
    // of what is unknown, nobody has counted them
    if stopping > 0 {
        let steps = order.steps.iter().filter(|step| step.cost.known_steps() > 0);
        let open = match steps.map(|step| step.undecided.len()).sum() {
            0 => String::new(),
            open => format!(", {} unknown", count(open, "file")),
        };
        let hunks = count(order.cost.known_hunks() as usize, "hunk");
        verdict.push_str(&format!(" ({hunks}{open})"));
    }
    if order.cost.mechanical > 0 && order.cost.steps > 0 {
        verdict.push_str(&format!(", {}", mechanical(order.cost)));
    }
    if order.cost.breaks > 0 {
        verdict.push_str(&format!(", {} without a conflict", count(order.cost.breaks as usize, "break")));
    }
    verdict.push_str(&if order.optimal {
        ", proven optimal".to_string()
    } else if order.is_open {
        ", the best order as far as is known".to_string()
    } else {
        format!(", the best order found; any order has at least {}", priced(order.bound))
    });
    let is_told = |baseline: &&Baseline| priced(baseline.cost) != priced(order.cost);
    let worse = order.baselines.iter().filter(is_told);
    let worse: Vec<String> =
        worse.map(|baseline| format!("{}: {}", first_words(baseline.name), priced(baseline.cost))).collect();
    if !worse.is_empty() {
        verdict.push_str(&format!(". {}", worse.join(", ")));
    }
    verdict.push_str(&at_mechanical_alone(order).map_or_else(String::new, |stops| format!(". {stops}")));
    match order.verified {
        Some(true) => verdict.push_str(". Verified: repeating the merges gave the same results"),
        Some(false) => verdict.push_str(&red(". Not verified: repeating the merges gave different results")),
        None => {}
    }
    wrapped(&format!("{}.", bold(&verdict)), 0, style.width)
}

/// `5 merges stop, 1 of them at mechanical conflicts alone`: these are not among those where a person has to judge.
fn at_mechanical_alone(order: &MergeOrder) -> Option<String> {
    let alone = order.steps.iter().filter(|step| step.cost.steps == 0 && step.cost.mechanical > 0).count();
    let all = order.cost.known_steps() as usize + alone;
    let stop = if all == 1 { "stops" } else { "stop" };
    let merges = count(all, "merge");
    match alone {
        0 => None,
        alone if alone == all => Some(format!("{merges} {stop}, at mechanical conflicts alone")),
        alone => Some(format!("{merges} {stop}, {alone} of them at mechanical conflicts alone")),
    }
}

fn first_words(baseline: &str) -> String {
    match baseline {
        "registration" => "In order of registration".to_string(),
        other => format!("{other} first"),
    }
}

/// `1 conflict (2 hunks), 1 merge unknown, 1 mechanical conflict`
pub(super) fn priced(cost: Cost) -> String {
    let (stopping, unknown) = (cost.known_steps() as usize, cost.unknown_steps as usize);
    let mut told = Vec::new();
    if stopping > 0 {
        let hunks = count(cost.known_hunks() as usize, "hunk");
        let open = match cost.unknown {
            open if open > 0 && unknown == 0 => format!(", {} unknown", count(open as usize, "file")),
            _ => String::new(),
        };
        told.push(format!("{} ({hunks}{open})", count(stopping, "conflict")));
    }
    if unknown > 0 {
        told.push(format!("{} unknown", count(unknown, "merge")));
    }
    if cost.mechanical > 0 {
        told.push(mechanical(cost));
    }
    match told.is_empty() {
        true => count(0, "conflict"),
        false => told.join(", "),
    }
}

/// `2 mechanical conflicts`
fn mechanical(cost: Cost) -> String {
    count(cost.mechanical as usize, "mechanical conflict")
}
