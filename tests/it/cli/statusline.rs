//! `statusline`: what it says, to whom, and that it never stands in the way of a prompt.

use std::cell::RefCell;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use track_work::model::{Report, TerminalPair, Turns, Verdict};
use track_work::pipeline::{OpenOptions, Workspace, report_in_steps};

use super::program::{Said, flat, lines, said};
use crate::support::{Repo, Sandbox};

fn line(repo: &Repo) -> Said {
    said(repo.program(&["statusline"]).stdin(Stdio::null())).exits(0)
}

fn shop(sandbox: &Sandbox) -> [Repo<'_>; 3] {
    let repo = sandbox.repo("shop", &[("a", &lines(&[])), ("b", "1\n")]);
    repo.worktree("one").commit("one", &[("a", &lines(&[(3, "one")]))]);
    repo.worktree("two").write("a", lines(&[(3, "two")]));
    repo.worktree("three").commit("three", &[("b", "2\n")]);
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox, top: sandbox.path(name) });
    [repo, one, two]
}

#[test]
fn it_says_who_one_is_and_whom_one_meets() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    assert_eq!(line(&one).stdout, "one: conflicts with two · you go first\n");
    assert_eq!(line(&two).stdout, "two: conflicts with one · one goes first\n");
    assert_eq!(line(&Repo { sandbox: &sandbox, top: sandbox.path("three") }).stdout, "three: no conflicts\n");
    assert_eq!(line(&repo).stdout, "3 terminals: 2 in conflict\n");
    let json = said(two.program(&["statusline", "--format", "json"]).stdin(Stdio::null())).json();
    assert_eq!((&json["terminal"], &json["conflicts"]), (&"two".into(), &serde_json::json!(["one"])));
    repo.commit("on", &[("a", &lines(&[(3, "main")]))]);
    assert_eq!(line(&one).stdout, "one: conflicts with main · 1 behind main\n");
}

#[test]
fn what_is_not_known_is_no_answer_of_no_conflicts() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    repo.git(&["config", "merge.own.driver", "true"]);
    std::fs::write(repo.path(".git/info/attributes"), "a merge=own\n").unwrap();
    for place in [&one, &two, &repo] {
        let said = line(place).stdout;
        assert!(said.contains("1 unknown") && !said.contains("no conflicts"), "{said}");
    }
    repo.commit("on", &[("a", &lines(&[(20, "main")]))]);
    let said = line(&one).stdout;
    assert!(said.contains("unknown") && !said.contains("no conflicts"), "{said}");
}

#[test]
fn an_agent_says_where_it_works() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let asked = |event: &str| {
        let mut program = repo.program(&["statusline"]);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        child.stdin.take().unwrap().write_all(event.as_bytes()).unwrap();
        Said::of(child.wait_with_output().unwrap()).exits(0).stdout
    };
    let folder = one.top.to_str().unwrap();
    let event = format!("{{\"cwd\": \"/\", \"workspace\": {{\"current_dir\": {folder:?}}}}}");
    assert!(asked(&event).starts_with("one: "));
    assert!(asked(&format!("{{\"cwd\": {folder:?}}}")).starts_with("one: "));
    for odd in ["", "{", "[]", "{\"cwd\": 7}", "{\"cwd\": \"nosuch\"}"] {
        assert!(asked(odd).starts_with("3 terminals"), "{odd}");
    }
}

#[test]
fn it_never_stands_in_the_way() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let outside = Repo { sandbox: &sandbox, top: sandbox.path("home") };
    assert_eq!(line(&outside).stdout, "");
    // a pipe that nobody closes
    let start = Instant::now();
    let mut program = one.program(&["statusline"]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let open = child.stdin.take();
    assert!(child.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(30));
    drop(open);
    let empty = sandbox.init_with("empty", &[]);
    assert_eq!(line(&empty).stdout, "no terminals\n");
    repo.git(&["config", "core.repositoryFormatVersion", "99"]);
    assert_eq!(line(&one).stdout, "");
}

#[test]
fn where_a_line_takes_too_long_the_last_one_is_shown_with_its_age() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let asked = |repo: &Repo| {
        let mut program = repo.program(&["statusline", "--max-age", "0"]);
        said(program.env_remove("TRACK_WORK_NOW").stdin(Stdio::null())).exits(0).stdout
    };
    assert!(asked(&one).starts_with("one: conflicts with two"));
    repo.git(&["config", "filter.slow.clean", "sleep 8; cat"]);
    repo.write(".git/info/attributes", "slow filter=slow\n");
    one.write("slow", "1\n");
    let start = Instant::now();
    let late = asked(&one);
    assert!(late.starts_with("one: conflicts with two") && late.ends_with("as of just now\n"), "{late}");
    assert_eq!(asked(&one), late, "it is not tried again soon");
    let never = asked(&repo);
    assert_eq!(never, "there is too much to look at for one line: run track-work status\n");
    assert!(start.elapsed() < Duration::from_secs(8), "nobody waits for the filter");
}

#[test]
fn a_kept_line_is_shown_until_the_worktree_changes() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    let kept = |repo: &Repo, age: &str| {
        let mut program = repo.program(&["statusline", "--max-age", age]);
        said(program.env_remove("TRACK_WORK_NOW").stdin(Stdio::null())).exits(0).stdout
    };
    let before = kept(&one, "3600");
    assert!(before.starts_with("one: conflicts with two"));
    two.git(&["checkout", "-q", "a"]);
    assert_eq!(kept(&one, "3600"), before, "it is kept");
    assert_eq!(kept(&one, "0"), "one: no conflicts\n");
    two.write("a", lines(&[(3, "two")]));
    assert_eq!(kept(&one, "3600"), "one: no conflicts\n");
    one.commit("more", &[("b", "3\n")]);
    assert!(kept(&one, "3600").contains("two"), "its own commit counts at once");
    // what is kept is of this worktree alone
    assert!(kept(&repo, "3600").starts_with("3 terminals"));
}

/// The counts of the first line of `status`, and of the line where nobody asks.
#[track_caller]
fn counts(repo: &Repo) -> [String; 2] {
    let number = |text: &str, after: &str| -> usize {
        let before = text.split(after).next().filter(|before| before.len() < text.len());
        before
            .and_then(|text| {
                text.rsplit(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty())?.parse().ok()
            })
            .unwrap_or(0)
    };
    let head = repo.tw(&["status", "--fail-on", "never"]).stdout.lines().next().unwrap().to_string();
    let line = repo.tw(&["statusline", "--max-age", "0"]).stdout;
    let of = |text: &str, unknown: &str| {
        let clean = text.contains("no conflicts");
        format!("clean {clean}, {} unknown, {} ready", number(text, unknown), number(text, " ready to merge"))
    };
    [of(&head, " not determined"), of(&line, " unknown")]
}

#[test]
fn where_nobody_asks_it_counts_as_status_does() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    repo.tw(&["init"]).exits(0);
    let same = |what: &str| {
        let [status, line] = counts(&repo);
        assert_eq!(status, line, "{what}");
    };
    for (name, line) in [("one", 3), ("two", 9)] {
        repo.worktree(name).commit(name, &[("a.txt", &lines(&[(line, name)]))]);
        let register = ["register", "--mode", "intra", "--story", "1-2-login", "--terminal", name];
        let blocked: &[&str] = if name == "two" { &["--blocked-by", "one"] } else { &[] };
        repo.tw(&[&register, blocked].concat()).exits(0);
    }
    same("registered");
    repo.tw(&["complete", "one"]).exits(0);
    same("a merge point is reached");
    repo.tw(&["complete", "two"]).exits(0);
    same("a story is ready");
    repo.commit("main", &[("a.txt", &lines(&[(3, "main"), (9, "main")]))]);
    same("both conflict with main");
    assert!(line(&repo).stdout.contains("2 in conflict"), "{}", line(&repo));
    repo.track("sprint-status.yaml", "a:\n\t- b\n");
    repo.track("active-sessions.yaml", "a:\n\t- b\n");
    same("files that cannot be read");
    assert!(!repo.try_git(&["merge", "one"]).status.success());
    same("a merge in progress in the main worktree");
}

#[test]
fn a_repository_that_variables_name_has_a_line() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    // its files are elsewhere, without a `.git`
    let desk = sandbox.path("desk");
    std::fs::create_dir(&desk).unwrap();
    std::fs::write(desk.join("a"), lines(&[(3, "desk")])).unwrap();
    std::fs::write(desk.join("b"), "1\n").unwrap();
    let there = Repo { sandbox: &sandbox, top: desk.clone() };
    let named = |args: &[&str]| {
        let mut command = there.program(args);
        command.env("GIT_DIR", repo.path(".git")).env("GIT_WORK_TREE", &desk).stdin(Stdio::null());
        said(&mut command).exits(0).stdout
    };
    assert_eq!(line(&there).stdout, "");
    let said = named(&["statusline"]);
    assert!(said.contains("conflicts with one"), "{said}");
    assert_eq!(named(&["statusline"]), said);
    // and it is not kept for those who work in the repository itself
    assert!(line(&one).stdout.contains("conflicts with two"));
}

#[test]
fn conflicts_are_told_before_it_is_known_what_breaks() {
    let sandbox = Sandbox::new();
    let [repo, ..] = shop(&sandbox);
    let workspace = Workspace::open(&OpenOptions::at(&repo.top)).unwrap();
    let told = RefCell::new(Vec::new());
    let steps = |most: usize| {
        let so_far = |report: Report| {
            let is_known = |pair: &TerminalPair| pair.verdict == Verdict::Conflict;
            let conflicts = report.judgements.pairs.iter().filter(|pair| is_known(pair)).count();
            told.borrow_mut().push((conflicts, report.judgements.turns != Turns::default()));
            told.borrow().len() < most
        };
        let end = report_in_steps(&workspace, &workspace.tracking(), &so_far);
        (told.take(), end.is_some())
    };
    // the conflict, and then who goes first in it
    assert_eq!(steps(9), (vec![(1, false), (1, true)], true));
    assert_eq!(steps(2), (vec![(1, false), (1, true)], false));
}

/// In the worktree of the target there is nothing to check: who asks there is told where all is shown.
#[test]
fn where_nothing_is_changed_check_says_so() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    for name in ["one", "two"] {
        repo.worktree(name).commit(name, &[("a.txt", &lines(&[(5, name)]))]);
    }
    repo.tw(&["status"]).exits(1).says("1 conflict");
    let told = "no conflict: main has no changes of its own; track-work status tells of all terminals";
    assert!(flat(&repo.tw(&["check"]).exits(0).stdout).contains(told));
    repo.tw(&["check", "a.txt"])
        .exits(0)
        .says("no conflict: main has changed nothing there")
        .says("a.txt: one");
    let three = Repo { sandbox: &sandbox, top: repo.worktree("three").top };
    three.tw(&["check"]).exits(0).says("no conflict: three has changed nothing that main lacks");
    three.write("b.txt", "b\n");
    three.tw(&["check"]).exits(0).says("no conflict: 1 changed file of three");
}
