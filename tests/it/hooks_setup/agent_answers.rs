//! What coding agents are answered, in the shapes that they document: told before they write, stopped
//! only where it is certain and their turn to wait, and never by a fault of ours.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cli::program::{PROGRAM, Said, lines, scrubbed};
use crate::support::{Repo, Sandbox, picture};

/// Two terminals on a file of forty lines. The first one's work is committed, so the second one yields.
fn two(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let files = [("src/a.txt", lines(&[])), ("src/b.txt", lines(&[])), ("bin.dat", "\0\0".to_string())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let repo = sandbox.repo("shop", &files);
    let one = Repo { sandbox, top: repo.worktree("terminal-1").top };
    let two = Repo { sandbox, top: repo.worktree("terminal-2").top };
    one.commit("one", &[("src/a.txt", &lines(&[(3, "early"), (30, "thirty of one")]))]);
    two.write("src/other.txt", "1\n");
    (one, two)
}

struct Asked {
    agent: &'static str,
    variables: Vec<(&'static str, String)>,
}

fn ask(agent: &'static str) -> Asked {
    Asked { agent, variables: Vec::new() }
}

impl Asked {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Asked {
        self.variables.push((name, value.into()));
        self
    }

    /// Runs the hook from a folder that has nothing to do with the event.
    fn says(&self, sandbox: &Sandbox, input: &str) -> Said {
        let command = std::process::Command::new(&*PROGRAM);
        let mut command = scrubbed(&sandbox.path("home"), &sandbox.path(""), command);
        command.args(["hooks", "run", "--agent", self.agent]).envs(self.variables.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // it may not want to read
        let _ = pipe.write_all(input.as_bytes());
        drop(pipe);
        Said::of(child.wait_with_output().unwrap())
    }

    #[track_caller]
    fn nothing(&self, sandbox: &Sandbox, event: &Value) {
        let said = self.says(sandbox, &event.to_string()).exits(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""), "{event}");
    }

    #[track_caller]
    fn answers(&self, sandbox: &Sandbox, event: &Value) -> Value {
        let said = self.says(sandbox, &event.to_string()).exits(0);
        assert_eq!(said.stderr, "", "{said}");
        said.json()
    }
}

/// An edit of a line, as Claude Code asks.
fn edit(here: &Repo, path: &str, old: &str, new: &str) -> Value {
    json!({
        "session_id": "s", "transcript_path": "/x", "cwd": here.top, "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_use_id": "t",
        "tool_input": {"file_path": here.path(path), "old_string": old, "new_string": new, "replace_all": false},
    })
}

/// The only key of an object, and its value.
#[track_caller]
fn only<'a>(value: &'a Value, key: &str) -> &'a Value {
    assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), [key], "{value}");
    &value[key]
}

#[track_caller]
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The context of an answer before a write, in the shape that Claude Code and Codex document: nothing
/// of permissions, so that what the user has to allow stays to be allowed.
#[track_caller]
fn context(answer: &Value) -> String {
    let specific = only(answer, "hookSpecificOutput");
    assert_eq!(keys(specific), ["hookEventName", "additionalContext"]);
    assert_eq!(specific["hookEventName"], "PreToolUse");
    let text = specific["additionalContext"].as_str().unwrap().to_string();
    assert!(text.chars().count() <= 10_000);
    text
}

#[track_caller]
fn denial(answer: &Value) -> String {
    let specific = only(answer, "hookSpecificOutput");
    assert_eq!(keys(specific), ["hookEventName", "permissionDecision", "permissionDecisionReason"]);
    assert_eq!(specific["permissionDecision"], "deny");
    specific["permissionDecisionReason"].as_str().unwrap().to_string()
}

fn event(base: &Value, changes: Value) -> Value {
    let mut event = base.clone();
    event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    event
}

#[test]
fn the_nearest_lines_of_others_come_first() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let near_the_end =
        context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 27\n", "x\n")));
    assert!(near_the_end.contains("You are terminal-2"), "{near_the_end}");
    assert!(near_the_end.contains("src/a.txt: terminal-1 changed lines 3, 30, committed"), "{near_the_end}");
    assert!(near_the_end.contains("It merges cleanly"), "{near_the_end}");
    let early = context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 6\n", "x\n")));
    let order = |text: &str| text.find("| early").unwrap() < text.find("| thirty of one").unwrap();
    assert!(order(&early) && !order(&near_the_end), "{early}\n{near_the_end}");
}

#[test]
fn where_lines_have_moved_it_is_the_lines_of_the_base_that_are_near() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    // in the first terminal's version everything stands a hundred lines further down
    let more: String = (0..100).map(|number| format!("more {number}\n")).collect();
    let text = fs::read_to_string(one.path("src/a.txt")).unwrap();
    one.commit("moved", &[("src/a.txt", &(more + &text))]);
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 27\n", "x\n")));
    assert!(told.find("130 | thirty of one") < told.find("103 | early"), "{told}");
}

#[test]
fn a_conflict_is_told_in_warn_mode_and_stopped_in_block_mode() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let conflicting = edit(&two, "src/a.txt", "line 30\n", "thirty of two\n");
    let told = context(&ask("claude").answers(&sandbox, &conflicting));
    assert!(
        told.contains("git merge of the two stops here (content: you changed line 30, it changed line 30)"),
        "{told}"
    );
    assert!(told.contains("Terminal-1 goes first"), "{told}");
    let block = || ask("claude").with("TRACK_WORK_HOOK", "block");
    let reason = denial(&block().answers(&sandbox, &conflicting));
    assert!(reason.starts_with("Stopped by track-work"), "{reason}");
    assert!(reason.contains("30 | thirty of one") && reason.contains("Terminal-1 goes first"), "{reason}");
    // other lines of the same file, also when the file conflicts already
    context(&block().answers(&sandbox, &edit(&two, "src/a.txt", "line 20\n", "x\n")));
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    context(&block().answers(&sandbox, &edit(&two, "src/a.txt", "line 20\n", "x\n")));
    // another session was not told
    let again = edit(&two, "src/a.txt", "thirty of two", "thirty again");
    denial(&block().answers(&sandbox, &event(&again, json!({"session_id": "t"}))));
    // taking it back is no conflict
    context(&block().answers(&sandbox, &edit(&two, "src/a.txt", "thirty of two", "line 30")));
    // the one that goes first is never stopped
    two.commit("two", &[]);
    context(&block().answers(&sandbox, &edit(&one, "src/a.txt", "thirty of one", "more")));
    ask("claude").with("TRACK_WORK_HOOK", "off").nothing(&sandbox, &conflicting);
}

#[test]
fn the_mode_of_the_repository_counts_where_the_call_says_none() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let conflicting = edit(&two, "src/a.txt", "line 30\n", "x\n");
    let shop = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    shop.track("config.yaml", "hook: block\n");
    denial(&ask("claude").answers(&sandbox, &conflicting));
    context(&ask("claude").with("TRACK_WORK_HOOK", "warn").answers(&sandbox, &conflicting));
    shop.track("config.yaml", "hook: \"off\"\n");
    ask("claude").nothing(&sandbox, &conflicting);
}

#[test]
fn what_is_not_certain_is_never_stopped() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    one.write("a.txt", lines(&[(30, "not committed")]));
    two.commit("two", &[("b.txt", "1\n")]);
    let block = || ask("claude").with("TRACK_WORK_HOOK", "block");
    let told = context(&block().answers(&sandbox, &edit(&two, "a.txt", "line 31\n", "x\n")));
    assert!(told.contains("uncommitted") && told.contains("git merge of the two stops here"), "{told}");
    // both committed: of two that conflict one at most is stopped
    one.commit("one", &[]);
    let stopped = [(&one, "not committed"), (&two, "line 30\n")].into_iter().filter(|(here, old)| {
        let said = block().says(&sandbox, &edit(here, "a.txt", old, "x\n").to_string());
        said.stdout.contains("\"deny\"")
    });
    assert!(stopped.count() <= 1);
}

#[test]
fn nothing_to_say_is_nothing_said() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let claude = ask("claude").with("TRACK_WORK_HOOK", "block");
    let quiet = |path: &str| claude.nothing(&sandbox, &edit(&two, path, "line 3\n", "x\n"));
    quiet("src/b.txt");
    quiet("new/folder/file.txt");
    quiet("../outside.txt");
    quiet("../../../../../etc/passwd");
    quiet(".git");
    quiet("src");
    two.write(".gitignore", "*.log\n");
    quiet("x.log");
    // ignored here, and tracked by the other
    one.commit("a log", &[("y.log", "one\n")]);
    let log = json!({"file_path": two.path("y.log"), "content": "two\n"});
    let written = event(&edit(&two, "y.log", "", ""), json!({"tool_name": "Write", "tool_input": log}));
    claude.nothing(&sandbox, &written);
    two.write(".gitignore", "");
    denial(&claude.answers(&sandbox, &written));
    one.commit("binary", &[("bin.dat", "\0\u{1}")]);
    quiet("bin.dat");
    let base = edit(&two, "src/a.txt", "line 30\n", "x\n");
    claude.nothing(&sandbox, &event(&base, json!({"tool_name": "Bash", "tool_input": {"command": "ls"}})));
    claude.nothing(&sandbox, &event(&base, json!({"hook_event_name": "SessionStart"})));
    claude.nothing(&sandbox, &event(&base, json!({"tool_input": {}})));
    // no repository at all
    let outside = sandbox.path("home/x.txt");
    let input = json!({"file_path": outside, "content": "x"});
    claude.nothing(
        &sandbox,
        &event(&base, json!({"cwd": sandbox.path("home"), "tool_name": "Write", "tool_input": input})),
    );
    claude.nothing(
        &sandbox,
        &json!({"hook_event_name": "Stop", "session_id": "s", "cwd": sandbox.path("home")}),
    );
}

#[test]
fn the_folder_of_the_event_decides_and_not_the_variables() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let shop = sandbox.path("shop");
    let with_variables = || {
        ask("claude")
            .with("CLAUDE_PROJECT_DIR", shop.to_str().unwrap())
            .with("GIT_DIR", shop.join(".git").to_str().unwrap())
            .with("GIT_INDEX_FILE", shop.join(".git/index").to_str().unwrap())
    };
    let base = edit(&two, "src/a.txt", "line 30\n", "x\n");
    assert!(context(&with_variables().answers(&sandbox, &base)).contains("You are terminal-2"));
    // a path from a folder below the top
    let relative = json!({"file_path": "a.txt", "old_string": "line 30\n", "new_string": "x\n"});
    let below = event(&base, json!({"cwd": two.path("src"), "tool_input": relative}));
    assert!(context(&with_variables().answers(&sandbox, &below)).contains("You are terminal-2"));
    // an agent in the main worktree that writes into a terminal's does that terminal's work
    let elsewhere = event(&base, json!({"cwd": shop}));
    let told = context(&ask("claude").answers(&sandbox, &elsewhere));
    assert!(told.contains("your change will belong to terminal-2"), "{told}");
    drop(one);
}

#[test]
fn each_of_claudes_tools() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let base = edit(&two, "src/a.txt", "line 30\n", "x\n");
    let block = || ask("claude").with("TRACK_WORK_HOOK", "block");
    let tool = |name: &str, input: Value| event(&base, json!({"tool_name": name, "tool_input": input}));
    let path = two.path("src/a.txt");
    let written = |line: usize| tool("Write", json!({"file_path": path, "content": lines(&[(line, "x")])}));
    denial(&block().answers(&sandbox, &written(30)));
    context(&block().answers(&sandbox, &written(20)));
    let edits = |line: &str| {
        let edits = json!([
            {"old_string": "line 10\n", "new_string": "ten\n"},
            {"old_string": line, "new_string": "x\n", "replace_all": true},
        ]);
        tool("MultiEdit", json!({"file_path": path, "edits": edits}))
    };
    denial(&block().answers(&sandbox, &event(&edits("line 30\n"), json!({"session_id": "t"}))));
    context(&block().answers(&sandbox, &edits("line 20\n")));
    let notebook = tool("NotebookEdit", json!({"notebook_path": path, "new_source": "x"}));
    assert!(context(&block().answers(&sandbox, &notebook)).contains("terminal-1"));
}

#[test]
fn the_patches_of_codex() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let patch = |line: usize| {
        let [before, after] = [line - 1, line + 1].map(|number| format!(" line {number}"));
        let update = format!("*** Update File: src/a.txt\n@@\n{before}\n-line {line}\n+x\n{after}\n");
        let text = format!("*** Begin Patch\n*** Add File: new.txt\n+new\n{update}*** End Patch\n");
        json!({
            "session_id": "s", "turn_id": "t", "transcript_path": null, "cwd": two.top, "model": "m",
            "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": "apply_patch",
            "tool_use_id": "u", "tool_input": {"command": text},
        })
    };
    let block = || ask("codex").with("TRACK_WORK_HOOK", "block");
    assert!(context(&ask("codex").answers(&sandbox, &patch(30))).contains("git merge of the two stops here"));
    assert!(!denial(&block().answers(&sandbox, &patch(30))).is_empty());
    assert!(context(&block().answers(&sandbox, &patch(20))).contains("terminal-1"));
    let gone = "*** Begin Patch\n*** Delete File: src/a.txt\n*** End Patch\n";
    let deleted = event(&patch(20), json!({"tool_input": {"command": gone}}));
    assert!(context(&ask("codex").answers(&sandbox, &deleted)).contains("modify/delete"));
    let shell = event(&patch(30), json!({"tool_name": "Bash"}));
    block().nothing(&sandbox, &shell);
}

/// git follows the file to its new name, and so does what is said of it.
#[test]
fn codex_moves_a_file_as_git_sees_it() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let patch = |change: &str| {
        let text = format!(
            "*** Begin Patch\n*** Update File: src/a.txt\n*** Move to: src/z.txt\n{change}*** End Patch\n"
        );
        json!({
            "session_id": change, "cwd": two.top, "hook_event_name": "PreToolUse", "tool_name": "apply_patch",
            "tool_input": {"command": text},
        })
    };
    let block = || ask("codex").with("TRACK_WORK_HOOK", "block");
    for harmless in ["", "@@\n-line 20\n+x\n"] {
        let told = context(&block().answers(&sandbox, &patch(harmless)));
        assert!(told.contains("merges cleanly") && !told.contains("stops here"), "{told}");
    }
    let stopped = denial(&block().answers(&sandbox, &patch("@@\n-line 30\n+x\n")));
    assert!(stopped.contains("stops here (content") && stopped.contains("src/z.txt"), "{stopped}");
    two.git(&["mv", "src/a.txt", "src/z.txt"]);
    two.write("src/z.txt", lines(&[(20, "x")]));
    two.tw(&["check"]).exits(0);
}

#[test]
fn cursor_is_told_after_a_write_and_stopped_before_it() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let base = json!({
        "conversation_id": "c", "generation_id": "g", "cursor_version": "2.4", "workspace_roots": [two.top],
        "hook_event_name": "preToolUse", "tool_name": "Write",
        "tool_input": {"file_path": two.path("src/a.txt"), "content": lines(&[(30, "x")])},
    });
    ask("cursor").nothing(&sandbox, &base);
    let answer = ask("cursor").with("TRACK_WORK_HOOK", "block").answers(&sandbox, &base);
    assert_eq!(keys(&answer), ["permission", "user_message", "agent_message"]);
    assert_eq!(answer["permission"], "deny");
    assert_eq!(answer["user_message"], answer["agent_message"]);
    assert!(answer["agent_message"].as_str().unwrap().contains("30 | thirty of one"), "{answer}");
    two.write("src/a.txt", lines(&[(30, "x")]));
    let after = event(&base, json!({"hook_event_name": "postToolUse"}));
    let told = ask("cursor").answers(&sandbox, &after);
    assert!(
        only(&told, "additional_context").as_str().unwrap().contains("git merge of the two stops here"),
        "{told}"
    );
    let edits = json!([{"old_string": "line 30", "new_string": "x"}]);
    let fact =
        json!({"hook_event_name": "afterFileEdit", "file_path": two.path("src/a.txt"), "edits": edits});
    ask("cursor").with("TRACK_WORK_HOOK", "block").nothing(&sandbox, &event(&base, fact));
}

#[test]
fn the_end_of_a_turn_tells_each_conflict_once() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let state = sandbox.path("state");
    let claude = || ask("claude").with("XDG_STATE_HOME", state.to_str().unwrap());
    let stop = |session: &str, again: bool| json!({"session_id": session, "cwd": two.top, "hook_event_name": "Stop", "stop_hook_active": again});
    claude().nothing(&sandbox, &stop("s", false));
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    claude().nothing(&sandbox, &stop("s", true));
    let answer = claude().answers(&sandbox, &stop("s", false));
    assert_eq!(keys(&answer), ["decision", "reason"]);
    assert_eq!(answer["decision"], "block");
    let reason = answer["reason"].as_str().unwrap();
    assert!(reason.contains("src/a.txt") && reason.contains("terminal-1"), "{reason}");
    claude().nothing(&sandbox, &stop("s", false));
    // a session that did nothing is not held back because of what was there before it
    claude().nothing(&sandbox, &stop("other", false));
    claude().nothing(&sandbox, &stop("other", false));
    // one that did was not told; since when it is so is not known of its first turn
    let read = event(&edit(&two, "src/b.txt", "line 1\n", "x\n"), json!({"session_id": "third"}));
    claude().nothing(&sandbox, &read);
    let reason = claude().answers(&sandbox, &stop("third", false))["reason"].to_string();
    assert!(reason.contains("src/a.txt") && !reason.contains("during this turn"), "{reason}");
    let begin =
        json!({"session_id": "fourth", "cwd": two.top, "hook_event_name": "UserPromptSubmit", "prompt": "x"});
    claude().nothing(&sandbox, &begin);
    claude().answers(&sandbox, &stop("fourth", false));
    // and another conflict is new
    one.commit("more", &[("src/b.txt", &lines(&[(5, "one")]))]);
    two.write("src/b.txt", lines(&[(5, "two")]));
    let reason = claude().answers(&sandbox, &stop("s", false))["reason"].to_string();
    assert!(reason.contains("src/b.txt") && !reason.contains("src/a.txt"), "{reason}");
    // what is over and comes again is told again
    two.git(&["checkout", "-q", "src/b.txt"]);
    claude().nothing(&sandbox, &stop("s", false));
    two.write("src/b.txt", lines(&[(5, "two")]));
    claude().answers(&sandbox, &stop("s", false));
    // Cursor's words for the same
    let cursor = ask("cursor").with("XDG_STATE_HOME", state.to_str().unwrap());
    let end = json!({"conversation_id": "c", "workspace_roots": [two.top], "hook_event_name": "stop", "status": "completed", "loop_count": 0});
    cursor.nothing(&sandbox, &event(&end, json!({"hook_event_name": "beforeSubmitPrompt", "prompt": "p"})));
    only(&cursor.answers(&sandbox, &end), "followup_message");
    cursor.nothing(&sandbox, &event(&end, json!({"conversation_id": "d", "loop_count": 1})));
    // where nothing can be remembered nothing is told, or it would be told at every turn
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "a file").unwrap();
    let said = claude().says(&sandbox, &stop("s", false).to_string()).exits(0);
    assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{said}");
}

#[test]
fn a_fault_of_ours_is_one_line_and_the_agent_goes_on() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let block = || ask("claude").with("TRACK_WORK_HOOK", "block");
    let good = edit(&two, "src/a.txt", "line 30\n", "x\n").to_string();
    let fault = |said: Said| {
        let said = said.exits(0);
        assert_eq!(said.stdout, "", "{said}");
        assert_eq!(said.stderr.lines().count(), 1, "{said}");
        assert!(said.stderr.starts_with("track-work"), "{said}");
    };
    for input in ["", "{", "[]", "null", "\u{feff}x", "{\"hook_event_name\": "] {
        fault(block().says(&sandbox, input));
    }
    // ways to call it that are not known
    for args in [&["hooks", "run", "--agent", "nobody"][..], &["hooks", "run"], &["hooks", "run", "--what"]] {
        let said = Said::of(two.program(args).stdin(Stdio::null()).output().unwrap());
        fault(said);
    }
    // a broken config, a target that is not there, a broken worktree
    let shop = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    shop.track("config.yaml", "hook: [\n");
    fault(block().says(&sandbox, &good));
    shop.track("config.yaml", "target: nowhere\n");
    fault(block().says(&sandbox, &good));
    fs::remove_file(shop.path(".system/parallel-work/config.yaml")).unwrap();
    fs::write(shop.path(".git/worktrees/terminal-2/HEAD"), "garbage\n").unwrap();
    fault(block().says(&sandbox, &good));
}

#[test]
fn another_terminal_that_cannot_be_read_is_said_to_be_unknown() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let shop = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    shop.worktree("terminal-3");
    shop.git(&["worktree", "lock", "../terminal-3"]);
    fs::remove_dir_all(sandbox.path("terminal-3")).unwrap();
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 30\n", "x\n")));
    assert!(told.contains("Changes of terminal-3 could not be determined"), "{told}");
}

#[test]
fn drift_from_the_target_is_told_too() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let shop = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    shop.commit("main goes on", &[("src/b.txt", &lines(&[(7, "seven of main")]))]);
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/b.txt", "line 7\n", "x\n")));
    assert!(told.contains("main has changed this file") && told.contains("git merge main"), "{told}");
}

#[test]
fn at_most_ten_thousand_characters_and_the_rest_is_counted() {
    let sandbox = Sandbox::new();
    let text: String = (0..400).map(|number| format!("line {number} {}\n", "ü".repeat(150))).collect();
    let repo = sandbox.repo("shop", &[("a.txt", &text)]);
    let two = repo.worktree("terminal-0");
    for number in 1..12 {
        let other = repo.worktree(&format!("terminal-{number}"));
        let changed = text.replace("line 1", &format!("ß{number} "));
        other.commit("x", &[("a.txt", &changed)]);
    }
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "a.txt", "line 20 ", "x")));
    assert!(told.chars().count() > 5000 && told.contains(" more: run track-work check"), "{told}");
}

#[test]
fn an_unfinished_merge_or_rebase_is_not_judged() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    two.commit("two", &[("src/a.txt", &lines(&[(30, "thirty of two")]))]);
    let _ = two.try_git(&["merge", "-q", "terminal-1"]);
    drop(one);
    let resolving = edit(&two, "src/a.txt", "<<<<<<< HEAD\n", "");
    let said = ask("claude").with("TRACK_WORK_HOOK", "block").says(&sandbox, &resolving.to_string()).exits(0);
    assert!(!said.stdout.contains("deny"), "{said}");
}

/// An agent's look at a file.
fn read(here: &Repo, path: &str) -> Value {
    json!({"hook_event_name": "PreToolUse", "cwd": here.top, "tool_name": "Read", "tool_input": {"file_path": path}})
}

#[test]
fn what_a_merge_brings_in_is_the_work_of_who_concludes_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    let [one, two, three] = ["terminal-1", "terminal-2", "terminal-3"].map(|name| shop.worktree(name));
    one.commit("one", &[("a.txt", &lines(&[(5, "one"), (20, "one")]))]);
    three.commit("three", &[("a.txt", &lines(&[(5, "three")])), ("b.txt", &lines(&[(5, "three")]))]);
    two.commit("two", &[("b.txt", &lines(&[(5, "two")]))]);
    // what git says of the merge once it is concluded
    assert!(!two.try_git(&["merge", "-q", "--no-commit", "terminal-3"]).status.success());
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "a.txt")));
    let checked = two.tw(&["check", "a.txt"]);
    checked.exits(1).says("a.txt content; depends on your uncommitted work");
    assert!(told.contains("terminal-1 changed lines 5, 20"), "{told}");
    assert!(told.contains("git merge of the two stops here (content: you changed line 5"), "{told}");
    // who was merged is no other side any more
    assert!(!told.contains("terminal-3 changed"), "{told}");
    // an edit elsewhere does not end the conflict
    let written = context(&ask("claude").answers(&sandbox, &edit(&two, "a.txt", "line 30\n", "x\n")));
    assert!(written.contains("git merge of the two stops here"), "{written}");
    // what is not resolved is not known, and its resolution is
    one.commit("one", &[("b.txt", &lines(&[(5, "one")])), ("a.txt", &lines(&[(5, "one"), (20, "one")]))]);
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "b.txt")));
    assert!(told.contains("\"b.txt: its conflict is not resolved yet\""), "{told}");
    assert!(!told.contains("You have not"), "{told}");
    two.write("b.txt", lines(&[(5, "both")]));
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "b.txt")));
    assert!(told.contains("git merge of the two stops here (content: you changed line 5"), "{told}");
}

#[test]
fn during_a_rebase_what_the_agent_itself_changes_is_not_known() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    one.commit("more", &[("src/b.txt", &lines(&[(2, "two of one")]))]);
    let shop = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    two.commit("two", &[("src/c.txt", "two\n")]);
    shop.commit("main", &[("src/c.txt", "main\n")]);
    assert!(!two.try_git(&["rebase", "-q", "main"]).status.success());
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "src/b.txt")));
    assert!(told.contains("Whether you change it is not known: a rebase is in progress"), "{told}");
    two.tw(&["check", "src/b.txt"]).says("whether you change it is not known: a rebase is in progress");
    two.git(&["rebase", "--abort"]);
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "src/b.txt")));
    assert!(told.contains("You have not changed it yet."), "{told}");
}

#[test]
fn who_reads_a_file_is_told_all_lines_of_others_also_beside_a_conflict() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let (one, two) = (shop.worktree("terminal-1"), shop.worktree("terminal-2"));
    let ones = lines(&[(5, "one"), (9, "one"), (20, "one")]);
    one.commit("one", &[("a.txt", &ones)]);
    two.commit("two", &[("a.txt", &lines(&[(5, "two")]))]);
    let told = context(&ask("claude").answers(&sandbox, &read(&two, "a.txt")));
    assert!(told.contains("terminal-1 changed lines 5, 9, 20"), "{told}");
    // part of the work of the first is not committed, and what conflicts is among that
    one.write("b.txt", "one\n");
    let write = event(
        &edit(&two, "b.txt", "", ""),
        json!({"tool_name": "Write",
        "tool_input": {"file_path": "b.txt", "content": "two\n"}}),
    );
    two.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let told = context(&ask("claude").answers(&sandbox, &write));
    assert!(told.contains("part of its work is committed. Its change is not committed"), "{told}");
}

#[test]
fn line_ends_are_judged_as_git_stores_them() {
    let sandbox = Sandbox::new();
    let repo =
        sandbox.repo("shop", &[(".gitattributes", "*.txt text eol=crlf\n"), ("a.txt", "1\n2\n3\n4\n5\n6\n")]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    one.commit("one", &[("a.txt", "one\r\n2\r\n3\r\n4\r\n5\r\n6\r\n")]);
    assert!(fs::read(two.path("a.txt")).unwrap().contains(&b'\r'));
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "a.txt", "5\n6\n", "five\n6\n")));
    assert!(told.contains("It merges cleanly"), "{told}");
}

#[test]
fn an_agent_hook_writes_nothing_into_the_repository() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    let shots = || ["shop", "terminal-1", "terminal-2"].map(|name| picture(&sandbox.path(name)));
    let before = shots();
    ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 29\n", "x\n"));
    ask("claude").answers(&sandbox, &json!({"session_id": "s", "cwd": two.top, "hook_event_name": "Stop"}));
    assert_eq!(shots(), before);
}

#[test]
fn who_writes_into_another_worktree_is_told_whose_work_that_becomes() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let mut event = edit(&two, "src/a.txt", "3\n", "late\n");
    event["cwd"] = json!(one.top);
    let told = context(&ask("claude").answers(&sandbox, &event));
    let expected = "You work in terminal-1, but this file is in the worktree of terminal-2, so your change will \
                    belong to terminal-2. Below, \"you\" means terminal-2. Changes by others";
    assert!(told.contains(expected), "{told}");
    assert!(told.contains("src/a.txt: terminal-1 changed line"), "{told}");
    // at home, nothing of that
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "3\n", "late\n")));
    assert!(told.starts_with("track-work: You are terminal-2. Changes by others"), "{told}");
}

/// An event of a client as it is kept in `fixtures/agent-events`, in a worktree: an edit of line 30 of
/// `src/a.txt`, or that it is read.
fn kept(name: &str, here: &Repo) -> Value {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agent-events");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let whole = serde_json::to_string(&lines(&[(30, "x")])).unwrap();
    let text = text.replace("{TOP}", here.top.to_str().unwrap()).replace("\"{TEXT}\"", &whole);
    serde_json::from_str(&text).unwrap()
}

/// The reason for which a write is denied, in the form of a client.
#[track_caller]
fn denied_as(client: &str, answer: &Value) -> String {
    let reason = match client {
        "claude" | "codex" => return denial(answer),
        "cursor" => {
            assert_eq!(keys(answer), ["permission", "user_message", "agent_message"], "{answer}");
            assert_eq!(answer["permission"], "deny");
            assert_eq!(answer["user_message"], answer["agent_message"]);
            &answer["agent_message"]
        }
        "copilot" => {
            assert_eq!(answer["permissionDecision"], "deny", "{answer}");
            &answer["permissionDecisionReason"]
        }
        "gemini" => {
            assert_eq!(keys(answer), ["decision", "reason"], "{answer}");
            assert_eq!(answer["decision"], "deny");
            &answer["reason"]
        }
        "opencode" => only(answer, "deny"),
        other => panic!("{other}"),
    };
    reason.as_str().unwrap().to_string()
}

#[test]
fn each_client_is_understood_and_answered_in_its_own_form() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let cases = [
        ("claude", "claude-edit", "claude"),
        ("claude", "claude-write", "claude"),
        ("claude", "vscode-create", "claude"),
        ("claude", "vscode-replace", "claude"),
        ("claude", "vscode-multi-replace", "claude"),
        ("claude", "vscode-patch", "claude"),
        ("codex", "codex-patch", "codex"),
        ("cursor", "cursor-write", "cursor"),
        ("cursor", "cursor-write-no-folder", "cursor"),
        ("cursor", "cursor-str-replace", "cursor"),
        ("cursor", "cursor-apply-patch", "cursor"),
        // Cursor and Copilot run the hooks of Claude Code too
        ("claude", "cursor-write", "cursor"),
        ("claude", "cursor-str-replace", "cursor"),
        ("claude", "cursor-with-claude-names", "cursor"),
        ("claude", "copilot-edit", "copilot"),
        ("claude", "copilot-create", "copilot"),
        ("claude", "copilot-own-names", "copilot"),
        ("claude", "copilot-claude-names", "copilot"),
        ("copilot", "copilot-edit", "copilot"),
        ("copilot", "copilot-create", "copilot"),
        ("copilot", "copilot-own-names", "copilot"),
        ("copilot", "copilot-claude-names", "copilot"),
        // VS Code runs the hooks of Copilot
        ("copilot", "vscode-create", "claude"),
        ("copilot", "vscode-multi-replace", "claude"),
        ("copilot", "vscode-patch", "claude"),
        ("gemini", "gemini-write", "gemini"),
        ("gemini", "gemini-replace", "gemini"),
        ("opencode", "opencode-edit", "opencode"),
        ("opencode", "opencode-write", "opencode"),
        ("opencode", "opencode-patch", "opencode"),
    ];
    for (number, (agent, name, client)) in cases.into_iter().enumerate() {
        let state = sandbox.path(&format!("state-{number}"));
        let warn = || ask(agent).with("XDG_STATE_HOME", state.to_str().unwrap());
        let block = || warn().with("TRACK_WORK_HOOK", "block");
        let event = kept(name, &two);
        let reason = denied_as(client, &block().answers(&sandbox, &event));
        assert!(reason.contains("30 | thirty of one"), "{name}: {reason}");
        // stopped once; then it may be meant
        let told = |asked: Asked| match client {
            "claude" | "codex" => {
                assert!(context(&asked.answers(&sandbox, &event)).contains("thirty of one"), "{name}");
            }
            _ => asked.nothing(&sandbox, &event),
        };
        told(block());
        told(warn());
    }
}

#[test]
fn who_is_told_only_after_the_tool_is_told_then() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let told = ask("gemini").answers(&sandbox, &kept("gemini-read-after", &two));
    let specific = only(&told, "hookSpecificOutput");
    assert_eq!(keys(specific), ["hookEventName", "additionalContext"]);
    assert_eq!(specific["hookEventName"], "AfterTool");
    assert!(text(&specific["additionalContext"]).contains("30 | thirty of one"), "{told}");
    let told = ask("opencode")
        .answers(&sandbox, &event(&kept("opencode-read-after", &two), json!({"session_id": "o"})));
    assert!(text(only(&told, "context")).contains("30 | thirty of one"), "{told}");
    let told = ask("copilot")
        .answers(&sandbox, &event(&kept("copilot-read-after", &two), json!({"session_id": "c"})));
    assert!(text(&told["additionalContext"]).contains("30 | thirty of one"), "{told}");
    // and after a write, which is on disk by then
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    for (agent, name, written, change) in [
        ("gemini", "gemini-replace", "AfterTool", json!({"session_id": "g2"})),
        ("opencode", "opencode-edit", "PostToolUse", json!({"session_id": "o2"})),
        ("copilot", "copilot-claude-names", "PostToolUse", json!({"session_id": "c2"})),
    ] {
        let asked = event(&event(&kept(name, &two), change), json!({"hook_event_name": written}));
        let told = ask(agent).answers(&sandbox, &asked).to_string();
        assert!(told.contains("git merge of the two stops here"), "{told}");
    }
    // nothing else of theirs is answered
    for (agent, changes) in [
        ("gemini", json!({"tool_name": "run_shell_command", "tool_input": {"command": "ls"}})),
        ("gemini", json!({"hook_event_name": "BeforeAgent", "prompt": "x", "tool_name": null})),
        ("gemini", json!({"hook_event_name": "AfterModel"})),
        ("opencode", json!({"tool_name": "bash", "tool_input": {"command": "ls"}})),
        ("copilot", json!({"tool_name": "Bash", "tool_input": {"command": "ls"}})),
        ("copilot", json!({"hook_event_name": "SessionStart", "source": "new"})),
    ] {
        ask(agent).nothing(&sandbox, &event(&kept("gemini-write", &two), changes));
    }
}

#[test]
fn the_end_of_a_turn_is_answered_in_each_clients_form() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    let stop = |session: &str, changes: Value| {
        let base = json!({"session_id": session, "timestamp": "2026-11-01T00:00:00Z", "cwd": two.top});
        event(&base, changes)
    };
    let again = |asked: &Value| event(asked, json!({"stop_hook_active": true}));
    let gemini =
        stop("g", json!({"hook_event_name": "AfterAgent", "prompt": "p", "stop_hook_active": false}));
    ask("gemini").nothing(&sandbox, &again(&gemini));
    ask("gemini").nothing(&sandbox, &stop("g", json!({"hook_event_name": "BeforeAgent", "prompt": "p"})));
    let said = ask("gemini").answers(&sandbox, &gemini);
    assert_eq!(keys(&said), ["decision", "reason"]);
    assert_eq!(said["decision"], "deny");
    ask("gemini").nothing(&sandbox, &gemini);
    let cli =
        stop("c", json!({"hook_event_name": "Stop", "transcript_path": "/t", "stop_reason": "end_turn"}));
    let own = json!({
        "sessionId": "d", "timestamp": 1, "cwd": two.top, "transcriptPath": "/t", "stopReason": "end_turn",
        "hookEventName": "Stop",
    });
    for asked in [cli, own] {
        let mut begin = event(&asked, json!({"hook_event_name": "UserPromptSubmit", "prompt": "p"}));
        begin.as_object_mut().unwrap().remove("hookEventName");
        ask("copilot").nothing(&sandbox, &begin);
        ask("copilot").nothing(&sandbox, &again(&asked));
        let said = ask("copilot").answers(&sandbox, &asked);
        assert_eq!(
            (&said["decision"], &said["hookSpecificOutput"]["decision"]),
            (&json!("block"), &json!("block"))
        );
        assert_eq!(said["reason"], said["hookSpecificOutput"]["reason"]);
        assert_eq!(said["hookSpecificOutput"]["hookEventName"], "Stop");
        ask("copilot").nothing(&sandbox, &asked);
    }
}

#[test]
fn who_reads_a_file_is_told_before_it_is_edited() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let read = kept("claude-read", &two);
    let told = context(&ask("claude").answers(&sandbox, &read));
    assert!(told.contains("terminal-1 changed lines 3, 30") && told.contains("30 | thirty of one"), "{told}");
    // the same once in a session, and for each subagent in it
    ask("claude").nothing(&sandbox, &read);
    context(&ask("claude").answers(&sandbox, &event(&read, json!({"agent_id": "a"}))));
    context(&ask("claude").answers(&sandbox, &event(&read, json!({"session_id": "t"}))));
    // something new is told again
    one.commit("more", &[("src/a.txt", &lines(&[(3, "early"), (30, "another thirty")]))]);
    let told = context(&ask("claude").answers(&sandbox, &read));
    assert!(told.contains("another thirty"), "{told}");
    // where it cannot be remembered it is told each time
    let forgetful = || ask("claude").with("XDG_STATE_HOME", sandbox.path("shop/src/a.txt").to_str().unwrap());
    context(&forgetful().answers(&sandbox, &read));
    context(&forgetful().answers(&sandbox, &read));
    let other = |path: &str| event(&read, json!({"tool_input": {"file_path": two.path(path)}}));
    for path in ["src/b.txt", "src", "bin.dat", "nowhere", "../outside"] {
        ask("claude").nothing(&sandbox, &other(path));
    }
    ask("claude").with("TRACK_WORK_HOOK", "off").nothing(&sandbox, &event(&read, json!({"session_id": "u"})));
    // VS Code asks the same; Cursor can be told after the file was read, and Copilot not at all
    context(&ask("claude").answers(&sandbox, &event(&kept("vscode-read", &two), json!({"sessionId": "v"}))));
    let after = kept("cursor-read-after", &two);
    let told = ask("cursor").answers(&sandbox, &after);
    assert!(only(&told, "additional_context").as_str().unwrap().contains("another thirty"), "{told}");
    ask("cursor").nothing(&sandbox, &event(&after, json!({"hook_event_name": "preToolUse"})));
    let view = json!({"tool_name": "view", "tool_input": {"path": two.path("src/a.txt")}});
    ask("claude").nothing(&sandbox, &event(&kept("copilot-edit", &two), view));
}

#[test]
fn a_write_is_stopped_once_for_each_state_of_the_other() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let block = || ask("claude").with("TRACK_WORK_HOOK", "block");
    let conflicting = edit(&two, "src/a.txt", "line 30\n", "x\n");
    denial(&block().answers(&sandbox, &conflicting));
    let told = context(&block().answers(&sandbox, &conflicting));
    assert!(told.contains("git merge of the two stops here"), "{told}");
    // another way to write the same lines is no other state of the other terminal
    context(&block().answers(&sandbox, &edit(&two, "src/a.txt", "line 30\n", "y\n")));
    // each reader is stopped for itself
    denial(&block().answers(&sandbox, &event(&conflicting, json!({"agent_id": "a"}))));
    denial(&block().answers(&sandbox, &event(&conflicting, json!({"session_id": "t"}))));
    // other lines, and another text of the other
    denial(&block().answers(&sandbox, &edit(&two, "src/a.txt", "line 3\n", "x\n")));
    one.commit("more", &[("src/a.txt", &lines(&[(3, "early"), (30, "another thirty")]))]);
    denial(&block().answers(&sandbox, &conflicting));
    context(&block().answers(&sandbox, &conflicting));
    // a client that names no session
    let mut nameless = conflicting.clone();
    nameless.as_object_mut().unwrap().remove("session_id");
    denial(&block().answers(&sandbox, &nameless));
    context(&block().answers(&sandbox, &nameless));
    // where it cannot be remembered it would be stopped for ever, so it is told
    let forgetful = block().with("XDG_STATE_HOME", sandbox.path("shop/src/a.txt").to_str().unwrap());
    context(&forgetful.answers(&sandbox, &event(&conflicting, json!({"session_id": "u"}))));
}

#[test]
fn a_write_through_a_link_is_one_to_what_it_leads_to() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("src/a.txt", &lines(&[])), ("docs/x", "x\n")]);
    repo.link("link", "src/a.txt");
    repo.link("chain", "link");
    repo.link("docs/deep", "../chain");
    repo.link("folder", "src");
    repo.link("loop", "loop");
    repo.link("nowhere", "src/new.txt");
    repo.commit("links", &[]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    one.commit("one", &[("src/a.txt", &lines(&[(30, "thirty of one")])), ("src/new.txt", "of one\n")]);
    two.write("src/other.txt", "1\n");
    two.link("absolute", two.path("src/a.txt").to_str().unwrap());
    two.link("away", "../terminal-3/src/a.txt");
    std::os::unix::fs::symlink(two.path("src/a.txt"), sandbox.path("outside")).unwrap();
    std::os::unix::fs::symlink(&two.top, sandbox.path("top")).unwrap();
    let mut session = 0;
    let mut answer = |path: std::path::PathBuf, change: &Value| {
        session += 1;
        let mut input = change.clone();
        input["file_path"] = json!(path);
        let changes = json!({"session_id": session.to_string(), "tool_name": "Write", "tool_input": input});
        let block = ask("claude").with("TRACK_WORK_HOOK", "block");
        let said = block.says(&sandbox, &event(&edit(&two, "", "", ""), changes).to_string()).exits(0);
        assert_eq!(said.stderr, "");
        said.stdout
    };
    let change = json!({"old_string": "line 30\n", "new_string": "x\n"});
    for path in ["src/a.txt", "link", "chain", "docs/deep", "folder/a.txt", "absolute", "docs/../link"] {
        let said = answer(two.path(path), &change);
        assert!(said.contains("\"deny\"") && said.contains("src/a.txt: terminal-1"), "{path}: {said}");
    }
    for path in ["outside", "top/src/a.txt", "top/link"] {
        let said = answer(sandbox.path(path), &change);
        assert!(said.contains("\"deny\""), "{path}: {said}");
    }
    let said = answer(two.path("nowhere"), &json!({"content": "of two\n"}));
    assert!(said.contains("\"deny\"") && said.contains("src/new.txt"), "{said}");
    assert_eq!(answer(two.path("loop"), &change), "");
    // into another worktree: that one's work
    let three = repo.worktree("terminal-3");
    three.commit("three", &[("x", "x\n")]);
    let said = answer(two.path("away"), &change);
    assert!(said.contains("your change will belong to terminal-3"), "{said}");
    // a link that is deleted goes itself
    let delete = json!({
        "conversation_id": "d", "cursor_version": "3", "workspace_roots": [two.top], "cwd": "",
        "hook_event_name": "preToolUse", "tool_name": "Delete", "tool_input": {"path": two.path("link")},
    });
    ask("cursor").with("TRACK_WORK_HOOK", "block").nothing(&sandbox, &delete);
}

#[test]
fn a_patch_of_files_in_several_worktrees_is_judged_in_each() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let three = Repo { sandbox: &sandbox, top: sandbox.path("shop") }.worktree("terminal-3").top;
    let three = Repo { sandbox: &sandbox, top: three };
    one.commit("b", &[("src/b.txt", &lines(&[(9, "nine of one")]))]);
    let update = |path: std::path::PathBuf, line: usize| {
        format!("*** Update File: {}\n@@\n-line {line}\n+x\n", path.display())
    };
    let patch = format!(
        "*** Begin Patch\n{}{}{}*** End Patch\n",
        update(sandbox.path("home/outside.txt"), 1),
        update(two.path("src/a.txt"), 12),
        update(three.path("src/b.txt"), 9),
    );
    let asked = event(&kept("codex-patch", &two), json!({"tool_input": {"command": patch}}));
    let told = context(&ask("codex").answers(&sandbox, &asked));
    assert!(told.contains("src/a.txt: terminal-1") && told.contains("src/b.txt: terminal-1"), "{told}");
    let reason = denial(&ask("codex").with("TRACK_WORK_HOOK", "block").answers(&sandbox, &asked));
    assert!(reason.contains("nine of one") && !reason.contains("src/a.txt"), "{reason}");
}

#[test]
fn codex_gets_as_many_bytes_as_it_passes_on() {
    let sandbox = Sandbox::new();
    let text: String = (0..400).map(|number| format!("line {number} {}\n", "ü".repeat(150))).collect();
    let repo = sandbox.repo("shop", &[("src/a.txt", &text)]);
    let two = repo.worktree("terminal-0");
    for number in 1..12 {
        let other = repo.worktree(&format!("terminal-{number}"));
        other.commit("x", &[("src/a.txt", &text.replace("line 1", &format!("ß{number} ")))]);
    }
    let patch = "*** Begin Patch\n*** Update File: src/a.txt\n@@\n-nothing\n+x\n*** End Patch\n";
    let asked = event(&kept("codex-patch", &two), json!({"tool_input": {"command": patch}}));
    let told = context(&ask("codex").answers(&sandbox, &asked));
    assert!(told.len() <= 10_000 && told.len() > 5_000, "{}", told.len());
}

#[test]
fn a_subagent_is_told_at_the_end_of_its_turn_too() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    let stop = json!({
        "session_id": "s", "agent_id": "a", "agent_type": "general", "cwd": two.top,
        "hook_event_name": "SubagentStop", "stop_hook_active": false,
    });
    // both have done something
    let edited = edit(&two, "src/b.txt", "line 1\n", "x\n");
    ask("claude").nothing(&sandbox, &event(&edited, json!({"agent_id": "a", "agent_type": "general"})));
    ask("claude").nothing(&sandbox, &edited);
    let answer = ask("claude").answers(&sandbox, &stop);
    assert_eq!(keys(&answer), ["decision", "reason"]);
    ask("claude").nothing(&sandbox, &stop);
    ask("claude").answers(&sandbox, &event(&stop, json!({"hook_event_name": "Stop", "agent_id": null})));
}

#[test]
fn what_agents_are_told_are_facts() {
    let sandbox = Sandbox::new();
    let (_one, two) = two(&sandbox);
    two.write("src/a.txt", lines(&[(30, "thirty of two")]));
    let block = ask("claude").with("TRACK_WORK_HOOK", "block");
    let edited = edit(&two, "src/a.txt", "thirty of two", "x");
    let stop = json!({"session_id": "s", "cwd": two.top, "hook_event_name": "Stop"});
    let texts = [
        context(&ask("claude").answers(&sandbox, &edited)),
        denial(&block.answers(&sandbox, &edited)),
        ask("claude").answers(&sandbox, &stop)["reason"].as_str().unwrap().to_string(),
    ];
    for text in texts {
        for command in ["Leave ", "Keep ", "Tell ", "Ask ", "Go on", "do what", "resolve it", "Agree "] {
            assert!(!text.contains(command), "{command:?} in {text}");
        }
        assert!(text.contains("into main, git merge main brings it here"), "{text}");
        assert!(text.contains("and the conflict is resolved in that merge."), "{text}");
        assert!(!text.contains("no longer conflict"), "the merge stops at these lines: {text}");
    }
}

#[test]
fn who_writes_into_a_folder_that_is_a_file_elsewhere_is_told() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    one.commit("a file", &[("conf", "1\n")]);
    let write = |path: &str| {
        let input = json!({"file_path": two.path(path), "content": "y\n"});
        event(&edit(&two, path, "", ""), json!({"tool_name": "Write", "tool_input": input}))
    };
    for path in ["conf/a.txt", "conf/deep/b.txt"] {
        let told = context(&ask("claude").answers(&sandbox, &write(path)));
        assert!(told.contains("conf") && told.contains("file/directory"), "{told}");
        let block = ask("claude").with("TRACK_WORK_HOOK", "block");
        denial(&block.answers(&sandbox, &event(&write(path), json!({"session_id": path}))));
    }
    two.write("conf/a.txt", "y\n");
    two.tw(&["check", "conf/a.txt"]).exits(1).says("conf~HEAD  file/directory");
    two.git(&["add", "--all"]);
    two.tw(&["check", "--staged", "conf/a.txt"]).exits(1).says("conf~HEAD  file/directory");
    two.tw(&["status", "--path", "conf"]).exits(1).says("conf~HEAD  file/directory");
}

#[test]
fn of_a_large_file_it_is_told_what_others_did() {
    let sandbox = Sandbox::new();
    let large: String =
        (0..20).map(|line| format!("line {line}\n")).collect::<String>() + &"x".repeat(9 << 20);
    let repo = sandbox.repo("shop", &[("large.txt", &large)]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    one.commit("one", &[("large.txt", &large.replace("line 5\n", "five of one\n"))]);
    for mode in ["warn", "block"] {
        let hook = ask("claude").with("TRACK_WORK_HOOK", mode);
        let said = hook.says(&sandbox, &edit(&two, "large.txt", "line 5\n", "x\n").to_string()).exits(0);
        // a slow machine says that it took too long
        let told = |words: &str| said.stdout.contains(words) || said.stderr.contains("no answer within");
        assert!(["large.txt", "terminal-1", "line 6"].into_iter().all(told), "{said}");
    }
}

#[test]
fn what_the_target_changed_since_is_told_though_it_merges() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    let main = Repo { sandbox: &sandbox, top: sandbox.path("shop") };
    main.git(&["merge", "-q", "--no-ff", "-m", "one", "terminal-1"]);
    let read = json!({"tool_name": "Read", "tool_input": {"file_path": two.path("src/a.txt")}});
    let read = event(&edit(&two, "src/a.txt", "", ""), read);
    let told = context(&ask("claude").answers(&sandbox, &read));
    assert!(told.contains("src/a.txt: main changed lines 3, 30 since you branched off."), "{told}");
    assert!(told.contains("30 | thirty of one") && told.contains("git merge main brings it"), "{told}");
    ask("claude").nothing(&sandbox, &read);
    // where an edit conflicts, all that main changed is named
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/a.txt", "line 3\n", "mine\n")));
    assert!(told.contains("main has changed this file (lines 3, 30) since you branched off"), "{told}");
    let said = two.tw(&["check", "src/a.txt"]).exits(0);
    said.says("src/a.txt: main changed lines 3, 30 since you branched off; you have not changed it");
    // not in what is up to date, and of no other file
    two.tw(&["check", "src/b.txt"]).exits(0).says_not("main changed");
    two.git(&["merge", "-q", "main"]);
    two.tw(&["check", "src/a.txt"]).exits(0).says_not("main changed");
    one.tw(&["check", "src/a.txt"]).exits(0).says_not("since you branched off");
}

#[test]
fn names_that_nobody_has_yet_are_told_as_those_of_the_merge() {
    let sandbox = Sandbox::new();
    let (one, two) = two(&sandbox);
    one.git(&["rm", "-q", "src/b.txt"]);
    one.commit("a folder", &[("src/b.txt/c", "1\n")]);
    let told = context(&ask("claude").answers(&sandbox, &edit(&two, "src/b.txt", "line 3\n", "mine\n")));
    assert!(told.contains("\nsrc/b.txt: terminal-1 ") && !told.contains("\nsrc/b.txt~"), "{told}");
    assert!(told.contains("git would move it to src/b.txt~HEAD."), "{told}");
}
