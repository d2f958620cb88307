//! JSON for programs: a table of keys for each type of the model that is shown, so that the model is free to
//! change.
//!
//! Objects and lists are made while they are written: nothing but the text is as large as the answer. A
//! key that does not apply is left out; `null` was not determined. Lists are sorted.

mod check;
mod compare;
mod edits;
mod findings;
mod log;
mod merge;
mod order;
mod pairs;
mod regions;
mod setting;
mod share;
mod sprint;
mod status;
mod terminals;
mod verify;
mod written;

use serde::Serialize;

use super::output::{CompareAnswer, Output, PairsListed};
use super::{Printed, shown_faults};
use crate::model::in_json;

use written::Written;

/// The version of all JSON output.
const SCHEMA: u32 = 1;

/// An answer for programs.
pub(super) fn printed(output: &Output) -> Printed {
    let out = match output {
        Output::Initialized(initialized) => pretty(initialized),
        Output::Registered(registered) => pretty(registered),
        Output::Updated(updated) => pretty(updated),
        Output::Completed(completed) => pretty(completed),
        Output::Unregistered(unregistered) => pretty(unregistered),
        Output::Archived(archived) => pretty(archived),
        Output::Status(status) => pretty((&status.report, status.listed, None)),
        Output::StatusLine(line) => pretty(line),
        Output::Synced(synced) => pretty((&synced.report, PairsListed::WithMore, Some(&**synced))),
        Output::Checked(report, _) => pretty(&**report),
        Output::Compared(compared) => pretty(&compared.answer),
        Output::MergeOrder(order) | Output::MergePlan(order) => pretty(&**order),
        Output::Verified(answer) => pretty(&**answer),
        Output::Merged(answer) => pretty(&**answer),
        Output::Shared(answer) => pretty(&**answer),
        Output::Log(history) => pretty(history),
        Output::HooksChanged(changed) => pretty(changed),
        Output::AgentsChanged(changed) => pretty(changed),
        Output::HooksStatus(report) => pretty(report),
        Output::HookRun(run) => {
            let out = run.checked.iter().map(|checked| pretty(&checked.report)).collect();
            return Printed { out, err: shown_faults(run) };
        }
        Output::Diagnoses(found) => pretty(&found[..]),
        Output::Page { text, .. } | Output::Verbatim(text) => text.clone(),
    };
    Printed { out, err: String::new() }
}

/// The line in which `compare --stdin` answers a question.
pub fn line(answer: &CompareAnswer) -> String {
    finished(serde_json::to_string(&Written(answer)))
}

fn pretty<T>(answer: T) -> String
where
    Written<T>: Serialize,
{
    finished(serde_json::to_string_pretty(&Written(answer)))
}

fn finished(written: serde_json::Result<String>) -> String {
    // what holds strings, numbers, lists and maps by strings can always be written
    let mut text = in_json(written.unwrap_or_default());
    text.push('\n');
    text
}
