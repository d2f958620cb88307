//! The picture of `status`: the verdict first, then who, then where, then what to do.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use crate::model::{
    ChangeKind, DependencyStatus, Evidence, Finding, Known, Lines, MergePointStatus, Report, Severity,
    StatusKind, Terminal, TerminalPair, Touched, UnderWay, Verdict,
};

use super::paint::{bold, dim, green, hanging, red, shown_width, wrapped, yellow};
use super::sync::{findings_list, progress};
use super::table::{shortened_inside, table};
use super::{Style, count, excerpt, not_linked};

/// What `status` shows. `now` is in seconds since 1970.
pub fn status(report: &Report, style: Style, now: i64) -> String {
    let sections = Sections::of(report);
    let mut out = headline(report, style, now);
    if !style.quiet {
        out.push_str(&terminals(report, style));
        out.push_str(&touched(report, style));
    }
    out.push_str(&conflicts(report, &sections, style));
    out.push_str(&unknowns(&sections, style));
    out.push_str(&overlaps(&sections, style));
    out.push_str(&sharing(report, style));
    out.push_str(&stories(report, style));
    out.push_str(&rest(report, &sections, style));
    out.push_str(&next(report, style));
    out
}

/// Every finding in the section that shows it.
struct Sections<'a> {
    /// Conflicts of the pairs in conflict, by the pair's terminals.
    pairs: HashMap<[&'a str; 2], Vec<&'a Finding>>,
    /// Conflicts with the target.
    drift: Vec<&'a Finding>,
    /// What could not be determined.
    unknown: Vec<&'a Finding>,
    /// Overlaps of which git cannot say that they merge cleanly.
    overlaps: Vec<&'a Finding>,
    /// Overlaps that merge cleanly.
    clean: Vec<&'a Finding>,
    /// All others.
    rest: Vec<&'a Finding>,
}

impl<'a> Sections<'a> {
    fn of(report: &'a Report) -> Sections<'a> {
        let conflicting = report.judgements.pairs.iter().filter(|pair| pair.verdict == Verdict::Conflict);
        let named = conflicting.map(|pair| ids(report, pair)).map(|ids| (ids, Vec::new()));
        let mut sections = Sections {
            pairs: named.collect(),
            drift: Vec::new(),
            unknown: Vec::new(),
            overlaps: Vec::new(),
            clean: Vec::new(),
            rest: Vec::new(),
        };
        let mut told = HashSet::new();
        for finding in &report.findings {
            let section = match (&finding.evidence, finding.severity) {
                (_, Severity::Error) => &mut sections.unknown,
                (Evidence::Conflict { drift: true, .. }, Severity::Conflict) => &mut sections.drift,
                (Evidence::Conflict { drift: false, .. }, Severity::Conflict) => {
                    told.insert((&finding.path, &finding.terminals));
                    let pair = match &finding.terminals[..] {
                        [a, b] => sections.pairs.get_mut(&[a.as_str(), b.as_str()]),
                        _ => None,
                    };
                    pair.unwrap_or(&mut sections.rest)
                }
                (Evidence::Overlap { .. }, Severity::Warning) => &mut sections.overlaps,
                (Evidence::Overlap { .. }, Severity::Info) => &mut sections.clean,
                (_, Severity::Conflict | Severity::Warning | Severity::Info) => &mut sections.rest,
            };
            section.push(finding);
        }
        sections.clean.retain(|finding| !told.contains(&(&finding.path, &finding.terminals)));
        sections
    }
}

/// The ids of a pair's terminals.
fn ids<'a>(report: &'a Report, pair: &TerminalPair) -> [&'a str; 2] {
    [pair.a, pair.b].map(|at| report.facts.terminals[at].id.as_str())
}

/// Where several have something to merge, what to ask next.
fn next(report: &Report, style: Style) -> String {
    let facts = &report.facts;
    let with_commits = facts.tips.iter().filter_map(Known::known).filter(|tip| tip.ahead > 0).count();
    if with_commits > 1 && !style.quiet {
        format!("\n{}\n", dim("For the best order, run track-work merge-order"))
    } else {
        String::new()
    }
}

/// `1 conflict, 1 story blocked, 1 terminal ready          main at 4bc72dc, 12 min ago`
fn headline(report: &Report, style: Style, now: i64) -> String {
    let of_severity =
        |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (conflicting, unknown) = (of_severity(Severity::Conflict), of_severity(Severity::Error));
    let blocked = report
        .facts
        .book
        .dependencies
        .iter()
        .filter(|state| state.status == DependencyStatus::Blocked)
        .count();
    let ready = report.ready.len();
    let mut parts: Vec<String> = Vec::new();
    if conflicting > 0 {
        parts.push(red(&count(conflicting, "conflict")));
    }
    if unknown > 0 {
        parts.push(yellow(&format!("{unknown} not determined")));
    }
    if parts.is_empty() {
        parts.push(green("no conflicts"));
    }
    if blocked > 0 {
        parts.push(yellow(&format!("{} blocked", count(blocked, "story"))));
    }
    if ready > 0 {
        parts.push(green(&format!("{ready} ready to merge")));
    }
    let verdict = parts.join(", ");
    let target = target_text(report, now);
    let gap = style.width.saturating_sub(shown_width(&verdict) + target.chars().count()).max(2);
    format!("{}{}{}\n", bold(&verdict), " ".repeat(gap), dim(&target))
}

fn target_text(report: &Report, now: i64) -> String {
    let target = &report.facts.target;
    match (target.head, target.time) {
        (Some(head), Some(time)) => format!("{} at {}, {}", target.name, head.short(), ago(now - time)),
        (Some(head), None) => format!("{} at {}", target.name, head.short()),
        (None, _) => format!("{} (no commits yet)", target.name),
    }
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_string(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

fn terminals(report: &Report, style: Style) -> String {
    let terminals = &report.facts.terminals;
    if terminals.is_empty() {
        let text = "No terminals found: there are no linked worktrees, no branches with commits of their own, and no sessions. Create one with: git worktree add ../NAME -b NAME";
        return format!("\n{}", wrapped(text, 0, style.width));
    }
    let rows = terminals.iter().map(|terminal| row(report, terminal)).collect();
    let headings = ["TERMINAL", "STORY", "STATUS", "COMMITS", "UNCOMMITTED", "TOUCHED"];
    format!("\n{}", table(&headings, rows, &[3, 4, 5], &[1, 0, 2], style))
}

fn row(report: &Report, terminal: &Terminal) -> Vec<String> {
    let number = |number: usize| if number == 0 { "-".to_string() } else { number.to_string() };
    let story = match &terminal.story {
        Some(story) => story.to_string(),
        None if terminal.sessions.is_empty() => "(no session)".to_string(),
        None => "(no story)".to_string(),
    };
    let declared = report.status(terminal).map(|decision| decision.status.to_string());
    let under_way = report.facts.tip(terminal).and_then(|tip| tip.under_way.as_ref());
    let status: Vec<String> = declared.into_iter().chain(under_way.map(UnderWay::progress)).collect();
    let status = if status.is_empty() { "-".to_string() } else { status.join(", ") };
    let place = terminal.place().map(|place| &report.facts.tips[place]);
    let [commits, uncommitted, touched] = match place {
        Some(Known::Known(tip)) if tip.contained && !tip.is_dirty() && terminal.is_merged(tip) => {
            ["merged".to_string(), "-".to_string(), number(terminal.touched.len())]
        }
        Some(Known::Known(tip)) => {
            [number(tip.ahead), number(tip.uncommitted.paths), number(terminal.touched.len())]
        }
        Some(Known::Unknown(_)) => ["?", "?", "?"].map(str::to_string),
        None => ["?".to_string(), "?".to_string(), number(terminal.touched.len())],
    };
    vec![terminal.id.clone(), story, status, commits, uncommitted, touched]
}

/// How many touched paths of a terminal are named without `-v`.
const MOST_NAMED: usize = 6;

/// Which paths each terminal touched.
fn touched(report: &Report, style: Style) -> String {
    let terminals = &report.facts.terminals;
    let with_work = || terminals.iter().filter(|terminal| !terminal.touched.is_empty());
    let widest = with_work().map(|terminal| shown_width(&terminal.id)).max().unwrap_or(0).min(28);
    let mut out = String::new();
    for terminal in with_work() {
        let most = if style.verbose { usize::MAX } else { MOST_NAMED };
        let named = terminal.touched.iter().take(most).map(|path| touched_path(report, terminal, path));
        let mut paths = named.collect::<Vec<_>>().join(", ");
        let rest = terminal.touched.len().saturating_sub(most);
        if rest > 0 {
            paths.push_str(&format!(" and {rest} more (use -v)"));
        }
        let label = format!("  {:widest$}  ", shortened_inside(&terminal.id, widest, style));
        out.push_str(&hanging(&label, &style.plain(&paths), widest + 4, style.width));
    }
    if out.is_empty() { out } else { format!("\n{}\n{out}", bold("Touched")) }
}

/// A path, with what happened to it where it was not simply edited.
fn touched_path(report: &Report, terminal: &Terminal, touched: &Touched) -> String {
    let path = &touched.path;
    if touched.declared {
        return format!("{path} (only declared)");
    }
    let Some(change) = report.facts.change(terminal, path) else { return path.to_string() };
    match (change.kind, &change.from) {
        (ChangeKind::Modified, _) => path.to_string(),
        (ChangeKind::Renamed, Some(from)) => format!("{path} (was {from})"),
        (ChangeKind::Added, _) => format!("{path} (new)"),
        (kind @ (ChangeKind::Deleted | ChangeKind::ModeChanged | ChangeKind::TypeChanged), _)
        | (kind @ ChangeKind::Renamed, None) => format!("{path} ({})", kind.name()),
    }
}

/// How many conflicting pairs are shown without `-v`.
const MOST_PAIRS: usize = 10;

/// Conflicts of pairs by pair, then drift.
fn conflicts(report: &Report, sections: &Sections, style: Style) -> String {
    let mut out = String::new();
    let conflicting: Vec<_> =
        report.judgements.pairs.iter().filter(|pair| pair.verdict == Verdict::Conflict).collect();
    let most = if style.verbose { usize::MAX } else { MOST_PAIRS };
    for pair in conflicting.iter().take(most) {
        let [a, b] = ids(report, pair);
        let of_pair = sections.pairs.get(&[a, b]).map_or(&[][..], |found| &found[..]);
        let mark = red(&format!("{} conflict", style.conflict_sign()));
        _ = write!(out, "\n{mark}  {}\n", bold(&format!("{a} + {b}")));
        for finding in of_pair {
            out.push_str(&conflict_lines(finding, [a, b], style));
        }
        if let Some(finding) = of_pair.first() {
            out.push_str(&dim(&wrapped(&style.plain(&finding.suggestion), 4, style.width)));
        }
        if let Some(note) = &pair.note {
            out.push_str(&dim(&wrapped(&style.plain(note), 4, style.width)));
        }
    }
    let rest = conflicting.len().saturating_sub(most);
    if rest > 0 {
        _ = write!(out, "\n{}\n", red(&format!("{} in conflict (use -v)", count(rest, "more pair"))));
    }
    let target = &report.facts.target.name;
    let mut last: Option<&[String]> = None;
    for finding in &sections.drift {
        let who = finding.terminals.join(", ");
        if last != Some(&finding.terminals) {
            let mark = red(&format!("{} drift   ", style.drift_sign()));
            _ = write!(out, "\n{mark}  {} conflicts with {target}\n", bold(&who));
            out.push_str(&dim(&wrapped(&finding.suggestion, 4, style.width)));
        }
        last = Some(&finding.terminals);
        out.push_str(&conflict_lines(finding, [&who, target], style));
    }
    out
}

/// The path with its kind, then the lines of each side.
fn conflict_lines(finding: &Finding, names: [&str; 2], style: Style) -> String {
    let Evidence::Conflict { kind, lines_a, lines_b, committed, .. } = &finding.evidence else {
        return String::new();
    };
    let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
    let certainty = if *committed { "committed" } else { "uncommitted" };
    let mut out = format!("    {path}  {}\n", dim(&format!("{}, {certainty}", kind.name())));
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, lines) in names.into_iter().zip([lines_a, lines_b]).filter(|(_, lines)| !lines.is_empty()) {
        _ = writeln!(out, "      {name:width$}  {}", style.plain(&Lines::phrase(lines)));
    }
    out
}

fn unknowns(sections: &Sections, style: Style) -> String {
    let mut out = String::new();
    for finding in &sections.unknown {
        let label = format!("{}  ", yellow("? unknown"));
        _ = write!(out, "\n{}", hanging(&label, &style.plain(&finding.message), 4, style.width));
        out.push_str(&excerpt(finding, style));
        out.push_str(&dim(&wrapped(&style.plain(&finding.suggestion), 4, style.width)));
    }
    out
}

fn overlaps(sections: &Sections, style: Style) -> String {
    let Sections { clean, overlaps, .. } = sections;
    let mut out = findings_list(overlaps.iter().copied(), style);
    if !out.is_empty() {
        out.insert(0, '\n');
    }
    if clean.is_empty() || style.quiet {
        return out;
    }
    if style.verbose {
        _ = write!(out, "\n{}\n", bold("Overlaps that merge cleanly"));
        for finding in clean {
            out.push_str(&wrapped(&style.plain(&finding.message), 2, style.width));
        }
        return out;
    }
    let mut paths: Vec<_> = clean.iter().filter_map(|finding| finding.path.as_ref()).collect();
    paths.sort();
    paths.dedup();
    _ = write!(out, "\nOverlaps that merge cleanly: {} (use -v)\n", count(paths.len(), "file"));
    out
}

/// Pairs that are built on each other, or on the same work: that is no overlap of theirs.
fn sharing(report: &Report, style: Style) -> String {
    let pairs: Vec<_> = report.judgements.pairs.iter().filter(|pair| pair.shared_commits > 0).collect();
    if pairs.is_empty() || style.quiet {
        return String::new();
    }
    let target = &report.facts.target.name;
    if !style.verbose {
        let pairs = count(pairs.len(), "pair");
        let line =
            format!("Pairs that share commits not in {target} (these commits are ignored): {pairs} (use -v)");
        return format!("\n{}", wrapped(&line, 0, style.width));
    }
    let mut out = format!(
        "\n{}\n",
        bold(&format!("Pairs that share commits not in {target} (these commits are ignored)"))
    );
    for pair in pairs {
        let [a, b] = ids(report, pair);
        let line = format!("{a} and {b}: {}", count(pair.shared_commits, "commit"));
        out.push_str(&wrapped(&style.plain(&line), 2, style.width));
    }
    out
}

/// Blocked stories, merge points, progress, what is ready.
fn stories(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for state in
        report.facts.book.dependencies.iter().filter(|state| state.status == DependencyStatus::Blocked)
    {
        let needed: Vec<&str> = state.waiting_for.iter().map(|story| story.as_str()).collect();
        let line = format!("{} needs {}", state.dependency.story, needed.join(", "));
        out.push_str(&hanging(&yellow("Blocked: "), &line, 2, style.width));
    }
    for terminal in &report.facts.terminals {
        let Some(decision) = report.status(terminal) else { continue };
        let by_terminals = terminal.blocked_by().next().is_some();
        if let (StatusKind::Blocked, Some(reason), true) =
            (decision.status.kind(), &decision.reason, by_terminals)
        {
            let line = format!("{} is {reason}", terminal.id);
            out.push_str(&hanging(&yellow("Blocked: "), &line, 2, style.width));
        }
    }
    if !style.quiet {
        for point in &report.merge_points {
            let state = match &point.status {
                MergePointStatus::Reached => green("reached"),
                MergePointStatus::Waiting(terminals) => format!("waits for {}", terminals.join(", ")),
                MergePointStatus::Operator => "you decide".to_string(),
            };
            let line = style.plain(&format!("{} ({state})", point.text));
            out.push_str(&hanging("Merge point: ", &line, 2, style.width));
        }
        let progress = progress(report);
        if !progress.is_empty() {
            out.push_str(&wrapped(&format!("Progress: {progress}"), 0, style.width));
        }
    }
    for ready in &report.ready {
        let line = style.plain(&green(&ready.text));
        out.push_str(&hanging("Ready to merge: ", &line, 2, style.width));
    }
    if !out.is_empty() {
        out.insert(0, '\n');
    }
    out
}

/// All other findings, notes only with `-v`; then what to say of sessions that git cannot show.
fn rest(report: &Report, sections: &Sections, style: Style) -> String {
    let shown = sections.rest.iter().copied().filter(|finding| style.shows(finding.severity));
    let mut out = findings_list(shown, style);
    if !style.quiet && !style.verbose {
        out.push_str(&not_linked(report, style));
    }
    if !out.is_empty() {
        out.insert(0, '\n');
    }
    out
}
