//! Ignored files where the target is checked out, which `git merge` overwrites without a word: everybody is told, before.

use super::program::{Said, flat};
use crate::support::{Repo, Sandbox};

/// `feat` has what is ignored in `main`, where it is.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n2\n3\n"), (".gitignore", ".env\nlocal/\n")]);
    let feat = repo.worktree("feat");
    feat.write(".env", "theirs\n");
    feat.write("local/n.txt", "theirs\n");
    feat.git(&["add", "--force", ".env", "local"]);
    feat.commit("with ignored files", &[("a.txt", "1\n2\nfeat\n")]);
    repo.worktree("other").commit("other", &[("b.txt", "1\n")]);
    repo
}

fn text(said: &Said) -> String {
    flat(&format!("{}{}", said.stdout, said.stderr))
}

#[test]
fn all_outputs_tell_of_ignored_files_that_a_merge_overwrites() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let feat = Repo { sandbox: &sandbox, top: sandbox.path("feat") };
    let other = Repo { sandbox: &sandbox, top: sandbox.path("other") };
    let told = "git merge of feat overwrites an ignored file in main without asking: .env";
    let says = |repo: &Repo, args: &[&str]| text(&repo.tw(args)).contains(told);
    let ways = [&["status"][..], &["sync", "--dry-run"], &["check"], &["check", ".env"], &["report"]];
    for way in ways {
        assert!(!says(&repo, way), "nothing is there: {way:?}");
    }
    repo.write(".env", "mine, the only copy\n");
    for way in ways {
        assert!(says(&repo, way), "{way:?}: {}", repo.tw(way));
    }
    assert!(says(&feat, &["check"]), "{}", feat.tw(&["check"]));
    assert!(!says(&other, &["check"]), "{}", other.tw(&["check"]));
    let order = text(&repo.tw(&["merge-order"]));
    assert!(
        order.contains("git overwrites an ignored file in main without asking: move or copy .env"),
        "{order}"
    );
    // git as the judge
    let copy = repo.git(&["status", "--porcelain", "--ignored"]);
    assert!(copy.contains("!! .env"), "{copy}");
    repo.tw(&["init"]).exits(0);
    let register = [
        "register",
        "--mode",
        "intra",
        "--story",
        "1-1-a",
        "--focus",
        "x",
        "--worktree",
        "../feat",
        "--terminal",
        "feat",
    ];
    repo.tw(&register).exits(0);
    assert!(
        says(&repo, &["sync"]) && says(&repo, &["complete", "feat"]),
        "{}",
        repo.tw(&["complete", "feat"])
    );
    assert_eq!(std::fs::read_to_string(repo.path(".env")).unwrap(), "mine, the only copy\n");
    repo.write("local/n.txt", "mine\n");
    let both = "git merge of feat overwrites ignored files in main without asking: .env and local/n.txt";
    assert!(text(&repo.tw(&["status"])).contains(both), "{}", repo.tw(&["status"]));
    repo.remove(".env");
    std::fs::remove_dir_all(repo.path("local")).unwrap();
    assert!(!says(&repo, &["status"]));
    repo.git(&["merge", "-q", "--no-edit", "feat"]);
    assert!(!text(&repo.tw(&["status"])).contains("overwrites"), "{}", repo.tw(&["status"]));
}

/// A branch whose work the target has by another commit is merged by nobody, though the target took a file out again.
#[test]
fn what_is_merged_overwrites_nothing_in_any_output() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["merge", "-q", "--squash", "feat"]);
    repo.git(&["commit", "-q", "-m", "squash"]);
    repo.git(&["rm", "-q", "--cached", ".env"]);
    repo.git(&["commit", "-q", "-m", "no secrets"]);
    assert!(repo.path(".env").exists());
    for way in [&["status"][..], &["sync", "--dry-run"], &["check"], &["check", ".env"]] {
        let said = repo.tw(way);
        assert!(!text(&said).contains("overwrites"), "{way:?}: {said}");
    }
}
