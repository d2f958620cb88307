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
    repo.tw(&["status"]).exits(1).says("Next: one: update it").says("git switch one && git merge main");
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
    let ending = format!("Finish it ({git} rebase --continue) or abort it ({git} rebase --abort)");
    let said = repo.tw(&["status"]).says(&format!("→ {ending}"));
    assert!(!said.stdout.contains("(git rebase"), "{said}");
    one.git(&["rebase", "--abort"]);
    // where the target is checked out, and the program is run elsewhere
    repo.try_git(&["merge", "one"]);
    let git = format!("git -C {}", repo.top.display());
    let ending = format!("Finish it ({git} merge --continue) or abort it ({git} merge --abort)");
    for args in [&["status"][..], &["merge-order"]] {
        one.tw(args).says(&ending);
    }
    one.tw(&["check"]).says(&ending);
}
