//! One thing has one name in all answers, and what is said of merge points, globs and settings is true.

use super::program::{findings, messages};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n"), (".gitignore", ".system/\n")])
}

#[test]
fn a_merge_point_has_nothing_left_only_if_that_is_so() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (id, focus) in [("one", "backend"), ("two", "frontend")] {
        repo.worktree(id);
        let waits: &[&str] = if id == "two" { &["--blocked-by", "one"] } else { &[] };
        let args = ["register", "--mode", "intra", "--story", "3-1-x", "--terminal", id, "--focus", focus];
        repo.tw(&[&args[..], waits].concat()).exits(0);
    }
    let [one, two] = ["one", "two"].map(|id| Repo { sandbox: &sandbox, top: sandbox.path(id) });
    one.commit("api", &[("api.txt", "1\n")]);
    two.commit("ui", &[("ui.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
    let nothing = "(nothing is left to merge)";
    repo.tw(&["status"])
        .says("Merge point: one backend → two frontend")
        .says("one is merged, two is not")
        .says_not(nothing);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "two"]);
    repo.tw(&["status"]).says(nothing);
    two.write("ui.txt", "2\n");
    repo.tw(&["status"]).says_not(nothing);
}

#[test]
fn a_scope_that_is_no_glob_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one");
    for (scope, wrong) in [
        ("\"[\"", true),
        ("[\"docs/**\", \"{a\"]", true),
        ("[\"a[z-a]\"]", true),
        ("[\"docs/**\", \"*.rs\"]", false),
        ("src", false),
        ("[]", false),
    ] {
        repo.track(
            "active-sessions.yaml",
            format!("sessions:\n  one:\n    story_id: 1-3-y\n    scope: {scope}\n"),
        );
        let answer = repo.status();
        let told = findings(&answer, "tracking");
        assert_eq!(!told.is_empty(), wrong, "{scope}: {}", messages(&answer));
        if wrong {
            assert_eq!(
                (&told[0]["severity"], &told[0]["evidence"]["line"]),
                (&"warning".into(), &4.into()),
                "{scope}"
            );
            repo.tw(&["status"]).says("is no valid glob").says("scope");
        }
    }
}
