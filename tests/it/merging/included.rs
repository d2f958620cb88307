//! Settings that hold only where the target is checked out, by a condition on its branch or git folder or as those of a
//! worktree: `merge` makes the commits that typing its commands there makes.

use std::fs;

use super::{is_tidy, shop};
use crate::cli::program::said;
use crate::support::{Repo, Sandbox};

/// Adds an include of this text to the repository's settings.
fn include(repo: &Repo, condition: &str, text: &str) {
    let file = repo.sandbox.path("included");
    fs::write(&file, text).unwrap();
    let config = repo.path(".git/config");
    let section = format!("[includeIf \"{condition}\"]\n\tpath = {}\n", file.display());
    fs::write(&config, fs::read_to_string(&config).unwrap() + &section).unwrap();
}

/// The merges that `merge` makes of these, then those that typing makes: author, committer, message and tree.
fn both_ways(repo: &Repo, names: &[&str]) -> [String; 2] {
    let shown =
        |repo: &Repo| repo.git(&["log", "--first-parent", "--format=%an <%ae> %cn <%ce> %s %T", "first.."]);
    said(&mut repo.merging(&[&["--yes"], names].concat())).exits(0);
    let made = shown(repo);
    repo.git(&["reset", "-q", "--hard", "first"]);
    for name in names {
        let mut git = std::process::Command::new("git");
        git.current_dir(&repo.top).env("HOME", repo.sandbox.path("home"));
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let done = git.args(["merge", "-q", "--no-ff", "--no-edit", name]).output().unwrap();
        assert!(done.status.success(), "{name}: {done:?}");
    }
    let typed = shown(repo);
    repo.git(&["reset", "-q", "--hard", "first"]);
    [made, typed]
}

#[test]
fn merges_have_the_settings_that_hold_where_the_target_is_checked_out() {
    for condition in ["onbranch:main", "gitdir:shop/.git", "gitdir/i:SHOP/.git", "worktree"] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        repo.git(&["tag", "first"]);
        let attributes = sandbox.path("attributes");
        fs::write(&attributes, "a.txt merge=union\n").unwrap();
        let attributes = attributes.display();
        if condition == "worktree" {
            repo.git(&["config", "extensions.worktreeConfig", "true"]);
            repo.git(&["config", "--worktree", "core.attributesFile", &attributes.to_string()]);
            repo.git(&["config", "--worktree", "user.name", "At Work"]);
        } else {
            let text = format!(
                "[core]\n\tattributesFile = {attributes}\n[user]\n\tname = \"At Work\"\n\temail = at@work\n[merge]\n\tbranchdesc\n\tlog = true\n"
            );
            include(&repo, &condition.replace("shop", repo.top.to_str().unwrap()), &text);
        }
        // without a person who merges otherwise
        let names = ["one", "two", "three"];
        let [made, typed] = both_ways(&repo, &names);
        assert_eq!(made, typed, "{condition}");
        assert!(made.contains("At Work"), "{condition}: {made}");
        is_tidy(&repo, 3);
    }
}

/// The target is checked out nowhere: whoever types the merges checks it out first.
#[test]
fn merges_into_a_branch_that_is_not_checked_out_have_the_settings_that_hold_once_it_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "release"]);
    repo.git(&["tag", "first"]);
    include(&repo, "onbranch:main", "[user]\n\tname = \"At Main\"\n");
    let other = sandbox.path("of-release");
    fs::write(&other, "[user]\n\tname = \"At Release\"\n[merge]\n\tlog = true\n").unwrap();
    repo.git(&["config", "includeIf.onbranch:rel*.path", other.to_str().unwrap()]);
    let shown = || repo.git(&["log", "--first-parent", "--format=%an %cn %B %T", "first..release"]);
    let mut merge = repo.program(&["--target", "release", "merge", "--yes", "one", "two"]);
    said(merge.envs(super::DATES)).exits(0);
    let made = shown();
    repo.git(&["branch", "-f", "release", "first"]);
    repo.git(&["switch", "-q", "release"]);
    for name in ["one", "two"] {
        let mut git = std::process::Command::new("git");
        git.current_dir(&repo.top).env("HOME", sandbox.path("home"));
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let done = git.args(["merge", "-q", "--no-ff", "--no-edit", name]).output().unwrap();
        assert!(done.status.success(), "{name}: {done:?}");
    }
    assert_eq!(made, shown());
    assert!(made.contains("At Release At Release") && !made.contains("At Main"), "{made}");
}

#[test]
fn a_setting_that_holds_only_where_merges_are_made_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    include(&repo, "gitdir:**/worktrees/shop-*", "[user]\n\tsigningKey = abc\n");
    let before = repo.git(&["rev-parse", "main"]);
    let said = repo.merge(&["--yes", "two"]).exits(2);
    let said = said.complains("the setting user.signingkey holds in").complains("and not in");
    said.complains("track-work merge-order");
    assert_eq!(repo.git(&["rev-parse", "main"]), before);
}
