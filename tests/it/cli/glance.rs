//! What `status` and `sync` say at a glance: the verdict, each conflict once, each terminal's next step.

use super::program::{Said, lines, said, terminal, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("log.md", &lines(&[])), ("a.txt", &lines(&[])), ("b.txt", &lines(&[]))])
}

/// A worktree with these files in a commit.
fn desk<'a>(repo: &'a Repo, name: &str, files: &[(&str, &str)]) -> Repo<'a> {
    let desk = repo.worktree(name);
    if !files.is_empty() {
        desk.commit(name, files);
    }
    desk
}

/// What is said of a terminal below its row in `status`.
fn below(said: &Said, row: &str) -> String {
    let lines = said.stdout.lines().skip_while(|line| !line.starts_with(row)).skip(1);
    let own = lines.take_while(|line| line.starts_with("  "));
    own.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_conflict_is_told_once_a_file_and_group() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two", "three", "four", "five", "six"] {
        desk(&repo, name, &[("log.md", &lines(&[(3, name)]))]);
    }
    for name in ["left", "right"] {
        let files = [("a.txt", lines(&[(3, name)])), ("b.txt", lines(&[(3, name)]))];
        desk(&repo, name, &files.each_ref().map(|(path, text)| (*path, text.as_str())));
    }
    let status = repo.tw(&["status"]).exits(1);
    let status =
        status.says("3 conflicts among 8 terminals").says("conflict log.md: 6 terminals, content, committed");
    let status = status.says("five, four, one and 3 others").says("conflict left + right");
    let above = status.stdout.split("TERMINAL").next().unwrap();
    for path in ["log.md", "a.txt", "b.txt"] {
        assert_eq!(above.matches(path).count(), 1, "{path}: {status}");
    }
    let sync = repo.tw(&["sync"]).exits(1);
    let sync = sync.says("Conflicts: 3").says("log.md: 6 terminals (five, four, one and 3 others)");
    assert_eq!(sync.stdout.matches("log.md").count(), 1, "{sync}");
    // all pairs are in the JSON, and named with -v
    assert_eq!(super::program::findings(&repo.status(), "merge_conflict").len(), 15 + 2);
    repo.tw(&["status", "-v"]).exits(1).says("five, four, one, six, three, two");
}

#[test]
fn a_group_is_told_in_the_size_that_it_has() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // two separate groups in one file, one of them a chain
    desk(&repo, "a", &[("log.md", &lines(&[(3, "a")]))]);
    desk(&repo, "b", &[("log.md", &lines(&[(3, "b"), (9, "b")]))]);
    desk(&repo, "c", &[("log.md", &lines(&[(9, "c")]))]);
    for name in ["x", "y"] {
        desk(&repo, name, &[("log.md", &lines(&[(30, name)]))]);
    }
    let said = repo.tw(&["status"]).exits(1);
    let said = said.says("2 conflicts among 5 terminals").says("log.md: 3 terminals (2 of 3 pairs)");
    said.says("conflict x + y").says_not("a + b");
    repo.tw(&["sync"]).exits(1).says("Conflicts: 2").says("log.md: x line 30, y line 30");
}

#[test]
fn terminals_that_conflict_with_the_target_in_the_same_files_are_told_together() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (line, name) in [(3, "one"), (9, "two"), (20, "three")] {
        desk(&repo, name, &[("log.md", &lines(&[(line, name)]))]);
    }
    repo.commit("main", &[("log.md", &lines(&[(3, "main"), (9, "main"), (20, "main")]))]);
    let said = repo.tw(&["status"]).exits(1).says("1 conflict among 3 terminals");
    let said = said.says("3 terminals conflict with main").says("one, three and two");
    assert_eq!(said.stdout.split("TERMINAL").next().unwrap().matches("log.md").count(), 1, "{said}");
    repo.tw(&["sync"]).exits(1).says("log.md: 3 terminals with main (one, three and two)");
}

#[test]
fn the_verdict_and_what_needs_attention_come_before_the_lists() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        desk(&repo, name, &[("a.txt", &lines(&[(3, name)]))]);
    }
    let needs = "dependencies:\n  \"1-2-b\": [\"1-1-a\"]\n";
    repo.track("dependencies-template.yaml", needs);
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-b", "--terminal", "one"]).exits(0);
    let said = repo.tw(&["status"]).exits(1);
    let at = |text: &str| said.stdout.find(text).unwrap_or_else(|| panic!("{text}: {said}"));
    let order = ["1 conflict", "conflict  one + two", "Blocked: ", "TERMINAL", "Touched", "Next:"].map(at);
    assert!(order.is_sorted(), "{order:?} {said}");
}

#[test]
fn every_registered_terminal_shows_its_focus_place_and_next_step() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let register = |id: &str, more: &[&str]| {
        let args = ["register", "--mode", "intra", "--story", "1-1-a", "--terminal", id, "--focus", "api"];
        repo.tw(&[&args[..], more].concat()).exits(0);
    };
    let work = |name: &str| [(format!("{name}.txt"), "1\n".to_string())];
    let committed = |name: &str| {
        let files = work(name);
        desk(&repo, name, &files.each_ref().map(|(path, text)| (path.as_str(), text.as_str()))).top
    };
    committed("goes-on");
    committed("done");
    committed("dirty");
    repo.worktree("idle");
    committed("waits");
    desk(&repo, "drifts", &[("a.txt", &lines(&[(3, "drifts")]))]);
    committed("all-tasks");
    repo.git(&["branch", "no-desk", "goes-on"]);
    for id in ["goes-on", "done", "dirty", "idle", "drifts", "nowhere"] {
        register(id, &[]);
    }
    register("waits", &["--blocked-by", "goes-on"]);
    register("all-tasks", &["--task", "one"]);
    register("gone", &["--branch", "not-there"]);
    register("no-desk", &[]);
    repo.tw(&["update", "all-tasks", "--done", "one"]).exits(0);
    for id in ["done", "dirty"] {
        repo.tw(&["complete", id]).exits(0);
    }
    Repo { sandbox: &sandbox, top: sandbox.path("dirty") }.write("more.txt", "1\n");
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let said = repo.tw(&["status"]).exits(1);
    let path = |name: &str| sandbox.path(name).display().to_string();
    for (id, wanted) in [
        ("goes-on", "once its work is done and committed: track-work complete goes-on".to_string()),
        ("done", "merge it into main: track-work merge-order".to_string()),
        ("dirty", "commit its uncommitted file: git -C".to_string()),
        ("idle", format!("branch idle in {}", path("idle"))),
        ("waits", "waiting for goes-on".to_string()),
        ("waits", "wait until goes-on is completed".to_string()),
        ("drifts", format!("git -C {} merge main", path("drifts"))),
        ("all-tasks", "mark it completed: nothing of it is open: track-work complete all-tasks".to_string()),
        ("gone", "branch not-there does not exist".to_string()),
        ("nowhere", "not linked to git".to_string()),
        ("nowhere", "make its place: git worktree add ../nowhere".to_string()),
        ("no-desk", "branch no-desk, no worktree".to_string()),
    ] {
        let own = below(&said, id);
        assert!(own.starts_with("api; ") && own.contains(&wanted), "{id}: {wanted}\n{own}\n{said}");
    }
    // how far it is behind
    let row = said.stdout.lines().find(|line| line.starts_with("goes-on")).unwrap();
    assert_eq!(row.split_whitespace().rev().nth(1), Some("1"), "{row}");
    // the same for programs
    let answer = repo.status();
    assert_eq!(text(&terminal(&answer, "done")["next"]["command"]), "track-work merge-order");
    assert_eq!(text(&answer["next"]["terminal"]), "done");
}

#[test]
fn what_is_next_is_done_by_its_command_until_nothing_is_left() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        desk(&repo, name, &[(name, "1\n")]);
        let args = ["register", "--mode", "intra", "--story", "1-1-a", "--task", "work", "--terminal", name];
        repo.tw(&args).exits(0);
        repo.tw(&["update", name, "--done", "work"]).exits(0);
    }
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "-qm", "tracking"]);
    let mut done = Vec::new();
    loop {
        let synced = repo.tw(&["sync"]).exits(0);
        let last = synced.stdout.lines().last().unwrap().trim().to_string();
        if !synced.stdout.contains("\nNext: ") {
            break;
        }
        assert!(done.len() < 9, "{done:?} {synced}");
        let command = match last.as_str() {
            "track-work merge-order" => {
                // only the registered work is ready: the first step is the one to make
                let order = repo.tw(&["merge-order", "--format", "json"]).exits(0).json();
                text(&order["steps"][0]["command"]).to_string()
            }
            command => command.to_string(),
        };
        run(&repo, &command);
        done.push(command);
    }
    let archived = done.pop();
    assert_eq!(archived.as_deref(), Some("track-work archive 1-1-a"), "{done:?}");
    for command in ["track-work complete one", "git merge --no-ff one", "git merge --no-ff two"] {
        assert!(done.iter().any(|known| known == command), "{command}: {done:?}");
    }
}

/// Runs a command that was printed.
fn run(repo: &Repo, command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    match words[..] {
        ["track-work", ..] => drop(repo.tw(&words[1..]).exits(0)),
        ["git", ..] => drop(repo.git(&[&words[1..], &["--no-edit"]].concat())),
        _ => panic!("{command}"),
    }
}

#[test]
fn of_many_terminals_without_sessions_only_the_number_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for number in 0..21 {
        let name = format!("w{number}");
        repo.git(&["switch", "-qc", &name]);
        let line = if number < 2 { 3 } else { 5 };
        let file = if number < 2 { "a.txt".to_string() } else { format!("f{number}") };
        repo.commit(&name, &[(&file, &lines(&[(line, &name)]))]);
        repo.git(&["switch", "-q", "main"]);
    }
    let said = repo.tw(&["status"]).exits(1);
    let numbers = "19 terminals are independent of all others and of main, 2 are in conflict (use -v)";
    said.says(numbers).says_not("TERMINAL");
    repo.tw(&["status", "-v"]).exits(1).says("TERMINAL").says("w20");
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "w7"]).exits(0);
    let said = repo.tw(&["status"]).exits(1).says("w7 1-1-a in progress");
    said.says(numbers).says_not("w8 ");
}

#[test]
fn what_is_in_progress_where_the_target_is_comes_first() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        desk(&repo, name, &[("a.txt", &lines(&[(3, name)]))]);
    }
    repo.git(&["merge", "-q", "--no-ff", "-m", "one", "one"]);
    assert!(!repo.try_git(&["merge", "-q", "two"]).status.success());
    let said = said(&mut repo.program(&["status"]));
    said.says(
        "Next: a merge is in progress, resolving a.txt where main is checked out. Resolve a.txt and add it",
    );
}

/// How many conflicts the first line says, or what is left out below it.
fn number_before(said: &Said, what: &str) -> usize {
    let before = said.stdout.split(what).next().filter(|before| before.len() < said.stdout.len());
    let word = before.and_then(|before| before.split_whitespace().next_back());
    word.map_or(0, |word| word.parse().unwrap_or_else(|_| panic!("{what}: {said}")))
}

#[test]
fn the_first_line_counts_what_is_listed_below_and_what_is_left_out() {
    for (terminals, each) in [(7, 2), (24, 3)] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[("log.md", "1\n")]);
        // of seven every two, of many one after the other
        let pairs: Vec<(usize, usize)> = match terminals {
            7 => (0..7).flat_map(|b| (0..b).map(move |a| (a, b))).collect(),
            _ => (0..terminals / 2).map(|pair| (2 * pair, 2 * pair + 1)).collect(),
        };
        for terminal in 0..terminals {
            let own = pairs.iter().filter(|(a, b)| *a == terminal || *b == terminal);
            let files: Vec<String> =
                own.flat_map(|(a, b)| (0..each).map(move |file| format!("{a}-{b}/{file}/f"))).collect();
            let text = format!("{terminal}\n");
            let name = format!("w{terminal}");
            repo.git(&["switch", "-qc", &name, "main"]);
            repo.commit(&name, &files.iter().map(|file| (file.as_str(), text.as_str())).collect::<Vec<_>>());
            repo.git(&["switch", "-q", "main"]);
        }
        let all = pairs.len() * each;
        let said = repo.tw(&["status"]).exits(1).says(&format!("{all} conflicts"));
        let above = said.stdout.split("TERMINAL").next().unwrap();
        let shown = above.matches("/f").count();
        assert!(shown < all, "{said}");
        assert_eq!(shown + number_before(&said, " more conflict"), all, "{said}");
        let sync = repo.tw(&["sync", "--dry-run"]).exits(1).says(&format!("Conflicts: {all}"));
        let listed = sync.stdout.split("Ready to merge").next().unwrap();
        assert_eq!(listed.matches("/f").count() + number_before(&sync, " more conflict"), all, "{sync}");
    }
}
