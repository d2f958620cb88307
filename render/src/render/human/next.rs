//! The last lines of `status` and `sync`: the one next step, and its command.

use crate::model::{MergeOrder, Report, shown_name};
use crate::render::next::next_of_all;

use super::Style;
use super::paint::{bold, line, wrapped};

/// What to do next.
pub(super) fn next(report: &Report, order: Option<&MergeOrder>, style: Style) -> String {
    let Some((terminal, step)) = next_of_all(report, order) else { return String::new() };
    let who = terminal.map_or(String::new(), |terminal| format!("{}: ", shown_name(&terminal.id)));
    let end = if step.command.is_some() { ":" } else { "" };
    let text = format!("{} {who}{}{end}", bold("Next:"), step.what);
    // a command stays in one piece, for copying
    let command = step.command.map_or(String::new(), |command| line(&format!("  {command}")));
    format!("\n{}{command}", wrapped(&style.plain(&text), 0, style.width))
}
