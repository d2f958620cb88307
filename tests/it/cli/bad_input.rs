//! Bad input: every kind is told with its place, its reason and what to do; nothing is lost, and
//! the rest goes on.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::program::{
    DIR, Said, changes, findings, flat, lines, messages, pairs, program, said, terminal, text,
};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";
const ACTIVE: &str = "active-sessions.yaml";

const GOOD: &str = "story_id: \"1-2-login\"\nsessions:\n  good:\n    status: \"in_progress\"\n";

/// Two worktrees that conflict, and a tracking file that is as it should be.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    repo.track(STORY, GOOD);
    for name in ["good", "other"] {
        repo.worktree(name).write("a.txt", lines(&[(3, name)]));
    }
    repo
}

/// With these bytes as `active-sessions.yaml`, every command tells the same: the message with its
/// suggestion as a finding, exit 1; it leaves the file, and handles the good one; and a command
/// that needs the file ends with exit 2 and the same message.
#[track_caller]
fn is_told(bytes: impl AsRef<[u8]>, message: &str, shown_line: &str) {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(ACTIVE, &bytes);
    for command in ["status", "sync"] {
        let said = repo.tw(&[command]).exits(1).says(message).says(shown_line);
        said.says("good");
        let answer = repo.tw(&[command, "--format", "json"]).exits(1).json();
        let told: Vec<_> =
            findings(&answer, "tracking").into_iter().filter(|one| one["severity"] == "error").collect();
        assert_eq!(told.len(), 1, "{}", messages(&answer));
        assert!(!text(&told[0]["suggestion"]).is_empty());
        assert_eq!(told[0]["evidence"]["file"], ACTIVE);
        assert_eq!(pairs(&answer), ["good other conflict"]);
    }
    assert!(repo.tracked(STORY).contains("observed:"), "the good file is brought up to date");
    let register = ["register", "--mode", "inter", "--story", "1-7", "--terminal", "new"];
    let said = repo.tw(&register).fails().complains(message).complains(shown_line);
    assert!(said.stderr.contains(ACTIVE));
    repo.tw(&["update", "bad", "--focus", "x"]).fails().complains(message);
    repo.tw(&["complete", "bad"]).fails().complains(message);
    let bytes_now = fs::read(repo.path(format!("{DIR}/{ACTIVE}"))).unwrap();
    assert_eq!(bytes_now, bytes.as_ref(), "the file is left as it is");
}

#[test]
fn broken_yaml_is_told_with_its_line() {
    let text = "sessions:\n  bad:\n    status: [open\n";
    is_told(text, "active-sessions.yaml, line 3: ", "3 | status: [open");
}

#[test]
fn a_duplicate_key_is_told_with_its_line() {
    let text = "sessions:\n  bad:\n    status: pending\n    status: done\n";
    is_told(text, "active-sessions.yaml, line 4: duplicate key \"status\"", "4 | status: done");
}

#[test]
fn a_duplicate_terminal_is_told_with_its_line() {
    let text = "sessions:\n  bad: {status: pending}\n  bad: {status: done}\n";
    is_told(text, "active-sessions.yaml, line 3: duplicate key \"bad\"", "3 | bad: {status: done}");
}

#[test]
fn a_tab_is_told_with_its_line() {
    let text = "sessions:\n\tbad:\n\t\tstatus: pending\n";
    is_told(text, "active-sessions.yaml, line 2: a tab; YAML is indented with spaces", "2 | bad:");
}

#[test]
fn a_list_in_the_place_of_the_sessions_is_told_with_its_line() {
    let text = "parallel_mode: \"inter_story\"\nsessions: [bad]\n";
    let message = "active-sessions.yaml, line 2: \"sessions\" must be a mapping, found a list";
    is_told(text, message, "2 | sessions: [bad]");
}

#[test]
fn a_list_in_the_place_of_the_file_is_told() {
    is_told("- bad\n", "active-sessions.yaml: the file must be a mapping, found a list", "");
}

#[test]
fn text_that_is_not_utf8_is_told_with_its_line() {
    is_told(
        b"sessions:\n  bad:\n    focus: \"\xff\"\n",
        "active-sessions.yaml, line 3: the byte 0xff is not UTF-8",
        "",
    );
}

#[test]
fn two_documents_in_a_file_are_told() {
    is_told("sessions: {}\n---\nsessions: {}\n", "more than one YAML document in the file", "");
}

#[test]
fn a_folder_in_the_place_of_a_file_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    fs::create_dir(repo.path(format!("{DIR}/{ACTIVE}"))).unwrap();
    repo.tw(&["sync"]).exits(1).says("active-sessions.yaml: is not a file").says("good");
    repo.tw(&["register", "--mode", "inter", "--story", "1-7"]).fails().complains("is not a file");
}

#[test]
fn one_session_that_is_no_mapping_does_not_hide_the_others() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(STORY, format!("{GOOD}  bad: [1, 2]\n"));
    let said = repo.tw(&["sync"]).exits(1);
    said.says("story-1-2-sessions.yaml, line 5: the session \"bad\" must be a mapping, found a list")
        .says("good: Story 1-2");
    assert!(repo.tracked(STORY).contains("\n  bad: [1, 2]\n"), "{}", repo.tracked(STORY));
}

#[test]
fn a_file_of_all_stories_without_sessions_takes_one_and_an_emptied_one_is_unknown_and_stays() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(ACTIVE, "");
    for command in ["status", "sync", "doctor"] {
        let said = repo.tw(&[command]).exits(1);
        said.says("active-sessions.yaml: the file is empty, so its sessions are not known");
    }
    let register = ["register", "--mode", "inter", "--story", "1-7", "--terminal", "new"];
    repo.tw(&register).fails().complains("the file is empty");
    assert_eq!(repo.tracked(ACTIVE), "");
    repo.track(ACTIVE, "# nobody yet\n");
    assert!(findings(&repo.status(), "tracking").is_empty());
    repo.tw(&register).exits(0);
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["new"]["story_id"].as_str(), Some("1-7"));
}

#[test]
fn an_empty_story_file_is_unknown_and_stays() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}", "~\n"] {
        repo.track(STORY, text);
        for command in ["status", "sync", "doctor"] {
            let said = repo.tw(&[command]).exits(1);
            said.says("story-1-2-sessions.yaml: the file is empty, so its sessions are not known");
        }
        for args in [
            &["register", "--mode", "intra", "--story", "1-2-login"][..],
            &["update", "good", "--task", "x"],
            &["archive", "1-2"],
        ] {
            repo.tw(args).fails().complains("the file is empty");
        }
        assert_eq!(repo.tracked(STORY), text);
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_stay() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(STORY, format!("\u{feff}{GOOD}").replace('\n', "\r\n"));
    assert!(findings(&repo.status(), "tracking").is_empty());
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["update", "good", "--task", "One more"]).exits(0);
    let text = repo.tracked(STORY);
    assert!(text.starts_with("\u{feff}story_id") && text.contains("One more") && text.contains("observed:"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
}

#[test]
fn an_unknown_status_is_kept_told_and_not_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(STORY, GOOD.replace("in_progress", "dancing"));
    repo.track("dependencies-template.yaml", "dependencies:\n  1-3: [1-2-login]\n");
    let said = repo.tw(&["sync"]).exits(1).says("line 4: the status \"dancing\" is unknown; it is kept");
    said.says("use pending, in_progress, blocked or completed");
    assert!(repo.tracked(STORY).contains("status: \"dancing\"\n"));
    let answer = repo.status();
    assert_eq!(answer["dependencies"][0]["waiting_for"][0], "1-2-login", "{:#}", answer["dependencies"]);
    repo.tw(&["update", "good", "--status", "singing"]).fails().complains("unknown status \"singing\"");
}

#[test]
fn a_configured_word_means_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(STORY, GOOD.replace("in_progress", "Shipped"));
    repo.track("config.yaml", "complete_statuses: [shipped]\n");
    let answer = repo.status();
    assert!(findings(&answer, "tracking").is_empty(), "{}", messages(&answer));
    assert_eq!(terminal(&answer, "good")["status"], "Shipped");
    repo.tw(&["complete", "good"]).exits(0).says("good was already completed");
}

#[test]
fn an_unknown_story_is_told_and_counts_as_not_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-2-login\": [\"9-9-nowhere\"]\n");
    let said = repo.tw(&["sync"]).exits(1);
    said.says("1-2-login depends on 9-9-nowhere, which is not in any file; it is treated as incomplete");
    // Terminals on one story go on whatever the story depends on.
    assert_eq!(repo.yaml(STORY)["sessions"]["good"]["status"].as_str(), Some("in_progress"));
}

#[test]
fn a_cycle_of_dependencies_is_named_in_full() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  1-3: [1-4]\n  1-4: [1-5]\n  1-5: [1-3]\n");
    let said = repo.tw(&["status"]).exits(1);
    said.says("the dependencies form a cycle: 1-3 → 1-4 → 1-5 → 1-3")
        .says("Remove one of these dependencies");
}

#[test]
fn an_id_that_leads_out_of_the_folder_is_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = crate::support::picture(&sandbox.path(""));
    let bad = [
        ("..", "has \"..\""),
        ("../../etc", "has a path separator"),
        ("a/b", "has a path separator"),
        ("a\\b", "has a path separator"),
        ("1-2\n", "has a control character"),
        ("1-2\u{1b}[31m", "has a control character"),
        ("1-2\u{202e}", "has an invisible character"),
        ("", "is empty"),
        (" 1-2", "begins or ends with white space"),
    ];
    for (id, reason) in bad {
        for mode in ["intra", "inter"] {
            let said = repo.tw(&["register", "--mode", mode, "--story", id, "--terminal", "new"]);
            let said = said.fails().complains("story id").complains(reason);
            assert!(!said.stderr.contains('\u{1b}'), "{said}");
        }
        let said = repo.tw(&["register", "--mode", "intra", "--story", "1-7", "--terminal", id]);
        said.fails().complains("terminal id").complains(reason);
    }
    let blocked = ["register", "--mode", "intra", "--story", "1-7", "--blocked-by", "../x"];
    repo.tw(&blocked).fails().complains("has a path separator");
    assert_eq!(crate::support::picture(&sandbox.path("")), before);
}

#[test]
fn two_stories_that_would_share_a_file_are_refused() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = repo.tracking_picture();
    let said =
        repo.tw(&["register", "--mode", "intra", "--story", "1-2-logout", "--terminal", "new"]).fails();
    said.complains("story-1-2-sessions.yaml belongs to story 1-2-login").complains("nothing was written");
    assert_eq!(repo.tracking_picture(), before);
    // The number alone means the story that has it.
    repo.tw(&["register", "--mode", "intra", "--story", "1-2", "--terminal", "new"]).exits(0);
    assert!(repo.yaml(STORY)["sessions"]["new"].is_mapping());
}

#[test]
fn a_branch_or_a_worktree_that_is_gone_is_unknown_and_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let gone =
        "sessions:\n  by-branch:\n    branch: \"vanished\"\n  by-worktree:\n    worktree: \"../vanished\"\n";
    repo.track("story-1-9-sessions.yaml", format!("story_id: \"1-9\"\n{gone}"));
    let said = repo.tw(&["sync"]).exits(1);
    let said = said.says("by-branch: branch vanished does not exist, so its work cannot be read");
    said.says("by-worktree: worktree ../vanished does not exist")
        .says("track-work update by-worktree --worktree ../other");
    let pairs = pairs(&repo.status());
    assert!(pairs.contains(&"by-branch good unknown".to_string()), "{pairs:?}");
    assert!(pairs.contains(&"good other conflict".to_string()), "{pairs:?}");
    let answer = repo.status();
    let unseen = terminal(&answer, "by-branch");
    assert_eq!((&unseen["changes"], &unseen["ahead"]), (&serde_json::Value::Null, &serde_json::Value::Null));
}

#[test]
fn a_worktree_whose_folder_is_gone_is_unknown_and_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // The folder may be where this link leads, on a disk that is not there.
    fs::rename(sandbox.path("other"), sandbox.path("disk")).unwrap();
    symlink("/nowhere/disk", sandbox.path("other")).unwrap();
    let said = repo.tw(&["status"]).exits(1).says("1 not determined");
    said.says("other: its work cannot be read: its folder").says("does not exist").says("git worktree prune");
    assert_eq!(pairs(&repo.status()), ["good other unknown"]);
    // A broken link back is one too.
    fs::write(sandbox.path("good").join(".git"), "gitdir: /nowhere\n").unwrap();
    repo.tw(&["status"]).exits(1).says("2 not determined").says("git worktree repair");
}

#[test]
fn a_locked_worktree_is_seen_and_said_to_be_locked() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "lock", "--reason", "on a stick", "../other"]);
    repo.tw(&["status", "-v"]).exits(1).says("other: its worktree is locked: on a stick");
    assert_eq!(terminal(&repo.status(), "other")["locked"], "on a stick");
    assert_eq!(pairs(&repo.status()), ["good other conflict"]);
    fs::rename(sandbox.path("other"), sandbox.path("unplugged")).unwrap();
    repo.tw(&["status"])
        .exits(1)
        .says("does not exist and is locked, so what is not committed there is not known (on a stick)")
        .says("Connect the disk that it is on");
}

#[test]
fn a_detached_worktree_is_judged_by_its_commit() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    {
        let detached = repo.worktree_at(&sandbox.path("detached"), &["--detach"]);
        detached.commit("detached", &[("a.txt", &lines(&[(3, "detached")]))]);
    }
    let answer = repo.status();
    assert_eq!(terminal(&answer, "detached").get("branch"), None);
    assert_eq!(changes(&answer, "detached"), ["modified a.txt"]);
    assert!(pairs(&answer).contains(&"detached good conflict".to_string()), "{:?}", pairs(&answer));
}

#[test]
fn an_unborn_branch_has_only_new_files() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "--detach", "../fresh"]);
    let fresh = Repo { sandbox: &sandbox, top: sandbox.path("fresh") };
    fresh.git(&["checkout", "-q", "--orphan", "fresh"]);
    fresh.git(&["rm", "-rfq", "."]);
    fresh.write("only.txt", "1\n");
    let answer = repo.status();
    assert_eq!(changes(&answer, "fresh"), ["added only.txt"], "{}", messages(&answer));
    repo.tw(&["sync"]).exits(1);
}

#[test]
fn a_repository_without_a_commit_can_be_asked_and_registered_in() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("empty");
    repo.write("a", "1\n");
    repo.tw(&["status"]).exits(0).says("main (no commits yet)");
    repo.tw(&["register", "--mode", "inter", "--story", "1-1"]).exits(0);
    repo.tw(&["sync"]).exits(0).says("Terminal-1: Story 1-1");
}

#[test]
fn a_terminal_in_two_files_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(ACTIVE, "sessions:\n  good:\n    story_id: \"1-3-account\"\n    status: in_progress\n");
    let said = repo.tw(&["sync"]).exits(1).says("good works on several stories at once");
    said.says("1-2-login in story-1-2-sessions.yaml").says("1-3-account in active-sessions.yaml");
    let update = ["update", "good", "--focus", "x"];
    repo.tw(&update)
        .fails()
        .complains("good has sessions in several stories")
        .complains("--story 1-2-login or --story 1-3-account");
    repo.tw(&[&update[..], &["--story", "1-3"]].concat()).exits(0);
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["good"]["focus"].as_str(), Some("x"));
    assert!(!repo.tracked(STORY).contains("focus"));
    // In both kinds of file on one story, it is one terminal.
    repo.track(ACTIVE, "sessions:\n  good:\n    story_id: \"1-2-login\"\n    status: in_progress\n");
    let answer = repo.status();
    assert_eq!(answer["terminals"].as_array().unwrap().len(), 2);
    assert!(findings(&answer, "tracking").is_empty(), "{}", messages(&answer));
}

#[test]
fn paths_that_are_not_utf8_are_shown_and_compared() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    for worktree in ["good", "other"] {
        fs::write(sandbox.path(worktree).join(name), format!("{worktree}\n")).unwrap();
    }
    let answer = repo.status();
    let shown = changes(&answer, "good");
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[1].starts_with("added ") && shown[1].contains("caf"), "{shown:?}");
    let paths: Vec<_> =
        answer["pairs"][0]["paths"].as_array().unwrap().iter().map(|one| text(&one["path"])).collect();
    assert_eq!(paths.iter().filter(|path| path.contains("caf")).count(), 1, "{paths:?}");
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["sync"]).exits(1).says("Tracking files are up to date.");
}

#[test]
fn a_bare_repository_is_asked_freely_and_needs_a_place_to_write() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = Repo { sandbox: &sandbox, top: sandbox.path("bare.git") };
    {
        let one = bare.worktree("one");
        one.git(&["config", "user.name", "Ada"]);
        one.write("a.txt", lines(&[(3, "one")]));
        bare.worktree("two").write("a.txt", lines(&[(3, "two")]));
    }
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    for place in [&bare, &one] {
        assert_eq!(pairs(&place.status()), ["one two conflict"]);
        let register = ["register", "--mode", "inter", "--story", "1-2", "--terminal", "one"];
        for command in [&["sync"][..], &["init"], &register, &["log"], &["sync", "--dry-run"]] {
            place.tw(command).fails().complains("--tracking-dir DIR or TRACK_WORK_DIR=DIR");
        }
    }
    let dir = sandbox.path("tracking");
    let there = dir.to_str().unwrap();
    let register = ["--tracking-dir", there, "register", "--mode", "inter", "--story", "1-2"];
    let register = [&register[..], &["--terminal", "one"]].concat();
    bare.tw(&register).fails().complains("`track-work init` does");
    assert!(!dir.exists());
    bare.tw(&["--tracking-dir", there, "init"]).exits(0);
    bare.tw(&register).exits(0);
    let said = said(bare.program(&["sync"]).env("TRACK_WORK_DIR", there)).exits(1);
    said.says("one: Story 1-2").says("Conflicts: 1");
    let written = fs::read_to_string(dir.join(ACTIVE)).unwrap();
    assert!(written.contains("merge_conflict"), "{written}");
    let refused = one.tw(&["--tracking-dir", there, "sync"]).fails().complains("--as orchestrator-exe");
    assert!(!refused.stderr.contains("main worktree"), "a bare repository has none: {refused}");
}

#[test]
fn outside_of_a_repository_every_command_says_so() {
    let sandbox = Sandbox::new();
    let home = sandbox.path("home");
    let register = ["register", "--mode", "inter", "--story", "1-2"];
    for command in
        [&["status"][..], &["sync"], &["init"], &["log"], &register, &["complete", "a"], &["archive", "1-2"]]
    {
        let said = said(program(&sandbox, &home).args(command)).fails();
        said.complains("cannot find a git repository").complains("-C PATH");
    }
    let said = said(program(&sandbox, &home).args(["-C", "nowhere", "status"])).fails();
    said.complains("nowhere");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn nobody_has_to_be_configured_as_gits_user() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let config = repo.path(".git/config");
    let text = fs::read_to_string(&config).unwrap();
    let without: Vec<&str> = text.split("[user]\n").collect();
    let rest = without[1].split_once("[commit]").unwrap().1;
    fs::write(&config, format!("{}[commit]{rest}", without[0])).unwrap();
    let mut command = repo.program(&["sync"]);
    command.env_remove("HOME");
    said(&mut command).exits(1).says("Conflicts: 1");
    repo.tw(&["demo"]).exits(0);
}

#[test]
fn a_broken_config_is_told_with_its_line() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let cases = [
        ("target: [main\n", "config.yaml, line 1: "),
        ("# x\ntargett: main\n", "config.yaml, line 2: unknown key \"targett\""),
        ("target:\n  - main\n", "config.yaml, line 2: target: expected a string, found a list"),
        ("target: main\ntarget: dev\n", "config.yaml, line 2: duplicate key \"target\""),
        ("- main\n", "config.yaml"),
    ];
    for (text, message) in cases {
        repo.track("config.yaml", text);
        let keys = "target, sprint_status, complete_statuses, hook, verify, remotes, remotes_days, share_seconds, symbols and kinds";
        repo.tw(&["sync"]).fails().complains(message).complains(keys);
        repo.tw(&["status"]).exits(1).says(message).says(keys).says("using defaults");
        assert_eq!(repo.tracked("config.yaml"), text);
    }
    for text in ["", "# nothing\n", "\u{feff}target: main\r\n"] {
        repo.track("config.yaml", text);
        repo.tw(&["status"]).exits(1);
    }
}

#[test]
fn an_unknown_target_is_told_with_those_there_are() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let said = repo.tw(&["status", "--target", "nowhere"]).fails();
    said.complains("cannot find the revision \"nowhere\"; known branches: good, main, other");
    repo.tw(&["sync", "--target", "nowhere"]).fails();
    repo.track("config.yaml", "target: nowhere\n");
    repo.tw(&["status"]).fails().complains("target in config.yaml").complains("--target");
    repo.tw(&["status", "--target", "main"]).exits(1);
    repo.tw(&["compare", "good", "nowhere"]).fails().complains("nowhere");
}

#[test]
fn wrong_usage_ends_with_status_2() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let register = ["register", "--mode", "sideways", "--story", "1-2"];
    let wrong: [&[&str]; 10] = [
        &["log", "-n", "0"],
        &[],
        &["dance"],
        &["status", "--nonsense"],
        &["status", "--format", "xml"],
        &["status", "-q", "-v"],
        &["compare", "good"],
        &["update"],
        &register,
        &["log", "-n", "many"],
    ];
    for args in wrong {
        let said = repo.tw(args).exits(2);
        let said = Said { stderr: said.stderr.to_lowercase(), ..said };
        assert!(said.stdout.is_empty() && said.stderr.contains("help"), "{args:?}: {said}");
    }
    // Nobody is there to be asked.
    let said = repo.tw(&["register"]).fails();
    said.complains("--mode intra|inter and --story ID missing");
    repo.tw(&["register", "--mode", "intra"]).fails().complains("--story ID missing");
    repo.tw(&["--help"]).exits(0).says("Usage");
    repo.tw(&["--version"]).exits(0).says("track-work");
    for command in
        ["init", "register", "update", "complete", "sync", "status", "compare", "log", "archive", "demo"]
    {
        repo.tw(&[command, "--help"]).exits(0).says("Usage");
    }
}

#[test]
fn a_session_that_is_not_there_is_told_with_those_there_are() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = repo.tracking_picture();
    for command in [&["update", "nobody", "--focus", "x"][..], &["complete", "nobody"]] {
        repo.tw(command).fails().complains("no session for nobody").complains("registered terminals: good");
    }
    repo.tw(&["complete", "good", "--story", "9-9"]).fails().complains("no session for good in story 9-9");
    repo.tw(&["archive", "9-9"]).fails().complains("no session of story 9-9").complains("1-2-login");
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn a_log_that_was_broken_by_hand_is_told_and_left() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("session-sync-log.yaml", "history: [\n");
    let said = repo.tw(&["sync"]).fails().complains("session-sync-log.yaml, line 1");
    assert!(flat(&said.stderr).contains("fix the file by hand"), "{said}");
    repo.tw(&["log"]).exits(1).says("session-sync-log.yaml, line 1");
    assert_eq!(repo.tracked("session-sync-log.yaml"), "history: [\n");
}

#[test]
fn story_files_that_do_not_parse_are_told_and_the_rest_goes_on() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies: [\n");
    repo.write("docs/sprint-artifacts/sprint-status.yaml", "development_status:\n\t1-2: done\n");
    let said = repo.tw(&["sync"]).exits(1).says("Conflicts: 1");
    said.says("dependencies-template.yaml, line 1").says("sprint-status.yaml, line 2: a tab");
}

#[test]
fn values_that_cannot_be_are_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = repo.tracking_picture();
    let bad: [(&[&str], &str); 5] = [
        (&["--focus", "back\nend"], "--focus \"back\\nend\" contains a control character"),
        (&["--task", "\u{1b}[31mred"], "--task \"\\u{1b}[31mred\" contains a control character"),
        (&["--scope", "src/["], "--scope src/["),
        (&["--blocked-by", "a/b"], "has a path separator"),
        (&["--blocked-by", "good"], "good cannot wait for itself"),
    ];
    for (flags, message) in bad {
        repo.tw(&[&["update", "good"], flags].concat()).fails().complains(message);
        let register = ["register", "--mode", "inter", "--story", "1-7", "--terminal", "good"];
        repo.tw(&[&register[..], flags].concat()).fails().complains(message);
    }
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn terminals_that_wait_for_each_other_are_named_in_full() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let waiting = "  a:\n    blocked_by: [b, b]\n  b:\n    blocked_by: [c]\n  c:\n    blocked_by: [a]\n";
    repo.track(STORY, format!("{GOOD}{waiting}"));
    let said = repo.tw(&["status"]).exits(1);
    said.says("the terminals wait for each other and form a cycle: a → b → c → a").says("--blocked-by");
    // Once one is complete, there is no circle any more.
    repo.tw(&["complete", "b"]).exits(0);
    repo.tw(&["status"]).exits(1).says_not("circle");
}

#[test]
fn a_branch_that_is_not_the_worktrees_own_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let update = ["update", "good", "--branch", "other", "--worktree", "../good"];
    let said = repo.tw(&update).exits(0);
    said.says("good is registered with branch other, but its worktree ../good is on branch good; the worktree is used");
    repo.tw(&["sync"]).exits(1).says("good is registered with branch other");
    repo.tw(&["update", "good", "--branch", "good"]).exits(0).says_not("is registered with branch");
}

#[test]
fn a_broken_branch_without_a_worktree_is_unknown_and_does_not_vanish() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "a\n")]);
    repo.write(".git/refs/heads/broken", "garbage\n");
    let said = repo.tw(&["status"]).exits(1);
    said.says("? unknown broken: its work cannot be read")
        .says("write a commit's id into that file, or remove it");
    repo.remove(".git/refs/heads/broken");
    repo.tw(&["status"]).exits(0);
}

#[test]
fn worktrees_that_cannot_be_listed_do_not_vanish() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "a\n")]);
    repo.write(".git/worktrees", "no folder\n");
    repo.tw(&["status"]).exits(1).says("worktrees: its work cannot be read: the worktrees cannot be listed");
}
