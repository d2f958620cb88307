//! A line on stderr that says how far a long run is, where people look at it.

use std::cell::Cell;
use std::time::Duration;

use crate::context::Context;

/// A run that takes less shows nothing.
const SILENT: Duration = Duration::from_secs(1);

/// How long a text stands at the least.
const STANDS: Duration = Duration::from_millis(200);

/// The line; gone when it is dropped.
pub(super) struct SearchLine {
    show: Option<fn(&str)>,
    next: Cell<Duration>,
}

impl SearchLine {
    pub fn new(context: &Context) -> SearchLine {
        SearchLine { show: context.progress, next: Cell::new(SILENT) }
    }

    /// Shows a text, this long after the start.
    pub fn show(&self, spent: Duration, text: impl FnOnce() -> String) {
        if let Some(show) = self.show.filter(|_| spent >= self.next.get()) {
            show(&format!("{} ({} s)", text(), spent.as_secs()));
            self.next.set(spent + STANDS);
        }
    }
}

impl Drop for SearchLine {
    fn drop(&mut self) {
        if let Some(show) = self.show.filter(|_| self.next.get() > SILENT) {
            show("");
        }
    }
}
