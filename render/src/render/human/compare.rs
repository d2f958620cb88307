//! The text of `compare`.

use std::collections::BTreeSet;

use crate::model::{
    Known, Lines, MergeOutcome, Reason, RepoPath, SemanticJudgement, Unmerged, shown, told_once,
};
use crate::render::output::Compared;

use super::check::regions;
use super::paint::{dim, green, line, red, wrapped, yellow};
use super::{Style, count};

/// The verdict, then each conflict with its lines on both sides.
pub(super) fn human(compared: &Compared, style: Style) -> String {
    let Compared { ours, theirs, answer } = compared;
    let outcome = match &answer.outcome {
        Known::Unknown(reason @ Reason::UnrelatedHistories) => {
            let text = format!("{} git merge of {theirs} into {ours}: {reason}", red(style.conflict_sign()));
            return wrapped(&text, 0, style.width);
        }
        Known::Unknown(reason) => {
            return wrapped(&format!("{} {reason}", yellow("? unknown:")), 0, style.width);
        }
        Known::Known(outcome) => outcome,
    };
    if outcome.is_clean() {
        let merged = format!("git merge of {theirs} into {ours} is clean");
        let broken = answer.semantic.as_ref().map(|semantic| broken(semantic, [ours, theirs], style));
        return line(&format!("{} {merged}", green(style.clean_sign()))) + &broken.unwrap_or_default();
    }
    let mut out = String::new();
    for (path, reason) in &outcome.undecided {
        out.push_str(&line(&format!("{} {path}: {reason}", yellow("? unknown:"))));
    }
    let conflicts = told_once(&outcome.conflicts);
    if !conflicts.is_empty() {
        let paths: BTreeSet<&RepoPath> = conflicts.iter().map(|conflict| &conflict.path).collect();
        let paths = count(paths.len(), "conflict");
        let verdict = format!("{paths}: git merge of {theirs} into {ours} would stop");
        out.push_str(&line(&format!("{} {verdict}", red(style.conflict_sign()))));
    }
    let width = ours.chars().count().max(theirs.chars().count());
    let mut told: Option<&RepoPath> = None;
    for conflict in conflicts {
        let kind = dim(conflict.kind.name());
        match told.replace(&conflict.path) == Some(&conflict.path) {
            true => out.push_str(&line(&format!("    and {kind}"))),
            false => out.push_str(&format!("\n{}", line(&format!("  {}  {kind}", conflict.path)))),
        }
        for also in conflict.other_paths() {
            out.push_str(&line(&format!("    also {also}")));
        }
        for (name, lines) in [(ours, &conflict.ours), (theirs, &conflict.theirs)] {
            if !lines.is_empty() {
                out.push_str(&line(&format!("    {name:width$}  {}", style.plain(&Lines::phrase(lines)))));
            }
        }
        if style.verbose {
            out.push_str(&regions(&conflict.regions, [ours, theirs]));
        }
    }
    if style.verbose {
        out.push_str(&listed_stages(outcome));
    }
    out
}

/// What breaks although the merge is clean.
fn broken(semantic: &Known<SemanticJudgement>, sides: [&str; 2], style: Style) -> String {
    let judgement = match semantic {
        Known::Known(judgement) => judgement,
        Known::Unknown(reason) => {
            return wrapped(&format!("{} {reason}", yellow("? unknown:")), 0, style.width);
        }
    };
    let mut out = String::new();
    for found in &judgement.breaks {
        let by = usize::from(found.changed_by_theirs);
        let pattern = found.pattern.name().replace('_', " ");
        let severity = found.confidence.severity().name();
        out.push('\n');
        out.push_str(&line(&format!(
            "  {}  {}",
            shown(&found.symbol),
            dim(&format!("{pattern}, {severity}"))
        )));
        for (name, place) in [(sides[by], &found.definition), (sides[1 - by], &found.uses)] {
            let at = place.lines.map_or(String::new(), |lines| format!(", line {lines}"));
            out.push_str(&line(&format!("    {name}  {}{at}", place.path)));
        }
    }
    if style.verbose {
        for (path, reason) in &judgement.not_looked_at {
            out.push_str(&line(&format!("  {path}  {}", dim(&format!("not looked at: {reason}")))));
        }
    }
    out
}

/// The stages that the index would hold, as `git ls-files -u` lists them.
fn listed_stages(outcome: &MergeOutcome) -> String {
    let mut out = String::new();
    for Unmerged { path, stages } in &outcome.unmerged {
        out.push('\n');
        out.push_str(&line(&format!("  {path}  {}", dim("in the index"))));
        for (name, entry) in ["base", "ours", "theirs"].into_iter().zip(stages.iter()) {
            if let Some(entry) = entry {
                out.push_str(&line(&format!("    {name:6}  {:06o} {}", entry.kind.mode(), entry.oid)));
            }
        }
    }
    out
}
