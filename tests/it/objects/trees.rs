//! Trees that git would not write: what they would be merged into is unknown.

use crate::support::{Repo, Sandbox};

/// Writes an object without looking at it, and returns its id.
pub fn put(repo: &Repo<'_>, kind: &str, content: &[u8]) -> String {
    repo.feed(&["hash-object", "-t", kind, "-w", "--stdin", "--literally"], content)
}

/// A tree of these entries: mode, name and id, in this order.
pub fn tree(repo: &Repo<'_>, entries: &[(&str, &str, &str)]) -> String {
    let mut content = Vec::new();
    for (mode, name, id) in entries {
        content.extend(format!("{mode} {name}\0").into_bytes());
        content.extend((0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()));
    }
    put(repo, "tree", &content)
}

/// `compare`'s answer to whether main and a branch with this tree merge.
fn clean(repo: &Repo<'_>, tree: &str) -> serde_json::Value {
    let commit = repo.git(&["commit-tree", "-p", "main", "-m", "odd", tree]);
    repo.tw(&["compare", "main", &commit, "--format", "json"]).json()["clean"].clone()
}

#[test]
fn trees_with_names_that_git_puts_into_no_index_are_unknown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("d/e", "2\n")]);
    let blob = repo.git(&["rev-parse", "main:a"]);
    let folder = repo.git(&["rev-parse", "main:d"]);
    let odd = ["", "x/y", ".", "..", ".git", ".GIT", ".git ", ".git.", "git~1", ".git::$INDEX_ALLOCATION"];
    for name in odd {
        for (mode, id) in [("100644", &blob), ("40000", &folder)] {
            let top = tree(&repo, &[(mode, name, id)]);
            assert!(clean(&repo, &top).is_null(), "{mode} {name:?}");
        }
        let below = tree(&repo, &[("100644", name, &blob)]);
        let top = tree(&repo, &[("100644", "a", &blob), ("40000", "d", &below)]);
        assert!(clean(&repo, &top).is_null(), "d/{name:?}");
    }
    assert!(clean(&repo, &tree(&repo, &[("120000", ".gitmodules", &blob)])).is_null());
    for name in [".gitignore", ".github", ".gita", "git", "git~2", "...", "g", ".git-x"] {
        assert_eq!(clean(&repo, &tree(&repo, &[("100644", name, &blob)])), true, "{name}");
    }
}

#[test]
fn trees_out_of_order_or_with_a_name_twice_are_unknown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("d/e", "2\n")]);
    let blob = repo.git(&["rev-parse", "main:a"]);
    let folder = repo.git(&["rev-parse", "main:d"]);
    let file = |name| ("100644", name, &*blob);
    let below = |name| ("40000", name, &*folder);
    let odd = [
        vec![file("b"), file("a")],
        vec![file("a"), file("a")],
        vec![file("a"), below("a")],
        vec![file("a"), file("a-b"), below("a")],
        vec![file("a"), below("a-b"), file("a.c"), below("a")],
        vec![below("a"), file("a-b")],
    ];
    for entries in odd {
        assert!(clean(&repo, &tree(&repo, &entries)).is_null(), "{entries:?}");
    }
    let fine = [vec![file("a-b"), below("a")], vec![file("a"), file("a-b")], vec![below("a"), file("a0")]];
    for entries in fine {
        assert_eq!(clean(&repo, &tree(&repo, &entries)), true, "{entries:?}");
    }
}
