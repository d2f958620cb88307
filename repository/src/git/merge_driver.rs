//! Custom merge drivers: commands of the repository's configuration, run only when that is asked for.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use git2::ObjectType;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::files;
use crate::merge::{DriverInput, DriverOutput};
use crate::model::{Oid, Stages};

use super::ids;
use super::lifetime::Scratch;
use super::program::LOCAL_VARIABLES;

/// A driver that takes longer than this for one path gives no answer.
const LIMIT: Duration = Duration::from_secs(60);

/// This many answers are kept.
const MOST_KEPT: usize = 4096;

/// The exit status of the shell where it cannot start the command.
const NOT_STARTED: [i32; 2] = [126, 127];

/// The last status that means a conflict; above it, the driver failed.
const LAST_CONFLICT: i32 = 128;

/// The versions of a file, by their placeholders in the command.
const FILES: [&str; 3] = [".merge_file_base", ".merge_file_ours", ".merge_file_theirs"];

/// The command of our own driver for tracking files. Where the program is gone, git's merge of texts serves.
pub const OWN_COMMAND: &str = "if command -v track-work >/dev/null; \
then track-work merge-driver %O %A %B %L %P %S %X %Y; \
else git merge-file --marker-size=%L -L %X -L %S -L %Y %A %O %B; fi";

/// The settings of one driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DriverSettings {
    /// `merge.NAME.driver`. Without one, git stops.
    pub command: Option<OsString>,
    /// `merge.NAME.recursive`: the driver that serves while merge bases are merged.
    pub recursive: Option<String>,
}

impl DriverSettings {
    /// Whether this is our driver as it was installed.
    pub(super) fn is_own(&self) -> bool {
        self.recursive.is_none() && self.command.as_deref() == Some(OsStr::new(OWN_COMMAND))
    }
}

/// Runs drivers, each in a folder of its own, and only once for the same input.
pub(super) struct MergeDrivers {
    settings: HashMap<String, DriverSettings>,
    /// The worktree of the merge, where the command may name files.
    top: Option<PathBuf>,
    limit: Duration,
    known: Mutex<HashMap<DriverRun, DriverAnswer>>,
}

type DriverAnswer = Result<DriverOutput, String>;

/// Everything that a driver gets.
#[derive(Clone, PartialEq, Eq, Hash)]
struct DriverRun {
    name: String,
    path: Vec<u8>,
    contents: Stages<Oid>,
    labels: Stages<Vec<u8>>,
    marker_size: usize,
}

impl MergeDrivers {
    pub(super) fn new(settings: HashMap<String, DriverSettings>, top: Option<PathBuf>) -> MergeDrivers {
        MergeDrivers { settings, top, limit: LIMIT, known: Mutex::default() }
    }

    /// What the driver makes of the three versions, or why there is no answer.
    pub(super) fn run(&self, input: &DriverInput<'_>) -> DriverAnswer {
        let question = DriverRun {
            name: input.name.to_string(),
            path: input.path.as_bytes().to_vec(),
            contents: input.texts.map(|text| ids::hash(ObjectType::Blob, text)),
            labels: input.labels.map(<[u8]>::to_vec),
            marker_size: input.marker_size,
        };
        if let Some(known) = self.known().get(&question) {
            return known.clone();
        }
        let command = self.settings.get(input.name).and_then(|driver| driver.command.as_deref());
        let answer = match command {
            None => Err("it has no command".to_string()),
            // git cannot start that, and takes it for a conflict
            Some(command) if command.is_empty() => {
                Ok(DriverOutput { content: input.texts.ours.to_vec(), clean: false })
            }
            Some(command) => self.ask(command, input),
        };
        let answer = answer.map_err(|reason| format!("custom merge driver {}: {reason}", input.name));
        let mut known = self.known();
        if known.len() >= MOST_KEPT {
            known.clear();
        }
        known.insert(question, answer.clone());
        answer
    }

    fn known(&self) -> MutexGuard<'_, HashMap<DriverRun, DriverAnswer>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, command: &OsStr, input: &DriverInput<'_>) -> DriverAnswer {
        let trouble = |error: io::Error| format!("its files cannot be created: {error}");
        let scratch = Scratch::new().map_err(trouble)?;
        let folder = scratch.path().join("merge");
        fs::create_dir(&folder).map_err(trouble)?;
        self.link_what_is_named(command, &folder).map_err(trouble)?;
        for (name, text) in FILES.iter().zip(input.texts.iter()) {
            fs::write(folder.join(name), text).map_err(trouble)?;
        }
        let said = scratch.path().join("said");
        let errors = fs::File::create(&said).map_err(trouble)?;
        let mut shell = Command::new("sh");
        for name in LOCAL_VARIABLES {
            shell.env_remove(name);
        }
        shell.arg("-c").arg(expanded(command, input)).current_dir(&folder).process_group(0);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let child = shell.spawn().map_err(|error| format!("it did not start: {error}"))?;
        let status = self.ended(child)?;
        let last_words = || {
            let said = files::read(&said, files::MOST_OF_GIT).unwrap_or_default();
            let said =
                String::from_utf8_lossy(&said).trim().lines().next_back().unwrap_or_default().to_string();
            if said.is_empty() { said } else { format!(": {said}") }
        };
        match status.code() {
            Some(status) if NOT_STARTED.contains(&status) => {
                Err(format!("its command was not found (status {status}){}", last_words()))
            }
            Some(status) if (0..=LAST_CONFLICT).contains(&status) => {
                let content = files::read(&folder.join(FILES[1]), u64::MAX)
                    .map_err(|error| format!("it left no result, so git merge fails: {error}"))?;
                Ok(DriverOutput { content, clean: status == 0 })
            }
            _ => Err(format!("it failed with {status}, and so does git merge{}", last_words())),
        }
    }

    /// Git runs drivers at the top of the worktree. Here they run in a folder that holds only links to what
    /// the command names there, so that nothing can be overwritten.
    fn link_what_is_named(&self, command: &OsStr, folder: &Path) -> io::Result<()> {
        let Some(top) = &self.top else { return Ok(()) };
        let divides = |byte: &u8| byte.is_ascii_whitespace() || b"\"';&|()<>=".contains(byte);
        for word in command.as_bytes().split(divides).map(|word| Path::new(OsStr::from_bytes(word))) {
            let mut parts = word.components().skip_while(|part| *part == Component::CurDir);
            let Some(Component::Normal(first)) = parts.next() else { continue };
            let climbs = parts.any(|part| !matches!(part, Component::Normal(_)));
            let link = folder.join(first);
            if !climbs && first != ".git" && top.join(word).exists() && !link.exists() {
                std::os::unix::fs::symlink(top.join(first), link)?;
            }
        }
        Ok(())
    }

    /// Waits for the end; past the limit, the driver and everything it started is stopped.
    fn ended(&self, mut child: Child) -> Result<ExitStatus, String> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            let ended = child.try_wait().map_err(|error| format!("it could not be waited for: {error}"))?;
            if let Some(status) = ended {
                return Ok(status);
            }
            if start.elapsed() > self.limit {
                _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                _ = child.wait();
                return Err(format!("it took longer than {} s", self.limit.as_secs_f32()));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

/// The command with its placeholders replaced. Paths and names are quoted for the shell.
fn expanded(command: &OsStr, input: &DriverInput<'_>) -> OsString {
    let mut expanded = Vec::new();
    let mut rest = command.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        expanded.extend(&rest[..at]);
        let value = match rest.get(at + 1) {
            Some(b'O') => FILES[0].into(),
            Some(b'A') => FILES[1].into(),
            Some(b'B') => FILES[2].into(),
            Some(b'L') => input.marker_size.to_string().into_bytes(),
            Some(b'P') => quoted(input.path.as_bytes()),
            Some(b'S') => quoted(input.labels.base),
            Some(b'X') => quoted(input.labels.ours),
            Some(b'Y') => quoted(input.labels.theirs),
            Some(b'%') => b"%".to_vec(),
            _ => {
                expanded.push(b'%');
                rest = &rest[at + 1..];
                continue;
            }
        };
        expanded.extend(value);
        rest = &rest[at + 2..];
    }
    expanded.extend(rest);
    OsString::from(OsStr::from_bytes(&expanded))
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = b"'".to_vec();
    for byte in text {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::model::RepoPath;
    use crate::model::shell_word;

    fn input<'a>(path: &'a RepoPath, [base, ours, theirs]: [&'a [u8]; 3]) -> DriverInput<'a> {
        let texts = Stages { base, ours, theirs };
        let labels = Stages { base: "base", ours: "it's ours", theirs: "theirs" }.map(str::as_bytes);
        DriverInput { name: "own", path, texts, labels, marker_size: 9 }
    }

    fn drivers(command: &str, limit: Duration) -> MergeDrivers {
        let own = DriverSettings { command: Some(command.into()), recursive: None };
        let settings = HashMap::from([("own".to_string(), own)]);
        MergeDrivers { limit, ..MergeDrivers::new(settings, None) }
    }

    #[test]
    fn placeholders_are_replaced() {
        let path = RepoPath::from("a 'b'");
        let said = expanded(OsStr::new("x %O %A %B %L %P %S %X %Y %% %Z %"), &input(&path, [b""; 3]));
        let expected = ".merge_file_base .merge_file_ours .merge_file_theirs 9 'a '\\''b'\\''' 'base' \
                        'it'\\''s ours' 'theirs' % %Z %";
        assert_eq!(said.to_str().unwrap(), format!("x {expected}"));
    }

    #[test]
    fn a_driver_that_does_not_end_is_stopped_with_all_it_started() {
        let path = RepoPath::from("a");
        let folder = TempDir::new().unwrap();
        let sign = folder.path().join("alive");
        let command = format!("(sleep 600; touch {}) & wait", shell_word(&sign));
        let said = drivers(&command, Duration::from_millis(50)).run(&input(&path, [b""; 3]));
        assert!(said.unwrap_err().starts_with("custom merge driver own: it took longer than"));
        assert!(!sign.exists());
    }

    #[test]
    fn a_question_is_asked_once() {
        let path = RepoPath::from("a");
        let folder = TempDir::new().unwrap();
        let count = folder.path().join("count");
        let drivers = drivers(&format!("echo x >> {}; cat %B > %A", shell_word(&count)), LIMIT);
        let ask = |theirs| drivers.run(&input(&path, [b"1", b"2", theirs])).unwrap();
        for _ in 0..3 {
            assert_eq!(ask(b"3"), DriverOutput { content: b"3".to_vec(), clean: true });
        }
        assert_eq!(ask(b"4").content, b"4");
        assert_eq!(fs::read_to_string(count).unwrap(), "x\nx\n");
    }
}
