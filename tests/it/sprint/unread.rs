//! Files about stories that cannot be read: nothing that may depend on what they say is ready, nothing is blocked or
//! unblocked because of them, and it is said which file is to be mended.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::cli::program::{DIR, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

const BOARD: &str = "docs/sprint-status.yaml";
const ACTIVE: &str = "active-sessions.yaml";

/// What becomes of a file, and the text of it.
fn spoiled(dice: &mut Dice, whole: &str) -> (&'static str, Vec<u8>) {
    match dice.below(6) {
        0 => {
            let half = whole.len() / 2;
            let at = whole[..half].rfind('\n').map_or(0, |at| at + 1);
            let (head, tail) = whole.split_at(at);
            ("conflict markers", format!("{head}<<<<<<< HEAD\n{tail}=======\n>>>>>>> other\n").into())
        }
        1 => ("markers at the top", format!("<<<<<<< HEAD\n{whole}").into()),
        2 => ("emptied", vec![]),
        3 => ("blank", b"\n\n".to_vec()),
        4 => ("bad YAML", format!("{whole}\n  : [\n").into()),
        _ => ("no text", [whole.as_bytes(), &[0xFF, 0xFE]].concat()),
    }
}

/// What is ready, by the commands that say so: the branches of steps, and the terminals that `status` names.
#[derive(Debug, PartialEq, Eq)]
struct SaidReady {
    branches: BTreeSet<String>,
    stories: BTreeSet<String>,
    terminals: BTreeSet<String>,
}

fn said_ready(repo: &Repo) -> SaidReady {
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps: Vec<&Value> =
        order["steps"].as_array().unwrap().iter().filter(|step| step["ready"] == true).collect();
    let named = |key: &str| steps.iter().filter_map(|step| step[key].as_str().map(str::to_string)).collect();
    let status = repo.status();
    let ready = status["ready_to_merge"].as_array().unwrap().iter();
    let terminals =
        ready.flat_map(|one| one["terminals"].as_array().unwrap()).map(|one| text(one).to_string());
    SaidReady { branches: named("branch"), stories: named("story"), terminals: terminals.collect() }
}

/// A sprint: stories with work, with dependencies in any of the files that can have them.
struct Sprint<'s> {
    repo: Repo<'s>,
    dice: Dice,
    count: usize,
}

impl Sprint<'_> {
    fn story(number: usize) -> String {
        format!("1-{number}-x{number}")
    }

    /// The terminals of stories, in the files of the sprint.
    fn write(&mut self) -> String {
        let mut told = String::new();
        let [mut board, mut template] =
            ["development_status:\n  9-9-other: backlog\n", "# what needs what\n"].map(str::to_string);
        let (mut active, mut needs) = ("parallel_mode: inter_story\nsessions:\n".to_string(), String::new());
        let mut has_active = false;
        for number in 1..=self.count {
            let (story, dice) = (Sprint::story(number), &mut self.dice);
            let worktree = self.repo.worktree(&format!("t{number}"));
            worktree.commit("work", &[(&format!("new{number}"), "1\n")]);
            let is_done = dice.chance(60);
            let status = if is_done { "completed" } else { "in_progress" };
            let entry = format!("  t{number}:\n    story_id: {story}\n    status: {status}\n");
            match dice.below(3) {
                0 => {
                    let text = format!(
                        "story_id: {story}\nparallel_mode: intra_story\nsessions:\n  t{number}:\n    status: {status}\n"
                    );
                    self.repo.track(&format!("story-1-{number}-sessions.yaml"), text);
                }
                _ => {
                    has_active = true;
                    active += &entry;
                }
            }
            let on_board = match (dice.below(3), is_done) {
                (0, _) => None,
                (1, true) => Some("done"),
                _ => Some("in-progress"),
            };
            if let Some(on_board) = on_board {
                writeln!(board, "  {story}: {on_board}").unwrap();
            }
            // also what no terminal works on
            let needed = format!("1-{}", 1 + dice.below(self.count + 2));
            if needed != format!("1-{number}") && dice.chance(70) {
                let short = needed;
                match dice.below(3) {
                    0 => writeln!(template, "{story}: [{short}]").unwrap(),
                    _ => writeln!(needs, "  {story}:\n    depends_on: [{short}]").unwrap(),
                }
                writeln!(told, "- {story} needs {short}").unwrap();
            }
            writeln!(told, "- {story} is {status}, on the board {on_board:?}").unwrap();
        }
        for number in [self.count + 1, self.count + 2] {
            if self.dice.chance(50) {
                let status = *self.dice.pick(&["done", "backlog"]);
                writeln!(board, "  1-{number}-x{number}: {status}").unwrap();
                writeln!(told, "- 1-{number} is {status}").unwrap();
            }
        }
        self.repo.write(BOARD, board);
        self.repo.track("dependencies-template.yaml", template);
        if has_active || !needs.is_empty() {
            active = if has_active { active } else { active.replace("sessions:\n", "sessions: {}\n") };
            self.repo.track(
                ACTIVE,
                if needs.is_empty() { active } else { format!("{active}dependencies:\n{needs}") },
            );
        }
        told
    }
}

fn one(seed: u64) -> usize {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\ndocs/\n")]);
    let mut dice = Dice::new(seed * 37 + 3);
    let count = 2 + dice.below(3);
    let mut sprint = Sprint { repo, dice, count };
    let mut told = sprint.write();
    let loose = sprint.repo.worktree("loose");
    loose.commit("loose", &[("loose", "1\n")]);
    let Sprint { repo, dice, .. } = &mut sprint;
    repo.tw(&["sync"]);
    let (before, files) = (said_ready(repo), repo.tracking_files());
    // nobody registered it, so it is ready for whoever names it
    let is_loose_ready = |repo: &Repo| {
        let order = repo.tw(&["merge-order", "--only", "loose", "--format", "json"]).json();
        order["steps"][0]["ready"] == true
    };
    assert!(is_loose_ready(repo), "TRACK_WORK_SEED={seed}: {before:?}\n{told}");
    assert!(!before.branches.contains("loose"), "TRACK_WORK_SEED={seed}: {before:?}\n{told}");
    let tracked = files.keys().filter(|name| !name.contains("log") && name.ends_with(".yaml"));
    let all: Vec<String> = tracked.map(|name| format!("{DIR}/{name}")).chain([BOARD.to_string()]).collect();
    for path in all {
        let name = path.rsplit('/').next().unwrap().to_string();
        let whole = fs::read_to_string(repo.path(&path)).unwrap();
        let (mut how, mut text) = spoiled(dice, &whole);
        // a template that is empty says that nothing is needed
        while name == "dependencies-template.yaml" && text.trim_ascii().is_empty() {
            (how, text) = spoiled(dice, &whole);
        }
        repo.write(&path, &text);
        told += &format!("then {name}: {how}\n");
        let told = format!("TRACK_WORK_SEED={seed}\n{told}");
        let synced = repo.tw(&["sync"]).says(&name);
        let mut after = repo.tracking_files();
        let mut expected = files.clone();
        for known in [&mut after, &mut expected] {
            known.retain(|known, _| *known != name && !known.contains("log"));
            // what is not known to be ready is not written as that
            known
                .values_mut()
                .for_each(|text| *text = text.replace("ready_to_merge: true", "ready_to_merge: false"));
        }
        assert_eq!(after, expected, "{told}{synced}");
        let ready = said_ready(repo);
        assert!(ready.branches.is_subset(&before.branches), "{told}{before:?} {ready:?}");
        assert!(ready.terminals.is_subset(&before.terminals), "{told}{before:?} {ready:?}");
        let has_sessions = name.ends_with("sessions.yaml");
        if !has_sessions {
            assert!(is_loose_ready(repo), "{told}nobody registered it: {ready:?}");
        }
        if !has_sessions || name == ACTIVE {
            assert_eq!((ready.stories.len(), ready.terminals.len()), (0, 0), "{told}{ready:?}");
            repo.tw(&["statusline"]).says_not("to merge");
        }
        for command in [&["status"][..], &["merge-order"]] {
            let said = repo.tw(command);
            if !before.terminals.is_empty() && ready.terminals.is_empty() || command == ["status"] {
                assert!(said.stdout.contains(&name), "{told}{command:?} names no file: {said}");
            }
        }
        let planned = repo.tw(&["merge", "--dry-run"]);
        for branch in before.branches.difference(&ready.branches) {
            planned.stdout.lines().for_each(|line| {
                assert!(!line.ends_with(&format!("git merge --no-ff {branch}")), "{told}{planned}");
            });
        }
        repo.write(&path, &whole);
        assert_eq!(said_ready(repo), before, "{told}mended again");
    }
    before.terminals.len()
}

#[test]
fn what_a_story_needs_is_unknown_while_a_file_cannot_be_read() {
    let seeds = seeds(12);
    let ready: usize = seeds.clone().map(one).sum();
    assert!(ready > 0 || seeds.end - seeds.start < 10, "nothing was ready in any sprint");
}

/// The story that another one needs is done on the board, and its sessions cannot be read: whether its work is merged is not
/// known, so that of the other one is not ready.
#[test]
fn nothing_is_ready_that_needs_work_whose_sessions_cannot_be_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\ndocs/\n")]);
    for (story, mode, name) in [("1-1-a", "intra", "one"), ("1-2-b", "inter", "two")] {
        repo.worktree(name).commit(name, &[(name, "1\n")]);
        repo.tw(&["register", "--mode", mode, "--story", story, "--terminal", name, "--focus", "x"]).exits(0);
        repo.tw(&["complete", name]).exits(0);
    }
    repo.write(BOARD, "development_status:\n  1-1-a: done\n  1-2-b: done\n");
    repo.track("dependencies-template.yaml", "dependencies:\n  1-2-b: [1-1-a]\n");
    assert_eq!(said_ready(&repo).terminals.len(), 2, "{}", repo.tw(&["status"]));
    repo.track("story-1-1-sessions.yaml", "a:\n\t- b\n");
    let ready = said_ready(&repo);
    assert!(!ready.terminals.contains("two") && !ready.branches.contains("two"), "{ready:?}");
    let why =
        "whether the work of story 1-1, which 1-2 needs, is merged is unknown: mend story-1-1-sessions.yaml";
    repo.tw(&["merge-order"]).says(why);
    repo.tw(&["status"]).says("story-1-1-sessions.yaml");
}
