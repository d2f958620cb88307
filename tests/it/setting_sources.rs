//! Settings from every source that git has count as they do for `git merge` in a copy of the repository.
//! `TRACK_WORK_CASES=300` tries more, `TRACK_WORK_SEED=17` one of them again.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::cli::program::{findings, lines, said, scrubbed};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// Where a setting is written, and the variables that go with it.
const SOURCES: [&str; 12] = [
    "local",
    "worktree",
    "global",
    "home",
    "xdg",
    "count",
    "parameters",
    "include",
    "gitdir",
    "onbranch",
    "hasconfig",
    "global includeIf",
];

type Variables = Vec<(String, String)>;

/// main and a branch, whose files f conflict or not; g is binary, h is renamed by one side.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("repo", &[("f", &lines(&[])), ("g", &lines(&[])), ("h", &lines(&[]))]);
    repo.git(&["checkout", "-q", "-b", "b"]);
    repo.commit("b", &[("f", &lines(&[(5, "b")])), ("g", &lines(&[(20, "b")]))]);
    repo.git(&["mv", "h", "i"]);
    repo.commit("renamed", &[]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("f", &lines(&[(20, "m")])), ("h", &lines(&[(3, "m")]))]);
    repo.git(&["remote", "add", "origin", "https://example.org/team/shop"]);
    repo
}

fn set(repo: &Repo<'_>, source: &str, key: &str, value: &str) -> Variables {
    let sandbox = repo.sandbox;
    let (section, name) = key.rsplit_once('.').unwrap();
    let section = match section.split_once('.') {
        Some((one, two)) => format!("{one} \"{two}\""),
        None => section.to_string(),
    };
    let text = format!("[{section}]\n\t{name} = \"{value}\"\n");
    let other = sandbox.path("other-config");
    let include = |condition: &str| {
        fs::write(&other, &text).unwrap();
        format!("[{condition}]\n\tpath = {}\n", other.display())
    };
    let local = |text: &str| {
        let config = repo.path(".git/config");
        fs::write(&config, fs::read_to_string(&config).unwrap() + text).unwrap();
        Vec::new()
    };
    let one = |name: &str, value: &str| vec![(name.to_string(), value.to_string())];
    let no_global = || vec![("GIT_CONFIG_GLOBAL".to_string(), String::new())];
    match source {
        "local" => local(&text),
        "worktree" => {
            repo.git(&["config", "extensions.worktreeConfig", "true"]);
            repo.git(&["config", "--worktree", key, value]);
            Vec::new()
        }
        "global" => {
            fs::write(&other, &text).unwrap();
            one("GIT_CONFIG_GLOBAL", other.to_str().unwrap())
        }
        "global includeIf" => {
            let file = sandbox.path("global-config");
            let top = repo.top.display();
            fs::write(&file, include(&format!("includeIf \"gitdir:{top}/\""))).unwrap();
            one("GIT_CONFIG_GLOBAL", file.to_str().unwrap())
        }
        "home" => {
            fs::write(sandbox.path("home/.gitconfig"), &text).unwrap();
            no_global()
        }
        "xdg" => {
            fs::create_dir_all(sandbox.path("xdg/git")).unwrap();
            fs::write(sandbox.path("xdg/git/config"), &text).unwrap();
            [no_global(), one("XDG_CONFIG_HOME", sandbox.path("xdg").to_str().unwrap())].concat()
        }
        "count" => {
            [one("GIT_CONFIG_COUNT", "1"), one("GIT_CONFIG_KEY_0", key), one("GIT_CONFIG_VALUE_0", value)]
                .concat()
        }
        "parameters" => one("GIT_CONFIG_PARAMETERS", &format!("'{key}'='{value}'")),
        "include" => local(&include("include")),
        "gitdir" => local(&include("includeIf \"gitdir/i:**/REPO/.git\"")),
        "onbranch" => local(&include("includeIf \"onbranch:ma*\"")),
        "hasconfig" => local(&include("includeIf \"hasconfig:remote.*.url:https://example.org/**\"")),
        other => unreachable!("{other}"),
    }
}

/// A command with these variables; those that are empty are removed.
fn with<'c>(command: &'c mut Command, variables: &Variables) -> &'c mut Command {
    for (name, value) in variables {
        match value.is_empty() {
            true => command.env_remove(name),
            false => command.env(name, value),
        };
    }
    command
}

/// Whether git merges the branch into main, in a copy; `None` where it refuses to begin.
fn merged(repo: &Repo<'_>, variables: &Variables) -> Option<bool> {
    let copy = repo.sandbox.path("kept");
    let copied = Command::new("cp").args(["-a", repo.top.to_str().unwrap(), copy.to_str().unwrap()]).status();
    assert!(copied.unwrap().success());
    let mut command = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("git"));
    command.args(["merge", "--no-edit", "-q", "b"]);
    let output = with(&mut command, variables).output().unwrap();
    let begun = repo.try_git(&["ls-files", "--unmerged"]).stdout;
    let status = output.status.code();
    fs::remove_dir_all(&repo.top).unwrap();
    fs::rename(&copy, &repo.top).unwrap();
    match (status, begun.is_empty()) {
        (Some(0), _) => Some(true),
        (_, false) => Some(false),
        (_, true) => None,
    }
}

#[track_caller]
fn agree(repo: &Repo<'_>, variables: &Variables, what: &str) -> Option<bool> {
    let truth = merged(repo, variables);
    let mut command = repo.program(&["compare", "main", "b", "--no-cache", "--format", "json"]);
    let said = said(with(&mut command, variables));
    let answer: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
    match truth {
        Some(clean) => assert_eq!(answer["clean"], clean, "{what}: {said}"),
        None => assert!(answer["clean"].is_null(), "{what}: {said}"),
    }
    truth
}

#[test]
fn a_driver_that_is_set_anywhere_counts() {
    for source in SOURCES {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let variables = set(&repo, source, "merge.default", "binary");
        assert_eq!(agree(&repo, &variables, source), Some(false));
    }
}

#[test]
fn options_of_the_branch_and_strategies_are_followed_or_unknown() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.commit("against b", &[("f", &lines(&[(5, "main")]))]);
    assert_eq!(agree(&repo, &Vec::new(), "nothing"), Some(false));
    let set = |name: &str, value: &str| _ = repo.git(&["config", name, value]);
    for (value, clean) in [
        ("-X ours", true),
        ("-Xtheirs --no-ff", true),
        ("--strategy-option=theirs -s ort", true),
        ("-s recursive", false),
        ("-q --stat", false),
    ] {
        set("branch.main.mergeOptions", value);
        assert_eq!(agree(&repo, &Vec::new(), value), Some(clean));
        let status = repo.status();
        assert_eq!(findings(&status, "merge_conflict").is_empty(), clean, "{value}: {status:#}");
    }
    for value in ["-s ours", "-X ignore-space-change", "-X patience", "--ff-only", "-X subtree=x", "-s 'ort'"]
    {
        set("branch.main.mergeOptions", value);
        let answer = repo.tw(&["compare", "main", "b", "--format", "json"]).json();
        assert!(answer["clean"].is_null(), "{value}: {answer:#}");
        assert!(answer.to_string().contains("is not followed"), "{value}: {answer:#}");
    }
    repo.git(&["config", "--unset", "branch.main.mergeOptions"]);
    for (name, value) in [("pull.twohead", "ours"), ("merge.ff", "only"), ("merge.verifySignatures", "true")]
    {
        set(name, value);
        if name != "pull.twohead" {
            assert_eq!(agree(&repo, &Vec::new(), name), None);
        }
        let answer = repo.tw(&["compare", "main", "b", "--format", "json"]).json();
        assert!(answer["clean"].is_null(), "{name}: {answer:#}");
        repo.git(&["config", "--unset", name]);
    }
    set("pull.twohead", "recursive");
    assert_eq!(agree(&repo, &Vec::new(), "recursive"), Some(false));
}

#[test]
fn settings_that_change_between_two_questions_count() {
    use std::io::{BufRead, BufReader, Write};
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut command = repo.program(&["compare", "--stdin"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(answers).lines();
    let mut ask = || {
        questions.write_all(b"main b\n").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        answer["clean"].clone()
    };
    assert_eq!(ask(), true);
    repo.git(&["config", "merge.default", "binary"]);
    assert_eq!(ask(), false);
    repo.git(&["config", "--unset", "merge.default"]);
    assert_eq!(ask(), true);
    repo.write(".gitattributes", "f -merge\n");
    assert_eq!(ask(), false);
    fs::remove_file(repo.path(".gitattributes")).unwrap();
    assert_eq!(ask(), true);
    repo.git(&["replace", "b", "main"]);
    assert_eq!(ask(), true);
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn random_settings_from_random_sources_count_as_for_git() {
    const SETTINGS: [(&str, &[&str]); 7] = [
        ("merge.default", &["binary", "text", "union"]),
        ("merge.conflictStyle", &["diff3", "zdiff3"]),
        ("merge.renameLimit", &["1", "0", "100"]),
        ("merge.directoryRenames", &["true", "false", "conflict"]),
        ("branch.main.mergeoptions", &["-X ours", "--no-ff", "-X theirs", "-s recursive"]),
        ("pull.twohead", &["ort", "recursive"]),
        ("merge.renormalize", &["true", "false"]),
    ];
    for seed in seeds(5) {
        println!("TRACK_WORK_SEED={seed}");
        let mut dice = Dice::new(seed);
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        if dice.chance(50) {
            repo.commit("against b", &[("f", &lines(&[(5, "main")]))]);
        }
        let mut variables = Variables::new();
        for _ in 0..1 + dice.below(2) {
            let (key, values) = *dice.pick(&SETTINGS);
            let source = *dice.pick(&SOURCES);
            if source.starts_with("global") && variables.iter().any(|(name, _)| name == "GIT_CONFIG_GLOBAL") {
                continue;
            }
            let value = *dice.pick(values);
            println!("{source}: {key} = {value}");
            variables.extend(set(&repo, source, key, value));
        }
        agree(&repo, &variables, &format!("TRACK_WORK_SEED={seed}"));
    }
}
