//! What surrounds a run: clock, working directory, environment, terminal. Read here, once.

use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};

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
    /// Whether questions can be asked and answered.
    pub interactive: bool,
    /// Whether output is plain ASCII, because the locale is not UTF-8.
    pub ascii: bool,
    /// This program's own file, for `demo`.
    pub program: Option<PathBuf>,
}

impl Context {
    /// Reads clock, working directory and environment. `TRACK_WORK_NOW` fixes the clock, for tests
    /// and for replaying a run (an RFC 3339 time).
    pub fn from_environment() -> Context {
        let fixed = env::var("TRACK_WORK_NOW").ok().and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        let tty = std::io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        Context {
            working_dir: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            now: fixed.map_or_else(Utc::now, |time| time.with_timezone(&Utc)),
            tracking_dir: env::var_os("TRACK_WORK_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            cache_dir: cache_dir(),
            width: if tty { width.clamp(40, 160) } else { 80 },
            interactive: std::io::stdin().is_terminal() && tty,
            ascii: plain_locale(),
            program: env::current_exe().ok(),
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

    /// The lines of standard input, as they come; a line that is no text is an error.
    pub fn questions(&self) -> impl Iterator<Item = Result<String, String>> + 'static {
        std::io::stdin().lines().map(|line| line.map_err(|error| error.to_string()))
    }

    /// The time as the tracking files write it: `2025-11-15T10:00:00Z`.
    pub fn timestamp(&self) -> String {
        self.now.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// A folder for caches; relative ones of the user's are no folders, as the XDG rules say.
fn cache_dir() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let absolute = |dir: &PathBuf| dir.is_absolute();
    named("TRACK_WORK_CACHE").or_else(|| {
        let user = named("XDG_CACHE_HOME").filter(absolute);
        let user = user.or_else(|| Some(named("HOME").filter(absolute)?.join(".cache")));
        Some(user?.join("track-work"))
    })
}

/// Whether the locale is known and says nothing of UTF-8.
fn plain_locale() -> bool {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}
