//! The README, the pages of `help TOPIC` and the skill are true: every `console` block is run, in order, in one
//! shell session, and must print what is shown. A `text` block shows the output of a command that a
//! `console` block runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use track_work::cli::TOPICS;

use crate::support::Sandbox;

/// A command with what the README shows below it.
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// The commands of all blocks of a kind. A command continues in the next line after a `\`.
fn steps(text: &str, kind: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    let mut continued = false;
    for (number, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, line) if line.strip_prefix("```") == Some(kind) => inside = true,
            (true, "```") => inside = false,
            (true, line) if continued => {
                let step = steps.last_mut().unwrap();
                step.command.push_str(&format!("\n{line}"));
                continued = line.ends_with('\\');
            }
            (true, line) if line.starts_with("$ ") => {
                continued = line.ends_with('\\');
                steps.push(Step { line: number + 1, command: line[2..].to_string(), shown: Vec::new() });
            }
            (true, line) => steps.last_mut().expect("output before a command").shown.push(line.to_string()),
            (false, _) => {}
        }
    }
    steps
}

/// Whether a line is as shown; `[..]` stands for anything.
fn fits(shown: &str, line: &str) -> bool {
    let parts: Vec<&str> = shown.split("[..]").collect();
    let [first, middle @ .., last] = &parts[..] else { return shown == line };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The output as the README shows it: `...` stands for any lines.
fn agrees(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skip| agrees(rest, &lines[skip..])),
        Some((first, rest)) => {
            lines.first().is_some_and(|line| fits(first, line)) && agrees(rest, &lines[1..])
        }
    }
}

/// Runs the commands of a document in a new sandbox and compares what they print.
fn run(name: &str, text: &str) {
    let sandbox = Sandbox::new();
    let program = Path::new(env!("CARGO_BIN_EXE_track-work")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let pictures = steps(text, "text");
    let mut unchecked: Vec<&str> = pictures.iter().map(|picture| picture.command.as_str()).collect();
    let mut folder = match name {
        "README.md" => sandbox.path(""),
        _ => sandbox.repo("shop", &[("package.json", "{}\n")]).top,
    };
    for step in steps(text, "console") {
        let output = Command::new("bash")
            .env_clear()
            .env("PATH", &path)
            .env("HOME", sandbox.path("home"))
            .env("LANG", "C.UTF-8")
            .env("TRACK_WORK_NOW", "2025-11-15T10:00:00Z")
            .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|name| (name, "2025-11-15T09:48:00Z")))
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
            .current_dir(&folder)
            .args(["-c", &format!("{{ {}\n}} 2>&1\npwd", step.command)])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<&str> = said.lines().collect();
        folder = lines.pop().unwrap().into();
        let pictures = pictures.iter().filter(|picture| picture.command == step.command);
        unchecked.retain(|command| *command != step.command);
        for step in std::iter::once(&step).chain(pictures) {
            let shown: Vec<String> = step.shown.iter().map(|line| line.trim_end().to_string()).collect();
            assert!(
                agrees(&shown, &lines),
                "{name}, line {}: {}\n--- shown\n{}\n--- said\n{said}",
                step.line,
                step.command,
                shown.join("\n")
            );
        }
    }
    assert!(unchecked.is_empty(), "{name}: no console block runs {unchecked:?}");
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let readme = readme();
    assert!(steps(&readme, "console").len() > 10, "the README's commands were not found");
    run("README.md", &readme);
}

#[test]
fn every_command_of_the_help_topics_does_what_it_shows() {
    for topic in &TOPICS {
        run(topic.name, topic.text);
    }
}

#[test]
fn every_command_of_the_skill_does_what_it_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin/skills/track-work/SKILL.md");
    let skill = fs::read_to_string(path).unwrap();
    assert!(steps(&skill, "console").len() > 4, "the skill's commands were not found");
    run("SKILL.md", &skill);
}

#[test]
fn the_readme_lists_every_help_topic() {
    let readme = readme();
    let topics = TOPICS.map(|topic| format!("| [{0}](src/cli/topics/{0}.md) |", topic.name));
    let listed: Vec<&str> = readme
        .lines()
        .filter(|line| line.contains("(src/cli/topics/") && line.starts_with("| ["))
        .map(|line| &line[..line.find(") |").unwrap() + 3])
        .collect();
    assert_eq!(listed, topics);
}

/// The keys that a source file of the JSON output writes: `"key": value` and `"key"?: value`.
fn json_keys(code: &str) -> BTreeSet<&str> {
    let parts: Vec<&str> = code.split('"').collect();
    let is_key = |after: &str| after.trim_start_matches('?').starts_with(": ");
    parts.windows(2).filter(|part| is_key(part[1])).map(|part| part[0]).collect()
}

#[test]
fn the_json_topic_describes_every_key() {
    let page = TOPICS.iter().find(|topic| topic.name == "json").unwrap().text;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("render/src/render/json");
    let files = fs::read_dir(folder).unwrap();
    let codes: Vec<String> = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let keys: BTreeSet<&str> = codes.iter().flat_map(|code| json_keys(code)).collect();
    assert!(keys.len() > 100, "the keys were not found");
    let is_described =
        |key: &&str| [format!("`{key}`"), format!("`{key}[]`")].iter().any(|name| page.contains(name));
    let missing: Vec<&str> = keys.into_iter().filter(|key| !is_described(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
