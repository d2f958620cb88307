//! Every client of a repository: which are found, what is written for each and for its MCP server, and that it all
//! comes out to the byte.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use track_work::hooks::agents::{Agent, ServerForm, Uninstalled, server_files, with_server, without_server};

use super::git_files::{put, shape};
use crate::cli::program::{PROGRAM, lines, scrubbed};
use crate::support::{Repo, Sandbox};

/// Every file that is written for a client.
fn files(agent: Agent, here: &Repo) -> Vec<&'static str> {
    let servers = server_files(agent, &here.top).into_iter().map(|(file, _)| file);
    let mut files: Vec<&str> = [agent.file()].into_iter().chain(servers).collect();
    files.dedup();
    files
}

fn json_of(here: &Repo, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(here.path(file)).unwrap()).unwrap()
}

#[test]
fn the_server_is_registered_in_the_form_of_each_client_and_taken_out_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let before = shape(&repo.top);
    let local = json!({"command": "track-work", "args": ["mcp"]});
    for agent in Agent::ALL {
        let run = |command: &str, more: &[&str]| {
            repo.tw(&[&["hooks", command, "--agent", agent.name()], more].concat()).exits(0)
        };
        let said = run("install", &["--mcp", "--format", "json"]).json();
        let parts: Vec<&str> =
            said["agents"].as_array().unwrap().iter().map(|done| done["part"].as_str().unwrap()).collect();
        assert_eq!(parts[..2], ["hooks", "server"], "{said}");
        match agent {
            Agent::Claude => assert_eq!(json_of(&repo, ".mcp.json")["mcpServers"]["track-work"], local),
            Agent::Cursor => {
                assert_eq!(json_of(&repo, ".cursor/mcp.json")["mcpServers"]["track-work"], local)
            }
            Agent::Gemini => {
                let settings = json_of(&repo, ".gemini/settings.json");
                assert_eq!(settings["mcpServers"]["track-work"], local);
                assert!(settings["hooks"]["BeforeTool"].is_array());
            }
            Agent::Copilot => {
                let vs_code = &json_of(&repo, ".vscode/mcp.json")["servers"]["track-work"];
                assert_eq!(*vs_code, json!({"type": "stdio", "command": "track-work", "args": ["mcp"]}));
                let cli = &json_of(&repo, ".github/mcp.json")["mcpServers"]["track-work"];
                assert_eq!((&cli["type"], &cli["tools"]), (&json!("local"), &json!(["*"])));
            }
            Agent::OpenCode => {
                let server = &json_of(&repo, "opencode.json")["mcp"]["track-work"];
                assert_eq!(
                    *server,
                    json!({"type": "local", "command": ["track-work", "mcp"], "enabled": true})
                );
            }
            Agent::Codex => {
                let text = fs::read_to_string(repo.path(".codex/config.toml")).unwrap();
                assert_eq!(text, "[mcp_servers.track-work]\ncommand = \"track-work\"\nargs = [\"mcp\"]\n");
            }
        }
        run("install", &["--mcp"]).says("already has the track-work MCP server");
        for (of, state) in server_states(&repo) {
            assert_eq!(state, if of == agent.name() { "installed" } else { "absent" }, "{of}");
        }
        // the hooks alone come out, and the server stays
        run("uninstall", &[]);
        let (file, _) = *server_files(agent, &repo.top).last().unwrap();
        assert!(fs::read_to_string(repo.path(file)).unwrap().contains("track-work"), "{file}");
        run("uninstall", &["--mcp"]);
        assert_eq!(shape(&repo.top), before, "{}", agent.name());
        // and all at once
        run("install", &["--mcp", "--stop"]);
        run("uninstall", &["--mcp"]).says("which contained nothing else");
        assert_eq!(shape(&repo.top), before, "{}", agent.name());
    }
    repo.tw(&["hooks", "install", "--mcp"]).exits(2);
    repo.tw(&["hooks", "install", "--all", "--agent", "codex"]).exits(2);
}

/// What `hooks status` says of the server of each client.
fn server_states(here: &Repo) -> Vec<(String, String)> {
    let said = here.tw(&["hooks", "status", "--format", "json"]).exits(0).json();
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_string();
    let lines = said["servers"].as_array().unwrap().iter();
    lines.map(|line| (text(line, "name"), text(line, "state"))).collect()
}

#[test]
fn a_server_of_the_same_name_that_is_not_ours_is_told_apart() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    repo.write(".mcp.json", r#"{"mcpServers": {"track-work": {"command": "other"}}}"#);
    repo.write(".cursor/mcp.json", r#"{"mcpServers": {"other": {"command": "track-work"}}}"#);
    repo.write(".gemini/settings.json", "{");
    repo.write(".codex/config.toml", "[mcp_servers.track-work]\ncommand = \"elsewhere\"\n");
    let states = server_states(&repo);
    for (of, state) in
        [("claude", "foreign"), ("cursor", "absent"), ("gemini", "broken"), ("codex", "edited")]
    {
        assert!(states.contains(&(of.to_string(), state.to_string())), "{of}: {states:?}");
    }
    let said = repo.tw(&["hooks", "status"]).exits(0);
    said.says("MCP server of track-work")
        .says("claude foreign .mcp.json")
        .says(".gemini/settings.json, line 1");
}

#[test]
fn all_are_those_that_the_repository_has_files_of() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("AGENTS.md", "x\n"), (".github/workflows/ci.yml", "x\n")]);
    let said = repo.tw(&["hooks", "install", "--all"]).fails();
    said.complains("no files of a coding agent; nothing was written")
        .complains(".opencode")
        .complains("gemini");
    for agent in Agent::ALL {
        for trace in agent.traces() {
            let folder = repo.path(trace).parent().unwrap().to_path_buf();
            fs::create_dir_all(&folder).unwrap();
            if trace.contains(".json") {
                repo.write(trace, "{}\n");
            } else {
                fs::create_dir(repo.path(trace)).unwrap();
            }
            let said = repo.tw(&["hooks", "install", "--all", "--format", "json"]).exits(0).json();
            let agents = said["agents"].as_array().unwrap();
            assert_eq!(agents.len(), 1, "{trace}: {said}");
            assert_eq!(
                (&agents[0]["agent"], &agents[0]["outcome"]),
                (&json!(agent.name()), &json!("created"))
            );
            repo.tw(&["hooks", "uninstall", "--all"]).exits(0).says("Removed ");
            repo.tw(&["hooks", "uninstall", "--all"])
                .exits(0)
                .says("No coding agent has track-work hooks here");
            repo.git(&["clean", "-qfdx"]);
            let top = repo.path(trace.split('/').next().unwrap());
            if fs::read_dir(&top).is_ok_and(|mut inside| inside.next().is_none()) {
                fs::remove_dir(&top).unwrap();
            }
        }
    }
    repo.commit(
        "clients",
        &[("CLAUDE.md", "x\n"), (".gemini/settings.json", "{\n  // why\n  \"a\": 1\n}\n")],
    );
    let before = shape(&repo.top);
    // in a linked worktree those of the main checkout count too
    let side = repo.worktree("side");
    side.git(&["rm", "-q", "CLAUDE.md"]);
    let said = side.tw(&["hooks", "install", "--all", "--mcp"]).exits(0);
    said.says("Created .claude/settings.json with the track-work hooks.")
        .says("Created .mcp.json with the track-work MCP server.")
        .says("Added the track-work hooks to .gemini/settings.json.")
        .says("Added the track-work MCP server to .gemini/settings.json.")
        .says("Commit it")
        .says_not("codex");
    side.tw(&["hooks", "status"]).exits(0).says("gemini installed").says("opencode absent");
    side.tw(&["hooks", "uninstall", "--all", "--mcp"]).exits(0);
    side.git(&["reset", "-q", "--hard"]);
    assert_eq!(side.git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(shape(&repo.top), before);
}

/// Nothing is written for one client if it cannot be written for another one.
#[test]
fn a_file_that_cannot_be_written_into_is_told_and_nothing_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let toml = "mcp_servers = { x = { command = \"y\" } }\n";
    for agent in Agent::ALL {
        for file in files(agent, &repo) {
            let broken = if file.ends_with(".toml") { toml } else { "{\n  \"a\": \n" };
            let folder = repo.path(file).parent().unwrap().to_path_buf();
            let install = |complaint: &str| {
                let before = shape(&repo.top);
                let args = ["hooks", "install", "--mcp", "--agent", "claude", "--agent", agent.name()];
                repo.tw(&args).fails().complains(file).complains(complaint);
                assert_eq!(shape(&repo.top), before, "{file}: {complaint}");
            };
            repo.write(file, broken);
            install("the file was not changed");
            fs::remove_file(repo.path(file)).unwrap();
            // larger than any file of settings
            put(&repo.path(file), b"", 0o644);
            fs::File::options().write(true).open(repo.path(file)).unwrap().set_len(101 << 20).unwrap();
            install("are not read");
            fs::remove_file(repo.path(file)).unwrap();
            fs::create_dir(repo.path(file)).unwrap();
            install("");
            fs::remove_dir(repo.path(file)).unwrap();
            repo.link(file, "nowhere");
            install("");
            fs::remove_file(repo.path(file)).unwrap();
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
            let mut folder = folder;
            while folder != repo.top && fs::remove_dir(&folder).is_ok() {
                folder.pop();
            }
        }
    }
    // comments are read by Gemini CLI, trailing commas are not
    repo.write(".gemini/settings.json", "{\n  \"a\": 1, // why\n}\n");
    let said = repo.tw(&["hooks", "install", "--agent", "gemini"]).fails();
    said.complains("so Gemini CLI ignores the whole file");
    repo.tw(&["hooks", "status"]).exits(0).says("gemini broken");
    repo.write(".gemini/settings.json", "{\n  \"hooksConfig\": {\"enabled\": false}\n}\n");
    let off = "hooksConfig.enabled in .gemini/settings.json keeps Gemini CLI from running any hook";
    repo.tw(&["hooks", "install", "--agent", "gemini"]).exits(0).says(off);
    repo.write(".github/copilot/settings.json", "{\"disableAllHooks\": true}");
    let said = repo.tw(&["hooks", "install", "--agent", "copilot"]).exits(0);
    said.says("disableAllHooks in .github/copilot/settings.json keeps Copilot from running any hook");
    repo.tw(&["doctor"]).says(off).says("keeps Copilot from");
    repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    repo.tw(&["hooks", "install", "--agent", "copilot"]).exits(0).says("are told twice");
    // a plugin of somebody else, or an edited one, is not ours to replace or to remove
    repo.tw(&["hooks", "install", "--agent", "opencode", "--stop"]).exits(0).says("--stop changes nothing");
    let plugin = repo.path(Agent::OpenCode.file());
    let edited = fs::read_to_string(&plugin).unwrap() + "// mine\n";
    fs::write(&plugin, &edited).unwrap();
    for command in ["install", "uninstall"] {
        let said = repo.tw(&["hooks", command, "--agent", "opencode"]).fails();
        said.complains("it is not the plugin that this version of track-work writes");
        assert_eq!(fs::read_to_string(&plugin).unwrap(), edited);
    }
    repo.tw(&["hooks", "status"]).exits(0).says("opencode broken");
}

#[test]
fn a_table_goes_into_toml_and_comes_out_to_the_byte() {
    let there_and_back = |text: &str| {
        let with = with_server(Some(text), ServerForm::Codex).unwrap().expect("something to add");
        assert_eq!(with_server(Some(&with), ServerForm::Codex).unwrap(), None, "twice is once:\n{with}");
        let without = without_server(&with, ServerForm::Codex).unwrap();
        assert_eq!(without, Uninstalled::Text(text.to_string()), "{text:?}\n--- with\n{with:?}");
        assert_eq!(without_server(text, ServerForm::Codex).unwrap(), Uninstalled::Same);
        // what is added behind it stays
        let more = format!("{with}{}[z]\nq = 1\n", if with.ends_with('\n') { "" } else { "\n" });
        let Uninstalled::Text(left) = without_server(&more, ServerForm::Codex).unwrap() else {
            panic!("{more}")
        };
        assert!(
            left.starts_with(text) && left.ends_with("[z]\nq = 1\n") && !left.contains("\"track-work\""),
            "{left}"
        );
    };
    let line = prop::sample::select(vec![
        "",
        "model = \"x\"",
        "[a]",
        "[mcp_servers.other]",
        "command = \"y\"",
        "# [mcp_servers.track-work] was here",
        "[[b]]",
        "list = [\n  1,\n]",
        "\"mcp_servers\" = 1",
        "   ",
    ]);
    let text = (prop::collection::vec(line, 0..6), any::<bool>(), any::<bool>());
    let text = text.prop_map(|(lines, windows, ends)| {
        let end = if windows { "\r\n" } else { "\n" };
        lines.join("\n").replace('\n', end) + if ends { end } else { "" }
    });
    let mut runner = TestRunner::new(Config { cases: 1000, ..Config::default() });
    let checked = |text: String| {
        there_and_back(&text);
        Ok(())
    };
    runner.run(&text, checked).unwrap();
    for there in ["[mcp_servers.track-work]\n", "[ mcp_servers . \"track-work\" ] # x\n"] {
        assert_eq!(with_server(Some(there), ServerForm::Codex).unwrap(), None);
        assert!(without_server(there, ServerForm::Codex).is_err(), "it is not as we write it");
    }
    for other in ["mcp_servers = {}\n", "mcp_servers.x.command = \"y\"\n"] {
        assert!(with_server(Some(other), ServerForm::Codex).is_err());
    }
    let edited = with_server(None, ServerForm::Codex).unwrap().unwrap() + "env = {}\n";
    assert!(without_server(&edited, ServerForm::Codex).is_err(), "a line would end up in another table");
    // another program of the same name stays
    let theirs = "{\"mcpServers\": {\"track-work\": {\"command\": \"/opt/other\"}}}";
    assert_eq!(with_server(Some(theirs), ServerForm::McpServers).unwrap(), None);
    assert_eq!(without_server(theirs, ServerForm::McpServers).unwrap(), Uninstalled::Same);
}

/// What OpenCode 1 and 2 do with the plugin, played by a script where there is a JavaScript to run it.
const HOST: &str = r#"
import plugin from "./.opencode/plugins/track-work.mjs"
const [, , generation, top] = process.argv
const call = { tool: "edit", sessionID: "s" + generation, callID: "c" }
const args = { filePath: `${top}/src/a.txt`, oldString: "line 30\n", newString: "x\n" }
let before, after
if (generation === "1") {
  const hooks = await plugin.server({ directory: top })
  before = () => hooks["tool.execute.before"](call, { args })
  after = async () => {
    const result = { title: "", output: "done", metadata: {} }
    await hooks["tool.execute.after"]({ ...call, args }, result)
    return result.output
  }
} else {
  const hooks = {}
  const session = { get: async () => ({ location: { directory: top } }) }
  await plugin.setup({ session, tool: { hook: async (name, run) => { hooks[name] = run } } })
  before = () => hooks["execute.before"]({ ...call, input: args })
  after = async () => {
    const event = { ...call, input: args, status: "completed", result: { content: [{ type: "text", text: "done" }] } }
    await hooks["execute.after"](event)
    return event.result.content.map((part) => part.text).join("\n")
  }
}
const denied = await before().then(() => "", (error) => error.message)
const again = await before().then(() => "", (error) => error.message)
console.log(JSON.stringify({ id: plugin.id, denied, again, after: await after() }))
"#;

#[test]
fn the_plugin_of_opencode_asks_the_program_and_does_nothing_without_it() {
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
        return;
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("src/a.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    one.commit("one", &[("src/a.txt", &lines(&[(30, "thirty of one")]))]);
    two.tw(&["hooks", "install", "--agent", "opencode"]).exits(0);
    // a name that node takes for a module, as OpenCode takes every plugin
    fs::copy(two.path(Agent::OpenCode.file()), two.path(".opencode/plugins/track-work.mjs")).unwrap();
    two.write("host.mjs", HOST);
    let bin = sandbox.path("bin");
    fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    let run = |generation: &str| -> Value {
        let mut node = scrubbed(&sandbox.path("home"), &two.top, Command::new("node"));
        node.args(["host.mjs", generation, two.top.to_str().unwrap()]);
        node.env("PATH", format!("{}:{path}", bin.display())).env("TRACK_WORK_HOOK", "block");
        let output = node.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for generation in ["1", "2"] {
        let said = run(generation);
        assert_eq!(said, json!({"id": "track-work", "denied": "", "again": "", "after": "done"}));
    }
    std::os::unix::fs::symlink(&*PROGRAM, bin.join("track-work")).unwrap();
    for generation in ["1", "2"] {
        let said = run(generation);
        assert!(said["denied"].as_str().unwrap().contains("30 | thirty of one"), "{said}");
        assert_eq!(said["again"], "", "stopped once");
        let after = said["after"].as_str().unwrap();
        assert!(after.starts_with("done\n") && after.contains("terminal-1 changed line 30"), "{said}");
    }
}
