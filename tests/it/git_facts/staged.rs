//! What is about to be committed, from indexes in every state: git is the oracle.

use std::collections::BTreeSet;

use track_work::git::Repository;
use track_work::model::{Known, Oid};

use super::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

const PARTS: [&str; 5] = ["a", "b", "a.b", "a-b", "é"];

fn path(dice: &mut Dice) -> String {
    let depth = 1 + dice.roll(4);
    (0..depth).map(|_| dice.pick(&PARTS)).collect::<Vec<_>>().join("/")
}

/// Something happens to the index.
fn stage(repo: &Repo, dice: &mut Dice) {
    let path = path(dice);
    let blob = repo.git(&["hash-object", "-w", "-t", "blob", ".git/HEAD"]);
    let entry = |path: &str| format!("100644,{blob},{path}");
    let old = format!("HEAD~{}", dice.roll(3));
    _ = match dice.roll(16) {
        0..4 => repo.try_git(&["update-index", "--add", "--replace", "--cacheinfo", &entry(&path)]),
        4..6 => repo.try_git(&["update-index", "--force-remove", &path]),
        6 => repo.try_git(&["rm", "-rq", "--cached", "--ignore-unmatch", &path]),
        7 => repo.try_git(&["update-index", "--chmod=+x", &path]),
        8 => repo.try_git(&["read-tree", &old]),
        9 => repo.try_git(&["read-tree", "-m", &old, "HEAD"]),
        10 => repo.try_git(&["write-tree"]), // now the index knows its trees
        11 => repo.try_git(&["update-index", "--index-version", dice.pick(&["2", "2", "2", "4"])]),
        12 => repo.try_git(&["update-index", dice.pick(&["--split-index", "--no-split-index"])]),
        13 => repo.try_git(&["update-index", dice.pick(&["--assume-unchanged", "--skip-worktree"]), &path]),
        14 => repo.try_git(&["reset", "-q", "--mixed"]),
        _ => repo.try_git(&["commit", "-q", "--allow-empty", "-m", "work"]),
    };
}

fn one(seed: u64, changed: &mut usize) {
    let mut dice = Dice::new(seed);
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for _ in 0..25 {
        let path = repo.path(path(&mut dice));
        _ = path.parent().map(std::fs::create_dir_all);
        _ = std::fs::write(&path, path.to_str().unwrap());
    }
    repo.git(&["add", "--all"]);
    for _ in 0..3 {
        repo.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        stage(&repo, &mut dice);
    }
    for _ in 0..8 {
        for _ in 0..1 + dice.roll(3) {
            stage(&repo, &mut dice);
        }
        let found = Repository::discover(&repo.top).unwrap();
        let target = found.target(None).unwrap();
        let places = found.places(&target, &[]);
        let Known::Known(seen) = found.observe_staged(&places[0], None, &target) else {
            panic!("TRACK_WORK_SEED={seed}")
        };
        let names = ["diff-index", "--cached", "--name-only", "--no-renames", "-z", "HEAD"];
        let by_git = repo.git(&names);
        let by_git: BTreeSet<&str> = by_git.split('\0').filter(|name| !name.is_empty()).collect();
        let ours: Vec<String> = seen.layers.keys().map(ToString::to_string).collect();
        assert_eq!(
            ours.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            by_git,
            "TRACK_WORK_SEED={seed}"
        );
        assert!(seen.layers.values().all(|layers| layers.staged));
        *changed += by_git.len();
        // from a copy: with this, the index would learn its trees every time
        let copy = repo.path(".git/copy");
        std::fs::copy(repo.path(".git/index"), &copy).unwrap();
        let command = sandbox.command(&repo.top).env("GIT_INDEX_FILE", &copy).arg("write-tree").output();
        let tree: Oid = String::from_utf8(command.unwrap().stdout).unwrap().trim_end().parse().unwrap();
        assert_eq!(seen.work_tree, tree, "TRACK_WORK_SEED={seed}");
    }
}

#[test]
fn what_is_staged_is_what_git_would_commit() {
    let (seeds, mut changed) = (seeds(24), 0);
    let all = seeds.end - seeds.start;
    for seed in seeds {
        one(seed, &mut changed);
    }
    assert!(all < 24 || changed > 300, "{changed}");
}
