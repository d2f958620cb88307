//! The synchronization history for people.

use crate::model::LogEntry;
use crate::render::output::ShownHistory;

use super::paint::{bold, dim, green, line, red, wrapped};
use super::sync::findings_list;
use super::{Style, count};

/// One entry below the other; what changed, or that nothing did.
pub fn entries(history: &ShownHistory, style: Style) -> String {
    let ShownHistory { entries, findings, filter, hidden } = history;
    let mut out: String = entries.iter().map(|logged| entry(logged, style)).collect();
    let hides = format!("{} not shown ({}).", count(*hidden, "entry"), filter.flags());
    match (filter.is_empty(), entries.len(), hidden) {
        (true, 0, _) | (false, 0, 0) => out.push_str("No synchronization yet. Start with: track-work sync\n"),
        (true, _, _) | (false, _, 0) => {}
        (false, _, _) => out.push_str(&wrapped(&style.plain(&hides), 0, style.width)),
    }
    out.push_str(&findings_list(findings.iter(), style));
    out
}

/// `conflict`, `overlap`: what a check's name says of what it recorded.
fn what(check: &str) -> &str {
    check.rsplit('_').next().unwrap_or(check)
}

fn entry(entry: &LogEntry, style: Style) -> String {
    let seen = entry.terminals.map(|terminals| count(terminals as usize, "terminal"));
    let target = entry.target.as_ref().map(|target| format!("against {target}"));
    let story = entry.story.as_ref().map(|story| format!("story {story}"));
    let whose: Vec<String> = entry.terminal.clone().into_iter().chain(story).collect();
    let whose = (!whose.is_empty()).then(|| whose.join(", "));
    let facts: Vec<String> = whose.into_iter().chain(seen).chain(target).collect();
    let mut out = line(&format!("{}  {}  {}", bold(&entry.at), entry.command, dim(&facts.join(" "))));
    let mut say = |text: String| out.push_str(&wrapped(&style.plain(&text), 2, style.width));
    for task in &entry.tasks_done {
        say(format!("{} {task}", green("done:")));
    }
    for upstream in &entry.of_upstream {
        let commits = count(upstream.commits as usize, "commit");
        say(format!("{}: {commits} of the target's upstream", upstream.terminal));
    }
    for conflict in &entry.conflicts.appeared {
        let path = conflict.file.clone().unwrap_or_default();
        let sign = red(&format!("+ {}", what(&conflict.kind)));
        say(format!("{sign} {path} ({})", conflict.who()));
    }
    for conflict in &entry.conflicts.gone {
        let path = conflict.file.clone().unwrap_or_default();
        let resolution = conflict.resolution.as_ref().map_or(String::new(), |text| format!(": {text}"));
        let sign = green(&format!("- {}", what(&conflict.kind)));
        say(format!("{sign} {path} ({}){resolution}", conflict.who()));
    }
    for change in &entry.statuses {
        let why = change.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
        say(format!("{}: {} → {}{why}", change.terminal, change.from, change.to));
    }
    for change in &entry.dependencies {
        let [from, to] = [&change.from, &change.to].map(|status| status.as_deref().unwrap_or("new"));
        say(format!("story {}: {from} → {to}", change.story));
    }
    for merged in &entry.merged {
        say(format!("{} {merged}", green("merged:")));
    }
    let quiet = entry.conflicts.appeared.is_empty()
        && entry.conflicts.gone.is_empty()
        && entry.statuses.is_empty()
        && entry.tasks_done.is_empty()
        && entry.merged.is_empty()
        && entry.dependencies.is_empty();
    match (quiet, entry.conflicts.kept) {
        (true, 0) if !entry.files.is_empty() => say(format!("updated: {}", entry.files.join(", "))),
        (true, 0) => say("no changes".to_string()),
        (true, 1) => say("no changes, 1 conflict open".to_string()),
        (true, kept) => say(format!("no changes, {kept} conflicts open (counted per file and pair)")),
        (false, _) => {}
    }
    if !entry.plan.is_empty() {
        say(dim(&format!("merge order: {}", entry.plan.join(", "))));
    }
    out
}
