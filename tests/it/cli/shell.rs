//! `completions`, in a real Bash, and `man`.

use std::path::Path;

use super::program::{PROGRAM, Said, said, scrubbed};
use crate::support::{Repo, Sandbox};

/// What Bash offers for the last of these words.
fn offered(repo: &Repo, words: &[&str]) -> Vec<String> {
    // as Bash calls a completion function: the words, the number of the last one, and that word
    let script = r#"
        source <("$PROGRAM" completions bash)
        COMP_WORDS=(track-work "$@") COMP_CWORD=$# COMP_TYPE=9
        _clap_complete_track_work track-work "${@: -1}" "" 2>&1
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = std::process::Command::new("bash");
    bash.args(["--norc", "-c", script, "bash"]).args(words);
    let mut bash = scrubbed(&repo.sandbox.path("home"), &repo.top, bash);
    said(bash.env("PROGRAM", &*PROGRAM)).exits(0).stdout.lines().map(str::to_string).collect()
}

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    let story =
        "story_id: \"1-2-login\"\nsessions:\n  terminal-1:\n    focus: backend\n    status: in_progress\n";
    repo.track("story-1-2-sessions.yaml", story);
    repo.worktree("terminal-1").write("a.txt", "b\n");
    repo.worktree("other").write("a.txt", "c\n");
    repo
}

#[test]
fn bash_offers_commands_flags_values_and_topics() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    assert_eq!(offered(&repo, &["merge-"]), ["merge-order"]);
    assert_eq!(offered(&repo, &["status", "--verb"]), ["--verbose"]);
    assert_eq!(offered(&repo, &["status", "--format", ""]), ["human", "json"]);
    assert_eq!(offered(&repo, &["help", "exit"]), ["exit-status"]);
    assert_eq!(offered(&repo, &["completions", ""]), ["bash", "fish", "zsh"]);
}

#[test]
fn bash_offers_the_terminals_stories_and_branches_that_there_are() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    assert_eq!(offered(&repo, &["merge-order", "--explain", ""]), ["other", "terminal-1"]);
    assert_eq!(offered(&repo, &["update", "term"]), ["terminal-1"]);
    assert_eq!(offered(&repo, &["merge", "other", "t"]), ["terminal-1"]);
    assert_eq!(offered(&repo, &["archive", ""]), ["1-2-login"]);
    assert_eq!(offered(&repo, &["compare", "main", "o"]), ["other"]);
    assert_eq!(offered(&repo, &["status", "--target", "m"]), ["main"]);
    // of the repository that the line names
    let elsewhere = sandbox.repo("elsewhere", &[("a.txt", "a\n")]);
    elsewhere.worktree("third").write("a.txt", "b\n");
    assert_eq!(offered(&repo, &["-C", "../elsewhere", "check", "--terminal", ""]), ["third"]);
    assert_eq!(offered(&repo, &["-C", "../nowhere", "check", "--terminal", ""]), [""]);
}

#[test]
fn a_name_that_is_completed_is_one_word_and_no_command() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    let names = ["n;touch stolen", "n$(touch stolen)", "n'quoted", "n\nline", "n\u{1b}[31m"];
    for (at, name) in names.iter().enumerate() {
        let worktree = repo.worktree_at(&sandbox.path(name), &["-b", &format!("b{at}")]);
        worktree.write("a.txt", format!("{at}\n"));
    }
    let offers = offered(&repo, &["check", "--terminal", "n"]);
    assert_eq!(offers, ["'n$(touch stolen)'", r"'n'\''quoted'", "'n;touch stolen'"]);
    for offer in offers {
        let line = format!("\"$PROGRAM\" check --terminal {offer}");
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", &line]);
        let mut bash = scrubbed(&sandbox.path("home"), &repo.top, bash);
        let said: Said = said(bash.env("PROGRAM", &*PROGRAM));
        assert!(said.status == Some(0) || said.status == Some(1), "{offer}: {said}");
    }
    assert!(!repo.path("stolen").exists());
}

#[test]
fn the_script_is_there_for_each_shell_and_needs_no_repository() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("nothing")).unwrap();
    let nowhere = Repo { sandbox: &sandbox, top: sandbox.path("nothing") };
    for shell in ["bash", "fish", "zsh"] {
        nowhere.tw(&["completions", shell]).exits(0).says("TRACK_WORK_COMPLETE").says("track-work");
    }
    nowhere.tw(&["completions", "csh"]).exits(2).complains("invalid value 'csh'");
    assert_eq!(offered(&nowhere, &["update", ""]), [""]);
}

#[test]
fn every_command_has_its_manual_page() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    repo.tw(&["man"]).exits(0).says(".TH track-work 1").says("track\\-work\\-merge\\-order(1)");
    repo.tw(&["man", "hooks", "install"]).exits(0).says(".TH track-work-hooks-install 1");
    repo.tw(&["man", "nothing"]).fails().complains("unknown command or topic: nothing");
    std::fs::create_dir(sandbox.path("pages")).unwrap();
    repo.tw(&["man", "--dir", "../pages"]).exits(0).says("Wrote the pages to");
    repo.tw(&["man", "--dir", "../missing"]).fails().complains("cannot write the pages to");
    let help = repo.tw(&["help"]).exits(0).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 15, "{help}");
    for name in names {
        let page = sandbox.path("pages").join(format!("track-work-{name}.1"));
        assert!(is_page(&page), "{}", page.display());
    }
}

#[test]
fn every_topic_has_its_manual_page() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    let page = repo.tw(&["man", "files"]).exits(0).stdout;
    assert!(
        page.starts_with(".TH \"TRACK-WORK-FILES\" 7\n.SH NAME\n") || page.starts_with(".TH \"TRACK\\-WORK"),
        "{page}"
    );
    assert!(page.contains(".SH \"WHAT SYNC ADDS\"\n") && page.contains("\\fBobserved\\fR"), "{page}");
    // where a command has the name too, its page has both
    let both = repo.tw(&["man", "merge"]).exits(0).stdout;
    assert!(both.contains(".SH OPTIONS") && both.len() > repo.tw(&["man", "init"]).stdout.len() + 1000);
    let folder = sandbox.path("pages");
    std::fs::create_dir(&folder).unwrap();
    repo.tw(&["man", "--dir", "../pages"]).exits(0);
    for topic in track_work::cli::TOPICS {
        let page = std::fs::read_to_string(folder.join(format!("track-work-{}.7", topic.name))).unwrap();
        // no line of text is a request, and everything that is opened is closed
        let requests = [".TH ", ".SH ", ".PP", ".IP ", ".nf", ".fi"];
        let known =
            |line: &&str| !line.starts_with(['.', '\'']) || requests.iter().any(|one| line.starts_with(one));
        assert_eq!(page.lines().find(|line| !known(line)), None, "{}", topic.name);
        assert_eq!(page.matches("\n.nf\n").count(), page.matches("\n.fi\n").count(), "{}", topic.name);
        let says = |word: &str| page.contains(word);
        assert!(!says("```") && !says("](") && !says("**"), "{}", topic.name);
    }
}

fn is_page(file: &Path) -> bool {
    std::fs::read_to_string(file)
        .is_ok_and(|text| text.contains(".SH SYNOPSIS") && text.contains(".SH OPTIONS"))
}
