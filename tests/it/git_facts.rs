//! What is seen of real repositories, against what git itself says.

mod as_committed;
mod at_rest;
mod places;
mod random;
mod staged;
mod uncommitted;
mod untouched;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use track_work::git::{Repository, Seen};
use track_work::merge::{Objects, TreeEntry};
use track_work::model::{EntryKind, Known, Layers, Oid, Place, RepoPath, Target};

use crate::support::Repo;

/// All that a run finds out.
struct Observed {
    repository: Repository,
    target: Target,
    places: Vec<Place>,
    seen: Vec<Known<Seen>>,
}

fn observe(repo: &Repo) -> Observed {
    observe_without(repo, &[])
}

fn observe_without(repo: &Repo, ignore: &[PathBuf]) -> Observed {
    let repository = Repository::discover(&repo.top).unwrap();
    let target = repository.target(None).unwrap();
    let places = repository.places(&target, &[]);
    let seen = repository.observe(&places, &target, ignore);
    Observed { repository, target, places, seen }
}

impl Observed {
    fn names(&self) -> Vec<&str> {
        self.places.iter().map(|place| place.name.as_str()).collect()
    }

    #[track_caller]
    fn place(&self, name: &str) -> &Place {
        self.places.iter().find(|place| place.name == name).expect(name)
    }

    #[track_caller]
    fn of(&self, name: &str) -> &Seen {
        let at = self.names().iter().position(|known| *known == name).expect(name);
        match &self.seen[at] {
            Known::Known(seen) => seen,
            Known::Unknown(reason) => panic!("{name}: {reason}"),
        }
    }

    #[track_caller]
    fn why_not(&self, name: &str) -> String {
        let at = self.names().iter().position(|known| *known == name).expect(name);
        self.seen[at].reason().expect("should not be known").to_string()
    }

    /// Every path of a tree with its kind, id and, for blobs that exist in memory alone, content.
    fn files(&self, tree: Oid) -> BTreeMap<String, (EntryKind, Oid)> {
        let store = self.repository.store();
        let mut found = BTreeMap::new();
        let mut folders = vec![(RepoPath::default(), tree)];
        while let Some((folder, tree)) = folders.pop() {
            for TreeEntry { name, entry } in store.tree(tree).unwrap().iter() {
                let path = folder.join(name);
                match entry.kind {
                    EntryKind::Tree => folders.push((path, entry.oid)),
                    EntryKind::Submodule => _ = found.insert(path.to_string(), (entry.kind, entry.oid)),
                    _ => {
                        store.blob(entry.oid).unwrap();
                        found.insert(path.to_string(), (entry.kind, entry.oid));
                    }
                }
            }
        }
        found
    }
}

/// Looks at the worktree `name` and compares with what git says of it: the paths with uncommitted
/// work, and the tree that they lead to.
#[track_caller]
fn agree(repo: &Repo, name: &str) -> Observed {
    let all = observe(repo);
    let seen = all.of(name);
    let top = all.place(name).worktree.clone().unwrap();
    let worktree = Repo { sandbox: repo.sandbox, top };
    // what is being resolved is seen as it lies there, and is not known
    let unmerged = worktree.git(&["diff", "--name-only", "--diff-filter=U", "-z"]);
    let unmerged: BTreeSet<RepoPath> =
        unmerged.split('\0').filter(|path| !path.is_empty()).map(RepoPath::from).collect();
    let resolving = seen.undetermined.iter().filter(|(_, reason)| reason.is_of_resolving());
    assert_eq!(resolving.map(|(path, _)| path.clone()).collect::<BTreeSet<_>>(), unmerged);
    assert!(seen.undetermined.iter().all(|(_, reason)| reason.is_of_resolving()), "{:?}", seen.undetermined);
    let (by_git, listing, same) = tree_by_git(&worktree);
    if seen.work_tree != by_git {
        let ours: String = all
            .files(seen.work_tree)
            .iter()
            .map(|(path, (kind, oid))| format!("{:06o} {oid}\t{path}\n", kind.mode()))
            .collect();
        let is_known =
            |line: &&str| !unmerged.iter().any(|path| line.trim_end().ends_with(&format!("\t{path}")));
        let known = |listing: &str| -> String { listing.split_inclusive('\n').filter(is_known).collect() };
        assert_eq!(known(&ours), known(&listing), "the tree with the uncommitted work");
        assert!(!unmerged.is_empty(), "two trees with the same files");
    }
    // git status tells of files whose size differs though they would be stored as they are
    let (mut status, announced) = status_by_git(&worktree);
    for (path, layers) in &mut status {
        layers.unstaged &= !same.contains(path) || announced.contains(path);
    }
    status.retain(|_, layers| layers.is_uncommitted());
    assert_eq!(seen.layers, status);
    all.files(seen.work_tree); // every object of it can be read
    all
}

/// The tree that `git add --all` would lead to, its list of files, and the paths whose entry in the
/// index stays as it is. Made without touching the repository.
fn tree_by_git(repo: &Repo) -> (Oid, String, BTreeSet<RepoPath>) {
    let scratch = repo.sandbox.path("scratch");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(scratch.join("objects")).unwrap();
    let index = PathBuf::from(repo.git(&["rev-parse", "--path-format=absolute", "--git-path", "index"]));
    for file in fs::read_dir(index.parent().unwrap()).unwrap().flatten() {
        let name = file.file_name();
        if name == "index" || name.to_string_lossy().starts_with("sharedindex") {
            fs::copy(file.path(), scratch.join(name)).unwrap();
            let data = file.metadata().unwrap();
            let copy = fs::File::options().write(true).open(scratch.join(file.file_name())).unwrap();
            copy.set_modified(data.modified().unwrap()).unwrap(); // what is racy must stay so
        }
    }
    let objects = repo.git(&["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
    let run = |args: &[&str]| {
        let mut command = repo.sandbox.command(&repo.top);
        command.env("GIT_INDEX_FILE", scratch.join("index"));
        command.env("GIT_OBJECT_DIRECTORY", scratch.join("objects"));
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects);
        let output = command.args(["-c", "core.splitIndex=false"]).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let entries =
        || -> BTreeSet<String> { run(&["ls-files", "-sz"]).split('\0').map(str::to_string).collect() };
    let before = entries();
    let is_sparse = repo.try_git(&["config", "--bool", "core.sparseCheckout"]).stdout.starts_with(b"true");
    run(if is_sparse { &["add", "--all", "--sparse"] } else { &["add", "--all"] });
    let kept = entries()
        .intersection(&before)
        .filter_map(|line| Some(RepoPath::from(line.split_once('\t')?.1)))
        .collect();
    let tree: Oid = run(&["write-tree"]).trim().parse().unwrap();
    let listing = run(&["-c", "core.quotePath=false", "ls-tree", "-r", &tree.to_string()]);
    let lines =
        listing.lines().map(|line| line.replacen(" blob ", " ", 1).replacen(" commit ", " ", 1) + "\n");
    (tree, lines.collect(), kept)
}

/// The layers of every path that `git status` tells of, and those of `git add --intent-to-add`.
fn status_by_git(repo: &Repo) -> (BTreeMap<RepoPath, Layers>, BTreeSet<RepoPath>) {
    let mut command = repo.sandbox.command(&repo.top);
    command.env("GIT_OPTIONAL_LOCKS", "0");
    command.args(["status", "--porcelain=v2", "-z", "--untracked-files=all"]);
    let output = command.args(["--no-renames", "--ignore-submodules=dirty"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut found, mut announced) = (BTreeMap::new(), BTreeSet::new());
    for record in output.stdout.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        let fields = match record[0] {
            b'1' => 9,
            b'u' => 11,
            _ => 2,
        };
        let parts: Vec<&[u8]> = record.splitn(fields, |byte| *byte == b' ').collect();
        let path = RepoPath::new(parts[fields - 1]);
        if record.last() == Some(&b'/') {
            continue;
        }
        if record.starts_with(b"1 ") && parts[1][1] == b'A' {
            announced.insert(path.clone());
        }
        let layers: &mut Layers = found.entry(path).or_default();
        match record[0] {
            b'1' => {
                layers.staged = parts[1][0] != b'.';
                layers.unstaged = parts[1][1] != b'.';
            }
            b'u' => layers.unstaged = true,
            _ => layers.untracked = true,
        }
    }
    (found, announced)
}

/// Moves the time of a file away from that of the index, so that its content need not tell.
fn settle_times(repo: &Repo) {
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let mut folders = vec![repo.top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            } else if kind.is_file() && entry.file_name() != ".git" {
                set_time(&entry.path(), old);
            }
        }
    }
    repo.git(&["update-index", "-q", "--refresh"]);
}

fn set_time(path: &Path, time: std::time::SystemTime) {
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}
