//! The README is true: every `console` block is run, in order, and shows what it shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Sandbox;

/// A command with what the README shows below it.
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// The commands of all `console` blocks. A command goes on in the next line after a `\`.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    let mut goes_on = false;
    for (number, line) in readme.lines().enumerate() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) if goes_on => {
                let step = steps.last_mut().unwrap();
                step.command.push_str(&format!("\n{line}"));
                goes_on = line.ends_with('\\');
            }
            (true, line) if line.starts_with("$ ") => {
                goes_on = line.ends_with('\\');
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

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let sandbox = Sandbox::new();
    let shop = sandbox.repo(
        "shop",
        &[
            ("src/shared/types.ts", "export interface Session {\n  user: string;\n}\n"),
            ("package.json", "{}\n"),
        ],
    );
    let program = Path::new(env!("CARGO_BIN_EXE_track-work")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let steps = steps(&readme);
    assert!(steps.len() > 10, "the README's commands were not found");
    for step in steps {
        let output = Command::new("bash")
            .env_clear()
            .env("PATH", &path)
            .env("HOME", sandbox.path("home"))
            .env("LANG", "C.UTF-8")
            .env("TRACK_WORK_NOW", "2025-11-15T10:00:00Z")
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
            .current_dir(&shop.top)
            .args(["-c", &format!("{} 2>&1", step.command)])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        let shown: Vec<String> = step.shown.iter().map(|line| line.trim_end().to_string()).collect();
        assert!(
            agrees(&shown, &lines),
            "README.md, line {}: {}\n--- shown\n{}\n--- said\n{said}",
            step.line,
            step.command,
            shown.join("\n")
        );
    }
}
