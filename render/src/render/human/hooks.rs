//! The text of the `hooks` commands, and of a hook run.

use crate::model::{HookLine, HooksReport, Severity};
use crate::render::output::{HookReport, HookRun, Subject};
use crate::render::shown_faults;

use super::check::{Shown, human};
use super::paint::{Style, bold, dim, green, hanging, line, wrapped, yellow};

/// Wraps paragraphs to the width. Indented lines are kept: they are tables, or meant for copying.
pub fn text(text: &str, style: Style) -> String {
    let shown = |text: &str| {
        if text.starts_with(' ') || text.is_empty() {
            line(text)
        } else {
            wrapped(&style.plain(text), 0, style.width)
        }
    };
    text.lines().map(shown).collect()
}

/// Git's hooks and those of agents, a line each.
pub fn status(report: &HooksReport, style: Style) -> String {
    let mut out =
        wrapped(&format!("{} {}, {}", bold("Git hooks in"), report.folder, report.of), 0, style.width);
    out.push_str(&lines(&report.hooks, style));
    for manager in &report.managers {
        let text = match (manager.in_charge, manager.calls_us) {
            (true, true) => {
                format!("{} manages the hooks here and calls track-work ({})", manager.name, manager.file)
            }
            (true, false) => format!(
                "{} manages the hooks here and does not call track-work; track-work hooks install shows the lines to add to {}",
                manager.name, manager.file
            ),
            (false, true) => {
                format!("{} exists and calls track-work, but {} is not installed", manager.file, manager.name)
            }
            (false, false) => format!("{} exists, but {} is not installed", manager.file, manager.name),
        };
        out.push_str(&wrapped(&text, 2, style.width));
    }
    out.push('\n');
    out.push_str(&line(&bold("Hooks of coding agents in this worktree")));
    out.push_str(&lines(&report.agents, style));
    out.push('\n');
    out.push_str(&line(&bold("MCP server of track-work in this worktree")));
    out.push_str(&lines(&report.servers, style));
    for obstacle in &report.obstacles {
        out.push_str(&hanging("  ", obstacle, 4, style.width));
    }
    out
}

fn lines(lines: &[HookLine], style: Style) -> String {
    let widest = |of: fn(&HookLine) -> &str| lines.iter().map(|line| of(line).len()).max().unwrap_or(0);
    let (names, states) = (widest(|line| line.name), widest(|line| line.state));
    let mut out = String::new();
    for hook in lines {
        let last = hook.remark.is_empty();
        let state = if last { hook.state.to_string() } else { format!("{:states$}", hook.state) };
        let state = match hook.state {
            "installed" => green(&state),
            "absent" | "foreign" => dim(&state),
            _ => yellow(&state),
        };
        let label = format!("  {:names$}  {state}", hook.name);
        out.push_str(&if last {
            line(&label)
        } else {
            hanging(&format!("{label}  "), &hook.remark, names + states + 6, style.width)
        });
    }
    out
}

/// The text of a hook run: only what needs attention, unless verbose.
pub(super) fn run(run: &HookRun, style: Style) -> String {
    let mut out = shown_faults(run);
    for HookReport { report, subject, blocked, bypass } in &run.checked {
        if !style.verbose && report.severities().all(|severity| severity == Severity::Info) {
            continue;
        }
        let closing = match (blocked, subject) {
            (true, _) => format!(
                "Stopped: the conflict is certain, and the other terminal goes first. To override: {bypass}"
            ),
            (false, Subject::Push) => "This is only a warning; the push continues.".to_string(),
            (false, Subject::Work | Subject::Commit) => {
                "This is only a warning; the commit continues.".to_string()
            }
        };
        let shown = Shown { subject: *subject, overlaps: style.verbose, closing: Some(closing) };
        out.push_str(&human(report, &shown, style));
    }
    out
}
