use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use thiserror::Error;

/// Why a guarded piece of work gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It broke.
    #[error("internal error")]
    Broke,
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
}

/// Does a piece of work on a thread of its own and waits for its answer no longer than `limit`. What
/// is late is left behind: it ends with the process. What breaks says nothing of itself.
///
/// # Errors
/// When there is no answer.
pub fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    std::panic::set_hook(Box::new(|_| {}));
    let (answer, answered) = channel();
    let guarded = move || _ = answer.send(work());
    if std::thread::Builder::new().stack_size(STACK).spawn(guarded).is_err() {
        return Err(Fault::Broke);
    }
    answered.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => Fault::Late(limit),
        RecvTimeoutError::Disconnected => Fault::Broke, // it went away without an answer
    })
}

/// As much as the main thread has: folders lie in folders.
const STACK: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_or_is_late_is_told_and_nothing_more() {
        let long = Duration::from_secs(60);
        assert_eq!(within(long, || 7), Ok(7));
        assert_eq!(within(long, || if true { panic!("broken") } else { 7 }), Err(Fault::Broke));
        let (_open, never) = channel::<u8>();
        let short = Duration::from_millis(1);
        assert_eq!(within(short, move || never.recv().is_ok()), Err(Fault::Late(short)));
    }
}
