//! A person is asked, or looks at a screen, and their terminal is closed meanwhile. Mostly the system ends the process then;
//! where it does not (`setsid`, `nohup`, a lost connection), reading the keys would have no end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};

/// How long a closed terminal may go unnoticed.
const MOMENT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// What a shell says of a process that ended because its terminal was closed.
const ENDED_BY_HANGUP: i32 = 129;

/// Until this is dropped, the process ends when the terminal of its standard input is closed.
pub(super) struct EndsWithTerminal {
    over: Arc<AtomicBool>,
}

impl EndsWithTerminal {
    /// From now on.
    pub fn begin() -> EndsWithTerminal {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = over.clone();
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                // what was answered goes on without a terminal
                if is_closed() && !is_over.load(Ordering::Relaxed) {
                    // as the system would; where that is ignored, all the same
                    let _ = kill_process(getpid(), Signal::HUP);
                    std::process::exit(ENDED_BY_HANGUP);
                }
            }
        });
        EndsWithTerminal { over }
    }
}

impl Drop for EndsWithTerminal {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Asks a person a question.
pub(super) fn ask_person<T>(question: impl FnOnce() -> T) -> T {
    let _guard = EndsWithTerminal::begin();
    question()
}

/// Whether the terminal is closed, now or in a moment.
fn is_closed() -> bool {
    let input = io::stdin();
    // that it was closed is told without being asked for
    let mut terminal = [PollFd::new(&input, PollFlags::empty())];
    match poll(&mut terminal, Some(&MOMENT)) {
        Ok(_) => terminal[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
        Err(_) => {
            thread::sleep(std::time::Duration::from_secs(1));
            false
        }
    }
}
