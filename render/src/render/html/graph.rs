//! Which story needs which: a drawing, and the same as a list.

use std::collections::BTreeMap;

use crate::model::{DependencyState, DependencyStatus, Report};

use super::markup::Html;

const WIDTH: usize = 210;
const HEIGHT: usize = 40;
const GAP: usize = 60;
/// As many characters of a name fit into a box.
const LETTERS: usize = 26;

pub(super) fn stories(html: &mut Html, report: &Report) {
    let is_shown = |state: &&DependencyState| report.selection.has_story(&state.dependency.story);
    let states: Vec<&DependencyState> = report.facts.book.dependencies.iter().filter(is_shown).collect();
    html.raw("<section id=\"stories\"><h2>Stories</h2>\n");
    if states.is_empty() {
        html.raw("<p>No dependencies between stories are declared");
        html.raw(if report.selection.filter().is_empty() {
            ".</p></section>\n"
        } else {
            " of these.</p></section>\n"
        });
        return;
    }
    drawing(html, &states);
    html.raw("<ul>\n");
    for state in &states {
        html.raw("<li>").text(&state.dependency.story).raw(": ").text(state.status.name());
        let needs: Vec<String> = state.needs.iter().map(ToString::to_string).collect();
        if !needs.is_empty() {
            html.raw(", needs ").text(needs.join(", "));
        }
        let waiting: Vec<String> = state.waiting_for.iter().map(ToString::to_string).collect();
        if !waiting.is_empty() {
            html.raw("; not complete: ").text(waiting.join(", "));
        }
        html.raw("</li>\n");
    }
    html.raw("</ul></section>\n");
}

/// Boxes from left to right: what is needed stands left of what needs it.
fn drawing(html: &mut Html, states: &[&DependencyState]) {
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    for state in states {
        for story in state.needs.iter().chain([&state.dependency.story]) {
            columns.insert(story.to_string(), 0);
        }
    }
    // in a cycle there is no end to it: so many rounds as there are stories
    for _ in 0..columns.len() {
        for state in states {
            let after = state.needs.iter().filter_map(|story| columns.get(story.as_str())).max();
            let least = after.map_or(0, |column| column + 1).min(columns.len() - 1);
            let column = columns.entry(state.dependency.story.to_string()).or_default();
            *column = least.max(*column);
        }
    }
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (story, column) in &columns {
        let row = rows.entry(*column).or_default();
        places.insert(story, [column * (WIDTH + GAP) + 4, *row * (HEIGHT + 16) + 4]);
        *row += 1;
    }
    let [width, height] = [0, 1].map(|axis| places.values().map(|at| at[axis]).max().unwrap_or(0));
    html.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Dependencies\"><svg role=\"img\" aria-label=\"Dependencies between stories; the list below says the same\" width=\"");
    html.text(width + WIDTH + 8).raw("\" height=\"").text(height + HEIGHT + 8).raw("\">\n");
    for state in states {
        let Some([x, y]) = places.get(state.dependency.story.as_str()) else { continue };
        for [from_x, from_y] in state.needs.iter().filter_map(|story| places.get(story.as_str())) {
            html.raw("<path class=\"needs\" d=\"M").text(from_x + WIDTH).raw(" ").text(from_y + HEIGHT / 2);
            html.raw(" C").text(from_x + WIDTH + GAP / 2).raw(" ").text(from_y + HEIGHT / 2).raw(" ");
            html.text(x.saturating_sub(GAP / 2)).raw(" ").text(y + HEIGHT / 2).raw(" ").text(x).raw(" ");
            html.text(y + HEIGHT / 2).raw("\"/>\n");
        }
    }
    for (story, [x, y]) in &places {
        let state = states.iter().find(|state| state.dependency.story.as_str() == *story);
        html.raw("<g><title>").text(story).raw("</title><rect class=\"");
        html.raw(match state.map(|state| state.status) {
            Some(DependencyStatus::Blocked) => "warning",
            Some(DependencyStatus::Completed) => "clean",
            Some(DependencyStatus::Unknown) => "unknown",
            Some(DependencyStatus::Ready) | None => "plain",
        });
        html.raw("\" x=\"").text(x).raw("\" y=\"").text(y).raw("\" width=\"").text(WIDTH).raw("\" height=\"");
        html.text(HEIGHT).raw("\" rx=\"6\"/><text x=\"").text(x + 10).raw("\" y=\"").text(y + 17).raw("\">");
        let mut short: String = story.chars().take(LETTERS).collect();
        if story.chars().nth(LETTERS).is_some() {
            short.push('…');
        }
        html.text(short).raw("</text><text class=\"state\" x=\"").text(x + 10).raw("\" y=\"").text(y + 32);
        html.raw("\">").text(state.map_or("needs nothing", |state| state.status.name())).raw("</text></g>\n");
    }
    html.raw("</svg></div>\n");
}
