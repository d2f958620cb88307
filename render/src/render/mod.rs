//! From data to text. Computes nothing that is not layout.
//!
//! A format is one file, or a folder, with a function from [`Output`] to [`Printed`]; which one it is,
//! `commands` decides in one place.

pub mod agent;
mod commit_step;
mod encounters;
mod html;
mod human;
mod json;
mod next;
pub mod output;

pub use html::{PageContent, page};
pub use human::{
    ConflictGroup, Style, conflict_groups, count, file_line, is_grouped, plan, shown_width, verdict,
};
pub use json::line;
pub use output::{Output, Subject};

use output::HookRun;

/// An answer as text.
#[derive(Debug, Default)]
pub struct Printed {
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
}

/// An answer for people.
pub fn human(output: &Output, style: Style) -> Printed {
    human::printed(output, style)
}

/// An answer for programs.
pub fn json(output: &Output) -> Printed {
    json::printed(output)
}

/// One line for each reason why a hook's answer is incomplete.
fn shown_faults(run: &HookRun) -> String {
    let who = if run.is_agents { "the agent goes on" } else { "git continues" };
    let line = |fault: &String| {
        let line = fault.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("track-work: {line}; {who}\n")
    };
    run.faults.iter().map(line).collect()
}
