//! What commands said of trees, kept from one run to the next: a line of JSON for each result, and for each set of
//! terminals that was found to fail together. The last line about a tree counts.
//!
//! A line that is damaged, as one that was being written when the disk was full, is passed over.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};
use crate::model::{FailedCommand, FailedTogether, Oid};

/// Once the file has more bytes, its older half is dropped.
const LARGEST: u64 = 2 << 20;

/// The name of the file.
const NAME: &str = "results";

/// What is run, and what its result depends on besides the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunSetup {
    /// The commands, in their order.
    pub commands: Vec<String>,
    /// Of the content of files that matter.
    pub fingerprint: String,
}

impl RunSetup {
    /// With the content of these files as the fingerprint, whether they are there or not.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn new(commands: Vec<String>, matter: &[PathBuf]) -> Result<RunSetup, FileError> {
        let mut text = Vec::new();
        for path in matter {
            let content = match files::read(path, u64::MAX) {
                Ok(content) => Some(content),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(FileError::of("read", path)(error)),
            };
            let length = content.as_ref().map_or(-1, |content| i64::try_from(content.len()).unwrap_or(-1));
            text.extend(format!("{path:?} {length}\n").into_bytes());
            text.extend(content.unwrap_or_default());
        }
        let fingerprint = match matter {
            [] => String::new(),
            _ => format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&text)),
        };
        Ok(RunSetup { commands, fingerprint })
    }
}

/// Terminals that were found to fail together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFailure {
    /// Who.
    pub found: FailedTogether,
    /// The terminals that were merged, in order.
    pub merged: Vec<String>,
    /// Whether with work that was not committed.
    pub uncommitted: bool,
    /// The tree that failed.
    pub tree: Oid,
    /// What was run.
    pub setup: RunSetup,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KeptLine {
    Found {
        together: Vec<String>,
        needed: Vec<String>,
        untried: Vec<String>,
        merged: Vec<String>,
        uncommitted: bool,
        tree: String,
        setup: RunSetup,
    },
    Result {
        tree: String,
        setup: RunSetup,
        failure: Option<KeptCommand>,
    },
}

/// A command that failed.
#[derive(Serialize, Deserialize)]
struct KeptCommand {
    command: String,
    status: i32,
    said: Vec<String>,
}

/// The results that are known.
#[derive(Default)]
pub struct Results {
    path: Option<PathBuf>,
    known: HashMap<(Oid, RunSetup), Option<FailedCommand>>,
    found: Vec<KeptFailure>,
}

impl Results {
    /// Those that are kept in a folder; without one, they last as long as this.
    pub fn of(folder: Option<&Path>) -> Results {
        let path = folder.map(|folder| folder.join(NAME));
        let mut results = Results { path, ..Results::default() };
        let Some(path) = results.path.as_deref().filter(|path| is_own(path)) else { return results };
        let text = files::read(path, LARGEST * 2).unwrap_or_default();
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(line) = serde_json::from_slice(line) {
                results.add(line);
            }
        }
        results
    }

    fn add(&mut self, line: KeptLine) -> Option<()> {
        match line {
            KeptLine::Result { tree, setup, failure } => {
                let failure = failure.map(|KeptCommand { command, status, said }| FailedCommand {
                    command,
                    status,
                    said,
                });
                self.known.insert((tree.parse().ok()?, setup), failure);
            }
            KeptLine::Found { together, needed, untried, merged, uncommitted, tree, setup } => {
                let failure = FailedCommand { command: String::new(), status: 0, said: Vec::new() };
                let found = FailedTogether { together, needed, untried, failure };
                self.remember(KeptFailure { found, merged, uncommitted, tree: tree.parse().ok()?, setup });
            }
        }
        Some(())
    }

    fn remember(&mut self, kept: KeptFailure) {
        self.found.retain(|other| {
            (&other.merged, other.tree, &other.setup) != (&kept.merged, kept.tree, &kept.setup)
        });
        self.found.push(kept);
    }

    /// What is known of a tree: that all passed, or which command failed.
    pub fn find(&self, tree: Oid, setup: &RunSetup) -> Option<&Option<FailedCommand>> {
        self.known.get(&(tree, setup.clone()))
    }

    /// Keeps what was found out of a tree.
    ///
    /// # Errors
    /// It cannot be written; it is known all the same.
    pub fn keep(
        &mut self,
        tree: Oid,
        setup: &RunSetup,
        failure: Option<&FailedCommand>,
    ) -> Result<(), FileError> {
        self.known.insert((tree, setup.clone()), failure.cloned());
        let failure = failure.cloned().map(|FailedCommand { command, status, said }| KeptCommand {
            command,
            status,
            said,
        });
        self.append(&KeptLine::Result { tree: tree.to_string(), setup: setup.clone(), failure })
    }

    /// Keeps who fails together.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&mut self, kept: KeptFailure) -> Result<(), FileError> {
        if self.found.contains(&kept) {
            return Ok(());
        }
        let KeptFailure { found, merged, uncommitted, tree, setup } = kept.clone();
        let FailedTogether { together, needed, untried, .. } = found;
        let tree = tree.to_string();
        self.remember(kept);
        self.append(&KeptLine::Found { together, needed, untried, merged, uncommitted, tree, setup })
    }

    /// Who was found to fail together, with what failed then, unless the same tree passed since.
    pub fn failures(&self) -> Vec<KeptFailure> {
        let told = |kept: &KeptFailure| {
            let failure = self.find(kept.tree, &kept.setup)?.clone()?;
            Some(KeptFailure { found: FailedTogether { failure, ..kept.found.clone() }, ..kept.clone() })
        };
        self.found.iter().filter_map(told).collect()
    }

    fn append(&self, line: &KeptLine) -> Result<(), FileError> {
        let Some(path) = &self.path else { return Ok(()) };
        let failed = |source| FileError::of("write", path)(source);
        let mut bytes = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        bytes.push(b'\n');
        if fs::metadata(path).is_ok_and(|data| data.len() > LARGEST) {
            let old = files::read(path, LARGEST * 2).map_err(failed)?;
            let half = old.len() / 2;
            let kept = old[half..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(&[][..], |end| &old[half + end + 1..]);
            files::put_private(path, kept)?;
        }
        // in one piece, so that lines of several processes do not mix
        let mut options = File::options();
        let file = options.append(true).create(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(&bytes)).map_err(failed)
    }
}

/// Whether a file is this user's, and nobody else may write to it.
fn is_own(path: &Path) -> bool {
    let own = |data: Metadata| data.uid() == rustix::process::geteuid().as_raw() && data.mode() & 0o022 == 0;
    fs::metadata(path).is_ok_and(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(command: &str) -> RunSetup {
        RunSetup { commands: vec![command.to_string()], fingerprint: String::new() }
    }

    fn failure() -> FailedCommand {
        FailedCommand { command: "make".to_string(), status: 2, said: vec!["no\u{1b}".to_string()] }
    }

    #[test]
    fn the_last_result_of_a_tree_counts_for_the_same_commands_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let [a, b] = [1, 2].map(|byte| Oid::new([byte; 20]));
        let mut results = Results::of(Some(folder.path()));
        results.keep(a, &setup("make"), Some(&failure())).expect("kept");
        results.keep(b, &setup("make"), None).expect("kept");
        let again = Results::of(Some(folder.path()));
        assert_eq!(again.find(a, &setup("make")), Some(&Some(failure())));
        assert_eq!(again.find(b, &setup("make")), Some(&None));
        assert_eq!(again.find(a, &setup("true")), None);
        let other = RunSetup { fingerprint: "1".to_string(), ..setup("make") };
        assert_eq!(again.find(a, &other), None);
        results.keep(a, &setup("make"), None).expect("kept");
        assert_eq!(Results::of(Some(folder.path())).find(a, &setup("make")), Some(&None));
    }

    #[test]
    fn who_fails_together_is_told_until_the_tree_passes() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = Oid::new([3; 20]);
        let found = FailedTogether {
            together: vec!["a".to_string(), "b".to_string()],
            needed: Vec::new(),
            untried: Vec::new(),
            failure: failure(),
        };
        let kept = KeptFailure {
            merged: found.together.clone(),
            found,
            uncommitted: false,
            tree,
            setup: setup("make"),
        };
        let mut results = Results::of(Some(folder.path()));
        results.keep(tree, &setup("make"), Some(&failure())).expect("kept");
        results.note(kept.clone()).expect("noted");
        results.note(kept.clone()).expect("noted");
        // cut short
        let path = folder.path().join(NAME);
        let text = files::read_text(&path, LARGEST).expect("a text");
        assert_eq!(text.lines().count(), 2);
        let cut = format!("{text}{}", &text[..text.len() / 3]);
        files::put_private(&path, cut.as_bytes()).expect("written");
        assert_eq!(Results::of(Some(folder.path())).failures(), [kept]);
        results.keep(tree, &setup("make"), None).expect("kept");
        assert_eq!(results.failures(), []);
    }

    #[test]
    fn the_fingerprint_follows_the_content_of_its_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lock");
        let of = || {
            RunSetup::new(vec!["make".to_string()], std::slice::from_ref(&file)).expect("a setup").fingerprint
        };
        let absent = of();
        files::put_private(&file, b"").expect("written");
        let empty = of();
        files::put_private(&file, b"1").expect("written");
        assert!(absent != empty && empty != of() && of() == of());
        assert!(RunSetup::new(Vec::new(), &[folder.path().to_path_buf()]).is_err());
    }
}
