//! What must not outlive an answer that nobody waits for any longer: programs that were started, with all
//! that they started themselves, and temporary folders.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::files::ScratchFolder;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How often a folder is removed in which an ended program may still have been writing.
const ATTEMPTS: usize = 20;

/// What exists now.
static LIVING: Mutex<Living> =
    Mutex::new(Living { limited: false, ended: false, groups: Vec::new(), folders: Vec::new() });

struct Living {
    /// Whether the time of this run is limited: then programs are started in groups of their own, which
    /// can be ended as a whole.
    limited: bool,
    /// Whether everything was ended: nothing is started any more.
    ended: bool,
    groups: Vec<Pid>,
    folders: Vec<PathBuf>,
}

fn living() -> MutexGuard<'static, Living> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that the time of this run is limited: [`end_all`] may follow.
pub fn limit_time() {
    living().limited = true;
}

/// Ends every program that is running, and removes every temporary folder. Nothing is started after that.
pub fn end_all() {
    let mut living = living();
    living.ended = true;
    for group in living.groups.drain(..) {
        _ = kill_process_group(group, Signal::KILL);
    }
    for folder in living.folders.drain(..) {
        let gone = |_: &usize| std::fs::remove_dir_all(&folder).is_ok() || !folder.exists();
        let wait = |_| std::thread::sleep(Duration::from_millis(5));
        _ = (0..ATTEMPTS)
            .inspect(|attempt| {
                if *attempt > 0 {
                    wait(())
                }
            })
            .find(gone);
    }
}

/// A program that is running, until this is dropped.
pub(super) struct Running {
    /// Its own process group.
    group: Option<Pid>,
    guard: Option<Child>,
}

/// Starts a program.
pub(super) fn start(command: &mut Command) -> io::Result<(Child, Running)> {
    let mut living = living();
    if living.ended {
        return Err(io::ErrorKind::TimedOut.into());
    }
    if !living.limited {
        return Ok((command.spawn()?, Running { group: None, guard: None }));
    }
    let child = command.process_group(0).spawn()?;
    let group = Pid::from_child(&child);
    living.groups.push(group);
    Ok((child, Running { group: Some(group), guard: None }))
}

/// Starts a program that may not end, and start others, which may not either, in the group of a guard that ends
/// them all once its input ends: whatever becomes of this process, none of them outlives it. What the guard has open
/// stays open until then.
pub(super) fn start_guarded(command: &mut Command, guard: &mut Command) -> io::Result<(Child, Running)> {
    let mut living = living();
    if living.ended {
        return Err(io::ErrorKind::TimedOut.into());
    }
    guard.process_group(0).stdin(Stdio::piped()).stderr(Stdio::null());
    let guard = guard.spawn()?;
    let group = Pid::from_child(&guard);
    let running = Running { group: Some(group), guard: Some(guard) };
    living.groups.push(group);
    drop(living); // `running` needs it when it is dropped
    let child = command.process_group(group.as_raw_nonzero().get()).spawn()?;
    Ok((child, running))
}

/// Starts a guard of a program that has a group of its own, in another one: it ends that group once its input ends, so the program
/// does not outlive this process.
pub(super) fn start_guard(guard: &mut Command) -> io::Result<Running> {
    let mut living = living();
    if living.ended {
        return Err(io::ErrorKind::TimedOut.into());
    }
    guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let guard = guard.spawn()?;
    let group = Pid::from_child(&guard);
    living.groups.push(group);
    Ok(Running { group: Some(group), guard: Some(guard) })
}

/// Sends a signal to the group of a program that has one of its own.
pub(super) fn signal(child: &Child, signal: Signal) {
    _ = kill_process_group(Pid::from_child(child), signal);
}

/// Ends what is left of the group of a program that has one of its own and has ended: what does not end within this time
/// is killed.
pub(super) fn end_group(child: &Child, grace: Duration) {
    let group = Pid::from_child(child);
    let started = Instant::now();
    while started.elapsed() < grace && test_kill_process_group(group).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    _ = kill_process_group(group, Signal::KILL);
}

impl Running {
    /// Ends it, and all that it started.
    pub(super) fn end(&self) {
        if let Some(group) = self.group {
            _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(guard) = &mut self.guard {
            _ = self.group.map(|group| kill_process_group(group, Signal::KILL));
            _ = guard.wait();
        }
        if let Some(group) = self.group {
            living().groups.retain(|known| *known != group);
        }
    }
}

/// A temporary folder.
#[derive(Debug)]
pub(super) struct Scratch(ScratchFolder);

impl Scratch {
    /// A new one.
    pub fn new() -> io::Result<Scratch> {
        let mut living = living();
        if living.ended {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let folder = ScratchFolder::new()?;
        living.folders.push(folder.path().to_path_buf());
        Ok(Scratch(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        living().folders.retain(|known| known != self.0.path());
    }
}
