//! A worktree that goes on from one story to the next: what is merged, ready, and begun is said of each story's
//! own commits. `TRACK_WORK_CASES=200` tries more random lives, `TRACK_WORK_SEED=17` one again.

use serde_json::Value;

use super::random::Dice;
use super::squash;
use crate::cli::program::text;
use crate::support::{Repo, Sandbox, seeds};

const ACTIVE: &str = "active-sessions.yaml";

/// A repository with the worktree `one` and its sister `two`.
pub fn shop(sandbox: &Sandbox) -> [Repo<'_>; 3] {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n"), (".gitignore", ".system\n")]);
    repo.tw(&["init"]).exits(0);
    let desk = |name: &str| Repo { sandbox, top: repo.worktree(name).top };
    let (one, two) = (desk("one"), desk("two"));
    [repo, one, two]
}

pub fn register(repo: &Repo, story: &str, terminal: &str) {
    repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", terminal]).exits(0);
}

/// What `status` says of a story.
pub fn of_story<'a>(status: &'a Value, story: &str) -> &'a Value {
    let mut all = status["terminals"].as_array().unwrap().iter();
    all.find(|one| one["story"] == story).unwrap_or_else(|| panic!("{story}: {status:#}"))
}

fn step<'a>(order: &'a Value, story: &str) -> Option<&'a Value> {
    order["steps"].as_array().unwrap().iter().find(|step| step["story"] == story)
}

#[test]
fn a_finished_story_stays_ready_when_its_terminal_is_registered_for_the_next_one() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  1-3-mail: [1-2-cart]\n");
    register(&repo, "1-1-login", "one");
    register(&repo, "1-2-cart", "two");
    one.commit("login", &[("login.txt", "1\n")]);
    two.commit("cart", &[("cart.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0).says("Ready to merge: Story 1-1 (one)");
    register(&repo, "1-3-mail", "one");
    let head = repo.git(&["rev-parse", "one"]);
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["one"]["begins_after"].as_str(), Some(head.as_str()));
    repo.tw(&["sync"]).exits(0).says("Ready to merge: Story 1-1 (one)");
    let status = repo.status();
    let (login, mail) = (of_story(&status, "1-1-login"), of_story(&status, "1-3-mail"));
    assert_eq!((&login["ahead"], &mail["ahead"]), (&1.into(), &0.into()), "{status:#}");
    assert_eq!((&login["merged"], &mail["merged"]), (&false.into(), &false.into()), "{status:#}");
    assert!(text(&login["next"]["what"]).starts_with("merge it into main"), "{login:#}");
    assert_eq!(mail["changes"], serde_json::json!([]));
    let order = repo.tw(&["merge-order", "--format", "json"]).exits(0).json();
    assert_eq!(step(&order, "1-1-login").unwrap()["ready"], true, "{order:#}");
    let said = repo.tw(&["merge-order"]).exits(0);
    said.says("Left out: one (story 1-3): no work yet: no commits since the story began");
    // uncommitted work is that of the story that goes on
    one.write("mail.txt", "1\n");
    let status = repo.status();
    assert_eq!(of_story(&status, "1-1-login")["uncommitted"]["paths"], 0);
    assert_eq!(of_story(&status, "1-3-mail")["uncommitted"]["paths"], 1);
    repo.tw(&["sync"]).says("Ready to merge: Story 1-1 (one)");
    // what is committed on top of it is not merged with it
    one.commit("mail", &[]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let ready = step(&order, "1-1-login").unwrap();
    assert_eq!((&ready["ready"], &ready["prediction"]), (&true.into(), &"clean".into()), "{order:#}");
    let command = text(&ready["command"]);
    assert_eq!(command, format!("git merge --no-ff {head}"));
    repo.tw(&["sync"]).says("Ready to merge: Story 1-1 (one)").says(command);
    repo.tw(&["merge-order"]).says("Waiting: one (story 1-3): its status is blocked");
    repo.git(&[&command.split(' ').skip(1).collect::<Vec<_>>()[..], &["--no-edit"]].concat());
    assert_eq!(repo.git(&["rev-parse", "HEAD^{tree}"]), text(&ready["tree"]));
    let status = repo.status();
    assert_eq!(of_story(&status, "1-1-login")["merged"], true, "{status:#}");
    assert_eq!(of_story(&status, "1-3-mail")["merged"], false, "{status:#}");
    assert_eq!(of_story(&status, "1-3-mail")["ahead"], 1);
    repo.tw(&["archive", "1-1"]).exits(0);
}

#[test]
fn the_next_story_on_a_merged_branch_has_no_work_yet() {
    for how in ["no-ff", "ff", "squash"] {
        for goes_on in ["", "merge", "reset"] {
            let sandbox = Sandbox::new();
            let [repo, one, _] = shop(&sandbox);
            register(&repo, "1-1-login", "one");
            one.commit("login", &[("login.txt", "1\n")]);
            repo.tw(&["complete", "one"]).exits(0);
            match how {
                "squash" => squash(&repo, "one"),
                "ff" => drop(repo.git(&["merge", "-q", "--ff-only", "one"])),
                _ => drop(repo.git(&["merge", "-q", "--no-ff", "-m", "login", "one"])),
            }
            register(&repo, "1-2-cart", "one");
            match goes_on {
                "merge" => drop(one.git(&["merge", "-q", "--no-edit", "main"])),
                "reset" => drop(one.git(&["reset", "-q", "--hard", "main"])),
                _ => {}
            }
            let about = format!("{how} {goes_on}");
            let is_merged = || {
                repo.tw(&["sync"]).exits(0);
                let written = repo.yaml(ACTIVE)["sessions"]["one"]["observed"]["merged"].as_bool();
                assert_eq!(written, of_story(&repo.status(), "1-2-cart")["merged"].as_bool(), "{about}");
                written.unwrap()
            };
            assert!(!is_merged(), "{about}: nothing was done");
            one.commit("cart", &[("cart.txt", "1\n")]);
            assert!(!is_merged(), "{about}");
            repo.tw(&["complete", "one"]).exits(0).says("Ready to merge: Story 1-2 (one)");
            repo.tw(&["archive", "1-2"]).fails().complains("one is not merged into main");
            repo.git(&["merge", "-q", "--no-ff", "-m", "cart", "one"]);
            assert!(is_merged(), "{about}");
            repo.tw(&["archive", "1-2"]).exits(0);
        }
    }
}

#[test]
fn a_run_of_merges_takes_the_finished_story_alone() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    register(&repo, "1-1-login", "one");
    one.commit("login", &[("login.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    register(&repo, "1-2-cart", "one");
    one.commit("cart", &[("cart.txt", "1\n")]);
    repo.tw(&["merge", "--yes"]).exits(0);
    assert!(repo.path("login.txt").exists() && !repo.path("cart.txt").exists());
    let status = repo.status();
    assert_eq!(of_story(&status, "1-1-login")["merged"], true, "{status:#}");
    assert_eq!(of_story(&status, "1-2-cart")["ahead"], 1, "{status:#}");
}

#[test]
fn a_conflict_that_the_next_story_has_resolved_is_not_brought_back() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    register(&repo, "1-1-login", "one");
    one.commit("login", &[("a.txt", "one\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    register(&repo, "1-2-cart", "one");
    one.commit("cart", &[("cart.txt", "1\n")]);
    repo.commit("other", &[("b.txt", "1\n")]);
    // what is clean is merged by itself, also after the target's commits were taken in
    one.git(&["merge", "-q", "--no-edit", "main"]);
    let order = repo.tw(&["merge-order", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&order["steps"][0]["ready"], &order["steps"][0]["story"]),
        (&true.into(), &"1-1-login".into())
    );
    // a conflict is there in both outputs until it is resolved, and then in none
    repo.commit("main", &[("a.txt", "main\n")]);
    repo.tw(&["status"]).exits(1).says("one conflicts with main");
    repo.tw(&["merge-order"]).exits(1).says("1 one conflict");
    assert!(!one.try_git(&["merge", "-q", "--no-edit", "main"]).status.success());
    one.commit("resolved", &[("a.txt", "both\n")]);
    let said = repo.tw(&["status"]).exits(0).says("no conflicts").says_not("ready to merge");
    said.says("cannot be merged yet: the status of its story 1-2 is in progress");
    repo.tw(&["merge-order"]).exits(0).says("1 one clean git merge --no-ff one");
    // who meets both stories of a terminal in a file is told once, and who meets one is told which
    two.commit("two", &[("a.txt", "two\n"), ("cart.txt", "two\n")]);
    let told = two.tw(&["check", "--format", "json"]).exits(1).json();
    let met: Vec<(&str, &str)> = told["encounters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|met| (text(&met["path"]), text(&met["terminal"]["id"])))
        .collect();
    assert_eq!(met, [("a.txt", "one"), ("cart.txt", "one")], "{told:#}");
    two.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.tw(&["complete", "one", "--story", "1-2"]).exits(0);
    repo.tw(&["merge-order"]).exits(0).says("1 one clean git merge --no-ff one").says_not("Not ready");
}

#[test]
fn a_recorded_conflict_goes_along_with_the_session_that_moves() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = shop(&sandbox);
    register(&repo, "1-1-login", "one");
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-cart", "--terminal", "two"]).exits(0);
    one.commit("login", &[("a.txt", "one\n")]);
    two.commit("cart", &[("a.txt", "two\n")]);
    repo.tw_at("2025-11-15T11:00:00Z", &["sync"]).exits(1);
    repo.track(ACTIVE, repo.tracked(ACTIVE).replace("resolution: \"\"", "resolution: \"take both\""));
    repo.tw(&["complete", "one"]).exits(0);
    register(&repo, "1-4-more", "one");
    let said = repo.tw(&["sync"]).exits(1).says_not("No longer in conflict");
    said.says("a.txt: one line 1, two line 1");
    let entries = repo.tracking_files().into_values().collect::<String>();
    assert!(repo.tracked("story-1-1-sessions.yaml").contains("resolution: \"take both\""), "{entries}");
    assert_eq!(entries.matches("resolution: \"take both\"").count(), 1, "{entries}");
    assert_eq!(entries.matches("detected: \"2025-11-15T11:00:00Z\"").count(), 2, "{entries}");
    assert!(repo.tracked(ACTIVE).contains("conflicts: []"), "{entries}");
    let history = repo.history();
    let last = &history.last().unwrap()["conflicts"];
    assert!(last.get("appeared").is_none() && last.get("gone").is_none(), "{last:?}");
    // a second time nothing changes
    repo.tw(&["sync"]).says("Tracking files are up to date.");
}

#[test]
fn who_joins_a_place_that_went_on_begins_where_it_did() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let register = |terminal: &str, story: &str| {
        let args = ["register", "--mode", "intra", "--story", story, "--terminal", terminal];
        repo.tw(&[&args[..], &["--worktree", "../one", "--focus", terminal]].concat()).exits(0);
    };
    register("login", "1-1-login");
    one.commit("login", &[("login.txt", "1\n")]);
    repo.tw(&["complete", "login"]).exits(0);
    let head = repo.git(&["rev-parse", "one"]);
    register("cart", "1-2-cart");
    one.commit("cart", &[("cart.txt", "1\n")]);
    register("mail", "1-2-cart");
    let sessions = &repo.yaml("story-1-2-sessions.yaml")["sessions"];
    for terminal in ["cart", "mail"] {
        assert_eq!(sessions[terminal]["begins_after"].as_str(), Some(head.as_str()), "{terminal}");
    }
    let status = repo.status();
    let terminal = |id: &str| crate::cli::program::terminal(&status, id);
    assert_eq!(terminal("login")["changes"][0]["path"], "login.txt");
    for id in ["cart", "mail"] {
        let changes = terminal(id)["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "{status:#}");
        assert_eq!((&changes[0]["path"], &changes[0]["shared"]), (&"cart.txt".into(), &true.into()));
    }
}

#[test]
fn a_story_begins_where_it_did_after_a_rebase_and_an_amendment() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    register(&repo, "1-1-login", "one");
    one.commit("login", &[("login.txt", "1\n")]);
    one.commit("login 2", &[("login.txt", "1\n2\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    register(&repo, "1-2-cart", "one");
    one.commit("cart", &[("cart.txt", "1\n")]);
    repo.commit("target", &[("main.txt", "1\n")]);
    let is_told = |ahead: [u64; 2]| {
        let status = repo.status();
        let said = ["1-1-login", "1-2-cart"].map(|story| of_story(&status, story)["ahead"].as_u64());
        assert_eq!(said, ahead.map(Some), "{status:#}");
    };
    is_told([2, 1]);
    one.git(&["rebase", "-q", "main"]);
    is_told([2, 1]);
    one.git(&["commit", "-q", "--amend", "-m", "another message"]);
    is_told([2, 1]);
    one.git(&["reset", "-q", "--hard", "HEAD~"]);
    one.git(&["commit", "-q", "--amend", "-m", "login, at last"]);
    is_told([2, 0]);
}

#[test]
fn a_beginning_that_history_does_not_have_any_more_tells_nothing() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    register(&repo, "1-1-login", "one");
    one.commit("login", &[("login.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    register(&repo, "1-2-cart", "one");
    one.write("login.txt", "2\n");
    one.git(&["commit", "-q", "-a", "--amend", "-m", "other"]);
    let status = repo.status();
    assert_eq!(of_story(&status, "1-2-cart")["ahead"], 1, "{status:#}");
    let begins = repo.yaml(ACTIVE)["sessions"]["one"]["begins_after"].as_str().unwrap().to_string();
    for odd in ["0123456789012345678901234567890123456789", "nonsense", "[1]"] {
        repo.track(ACTIVE, repo.tracked(ACTIVE).replace(&format!("\"{begins}\""), odd));
        assert_eq!(of_story(&repo.status(), "1-2-cart")["ahead"], 1, "{odd}");
        repo.track(ACTIVE, repo.tracked(ACTIVE).replace(odd, &format!("\"{begins}\"")));
    }
}

/// A story, with the files that it added.
struct Story {
    id: String,
    files: Vec<String>,
    complete: bool,
    archived: bool,
}

struct Life<'a> {
    repo: Repo<'a>,
    one: Repo<'a>,
    stories: Vec<Story>,
    seed: u64,
}

impl Life<'_> {
    fn has(&self, file: &str) -> bool {
        self.repo.path(file).exists()
    }

    /// What is said of each story is true.
    fn is_told(&mut self, after: &str) {
        let status = self.repo.status();
        let told: Vec<&str> =
            status["terminals"].as_array().unwrap().iter().filter_map(|one| one["story"].as_str()).collect();
        let order = self.repo.tw(&["merge-order", "--format", "json"]).json();
        let about = format!("TRACK_WORK_SEED={} after {after}\n{status:#}\n{order:#}", self.seed);
        let is_open = |story: &Story| story.files.iter().any(|file| !self.has(file));
        for story in &self.stories {
            if !told.contains(&story.id.as_str()) {
                // only what is over was archived by going on
                assert!(story.archived || story.complete && !is_open(story), "{}: {about}", story.id);
                continue;
            }
            let said = of_story(&status, &story.id);
            let merged = !story.files.is_empty() && !is_open(story);
            assert_eq!(said["merged"], merged, "{}: {about}", story.id);
            let left = story.files.iter().filter(|file| !self.has(file)).count();
            let ahead = said["ahead"].as_u64().unwrap() as usize;
            assert!(merged || (left..=story.files.len()).contains(&ahead), "{}: {about}", story.id);
            assert_eq!(said["changes"].as_array().unwrap().len(), left, "{}: {about}", story.id);
        }
        let open: Vec<&Story> = self.stories.iter().filter(|story| is_open(story)).collect();
        let steps = order["steps"].as_array().unwrap();
        assert_eq!(steps.len(), usize::from(!open.is_empty()), "{about}");
        if let [step] = &steps[..] {
            assert_eq!(step["ready"], open[0].complete, "{about}");
            assert_eq!(step["story"], open[0].id, "{about}");
        }
    }
}

fn live(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 3);
    let sandbox = Sandbox::new();
    let [repo, one, _] = shop(&sandbox);
    let mut life = Life { repo, one, stories: Vec::new(), seed };
    for number in 0..3 {
        let id = format!("1-{}-story", number + 1);
        register(&life.repo, &id, "one");
        life.stories.push(Story { id, files: Vec::new(), complete: false, archived: false });
        life.is_told("registering");
        for event in 0..dice.roll(6) {
            let file = format!("s{number}-{event}");
            let story = life.stories.last_mut().unwrap();
            let after = match dice.roll(if story.complete { 4 } else { 7 }) {
                0 => {
                    let how = ["--no-ff", "--ff", "--squash"][dice.roll(3)];
                    life.repo.git(&["merge", "-q", "--no-edit", how, "one"]);
                    life.repo.try_git(&["commit", "-q", "-m", "squash"]);
                    how
                }
                1 => {
                    life.repo.commit("main", &[(&format!("main-{file}"), "1\n")]);
                    "a commit of main"
                }
                2 => {
                    life.repo.tw(&["sync"]).exits(0);
                    "sync"
                }
                3 => {
                    if life.stories.iter().all(|story| story.files.iter().all(|file| life.has(file))) {
                        let how =
                            [&["merge", "-q", "--no-edit"][..], &["reset", "-q", "--hard"]][dice.roll(2)];
                        life.one.git(&[how, &["main"]].concat());
                    }
                    "an update"
                }
                4 | 5 => {
                    life.one.commit(&file, &[(&file, &format!("{file}\n"))]);
                    story.files.push(file);
                    "a commit"
                }
                _ => {
                    life.repo.tw(&["complete", "one", "--story", &story.id]).exits(0);
                    story.complete = true;
                    "complete"
                }
            };
            life.is_told(after);
        }
        let story = life.stories.last_mut().unwrap();
        if !story.complete {
            life.repo.tw(&["complete", "one", "--story", &story.id]).exits(0);
            story.complete = true;
        }
        life.is_told("completing");
        if dice.roll(3) == 0 {
            let story = &life.stories[dice.roll(life.stories.len())];
            let is_open = story.files.iter().any(|file| !life.has(file));
            let archived = life.repo.tw(&["archive", &story.id]);
            assert!(archived.status != Some(0) || !is_open, "TRACK_WORK_SEED={seed} {archived}");
            let at = life.stories.iter().position(|known| known.id == story.id).unwrap();
            life.stories[at].archived |= archived.status == Some(0);
            life.is_told("archiving");
        }
    }
}

#[test]
fn random_lives_of_a_worktree_are_told_story_by_story() {
    seeds(6).for_each(live);
}
