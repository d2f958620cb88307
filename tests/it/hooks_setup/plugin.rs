//! The plugin of Claude Code and its skill hold what the program itself installs and offers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Sandbox;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn json_of(name: &str) -> Value {
    serde_json::from_slice(&fs::read(path(name)).unwrap()).unwrap()
}

#[test]
fn the_marketplace_leads_to_the_plugin_of_this_version() {
    let listed = json_of(".claude-plugin/marketplace.json");
    let [plugin] = &listed["plugins"].as_array().unwrap()[..] else { panic!("{listed}") };
    let folder = plugin["source"].as_str().unwrap().strip_prefix("./").unwrap();
    let itself = json_of(&format!("{folder}/.claude-plugin/plugin.json"));
    assert_eq!(itself["name"], plugin["name"]);
    assert_eq!(itself["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_hooks_of_the_plugin_are_those_that_are_installed() {
    let [plugin, installed] = ["plugin/hooks/hooks.json", "hooks/claude-settings.json"].map(path);
    assert_eq!(fs::read_to_string(plugin).unwrap(), fs::read_to_string(installed).unwrap());
}

#[test]
fn the_server_of_the_plugin_waits_for_a_client() {
    let server = &json_of("plugin/.mcp.json")["mcpServers"]["track-work"];
    assert_eq!(*server, json!({ "command": "track-work", "args": ["mcp"] }));
    let args: Vec<&str> =
        server["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let output = repo.program(&args).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.stdout.is_empty() && said.contains("no MCP client"), "{output:?}");
}

/// What clients that load skills demand.
#[test]
fn the_skill_says_what_it_is_for() {
    let skill = fs::read_to_string(path("plugin/skills/track-work/SKILL.md")).unwrap();
    let about = skill.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap().0;
    let field = |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    assert_eq!(field("name: "), "track-work", "the name of its folder");
    let description = field("description: ");
    assert!((50..=1024).contains(&description.len()) && !description.contains([':', '<', '>', '#']));
}
