//! Commands of a person, run by the shell in a worktree of this program.
//!
//! A command has a process group of its own, which ends with it, at its time limit, and with this program.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::lifetime;
use super::program::{GUARD, LOCAL_VARIABLES};

/// As many bytes at the end of what a command says are looked at, and as many of its lines are kept.
const LAST_BYTES: u64 = 64 << 10;
const LAST_LINES: usize = 20;

/// The longest pause between two looks at a command that runs.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The status of a shell that found a file that is no program, or none.
const NOT_STARTED: [i32; 2] = [126, 127];

/// What a shell adds to the number of the signal that ended its command.
const BY_SIGNAL: i32 = 128;

/// Signals that come from elsewhere. The others are what a program does to itself when it is wrong.
const FROM_OUTSIDE: [Signal; 9] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::KILL,
    Signal::TERM,
    Signal::ALARM,
    Signal::XCPU,
    Signal::XFSZ,
    Signal::PIPE,
];

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellEnd {
    /// With status 0.
    Passed,
    /// With another status, or with a signal that it sent itself.
    Failed(i32),
    /// It could not be run, or not to its end, and why: that says nothing about what is checked out.
    NotRun(String),
    /// Somebody wants this program to stop.
    Interrupted,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellRun {
    /// How it ended.
    pub end: ShellEnd,
    /// The last lines that it wrote.
    pub said: Vec<String>,
}

/// Runs a command in a folder. The lock on `guard` is held as long as something of it runs, also when this program
/// is killed.
///
/// # Errors
/// There is no place for what it writes; no shell starts.
pub fn run_shell(
    command: &str,
    folder: &Path,
    limit: Option<Duration>,
    guard: &File,
    is_interrupted: &dyn Fn() -> bool,
) -> io::Result<ShellRun> {
    let mut said = tempfile::tempfile()?;
    let mut shell = Command::new("sh");
    for name in LOCAL_VARIABLES {
        shell.env_remove(name);
    }
    shell.arg("-c").arg(command).current_dir(folder).env("TRACK_WORK_HOOK", "off");
    shell.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said.try_clone()?);
    let mut ends_with_us = Command::new("sh");
    ends_with_us.args(["-c", GUARD]).stdout(guard.try_clone()?);
    let (mut child, running) = lifetime::start_guarded(&mut shell, &mut ends_with_us)?;
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break ended(status);
        }
        let is_late = limit.is_some_and(|limit| begun.elapsed() >= limit);
        if is_late || is_interrupted() {
            running.end();
            child.wait()?;
            let seconds = limit.unwrap_or_default().as_secs();
            let late = ShellEnd::NotRun(format!("it did not end within {seconds} s"));
            break if is_late { late } else { ShellEnd::Interrupted };
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    drop(running);
    let length = said.seek(SeekFrom::End(0))?;
    said.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES)))?;
    let mut bytes = Vec::new();
    said.take(LAST_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<String> = text.lines().map(str::to_string).collect();
    Ok(ShellRun { end, said: lines[lines.len().saturating_sub(LAST_LINES)..].to_vec() })
}

fn ended(status: ExitStatus) -> ShellEnd {
    let from_outside = |number: i32| FROM_OUTSIDE.iter().any(|signal| signal.as_raw() == number);
    let killed = |number: i32| ShellEnd::NotRun(format!("it was ended by signal {number}"));
    match (status.code(), status.signal()) {
        (Some(0), _) => ShellEnd::Passed,
        (Some(code), _) if NOT_STARTED.contains(&code) => {
            ShellEnd::NotRun(format!("a program was not found, or cannot be run (status {code})"))
        }
        (Some(code), _) if from_outside(code - BY_SIGNAL) => killed(code - BY_SIGNAL),
        (Some(code), _) => ShellEnd::Failed(code),
        (None, Some(number)) if !from_outside(number) => ShellEnd::Failed(BY_SIGNAL + number),
        (None, number) => killed(number.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str, limit: Option<Duration>, is_interrupted: &dyn Fn() -> bool) -> ShellRun {
        let folder = tempfile::tempdir().expect("a folder");
        let guard = tempfile::tempfile().expect("a file");
        run_shell(command, folder.path(), limit, &guard, is_interrupted).expect("a shell")
    }

    #[test]
    fn what_keeps_a_command_from_its_end_says_nothing_about_the_work() {
        let end = |command: &str| run(command, None, &|| false).end;
        assert_eq!(end("true"), ShellEnd::Passed);
        for (command, status) in [
            ("exit 1", 1),
            ("exit 255", 255),
            ("exit 125", 125),
            ("kill -ABRT $$", 134),
            ("sh -c 'kill -SEGV $$'; exit $?", 139),
        ] {
            assert_eq!(end(command), ShellEnd::Failed(status), "{command}");
        }
        for command in [
            "no-such-program",
            "exit 127",
            "exit 126",
            "./",
            "kill -KILL $$",
            "kill -TERM $$",
            "sh -c 'kill -KILL $$'; exit $?",
            "kill -KILL 0",
        ] {
            assert!(matches!(end(command), ShellEnd::NotRun(_)), "{command}: {:?}", end(command));
        }
    }

    #[test]
    fn the_last_lines_are_kept() {
        let said = run("echo one; echo two >&2; exit 3", None, &|| false);
        assert_eq!((said.end, said.said), (ShellEnd::Failed(3), vec!["one".to_string(), "two".to_string()]));
        let many = run("seq 100000; exit 1", None, &|| false).said;
        assert_eq!((many.len(), many.last().map(String::as_str)), (LAST_LINES, Some("100000")));
    }

    #[test]
    fn nothing_of_a_command_goes_on_after_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let alive = folder.path().join("alive");
        let writes = format!("while :; do date > {}; sleep 0.01; done", alive.to_string_lossy());
        let limit = Some(Duration::from_millis(300));
        for (command, limit, stops, wanted) in [
            (writes.clone(), limit, false, None),
            (format!("({writes}) & {writes}"), limit, false, None),
            (writes.clone(), None, true, Some(ShellEnd::Interrupted)),
            (format!("({writes}) & sleep 0.1"), None, false, Some(ShellEnd::Passed)),
        ] {
            let begun = Instant::now();
            let interrupted = move || stops && begun.elapsed() > Duration::from_millis(200);
            let end = run(&command, limit, &interrupted).end;
            assert!(
                wanted.is_none_or(|wanted| wanted == end) && !matches!(end, ShellEnd::Failed(_)),
                "{end:?}"
            );
            assert!(alive.exists(), "{command}");
            std::fs::remove_file(&alive).expect("removed");
            thread::sleep(Duration::from_millis(100));
            assert!(!alive.exists(), "{command}");
        }
    }
}
