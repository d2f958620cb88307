//! The text of `verify`: who fails together, and what could not be tried.

use std::collections::BTreeSet;

use crate::model::{FailedTogether, TriedFor, TriedMerge, TriedResult, Verified, VerifyEnd, few};

use super::merge::last_lines;
use super::paint::{dim, green, hanging, line, red, wrapped, yellow};
use super::{Style, count};

/// For people.
pub(super) fn human(answer: &Verified, style: Style) -> String {
    if let Some(failure) = &answer.target_failure {
        let text = format!("{} fails by itself: {}.", answer.target, failure.sentence());
        let sign = red(style.conflict_sign());
        let first = style.plain(&wrapped(&format!("{sign} {text}"), 0, style.width));
        return [first, last_lines(failure), runs(answer, style)].concat();
    }
    let mut out: String =
        answer.shown_failed().map(|failed| together(failed, &answer.target, style)).collect();
    if !out.is_empty() {
        out.push('\n');
    }
    if style.verbose {
        out.push_str(&answer.shown_tried().map(|one| tried(one, style)).collect::<String>());
    } else {
        out.push_str(&untried(answer, style));
    }
    out.push_str(&summary(answer, style));
    out
}

fn together(failed: &FailedTogether, target: &str, style: Style) -> String {
    let text = format!("{} {}", red(style.conflict_sign()), failed.sentence(target));
    let mut out = style.plain(&wrapped(&text, 0, style.width));
    out.push_str(&wrapped(&format!("{}.", failed.failure.sentence()), 2, style.width));
    out.push_str(&last_lines(&failed.failure));
    out
}

fn tried(one: &TriedMerge, style: Style) -> String {
    let what = match one.tried_for {
        TriedFor::Target => "target".to_string(),
        TriedFor::Alone | TriedFor::Pair | TriedFor::Step => {
            format!("{}: {}", one.tried_for.name(), one.terminals.join(" + "))
        }
    };
    let text = match &one.result {
        TriedResult::Passed => format!("{} {what}", green(style.clean_sign())),
        TriedResult::Failed => format!("{} {what}", red(style.conflict_sign())),
        TriedResult::Untried(why, _) => format!("- {what}: not tried, {why}"),
    };
    style.plain(&wrapped(&text, 0, style.width))
}

/// What was not tried, each reason once, with whose merges it is about.
fn untried(answer: &Verified, style: Style) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for one in answer.shown_tried() {
        let TriedResult::Untried(why, _) = &one.result else { continue };
        let names = one.terminals.join(" + ");
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, all)) if all.contains(&names) => {}
            Some((_, all)) => all.push(names),
            None => reasons.push((why, vec![names])),
        }
    }
    let one = |(why, names): &(&str, Vec<String>)| {
        let is_named = |name: &&String| !why.split(' ').any(|word| word == name.as_str());
        let names: Vec<String> = names.iter().filter(is_named).cloned().collect();
        let who = if names.is_empty() { String::new() } else { format!("{}: ", few(&names)) };
        hanging("Not tried: ", &format!("{who}{why}."), 2, style.width)
    };
    style.plain(&reasons.iter().map(one).collect::<String>())
}

fn summary(answer: &Verified, style: Style) -> String {
    let merges = merges(answer.tried.iter());
    let passed = merges.iter().filter(|one| one.result == TriedResult::Passed).count();
    let failed = merges.iter().filter(|one| one.result == TriedResult::Failed).count();
    let untried = merges.len() - passed - failed;
    let all = count(passed + failed, "merge");
    let (commands, target) = (answer.commands.join(", "), &answer.target);
    let verb =
        |number: usize, one: &'static str, several: &'static str| if number == 1 { one } else { several };
    let pass = verb(passed, "passes", "pass");
    let text = match answer.end {
        VerifyEnd::Interrupted => {
            let done = count(answer.runs + answer.known, "tree");
            let text = format!("Interrupted after {done}. The same command goes on: what is known is kept.");
            return wrapped(&yellow(&text), 0, style.width);
        }
        VerifyEnd::Finished | VerifyEnd::TargetFails if failed > 0 => {
            format!("{failed} of {all} into {target} {}: {commands}", verb(failed, "fails", "fail"))
        }
        VerifyEnd::Finished | VerifyEnd::TargetFails if untried > 0 => {
            format!("{all} into {target} {pass}, {untried} not tried: {commands}")
        }
        VerifyEnd::Finished | VerifyEnd::TargetFails if passed == 0 => {
            format!(
                "{} {target} passes; there is nothing to merge into it: {commands}",
                green(style.clean_sign())
            )
        }
        VerifyEnd::Finished | VerifyEnd::TargetFails => {
            format!("{} {all} into {target} {pass}: {commands}", green(style.clean_sign()))
        }
    };
    [style.plain(&wrapped(&text, 0, style.width)), shown_part(answer, style), runs(answer, style)].concat()
}

/// The merges into the target, each once: a terminal alone can be the first step too, and the target by itself is none.
fn merges<'a>(tried: impl Iterator<Item = &'a TriedMerge>) -> Vec<&'a TriedMerge> {
    let mut known: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let names = |one: &'a TriedMerge| one.terminals.iter().map(String::as_str).collect::<BTreeSet<&str>>();
    tried.filter(|one| !one.terminals.is_empty() && known.insert(names(one))).collect()
}

/// How much of it a filter shows: `Shown: 3 of 12 merges (--terminal login-*).`
fn shown_part(answer: &Verified, style: Style) -> String {
    let filter = answer.selection.filter();
    if filter.is_empty() {
        return String::new();
    }
    let shown = merges(answer.shown_tried()).len();
    let all = count(merges(answer.tried.iter()).len(), "merge");
    wrapped(&style.plain(&format!("Shown: {shown} of {all} ({}).", filter.flags())), 0, style.width)
}

/// How often the commands were run.
fn runs(answer: &Verified, style: Style) -> String {
    if style.quiet {
        return String::new();
    }
    let known = match answer.known {
        0 => String::new(),
        known => format!("; {} from earlier runs (--again runs them again)", count(known, "result")),
    };
    line(&dim(&format!("Run on {}{known}.", count(answer.runs, "tree"))))
}
