//! `share` between clones of one bare repository: what arrives, what stays here, and who must not be overwritten.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::program::{Said, conflicts, lines, said, terminal, text};
use crate::support::{Repo, Sandbox, picture};

mod races;
mod random;

/// A bare repository `hub.git` and two clones of it, each with its machine's name.
pub fn team(sandbox: &Sandbox) -> [Repo<'_>; 3] {
    let files = [("a.txt", &*lines(&[])), ("b.txt", &lines(&[(1, "b")]))];
    let first = sandbox.repo("first", &files);
    first.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
    let config = fs::read_to_string(first.path(".git/config")).unwrap();
    let settings = &config[config.rfind("[core]").unwrap()..];
    ["hub.git", "desk", "laptop"].map(|name| {
        if name != "hub.git" {
            first.git(&["clone", "-q", "../hub.git", &format!("../{name}")]);
            let config = sandbox.path(name).join(".git/config");
            fs::write(&config, fs::read_to_string(&config).unwrap() + settings).unwrap();
        }
        Repo { sandbox, top: sandbox.path(name) }
    })
}

/// A worktree of a clone.
pub fn place<'a>(clone: &Repo<'a>, name: &str) -> Repo<'a> {
    let path = clone.sandbox.path("trees").join(clone.top.file_name().unwrap()).join(name);
    clone.git(&["worktree", "add", "-q", "-b", name, path.to_str().unwrap()]);
    Repo { sandbox: clone.sandbox, top: path }
}

pub fn push(clone: &Repo, machine: &str, args: &[&str]) -> Said {
    clone.tw(&[&["share", "push", "--yes", "--machine", machine], args].concat())
}

/// Everything in the object database of a repository.
pub fn objects(repo: &Repo) -> String {
    repo.git(&["cat-file", "--batch-all-objects", "--batch"])
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

fn refs(repo: &Repo, below: &str) -> Vec<String> {
    repo.git(&["for-each-ref", "--format=%(refname)", below]).lines().map(str::to_string).collect()
}

#[test]
fn what_one_clone_shares_is_a_terminal_of_the_other() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    desk.git(&["remote", "set-url", "origin", "../hub.git"]);
    let one = place(&desk, "one");
    one.commit("one", &[("a.txt", &lines(&[(3, "committed")]))]);
    one.write("b.txt", lines(&[(1, "b"), (9, "uncommitted")]));
    place(&laptop, "two").commit("two", &[("b.txt", &lines(&[(1, "b"), (9, "laptop")]))]);
    push(&desk, "desk", &["--uncommitted"])
        .exits(0)
        .says("Shared 1 terminal as desk at origin:")
        .says("one: 1 commit; uncommitted: b.txt");
    assert_eq!(refs(&hub, "refs/track-work"), ["refs/track-work/desk/one"]);
    assert_eq!(ids(&laptop.status()), ["two"]);
    laptop
        .tw(&["share", "pull"])
        .exits(0)
        .says("Others share 1 terminal at origin:")
        .says("desk/one: with uncommitted work, as of just now");
    let answer = laptop.status();
    assert_eq!(ids(&answer), ["desk/one", "two"]);
    let theirs = terminal(&answer, "desk/one");
    assert_eq!(
        (&theirs["remote"]["machine"], &theirs["ahead"], &theirs["uncommitted"]["paths"]),
        (&json!("desk"), &json!(1), &json!(1))
    );
    assert_eq!(theirs["head"], json!(one.git(&["rev-parse", "HEAD"])));
    let found = conflicts(&answer);
    assert_eq!((&found[0]["path"], &found[0]["terminals"]), (&json!("b.txt"), &json!(["desk/one", "two"])));
    assert_eq!(found[0]["evidence"]["committed"], false);
    laptop.tw(&["status", "--fail-on", "never"]).exits(0).says("shared by desk, as of just now");
    laptop.tw(&["check", "--terminal", "two"]).exits(1).says("desk/one");
    // the order merges what is committed, by its id
    let order = laptop.tw(&["merge-order", "--format", "json", "--fail-on", "never"]).exits(0).json();
    let step = order["steps"].as_array().unwrap().iter().find(|step| step["terminal"] == "desk/one").unwrap();
    assert!(text(&step["command"]).contains(text(&theirs["head"])), "{step:#}");
    // its own clone has it once
    assert_eq!(ids(&desk.status()), ["one"]);
    desk.tw(&["share", "pull"]).exits(0).says("No other clone shares anything at origin.");
    for repo in [&hub, &desk, &laptop] {
        assert_eq!(repo.git(&["fsck", "--full", "--strict", "--no-dangling"]), "");
    }
    // what is merged is shared no more
    desk.git(&["worktree", "remove", "--force", one.top.to_str().unwrap()]);
    desk.git(&["merge", "-q", "--no-edit", "one"]);
    push(&desk, "desk", &[]).exits(0).says("removed: refs/track-work/desk/one");
    assert!(refs(&hub, "refs/track-work").is_empty() && refs(&desk, "refs/track-work").is_empty());
    laptop.tw(&["share", "pull"]).exits(0).says("desk/one is not shared any more");
    assert_eq!(ids(&laptop.status()), ["two"]);
}

#[test]
fn what_was_not_asked_for_is_named_and_nowhere_at_the_remote() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let one = place(&desk, "one");
    one.commit("one", &[(".gitattributes", "*.dat -track-work-share\nfine.key track-work-share\n")]);
    one.write("b.txt", "private uncommitted\n");
    one.write("notes.txt", "private untracked\n");
    push(&desk, "desk", &[])
        .exits(0)
        .says("left out, untracked (--untracked): notes.txt")
        .says("left out, not committed (--uncommitted): b.txt");
    assert!(!objects(&hub).contains("private"));
    one.write("b.txt", "wanted\n");
    one.write("x.dat", "private by attribute\n");
    one.write(".env", "private by name\n");
    one.write("fine.key", "wanted, by attribute\n");
    one.write("large.txt", "private by size\n".repeat(100_000));
    let shared = push(&desk, "desk", &["--uncommitted", "--untracked"]).exits(0);
    shared
        .says("left out, named like a secret: .env")
        .says("left out, .gitattributes: -track-work-share: x.dat")
        .says("left out, too large: large.txt")
        .says("uncommitted: b.txt, fine.key, notes.txt");
    let there = objects(&hub);
    assert!(
        there.contains("wanted\n")
            && there.contains("wanted, by attribute")
            && there.contains("private untracked")
    );
    assert!(!there.contains("private by") && !there.contains("private uncommitted"));
    // commits are sent whole, or not
    one.git(&["add", "-f", ".env"]);
    one.git(&["commit", "-q", "-m", "oops"]);
    push(&desk, "desk", &["--uncommitted"])
        .exits(0)
        .says("Nothing to send to origin as desk:")
        .says("one: not sent, its commits have .env (named like a secret); others see what was sent before");
    assert!(!objects(&hub).contains("private by name"));
    // what was sent before is still there, and everybody says so
    let sent = desk.git(&["rev-parse", "refs/track-work/desk/one"]);
    assert_eq!(hub.git(&["rev-parse", "refs/track-work/desk/one"]), sent);
    let own = push(&desk, "desk", &["--uncommitted", "--format", "json"]).json()["own"].clone();
    assert_eq!(text(&own[0]["earlier"]), sent.trim());
    desk.tw(&["share", "prune", "--yes"]).exits(0).says("Nothing to remove.");
    // also beside the removal of what is over
    let two = place(&desk, "two");
    two.commit("two", &[("two.txt", "2\n")]);
    push(&desk, "desk", &["two"]).exits(0).says("Shared 1 terminal");
    two.git(&["reset", "-q", "--hard", "main"]);
    push(&desk, "desk", &["--uncommitted"])
        .exits(0)
        .says("Nothing was sent to origin as desk:")
        .says("others see what was sent before")
        .says("removed: refs/track-work/desk/two");
    assert_eq!(refs(&hub, "refs/track-work/"), ["refs/track-work/desk/one"]);
    // the files themselves were left alone
    assert_eq!(fs::read_to_string(one.path("x.dat")).unwrap(), "private by attribute\n");
}

#[test]
fn the_commit_of_a_submodule_is_shared_and_has_no_size() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let old = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", old.trim())]);
    desk.git(&["commit", "-qm", "a submodule"]);
    desk.git(&["push", "-q", "origin", "main"]);
    let one = place(&desk, "one");
    let new = "1234567890123456789012345678901234567890";
    one.git(&["update-index", "--cacheinfo", &format!("160000,{new},sub")]);
    let shared = push(&desk, "desk", &["--uncommitted"]).exits(0);
    shared.says("uncommitted: sub").says_not("too large");
    assert!(hub.git(&["ls-tree", "refs/track-work/desk/one", "sub"]).contains(new));
}

#[test]
fn nothing_is_sent_or_written_unasked() {
    let sandbox = Sandbox::new();
    let [_, desk, _] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    let everything = || {
        let mut all = picture(&sandbox.path(""));
        all.retain(|path, _| !path.starts_with(sandbox.path("home")));
        all
    };
    let before = everything();
    desk.tw(&["share", "push", "--dry-run", "--machine", "desk"])
        .exits(0)
        .says("To be shared as desk at origin:")
        .says("one: 1 commit");
    desk.tw(&["share", "list"]).exits(0).says("This clone shares nothing.");
    assert_eq!(before, everything());
    desk.tw(&["share", "push", "--format", "json"])
        .fails()
        .complains("without a terminal to ask in, it takes --yes");
    desk.tw(&["share", "off", "--yes"]).fails().complains("this clone shares nothing");
    desk.tw(&["share", "push", "--yes", "--machine", "a/b"]).fails();
    desk.tw(&["share", "push", "--yes", "--remote", "nowhere"])
        .fails()
        .complains("there is no remote nowhere");
    assert!(refs(&desk, "refs/track-work").is_empty() && !desk.path(".git/track-work").exists());
}

#[test]
fn a_remote_that_refuses_the_refs_is_told_as_such() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let one = place(&desk, "one");
    one.commit("one", &[("a.txt", "1\n")]);
    hub.write("hooks/update", "#!/bin/sh\necho only branches here >&2\nexit 1\n");
    hub.set_executable("hooks/update", true);
    push(&desk, "desk", &[])
        .fails()
        .complains("origin does not take refs below refs/track-work/")
        .complains("only branches here");
    assert!(refs(&hub, "refs/track-work").is_empty());
    desk.tw(&["share", "list"]).exits(0).says("one: not shared, not sent to origin");
    fs::remove_file(hub.path("hooks/update")).unwrap();
    push(&desk, "desk", &[]).exits(0);
    desk.tw(&["share", "list"]).exits(0).says_not("not sent");
    // what it took before is still there
    let sent = hub.git(&["show-ref"]);
    one.commit("more", &[("a.txt", "2\n")]);
    hub.write("hooks/update", "#!/bin/sh\nexit 1\n");
    hub.set_executable("hooks/update", true);
    push(&desk, "desk", &[]).fails();
    assert_eq!(hub.git(&["show-ref"]), sent);
    desk.tw(&["share", "list"])
        .exits(0)
        .says(
            "one: not sent, the last push to origin did not succeed (track-work share push); others see what",
        )
        .says_not("not shared");
}

#[test]
fn a_clone_of_the_same_name_and_a_copy_of_a_clone_are_noticed_and_overwrite_nothing() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "desk\n")]);
    place(&laptop, "one").commit("one", &[("a.txt", "laptop\n")]);
    push(&desk, "same", &[]).exits(0);
    let before = hub.git(&["show-ref"]);
    push(&laptop, "same", &[])
        .fails()
        .complains("another clone shares as same at origin")
        .complains("--machine same-2");
    laptop.tw(&["share", "push", "--yes", "--machine", "same"]).fails();
    assert_eq!(hub.git(&["show-ref"]), before);
    // a copy has the id of the clone, and is not the clone
    let copied =
        Command::new("cp").args(["-r", "desk", "copy"]).current_dir(sandbox.path("")).status().unwrap();
    assert!(copied.success());
    let copy = Repo { sandbox: &sandbox, top: sandbox.path("copy") };
    copy.tw(&["share", "push", "--yes"]).fails().complains("another clone shares as same at origin");
    assert_eq!(hub.git(&["show-ref"]), before);
    place(&copy, "three").commit("three", &[("c.txt", "copy\n")]);
    push(&copy, "copy", &[]).exits(0).says("one: not shared, it cannot be read");
    push(&desk, "same", &[]).exits(0);
    // the new name takes the place of the old one
    push(&desk, "desk", &[]).exits(0).says("removed: refs/track-work/same/one");
    push(&laptop, "same", &[]).exits(0);
    assert_eq!(
        refs(&hub, "refs/track-work"),
        ["copy/three", "desk/one", "same/one"].map(|name| format!("refs/track-work/{name}"))
    );
}

#[test]
fn what_is_shared_no_more_leaves_the_remote() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    let one = place(&desk, "one");
    one.commit("one", &[("b.txt", "1\n")]);
    one.write("a.txt", lines(&[(20, "uncommitted")]));
    push(&desk, "desk", &["--uncommitted"]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0).says("desk/one");
    desk.git(&["merge", "-q", "--no-ff", "one"]);
    desk.git(&["push", "-q", "origin", "main"]);
    // the rest of it is not asked for any more
    push(&desk, "desk", &["--dry-run"]).says("to be removed: refs/track-work/desk/one");
    push(&desk, "desk", &[]).exits(0).says("Nothing is shared as desk at origin now:").says("removed: refs/");
    assert_eq!(refs(&hub, "refs/track-work/"), [""; 0]);
    laptop.tw(&["share", "pull"]).exits(0).says("desk/one is not shared any more");
    desk.tw(&["share", "list"]).says_not("one");
}

#[test]
fn refs_that_others_have_dropped_are_put_there_again() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    push(&desk, "desk", &[]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0);
    laptop.git(&["push", "-q", "--mirror", "origin"]);
    assert!(!refs(&hub, "refs/track-work/").contains(&"refs/track-work/desk/one".to_string()));
    push(&desk, "desk", &[]).exits(0).says("1 of this clone's refs were removed at origin by others");
    assert!(refs(&hub, "refs/track-work/").contains(&"refs/track-work/desk/one".to_string()));
    // a fetch that mirrors drops what is not at the remote
    laptop.tw(&["share", "pull"]).exits(0);
    hub.git(&["update-ref", "-d", "refs/track-work-pulled/desk/one"]);
    laptop.git(&["checkout", "-q", "--detach"]);
    laptop.git(&["fetch", "-q", "--prune", "origin", "+refs/*:refs/*"]);
    assert!(refs(&laptop, "refs/track-work-pulled").is_empty());
    assert!(!ids(&laptop.status()).contains(&"desk/one"));
    laptop.tw(&["share", "pull"]).exits(0);
    assert!(ids(&laptop.status()).contains(&"desk/one"));
}

#[test]
fn what_is_old_expires_and_prune_removes_it_everywhere() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    let one = place(&desk, "one");
    one.write("a.txt", "vanished work\n");
    push(&desk, "desk", &["--uncommitted"]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0);
    let late = "2025-12-15T10:00:00Z";
    laptop
        .tw_at(late, &["status", "-v"])
        .exits(0)
        .says_not("desk/one")
        .says("terminals of other clones that have expired are left out: 1");
    laptop.tw_at(late, &["share", "list"]).exits(0).says("desk/one").says("expired");
    laptop.tw_at(late, &["share", "prune", "--yes"]).exits(0).says("removed: refs/track-work/desk/one");
    assert!(refs(&hub, "refs/track-work").is_empty() && refs(&laptop, "refs/track-work-pulled").is_empty());
    for repo in [&hub, &laptop] {
        repo.git(&["gc", "-q", "--prune=now"]);
        assert!(!objects(repo).contains("vanished work"));
    }
    // the machine was not gone after all
    push(&desk, "desk", &["--uncommitted"]).exits(0).says("were removed at origin by others");
    laptop
        .tw(&["share", "prune", "--yes", "--machine", "desk"])
        .exits(0)
        .says("removed: refs/track-work/desk/one");
    laptop.tw(&["share", "prune", "--yes"]).exits(0).says("Nothing to remove.");
}

#[test]
fn clocks_that_differ_and_refs_that_go_back_are_told() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    let at = |now: &str| desk.tw_at(now, &["share", "push", "--yes", "--machine", "desk"]).exits(0);
    at("2031-01-01T00:00:00Z");
    let first = hub.git(&["rev-parse", "refs/track-work/desk/one"]);
    laptop.tw(&["share", "pull"]).exits(0).says("the clock of the machine of desk/one is ahead of this one");
    laptop.tw(&["status"]).exits(0).says("as of just now");
    at("2025-11-15T10:00:00Z");
    laptop.tw(&["share", "pull"]).exits(0).says("desk/one went back to an older state");
    hub.git(&["update-ref", "refs/track-work/desk/one", &first]);
    // somebody else moved it, to where this clone once had it
    desk.tw(&["share", "push", "--yes"]).fails().complains("was not put there by this clone");
}

#[test]
fn any_name_is_shared_under_it() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    let names = ["feature/ü x", "a/b", "a%2Fb", "x.y", "@x", "-dash"];
    for (number, name) in names.iter().enumerate() {
        let branch = name.replace(' ', "_");
        let top = place(&desk, &format!("tree{number}"));
        top.commit("work", &[("c.txt", &format!("{number}\n"))]);
        let head = top.git(&["rev-parse", "HEAD"]);
        desk.git(&["worktree", "remove", "--force", top.top.to_str().unwrap()]);
        desk.git(&["update-ref", "-d", &format!("refs/heads/tree{number}")]);
        desk.git(&["update-ref", &format!("refs/heads/{branch}"), &head]);
    }
    push(&desk, "desk", &[]).exits(0);
    assert_eq!(refs(&hub, "refs/track-work").len(), names.len());
    laptop.tw(&["share", "pull"]).exits(0);
    let answer = laptop.status();
    for name in names {
        terminal(&answer, &format!("desk/{}", name.replace(' ', "_")));
    }
}

#[test]
fn a_remote_that_cannot_be_reached_changes_nothing_and_asks_nobody() {
    let sandbox = Sandbox::new();
    let [_, desk, _] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    push(&desk, "desk", &[]).exits(0);
    let before = picture(&desk.path(".git/track-work"));
    fs::rename(sandbox.path("hub.git"), sandbox.path("away.git")).unwrap();
    for args in [&["push", "--yes"][..], &["pull"], &["prune", "--yes"], &["off", "--yes"]] {
        desk.tw(&[&["share"], args].concat()).fails();
    }
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        picture(&desk.path(".git/track-work")).keys().collect::<Vec<_>>()
    );
    // ssh is told to ask nobody
    let bin = sandbox.path("bin");
    fs::create_dir(&bin).unwrap();
    let ssh = Repo { sandbox: &sandbox, top: bin.clone() };
    ssh.write(
        "ssh",
        "#!/bin/sh\necho \"$@ prompt=$GIT_TERMINAL_PROMPT\" >> \"$(dirname \"$0\")/asked\"\nexit 255\n",
    );
    ssh.set_executable("ssh", true);
    desk.git(&["remote", "set-url", "origin", "ssh://example.org/shop"]);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    said(desk.program(&["share", "push", "--yes"]).env("PATH", path)).fails();
    let asked = fs::read_to_string(ssh.path("asked")).unwrap();
    assert!(asked.contains("BatchMode=yes") && asked.contains("prompt=0"), "{asked}");
    desk.tw(&["share", "off", "--yes", "--local"]).exits(0);
    assert!(refs(&desk, "refs/track-work").is_empty() && !desk.path(".git/track-work/share.json").exists());
}

#[test]
fn what_git_started_for_a_remote_ends_with_the_time_for_it() {
    let sandbox = Sandbox::new();
    let [_, desk, _] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    desk.track("config.yaml", "share_seconds: 1\n");
    // a program that does not end when it is asked to
    let stays = Repo { sandbox: &sandbox, top: sandbox.path("bin") };
    let started = sandbox.path("started");
    stays.write("stays", format!("#!/bin/sh\ntrap '' TERM\necho $$ > {}\nsleep 600\n", started.display()));
    stays.set_executable("stays", true);
    desk.git(&["config", "protocol.ext.allow", "always"]);
    desk.git(&["remote", "set-url", "origin", &format!("ext::{}", stays.path("stays").display())]);
    push(&desk, "desk", &[]).fails().complains("did not end within 1 s");
    let id: i32 = fs::read_to_string(&started).unwrap().trim().parse().unwrap();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    assert!(status.is_empty() || status.contains("State:\tZ"), "{status}");
}

#[test]
fn off_removes_the_refs_of_this_clone_and_nobody_elses() {
    let sandbox = Sandbox::new();
    let [hub, desk, laptop] = team(&sandbox);
    place(&desk, "one").commit("one", &[("a.txt", "1\n")]);
    place(&laptop, "two").commit("two", &[("a.txt", "2\n")]);
    push(&desk, "desk", &[]).exits(0);
    push(&laptop, "laptop", &[]).exits(0);
    for clone in [&desk, &laptop] {
        clone.tw(&["share", "pull"]).exits(0);
    }
    desk.tw(&["share", "off", "--yes"]).exits(0).says("removed: refs/track-work/desk/one");
    assert_eq!(refs(&hub, "refs/track-work"), ["refs/track-work/laptop/two"]);
    assert!(refs(&desk, "refs/track-work").is_empty() && refs(&desk, "refs/track-work-pulled").is_empty());
    assert!(!desk.path(".git/track-work").exists());
    assert_eq!(ids(&desk.status()), ["one"]);
}

#[test]
fn a_merge_in_progress_is_shared_as_the_commit_that_will_conclude_it() {
    let sandbox = Sandbox::new();
    let [_, desk, laptop] = team(&sandbox);
    let one = place(&desk, "one");
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    place(&desk, "two").commit("two", &[("c.txt", "two\n")]);
    one.git(&["merge", "-q", "--no-commit", "--no-ff", "two"]);
    one.write("a.txt", lines(&[(3, "one"), (20, "more")]));
    push(&desk, "desk", &["one", "--uncommitted"]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0);
    let here = desk.status();
    let there = laptop.status();
    let paths = |answer: &Value, id: &str| crate::cli::program::changes(answer, id);
    assert_eq!(paths(&there, "desk/one"), paths(&here, "one"));
    assert_eq!(terminal(&there, "desk/one")["head"], terminal(&here, "one")["head"]);
}
