//! `--run-merge-drivers`: custom drivers decide as they do in git.

use std::fs;

use serde_json::Value;
use track_work::git::Repository;
use track_work::merge::merge_commits;

use crate::cli::program::{findings, messages, numbered, pair, pairs, said, text};
use crate::support::{Repo, Sandbox, Whims, picture, seeds};

/// Branches `a` and `b`, which both changed three files and added one, and renamed another; all of
/// them are merged by the driver `own`.
fn shop<'a>(sandbox: &'a Sandbox, command: &str) -> Repo<'a> {
    let base = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let files = [("f", base), ("it's a $(name)", base), ("apart", base), ("moved", base), ("only", base)];
    let repo = sandbox.repo("shop", &files);
    repo.write(".git/info/attributes", "* merge=own\n");
    repo.git(&["config", "merge.own.name", "a driver of one's own"]);
    repo.git(&["config", "merge.own.driver", command]);
    for (name, apart) in [("a", "1\n"), ("b", "9\n")] {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        let changed = base.replace("5\n", &format!("{name}\n"));
        repo.write("moved", base.replace("2\n", &format!("2 {name}\n")));
        if name == "b" {
            repo.git(&["mv", "moved", "elsewhere"]);
        }
        let added = format!("added by {name}\n");
        let apart = base.replace(apart, name);
        let only = if name == "a" { &changed } else { base };
        let files = [
            ("f", &*changed),
            ("it's a $(name)", &changed),
            ("apart", &apart),
            ("new", &added),
            ("only", only),
        ];
        repo.commit(name, &files);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo
}

/// A merge: whether it is clean, its tree, and its unmerged paths; or that git fails.
type Answer = Option<(bool, String, Vec<String>)>;

fn git_says(repo: &Repo, ours: &str, theirs: &str) -> Answer {
    let output =
        repo.try_git(&["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs]);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut parts = said.split('\0').filter(|part| !part.is_empty()).map(str::to_string);
    match output.status.code() {
        Some(0 | 1) => {
            let tree = parts.next().unwrap();
            let mut paths: Vec<String> = parts.collect();
            paths.sort();
            Some((output.status.code() == Some(0), tree, paths))
        }
        _ => None,
    }
}

fn engine_says(repo: &Repo, ours: &str, theirs: &str) -> Answer {
    let repository = Repository::discover(&repo.top).unwrap();
    let (store, options) = (repository.store(), repository.merge_options(true, &repository.merge_site(None)));
    let [ours, theirs] = [ours, theirs].map(|id| id.parse().unwrap());
    let outcome = merge_commits(&store, &store, ours, theirs, &options).unwrap();
    let paths = outcome.unmerged.iter().map(|one| one.path.to_string()).collect();
    outcome.undecided.is_empty().then(|| (outcome.is_clean(), outcome.tree.to_string(), paths))
}

/// The program, the engine and git agree on these two, both ways round. Whether git had an answer.
#[track_caller]
fn agreed(repo: &Repo, one: &str, other: &str) -> bool {
    let id = |name: &str| repo.git(&["rev-parse", name]);
    let mut answered = true;
    for (ours, theirs) in [(id(one), id(other)), (id(other), id(one))] {
        let git = git_says(repo, &ours, &theirs);
        let driver = repo.git(&["config", "merge.own.driver"]);
        assert_eq!(engine_says(repo, &ours, &theirs), git, "{one} {other} {driver}");
        let said = repo.tw(&["compare", "--run-merge-drivers", "--format", "json", &ours, &theirs]).json();
        let clean = git.as_ref().map_or(Value::Null, |(clean, ..)| (*clean).into());
        assert_eq!(said["clean"], clean, "{said:#}");
        answered &= git.is_some();
    }
    answered
}

#[test]
fn drivers_decide_as_they_do_in_git() {
    for command in [
        "true",
        "",
        "cat %B > %A",
        "cat %O %B >> %A",
        "cat %A >&2; exit 1",
        "echo conflict > %A; exit 1",
        "exit 128",
        "git merge-file -q --marker-size=%L -L %X -L %S -L %Y %A %O %B",
        "git merge-file -q --union %A %O %B",
        "printf '%%s\\n' %P %S %X %Y %L %% %Z > %A",
        "printf '\\000\\377' > %A",
        ": > %A",
        "test %P = f && cat %B > %A",
        "cmp -s %O %A || exit 3",
    ] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox, command);
        assert!(agreed(&repo, "a", "b"), "{command}");
        // And so does the merge itself.
        repo.git(&["checkout", "-q", "a"]);
        let merged = repo.try_git(&["merge", "-q", "--no-edit", "b"]).status.success();
        let said = repo.tw(&["compare", "--run-merge-drivers", "--format", "json", "a", "b"]).json();
        assert_eq!(said["clean"], merged, "{command}: {said:#}");
        let unmerged = repo.git(&["diff", "--name-only", "--diff-filter=U", "-z"]);
        let paths: Vec<&str> = said["conflicts"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(paths, unmerged.split_terminator('\0').collect::<Vec<_>>(), "{command}");
    }
}

#[test]
fn a_driver_that_fails_leaves_its_paths_unknown() {
    for (command, reason) in [
        ("echo oh no >&2; exit 129", "failed with exit status: 129, and so does git merge: oh no"),
        ("kill -9 $$", "failed with signal: 9"),
        ("rm %A", "left no result"),
    ] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox, command);
        assert!(!agreed(&repo, "a", "b"), "{command}");
        let said = repo.tw(&["compare", "--run-merge-drivers", "--format", "json", "a", "b"]).json();
        let told = text(&said["reason"]);
        assert!(told.contains("custom merge driver own") && told.contains(reason), "{told}");
    }
    // git takes a command that is not there for a conflict; here it may be found where git runs it.
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox, "no-such-command %A");
    repo.tw(&["compare", "--run-merge-drivers", "a", "b"]).exits(1).says("its command was not found");
    repo.tw(&["compare", "--run-merge-drivers", "--fail-on", "error", "a", "b"]).exits(1);
}

#[test]
fn drivers_of_merge_bases_are_those_that_the_configuration_says() {
    for recursive in [None, Some("text"), Some("binary"), Some("union"), Some("nosuch"), Some("other")] {
        for command in ["cat %O %B >> %A", "echo %S %X %Y %L %P >> %A; exit 1"] {
            let sandbox = Sandbox::new();
            let repo = shop(&sandbox, command);
            repo.git(&["config", "merge.other.driver", "cat %O %A > %A.new; mv %A.new %A"]);
            repo.git(&["config", "merge.other.recursive", "own"]);
            if let Some(name) = recursive {
                repo.git(&["config", "merge.own.recursive", name]);
            }
            for (name, first, second) in [("a2", "a", "b"), ("b2", "b", "a")] {
                repo.git(&["checkout", "-q", "-b", name, first]);
                repo.git(&["merge", "-q", "-s", "ours", "--no-edit", second]);
                repo.commit(name, &[("f", &format!("{name}\n")), ("apart", &format!("1\n2\n{name}\n"))]);
            }
            assert!(agreed(&repo, "a2", "b2"), "{recursive:?} {command}");
        }
    }
}

#[test]
fn drivers_run_where_they_can_overwrite_nothing() {
    let sandbox = Sandbox::new();
    let command = "rm -f only f; echo spoiled > f; echo new > new-file; test -z \"$GIT_DIR$GIT_INDEX_FILE\"";
    let repo = shop(&sandbox, command);
    let before = picture(&repo.top);
    let mut compare = repo.program(&["compare", "--run-merge-drivers", "a", "b"]);
    said(compare.env("GIT_DIR", repo.path(".git")).env("GIT_INDEX_FILE", "/nowhere")).exits(0);
    assert!(picture(&repo.top) == before);
    // What the command names in the worktree is there.
    repo.write("tools/merge.sh", "test ! -e f || exit 1\ncat \"$2\" tools/more > \"$1\"\n");
    repo.write("tools/more", "more\n");
    for command in ["sh tools/merge.sh %A %B", "sh './tools/merge.sh' %A %B", ". tools/merge.sh; exit 7"] {
        repo.git(&["config", "merge.own.driver", command]);
        let said = repo.tw(&["compare", "--run-merge-drivers", "--format", "json", "a", "b"]).json();
        assert_eq!(said["clean"], !command.ends_with('7'), "{command}: {said:#}");
    }
}

#[test]
fn status_runs_drivers_only_when_it_is_asked_to() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "1\n2\n3\n"), ("g", "1\n2\n3\n")]);
    let trace = sandbox.path("ran");
    repo.write(".git/info/attributes", "* merge=own\n");
    let command = format!("echo %P >> {}; test %P = f", trace.display());
    repo.git(&["config", "merge.own.driver", &command]);
    for (name, file) in [("one", "f"), ("two", "f"), ("three", "g"), ("four", "g")] {
        repo.worktree(name).write(file, format!("{name}\n"));
    }
    let answer = repo.status();
    assert_eq!(findings(&answer, "merge_conflict").len(), 0);
    assert!(pairs(&answer).contains(&"one two unknown".to_string()), "{:?}", pairs(&answer));
    assert!(messages(&answer).contains("is not run without --run-merge-drivers"));
    assert!(!trace.exists());
    let answer =
        repo.tw(&["status", "--all-pairs", "--run-merge-drivers", "--format", "json"]).exits(1).json();
    let said = pairs(&answer);
    for pair in ["one two overlap", "four three conflict", "one three disjoint"] {
        assert!(said.contains(&pair.to_string()), "{pair}: {said:?}");
    }
    assert!(fs::read_to_string(&trace).unwrap().contains('g'));
}

/// Branches of worktrees that both change a file of each of these names on line 5; what ends with `.own` has a driver that
/// is not run, and fails where git runs it.
fn both_change(repo: &Repo, files: &[&str]) {
    repo.write(".git/info/attributes", "*.own merge=own\n");
    repo.git(&["config", "merge.own.driver", "false"]);
    for name in ["x", "y"] {
        let text = numbered(20, &[(5, name)]);
        let files: Vec<(&str, &str)> = files.iter().map(|path| (*path, text.as_str())).collect();
        repo.worktree(name).commit(name, &files);
    }
}

#[test]
fn a_conflict_hides_no_path_whose_result_is_unknown() {
    let sandbox = Sandbox::new();
    let base = numbered(20, &[]);
    let repo = sandbox.repo("shop", &[("f.own", &base), ("plain", &base)]);
    both_change(&repo, &["f.own", "plain"]);
    let unknown = "custom merge driver own is not run";
    let status = repo.tw(&["status", "-v"]).exits(1);
    status
        .says(&format!("whether x and y conflict in more files is unknown: f.own: {unknown}"))
        .says("1 conflict, 1 not determined")
        .says_not("merge cleanly");
    let answer = repo.status();
    let met = pair(&answer, "x", "y");
    assert_eq!([text(&met["verdict"]), text(&met["paths"][1]["kind"])], ["conflict", "unknown"], "{met:#}");
    assert!(text(&met["undecided"][0]).starts_with(&format!("f.own: {unknown}")), "{met:#}");
    assert!(!messages(&answer).contains("f.own: x line 5 and y line 5"), "{answer:#}");
    let y = Repo { sandbox: &sandbox, top: sandbox.path("y") };
    y.tw(&["check"])
        .exits(1)
        .says(&format!("f.own: x changed it; whether it conflicts is unknown: {unknown}"))
        .says_not("f.own: you changed line 5");
    let check = y.tw(&["check", "--format", "json"]).json();
    let meetings: Vec<&str> =
        check["encounters"].as_array().unwrap().iter().map(|one| text(&one["meeting"])).collect();
    assert_eq!(meetings, ["conflict", "unknown"], "{check:#}");
    let order = repo.tw(&["merge-order"]).exits(1);
    order.says(&format!("f.own unknown: {unknown}")).says("(1 hunk, 1 file unknown)");
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert!(text(&order["steps"][1]["undecided"][0]).starts_with("f.own: "), "{order:#}");
    assert!(repo.tw(&["report"]).exits(1).stdout.contains("not determined: custom merge driver own"));
    y.tw(&["statusline"]).exits(0).says("conflicts with x").says("1 unknown");
    y.write("f.own", numbered(20, &[(5, "y"), (6, "more")]));
    y.git(&["add", "f.own"]);
    y.tw(&["hooks", "run", "pre-commit"]).complains(&format!("whether it conflicts is unknown: {unknown}"));
    // with the target, too
    repo.git(&["merge", "-q", "--no-ff", "x"]);
    let about = format!("whether y conflicts with main in more files is unknown: f.own: {unknown}");
    repo.tw(&["status"]).exits(1).says(&about);
    y.tw(&["check"]).exits(1).says(&format!("unknown main: f.own: {unknown}"));
    y.tw(&["statusline", "--no-cache"]).exits(0).says("1 unknown");
}

#[test]
fn a_recorded_conflict_stays_where_another_one_hides_whether_it_is_gone() {
    let sandbox = Sandbox::new();
    let base = numbered(20, &[]);
    let repo = sandbox.repo("shop", &[("f.own", &base), ("plain", &base)]);
    both_change(&repo, &["f.own", "plain"]);
    for name in ["x", "y"] {
        repo.tw(&[
            "register",
            "--mode",
            "inter",
            "--story",
            &format!("1-{name}"),
            "--terminal",
            name,
            "--branch",
            name,
        ]);
    }
    let recorded = |about: &str| {
        let file = repo.tracked("active-sessions.yaml");
        assert!(file.contains("file: \"f.own\""), "{about}: {file}");
    };
    repo.tw(&["sync", "--run-merge-drivers"]);
    recorded("with the driver");
    repo.tw(&["sync"]).says_not("No longer in conflict");
    recorded("without it");
    // with the target alone, and where nothing else conflicts
    repo.git(&["merge", "-q", "--no-ff", "x"]);
    repo.tw(&["sync", "--run-merge-drivers"]);
    recorded("with the driver, of the target");
    repo.tw(&["sync"]);
    recorded("without it, of the target");
    let y = Repo { sandbox: &sandbox, top: sandbox.path("y") };
    y.commit("the same", &[("plain", &numbered(20, &[(5, "x")]))]);
    repo.tw(&["sync"]);
    recorded("where nothing else conflicts");
}

#[test]
fn no_path_at_which_git_stops_is_said_to_merge() {
    for seed in seeds(12) {
        let mut whims = Whims(seed);
        let sandbox = Sandbox::new();
        let base = numbered(30, &[]);
        let names = ["a.own", "b.own", "c", "d", "e/f.own", "e/g"];
        let repo = sandbox.repo("shop", &names.map(|name| (name, base.as_str())));
        repo.write(".git/info/attributes", "*.own merge=own\n");
        repo.git(&["config", "merge.own.driver", "false"]);
        for branch in ["x", "y", "z"] {
            let other = repo.worktree(branch);
            for (at, name) in names.iter().enumerate() {
                let line = [5, 5, 25, 15 + at][whims.below(4)];
                if whims.below(3) > 0 {
                    other.write(name, numbered(30, &[(line, branch)]));
                }
            }
            // some of it is not committed
            if whims.below(3) > 0 {
                other.git(&["add", "--all"]);
                other.git(&["commit", "-q", "--allow-empty", "-m", branch]);
            }
        }
        if whims.below(2) == 0 {
            repo.commit(
                "main",
                &[("c", &numbered(30, &[(5, "main")])), ("a.own", &numbered(30, &[(5, "main")]))],
            );
        }
        let about = format!("TRACK_WORK_SEED={seed} {}", repo.top.display());
        let status = repo.status();
        let all = |branch: &str| {
            let other = Repo { sandbox: &sandbox, top: sandbox.path(branch) };
            let stashed = other.git(&["stash", "create"]);
            if stashed.is_empty() { other.git(&["rev-parse", "HEAD"]) } else { stashed }
        };
        for [a, b] in [["x", "y"], ["x", "z"], ["y", "z"]] {
            let Some((_, _, stops)) = git_says(&repo, &all(a), &all(b)) else { continue };
            let met = pair(&status, a, b);
            let check =
                Repo { sandbox: &sandbox, top: sandbox.path(a) }.tw(&["check", "--format", "json"]).json();
            for path in stops {
                let drifts = |branch: &str| {
                    let stops = git_says(&repo, &repo.git(&["rev-parse", "main"]), &all(branch));
                    stops.is_some_and(|(_, _, stops)| stops.contains(&path))
                };
                // what conflicts with the target is said of the target
                if drifts(a) || drifts(b) {
                    continue;
                }
                let is_it = |one: &&Value| one["path"] == path.as_str();
                let told = met["paths"].as_array().unwrap().iter().find(is_it);
                let open =
                    text(&met["verdict"]) == "unknown" || told.is_some_and(|told| told["kind"] != "overlap");
                assert!(open, "{about}: {a} {b} {path}: {met:#}");
                let clean = findings(&status, "file_overlap").into_iter().any(|one| {
                    one["path"] == path.as_str()
                        && text(&one["message"]).contains("merges cleanly")
                        && one["terminals"] == serde_json::json!([a, b])
                });
                assert!(!clean, "{about}: {a} {b} {path}: {status:#}");
                let meetings = check["encounters"].as_array().unwrap().iter().filter(is_it);
                let mut meetings = meetings.filter(|one| one["terminal"]["id"] == b);
                assert!(
                    meetings.all(|one| one["meeting"] != "overlap"),
                    "{about}: {a} {b} {path}: {check:#}"
                );
            }
        }
        // and the same with the target
        for branch in ["x", "y", "z"] {
            let target = repo.git(&["rev-parse", "main"]);
            let Some((_, _, stops)) = git_says(&repo, &target, &all(branch)) else { continue };
            let check = Repo { sandbox: &sandbox, top: sandbox.path(branch) }
                .tw(&["check", "--format", "json"])
                .json();
            for path in stops {
                let drift = check["drift"].as_array();
                let known = drift.is_none_or(|drift| drift.iter().any(|one| one["path"] == path.as_str()));
                let mut undecided = check["undecided"].as_array().unwrap().iter();
                let open = undecided.any(|one| text(&one["reason"]).starts_with(&path));
                assert!(known || open, "{about}: {branch} {path}: {check:#}");
            }
        }
    }
}
