//! Only the orchestrator writes: a terminal in its own worktree is refused, with the way to do it.

use super::program::{program, said};
use crate::support::{Repo, Sandbox};

/// terminal-1 is registered for the worktree `terminal-1`; `spare` is nobody's.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("src/a.txt", "1\n")]);
    for name in ["terminal-1", "spare"] {
        repo.worktree(name).write("src/a.txt", format!("{name}\n"));
    }
    repo.track(
        "story-1-2-sessions.yaml",
        "story_id: \"1-2-login\"\nsessions:\n  terminal-1:\n    status: done\n",
    );
    repo
}

const WRITING: [&[&str]; 7] = [
    &["sync"],
    &["init"],
    &["register", "--mode", "inter", "--story", "1-7", "--terminal", "new"],
    &["unregister", "new"],
    &["update", "terminal-1", "--focus", "x"],
    &["complete", "terminal-1"],
    &["archive", "1-2", "--force"],
];

#[test]
fn a_registered_terminals_worktree_is_refused_with_the_way_to_do_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = repo.tracking_picture();
    for folder in ["terminal-1", "terminal-1/src"] {
        for args in WRITING {
            let said = said(program(&sandbox, &sandbox.path(folder)).args(args)).fails();
            let said = said.complains("this is the worktree of terminal-1; only the orchestrator may write");
            let said = said.complains("run it from the main worktree").complains("--as orchestrator-exe");
            assert!(said.stderr.contains(&*repo.top.to_string_lossy()), "it names the main worktree: {said}");
        }
    }
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn a_registered_terminals_worktree_is_free_to_read() {
    let sandbox = Sandbox::new();
    let _repo = shop(&sandbox);
    let reading: [&[&str]; 5] = [
        &["status"],
        &["sync", "--dry-run"],
        &["log"],
        &["compare", "terminal-1", "spare"],
        &["status", "--format", "json"],
    ];
    for args in reading {
        let said = said(program(&sandbox, &sandbox.path("terminal-1")).args(args));
        assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
    }
}

#[test]
fn as_orchestrator_writes_from_anywhere() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for args in WRITING {
        let said = said(
            program(&sandbox, &sandbox.path("terminal-1")).args(args).args(["--as", "orchestrator-exe"]),
        );
        assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
    }
    assert!(repo.path(".system/parallel-work/archive/story-1-2-sessions.yaml").exists());
    assert!(!sandbox.path("terminal-1/.system").exists(), "the files are in the main worktree");
}

#[test]
fn the_main_worktree_and_an_unregistered_one_may_write() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for folder in ["shop", "shop/src", "spare", "spare/src"] {
        let said = said(program(&sandbox, &sandbox.path(folder)).arg("sync"));
        assert!(matches!(said.status, Some(0 | 1)), "{folder}: {said}");
    }
    assert_eq!(repo.history().len(), 4);
    assert!(!sandbox.path("spare/.system").exists());
    // -C decides where one stands.
    said(program(&sandbox, &sandbox.path("spare")).args(["-C", "../terminal-1", "sync"])).fails();
    let said = said(program(&sandbox, &sandbox.path("terminal-1")).args(["-C", "../shop", "sync"]));
    assert!(matches!(said.status, Some(0 | 1)), "{said}");
}

#[test]
fn a_file_of_another_owner_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let theirs =
        "owner: somebody\nsessions:\n  other:\n    story_id: \"1-3-account\"\n    status: in_progress\n";
    repo.track("active-sessions.yaml", theirs);
    let before = repo.tracking_picture();
    let commands: [&[&str]; 3] = [
        &["update", "other", "--focus", "x"],
        &["complete", "other"],
        &["register", "--mode", "inter", "--story", "1-7", "--terminal", "new"],
    ];
    for args in commands {
        let said = repo.tw(args).fails();
        said.complains("active-sessions.yaml belongs to somebody, not to orchestrator-exe")
            .complains("--as somebody");
    }
    assert_eq!(repo.tracking_picture(), before);
    repo.tw(&["update", "other", "--focus", "x", "--as", "somebody"]).exits(0);
    assert!(repo.tracked("active-sessions.yaml").contains("focus: \"x\""));
}

#[test]
fn a_sync_of_a_directory_with_another_owners_file_writes_nothing_and_says_whose_it_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let theirs = "owner: somebody\nsessions:\n  other:\n    story_id: \"1-3-account\"\n    branch: spare\n    status: in_progress\n";
    repo.track("active-sessions.yaml", theirs);
    let before = repo.tracking_picture();
    let said = repo.tw(&["sync"]).fails();
    said.complains("active-sessions.yaml belongs to somebody").complains("nothing was written");
    assert_eq!(repo.tracking_picture(), before);
    repo.tw(&["status"]).exits(1);
}

#[test]
fn a_file_names_its_owner_when_it_is_not_the_orchestrator() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let register = ["register", "--mode", "inter", "--story", "1-7", "--terminal", "new"];
    repo.tw(&[&register[..], &["--as", "grace"]].concat()).exits(0);
    assert_eq!(repo.yaml("active-sessions.yaml")["owner"].as_str(), Some("grace"));
    repo.tw(&["complete", "new"]).fails().complains("belongs to grace");
}
