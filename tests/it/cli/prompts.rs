//! Questions are asked where somebody sits at a terminal, and only there.

use std::time::Duration;

use super::pty::Terminal;
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
