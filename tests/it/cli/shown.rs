//! Filters: what is shown of an answer, after everything was judged.

use serde_json::{Value, json};

use super::program::lines;
use crate::merging::checked::{fails_with, fleet};
use crate::support::{Repo, Sandbox};

/// Two that conflict in `src/a.txt`, one that conflicts with the target in `docs/b.txt`, one that is alone, and
/// sessions of two of them.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("src/a.txt", &lines(&[])), ("docs/b.txt", &lines(&[]))]);
    repo.git(&["tag", "base"]);
    for (name, file) in
        [("login-a", "src/a.txt"), ("login-b", "src/a.txt"), ("pay", "docs/b.txt"), ("team/own", "own.txt")]
    {
        repo.git(&["switch", "-qc", name, "base"]);
        repo.commit(name, &[(file, &lines(&[(3, name)]))]);
        repo.git(&["switch", "-q", "main"]);
    }
    repo.commit("main goes on", &[("docs/b.txt", &lines(&[(3, "main")]))]);
    let sessions = "sessions:\n  login-a:\n    story_id: \"1-2-login\"\n    status: in_progress\n  pay:\n    story_id: \"1-3-pay\"\n    status: in_progress\n";
    repo.track("active-sessions.yaml", sessions);
    repo
}

fn names(answer: &Value, list: &str, key: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_string()).collect()
}

/// The answer of a command with these flags; its status is that of the same without.
fn shown(repo: &Repo, command: &str, flags: &[&str]) -> Value {
    let all = repo.tw(&[command, "--format", "json"]);
    repo.tw(&[&[command, "--format", "json"], flags].concat()).exits(all.status.unwrap()).json()
}

#[test]
fn a_filter_chooses_what_status_shows() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let whole = shown(&repo, "status", &[]);
    assert!(whole.get("filter").is_none());
    let all = ["login-a", "login-b", "pay", "team/own"];
    assert_eq!(names(&whole, "terminals", "id"), all);
    for (flags, ids) in [
        (&["--terminal", "login-*"][..], &all[..2]),
        (&["--terminal", "*own"], &all[3..]),
        (&["--terminal", "Login-A", "--terminal", "pay"], &["login-a", "pay"]),
        (&["--story", "1-*"], &["login-a", "pay"]),
        (&["--story", "1-2"], &["login-a"]),
        (&["--path", "src"], &all[..2]),
        (&["--path", "**/*.txt", "--terminal", "p*"], &["pay"]),
        (&["--path", "*.txt"], &["team/own"]),
        (&["--conflicts"], &all[..3]),
        (&["--conflicts", "--story", "1-3*"], &["pay"]),
    ] {
        let answer = shown(&repo, "status", flags);
        assert_eq!(names(&answer, "terminals", "id"), ids, "{flags:?}");
        let hidden = 4 - ids.len();
        assert_eq!(answer["filter"]["not_shown"]["terminals"], hidden, "{flags:?}");
        let shown = answer["findings"].as_array().unwrap();
        let all = whole["findings"].as_array().unwrap();
        assert!(shown.iter().all(|one| all.contains(one)), "{flags:?}");
        assert_eq!(answer["filter"]["not_shown"]["findings"], all.len() - shown.len(), "{flags:?}");
    }
    let answer = shown(&repo, "status", &["--terminal", "login-b", "--path", "src/*", "--conflicts"]);
    let not_shown = &answer["filter"]["not_shown"];
    let asked =
        json!({"terminal": ["login-b"], "path": ["src/*"], "conflicts": true, "not_shown": not_shown});
    assert_eq!(answer["filter"], asked);
    // with whom it conflicts is shown, though that terminal is not
    assert_eq!(names(&answer, "pairs", "a"), ["login-a"]);
    assert_eq!(answer["findings"].as_array().unwrap().len(), 1, "{answer:#}");
    // the other keys tell of the terminals that are shown
    let answer = shown(&repo, "status", &["--terminal", "team/own"]);
    assert_eq!((&answer["pairs"], &answer["findings"]), (&json!([]), &json!([])));
}

#[test]
fn the_verdict_counts_all_and_says_how_much_is_shown() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let status = repo.tw(&["status", "--terminal", "login-*"]).exits(1).says("2 conflicts");
    let status = status.says("Shown: 2 of 4 terminals, 1 of 2 conflicts (--terminal 'login-*').");
    status.says("conflict login-a + login-b").says_not("1-3-pay").says_not("team/own");
    let status = repo.tw(&["status", "--path", "docs", "-v"]).exits(1).says("drift pay").says_not("login-b");
    status.says("2 conflicts");
    let order = repo.tw(&["merge-order", "--terminal", "login-b"]).exits(1).says("Shown: 1 of ");
    order.says("git merge --no-ff login-b").says_not("git merge --no-ff login-a");
}

#[test]
fn the_order_is_that_of_all_and_its_steps_keep_their_numbers() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let whole = shown(&repo, "merge-order", &[]);
    let all = whole["steps"].as_array().unwrap();
    for flags in
        [&["--terminal", "login-*"][..], &["--conflicts"], &["--story", "1-3*"], &["--path", "own.txt"]]
    {
        let answer = shown(&repo, "merge-order", flags);
        let steps = answer["steps"].as_array().unwrap();
        assert!(!steps.is_empty() && steps.len() < all.len(), "{flags:?} {answer:#}");
        for step in steps {
            assert_eq!(&all[step["position"].as_u64().unwrap() as usize - 1], step, "{flags:?}");
        }
        for key in ["cost", "optimal", "bound", "baselines"] {
            assert_eq!(answer[key], whole[key], "{flags:?}");
        }
        assert_eq!(answer["filter"]["not_shown"]["steps"], all.len() - steps.len());
    }
}

#[test]
fn a_filter_chooses_entries_of_the_log() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["update", "pay", "--current-file", "docs/b.txt"]).exits(0);
    let of = |flags: &[&str]| names(&shown(&repo, "log", flags), "history", "command");
    assert_eq!(of(&[]), ["sync", "update"]);
    assert_eq!(of(&["--conflicts"]), ["sync"]);
    assert_eq!(of(&["--terminal", "login-*"]), ["sync"]);
    assert_eq!(of(&["--terminal", "p*", "-n", "1"]), ["update"]);
    assert_eq!(of(&["--path", "src"]), ["sync"]);
    assert_eq!(of(&["--path", "own.txt"]), [""; 0]);
    let log = repo.tw(&["log", "--path", "own.txt"]).exits(0);
    log.says("2 entries not shown (--path own.txt).").says_not("No synchronization");
    // what became of the story's terminals, too
    assert_eq!(of(&["--story", "1-3*"]), ["sync", "update"]);
    assert_eq!(of(&["--story", "1-2"]), ["sync"]);
    for (nothing, told) in [
        (["--path", "nowhere"], "--path nowhere: no terminal touched a path that matches"),
        (["--terminal", "nobody"], "--terminal nobody: no terminal matches"),
        (["--story", "9-9"], "--story 9-9: no story matches"),
    ] {
        repo.tw(&[&["log"][..], &nothing].concat()).exits(2).complains(told);
    }
}

/// A terminal goes by its branch and its worktree too, and by its name when it is gone.
#[test]
fn the_log_knows_terminals_by_all_their_names() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    for (name, branch) in [("terminal-1", "f1"), ("terminal-2", "f2")] {
        let work = repo.worktree_at(&sandbox.path(name), &["-b", branch]);
        work.commit(name, &[("a.txt", &lines(&[(3, name)]))]);
        repo.tw(&["register", "--mode", "intra", "--story", "1-1-login", "--terminal", name]).exits(0);
    }
    repo.tw(&["sync"]).exits(1);
    let of = |flags: &[&str]| names(&shown(&repo, "log", flags), "history", "command");
    let all = of(&[]);
    let count = |name: &str| all.iter().filter(|one| *one == name).count();
    assert_eq!((count("register"), count("sync")), (2, 1), "{all:?}");
    for name in ["f1", "terminal-1", "Terminal-1"] {
        assert_eq!(of(&["--terminal", name]), ["register", "sync"], "{name}");
    }
    assert_eq!(of(&["--story", "1-1"]), all);
    repo.git(&["worktree", "remove", "--force", "../terminal-2"]);
    repo.git(&["branch", "-qD", "f2"]);
    repo.tw(&["unregister", "terminal-2"]).exits(0);
    assert_eq!(of(&["--terminal", "terminal-2"])[..2], ["register", "sync"]);
    repo.tw(&["log", "--terminal", "f2"]).exits(2).complains("no terminal matches");
}

#[test]
fn a_glob_that_matches_nothing_is_an_error_with_the_nearest_names() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for command in ["status", "merge-order"] {
        let nobody = repo.tw(&[command, "--terminal", "pay", "--terminal", "lgin-a"]).fails();
        nobody.complains("--terminal lgin-a: no terminal matches").complains("the nearest: login-a, ");
        repo.tw(&[command, "--story", "9-*"]).fails().complains("no story matches").complains("1-3-pay");
        let path = repo.tw(&[command, "--path", "src/b*"]).fails().complains("no terminal touched a path");
        path.complains("src/a.txt");
        repo.tw(&[command, "--terminal", "a["]).fails().complains("--terminal a[: ");
    }
}

#[test]
fn a_name_full_of_signs_means_itself() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for name in ["x{a,b}", "x!a", "x\u{e9}\u{3164}", "xa"] {
        repo.git(&["switch", "-qc", name, "main"]);
        repo.commit(name, &[(&format!("{name}.txt"), "1\n")]);
        repo.git(&["switch", "-q", "main"]);
        let answer = shown(&repo, "status", &["--terminal", name]);
        assert!(names(&answer, "terminals", "id").iter().any(|id| id == name), "{name} {answer:#}");
    }
    let one = shown(&repo, "status", &["--terminal", "x!a"]);
    assert_eq!(names(&one, "terminals", "id"), ["x!a"]);
}

#[test]
fn a_check_can_be_narrowed_to_some_of_the_others() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let check = |flags: &[&str], status: i32| {
        let said = repo.tw(&[&["check", "--terminal", "login-a", "--format", "json"], flags].concat());
        let answer = said.exits(status).json();
        let met = answer["encounters"].as_array().unwrap().iter();
        let met: Vec<String> = met.map(|one| one["terminal"]["id"].as_str().unwrap().to_string()).collect();
        (met, answer["filter"]["not_shown"]["found"].as_u64())
    };
    assert_eq!(check(&[], 1), (vec!["login-b".to_string()], None));
    assert_eq!(check(&["--with", "login-*"], 1), (vec!["login-b".to_string()], Some(0)));
    assert_eq!(check(&["--conflicts"], 1).0, ["login-b"]);
    // the exit status is that of what is shown
    assert_eq!(check(&["--with", "p*"], 0), (Vec::new(), Some(1)));
    assert_eq!(check(&["--story", "1-3*"], 0), (Vec::new(), Some(1)));
    // the target counts in any case
    let drift = repo.tw(&["check", "--terminal", "pay", "--with", "login-*"]).exits(1);
    drift.says("against the terminals that are shown and main").says("Shown for --with 'login-*' alone.");
    let said = repo.tw(&["check", "--terminal", "pay", "--with", "nosuch"]).fails();
    said.complains("--with nosuch: no terminal matches");
}

/// Every command has its place here: those that tell of terminals let one choose which.
#[test]
fn every_command_that_tells_of_terminals_takes_the_filters() {
    const FILTERS: [&str; 4] = ["conflicts", "path", "story", "terminal"];
    // (command, the flags that stand for filters)
    let told = [
        ("status", &FILTERS[..]),
        ("merge-order", &FILTERS),
        ("verify", &FILTERS),
        ("report", &FILTERS),
        ("log", &FILTERS),
        // its --terminal is who is checked, and its paths are arguments
        ("check", &["conflicts", "story", "with"]),
    ];
    // they write, or tell of one terminal, of two revisions, or of no terminal at all
    let others = [
        "archive",
        "compare",
        "complete",
        "completions",
        "demo",
        "doctor",
        "help",
        "hooks",
        "init",
        "man",
        "mcp",
        "merge",
        "merge-driver",
        "register",
        "schema",
        "share",
        "statusline",
        "sync",
        "unregister",
        "update",
    ];
    let program = <track_work::cli::Cli as clap::CommandFactory>::command();
    for command in program.get_subcommands() {
        let mut flags: Vec<&str> = command
            .get_arguments()
            .filter(|flag| flag.get_help_heading() == Some("Show only"))
            .filter_map(|flag| flag.get_long())
            .collect();
        flags.sort_unstable();
        let name = command.get_name();
        match told.iter().find(|(known, _)| *known == name) {
            Some((_, expected)) => assert_eq!(flags, *expected, "{name}"),
            None => assert!(flags.is_empty() && others.contains(&name), "{name} takes {flags:?}"),
        }
    }
}

#[test]
fn a_path_is_found_from_the_folder_in_which_one_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let src = Repo { sandbox: &sandbox, top: repo.path("src") };
    let top = repo.top.display().to_string();
    let absolute = format!("{top}/src/a.txt");
    let chosen = |from: &Repo, path: &str| {
        let answer = from.tw(&["status", "--format", "json", "--path", path]).exits(1).json();
        (
            names(&answer, "terminals", "id").join(" "),
            answer["filter"]["path"][0].as_str().unwrap().to_string(),
        )
    };
    let both = "login-a login-b";
    for (path, meant) in [
        ("a.txt", "src/a.txt"),
        ("./a.*", "src/a.*"),
        (&absolute, "src/a.txt"),
        ("../src", "src"),
        (".", "src"),
        ("src", "src"),
        ("src/*.txt", "src/*.txt"),
    ] {
        let (ids, filter) = chosen(&src, path);
        assert_eq!((&*ids, &*filter), (both, meant), "{path}");
    }
    assert_eq!(chosen(&repo, ".").1, "**");
    assert_eq!(chosen(&src, "../docs/b.txt").0, "pay");
    repo.write("src/odd[1].txt", "1\n");
    assert_eq!(chosen(&src, "odd[1].txt").1, "src/odd[[]1[]].txt");
    src.tw(&["status", "--path", "../../elsewhere"]).exits(2).complains("--path ../../elsewhere");
}

#[test]
fn a_filter_chooses_what_verify_shows() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 4);
    let command = fails_with(&sandbox, &["t1", "t3"].map(str::to_string));
    let sessions = "sessions:\n  t2:\n    story_id: \"1-2-login\"\n    status: in_progress\n";
    repo.track("active-sessions.yaml", sessions);
    // from now on it is known who fails together
    repo.verify_json(&["--run", &command]);
    let whole = repo.verify_json(&["--run", &command]);
    assert!(whole.get("filter").is_none());
    let [tried, failed] = ["tried", "failed"].map(|key| whole[key].as_array().unwrap());
    for (flags, alone, failures) in [
        (&["--terminal", "t1"][..], &["t1"][..], 1),
        (&["--terminal", "t*", "--terminal", "t2"], &["t0", "t1", "t2", "t3"], 1),
        (&["--path", "t2.txt"], &["t2"], 0),
        (&["--story", "1-2*"], &["t2"], 0),
        (&["--terminal", "t[03]", "--path", "t0.txt"], &["t0"], 0),
        (&["--conflicts"], &[], 1),
        (&["--conflicts", "--terminal", "t0"], &[], 0),
    ] {
        let said = repo.tw(&[&["verify", "--run", &command, "--format", "json"], flags].concat()).exits(1);
        let answer = said.json();
        let shown = answer["tried"].as_array().unwrap();
        let of = |why: &'static str| shown.iter().filter(move |one| one["for"] == why);
        let mut singles: Vec<&str> = of("alone").map(|one| one["terminals"][0].as_str().unwrap()).collect();
        singles.sort_unstable();
        assert_eq!(singles, alone, "{flags:?}: {answer:#}");
        // a step is of the terminal that it merges
        let last =
            |one: &Value| one["terminals"].as_array().unwrap().last().unwrap().as_str().unwrap().to_string();
        assert!(
            of("step").filter(|one| one["passed"] == true).all(|one| alone.contains(&&*last(one))),
            "{answer:#}"
        );
        assert_eq!(answer["failed"].as_array().unwrap().len(), failures, "{flags:?}");
        assert!(shown.iter().all(|one| tried.contains(one)), "{flags:?}");
        assert_eq!(answer["filter"]["not_shown"]["tried"], tried.len() - shown.len());
        assert_eq!(answer["filter"]["not_shown"]["failed"], failed.len() - failures);
        if flags.contains(&"--conflicts") {
            assert!(shown.iter().all(|one| one["passed"] == false), "{answer:#}");
        }
    }
    let said = repo.tw(&["verify", "--run", &command, "--terminal", "t0", "-v"]).exits(1);
    said.says_not("fail together")
        .says_not("alone: t1")
        .says("alone: t0")
        .says("Shown: ")
        .says("(--terminal t0).");
    repo.tw(&["verify", "--run", &command, "--terminal", "nosuch"]).fails().complains("no terminal matches");
}

#[test]
fn an_unknown_pair_is_shown_at_the_paths_that_both_touched() {
    let sandbox = Sandbox::new();
    let files = [(".gitattributes", "f merge=own\n"), ("f", "1\n"), ("g", "1\n"), ("h", "1\n")];
    let repo = sandbox.repo("main", &files);
    repo.git(&["config", "merge.own.driver", "true"]);
    for (name, other) in [("one", "g"), ("two", "h")] {
        repo.worktree(name).commit(name, &[("f", name), (other, name)]);
    }
    let unknown = "whether one and two conflict is unknown: f: ";
    let shown = |path: &str| repo.tw(&["status", "--format", "json", "--path", path]).json();
    let pairs = |path: &str| shown(path)["pairs"].as_array().map_or(0, Vec::len);
    repo.tw(&["status", "--path", "f"]).exits(1).says(unknown);
    assert_eq!(pairs("f"), 1);
    for path in ["g", "h"] {
        repo.tw(&["status", "--path", path]).exits(1).says_not(unknown);
        assert_eq!(pairs(path), 0, "{path}");
    }
}

#[test]
fn a_file_and_a_folder_in_each_others_way_are_found_by_every_name() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", "a\n")]);
    repo.worktree("one").commit("one", &[("conf", "a file\n")]);
    repo.worktree("two").commit("two", &[("conf/deep/a", "1\n"), ("other", "1\n")]);
    for path in ["conf", "conf/deep/a", "conf/deep", "conf~HEAD"] {
        let said = repo.tw(&["status", "--path", path]).exits(1);
        said.says("1 of 1 conflict").says("conf~HEAD  file/directory");
        let answer = repo.tw(&["status", "--format", "json", "--path", path]).json();
        assert_eq!(answer["pairs"].as_array().map(Vec::len), Some(1), "{path}");
    }
    repo.tw(&["status", "--path", "other"]).exits(1).says("0 of 1 conflict");
}
