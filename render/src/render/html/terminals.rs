//! Who is there, with what: a table; of many terminals, those that need nobody's attention are folded.

use crate::model::{MergeOrder, Report, StoryId, Terminal};
use crate::planning::{TerminalRelation, relations};
use crate::render::count;
use crate::render::human::story;

use super::markup::Html;

/// So many terminals are all open to be read.
const MOST_OPEN: usize = 16;

pub(super) fn terminals(html: &mut Html, report: &Report, order: &Result<MergeOrder, String>) {
    html.raw("<section id=\"terminals\"><h2>Terminals</h2>\n");
    let all = report.shown_terminals();
    if report.facts.terminals.is_empty() {
        html.raw("<p>No worktree and no branch has work that ").text(&report.facts.target.name);
        html.raw(" lacks.</p></section>\n");
        return;
    }
    let relations = relations(report);
    let needs_attention = |at: &usize| {
        let terminal = &report.facts.terminals[*at];
        let is_quiet = match relations[*at] {
            TerminalRelation::InConflict
            | TerminalRelation::Undetermined
            | TerminalRelation::Breaking
            | TerminalRelation::Unlinked => false,
            TerminalRelation::Overlapping
            | TerminalRelation::Independent
            | TerminalRelation::Merged
            | TerminalRelation::WithoutWork => true,
        };
        let is_busy = report.facts.tip(terminal).is_some_and(|tip| tip.under_way.is_some());
        !is_quiet || is_busy || !terminal.sessions.is_empty()
    };
    let is_open = |at: &usize| all.len() <= MOST_OPEN || needs_attention(at);
    let (open, folded): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| is_open(at));
    if !open.is_empty() {
        table(html, report, &open, order);
    }
    if !folded.is_empty() {
        html.raw("<details><summary>").text(count(folded.len(), "terminal"));
        html.raw(" in no conflict, without a session</summary>\n");
        table(html, report, &folded, order);
        html.raw("</details>\n");
    }
    html.raw("</section>\n");
}

/// What is not said of any of them has no column.
fn table(html: &mut Html, report: &Report, rows: &[usize], order: &Result<MergeOrder, String>) {
    let terminals = || rows.iter().map(|at| &report.facts.terminals[*at]);
    let status = |terminal: &Terminal| report.status(terminal).map(|decision| decision.status.to_string());
    let maker = |terminal: &Terminal| terminal.place().and_then(|at| report.facts.places[at].maker);
    let have_sessions = terminals().any(|terminal| !terminal.sessions.is_empty());
    let have_stories = have_sessions || terminals().any(|terminal| maker(terminal).is_some());
    html.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Terminals\"><table>\n<thead><tr><th scope=\"col\">Terminal</th>");
    if have_stories {
        html.raw("<th scope=\"col\">Story</th>");
    }
    if have_sessions {
        html.raw("<th scope=\"col\">Status</th>");
    }
    html.raw("<th scope=\"col\">Commits</th><th scope=\"col\">Uncommitted</th><th scope=\"col\">Touched</th><th scope=\"col\" class=\"names\">Merge</th></tr></thead>\n<tbody>\n");
    for at in rows {
        let terminal = &report.facts.terminals[*at];
        html.raw("<tr><th scope=\"row\">").text(&terminal.id).raw("</th>");
        if have_stories {
            html.raw("<td>").text(story(report, terminal)).raw("</td>");
        }
        if have_sessions {
            html.raw("<td>").text(status(terminal).unwrap_or("-".to_string())).raw("</td>");
        }
        match report.facts.own_tip(terminal) {
            Some(tip) => {
                html.raw("<td class=\"n\">").text(tip.ahead).raw("</td><td class=\"n\">");
                let uncommitted = report.facts.uncommitted_text(terminal);
                html.text(if uncommitted == "-" { "0" } else { &uncommitted })
                    .raw("</td><td class=\"n\">")
                    .text(terminal.touched.len());
            }
            None => _ = html.raw("<td class=\"n\">?</td><td class=\"n\">?</td><td class=\"n\">?"),
        }
        html.raw("</td><td>").text(merge(terminal, order)).raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

/// Whether it can be merged, in the words of the merge order.
fn merge<'a>(terminal: &Terminal, order: &'a Result<MergeOrder, String>) -> &'a str {
    let Ok(order) = order else { return "?" };
    let is_it = |id: &String, story: &Option<StoryId>| (id, story) == (&terminal.id, &terminal.story);
    let waiting = order.waiting.iter().find(|one| is_it(&one.terminal, &one.story)).map(|one| &one.reason);
    let left_out = order.left_out.iter().find(|one| is_it(&one.terminal, &one.story)).map(|one| &one.reason);
    let mut steps = order.steps.iter();
    let step = steps.find(|step| is_it(&step.terminal, &step.story) || step.also.contains(&terminal.id));
    match (waiting.or(left_out), step) {
        (Some(why), _) => why,
        (None, Some(step)) if step.ready => "ready",
        (None, Some(_)) => "not ready yet",
        (None, None) => "nothing to merge",
    }
}
