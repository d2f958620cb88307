//! What the log tells, as a timeline.

use crate::model::{LogEntry, LoggedConflict};

use super::PageContent;
use super::markup::Html;

pub(super) fn history(html: &mut Html, content: &PageContent) {
    html.raw("<section id=\"history\"><h2>History</h2>\n");
    if content.history.is_empty() {
        html.raw("<p>The log has no entries.</p></section>\n");
        return;
    }
    if !content.is_whole_history {
        html.raw("<p>The last ")
            .text(content.history.len())
            .raw(" entries; track-work log shows more.</p>\n");
    }
    html.raw("<ol class=\"timeline\">\n");
    content.history.iter().rev().for_each(|logged| entry(html, logged));
    html.raw("</ol></section>\n");
}

fn entry(html: &mut Html, entry: &LogEntry) {
    html.raw("<li><time>").text(&entry.at).raw("</time> <strong>").text(&entry.command).raw("</strong> ");
    let whose = entry.terminal.iter().chain(&entry.story).cloned().collect::<Vec<_>>().join(", ");
    html.text(whose).raw("<ul>\n");
    for task in &entry.tasks_done {
        html.raw("<li>done: ").text(task).raw("</li>\n");
    }
    for upstream in &entry.of_upstream {
        html.raw("<li>").text(&upstream.terminal).raw(": commits of the target's upstream: ");
        html.text(upstream.commits).raw("</li>\n");
    }
    for conflict in &entry.conflicts.appeared {
        html.raw("<li><span class=\"sign conflict\">+ appeared</span> ").text(named(conflict)).raw("</li>\n");
    }
    for conflict in &entry.conflicts.gone {
        html.raw("<li><span class=\"sign clean\">- gone</span> ").text(named(conflict));
        if let Some(resolution) = &conflict.resolution {
            html.raw(": ").text(resolution);
        }
        html.raw("</li>\n");
    }
    for change in &entry.statuses {
        html.raw("<li>").text(&change.terminal).raw(": ").text(&change.from).raw(" → ").text(&change.to);
        if let Some(reason) = &change.reason {
            html.raw(" (").text(reason).raw(")");
        }
        html.raw("</li>\n");
    }
    for change in &entry.dependencies {
        let [from, to] = [&change.from, &change.to].map(|status| status.as_deref().unwrap_or("new"));
        html.raw("<li>story ").text(&change.story).raw(": ").text(from).raw(" → ").text(to).raw("</li>\n");
    }
    for merged in &entry.merged {
        html.raw("<li>merged: ").text(merged).raw("</li>\n");
    }
    if entry.conflicts.kept > 0 {
        html.raw("<li>conflicts that stayed (counted per file and pair): ")
            .text(entry.conflicts.kept)
            .raw("</li>\n");
    }
    if !entry.plan.is_empty() {
        html.raw("<li>merge order: ").text(entry.plan.join(", ")).raw("</li>\n");
    }
    html.raw("</ul></li>\n");
}

/// `merge_conflict src/a.ts (terminal-1, terminal-2)`
fn named(conflict: &LoggedConflict) -> String {
    let file = conflict.file.as_deref().unwrap_or_default();
    format!("{} {file} ({})", conflict.kind, conflict.who())
}
