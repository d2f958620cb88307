//! What takes long is judged without the lock on the tracking files: nobody waits for it, and what was written meanwhile is
//! taken into account.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::program::{DIR, program, said};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";

/// Where the file `block` is, says so in `started`, and goes on once `go` is there.
const WAITS: &str = "#!/bin/sh\ncd \"$1\"\nif [ -e block ]; then\n  touch started\n  \
                     while [ ! -e go ]; do sleep 0.02; done\nfi\nexec cat\n";

/// Two terminals that conflict in `a.txt`, whose content a filter gives, and a synchronization that waits for it.
struct Judging<'s> {
    sandbox: &'s Sandbox,
    repo: Repo<'s>,
    left: Repo<'s>,
    sync: Child,
}

impl<'s> Judging<'s> {
    fn begun(sandbox: &'s Sandbox) -> Judging<'s> {
        let repo = sandbox.repo("shop", &[("a.txt", "1\n"), (".gitattributes", "a.txt filter=waits\n")]);
        let [left, right] = ["left", "right"].map(|name| Repo { sandbox, top: repo.worktree(name).top });
        repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "left"]).exits(0);
        let (filter, flags) = (sandbox.path("filter"), sandbox.path("flags"));
        fs::create_dir(&flags).unwrap();
        fs::write(&filter, WAITS).unwrap();
        let command = format!("sh {} {}", filter.display(), flags.display());
        repo.git(&["config", "filter.waits.clean", &command]);
        left.write("a.txt", "left\n");
        right.write("a.txt", "right\n");
        fs::write(flags.join("block"), "").unwrap();
        let mut sync = program(sandbox, &repo.top);
        let sync = sync.args(["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let judging = Judging { sandbox, repo, left, sync };
        let limit = Instant::now() + Duration::from_secs(30);
        while !judging.flag("started").exists() {
            assert!(Instant::now() < limit, "the filter was not asked");
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::remove_file(judging.flag("block")).unwrap();
        judging
    }

    fn flag(&self, name: &str) -> std::path::PathBuf {
        self.sandbox.path("flags").join(name)
    }

    /// Runs the program while the other one judges.
    fn meanwhile(&mut self, args: &[&str]) {
        let ran = said(program(self.sandbox, &self.repo.top).args(args));
        assert!(matches!(ran.status, Some(0 | 1)), "{ran}");
        assert!(!ran.stderr.contains("another track-work is writing"), "{ran}");
        assert!(self.sync.try_wait().unwrap().is_none(), "it has ended already");
    }

    /// Lets the synchronization go on to its end.
    fn ended(mut self) -> Repo<'s> {
        fs::write(self.flag("go"), "").unwrap();
        let status = self.sync.wait().unwrap();
        assert!(matches!(status.code(), Some(0 | 1)), "{status}");
        self.repo
    }
}

fn conflicts(repo: &Repo) -> usize {
    repo.yaml(STORY)["coordination"]["conflicts"].as_sequence().map_or(0, Vec::len)
}

#[test]
fn nobody_waits_for_what_is_being_judged_and_nothing_is_lost() {
    let sandbox = Sandbox::new();
    let mut judging = Judging::begun(&sandbox);
    judging.meanwhile(&["update", "left", "--task", "the task"]);
    judging.meanwhile(&["register", "--mode", "inter", "--story", "1-3-account", "--terminal", "new"]);
    let repo = judging.ended();
    assert_eq!(repo.yaml(STORY)["sessions"]["left"]["tasks"][0], "the task");
    assert!(repo.yaml("active-sessions.yaml")["sessions"]["new"].is_mapping());
    assert_eq!(conflicts(&repo), 1, "{}", repo.tracked(STORY));
    let commands: Vec<String> =
        repo.history().iter().map(|entry| entry["command"].as_str().unwrap().to_string()).collect();
    assert_eq!(commands[commands.len() - 3..], ["update", "register", "sync"]);
}

#[test]
fn what_was_edited_by_hand_while_it_was_judged_stays() {
    let sandbox = Sandbox::new();
    let judging = Judging::begun(&sandbox);
    let path = judging.repo.path(format!("{DIR}/{STORY}"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("left:", "renamed:").replace("sessions:", "# by hand\nsessions:")).unwrap();
    let repo = judging.ended();
    let file = repo.yaml(STORY);
    assert!(repo.tracked(STORY).contains("# by hand"), "{}", repo.tracked(STORY));
    let names: Vec<&str> =
        file["sessions"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names, ["renamed"]);
    // what is recorded speaks of those who are there
    assert!(!repo.tracked(STORY).contains("\"renamed\", \"left\""), "{}", repo.tracked(STORY));
}

/// The second one begins later and ends earlier: what the first one has seen is not true any more.
#[test]
fn what_another_one_found_later_is_not_overwritten_by_what_was_judged_before() {
    let sandbox = Sandbox::new();
    let mut judging = Judging::begun(&sandbox);
    judging.left.write("a.txt", "1\n");
    judging.meanwhile(&["sync"]);
    assert_eq!(conflicts(&judging.repo), 0);
    let repo = judging.ended();
    assert_eq!(conflicts(&repo), 0, "{}", repo.tracked(STORY));
    let syncs = repo.history().iter().filter(|entry| entry["command"].as_str() == Some("sync")).count();
    assert_eq!(syncs, 2);
}

#[test]
fn the_work_of_one_that_is_killed_while_it_judges_is_done_by_the_next() {
    let sandbox = Sandbox::new();
    let mut judging = Judging::begun(&sandbox);
    judging.sync.kill().unwrap();
    judging.sync.wait().unwrap();
    fs::write(judging.flag("go"), "").unwrap();
    let repo = judging.repo;
    assert_eq!(conflicts(&repo), 0);
    repo.tw(&["sync"]).exits(1);
    assert_eq!(conflicts(&repo), 1);
}
