//! A conflict is counted and told once, as git tells it: by lines that begin with CONFLICT.

use super::program::{findings, lines, pair, text};
use crate::support::{Repo, Sandbox};

/// How many conflicts git tells of two branches.
fn of_git(repo: &Repo<'_>, ours: &str, theirs: &str) -> usize {
    let said = repo.try_git(&["merge-tree", "--write-tree", ours, theirs]);
    String::from_utf8_lossy(&said.stdout).lines().filter(|line| line.starts_with("CONFLICT")).count()
}

/// How many are told: by the findings, `check`, `compare` and the step of the merge order that stops.
fn told(repo: &Repo<'_>, ours: &Repo<'_>) -> [usize; 4] {
    let status = repo.status();
    let check = ours.tw(&["check", "--format", "json"]).json();
    let met =
        check["encounters"].as_array().unwrap().iter().filter(|one| one["meeting"] == "conflict").count();
    let order = repo.tw(&["merge-order"]).stdout;
    let ordered = ["rename/rename", "distinct types"].map(|kind| order.matches(kind).count());
    let first = repo.tw(&["compare", "one", "two"]).stdout.lines().next().unwrap_or_default().to_string();
    let compared = first.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or_default();
    [findings(&status, "merge_conflict").len(), met, compared, ordered.iter().sum()]
}

#[test]
fn conflicts_of_renames_and_types_are_counted_as_git_counts_them() {
    type Work = fn(&Repo<'_>, &Repo<'_>);
    let cases: [(&str, usize, Work); 3] = [
        ("a folder that both renamed", 4, |one, two| {
            one.git(&["mv", "src", "lib"]);
            two.git(&["mv", "src", "source"]);
        }),
        ("a file that both renamed", 1, |one, two| {
            one.git(&["mv", "a.txt", "b.txt"]);
            two.git(&["mv", "a.txt", "c.txt"]);
        }),
        ("a link of which one made a file", 1, |one, two| {
            one.remove("link");
            one.link("link", "src/2");
            two.remove("link");
            two.write("link", "a file\n");
        }),
    ];
    for (case, number, work) in cases {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
        for file in 1..=4 {
            let text = (0..9).map(|line| format!("{file} {line}\n")).collect::<String>();
            repo.write(format!("src/{file}"), text);
        }
        repo.link("link", "src/1");
        repo.commit("more", &[]);
        let (one, two) = (repo.worktree("one"), repo.worktree("two"));
        work(&one, &two);
        one.commit("one", &[]);
        two.commit("two", &[]);
        assert_eq!(of_git(&repo, "one", "two"), number, "{case}");
        assert_eq!(told(&repo, &one), [number; 4], "{case}: {}", repo.tw(&["status"]));
        assert_eq!(told(&repo, &two), [number; 4], "{case}");
        let noun = if number == 1 { "conflict" } else { "conflicts" };
        repo.tw(&["status"]).exits(1).says(&format!("{number} {noun} "));
        // nothing is told of names that nobody has
        one.tw(&["check"]).exits(1).says(&format!("{number} {noun}: ")).says_not("✗ link~");
        // with all their paths in the answers for programs
        let status = repo.status();
        let paths = pair(&status, "one", "two")["paths"].as_array().unwrap().len();
        assert!(paths > number, "{case}: {paths}");
    }
}

#[test]
fn each_name_of_a_conflict_finds_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.git(&["mv", "a.txt", "b.txt"]);
    one.commit("one", &[]);
    two.git(&["mv", "a.txt", "c.txt"]);
    two.commit("two", &[]);
    for path in ["a.txt", "b.txt", "c.txt"] {
        repo.tw(&["status", "--path", path]).exits(1).says("1 of 1 conflict");
        one.tw(&["check", path]).exits(1).says("1 conflict:");
    }
    // the run of merges knows each path that git leaves
    repo.tw(&["merge", "--yes", "--all"]).says("a.txt").says_not("not predicted");
}

#[test]
fn a_conflict_is_no_overlap() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")])), ("b.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")])), ("b.txt", &lines(&[(9, "two")]))]);
    let status = repo.status();
    let of = |check: &str| -> Vec<_> {
        findings(&status, check)
            .iter()
            .map(|one| (text(&one["path"]).to_string(), text(&one["severity"]).to_string()))
            .collect()
    };
    assert_eq!(of("merge_conflict"), [("a.txt".to_string(), "conflict".to_string())]);
    assert_eq!(of("file_overlap"), [("b.txt".to_string(), "info".to_string())]);
}

#[test]
fn a_command_that_fails_because_of_a_known_break_is_no_second_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("m.py", "def f(a):\n    return a\n")]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("m.py", "def f(a, b):\n    return a\n")]);
    two.commit("two", &[("u.py", "from m import f\nprint(f(3))\n")]);
    let command = "test ! -e u.py || ! grep -q 'a, b' m.py";
    repo.tw(&["verify", "--run", command]).exits(1).says("one and two fail together");
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["cost"]["breaks"], 1, "{order:#}");
    let warnings: usize = order["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["warnings"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(warnings, 2, "both are told: {order:#}");
    repo.tw(&["merge-order"]).exits(0).says("1 break without a conflict");
}
