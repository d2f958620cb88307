//! A commit that conflicts with what another one has committed, though uncommitted changes there take that back.

use crate::cli::program::lines;
use crate::support::{Repo, Sandbox};

/// Two of whom the first has committed a line, and has taken it back without a commit.
fn two(sandbox: &Sandbox) -> [Repo<'_>; 2] {
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox, top: repo.worktree(name).top });
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    one.write("a.txt", lines(&[]));
    [one, two]
}

#[test]
fn what_uncommitted_changes_of_others_hide_is_told_once() {
    let sandbox = Sandbox::new();
    let [one, two] = two(&sandbox);
    two.write("a.txt", lines(&[(3, "two")]));
    two.git(&["add", "a.txt"]);
    let told = "this conflicts with what one has committed; uncommitted changes of one take that back";
    two.tw(&["check", "--staged"]).exits(0).says(told);
    two.tw(&["hooks", "run", "pre-commit"]).exits(0).complains(told).complains("no conflict");
    // another file, and one that does not conflict
    two.git(&["reset", "-q"]);
    two.write("b.txt", "two\n");
    two.git(&["add", "b.txt"]);
    let silent = |place: &Repo<'_>| {
        let hook = place.tw(&["hooks", "run", "pre-commit"]).exits(0);
        assert_eq!((&hook.stdout[..], &hook.stderr[..]), ("", ""));
    };
    silent(&two);
    // what is committed already is not told again
    two.git(&["add", "a.txt"]);
    two.git(&["commit", "-qm", "two"]);
    two.write("b.txt", "more\n");
    two.git(&["add", "b.txt"]);
    silent(&two);
    two.tw(&["check"]).exits(0).says("two and one conflict as they are committed");
    // what one commits ends it
    one.git(&["commit", "-qam", "back"]);
    two.tw(&["check"]).exits(0).says_not("as they are committed");
}
