//! The pager: what is longer than the screen goes through it, as with git.

use std::process::Command;

use super::program::program;
use super::pty::Terminal;
use crate::support::{Repo, Sandbox};

/// A pager that marks each line, then says what it was given.
const MARKS: &str = "sed 's/^/marked /'; echo \"LESS is $LESS\"";

/// `help merge`, which is longer than a screen of 40 lines, with these variables.
fn long(repo: &Repo, flags: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = program(repo.sandbox, &repo.top);
    command
        .args(["help", "json"])
        .args(flags)
        .envs(variables.iter().copied())
        .env_remove("GIT_CONFIG_GLOBAL");
    command
}

fn is_paged(command: &mut Command) -> bool {
    let lines = Terminal::start(command).lines();
    assert!(lines.len() > 100, "{lines:?}");
    lines[0].starts_with("marked ")
}

#[test]
fn a_long_answer_goes_through_the_pager_that_git_would_use() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    assert!(!is_paged(&mut long(&repo, &[], &[("GIT_PAGER", "cat"), ("PAGER", MARKS)])));
    assert!(!is_paged(&mut long(&repo, &[], &[("GIT_PAGER", ""), ("PAGER", MARKS)])));
    assert!(is_paged(&mut long(&repo, &[], &[("GIT_PAGER", MARKS), ("PAGER", "cat")])));
    assert!(is_paged(&mut long(&repo, &[], &[("PAGER", MARKS)])));
    assert!(!is_paged(&mut long(&repo, &["--no-pager"], &[("PAGER", MARKS)])));
    repo.git(&["config", "core.pager", MARKS]);
    assert!(is_paged(&mut long(&repo, &[], &[("PAGER", "cat")])));
    assert!(!is_paged(&mut long(&repo, &[], &[("GIT_PAGER", "cat")])));
    repo.git(&["config", "pager.track-work", "false"]);
    assert!(!is_paged(&mut long(&repo, &[], &[("GIT_PAGER", MARKS)])));
    repo.git(&["config", "pager.track-work", MARKS]);
    assert!(is_paged(&mut long(&repo, &[], &[("GIT_PAGER", "cat")])));
}

#[test]
fn less_gets_the_options_that_git_gives_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let last = |variables: &[(&str, &str)]| {
        Terminal::start(&mut long(&repo, &[], variables)).lines().last().cloned().unwrap()
    };
    assert_eq!(last(&[("PAGER", MARKS)]), "LESS is FRX");
    assert_eq!(last(&[("PAGER", MARKS), ("LESS", "R")]), "LESS is R");
}

#[test]
fn short_answers_and_those_for_programs_are_not_paged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let mut short = program(&sandbox, &repo.top);
    short.args(["status"]).env("GIT_PAGER", MARKS);
    let lines = Terminal::start(&mut short).lines();
    assert!(!lines.iter().any(|line| line.contains("marked")), "{lines:?}");
    let piped = long(&repo, &[], &[("GIT_PAGER", MARKS)]).output().unwrap();
    assert!(!String::from_utf8(piped.stdout).unwrap().contains("marked"));
}

#[test]
fn colour_and_exit_status_stay_as_they_are() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for number in 0..30 {
        repo.git(&["switch", "-qc", &format!("b{number}"), "main"]);
        repo.commit("one", &[("a.txt", &format!("{number}\n"))]);
        repo.git(&["switch", "-q", "main"]);
    }
    let seen = sandbox.path("seen");
    let pager = format!("cat > {}", seen.display());
    for (colour, is_coloured) in [("auto", true), ("always", true), ("never", false)] {
        let mut command = program(&sandbox, &repo.top);
        command.args(["status", "-v", "--color", colour]).env("GIT_PAGER", &pager);
        assert_eq!(Terminal::start(&mut command).ends(), Some(1), "{colour}");
        let text = std::fs::read_to_string(&seen).unwrap();
        assert_eq!(text.contains("\u{1b}["), is_coloured, "{colour}");
    }
    let mut command = program(&sandbox, &repo.top);
    command.args(["status", "-v"]).env("GIT_PAGER", &pager).env("NO_COLOR", "1");
    assert_eq!(Terminal::start(&mut command).ends(), Some(1));
    assert!(!std::fs::read_to_string(&seen).unwrap().contains("\u{1b}["));
    // who quits early has read enough
    let mut command = program(&sandbox, &repo.top);
    command.args(["status", "-v", "--format", "json"]).env("GIT_PAGER", "head -n 1");
    assert_eq!(Terminal::start(&mut command).ends(), Some(1));
}

#[test]
fn without_the_pager_the_answer_is_shown_as_it_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let mut command = long(&repo, &[], &[("GIT_PAGER", "no-such-pager")]);
    let lines = Terminal::start(&mut command).lines();
    assert!(lines.len() > 100 && lines.iter().any(|line| line.contains("JSON output")), "{lines:?}");
    assert_eq!(Terminal::start(&mut long(&repo, &[], &[("GIT_PAGER", "no-such-pager")])).ends(), Some(0));
}
