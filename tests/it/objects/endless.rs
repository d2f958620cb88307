//! Trees that hold far more than anybody can list, and folders that nest deeper than git follows them: whatever reads
//! them ends.

use serde_json::Value;

use super::damage::ends;
use super::trees::{put, tree};
use crate::support::{Repo, Sandbox};

/// Thirty lines, one of them changed.
fn source(changed: usize) -> String {
    (0..30)
        .map(|at| if at == changed { format!("a{at} = 'changed'\n") } else { format!("a{at} = 1\n") })
        .collect()
}

/// Ten folders that are the same, ten of them within one another, with this file in the innermost: ten thousand
/// million paths. With `more`, another file beside the outermost.
fn endless(repo: &Repo<'_>, [file, text]: [&str; 2], more: Option<(&str, &str)>) -> String {
    let names: Vec<String> = (0..10).map(|at| format!("d{at}")).collect();
    let innermost = tree(repo, &[("100644", file, &put(repo, "blob", text.as_bytes()))]);
    let more = more.map(|(name, text)| (name, put(repo, "blob", text.as_bytes())));
    (0..10).fold(innermost, |inside, level| {
        let outermost = more.iter().filter(|_| level == 9).map(|(name, blob)| ("100644", *name, &**blob));
        let folders = names.iter().map(|name| ("40000", &**name, &*inside));
        tree(repo, &outermost.chain(folders).collect::<Vec<_>>())
    })
}

/// A commit with `a.py` and a folder, and a branch there.
fn commit(
    repo: &Repo<'_>,
    branch: &str,
    parent: Option<&str>,
    source: &str,
    [name, folder]: [&str; 2],
) -> String {
    let blob = put(repo, "blob", source.as_bytes());
    let made = tree(repo, &[("100644", "a.py", &blob), ("40000", name, folder)]);
    let parent = parent.iter().flat_map(|parent| ["-p", parent]);
    let commit =
        repo.git(&["commit-tree", "-m", branch, &made].into_iter().chain(parent).collect::<Vec<_>>());
    repo.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
    commit
}

fn all_end(repo: &Repo<'_>, commands: &[&[&str]], what: &str) {
    commands.iter().for_each(|command| drop(ends(repo, command, what)));
}

#[test]
fn trees_that_hold_more_than_can_be_listed_end() {
    let sandbox = Sandbox::new();
    let migration = |id: &str, after: &str| format!("revision = '{id}'\ndown_revision = '{after}'\n");
    let first = migration("first", "");
    for (name, file) in [("x", ["f.py", "def f():\n    pass\n"]), ("versions", ["1.py", &first])] {
        let repo = sandbox.init(name);
        let base = commit(&repo, "main", None, &source(99), [name, &endless(&repo, file, None)]);
        for (branch, line) in [("one", 3), ("two", 23)] {
            let text = migration(branch, "first");
            let folder = endless(&repo, file, Some((&format!("a{branch}.py"), &text)));
            commit(&repo, branch, Some(&base), &source(line), [name, &folder]);
        }
        // the index of the main worktree has none of all that
        all_end(&repo, &[&["status"], &["check"], &["compare", "one", "two", "--symbols"]], name);
        repo.git(&["config", "attr.tree", "main"]);
        all_end(&repo, &[&["compare", "one", "two"]], name);
    }
}

#[test]
fn folders_merge_as_deep_as_git_follows_them_and_are_unknown_below() {
    let sandbox = Sandbox::new();
    for levels in [2048, 2049, 9000] {
        let what = levels.to_string();
        let repo = sandbox.init(&format!("deep{levels}"));
        let path = format!("{}f.py", "d/".repeat(levels));
        let stream = [("base", 99, ""), ("one", 3, "from refs/heads/base\n"), ("two", 23, "from refs/heads/base\n")]
            .map(|(branch, line, from)| {
                let text = source(line);
                format!(
                    "commit refs/heads/{branch}\ncommitter a <a@example.com> 1700000000 +0000\ndata 1\nx\n{from}M 100644 inline {path}\ndata {}\n{text}\n",
                    text.len()
                )
            });
        repo.feed(&["fast-import", "--quiet"], stream.concat().as_bytes());
        repo.git(&["update-ref", "refs/heads/main", "refs/heads/base"]);
        let merged = repo.try_git(&["merge-tree", "--write-tree", "one", "two"]).status.success();
        assert_eq!(merged, levels == 2048);
        let answer: Value = ends(&repo, &["compare", "one", "two", "--format", "json"], &what).json();
        assert_eq!(answer["clean"], if merged { Value::Bool(true) } else { Value::Null }, "{answer:#}");
        // the index of the main worktree has none of all that
        all_end(&repo, &[&["status"], &["check"], &["merge-order"]], &what);
    }
}

#[test]
fn a_smaller_depth_of_trees_is_not_followed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a/b/c/f", "1\n")]);
    repo.git(&["checkout", "-q", "-b", "one"]);
    repo.commit("one", &[("a/b/c/f", "2\n")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("a/b/c/g", "2\n")]);
    repo.git(&["config", "core.maxTreeDepth", "2"]);
    assert!(!repo.try_git(&["merge-tree", "--write-tree", "main", "one"]).status.success());
    assert!(repo.tw(&["compare", "main", "one", "--format", "json"]).json()["clean"].is_null());
    repo.git(&["config", "core.maxTreeDepth", "4096"]);
    assert_eq!(repo.tw(&["compare", "main", "one", "--format", "json"]).json()["clean"], true);
}
