//! Branches of remotes as terminals, and upstreams: git is asked what they have, nothing is fetched.
//! `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::cli::program::{Said, conflicts, lines, pairs, terminal, text};
use crate::support::{Repo, Sandbox, Whims, picture, seeds};

/// Shortly after the commits that the sandbox makes.
const SOON: &str = "2023-11-15T10:00:00Z";

/// A bare repository, `shop` that has it as its `origin`, and another clone of it.
fn team(sandbox: &Sandbox) -> [Repo<'_>; 2] {
    let shop = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[(1, "b")]))]);
    shop.git(&["clone", "-q", "--bare", ".", "../origin.git"]);
    shop.git(&["remote", "add", "origin", sandbox.path("origin.git").to_str().unwrap()]);
    shop.git(&["fetch", "-q"]);
    shop.git(&["remote", "set-head", "origin", "main"]);
    shop.git(&["branch", "-q", "--set-upstream-to=origin/main", "main"]);
    shop.git(&["clone", "-q", "../origin.git", "../other"]);
    [shop, Repo { sandbox, top: sandbox.path("other") }]
}

/// A commit on a branch of the other clone, pushed.
fn pushed(other: &Repo, branch: &str, files: &[(&str, &str)]) {
    other.git(&["checkout", "-q", "-B", branch, "main"]);
    other.commit(branch, files);
    other.git(&["push", "-q", "origin", branch]);
    other.git(&["checkout", "-q", "main"]);
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

fn status(repo: &Repo, args: &[&str]) -> Value {
    repo.tw_at(SOON, &[&["status", "--format", "json", "--fail-on", "never"], args].concat()).exits(0).json()
}

fn people(repo: &Repo, args: &[&str]) -> Said {
    repo.tw_at(SOON, &[&["status", "--fail-on", "never"], args].concat()).exits(0)
}

#[test]
fn a_remote_branch_that_nothing_local_has_is_a_terminal_where_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    let local = shop.worktree("local");
    local.commit("local", &[("a.txt", &lines(&[(3, "local")]))]);
    pushed(&other, "feature/x", &[("a.txt", &lines(&[(3, "theirs")]))]);
    pushed(&other, "same", &[("c.txt", "c\n")]);
    shop.git(&["fetch", "-q"]);
    shop.git(&["branch", "-q", "--no-track", "mine", "origin/same"]);
    local.git(&["push", "-q", "origin", "local"]);
    assert_eq!(ids(&status(&shop, &[])), ["local", "mine"]);
    let answer = status(&shop, &["--remotes"]);
    assert_eq!(
        ids(&answer),
        ["local", "mine", "origin/feature/x"],
        "origin/HEAD, origin/local and origin/same are none"
    );
    let remote = terminal(&answer, "origin/feature/x");
    assert_eq!(remote["remote"]["ref"], "refs/remotes/origin/feature/x");
    assert!(remote["remote"]["as_of"].is_i64() && remote.get("branch").is_none(), "{remote:#}");
    assert_eq!(pairs(&answer), ["local origin/feature/x conflict"]);
    assert_eq!(conflicts(&answer)[0]["terminals"], json!(["local", "origin/feature/x"]));
    for (glob, shown) in [("origin/feature/*", true), ("origin", true), ("*/x", true), ("origin/m*", false)] {
        let found = ids(&status(&shop, &[&format!("--remotes={glob}")])).contains(&"origin/feature/x");
        assert_eq!(found, shown, "{glob}");
    }
    shop.tw(&["status", "--remotes=["]).exits(2);
    for (setting, shown) in [("true", true), ("false", false), ("origin/f*", true), ("[fork/*]", false)] {
        shop.track("config.yaml", format!("remotes: {setting}\n"));
        assert_eq!(ids(&status(&shop, &[])).contains(&"origin/feature/x"), shown, "{setting}");
    }
    shop.track("config.yaml", "remotes: true\n");
    let told = shop.tw_at(SOON, &["check", "--terminal", "local"]).exits(1);
    told.says("origin/feature/x");
}

#[test]
fn what_the_upstream_of_the_target_has_merged_is_not_merged_again() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "fix", &[("a.txt", "fix\n")]);
    shop.git(&["fetch", "-q"]);
    assert!(ids(&status(&shop, &["--remotes"])).contains(&"origin/fix"));
    other.git(&["checkout", "-q", "main"]);
    other.git(&["merge", "-q", "--no-ff", "--no-edit", "fix"]);
    other.git(&["push", "-q", "origin", "main"]);
    shop.git(&["fetch", "-q"]);
    assert!(!ids(&status(&shop, &["--remotes"])).contains(&"origin/fix"));
    shop.tw(&["merge-order", "--remotes"])
        .exits(0)
        .says("main is 2 commits behind origin/main")
        .says_not("origin/fix");
}

#[test]
fn the_order_merges_a_remote_branch_as_it_is_printed() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "x", &[("new.txt", "x\n")]);
    shop.git(&["fetch", "-q"]);
    shop.git(&["branch", "-q", "origin/x"]); // git takes the short name for it
    let answer = shop.tw_at(SOON, &["merge-order", "--remotes", "--format", "json"]).exits(0).json();
    let step = &answer["steps"][0];
    assert_eq!(step["terminal"], "origin/x");
    let command = text(&step["command"]);
    assert!(command.contains("refs/remotes/origin/x"), "{command}");
    let args: Vec<&str> = command.strip_prefix("git ").unwrap().split(' ').collect();
    shop.git(&args);
    assert_eq!(shop.git(&["rev-list", "--count", "refs/remotes/origin/x", "--not", "HEAD"]), "0");
}

#[test]
fn a_remote_branch_without_a_commit_of_the_last_days_is_left_out_and_counted() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "x", &[("new.txt", "x\n")]);
    pushed(&other, "y", &[("y.txt", "x\n")]);
    shop.git(&["fetch", "-q"]);
    let at = |now: &str| shop.tw_at(now, &["status", "--remotes", "-v"]).exits(0);
    at("2023-11-28T12:00:00Z").says("origin/x").says_not("left out");
    at("2023-12-01T12:00:00Z")
        .says_not("origin/x")
        .says("remote branches without a commit of the last 14 days are left out (remotes_days): 2");
    shop.track("config.yaml", "remotes_days: 30\n");
    at("2023-12-01T12:00:00Z").says("origin/x").says_not("left out");
}

#[test]
fn the_merge_order_says_how_far_the_target_is_behind_its_upstream() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    shop.worktree("one").commit("work", &[("one.txt", "1\n")]);
    let json = |shop: &Repo| shop.tw(&["merge-order", "--format", "json"]).exits(0).json();
    shop.tw(&["merge-order"]).exits(0).says_not("behind");
    assert!(json(&shop)["behind"].is_null());
    other.commit("more", &[("more.txt", "1\n")]);
    other.git(&["push", "-q", "origin", "main"]);
    shop.git(&["fetch", "-q"]);
    shop.tw(&["merge-order"]).exits(0).says("main is 1 commit behind origin/main.");
    shop.tw(&["merge", "--dry-run"]).says("main is 1 commit behind origin/main.");
    assert_eq!((&json(&shop)["behind"], &json(&shop)["upstream"]), (&json!(1), &json!("origin/main")));
}

#[test]
fn the_target_says_how_far_it_is_behind_its_upstream() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    assert_eq!(status(&shop, &[])["target"]["upstream"]["behind"], 0);
    people(&shop, &[]).says_not("behind origin/main");
    for number in 0..3 {
        other.commit("more", &[("c.txt", &format!("{number}\n"))]);
    }
    other.git(&["push", "-q"]);
    people(&shop, &[]).says_not("behind origin/main");
    shop.git(&["fetch", "-q"]);
    let fetched = shop.path(".git/FETCH_HEAD");
    let fetched = File::options().append(true).open(fetched).unwrap();
    fetched.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_035_200)).unwrap();
    shop.commit("own", &[("d.txt", "d\n")]);
    let upstream = &status(&shop, &[])["target"]["upstream"];
    assert_eq!(
        (&upstream["name"], &upstream["ahead"], &upstream["behind"]),
        (&json!("origin/main"), &json!(1), &json!(3))
    );
    std::fs::remove_file(shop.path(".git/logs/refs/remotes/origin/main")).unwrap();
    let answer = status(&shop, &[]);
    assert_eq!(answer["target"]["upstream"]["as_of"], 1_700_035_200);
    shop.tw_at("2023-11-15T12:00:00Z", &["status"])
        .says("main is 3 commits behind origin/main, as of 4 h ago");
    shop.tw_at("2023-11-14T12:00:00Z", &["status"]).says("as of a time in the future: the clocks differ");
    std::fs::remove_file(shop.path(".git/FETCH_HEAD")).unwrap();
    assert_eq!(status(&shop, &[])["target"]["upstream"]["as_of"], Value::Null);
    people(&shop, &[]).says("main is 3 commits behind origin/main, as of an unknown time");
    shop.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_eq!(status(&shop, &[])["target"]["upstream"]["gone"], true);
    shop.git(&["branch", "-q", "--unset-upstream"]);
    assert_eq!(status(&shop, &[])["target"].get("upstream"), None);
}

#[test]
fn a_branch_and_its_upstream_are_one_terminal_that_says_what_it_lacks() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "x", &[("new.txt", "x\n")]);
    shop.git(&["fetch", "-q"]);
    shop.git(&["branch", "-q", "--track", "here", "origin/x"]);
    other.git(&["checkout", "-q", "x"]);
    other.commit("more", &[("new.txt", "y\n")]);
    other.git(&["push", "-q", "origin", "x"]);
    shop.git(&["fetch", "-q"]);
    let answer = status(&shop, &["--remotes"]);
    assert_eq!(ids(&answer), ["here"]);
    assert_eq!(terminal(&answer, "here")["upstream"]["behind"], 1);
    people(&shop, &["--remotes"]).says("1 commit behind origin/x, as of");
    // without the setting it has a name like its own, and work that nothing here has
    shop.git(&["branch", "-q", "--unset-upstream", "here"]);
    assert_eq!(ids(&status(&shop, &["--remotes"])), ["here", "origin/x"]);
}

#[test]
fn a_session_is_linked_to_the_remote_branch_that_carries_its_name_where_no_local_one_does() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "login", &[("new.txt", "x\n")]);
    shop.git(&["fetch", "-q"]);
    shop.track(
        "story-1-2-sessions.yaml",
        "story_id: \"1-2-a\"\nsessions:\n  login:\n    status: in_progress\n",
    );
    let linked = |args: &[&str]| terminal(&status(&shop, args), "login")["remote"]["ref"].clone();
    assert_eq!(linked(&[]), Value::Null);
    assert_eq!(linked(&["--remotes"]), "refs/remotes/origin/login");
    shop.worktree("login-again").commit("local", &[("z.txt", "z\n")]);
    assert_eq!(linked(&["--remotes"]), Value::Null);
}

#[test]
fn a_session_is_linked_to_the_remote_branch_that_it_names() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "prices", &[("a.txt", &lines(&[(3, "theirs")]))]);
    pushed(&other, "old", &[("c.txt", "c\n")]);
    shop.git(&["fetch", "-q"]);
    shop.git(&["merge", "-q", "--no-ff", "-m", "merged", "origin/old"]);
    for (at, branch) in ["origin/prices", "refs/remotes/origin/old"].iter().enumerate() {
        let (id, story) = (format!("terminal-{at}"), format!("1-{at}"));
        let args = ["register", "--mode", "inter", "--story", &story, "--terminal", &id, "--branch", branch];
        shop.tw(&args).exits(0);
    }
    // long after the days in which other branches of remotes count, and without being asked for
    for args in [&[][..], &["--remotes"]] {
        let answer = status(&shop, args);
        let [prices, old] = ["terminal-0", "terminal-1"].map(|id| terminal(&answer, id));
        assert_eq!((&prices["ahead"], &prices["linked"]), (&json!(1), &json!(true)), "{answer:#}");
        assert_eq!(old["linked"], json!(true), "{answer:#}");
        people(&shop, args).says_not("does not exist");
    }
    let shop_again = shop.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(shop_again["steps"][0]["branch"], Value::Null, "{shop_again:#}");
}

#[test]
fn refs_that_only_git_can_read_are_seen_too() {
    let sandbox = Sandbox::new();
    let [_, other] = team(&sandbox);
    pushed(&other, "x", &[("new.txt", "x\n")]);
    let table = sandbox.path("table");
    let sandbox_git = Repo { sandbox: &sandbox, top: sandbox.path("") };
    sandbox_git.git(&["clone", "-q", "--ref-format=reftable", "origin.git", "table"]);
    let table = Repo { sandbox: &sandbox, top: table };
    other.commit("more", &[("c.txt", "c\n")]);
    other.git(&["push", "-q"]);
    table.git(&["fetch", "-q"]);
    let answer = status(&table, &["--remotes"]);
    assert_eq!(ids(&answer), ["origin/x"], "{answer:#}");
    assert!(terminal(&answer, "origin/x")["remote"]["as_of"].is_i64(), "{answer:#}");
    assert_eq!(answer["target"]["upstream"]["behind"], 1);
}

/// A commit on some branch.
fn committed(repo: &Repo, whims: &mut Whims) {
    let branch = whims.pick(&["main", "a", "b", "team/c"]);
    if repo.try_git(&["checkout", "-q", branch]).status.success()
        || repo.try_git(&["checkout", "-q", "-b", branch]).status.success()
    {
        repo.commit(
            "more",
            &[(whims.pick(&["x.txt", "y.txt", "z.txt"]), &format!("{}\n", whims.below(1000)))],
        );
    }
}

/// One thing that somebody does.
fn act(repo: &Repo, whims: &mut Whims) {
    match whims.below(9) {
        0..3 => committed(repo, whims),
        3 => drop(repo.try_git(&["fetch", "-q", "--prune"])),
        4 => drop(repo.try_git(&["push", "-q", "--force", "origin", "HEAD"])),
        5 => drop(repo.try_git(&["push", "-q", "-u", "origin", "HEAD"])),
        6 => drop(repo.try_git(&["checkout", "-q", "--detach", "HEAD"])),
        7 => drop(repo.try_git(&["reset", "-q", "--hard", "HEAD~1"])),
        _ => drop(repo.try_git(&["push", "-q", "origin", ":team/c"])),
    }
}

/// The remote branches that are to be terminals, and what each local branch lacks, as git says.
fn expected(repo: &Repo) -> (BTreeSet<String>, BTreeMap<String, String>) {
    let tracks = repo.git(&[
        "for-each-ref",
        "--format=%(refname:short)\t%(upstream)\t%(upstream:track,nobracket)",
        "refs/heads",
    ]);
    let mut followed = BTreeSet::new();
    let mut tracked = BTreeMap::new();
    for line in tracks.lines() {
        let [branch, upstream, track] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        followed.insert(upstream.to_string());
        tracked.insert(branch.to_string(), track.to_string());
    }
    let listed = repo.git(&["for-each-ref", "--format=%(refname)", "refs/remotes"]);
    let upstream = repo.git(&["for-each-ref", "--format=%(upstream)", "refs/heads/main"]);
    let upstream = listed.lines().find(|full| *full == upstream);
    let is_terminal = |full: &&str| {
        let known = ["--not", "--branches", "HEAD"].into_iter().chain(upstream);
        let own = || repo.git(&["rev-list", "-n", "1", full].into_iter().chain(known).collect::<Vec<_>>());
        !full.ends_with("/HEAD") && !followed.contains(*full) && !own().is_empty()
    };
    let remote = listed.lines().filter(is_terminal);
    (remote.map(|full| full.strip_prefix("refs/remotes/").unwrap().to_string()).collect(), tracked)
}

#[test]
fn random_teams_are_seen_as_git_sees_them() {
    for seed in seeds(8) {
        let sandbox = Sandbox::new();
        let repos = team(&sandbox);
        let mut whims = Whims(seed);
        for _ in 0..14 {
            act(&repos[whims.below(2)], &mut whims);
        }
        for repo in &repos {
            let (remote, tracked) = expected(repo);
            let before = picture(&sandbox.path(""));
            let answer = status(repo, &["--remotes", "--target", "main", "--no-cache"]);
            assert_eq!(before, picture(&sandbox.path("")), "seed {seed}: something was written");
            let shown: BTreeSet<String> =
                ids(&answer).into_iter().filter(|id| id.starts_with("origin/")).map(str::to_string).collect();
            assert_eq!(shown, remote, "seed {seed} in {}: {answer:#}", repo.top.display());
            let own =
                answer["terminals"].as_array().unwrap().iter().map(|one| (&one["branch"], &one["upstream"]));
            for (branch, upstream) in own.chain([(&json!("main"), &answer["target"]["upstream"])]) {
                let Some(branch) = branch.as_str() else { continue };
                let [ahead, behind] = ["ahead", "behind"].map(|key| upstream[key].as_u64().unwrap_or(0));
                let said = match (ahead, behind) {
                    _ if upstream["gone"] == true => "gone".to_string(),
                    (0, 0) => String::new(),
                    (ahead, 0) => format!("ahead {ahead}"),
                    (0, behind) => format!("behind {behind}"),
                    both => format!("ahead {}, behind {}", both.0, both.1),
                };
                assert_eq!(said, tracked[branch], "seed {seed} {branch}: {answer:#}");
            }
        }
    }
}

/// Clients make worktrees at `origin/main`. What that has and the local main has not comes along at a merge, but is
/// nobody's own work.
#[test]
fn who_began_at_the_upstream_of_the_target_brings_its_commits_along() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    for number in 0..3 {
        other.commit("more", &[("c.txt", &format!("{number}\n"))]);
    }
    other.git(&["push", "-q"]);
    shop.git(&["fetch", "-q"]);
    let begun = |name: &str| {
        let top = sandbox.path(name);
        shop.git(&["worktree", "add", "-qb", name, "--no-track", top.to_str().unwrap(), "origin/main"]);
        Repo { sandbox: &sandbox, top }
    };
    let [feature, idle] = ["feature", "idle"].map(begun);
    feature.commit("own", &[("b.txt", "2\n")]);
    shop.worktree("local").commit("local", &[("a.txt", "3\n")]);
    let counts = |name: &str| {
        let answer = status(&shop, &[]);
        let one = terminal(&answer, name);
        (one["ahead"].as_u64(), one["of_upstream"].as_u64())
    };
    assert_eq!(counts("feature"), (Some(4), Some(3)));
    assert_eq!(counts("idle"), (Some(3), Some(3)));
    assert_eq!(counts("local"), (Some(1), None));
    people(&shop, &[])
        .says("main is 3 commits behind origin/main, as of")
        .says("; feature and idle have commits of it, which count as their work until main has them");
    let checked = |repo: &Repo, args: &[&str]| {
        let answer = repo.tw(&[&["check", "--format", "json"], args].concat()).exits(0).json();
        let told = answer["notes"].to_string().contains("commits of origin/main that count as this work");
        assert_eq!(told, answer.get("of_upstream").is_some(), "{answer:#}");
        answer["of_upstream"].as_u64()
    };
    assert_eq!(checked(&feature, &[]), Some(3));
    assert_eq!(checked(&shop, &["--terminal", "local"]), None);
    assert_eq!(checked(&feature, &["--staged"]), None);
    let logged = |repo: &Repo| {
        repo.tw(&["sync"]).exits(0);
        repo.tw(&["log", "-n", "1", "--format", "json"]).exits(0).json()["history"][0]["of_upstream"].clone()
    };
    let both = json!([{"terminal": "feature", "commits": 3}, {"terminal": "idle", "commits": 3}]);
    assert_eq!(logged(&shop), both);
    shop.tw(&["log"]).exits(0).says("feature: 3 commits of the target's upstream");
    shop.git(&["merge", "-q", "--ff-only", "origin/main"]);
    assert_eq!(counts("feature"), (Some(1), None));
    assert_eq!((checked(&feature, &[]), logged(&shop)), (None, json!([])));
    people(&shop, &[]).says_not("commits of it");
    assert!(idle.top.is_dir());
}

#[test]
fn a_glob_that_no_branch_of_a_remote_matches_is_wrong_usage() {
    let sandbox = Sandbox::new();
    let [shop, other] = team(&sandbox);
    pushed(&other, "team/x", &[("x.txt", "x\n")]);
    shop.git(&["fetch", "-q"]);
    for command in ["status", "check", "merge-order"] {
        let said = shop.tw(&[command, "--remotes=team/*"]).exits(2);
        said.complains("--remotes=team/*: no branch of a remote matches")
            .complains("the nearest: origin/team/x");
    }
    for glob in ["--remotes", "--remotes=origin/team/*", "--remotes=origin", "--remotes=origin/main"] {
        shop.tw_at(SOON, &["status", glob]).exits(0);
    }
    shop.track("config.yaml", "remotes: [\"team/*\", \"origin/*\"]\n");
    let said = shop.tw_at(SOON, &["status", "-v"]).exits(0).says("origin/team/x");
    said.says("no branch of a remote matches team/*").says_not("matches origin/*");
    // where nothing was fetched, nobody can say what a glob should match
    let alone = sandbox.repo("alone", &[("a.txt", "1\n")]);
    alone.tw(&["status", "--remotes"]).exits(0);
    alone.tw(&["status", "--remotes=origin/*"]).exits(0);
}
