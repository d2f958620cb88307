//! What has the markers of a conflict is resolved before it is committed, and told once it is.

use super::program::{findings, flat, lines, text};
use crate::support::{Repo, Sandbox};

/// A repository with completed work in a worktree, and the markers that git leaves in `b.txt` there.
fn completed(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "1\n")]);
    let work = Repo { sandbox, top: repo.worktree("work").top };
    work.commit("work", &[("a.txt", &lines(&[(3, "work")]))]);
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "work"]).exits(0);
    repo.tw(&["complete", "work"]).exits(0);
    (repo, work)
}

/// Every way to have conflicts in the index though nothing is in progress.
fn conflicts(work: &Repo, how: &str) {
    match how {
        "stash pop" => {
            work.write("b.txt", "stashed\n");
            work.git(&["stash"]);
            work.commit("other", &[("b.txt", "other\n")]);
            assert!(!work.try_git(&["stash", "pop"]).status.success());
        }
        "merge --squash" => {
            work.git(&["branch", "side", "main"]);
            work.commit("other", &[("b.txt", "other\n")]);
            let side = work.git(&["commit-tree", "-p", "side", "-m", "side", &side_tree(work)]);
            assert!(!work.try_git(&["merge", "--squash", &side]).status.success());
        }
        "cherry-pick --no-commit" => {
            work.commit("other", &[("b.txt", "other\n")]);
            let side = work.git(&["commit-tree", "-p", "main", "-m", "side", &side_tree(work)]);
            assert!(!work.try_git(&["cherry-pick", "--no-commit", &side]).status.success());
        }
        _ => {
            work.write("b.txt", "side\n");
            let patch = work.git(&["diff"]);
            work.git(&["checkout", "-q", "b.txt"]);
            work.commit("other", &[("b.txt", "other\n")]);
            work.write("../patch", patch + "\n");
            assert!(!work.try_git(&["apply", "-3", "../patch"]).status.success());
        }
    }
    assert!(work.git(&["status", "--porcelain"]).contains("UU b.txt"), "{how}");
}

/// The tree of `main` with another `b.txt`.
fn side_tree(work: &Repo) -> String {
    let blob = work.feed(&["hash-object", "-w", "--stdin"], b"side\n");
    let listed = work.git(&["ls-tree", "main"]);
    let line = |line: &str| match line.ends_with("\tb.txt") {
        true => format!("100644 blob {blob}\tb.txt\n"),
        false => format!("{line}\n"),
    };
    let tree: String = listed.lines().map(line).collect();
    work.feed(&["mktree"], tree.as_bytes())
}

#[test]
fn a_commit_is_advised_only_once_no_conflict_is_open() {
    for how in ["stash pop", "merge --squash", "cherry-pick --no-commit", "apply -3"] {
        let sandbox = Sandbox::new();
        let (repo, work) = completed(&sandbox);
        conflicts(&work, how);
        let answer = repo.status();
        let add = format!("git -C {} add :/b.txt", work.top.display());
        let resolve = format!("Resolve b.txt and add it ({add}), then commit");
        assert_eq!(answer["next"]["what"], resolve, "{how}");
        assert!(answer["next"]["command"].is_null(), "{how}: {}", answer["next"]);
        for asked in [&["status"][..], &["sync"]] {
            let said = repo.tw(asked);
            assert!(!said.stdout.contains("add --all"), "{how}: {}", said.stdout);
        }
        // added with its markers, it is still to be resolved
        work.git(&["add", "b.txt"]);
        assert_eq!(repo.status()["next"]["what"], resolve, "{how}");
        repo.tw(&["status"])
            .says("b.txt: work has the markers of a conflict in it, from line 1")
            .says_not("add --all");
        work.tw(&["check"]).says("has the markers of a conflict in it");
        let hook = work.tw(&["hooks", "run", "pre-commit"]).exits(0);
        assert!(flat(&(hook.stdout + &hook.stderr)).contains("has the markers of a conflict in it"), "{how}");
        // and once it is committed, it is told by all who merge it
        work.git(&["commit", "-qm", "as it is"]);
        let answer = repo.status();
        assert_eq!(text(&findings(&answer, "conflict_markers")[0]["path"]), "b.txt", "{how}");
        repo.tw(&["merge-order"]).says("b.txt: work has the markers of a conflict in it, from line 1");
        work.write("b.txt", "both\n");
        work.git(&["commit", "-qam", "resolved"]);
        assert!(findings(&repo.status(), "conflict_markers").is_empty(), "{how}");
        repo.tw(&["merge-order"]).says_not("markers");
    }
}

#[test]
fn what_is_being_taken_out_of_the_stash_is_not_advised_to_be_taken_out() {
    let sandbox = Sandbox::new();
    let (repo, work) = completed(&sandbox);
    conflicts(&work, "stash pop");
    repo.tw(&["status"])
        .says("If it is what is being resolved in b.txt, it is there already")
        .says_not("To have it:");
}

#[test]
fn a_merge_in_progress_is_not_continued_with_markers() {
    let sandbox = Sandbox::new();
    let (repo, work) = completed(&sandbox);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    assert!(!work.try_git(&["merge", "main"]).status.success());
    work.git(&["add", "a.txt"]);
    repo.tw(&["status"]).says("resolving a.txt").says("Resolve a.txt and add it");
    work.write("a.txt", lines(&[(3, "both")]));
    work.git(&["add", "a.txt"]);
    repo.tw(&["status"]).says_not("resolving a.txt").says("Finish it");
}

#[test]
fn markers_that_were_there_before_and_signs_like_them_are_no_conflict() {
    let sandbox = Sandbox::new();
    let page = "<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n";
    let repo = sandbox.repo("shop", &[("page.md", page)]);
    let work = repo.worktree("work");
    work.write("page.md", format!("{page}more\n"));
    work.write("title.md", "Title\n=======\n\n<<<<<<< left of it\n");
    work.write("list.md", ">>>>>>> quoted\n");
    assert!(findings(&repo.status(), "conflict_markers").is_empty());
}

#[test]
fn who_is_behind_resolves_before_the_update() {
    let sandbox = Sandbox::new();
    let (repo, work) = completed(&sandbox);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    conflicts(&work, "stash pop");
    let add = format!("Resolve b.txt and add it (git -C {} add :/b.txt)", work.top.display());
    repo.tw(&["status"]).says(&format!("{add}, commit the uncommitted work, then update work from main"));
}
