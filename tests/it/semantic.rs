//! `semantic_conflict`: work that merges without a conflict and breaks, of two terminals, or of one and the target.

use serde_json::{Value, json};

use crate::cli::program::{flat, said, said_with};
use crate::merging::checked::names;
use crate::support::{Repo, Sandbox};

const LIB: &str = "def parse(text):\n    return text\n\n\ndef render(text):\n    return text\n";
const USE: &str = "from lib import render\n\nrender(1)\n";

/// A library and one who uses it.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("lib.py", LIB), ("use.py", USE), ("doc.md", "a\n")])
}

fn renamed() -> String {
    LIB.replace("def parse(", "def parse_line(")
}

const CALL: &str = "from lib import parse\n\nparse(1)\n";

fn of_kind(answer: &Value) -> Vec<Value> {
    let all = answer["findings"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|one| one["check"] == "semantic_conflict").collect()
}

/// The findings in `status`, and in `check` of a worktree, which agree.
#[track_caller]
fn breaks(repo: &Repo, of: &str) -> Vec<Value> {
    let status = of_kind(&repo.status());
    let own = Repo { sandbox: repo.sandbox, top: repo.sandbox.path(of) };
    let check = of_kind(&own.tw(&["check", "--format", "json"]).json());
    let theirs: Vec<Value> =
        status.iter().filter(|one| names(&one["terminals"]).contains(&of.to_string())).cloned().collect();
    assert_eq!(check, theirs);
    status
}

#[test]
fn a_break_that_stacked_branches_carry_is_told_once_of_those_who_made_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let a = repo.worktree("a");
    a.commit("takes more", &[("lib.py", &LIB.replace("def parse(text)", "def parse(text, mode)"))]);
    a.worktree("a2").commit("more", &[("a2.txt", "x\n")]);
    let b = repo.worktree("b");
    b.commit("call", &[("new.py", CALL)]);
    let b2 = b.worktree("b2");
    b2.commit("more", &[("b2.txt", "x\n")]);
    let who =
        |found: &[Value]| -> Vec<Vec<String>> { found.iter().map(|one| names(&one["terminals"])).collect() };
    assert_eq!(who(&of_kind(&repo.status())), [["a", "b"]]);
    repo.tw(&["status"]).says("no conflicts, 1 break without a conflict");
    repo.tw(&["merge-order"]).says("4 merges, no conflicts, 1 break without a conflict");
    let line = repo.tw(&["statusline", "--max-age", "0"]);
    assert_eq!(line.stdout, "4 terminals: no conflicts · 1 break\n");
    // where one who made it is left out, who carries it is left out as well
    repo.tw(&["merge-order", "--exclude", "b"])
        .says("2 merges, no conflicts, proven optimal")
        .says("Waiting: b2: it contains the commits of b, which is left out");
    // who only carries it meets it as well
    let check = of_kind(&b2.tw(&["check", "--format", "json"]).json());
    assert_eq!(who(&check), [["a", "b2"]]);
    // what one adds itself is a break of its own
    b2.commit("call", &[("own.py", CALL)]);
    assert_eq!(who(&of_kind(&repo.status())), [["a", "b"], ["a", "b2"]]);
}

fn at(sandbox: &Sandbox, name: &str) -> std::path::PathBuf {
    sandbox.path(name)
}

#[test]
fn a_rename_and_a_new_call_are_told_with_both_lines_until_one_follows() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("t0").commit("rename", &[("lib.py", &renamed())]);
    assert!(breaks(&repo, "t0").is_empty());
    let b = repo.worktree("t1");
    b.write("new.py", CALL);
    let found = breaks(&repo, "t1");
    let patterns: Vec<&Value> = found.iter().map(|one| &one["evidence"]["pattern"]).collect();
    assert_eq!(patterns, ["renamed_definition"]);
    let line = |repo: &Repo| repo.tw(&["statusline", "--max-age", "0"]);
    assert_eq!(line(&b).stdout, "t1: no conflicts · 1 break\n");
    assert_eq!(line(&repo).stdout, "2 terminals: no conflicts · 1 break\n");
    repo.tw(&["status"]).says("no conflicts, 1 break without a conflict");
    let json = b.tw(&["statusline", "--max-age", "0", "--format", "json"]).json();
    assert_eq!(json["breaks"], 1, "{json:#}");
    assert_eq!(found[0]["severity"], "warning");
    assert_eq!(names(&found[0]["terminals"]), ["t0", "t1"]);
    assert_eq!(
        found[0]["evidence"],
        json!({
            "pattern": "renamed_definition",
            "symbol": "parse",
            "became": "parse_line",
            "paths": ["lib.py", "new.py"],
            "lines": [[1, 1], [3, 3]],
            "changed_by": ["t0"],
            "used_by": ["t1"],
            "confidence": "certain",
            "uncommitted": true,
        })
    );
    let said = repo.tw(&["status"]).exits(0);
    assert!(flat(&said.stdout).contains("t0 renamed parse to parse_line (line 1 of lib.py)"), "{said}");
    assert!(
        flat(&said.stdout).contains("Once t0 is merged, update t1 from main and use parse_line"),
        "{said}"
    );
    repo.tw(&["status", "--no-symbols"]).exits(0).says_not("parse_line");
    // once one is merged, it is between the other and the target
    b.commit("call", &[("new.py", CALL)]);
    repo.git(&["merge", "-q", "--no-ff", "t0"]);
    let found = breaks(&repo, "t1");
    assert_eq!(names(&found[0]["terminals"]), ["t1"]);
    assert_eq!(found[0]["evidence"]["changed_by"], json!([]));
    let said = repo.tw(&["status"]);
    assert!(flat(&said.stdout).contains("Update t1 from main, then use parse_line"), "{said}");
    b.commit("follow", &[("new.py", &CALL.replace("parse", "parse_line"))]);
    assert!(breaks(&repo, "t1").is_empty());
}

#[test]
fn the_target_may_use_what_a_terminal_removed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let a = repo.worktree("t0");
    a.commit("remove", &[("lib.py", &LIB[LIB.find("def render").unwrap()..])]);
    repo.commit("call", &[("new.py", CALL)]);
    let found = breaks(&repo, "t0");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["evidence"]["changed_by"], json!(["t0"]));
    assert!(found[0]["suggestion"].as_str().unwrap().starts_with("Update t0 from main, then"), "{found:?}");
}

#[test]
fn the_other_sides_way_is_quoted() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let strict = LIB.replace("parse(text)", "parse(text, strict, mode=1, *, depth)");
    repo.worktree("t0").commit("strict", &[("lib.py", &strict)]);
    repo.worktree("t1").commit("call", &[("new.py", CALL)]);
    let found = breaks(&repo, "t1");
    assert_eq!(found[0]["evidence"]["became"], "parse(text, strict, [mode], depth=)", "{found:?}");
    let suggestion = found[0]["suggestion"].as_str().unwrap();
    assert!(suggestion.contains("make the call in line 3 of new.py fit parse(text, strict"), "{suggestion}");
    let rust = "pub struct Point {\n    pub x: u8,\n}\n\npub enum Kind {\n    A,\n    B,\n}\n";
    let repo = sandbox.repo("other", &[("src/lib.rs", "pub mod point;\n"), ("src/point.rs", rust)]);
    let more =
        rust.replace("x: u8,", "x: u8,\n    pub y: u8,\n    pub z: u8,").replace("    B,", "    B,\n    C,");
    repo.worktree("u0").commit("more", &[("src/point.rs", &more)]);
    let uses = "use crate::point::{Kind, Point};\n\nfn f(kind: Kind) -> Point {\n    match kind {\n        Kind::A => Point { x: 1 },\n        Kind::B => Point { x: 2 },\n    }\n}\n";
    repo.worktree("u1")
        .commit("use", &[("src/user.rs", uses), ("src/lib.rs", "pub mod point;\npub mod user;\n")]);
    let found = breaks(&repo, "u1");
    let mut became: Vec<&str> = found.iter().filter_map(|one| one["evidence"]["became"].as_str()).collect();
    became.sort_unstable();
    assert_eq!(became, ["C", "y, z"], "{found:?}");
}

#[test]
fn what_stops_as_a_conflict_is_not_told_again_but_the_rest_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let a = repo.worktree("t0");
    a.commit("rename", &[("lib.py", &renamed()), ("doc.md", "b\n"), ("use.py", &USE.replace('1', "2"))]);
    let b = repo.worktree("t1");
    b.commit(
        "call",
        &[("new.py", CALL), ("doc.md", "c\n"), ("use.py", &format!("{}parse(2)\n", USE.replace('1', "3")))],
    );
    let found = breaks(&repo, "t0");
    assert_eq!(found.iter().map(|one| &one["path"]).collect::<Vec<_>>(), ["new.py"]);
}

#[test]
fn neighbours_are_told_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // another default, a changed body, a name that only looks alike, another language, a stack
    let a = repo.worktree("t0");
    a.commit(
        "default",
        &[("lib.py", &LIB.replace("parse(text)", "parse(text, mode=1)").replace("return", "return not"))],
    );
    repo.worktree("t1").commit("call", &[("new.py", CALL), ("parse.js", "parse(1, 2, 3);\n")]);
    repo.worktree("t2")
        .commit("local", &[("own.py", "def parse(a, b, c):\n    return a\n\n\nparse(1, 2, 3)\n")]);
    let stack = repo.worktree("t3");
    stack.git(&["reset", "-q", "--hard", "t0"]);
    stack.commit("rename", &[("lib.py", &renamed()), ("more.py", &CALL.replace("parse", "parse_line"))]);
    repo.worktree("t4").commit("text", &[("doc.py", "# parse\nWORD = 'parse'\n")]);
    let told: Vec<Vec<String>> = breaks(&repo, "t0").iter().map(|one| names(&one["terminals"])).collect();
    assert_eq!(told, [["t1", "t3"]]);
}

#[test]
fn tracking_files_keep_it_and_the_story_is_not_ready() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("t0").commit("rename", &[("lib.py", &renamed())]);
    repo.worktree("t1").commit("call", &[("new.py", CALL)]);
    let story =
        "story_id: \"1-2-login\"\nsessions:\n  t0:\n    status: completed\n  t1:\n    status: completed\n";
    repo.track("story-1-2-sessions.yaml", story);
    repo.tw(&["sync"]).exits(0).says_not("Story 1-2 (t0, t1)");
    let text = repo.tracked("story-1-2-sessions.yaml");
    assert!(text.contains("type: \"semantic_conflict\"") && text.contains("new.py"), "{text}");
    repo.tw(&["sync"]).exits(0);
    assert_eq!(repo.tracked("story-1-2-sessions.yaml"), text);
    repo.track("config.yaml", "symbols: false\n");
    assert!(of_kind(&repo.status()).is_empty());
    repo.track("config.yaml", "\n");
    let b = Repo { sandbox: &sandbox, top: at(&sandbox, "t1") };
    b.commit("follow", &[("new.py", &CALL.replace("parse", "parse_line"))]);
    repo.tw(&["sync"]).exits(0);
    assert!(!repo.tracked("story-1-2-sessions.yaml").contains("semantic_conflict"));
}

#[test]
fn what_was_not_looked_at_is_told_once() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let large = format!("{CALL}# {}\n", "x".repeat(1 << 20));
    for name in ["t0", "t1", "t2"] {
        let path = format!("{name}.py");
        repo.worktree(name).commit(name, &[(&path, &large)]);
    }
    repo.worktree("t3").commit("rename", &[("lib.py", &renamed())]);
    let all = repo.status()["findings"].as_array().cloned().unwrap_or_default();
    let told: Vec<&str> = all.iter().filter_map(|one| one["message"].as_str()).collect();
    let told: Vec<&&str> = told.iter().filter(|message| message.contains("not looked at")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("t0.py: larger than 1 MiB, t1.py"), "{told:?}");
}

#[test]
fn hooks_tell_it_and_stop_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("t0").commit("rename", &[("lib.py", &renamed())]);
    let b = repo.worktree("t1");
    b.write("new.py", CALL);
    b.write("doc.md", "new\n");
    b.git(&["add", "doc.md"]);
    let quiet = b.tw(&["hooks", "run", "pre-commit"]).exits(0);
    assert!(!quiet.stderr.contains("parse_line"), "{quiet}");
    b.git(&["add", "new.py"]);
    for mode in ["warn", "block"] {
        let mut hook = b.program(&["hooks", "run", "pre-commit"]);
        let told = said(hook.env("TRACK_WORK_HOOK", mode)).exits(0);
        assert!(flat(&told.stderr).contains("t0 renamed parse to parse_line"), "{told}");
    }
    // an agent that is about to write it
    let edit = json!({
        "hook_event_name": "PreToolUse",
        "session_id": "s",
        "cwd": b.top,
        "tool_name": "Write",
        "tool_input": {"file_path": b.path("more.py"), "content": CALL},
    });
    let mut hook = b.program(&["hooks", "run", "--agent", "claude"]);
    let told = said_with(&mut hook, &edit.to_string()).exits(0);
    assert!(told.stdout.contains("t0 renamed parse to parse_line"), "{told}");
    assert!(told.stdout.contains("what you added in line 3 of more.py will not find it"), "{told}");
    assert!(!told.stdout.contains("deny"), "{told}");
}

#[test]
fn what_is_kept_of_an_earlier_run_says_the_same() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let told = |what: &str| {
        let status =
            |more: &[&str]| of_kind(&repo.tw(&[&["status", "--format", "json"], more].concat()).json());
        let without = status(&["--no-cache"]);
        for known in ["what was known", "all known"] {
            assert_eq!(status(&[]), without, "{what}, with {known}");
        }
        without.len()
    };
    let a = repo.worktree("t0");
    a.commit("rename", &[("lib.py", &renamed())]);
    let b = repo.worktree("t1");
    assert_eq!(told("nobody calls"), 0);
    b.write("new.py", CALL);
    assert_eq!(told("a call that is not committed"), 1);
    b.commit("call", &[("new.py", CALL)]);
    assert_eq!(told("a call"), 1);
    // the same trees under another name
    repo.git(&["worktree", "move", "../t1", "../t2"]);
    assert_eq!(told("moved"), 1);
    a.commit("back", &[("lib.py", LIB)]);
    assert_eq!(told("taken back"), 0);
    repo.commit("rename", &[("lib.py", &renamed())]);
    assert_eq!(told("the target renames"), 1);
}

#[test]
fn the_merge_order_counts_it_below_a_conflict() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("t0").commit("rename", &[("lib.py", &renamed()), ("doc.md", "b\n")]);
    repo.worktree("t1").commit("call", &[("new.py", CALL)]);
    repo.worktree("t2").commit("text", &[("doc.md", "c\n")]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["cost"], json!({"conflicts": 1, "hunks": 1, "breaks": 1}));
    let steps = order["steps"].as_array().unwrap();
    let breaking: Vec<&Value> = steps.iter().filter(|step| step["cost"]["breaks"] == 1).collect();
    assert_eq!(breaking.len(), 1, "{order}");
    assert!(breaking[0]["warnings"].to_string().contains("t0 renamed parse to parse_line"), "{order}");
    let at = |name: &str| steps.iter().position(|step| step["terminal"] == name);
    let last = steps.iter().position(|step| step == breaking[0]);
    assert_eq!(last, at("t0").max(at("t1")));
    repo.tw(&["merge-order"]).says("1 break without a conflict");
    // what is not committed is not merged
    let repo = sandbox.repo("other", &[("lib.py", LIB), ("use.py", USE)]);
    repo.worktree("o0").commit("rename", &[("lib.py", &renamed())]);
    let b = repo.worktree("o1");
    b.commit("other", &[("more.py", "a = 1\n")]);
    b.write("new.py", CALL);
    assert_eq!(
        repo.tw(&["merge-order", "--format", "json"]).json()["cost"],
        json!({"conflicts": 0, "hunks": 0})
    );
}

#[test]
fn who_breaks_with_another_is_not_called_independent() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("a").commit("rename", &[("lib.py", &renamed())]);
    repo.worktree("b").commit("call", &[("more.py", CALL)]);
    repo.worktree("c").commit("c", &[("c.txt", "c\n")]);
    let order = repo.tw(&["merge-order"]).stdout;
    assert!(order.contains("would break") || order.contains("it breaks"), "{order}");
    assert!(!order.contains("independent"), "{order}");
    for at in 0..25 {
        repo.git(&["checkout", "-q", "-b", &format!("s{at}"), "main"]);
        repo.commit("s", &[(&format!("s{at}.txt"), "s\n")]);
    }
    repo.git(&["checkout", "-q", "main"]);
    let status = flat(&repo.tw(&["status"]).stdout);
    let told = "26 terminals are independent of all others and of main, 2 merge cleanly and would break";
    assert!(status.contains(told), "{status}");
}

#[test]
fn a_terminal_that_changed_too_much_is_told_once() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("lib.py", LIB)]);
    let paths: Vec<String> = (0..10_000).map(|at| format!("all/f{at}.py")).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "a = 1\n")).collect();
    let lib = renamed();
    files.push(("lib.py", &lib));
    repo.worktree("big").commit("big", &files);
    repo.worktree("t0").commit("t0", &[("t0.py", CALL)]);
    let status = repo.status();
    assert!(of_kind(&status).is_empty());
    let told = "1 terminal: more than 10000 source files changed there";
    assert_eq!(status.to_string().matches(told).count(), 1, "{status}");
    // the others are looked at all the same
    repo.worktree("t1").commit("t1", &[("lib.py", &lib)]);
    assert_eq!(of_kind(&repo.status()).len(), 1);
}

#[test]
fn a_target_that_changed_too_much_since_is_told_once() {
    let sandbox = Sandbox::new();
    let paths: Vec<String> = (0..1001).map(|at| format!("all/f{at}.py")).collect();
    let files = |text: &'static str| paths.iter().map(|path| (path.as_str(), text)).collect::<Vec<_>>();
    let repo = sandbox.repo("shop", &[files("a = 1\n"), vec![("lib.py", LIB)]].concat());
    for name in ["t0", "t1"] {
        let path = format!("{name}.py");
        repo.worktree(name).commit(name, &[(&path, CALL)]);
    }
    repo.commit("rename", &[("lib.py", &renamed())]);
    assert_eq!(of_kind(&repo.status()).len(), 2);
    repo.commit("all", &files("a = 2\n"));
    let status = repo.status();
    assert!(of_kind(&status).is_empty());
    let told = "2 terminals against main: more than 1000 source files changed there since";
    assert_eq!(status.to_string().matches(told).count(), 1, "{status}");
    // whoever waits is told where less was looked at
    let a = Repo { sandbox: &sandbox, top: at(&sandbox, "t0") };
    let check = a.tw(&["check", "--format", "json"]).json();
    assert!(check["notes"].to_string().contains("1 terminal against main: more than 1000"), "{check}");
    a.write("more.py", CALL);
    a.git(&["add", "more.py"]);
    let hook = a.tw(&["hooks", "run", "pre-commit"]).exits(0);
    let told =
        "main: more than 300 source files changed there; track-work check looks at them; git continues";
    assert_eq!(flat(&hook.stderr).matches(told).count(), 1, "{hook}");
    a.git(&["reset", "-q", "--hard"]);
    a.write("doc.md", "other\n");
    a.git(&["add", "doc.md"]);
    assert!(!a.tw(&["hooks", "run", "pre-commit"]).exits(0).stderr.contains("300"));
}

#[test]
fn what_takes_too_much_to_read_is_told_and_the_rest_is_found() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("lib.py", LIB)]);
    // `render` stands in 300 files of 2,000 words each, and `parse` in 30
    let text = |file: usize, name: &str| -> String {
        let words = (0..2_000).map(|at| format!("w{file}_{at} = {at}\n")).collect::<String>();
        format!("from lib import {name}\n\nf = {name}\n{words}")
    };
    let many: Vec<(String, String)> = (0..330)
        .map(|file| (format!("all/f{file}.py"), text(file, if file < 300 { "render" } else { "parse" })))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    repo.commit("many", &many);
    repo.worktree("t0").commit("both", &[("lib.py", &LIB.replace("(text)", "(text, strict)"))]);
    repo.worktree("t1").commit("t1", &[("t1.py", CALL)]);
    repo.worktree("t2").commit("t2", &[("t2.py", &CALL.replace("parse", "render"))]);
    let status = repo.status();
    let found = of_kind(&status);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(names(&found[0]["terminals"]), ["t0", "t1"]);
    let told = "1 merge: the names that meet stand in too many files";
    assert_eq!(status.to_string().matches(told).count(), 1, "{status}");
    let check = repo.tw(&["check", "--terminal", "t2", "--format", "json"]).json();
    assert!(check.to_string().contains(told), "{check:#}");
}

#[test]
fn what_breaks_only_with_three_is_told_at_the_last_of_them() {
    let between = "\n\ndef other():\n    return 1\n\n\ndef another():\n    return 2\n\n\n";
    let [one, two] = ["def parse(text):\n    return text\n", "def parse(text):\n    return str(text)\n"];
    for caller in 0..3 {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[("lib.py", &format!("{one}{between}{two}")), ("doc.md", "a\n")]);
        let [without_one, without_two] =
            [format!("{}{two}", between.trim_start()), format!("{one}{}", between.trim_end()) + "\n"];
        let mut files = vec![("lib.py", without_one.as_str()), ("lib.py", &without_two), ("more.py", CALL)];
        files.swap(caller, 2);
        for (at, file) in files.into_iter().enumerate() {
            repo.worktree(&format!("t{at}")).commit("work", &[file]);
        }
        // no two of them do
        assert_eq!(of_kind(&repo.status()), Vec::<Value>::new());
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        assert_eq!(order["cost"], json!({"conflicts": 0, "hunks": 0, "breaks": 1}), "{order:#}");
        let last = &order["steps"][2];
        assert!(last["warnings"].to_string().contains("parse"), "{last:#}");
        let text = last["warnings"].to_string();
        assert!((0..3).all(|at| text.contains(&format!("t{at}"))), "{text}");
    }
}

#[test]
fn what_may_break_is_counted_and_told_with_v() {
    let sandbox = Sandbox::new();
    let store = "class Store:\n    def put(self, key):\n        return key\n";
    let repo = sandbox.repo("shop", &[("lib.py", store), ("doc.md", "a\n")]);
    let renamed = store.replace("put", "keep");
    repo.worktree("a").commit("rename", &[("lib.py", &renamed)]);
    let b = repo.worktree("b");
    b.commit("use", &[("new.py", "def go(one):\n    return one.put(1)\n")]);
    let found = breaks(&repo, "b");
    assert_eq!(found[0]["severity"], "info", "{found:?}");
    let of = "May break where git merges it: 1 place (use -v)";
    repo.tw(&["status"]).exits(0).says(of).says_not("renamed Store.put");
    b.tw(&["check"]).exits(0).says(of).says_not("renamed Store.put");
    for said in [repo.tw(&["status", "-v"]), b.tw(&["check", "-v"])] {
        let said = flat(&said.exits(0).says_not("May break where").stdout);
        assert!(said.contains("git merges it, but it may break: a renamed Store.put to keep"), "{said}");
        assert!(!said.contains("will not") && said.contains("may not find it"), "{said}");
    }
    repo.tw(&["status", "-q"]).says_not("May break");
}

#[test]
fn two_of_whom_one_has_all_of_the_other_break_nothing_of_each_other() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // each of 22 changes the same function: 231 pairs, more than a run looks at
    let low = repo.worktree("low");
    for at in 0..22 {
        low.commit("more", &[("lib.py", &LIB.replacen("return text", &format!("return text * {at}"), 1))]);
        low.git(&["branch", &format!("b{at:02}")]);
    }
    let status = repo.status();
    assert!(of_kind(&status).is_empty() && !status.to_string().contains("not looked at"), "{status:#}");
    // what is not committed is in no other
    let up = low.worktree("up");
    up.commit("call", &[("new.py", CALL)]);
    assert!(breaks(&repo, "up").is_empty());
    let text = std::fs::read_to_string(low.top.join("lib.py")).unwrap();
    low.write("lib.py", text.replace("def parse(", "def parse_line("));
    let found = breaks(&repo, "up");
    let patterns: Vec<&Value> = found.iter().map(|one| &one["evidence"]["pattern"]).collect();
    assert_eq!(patterns, ["renamed_definition"]);
}
