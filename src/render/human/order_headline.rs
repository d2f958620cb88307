//! The first line of `merge-order`: what merging in this order costs, and in others.

use crate::model::{Cost, MergeOrder, MergeStep, Prediction};

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
    let unknown = order.steps.iter().filter(|step| matches!(step.prediction, Prediction::Unknown(_)));
    let unknown = unknown.count();
    let mut verdict = match (order.cost.steps as usize - unknown, unknown) {
        (0, 0) if order.cost.mechanical > 0 => yellow(&format!("{} in {merges}", mechanical(order.cost))),
        (0, 0) => green(&format!("{merges}, no conflicts")),
        (0, unknown) => yellow(&format!("{unknown} of {merges} unknown")),
        (stopping, 0) => red(&format!("{} in {merges}", count(stopping, "conflict"))),
        (stopping, unknown) => {
            red(&format!("{} in {merges}, {unknown} unknown", count(stopping, "conflict")))
        }
    };
    // of what is unknown, nobody has counted them
    if order.cost.hunks > 0 && order.cost.steps as usize > unknown {
        let open = |is_meant: fn(&MergeStep) -> bool| -> usize {
            order.steps.iter().filter(|step| is_meant(step)).map(|step| step.undecided.len()).sum()
        };
        let hunks = count((order.cost.hunks as usize).saturating_sub(open(|_| true)), "hunk");
        let open = match open(|step| step.prediction == Prediction::Conflict) {
            0 => String::new(),
            open => format!(", {} unknown", count(open, "file")),
        };
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
    } else {
        format!(", the best order found; any order has at least {}", priced(order.bound))
    });
    let worse = order.baselines.iter().filter(|baseline| baseline.cost != order.cost);
    let worse: Vec<String> =
        worse.map(|baseline| format!("{}: {}", first_words(baseline.name), priced(baseline.cost))).collect();
    if !worse.is_empty() {
        verdict.push_str(&format!(". {}", worse.join(", ")));
    }
    match order.verified {
        Some(true) => verdict.push_str(". Verified: repeating the merges gave the same results"),
        Some(false) => verdict.push_str(&red(". Not verified: repeating the merges gave different results")),
        None => {}
    }
    wrapped(&format!("{}.", bold(&verdict)), 0, style.width)
}

fn first_words(baseline: &str) -> String {
    match baseline {
        "registration" => "In order of registration".to_string(),
        other => format!("{other} first"),
    }
}

/// `1 conflict (2 hunks), 1 mechanical conflict`
pub(super) fn priced(cost: Cost) -> String {
    if cost.steps == 0 && cost.mechanical > 0 {
        return mechanical(cost);
    }
    let mut text = count(cost.steps as usize, "conflict");
    if cost.hunks > 0 {
        text.push_str(&format!(" ({})", count(cost.hunks as usize, "hunk")));
    }
    if cost.mechanical > 0 {
        text.push_str(&format!(", {}", mechanical(cost)));
    }
    text
}

/// `2 mechanical conflicts`
fn mechanical(cost: Cost) -> String {
    count(cost.mechanical as usize, "mechanical conflict")
}
