//! Several trees at once: each in a checkout of its own, which keeps what was built there.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::git::{GitError, TrialCheckouts};
use crate::model::Oid;

use super::Watcher;
use super::runs::{self, Ran, RunPlace};

/// How often it is looked whether to stop.
const TICK: Duration = Duration::from_millis(20);

/// TrialCheckouts, and what is run in them.
pub struct Pool<'a> {
    /// Where.
    pub checkouts: &'a TrialCheckouts,
    /// How many at once.
    pub jobs: usize,
    /// The commands.
    pub commands: &'a [String],
    /// How many seconds each may take.
    pub timeout: Option<u64>,
    /// The lock on all of it.
    pub guard: &'a File,
}

/// A commit to run the commands on.
pub(super) struct PoolTask {
    pub commit: Oid,
    /// What is merged in it, for people.
    pub on: String,
}

/// What a worker says.
enum Said {
    Begins(String),
    Ended(usize, Result<Ran, GitError>),
}

impl Pool<'_> {
    /// Runs the commands on all of these, or until one of them cannot be run or somebody wants to stop: then the rest is
    /// as if it was interrupted. `ended` is told each as it comes.
    pub(super) fn run(
        &self,
        tasks: &[PoolTask],
        watcher: &dyn Watcher,
        begins: &dyn Fn(&str),
        ended: &mut dyn FnMut(usize, Result<Ran, GitError>),
    ) {
        let queue: Mutex<VecDeque<usize>> = Mutex::new((0..tasks.len()).collect());
        let stops = AtomicBool::new(false);
        let (says, said) = channel();
        std::thread::scope(|scope| {
            for number in 0..self.jobs.clamp(1, tasks.len().max(1)) {
                let (says, queue, stops) = (says.clone(), &queue, &stops);
                scope.spawn(move || {
                    while !stops.load(Ordering::Relaxed)
                        && let Some(at) = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
                    {
                        let ran = self.run_one(number, &tasks[at], stops, &says);
                        if !matches!(ran, Ok(Ran::Passed | Ran::Failed(_))) {
                            stops.store(true, Ordering::Relaxed);
                        }
                        _ = says.send(Said::Ended(at, ran));
                    }
                });
            }
            drop(says);
            loop {
                match said.recv_timeout(TICK) {
                    Ok(Said::Begins(what)) => begins(&what),
                    Ok(Said::Ended(at, ran)) => ended(at, ran),
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {}
                }
                if watcher.is_interrupted() {
                    stops.store(true, Ordering::Relaxed);
                }
            }
        });
    }

    fn run_one(
        &self,
        number: usize,
        task: &PoolTask,
        stops: &AtomicBool,
        says: &Sender<Said>,
    ) -> Result<Ran, GitError> {
        let folder = self.checkouts.check_out(number, task.commit, self.guard)?;
        let place = RunPlace {
            folder: &folder,
            timeout: self.timeout,
            guard: self.guard,
            is_interrupted: &|| stops.load(Ordering::Relaxed),
        };
        let begins = |command: &str| _ = says.send(Said::Begins(format!("running {command} on {}", task.on)));
        runs::run(self.commands, &task.on, &place, &begins)
    }
}
