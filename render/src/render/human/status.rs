//! The picture of `status`: the verdict first, then who, then where, then what to do.

use crate::model::{
    DependencyState, DependencyStatus, Evidence, Finding, MergePointState, MergePointStatus, Ready, Report,
    Severity, Standing, StatusKind, TerminalPair, UpstreamDistance, few,
};

use super::age::{ago, as_of};
use super::conflict_groups::{ConflictGroup, conflict_groups, counted, is_grouped};
use super::conflicts::conflicts;
use super::next::next;
use super::paint::{bold, dim, first_of, green, hanging, line, red, shown_width, wrapped, yellow};
use super::sync::{MOST_OF_A_KIND, findings_list, possible_breaks, progress, ready_in_line, ready_texts};
use super::terminals::terminals;
use super::{Style, count, excerpt, ids, not_linked};

/// What `status` shows. `now` is in seconds since 1970.
pub fn status(report: &Report, style: Style, now: i64) -> String {
    let style = style.of_many(report.shown_terminals().len());
    let all = Sections::of(report.findings.iter());
    let sections = Sections::of(report.shown_findings());
    let mut out = headline(report, &all, style, now);
    out.push_str(&behind_upstream(report, style, now));
    out.push_str(
        &shown_part(report).map_or(String::new(), |text| wrapped(&style.plain(&text), 0, style.width)),
    );
    out.push_str(&conflicts(report, &sections.groups, style));
    out.push_str(&unknowns(&sections, style));
    out.push_str(&overlaps(&sections, style));
    out.push_str(&waiting(report, style));
    out.push_str(&rest(report, &sections, style));
    if !style.quiet {
        out.push_str(&terminals(report, style, now));
        out.push_str(&stories(report, style));
        out.push_str(&clean_overlaps(&sections, style));
        out.push_str(&spaced(possible_breaks(sections.rest.iter().copied(), style)));
        out.push_str(&sharing(report, style));
        out.push_str(&next(report, None, style));
    }
    out
}

/// The first line of it, without colour.
pub fn verdict(report: &Report, now: i64) -> String {
    let style =
        Style { width: 0, shortens: false, ascii: false, verbose: false, quiet: false, crowded: false };
    let line = headline(report, &Sections::of(report.findings.iter()), style, now);
    anstream::adapter::strip_str(line.trim_end()).to_string()
}

/// Every finding in the section that shows it.
struct Sections<'a> {
    /// Conflicts of terminals with each other and with the target.
    groups: Vec<ConflictGroup<'a>>,
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
    fn of(findings: impl Iterator<Item = &'a Finding>) -> Sections<'a> {
        let findings: Vec<&Finding> = findings.collect();
        let groups = conflict_groups(findings.iter().copied());
        let told = |finding: &Finding| {
            let known =
                |known: &&Finding| (&known.path, &known.terminals) == (&finding.path, &finding.terminals);
            groups
                .iter()
                .any(|group| finding.path.as_ref() == Some(group.path) && group.findings.iter().any(known))
        };
        let mut sections =
            Sections { groups: Vec::new(), unknown: vec![], overlaps: vec![], clean: vec![], rest: vec![] };
        for finding in findings.into_iter().filter(|finding| !is_grouped(finding)) {
            match (&finding.evidence, finding.severity) {
                (_, Severity::Error) => sections.unknown.push(finding),
                (Evidence::Overlap { .. }, Severity::Warning) => sections.overlaps.push(finding),
                (Evidence::Overlap { .. }, Severity::Info) if told(finding) => {}
                (Evidence::Overlap { nearness: Some(_), .. }, Severity::Info) => sections.clean.push(finding),
                (_, Severity::Conflict | Severity::Warning | Severity::Info) => sections.rest.push(finding),
            }
        }
        Sections { groups, ..sections }
    }

    /// How many conflicts are not in a group.
    fn other_conflicts(&self) -> usize {
        self.rest.iter().filter(|finding| finding.severity == Severity::Conflict).count()
    }
}

/// `1 conflict, 1 story blocked, 1 terminal ready          main at 4bc72dc, 12 min ago`
fn headline(report: &Report, sections: &Sections, style: Style, now: i64) -> String {
    let unknown = sections.unknown.len();
    let blocked = report
        .facts
        .book
        .dependencies
        .iter()
        .filter(|state| state.status == DependencyStatus::Blocked)
        .count();
    let ready = report.ready_merges();
    let mut parts: Vec<String> = Vec::new();
    parts.extend(counted(&sections.groups, sections.other_conflicts()).map(|text| red(&text)));
    if unknown > 0 {
        parts.push(yellow(&format!("{unknown} not determined")));
    }
    if parts.is_empty() {
        parts.push(green("no conflicts"));
    }
    match sections.rest.iter().filter(|one| one.is_counted_break()).count() {
        0 => {}
        breaks => parts.push(yellow(&format!("{} without a conflict", count(breaks, "break")))),
    }
    if blocked > 0 {
        parts.push(yellow(&format!("{} blocked", count(blocked, "story"))));
    }
    if ready > 0 {
        parts.push(green(&format!("{ready} ready to merge")));
    }
    let verdict = parts.join(", ");
    let target = target_text(report, now);
    let needed = shown_width(&verdict) + 2 + target.chars().count();
    if style.width > 0 && needed > style.width {
        let lines = [bold(&verdict), dim(&target)].map(|text| wrapped(&text, 0, style.width));
        return lines.concat();
    }
    let gap = (style.width + 2).saturating_sub(needed).max(2);
    line(&format!("{}{}{}", bold(&verdict), " ".repeat(gap), dim(&target)))
}

/// How much of all a filter shows: `Shown: 3 of 64 terminals, 2 of 14 conflicts (--terminal 'login-*').`
pub fn shown_part(report: &Report) -> Option<String> {
    let filter = Some(report.selection.filter()).filter(|filter| !filter.is_empty())?;
    let terminals = report.shown_terminals().len();
    let terminals = format!("{terminals} of {}", count(report.facts.terminals.len(), "terminal"));
    let number = |sections: Sections| sections.groups.len() + sections.other_conflicts();
    let [conflicts, of] =
        [number(Sections::of(report.shown_findings())), number(Sections::of(report.findings.iter()))];
    let conflicts =
        if of > 0 { format!(", {conflicts} of {}", count(of, "conflict")) } else { String::new() };
    Some(format!("Shown: {terminals}{conflicts} ({}).", filter.flags()))
}

fn target_text(report: &Report, now: i64) -> String {
    let target = &report.facts.target;
    match (target.head, target.time) {
        (Some(head), Some(time)) => format!("{} at {}, {}", target.name, head.short(), ago(now - time)),
        (Some(head), None) => format!("{} at {}", target.name, head.short()),
        (None, _) => format!("{} (no commits yet)", target.name),
    }
}

/// `main is 3 commits behind origin/main, as of 2 h ago`
fn behind_upstream(report: &Report, style: Style, now: i64) -> String {
    let Some(upstream) = report.facts.target_upstream() else { return String::new() };
    let (target, name) = (&report.facts.target.name, &upstream.name);
    let fact = match upstream.distance {
        UpstreamDistance::Commits { behind: 0, .. } | UpstreamDistance::Gone => return String::new(),
        UpstreamDistance::Commits { behind, .. } => {
            format!("{target} is {} behind {name}", count(behind, "commit"))
        }
        UpstreamDistance::Unknown => format!("how far {target} is behind {name} cannot be read"),
    };
    let text = format!("{fact}, {}{}", as_of(upstream.as_of, now), brought(report));
    wrapped(&style.plain(&text), 0, style.width)
}

/// `; feature has commits of it, which count as its work until main has them`
fn brought(report: &Report) -> String {
    let names: Vec<&str> = report.facts.of_upstream().map(|(terminal, _)| terminal.id.as_str()).collect();
    let (have, whose) = match names.len() {
        0 => return String::new(),
        1 => ("has", "its"),
        _ => ("have", "their"),
    };
    let target = &report.facts.target.name;
    format!("; {} {have} commits of it, which count as {whose} work until {target} has them", few(&names))
}

fn unknowns(sections: &Sections, style: Style) -> String {
    let apart = if style.crowded { "" } else { "\n" };
    let block = |finding: &&Finding| {
        let label = format!("{}  ", yellow("? unknown"));
        let text = hanging(&label, &style.plain(&finding.message), 4, style.width);
        let suggestion = dim(&wrapped(&style.plain(&finding.suggestion), 4, style.width));
        format!("{apart}{text}{}{suggestion}", excerpt(finding, style))
    };
    let blocks = sections.unknown.iter().map(block).collect();
    let shown = first_of(blocks, style.most(MOST_OF_A_KIND), "unknown result");
    if style.crowded { spaced(shown) } else { shown }
}

fn overlaps(sections: &Sections, style: Style) -> String {
    spaced(findings_list(sections.overlaps.iter().copied(), style))
}

fn clean_overlaps(sections: &Sections, style: Style) -> String {
    let clean = &sections.clean;
    if clean.is_empty() {
        return String::new();
    }
    if style.verbose {
        let mut out = format!("\n{}", line(&bold("Overlaps that merge cleanly")));
        for finding in clean {
            out.push_str(&wrapped(&style.plain(&finding.message), 2, style.width));
        }
        return out;
    }
    let mut paths: Vec<_> = clean.iter().filter_map(|finding| finding.path.as_ref()).collect();
    paths.sort();
    paths.dedup();
    let text = format!("Overlaps that merge cleanly: {} (use -v)", count(paths.len(), "file"));
    format!("\n{}", wrapped(&text, 0, style.width))
}

/// A text with an empty line before it, where there is any.
fn spaced(text: String) -> String {
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Pairs that are built on each other, or on the same work: that is no overlap of theirs.
fn sharing(report: &Report, style: Style) -> String {
    let is_shared = |pair: &&TerminalPair| pair.shared_commits > 0 && report.shows_pair(pair);
    let pairs: Vec<_> = report.judgements.pairs.iter().filter(is_shared).collect();
    if pairs.is_empty() {
        return String::new();
    }
    let target = &report.facts.target.name;
    let head = format!("Built on the same commits, which {target} lacks (the two are compared without them)");
    if !style.verbose {
        let pairs = count(pairs.len(), "pair");
        let line = format!("{head}: {pairs} (use -v)");
        return format!("\n{}", wrapped(&line, 0, style.width));
    }
    let mut out = format!("\n{}", line(&bold(&head)));
    for pair in pairs {
        let [a, b] = ids(report, pair);
        let line = format!("{a} and {b}: {}", count(pair.shared_commits, "commit"));
        out.push_str(&wrapped(&style.plain(&line), 2, style.width));
    }
    out
}

/// What is blocked, and what is ready.
fn waiting(report: &Report, style: Style) -> String {
    let mut blocked = Vec::new();
    let is_shown = |state: &&DependencyState| {
        state.status == DependencyStatus::Blocked && report.selection.has_story(&state.dependency.story)
    };
    for state in report.facts.book.dependencies.iter().filter(is_shown) {
        let needed: Vec<&str> = state.waiting_for.iter().map(|story| story.as_str()).collect();
        let line = format!("{} needs {}", state.dependency.story, needed.join(", "));
        blocked.push(hanging(&yellow("Blocked: "), &line, 2, style.width));
    }
    for terminal in report.shown_terminals().into_iter().map(|at| &report.facts.terminals[at]) {
        let Some(decision) = report.status(terminal) else { continue };
        let by_terminals = terminal.blocked_by().next().is_some();
        if let (StatusKind::Blocked, Some(reason), true) =
            (decision.status.kind(), &decision.reason, by_terminals)
        {
            let line = format!("{} is {reason}", terminal.id);
            blocked.push(hanging(&yellow("Blocked: "), &line, 2, style.width));
        }
    }
    let ready: Vec<&Ready> = report.ready.iter().filter(|ready| report.shows_any(&ready.terminals)).collect();
    let ready: String = match (&ready_texts(&ready)[..], style.crowded) {
        ([], _) => String::new(),
        (_, true) => ready_in_line(&ready, style),
        (texts, false) => {
            let one = |text: &String| hanging("Ready to merge: ", &style.plain(&green(text)), 2, style.width);
            texts.iter().map(one).collect()
        }
    };
    spaced(first_of(blocked, style.most(MOST_OF_A_KIND), "blocked story") + &ready)
}

/// Merge points and progress.
fn stories(report: &Report, style: Style) -> String {
    let point = |point: &MergePointState| {
        let state = match &point.status {
            MergePointStatus::Reached => reached(report, point),
            MergePointStatus::Waiting(terminals) => format!("waits for {}", terminals.join(", ")),
            MergePointStatus::Operator => "you decide".to_string(),
        };
        hanging("Merge point: ", &style.plain(&format!("{} ({state})", point.text)), 2, style.width)
    };
    let is_shown = |point: &&MergePointState| report.shows_any(&[&point.from[..], &point.to[..]].concat());
    let points = report.merge_points.iter().filter(is_shown).map(point).collect();
    let mut out = first_of(points, style.most(MOST_OF_A_KIND), "merge point");
    let progress = progress(report, style);
    if !progress.is_empty() {
        out.push_str(&wrapped(&format!("Progress: {progress}"), 0, style.width));
    }
    spaced(out)
}

/// What can be done at a merge point whose terminals have done their work.
fn reached(report: &Report, point: &MergePointState) -> String {
    let both = [&point.from[..], &point.to[..]].concat();
    if report.ready.iter().any(|ready| ready.story.is_none() && ready.terminals == both) {
        return green("can be merged now");
    }
    let terminals = report.facts.terminals.iter().zip(&report.standings);
    let from = terminals.filter(|(terminal, _)| point.from.contains(&terminal.id));
    let mut held = from.filter_map(|(terminal, standing)| match standing {
        Standing::Held(reason) => Some(format!("{}: {reason}", terminal.id)),
        Standing::Ready => Some(format!("{}: something about it is open", terminal.id)),
        Standing::NothingToMerge => None,
    });
    match held.next() {
        Some(reason) => format!("cannot be merged yet: {reason}"),
        None => match to_merge(report, point) {
            Some(open) => format!("{} is merged, {open} is not", point.from.join(", ")),
            None => "nothing is left to merge".to_string(),
        },
    }
}

/// The first of those who go on at a merge point whose work is still to be merged.
fn to_merge<'a>(report: &'a Report, point: &MergePointState) -> Option<&'a str> {
    let mut terminals = report.facts.terminals.iter().zip(&report.standings);
    let open = terminals.find(|(terminal, standing)| {
        let has_work = match standing {
            Standing::Ready | Standing::Held(_) => true,
            Standing::NothingToMerge => report.facts.uncommitted(terminal).paths > 0,
        };
        point.to.contains(&terminal.id) && has_work
    });
    open.map(|(terminal, _)| terminal.id.as_str())
}

/// All other findings, notes only with `-v`; then what to say of sessions that git cannot show.
fn rest(report: &Report, sections: &Sections, style: Style) -> String {
    let shown = sections.rest.iter().copied().filter(|finding| style.shows(finding.severity));
    let mut out = findings_list(shown, style);
    if !style.quiet && !style.verbose {
        out.push_str(&not_linked(report, style));
    }
    spaced(out)
}
