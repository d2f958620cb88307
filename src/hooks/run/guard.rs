//! Runs a hook under a time limit: a panic or a late answer becomes one line and never stops git.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use thiserror::Error;

/// Why guarded work gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It panicked.
    #[error("internal error")]
    Panicked,
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// Runs `work` on a thread of its own and waits for the answer no longer than `limit`. Late work
/// is abandoned and ends with the process. A panic prints nothing.
///
/// # Errors
/// There is no answer.
pub fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    std::panic::set_hook(Box::new(|_| {}));
    let (answer, answered) = channel();
    let guarded = move || _ = answer.send(work());
    if std::thread::Builder::new().stack_size(STACK).spawn(guarded).is_err() {
        return Err(Fault::Panicked);
    }
    answered.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => Fault::TimedOut(limit),
        RecvTimeoutError::Disconnected => Fault::Panicked, // the thread ended without an answer
    })
}

/// As much as the main thread has: folders are walked recursively.
const STACK: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_or_is_late_is_told_and_nothing_more() {
        let long = Duration::from_secs(60);
        assert_eq!(within(long, || 7), Ok(7));
        assert_eq!(within(long, || if true { panic!("broken") } else { 7 }), Err(Fault::Panicked));
        let (_open, never) = channel::<u8>();
        let short = Duration::from_millis(1);
        assert_eq!(within(short, move || never.recv().is_ok()), Err(Fault::TimedOut(short)));
    }
}
