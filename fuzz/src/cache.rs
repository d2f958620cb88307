//! A cache that somebody forged, with a checksum that is right: the picture of the repository is made
//! without a panic, and each pair of terminals has a verdict.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{folder, made};
use arbitrary::Arbitrary;
use track_work::git::Surroundings;
use track_work::pipeline::{OpenOptions, Workspace, report};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes of the file that are replaced.
#[derive(Arbitrary, Debug)]
struct Forged {
    at: u16,
    taken: u8,
    put: Vec<u8>,
}

/// A cache as the program wrote it.
struct Written {
    file: PathBuf,
    bytes: Vec<u8>,
    /// Where the checksum of the rest is.
    sum: usize,
}

fn git(top: &Path, args: &[&str]) {
    let name = ["-c", "user.name=a", "-c", "user.email=a"];
    let status = Command::new("git").arg("-C").arg(top).args(name).args(args).status();
    assert!(status.expect("git starts").success(), "git {args:?}");
}

/// Three branches that rename and change files.
fn repository(top: &Path) {
    let text = |changed: usize| -> String {
        (0..20)
            .map(|line| if line == changed { "changed\n".into() } else { format!("line {line}\n") })
            .collect()
    };
    fs::create_dir_all(top.join("src")).expect("a folder");
    fs::write(top.join("src/a"), text(99)).expect("written");
    fs::write(top.join("b"), text(99)).expect("written");
    git(top, &["init", "-q", "-b", "main"]);
    git(top, &["add", "."]);
    git(top, &["commit", "-q", "-m", "first"]);
    for (branch, changed) in [("one", 3), ("two", 3), ("three", 12)] {
        git(top, &["checkout", "-q", "-b", branch, "main"]);
        fs::write(top.join("src/a"), text(changed)).expect("written");
        git(top, &["mv", "b", branch]);
        git(top, &["commit", "-q", "-a", "-m", branch]);
    }
    git(top, &["checkout", "-q", "main"]);
}

fn options(dir: &Path) -> OpenOptions {
    let none = Some("/dev/null".into());
    OpenOptions {
        surroundings: Surroundings { global: none.clone(), system: none, ..Surroundings::default() },
        cache_dir: Some(dir.join("cache")),
        program: std::env::current_exe().ok(),
        ..OpenOptions::at(dir.join("repository"))
    }
}

/// All that is worked out, with what the cache says.
fn look(dir: &Path) {
    let workspace = Workspace::open(&options(dir)).expect("a repository");
    let report = report(&workspace, &workspace.tracking());
    let terminals = report.facts.terminals.len();
    assert_eq!(report.judgements.pairs.len() + report.judgements.disjoint, terminals * (terminals - 1) / 2);
}

fn written() -> &'static Written {
    static WRITTEN: OnceLock<Written> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let dir = folder("cache");
        repository(&dir.join("repository"));
        look(&dir);
        let mut files = fs::read_dir(dir.join("cache")).expect("a cache was written");
        let file = files.next().expect("a file").expect("readable").path();
        let bytes = fs::read(&file).expect("readable");
        let sum_at = |at: &usize| xxh3_128(&bytes[at + 16..]).to_le_bytes() == bytes[*at..at + 16];
        let sum = (0..64).find(sum_at).expect("a checksum");
        Written { file, bytes, sum }
    })
}

/// One input.
pub fn run(input: &[u8]) {
    let Some(edits) = made::<Vec<Forged>>(input) else { return };
    let Written { file, bytes, sum } = written();
    let mut bytes = bytes.clone();
    let content = sum + 16;
    for edit in edits.iter().take(8) {
        let start = content + usize::from(edit.at) % (bytes.len() - content);
        let end = (start + usize::from(edit.taken)).min(bytes.len());
        bytes.splice(start..end, edit.put.iter().copied());
        if bytes.len() == content {
            return;
        }
    }
    let checksum = xxh3_128(&bytes[content..]).to_le_bytes();
    bytes[*sum..content].copy_from_slice(&checksum);
    fs::write(file, bytes).expect("written");
    look(&folder("cache"));
}
