//! A session's life beyond its first story: going on, archiving, taking out; and that all of it is logged.

use super::program::{DIR, Said, terminal, text};
use super::pty::Terminal;
use crate::support::{Repo, Sandbox};

const ACTIVE: &str = "active-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n")])
}

fn inter(repo: &Repo, story: &str, more: &[&str]) -> Said {
    repo.tw(&[&["register", "--mode", "inter", "--story", story][..], more].concat())
}

#[test]
fn a_terminal_goes_on_to_its_next_story_and_nothing_of_the_last_one_is_lost() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "-b", "s1", "../terminal-1"]);
    let desk = Repo { sandbox: &sandbox, top: sandbox.path("terminal-1") };
    inter(&repo, "1-1-login", &["--terminal", "terminal-1", "--agent", "dev"]).exits(0);
    let said = inter(&repo, "1-2-cart", &["--terminal", "terminal-1"]).fails();
    said.complains("for story 1-1, which it has not completed").complains("track-work complete terminal-1");
    desk.commit("login", &[("login.txt", "1\n")]);
    repo.track(
        ACTIVE,
        repo.tracked(ACTIVE).replace("    agent: \"dev\"", "    # whom to ask\n    agent: \"dev\" # Ada"),
    );
    repo.tw(&["complete", "terminal-1"]).exits(0);
    // not merged: the session moves to the file of its story, with its lines, and stays what it is
    let said = inter(&repo, "1-2-cart", &["--terminal", "terminal-1"]).exits(0);
    said.says(&format!("Its completed session of story 1-1 is now in {DIR}/story-1-1-sessions.yaml."));
    let own = repo.tracked("story-1-1-sessions.yaml");
    assert!(own.contains("    # whom to ask\n    agent: \"dev\" # Ada\n"), "{own}");
    let session = repo.yaml("story-1-1-sessions.yaml")["sessions"]["terminal-1"].clone();
    assert_eq!((session["status"].as_str(), session["branch"].as_str()), (Some("completed"), Some("s1")));
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["terminal-1"]["story_id"].as_str(), Some("1-2-cart"));
    // the next story has a branch of its own: both works are seen
    desk.git(&["switch", "-qc", "s2", "main"]);
    desk.commit("cart", &[("cart.txt", "1\n")]);
    let answer = repo.tw(&["sync", "--format", "json"]).exits(0).json();
    assert_eq!(text(&answer["ready_to_merge"][0]["text"]), "Story 1-1 (terminal-1)");
    let branches: Vec<&str> =
        answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["branch"])).collect();
    assert_eq!(branches, ["s1", "s2"]);
    // once it is merged, its file is archived as any other
    repo.git(&["merge", "-q", "--no-ff", "-m", "login", "s1"]);
    repo.tw(&["archive", "1-1"]).exits(0);
    // merged work is archived by going on
    repo.git(&["merge", "-q", "--no-ff", "-m", "cart", "s2"]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let said = inter(&repo, "1-3-mail", &["--terminal", "terminal-1"]).exits(0);
    said.says("Story 1-2 is completed and nothing of it is left to merge: archived as");
    let archived = repo.yaml("archive/story-1-2-sessions.yaml");
    assert_eq!(archived["story_id"].as_str(), Some("1-2-cart"));
    assert_eq!(archived["sessions"].as_mapping().unwrap().len(), 1);
    assert!(!repo.path(format!("{DIR}/story-1-2-sessions.yaml")).exists());
    let answer = repo.status();
    assert_eq!(answer["terminals"].as_array().unwrap().len(), 1);
    assert_eq!(text(&terminal(&answer, "terminal-1")["story"]), "1-3-mail");
}

#[test]
fn who_waited_for_completed_work_does_not_wait_for_the_next_story() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    inter(&repo, "1-1-login", &["--terminal", "one"]).exits(0);
    inter(&repo, "1-2-cart", &["--terminal", "two", "--blocked-by", "one", "--blocked-by", "other"]).exits(0);
    inter(&repo, "1-4-other", &["--terminal", "other"]).exits(0);
    let intra =
        ["register", "--mode", "intra", "--story", "1-5-x", "--terminal", "three", "--blocked-by", "one"];
    repo.tw(&intra).exits(0);
    repo.tw(&["complete", "one"]).exits(0);
    inter(&repo, "1-3-mail", &["--terminal", "one"]).exits(0);
    let waits = |id: &str| terminal(&repo.status(), id)["waiting_for"].clone();
    assert_eq!(waits("two"), serde_json::json!(["other"]));
    assert!(waits("three").is_null());
    repo.tw(&["sync"]).exits(0);
    assert_eq!(repo.yaml("story-1-5-sessions.yaml")["sessions"]["three"].get("blocked_by"), None);
}

#[test]
fn a_story_in_the_file_of_all_stories_is_archived_with_its_lines() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(
        "dependencies-template.yaml",
        "dependencies:\n  \"1-3-mail\": [\"1-2-cart\"]\n  \"1-2-cart\": []\n",
    );
    inter(&repo, "1-3-mail", &["--terminal", "three"]).exits(0);
    let before = repo.tracked(ACTIVE);
    inter(&repo, "1-2-cart", &["--terminal", "one"]).exits(0);
    inter(&repo, "1-2-cart", &["--terminal", "two"]).exits(0);
    repo.tw(&["complete", "one"]).exits(0);
    let said = repo.tw(&["archive", "1-2"]).fails();
    said.complains("story 1-2 has sessions that are not completed: two");
    repo.tw(&["complete", "two"]).exits(0);
    let said = repo.tw(&["archive", "1-2"]).exits(0);
    let archive = ".system/parallel-work/archive/story-1-2-sessions.yaml";
    said.says(&format!("Archived 2 sessions of story 1-2, from active-sessions.yaml to {archive}"));
    let archived = repo.yaml("archive/story-1-2-sessions.yaml");
    assert_eq!(archived["story_id"].as_str(), Some("1-2-cart"));
    assert_eq!(archived["parallel_mode"].as_str(), Some("inter_story"), "as it was registered");
    let names: Vec<&str> =
        archived["sessions"].as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(archived["summary"]["terminals"].as_sequence().unwrap(), &["one", "two"]);
    // nothing of it is left in the file, and what waited for it goes on
    assert!(!repo.tracked(ACTIVE).contains("1-2-cart\":"), "{}", repo.tracked(ACTIVE));
    assert_eq!(repo.yaml(ACTIVE)["sessions"].as_mapping().unwrap().len(), 1);
    assert_eq!(repo.status()["dependencies"][1]["status"], "ready");
    assert!(before.contains("waiting_for") && !repo.tracked(ACTIVE).contains("waiting_for"));
    repo.tw(&["archive", "1-2"]).fails().complains("no session of story 1-2: it is archived already");
    let said = repo.tw(&["archive", "9-9"]).fails().complains("no session of story 9-9");
    said.complains("stories with sessions: 1-3-mail");
}

/// What this tool wrote of what a session waited for goes with the blocked status; what a person wrote stays.
#[test]
fn a_reason_that_is_over_is_not_kept() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        repo.tw(&["register", "--terminal", name, "--mode", "intra", "--story", "1-1-x"]).exits(0);
        repo.tw(&["update", name, "--status", "in_progress"]).exits(0);
    }
    let file = "story-1-1-sessions.yaml";
    let reason = || repo.yaml(file)["sessions"]["two"]["reason"].as_str().map(str::to_string);
    let blocked = || {
        repo.tw(&["update", "two", "--blocked-by", "one"]).exits(0);
        repo.tw(&["sync"]).exits(0);
        assert_eq!(reason().as_deref(), Some("Waiting for one"), "{}", repo.tracked(file));
    };
    blocked();
    repo.tw(&["update", "two", "--blocked-by", ""]).exits(0);
    repo.tw(&["sync"]).exits(0);
    assert_eq!(reason(), None);
    blocked();
    repo.tw(&["update", "two", "--status", "completed"]).exits(0);
    assert_eq!(reason(), None, "{}", repo.tracked(file));
    repo.tw(&["update", "two", "--status", "in_progress"]).exits(0);
    blocked();
    repo.tw(&["complete", "two"]).exits(0);
    assert_eq!(reason(), None, "{}", repo.tracked(file));
    // a person's
    repo.tw(&["update", "two", "--status", "in_progress"]).exits(0);
    blocked();
    let text = repo.tracked(file).replace("Waiting for one", "after the review");
    repo.track(file, text);
    repo.tw(&["sync"]).exits(0);
    repo.tw(&["complete", "two"]).exits(0);
    assert_eq!(reason().as_deref(), Some("after the review"));
}

#[test]
fn what_is_not_merged_is_not_archived_out_of_the_file_of_all_stories() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let desk = repo.worktree("one");
    inter(&repo, "1-2-cart", &["--terminal", "one"]).exits(0);
    desk.commit("work", &[("w.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    let before = repo.tracking_picture();
    repo.tw(&["archive", "1-2"]).fails().complains("one is not merged into main");
    assert_eq!(repo.tracking_picture(), before);
    repo.tw(&["archive", "1-2", "--force"]).exits(0);
}

#[test]
fn a_second_session_of_one_story_in_one_place_is_refused() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "-b", "story/1-2-cart", "../cart"]);
    inter(&repo, "1-2-cart", &[]).exits(0);
    let before = repo.tracking_picture();
    let again = [&["inter", ""][..], &["intra", ""], &["inter", "other"]];
    for with in again {
        let mut args = vec!["register", "--mode", with[0], "--story", "1-2"];
        args.extend(if with[1].is_empty() { vec![] } else { vec!["--terminal", with[1]] });
        repo.tw(&args).fails().complains("Terminal-1 already works on story 1-2 in cart");
        assert_eq!(repo.tracking_picture(), before, "{with:?}");
    }
    // another part of the story, another place, another story, or once the first is completed
    repo.tw(&["register", "--mode", "intra", "--story", "1-2", "--focus", "tests"]).exits(0);
    repo.worktree("elsewhere");
    inter(&repo, "1-2-cart", &["--worktree", "../elsewhere"]).exits(0);
    inter(&repo, "1-3-mail", &["--worktree", "../cart"]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    inter(&repo, "1-2-cart", &["--terminal", "next", "--worktree", "../cart"]).exits(0);
}

#[test]
fn a_story_that_no_story_file_knows_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // without story files there is nothing to say
    inter(&repo, "1-1-login", &[]).exits(0).says_not("no story file knows");
    let board = "development_status:\n  epic-1: in-progress\n  1-1-login: done\n  1-2-cart: backlog\n  2-1-mail: backlog\n";
    repo.write("docs/sprint-status.yaml", board);
    let said = inter(&repo, "2-7-nosuch", &[]).exits(0);
    said.says("Note: no story file knows story 2-7-nosuch; known: 2-1-mail, 1-1-login and 1-2-cart.");
    for known in ["1-2-cart", "1-2", "Story 1.2", "2-1-mail"] {
        inter(&repo, known, &[]).exits(0).says_not("no story file knows");
    }
    let answer = inter(&repo, "1-2-card", &["--format", "json"]).exits(0).json();
    assert_eq!(text(&answer["known_stories"][0]), "1-2-cart");
    // one that is only needed is known too; and what cannot be read may know it
    repo.track("dependencies-template.yaml", "dependencies:\n  \"3-1-a\": [\"3-2-b\"]\n");
    inter(&repo, "3-2-b", &[]).exits(0).says_not("no story file knows");
    repo.write("docs/sprint-status.yaml", "development_status: [\n");
    inter(&repo, "9-9-z", &[]).exits(0).says_not("no story file knows");
}

#[test]
fn everything_that_is_written_stands_in_the_log() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    inter(&repo, "1-1-login", &["--task", "one", "--task", "two"]).exits(0);
    inter(&repo, "1-2-cart", &[]).exits(0);
    repo.tw(&["update", "terminal-1", "--done", "one", "--phase", "x"]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["unregister", "terminal-2"]).exits(0);
    repo.tw(&["archive", "1-1"]).exits(0);
    let answer = repo.tw(&["log", "--format", "json"]).exits(0).json();
    let entries: Vec<String> = answer["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let said = |key: &str| one[key].as_str().unwrap_or("-").to_string();
            let done: Vec<&str> = one["tasks_done"].as_array().unwrap().iter().map(text).collect();
            format!("{} {} {} [{}]", said("command"), said("terminal"), said("story"), done.join(","))
        })
        .collect();
    assert_eq!(
        entries,
        [
            "register terminal-1 1-1-login []",
            "register terminal-2 1-2-cart []",
            "update terminal-1 1-1-login [one]",
            "complete terminal-1 1-1-login []",
            "unregister terminal-2 1-2-cart []",
            "archive - 1-1 []",
        ]
    );
    let said = repo.tw(&["log"]).exits(0);
    let said = said.says("register terminal-1, story 1-1-login").says("done: one");
    said.says("unregister terminal-2").says("archive story 1-1");
    // a command that writes nothing leaves no entry
    repo.tw(&["register", "--mode", "inter", "--story", "../x"]).fails();
    assert_eq!(repo.history().len(), 6);
}

#[test]
fn the_interactive_form_offers_stories_places_and_whom_to_wait_for() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let board = "development_status:\n  epic-1: in-progress\n  1-1-login: done\n  1-2-cart: in-progress\n  1-3-mail: backlog\n";
    repo.write("docs/sprint-status.yaml", board);
    repo.git(&["worktree", "add", "-q", "-b", "feature", "../desk"]);
    repo.git(&["worktree", "add", "-q", "-b", "taken", "../taken"]);
    inter(&repo, "1-2-cart", &["--worktree", "../taken"]).exits(0);
    let mut terminal = Terminal::start(&mut repo.program(&["register"]));
    terminal.until("What type of parallel work?");
    terminal.types("\u{1b}[B\r");
    terminal.until("Story ID?");
    terminal.until("1-2-cart");
    terminal.until("1-3-mail");
    assert!(!terminal.seen.contains("1-1-login"), "{}", terminal.seen);
    terminal.types("mail\u{1b}[B\r");
    terminal.until("Which worktree or branch?");
    terminal.until("The one whose name");
    terminal.until("there is none yet");
    terminal.until("desk (branch feature)");
    assert!(!terminal.seen.contains("branch taken"), "{}", terminal.seen);
    terminal.types("\u{1b}[B\r");
    terminal.until("Wait for which terminals?");
    terminal.until("terminal-1");
    terminal.types(" \r");
    terminal.until("Terminal-2 registered for work on story 1-3");
    assert_eq!(terminal.ends(), Some(0));
    let session = repo.yaml(ACTIVE)["sessions"]["terminal-2"].clone();
    assert_eq!(session["story_id"].as_str(), Some("1-3-mail"));
    assert!(session["worktree"].as_str().unwrap().ends_with("/desk"), "{session:?}");
    assert_eq!(session["blocked_by"].as_sequence().unwrap(), &["terminal-1"]);
}

#[test]
fn archived_stories_are_no_list_of_stories() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    inter(&repo, "1-1-login", &["--terminal", "one"]).exits(0).says_not("no story file knows");
    repo.tw(&["complete", "one"]).exits(0);
    repo.tw(&["archive", "1-1"]).exits(0);
    inter(&repo, "3-1-cart", &["--terminal", "one"]).exits(0).says_not("no story file knows");
    // what depends on an archived story goes on as before
    repo.track("dependencies-template.yaml", "dependencies:\n  3-2-mail: [1-1-login]\n");
    inter(&repo, "3-2-mail", &["--terminal", "two"]).exits(0).says_not("blocked");
    inter(&repo, "3-3-more", &["--terminal", "three"]).exits(0).says("no story file knows story 3-3-more");
}

#[test]
fn who_waits_for_a_terminal_goes_on_when_that_is_archived() {
    for mode in ["inter", "intra"] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let work = |name: &str| repo.worktree(name).commit(name, &[(&format!("{name}.txt"), "1\n")]);
        let register = |story: &str, terminal: &str, more: &[&str]| {
            repo.tw(&[&["register", "--mode", mode, "--story", story, "--terminal", terminal], more].concat())
                .exits(0)
        };
        work("one");
        work("two");
        register("1-1-login", "one", &[]);
        register("1-2-cart", "two", &["--blocked-by", "one"]);
        repo.tw(&["complete", "one"]).exits(0);
        repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
        repo.tw(&["sync"]);
        repo.tw(&["archive", "1-1"]).exits(0);
        repo.tw(&["sync"]).says_not("not registered");
        repo.tw(&["complete", "two"]).exits(0).says("Ready to merge");
        repo.tw(&["doctor"]).says_not("not registered");
        repo.tw(&["merge", "--yes"]).exits(0);
        assert!(repo.git(&["log", "--format=%s", "main"]).lines().any(|subject| subject == "two"), "{mode}");
    }
}

#[test]
fn who_completes_before_what_it_needs_is_told_one_thing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  1-2-two: [1-1-one]\n");
    for (story, terminal) in [("1-1-one", "one"), ("1-2-two", "two")] {
        repo.worktree(terminal).commit(terminal, &[(&format!("{terminal}.txt"), "1\n")]);
        inter(&repo, story, &["--terminal", terminal]).exits(0);
    }
    let said = repo.tw(&["complete", "two"]).exits(0);
    said.says("Not ready to merge: story 1-2 needs 1-1").says_not("no longer waiting");
    repo.tw(&["complete", "one"]).exits(0).says_not("one is no longer waiting");
}

#[test]
fn a_number_means_the_story_of_the_terminal_that_is_named() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    std::fs::create_dir_all(repo.path("docs")).unwrap();
    repo.write("docs/sprint-status.yaml", "development_status:\n  1-1-aa: in-progress\n");
    inter(&repo, "1-1-other", &["--terminal", "one"]).exits(0);
    repo.tw(&["complete", "one", "--story", "1-1"]).exits(0);
    repo.tw(&["complete", "one", "--story", "1-2"]).fails().complains("no session for one in story 1-2");
}

#[test]
fn what_cannot_be_counted_is_no_progress() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let board = "development_status:\n  epic-1: in-progress\n  1-1-login: done\n  1-2-cart: backlog\n";
    repo.write("docs/sprint-status.yaml", board);
    repo.track("active-sessions.yaml", "sessions:\n  one:\n    story_id: 1-1-login\n    status: completed\n");
    repo.tw(&["status"]).says("Progress: epic 1: 1 of 2 stories (50%)");
    // a merge left a key twice
    repo.write("docs/sprint-status.yaml", format!("{board}  1-1-login: review\n"));
    repo.tw(&["status"]).exits(1).says("duplicate key").says_not("Progress:");
    assert_eq!(repo.tw(&["status", "--format", "json"]).json()["progress"], serde_json::json!([]));
}
