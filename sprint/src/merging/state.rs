//! What is noted of a run, in `.git/track-work`: the one that is not over, and the last one that is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::files::{self, FileError};
use crate::model::{
    FailedCommand, FailedMerge, FailedTogether, ForetoldConflict, LastRun, MadeHow, MadeMerge, MergeRun, Oid,
    PinnedMerge, Prediction, Reason, RepoPath, RunPhase, RunStop,
};

use super::error::MergingError;

/// The form of the files.
const VERSION: u64 = 1;

/// More bytes than a note has.
const MOST: u64 = 16 << 20;

/// Where notes about merging are kept.
pub struct Notes {
    folder: PathBuf,
}

impl Notes {
    /// Of the repository with this git folder.
    pub fn of(common_dir: &Path) -> Notes {
        Notes { folder: common_dir.join("track-work") }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The lock on merging.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("merge.lock")
    }

    /// The run that is not over.
    ///
    /// # Errors
    /// Its note cannot be read.
    pub fn run(&self) -> Result<Option<MergeRun>, MergingError> {
        self.read("merge.json", run)
    }

    /// Notes how far a run is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&self, run: &MergeRun) -> Result<(), MergingError> {
        self.write("merge.json", &of_run(run))
    }

    /// The run is over.
    ///
    /// # Errors
    /// The note cannot be removed.
    pub fn close(&self) -> Result<(), MergingError> {
        self.remove("merge.json")
    }

    /// The last run that is over.
    ///
    /// # Errors
    /// Its note cannot be read.
    pub fn last(&self) -> Result<Option<LastRun>, MergingError> {
        self.read("merged.json", |note| {
            Some(LastRun {
                target: text(note, "target")?,
                from: id(note, "from")?,
                to: id(note, "to")?,
                terminals: texts(note, "terminals")?,
            })
        })
    }

    /// Notes what was done last; `None` after it was taken back.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note_last(&self, last: Option<&LastRun>) -> Result<(), MergingError> {
        let Some(last) = last else { return self.remove("merged.json") };
        let note = json!({
            "version": VERSION,
            "target": last.target,
            "from": last.from.to_string(),
            "to": last.to.to_string(),
            "terminals": last.terminals,
        });
        self.write("merged.json", &note)
    }

    fn read<T>(&self, name: &str, known: fn(&Value) -> Option<T>) -> Result<Option<T>, MergingError> {
        let path = self.folder.join(name);
        let said = match files::read_text(&path, MOST) {
            Ok(said) => said,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::of("read", &path)(error).into()),
        };
        let unclear = |why: String| MergingError::Unclear { path: path.clone(), why };
        let note: Value = serde_json::from_str(&said).map_err(|error| unclear(error.to_string()))?;
        if note["version"] != VERSION {
            return Err(unclear("another version of track-work wrote it".to_string()));
        }
        known(&note).map(Some).ok_or_else(|| unclear("something is missing in it".to_string()))
    }

    fn write(&self, name: &str, note: &Value) -> Result<(), MergingError> {
        let path = self.folder.join(name);
        fs::create_dir_all(&self.folder).map_err(FileError::of("create", &self.folder))?;
        Ok(files::put_private(&path, format!("{note:#}\n").as_bytes())?)
    }

    fn remove(&self, name: &str) -> Result<(), MergingError> {
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(FileError::of("remove", &path)(error).into())
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn of_run(run: &MergeRun) -> Value {
    let (phase, stop, about) = match &run.phase {
        RunPhase::Merging => ("merging", None, Vec::new()),
        RunPhase::Finishing => ("finishing", None, Vec::new()),
        RunPhase::Stopped(stop) => ("stopped", Some(stop.name()), about(stop)),
    };
    json!({
        "version": VERSION,
        "started": run.started,
        "target": run.target,
        "from": run.from.to_string(),
        "at": run.at.to_string(),
        "worktree": run.worktree.to_string_lossy(),
        "phase": phase,
        "stop": stop,
        "about": about,
        "made": run.made.iter().map(of_made).collect::<Vec<_>>(),
        "before": run.before.iter().map(of_made).collect::<Vec<_>>(),
        "skipped": run.skipped,
        "failed": run.failed.iter().map(of_failed).collect::<Vec<_>>(),
        "commands": run.commands,
        "timeout": run.timeout,
        "fingerprint": run.fingerprint,
        "green": run.green.map(|commit| commit.to_string()),
        "left": run.left.iter().map(of_pinned).collect::<Vec<_>>(),
        "planned": run.planned.map(|commit| commit.to_string()),
        "after": run.after,
        "remembers": run.remembers,
    })
}

fn about(stop: &RunStop) -> Vec<Value> {
    match stop {
        RunStop::Conflict(paths) | RunStop::Differs(paths) | RunStop::Lacks(paths) => {
            paths.iter().map(of_path).collect()
        }
        RunStop::Failed(said) | RunStop::Refused(said) => said.iter().map(|line| json!(line)).collect(),
    }
}

/// A path: its text, or its bytes where it is not UTF-8.
fn of_path(path: &RepoPath) -> Value {
    match std::str::from_utf8(path.as_bytes()) {
        Ok(text) => json!(text),
        Err(_) => json!(path.as_bytes()),
    }
}

fn of_failed(failed: &FailedMerge) -> Value {
    json!({
        "terminal": failed.terminal,
        "also": failed.also,
        "head": failed.head.to_string(),
        "command": failed.found.failure.command,
        "status": failed.found.failure.status,
        "said": failed.found.failure.said,
        "together": failed.found.together,
        "needed": failed.found.needed,
        "untried": failed.found.untried,
        "without": failed.without,
    })
}

fn of_made(made: &MadeMerge) -> Value {
    json!({
        "terminal": made.terminal,
        "also": made.also,
        "needs": made.needs,
        "head": made.head.to_string(),
        "commit": made.commit.map(|commit| commit.to_string()),
        "how": made.how.name(),
        "by_hand": made.by_hand.iter().map(of_path).collect::<Vec<_>>(),
    })
}

fn of_pinned(merge: &PinnedMerge) -> Value {
    let conflict = |one: &ForetoldConflict| json!({ "path": one.path, "kind": one.kind, "target": one.target, "with": one.with });
    let unknown = match &merge.prediction {
        Prediction::Unknown(reason) => Some(reason.to_string()),
        Prediction::Clean | Prediction::Conflict => None,
    };
    json!({
        "terminal": merge.terminal,
        "also": merge.also,
        "needs": merge.needs,
        "arguments": merge.arguments,
        "head": merge.head.to_string(),
        "prediction": merge.prediction.name(),
        "unknown": unknown,
        "tree": merge.tree.map(|tree| tree.to_string()),
        "onto": merge.onto.map(|commit| commit.to_string()),
        "conflicts": merge.conflicts.iter().map(conflict).collect::<Vec<_>>(),
    })
}

fn run(note: &Value) -> Option<MergeRun> {
    let paths = || list(note, "about", path);
    let said = || texts(note, "about");
    let phase = match (note["phase"].as_str()?, note["stop"].as_str()) {
        ("merging", _) => RunPhase::Merging,
        ("finishing", _) => RunPhase::Finishing,
        ("stopped", Some("conflict")) => RunPhase::Stopped(RunStop::Conflict(paths()?)),
        ("stopped", Some("differs")) => RunPhase::Stopped(RunStop::Differs(paths()?)),
        ("stopped", Some("lacks")) => RunPhase::Stopped(RunStop::Lacks(paths()?)),
        ("stopped", Some("failed")) => RunPhase::Stopped(RunStop::Failed(said()?)),
        ("stopped", Some("refused")) => RunPhase::Stopped(RunStop::Refused(said()?)),
        _ => return None,
    };
    Some(MergeRun {
        started: text(note, "started")?,
        target: text(note, "target")?,
        from: id(note, "from")?,
        at: id(note, "at")?,
        worktree: PathBuf::from(text(note, "worktree")?),
        made: list(note, "made", made)?,
        before: list(note, "before", made)?,
        skipped: texts(note, "skipped")?,
        failed: list(note, "failed", failed)?,
        broken: None,
        commands: texts(note, "commands")?,
        timeout: note["timeout"].as_u64(),
        fingerprint: text(note, "fingerprint")?,
        green: note["green"].as_str().map(str::parse).transpose().ok()?,
        left: list(note, "left", pinned)?,
        planned: note["planned"].as_str().map(str::parse).transpose().ok()?,
        after: list(note, "after", |pair| {
            Some((pair[0].as_str()?.to_string(), pair[1].as_str()?.to_string()))
        })?,
        // an earlier version did not note it
        remembers: note["remembers"].as_bool().unwrap_or(true),
        phase,
    })
}

fn failed(note: &Value) -> Option<FailedMerge> {
    Some(FailedMerge {
        terminal: text(note, "terminal")?,
        also: texts(note, "also")?,
        head: id(note, "head")?,
        found: FailedTogether {
            together: texts(note, "together")?,
            needed: texts(note, "needed")?,
            untried: texts(note, "untried")?,
            failure: FailedCommand {
                command: text(note, "command")?,
                status: i32::try_from(note["status"].as_i64()?).ok()?,
                said: texts(note, "said")?,
            },
        },
        without: texts(note, "without")?,
    })
}

fn made(note: &Value) -> Option<MadeMerge> {
    let all =
        [MadeHow::Merged, MadeHow::Resolved, MadeHow::Remembered, MadeHow::Accepted, MadeHow::Contained];
    Some(MadeMerge {
        terminal: text(note, "terminal")?,
        also: texts(note, "also")?,
        needs: texts(note, "needs")?,
        head: id(note, "head")?,
        commit: note["commit"].as_str().map(str::parse).transpose().ok()?,
        how: all.into_iter().find(|how| note["how"] == how.name())?,
        by_hand: list(note, "by_hand", path)?,
    })
}

fn pinned(note: &Value) -> Option<PinnedMerge> {
    let conflict = |note: &Value| {
        let [path, kind] = [text(note, "path")?, text(note, "kind")?];
        let with = texts(note, "with")?;
        // an earlier version did not note it
        let target = note["target"].as_bool().unwrap_or(with.is_empty());
        Some(ForetoldConflict { path, kind, target, with })
    };
    Some(PinnedMerge {
        terminal: text(note, "terminal")?,
        also: texts(note, "also")?,
        needs: texts(note, "needs")?,
        arguments: texts(note, "arguments")?,
        head: id(note, "head")?,
        prediction: match note["prediction"].as_str()? {
            "clean" => Prediction::Clean,
            "conflict" => Prediction::Conflict,
            "unknown" => Prediction::Unknown(Reason::Said(text(note, "unknown")?)),
            _ => return None,
        },
        tree: note["tree"].as_str().map(str::parse).transpose().ok()?,
        // an earlier version did not note it
        onto: note["onto"].as_str().map(str::parse).transpose().ok()?,
        conflicts: list(note, "conflicts", conflict)?,
    })
}

fn text(note: &Value, key: &str) -> Option<String> {
    note[key].as_str().map(str::to_string)
}

fn path(note: &Value) -> Option<RepoPath> {
    let byte = |byte: &Value| byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
    match note {
        Value::String(text) => Some(RepoPath::from(text.as_str())),
        Value::Array(bytes) => bytes.iter().map(byte).collect::<Option<Vec<u8>>>().map(RepoPath::new),
        _ => None,
    }
}

fn id(note: &Value, key: &str) -> Option<Oid> {
    note[key].as_str()?.parse().ok()
}

fn texts(note: &Value, key: &str) -> Option<Vec<String>> {
    list(note, key, |item| item.as_str().map(str::to_string))
}

fn list<T>(note: &Value, key: &str, item: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    note[key].as_array()?.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_it_was_noted() {
        let folder = tempfile::tempdir().expect("a folder");
        let notes = Notes::of(folder.path());
        assert_eq!(notes.run().expect("no note"), None);
        let [a, b, c] = [1, 2, 3].map(|byte| Oid::new([byte; 20]));
        let pinned = |prediction, tree| PinnedMerge {
            terminal: "terminal-2".to_string(),
            also: vec!["terminal-3".to_string()],
            needs: vec!["terminal-1".to_string()],
            arguments: vec!["--no-ff".to_string(), "odd name \"x\"".to_string()],
            head: c,
            prediction,
            tree,
            onto: Some(a),
            conflicts: vec![ForetoldConflict {
                path: "a.txt".to_string(),
                kind: "content".to_string(),
                target: true,
                with: vec!["terminal-1".to_string()],
            }],
        };
        let made = MadeMerge {
            terminal: "terminal-1".to_string(),
            also: Vec::new(),
            needs: vec!["terminal-0".to_string()],
            head: a,
            commit: Some(b),
            how: MadeHow::Remembered,
            by_hand: vec![RepoPath::from("b \"c\".txt"), RepoPath::new(b"\xff\n".to_vec())],
        };
        let mut run = MergeRun {
            started: "2025-11-15T10:00:00Z".to_string(),
            target: "main".to_string(),
            from: a,
            at: b,
            worktree: PathBuf::from("/somewhere"),
            made: vec![made.clone()],
            before: vec![made],
            skipped: vec!["terminal-4".to_string()],
            failed: vec![FailedMerge {
                terminal: "terminal-5".to_string(),
                also: vec!["terminal-6".to_string()],
                head: b,
                found: FailedTogether {
                    failure: FailedCommand {
                        command: "make \"test\"".to_string(),
                        status: 2,
                        said: vec!["it said this".to_string()],
                    },
                    together: vec!["terminal-1".to_string(), "terminal-5".to_string()],
                    needed: vec!["terminal-0".to_string()],
                    untried: vec!["terminal-1".to_string()],
                },
                without: vec!["terminal-7".to_string()],
            }],
            broken: None,
            commands: vec!["make \"test\"".to_string()],
            fingerprint: "1f".to_string(),
            timeout: Some(5),
            green: Some(a),
            left: vec![
                pinned(Prediction::Clean, Some(b)),
                pinned(Prediction::Unknown(Reason::Said("why".to_string())), None),
                pinned(Prediction::Conflict, Some(c)),
            ],
            planned: Some(b),
            after: vec![("terminal-2".to_string(), "terminal-1".to_string())],
            remembers: false,
            phase: RunPhase::Merging,
        };
        let paths = || vec![RepoPath::from("a\\.txt"), RepoPath::new(b"\xfe".to_vec())];
        let said = || vec!["it said this".to_string()];
        for phase in [
            RunPhase::Merging,
            RunPhase::Finishing,
            RunPhase::Stopped(RunStop::Conflict(paths())),
            RunPhase::Stopped(RunStop::Differs(paths())),
            RunPhase::Stopped(RunStop::Lacks(paths())),
            RunPhase::Stopped(RunStop::Failed(said())),
            RunPhase::Stopped(RunStop::Refused(said())),
        ] {
            run.phase = phase;
            notes.note(&run).expect("written");
            assert_eq!(notes.run().expect("read").as_ref(), Some(&run));
        }
        notes.close().expect("removed");
        notes.close().expect("already removed");
        assert_eq!(notes.run().expect("no note"), None);
    }

    #[test]
    fn a_damaged_note_is_told_with_its_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let notes = Notes::of(folder.path());
        fs::create_dir_all(notes.folder()).expect("made");
        for text in ["", "{", "{}", "{\"version\": 2}", "{\"version\": 1, \"target\": 3}"] {
            files::put_private(&notes.folder().join("merge.json"), text.as_bytes()).expect("written");
            let error = notes.run().expect_err("damaged").to_string();
            assert!(error.contains("merge.json cannot be understood"), "{error}");
        }
    }
}
