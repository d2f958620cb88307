//! The merge order: against all orders there are, against git itself, and on histories whose best
//! order is known.

mod all_orders;
mod fixtures;
mod in_the_way;
mod obstacles;
mod real_merges;
mod reasons;
pub mod sets;
mod time;
mod with_whom;

#[test]
fn a_step_tells_what_git_would_refuse() {
    let sandbox = crate::support::Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "1\n2\n3\n4\n5\n6\n"), ("b", "b\n"), ("c", "c\n")]);
    let one = repo.worktree("one");
    one.commit("work", &[("a", "x\n2\n3\n4\n5\n6\n"), ("new", "new\n")]);
    let refused = || !repo.try_git(&["merge", "--no-commit", "--no-ff", "one"]).status.success();
    let warned = || {
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        order["steps"][0]["warnings"].to_string()
    };
    repo.write("b", "not touched by the merge\n");
    assert!(!warned().contains("refuses"), "{}", warned());
    repo.write("a", "1\n2\n3\n4\n5\nx\n");
    assert!(refused() && warned().contains("commit or stash a first"), "{}", warned());
    repo.git(&["checkout", "-q", "a"]);
    repo.write("new", "in the way\n");
    assert!(
        refused() && warned().contains("stash (git stash --include-untracked) new first"),
        "{}",
        warned()
    );
    repo.remove("new");
    repo.write("c", "staged\n");
    repo.git(&["add", "c"]);
    assert!(refused() && warned().contains("changes are staged"), "{}", warned());
}

#[test]
fn a_printed_command_merges_the_branch_that_is_meant() {
    let sandbox = crate::support::Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "x\n")]);
    repo.git(&["tag", "v1"]);
    repo.git(&["checkout", "-q", "-b", "v1"]);
    repo.commit("work", &[("g", "q\n")]);
    repo.git(&["checkout", "-q", "main"]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["steps"][0]["command"], "git merge --no-ff refs/heads/v1");
}

#[test]
fn a_path_that_is_moved_aside_is_named_as_git_names_it() {
    let sandbox = crate::support::Sandbox::new();
    let repo = sandbox.init("main");
    repo.link("link", "x");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "base"]);
    let [one, two] =
        ["fix/1", "two"].map(|branch| repo.worktree_at(&sandbox.path(&branch[..1]), &["-b", branch]));
    for (terminal, is_link) in [(&one, true), (&two, false)] {
        terminal.remove("link");
        if is_link {
            terminal.link("link", "y")
        } else {
            terminal.write("link", "file\n")
        }
        terminal.git(&["add", "-A"]);
        terminal.git(&["commit", "-qm", "work"]);
    }
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let step = &order["steps"][1];
    let paths: Vec<&str> = step["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|conflict| conflict["path"].as_str())
        .collect();
    for at in 0..2 {
        let branch = order["steps"][at]["branch"].as_str().unwrap();
        repo.try_git(&["merge", "-q", "--no-ff", "-m", "merged", branch]);
    }
    let unmerged = repo.git(&["diff", "--name-only", "--diff-filter=U"]);
    assert_eq!(paths, unmerged.lines().collect::<Vec<_>>(), "{order:#}");
    assert!(paths.iter().any(|path| path.starts_with("link~")), "{paths:?}");
}

#[test]
fn a_target_with_shell_characters_is_quoted_in_advice() {
    let sandbox = crate::support::Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "x\n")]);
    let target = "m;touch${IFS}PWN";
    repo.git(&["branch", "-m", target]);
    let one = repo.worktree("one");
    one.commit("work", &[("f", "one\n")]);
    repo.commit("more", &[("f", "main\n")]);
    for command in [&["status"][..], &["check"], &["status", "--format", "json"]] {
        let said = one.tw(command).stdout;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!said.contains(&format!("merge {target}")), "{said}");
        assert!(said.contains(&format!("merge '{target}'")), "{said}");
    }
}
