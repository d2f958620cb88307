//! Repositories to try things on, made by the real git in temporary folders, out of reach of the
//! settings of the user and the system, with fixed names and dates.
#![allow(dead_code)] // every subject uses its part

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Settings of a repository that would otherwise come from the user. Git and the library, which
/// runs inside the test process, must both see them.
const SETTINGS: &str = "[core]
\tautocrlf = false
\texcludesFile = /dev/null
\tattributesFile = /dev/null
[user]
\tname = Ada
\temail = ada@example.org
[commit]
\tgpgSign = false
[protocol \"file\"]
\tallow = always
";

/// A temporary folder that repositories are made in.
pub struct Sandbox {
    folder: TempDir,
    seconds: Cell<i64>,
}

impl Sandbox {
    /// A new folder, which is removed at the end, unless `TRACK_WORK_KEEP` is set to look at what a test made.
    pub fn new() -> Sandbox {
        let mut folder = TempDir::new().unwrap();
        if env::var_os("TRACK_WORK_KEEP").is_some() {
            folder.disable_cleanup(true);
            println!("kept: {}", folder.path().display());
        }
        fs::create_dir(folder.path().join("home")).unwrap();
        Sandbox { folder, seconds: Cell::new(1_700_000_000) }
    }

    /// The real path of a name in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    /// A git command in a folder, in an environment of its own. Each has a later date.
    pub fn command(&self, folder: &Path) -> Command {
        self.seconds.set(self.seconds.get() + 60);
        let date = format!("{} +0000", self.seconds.get());
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_EDITOR", "true")
            .env("LC_ALL", "C")
            .args(["-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false"])
            .arg("-C")
            .arg(folder);
        command
    }

    /// A new repository with its branch `main`, without a commit.
    pub fn init(&self, name: &str) -> Repo<'_> {
        self.init_with(name, &[])
    }

    /// The same with options of `git init`.
    pub fn init_with(&self, name: &str, options: &[&str]) -> Repo<'_> {
        let top = self.path(name);
        fs::create_dir_all(&top).unwrap();
        let repo = Repo { sandbox: self, top };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        let config = PathBuf::from(repo.git(&["rev-parse", "--absolute-git-dir"])).join("config");
        fs::write(&config, fs::read_to_string(&config).unwrap() + SETTINGS).unwrap();
        repo
    }

    /// A repository whose `main` holds these files in one commit.
    pub fn repo(&self, name: &str, files: &[(&str, &str)]) -> Repo<'_> {
        let repo = self.init(name);
        repo.commit("first", files);
        repo
    }
}

/// A worktree, or a bare repository.
pub struct Repo<'a> {
    pub sandbox: &'a Sandbox,
    pub top: PathBuf,
}

impl Repo<'_> {
    /// A path below its top.
    pub fn path(&self, path: impl AsRef<OsStr>) -> PathBuf {
        self.top.join(Path::new(path.as_ref()))
    }

    /// Runs git here and returns what it printed, without the final newline.
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_string()
    }

    /// Runs git here, whether it succeeds or not.
    pub fn try_git(&self, args: &[&str]) -> Output {
        self.sandbox.command(&self.top).args(args).output().unwrap()
    }

    /// Runs git here with this input, and returns what it printed, without the final newline.
    pub fn feed(&self, args: &[&str], input: &[u8]) -> String {
        let mut command = self.sandbox.command(&self.top);
        let mut child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_string()
    }

    /// Runs a printed command line here, with git's names and dates; whether it went well.
    pub fn sh(&self, line: &str) -> bool {
        let git = self.sandbox.command(&self.top);
        let variables = git.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let mut command = Command::new("sh");
        command
            .env_clear()
            .envs(variables)
            .args(["-c", line])
            .current_dir(&self.top)
            .status()
            .unwrap()
            .success()
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, path: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file.
    pub fn remove(&self, path: impl AsRef<OsStr>) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// Sets or takes the executable bit.
    pub fn set_executable(&self, path: &str, executable: bool) {
        let mode = if executable { 0o755 } else { 0o644 };
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Makes a symbolic link.
    pub fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.path(path)).unwrap();
    }

    /// Writes files, commits everything, and returns the commit's id.
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (path, content) in files {
            self.write(path, content);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Adds a linked worktree beside this one, on a new branch of the same name.
    pub fn worktree(&self, name: &str) -> Repo<'_> {
        self.worktree_at(&self.sandbox.path(name), &["-b", name])
    }

    /// Adds a linked worktree anywhere, with options of `git worktree add`.
    pub fn worktree_at(&self, path: &Path, options: &[&str]) -> Repo<'_> {
        let path_text = path.to_str().unwrap();
        self.git(&[&["worktree", "add", "-q"], options, &[path_text]].concat());
        Repo { sandbox: self.sandbox, top: path.to_path_buf() }
    }
}

/// The seeds of random cases: as many as usual, or as `TRACK_WORK_CASES` says; with
/// `TRACK_WORK_SEED` that one again, or so many from there on.
pub fn seeds(usual: u64) -> Range<u64> {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    match (number("TRACK_WORK_SEED"), number("TRACK_WORK_CASES")) {
        (None, cases) => 0..cases.unwrap_or(usual),
        (Some(seed), cases) => seed..seed + cases.unwrap_or(1),
    }
}

/// A source of choices: the same ones for the same seed.
pub struct Whims(pub u64);

impl Whims {
    /// A number below the limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }

    /// One of these.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Every file below a folder with its content, size and time of change: to show that nothing was written.
pub fn picture(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, i64, i64, u32)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::symlink_metadata(&path).unwrap();
            let content = match data.is_file() {
                true => fs::read(&path).unwrap(),
                false => Vec::new(),
            };
            found.insert(path.clone(), (content, data.mtime(), data.mtime_nsec(), data.mode()));
            if data.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// Adds an extension to an index that git takes for a mere sign, but the library does not know with
/// content: only git reads it then.
pub fn spoil_index(path: &Path) {
    let mut index = fs::read(path).unwrap();
    let checksum = index.split_off(index.len() - 20);
    index.extend_from_slice(b"sdir\0\0\0\x01x");
    fs::write(path, [index, checksum].concat()).unwrap();
}
