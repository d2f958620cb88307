//! Settings: flags over environment over `config.yaml` over defaults.

use std::path::{Path, PathBuf};

use globset::Glob;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::files;
use crate::model::{Evidence, FileKind, FileKinds, FileRule, Finding, Severity, TRACKING, shown_path};
use crate::tracking::TrackingError;
use crate::yaml;

/// `config.yaml` of the tracking directory. Every key is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The branch that everything will be merged into.
    pub target: Option<String>,
    /// Where `sprint-status.yaml` is, relative to the main worktree.
    pub sprint_status: Option<PathBuf>,
    /// Further words that mean complete.
    pub complete_statuses: Vec<String>,
    /// What the git hooks do about a conflict.
    pub hook: HookMode,
    /// What `merge` and `verify` run in each merged tree.
    #[serde(deserialize_with = "one_or_several")]
    pub verify: Vec<String>,
    /// Branches of remotes that are terminals, too: globs of their short names.
    #[serde(deserialize_with = "all_or_globs")]
    pub remotes: Vec<String>,
    /// How many days ago the last commit of such a branch may have been made.
    pub remotes_days: Option<u32>,
    /// How many seconds `share` waits for the remote.
    pub share_seconds: Option<u32>,
    /// Whether sources are looked at for what merges without a conflict and breaks; they are unless this says no.
    pub symbols: Option<bool>,
    /// Files that no person merges line by line, beside those that are known.
    pub kinds: Vec<FileKindSetting>,
}

/// Files of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileKindSetting {
    #[serde(deserialize_with = "globs_of_paths")]
    paths: Vec<String>,
    kind: KindName,
    command: Option<String>,
}

/// A kind of files, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Lock,
    Generated,
    AppendOnly,
    Notebook,
    Ordinary,
}

/// A glob, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "kinds: paths: expected a glob, or a list of globs")]
enum PathGlobs {
    One(String),
    Several(Vec<String>),
}

fn globs_of_paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let globs = match PathGlobs::deserialize(deserializer)? {
        PathGlobs::One(glob) => vec![glob],
        PathGlobs::Several(globs) => globs,
    };
    valid(globs, "kinds")
}

/// The globs, if all are.
fn valid<E: Error>(globs: Vec<String>, key: &str) -> Result<Vec<String>, E> {
    let wrong = |glob: &String| Some(format!("{key}: {glob}: {}", Glob::new(glob).err()?.kind()));
    match globs.iter().find_map(wrong) {
        Some(why) => Err(E::custom(why)),
        None => Ok(globs),
    }
}

/// Days, where `remotes_days` does not say how many.
const REMOTES_DAYS: u32 = 14;

/// A command, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "verify: expected a command, or a list of commands")]
enum Commands {
    One(String),
    Several(Vec<String>),
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let commands = match Commands::deserialize(deserializer)? {
        Commands::One(command) => vec![command],
        Commands::Several(commands) => commands,
    };
    match commands.iter().any(|command| command.trim().is_empty()) {
        true => Err(D::Error::custom("verify: a command is empty")),
        false => Ok(commands),
    }
}

/// `true`, a glob, or a list of globs.
#[derive(Deserialize)]
#[serde(untagged, expecting = "remotes: expected true, a glob, or a list of globs")]
enum RemoteGlobs {
    All(bool),
    One(String),
    Several(Vec<String>),
}

fn all_or_globs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let globs = match RemoteGlobs::deserialize(deserializer)? {
        RemoteGlobs::All(true) => vec!["*".to_string()],
        RemoteGlobs::All(false) => Vec::new(),
        RemoteGlobs::One(glob) => vec![glob],
        RemoteGlobs::Several(globs) => globs,
    };
    valid(globs, "remotes")
}

/// What a hook does about a conflict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookMode {
    /// Tells, and lets pass.
    #[default]
    Warn,
    /// Stops what is certain to conflict, where it is this terminal that yields.
    Block,
    /// Does nothing.
    Off,
}

impl HookMode {
    /// The mode with this name, as in `TRACK_WORK_HOOK`.
    pub fn named(name: &str) -> Option<HookMode> {
        match name {
            "warn" => Some(HookMode::Warn),
            "block" => Some(HookMode::Block),
            "off" => Some(HookMode::Off),
            _ => None,
        }
    }
}

/// What `init` writes: every key, commented out, with its meaning.
pub const TEMPLATE: &str = "\
# Settings of track-work for this repository. Every key is optional.

# Branch that everything will be merged into (default: the main worktree's branch)
# target: \"main\"

# Path of sprint-status.yaml, relative to the main worktree (default: searched for)
# sprint_status: \"docs/sprint-artifacts/sprint-status.yaml\"

# Statuses that mean complete, in addition to done, completed, complete, deployed and merged
# complete_statuses: [\"shipped\"]

# What the hooks do: warn (default), block or off. TRACK_WORK_HOOK overrides this for one command
# hook: \"block\"

# Commands that merge and verify run in each merged tree. --run replaces them
# verify: [\"make test\"]

# Branches of remotes that are terminals, too, as the last fetch brought them: true, or globs of their names
# remotes: [\"origin/*\"]

# How many days ago the last commit of such a branch may have been made (default: 14)
# remotes_days: 30

# How many seconds share waits for the remote (default: 120)
# share_seconds: 600

# Whether to look at sources for what merges without a conflict and breaks (default: true)
# symbols: false

# Files that no person merges line by line: lock, generated, append-only, notebook or ordinary, and what makes them anew
# kinds: [{ paths: \"docs/api/**\", kind: generated, command: \"make docs\" }]
";

impl Config {
    /// Which files no person merges line by line.
    pub fn file_kinds(&self) -> FileKinds {
        let rule = |setting: &FileKindSetting| {
            let kind = match setting.kind {
                KindName::Lock => FileKind::Lock,
                KindName::Generated => FileKind::Generated,
                KindName::AppendOnly => FileKind::Appended,
                KindName::Notebook => FileKind::Notebook,
                KindName::Ordinary => FileKind::Ordinary,
            };
            FileRule::new(setting.paths.iter().map(String::as_str), kind, setting.command.clone())
        };
        FileKinds::new(self.kinds.iter().map(rule).collect())
    }

    /// How many days ago work of other clones may have been done.
    pub fn days(&self) -> u32 {
        self.remotes_days.unwrap_or(REMOTES_DAYS)
    }

    /// Reads `config.yaml`; all defaults where there is none.
    ///
    /// # Errors
    /// When the file cannot be read, is no YAML, or has a key that is not known.
    pub fn load(tracking_dir: &Path) -> Result<Config, BrokenConfig> {
        let path = tracking_dir.join("config.yaml");
        let text = match files::read_text(&path, yaml::MAX_BYTES as u64) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(source) => {
                let error = TrackingError::Io { doing: "read", path, source };
                return Err(BrokenConfig { message: error.to_string(), line: None, text: None });
            }
        };
        let text = text.trim_start_matches('\u{feff}');
        let broken = |line: Option<usize>, reason: &str| {
            let shown = line.map_or(String::new(), |line| format!(", line {line}"));
            BrokenConfig {
                message: format!("{}{shown}: {reason}", shown_path(&path)),
                line,
                text: line.and_then(|line| text.lines().nth(line.saturating_sub(1))).map(str::to_string),
            }
        };
        yaml::parse(text).map_err(|problem| broken(problem.line, &problem.reason))?;
        let config: Option<Config> = serde_yaml::from_str(text).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            broken(error.location().map(|place| place.line()), &plain_words(reason))
        })?;
        Ok(config.unwrap_or_default())
    }
}

/// What the library says of a value, in the words of everything else.
fn plain_words(reason: &str) -> String {
    let plain = reason.replace('`', "\"");
    let (key, what) = match plain.split_once(": ") {
        Some((key, what)) if ["invalid ", "unknown ", "missing "].iter().any(|one| what.starts_with(one)) => {
            (format!("{key}: "), what)
        }
        Some(_) | None => (String::new(), plain.as_str()),
    };
    let expected = what.split_once(", expected ").map_or("", |(_, expected)| expected);
    let expected = match expected {
        "struct Config" => "keys with values",
        "struct FileKindSetting" => "paths and kind",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "u32" => "a whole number",
        other => other.strip_prefix("one of ").unwrap_or(other),
    };
    let named = |rest: &str| rest.split(", expected ").next().unwrap_or(rest).to_string();
    if let Some(rest) = what.strip_prefix("unknown field ") {
        return format!("{key}unknown key {}", named(rest));
    }
    if let Some(rest) = what.strip_prefix("unknown variant ") {
        return format!("{key}{} is none of {}", named(rest), expected.replace('"', ""));
    }
    if let Some(rest) = what.strip_prefix("missing field ") {
        return format!("{key}{rest} is missing");
    }
    let found = what.strip_prefix("invalid type: ").or_else(|| what.strip_prefix("invalid value: "));
    match found {
        Some(found) => {
            let found = match named(found).as_str() {
                "sequence" => "a list".to_string(),
                "map" => "a mapping".to_string(),
                "unit value" => "nothing".to_string(),
                other => other.replacen("string ", "the text ", 1).replacen("boolean ", "", 1),
            };
            format!("{key}expected {expected}, found {found}")
        }
        None => plain,
    }
}

/// Why `config.yaml` says nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct BrokenConfig {
    /// What is wrong, and where.
    pub message: String,
    /// The line, from 1, where known.
    pub line: Option<usize>,
    /// The text of that line.
    pub text: Option<String>,
}

/// The keys that there are, in words.
pub const KEYS: &str = "valid keys are target, sprint_status, complete_statuses, hook, verify, remotes, remotes_days, share_seconds, symbols and kinds; all are optional";

impl BrokenConfig {
    /// What whoever only reads is told: the answer goes by the defaults.
    pub fn finding(&self) -> Finding {
        Finding {
            check: &TRACKING,
            severity: Severity::Error,
            terminals: Vec::new(),
            path: None,
            message: format!(
                "{}; using defaults until it is mended; commands that write refuse to run",
                self.message
            ),
            suggestion: KEYS.to_string(),
            evidence: Evidence::File {
                name: "config.yaml".to_string(),
                line: self.line,
                column: None,
                text: self.text.clone(),
            },
            recommendation: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_valid_config_with_and_without_its_comments() {
        let read = |text: &str| serde_yaml::from_str::<Option<Config>>(text).unwrap().unwrap_or_default();
        assert_eq!(read(TEMPLATE), Config::default());
        let keys: Vec<&str> = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(": \"") || line.contains(": ["))
            .collect();
        let all = read(&keys.join("\n"));
        let all_kinds = all.file_kinds();
        assert_eq!(all.complete_statuses, ["shipped"]);
        assert_eq!(all.hook, HookMode::Block);
        assert_eq!(all.verify, ["make test"]);
        assert_eq!(read("verify: make test").verify, ["make test"]);
        assert_eq!(
            (read("remotes: true").remotes, read("remotes: false").remotes),
            (vec!["*".to_string()], vec![])
        );
        assert_eq!((all.remotes, all.remotes_days), (vec!["origin/*".to_string()], None));
        assert_eq!(read("remotes_days: 30").remotes_days, Some(30));
        let kind = |path: &str| all_kinds.of(&path.into()).map(|rule| (rule.kind, rule.command.as_deref()));
        assert_eq!(kind("docs/api/a/b.md"), Some((FileKind::Generated, Some("make docs"))));
        assert_eq!(kind("web/yarn.lock"), Some((FileKind::Lock, Some("yarn install"))));
        assert_eq!(kind("docs/CHANGELOG.md"), Some((FileKind::Appended, None)));
        assert_eq!(kind("src/lock.rs"), None);
        let own = read("kinds: [{paths: [yarn.lock, '*.txt'], kind: ordinary}]").file_kinds();
        assert_eq!(own.of(&"a/yarn.lock".into()).map(|rule| rule.kind), Some(FileKind::Ordinary));
        for wrong in ["remotes: 3", "remotes: \"[\""] {
            let error = serde_yaml::from_str::<Config>(wrong).expect_err(wrong).to_string();
            assert!(error.contains("remotes: "), "{error}");
        }
        for wrong in
            ["kinds: [{paths: '[', kind: lock}]", "kinds: [{paths: a, kind: odd}]", "kinds: [{kind: lock}]"]
        {
            serde_yaml::from_str::<Config>(wrong).expect_err(wrong);
        }
        for wrong in ["verify: 3", "verify: [\"\"]", "verify: {a: b}"] {
            let error = serde_yaml::from_str::<Config>(wrong).expect_err(wrong).to_string();
            assert!(error.contains("verify: "), "{error}");
        }
    }
}
