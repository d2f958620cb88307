//! One thing has one name in all answers, and what is said of merge points, globs and settings is true.

use super::program::{findings, messages};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n"), (".gitignore", ".system/\n")])
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
