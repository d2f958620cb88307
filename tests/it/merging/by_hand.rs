//! What a person does in the worktree of a run is in the merge, or the run waits.

use std::fs;
use std::process::Command;

use super::{DATES, is_tidy, resolve, shop, workbench};
use crate::cli::program::{lines, scrubbed};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// The worktree of the run.
fn bench(sandbox: &Sandbox) -> Repo<'_> {
    Repo { sandbox, top: workbench(sandbox).expect("a run") }
}

#[test]
fn what_is_in_no_commit_is_not_thrown_away_with_the_worktree() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--yes"]).exits(1);
    let bench = bench(&sandbox);
    let waits = |left: &str| {
        let said = repo.merge(&["--continue"]).exits(1);
        assert!(said.stderr.contains(left), "no {left:?}: {said}");
        assert_eq!(repo.git(&["rev-parse", "main"]), old);
    };
    // beside what is resolved: a file that git does not know, and one with changes
    resolve(&bench);
    bench.write("helper.txt", "mine\n");
    waits("not staged: helper.txt; `git add` what belongs to the merge");
    bench.git(&["add", "helper.txt"]);
    bench.write("b.txt", "edited\n");
    waits("not staged: b.txt");
    bench.git(&["add", "b.txt"]);
    // committed by hand: what came after that
    bench.git(&["commit", "-q", "--no-edit"]);
    bench.write("later.txt", "later\n");
    waits("not committed: later.txt; commit what belongs to the merge");
    bench.git(&["add", "later.txt"]);
    waits("not committed: later.txt");
    bench.git(&["commit", "-q", "--amend", "--no-edit"]);
    repo.merge(&["--continue"]).exits(0);
    for (path, text) in [("helper.txt", "mine\n"), ("b.txt", "edited\n"), ("later.txt", "later\n")] {
        assert_eq!(repo.git(&["show", &format!("main:{path}")]), text.trim_end(), "{path}");
    }
    is_tidy(&repo, 3);
}

#[test]
fn what_is_left_where_a_merge_was_given_up_by_hand_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    let bench = bench(&sandbox);
    bench.git(&["merge", "--abort"]);
    bench.write("notes.txt", "mine\n");
    let said = repo.merge(&["--continue"]).exits(1);
    assert!(said.stderr.contains("not committed: notes.txt"), "{said}");
    assert!(bench.path("notes.txt").exists());
}

fn pasted(repo: &Repo, command: &str) {
    let mut shell = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
    let shell = shell.envs(DATES).args(["-ec", command]).output().unwrap();
    assert!(shell.status.success(), "{command}: {shell:?}");
}

/// A run of which one merge has more by hand than its conflict, when the target has moved.
fn moved_after_edits_by_hand(repo: &Repo, bench: &Repo) {
    resolve(bench);
    bench.write("helper.txt", "mine\n");
    bench.write("with \"quotes\" and \\.txt", "odd\n");
    bench.git(&["rm", "-q", "b.txt"]);
    bench.git(&["add", "--all"]);
    repo.commit("main goes on", &[("c.txt", "c\n")]);
}

#[test]
fn what_a_person_changed_beside_a_conflict_is_asked_for_where_the_target_moved() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    moved_after_edits_by_hand(&repo, &bench(&sandbox));
    let said = repo.merge(&["--continue"]).exits(1);
    for part in ["made again after main moved", "in 3 files", "  b.txt", "  helper.txt"] {
        assert!(said.stdout.contains(part), "no {part:?}: {said}");
    }
    assert_eq!(repo.merge(&["--status"]).exits(0).stdout, said.stdout);
    let commands = said.stdout.lines().filter(|line| line.trim_start().starts_with("git -C"));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 2, "{said}");
    for command in commands {
        pasted(&repo, command);
    }
    // and where it moves once more
    repo.commit("main goes on again", &[("d.txt", "d\n")]);
    let answer = repo.merge_json(&["--continue"]);
    assert_eq!((&answer["end"], &answer["run"]["stop"]), (&"stopped".into(), &"lacks".into()), "{answer:#}");
    assert_eq!(answer["run"]["paths"].as_array().map(Vec::len), Some(3));
    let said = repo.merge(&["--status"]).exits(0);
    for command in said.stdout.lines().filter(|line| line.trim_start().starts_with("git -C")) {
        pasted(&repo, command);
    }
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(fs::read_to_string(repo.path("a.txt")).unwrap(), lines(&[(5, "one\nthree")]));
    assert_eq!(fs::read_to_string(repo.path("helper.txt")).unwrap(), "mine\n");
    assert_eq!(fs::read_to_string(repo.path("with \"quotes\" and \\.txt")).unwrap(), "odd\n");
    assert!(!repo.path("b.txt").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    is_tidy(&repo, 3);
}

#[test]
fn a_merge_that_was_made_again_may_stay_without_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    moved_after_edits_by_hand(&repo, &bench(&sandbox));
    repo.merge(&["--continue"]).exits(1);
    repo.merge(&["--continue"]).exits(0);
    assert!(!repo.path("helper.txt").exists() && repo.path("b.txt").exists());
    is_tidy(&repo, 3);
}

/// At each conflict somebody does more than resolve it, and may forget to stage that or commit at once; and the target
/// moves. `TRACK_WORK_CASES=100` tries more, `TRACK_WORK_SEED=17` one again.
#[test]
fn whatever_a_person_does_is_in_the_target_in_the_end() {
    for seed in seeds(5) {
        let sandbox = Sandbox::new();
        let mut dice = Dice::new(seed * 13 + 1);
        let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
        for number in 0..4 {
            let (name, file) = (format!("t{number}"), ["a.txt", "b.txt"][dice.below(2)]);
            let text = lines(&[(3 + 4 * dice.below(2), name.as_str())]);
            repo.worktree(&name).commit(&name, &[(file, &text)]);
        }
        let mut wanted = Vec::new();
        let mut answer = repo.merge_json(&["--yes"]);
        let mut stops = 0;
        while answer["end"] == "stopped" {
            stops += 1;
            assert!(stops < 60, "seed {seed}: {answer:#}");
            let bench = bench(&sandbox);
            match answer["run"]["stop"].as_str().unwrap() {
                "conflict" => {
                    resolve(&bench);
                    if dice.chance(60) {
                        let name = format!("by hand {stops}");
                        bench.write(&name, format!("{stops}\n"));
                        if dice.chance(40) {
                            let waits = repo.merge_json(&["--continue"]);
                            assert!(waits["notes"].to_string().contains(&name), "seed {seed}: {waits:#}");
                        }
                        bench.git(&["add", "--all"]);
                        wanted.push((name, stops));
                    }
                    if dice.chance(30) {
                        bench.git(&["commit", "-q", "--no-edit"]);
                    }
                    if dice.chance(40) {
                        repo.commit("main goes on", &[(&format!("main {stops}"), "m\n")]);
                    }
                }
                "lacks" => {
                    let said = repo.merge(&["--status"]).exits(0);
                    let commands = said.stdout.lines().filter(|line| line.trim_start().starts_with("git -C"));
                    commands.for_each(|command| pasted(&repo, command));
                }
                stop => panic!("seed {seed}: {stop}: {answer:#}"),
            }
            answer = repo.merge_json(&["--continue"]);
        }
        assert_eq!(answer["end"], "finished", "seed {seed}: {answer:#}");
        for (name, number) in wanted {
            assert_eq!(repo.git(&["show", &format!("main:{name}")]), number.to_string(), "seed {seed}");
        }
        is_tidy(&repo, 4);
    }
}

/// A page about conflicts, with the markers that it is about in its first lines.
fn page(changed: &str) -> String {
    format!("<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n\nl1\n{changed}\nl3\n")
}

#[test]
fn what_looks_like_a_marker_and_stood_there_before_does_not_stop_a_run() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("doc.md", &page("l2")), ("added.md", "one\n")]);
    repo.worktree("one").commit("one", &[("doc.md", &page("one")), ("added.md", "ONE\n")]);
    // one side adds such a page
    repo.worktree("two").commit("two", &[("doc.md", &page("two")), ("added.md", &page("added"))]);
    repo.merge(&["--yes"]).exits(1);
    let bench = bench(&sandbox);
    // the markers of the merge itself are left, which are no others than those of the page
    bench.write("doc.md", page("<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> branch"));
    bench.write("added.md", page("added"));
    bench.git(&["add", "--all"]);
    let said = repo.merge(&["--continue"]).exits(1);
    said.complains("conflict markers are left: doc.md, line 1; if they belong");
    bench.write("doc.md", page("both"));
    bench.git(&["add", "--all"]);
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["show", "main:doc.md"]), page("both").trim_end());
    repo.merge(&["--undo"]).exits(0);
    fs::remove_dir_all(repo.path(".git/rr-cache")).unwrap();
    // who wants new ones can have them
    repo.merge(&["--yes"]).exits(1);
    let bench = self::bench(&sandbox);
    bench.write("doc.md", page("one") + &page("two"));
    bench.git(&["add", "--all"]);
    repo.merge(&["--continue"]).exits(1).complains("(git commit --no-edit)");
    bench.git(&["commit", "-q", "--no-edit"]);
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["show", "main:doc.md"]), (page("one") + &page("two")).trim_end());
    assert!(repo.git(&["log", "-1", "--format=%s"]).starts_with("Merge branch '"));
}
