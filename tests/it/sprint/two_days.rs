//! Three epics, eight stories, six terminals, two days.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::agreement::{Agreed, agree};
use crate::cli::program::{lines, said, scrubbed, text};
use crate::support::{Repo, Sandbox};

const BOARD: &str = "development_status:
  epic-1: in-progress
  1-1-login: in-progress
  1-2-logout: in-progress
  1-3-roles: backlog
  epic-2: in-progress
  2-1-cart: in-progress
  2-2-pay: backlog
  2-3-invoice: backlog
  epic-3: in-progress
  3-1-search: in-progress
  3-2-report: backlog
";

const DEPENDENCIES: &str =
    "dependencies:\n  2-1-cart:\n    depends_on: [1-1-login]\n    reason: \"Needs the login\"\n";

struct Sprint<'s> {
    repo: Repo<'s>,
    /// The terminals whose work the target has, by whatever way it came in.
    merged: BTreeSet<String>,
    syncs: usize,
}

impl Sprint<'_> {
    /// Everything agrees, and just these terminals are merged.
    #[track_caller]
    fn after(&mut self, what: &str) -> Agreed {
        let agreed = agree(&self.repo, what);
        assert_eq!(agreed.merged(), self.merged, "after {what}");
        let entries = self.repo.history();
        assert!(entries.len() >= self.syncs, "after {what}: the log lost entries");
        self.syncs = entries.len();
        agreed
    }

    #[track_caller]
    fn tw(&self, args: &[&str]) {
        self.repo.tw(args).exits(0);
    }

    /// Carries out the steps that are ready, as they are printed, each judged anew.
    #[track_caller]
    fn merge_what_is_ready(&mut self, what: &str) -> usize {
        let mut done = 0;
        loop {
            let agreed = self.after(what);
            let steps = agreed.order["steps"].as_array().unwrap();
            let Some(step) = steps.first().filter(|step| step["ready"] == true) else { return done };
            let command = text(&step["command"]);
            let mut shell = Command::new("sh");
            shell.args(["-c", command]).env("GIT_EDITOR", "true");
            let git = self.repo.sandbox.command(&self.repo.top);
            let mut shell = scrubbed(&self.repo.sandbox.path("home"), &self.repo.top, shell);
            shell.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let ran = said(&mut shell);
            match text(&step["prediction"]) {
                "clean" => {
                    assert_eq!(ran.status, Some(0), "{what}: {command}: {ran}");
                    assert_eq!(
                        self.repo.git(&["rev-parse", "HEAD^{tree}"]),
                        text(&step["tree"]),
                        "{what}: {command}"
                    );
                }
                "conflict" => {
                    assert_eq!(ran.status, Some(1), "{what}: {command}: {ran}");
                    self.resolve(step);
                }
                other => panic!("{what}: {command} is {other}"),
            }
            let also = step["also"].as_array().into_iter().flatten().map(text);
            self.merged.extend(also.chain([text(&step["terminal"])]).map(str::to_string));
            done += 1;
        }
    }

    /// Keeps what the branch has.
    #[track_caller]
    fn resolve(&self, step: &Value) {
        let unmerged = self.repo.git(&["diff", "--name-only", "--diff-filter=U"]);
        let told: BTreeSet<&str> =
            step["conflicts"].as_array().unwrap().iter().map(|conflict| text(&conflict["path"])).collect();
        assert_eq!(unmerged.lines().collect::<BTreeSet<_>>(), told);
        for path in told {
            self.repo.git(&["checkout", "-q", "--theirs", path]);
            self.repo.git(&["add", path]);
        }
        self.repo.git(&["commit", "-q", "--no-edit"]);
    }
}

fn edited(line: usize, by: &str) -> String {
    lines(&[(line, by)])
}

#[test]
fn two_days_in_which_everything_agrees() {
    let sandbox = Sandbox::new();
    let files = ["api.txt", "ui.txt", "db.txt", "docs.txt"];
    let repo = sandbox.repo("shop", &files.map(|file| (file, ""))[..0]);
    for file in files {
        repo.write(file, lines(&[]));
    }
    repo.commit("files", &[("docs/sprint-status.yaml", BOARD), (".gitignore", ".system/\n")]);
    repo.tw(&["init"]).exits(0);
    repo.track("dependencies-template.yaml", DEPENDENCIES);
    let [one, two, three, four, five, six] =
        [1, 2, 3, 4, 5, 6].map(|number| sandbox.path(&format!("terminal-{number}")));
    for (number, path) in [&one, &two, &three, &four, &five, &six].into_iter().enumerate() {
        repo.worktree_at(path, &["-b", &format!("work-{}", number + 1)]);
    }
    let at = |top: &std::path::Path| Repo { sandbox: &sandbox, top: top.to_path_buf() };
    let [one, two, three, four, five, six] = [one, two, three, four, five, six].map(|path| at(&path));
    let mut sprint = Sprint { repo, merged: BTreeSet::new(), syncs: 0 };
    let intra = |terminal, focus, more: &[&'static str]| -> Vec<&str> {
        let args =
            ["register", "--mode", "intra", "--story", "1-1-login", "--terminal", terminal, "--focus", focus];
        [&args, more].concat()
    };
    let inter = |terminal, story| ["register", "--mode", "inter", "--story", story, "--terminal", terminal];

    // the first day
    sprint.tw(&intra("terminal-1", "backend", &["--task", "endpoint"]));
    sprint.tw(&intra("terminal-2", "frontend", &["--blocked-by", "terminal-1"]));
    sprint.tw(&inter("terminal-3", "2-1-cart"));
    sprint.tw(&inter("terminal-4", "3-1-search"));
    sprint.tw(&inter("terminal-5", "1-2-logout"));
    sprint.after("registering");

    one.commit("endpoint", &[("api.txt", &edited(5, "login"))]);
    four.commit("search", &[("docs.txt", &edited(7, "search"))]);
    four.commit("index", &[("db.txt", &edited(7, "index"))]);
    sprint.after("the first commits");

    two.write("ui.txt", edited(5, "form"));
    five.write("api.txt", edited(5, "logout"));
    let agreed = sprint.after("uncommitted work");
    assert_eq!(
        agreed.order["steps"].as_array().unwrap().iter().filter(|step| step["ready"] == true).count(),
        0
    );

    five.commit("logout", &[]);
    three.commit("cart", &[("db.txt", &edited(30, "cart"))]);
    sprint.after("more commits");

    sprint.tw(&["update", "terminal-1", "--done", "endpoint"]);
    sprint.tw(&["complete", "terminal-1"]);
    assert!(sprint.merge_what_is_ready("the backend is completed") <= 1);

    two.commit("form", &[]);
    sprint.tw(&["complete", "terminal-2"]);
    sprint.merge_what_is_ready("the story is completed");
    assert!(
        sprint.merged.contains("terminal-1") && sprint.merged.contains("terminal-2"),
        "{:?}",
        sprint.merged
    );

    sprint.tw(&["complete", "terminal-4"]);
    sprint.repo.git(&["merge", "-q", "--squash", "work-4"]);
    sprint.repo.git(&["commit", "-q", "-m", "search"]);
    sprint.merged.insert("terminal-4".to_string());
    sprint.after("a squash merge");
    let docs = fs::read_to_string(sprint.repo.path("docs.txt")).unwrap().replace("search", "find");
    sprint.repo.commit("words", &[("docs.txt", &docs)]);
    let agreed = sprint.after("the target went on in the same lines");
    let story =
        &agreed.status["terminals"].as_array().unwrap().iter().find(|one| one["id"] == "terminal-4").unwrap();
    assert_eq!(story["merged_as"], "squash");

    // the second day
    assert!(!five.try_git(&["rebase", "main"]).status.success());
    let agreed = sprint.after("a rebase stopped");
    assert_ne!(
        agreed.places().get("terminal-5").map(|place| &agreed.order["steps"][*place]["ready"]),
        Some(&true.into())
    );
    five.write("api.txt", edited(5, "login, logout"));
    five.git(&["add", "api.txt"]);
    five.git(&["rebase", "--continue"]);
    sprint.after("the rebase went on");

    sprint.tw(&inter("terminal-6", "3-2-report"));
    for number in 20..24 {
        six.commit("report", &[("docs.txt", &lines(&[(number, "report")]))]);
    }
    let before = sprint.after("a report");
    six.git(&["bisect", "start", "work-6", "main"]);
    let during = sprint.after("a bisection");
    assert_eq!(before.places(), during.places());
    six.git(&["bisect", "reset"]);
    sprint.after("the bisection ended");

    fs::remove_dir_all(&three.top).unwrap();
    let agreed = sprint.after("a worktree was deleted by hand");
    assert!(agreed.places().contains_key("terminal-3"), "{:#}", agreed.order);
    sprint.tw(&["complete", "terminal-3"]);
    sprint.merge_what_is_ready("the deleted worktree's story is completed");
    assert!(sprint.merged.contains("terminal-3"), "{:?}", sprint.merged);

    sprint.tw(&["archive", "3-1"]);
    sprint.merged.remove("terminal-4");
    four.git(&["checkout", "-q", "-b", "work-4b", "main"]);
    four.git(&["branch", "-q", "-D", "work-4"]);
    sprint.tw(&inter("terminal-4", "2-3-invoice"));
    sprint.after("on to the next story");
    four.commit("invoice", &[("ui.txt", &(fs::read_to_string(four.path("ui.txt")).unwrap() + "invoice\n"))]);
    sprint.tw(&["complete", "terminal-4"]);
    sprint.tw(&["complete", "terminal-5"]);
    sprint.tw(&["complete", "terminal-6"]);
    sprint.merge_what_is_ready("all is completed");
    assert_eq!(sprint.merged.len(), 6, "{:?}", sprint.merged);

    for story in ["1-1", "1-2", "2-1", "2-3", "3-2"] {
        sprint.tw(&["archive", story]);
    }
    sprint.merged.retain(|_| false);
    let agreed = agree(&sprint.repo, "all is archived");
    assert_eq!(agreed.order["steps"], serde_json::json!([]));
    assert_eq!(agreed.status["ready_to_merge"], serde_json::json!([]));
    let entries = sprint.repo.history();
    let commands: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["command"].as_str()).collect();
    for command in ["sync", "register", "complete", "archive", "update"] {
        assert!(commands.contains(command), "the log lacks {command}: {commands:?}");
    }
    let tree = sprint.repo.git(&["status", "--porcelain"]);
    assert_eq!(tree, "");
}
