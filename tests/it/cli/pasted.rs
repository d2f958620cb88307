//! What is printed to be run does what is said of it, from whatever folder it is run in.

use std::fs;
use std::os::unix::fs::symlink;

use super::program::{findings, lines, program, said, terminal, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "1\n")]);
    repo.commit("ignored", &[(".gitignore", ".system\n")]);
    repo
}

fn register(repo: &Repo, name: &str, more: &[&str]) {
    let args = ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", name];
    repo.tw(&[&args[..], more].concat()).exits(0);
}

/// Runs what was printed; whether it went well.
fn run(repo: &Repo, line: &str) -> bool {
    let mut command = std::process::Command::new("sh");
    let git = repo.sandbox.command(&repo.top);
    let variables = git.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.env_clear().envs(variables).args(["-c", line]).current_dir(&repo.top).status().unwrap().success()
}

#[test]
fn a_worktree_is_found_by_a_path_through_links() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    fs::create_dir(sandbox.path("real")).unwrap();
    symlink(sandbox.path("real"), sandbox.path("lnk")).unwrap();
    let one = repo.worktree_at(&sandbox.path("real/wa"), &["-b", "wa"]);
    one.commit("work", &[("w.txt", "1\n")]);
    let whole = sandbox.path("lnk/wa").to_string_lossy().into_owned();
    for (number, written) in ["../lnk/wa", "../lnk/../lnk/wa/", &whole].into_iter().enumerate() {
        let name = format!("t{number}");
        register(&repo, &name, &["--worktree", written, "--focus", &name]);
        let answer = repo.status();
        assert_eq!(terminal(&answer, &name)["branch"], "wa", "{written}: {answer:#}");
        assert!(findings(&answer, "not_determined").is_empty(), "{answer:#}");
    }
    // a file that was written by hand, and a start in a folder that is reached through a link
    symlink(sandbox.path(""), sandbox.path("real/up")).unwrap();
    let through = sandbox.path("lnk/up/shop");
    let mut command = program(&sandbox, &through);
    let args = ["register", "--mode", "inter", "--story", "1-2-b", "--terminal", "pwd", "--worktree"];
    said(command.args(args).arg("../lnk/wa").env("PWD", &through)).exits(0).says_not("does not exist");
    let mut command = program(&sandbox, &sandbox.path(""));
    command.arg("-C").arg(&through).args(["status", "--format", "json"]);
    assert_eq!(terminal(&said(&mut command).json(), "pwd")["branch"], "wa");
    // once its folder is deleted, what is there are its commits
    fs::remove_dir_all(sandbox.path("real/wa")).unwrap();
    let answer = repo.status();
    assert_eq!(terminal(&answer, "t0")["branch"], "wa");
    assert!(!text(&findings(&answer, "not_determined")[0]["suggestion"]).contains("worktree add"));
}

#[test]
fn what_updates_a_terminal_names_where_it_works() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one", &["--worktree", "../one"]);
    one.commit("work", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let command = |folder: &str| format!("git -C {} merge main", sandbox.path(folder).display());
    repo.tw(&["status"]).exits(1).says(&format!("Update one from main ({})", command("one")));
    one.tw(&["check"]).exits(1).says("one from main (git merge main)");
    repo.tw(&["sync"]).exits(1);
    // moved by hand: nothing that is run elsewhere updates it
    fs::rename(sandbox.path("one"), sandbox.path("moved")).unwrap();
    let step = "git worktree repair PATH if the folder was moved to PATH";
    repo.tw(&["status"]).exits(1).says("Next: one: its folder").says(step).says_not(": git merge main");
    repo.git(&["worktree", "repair", &sandbox.path("moved").to_string_lossy()]);
    repo.tw(&["status"]).exits(1).says(&command("moved"));
    // its branch alone
    repo.git(&["worktree", "remove", &sandbox.path("moved").to_string_lossy()]);
    repo.tw(&["status"])
        .exits(1)
        .says("Next: one: update it")
        .says(&format!("git worktree add {0} one && git -C {0} merge main", sandbox.path("one").display()));
}

#[test]
fn what_ends_something_names_where_it_is_in_progress() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one", &["--worktree", "../one"]);
    one.commit("work", &[("a.txt", &lines(&[(3, "one")]))]);
    one.commit("more", &[("c.txt", "1\n")]);
    let git = format!("git -C {}", one.top.display());
    one.git(&["bisect", "start"]);
    repo.tw(&["status", "-v"]).says(&format!("→ End it: {git} bisect reset"));
    one.tw(&["check", "-v"]).says("End it: git bisect reset");
    one.git(&["bisect", "reset"]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    one.try_git(&["rebase", "main"]);
    let ending = format!(
        "Resolve a.txt and add it ({git} add :/a.txt), then finish it ({git} rebase --continue), or abort it ({git} rebase --abort)"
    );
    let said = repo.tw(&["status"]).says(&format!("→ {ending}"));
    assert!(!said.stdout.contains("(git rebase"), "{said}");
    one.git(&["rebase", "--abort"]);
    // where the target is checked out, and the program is run elsewhere
    repo.try_git(&["merge", "one"]);
    let git = format!("git -C {}", repo.top.display());
    let ending = format!(
        "Resolve a.txt and add it ({git} add :/a.txt), then finish it ({git} merge --continue), or abort it ({git} merge --abort)"
    );
    for args in [&["status"][..], &["merge-order"]] {
        one.tw(args).says(&ending);
    }
    one.tw(&["check"]).says(&ending);
}

#[test]
fn files_named_like_secrets_are_not_added_by_what_is_printed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("w.txt", "1\n")]);
    register(&repo, "one", &["--worktree", "../one"]);
    one.write(".env", "KEY=1\n");
    one.write("x y/server's.pem", "1\n");
    one.write("more.txt", "1\n");
    repo.tw(&["complete", "one"]).exits(0);
    let step =
        "commit its 1 uncommitted file without .env and x y/server's.pem, which are named like a secret";
    let said = repo.tw(&["status"]).exits(0).says(step);
    let next = said.stdout.split("Next: ").nth(1).unwrap();
    let command = next.lines().find(|line| line.contains("git -C")).unwrap();
    let add = command.split(" && ").next().unwrap();
    let ran = std::process::Command::new("sh").args(["-c", add]).current_dir(&repo.top).status().unwrap();
    assert!(ran.success(), "{command}");
    assert_eq!(one.git(&["diff", "--cached", "--name-only"]), "more.txt");
    one.git(&["commit", "-qm", "more"]);
    let said = repo.tw(&["status"]).exits(0).says("are named like a secret: have .gitignore name");
    said.says_not("add --all");
}

#[test]
fn who_is_in_a_deleted_folder_is_told_so() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    let path = std::env::var_os("PATH").unwrap();
    for command in ["status", "check", "merge-order", "doctor"] {
        std::fs::create_dir_all(&one.top).unwrap();
        let script = format!("rm -r \"$PWD\"; exec {} {command}", &*super::program::PROGRAM);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(&one.top).env_clear().env("PATH", &path);
        let said = said(shell.env("HOME", sandbox.path("home"))).fails();
        said.complains("the current folder was deleted").complains("-C PATH");
    }
}

#[test]
fn a_branch_of_a_bare_repository_is_updated_in_a_worktree_of_its_own() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["checkout", "-qb", "b/1"]);
    repo.commit("b", &[("a.txt", &lines(&[(3, "b")]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let bare = sandbox.path("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let bare = Repo { sandbox: &sandbox, top: bare };
    let folder = sandbox.path("b-1");
    let command = format!("git worktree add {0} b/1 && git -C {0} merge main", folder.display());
    let advice = findings(&bare.status(), "merge_conflict")[0]["suggestion"].to_string();
    assert!(advice.contains(&command), "{advice}");
    run(&bare, &command);
    let there = Repo { sandbox: &sandbox, top: folder };
    assert!(there.git(&["status", "--short"]).contains("UU a.txt"));
}

/// Nor is it by a switch in the main worktree: its branch is the target.
#[test]
fn a_branch_without_a_worktree_is_updated_and_stays_a_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let other = repo.worktree("other");
    other.commit("other", &[("b.txt", "2\n")]);
    for (number, name) in ["feat", "b/1", "taken", "was"].into_iter().enumerate() {
        repo.git(&["checkout", "-qb", name]);
        repo.commit(name, &[("a.txt", &lines(&[(3 + 9 * number, name)]))]);
        repo.git(&["checkout", "-q", "main"]);
    }
    fs::create_dir(sandbox.path("taken")).unwrap();
    let was = sandbox.path("elsewhere/was here");
    repo.git(&["worktree", "add", "-q", was.to_str().unwrap(), "was"]);
    let all: Vec<(usize, &str)> = (0..4).map(|number| (3 + 9 * number, "main")).collect();
    repo.commit("main", &[("a.txt", &lines(&all))]);
    fs::remove_dir_all(&was).unwrap();
    // each terminal with its branch
    let known = || -> Vec<(String, String)> {
        let status = repo.status();
        assert_eq!(status["target"]["name"], "main", "{status:#}");
        let all = status["terminals"].as_array().unwrap().iter();
        all.map(|one| (text(&one["id"]).to_string(), text(&one["branch"]).to_string())).collect()
    };
    let before = known();
    for branch in ["feat", "b/1", "taken", "was"] {
        let status = repo.status();
        let id = known().into_iter().find(|(_, of)| of == branch).unwrap().0;
        let found = findings(&status, "merge_conflict");
        let about = found.iter().find(|one| one["terminals"][0] == *id).unwrap();
        let advice = text(&about["suggestion"]);
        let command = advice.split_once(" from main (").unwrap().1.split_once(") and resolve").unwrap().0;
        if branch == "was" {
            assert!(advice.starts_with("Run git worktree prune"), "{advice}");
            repo.git(&["worktree", "prune"]);
        }
        assert!(!run(&other, command), "it conflicts: {command}");
        let listed = repo.git(&["worktree", "list", "--porcelain"]);
        let folder = listed.split("\n\n").find(|one| one.ends_with(&format!("refs/heads/{branch}")));
        let folder = folder.and_then(|one| one.strip_prefix("worktree ")?.lines().next());
        let there =
            Repo { sandbox: &sandbox, top: folder.unwrap_or_else(|| panic!("{command}: {listed}")).into() };
        there.git(&["checkout", "-q", "--ours", "a.txt"]);
        there.git(&["commit", "-qam", "resolved"]);
        assert!(repo.try_git(&["merge-tree", "--write-tree", "main", branch]).status.success());
    }
    let after = known();
    let branches = |known: &[(String, String)]| -> Vec<String> {
        let mut found: Vec<String> = known.iter().map(|(_, branch)| branch.clone()).collect();
        found.sort();
        found
    };
    assert_eq!(branches(&after), branches(&before));
    // the name of a branch can be that of a folder, unless something is there or it is no name of a folder
    for (id, branch) in &after {
        let is_same = before.contains(&(id.clone(), branch.clone()));
        assert_eq!(is_same, !["b/1", "taken"].contains(&&**branch), "{before:?} {after:?}");
    }
    assert_eq!(repo.git(&["branch", "--show-current"]).trim(), "main");
    assert_eq!(repo.tw(&["merge-order", "--format", "json"]).json()["target"], "main");
}

#[test]
fn what_is_printed_for_somebody_elsewhere_names_the_worktree() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let there = format!("git -C {} merge main", one.top.display());
    repo.tw(&["check", "--terminal", "one"]).exits(1).says(&there);
    one.tw(&["check"]).exits(1).says("(git merge main)").says_not("git -C");
    let ends = format!("git -C {} rebase --abort", one.top.display());
    one.try_git(&["rebase", "-q", "main"]);
    repo.tw(&["check", "--terminal", "one"]).says(&ends);
    one.tw(&["check"]).says("git rebase --abort").says_not("git -C");
}

#[test]
fn a_locked_worktree_without_its_folder_is_unlocked_first() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.git(&["worktree", "lock", "--reason", "usb", one.top.to_str().unwrap()]);
    fs::remove_dir_all(&one.top).unwrap();
    repo.tw(&["status"]).says("git worktree unlock");
    let said = repo.tw(&["doctor"]);
    let command = format!("git worktree unlock {} && git worktree prune", one.top.display());
    said.says(&command);
    assert!(run(&repo, &command));
    repo.tw(&["status"]).says_not("does not exist");
}

/// The commands of this program in a text, each with what follows it in its sentence.
fn commands_in(text: &str) -> Vec<String> {
    const ASKING: [&str; 9] =
        ["status", "check", "merge-order", "complete", "update", "archive", "sync", "doctor", "register"];
    let text = super::program::flat(text);
    let found = text.match_indices("track-work ").filter_map(|(at, name)| {
        let words = &text[at + name.len()..];
        ASKING.iter().find(|command| words.starts_with(**command))?;
        let ends =
            [")", ":", ";", " or ", ". ", ", ", " says", " takes", " if ", " looks", "\"", "track-work "];
        let end = ends.iter().filter_map(|end| words.find(end)).min().unwrap_or(words.len());
        Some(words[..end].to_string())
    });
    found.collect()
}

/// Typed as printed, they answer about the same target.
#[test]
fn every_printed_command_repeats_the_options_that_it_depends_on() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "release/2.x"]);
    repo.commit("main", &[("a.txt", &lines(&[(9, "main")]))]);
    let register = |id: &str, story: &str, more: &[&str]| {
        let args = ["register", "--mode", "intra", "--story", story, "--terminal", id];
        repo.tw(&[&args[..], more].concat()).exits(0);
    };
    for (at, name) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let work = repo.worktree(name);
        work.commit(name, &[("a.txt", &lines(&[(3, name)]))]);
        register(name, &format!("1-{at}-x"), &["--worktree", &format!("../{name}")]);
    }
    // two in one worktree, with a file that nobody claims; two that wait for each other; one that is nowhere
    register("five", "2-1-y", &["--worktree", "../four", "--focus", "more"]);
    register("lost", "2-2-y", &["--worktree", "../nowhere"]);
    register("odd", "2-3-y", &[]);
    repo.tw(&["update", "one", "--blocked-by", "two"]).exits(0);
    repo.track(
        "story-3-1-sessions.yaml",
        "story_id: 3-1-z\nsessions:\n  u:\n    blocked_by: [v]\n  v:\n    blocked_by: [u]\n",
    );
    repo.tw(&["complete", "three"]);
    let options = ["--target", "release/2.x"];
    let mut found = 0;
    let asked: [&[&str]; 10] = [
        &["status"],
        &["status", "-v"],
        &["status", "--format", "json"],
        &["sync", "--dry-run"],
        &["merge-order", "-v"],
        &["merge-order", "--format", "json"],
        &["check", "--terminal", "one", "-v"],
        &["check", "--terminal", "lost"],
        &["doctor"],
        &["merge", "--dry-run"],
    ];
    for asked in asked {
        let said = repo.tw(&[&options[..], asked].concat());
        for command in commands_in(&format!("{}\n{}", said.stdout, said.stderr)) {
            assert!(command.contains("--target release/2.x"), "{asked:?}: track-work {command}\n{said}");
            found += 1;
        }
        // and none that was not given
        let said = repo.tw(asked);
        assert!(!said.stdout.contains("--target"), "{asked:?}: {said}");
    }
    assert!(found > 20, "{found}");
}
