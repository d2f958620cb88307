//! Files that a command of the configuration (`filter`, as for git LFS) or another encoding converts: the
//! git program is asked for their blobs.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::git::lent_settings::variables;
use crate::git::lifetime::Scratch;
use crate::git::objects::Database;
use crate::git::program::{Program, complaints};
use crate::model::Oid;

use super::Worktree;
use super::attributes::filters_with_command;
use super::candidate::{ContentError, FileToRead, IndexState};

/// Why a file is not determined for an agent.
pub(super) const NOT_RUN: &str = "it needs a filter of the configuration, and none is run for an agent";

/// As many characters are told of what a filter said.
const LONGEST: usize = 300;

/// How long the filters of a worktree's changed files may take together.
const LIMIT: Duration = Duration::from_secs(10);

/// The blobs that these files would be, each with its file.
pub(super) fn read(
    worktree: &Worktree<'_>,
    candidates: Vec<FileToRead>,
) -> Vec<(FileToRead, Result<Oid, ContentError>)> {
    if candidates.is_empty() {
        return Vec::new();
    }
    if !worktree.repository.runs_filters {
        return fail_all(candidates, NOT_RUN);
    }
    let scratch = match Scratch::new() {
        Ok(scratch) => scratch,
        Err(error) => return fail_all(candidates, &format!("no folder for the filter's work: {error}")),
    };
    let required = required(worktree);
    let filter = Filter { worktree, scratch: scratch.path(), required, begun: Instant::now() };
    let together: Vec<&FileToRead> = candidates.iter().collect();
    let outcomes = match filter.blobs(&together) {
        Ok(ids) => ids.into_iter().map(Ok).collect(),
        // one file whose filter fails takes the others with it: ask one by one
        Err(error) if candidates.len() == 1 => vec![Err(error)],
        Err(_) => candidates.iter().map(|candidate| filter.blob(candidate)).collect::<Vec<_>>(),
    };
    candidates.into_iter().zip(outcomes).collect()
}

fn fail_all(candidates: Vec<FileToRead>, reason: &str) -> Vec<(FileToRead, Result<Oid, ContentError>)> {
    let trouble = || Err(ContentError::Library(reason.to_string()));
    candidates.into_iter().map(|candidate| (candidate, trouble())).collect()
}

/// Settings with which git tells of every filter that fails. Of one that is not `required`, it would take the file as it is: as
/// another content than the next run of the filter makes of it.
fn required(worktree: &Worktree<'_>) -> Vec<(String, OsString)> {
    let handle = worktree.repository.worktree_handle(worktree.top).ok();
    let config = handle.and_then(|handle| handle.config().ok()?.snapshot().ok());
    let mut names: Vec<String> =
        config.map_or_else(Vec::new, |config| filters_with_command(&config).into_iter().collect());
    names.sort();
    let key = |name: String| (format!("filter.{name}.required").into_bytes(), b"true".to_vec());
    variables(names.into_iter().map(key).collect())
}

struct Filter<'a> {
    worktree: &'a Worktree<'a>,
    /// Where git and the filters may write.
    scratch: &'a Path,
    /// Settings that git is given.
    required: Vec<(String, OsString)>,
    begun: Instant,
}

impl Filter<'_> {
    fn blob(&self, candidate: &FileToRead) -> Result<Oid, ContentError> {
        std::fs::symlink_metadata(&candidate.file)?;
        self.blobs(&[candidate])?.pop().ok_or_else(|| ContentError::Library("git gave no answer".to_string()))
    }

    /// Asks for the ids first, which writes nothing. Only content that is new is then written, to
    /// the scratch folder, and read from there: writing an object that the repository has would
    /// renew the time stamp of its file.
    fn blobs(&self, candidates: &[&FileToRead]) -> Result<Vec<Oid>, ContentError> {
        let found = self.hash_object(candidates, false)?;
        let store = self.worktree.store;
        let is_new = |candidate: &FileToRead, id: Oid| match candidate.known {
            IndexState::Indexed(old) if old.oid == id => false,
            _ => !store.has(id),
        };
        let new: Vec<&FileToRead> = candidates
            .iter()
            .zip(&found)
            .filter(|(candidate, id)| is_new(candidate, **id))
            .map(|(candidate, _)| *candidate)
            .collect();
        if !new.is_empty() {
            let written = self.hash_object(&new, true)?;
            self.take(&written);
        }
        Ok(found)
    }

    fn hash_object(&self, candidates: &[&FileToRead], write: bool) -> Result<Vec<Oid>, ContentError> {
        let paths: String = candidates.iter().map(|candidate| format!("{}\n", candidate.path)).collect();
        // git LFS would keep the content of large files in the repository's own folder
        let lfs = format!("lfs.storage={}", self.scratch.join("lfs").to_string_lossy());
        let program = Program::new(self.worktree.top, "run the filters of changed files");
        let mut program = program.of(self.git_dir()).args(["-c", &lfs, "hash-object"]);
        for (name, value) in &self.required {
            program = program.env(name, value);
        }
        if write {
            let objects = self.worktree.repository.common_dir().join("objects");
            program = program
                .env("GIT_OBJECT_DIRECTORY", self.scratch)
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects)
                .args(["-w"]);
        }
        let is_stuck = &self.worktree.repository.is_filter_stuck;
        let stuck = || Err(ContentError::SlowFilter(LIMIT.as_secs()));
        let left = LIMIT.saturating_sub(self.begun.elapsed());
        if left.is_zero() || is_stuck.load(Ordering::Relaxed) {
            return stuck();
        }
        let answer = program.within(left).args(["--stdin-paths"]).run_or_complaints(paths.as_bytes());
        if !matches!(answer, Ok(Ok(_))) && self.begun.elapsed() >= LIMIT {
            is_stuck.store(true, Ordering::Relaxed);
            return stuck();
        }
        let answer = match answer? {
            Ok(answer) => answer,
            Err(complaints) => return Err(self.failed(candidates, &complaints)),
        };
        let answer = String::from_utf8_lossy(&answer);
        let found: Result<Vec<Oid>, String> = answer.lines().map(str::parse).collect();
        match found {
            Ok(found) if found.len() == candidates.len() => Ok(found),
            Ok(_) => Err(ContentError::Library("git gave fewer answers than expected".to_string())),
            Err(error) => Err(ContentError::Library(error)),
        }
    }

    /// Which filter failed, and what was said of it.
    fn failed(&self, candidates: &[&FileToRead], said: &str) -> ContentError {
        let named = candidates.first().and_then(|candidate| self.name(candidate));
        let mut lines = complaints(said);
        // the first one is the filter's own or the shell's, the last one what became of it
        let first = lines.next().unwrap_or("git ended without output");
        let last = lines.next_back().map_or(String::new(), |last| format!("; {last}"));
        let said: String = format!("{first}{last}").chars().take(LONGEST).collect();
        match named {
            Some(name) => ContentError::FailedFilter { name, said },
            None => ContentError::Library(said),
        }
    }

    fn git_dir(&self) -> Option<&Path> {
        self.worktree.repository.git_dir_unless_found(self.worktree.top)
    }

    /// The name of a file's filter.
    fn name(&self, candidate: &FileToRead) -> Option<String> {
        let program = Program::new(self.worktree.top, "read the attribute filter").of(self.git_dir());
        let program = program.args(["check-attr", "-z", "--stdin", "filter"]);
        let said = program.run(format!("{}\0", candidate.path).as_bytes()).ok()?;
        let name = said.split(|byte| *byte == 0).nth(2)?;
        Some(String::from_utf8_lossy(name).into_owned()).filter(|name| name != "unspecified")
    }

    /// Takes what git wrote into the overlay.
    fn take(&self, written: &[Oid]) {
        let made = Database::new(self.scratch);
        for object in written.iter().filter_map(|id| made.read(*id).ok()) {
            self.worktree.store.overlay.put_blob(&object.content);
        }
    }
}
