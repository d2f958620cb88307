//! The terminals of `status`: what each has, where it is, what it waits for, and its next step.

use crate::model::{
    ChangeKind, Link, Place, Report, StatusKind, Terminal, Touched, UnderWay, WorktreeMaker, shown_name,
    shown_path,
};
use crate::planning::{NextStep, next_step};
use crate::render::next::{StepText, step_text};

use super::Style;
use super::age::as_of;
use super::count;
use super::many::{needs, numbers};
use super::paint::{bold, dim, hanging, line, shown_width, wrapped, yellow};
use super::table::{name_width, shortened_inside, table};

/// Where there are too many terminals, those with a session are listed if there are no more than this.
const MOST_ROWS: usize = 8;

/// The table of terminals, and the paths that they touched.
pub(super) fn terminals(report: &Report, style: Style, now: i64) -> String {
    let all = &report.facts.terminals;
    if all.is_empty() {
        let text = "No terminals found: there are no linked worktrees, no branches with commits of their own, and no sessions. Create one with: git worktree add ../NAME -b NAME";
        return format!("\n{}", wrapped(text, 0, style.width));
    }
    let (listed, unlisted) = listed(report, style);
    let mut out = String::new();
    if !listed.is_empty() {
        let rows =
            listed.iter().map(|at| (row(report, &all[*at]), details(report, *at, style, now))).collect();
        let headings = ["TERMINAL", "STORY", "STATUS", "COMMITS", "BEHIND", "UNCOMMITTED"];
        out.push_str(&format!("\n{}", table(&headings, rows, &[3, 4, 5], &[1, 0, 2], &[0, 1], style)));
    }
    out + &touched(report, &listed, style) + &others(report, &unlisted, style)
}

/// The terminals of which each is listed, and all others.
pub(super) fn listed(report: &Report, style: Style) -> (Vec<usize>, Vec<usize>) {
    let all = report.shown_terminals();
    let is_listed = |at: &usize| !style.crowded || is_special(report, *at);
    match all.iter().partition::<Vec<usize>, _>(|at| is_listed(at)) {
        (listed, _) if style.crowded && listed.len() > MOST_ROWS => (Vec::new(), all),
        parts => parts,
    }
}

/// What those that are not listed need, and how all terminals stand; empty where each is listed.
pub(super) fn others(report: &Report, unlisted: &[usize], style: Style) -> String {
    if unlisted.is_empty() {
        return String::new();
    }
    format!("\n{}{}", needs(report, unlisted, style), numbers(report, style))
}

/// Whether a terminal has a session, or cannot be read, or something is in progress there.
fn is_special(report: &Report, at: usize) -> bool {
    let terminal = &report.facts.terminals[at];
    let tip = report.facts.tip(terminal);
    !terminal.sessions.is_empty() || tip.is_none_or(|tip| tip.under_way.is_some())
}

/// `1-2-login`, or `(claude)` of a worktree that this client made and that has no session.
pub fn story(report: &Report, terminal: &Terminal) -> String {
    match &terminal.story {
        Some(story) => story.to_string(),
        None if terminal.sessions.is_empty() => {
            let maker = terminal.place().and_then(|at| report.facts.places[at].maker);
            format!("({})", maker.map_or("no session", WorktreeMaker::name))
        }
        None => "(no story)".to_string(),
    }
}

fn row(report: &Report, terminal: &Terminal) -> Vec<String> {
    let number = |number: usize| if number == 0 { "-".to_string() } else { number.to_string() };
    let story = story(report, terminal);
    let status = report.status(terminal).map_or("-".to_string(), |decision| decision.status.to_string());
    let dirty = report.facts.uncommitted(terminal).paths;
    let uncommitted = report.facts.uncommitted_text(terminal);
    let [commits, behind, uncommitted] = match (report.facts.own_tip(terminal), terminal.place()) {
        (Some(tip), _) if dirty == 0 && terminal.is_merged(Some(tip)) => {
            ["merged".to_string(), number(tip.behind), uncommitted]
        }
        (None, None) if terminal.is_merged(None) => ["merged", "-", "-"].map(str::to_string),
        (Some(tip), _) => [number(tip.ahead), number(tip.behind), uncommitted],
        (None, Some(_) | None) => ["?", "?", "?"].map(str::to_string),
    };
    vec![terminal.id.clone(), story, status, commits, behind, uncommitted]
}

/// Below the row of a terminal with a session: its focus, its place, what it waits for; then the next step.
/// Of others, what is in progress there, and when git last heard of them; with `-v` their place too.
fn details(report: &Report, at: usize, style: Style, now: i64) -> String {
    let terminal = &report.facts.terminals[at];
    let is_registered = !terminal.sessions.is_empty();
    let mut facts: Vec<String> = terminal.focus().map(str::to_string).into_iter().collect();
    let elsewhere = terminal.place().and_then(|at| report.facts.places[at].elsewhere.as_ref());
    if let Some(elsewhere) = elsewhere {
        facts.push(format!("{}, {}", elsewhere.about(), as_of(elsewhere.as_of, now)));
    } else if is_registered || style.verbose {
        facts.push(place(report, terminal));
    }
    if let Some(upstream) = report.facts.upstream(terminal)
        && let Some(behind @ 1..) = upstream.behind()
    {
        let when = as_of(upstream.as_of, now);
        facts.push(format!("{} behind {}, {when}", count(behind, "commit"), upstream.name));
    }
    let decision = report.status(terminal);
    let waits = decision.filter(|decision| decision.status.kind() != StatusKind::Completed);
    facts.extend(waits.and_then(|decision| decision.reason.as_deref()).map(yellow));
    let under_way = report.facts.tip(terminal).and_then(|tip| tip.under_way.as_ref());
    facts.extend(under_way.map(|under_way| yellow(&UnderWay::progress(under_way))));
    let mut out = String::new();
    if !facts.is_empty() {
        out.push_str(&hanging("  ", &style.plain(&facts.join("; ")), 4, style.width));
    }
    if let Some(step) = next_step(report, at).filter(|step| *step != NextStep::Nothing) {
        let text = step_text(report, Some(terminal), &step);
        out.push_str(&style.plain(&step_lines(&text, style)));
    }
    out
}

/// `→ once its work is done and committed: track-work complete terminal-1`. A command stays in one piece, for
/// copying.
fn step_lines(text: &StepText, style: Style) -> String {
    let Some(command) = &text.command else { return hanging("  → ", &dim(&text.what), 4, style.width) };
    let whole = format!("{}: {command}", text.what);
    if shown_width(&whole) + 5 <= style.width {
        return line(&format!("  → {}", dim(&whole)));
    }
    let what = hanging("  → ", &dim(&format!("{}:", text.what)), 4, style.width);
    what + &line(&format!("    {}", dim(command)))
}

/// Where a terminal works: `branch auth-backend in /work/terminal-1`.
fn place(report: &Report, terminal: &Terminal) -> String {
    let at = match &terminal.link {
        Link::Place(at) => *at,
        Link::Gone(what) => return format!("{what} does not exist"),
        Link::Declared(_) => return "not linked to git".to_string(),
    };
    let Place { worktree, branch, maker, .. } = &report.facts.places[at];
    let top = worktree.as_ref().map(|top| shown_path(top));
    let mut text = match (branch, top) {
        (Some(branch), Some(top)) => format!("branch {branch} in {top}"),
        (Some(branch), None) => format!("branch {branch}, no worktree"),
        (None, Some(top)) => format!("{top}, no branch"),
        (None, None) => "no branch, no worktree".to_string(),
    };
    if let Some(maker) = maker {
        text.push_str(&format!(", made by {}", maker.name()));
    }
    let others =
        report.facts.terminals.iter().filter(|other| other.place() == Some(at) && other.id != terminal.id);
    let others: Vec<String> = others.map(|other| shown_name(&other.id)).collect();
    if !others.is_empty() {
        text.push_str(&format!(", shared with {}", others.join(", ")));
    }
    text
}

/// How many touched paths of a terminal are named without `-v`.
const MOST_NAMED: usize = 6;

/// Which paths each of these terminals touched.
fn touched(report: &Report, listed: &[usize], style: Style) -> String {
    let terminals = listed.iter().map(|at| &report.facts.terminals[*at]);
    let with_work = || terminals.clone().filter(|terminal| !terminal.touched.is_empty());
    let named = |terminal: &Terminal| {
        let is_other = |other: &&Terminal| other.id == terminal.id && other.story != terminal.story;
        match terminal.story.as_ref().filter(|_| with_work().any(|other| is_other(&other))) {
            Some(story) => format!("{} ({})", terminal.id, story.short()),
            None => terminal.id.clone(),
        }
    };
    let names: Vec<String> = with_work().map(named).collect();
    let widest = name_width(names.iter().map(String::as_str), style);
    let mut out = String::new();
    for (terminal, name) in with_work().zip(&names) {
        let most = if style.verbose { usize::MAX } else { MOST_NAMED };
        let shown = || terminal.touched.iter().filter(|touched| report.selection.has_path(&touched.path));
        let named = shown().take(most).map(|path| touched_path(report, terminal, path));
        let mut paths = named.collect::<Vec<_>>().join(", ");
        let rest = shown().count().saturating_sub(most);
        if rest > 0 {
            paths.push_str(&format!(" and {rest} more (use -v)"));
        }
        let label = format!("  {:widest$}  ", shortened_inside(name, widest, style));
        let indent = shown_width(&label).min(style.width / 2);
        out.push_str(&hanging(&label, &style.plain(&paths), indent, style.width));
    }
    if out.is_empty() { out } else { format!("\n{}{out}", line(&bold("Touched"))) }
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
