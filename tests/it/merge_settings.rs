//! Settings, attributes and submodules that change what a merge comes to: the program and the
//! library say what git says in the same repository.

use std::fs;

use serde_json::Value;
use track_work::git::Repository;
use track_work::merge::{Driver, Options, merge_commits};

use crate::cli::program::{findings, messages, pair, pairs, said, text};
use crate::support::{Repo, Sandbox};

/// What a merge comes to: whether it is clean, its unmerged paths, and its tree if it is clean.
type Answer = (bool, Vec<String>, Option<String>);

fn git_says(repo: &Repo<'_>, ours: &str, theirs: &str) -> Answer {
    let output = repo.try_git(&["merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs]);
    let clean = output.status.code() == Some(0);
    assert!(clean || output.status.code() == Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines().map(str::to_string);
    let tree = lines.next();
    let mut paths: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    paths.sort();
    (clean, paths, tree.filter(|_| clean))
}

/// The answer of `compare`; a verdict that is not known has no place here.
#[track_caller]
fn program_says(repo: &Repo<'_>, ours: &str, theirs: &str) -> Answer {
    let value = compare(repo, ours, theirs);
    let paths = value["conflicts"].as_array().unwrap().iter().map(|path| text(path).to_string()).collect();
    let clean = value["clean"].as_bool().unwrap_or_else(|| panic!("{value:#}"));
    (clean, paths, value["tree"].as_str().map(str::to_string))
}

fn compare(repo: &Repo<'_>, ours: &str, theirs: &str) -> Value {
    repo.tw(&["compare", ours, theirs, "--format", "json"]).json()
}

fn options(repo: &Repo<'_>) -> Options {
    let repository = Repository::discover(&repo.top).unwrap();
    repository.merge_options(false, &repository.merge_site(None))
}

fn library_says(repo: &Repo<'_>, ours: &str, theirs: &str) -> Answer {
    let store = Repository::discover(&repo.top).unwrap().store();
    let id = |name| repo.git(&["rev-parse", name]).parse().unwrap();
    let outcome = merge_commits(&store, &store, id(ours), id(theirs), &options(repo)).unwrap();
    assert!(outcome.undecided.is_empty(), "{outcome:?}");
    let clean = outcome.is_clean();
    let paths = outcome.unmerged.iter().map(|one| one.path.to_string()).collect();
    (clean, paths, clean.then(|| outcome.tree.to_string()))
}

/// git, program and library give one answer, both ways round; whether it was clean.
#[track_caller]
fn agreed(repo: &Repo<'_>, what: &str) -> bool {
    let mut clean = true;
    for (ours, theirs) in [("a", "b"), ("b", "a")] {
        let said = git_says(repo, ours, theirs);
        assert_eq!(program_says(repo, ours, theirs), said, "the program, {what}, {ours} {theirs}");
        assert_eq!(library_says(repo, ours, theirs), said, "the library, {what}, {ours} {theirs}");
        clean &= said.0;
    }
    clean
}

/// Makes a branch at `main` with these files, and returns to `main`.
fn branch(repo: &Repo<'_>, name: &str, files: &[(&str, &str)]) {
    repo.git(&["checkout", "-q", "-b", name, "main"]);
    repo.commit(name, files);
    repo.git(&["checkout", "-q", "main"]);
}

/// Branches `a` and `b` change the same line of `d/f`.
fn same_line(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("main", &[("d/f", "1\n2\n3\n")]);
    branch(&repo, "a", &[("d/f", "1\na\n3\n")]);
    branch(&repo, "b", &[("d/f", "1\nb\n3\n")]);
    repo
}

fn numbers(from: usize) -> String {
    (from..from + 30).map(|number| format!("{number}\n")).collect()
}

/// `a` renames two files and changes them, `b` changes them where they were.
fn two_renames(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("main", &[("x", &numbers(100)), ("y", &numbers(200))]);
    branch(&repo, "b", &[("x", &(numbers(100) + "b\n")), ("y", &(numbers(200) + "b\n"))]);
    repo.git(&["checkout", "-q", "-b", "a", "main"]);
    repo.git(&["mv", "x", "p"]);
    repo.git(&["mv", "y", "q"]);
    repo.commit("a", &[("p", &format!("a\n{}", numbers(100))), ("q", &format!("a\n{}", numbers(200)))]);
    repo.git(&["checkout", "-q", "main"]);
    repo
}

#[test]
fn renames_are_looked_for_as_the_settings_say() {
    let sandbox = Sandbox::new();
    let repo = two_renames(&sandbox);
    let mut answers = Vec::new();
    let settings: [&[(&str, &str)]; 16] = [
        &[],
        &[("merge.renames", "true")],
        &[("merge.renames", "copies")],
        &[("merge.renames", "false")],
        &[("diff.renames", "false")],
        &[("diff.renames", "copy"), ("merge.renames", "no")],
        &[("diff.renames", "false"), ("merge.renames", "Copies")],
        &[("merge.renameLimit", "1")],
        &[("merge.renameLimit", "1k")],
        &[("merge.renameLimit", "0")],
        &[("merge.renameLimit", "-1")],
        &[("diff.renameLimit", "1")],
        &[("diff.renameLimit", "1"), ("merge.renameLimit", "0")],
        &[("diff.renameLimit", "1"), ("merge.renameLimit", "-1")],
        &[("diff.renameLimit", "1"), ("merge.renameLimit", "2")],
        &[("diff.renameLimit", "9"), ("merge.renameLimit", "1")],
    ];
    for setting in settings {
        for (name, value) in setting {
            repo.git(&["config", name, value]);
        }
        answers.push(agreed(&repo, &format!("{setting:?}")));
        for (name, _) in setting {
            repo.git(&["config", "--unset", name]);
        }
    }
    assert!(answers[0] && !answers[7] && answers[9] && !answers[11] && answers[12] && !answers[15]);
}

#[test]
fn files_follow_a_renamed_folder_as_the_setting_says() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("old/x", &numbers(100)), ("old/y", &numbers(200))]);
    branch(&repo, "b", &[("old/new", "new\n")]);
    repo.git(&["checkout", "-q", "-b", "a", "main"]);
    repo.git(&["mv", "old", "new"]);
    repo.git(&["commit", "-qm", "a"]);
    repo.git(&["checkout", "-q", "main"]);
    assert!(!agreed(&repo, "nothing set"));
    for (value, clean) in [
        ("true", true),
        ("false", true),
        ("conflict", false),
        ("Conflict", false),
        ("on", true),
        ("0", true),
        ("", true),
        ("nobody knows", false),
    ] {
        repo.git(&["config", "merge.directoryRenames", value]);
        assert_eq!(agreed(&repo, value), clean, "{value}");
    }
}

#[test]
fn settings_of_the_main_worktree_alone_and_of_included_files_count() {
    let sandbox = Sandbox::new();
    let repo = two_renames(&sandbox);
    let limit = sandbox.path("limit");
    fs::write(&limit, "[merge]\n\trenameLimit = 1\n").unwrap();
    repo.git(&["config", "include.path", limit.to_str().unwrap()]);
    assert!(!agreed(&repo, "included"));
    repo.git(&["config", "--unset", "include.path"]);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    repo.git(&["config", "--worktree", "merge.renameLimit", "1"]);
    assert!(!agreed(&repo, "of the worktree"));
}

#[test]
fn a_value_at_which_git_ends_is_unknown_and_fails_no_run() {
    let values: [(&str, &str, bool); 20] = [
        ("merge.renames", "nonsense", false),
        ("merge.renames", "Copies", true),
        ("diff.renames", "nonsense", false),
        ("merge.renameLimit", "nonsense", false),
        ("merge.renameLimit", "1k", true),
        ("merge.renameLimit", "", false),
        ("merge.renormalize", "nonsense", false),
        ("merge.renormalize", "", true),
        ("merge.stat", "nonsense", false),
        ("merge.log", "20", true),
        ("merge.log", "nonsense", false),
        ("merge.conflictStyle", "nonsense", false),
        ("merge.directoryRenames", "nonsense", true),
        ("merge.ff", "nonsense", true),
        ("merge.autoStash", "-1", true),
        ("diff.algorithm", "nonsense", false),
        ("diff.algorithm", "Patience", true),
        ("diff.own.binary", "nonsense", false),
        ("core.compression", "nonsense", false),
        ("commit.cleanup", "nonsense", false),
    ];
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    branch(&repo, "c", &[("e", "c\n")]);
    repo.git(&["checkout", "-q", "c"]);
    let start = repo.git(&["rev-parse", "c"]);
    for (name, value, goes_on) in values {
        repo.git(&["config", name, value]);
        let answer = compare(&repo, "c", "a");
        let listed = repo.tw(&["merge-order", "--target", "c", "--only", "a", "--format", "json"]).stdout;
        let merged = repo.try_git(&["merge", "-q", "--no-edit", "a"]);
        assert_eq!(merged.status.code(), Some(if goes_on { 0 } else { 128 }), "{name}={value}: {merged:?}");
        assert_eq!(answer["clean"], if goes_on { Value::Bool(true) } else { Value::Null }, "{name}={value}");
        let what = format!("git merge ends at the setting {}={value}", name.to_lowercase());
        assert_eq!(listed.contains(&what), !goes_on, "{name}={value}: {listed}");
        repo.git(&["config", "--unset", name]);
        repo.git(&["reset", "-q", "--hard", &start]);
    }
}

#[test]
fn conflicts_are_written_as_the_settings_say_and_merged_on_as_content() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbers(1))]);
    let line = |at: usize, with: &str| numbers(1).replacen(&format!("{at}\n"), &format!("{with}\nsame\n"), 1);
    branch(&repo, "a", &[("f", &line(3, "a"))]);
    branch(&repo, "b", &[("f", &line(3, "b"))]);
    for (name, first, second) in [("a2", "a", "b"), ("b2", "b", "a")] {
        repo.git(&["checkout", "-q", "-b", name, first]);
        repo.git(&["merge", "-q", "-s", "ours", "--no-edit", second]);
        repo.commit(name, &[("f", &line(3, name))]);
        repo.git(&["checkout", "-q", "main"]);
    }
    let mut seen = std::collections::BTreeSet::new();
    for style in ["merge", "diff3", "zdiff3"] {
        for rule in ["", "f conflict-marker-size=12", "f conflict-marker-size=-3", "f conflict-marker-size"] {
            repo.git(&["config", "merge.conflictStyle", style]);
            repo.write(".gitattributes", rule);
            let [ours, theirs] = ["a2", "b2"].map(|name| repo.git(&["rev-parse", name]));
            let said = repo.try_git(&["merge-tree", "--write-tree", "--no-messages", &ours, &theirs]);
            assert_eq!(said.status.code(), Some(1));
            let tree = String::from_utf8_lossy(&said.stdout).lines().next().unwrap().to_string();
            let store = Repository::discover(&repo.top).unwrap().store();
            let [ours, theirs] = [ours, theirs].map(|id| id.parse().unwrap());
            let outcome = merge_commits(&store, &store, ours, theirs, &options(&repo)).unwrap();
            assert_eq!(outcome.tree.to_string(), tree, "{style} {rule}");
            seen.insert(tree);
        }
    }
    assert_eq!(seen.len(), 6, "three styles, two sizes");
}

#[test]
fn drivers_are_those_that_attributes_name() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    let kind = || text(&compare(&repo, "a", "b")["paths"][0]["kind"]).to_string();
    for (rule, expected) in [
        ("f merge", Some("content")),
        ("f -merge", Some("binary")),
        ("f !merge", Some("content")),
        ("f merge=text", Some("content")),
        ("f merge=binary", Some("binary")),
        ("f merge=union", None),
        ("f merge=Union", Some("content")),
        ("f merge=nobody", Some("content")),
        ("f merge=", Some("content")),
        ("f binary", Some("binary")),
        ("[attr]both merge=union\n*f both", None),
        ("* merge=union\nd/* -merge", Some("binary")),
        ("/f merge=union", Some("content")),
        ("d/** merge=union", None),
    ] {
        repo.write(".gitattributes", format!("{rule}\n"));
        let clean = agreed(&repo, rule);
        assert_eq!((!clean).then(&kind).as_deref(), expected, "{rule}");
    }
    repo.write(".gitattributes", "f merge=union\n");
    repo.write("d/.gitattributes", "f merge=binary\n");
    assert!(!agreed(&repo, "the nearer file"));
    repo.write(".git/info/attributes", "f merge=union\n");
    assert!(agreed(&repo, "info/attributes"));
}

#[test]
fn the_default_driver_is_for_what_no_attribute_says() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    for (default, rule, clean) in [
        ("union", "", true),
        ("binary", "", false),
        ("text", "", false),
        ("nobody", "", false),
        ("union", "f merge", false),
        ("union", "f -merge", false),
        ("union", "f !merge", true),
        ("binary", "f merge=union", true),
    ] {
        repo.git(&["config", "merge.default", default]);
        repo.write(".gitattributes", rule);
        assert_eq!(agreed(&repo, &format!("{default} {rule}")), clean, "{default} {rule}");
    }
}

#[test]
fn attributes_come_from_where_git_reads_them() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    let union = "d/f merge=union\n";
    let users = sandbox.path("attributes");
    fs::write(&users, union).unwrap();
    repo.git(&["config", "core.attributesFile", users.to_str().unwrap()]);
    assert!(agreed(&repo, "core.attributesFile"));
    repo.git(&["config", "core.attributesFile", "/dev/null"]);
    repo.write(".gitattributes", union);
    assert!(agreed(&repo, "untracked"));
    repo.git(&["add", ".gitattributes"]);
    repo.remove(".gitattributes");
    assert!(!agreed(&repo, "staged, not in the worktree"));
    repo.git(&["commit", "-qm", "attributes"]);
    assert!(!agreed(&repo, "committed, not in the worktree"));
    repo.git(&["config", "attr.tree", "HEAD"]);
    assert!(agreed(&repo, "attr.tree"));
    repo.git(&["checkout", "-q", "."]);
    repo.git(&["config", "attr.tree", "a"]);
    assert!(!agreed(&repo, "attr.tree without attributes, in place of the worktree"));
    repo.git(&["config", "attr.tree", "nowhere"]);
    assert!(agreed(&repo, "attr.tree that leads nowhere"));
    repo.git(&["config", "--unset", "attr.tree"]);
    repo.remove(".gitattributes");
    let linked = repo.worktree("linked");
    linked.write(".gitattributes", union);
    let conflict = git_says(&repo, "a", "b");
    assert_eq!(program_says(&linked, "a", "b"), conflict, "the main worktree's count");
    assert!(!conflict.0);
}

/// Git ends at a variable that leads nowhere, and no merge is predicted then.
#[test]
fn attributes_come_from_the_tree_that_the_variable_names() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    branch(&repo, "c", &[(".gitattributes", "d/f merge=union\n")]);
    let tree = repo.git(&["rev-parse", "c^{tree}"]);
    let cases = [
        ("", "c", Some(true)),
        ("", &tree, Some(true)),
        ("", "c:.gitattributes", Some(false)),
        ("c", "a", Some(false)),
        ("nowhere", "c", Some(true)),
        ("c", "nowhere", None),
        ("c", "", None),
    ];
    for (setting, source, expected) in cases {
        repo.git(&["config", "attr.tree", setting]);
        let mut git = sandbox.command(&repo.top);
        git.args(["merge-tree", "--write-tree", "a", "b"]).env("GIT_ATTR_SOURCE", source);
        let merged = match git.output().unwrap().status.code() {
            Some(0) => Some(true),
            Some(1) => Some(false),
            _ => None,
        };
        assert_eq!(merged, expected, "git with {setting:?} and {source:?}");
        let asked = |args: &[&str]| {
            let mut command = repo.program(&[args, &["--format", "json"]].concat());
            said(command.env("GIT_ATTR_SOURCE", source)).json()
        };
        let compared = asked(&["compare", "a", "b"]);
        assert_eq!(compared["clean"].as_bool(), expected, "{setting:?}, {source:?}: {compared:#}");
        let status = asked(&["status"]);
        let verdict = pair(&status, "a", "b")["verdict"].clone();
        let order = asked(&["merge-order", "--only", "a", "b"]);
        let last = order["steps"].as_array().and_then(|steps| steps.last()).map(|step| &step["prediction"]);
        let (told, step) = match expected {
            Some(true) => ("overlap", Some("clean")),
            Some(false) => ("conflict", Some("conflict")),
            None => ("unknown", None),
        };
        assert_eq!(verdict, told, "{setting:?}, {source:?}: {status:#}");
        assert_eq!(last.map(text), step, "{setting:?}, {source:?}: {order:#}");
        if expected.is_none() {
            let why = "GIT_ATTR_SOURCE names nothing";
            assert!(messages(&status).contains(why), "{status:#}");
            assert!(text(&order["left_out"][0]["reason"]).contains(why), "{order:#}");
        }
    }
}

#[test]
fn in_a_bare_repository_attributes_of_trees_count_where_a_worktree_is_made_for_the_merge() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    branch(&repo, "c", &[("d/f", "1\nc\n3\n"), (".gitattributes", "d/f merge=union\n")]);
    let bare = sandbox.init_with("bare.git", &["--bare"]);
    bare.git(&["fetch", "-q", repo.top.to_str().unwrap(), "+refs/heads/*:refs/heads/*"]);
    for (ours, clean) in [("c", true), ("a", false)] {
        bare.git(&["worktree", "add", "-q", &format!("../{ours}"), ours]);
        let checkout = Repo { sandbox: &sandbox, top: sandbox.path(ours) };
        assert_eq!(checkout.try_git(&["merge", "-q", "--no-edit", "b"]).status.success(), clean);
        bare.git(&["worktree", "remove", "--force", checkout.top.to_str().unwrap()]);
        bare.git(&["update-ref", &format!("refs/heads/{ours}"), &repo.git(&["rev-parse", ours])]);
        let order = bare.tw(&["merge-order", "--target", ours, "--only", "b", "--format", "json"]);
        let step = &order.json()["steps"][0];
        assert_eq!(step["prediction"], if clean { "clean" } else { "conflict" }, "{ours}: {step:#}");
        // nothing is checked out for these: git merge-tree reads no attributes of trees
        assert!(!agreed(&bare, ours));
        assert!(!git_says(&bare, ours, "b").0 && !program_says(&bare, ours, "b").0, "{ours}");
    }
    bare.git(&["config", "attr.tree", "c"]);
    assert!(agreed(&bare, "attr.tree"));
    bare.git(&["config", "--unset", "attr.tree"]);
    bare.write("info/attributes", "d/f merge=union\n");
    assert!(agreed(&bare, "info/attributes"));
}

#[test]
fn a_path_with_a_custom_driver_is_undecided_and_the_driver_is_not_run() {
    let sandbox = Sandbox::new();
    let repo = same_line(&sandbox);
    let trace = sandbox.path("it-ran");
    repo.git(&["config", "merge.own.driver", &format!("touch {}", trace.display())]);
    let undecided = || {
        let value = compare(&repo, "a", "b");
        assert!(value["clean"].is_null() && value["tree"].is_null(), "{value:#}");
        text(&value["reason"]).to_string()
    };
    repo.write(".gitattributes", "f merge=own\n");
    assert_eq!(undecided(), "d/f: custom merge driver own is not run without --run-merge-drivers");
    assert_eq!(
        (options(&repo).attributes.drivers.unwrap())(&"d/f".into()),
        Driver::Custom { name: "own".to_string(), in_bases: None }
    );
    repo.write(".gitattributes", "f merge=Own\n");
    assert!(!agreed(&repo, "names are as they are written"));
    repo.remove(".gitattributes");
    repo.git(&["config", "merge.default", "own"]);
    assert_eq!(undecided(), "d/f: custom merge driver own is not run without --run-merge-drivers");
    repo.git(&["config", "--unset", "merge.default"]);
    repo.git(&["config", "merge.union.driver", "true"]);
    repo.write(".gitattributes", "f merge=union\n");
    assert_eq!(undecided(), "d/f: custom merge driver union is not run without --run-merge-drivers");
    repo.git(&["config", "merge.half.name", "without a command"]);
    repo.write(".gitattributes", "f merge=half\n");
    assert_eq!(undecided(), "d/f: merge driver half has no command, so git merge fails");
    assert!(!trace.exists());
    repo.write(".gitattributes", "other merge=own\n");
    assert!(!agreed(&repo, "a driver of other files"));
}

#[test]
fn an_attributes_file_that_is_a_link_says_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("d/f", "1\n"), ("g", "1\n")]);
    branch(&repo, "a", &[("d/f", "a\n")]);
    branch(&repo, "b", &[("d/f", "b\n")]);
    repo.write("rules", "f merge=union\n");
    repo.link("d/.gitattributes", "../rules");
    assert!(!agreed(&repo, "a link"));
    repo.remove("d/.gitattributes");
    repo.write("d/.gitattributes", "f merge=union\n");
    assert!(agreed(&repo, "a file"));
}

#[test]
fn status_says_unknown_for_a_pair_with_a_custom_driver_and_the_rest_goes_on() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "1\n2\n3\n"), ("g", "1\n2\n3\n")]);
    repo.write(".git/info/attributes", "f merge=own\n");
    repo.git(&["config", "merge.own.driver", "false"]);
    for (name, f, g) in [("one", "1\none\n3\n", "1\none\n3\n"), ("two", "1\ntwo\n3\n", "1\n2\n3\n")] {
        repo.worktree(name).commit("work", &[("f", f), ("g", g)]);
    }
    repo.worktree("zed").commit("work", &[("g", "1\nzed\n3\n")]);
    let status = repo.status();
    let said = pairs(&status);
    for expected in ["one two unknown", "one zed conflict", "two zed disjoint"] {
        assert!(said.iter().any(|pair| pair == expected), "{expected}: {said:?}");
    }
    let told = findings(&status, "not_determined");
    assert!(told.iter().any(|one| text(&one["message"]).contains("f: custom merge driver own is not run")));
    let overlaps = findings(&status, "file_overlap");
    let of_f = overlaps.iter().find(|one| one["path"] == "f").unwrap();
    assert_eq!(of_f["severity"], "warning", "what is unknown does not merge cleanly: {of_f}");
    assert_eq!(of_f["message"], "f: one and two both changed it");
    repo.tw(&["status"]).says("f: one and two both changed it").says_not("merge cleanly");
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    let check = one.tw(&["check", "--format", "json"]).json();
    let met = check["encounters"].as_array().unwrap();
    assert!(met.iter().any(|one| one["path"] == "f" && one["meeting"] == "unknown"), "{check:#}");
}

#[test]
fn a_drift_that_a_custom_driver_decides_is_unknown_and_so_are_the_pairs_that_meet_there() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "1\n2\n3\n"), ("g", "1\n2\n3\n")]);
    repo.write(".git/info/attributes", "f merge=own\n");
    repo.git(&["config", "merge.own.driver", "false"]);
    for name in ["one", "two"] {
        repo.worktree(name).commit("work", &[("f", &format!("1\n2\n{name}\n"))]);
    }
    repo.worktree("zed").commit("work", &[("g", "1\nzed\n3\n")]);
    repo.commit("goes on", &[("f", "main\n2\n3\n")]);
    let status = repo.status();
    assert_eq!(pairs(&status), ["one two unknown", "one zed disjoint", "two zed disjoint"]);
    let told = super::cli::program::messages(&status);
    for name in ["one", "two"] {
        let drift = format!("whether {name} conflicts with main is unknown: f: custom merge driver own");
        assert!(told.contains(&drift), "{told}");
    }
    assert!(!told.contains("zed conflicts"), "{told}");
}

#[test]
fn content_is_renormalized_as_git_add_would_store_it() {
    let sandbox = Sandbox::new();
    let contents = ["1\r\n2\r\n", "1\n2\r\n", "1\n", "1\r\n\0", "1\rx\r\n", "$Id: 5f $\n", "$Id: 5f $\r\n"];
    for (at, (rules, autocrlf)) in [
        ("", "false"),
        ("", "input"),
        ("", "true"),
        ("* text=auto", "false"),
        ("* text", "false"),
        ("* -text", "true"),
        ("* eol=lf", "false"),
        ("* text eol=crlf", "false"),
        ("* text=auto eol=crlf", "false"),
        ("* crlf", "false"),
        ("* ident", "false"),
        ("* text ident", "false"),
        ("* binary", "true"),
    ]
    .into_iter()
    .enumerate()
    {
        let files: Vec<(String, &str)> =
            contents.iter().enumerate().map(|(at, content)| (format!("f{at}"), *content)).collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        let repo = sandbox.repo(&format!("r{at}"), &files);
        assert!(options(&repo).attributes.normalize.is_none());
        repo.git(&["config", "merge.renormalize", "true"]);
        repo.git(&["config", "core.autocrlf", autocrlf]);
        repo.write(".gitattributes", rules);
        let normalize = options(&repo).attributes.normalize.unwrap();
        repo.git(&["add", "--renormalize", "."]);
        for (name, content) in files {
            let ours = normalize(&name.into(), content.as_bytes()).unwrap().unwrap_or_else(|| content.into());
            let output = repo.try_git(&["cat-file", "blob", &format!(":{name}")]);
            assert_eq!(ours, output.stdout, "{rules} {autocrlf} {content:?}");
        }
    }
}

#[test]
fn line_ends_do_not_conflict_when_both_sides_are_renormalized() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "1\n2\n3\n"), ("g", "1\n")]);
    branch(&repo, "a", &[("f", "1\r\n2\r\n3\r\n"), ("g", "1\r\n")]);
    branch(&repo, "b", &[("f", "1\nb\n3\n")]);
    assert!(!agreed(&repo, "nothing set"));
    repo.write(".gitattributes", "* text=auto\n");
    assert!(!agreed(&repo, "attributes alone"));
    repo.git(&["config", "merge.renormalize", "true"]);
    assert!(agreed(&repo, "merge.renormalize"));
    repo.git(&["checkout", "-q", "b"]);
    repo.git(&["rm", "-q", "g"]);
    repo.git(&["commit", "-qm", "gone"]); // .gitattributes stays untracked, and so in the worktree
    repo.git(&["checkout", "-q", "main"]);
    assert!(agreed(&repo, "deleted on the other side"));
}

#[test]
fn renormalizing_goes_by_the_attributes_of_the_merged_trees() {
    let crlf = "1\r\n2\r\n3\r\n";
    // of base, ours, theirs, and ours as edited in its worktree; and what comes of it
    let cases = [
        ([None, None, None, None], false),
        ([None, None, None, Some("f text")], true),
        ([None, Some("f text"), None, Some("f text")], true),
        ([None, None, Some("f text"), Some("f text")], true),
        ([Some("f text"), Some("f text"), Some("f text"), Some("f text")], true),
        ([Some("# 1"), Some("f text"), Some("# 1"), Some("f text")], true),
        ([None, None, Some("f text"), None], true),
        ([None, Some("f text"), None, None], true),
        ([None, Some("f text"), None, Some("# 1")], false),
        ([None, Some("f text"), Some("f text"), None], true),
        ([None, Some("f text"), Some("f text"), Some("# 1")], false),
        ([None, None, Some("f -text"), Some("f text")], false),
        ([Some("# 1"), Some("# 1"), Some("# 1"), Some("f text")], false),
        ([Some("# 1"), Some("# 1"), Some("f text"), None], true),
        ([Some("f text"), Some("# 1"), Some("# 2"), None], false),
        ([Some("f text"), None, None, None], true),
    ];
    for (attributes, clean) in cases {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("main");
        repo.git(&["config", "merge.renormalize", "true"]);
        let contents = [crlf, "1\r\ntwo\r\n3\r\n", "1\n2\n3\n"];
        for ((name, content), rules) in ["base", "a", "b"].into_iter().zip(contents).zip(attributes) {
            repo.write("f", content);
            let blob = repo.git(&["hash-object", "-w", "--no-filters", "f"]);
            let mut entries = format!("100644 blob {blob}\tf\n");
            if let Some(rules) = rules {
                repo.write("rules", rules);
                let blob = repo.git(&["hash-object", "-w", "--no-filters", "rules"]);
                entries += &format!("100644 blob {blob}\t.gitattributes\n");
                repo.remove("rules");
            }
            let file = sandbox.path("entries");
            fs::write(&file, entries).unwrap();
            let mut command = sandbox.command(&repo.top);
            let output = command.arg("mktree").stdin(fs::File::open(file).unwrap()).output().unwrap();
            let tree = String::from_utf8(output.stdout).unwrap();
            let parent: &[&str] = if name == "base" { &[] } else { &["-p", "base"] };
            let commit = repo.git(&[&["commit-tree", "-m", name, tree.trim()], parent].concat());
            repo.git(&["branch", name, &commit]);
        }
        repo.git(&["symbolic-ref", "HEAD", "refs/heads/a"]);
        if let Some(rules) = attributes[3].or(attributes[1]) {
            repo.write(".gitattributes", rules);
        }
        assert_eq!(program_says(&repo, "a", "b"), git_says(&repo, "a", "b"), "{attributes:?}");
        assert_eq!(git_says(&repo, "a", "b").0, clean, "{attributes:?}");
    }
}

/// A repository with the submodule `sub`, and the submodule's commits: a first one, two that
/// follow one another, and one aside.
fn with_submodule(sandbox: &Sandbox) -> (Repo<'_>, [String; 4]) {
    let inner = sandbox.repo("inner", &[("s", "0\n")]);
    let first = inner.git(&["rev-parse", "HEAD"]);
    let second = inner.commit("second", &[("s", "1\n")]);
    let third = inner.commit("third", &[("s", "2\n")]);
    inner.git(&["checkout", "-q", "-b", "aside", &first]);
    let aside = inner.commit("aside", &[("s", "3\n")]);
    let repo = sandbox.repo("main", &[("f", "f\n")]);
    repo.git(&["submodule", "--quiet", "add", "--name", "named", inner.top.to_str().unwrap(), "sub"]);
    (repo, [first, second, third, aside])
}

/// `main` with the submodule at one commit, `a` and `b` with others.
fn pointing(repo: &Repo<'_>, main: &str, a: &str, b: &str) {
    let point = |id: &str| {
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},sub")]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", id]);
    };
    point(main);
    for (name, id) in [("a", a), ("b", b)] {
        repo.git(&["checkout", "-q", "-B", name, "main"]);
        point(id);
        repo.git(&["checkout", "-q", "main"]);
    }
}

#[test]
fn a_submodule_goes_forward_where_its_history_is_at_hand() {
    let sandbox = Sandbox::new();
    let (repo, [first, second, third, aside]) = with_submodule(&sandbox);
    let unknown = "1234567890123456789012345678901234567890".to_string();
    let questions = [
        (&first, &second, &third, true),
        (&first, &third, &second, true),
        (&first, &second, &aside, false),
        (&second, &third, &aside, false),
        (&third, &second, &first, false),
        (&first, &second, &unknown, false),
    ];
    for (main, a, b, clean) in questions {
        pointing(&repo, main, a, b);
        assert_eq!(agreed(&repo, &format!("{main} {a} {b}")), clean);
    }
    pointing(&repo, &first, &second, &third);
    repo.git(&["submodule", "--quiet", "deinit", "-f", "sub"]);
    assert!(agreed(&repo, "not checked out, under modules/"));
    fs::rename(repo.path(".git/modules/named"), sandbox.path("elsewhere")).unwrap();
    assert!(!agreed(&repo, "not at hand"));
    fs::remove_dir_all(repo.path("sub")).unwrap();
    fs::rename(sandbox.path("inner"), repo.path("sub")).unwrap();
    repo.remove(".gitmodules");
    assert!(agreed(&repo, "a repository of its own at the path"));
}

#[test]
fn only_the_submodules_of_the_main_worktree_are_at_hand() {
    let sandbox = Sandbox::new();
    let (repo, [first, second, third, _]) = with_submodule(&sandbox);
    pointing(&repo, &first, &second, &third);
    let linked = repo.worktree("linked");
    repo.git(&["submodule", "--quiet", "deinit", "-f", "sub"]);
    linked.git(&["submodule", "--quiet", "update", "--init"]);
    let said = git_says(&repo, "a", "b");
    assert_eq!(program_says(&linked, "a", "b"), said);
    fs::remove_dir_all(repo.path(".git/modules/named")).unwrap();
    let said = git_says(&repo, "a", "b");
    assert_eq!(program_says(&linked, "a", "b"), said);
    assert!(!said.0);
}

#[test]
fn a_submodule_that_only_git_can_read_is_asked_of_git() {
    let sandbox = Sandbox::new();
    let (repo, [first, second, third, aside]) = with_submodule(&sandbox);
    let inner = Repo { sandbox: &sandbox, top: repo.path("sub") };
    inner.git(&["config", "core.repositoryFormatVersion", "1"]);
    inner.git(&["config", "extensions.partialClone", "origin"]);
    for (a, b, clean) in [(&second, &third, true), (&third, &second, true), (&third, &aside, false)] {
        pointing(&repo, &first, a, b);
        assert_eq!(agreed(&repo, &format!("{a} {b}")), clean);
    }
}
