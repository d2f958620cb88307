//! Submodules: what is not committed inside of them, and which of two commits git takes.

use super::program::{changes, conflicts, findings, messages, terminal, text};
use crate::support::{Repo, Sandbox};

/// A repository with a submodule `lib`, and a worktree `a` in which that is checked out.
fn shop(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>, Repo<'_>) {
    let inner = sandbox.repo("inner", &[("x", "1\n"), (".gitignore", "*.o\n")]);
    let repo = sandbox.repo("shop", &[("f", "1\n"), (".gitignore", ".system\n")]);
    repo.git(&["submodule", "--quiet", "add", inner.top.to_str().unwrap(), "lib"]);
    repo.commit("with lib", &[]);
    let a = repo.worktree("a");
    a.git(&["submodule", "--quiet", "update", "--init"]);
    let lib = Repo { sandbox, top: a.path("lib") };
    (Repo { sandbox, top: repo.top.clone() }, Repo { sandbox, top: a.top.clone() }, lib)
}

/// How many paths `git status` names.
fn named_by_git(repo: &Repo) -> usize {
    repo.git(&["status", "--porcelain", "--untracked-files=all"]).lines().count()
}

#[test]
fn what_is_not_committed_inside_counts_as_git_status_counts() {
    let sandbox = Sandbox::new();
    let (repo, a, lib) = shop(&sandbox);
    a.commit("work", &[("w", "1\n")]);
    #[track_caller]
    fn agree(repo: &Repo, a: &Repo, expected: usize) {
        assert_eq!(named_by_git(a), expected);
        let answer = repo.status();
        assert_eq!(terminal(&answer, "a")["uncommitted"]["paths"], expected, "{answer:#}");
        // no merge takes it along
        assert!(!changes(&answer, "a").iter().any(|change| change.contains("lib")), "{answer:#}");
    }
    agree(&repo, &a, 0);
    lib.write("ignored.o", "1\n");
    agree(&repo, &a, 0);
    lib.write("new", "1\n");
    agree(&repo, &a, 1);
    for (ignored, expected) in [("untracked", 0), ("dirty", 0), ("all", 0), ("none", 1)] {
        a.git(&["config", "diff.ignoreSubmodules", ignored]);
        agree(&repo, &a, expected);
    }
    a.git(&["config", "--unset", "diff.ignoreSubmodules"]);
    lib.write("x", "edited\n");
    agree(&repo, &a, 1);
    for (ignored, expected) in [("untracked", 1), ("dirty", 0), ("all", 0)] {
        a.git(&["config", "submodule.lib.ignore", ignored]);
        agree(&repo, &a, expected);
    }
    a.git(&["config", "--unset", "submodule.lib.ignore"]);
    lib.git(&["add", "--all"]);
    agree(&repo, &a, 1);
    // a submodule of a submodule
    lib.git(&["commit", "-qm", "inside"]);
    a.git(&["add", "lib"]);
    a.git(&["commit", "-qm", "moved"]);
    let other = sandbox.repo("other", &[("y", "1\n")]);
    lib.git(&["submodule", "--quiet", "add", other.top.to_str().unwrap(), "deep"]);
    lib.git(&["commit", "-qm", "deep"]);
    a.git(&["commit", "-qam", "deeper"]);
    assert_eq!(named_by_git(&a), 0);
    lib.write("deep/y", "edited\n");
    assert_eq!(named_by_git(&a), 1);
    assert_eq!(terminal(&repo.status(), "a")["uncommitted"]["paths"], 1);
    // beside another commit of it, and with what is not read here
    lib.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
    assert_eq!(named_by_git(&a), 1);
    assert_eq!(terminal(&repo.status(), "a")["uncommitted"]["paths"], 1);
    a.git(&["update-index", "--index-version", "4"]);
    assert_eq!(terminal(&repo.status(), "a")["uncommitted"]["paths"], 1);
}

#[test]
fn completed_work_says_what_would_be_lost_inside() {
    let sandbox = Sandbox::new();
    let (repo, a, lib) = shop(&sandbox);
    a.commit("work", &[("w", "1\n")]);
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "a"]).exits(0);
    lib.write("x", "edited\n");
    let said = repo.tw(&["complete", "a"]).says("Uncommitted, and lost if its worktree is removed: lib");
    said.says_not("Ready to merge");
    let git = format!("git -C {}", lib.top.display());
    let step = format!("commit what is not committed in its submodule lib: {git} add --all && {git} commit");
    repo.tw(&["status"]).says(&step);
    lib.git(&["commit", "-qam", "inside"]);
    repo.tw(&["status"]).says("commit its uncommitted file");
    a.git(&["commit", "-qam", "moved"]);
    repo.tw(&["complete", "a"]).says("Ready to merge").says_not("lost if");
}

#[test]
fn of_two_commits_of_a_submodule_git_takes_the_one_that_contains_the_other() {
    let sandbox = Sandbox::new();
    let (repo, a, _) = shop(&sandbox);
    let b = repo.worktree("b");
    // both commits are where git looks for them: in the submodule of the main worktree
    let main_lib = Repo { sandbox: &sandbox, top: repo.path("lib") };
    let start = main_lib.git(&["rev-parse", "HEAD"]);
    let older = main_lib.commit("older", &[("x", "2\n")]);
    let newer = main_lib.commit("newer", &[("x", "3\n")]);
    main_lib.git(&["checkout", "-q", &start]);
    let moved = |work: &Repo, to: &str| {
        work.git(&["update-index", "--cacheinfo", &format!("160000,{to},lib")]);
        work.git(&["commit", "-qm", "moved"]);
    };
    moved(&a, &older);
    moved(&b, &newer);
    a.git(&["submodule", "--quiet", "deinit", "-f", "lib"]);
    let answer = repo.status();
    let overlap = findings(&answer, "file_overlap");
    assert!(conflicts(&answer).is_empty() && overlap.len() == 1, "{}", messages(&answer));
    let message = text(&overlap[0]["message"]);
    assert_eq!(message, "lib: a and b: git takes the commit that contains the other, merges cleanly");
    assert_eq!(answer["pairs"][0]["paths"][0]["nearness"], "submodule", "{answer:#}");
    b.tw(&["check", "-v"]).exits(0).says("git takes the commit that contains the other").says_not("apart");
    repo.git(&["merge", "-q", "--no-edit", "a"]);
    repo.git(&["merge", "-q", "--no-edit", "b"]);
    assert_eq!(repo.git(&["rev-parse", "HEAD:lib"]), newer);
}

#[test]
fn where_a_union_keeps_both_versions_it_is_said() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("log", "1\n2\n3\n"), (".gitattributes", "log merge=union\n")]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("a", &[("log", "1\na\n3\n")]);
    b.commit("b", &[("log", "1\nb\n3\n")]);
    let kept = "the same or adjacent lines, of which both versions are kept (merge=union), merges cleanly";
    repo.tw(&["status", "-v"]).exits(0).says(kept);
    b.tw(&["check", "-v"]).exits(0).says(kept);
    repo.git(&["merge", "-q", "--no-edit", "a"]);
    repo.git(&["merge", "-q", "--no-edit", "b"]);
    assert_eq!(repo.git(&["show", "HEAD:log"]), "1\na\nb\n3");
}

#[test]
fn a_submodule_that_is_not_checked_out_stops_an_update_and_not_the_merge() {
    let sandbox = Sandbox::new();
    let inner = sandbox.repo("inner", &[("x", "1\n")]);
    let repo = sandbox.repo("shop", &[("f", "1\n")]);
    repo.git(&["submodule", "--quiet", "add", inner.top.to_str().unwrap(), "lib"]);
    repo.commit("with lib", &[]);
    let lib = Repo { sandbox: &sandbox, top: repo.path("lib") };
    let ids = ["2", "3"].map(|number| inner.commit(number, &[("x", number)]));
    lib.git(&["fetch", "-q"]);
    let a = repo.worktree("a");
    a.git(&["update-index", "--cacheinfo", &format!("160000,{},lib", ids[1])]);
    a.git(&["commit", "-qm", "three"]);
    lib.git(&["checkout", "-q", &ids[0]]);
    repo.commit("two", &[]);
    let told =
        "git merge main stops in the worktree of a at the submodule lib, which is not checked out there";
    let answer = repo.status();
    assert!(messages(&answer).contains(told), "{answer:#}");
    let said = a.tw(&["check"]).exits(0).stdout;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(told) && said.contains("submodule update --init -- lib"), "{said}");
    // git agrees: there it stops, and where the target is it does not
    assert!(!a.try_git(&["merge", "-q", "--no-edit", "main"]).status.success());
    a.git(&["merge", "--abort"]);
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["merge", "-q", "--no-edit", "a"]);
    repo.git(&["reset", "-q", "--hard", &head]);
    // once it is checked out, it does not
    a.git(&["submodule", "--quiet", "update", "--init", "--", "lib"]);
    assert!(!messages(&repo.status()).contains("not checked out there"));
    a.git(&["merge", "-q", "--no-edit", "main"]);
}
