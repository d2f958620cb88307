//! Terminals that are built on each other, or on the same work: what they have in common is no
//! overlap, only what each did of its own.

mod random;
mod unfinished;

use serde_json::{Value, json};

use crate::cli::program::{findings, lines, messages, pair, text};
use crate::support::{Repo, Sandbox};

/// A worktree on a branch of its own that begins where another one stands.
fn on<'a>(repo: &'a Repo<'a>, name: &str, start: &str) -> Repo<'a> {
    let path = repo.sandbox.path(name);
    repo.git(&["worktree", "add", "-q", "-b", name, path.to_str().unwrap(), start]);
    Repo { sandbox: repo.sandbox, top: path }
}

/// `path kind` of what meets in a pair.
fn paths(pair: &Value) -> Vec<String> {
    let paths = pair["paths"].as_array().unwrap();
    paths.iter().map(|one| format!("{} {}", text(&one["path"]), text(&one["kind"]))).collect()
}

/// `path meeting` of what a terminal's `check` says of another one, everything or these paths.
fn met(at: &Repo<'_>, other: &str, asked: &[&str]) -> Vec<String> {
    let said = at.tw(&[&["check", "--format", "json"], asked].concat());
    let report = said.json();
    let encounters = report["encounters"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    let of_other = encounters.iter().filter(|one| one["terminal"]["id"] == other);
    of_other.map(|one| format!("{} {}", text(&one["path"]), text(&one["meeting"]))).collect()
}

#[test]
fn one_that_is_built_on_another_does_not_overlap_with_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let lower = repo.worktree("lower");
    lower.commit("one", &[("f", &lines(&[(3, "shared")])), ("new", "new\n")]);
    lower.commit("two", &[("g", "shared\n")]);
    let upper = on(&repo, "upper", "lower");
    upper.commit("more", &[("f", &lines(&[(3, "shared"), (20, "upper")]))]);
    let status = repo.status();
    let seen = pair(&status, "lower", "upper");
    assert_eq!((&seen["verdict"], &seen["shares_commits"]), (&json!("disjoint"), &json!(2)), "{seen:#}");
    assert_eq!(paths(seen), [""; 0]);
    assert!(findings(&status, "file_overlap").is_empty(), "{}", messages(&status));
    assert_eq!(met(&lower, "upper", &[]), [""; 0]);
    // uncommitted work of the lower one is its own
    lower.write("f", lines(&[(3, "shared"), (24, "lower")]));
    let status = repo.status();
    let seen = pair(&status, "lower", "upper");
    assert_eq!((&seen["verdict"], &seen["committed"]), (&json!("overlap"), &json!("disjoint")));
    assert_eq!(paths(seen), ["f overlap"]);
    assert_eq!(
        (&seen["paths"][0]["ranges_a"], &seen["paths"][0]["ranges_b"]),
        (&json!([[24, 24]]), &json!([[20, 20]]))
    );
    assert_eq!((&seen["paths"][0]["nearness"], &seen["paths"][0]["gap"]), (&json!("near"), &json!(3)));
    assert_eq!(met(&lower, "upper", &[]), ["f overlap"]);
    assert_eq!(met(&upper, "lower", &[]), ["f overlap"]);
}

#[test]
fn what_two_are_built_on_is_no_overlap_and_their_lines_are_their_own() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(3, "a\nb\nc")])), ("g", "shared\n"), ("new", &lines(&[]))]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    one.commit("work", &[("f", &lines(&[(3, "a\nb\nc"), (10, "one")])), ("new", &lines(&[(5, "one")]))]);
    two.commit("work", &[("f", &lines(&[(3, "a\nb\nc"), (30, "two")])), ("g", "two\n")]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], &seen["shares_commits"]), (&json!("overlap"), &json!(1)), "{seen:#}");
    assert_eq!(paths(seen), ["f overlap"]);
    assert_eq!(seen["paths"][0]["ranges_a"], json!([[12, 12]]));
    assert_eq!(seen["paths"][0]["ranges_b"], json!([[32, 32]]));
    assert_eq!(seen["paths"][0]["nearness"], "apart");
    assert_eq!(findings(&status, "file_overlap").len(), 1, "{}", messages(&status));
    // who is built on nothing that they have meets all of it
    let aside = repo.worktree("aside");
    aside.commit("work", &[("f", &lines(&[(38, "aside")]))]);
    let status = repo.status();
    assert_eq!(pair(&status, "aside", "below").get("shares_commits"), None);
    assert_eq!(paths(pair(&status, "aside", "below")), ["f overlap"]);
    assert_eq!(met(&one, "two", &[]), ["f overlap"]);
    // what a file is asked for: the other's common work is no news
    assert_eq!(met(&one, "two", &["g"]), ["g theirs"]);
    assert_eq!(met(&two, "one", &["g"]), [""; 0]);
    assert_eq!(met(&two, "below", &["f", "g", "new"]), [""; 0]);
}

#[test]
fn a_conflict_of_own_work_has_the_lines_of_own_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(18, "a\nb\nc")]))]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    one.commit("work", &[("f", &lines(&[(18, "a\nb\nc"), (20, "one")]))]);
    two.commit("work", &[("f", &lines(&[(18, "a\nb\nc"), (20, "two\ntwo")]))]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], &seen["committed"]), (&json!("conflict"), &json!("conflict")));
    assert_eq!(seen["paths"][0]["ranges_a"], json!([[22, 22]]));
    assert_eq!(seen["paths"][0]["ranges_b"], json!([[22, 23]]));
    assert_eq!(pair(&status, "below", "one")["verdict"], "disjoint");
}

#[test]
fn shared_commits_with_uncommitted_work_on_the_same_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(3, "shared")]))]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    assert_eq!(pair(&repo.status(), "one", "two")["verdict"], "disjoint", "both stand where it began");
    one.write("f", lines(&[(3, "shared"), (20, "one")]));
    assert_eq!(pair(&repo.status(), "one", "two")["verdict"], "disjoint");
    two.write("f", lines(&[(3, "shared"), (21, "two")]));
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], &seen["committed"]), (&json!("conflict"), &json!("disjoint")));
    two.write("f", lines(&[(3, "shared"), (30, "two")]));
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], paths(seen)), (&json!("overlap"), vec!["f overlap".to_string()]));
    assert_eq!(seen["paths"][0]["ranges_a"], json!([[20, 20]]));
    let report = one.tw(&["check", "--format", "json"]).json();
    let other = report["encounters"].as_array().unwrap().iter().find(|one| one["path"] == "f").unwrap();
    assert_eq!(other["layers"], json!(["unstaged"]));
}

/// The same change made twice, in commits with other ids, is work of both: whoever is merged second
/// has it in the way, and nobody can say that they know of each other.
#[test]
fn equal_changes_of_different_commits_stay_an_overlap() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let below = repo.worktree("below");
    below.commit("shared", &[("g", "shared\n")]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    one.commit("work", &[("f", &lines(&[(7, "same")]))]);
    two.commit("first", &[("h", "h\n")]);
    two.git(&["cherry-pick", "one"]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], paths(seen)), (&json!("overlap"), vec!["f overlap".to_string()]));
    assert_eq!(seen["paths"][0]["ranges_a"], json!([[7, 7]]));
    assert_eq!(seen["paths"][0]["ranges_b"], json!([[7, 7]]));
    assert_eq!(seen["paths"][0]["nearness"], "touching");
}

#[test]
fn what_one_took_in_from_the_target_is_not_its_own() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", &lines(&[]))]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(3, "shared")]))]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    repo.commit("target", &[("g", &lines(&[(30, "main")]))]);
    one.git(&["merge", "-q", "--no-edit", "main"]);
    two.commit("work", &[("g", &lines(&[(10, "two")]))]);
    let status = repo.status();
    assert_eq!(pair(&status, "one", "two")["verdict"], "disjoint", "{:#}", pair(&status, "one", "two"));
    assert_eq!(pair(&status, "one", "two")["shares_commits"], 1);
    // both took it in, each by itself: there are two merge bases, and still nothing of their own
    two.git(&["merge", "-q", "--no-edit", "main"]);
    one.commit("work", &[("f", &lines(&[(3, "shared"), (33, "one")]))]);
    let status = repo.status();
    assert_eq!(pair(&status, "one", "two")["verdict"], "disjoint", "{:#}", pair(&status, "one", "two"));
}

#[test]
fn criss_cross_work_is_common_once_both_have_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("f", &lines(&[(3, "one")])), ("g", &lines(&[(5, "one")]))]);
    two.commit("two", &[("f", &lines(&[(30, "two")]))]);
    let [tip_one, tip_two] = ["one", "two"].map(|name| repo.git(&["rev-parse", name]));
    one.git(&["merge", "-q", "--no-edit", &tip_two]);
    two.git(&["merge", "-q", "--no-edit", &tip_one]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], &seen["shares_commits"]), (&json!("disjoint"), &json!(2)), "{seen:#}");
    // taking back a part of the common work is work
    one.commit("back", &[("f", &lines(&[(30, "two")]))]);
    two.commit("more", &[("f", &lines(&[(3, "one"), (12, "more"), (30, "two")]))]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], paths(seen)), (&json!("overlap"), vec!["f overlap".to_string()]));
    assert_eq!(
        (&seen["paths"][0]["ranges_a"], &seen["paths"][0]["ranges_b"]),
        (&json!([[3, 3]]), &json!([[12, 12]]))
    );
    assert_eq!((&seen["paths"][0]["nearness"], &seen["paths"][0]["gap"]), (&json!("near"), &json!(8)));
}

/// A terminal that took everything back has no change since the target, and still work of its own.
#[test]
fn taking_back_common_work_is_own_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(3, "shared")]))]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    one.git(&["revert", "--no-edit", "HEAD"]);
    two.commit("work", &[("f", &lines(&[(3, "shared"), (30, "two")]))]);
    let status = repo.status();
    assert_eq!(paths(pair(&status, "one", "two")), ["f overlap"]);
    assert_eq!(met(&one, "two", &[]), ["f overlap"]);
    assert_eq!(met(&two, "one", &[]), ["f overlap"]);
    two.write("f", lines(&[(3, "shared"), (33, "two")]));
    two.git(&["add", "-A"]);
    assert_eq!(met(&two, "one", &["--staged"]), ["f overlap"]);
}

#[test]
fn a_renamed_file_of_common_work_is_one_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("old", &lines(&[]))]);
    let below = repo.worktree("below");
    below.git(&["mv", "old", "mid"]);
    below.git(&["commit", "-qm", "rename"]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    one.git(&["mv", "mid", "new"]);
    one.commit("rename", &[("new", &lines(&[(5, "one")]))]);
    two.commit("work", &[("mid", &lines(&[(20, "two")]))]);
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!((&seen["verdict"], paths(seen)), (&json!("overlap"), vec!["new overlap".to_string()]));
    assert_eq!(seen["paths"][0]["other_path"], "mid");
    assert_eq!(pair(&status, "below", "two")["verdict"], "disjoint");
}

#[test]
fn a_declared_file_meets_own_work_and_not_common_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let below = repo.worktree("below");
    below.commit("shared", &[("f", &lines(&[(3, "shared")])), ("g", "shared\n")]);
    let (one, two) = (on(&repo, "one", "below"), on(&repo, "two", "below"));
    repo.track("active-sessions.yaml", "sessions:\n  one:\n    status: in_progress\n    current_file: f\n");
    one.commit("work", &[("h", "h\n")]);
    two.commit("work", &[("i", "i\n")]);
    let warned = || {
        let status = repo.status();
        let found: Vec<String> =
            findings(&status, "file_overlap").iter().map(|one| text(&one["message"]).to_string()).collect();
        found
    };
    assert_eq!(warned(), [""; 0], "both have the shared work on it, and nobody more");
    two.write("f", lines(&[(3, "shared"), (30, "two")]));
    assert_eq!(warned(), ["f: one declares it as its current file, and two has changed it"]);
}

#[test]
fn nearness_is_measured_across_what_the_target_did_between_two_forks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let early = repo.worktree("early");
    early.commit("work", &[("f", &lines(&[(20, "early")]))]);
    // fifteen more lines above, so that the same line has another number
    let moved = |replaced: &[(usize, &str)]| "new\n".repeat(15) + &lines(replaced);
    repo.commit("target", &[("f", &moved(&[]))]);
    let (near, far) = (repo.worktree("near"), repo.worktree("far"));
    near.commit("work", &[("f", &moved(&[(24, "near")]))]);
    far.commit("work", &[("f", &moved(&[(5, "far")]))]);
    let status = repo.status();
    let seen = &pair(&status, "early", "near")["paths"][0];
    assert_eq!((&seen["nearness"], &seen["gap"]), (&json!("near"), &json!(3)), "{seen:#}");
    assert_eq!((&seen["ranges_a"], &seen["ranges_b"]), (&json!([[20, 20]]), &json!([[39, 39]])));
    // the same number, fifteen lines away
    let seen = &pair(&status, "early", "far")["paths"][0];
    assert_eq!(seen["nearness"], "apart", "{seen:#}");
    assert_eq!(pair(&status, "far", "near")["paths"][0]["nearness"], "apart");
}

#[test]
fn what_a_branch_has_taken_in_goes_first_and_no_merge_is_told_that_git_does_not_make() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let names = ["low-1", "low-2", "low-3"];
    for name in names {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[(&format!("{name}.txt"), "1\n")]);
    }
    repo.git(&["checkout", "-q", "-b", "int", "main"]);
    for name in names {
        repo.git(&["merge", "-q", "--no-ff", "--no-edit", name]);
    }
    repo.commit("int", &[("int.txt", "1\n")]);
    repo.git(&["checkout", "-q", "main"]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps: Vec<&str> =
        order["steps"].as_array().unwrap().iter().map(|step| step["terminal"].as_str().unwrap()).collect();
    assert_eq!((steps.len(), steps[3]), (4, "int"), "{order:#}");
    repo.tw(&["merge", "--all", "--yes"]).exits(0).says_not("gone").says_not("Left out");
    for name in names {
        repo.git(&["merge-base", "--is-ancestor", name, "main"]);
    }
}

#[test]
fn after_a_squash_of_the_lower_one_the_upper_one_can_be_put_on_the_target_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let lower = repo.worktree("lower");
    lower.commit("one", &[("f", &lines(&[(3, "one")]))]);
    let until = lower.commit("two", &[("f", &lines(&[(3, "one"), (4, "two")]))]);
    let upper = on(&repo, "upper", "lower");
    upper.commit("more", &[("f", &lines(&[(3, "upper"), (4, "two")]))]);
    repo.git(&["merge", "-q", "--squash", "lower"]);
    repo.git(&["commit", "-q", "-m", "lower (#1)"]);
    let advised = |git: &str| format!("{git} rebase --onto main {}", &until[..7]);
    let git = format!("git -C {}", upper.top.display());
    repo.tw(&["status"]).exits(1).says("with main").says(&advised(&git));
    upper.tw(&["check"]).exits(1).says(&advised("git"));
    // of one that nothing is merged of, it is not
    let other = on(&repo, "other", "main~1");
    other.commit("other", &[("f", &lines(&[(3, "other")]))]);
    other.tw(&["check"]).exits(1).says_not("rebase --onto");
    repo.git(&["worktree", "remove", "--force", other.top.to_str().unwrap()]);
    repo.git(&["branch", "-q", "-D", "other"]);
    assert!(repo.sh(&advised(&git)), "git stops at nothing");
    repo.tw(&["status"]).exits(0).says_not("✗");
}
