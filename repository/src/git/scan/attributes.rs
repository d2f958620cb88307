//! The attributes of files, looked up by libgit2.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use git2::{AttrCheckFlags, AttrValue, Config, IndexEntry, IndexTime};
use gix_index::entry::Flags;

use crate::git::error::GitError;
use crate::git::settings::{AutoCrlf, Settings, subsections};
use crate::merge::{Objects, has_crlf};
use crate::model::{EntryKind, Oid, Reason, RepoPath, shown_path};

use super::Worktree;
use super::convert::{self, Conversion, LineEnds};
use super::index::{self, Index};

/// The name of attributes files.
pub(in crate::git) const ATTRIBUTES_FILE: &str = ".gitattributes";

/// The attributes of a worktree's files.
pub(in crate::git) struct FileAttributes {
    repo: git2::Repository,
    lookup: AttrCheckFlags,
    /// The filters that the configuration has a command for.
    filters: HashSet<String>,
    autocrlf: AutoCrlf,
    /// The folders whose attributes files libgit2 can open.
    looked_at: RefCell<HashSet<PathBuf>>,
}

impl FileAttributes {
    /// Attributes are taken from the index where a sparse checkout leaves their file out; where
    /// it was removed, they are gone. libgit2 gets a small index in memory with just these files,
    /// as it reads neither split nor sparse ones.
    pub(super) fn of(
        worktree: &Worktree<'_>,
        settings: &Settings,
        index: &Index,
    ) -> Result<FileAttributes, GitError> {
        let repo = worktree.repository.worktree_handle(worktree.top)?;
        let trouble = |error| GitError::broken("read the attributes of files", error);
        let lookup = AttrCheckFlags::FILE_THEN_INDEX;
        let attributes = FileAttributes::new(repo, lookup, settings.autocrlf).map_err(trouble)?;
        for at in index.all() {
            let path = index.path(at);
            let entry = index.entry(at);
            if entry.flags.contains(Flags::SKIP_WORKTREE) && path.ends_with(ATTRIBUTES_FILE.as_bytes()) {
                let content = worktree.store.blob(index::id_of(&entry.id)).map_err(|missing| {
                    let doing = format!("read {}", RepoPath::new(path));
                    GitError::Broken { doing, reason: missing.to_string() }
                })?;
                attributes.tell(&RepoPath::new(path), &content).map_err(trouble)?;
            }
        }
        Ok(attributes)
    }

    /// The attributes in the worktree of a handle and in files that are added one by one, as `lookup` says.
    /// libgit2 gets an index and an object store in memory: it reads no object of the repository.
    pub(in crate::git) fn new(
        repo: git2::Repository,
        lookup: AttrCheckFlags,
        autocrlf: AutoCrlf,
    ) -> Result<FileAttributes, git2::Error> {
        let objects = git2::Odb::new()?;
        objects.add_new_mempack_backend(1)?;
        repo.set_odb(&objects)?;
        repo.set_index(&mut git2::Index::new()?)?;
        let filters = filters(&repo.config()?.snapshot()?);
        Ok(FileAttributes { repo, lookup, filters, autocrlf, looked_at: RefCell::default() })
    }

    /// The attributes of files that are added one by one, and of none in the worktree.
    pub(in crate::git) fn told(
        repo: git2::Repository,
        autocrlf: AutoCrlf,
    ) -> Result<FileAttributes, git2::Error> {
        // libgit2 takes macros from the top of a worktree whatever it is asked for
        if repo.workdir().is_some() {
            repo.set_workdir(repo.path(), false)?;
        }
        FileAttributes::new(repo, AttrCheckFlags::INDEX_ONLY, autocrlf)
    }

    /// The attributes files that an index lists, and whether a sparse checkout leaves them out.
    pub(in crate::git) fn listed(index: &Path) -> Result<HashMap<RepoPath, (Oid, bool)>, Reason> {
        let index = Index::read(index)?;
        let listed = index.all().map(|at| (RepoPath::new(index.path(at)), index.entry(at)));
        let files = listed.filter(|(path, entry)| {
            path.file_name() == ATTRIBUTES_FILE.as_bytes() && index::entry_of(entry).kind.is_file()
        });
        let left_out = |entry: &gix_index::Entry| entry.flags.contains(Flags::SKIP_WORKTREE);
        Ok(files.map(|(path, entry)| (path, (index::id_of(&entry.id), left_out(entry)))).collect())
    }

    /// Adds an attributes file with this content. It is kept in memory.
    pub(in crate::git) fn tell(&self, path: &RepoPath, content: &[u8]) -> Result<(), git2::Error> {
        let id = self.repo.blob(content)?;
        self.repo.index()?.add(&entry(path.as_bytes(), id))
    }

    /// The attribute `merge`.
    pub(in crate::git) fn merge(&self, path: &RepoPath) -> Result<AttrValue<'_>, GitError> {
        self.value(as_path(path), "merge")
    }

    /// The attribute `diff`.
    pub(in crate::git) fn diff(&self, path: &RepoPath) -> Result<AttrValue<'_>, GitError> {
        self.value(as_path(path), "diff")
    }

    /// The attribute `conflict-marker-size`.
    pub(in crate::git) fn marker_size(&self, path: &RepoPath) -> Result<AttrValue<'_>, GitError> {
        self.value(as_path(path), "conflict-marker-size")
    }

    /// Whether a program makes the file (`linguist-generated`), where that is said. Where it is not, a file whose differences
    /// nobody looks at (`-diff`) is taken to be made by one, unless all says that it has no lines (`binary`).
    pub(in crate::git) fn is_generated(&self, path: &RepoPath) -> Result<Option<bool>, GitError> {
        let value = |name| self.value(as_path(path), name);
        Ok(match value("linguist-generated")? {
            AttrValue::True => Some(true),
            AttrValue::False => Some(false),
            AttrValue::Unspecified => {
                let is_off = |value: AttrValue<'_>| matches!(value, AttrValue::False);
                let hidden = is_off(value("diff")?) && !is_off(value("merge")?) && !is_off(value("text")?);
                hidden.then_some(true)
            }
            named => text_of(named).map(|text| text != "false"),
        })
    }

    /// Content as `git add --renormalize` would store it; `None` where that is the same.
    ///
    /// # Errors
    /// The reason, in words: a command or an encoding is involved, or attributes cannot be read.
    pub(in crate::git) fn renormalized(
        &self,
        path: &RepoPath,
        content: &[u8],
    ) -> Result<Option<Vec<u8>>, String> {
        let trouble = |error: GitError| error.to_string();
        if self.by_program(path).map_err(trouble)? {
            let reason = "merge.renormalize needs a filter or an encoding for it, which are not run here";
            return Err(reason.to_string());
        }
        let conversion = self.conversion(path, Some(content)).map_err(trouble)?;
        Ok(match convert::to_repository(content, conversion, || None) {
            Cow::Borrowed(_) => None,
            Cow::Owned(stored) => Some(stored),
        })
    }

    /// Whether a command of the configuration or another encoding converts this file: then only git itself
    /// knows what it would store.
    pub(super) fn by_program(&self, path: &RepoPath) -> Result<bool, GitError> {
        let path = as_path(path);
        Ok((!self.filters.is_empty() && self.has_filter(self.value(path, "filter")?))
            || has_encoding(self.value(path, "working-tree-encoding")?))
    }

    /// How a file is converted. Looking attributes up costs more than reading a small file, so it
    /// is done only where `content` makes a difference; without content, always.
    pub(super) fn conversion(&self, path: &RepoPath, content: Option<&[u8]>) -> Result<Conversion, GitError> {
        let path = as_path(path);
        let mut conversion = Conversion::default();
        if content.is_none_or(has_crlf) {
            conversion.line_ends = self.line_ends(path)?;
        }
        if content.is_none_or(convert::has_id) {
            conversion.ident = matches!(self.value(path, "ident")?, AttrValue::True);
        }
        Ok(conversion)
    }

    /// libgit2 would wait at a pipe that has the name of an attributes file.
    fn refuse_pipes(&self, path: &Path) -> Result<(), GitError> {
        let mut looked_at = self.looked_at.borrow_mut();
        let top = self.repo.workdir().unwrap_or(Path::new(""));
        for folder in path.ancestors().skip(1) {
            if looked_at.contains(folder) {
                break;
            }
            let file = top.join(folder).join(ATTRIBUTES_FILE);
            if fs::metadata(&file).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
                let source = io::Error::new(io::ErrorKind::InvalidInput, "is not a file");
                return Err(GitError::File { doing: "read", path: file, source });
            }
            looked_at.insert(folder.to_path_buf());
        }
        Ok(())
    }

    fn value(&self, path: &Path, name: &str) -> Result<AttrValue<'_>, GitError> {
        if self.lookup != AttrCheckFlags::INDEX_ONLY {
            self.refuse_pipes(path)?;
        }
        let found = self.repo.get_attr_bytes(path, name, self.lookup);
        let found = found.map_err(|error| {
            GitError::broken(format!("read the attributes of {}", shown_path(path)), error)
        })?;
        Ok(AttrValue::from_bytes(found))
    }

    /// Whether a filter is named and the configuration has a command for it.
    fn has_filter(&self, value: AttrValue<'_>) -> bool {
        text_of(value).is_some_and(|name| self.filters.contains(&name))
    }

    fn line_ends(&self, path: &Path) -> Result<LineEnds, GitError> {
        let text = match self.value(path, "text")? {
            AttrValue::Unspecified => self.value(path, "crlf")?,
            text => text,
        };
        let automatic = match (&text, self.autocrlf) {
            (AttrValue::True, _) => false,
            (AttrValue::False, _) => return Ok(LineEnds::Keep),
            (AttrValue::String("input"), _) => false,
            (AttrValue::String("auto"), _) => true,
            _ => match (text_of(self.value(path, "eol")?).as_deref(), self.autocrlf) {
                (Some("lf" | "crlf"), _) => false,
                (_, AutoCrlf::On) => true,
                (_, AutoCrlf::Off) => return Ok(LineEnds::Keep),
            },
        };
        Ok(if automatic { LineEnds::ConvertText } else { LineEnds::Convert })
    }
}

/// The filters that do something.
fn filters(config: &Config) -> HashSet<String> {
    let mut filters = filters_with_command(config);
    let is_required = |name: &String| {
        config.get_string(&format!("filter.{name}.required")).is_ok_and(|value| value == "true")
    };
    filters.extend(subsections(config, "filter").into_iter().filter(is_required));
    filters
}

/// The filters that have a command for what is stored.
pub(super) fn filters_with_command(config: &Config) -> HashSet<String> {
    let has_command = |name: &String| {
        let mut keys = ["clean", "process"].iter();
        keys.any(|key| {
            config.get_string(&format!("filter.{name}.{key}")).is_ok_and(|value| !value.is_empty())
        })
    };
    subsections(config, "filter").into_iter().filter(has_command).collect()
}

pub(in crate::git) fn as_path(path: &RepoPath) -> &Path {
    Path::new(OsStr::from_bytes(path.as_bytes()))
}

pub(in crate::git) fn text_of(value: AttrValue<'_>) -> Option<String> {
    match value {
        AttrValue::String(text) => Some(text.to_string()),
        AttrValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        AttrValue::True | AttrValue::False | AttrValue::Unspecified => None,
    }
}

fn has_encoding(value: AttrValue<'_>) -> bool {
    text_of(value).is_some_and(|name| !matches!(name.to_ascii_lowercase().as_str(), "" | "utf-8" | "utf8"))
}

fn entry(path: &[u8], id: git2::Oid) -> IndexEntry {
    let never = IndexTime::new(0, 0);
    IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: EntryKind::File.mode(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.to_vec(),
    }
}
