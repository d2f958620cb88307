//! A line of JSON for each change, with a number from which a reader can go on.

use std::collections::VecDeque;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::commands::failure::Failure;
use crate::model::in_json;
use crate::render::output::{PairsListed, StatusReport};
use crate::render::{self, Output};

use super::changes::changes;
use super::journal::{Journal, SeenState};
use super::rounds::{Look, Rounds};

/// The lines, each as soon as it is known.
pub(super) struct ChangeLines {
    rounds: Rounds,
    journal: Journal,
    pending: VecDeque<String>,
    is_over: Box<dyn Fn() -> bool>,
    /// The trouble that was told last.
    trouble: Option<String>,
}

impl ChangeLines {
    /// Begins with everything, or with what changed since a number.
    pub fn begin(rounds: Rounds, first: Look, since: Option<u64>) -> ChangeLines {
        let context = &rounds.context;
        let caches = context.cache_dir.as_ref().filter(|_| !rounds.global.no_cache);
        let file: Option<PathBuf> = caches.and_then(|caches| rounds.journal_file(caches, &first));
        let journal = Journal::open(file.as_deref());
        let is_interrupted = context.interruptions();
        let is_over = Box::new(move || is_interrupted() || crate::context::nobody_reads());
        let mut lines = ChangeLines { rounds, journal, pending: VecDeque::new(), is_over, trouble: None };
        lines.told(first);
        lines.pending.clear();
        let is_kept = lines.journal.is_kept();
        match since.filter(|_| is_kept).and_then(|since| lines.journal.since(since)) {
            Some(missed) => lines.pending.extend(missed),
            None => {
                let start = lines.start();
                lines.pending.push_back(start.to_string());
            }
        }
        lines
    }

    /// Everything, for a reader who knows nothing yet.
    fn start(&self) -> Value {
        let polling = self.rounds.why_polling();
        let mut line = json!({
            "schema": 1,
            "sequence": self.journal.sequence(),
            "at": self.rounds.context.now().timestamp(),
            "kind": "start",
            "resumable": self.journal.is_kept(),
            "watching": if polling.is_some() { "polling" } else { "events" },
        });
        if let (Some(why), Some(line)) = (polling, line.as_object_mut()) {
            line.insert("polling_because".to_string(), why.into());
        }
        merged(line, self.journal.state())
    }

    /// Adds what a look has that is new.
    fn told(&mut self, look: Look) {
        let at = look.at.clone();
        let status = StatusReport { report: look.report, listed: PairsListed::WithMore, now: look.now };
        let text = render::json(&Output::Status(Box::new(status))).out;
        let mut state: Value = serde_json::from_str(&text).unwrap_or_default();
        state.as_object_mut().map(|state| state.shift_remove("schema"));
        let recovered = self.trouble.take().is_some();
        let seen = SeenState { state: state.clone(), looked: look.looked };
        let told = self.journal.add(seen, |old, sequence| {
            let changed = changes(old, &state).or_else(|| recovered.then(Map::new))?;
            let head = json!({"schema": 1, "sequence": sequence, "at": at, "kind": "change"});
            Some(merged(head, &Value::Object(changed)))
        });
        match told {
            Some(lines) => self.pending.extend(lines),
            None => self.pending.push_back(self.start().to_string()),
        }
    }

    /// Adds that nothing can be seen now, once.
    fn troubled(&mut self, failure: &Failure) {
        let message = failure.message().to_string();
        if self.trouble.as_ref() == Some(&message) {
            return;
        }
        let line = json!({
            "schema": 1,
            "at": self.rounds.context.now().timestamp(),
            "kind": "trouble",
            "message": message,
        });
        self.pending.push_back(line.to_string());
        self.trouble = Some(message);
    }
}

impl Iterator for ChangeLines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.pending.pop_front() {
                return Some(format!("{}\n", in_json(line)));
            }
            match self.rounds.next(&*self.is_over)? {
                Ok(look) => self.told(look),
                Err(failure) => self.troubled(&failure),
            }
        }
    }
}

/// An object with the keys of another one.
fn merged(line: Value, more: &Value) -> Value {
    let mut line = line;
    if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
        line.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    line
}
