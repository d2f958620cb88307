//! What `status`, `sync` and `merge-order` say where there are too many terminals to list each.

use super::program::{lines, said};
use crate::support::{Repo, Sandbox};

/// 28 branches: nine in one changelog, seven pairs in seven files of a folder, two in three files, one that conflicts
/// with the target, and two that are alone.
fn crowd(sandbox: &Sandbox) -> Repo<'_> {
    let files: Vec<String> = ["log.md", "api.txt", "a.txt", "b.txt", "c.txt"]
        .map(str::to_string)
        .into_iter()
        .chain((0..7).map(|pair| format!("src/cart/{pair}.ts")))
        .collect();
    let text = lines(&[]);
    let base: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), text.as_str())).collect();
    let repo = sandbox.repo("shop", &base);
    let branch = |name: &str, files: &[&str]| {
        repo.git(&["switch", "-qc", name, "base"]);
        let text = lines(&[(3, name)]);
        repo.commit(name, &files.iter().map(|file| (*file, text.as_str())).collect::<Vec<_>>());
        repo.git(&["switch", "-q", "main"]);
    };
    repo.git(&["tag", "base"]);
    (0..9).for_each(|number| branch(&format!("log-{number}"), &["log.md"]));
    for number in 0..14 {
        branch(&format!("cart-{number}"), &[&format!("src/cart/{}.ts", number / 2)]);
    }
    ["left", "right"].iter().for_each(|name| branch(name, &["a.txt", "b.txt", "c.txt"]));
    branch("api", &["api.txt"]);
    (0..2).for_each(|number| branch(&format!("alone-{number}"), &[&format!("own-{number}.txt")]));
    repo.commit("main goes on", &[("api.txt", &lines(&[(3, "main")]))]);
    repo
}

const NUMBERS: &str = "2 terminals are independent of all others and of main, 26 are in conflict (use -v)";

#[test]
fn many_terminals_fit_a_screen() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    let status = repo.tw(&["status"]).exits(1).says("12 conflicts among 26 terminals").says(NUMBERS);
    let status = status.says("conflict log.md: 9 terminals (log-0, log-1, log-2 and 6 others)");
    let pairs = "14 terminals in 7 pairs (cart-0 + cart-1, cart-2 + cart-3, cart-4 + cart-5 and 4 others)";
    let status = status.says(&format!("conflict 7 files in src/cart: {pairs}"));
    let status = status.says("conflict a.txt, b.txt and c.txt: left, right");
    let status = status.says("drift api.txt: api line 3, main line 3").says_not("alone-0");
    assert!(status.stdout.lines().count() < 24, "{status}");
    let sync = repo.tw(&["sync", "--dry-run", "-q"]).exits(1).says("Conflicts: 12");
    sync.says("7 files in src/cart: 14 terminals").says("a.txt, b.txt and c.txt: left, right");
    repo.tw(&["sync"]).exits(1).says(NUMBERS).says_not("alone-0:");
    // all of it is shown with -v
    let whole = repo.tw(&["status", "-v"]).exits(1).says("conflict cart-12 + cart-13").says("alone-1");
    assert!(whole.stdout.lines().count() > 100, "{whole}");
}

#[test]
fn steps_that_are_alike_are_one_line_of_the_merge_order() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    let order = repo.tw(&["merge-order", "--time", "2"]).exits(1).says("17 conflicts in 28 merges");
    let order = order
        .says("merges in any order: ")
        .says("merges one after the other: log-")
        .says("each in log.md content");
    let order = order.says("conflict git merge --no-ff api").says("All commands: track-work merge-order -v");
    assert!(order.stdout.lines().count() < 50, "{order}");
    let json = repo.tw(&["merge-order", "--time", "2", "--format", "json"]).exits(1).json();
    let whole = repo.tw(&["merge-order", "--time", "2", "-v"]).exits(1);
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 28);
    for step in steps {
        assert!(whole.stdout.contains(step["command"].as_str().unwrap()), "{whole}");
    }
}

#[test]
fn what_many_terminals_need_is_told_by_its_kind() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let mut sessions = "sessions:\n".to_string();
    for number in 0..24 {
        let (status, more) = match number {
            0..3 => ("in_progress", "\n    tasks: [one]\n    completed_tasks: [one]"),
            3..5 => ("blocked", ""),
            5 => ("in_progress", "\n    branch: gone"),
            6..16 => ("completed", ""),
            _ => ("in_progress", ""),
        };
        let name = format!("w{number}");
        sessions.push_str(&format!("  {name}:\n    story_id: 1-{number}-s\n    status: {status}{more}\n"));
        if number == 5 {
            continue;
        }
        repo.git(&["switch", "-qc", &name, "main"]);
        if number < 23 {
            repo.commit(&name, &[(&format!("{name}.txt"), "1\n")]);
        }
        repo.git(&["switch", "-q", "main"]);
    }
    repo.track("active-sessions.yaml", &sessions);
    let ready = "Ready to merge: Story 1-6 (w6), Story 1-7 (w7), Story 1-8 (w8) and 7 others";
    for command in [&["status"][..], &["sync", "--dry-run"]] {
        let told = said(&mut repo.program(command)).exits(1).says(ready);
        let told = told.says("All tasks done: w0, w1 and w2 (track-work complete TERMINAL)");
        let told = told.says("Blocked by hand: w3 and w4").says("Not found in git: w5");
        let others = "independent of all others that are determined and of main, 1 has no work yet, 1 is not determined";
        told.says(&format!("22 terminals are {others} (use -v)"));
    }
}

/// What a command takes is what can be pasted: the story, or the terminal with the story that is meant.
#[test]
fn what_many_terminals_need_is_told_by_the_names_that_commands_take() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for number in 0..22 {
        let name = format!("w{number}");
        repo.git(&["switch", "-qc", &name, "main"]);
        repo.commit(&name, &[(&format!("{name}.txt"), "1\n")]);
        repo.git(&["switch", "-q", "main"]);
    }
    for name in ["w0", "w1"] {
        repo.git(&["merge", "-q", "--no-ff", "--no-edit", name]);
    }
    for number in 1..12 {
        let sessions =
            ["w0", "w1"].map(|name| format!("  {name}:\n    status: completed\n    merged: true\n")).concat();
        let text = format!("story_id: 1-{number}-a\nparallel_mode: intra_story\nsessions:\n{sessions}");
        repo.track(&format!("story-1-{number}-sessions.yaml"), &text);
    }
    for story in ["2-1-a", "2-2-b"] {
        let session = "  w2:\n    status: in_progress\n    tasks: [one]\n    completed_tasks: [one]\n";
        let text = format!("story_id: {story}\nparallel_mode: intra_story\nsessions:\n{session}");
        repo.track(&format!("story-{}-sessions.yaml", &story[..3]), &text);
    }
    let said = repo.tw(&["status"]);
    let said = said.says("Story to archive: 1-1-a, ").says("and 8 others (track-work archive STORY)");
    let said =
        said.says("All tasks done: w2 --story 2-1-a and w2 --story 2-2-b (track-work complete TERMINAL)");
    for story in ["2-1-a", "2-2-b"] {
        repo.tw(&["complete", "w2", "--story", story]).exits(0);
    }
    said.says_not("w0, w0");
    repo.tw(&["archive", "1-1-a"]).exits(0);
}
