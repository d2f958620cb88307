//! A main worktree whose git folder is elsewhere (`--separate-git-dir`, a `.git` that is a link, `core.worktree`): git notes
//! where it is in no file, so from a linked worktree it is seen only where something leads to it. It is never guessed.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::program::{DIR, findings, flat, lines, messages, pairs, text};
use crate::support::{Repo, Sandbox};

const HIDDEN: &str = "the main worktree is not found from here: nothing in";

/// The ways to put the git folder elsewhere, each with the worktree `one` that changes line 5.
fn layouts(sandbox: &Sandbox) -> [(Repo<'_>, Repo<'_>); 2] {
    ["separate", "linked"].map(|name| {
        fs::create_dir_all(sandbox.path(&format!("store-{name}"))).unwrap();
        fs::create_dir_all(sandbox.path(&format!("of-{name}"))).unwrap();
        let git_dir = sandbox.path(&format!("store-{name}/git"));
        let repo = match name {
            "separate" => sandbox.init_with(name, &["--separate-git-dir", git_dir.to_str().unwrap()]),
            _ => {
                let repo = sandbox.init(name);
                fs::rename(repo.path(".git"), &git_dir).unwrap();
                symlink(&git_dir, repo.path(".git")).unwrap();
                repo
            }
        };
        repo.commit("first", &[("a.txt", &lines(&[]))]);
        let one = Repo { sandbox, top: sandbox.path(&format!("of-{name}/one")) };
        repo.git(&["worktree", "add", "-q", "-b", "one", one.top.to_str().unwrap()]);
        one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
        (repo, one)
    })
}

fn warnings(answer: &Value) -> usize {
    let told = |found: &&Value| found["message"].as_str().is_some_and(|text| text.starts_with(HIDDEN));
    answer["findings"].as_array().unwrap().iter().filter(told).count()
}

#[test]
fn the_folder_above_the_git_folder_is_not_taken_for_the_main_worktree() {
    let sandbox = Sandbox::new();
    for (repo, one) in layouts(&sandbox) {
        repo.tw(&["status"]).exits(0).says("no conflicts").says_not("not found from here");
        let said = one.tw(&["status"]).exits(0).says("no conflicts").says(HIDDEN);
        let said = said.says_not("modify/delete").says_not("not determined");
        said.says("git config core.worktree \"$(git rev-parse --show-toplevel)\"");
        let answer = one.status();
        assert_eq!(warnings(&answer), 1, "{}", messages(&answer));
        assert_eq!(findings(&answer, "merge_conflict"), Vec::<&Value>::new(), "{}", messages(&answer));
        one.tw(&["check"]).exits(0).says(HIDDEN);
        one.tw(&["statusline"]).exits(0).says("1 unknown").says_not("no conflicts");
        one.tw(&["doctor"]).says(HIDDEN);
        let order = one.tw(&["merge-order"]).exits(0).says("git merge --no-ff one");
        order
            .says_not("is not checked out anywhere")
            .says("it is checked out in the main worktree, and nothing in");
        one.tw(&["check", "--staged"]).exits(0);
    }
}

#[test]
fn nothing_is_written_where_the_main_worktree_is_not_known() {
    let sandbox = Sandbox::new();
    for (repo, one) in layouts(&sandbox) {
        repo.tw(&["init"]).exits(0);
        for args in [
            &["sync", "--as", "orchestrator-exe"][..],
            &["init"],
            &["register", "--mode", "intra", "--story", "1-1-x", "--focus", "x", "--terminal", "one"],
        ] {
            one.tw(args).fails().complains("the tracking files are in the main worktree, and nothing in");
        }
        let git_dir = repo.git(&["rev-parse", "--absolute-git-dir"]);
        let above = std::path::Path::new(&git_dir).parent().unwrap();
        assert!(!above.join(".system").exists() && !one.path(".system").exists());
        // the branch is checked out there: moved from here, its files would look like a change that takes it back
        let before = repo.git(&["rev-parse", "main"]);
        one.merge(&["--yes"])
            .fails()
            .complains("main cannot be moved: it is checked out in the main worktree");
        assert_eq!(repo.git(&["rev-parse", "main"]), before);
        repo.merge(&["--yes"]).exits(0);
        assert_eq!(repo.git(&["status", "--porcelain", "--", "a.txt"]), "");
    }
}

#[test]
fn what_the_advice_says_makes_the_main_worktree_known() {
    let sandbox = Sandbox::new();
    for (repo, one) in layouts(&sandbox) {
        repo.tw(&["init"]).exits(0);
        repo.write("a.txt", lines(&[(5, "main")]));
        assert_eq!(pairs(&one.status()), Vec::<String>::new());
        assert!(repo.sh("git config core.worktree \"$(git rev-parse --show-toplevel)\""));
        for place in [&repo, &one] {
            let answer = place.status();
            assert_eq!(pairs(&answer), ["main one conflict"], "{}", messages(&answer));
            assert_eq!(warnings(&answer), 0, "{}", messages(&answer));
        }
        assert_eq!(one.git(&["rev-parse", "--show-toplevel"]), one.top.to_str().unwrap());
        one.tw(&["sync", "--as", "orchestrator-exe"]).exits(1).says("Created the log");
        assert!(repo.path(DIR).is_dir());
    }
}

#[test]
fn a_branch_that_the_hidden_worktree_has_checked_out_is_judged_by_its_commits() {
    let sandbox = Sandbox::new();
    for (repo, one) in layouts(&sandbox) {
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.commit("topic", &[("a.txt", &lines(&[(5, "topic")]))]);
        let there = repo.tw(&["status", "--target", "main", "--format", "json"]).exits(1).json();
        let here = one.tw(&["status", "--target", "main", "--format", "json"]).exits(1).json();
        assert_eq!(pairs(&here), pairs(&there));
        assert_eq!(pairs(&here), ["one topic conflict"], "{}", messages(&here));
        // without a branch it is not known where that worktree stands
        repo.git(&["checkout", "-q", "--detach"]);
        let said = one.tw(&["status", "--target", "main"]).exits(1);
        said.says("it is not known where the main worktree is");
    }
}

#[test]
fn a_worktree_inside_the_main_one_finds_it() {
    let sandbox = Sandbox::new();
    let git_dir = sandbox.path("store");
    let repo = sandbox.init_with("shop", &["--separate-git-dir", git_dir.to_str().unwrap()]);
    repo.commit("first", &[("a.txt", &lines(&[])), (".gitignore", "inside\n")]);
    let inside = repo.worktree_at(&repo.path("inside"), &["-b", "inside"]);
    inside.commit("inside", &[("a.txt", &lines(&[(5, "inside")]))]);
    repo.write("a.txt", lines(&[(5, "main")]));
    assert_eq!(pairs(&inside.status()), ["inside main conflict"]);
    // inside the git folder one is in no worktree
    let said = Repo { sandbox: &sandbox, top: git_dir }.tw(&["check"]);
    said.fails().complains("this folder is not in a worktree");
}

#[test]
fn work_where_core_worktree_leads_is_seen_from_everywhere() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
    let desk = sandbox.path("desk");
    fs::create_dir(&desk).unwrap();
    fs::write(desk.join("a.txt"), lines(&[(5, "desk")])).unwrap();
    repo.git(&["config", "core.worktree", desk.to_str().unwrap()]);
    assert_eq!(repo.git(&["status", "--porcelain"]), " M a.txt");
    for place in [&repo, &one] {
        let answer = place.status();
        assert_eq!(pairs(&answer), ["main one conflict"], "{}", messages(&answer));
    }
    repo.tw(&["check"]).exits(1).says("1 conflict").says_not("cannot find");
    // what cannot be read does not vanish
    let index = repo.path(".git/index");
    fs::write(&index, "damaged").unwrap();
    for place in [&repo, &one] {
        place.tw(&["status"]).exits(1).says("main: its work cannot be read");
    }
}

/// git does not find the repository from the folder where `core.worktree` leads: its hooks are inspected all the same, its
/// filters run, and printed commands work.
#[test]
fn where_core_worktree_leads_all_is_inspected_and_what_is_missing_there_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("a.bin", "xone\n")]);
    repo.write(".gitattributes", "*.bin filter=marks\n");
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "-qm", "attributes"]);
    repo.git(&["config", "filter.marks.clean", "sed s/^x*/x/"]);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
    let desk = sandbox.path("desk");
    fs::create_dir(&desk).unwrap();
    for name in ["a.txt", ".gitattributes"] {
        fs::copy(repo.path(name), desk.join(name)).unwrap();
    }
    fs::write(desk.join("a.bin"), "two\n").unwrap();
    repo.git(&["config", "core.worktree", desk.to_str().unwrap()]);
    let told = messages(&one.status());
    assert!(!told.contains("could not be read"), "{told}");
    let doctor = repo.tw(&["doctor"]).says("no .git leads back").says_not("cannot inspect");
    assert!(flat(&doctor.stdout).contains("git does not find the repository from"), "{doctor}");
    repo.tw(&["hooks", "install"]).exits(0);
    assert!(repo.path(".git/hooks/pre-commit").is_file());
    repo.tw(&["doctor"]).says("reached from every worktree");
    // a folder that is named from the top
    repo.git(&["config", "core.hooksPath", "own"]);
    let doctor = repo.tw(&["doctor"]);
    let looked_at = format!("git looks for hooks in {}", desk.join("own").display());
    assert!(flat(&doctor.stdout).contains(&looked_at), "{doctor}");
    repo.git(&["config", "--unset", "core.hooksPath"]);
    // the printed command
    fs::write(desk.join("a.bin"), "one\n").unwrap();
    repo.git(&["switch", "-q", "-c", "aside"]);
    fs::write(desk.join("a.txt"), lines(&[(9, "desk")])).unwrap();
    repo.git(&["commit", "-qam", "aside"]);
    one.git(&["switch", "-q", "main"]);
    one.git(&["merge", "-q", "one"]);
    fs::write(desk.join("a.txt"), lines(&[(5, "desk"), (9, "desk")])).unwrap();
    let answer = one.tw(&["--target", "main", "status", "--format", "json"]).json();
    let found = findings(&answer, "merge_conflict");
    let advice = text(&found[0]["suggestion"]);
    let command = advice.split("git --git-dir ").nth(1).unwrap_or_else(|| panic!("{advice}"));
    assert!(command.starts_with(repo.path(".git").to_str().unwrap()), "{advice}");
    // as doctor says it is mended
    let doctor = repo.tw(&["doctor", "--format", "json"]).json();
    let mut all = doctor["diagnoses"].as_array().unwrap().iter();
    let mend = all.find_map(|one| one["mend"].as_str().filter(|mend| mend.starts_with("echo "))).unwrap();
    assert!(repo.sh(mend), "{mend}");
    repo.tw(&["doctor"]).says_not("leads back");
    assert_eq!(Repo { sandbox: &sandbox, top: desk }.git(&["branch", "--show-current"]), "aside");
}
