//! The only place that starts `git`: for filters that are commands, for indexes and refs that nothing else
//! reads, and for the merges that `merge` makes.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::GitError;
use super::lifetime;

/// The variables that `git rev-parse --local-env-vars` lists: they name a repository other than
/// the one that is meant, as happens inside hooks. Settings (`GIT_CONFIG_COUNT`, `GIT_CONFIG_PARAMETERS`) stay.
pub(super) const LOCAL_VARIABLES: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
];

/// Settings that switch off what no question needs: programs that the configuration of a repository
/// names, pagers and signatures.
const NOT_NEEDED: [&str; 6] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.alternateRefsCommand=false",
    "log.showSignature=false",
    "gc.auto=0",
];

/// Nobody is asked for a password, and no network is used.
const NO_QUESTIONS: [(&str, &str); 7] = [
    ("GIT_OPTIONAL_LOCKS", "0"), // no refresh of the index
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "false"),
    ("SSH_ASKPASS", "false"),
    ("GIT_SSH_COMMAND", "false"),
];

/// So long a push or fetch may take, where nobody says another time.
pub(super) const NETWORK_LIMIT: Duration = Duration::from_secs(120);

/// Ends its process group once its input ends.
pub(super) const GUARD: &str = "read line; kill -KILL 0";

/// Asks a process group to end once its input ends, so that git removes its own locks, and ends what does not within so many
/// seconds.
const GENTLE_GUARD: &str = r#"read line; kill -s TERM -- "-$1"; sleep "$2"; kill -s KILL -- "-$1""#;

/// So long a program may need to end that was asked to.
const GRACE: Duration = Duration::from_secs(5);

/// As many bytes of what an attempt says are read.
const MOST_SAID: u64 = 1 << 20;

/// How a run of `git` as the person would run it ended.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Whether its exit status was 0.
    pub succeeded: bool,
    /// The lines that it and its hooks wrote.
    pub said: Vec<String>,
}

impl Attempt {
    /// The last line, for an error message.
    pub(super) fn last_line(&self) -> &str {
        self.said.iter().flat_map(|text| complaints(text)).next_back().unwrap_or("nothing")
    }
}

/// How a run of `git` ended whose output is read either way.
pub(super) struct EndedRun {
    /// Whether its exit status was 0.
    pub succeeded: bool,
    /// Its standard output.
    pub said: String,
    /// Its standard error.
    pub complaints: String,
}

/// One run of `git`.
pub(super) struct Program {
    command: Command,
    doing: String,
    /// How long it may take.
    limit: Option<Duration>,
}

impl Program {
    /// `git -C folder`; `doing` is for the error message.
    pub(super) fn new(folder: &Path, doing: impl Into<String>) -> Program {
        let switched_off = NOT_NEEDED.iter().flat_map(|setting| ["-c", setting]);
        Program::as_configured(folder, doing).args(switched_off)
    }

    /// The same with the settings as they are, for questions about these.
    pub(super) fn as_configured(folder: &Path, doing: impl Into<String>) -> Program {
        let mut command = Command::new("git");
        for name in LOCAL_VARIABLES {
            command.env_remove(name);
        }
        command.envs(NO_QUESTIONS).env("LC_ALL", "C").args(["--no-pager", "-C"]).arg(folder);
        Program { command, doing: doing.into(), limit: None }
    }

    /// `git -C folder` as the person would run it there: with all settings, hooks, signatures and questions.
    pub(super) fn of_the_person(folder: &Path, doing: impl Into<String>) -> Program {
        let mut command = Command::new("git");
        for name in LOCAL_VARIABLES {
            command.env_remove(name);
        }
        command.arg("-C").arg(folder);
        Program { command, doing: doing.into(), limit: None }
    }

    /// Says which repository is meant, where git does not find it from the folder.
    pub(super) fn of(self, git_dir: Option<&Path>) -> Program {
        match git_dir {
            Some(git_dir) => self.env("GIT_DIR", git_dir),
            None => self,
        }
    }

    /// Keeps signals for this program's group from it.
    pub(super) fn apart(mut self) -> Program {
        self.command.process_group(0);
        self
    }

    /// The same unless somebody sits at a terminal, who may be asked for a password there: git that is killed leaves
    /// locks behind.
    pub(super) fn apart_unless_watched(self) -> Program {
        if std::io::stdin().is_terminal() { self } else { self.apart() }
    }

    /// Runs it to its end, which may be a failure. Its standard input is `guard`, so a lock on that file is held as
    /// long as it runs, also when this program is killed. What it says goes into a file: it is stopped neither
    /// by that, nor by a program that a hook leaves running.
    pub(super) fn attempt(mut self, guard: &File) -> Result<Attempt, GitError> {
        let failed = |error: std::io::Error| GitError::Program {
            doing: self.doing.clone(),
            reason: format!("could not be run: {error}"),
        };
        let mut said = tempfile::tempfile().map_err(failed)?;
        let [out, err] = [said.try_clone().map_err(failed)?, said.try_clone().map_err(failed)?];
        self.command.stdin(guard.try_clone().map_err(failed)?).stdout(out).stderr(err);
        let (mut child, _running) = lifetime::start(&mut self.command).map_err(failed)?;
        let status = child.wait().map_err(failed)?;
        let mut bytes = Vec::new();
        said.seek(SeekFrom::Start(0)).map_err(failed)?;
        (&said).take(MOST_SAID).read_to_end(&mut bytes).map_err(failed)?;
        let lines = String::from_utf8_lossy(&bytes).lines().map(str::to_string).collect();
        Ok(Attempt { succeeded: status.success(), said: lines })
    }

    /// Adds arguments.
    pub(super) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Program {
        self.command.args(args);
        self
    }

    /// Adds an argument.
    pub(super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Program {
        self.command.arg(argument);
        self
    }

    /// Sets a variable of its environment.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// Ends it after this time, with all that it started.
    pub(super) fn within(self, limit: Duration) -> Program {
        Program { limit: Some(limit), ..self }
    }

    /// Gives it this input and returns what it wrote to its standard output.
    pub(super) fn run(mut self, input: &[u8]) -> Result<Vec<u8>, GitError> {
        let output = self.finish(input)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(self.failed(&output)),
        }
    }

    /// The same, with all that it complained of where it fails.
    pub(super) fn run_or_complaints(mut self, input: &[u8]) -> Result<Result<Vec<u8>, String>, GitError> {
        let output = self.finish(input)?;
        Ok(match output.status.success() {
            true => Ok(output.stdout),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        })
    }

    /// The same without input, for questions to which an exit status of 1 means no, as `git config --get`, `git rev-parse
    /// --verify --quiet` and `git diff --quiet` have it, whatever stands in the standard error: traces and warnings are
    /// written there too. What fails has another status.
    pub(super) fn ask(mut self) -> Result<Option<Vec<u8>>, GitError> {
        let output = self.finish(&[])?;
        match output.status.code() {
            Some(0) => Ok(Some(output.stdout)),
            Some(1) => Ok(None),
            _ => Err(self.failed(&output)),
        }
    }

    /// Runs it to its end, which may be a failure, with a lock on that file held as long as it runs. It does not outlive
    /// this program. What takes longer than its limit is asked to end, so that git removes its own locks.
    pub(super) fn locked(mut self, guard: &File) -> Result<EndedRun, GitError> {
        let failed = |reason: String| GitError::Program { doing: self.doing.clone(), reason };
        let not_run = |error: std::io::Error| failed(format!("could not be run: {error}"));
        let mut files = [tempfile::tempfile().map_err(not_run)?, tempfile::tempfile().map_err(not_run)?];
        let [out, err] = [files[0].try_clone().map_err(not_run)?, files[1].try_clone().map_err(not_run)?];
        self.command.stdin(guard.try_clone().map_err(not_run)?).stdout(out).stderr(err).process_group(0);
        let (mut child, _running) = lifetime::start(&mut self.command).map_err(not_run)?;
        let mut guard = Command::new("sh");
        let (group, grace) = (child.id().to_string(), GRACE.as_secs().to_string());
        guard.args(["-c", GENTLE_GUARD, "sh", &group, &grace]);
        let _guard = lifetime::start_guard(&mut guard).map_err(not_run)?;
        let started = Instant::now();
        let mut asked = false;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(not_run)? {
                break status;
            }
            let limit = self.limit.unwrap_or(Duration::MAX);
            if started.elapsed() >= limit.saturating_add(GRACE) {
                lifetime::signal(&child, Signal::KILL);
            } else if started.elapsed() >= limit && !asked {
                lifetime::signal(&child, Signal::TERM);
                asked = true;
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        if asked {
            // what git started may still be ending, or does not
            lifetime::end_group(&child, GRACE);
            let seconds = self.limit.unwrap_or_default().as_secs();
            return Err(failed(format!("did not end within {seconds} s")));
        }
        let mut texts = files.iter_mut().map(|file| {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0))
                .and_then(|_| file.take(MOST_SAID).read_to_end(&mut bytes))
                .map_err(not_run)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        });
        let mut text = || texts.next().unwrap_or(Ok(String::new()));
        Ok(EndedRun { succeeded: status.success(), said: text()?, complaints: text()? })
    }

    fn finish(&mut self, input: &[u8]) -> Result<Output, GitError> {
        let failed = |reason: String| GitError::Program { doing: self.doing.clone(), reason };
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = match self.limit {
            Some(_) => {
                let mut guard = Command::new("sh");
                guard.args(["-c", GUARD]).stdout(Stdio::null());
                lifetime::start_guarded(&mut self.command, &mut guard)
            }
            None => lifetime::start(&mut self.command),
        };
        let (mut child, running) = started.map_err(|error| failed(format!("did not start: {error}")))?;
        let pipe = child.stdin.take();
        let (done, ended) = mpsc::channel::<()>();
        let (output, in_time) = std::thread::scope(|scope| {
            // a program may answer before it has read everything
            scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(input)));
            let watch = self.limit.map(|limit| {
                let running = &running;
                scope.spawn(move || {
                    let in_time = ended.recv_timeout(limit) != Err(RecvTimeoutError::Timeout);
                    if !in_time {
                        running.end();
                    }
                    in_time
                })
            });
            let output = child.wait_with_output();
            drop(done);
            (output, watch.is_none_or(|watch| watch.join().unwrap_or(false)))
        });
        match self.limit {
            Some(limit) if !in_time => Err(failed(format!("did not end within {} s", limit.as_secs()))),
            Some(_) | None => output.map_err(|error| failed(format!("could not be waited for: {error}"))),
        }
    }

    fn failed(&self, output: &Output) -> GitError {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = complaints(&said).next_back().unwrap_or("ended without output");
        GitError::Program { doing: self.doing.clone(), reason: format!("said: {line}") }
    }
}

/// The lines of a standard error of git, without those that `GIT_TRACE` and its relatives add.
pub(super) fn complaints(said: &str) -> impl DoubleEndedIterator<Item = &str> + Clone {
    said.lines().map(str::trim).filter(|line| !line.is_empty() && !is_trace(line))
}

/// Whether a line is of a trace: it begins with a time such as `12:16:17.479315` and the place in the source, or is an event
/// of `GIT_TRACE2_EVENT`.
fn is_trace(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_time = |word: &str| {
        let parts: Vec<&str> = word.split([':', '.']).collect();
        parts.len() == 4
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_place = |word: &str| word.rsplit_once(".c:").is_some_and(|(_, line)| line.parse::<u32>().is_ok());
    let is_timed = words.next().is_some_and(is_time) && words.next().is_some_and(is_place);
    is_timed || line.starts_with("{\"event\":")
}

/// Runs `git` in a folder that the caller created; `demo` builds its repository with it.
///
/// # Errors
/// When git does not start, or fails; with its last line.
pub fn run_git(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Result<String, GitError> {
    let mut program = Program::new(folder, format!("run git {}", args.join(" "))).args(args);
    for (name, value) in environment {
        program = program.env(name, value);
    }
    Ok(String::from_utf8_lossy(&program.run(&[])?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_told_from_complaints() {
        let said = "12:16:17.479315 git.c:479               trace: built-in: git config\n\
                    12:16:17.479315 common-main.c:56 | d0 | main | version | 2.47.3\n\
                    {\"event\":\"version\",\"sid\":\"1\"}\n\
                    warning: 12:16:17 git.c:479\n  fatal: no such ref\n12:16:17.479315 exec_cmd.c:1: left\n\n";
        let said: Vec<&str> = complaints(said).collect();
        assert_eq!(
            said,
            ["warning: 12:16:17 git.c:479", "fatal: no such ref", "12:16:17.479315 exec_cmd.c:1: left"]
        );
    }
}
