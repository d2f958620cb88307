//! TrialCheckouts of trees that were merged in memory: worktrees of a repository of this program's own, which borrows the
//! objects of the one that is looked at and adds its own. Nothing is written there.
//!
//! ```text
//!  folder/repo          objects (thrown away), worktrees/N: its head and index, info/alternates: where git finds the rest
//!  folder/N             a worktree, which stays from one run to the next with what it was built into
//! ```

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use git2::ObjectType;

use crate::model::{Oid, shown_path};

use super::made_objects::put_tree;
use super::objects::with_alternates;
use super::program::Program;
use super::store::Store;
use super::{GitError, Repository, ids};

/// What the repository for checkouts adds to the settings of the one that it borrows from.
const SETTINGS: &str = "[core]
\trepositoryFormatVersion = 0
\tbare = false
\tsparseCheckout = false
\tfsmonitor = false
[submodule]
\trecurse = false
[gc]
\tauto = 0
";

/// Who makes the commits that are checked out.
const MAKER: &str = "track-work <track-work@localhost> 0 +0000";

/// Worktrees in a folder of this program's own.
pub struct TrialCheckouts {
    folder: PathBuf,
}

impl Repository {
    /// TrialCheckouts in a folder, without the objects of an earlier run.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn checkouts(&self, folder: &Path) -> Result<TrialCheckouts, GitError> {
        let checkouts = TrialCheckouts { folder: folder.to_path_buf() };
        let repo = checkouts.repo();
        gone(&repo.join("objects"))?;
        for name in ["objects/info", "refs", "info"] {
            make(&repo.join(name))?;
        }
        let common = self.common_dir();
        let lenders: Vec<u8> = with_alternates(&common.join("objects"))
            .iter()
            .flat_map(|store| [store.as_os_str().as_bytes(), b"\n"].concat())
            .collect();
        put(&repo.join("objects/info/alternates"), &lenders)?;
        put(&repo.join("HEAD"), b"ref: refs/heads/main\n")?;
        let mut config = b"[include]\n\tpath = \"".to_vec();
        for byte in common.join("config").as_os_str().as_bytes() {
            match byte {
                b'\n' => config.extend(b"\\n"),
                b'"' | b'\\' => config.extend([b'\\', *byte]),
                _ => config.push(*byte),
            }
        }
        config.extend(b"\"\n");
        config.extend(SETTINGS.as_bytes());
        put(&repo.join("config"), &config)?;
        for name in ["info/attributes", "info/exclude"] {
            match fs::read(common.join(name)) {
                Ok(bytes) => put(&repo.join(name), &bytes)?,
                Err(_) => gone(&repo.join(name))?,
            }
        }
        Ok(checkouts)
    }
}

impl TrialCheckouts {
    fn repo(&self) -> PathBuf {
        self.folder.join("repo")
    }

    /// One of the worktrees, by its number.
    pub fn top(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }

    /// Makes a commit of a tree that a store knows, on top of commits that are in the repository.
    ///
    /// # Errors
    /// An object is not known, with the reason; it cannot be written.
    pub fn commit(&self, store: &Store, tree: Oid, parents: &[Oid]) -> Result<Result<Oid, String>, GitError> {
        if let Err(why) = put_tree(store, tree, &mut |kind, content| self.put(kind, content))? {
            return Ok(Err(why));
        }
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let text = format!("tree {tree}\n{parents}author {MAKER}\ncommitter {MAKER}\n\nMerged to be tried\n");
        self.put(ObjectType::Commit, text.as_bytes()).map(Ok)
    }

    /// Writes an object as git does, in a file of its own.
    fn put(&self, kind: ObjectType, content: &[u8]) -> Result<Oid, GitError> {
        let id = ids::hash(kind, content);
        let name = id.to_string();
        let (folder, rest) = name.split_at(2);
        let folder = self.repo().join("objects").join(folder);
        let path = folder.join(rest);
        if path.exists() {
            return Ok(id);
        }
        make(&folder)?;
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        let written = write!(packed, "{} {}\0", kind.str(), content.len())
            .and_then(|()| packed.write_all(content))
            .and_then(|()| packed.finish());
        put(&path, &written.map_err(failed("write", &path))?)?;
        Ok(id)
    }

    /// Checks a commit out in one of the worktrees. What git ignores stays as it is there; if it is in the way of that, or
    /// the worktree is damaged, everything goes.
    ///
    /// # Errors
    /// git cannot check it out.
    pub fn check_out(&self, number: usize, commit: Oid, guard: &File) -> Result<PathBuf, GitError> {
        let top = self.top(number);
        if self.prepared(number, commit).is_err() || self.moved_to(number, commit, guard)?.is_some() {
            gone(&top)?;
            gone(&self.admin(number))?;
            self.prepared(number, commit)?;
            if let Some(reason) = self.moved_to(number, commit, guard)? {
                let doing = format!("check out what was merged in {}", shown_path(&top));
                return Err(GitError::Program { doing, reason: format!("said: {reason}") });
            }
        }
        Ok(top)
    }

    fn admin(&self, number: usize) -> PathBuf {
        self.repo().join("worktrees").join(number.to_string())
    }

    /// What makes it a worktree, whatever a command has done to it.
    fn prepared(&self, number: usize, commit: Oid) -> Result<(), GitError> {
        let (top, admin) = (self.top(number), self.admin(number));
        make(&top)?;
        make(&admin)?;
        for lock in ["index.lock", "HEAD.lock"] {
            gone(&admin.join(lock))?;
        }
        let dot_git = top.join(".git");
        gone(&dot_git)?;
        put(&dot_git, &[b"gitdir: ", admin.as_os_str().as_bytes(), b"\n"].concat())?;
        put(&admin.join("gitdir"), &[dot_git.as_os_str().as_bytes(), b"\n"].concat())?;
        put(&admin.join("commondir"), b"../..\n")?;
        put(&admin.join("HEAD"), format!("{commit}\n").as_bytes())
    }

    /// Why git did not get there, in its last line.
    fn moved_to(&self, number: usize, commit: Oid, guard: &File) -> Result<Option<String>, GitError> {
        let commit = commit.to_string();
        for args in [&["read-tree", "--reset", "-u", &commit][..], &["clean", "--quiet", "-ffd"]] {
            let program = Program::new(&self.top(number), "check out what was merged")
                .env("GIT_DIR", self.admin(number))
                .env("GIT_WORK_TREE", self.top(number))
                .args(args)
                .apart();
            let attempt = program.attempt(guard)?;
            if !attempt.succeeded {
                return Ok(Some(attempt.last_line().to_string()));
            }
        }
        Ok(None)
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> GitError + use<> {
    let path = path.to_path_buf();
    move |source| GitError::File { doing, path, source }
}

fn make(folder: &Path) -> Result<(), GitError> {
    fs::create_dir_all(folder).map_err(failed("create", folder))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), GitError> {
    fs::write(path, bytes).map_err(failed("write", path))
}

/// Removes a file, or a folder with all that is in it.
fn gone(path: &Path) -> Result<(), GitError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
