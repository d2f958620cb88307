//! `status --watch`: what changes is told within a second, as a line for programs, on a screen for people.
//! `TRACK_WORK_CASES=50` watches more random work, `TRACK_WORK_SEED=17` one again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::program::{lines, program};
use super::pty::Terminal;
use super::schemas::hold;
use crate::support::{Repo, Sandbox, Whims, seeds};

/// A reader that keeps the answer up to date by the lines that it gets.
struct Reader {
    program: Child,
    told: Receiver<Value>,
    state: Value,
    sequence: u64,
}

/// What tells the things of a list from each other.
const NAMES: [(&str, &[&str]); 7] = [
    ("terminals", &["id", "story"]),
    ("pairs", &["a", "b"]),
    ("findings", &["check", "terminals", "path", "message"]),
    ("dependencies", &["story"]),
    ("merge_points", &[]),
    ("ready_to_merge", &[]),
    ("progress", &["of"]),
];

fn watching(repo: &Repo, flags: &[&str]) -> Command {
    let mut command = program(repo.sandbox, &repo.top);
    command.args(["status", "--watch", "--format", "json"]).args(flags).env_remove("TRACK_WORK_NOW");
    command
}

impl Reader {
    fn start(command: &mut Command) -> Reader {
        let mut program = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (sender, told) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Reader { program, told, state: Value::Null, sequence: 0 }
    }

    /// The next line, applied.
    fn next(&mut self, most: Duration) -> Option<Value> {
        let line: Value = self.told.recv_timeout(most).ok()?;
        hold("status-watch", &line);
        let identity = |thing: &Value, names: &[&str]| match names {
            [] => thing.clone(),
            _ => json!(names.iter().map(|name| thing.get(*name)).collect::<Vec<_>>()),
        };
        let number = line["sequence"].as_u64();
        match line["kind"].as_str().unwrap() {
            "trouble" => return Some(line),
            "start" => self.state = json!({"schema": 1}),
            _ => assert_eq!(number, Some(self.sequence + 1), "{line:#}"),
        }
        self.sequence = number.unwrap();
        let own = ["schema", "sequence", "at", "kind", "resumable", "watching", "polling_because", "gone"];
        for (key, value) in line.as_object().unwrap().iter().filter(|(key, _)| !own.contains(&key.as_str())) {
            match NAMES.iter().find(|(list, _)| list == key) {
                None if value.is_null() => _ = self.state.as_object_mut().unwrap().remove(key),
                None => self.state[key] = value.clone(),
                Some((_, names)) => {
                    let mut all = self.state[key].as_array().cloned().unwrap_or_default();
                    let new = value.as_array().unwrap();
                    all.retain(|known| !new.iter().any(|one| identity(one, names) == identity(known, names)));
                    all.extend(new.iter().cloned());
                    self.state[key] = Value::Array(all);
                }
            }
        }
        for (key, gone) in line.get("gone").and_then(Value::as_object).into_iter().flatten() {
            let names = NAMES.iter().find(|(list, _)| list == key).unwrap().1;
            let gone: Vec<Value> = gone.as_array().unwrap().iter().map(|one| identity(one, names)).collect();
            self.state[key].as_array_mut().unwrap().retain(|known| !gone.contains(&identity(known, names)));
        }
        Some(line)
    }

    /// Reads until the kept answer is that of `status`.
    #[track_caller]
    fn until_true(&mut self, repo: &Repo, about: &str) {
        let begun = Instant::now();
        loop {
            let answer = repo.tw(&["status", "--no-cache", "--format", "json"]).json();
            while self.next(Duration::from_millis(150)).is_some() {}
            if sorted(&answer) == sorted(&self.state) {
                return;
            }
            let told = begun.elapsed();
            assert!(told < Duration::from_secs(10), "{about}: {:#}\nis not\n{:#}", self.state, answer);
        }
    }

    fn ends(mut self, signal: Option<Signal>) -> Option<i32> {
        if let Some(signal) = signal {
            kill_process(Pid::from_child(&self.program), signal).unwrap();
        }
        let begun = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status.code();
            }
            if begun.elapsed() > Duration::from_secs(10) {
                self.program.kill().unwrap();
                panic!("it does not end");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        _ = self.program.kill();
        _ = self.program.wait();
    }
}

/// The same with its lists in one order.
fn sorted(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for list in answer.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(Value::to_string);
    }
    answer
}

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox
        .repo("shop", &[("a.txt", &lines(&[])), ("src/b.txt", &lines(&[])), (".gitignore", "target\n")]);
    ["one", "two"].iter().for_each(|name| _ = repo.worktree(name));
    repo
}

#[test]
fn each_change_is_a_line_and_the_lines_are_the_answer() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox: &sandbox, top: sandbox.path(name) });
    let mut reader = Reader::start(&mut watching(&repo, &[]));
    let start = reader.next(Duration::from_secs(20)).unwrap();
    assert_eq!(
        (&start["kind"], &start["watching"], &start["resumable"]),
        (&json!("start"), &json!("events"), &json!(true))
    );
    let change = |reader: &mut Reader, about: &str| {
        let begun = Instant::now();
        reader.next(Duration::from_secs(10)).unwrap_or_else(|| panic!("{about} is not told"));
        reader.until_true(&repo, about);
        begun.elapsed()
    };
    one.write("a.txt", lines(&[(3, "one")]));
    change(&mut reader, "an edit");
    one.git(&["add", "a.txt"]);
    change(&mut reader, "the index");
    one.commit("one", &[("a.txt", &lines(&[(3, "one"), (9, "more")]))]);
    change(&mut reader, "a commit");
    two.write("a.txt", lines(&[(3, "two")]));
    change(&mut reader, "a conflict");
    let findings = reader.state["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["severity"] == "conflict"), "{findings:#?}");
    two.write("new/deep/er.txt", "1\n");
    change(&mut reader, "a new folder");
    two.write("new/deep/er.txt", "2\n3\n");
    change(&mut reader, "a file in it");
    repo.track(
        "active-sessions.yaml",
        "sessions:\n  one:\n    story_id: \"1-2-login\"\n    status: in_progress\n",
    );
    change(&mut reader, "a session");
    repo.git(&["worktree", "remove", "--force", "../two"]);
    change(&mut reader, "a worktree that is gone");
    repo.git(&["worktree", "add", "-q", "../two", "two"]);
    reader.until_true(&repo, "a worktree in the same place");
    two.write("src/b.txt", "x\n");
    change(&mut reader, "an edit there");
    repo.commit("main goes on", &[("src/b.txt", "y\n")]);
    change(&mut reader, "the target");
    repo.git(&["branch", "three", "one"]);
    reader.until_true(&repo, "a branch");
    assert_eq!(reader.ends(Some(Signal::TERM)), Some(0));
}

#[test]
fn nothing_is_told_where_nothing_changed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut reader = Reader::start(&mut watching(&repo, &[]));
    reader.next(Duration::from_secs(20)).unwrap();
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    one.git(&["status"]);
    repo.tw(&["status"]);
    one.write("target/out.o", "1\n");
    one.write("target/out.o", "2\n");
    assert_eq!(reader.next(Duration::from_secs(2)), None);
    // no processor time, either: at most two ticks of a hundredth of a second
    let spent = || -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", reader.program.id())).unwrap();
        stat.rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|n| n.parse::<u64>().unwrap())
            .sum()
    };
    let before = spent();
    std::thread::sleep(Duration::from_secs(3));
    assert!(spent() - before <= 2, "{} ticks", spent() - before);
}

#[test]
fn a_reader_goes_on_where_it_stopped() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    let mut reader = Reader::start(&mut watching(&repo, &[]));
    reader.next(Duration::from_secs(20)).unwrap();
    one.write("a.txt", lines(&[(3, "one")]));
    reader.until_true(&repo, "an edit");
    let (state, sequence) = (reader.state.clone(), reader.sequence);
    one.write("a.txt", lines(&[(4, "two")]));
    reader.next(Duration::from_secs(10)).unwrap();
    assert_eq!(reader.ends(Some(Signal::INT)), Some(0));
    // one change while nobody watched
    one.write("src/b.txt", "three\n");
    let mut again = Reader::start(&mut watching(&repo, &["--since", &sequence.to_string()]));
    (again.state, again.sequence) = (state, sequence);
    assert_eq!(again.next(Duration::from_secs(20)).unwrap()["kind"], "change");
    again.until_true(&repo, "all that was missed");
    assert!(again.sequence >= sequence + 2);
    drop(again);
    // a number that nobody knows: everything anew
    for since in ["0", "999"] {
        let mut anew = Reader::start(&mut watching(&repo, &["--since", since]));
        anew.sequence = since.parse().unwrap();
        let first = anew.next(Duration::from_secs(20)).unwrap();
        assert!(since == "0" || first["kind"] == "start", "{first:#}");
    }
    let mut anew = Reader::start(&mut watching(&repo, &["--no-cache", "--since", "1"]));
    assert_eq!(anew.next(Duration::from_secs(20)).unwrap()["resumable"], false);
}

#[test]
fn a_reader_goes_on_while_another_one_watches() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    let mut first = Reader::start(&mut watching(&repo, &[]));
    first.next(Duration::from_secs(20)).unwrap();
    one.write("a.txt", lines(&[(3, "one")]));
    first.until_true(&repo, "an edit");
    let (state, sequence) = (first.state.clone(), first.sequence);
    one.write("a.txt", lines(&[(4, "two")]));
    first.until_true(&repo, "another edit");
    let mut second = Reader::start(&mut watching(&repo, &["--since", &sequence.to_string()]));
    (second.state, second.sequence) = (state, sequence);
    assert_eq!(second.next(Duration::from_secs(20)).unwrap()["kind"], "change");
    second.until_true(&repo, "what it missed");
    for text in ["three", "four", "five"] {
        one.write("src/b.txt", text);
        first.until_true(&repo, "with another reader");
        second.until_true(&repo, "beside another reader");
        assert_eq!(first.sequence, second.sequence);
    }
    // the first one stops, and the other one goes on
    drop(first);
    one.write("src/b.txt", "six");
    second.until_true(&repo, "alone");
}

#[test]
fn where_the_system_tells_nothing_it_is_looked_again_and_again() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut reader = Reader::start(&mut watching(&repo, &["--poll", "0.2"]));
    let start = reader.next(Duration::from_secs(20)).unwrap();
    assert_eq!(
        (&start["watching"], &start["polling_because"]),
        (&json!("polling"), &json!("--poll was given"))
    );
    Repo { sandbox: &sandbox, top: sandbox.path("one") }.write("a.txt", "x\n");
    reader.next(Duration::from_secs(5)).unwrap();
    reader.until_true(&repo, "an edit");
}

#[test]
fn a_repository_that_cannot_be_read_is_a_trouble_that_may_end() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut reader = Reader::start(&mut watching(&repo, &["--target", "main"]));
    reader.next(Duration::from_secs(20)).unwrap();
    repo.git(&["branch", "-m", "main", "other"]);
    let trouble = reader.next(Duration::from_secs(10)).unwrap();
    assert_eq!(trouble["kind"], "trouble", "{trouble:#}");
    repo.git(&["branch", "-m", "other", "main"]);
    assert_eq!(reader.next(Duration::from_secs(10)).unwrap()["kind"], "change");
}

#[test]
fn it_ends_once_nobody_reads() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut program = watching(&repo, &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    drop(output);
    let begun = Instant::now();
    while program.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What people and agents do meanwhile.
fn work(repo: &Repo, whims: &mut Whims) -> String {
    let name = format!("t{}", whims.below(4));
    let top = repo.sandbox.path(&name);
    let there = Repo { sandbox: repo.sandbox, top: top.clone() };
    let text = lines(&[(1 + whims.below(5), &format!("{name} {}", whims.below(9)))]);
    let file = ["a.txt", "src/b.txt", "new/c.txt", "new/d/e.txt"][whims.below(4)];
    if !top.join(".git").exists() {
        _ = repo.try_git(&["worktree", "prune"]);
        let known = repo.try_git(&["worktree", "add", "-q", &format!("../{name}"), &name]).status.success();
        if !known {
            _ = repo.try_git(&["worktree", "add", "-q", &format!("../{name}"), "-b", &name]);
        }
        return format!("add {name}");
    }
    match whims.below(9) {
        0..3 => there.write(file, text),
        3 => _ = std::fs::remove_file(top.join(file)),
        4 => _ = there.try_git(&["add", "-A"]),
        5 => {
            _ = there.try_git(&["add", "-A"]);
            _ = there.try_git(&["commit", "-qm", "more"]);
        }
        6 => _ = there.try_git(&["rebase", "-q", "main"]),
        7 => _ = repo.try_git(&["worktree", "remove", "--force", &format!("../{name}")]),
        _ => {
            _ = there.try_git(&["rebase", "--abort"]);
            _ = std::fs::rename(top.join("new"), top.join("moved"));
        }
    }
    format!("work in {name}, {file}")
}

#[test]
fn whatever_happens_the_lines_are_the_answer() {
    for seed in seeds(2) {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let mut whims = Whims(seed);
        let mut reader = Reader::start(&mut watching(&repo, &[]));
        reader.next(Duration::from_secs(20)).unwrap();
        let memory = |reader: &Reader| -> u64 {
            let status = std::fs::read_to_string(format!("/proc/{}/status", reader.program.id())).unwrap();
            let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let mut usual = 0;
        for round in 0..8 {
            let done: Vec<String> = (0..=whims.below(4)).map(|_| work(&repo, &mut whims)).collect();
            reader.until_true(&repo, &format!("TRACK_WORK_SEED={seed}, round {round}: {done:?}"));
            if round == 3 {
                usual = memory(&reader);
            }
        }
        let grown = memory(&reader);
        assert!(grown < usual + 20_000, "TRACK_WORK_SEED={seed}: {usual} kB, then {grown} kB");
    }
}

#[test]
fn the_screen_shows_terminals_conflicts_and_both_sides_and_gives_the_terminal_back() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox: &sandbox, top: sandbox.path(name) });
    one.commit("one", &[("a.txt", &lines(&[(3, "mine")]))]);
    let start = |screen: &mut Option<Terminal>| {
        let mut command = program(&sandbox, &repo.top);
        *screen = Some(Terminal::start(command.args(["status", "--watch"])));
    };
    let mut screen = None;
    start(&mut screen);
    let mut terminal = screen.take().unwrap();
    terminal.until("Terminals (");
    terminal.until("independent");
    two.commit("two", &[("a.txt", &lines(&[(3, "theirs")]))]);
    terminal.until("* two");
    terminal.types("2");
    terminal.until("one + two");
    terminal.types("\r");
    terminal.until("mine");
    terminal.types("\u{1b}");
    std::thread::sleep(Duration::from_millis(300));
    terminal.types("o");
    terminal.until("optimal");
    terminal.types("q?");
    terminal.until("quit");
    terminal.types("qq");
    let (status, raw) = terminal.ends_with();
    assert_eq!(status, Some(0));
    assert!(raw.contains("\u{1b}[?1049l"), "the screen of before is not given back");
    start(&mut screen);
    let mut terminal = screen.take().unwrap();
    terminal.until("Terminals (");
    kill_process(terminal.pid(), Signal::TERM).unwrap();
    let (status, raw) = terminal.ends_with();
    assert_eq!(status, Some(0));
    assert!(raw.contains("\u{1b}[?1049l"), "the screen of before is not given back");
}

/// What breaks without a conflict is counted, listed and found like a conflict, and the name of a file is there whole.
#[test]
fn the_screen_shows_what_breaks_without_a_conflict() {
    let sandbox = Sandbox::new();
    let folder = "a/folder/with/a/rather/long/name/below/which/the/library/has/its/files";
    let lib = format!("{folder}/lib.py");
    let repo = sandbox.repo("shop", &[(&lib, "def parse(text):\n    return text\n"), ("doc.md", "a\n")]);
    repo.worktree("first").commit("rename", &[(&lib, "def parse_line(text):\n    return text\n")]);
    let call = "from .lib import parse\n\nparse(1)\n";
    repo.worktree("second").commit("use", &[(&format!("{folder}/user_of_it.py"), call)]);
    repo.worktree("third").commit("third", &[("doc.md", "b\n")]);
    let status = repo.tw(&["status"]);
    assert!(status.stdout.starts_with("no conflicts, 1 break without a conflict "), "{status}");
    let keys = |terminal: &mut Terminal, keys: &str| {
        terminal.types(keys);
        std::thread::sleep(Duration::from_millis(300)); // an escape alone is a key
    };
    for (columns, shown) in [(200, format!("{folder}/user_of_it.py")), (80, "~/user_of_it.py".to_string())] {
        let mut command = program(&sandbox, &repo.top);
        let mut terminal = Terminal::of_width(command.args(["status", "--watch"]), columns);
        terminal.until("no conflicts, 1 break without a conflict");
        // what is drawn on an empty list is drawn whole
        keys(&mut terminal, "/nobody\r");
        terminal.until("No row has these words");
        keys(&mut terminal, "2\u{1b}");
        terminal.until(&shown);
        keys(&mut terminal, "\r");
        terminal.until("git merges it, but it breaks");
        keys(&mut terminal, "\u{1b}");
        keys(&mut terminal, "/nobody\r1");
        keys(&mut terminal, "\u{1b}");
        terminal.until("third");
        keys(&mut terminal, "g\r");
        terminal.until(&shown[shown.len() - 14..]);
        keys(&mut terminal, "\u{1b}");
        keys(&mut terminal, "1G\r");
        terminal.until("third has no conflict.");
        terminal.types("q");
        assert_eq!(terminal.ends_with().0, Some(0));
    }
}

/// What `status` warns of is in the list, and whose work it is about does not look like somebody who has not begun.
#[test]
fn the_screen_shows_the_warnings_of_status() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("doc.md", "a\n")]);
    let [marks, gone] = ["marks", "gone"].map(|name| repo.worktree(name));
    marks.write("m", "<<<<<<< x\n1\n=======\n2\n>>>>>>> y\n");
    gone.write("w", "work\n");
    std::fs::remove_dir_all(&gone.top).unwrap();
    let status = repo.tw(&["status"]);
    status.says("Warning: gone").says("marks has the markers of a conflict");
    let mut command = program(&sandbox, &repo.top);
    let mut terminal = Terminal::of_width(command.args(["status", "--watch"]), 80);
    terminal.until("2Conflicts(2)");
    terminal.until("gone warning");
    terminal.until("marks warning");
    terminal.types("/nobody\r");
    terminal.until("No row has these words");
    terminal.types("2");
    std::thread::sleep(Duration::from_millis(300));
    terminal.types("\u{1b}");
    terminal.until("warning");
    std::thread::sleep(Duration::from_millis(300));
    // the text of one of them is whole, between words
    terminal.types("/markers\r\r");
    terminal.until("has the markers of a conflict in it");
    terminal.types("qq");
    assert_eq!(terminal.ends_with().0, Some(0));
}

/// A key makes no files that nobody asked for.
#[test]
fn the_screen_syncs_where_something_is_tracked() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let start = || {
        let mut command = program(&sandbox, &repo.top);
        let mut terminal = Terminal::start(command.args(["status", "--watch"]));
        terminal.until("Terminals (");
        terminal.types("s");
        terminal
    };
    let mut terminal = start();
    terminal.until("Nothing is tracked here yet: track-work init begins it");
    terminal.types("q");
    assert_eq!(terminal.ends_with().0, Some(0));
    assert!(!repo.path(".system").exists());
    repo.tw(&["init"]).exits(0);
    let mut terminal = start();
    let log = repo.path(".system/parallel-work/session-sync-log.yaml");
    let begun = Instant::now();
    while !std::fs::read_to_string(&log).is_ok_and(|text| text.contains("sync")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", terminal.seen);
        std::thread::sleep(Duration::from_millis(50));
    }
    terminal.types("qq");
    assert_eq!(terminal.ends_with().0, Some(0));
}

#[test]
fn the_screen_ends_with_its_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut command = program(&sandbox, &repo.top);
    let mut terminal = Terminal::start(command.args(["status", "--watch"]));
    terminal.until("Terminals (");
    let mut program = terminal.closed();
    Repo { sandbox: &sandbox, top: sandbox.path("one") }.write("a.txt", "x\n");
    let begun = Instant::now();
    while program.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(10) {
            program.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
