//! Filters that do not end: what they would convert is unknown, everything else is answered, and nothing that
//! was started is left.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use super::program::{PROGRAM, Said, messages, said, scrubbed, terminal};
use crate::support::{Repo, Sandbox};

/// Notes its process and those that it starts in the file `$1`, then stays whatever signal asks it to go.
const STAYS: &str =
    "#!/bin/sh\ntrap '' TERM HUP INT PIPE\nsleep 600 &\necho $$ $! >>\"$1\"\ncat >/dev/null\nwait\n";

/// A worktree with a file that this setting's filter is for, and one that needs none.
fn filtered<'s>(sandbox: &'s Sandbox, setting: &str) -> Repo<'s> {
    let repo = sandbox
        .repo("shop", &[("a.txt", "a\n"), ("a.bin", "a\n"), (".gitattributes", "*.bin filter=stays\n")]);
    for name in ["one", "two"] {
        let worktree = repo.worktree(name);
        worktree.write("a.bin", "changed\n");
        worktree.write("new.bin", "new\n");
        worktree.write("a.txt", format!("{name}\n"));
    }
    // from here on git would run it as well
    let filter = sandbox.path("filter");
    fs::write(&filter, STAYS).unwrap();
    let command = format!("sh {} {}", filter.display(), sandbox.path("started").display());
    let config = repo.path(".git/config");
    let (_, kind) = setting.rsplit_once('.').unwrap();
    let section = format!("[filter \"stays\"]\n\t{kind} = {command}\n\trequired = true\n");
    fs::write(&config, fs::read_to_string(&config).unwrap() + &section).unwrap();
    Repo { sandbox, top: repo.top }
}

/// The processes that the filter noted and that are still there, once they had the time to go.
fn left(sandbox: &Sandbox) -> Vec<String> {
    let started = fs::read_to_string(sandbox.path("started")).expect("the filter was run");
    let is_there = |process: &&str| {
        let known = Command::new("kill").args(["-0", process]).output().unwrap().status.success();
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        known && !status.contains("State:\tZ")
    };
    let begun = Instant::now();
    loop {
        let left: Vec<String> = started.split_whitespace().filter(is_there).map(str::to_string).collect();
        if left.is_empty() || begun.elapsed() > Duration::from_secs(5) {
            return left;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn ends(setting: &str) {
    let sandbox = Sandbox::new();
    let repo = filtered(&sandbox, setting);
    let begun = Instant::now();
    let answer = repo.status();
    assert!(begun.elapsed() < Duration::from_secs(40), "{setting}: {:?}", begun.elapsed());
    let told = messages(&answer);
    for path in ["a.bin", "new.bin"] {
        for name in ["one", "two"] {
            let line = format!("{path}: {name} could not be read: filters did not end within 10 s");
            assert!(told.contains(&line), "{setting}: {line}\n{told}");
        }
    }
    assert!(told.contains("one and two") && told.contains("a.txt"), "{told}");
    let unread = answer["findings"].as_array().unwrap().iter();
    let unread = unread.filter(|one| one["message"].as_str().unwrap().contains("did not end within"));
    for suggestion in unread.map(|one| one["suggestion"].as_str().unwrap()) {
        assert!(suggestion.starts_with("Its filter takes too long"), "{suggestion}");
    }
    // a file that is new is there, whatever it holds
    assert_eq!(terminal(&answer, "one")["uncommitted"]["untracked"], 1, "{setting}");
    assert_eq!(left(&sandbox), [""; 0], "{setting}");
}

#[test]
fn a_filter_that_does_not_end_makes_its_files_unknown_and_is_ended() {
    std::thread::scope(|scope| {
        scope.spawn(|| ends("filter.stays.clean"));
        scope.spawn(|| ends("filter.stays.process"));
    });
}

#[test]
fn a_filter_that_is_not_there_is_named_with_what_git_says_of_it() {
    for kind in ["clean", "process"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[("a.bin", "a\n"), (".gitattributes", "*.bin filter=lost\n")]);
        let one = repo.worktree("one");
        one.write("a.bin", "changed\n");
        repo.git(&["config", &format!("filter.lost.{kind}"), "nosuch-filter --of"]);
        repo.git(&["config", "filter.lost.required", "true"]);
        let answer = repo.status();
        let told = messages(&answer);
        let line = "a.bin: one could not be read: its filter lost does not run: ";
        assert!(told.contains(line) && told.contains("nosuch-filter"), "{kind}: {told}");
        // whether it has changed is not known
        let status = repo.tw(&["status"]).stdout;
        let row = status.lines().find(|line| line.starts_with("one ")).unwrap();
        assert!(row.ends_with('?'), "{row}");
        let all = answer["findings"].as_array().unwrap().iter();
        let mut suggestions = all.filter_map(|one| one["suggestion"].as_str());
        assert!(suggestions.any(|one| one.starts_with("Let its filter run")), "{kind}: {answer}");
    }
}

#[test]
fn a_filter_ends_when_the_program_is_ended() {
    for signal in ["INT", "KILL"] {
        let sandbox = Sandbox::new();
        let repo = filtered(&sandbox, "filter.stays.clean");
        let temporary = sandbox.path("temporary");
        fs::create_dir(&temporary).unwrap();
        let mut timeout = scrubbed(&sandbox.path("home"), &repo.top, Command::new("timeout"));
        let timeout = timeout.args(["-s", signal, "2", &PROGRAM, "status"]).env("TMPDIR", &temporary);
        let ended: Said = said(timeout);
        assert_ne!(ended.status, Some(0), "{ended}");
        assert_eq!(left(&sandbox), [""; 0], "{signal}");
        // the folder for what the filter writes is removed by whoever needs one next
        for folder in fs::read_dir(&temporary).unwrap() {
            let past = SystemTime::now() - Duration::from_secs(3600);
            File::open(folder.unwrap().path()).unwrap().set_modified(past).unwrap();
        }
        fs::write(sandbox.path("filter"), "cat\n").unwrap();
        said(repo.program(&["status"]).env("TMPDIR", &temporary));
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "{signal}");
    }
}

/// A filter that `required` does not name: git takes what it does not convert as it is, which would be another change than
/// the one that was made.
#[test]
fn a_filter_that_fails_makes_its_file_unknown_whether_it_is_required_or_not() {
    let sandbox = Sandbox::new();
    let text = |by: &str, at: usize| -> String {
        (1..=60).map(|line| if line == at { format!("{by}\n") } else { format!("line {line}\n") }).collect()
    };
    let stored: String = text("", 0).lines().map(|line| format!("x{line}\n")).collect();
    let repo = sandbox.repo("shop", &[("a.bin", &stored), (".gitattributes", "*.bin filter=marks\n")]);
    let script = sandbox.path("marks");
    let broken = sandbox.path("broken");
    let lines = format!("#!/bin/sh\n[ -e {} ] && exit 1\nexec sed 's/^/x/'\n", broken.display());
    fs::write(&script, lines).unwrap();
    repo.git(&["config", "filter.marks.clean", &format!("sh {}", script.display())]);
    repo.worktree("one").write("a.bin", text("one", 5));
    let two = Repo { sandbox: &sandbox, top: repo.worktree("two").top };
    two.write("a.bin", text("two", 40));
    two.git(&["commit", "-qam", "two"]);
    let verdict = |answer: &serde_json::Value| answer["pairs"][0]["verdict"].as_str().unwrap().to_string();
    assert_eq!(verdict(&repo.status()), "overlap");
    fs::write(&broken, "").unwrap();
    for required in ["false", "true"] {
        repo.git(&["config", "filter.marks.required", required]);
        let answer = repo.status();
        let told = messages(&answer);
        assert_eq!(verdict(&answer), "unknown", "{required}: {told}");
        assert!(told.contains("a.bin: one could not be read: its filter marks does not run"), "{told}");
        repo.tw(&["check", "--terminal", "one"]).says("a.bin").says("does not run");
    }
}
