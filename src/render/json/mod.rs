//! JSON for programs: its own types, so that the model is free to change.
//!
//! They borrow from the report, and a list is made while it is written: nothing but the text is as
//! large as the answer. A field that does not apply is left out; `null` was not determined. Lists
//! are sorted.

mod check;
mod compare;
mod edits;
mod findings;
mod log;
mod order;
mod pairs;
mod regions;
mod setting;
mod sprint;
mod status;
mod sync;
mod terminals;
mod written;

use serde::Serialize;

use super::output::Output;
use super::{Printed, shown_faults};
use crate::model::{Known, MergeOutcome};

/// The version of all JSON output.
const SCHEMA: u32 = 1;

/// An answer for programs.
pub(super) fn printed(output: &Output) -> Printed {
    let out = match output {
        Output::Initialized(initialized) => pretty(&edits::initialized(initialized)),
        Output::Registered(registered) => pretty(&edits::registered(registered)),
        Output::Updated(updated) => pretty(&edits::updated(updated)),
        Output::Completed(completed) => pretty(&edits::completed(completed)),
        Output::Unregistered(unregistered) => pretty(&edits::unregistered(unregistered)),
        Output::Archived(archived) => pretty(&edits::archived(archived)),
        Output::Status(status) => pretty(&status::status(&status.report)),
        Output::Synced(synced) => pretty(&status::sync(synced)),
        Output::Checked(report, _) => pretty(&check::check(report)),
        Output::Compared(compared) => pretty(&compare::compare(&compared.outcome)),
        Output::MergeOrder(order) => pretty(&order::order(order)),
        Output::Log(history, findings) => pretty(&log::log(history, findings)),
        Output::HooksChanged(changed) => pretty(&edits::hooks_changed(changed)),
        Output::AgentsChanged(changed) => pretty(&edits::agents_changed(changed)),
        Output::HooksStatus(report) => pretty(&setting::hooks_status(report)),
        Output::HookRun(run) => {
            let out = run.checked.iter().map(|checked| pretty(&check::check(&checked.report))).collect();
            return Printed { out, err: shown_faults(&run.faults) };
        }
        Output::Diagnoses(found) => pretty(&setting::diagnoses(found)),
        Output::Verbatim(text) => text.clone(),
    };
    Printed { out, err: String::new() }
}

/// The line in which `compare --stdin` answers a question.
pub fn line(outcome: &Known<MergeOutcome>) -> String {
    finished(serde_json::to_string(&compare::compare(outcome)))
}

fn pretty(value: &impl Serialize) -> String {
    finished(serde_json::to_string_pretty(value))
}

fn finished(written: serde_json::Result<String>) -> String {
    // what holds strings, numbers, lists and maps by strings can always be written
    let mut text = written.unwrap_or_default();
    // the one control character that JSON has as it is; it would go where colours are taken out
    if text.contains('\x7f') {
        text = text.replace('\x7f', "\\u007f");
    }
    text.push('\n');
    text
}
