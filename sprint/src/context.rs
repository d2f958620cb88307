//! What surrounds a run: clock, working directory, environment, terminal. Read here, once.

use std::env;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};

use crate::git::Surroundings;
use crate::model::Oid;

/// The surroundings of a run.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where the command was started.
    pub working_dir: PathBuf,
    /// The time of the run.
    pub now: DateTime<Utc>,
    /// `TRACK_WORK_DIR`.
    pub tracking_dir: Option<PathBuf>,
    /// Where caches are: `TRACK_WORK_CACHE`, or `track-work` in the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// Columns of the terminal; 80 where there is none.
    pub width: usize,
    /// Whether a terminal shows the output.
    pub at_terminal: bool,
    /// The columns and lines of the screen that the answer goes to, where it goes to one.
    pub screen: Option<[usize; 2]>,
    /// Whether stdin is something else than a terminal.
    pub has_input: bool,
    /// Whether questions can be asked and answered.
    pub interactive: bool,
    /// Whether output is plain ASCII, because the locale is not UTF-8.
    pub ascii: bool,
    /// This program's own file, for `demo`.
    pub program: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: the index that is about to be committed, as git tells its hooks.
    pub index_file: Option<PathBuf>,
    /// `GITHEAD_…`: the commits that git is merging, as it tells its hooks.
    pub merging: Vec<Oid>,
    /// `TRACK_WORK_NOW`, where that is no time.
    pub wrong_now: Option<String>,
    /// `TRACK_WORK_HOOK`: off, warn or block.
    pub hook: Option<String>,
    /// `PRE_COMMIT_LOCAL_BRANCH`, `PRE_COMMIT_TO_REF`: the ref that is pushed, and its commit, as the
    /// program pre-commit tells its hooks; they get no line of git's.
    pub pushed: Option<(String, Option<String>)>,
    /// Where the user's programs keep what they remember: `XDG_STATE_HOME`, or below the home folder.
    pub state_dir: Option<PathBuf>,
    /// Where Claude Code keeps the user's settings: `CLAUDE_CONFIG_DIR`, or below the home folder.
    pub claude_dir: Option<PathBuf>,
    /// Which repository and which files of settings git's variables name.
    pub git: Surroundings,
    /// `PRE_COMMIT=1`: the program pre-commit has put unstaged work away for the time of the hooks.
    pub stashed: bool,
    /// Shows people a line at once, while the command goes on.
    pub tell: fn(&str),
    /// Shows people a text at once.
    pub show: fn(&str),
    /// Replaces the line that says how far a run is; `None` where nobody looks.
    pub progress: Option<fn(&str)>,
}

impl Context {
    /// Reads clock, working directory and environment. `TRACK_WORK_NOW` fixes the clock, for tests
    /// and for replaying a run (an RFC 3339 time).
    pub fn from_environment() -> Context {
        let fixed = env::var("TRACK_WORK_NOW").ok().filter(|text| !text.is_empty());
        let (fixed, wrong_now) = match fixed.map(|text| DateTime::parse_from_rfc3339(&text).map_err(|_| text))
        {
            Some(Ok(time)) => (Some(time), None),
            Some(Err(text)) => (None, Some(text)),
            None => (None, None),
        };
        let tty = std::io::stdout().is_terminal();
        let size = terminal_size::terminal_size().map(|(width, height)| [width.0, height.0].map(usize::from));
        let width = size.map_or(80, |[width, _]| width);
        Context {
            working_dir: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            now: fixed.map_or_else(Utc::now, |time| time.with_timezone(&Utc)),
            tracking_dir: env::var_os("TRACK_WORK_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            cache_dir: cache_dir(),
            width: if tty { width.clamp(40, 160) } else { 80 },
            screen: size.filter(|_| tty),
            at_terminal: tty,
            has_input: !std::io::stdin().is_terminal(),
            interactive: std::io::stdin().is_terminal() && tty,
            ascii: plain_locale(),
            program: env::current_exe().ok(),
            index_file: env::var_os("GIT_INDEX_FILE").filter(|file| !file.is_empty()).map(PathBuf::from),
            merging: merging(),
            wrong_now,
            hook: env::var("TRACK_WORK_HOOK").ok().filter(|mode| !mode.is_empty()),
            pushed: pushed(),
            state_dir: state_dir(),
            claude_dir: absolute("CLAUDE_CONFIG_DIR").or_else(|| Some(absolute("HOME")?.join(".claude"))),
            git: Surroundings::new(|name| env::var_os(name)),
            stashed: env::var_os("PRE_COMMIT").is_some_and(|value| value == "1"),
            tell: |_| {},
            show: |_| {},
            progress: None,
        }
    }

    /// The same, started in another directory (`-C`).
    pub fn inside(&self, directory: Option<&Path>) -> Context {
        let mut context = self.clone();
        if let Some(directory) = directory {
            context.working_dir.push(directory);
        }
        context
    }

    /// The same at the time that it is now, on the screen as it is now.
    pub fn now(&self) -> Context {
        let Context { now, width, screen, .. } = Context::from_environment();
        Context { now, width, screen, ..self.clone() }
    }

    /// What git's variables name, seen from here.
    pub fn surroundings(&self) -> Surroundings {
        self.git.clone().from_folder(&self.working_dir)
    }

    /// How much time has passed since now.
    pub fn clock(&self) -> impl Fn() -> Duration + 'static {
        let start = Instant::now();
        move || start.elapsed()
    }

    /// Says whether this long has passed since now.
    pub fn timer(&self, limit: Duration) -> impl Fn() -> bool + 'static {
        let start = Instant::now();
        move || start.elapsed() >= limit
    }

    /// Says from now on whether somebody wants the program to stop (Ctrl-C, or `kill`). A second Ctrl-C ends it.
    pub fn interruptions(&self) -> impl Fn() -> bool + 'static {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag::{register, register_conditional_shutdown};
        let wanted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // without it, the signal ends the program as usual
            _ = register_conditional_shutdown(signal, 128 + signal, wanted.clone());
            _ = register(signal, wanted.clone());
        }
        move || wanted.load(Ordering::Relaxed)
    }

    /// The lines of standard input, as they come; a line that is not UTF-8 is an error.
    pub fn questions(&self) -> impl Iterator<Item = Result<String, String>> + 'static {
        std::io::stdin().lines().map(|line| line.map_err(|error| error.to_string()))
    }

    /// All of standard input, up to 256 MiB.
    ///
    /// # Errors
    /// When it is not UTF-8, or cannot be read.
    pub fn input(&self) -> Result<String, String> {
        const MOST: u64 = 256 << 20;
        let mut text = String::new();
        let read = std::io::stdin().lock().take(MOST).read_to_string(&mut text);
        read.map(|_| text).map_err(|error| format!("standard input: {error}"))
    }

    /// The time as the tracking files write it: `2025-11-15T10:00:00Z`.
    pub fn timestamp(&self) -> String {
        self.now.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// The program that a shell would start for `track-work`.
pub fn on_path() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let named = env::split_paths(&folders).map(|folder| folder.join("track-work"));
    named.into_iter().find(|file| {
        use std::os::unix::fs::PermissionsExt;
        file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    })
}

/// Whether whoever read standard output is gone.
pub fn nobody_reads() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&at_once))
        .is_ok_and(|_| asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL))
}

/// The folder for caches. Relative paths in XDG variables are ignored, as the XDG specification demands.
fn cache_dir() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let absolute = |dir: &PathBuf| dir.is_absolute();
    named("TRACK_WORK_CACHE").or_else(|| {
        let user = named("XDG_CACHE_HOME").filter(absolute);
        let user = user.or_else(|| Some(named("HOME").filter(absolute)?.join(".cache")));
        Some(user?.join("track-work"))
    })
}

/// The branch that is pushed, and its commit where the remote has the branch already.
fn pushed() -> Option<(String, Option<String>)> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    Some((set("PRE_COMMIT_LOCAL_BRANCH")?, set("PRE_COMMIT_TO_REF")))
}

fn state_dir() -> Option<PathBuf> {
    absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .map(|dir| dir.join("track-work"))
}

/// The folder that a variable names, unless it is relative.
fn absolute(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The ids in the names of the variables `GITHEAD_…`, sorted.
fn merging() -> Vec<Oid> {
    let mut found: Vec<Oid> = env::vars_os()
        .filter_map(|(name, _)| name.to_str()?.strip_prefix("GITHEAD_")?.parse().ok())
        .collect();
    found.sort();
    found
}

/// Whether the locale is set and is not UTF-8.
fn plain_locale() -> bool {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}
