//! How each two terminals meet, as a table.

use std::collections::BTreeMap;

use crate::model::{Report, Verdict};

use super::conflicts::anchor_of;
use super::markup::Html;

/// A row and a column for each terminal that meets another one; the others in a sentence.
pub(super) fn matrix(html: &mut Html, report: &Report) {
    let terminals = &report.facts.terminals;
    let met: BTreeMap<[usize; 2], &Verdict> = report
        .judgements
        .pairs
        .iter()
        .filter(|pair| pair.verdict != Verdict::Disjoint && report.shows_pair(pair))
        .map(|pair| ([pair.a, pair.b], &pair.verdict))
        .collect();
    let meets = |at: usize| met.keys().any(|pair| pair.contains(&at));
    let meeting: Vec<usize> = (0..terminals.len()).filter(|at| meets(*at)).collect();
    // of pairs that are not shown nothing is said
    let is_alone = |at: &usize| report.selection.filter().is_empty() && !meets(*at);
    let alone: Vec<usize> = (0..terminals.len()).filter(is_alone).collect();
    html.raw("<section id=\"matrix\"><h2>Who meets whom</h2>\n");
    if !meeting.is_empty() {
        html.raw("<p>✗ git merge would stop, ~ the same files without a conflict, ? not determined, · nothing in common.</p>\n");
        html.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Matrix of terminals\"><table class=\"matrix\">\n<thead><tr><td></td>");
        for at in &meeting {
            html.raw("<th scope=\"col\"><span>").text(&terminals[*at].id).raw("</span></th>");
        }
        html.raw("</tr></thead>\n<tbody>\n");
    }
    for row in &meeting {
        html.raw("<tr><th scope=\"row\">").text(&terminals[*row].id).raw("</th>");
        for column in &meeting {
            let names = [row, column].map(|at| terminals[*at].id.as_str());
            if row == column {
                html.raw("<td class=\"same\"></td>");
                continue;
            }
            let pair = [*row.min(column), *row.max(column)];
            let (class, sign, word) = match met.get(&pair) {
                Some(Verdict::Conflict) => ("<td class=\"conflict\" title=\"", "✗", "conflict"),
                Some(Verdict::Overlap) => ("<td class=\"warning\" title=\"", "~", "overlap"),
                Some(Verdict::Unknown(_)) => ("<td class=\"unknown\" title=\"", "?", "unknown"),
                Some(Verdict::Disjoint) | None => ("<td class=\"none\" title=\"", "·", "nothing in common"),
            };
            html.raw(class).text(format!("{} and {}: {word}", names[0], names[1])).raw("\">");
            match anchor_of(report, &pair.map(|at| terminals[at].id.as_str())) {
                Some(number) => {
                    html.raw("<a href=\"#c").text(number).raw("\">").raw(sign);
                    html.raw("<span class=\"aside\">").raw(word).raw("</span></a>")
                }
                None => html.raw(sign).raw("<span class=\"aside\">").raw(word).raw("</span>"),
            };
            html.raw("</td>");
        }
        html.raw("</tr>\n");
    }
    if !meeting.is_empty() {
        html.raw("</tbody></table></div>\n");
    }
    if !alone.is_empty() {
        let names: Vec<&str> = alone.iter().map(|at| terminals[*at].id.as_str()).collect();
        html.raw("<p>Nothing in common with any other terminal: ").text(names.join(", ")).raw("</p>\n");
    }
    html.raw("</section>\n");
}
