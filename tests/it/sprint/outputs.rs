//! The other outputs beside `status`, `sync` and `check`: the merge order, `merge`, the status line and the hooks say
//! the same, and git says so too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::agreement::{Agreed, headline, list};
use crate::cli::program::{Said, findings, program_in, said, text};
use crate::support::Repo;

impl Agreed {
    /// Holds them against each other.
    #[track_caller]
    pub fn outputs(&self, repo: &Repo, when: &str) {
        self.each_terminal_is_told_once(when);
        self.no_branch_is_merged_twice(when);
        self.merge_takes_what_is_ready(repo, when);
        self.nobody_waits_for_what_is_not_ready(when);
        self.the_status_lines(repo, when);
        self.the_hooks(when);
        self.what_git_counts(repo, when);
        self.what_is_to_be_resolved(when);
        self.conflicts_with_the_target(repo, when);
    }

    /// A terminal has a step, or waits, or is left out.
    #[track_caller]
    fn each_terminal_is_told_once(&self, when: &str) {
        let key = |one: &Value| (text(&one["terminal"]).to_string(), one["story"].to_string());
        let planned = self.places();
        let mut told: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for one in list(&self.order, "left_out") {
            told.entry(key(one)).or_default().push("left out");
        }
        for one in list(&self.order, "waiting").iter().filter(|one| one["planned"] == false) {
            told.entry(key(one)).or_default().push("waiting");
        }
        let several = |id: &str| self.terminals().iter().filter(|one| one["id"] == id).count() > 1;
        for terminal in self.terminals() {
            let id = text(&terminal["id"]);
            let of_it = told.get(&(id.to_string(), terminal["story"].to_string()));
            let count = of_it.map_or(0, Vec::len) + usize::from(planned.contains_key(id));
            let is_right = count == 1 || several(id) && (1..=2).contains(&count);
            assert!(is_right, "{when}: {id} is told {count} times: {:#}\n{terminal:#}", self.order);
        }
        for one in list(&self.order, "waiting").iter().filter(|one| one["planned"] == true) {
            let id = text(&one["terminal"]);
            let step = planned.get(id).map(|at| &list(&self.order, "steps")[*at]);
            assert!(
                step.is_some_and(|step| step["ready"] == false),
                "{when}: {id} is planned and waits: {:#}",
                self.order
            );
        }
    }

    #[track_caller]
    fn no_branch_is_merged_twice(&self, when: &str) {
        let mut commands = BTreeSet::new();
        for step in list(&self.order, "steps") {
            assert!(
                commands.insert(text(&step["command"])),
                "{when}: twice {}: {:#}",
                step["command"],
                self.order
            );
        }
    }

    /// `merge` takes the steps that are ready, and no others.
    #[track_caller]
    fn merge_takes_what_is_ready(&self, repo: &Repo, when: &str) {
        let ready: Vec<&str> = list(&self.order, "steps")
            .iter()
            .filter(|step| step["ready"] == true)
            .flat_map(|step| list(step, "also").iter().chain([&step["terminal"]]))
            .map(text)
            .collect();
        let plan = repo.tw(&["merge", "--dry-run", "--format", "json"]);
        if plan.status == Some(2) {
            // the target is no branch, or cannot be moved
            assert!(plan.stderr.contains("error: ") && plan.stdout.is_empty(), "{when}: {plan}");
            return;
        }
        let taken = plan.json();
        let taken: Vec<&str> = list(&taken, "steps")
            .iter()
            .flat_map(|step| list(step, "also").iter().chain([&step["terminal"]]))
            .map(text)
            .collect();
        let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(ToString::to_string).collect() };
        assert_eq!(set(&taken), set(&ready), "{when}: merge takes, merge-order has ready: {:#}", self.order);
    }

    /// Who is told to go first because another one cannot be merged can be merged, or is to be committed.
    #[track_caller]
    fn nobody_waits_for_what_is_not_ready(&self, when: &str) {
        let nobodys =
            list(&self.order, "waiting").iter().filter(|one| text(&one["reason"]).contains("no session"));
        let nobodys: BTreeSet<&str> = nobodys.map(|one| text(&one["terminal"])).collect();
        for finding in findings(&self.status, "merge_conflict") {
            let Some((first, rest)) = text(&finding["suggestion"]).split_once(" first: ") else { continue };
            let is_not_ready = nobodys.contains(first.rsplit(' ').next().unwrap());
            assert!(
                !is_not_ready || !rest.contains("cannot be merged yet"),
                "{when}: {}: {:#}",
                finding["suggestion"],
                self.order
            );
        }
    }

    /// The line of each worktree names whom its `check` names, and counts what `status` counts.
    #[track_caller]
    fn the_status_lines(&self, repo: &Repo, when: &str) {
        let head = headline(repo);
        let number = |of: &str| {
            let before = head.split(of).next().filter(|before| before.len() < head.len());
            before.map_or(0, |text| text.trim().rsplit(' ').next().unwrap().parse::<usize>().unwrap())
        };
        let line = statusline(&repo.top).json();
        assert_eq!(line["ready"], number(" ready to merge"), "{when}: {line:#}\n{head}");
        assert_eq!(line["terminals"], self.terminals().len(), "{when}: {line:#}");
        for (top, own) in self.by_worktree() {
            let line = statusline(Path::new(top)).json();
            let checked = check(Path::new(top), &[]).json();
            let id = text(&checked["terminal"]["id"]);
            let names: Vec<&str> = own.iter().map(|one| text(&one["id"])).collect();
            assert!(id.split(", ").all(|one| names.contains(&one)), "{when}: {id} of {names:?}");
            assert_eq!(line["terminal"], checked["terminal"]["id"], "{when}: {line:#}");
            let of_line: BTreeSet<&str> = list(&line, "conflicts").iter().map(text).collect();
            let met = list(&checked, "encounters").iter().filter(|one| one["meeting"] == "conflict");
            let of_check: BTreeSet<&str> = met.clone().map(|one| text(&one["terminal"]["id"])).collect();
            assert_eq!(of_line, of_check, "{when}: the status line and check of {id}");
            let first_of_line: BTreeSet<&str> = list(&line, "first").iter().map(text).collect();
            let first = met.filter(|one| one["first"]["who"] == "other");
            let first: BTreeSet<&str> = first.map(|one| text(&one["terminal"]["id"])).collect();
            assert_eq!(first_of_line, first, "{when}: who goes first: the status line and check of {id}");
            let drifts = list(&checked, "drift").iter().any(|one| one["kind"].is_string());
            assert_eq!(line["conflicts_with_target"], drifts, "{when}: {id}: {line:#}\n{checked:#}");
            assert_eq!(line["behind"], own[0]["behind"].as_u64().unwrap_or(0), "{when}: {id}");
            let is_unknown = !list(&checked, "undecided").is_empty() || checked["drift"].is_null();
            assert!(
                !is_unknown || line["unknown"] != 0,
                "{when}: {id}: nothing unknown in {line:#}\n{checked:#}"
            );
        }
    }

    /// What the hook of a commit says, `check --staged` says too.
    #[track_caller]
    fn the_hooks(&self, when: &str) {
        for (top, own) in self.by_worktree() {
            let top = Path::new(top);
            let ran =
                said(program_in(&home(top), top).args(["hooks", "run", "pre-commit", "--format", "json"]));
            assert_eq!(ran.status, Some(0), "{when}: {ran}");
            let Ok(by_hook) = serde_json::from_str::<Value>(&ran.stdout) else { continue };
            let staged = check(top, &["--staged"]).json();
            let met = |answer: &Value| -> BTreeSet<String> {
                let conflicts = list(answer, "encounters").iter().filter(|one| one["meeting"] == "conflict");
                conflicts
                    .map(|one| format!("{} {} {}", one["path"], one["terminal"]["id"], one["first"]["who"]))
                    .collect()
            };
            let (by_hook, staged) = (met(&by_hook), met(&staged));
            assert!(by_hook.is_subset(&staged), "{when}: {}: {by_hook:?} {staged:?}", own[0]["id"]);
        }
    }

    /// The counts are those of git.
    #[track_caller]
    fn what_git_counts(&self, repo: &Repo, when: &str) {
        let count = |range: &str| -> u64 {
            let output = repo.try_git(&["rev-list", "--count", range]);
            String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(u64::MAX)
        };
        let target = text(&self.status["target"]["head"]);
        let is_alone = |one: &Value| {
            self.terminals().iter().filter(|other| other["worktree"] == one["worktree"]).count() == 1
        };
        for terminal in self.terminals().iter().filter(|one| one["head"].is_string() && is_alone(one)) {
            let (id, head) = (text(&terminal["id"]), text(&terminal["head"]));
            // whose story began later than its branch has a part of that alone
            let is_part = || {
                let file = terminal["file"].as_str().map(|file| repo.tracking_files()[file].clone());
                file.is_some_and(|file| file.contains("begins_after"))
            };
            if terminal["ahead"].is_u64() && terminal["operation"].is_null() && !is_part() {
                let expected = count(&format!("{target}..{head}"));
                assert_eq!(terminal["ahead"], expected, "{when}: {id}: {terminal:#}");
                assert_eq!(terminal["behind"], count(&format!("{head}..{target}")), "{when}: {id}");
            }
            let Some(top) = terminal["worktree"].as_str().map(Path::new) else { continue };
            let work = Repo { sandbox: repo.sandbox, top: top.to_path_buf() };
            let is_known = list(terminal, "changes").iter().all(|one| !one["ranges"].is_null());
            let is_usual = terminal["operation"].is_null() && is_known && top != repo.top;
            if is_usual && work.try_git(&["config", "filter.lost.clean"]).stdout.is_empty() {
                let args = ["status", "--porcelain", "--no-renames", "--untracked-files=all"];
                // git lists a file whose line ends alone are others, though nothing of it would be committed
                let is_same = |line: &str| {
                    line.starts_with(" M ") && work.git(&["diff", "--numstat", "--", &line[3..]]).is_empty()
                };
                let listed = work.git(&args);
                let listed = listed.lines().filter(|line| !is_same(line)).count() as u64;
                // what is renamed is one path
                let renamed = list(terminal, "changes").iter().filter(|one| one["kind"] == "renamed").count();
                let told = terminal["uncommitted"]["paths"].as_u64().unwrap();
                let is_right = (told..=told + renamed as u64).contains(&listed);
                assert!(is_right, "{when}: {id} has {told}: {}", work.git(&args));
            }
        }
    }

    /// Where git's index has several versions of a file, resolving is advised, nothing is ready, and nothing is added.
    #[track_caller]
    fn what_is_to_be_resolved(&self, when: &str) {
        for (top, own) in self.by_worktree() {
            let path = Path::new(top);
            let listed = git(path, &["ls-files", "-u"]);
            if listed.is_empty() || own.iter().any(|one| one["operation"].is_string()) {
                continue;
            }
            let head = git(path, &["rev-parse", "HEAD"]);
            for terminal in own {
                let id = text(&terminal["id"]);
                // what ended there before is an earlier commit, which nobody is resolving
                let is_before = terminal["status"] == "completed" && terminal["head"] != *head.trim();
                if let Some(what) = terminal["next"]["what"].as_str().filter(|_| !is_before) {
                    let ways = ["does not have them", "its folder", " was deleted, "];
                    let is_other = ways.iter().any(|way| what.contains(way));
                    assert!(what.starts_with("Resolve ") || is_other, "{when}: {id}: {what}\n{listed}");
                }
                let step = self.places().get(id).map(|at| list(&self.order, "steps")[*at].clone());
                let is_held = |step: Value| step["ready"] == false || step["head"] != *head.trim();
                assert!(step.is_none_or(is_held), "{when}: {id} is ready\n{listed}");
            }
            let said = said(program_in(&home(path), path).args(["check"])).stdout;
            assert!(!said.contains("add --all"), "{when}: {said}");
        }
    }

    /// Whose commits git cannot merge into the target is told, and nobody else.
    #[track_caller]
    fn conflicts_with_the_target(&self, repo: &Repo, when: &str) {
        let options = repo.try_git(&["config", "branch.main.mergeOptions"]).stdout;
        if !options.is_empty() {
            return; // `git merge-tree` knows nothing of them
        }
        let target = text(&self.status["target"]["head"]);
        let drifting = |id: &str| {
            findings(&self.status, "merge_conflict").into_iter().any(|one| {
                one["evidence"]["drift"] == true
                    && one["evidence"]["committed"] == true
                    && list(one, "terminals").iter().any(|other| other == id)
            })
        };
        for terminal in self.terminals().iter().filter(|one| one["head"].is_string()) {
            let (id, head) = (text(&terminal["id"]), text(&terminal["head"]));
            let is_same =
                |one: &&Value| one["head"] == head || one["id"] == id || one["branch"] == terminal["branch"];
            let several = self.terminals().iter().filter(is_same).count() > 1;
            let is_plain = terminal["operation"].is_null() && terminal["linked"] == true && !several;
            // of a story without commits, there is nothing to merge
            if !is_plain || terminal["merged"] != false || terminal["ahead"] == 0 {
                continue;
            }
            let merged = repo.try_git(&["merge-tree", "--write-tree", target, head]);
            let told = drifting(id);
            match merged.status.code() {
                Some(0) => assert!(!told, "{when}: {id} merges, but is said to conflict with the target"),
                Some(1) => assert!(
                    told || self.is_undecided(id),
                    "{when}: {id} conflicts with the target: {terminal:#}\n{:#}",
                    self.status["findings"]
                ),
                _ => {}
            }
        }
    }

    fn is_undecided(&self, id: &str) -> bool {
        findings(&self.status, "not_determined")
            .into_iter()
            .any(|one| one["severity"] == "error" && list(one, "terminals").iter().any(|other| other == id))
    }

    /// The terminals at each worktree in which git finds the repository.
    pub(super) fn by_worktree(&self) -> BTreeMap<&str, Vec<&Value>> {
        let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for terminal in self.terminals() {
            let Some(top) = terminal["worktree"].as_str() else { continue };
            let path = Path::new(top);
            let by_git =
                if path.is_dir() { git(path, &["rev-parse", "--show-toplevel"]) } else { String::new() };
            if by_git.trim() == top {
                found.entry(top).or_default().push(terminal);
            }
        }
        found
    }
}

fn home(top: &Path) -> std::path::PathBuf {
    top.parent().unwrap().join("home")
}

fn git(top: &Path, args: &[&str]) -> String {
    let mut command = crate::cli::program::scrubbed(&home(top), top, std::process::Command::new("git"));
    let output = command.args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn check(top: &Path, more: &[&str]) -> Said {
    let answer = said(program_in(&home(top), top).args(["check", "--format", "json"]).args(more));
    assert!(matches!(answer.status, Some(0 | 1)), "{answer}");
    answer
}

fn statusline(top: &Path) -> Said {
    let mut program = program_in(&home(top), top);
    let answer =
        said(program.args(["statusline", "--format", "json", "--max-age", "0"]).stdin(Stdio::null()));
    assert_eq!(answer.status, Some(0), "{answer}");
    answer
}
