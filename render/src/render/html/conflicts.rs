//! Each conflict with what both sides wrote, side by side, and what was there before.

use crate::model::{Evidence, Excerpt, Finding, Known, Report, Severity};

use super::PageContent;
use super::markup::Html;

/// With more conflicts than this, their texts are folded.
const MOST_OPEN: usize = 12;

/// Whether a finding is shown here.
pub(super) fn is_shown(finding: &Finding) -> bool {
    matches!(finding.evidence, Evidence::Conflict { .. }) && finding.severity == Severity::Conflict
}

/// The number of the first conflict of these terminals.
pub(super) fn anchor_of(report: &Report, names: &[&str]) -> Option<usize> {
    let is_it = |finding: &Finding| is_shown(finding) && finding.terminals == names;
    report.findings.iter().position(|finding| is_it(finding) && report.selection.has_finding(finding))
}

pub(super) fn conflicts(html: &mut Html, content: &PageContent) {
    let report = &content.report;
    let is_meant = |finding: &Finding| is_shown(finding) && report.selection.has_finding(finding);
    let shown =
        || report.findings.iter().zip(&content.texts).enumerate().filter(|(_, (one, _))| is_meant(one));
    let count = shown().count();
    html.raw("<section id=\"conflicts\"><h2>Conflicts</h2>\n");
    if count == 0 {
        html.raw("<p>None.</p>\n");
    } else {
        html.raw("<p>Counted per file and pair: ").text(count).raw("</p>\n");
    }
    for (number, (finding, texts)) in shown() {
        let Evidence::Conflict { kind, committed, drift, .. } = &finding.evidence else { continue };
        let target = drift.then_some(&report.facts.target.name);
        let sides: Vec<&String> =
            finding.terminals.iter().take(if *drift { 1 } else { 2 }).chain(target).collect();
        html.raw("<article id=\"c").text(number).raw("\"><h3>");
        if let Some(path) = &finding.path {
            html.raw("<code>").text(path).raw("</code> ");
        }
        html.text(sides.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" and "));
        html.raw("</h3>\n<p><span class=\"sign conflict\">✗ ").text(kind.name()).raw("</span> ");
        html.raw(if *committed { "Certain: commits conflict. " } else { "Because of uncommitted work. " });
        html.text(&finding.message).raw("</p>\n<p class=\"do\">").text(&finding.suggestion).raw("</p>\n");
        let Some(texts) = texts.as_ref().filter(|texts| !texts.places.is_empty()) else {
            html.raw("<p>There are no lines to show.</p></article>\n");
            continue;
        };
        html.raw(if count > MOST_OPEN { "<details>" } else { "<details open>" })
            .raw("<summary>Lines of both sides</summary>\n");
        for place in &texts.places {
            html.raw("<div class=\"sides\">\n");
            html.raw("<figure><figcaption>Before");
            match &place.base {
                Known::Known(Some(excerpt)) => lines(html, excerpt),
                Known::Known(None) => _ = html.raw("</figcaption><p>There was no such file.</p>"),
                Known::Unknown(why) => {
                    html.raw("</figcaption><p>Not determined: ").text(why).raw("</p>");
                }
            }
            html.raw("</figure>\n");
            for (name, side) in sides.iter().zip(&place.sides) {
                html.raw("<figure><figcaption>").text(name);
                match side {
                    Some(excerpt) => lines(html, excerpt),
                    None => _ = html.raw("</figcaption><p>Not determined.</p>"),
                }
                html.raw("</figure>\n");
            }
            html.raw("</div>\n");
        }
        if texts.more > 0 {
            html.raw("<p>More places in this file: ").text(texts.more).raw("</p>\n");
        }
        html.raw("</details></article>\n");
    }
    html.raw("</section>\n");
}

/// What one version has there, after its name.
fn lines(html: &mut Html, excerpt: &Excerpt) {
    let lines = excerpt.lines;
    if lines.is_deletion() {
        html.raw("</figcaption><p>No lines");
        if lines.end > 0 {
            html.raw(" after line ").text(lines.end);
        }
        html.raw("</p>");
        return;
    }
    html.raw(if lines.start == lines.end { ", line " } else { ", lines " }).text(lines);
    html.raw("</figcaption><pre tabindex=\"0\">");
    for (number, text) in (lines.start..).zip(&excerpt.text) {
        html.raw("<span class=\"l\">").text(number).raw("</span> ").text(text).raw("\n");
    }
    html.raw("</pre>");
    let hidden = ((lines.end - lines.start + 1) as usize).saturating_sub(excerpt.text.len());
    if hidden > 0 {
        html.raw("<p>Lines not shown: ").text(hidden).raw("</p>");
    }
}
