//! Questions are asked where somebody sits at a terminal, and only there.

use std::time::{Duration, Instant};

use super::pty::{Terminal, hung_up};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n")])
}

#[test]
fn example_1_word_for_word() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut terminal = Terminal::start(&mut repo.program(&["register"]));
    terminal.until("What type of parallel work?");
    terminal.until("2. Inter-story (multiple stories in parallel)");
    assert!(terminal.seen.contains("1. Intra-story (multiple terminals on one story)"), "{}", terminal.seen);
    terminal.types("1\r");
    terminal.until("Story ID?");
    terminal.types("1-2-user-authentication\r");
    terminal.until("Terminal focus?");
    terminal.types("backend\r");
    terminal.until("Tasks?");
    terminal.types("[Implement auth service, Create JWT tokens]\r");
    terminal.until("Terminal-1 registered for backend work on story 1-2");
    assert!(
        terminal.seen.contains("Created .system/parallel-work/story-1-2-sessions.yaml"),
        "{}",
        terminal.seen
    );
    assert_eq!(terminal.ends(), Some(0));
    let session = repo.yaml(STORY)["sessions"]["terminal-1"].clone();
    assert_eq!(session["focus"].as_str(), Some("backend"));
    assert_eq!(session["tasks"].as_sequence().unwrap(), &["Implement auth service", "Create JWT tokens"]);
}

#[test]
fn only_what_is_missing_is_asked() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let args = ["register", "--mode", "inter"];
    let mut terminal = Terminal::start(&mut repo.program(&args));
    terminal.until("Story ID?");
    assert!(!terminal.seen.contains("What type"), "{}", terminal.seen);
    terminal.types("1-3-account-management\r");
    terminal.until("Terminal-1 registered for work on story 1-3");
    assert_eq!(terminal.ends(), Some(0));
    // With nothing missing, nothing is asked.
    let args = ["register", "--mode", "intra", "--story", "1-2"];
    let mut terminal = Terminal::start(&mut repo.program(&args));
    terminal.until("Terminal-2 registered");
    assert!(!terminal.seen.contains('?'), "{}", terminal.seen);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn the_second_choice_is_several_stories() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut terminal = Terminal::start(&mut repo.program(&["register"]));
    terminal.until("What type of parallel work?");
    terminal.types("2\r");
    terminal.until("Story ID?");
    terminal.types("1-3-account-management\r");
    terminal.until("Terminal-1 registered");
    assert_eq!(terminal.ends(), Some(0));
    assert!(repo.tracked("active-sessions.yaml").contains("story_id: \"1-3-account-management\""));
}

#[test]
fn giving_up_a_question_writes_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for key in ["\u{1b}", "\u{3}"] {
        let mut terminal = Terminal::start(&mut repo.program(&["register", "--mode", "intra"]));
        terminal.until("Story ID?");
        terminal.types(key);
        terminal.until("nothing was registered");
        assert_eq!(terminal.ends(), Some(2));
    }
    assert!(!repo.path(".system").exists());
}

#[test]
fn a_question_is_repeated_until_it_is_answered() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut terminal = Terminal::start(&mut repo.program(&["register", "--mode", "inter"]));
    terminal.until("Story ID?");
    terminal.types("\r");
    terminal.until("a story needs an id, for example 1-2-user-authentication");
    terminal.types("1-3\r");
    terminal.until("Terminal-1 registered");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn a_terminal_gets_colour() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let colours = |set: &[(&str, &str)]| {
        let mut command = repo.program(&["status"]);
        command.envs(set.iter().copied());
        let terminal = Terminal::start(&mut command);
        std::thread::sleep(Duration::from_millis(50));
        let mut raw = Vec::new();
        while let Ok(bytes) = terminal.screen.recv_timeout(Duration::from_secs(5)) {
            raw.extend(bytes);
            if String::from_utf8_lossy(&raw).contains("-b NAME") {
                break;
            }
        }
        assert_eq!(terminal.ends(), Some(0));
        raw.contains(&0x1b)
    };
    assert!(colours(&[]));
    assert!(!colours(&[("NO_COLOR", "1")]));
}

#[test]
fn init_offers_the_hooks_until_they_are_there() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let installed = || repo.path(".git/hooks/pre-commit").exists();
    let question = "Install git hooks";
    for keys in ["\r", "n\r", "\u{1b}"] {
        let mut terminal = Terminal::start(&mut repo.program(&["init"]));
        terminal.until(question);
        terminal.types(keys);
        terminal.until("track-work hooks install");
        assert_eq!(terminal.ends(), Some(0));
        assert!(!installed());
    }
    let mut terminal = Terminal::start(&mut repo.program(&["init"]));
    terminal.until(question);
    terminal.types("y\r");
    terminal.until("pre-commit installed");
    assert_eq!(terminal.ends(), Some(0));
    assert!(installed());
    let mut terminal = Terminal::start(&mut repo.program(&["init"]));
    terminal.until("show every terminal");
    assert!(!terminal.seen.contains('?'), "{}", terminal.seen);
    assert_eq!(terminal.ends(), Some(0));
    // nobody is asked where nobody sits
    repo.tw(&["hooks", "uninstall"]).exits(0);
    repo.tw(&["init"]).exits(0).says("track-work hooks install warn each terminal before it commits");
    assert!(!installed());
}

/// A clone in which a merge left tracking files with markers: both sides changed the status of `t1` and of `t2`.
fn left_with_markers(sandbox: &Sandbox) -> Repo<'_> {
    let repo = shop(sandbox);
    for terminal in ["t1", "t2"] {
        let story = format!("1-{terminal}");
        repo.tw(&["register", "--mode", "inter", "--story", &story, "--terminal", terminal]).exits(0);
    }
    repo.commit("sessions", &[]);
    repo.git(&["branch", "other"]);
    for terminal in ["t1", "t2"] {
        repo.tw(&["complete", terminal]);
    }
    repo.commit("here", &[]);
    repo.git(&["switch", "-q", "other"]);
    for terminal in ["t1", "t2"] {
        repo.tw(&["update", terminal, "--status", "pending"]).exits(0);
    }
    repo.commit("there", &[]);
    repo.git(&["switch", "-q", "main"]);
    assert!(!repo.try_git(&["merge", "-q", "other"]).status.success());
    repo
}

const ACTIVE: &str = "active-sessions.yaml";

fn statuses(repo: &Repo) -> [String; 2] {
    let sessions = repo.yaml(ACTIVE)["sessions"].clone();
    ["t1", "t2"].map(|terminal| sessions[terminal]["status"].as_str().unwrap().to_string())
}

#[test]
fn which_of_two_values_stays_is_asked_at_a_terminal() {
    let sandbox = Sandbox::new();
    let repo = left_with_markers(&sandbox);
    let mut terminal = Terminal::start(&mut repo.program(&["sync", "--resolve"]));
    terminal.until("active-sessions.yaml: sessions.t1.status?");
    terminal.until("1. \"completed\" (here)");
    terminal.until("2. \"pending\" (there)");
    terminal.types("2\r");
    terminal.until("sessions.t2.status");
    terminal.types("1\r");
    terminal.until("Resolved active-sessions.yaml; add it with git add.");
    terminal.ends();
    assert_eq!(statuses(&repo), ["pending", "completed"]);
    assert!(!repo.tracked(ACTIVE).contains("<<<<<<<"));
}

#[test]
fn what_is_to_be_decided_later_stays_between_markers() {
    let sandbox = Sandbox::new();
    let repo = left_with_markers(&sandbox);
    let mut terminal = Terminal::start(&mut repo.program(&["sync", "--resolve"]));
    terminal.until("sessions.t1.status");
    terminal.types("1\r");
    terminal.until("sessions.t2.status");
    // the rest is left open
    terminal.types("\u{1b}");
    terminal.until(
        "To decide in active-sessions.yaml: sessions.t2.status: \"completed\" here, \"pending\" there",
    );
    terminal.ends();
    let text = repo.tracked(ACTIVE);
    assert_eq!(text.matches("<<<<<<<").count(), 1, "{text}");
    // Ctrl-C: nothing is written
    let mut terminal = Terminal::start(&mut repo.program(&["sync", "--resolve"]));
    terminal.until("sessions.t2.status");
    terminal.types("\u{3}");
    terminal.until("active-sessions.yaml was not resolved");
    assert_eq!(terminal.ends(), Some(2));
    assert_eq!(repo.tracked(ACTIVE), text);
    // nobody is asked where the answer is for a program, or there is no terminal
    let mut terminal = Terminal::start(&mut repo.program(&["sync", "--resolve", "--format", "json"]));
    terminal.until("\"left\"");
    assert_eq!(terminal.ends(), Some(1));
    repo.tw(&["sync", "--resolve"]).exits(1).says("To decide in active-sessions.yaml: sessions.t2.status");
    let mut terminal = Terminal::start(&mut repo.program(&["sync", "--resolve"]));
    terminal.until("sessions.t2.status");
    terminal.types("1\r");
    terminal.until("Resolved active-sessions.yaml");
    terminal.ends();
    assert_eq!(statuses(&repo), ["completed", "completed"]);
}

/// git merges the tracking files that a linked worktree has checked out, and commands that run there work with those of
/// the main worktree.
#[test]
fn files_of_a_linked_worktree_are_resolved_without_naming_their_folder() {
    let sandbox = Sandbox::new();
    let repo = left_with_markers(&sandbox);
    repo.git(&["merge", "--abort"]);
    let linked = repo.worktree("linked");
    linked.git(&["reset", "-q", "--hard", "other"]);
    assert!(!linked.try_git(&["merge", "-q", "main"]).status.success());
    let own = repo.tracked(ACTIVE);
    let said = linked.tw(&["sync", "--resolve", "--format", "json"]).json()["sync"]["resolved"].clone();
    let file = sandbox.path("linked").join(".system/parallel-work").join(ACTIVE);
    let of_both = said.as_array().unwrap().iter().find(|one| one["file"] == file.to_str().unwrap()).unwrap();
    assert_eq!(of_both["left"].as_array().unwrap().len(), 2, "{said:#}");
    let mut terminal = Terminal::start(&mut linked.program(&["sync", "--resolve"]));
    terminal.until("sessions.t1.status");
    terminal.types("2\r");
    terminal.until("sessions.t2.status");
    terminal.types("2\r");
    terminal.until("Resolved ");
    terminal.ends();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("<<<<<<<") && text.matches("completed").count() >= 2, "{text}");
    let sessions = |text: &str| text.split("coordination").next().unwrap().to_string();
    assert_eq!(sessions(&repo.tracked(ACTIVE)), sessions(&own));
}

#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["init"]).exits(0);
    repo.git(&["branch", "topic"]);
    let asked: [(&[&str], &str); 3] = [
        (&["register"], "What type of parallel work?"),
        (&["register", "--mode", "inter"], "Story ID?"),
        (&["status", "--watch"], "main"),
    ];
    for (args, text) in asked {
        let mut program = hung_up(&mut repo.program(args), text);
        let begun = Instant::now();
        while program.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{args:?} goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
