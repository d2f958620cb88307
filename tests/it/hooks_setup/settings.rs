//! Settings files of agents: every byte that is not ours stays.

use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use track_work::hooks::agents::{After, Agent, with_ours, without_ours};

use super::git_files::shape;
use crate::support::Sandbox;

#[track_caller]
fn there_and_back(text: &str) {
    for (agent, stop) in Agent::ALL.into_iter().flat_map(|agent| [(agent, false), (agent, true)]) {
        let with = with_ours(text, agent, stop).unwrap().expect("something to add");
        assert_eq!(with_ours(&with, agent, stop).unwrap(), None, "twice is once:\n{with}");
        assert_eq!(
            without_ours(&with, agent).unwrap(),
            After::Text(text.to_string()),
            "{text}\n--- with\n{with}"
        );
        assert_eq!(without_ours(text, agent).unwrap(), After::Same);
    }
}

#[test]
fn what_goes_in_comes_out() {
    for text in [
        "{}",
        "{}\n",
        "{\n}\n",
        "{ }",
        "{ /* nothing yet */ }",
        "{\n  \"a\": 1\n}\n",
        "{\"a\": 1}",
        "{\n\t\"a\": [1, 2],\n\t\"b\": {}\n}",
        "{\r\n    \"a\": 1 // why\r\n}\r\n",
        "{\"hooks\": {}}",
        "{\n  \"hooks\": {\n  }\n}\n",
        "{\"hooks\": {\"PreToolUse\": [], \"preToolUse\": [], \"Stop\": [\n]}}",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\": \"Bash\", \"hooks\": []}\n    ]\n  },\n  \"z\": null\n}\n",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\": \"Bash\"}, // last\n    ],\n  },\n}\n",
        "// settings\n{\n  // here\n  \"a\": 1, /* , */\n}\n// end",
        "\u{feff}{\n  \"version\": 1\n}\n",
        "{\n  \"version\": 1,\n  \"hooks\": {}\n}\n",
        "{\n  \"hooks\": {\"x\": []},\n  \"version\": 1\n}\n",
    ] {
        there_and_back(text);
    }
}

/// A JSON value with any spacing, comments and commas that its readers put up with.
fn any_value() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", " ", "\n  ", "\n\t", "\r\n", " // note, [\n", "/* , { */"]);
    let leaf = prop::sample::select(vec!["1", "null", "\"a\\\"b,{[\"", "-2.5e3", "true", "\"// no\""]);
    leaf.prop_map(str::to_string).prop_recursive(3, 20, 4, move |inner| {
        let list = (prop::collection::vec((space(), inner.clone(), space()), 0..4), space(), any::<bool>());
        let list = list.prop_map(|(items, end, comma)| {
            let shown: Vec<String> = items.iter().map(|(a, item, b)| format!("{a}{item}{b}")).collect();
            let comma = if comma && !shown.is_empty() { "," } else { "" };
            format!("[{}{comma}{end}]", shown.join(","))
        });
        let members = prop::collection::vec((space(), inner, space()), 0..4);
        let object = (members, space(), any::<bool>()).prop_map(|(items, end, comma)| {
            let shown =
                items.iter().enumerate().map(|(at, (a, item, b))| format!("{a}\"k{at}\"{b}:{a}{item}{b}"));
            let shown: Vec<String> = shown.collect();
            let comma = if comma && !shown.is_empty() { "," } else { "" };
            format!("{{{}{comma}{end}}}", shown.join(","))
        });
        prop_oneof![list, object]
    })
}

/// Settings with hooks of others in any of the places that ours go to.
fn any_settings() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", " ", "\n  ", "\n\t", "\r\n    ", " // note\n", "/* x */"]);
    let list = prop_oneof![
        Just("[]".to_string()),
        (space(), any_value(), space()).prop_map(|(a, value, b)| format!("[{a}{value}{b}]"))
    ];
    let events =
        prop::sample::subsequence(vec!["PreToolUse", "Stop", "preToolUse", "stop", "postToolUse"], 0..4);
    let hooks = (events, prop::collection::vec(list, 4), space(), space(), any::<bool>());
    let hooks = hooks.prop_map(|(events, lists, a, b, comma)| {
        let shown = events.iter().zip(lists).map(|(event, list)| format!("{a}\"{event}\": {list}{b}"));
        let shown: Vec<String> = shown.collect();
        let comma = if comma && !shown.is_empty() { "," } else { "" };
        format!("{{{}{comma}{a}}}", shown.join(","))
    });
    let other = || prop::collection::vec(any_value(), 0..3);
    (other(), prop::option::of(hooks), other(), space(), space()).prop_map(|(before, hooks, after, a, b)| {
        let name = |at: usize, value: &String| format!("{a}\"m{at}\":{b}{value}");
        let mut members: Vec<String> = before.iter().enumerate().map(|(at, value)| name(at, value)).collect();
        members.extend(hooks.map(|hooks| format!("{a}\"hooks\": {hooks}{b}")));
        members.extend(after.iter().enumerate().map(|(at, value)| name(at + 10, value)));
        format!("{a}{{{}{b}}}{a}", members.join(","))
    })
}

#[test]
fn random_settings_are_given_back() {
    let mut runner = TestRunner::new(Config { cases: 2000, ..Config::default() });
    runner
        .run(&any_settings(), |text| {
            there_and_back(&text);
            Ok(())
        })
        .unwrap();
}

#[test]
fn it_is_what_the_agents_document() {
    let json = |agent| -> Value {
        serde_json::from_str(&with_ours("{\"a\":1}", agent, true).unwrap().unwrap()).unwrap()
    };
    for agent in [Agent::Claude, Agent::Codex] {
        let settings = json(agent);
        let matcher =
            if agent == Agent::Claude { "Write|Edit|MultiEdit|NotebookEdit" } else { "apply_patch" };
        let group = &settings["hooks"]["PreToolUse"][0];
        assert_eq!(group["matcher"], matcher);
        assert_eq!(group["hooks"][0]["type"], "command");
        let command = format!("track-work hooks run --agent {}", agent.name());
        assert_eq!(group["hooks"][0]["command"], command.as_str());
        assert_eq!(settings["hooks"]["Stop"][0]["hooks"][0]["command"], command.as_str());
        assert_eq!(settings["a"], 1);
    }
    let settings = json(Agent::Cursor);
    assert_eq!(settings["hooks"]["preToolUse"][0]["command"], "track-work hooks run --agent cursor");
}

#[test]
fn our_hook_in_a_group_with_others_leaves_alone() {
    let text = "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"Edit\",\n        \"hooks\": [\n          {\"type\": \"command\", \"command\": \"theirs\"},\n          {\"type\": \"command\", \"command\": \"track-work hooks run --agent claude\"}\n        ]\n      }\n    ]\n  }\n}\n";
    let without = text.replace(
        ",\n          {\"type\": \"command\", \"command\": \"track-work hooks run --agent claude\"}",
        "",
    );
    assert_eq!(with_ours(text, Agent::Claude, false).unwrap(), None);
    assert_eq!(without_ours(text, Agent::Claude).unwrap(), After::Text(without));
}

#[test]
fn comments_and_what_was_added_later_stay() {
    let with = with_ours("{\n  \"a\": 1\n}\n", Agent::Claude, false).unwrap().unwrap();
    let edited = with.replace(
        "    \"PreToolUse\": [\n",
        "    // theirs\n    \"PreToolUse\": [\n      // mine\n      {\"matcher\": \"Bash\"},\n",
    );
    assert_ne!(edited, with);
    let After::Text(left) = without_ours(&edited, Agent::Claude).unwrap() else { panic!("{edited}") };
    assert_eq!(
        left,
        "{\n  \"a\": 1,\n  \"hooks\": {\n    // theirs\n    \"PreToolUse\": [\n      // mine\n      {\"matcher\": \"Bash\"}\n    ]\n  }\n}\n"
    );
    // an indentation of another program's making
    let formatted = format!("{:#}\n", serde_json::from_str::<Value>(&with).unwrap()).replace("  ", "\t");
    assert_eq!(
        without_ours(&formatted, Agent::Claude).unwrap(),
        After::Text("{\n\t\"a\": 1\n}\n".to_string())
    );
}

#[test]
fn broken_settings_are_left_alone_with_a_message() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let cases: [(&[u8], &str); 9] = [
        (b"{\n  \"a\": 1\n  \"b\": 2\n}\n", "line 2"),
        (b"{\n  \"hooks\": {\n", "settings.json"),
        (b"", "the file is empty"),
        (b"[]", "it is not a JSON object"),
        (b"{\"hooks\": 1}", "\"hooks\" is not an object"),
        (b"{\"hooks\": {\"PreToolUse\": {}}}", "the hooks for \"PreToolUse\" are not a list"),
        (b"{\"hooks\": {}, \"hooks\": {}}", "more than once"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"{a: 1}", "line 1"),
    ];
    for (text, complaint) in cases {
        repo.write(".claude/settings.json", text);
        let said = repo.tw(&["hooks", "install", "--agent", "claude"]).fails();
        said.complains(complaint).complains("the file was not changed");
        assert_eq!(fs::read(repo.path(".claude/settings.json")).unwrap(), text);
    }
    repo.tw(&["hooks", "status"]).exits(0).says("claude broken");
}

#[test]
fn files_and_folders_that_were_not_there_are_not_there_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let before = shape(&repo.top);
    let all = ["--agent", "claude", "--agent", "codex", "--agent", "cursor"];
    let run =
        |command: &str, more: &[&str]| repo.tw(&[&["hooks", command], &all[..], more].concat()).exits(0);
    for more in [&[][..], &["--stop"]] {
        run("install", more);
        for agent in Agent::ALL {
            let text = fs::read_to_string(repo.path(agent.file())).unwrap();
            assert_eq!(text == agent.body(), !more.is_empty(), "{text}");
            assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
        run("install", more).says("already");
        run("install", &[]).says("already");
        run("uninstall", &[]).says("which contained nothing else");
        assert_eq!(shape(&repo.top), before);
    }
    run("uninstall", &[]).says("has no track-work hooks");
    // beside another file the folder stays, and in a linked worktree its own files are meant
    let side = repo.worktree("side");
    side.write(".claude/notes.md", "x\n");
    side.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    assert!(side.path(".claude/settings.json").exists() && !repo.path(".claude").exists());
    side.tw(&["hooks", "uninstall", "--agent", "claude"]).exits(0);
    assert_eq!(shape(&side.path(".claude")).into_keys().collect::<Vec<_>>(), ["notes.md"]);
}

#[test]
fn the_settings_keep_their_mode_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("agents/claude.json", "{\n  \"a\": 1\n}\n")]);
    fs::set_permissions(repo.path("agents/claude.json"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(repo.path(".claude")).unwrap();
    repo.link(".claude/settings.json", "../agents/claude.json");
    let before = (shape(&repo.path(".claude")), shape(&repo.path("agents")));
    repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    assert!(fs::read_to_string(repo.path("agents/claude.json")).unwrap().contains("track-work"));
    repo.tw(&["hooks", "uninstall", "--agent", "claude"]).exits(0);
    assert_eq!((shape(&repo.path(".claude")), shape(&repo.path("agents"))), before);
}
