//! What people are shown as a terminal's name is what they may say where one is asked for.

use serde_json::Value;

use super::program::{program, said, terminal, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";

/// Two registered terminals, the second on a branch and in a folder of other names, and a worktree
/// that nobody is registered in.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let story = "story_id: \"1-2-login\"\nsessions:\n  terminal-1:\n    status: in_progress\n  terminal-2:\n    status: in_progress\n    branch: feature/login\n";
    repo.track(STORY, story);
    repo.worktree("terminal-1").commit("one", &[("one.txt", "1\n")]);
    let desk = sandbox.path("desk");
    repo.worktree_at(&desk, &["-b", "feature/login"]).commit("two", &[("two.txt", "2\n")]);
    repo.worktree("hotfix").commit("hotfix", &[("three.txt", "3\n")]);
    repo
}

fn steps(order: &Value) -> Vec<&str> {
    order["steps"].as_array().unwrap().iter().map(|step| text(&step["terminal"])).collect()
}

#[test]
fn a_terminal_is_known_by_every_name_it_is_shown_with() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let desk = sandbox.path("desk");
    let names = ["terminal-2", "Terminal-2", "feature/login", "desk", "../desk", desk.to_str().unwrap()];
    for name in names {
        let order = repo.tw(&["merge-order", "--format", "json", "--only", name]).exits(0).json();
        assert_eq!(steps(&order), ["terminal-2"], "{name}");
        let order = repo.tw(&["merge-order", "--format", "json", "--exclude", name]).exits(0).json();
        assert_eq!(steps(&order), ["terminal-1", "hotfix"], "{name}");
        repo.tw(&["merge-order", "--explain", name]).exits(0).says("Position of terminal-2");
        let check = repo.tw(&["check", "--terminal", name, "--format", "json"]).exits(0).json();
        assert_eq!(check["terminal"]["id"], "terminal-2", "{name}");
        repo.tw(&["compare", "main", name]).exits(0);
        repo.tw(&["update", name, "--phase", &format!("by-{}", names.len())]).exits(0).says("Terminal-2");
    }
    let order = repo.tw(&["merge-order", "--format", "json", "--after", "Terminal-1=desk"]).exits(0).json();
    let registered: Vec<&str> = steps(&order).into_iter().filter(|name| *name != "hotfix").collect();
    assert_eq!(registered, ["terminal-2", "terminal-1"], "{order:#}");
    repo.tw(&["update", "Terminal-1", "--blocked-by", "desk"]).exits(0);
    assert_eq!(text_of(&repo, "blocked_by"), "[terminal-2]");
    repo.tw(&["complete", "feature/login"]).exits(0).says("Terminal-2 completed");
    assert!(
        repo.tracked(STORY).contains("status: \"completed\"")
            || repo.tracked(STORY).contains("status: completed")
    );
}

/// A list of the first session, in one line.
fn text_of(repo: &Repo, key: &str) -> String {
    let value = repo.yaml(STORY)["sessions"]["terminal-1"][key].clone();
    let items = value.as_sequence().unwrap().iter().map(|one| one.as_str().unwrap().to_string());
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

#[test]
fn what_is_shown_as_a_known_terminal_is_registered_as_that_one() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["register", "--mode", "inter", "--story", "1-3-mail", "--terminal", "Terminal-1"]).exits(0);
    assert!(repo.yaml("active-sessions.yaml")["sessions"]["terminal-1"].is_mapping());
    let again = ["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "Terminal-2"];
    repo.tw(&again).fails().complains("terminal-2 is already registered in");
    repo.tw(&["update", "Terminal-2", "--blocked-by", "feature/login"]).fails().complains("wait for itself");
}

#[test]
fn a_name_of_several_terminals_is_an_error_that_lists_them() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (folder, branch) in [("red", "one"), ("blue", "two")] {
        let app = repo.worktree_at(&sandbox.path(&format!("{folder}/app")), &["-b", branch]);
        app.commit(branch, &[(branch, "1\n")]);
    }
    let commands: [&[&str]; 4] = [
        &["merge-order", "--only", "app"],
        &["merge-order", "--after", "app=hotfix"],
        &["check", "--terminal", "app"],
        &["update", "app", "--phase", "x"],
    ];
    for args in commands {
        repo.tw(args).fails().complains("app is ambiguous; it could be blue/app, red/app");
    }
    for (name, branch) in [("red/app", "one"), ("blue/app", "two")] {
        let order = repo.tw(&["merge-order", "--format", "json", "--only", name]).exits(0).json();
        assert_eq!(steps(&order), [name]);
        assert_eq!(order["steps"][0]["branch"], branch);
    }
    repo.tw(&["update", "nobody", "--phase", "x"])
        .fails()
        .complains("registered terminals: terminal-1, terminal-2");
    repo.tw(&["update", "hotfix", "--phase", "x"]).fails().complains("no session for hotfix");
}

#[test]
fn two_who_share_a_place_are_asked_for_together_and_changed_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let story = "story_id: \"1-2-login\"\nsessions:\n  api:\n    status: in_progress\n    worktree: ../desk\n  ui:\n    status: in_progress\n    worktree: ../desk\n";
    repo.track(STORY, story);
    repo.worktree("desk").commit("both", &[("b.txt", "1\n")]);
    let order = repo.tw(&["merge-order", "--format", "json", "--only", "desk"]).exits(0).json();
    assert_eq!(
        (&order["steps"][0]["terminal"], &order["steps"][0]["also"][0]),
        (&"api".into(), &"ui".into())
    );
    repo.tw(&["complete", "desk"]).fails().complains("several terminals work in desk: api, ui");
}

#[test]
fn worktrees_whose_folders_have_one_name_are_told_apart_by_the_folders_above() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for (path, branch) in [("one/x/app", "b1"), ("two/x/app", "b2"), ("three/app", "b3"), ("other", "b4")] {
        repo.worktree_at(&sandbox.path(path), &["-b", branch]).write("a.txt", format!("{branch}\n"));
    }
    let answer = repo.status();
    let places: Vec<(&str, &str)> = answer["terminals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["id"]), text(&one["branch"])))
        .collect();
    let mut expected = [("one/x/app", "b1"), ("two/x/app", "b2"), ("three/app", "b3"), ("other", "b4")];
    expected.sort_by_key(|(_, branch)| places.iter().position(|(_, other)| other == branch));
    assert_eq!(places, expected);
    let said = repo.tw(&["status"]).exits(1).says("one/x/app, other, three/app and two/x/app");
    said.says_not("app1");
    // from inside one of them as well
    let said = said_in(&sandbox, "two/x/app", &["check"]);
    said.says("one/x/app");
    assert_eq!(terminal(&answer, "other")["branch"], "b4");
}

fn said_in(sandbox: &Sandbox, folder: &str, args: &[&str]) -> super::program::Said {
    said(program(sandbox, &sandbox.path(folder)).args(args)).exits(1)
}

#[test]
fn the_client_that_made_a_worktree_is_named() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let codex = sandbox.path("elsewhere/codex");
    let home = sandbox.path("home");
    let folders = [
        (repo.path(".claude/worktrees/bold-fox"), Some("claude")),
        (repo.path(".gemini/worktrees/g1"), Some("gemini")),
        (home.join(".cursor/worktrees/shop/c1"), Some("cursor")),
        (home.join(".windsurf/worktrees/w1"), Some("windsurf")),
        (home.join("conductor/workspaces/shop/tokyo"), Some("conductor")),
        (home.join(".local/share/opencode/worktree/ab12/o1"), Some("opencode")),
        // Codex names the worktree's folder after the repository
        (codex.join("worktrees/4f2a/shop"), Some("codex")),
        (sandbox.path("worktrees/plain"), None),
    ];
    for (at, (folder, _)) in folders.iter().enumerate() {
        std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
        repo.worktree_at(folder, &["-b", &format!("branch-{at}")]).commit("x", &[(&format!("x{at}"), "x\n")]);
    }
    let ask = |args: &[&str]| said(repo.program(args).env("CODEX_HOME", &codex));
    let answer = ask(&["status", "--format", "json"]).json();
    let found = |branch: &str| {
        let terminals = answer["terminals"].as_array().unwrap();
        terminals.iter().find(|one| one["branch"] == branch).unwrap()["client"].as_str()
    };
    for (at, (folder, client)) in folders.iter().enumerate() {
        assert_eq!(found(&format!("branch-{at}")), *client, "{}", folder.display());
    }
    // those of people, and of sessions, have none
    assert_eq!(found("hotfix"), None);
    assert_eq!(found("feature/login"), None);
    let table =
        ask(&["status"]).says("bold-fox (claude)").says("hotfix (no session)").says("plain (no session)");
    table.says("tokyo (conductor)");
    ask(&["status", "-v"]).says("made by cursor");
    // in a worktree that was deleted by hand, the branch is still the client's
    std::fs::remove_dir_all(&folders[0].0).unwrap();
    let answer = ask(&["status", "--format", "json"]).json();
    let gone =
        answer["terminals"].as_array().unwrap().iter().find(|one| one["branch"] == "branch-0").cloned();
    assert_eq!(gone.unwrap()["client"], "claude");
}

#[test]
fn a_place_with_the_name_of_a_terminal_that_works_elsewhere_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", "f\n")]);
    repo.git(&["worktree", "add", "-q", "../terminal-1", "-b", "w1"]);
    repo.git(&["worktree", "add", "-q", "../story-1-2", "-b", "story-1-2"]);
    let own = Repo { sandbox: &sandbox, top: sandbox.path("terminal-1") };
    own.commit("work", &[("f", "g\n")]);
    let told = [
        format!(
            "terminal-1 is linked to worktree {}; worktree {} has its own name, and no session",
            sandbox.path("story-1-2").display(),
            sandbox.path("terminal-1").display()
        ),
        "track-work update terminal-1 --worktree ../terminal-1".to_string(),
    ];
    let register = ["register", "--mode", "inter", "--story", "1-2-login", "--terminal", "terminal-1"];
    for command in [&register[..], &["status"], &["doctor"], &["sync"]] {
        let said = repo.tw(command);
        told.iter().fold(said, |said, text| said.says(text));
    }
    let ids = |repo: &Repo| -> Vec<String> {
        let answer = repo.status();
        let ids = answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["id"]).to_string());
        ids.collect()
    };
    assert_eq!(ids(&repo), ["terminal-1", "w1"]);
    repo.tw(&["merge-order"]).says("w1");
    repo.tw(&["update", "terminal-1", "--worktree", "../terminal-1"]).exits(0);
    assert_eq!(ids(&repo), ["story-1-2", "terminal-1"]);
    repo.tw(&["doctor"]).says_not("has its own name");
    repo.tw(&["complete", "terminal-1"]).says("Ready to merge: Story 1-2 (terminal-1)");
}
