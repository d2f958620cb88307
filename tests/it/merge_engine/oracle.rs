//! git as the oracle: scenarios become commits through `git fast-import`, and one `git merge-tree`
//! answers many questions.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use track_work::merge::{Comparison, ConflictStyle, DirectoryRenames, Driver, Options};
use track_work::model::{Entry, EntryKind, Oid, RepoPath, Stages, Unmerged};

use super::scenario::{Node, Scenario};

/// A throw-away repository, bare unless it is said.
pub struct Laboratory {
    folder: tempfile::TempDir,
}

/// git's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub clean: bool,
    pub tree: Oid,
    /// What git lists of conflicted files, by path.
    pub unmerged: Vec<Unmerged>,
    pub messages: Vec<String>,
}

/// A git that knows nothing of the user.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").arg("-C").arg(folder);
    command
}

impl Laboratory {
    pub fn new() -> Laboratory {
        Laboratory::made_with(&["--bare"])
    }

    /// One with a worktree, which is empty.
    pub fn with_worktree() -> Laboratory {
        Laboratory::made_with(&[])
    }

    fn made_with(options: &[&str]) -> Laboratory {
        let folder = tempfile::tempdir().expect("a folder");
        let status = git(folder.path()).args(["init", "-q"]).args(options).status().expect("git");
        assert!(status.success());
        Laboratory { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Writes the commits of all scenarios; tells their ids.
    pub fn import(&self, scenarios: &[Scenario]) -> Vec<Vec<Oid>> {
        let mut stream = Vec::new();
        let mut blobs: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut marks = 0;
        let mut commit_marks = Vec::new();
        for scenario in scenarios {
            let mut own: Vec<usize> = Vec::new();
            for (age, commit) in scenario.commits.iter().enumerate() {
                let mut files = Vec::new();
                for (path, node) in &commit.files {
                    let (mode, content) = match node {
                        Node::File(content) => ("100644", content),
                        Node::Executable(content) => ("100755", content),
                        Node::Link(content) => ("120000", content),
                        Node::Submodule(digit) => {
                            let id = digit.to_string().repeat(40);
                            files.extend(format!("M 160000 {id} {}\n", quote(path)).bytes());
                            continue;
                        }
                    };
                    let mark = *blobs.entry(content.clone()).or_insert_with(|| {
                        marks += 1;
                        stream.extend(format!("blob\nmark :{marks}\ndata {}\n", content.len()).bytes());
                        stream.extend(content);
                        stream.push(b'\n');
                        marks
                    });
                    files.extend(format!("M {mode} :{mark} {}\n", quote(path)).bytes());
                }
                marks += 1;
                // a branch of its own for each commit, or fast-import would chain them
                stream.extend(format!("commit refs/c/{marks}\nmark :{marks}\n").bytes());
                stream.extend(format!("committer a <a> {} +0000\ndata 0\n", 1_700_000_000 + age).bytes());
                for (at, parent) in commit.parents.iter().enumerate() {
                    let word = if at == 0 { "from" } else { "merge" };
                    stream.extend(format!("{word} :{}\n", own[*parent]).bytes());
                }
                stream.extend(b"deleteall\n");
                stream.extend(files);
                own.push(marks);
            }
            commit_marks.push(own);
        }
        let ids = self.fast_import(&stream);
        commit_marks.iter().map(|marks| marks.iter().map(|mark| ids[mark]).collect()).collect()
    }

    fn fast_import(&self, stream: &[u8]) -> HashMap<usize, Oid> {
        let marks = self.folder.path().join("exported-marks");
        let mut child = git(self.folder.path())
            .args(["fast-import", "--quiet", "--force"])
            .arg(format!("--export-marks={}", marks.display()))
            .stdin(Stdio::piped())
            .spawn()
            .expect("git");
        child.stdin.take().expect("a pipe").write_all(stream).expect("writing");
        assert!(child.wait().expect("git").success());
        let text = std::fs::read_to_string(marks).expect("marks");
        text.lines()
            .map(|line| {
                let (mark, id) = line.trim_start_matches(':').split_once(' ').expect("a mark");
                (mark.parse().expect("a number"), id.parse().expect("an id"))
            })
            .collect()
    }

    /// git's answers, with these settings; `None` where git itself fails.
    pub fn ask(
        &self,
        config: &[String],
        attributes: &[String],
        questions: &[(Oid, Oid)],
    ) -> Vec<Option<Answer>> {
        let mut answers = Vec::new();
        while answers.len() < questions.len() {
            let rest = &questions[answers.len()..];
            let before = answers.len();
            answers.extend(self.ask_some(config, attributes, rest).into_iter().map(Some));
            if answers.len() == before {
                answers.push(None);
            }
        }
        answers
    }

    /// The answers up to the first question at which git fails.
    fn ask_some(&self, config: &[String], attributes: &[String], questions: &[(Oid, Oid)]) -> Vec<Answer> {
        let attributes_file = self.folder.path().join("attributes-asked");
        std::fs::write(&attributes_file, attributes.join("\n") + "\n").expect("writing");
        let mut command = git(self.folder.path());
        command.arg("-c").arg(format!("core.attributesFile={}", attributes_file.display()));
        for line in config {
            command.arg("-c").arg(line);
        }
        command.args(["merge-tree", "--write-tree", "--allow-unrelated-histories", "--messages", "--stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("git");
        let mut input = child.stdin.take().expect("a pipe");
        let lines: String = questions.iter().map(|(ours, theirs)| format!("{ours} {theirs}\n")).collect();
        // git may end early, and the pipe with it
        let feeder = std::thread::spawn(move || drop(input.write_all(lines.as_bytes())));
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let answers = std::iter::from_fn(|| read_answer(&mut output)).collect();
        feeder.join().expect("a thread");
        child.wait().expect("git");
        answers
    }
}

fn read_answer(output: &mut impl BufRead) -> Option<Answer> {
    let mut next = || {
        let mut bytes = Vec::new();
        output.read_until(0, &mut bytes).expect("reading");
        bytes.pop().map(|_| bytes)
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let clean = next()? == b"1";
    let tree = text(next()?).parse().expect("a tree");
    let mut unmerged: BTreeMap<RepoPath, [Option<Entry>; 3]> = BTreeMap::new();
    loop {
        let entry = next()?;
        if entry.is_empty() {
            break;
        }
        let tab = entry.iter().position(|byte| *byte == b'\t').expect("a tab");
        let facts = text(entry[..tab].to_vec());
        let [mode, id, stage] = facts.split(' ').collect::<Vec<_>>()[..] else { panic!("{facts}") };
        let stages = unmerged.entry(RepoPath::new(&entry[tab + 1..])).or_default();
        if mode == "000000" {
            continue; // of nothing, which no index can hold: beside the null ids of `is_whole`
        }
        let kind = EntryKind::from_mode(u32::from_str_radix(mode, 8).expect("a mode"));
        assert_eq!(mode, format!("{:06o}", kind.mode()), "a mode in a form of its own");
        let stage: usize = stage.parse().expect("a stage");
        let other = stages[stage - 1].replace(Entry { kind, oid: id.parse().expect("an id") });
        assert_eq!(other, None, "a stage comes once");
    }
    let mut messages = Vec::new();
    loop {
        let count = text(next()?);
        if count.is_empty() {
            break;
        }
        for _ in 0..count.parse().expect("a number") {
            next()?;
        }
        next()?;
        messages.push(text(next()?).trim_end().to_string());
    }
    let unmerged = unmerged
        .into_iter()
        .map(|(path, [base, ours, theirs])| Unmerged { path, stages: Stages { base, ours, theirs } });
    let unmerged = unmerged.collect();
    Some(Answer { clean, tree, unmerged, messages })
}

fn quote(path: &str) -> String {
    let escaped: String = path
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", byte as char),
            0x20..0x7f => (byte as char).to_string(),
            _ => format!("\\{byte:03o}"),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// The engine's options for the settings of a scenario.
pub fn options(config: &[String], attributes: &[String]) -> Options {
    let mut options = Options::default();
    for line in config {
        let (key, value) = line.split_once('=').expect("key=value");
        match key {
            "merge.directoryRenames" => {
                options.directory_renames = match value {
                    "true" => DirectoryRenames::Apply,
                    "false" => DirectoryRenames::Off,
                    _ => DirectoryRenames::Conflict,
                }
            }
            "merge.conflictStyle" => {
                options.conflict_style = match value {
                    "diff3" => ConflictStyle::Diff3,
                    "zdiff3" => ConflictStyle::Zdiff3,
                    _ => ConflictStyle::Merge,
                }
            }
            "core.abbrev" => assert_eq!(value, "7", "the names of bases have seven digits"),
            "merge.renames" => options.renames = value == "true",
            "merge.renameLimit" => options.rename_limit = value.parse().expect("a number"),
            _ => panic!("unknown setting {key}"),
        }
    }
    let of_all = attributes.iter().find_map(|line| line.strip_prefix("* conflict-marker-size="));
    let size = of_all.map(|size| size.parse().expect("a number"));
    options.attributes.marker_sizes = Some(Arc::new(move |_: &RepoPath| size));
    let mut drivers = Vec::new();
    let mut comparisons = Vec::new();
    for line in attributes.iter().filter(|line| !line.contains(" conflict-marker-size=")) {
        let (pattern, attribute) = line.split_once(' ').expect("a pattern");
        let (driver, comparison) = match attribute {
            "merge=union" => (Some(Driver::Union), None),
            "-merge" | "merge=binary" => (Some(Driver::Binary), None),
            "binary" => (Some(Driver::Binary), Some(Comparison::Binary)),
            "-diff" => (None, Some(Comparison::Binary)),
            "diff" => (None, Some(Comparison::Text)),
            _ => panic!("unknown attribute {attribute}"),
        };
        let suffix = || pattern.trim_start_matches('*').to_string();
        drivers.extend(driver.map(|driver| (suffix(), driver)));
        comparisons.extend(comparison.map(|comparison| (suffix(), comparison)));
    }
    options.attributes.drivers = Some(Arc::new(move |path: &RepoPath| last_match(&drivers, path)));
    options.attributes.comparisons = Some(Arc::new(move |path: &RepoPath| last_match(&comparisons, path)));
    options
}

/// What the last rule says whose suffix a path has.
fn last_match<T: Clone + Default>(rules: &[(String, T)], path: &RepoPath) -> T {
    let found = rules.iter().rev().find(|(suffix, _)| path.as_bytes().ends_with(suffix.as_bytes()));
    found.map(|(_, said)| said.clone()).unwrap_or_default()
}
