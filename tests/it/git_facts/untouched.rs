//! Nothing under `.git` is written, and nothing in the worktrees.

use track_work::git::Repository;
use track_work::merge::{Commits, Objects};

use super::settle_times;
use crate::support::{Sandbox, picture};

#[test]
fn observing_leaves_every_byte_and_time_as_it_was() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo(
        "repo",
        &[
            (".gitattributes", "*.up filter=upper\n*.txt text=auto\n"),
            ("a.txt", "1\n"),
            ("b.up", "b\n"),
            ("c", "1\n"),
        ],
    );
    settle_times(&repo);
    repo.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    let side = repo.worktree("side");
    for worktree in [&repo, &side] {
        worktree.write("a.txt", "1\r\n2\r\n");
        worktree.write("b.up", "new\n");
        worktree.write("same-as-stored", "1\n"); // exists as an object
        worktree.write("d.up", "1\n"); // so does what the filter makes of it
        worktree.write("c", "1\n"); // touched
        worktree.write("untracked", "u\n");
    }
    repo.git(&["gc", "-q"]);
    let loose = side.commit("loose objects", &[("e", "1\n"), ("f", "1\n2\n")]);
    side.write("g", "1\n2\n");
    std::thread::sleep(std::time::Duration::from_millis(20));
    let before = picture(&sandbox.path(""));

    let found = Repository::discover(&side.top).unwrap();
    let target = found.target(None).unwrap();
    let places = found.places(&target, &[]);
    let seen = found.observe(&places, &target, &[]);
    assert!(seen.iter().all(|seen| seen.known().is_some()), "{seen:?}");
    let store = found.store();
    let tree = store.commit(loose.parse().unwrap()).unwrap().tree;
    let entries = store.tree(tree).unwrap();
    let again = store.put_tree(&entries);
    assert_eq!(again, tree);
    store.put_blob(b"1\n");
    let new = store.put_blob(b"only in memory\n");
    assert_eq!(&*found.store().blob(new).unwrap(), b"only in memory\n");
    assert_eq!(store.blob_size(new).unwrap(), 15);

    let after = picture(&sandbox.path(""));
    let changed: Vec<_> =
        after.iter().filter(|(path, data)| before.get(*path) != Some(data)).map(|(path, _)| path).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?}");
}
