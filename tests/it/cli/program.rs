//! Runs the program as a user would, in an environment of its own, with a fixed clock.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::schemas;
use crate::support::{Repo, Sandbox, picture};

/// The program's own file: the build under test, or what `TRACK_WORK_PROGRAM` names.
pub static PROGRAM: LazyLock<String> = LazyLock::new(|| {
    std::env::var("TRACK_WORK_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_track-work").to_string())
});

/// The time of every run that names none.
pub const NOW: &str = "2025-11-15T10:00:00Z";

/// Where the tracking files live.
pub const DIR: &str = ".system/parallel-work";

/// What a run answered.
#[derive(Debug)]
pub struct Said {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    pub fn of(output: Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
        Said { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The same, if it ended with this status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Said {
        assert_eq!(self.status, Some(status), "{self}");
        self
    }

    /// The same, if stdout has this text; line breaks and indents count as one space.
    #[track_caller]
    pub fn says(self, text: &str) -> Said {
        assert!(flat(&self.stdout).contains(&flat(text)), "stdout lacks {text:?}\n{self}");
        self
    }

    /// The same, if stdout does not have this text.
    #[track_caller]
    pub fn says_not(self, text: &str) -> Said {
        assert!(!flat(&self.stdout).contains(&flat(text)), "stdout has {text:?}\n{self}");
        self
    }

    /// The same, if stderr has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Said {
        assert!(flat(&self.stderr).contains(&flat(text)), "stderr lacks {text:?}\n{self}");
        self
    }

    /// The failure that every failed run is: nothing on stdout, an error and a help on stderr.
    #[track_caller]
    pub fn fails(self) -> Said {
        let said = self.exits(2);
        assert!(said.stdout.is_empty(), "{said}");
        assert!(said.stderr.starts_with("error: ") && said.stderr.contains("\nhelp: "), "{said}");
        assert!(!said.stderr.contains("panicked"), "{said}");
        said
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let answer: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"));
        // by these, `status --watch` tells them apart
        let identity =
            |found: &Value| ["check", "terminals", "path", "message"].map(|key| found[key].to_string());
        let findings: Vec<_> = answer["findings"].as_array().into_iter().flatten().map(identity).collect();
        let different: std::collections::BTreeSet<_> = findings.iter().collect();
        assert_eq!(different.len(), findings.len(), "{self}");
        answer
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {:?}\n--- stdout\n{}--- stderr\n{}---", self.status, self.stdout, self.stderr)
    }
}

/// One line, with one space between words.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The program in a folder, with nothing of the user's environment but `PATH`.
pub fn program(sandbox: &Sandbox, folder: &Path) -> Command {
    program_in(&sandbox.path("home"), folder)
}

/// The same for threads, which cannot share a sandbox.
pub fn program_in(home: &Path, folder: &Path) -> Command {
    scrubbed(home, folder, Command::new(&*PROGRAM))
}

/// Another command in the same surroundings.
pub fn scrubbed(home: &Path, folder: &Path, mut command: Command) -> Command {
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TMPDIR", std::env::temp_dir())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C.UTF-8")
        .env("TRACK_WORK_NOW", NOW);
    command
}

/// Runs it to its end with this input.
pub fn said_with(command: &mut Command, input: &str) -> Said {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Err(error) = child.stdin.take().unwrap().write_all(input.as_bytes()) {
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "it may end without reading its input");
    }
    Said::of(child.wait_with_output().unwrap())
}

/// Runs it without input; one that is not done by then is killed, and the test fails.
#[track_caller]
pub fn said_within(limit: Duration, command: &mut Command) -> Said {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::scope(|scope| {
        let read = |stream: &mut dyn Read| {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let stdout = scope.spawn(move || read(&mut stdout));
        let stderr = scope.spawn(move || read(&mut stderr));
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > limit {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{command:?} still runs after {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Said::of(Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() })
    })
}

/// Runs it to its end. What it answers as JSON is as its schema says.
#[track_caller]
pub fn said(command: &mut Command) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let is_own = command
        .get_envs()
        .any(|(name, value)| name == "TMPDIR" && value != Some(std::env::temp_dir().as_os_str()));
    if !is_own {
        command.env("TMPDIR", temporary.path());
    }
    let said = Said::of(command.output().unwrap());
    let left: Vec<_> =
        std::fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind by {command:?}: {left:?}");
    let words: Vec<&str> = command.get_args().filter_map(|word| word.to_str()).collect();
    if let Some(name) = schema_of(&words) {
        serde_json::Deserializer::from_str(&said.stdout)
            .into_iter()
            .map_while(Result::ok)
            .for_each(|answer| schemas::hold(name, &answer));
    }
    said
}

/// The schema of what a command answers as JSON, by its arguments.
fn schema_of<'a>(words: &[&'a str]) -> Option<&'a str> {
    let commands = ["compare", "hooks"].iter().chain(&SCHEMAS);
    let at = words.iter().position(|word| commands.clone().any(|name| name == word))?;
    let is_json = words.windows(2).any(|pair| pair == ["--format", "json"]);
    match (words[at], words.get(at + 1)) {
        ("compare", _) if words.contains(&"--stdin") || is_json => Some("compare"),
        _ if !is_json => None,
        ("hooks", Some(&"install" | &"uninstall")) => Some("hooks-install"),
        ("hooks", Some(&"status")) => Some("hooks-status"),
        ("status", _) if words.contains(&"--watch") => Some("status-watch"),
        ("hooks", _) => (!words.contains(&"--agent")).then_some("check"),
        (name, _) => Some(name),
    }
}

const SCHEMAS: [&str; 17] = [
    "archive",
    "check",
    "complete",
    "doctor",
    "init",
    "log",
    "merge",
    "merge-order",
    "register",
    "share",
    "status",
    "statusline",
    "sync",
    "unregister",
    "update",
    "verify",
    "hooks",
];

impl Repo<'_> {
    /// The program, to be run here.
    pub fn program(&self, args: &[&str]) -> Command {
        let mut command = program(self.sandbox, &self.top);
        command.args(args);
        command
    }

    /// Runs the program here.
    pub fn tw(&self, args: &[&str]) -> Said {
        said(&mut self.program(args))
    }

    /// Runs the program here at another time.
    pub fn tw_at(&self, now: &str, args: &[&str]) -> Said {
        said(self.program(args).env("TRACK_WORK_NOW", now))
    }

    /// What `status` says as JSON.
    #[track_caller]
    pub fn status(&self) -> Value {
        let said = self.tw(&["status", "--all-pairs", "--format", "json"]);
        assert!(matches!(said.status, Some(0 | 1)), "{said}");
        said.json()
    }

    /// Writes a tracking file.
    pub fn track(&self, name: &str, text: impl AsRef<[u8]>) {
        self.write(format!("{DIR}/{name}"), text);
    }

    /// The text of a tracking file.
    #[track_caller]
    pub fn tracked(&self, name: &str) -> String {
        let path = self.path(format!("{DIR}/{name}"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A tracking file, parsed.
    #[track_caller]
    pub fn yaml(&self, name: &str) -> serde_yaml::Value {
        serde_yaml::from_str(&self.tracked(name)).unwrap()
    }

    /// The entries of the log.
    #[track_caller]
    pub fn history(&self) -> Vec<serde_yaml::Value> {
        self.yaml("session-sync-log.yaml")["history"].as_sequence().unwrap().clone()
    }

    /// Every file of the tracking directory with its bytes and times.
    pub fn tracking_picture(&self) -> BTreeMap<PathBuf, (Vec<u8>, i64, i64, u32)> {
        picture(&self.path(DIR))
    }

    /// Every file of the tracking directory with its text, by its path there.
    pub fn tracking_files(&self) -> BTreeMap<String, String> {
        let dir = self.path(DIR);
        if !dir.exists() {
            return BTreeMap::new();
        }
        let files = picture(&dir).into_iter().filter(|(path, _)| path.is_file());
        let named = files.map(|(path, (bytes, ..))| {
            let name = path.strip_prefix(&dir).unwrap().to_string_lossy().into_owned();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        });
        named.collect()
    }
}

/// The terminal with this id in the JSON of `status`.
#[track_caller]
pub fn terminal<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let terminals = answer["terminals"].as_array().unwrap();
    terminals.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no terminal {id}: {answer:#}"))
}

/// `kind path` of every change of a terminal.
#[track_caller]
pub fn changes(answer: &Value, id: &str) -> Vec<String> {
    let changes = terminal(answer, id)["changes"].as_array().unwrap();
    changes.iter().map(|one| format!("{} {}", text(&one["kind"]), text(&one["path"]))).collect()
}

/// `a b verdict` of every pair.
#[track_caller]
pub fn pairs(answer: &Value) -> Vec<String> {
    let pairs = answer["pairs"].as_array().unwrap();
    pairs
        .iter()
        .map(|one| format!("{} {} {}", text(&one["a"]), text(&one["b"]), text(&one["verdict"])))
        .collect()
}

/// The pair of two terminals.
pub fn pair<'a>(status: &'a Value, a: &str, b: &str) -> &'a Value {
    status["pairs"].as_array().unwrap().iter().find(|pair| pair["a"] == a && pair["b"] == b).unwrap()
}

/// The findings of a check.
pub fn findings<'a>(answer: &'a Value, check: &str) -> Vec<&'a Value> {
    answer["findings"].as_array().unwrap().iter().filter(|one| one["check"] == check).collect()
}

/// The messages of all findings, one a line.
pub fn messages(answer: &Value) -> String {
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().map(|one| format!("{}: {}\n", text(&one["severity"]), text(&one["message"]))).collect()
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The conflicts among the findings.
pub fn conflicts(answer: &Value) -> Vec<&Value> {
    findings(answer, "merge_conflict")
}

/// `line 1` to `line 40`, some of them replaced.
pub fn lines(replaced: &[(usize, &str)]) -> String {
    numbered(40, replaced)
}

/// So many numbered lines, some of them replaced.
pub fn numbered(count: usize, replaced: &[(usize, &str)]) -> String {
    let line = |number: usize| {
        let other = replaced.iter().find(|(at, _)| *at == number);
        other.map_or_else(|| format!("line {number}\n"), |(_, text)| format!("{text}\n"))
    };
    (1..=count).map(line).collect()
}
