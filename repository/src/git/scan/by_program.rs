//! The second source: `git status`, for an index that is not read here.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use crate::git::error::ObserveError;
use crate::git::program::Program;
use crate::git::settings::Settings;
use crate::git::stamps::stamp_of;
use crate::model::{Entry, EntryKind, Reason, RepoPath};

use super::candidate::{FileToRead, IndexState};
use super::filter::NOT_RUN;
use super::{UncommittedScan, Worktree, inside, walk};

/// How long it may take: it runs filters, and reads what has the name of a file.
const LIMIT: Duration = Duration::from_secs(60);

/// Fills in what `git status` knows, and returns the files whose content has to be read.
/// `unread`: why it is asked.
pub(super) fn scan(
    worktree: &Worktree<'_>,
    settings: &Settings,
    unread: &Reason,
    scan: &mut UncommittedScan,
) -> Result<Vec<FileToRead>, ObserveError> {
    if !worktree.repository.runs_filters {
        return Err(ObserveError::Unknown(unread.and(NOT_RUN)));
    }
    let args = ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames"];
    let git_dir = worktree.repository.git_dir_unless_found(worktree.top);
    let program = Program::new(worktree.top, "read the state of the worktree").of(git_dir).within(LIMIT);
    let answer = program.args(args).run(b"");
    let answer = answer.map_err(|error| ObserveError::Unknown(unread.and(error)))?;
    scan.notes.push(unread.and("git status was used instead").to_string());
    let mut reading = StatusReader { worktree, settings, scan, candidates: Vec::new() };
    for record in answer.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        let understood = reading.record(record);
        understood.ok_or_else(|| {
            let line = String::from_utf8_lossy(record);
            ObserveError::Unknown(unread.and(format!("git status gave an unexpected answer: {line}")))
        })?;
    }
    Ok(reading.candidates)
}

struct StatusReader<'a> {
    worktree: &'a Worktree<'a>,
    settings: &'a Settings,
    scan: &'a mut UncommittedScan,
    candidates: Vec<FileToRead>,
}

impl StatusReader<'_> {
    /// One record of the second porcelain format; nothing when it is not understood.
    fn record(&mut self, record: &[u8]) -> Option<()> {
        let fields = |count| record.splitn(count, |byte| *byte == b' ').collect::<Vec<_>>();
        match record[0] {
            b'1' => {
                let fields = fields(9);
                let [_, &[staged, unstaged], _, _, mode, _, _, id, path] = fields[..] else { return None };
                let path = RepoPath::new(path);
                let entry = entry(mode, id)?;
                let submodule = inside::state(record);
                if submodule.as_ref().is_some_and(|state| state.inside) {
                    self.scan.inside.push(path.clone());
                }
                if staged != b'.' {
                    self.scan.staged.push((path.clone(), entry));
                }
                match (unstaged, entry) {
                    (b'.', _) => {}
                    (b'M', _) if submodule.is_some_and(|state| !state.moved) => {}
                    (b'D', _) => self.scan.unstaged.push((path, None)),
                    (_, Some(entry)) => self.changed(path, IndexState::Indexed(entry)),
                    (_, None) => self.changed(path, IndexState::Announced(EntryKind::File)),
                }
            }
            b'u' => {
                let path = RepoPath::new(*fields(11).get(10)?);
                self.scan.unresolved.push(path.clone());
                self.changed(path, IndexState::Unmerged(None));
            }
            b'?' if record.ends_with(b"/") => {}
            b'?' => self.changed(RepoPath::new(record.get(2..)?), IndexState::Nothing),
            b'#' | b'!' => {}
            _ => return None,
        }
        Some(())
    }

    fn changed(&mut self, path: RepoPath, known: IndexState) {
        let file = self.worktree.top.join(OsStr::from_bytes(path.as_bytes()));
        let Ok(data) = fs::symlink_metadata(&file) else {
            if !matches!(known, IndexState::Nothing | IndexState::Announced(_)) {
                self.scan.unstaged.push((path, None));
            }
            return;
        };
        if data.is_dir() {
            match walk::head_of(&file) {
                Ok(Some(oid)) => {
                    self.scan.unstaged.push((path, Some(Entry { kind: EntryKind::Submodule, oid })));
                }
                Ok(None) => self.scan.undetermined.push((path, "the submodule has no commit".into())),
                Err(reason) => self.scan.undetermined.push((path, reason.into())),
            }
            return;
        }
        let kind = match data.is_symlink() {
            true => EntryKind::Symlink,
            false => known.kind_of_file(data.mode(), self.settings),
        };
        let (size, stamp) = (data.size(), stamp_of(&data));
        self.candidates.push(FileToRead { path, file, kind, size, stamp, known });
    }
}

/// The index entry of a record: outer nothing when it cannot be read, inner when there is none.
fn entry(mode: &[u8], id: &[u8]) -> Option<Option<Entry>> {
    let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
    if mode == 0 {
        return Some(None);
    }
    let oid = std::str::from_utf8(id).ok()?.parse().ok()?;
    Some(Some(Entry { kind: EntryKind::from_mode(mode), oid }))
}
