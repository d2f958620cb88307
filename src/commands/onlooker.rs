//! Who looks on at a run: a line that is kept up to date on a terminal, lines in a log.

use std::cell::RefCell;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::cli::Global;
use crate::context::Context;
use crate::trials::Watcher;

/// How often the line is renewed.
const TICK: Duration = Duration::from_millis(250);

/// How wide the bar is.
const BAR: usize = 20;

/// Tells people how a run goes, and whether they want it to end.
pub(super) struct Onlooker<'a> {
    context: &'a Context,
    is_quiet: bool,
    /// What those that are done are: merged, tried.
    done: &'static str,
    told: RefCell<Vec<String>>,
    interrupted: Box<dyn Fn() -> bool>,
    line: RefCell<Option<TickingLine>>,
}

impl<'a> Onlooker<'a> {
    /// From now on an interruption ends the run where it can be continued.
    pub fn new(done: &'static str, global: &Global, context: &'a Context) -> Onlooker<'a> {
        Onlooker {
            context,
            is_quiet: global.quiet,
            done,
            told: RefCell::default(),
            interrupted: Box::new(context.interruptions()),
            line: RefCell::new(None),
        }
    }

    /// Nothing runs any more; what was told.
    pub fn ended(&self) -> Vec<String> {
        self.line.replace(None);
        self.told.take()
    }
}

impl Watcher for Onlooker<'_> {
    fn begins(&self, done: usize, of: usize, what: &str) {
        if self.is_quiet {
            return;
        }
        let text = format!("{done} of {of} {}, {what}", self.done);
        match self.context.progress {
            None => (self.context.tell)(&text),
            Some(show) => {
                let full = BAR * done.min(of) / of.max(1);
                let text = format!("[{}{}] {text}", "#".repeat(full), "-".repeat(BAR - full));
                // the one before ends first
                self.line.replace(None);
                self.line.replace(TickingLine::start(show, text));
            }
        }
    }

    fn tells(&self, line: String) {
        self.line.replace(None);
        if !self.is_quiet {
            (self.context.tell)(&line);
        }
        self.told.borrow_mut().push(line);
    }

    fn is_interrupted(&self) -> bool {
        (self.interrupted)()
    }
}

/// A line that says for how long something runs; gone when it is dropped.
struct TickingLine {
    ends: Option<Sender<()>>,
    ticking: Option<JoinHandle<()>>,
}

impl TickingLine {
    fn start(show: fn(&str), text: String) -> Option<TickingLine> {
        let (ends, ended) = channel::<()>();
        let begun = Instant::now();
        let tick = move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                show(&format!("{text} ({} s)", begun.elapsed().as_secs()));
            }
            show("");
        };
        let ticking = thread::Builder::new().spawn(tick).ok()?;
        Some(TickingLine { ends: Some(ends), ticking: Some(ticking) })
    }
}

impl Drop for TickingLine {
    fn drop(&mut self) {
        self.ends.take();
        if let Some(ticking) = self.ticking.take() {
            _ = ticking.join();
        }
    }
}
