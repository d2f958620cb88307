//! What one run leaves to the next: answers about commits and trees, which cannot change.
//!
//! There is one file per repository, in the user's cache folder and never in a repository. It only saves
//! time: its size is bounded, and it can be deleted at any moment. It is used only if it is complete,
//! private, and written by this build of the program for these settings. If it cannot be read or written,
//! the run continues without it. The last writer wins.
//!
//! What is kept, and why it stays true, is in [`Answers`].

mod answers;
mod file;
mod folder;
mod row;

use crate::model::shown_path;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::git::CommitCache;

pub use answers::Answers;
use folder::{CacheFile, CacheFolder};

/// By how much answers age that a run does not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ageing {
    /// It looks at everything, so most of what it does not use is of no use any more.
    Full = 16,
    /// It looks at little.
    Little = 1,
}

/// Answers that are older are dropped: those that 8 looks at everything which wrote the file did not use.
const OLDEST: u8 = 8 * Ageing::Full as u8;

/// The cache of one repository.
#[derive(Debug)]
pub struct Cache {
    folder: CacheFolder,
    name: String,
    about: String,
}

impl Cache {
    /// The cache of the repository with this git folder, in a folder of caches. `settings` are everything
    /// that answers depend on besides contents; `program` is the program's own file, since another build
    /// may answer differently. Nothing is read or created yet.
    ///
    /// # Errors
    /// The reason, in words, why there can be no cache: the folder is inside one of the `outside` folders,
    /// or the program's file cannot be read.
    pub fn new(
        folder: &Path,
        outside: &[&Path],
        git_dir: &Path,
        settings: &str,
        program: Option<&Path>,
    ) -> Result<Cache, String> {
        let folder = CacheFolder::new(folder, outside)?;
        let program = program.and_then(folder::identity);
        let program = program.ok_or("no cache: the program's own file cannot be seen")?;
        let about = format!("{} {program}\n{git_dir:?}\n{settings}", env!("CARGO_PKG_VERSION"));
        let name = format!("{:032x}", file::checksum(git_dir.as_os_str().as_encoded_bytes()));
        Ok(Cache { folder, name, about })
    }

    /// The answers that are kept; none where nothing is there, or nothing that can be trusted, then with
    /// the reason in words.
    pub fn load(&self, ageing: Ageing) -> (Answers, Option<String>) {
        let trouble = match self.folder.read(&self.name, file::LARGEST) {
            Ok(None) => None,
            Ok(Some(CacheFile { bytes, written })) => {
                let commits = Arc::new(CommitCache { written, ..CommitCache::default() });
                let answers = Answers { commits, ..Answers::default() };
                match file::decode(&bytes, &self.about, ageing as u8, &answers) {
                    Ok(true) => return (answers, None),
                    Ok(false) => None,
                    Err(reason) => return (Answers::default(), Some(self.untrusted(reason))),
                }
            }
            Err(reason) => Some(format!("no cache: {reason}")),
        };
        (Answers::default(), trouble)
    }

    fn untrusted(&self, reason: &str) -> String {
        format!("the cache {} is not used: {reason}", shown_path(&self.path()))
    }

    /// The folder of caches.
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path.join(&self.name)
    }

    /// Writes the answers, if any are new.
    ///
    /// # Errors
    /// The reason, in words, why they could not be written; nothing else is affected.
    pub fn save(&self, answers: &Answers) -> Result<(), String> {
        if !answers.commits.has_new() && !answers.merges.has_new() && !answers.sources.has_new() {
            return Ok(());
        }
        let failed = |reason: String| format!("no cache: {reason}");
        let bytes = file::encoded(&row::held(answers, OLDEST), &self.about);
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        self.folder.write(&self.name, &bytes).map_err(failed)
    }
}
