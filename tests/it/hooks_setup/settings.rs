//! Settings files of agents: every byte that is not ours stays.

use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use track_work::hooks::agents::{
    Agent, ServerForm, Uninstalled, with_ours, with_server, without_ours, without_server,
};

use super::git_files::{put, shape};
use crate::support::Sandbox;

/// Those whose settings are JSON: all but OpenCode, which has a plugin.
fn agents() -> impl Iterator<Item = Agent> {
    Agent::ALL.into_iter().filter(|agent| *agent != Agent::OpenCode)
}

#[track_caller]
fn there_and_back(text: &str) {
    for (agent, stop) in agents().flat_map(|agent| [(agent, false), (agent, true)]) {
        let with = with_ours(text, agent, stop).unwrap().expect("something to add");
        assert_eq!(with_ours(&with, agent, stop).unwrap(), None, "twice is once:\n{with}");
        assert_eq!(
            without_ours(&with, agent).unwrap(),
            Uninstalled::Text(text.to_string()),
            "{text}\n--- with\n{with}"
        );
        assert_eq!(without_ours(text, agent).unwrap(), Uninstalled::Same);
    }
    for form in JSON_FORMS {
        let with = with_server(Some(text), form).unwrap().expect("something to add");
        assert_eq!(with_server(Some(&with), form).unwrap(), None, "twice is once:\n{with}");
        assert_eq!(without_server(&with, form).unwrap(), Uninstalled::Text(text.to_string()), "{with}");
        assert_eq!(without_server(text, form).unwrap(), Uninstalled::Same);
    }
    // both in one file, taken out in any order
    let hooks = with_ours(text, Agent::Gemini, true).unwrap().unwrap();
    let both = with_server(Some(&hooks), ServerForm::McpServers).unwrap().unwrap();
    assert_eq!(without_server(&both, ServerForm::McpServers).unwrap(), Uninstalled::Text(hooks));
    let Uninstalled::Text(server) = without_ours(&both, Agent::Gemini).unwrap() else { panic!("{both}") };
    assert_eq!(without_server(&server, ServerForm::McpServers).unwrap(), Uninstalled::Text(text.to_string()));
}

const JSON_FORMS: [ServerForm; 4] =
    [ServerForm::McpServers, ServerForm::CopilotCli, ServerForm::VsCode, ServerForm::OpenCode];

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
            if agent == Agent::Claude { "Read|Write|Edit|MultiEdit|NotebookEdit" } else { "apply_patch" };
        let group = &settings["hooks"]["PreToolUse"][0];
        assert_eq!(group["matcher"], matcher);
        assert_eq!(group["hooks"][0]["type"], "command");
        let command = command(agent);
        assert_eq!(group["hooks"][0]["command"], command.as_str());
        assert_eq!(settings["hooks"]["Stop"][0]["hooks"][0]["command"], command.as_str());
        assert_eq!(settings["a"], 1);
    }
    for (agent, events) in [
        (Agent::Gemini, ["BeforeTool", "AfterTool", "AfterAgent"].as_slice()),
        (Agent::Copilot, &["PreToolUse", "PostToolUse", "Stop", "SubagentStop"]),
    ] {
        let settings = json(agent);
        let hooks = settings["hooks"].as_object().unwrap();
        assert_eq!(hooks.keys().collect::<Vec<_>>(), events);
        for groups in hooks.values() {
            let group = &groups[0];
            let run = if agent == Agent::Gemini { &group["hooks"][0]["command"] } else { &group["bash"] };
            assert_eq!(*run, command(agent).as_str());
        }
    }
    let settings = json(Agent::Cursor);
    assert_eq!(settings["hooks"]["preToolUse"][0]["command"], command(Agent::Cursor).as_str());
    let matcher = "Write|StrReplace|ApplyPatch|EditNotebook|Delete";
    assert_eq!(settings["hooks"]["preToolUse"][0]["matcher"], matcher);
    assert_eq!(settings["hooks"]["postToolUse"][0]["matcher"], format!("Read|{matcher}").as_str());
    assert!(json(Agent::Claude)["hooks"]["SubagentStop"][0]["hooks"][0]["command"].is_string());
}

/// What a settings file runs for an agent.
fn command(agent: Agent) -> String {
    let run = format!("track-work hooks run --agent {}", agent.name());
    format!("command -v track-work >/dev/null 2>&1 || exit 0; {run} || exit 0")
}

/// Some clients take any other status for a denial.
#[test]
fn the_command_is_harmless_whatever_becomes_of_the_program() {
    use std::process::{Command, Stdio};
    let sandbox = Sandbox::new();
    let bin = sandbox.path("bin");
    fs::create_dir(&bin).unwrap();
    let stand_in =
        |text: &str| put(&bin.join("track-work"), format!("#!/bin/sh\n{text}\n").as_bytes(), 0o755);
    let run = |agent: Agent| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &command(agent)]).env_clear();
        shell.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).stdin(Stdio::null()).output().unwrap()
    };
    for agent in agents() {
        assert!(agent.body().contains(&serde_json::to_string(&command(agent)).unwrap()));
        let output = run(agent);
        let silent = output.stdout.is_empty() && output.stderr.is_empty();
        assert!(output.status.success() && silent, "{output:?}");
        for end in ["exit 1", "exit 2", "exit 127", "kill -SEGV $$", "kill -KILL $$"] {
            stand_in(end);
            assert!(run(agent).status.success(), "{end}");
        }
        stand_in("echo \"$*\"");
        let said = String::from_utf8(run(agent).stdout).unwrap();
        assert_eq!(said, format!("hooks run --agent {}\n", agent.name()));
        fs::remove_file(bin.join("track-work")).unwrap();
    }
}

const PLAIN: &str = "{\n  \"a\": 1\n}\n";

/// The hooks in `PLAIN`, as version 1 wrote them.
fn older(agent: Agent, stop: bool) -> String {
    let text = with_ours(PLAIN, agent, stop).unwrap().unwrap();
    let text = text.replace(&command(agent), &format!("track-work hooks run --agent {}", agent.name()));
    let text = text.replace("Read|Write", "Write").replace("|StrReplace|ApplyPatch|EditNotebook|Delete", "");
    match text.find(",\n    \"SubagentStop\"") {
        Some(at) => format!("{}\n  }}\n}}\n", &text[..at]),
        None => text,
    }
}

#[test]
fn what_an_older_version_wrote_is_brought_up_to_date_and_taken_out() {
    for (agent, stop) in agents().flat_map(|agent| [(agent, false), (agent, true)]) {
        let before = older(agent, stop);
        assert!(!before.contains("command -v") && !before.contains("Subagent"), "{before}");
        let now = with_ours(PLAIN, agent, stop).unwrap();
        // without --stop the one that is there stays, with what belongs to it now
        for again in [stop, false] {
            assert_eq!(with_ours(&before, agent, again).unwrap(), now, "{before}");
        }
        assert_eq!(without_ours(&before, agent).unwrap(), Uninstalled::Text(PLAIN.to_string()));
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    repo.write(".claude/settings.json", older(Agent::Claude, true));
    repo.tw(&["hooks", "status"]).exits(0).says("claude old");
    repo.tw(&["doctor"]).says(".claude/settings.json was written by another version");
    let said = repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    said.says("Updated the track-work hooks in .claude/settings.json");
    repo.tw(&["hooks", "status"]).exits(0).says("claude installed");
    // what somebody made of ours stays
    let edited = older(Agent::Claude, false).replace("track-work hooks", "/opt/track-work hooks");
    repo.write(".claude/settings.json", &edited);
    repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    let text = fs::read_to_string(repo.path(".claude/settings.json")).unwrap();
    assert!(text.contains("\"/opt/track-work hooks run --agent claude\""), "{text}");
}

#[test]
fn settings_that_the_agent_ignores_are_told_and_not_written_into() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let (claude, codex) = (Agent::Claude, Agent::Codex);
    let cases = [
        (claude, "{\n  // why\n  \"a\": 1\n}\n", "line 2: it is not strict JSON ("),
        (claude, "{\n  \"a\": 1,\n}\n", "it is not strict JSON ("),
        (claude, "{\"hooks\": {\"Stop\": [],}}", "it is not strict JSON ("),
        (codex, "{\n  /* x */ \"hooks\": {}\n}\n", "line 2: it is not strict JSON ("),
        (
            codex,
            "{\n  \"hooks\": {},\n  \"$schema\": \"x\"\n}\n",
            "line 3: unknown key \"$schema\", so Codex ignores",
        ),
        (codex, "{\"version\": 1}", "unknown key \"version\", so Codex ignores the whole file"),
        (codex, "\u{feff}{}", "a byte order mark, so Codex ignores"),
    ];
    for (agent, text, complaint) in cases {
        let (name, file) = (agent.name(), agent.file());
        repo.write(file, text);
        let said = repo.tw(&["hooks", "install", "--agent", name]).fails();
        said.complains(complaint).complains("the file was not changed");
        assert_eq!(fs::read_to_string(repo.path(file)).unwrap(), text);
        let said = repo.tw(&["hooks", "status"]).exits(0);
        said.says(&format!("{name} broken")).says("ignores the whole file");
        repo.tw(&["doctor"]).says("ignores the whole file");
        // what is in it is taken out all the same
        repo.write(file, with_ours(text, agent, true).unwrap().unwrap());
        repo.tw(&["hooks", "uninstall", "--agent", name]).exits(0);
        assert_eq!(fs::read_to_string(repo.path(file)).unwrap(), text);
        repo.remove(file);
    }
    repo.write(".codex/hooks.json", "{\n  \"description\": \"ours\"\n}\n");
    repo.tw(&["hooks", "install", "--agent", "codex"]).exits(0);
    repo.write(".cursor/hooks.json", "{\n  // why\n  \"version\": 1, \"$schema\": \"x\"\n}\n");
    repo.tw(&["hooks", "install", "--agent", "cursor"]).exits(0);
}

#[test]
fn codex_has_its_hooks_in_the_main_checkout() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let side = repo.worktree("side");
    let main = repo.path(".codex/hooks.json");
    let said = side.tw(&["hooks", "install", "--agent", "codex"]).exits(0);
    let said = said.says(&format!("Created {}", main.display())).says("main checkout").says("/hooks");
    said.says("has no folder .codex, so Codex runs no hooks there");
    assert!(main.exists() && !side.path(".codex").exists());
    repo.tw(&["hooks", "install", "--agent", "codex"]).exits(0).says("side has no folder .codex");
    side.tw(&["hooks", "status"]).exits(0).says("codex installed").says("so Codex runs no hooks there");
    repo.tw(&["hooks", "status"])
        .exits(0)
        .says("codex installed .codex/hooks.json")
        .says_not("runs no hooks");
    repo.tw(&["doctor"]).says("side has no folder .codex, so Codex runs no hooks there");
    side.write(".codex/config.toml", "");
    side.tw(&["hooks", "status"]).exits(0).says("codex installed").says_not("runs no hooks");
    repo.tw(&["doctor"]).says("codex: hooks installed in every worktree");
    let said = side.tw(&["hooks", "uninstall", "--agent", "codex"]).exits(0);
    said.says(&format!("Removed {}", main.display()));
    assert!(!main.exists());
    // version 1 put them into each worktree, where Codex does not read them
    side.write(".codex/hooks.json", Agent::Codex.body());
    side.tw(&["hooks", "status"]).exits(0).says("codex absent");
    repo.tw(&["doctor"]).says("Codex does not read").says("track-work hooks install --agent codex");
    side.tw(&["hooks", "uninstall", "--agent", "codex"]).exits(0).says("Removed .codex/hooks.json");
    assert!(!side.path(".codex/hooks.json").exists());
    // without a main checkout there is nowhere to put them
    let bare = sandbox.init_with("bare.git", &["--bare"]);
    repo.git(&["push", "-q", bare.top.to_str().unwrap(), "main"]);
    let linked = bare.worktree_at(&sandbox.path("linked"), &["-b", "linked"]);
    linked.tw(&["hooks", "install", "--agent", "codex"]).fails().complains("this repository has none");
}

#[test]
fn claude_can_have_its_hooks_in_ones_own_settings() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let side = repo.worktree("side");
    let local = repo.path(".claude/settings.local.json");
    let said = side.tw(&["hooks", "install", "--agent", "claude", "--local"]).exits(0);
    said.says(&format!("Created {}", local.display())).says("in every worktree").says_not("Commit it");
    assert!(local.exists() && !side.path(".claude").exists() && !repo.path(".claude/settings.json").exists());
    for here in [&repo, &side] {
        here.tw(&["hooks", "status"]).exits(0).says("claude installed").says(".claude/settings.local.json");
    }
    repo.tw(&["doctor"]).says("claude: hooks installed in every worktree");
    repo.tw(&["hooks", "install", "--agent", "claude", "--local"]).exits(0).says("already");
    let said = side.tw(&["hooks", "uninstall", "--agent", "claude"]).exits(0);
    said.says(&format!("Removed {}", local.display()));
    assert!(!repo.path(".claude").exists());
    // each file for itself
    side.tw(&["hooks", "install", "--agent", "claude", "--local"]).exits(0);
    side.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    side.tw(&["hooks", "uninstall", "--agent", "claude", "--local"]).exits(0);
    assert!(!local.exists() && side.path(".claude/settings.json").exists());
    side.tw(&["hooks", "uninstall", "--agent", "claude"]).exits(0).says("Removed .claude/settings.json");
    let said = side.tw(&["hooks", "install", "--agent", "cursor", "--local"]).fails();
    said.complains("--local is for Claude Code");
}

#[test]
fn what_keeps_an_agent_from_running_its_hooks_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(".gitignore", ".claude/\n"), ("a", "1\n")]);
    let side = repo.worktree("side");
    let ignored = "git ignores .claude/settings.json, so other worktrees do not get it";
    let said = repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    said.says(ignored).says("--local").says_not("Commit it");
    repo.tw(&["hooks", "status"]).exits(0).says(ignored);
    repo.tw(&["doctor"]).says(ignored).says("--local");
    let json = repo.tw(&["hooks", "status", "--format", "json"]).exits(0).json();
    assert_eq!(json["obstacles"], serde_json::json!([ignored]));
    // one's own settings are not for others anyway
    repo.tw(&["hooks", "uninstall", "--agent", "claude"]).exits(0);
    repo.tw(&["hooks", "install", "--agent", "claude", "--local"]).exits(0).says_not("git ignores");
    // an event that Claude Code may not know
    let local = ".claude/settings.local.json";
    let text = fs::read_to_string(repo.path(local)).unwrap();
    repo.write(local, text.replace("\"hooks\": {", "\"hooks\": {\n    \"preToolUse\": [],"));
    let unknown = format!("Claude Code ignores {local} if it does not know the event \"preToolUse\"");
    repo.tw(&["hooks", "status"]).exits(0).says(&unknown);
    repo.tw(&["doctor"]).says("does not know the event");
    let said = repo.tw(&["hooks", "install", "--agent", "claude", "--local", "--stop"]).exits(0);
    said.says(&unknown);
    repo.write(local, text);
    repo.tw(&["hooks", "status"]).exits(0).says_not("does not know the event");
    // switched off, in any of the files; the nearest one counts
    let off = |file: &str| format!("disableAllHooks in {file} keeps Claude Code from running any hook");
    let users = sandbox.path("home/.claude/settings.json");
    fs::create_dir(users.parent().unwrap()).unwrap();
    fs::write(&users, "{\"disableAllHooks\": true}").unwrap();
    let off_by_user = off(users.to_str().unwrap());
    for here in [&repo, &side] {
        here.tw(&["hooks", "status"]).exits(0).says(&off_by_user);
        here.tw(&["doctor"]).says(&off_by_user);
    }
    repo.tw(&["hooks", "install", "--agent", "claude", "--local"]).exits(0).says(&off_by_user);
    repo.write(".claude/settings.json", "{\"disableAllHooks\": false}");
    repo.tw(&["hooks", "status"]).exits(0).says_not("disableAllHooks");
    repo.write(".claude/settings.json", "{\"disableAllHooks\": true}");
    fs::write(&users, "{}").unwrap();
    repo.tw(&["hooks", "status"]).exits(0).says(&off(".claude/settings.json"));
    side.tw(&["hooks", "status"]).exits(0).says_not("disableAllHooks");
}

#[test]
fn our_hook_in_a_group_with_others_leaves_alone() {
    let text = "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"Edit\",\n        \"hooks\": [\n          {\"type\": \"command\", \"command\": \"theirs\"},\n          {\"type\": \"command\", \"command\": \"exec track-work hooks run --agent claude\"}\n        ]\n      }\n    ]\n  }\n}\n";
    let without = text.replace(
        ",\n          {\"type\": \"command\", \"command\": \"exec track-work hooks run --agent claude\"}",
        "",
    );
    assert_eq!(with_ours(text, Agent::Claude, false).unwrap(), None);
    assert_eq!(without_ours(text, Agent::Claude).unwrap(), Uninstalled::Text(without));
}

#[test]
fn comments_and_what_was_added_later_stay() {
    let with = with_ours("{\n  \"a\": 1\n}\n", Agent::Claude, false).unwrap().unwrap();
    let edited = with.replace(
        "    \"PreToolUse\": [\n",
        "    // theirs\n    \"PreToolUse\": [\n      // mine\n      {\"matcher\": \"Bash\"},\n",
    );
    assert_ne!(edited, with);
    let Uninstalled::Text(left) = without_ours(&edited, Agent::Claude).unwrap() else { panic!("{edited}") };
    assert_eq!(
        left,
        "{\n  \"a\": 1,\n  \"hooks\": {\n    // theirs\n    \"PreToolUse\": [\n      // mine\n      {\"matcher\": \"Bash\"}\n    ]\n  }\n}\n"
    );
    // an indentation of another program's making
    let formatted = format!("{:#}\n", serde_json::from_str::<Value>(&with).unwrap()).replace("  ", "\t");
    assert_eq!(
        without_ours(&formatted, Agent::Claude).unwrap(),
        Uninstalled::Text("{\n\t\"a\": 1\n}\n".to_string())
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
    let all: Vec<&str> = Agent::ALL.iter().flat_map(|agent| ["--agent", agent.name()]).collect();
    let run =
        |command: &str, more: &[&str]| repo.tw(&[&["hooks", command], &all[..], more].concat()).exits(0);
    for more in [&[][..], &["--stop"]] {
        run("install", more);
        for agent in agents() {
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
