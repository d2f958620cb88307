//! The page of `report`: one HTML file that needs nothing else, neither a script nor the network.

mod conflicts;
mod graph;
mod history;
mod markup;
mod matrix;
mod order;
mod terminals;

use crate::model::{ConflictTexts, Evidence, Finding, LogEntry, MergeOrder, Report, Severity};

use super::human::{shown_part, verdict};
use markup::Html;

/// What the page shows.
pub struct PageContent {
    /// The whole picture.
    pub report: Report,
    /// The texts of each finding that is a conflict.
    pub texts: Vec<Option<ConflictTexts>>,
    /// In which order to merge, or why that cannot be said.
    pub order: Result<MergeOrder, String>,
    /// The history, the newest last.
    pub history: Vec<LogEntry>,
    /// Whether that is all of it.
    pub is_whole_history: bool,
    /// When the page was made, as a timestamp.
    pub made: String,
    /// The same in seconds since 1970.
    pub now: i64,
}

/// The page.
pub fn page(content: &PageContent) -> String {
    let report = &content.report;
    let mut html = Html::default();
    html.raw(include_str!("head.html"));
    html.raw("<title>").text(&report.facts.target.name).raw(": report of track-work</title>\n<style>\n");
    html.raw(include_str!("style.css"));
    html.raw("</style>\n</head>\n<body>\n<header><h1>Merging into ").text(&report.facts.target.name);
    html.raw("</h1>\n<p class=\"verdict\">")
        .text(verdict(report, content.now).replace("  ", " · "))
        .raw("</p>\n<p>Made ");
    html.text(&content.made).raw(" by track-work ").text(env!("CARGO_PKG_VERSION")).raw("</p>");
    if let Some(part) = shown_part(report) {
        html.raw("\n<p>").text(part).raw("</p>");
    }
    html.raw("</header>\n");
    html.raw(include_str!("contents.html")).raw("<main>\n");
    terminals::terminals(&mut html, report, &content.order);
    matrix::matrix(&mut html, report);
    conflicts::conflicts(&mut html, content);
    others(&mut html, report);
    graph::stories(&mut html, report);
    order::order(&mut html, &content.order);
    history::history(&mut html, content);
    html.raw("</main>\n</body>\n</html>\n");
    html.finish()
}

/// All findings that are no conflict: what is not determined first.
fn others(html: &mut Html, report: &Report) {
    html.raw("<section id=\"findings\"><h2>Other findings</h2>\n");
    let conflicts = || report.shown_findings().filter(|finding| conflicts::is_shown(finding));
    // an overlap of those who conflict there says nothing more
    let is_told = |overlap: &Finding| {
        matches!(overlap.evidence, Evidence::Overlap { .. })
            && overlap.severity == Severity::Info
            && conflicts().any(|known| (&known.path, &known.terminals) == (&overlap.path, &overlap.terminals))
    };
    let is_other = |finding: &&Finding| !conflicts::is_shown(finding) && !is_told(finding);
    let shown: Vec<&Finding> = report.shown_findings().filter(is_other).collect();
    if shown.is_empty() {
        html.raw("<p>None.</p>");
    } else {
        html.raw("<ul>\n");
    }
    for finding in &shown {
        html.raw("<li><span class=\"sign ");
        html.raw(match finding.severity {
            Severity::Error => "unknown\">? unknown",
            Severity::Conflict => "conflict\">✗ conflict",
            Severity::Warning => "warning\">! warning",
            Severity::Info => "info\">· note",
        });
        html.raw("</span> ").text(&finding.message).raw(" <span class=\"do\">").text(&finding.suggestion);
        html.raw("</span></li>\n");
    }
    html.raw(if shown.is_empty() { "</section>\n" } else { "</ul></section>\n" });
}
