//! The search ends in time, and says what it has proven by then.

use std::time::{Duration, Instant};

use crate::cli::program::{flat, text};
use crate::support::{Repo, Sandbox};

/// As many branches that all replace the same line.
fn crowd(sandbox: &Sandbox, count: usize) -> Repo<'_> {
    crowd_of_kinds(sandbox, count, |branch| branch)
}

/// As many branches that all replace the same line, those of one kind by the same one, and add a file.
fn crowd_of_kinds(sandbox: &Sandbox, count: usize, kind: fn(usize) -> usize) -> Repo<'_> {
    let repo = sandbox.repo("main", &[("list", "the list\n")]);
    let mut stream = String::new();
    for branch in 0..count {
        let content = format!("the list of {}\n", kind(branch));
        let who = "Ada <ada@example.org> 1700000000 +0000";
        stream += &format!(
            "commit refs/heads/b{branch}\ncommitter {who}\ndata 2\nb\nfrom refs/heads/main^0\nM 100644 inline list\ndata {}\n{content}\nM 100644 inline own{branch}\ndata 2\nb\n",
            content.len()
        );
    }
    repo.feed(&["fast-import", "--quiet"], stream.as_bytes());
    repo
}

#[test]
fn a_crowd_is_ordered_in_time() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox, 150);
    let start = Instant::now();
    let order = repo.tw(&["merge-order", "--time", "1", "--format", "json"]).exits(1).json();
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert_eq!(order["steps"].as_array().unwrap().len(), 150);
    let number = |key: &str| order[key]["conflicts"].as_u64().unwrap();
    assert!(number("bound") <= number("cost"), "{} and {}", order["bound"], order["cost"]);
    for step in order["steps"].as_array().unwrap() {
        // what there was no time for is unknown, never clean
        match text(&step["prediction"]) {
            "clean" => assert_eq!(step["cost"]["conflicts"], 0),
            "conflict" => assert!(!step["conflicts"].as_array().unwrap().is_empty()),
            _ => assert!(text(&step["unknown"]).contains("time was up"), "{step:#}"),
        }
    }
}

#[test]
fn few_are_proven_whatever_the_time() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox, 4);
    let order = repo.tw(&["merge-order", "--time", "0", "--format", "json"]).exits(1).json();
    assert_eq!((&order["optimal"], &order["cost"]["conflicts"]), (&true.into(), &3.into()), "{order:#}");
}

#[test]
fn a_crowd_at_one_place_is_proven() {
    for count in [17, 70] {
        let sandbox = Sandbox::new();
        let repo = crowd(&sandbox, count);
        let order = repo.tw(&["merge-order", "--time", "0", "--format", "json"]).exits(1).json();
        let (said, conflicts) = (&order["cost"]["conflicts"], &(count as u64 - 1).into());
        assert_eq!((said, &order["bound"], &order["optimal"]), (conflicts, &order["cost"], &true.into()));
    }
}

#[test]
fn a_crowd_in_which_some_do_the_same_is_proven() {
    for (count, kinds, kind) in
        [(24, 12, (|at| at / 2) as fn(usize) -> usize), (24, 12, |at| at % 12), (64, 5, |at| at % 5)]
    {
        let sandbox = Sandbox::new();
        let repo = crowd_of_kinds(&sandbox, count, kind);
        let order = repo.tw(&["merge-order", "--time", "60", "--format", "json"]).exits(1).json();
        let (said, conflicts) = (&order["cost"]["conflicts"], &(kinds as u64 - 1).into());
        assert_eq!((said, &order["bound"], &order["optimal"]), (conflicts, &order["cost"], &true.into()));
    }
}

#[test]
fn that_the_time_was_up_before_it_was_known_with_whom_is_told_once() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox, 120);
    for time in ["0.1", "0.3", "0.6", "1"] {
        let said = repo.tw(&["merge-order", "--time", time, "-v"]).exits(1);
        let text = flat(&said.stdout);
        let is_open = [" with what was merged before", " with the target, maybe with others too"]
            .iter()
            .any(|words| text.contains(words));
        assert_eq!(text.matches("no time to find out").count(), usize::from(is_open), "{time}: {said}");
        // what a percentage is of
        assert_eq!(text.matches(" %)").count(), text.matches(" (confidence ").count(), "{said}");
    }
}

#[test]
fn what_there_was_no_time_to_look_at_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("price.py", "def total(a):\n    return a\n"), ("README", "shop\n")]);
    let branches = [
        ("wider", ("price.py", "def total(a, rate):\n    return a * rate\n")),
        ("caller", ("bill.py", "from price import total\n\nprint(total(1))\n")),
        ("words", ("README", "a shop\n")),
    ];
    for (branch, file) in branches {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.commit(branch, &[file]);
    }
    repo.git(&["checkout", "-q", "main"]);
    let all = repo.tw(&["merge-order", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&all["cost"]["breaks"], &all["not_looked_at"]),
        (&1.into(), &serde_json::Value::Null),
        "{all:#}"
    );
    let hurried = repo.tw(&["merge-order", "--no-cache", "--time", "0", "--format", "json"]).exits(0).json();
    assert!(text(&hurried["not_looked_at"]).contains("the time was up"), "{hurried:#}");
    let said = flat(&repo.tw(&["merge-order", "--no-cache", "--time", "0"]).exits(0).stdout);
    assert!(said.contains("Note: sources were not looked at") && said.contains("the time was up"), "{said}");
}
