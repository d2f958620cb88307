//! `verify`: what commands say of merged trees, who fails only together, and that nothing of the user's changes.
//! `TRACK_WORK_CASES=50` tries more random sets, `TRACK_WORK_SEED=17` one again.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::cli::program::{Said, flat, lines};
use crate::merge_engine::random::Dice;
use crate::merging::checked::{fails_with, fleet, names, runs, some_of};
use crate::support::{Repo, Sandbox, picture, seeds};

type Picture = BTreeMap<PathBuf, (Vec<u8>, i64, i64, u32)>;

impl Repo<'_> {
    fn verify(&self, args: &[&str]) -> Said {
        self.tw(&[&["verify"], args].concat())
    }

    #[track_caller]
    pub fn verify_json(&self, args: &[&str]) -> Value {
        self.verify(&[args, &["--format", "json"]].concat()).json()
    }
}

/// Everything but the cache.
fn all_but_cache(sandbox: &Sandbox) -> Picture {
    let mut all = picture(&sandbox.path(""));
    let home = sandbox.path("home");
    all.retain(|path, _| !path.starts_with(home.join(".cache")) && *path != home && !path.ends_with("runs"));
    all.remove(&sandbox.path("").components().collect::<PathBuf>());
    all
}

/// Where merged trees are checked out.
fn pool(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("home/.cache/track-work/verify");
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

/// Who fails together, in each set by name.
fn together(answer: &Value) -> BTreeSet<Vec<String>> {
    let failed = answer["failed"].as_array().unwrap();
    let sorted = |one: &Value| names(&one["together"]).into_iter().collect::<BTreeSet<_>>();
    failed.iter().map(|one| sorted(one).into_iter().collect()).collect()
}

fn sets(sets: &[&[&str]]) -> BTreeSet<Vec<String>> {
    sets.iter().map(|set| set.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn who_fails_only_together_is_named_and_nothing_of_the_users_changes() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 4);
    let command = format!(
        "{} || {{ echo 't1 and t3'; exit 3; }}",
        fails_with(&sandbox, &["t1", "t3"].map(str::to_string))
    );
    let before = all_but_cache(&sandbox);
    let said = repo.verify(&["--run", &command]).exits(1);
    let text = flat(&said.stdout);
    for part in [
        "t1 and t3 fail together on main; each passes without the other.",
        "failed with exit status 3.",
        "| t1 and t3",
    ] {
        assert!(text.contains(part), "no {part:?}: {said}");
    }
    let first = runs(&sandbox);
    // the target, each alone, three more steps, and what it took to find who fails
    assert!(first <= 1 + 4 + 3 + 4, "{first} runs: {said}");
    // nothing is new, so nothing is run
    let answer = repo.verify_json(&["--run", &command]);
    assert_eq!((together(&answer), &answer["runs"]), (sets(&[&["t1", "t3"]]), &0.into()), "{answer:#}");
    assert_eq!(runs(&sandbox), first);
    assert_eq!(all_but_cache(&sandbox), before);
    // one of them alone, and others
    repo.verify(&["--run", &command, "t1", "t2"]).exits(0);
    repo.verify(&["--run", &command, "--exclude", "t3"]).exits(0).says("pass");
    assert_eq!(runs(&sandbox), first + 1, "t1 + t2 + t0 was not merged before");
    // one commit more: what has it is run again
    Repo { sandbox: &sandbox, top: sandbox.path("t3") }.commit("more", &[("more.txt", "more\n")]);
    let answer = repo.verify_json(&["--run", &command]);
    assert_eq!(together(&answer), sets(&[&["t1", "t3"]]), "{answer:#}");
    assert!(answer["runs"].as_u64().unwrap() > 0 && answer["known"].as_u64().unwrap() >= 5, "{answer:#}");
}

#[test]
fn random_sets_are_found_in_few_runs() {
    for seed in seeds(5) {
        let mut dice = Dice::new(seed);
        let count = 2 + dice.below(5);
        let guilty = some_of(count, &mut dice);
        let sandbox = Sandbox::new();
        let repo = fleet(&sandbox, count);
        let command = fails_with(&sandbox, &guilty);
        let jobs = (1 + dice.below(3)).to_string();
        let answer = repo.verify_json(&["--run", &command, "--jobs", &jobs]);
        assert_eq!(together(&answer), BTreeSet::from([guilty.clone()]), "seed {seed}: {answer:#}");
        let steps = answer["tried"].as_array().unwrap().iter().filter(|one| one["for"] == "step");
        let passed =
            steps.filter(|one| one["passed"] == true).map(|one| names(&one["terminals"]).len()).max();
        assert_eq!(passed.unwrap_or_default(), count - 1, "seed {seed}: {answer:#}");
        // the target, each alone, the steps; what blame::tests has as its bound; steps that were tried too early
        let (n, k) = (count as f64, guilty.len() as f64);
        let bound = 2.0 * n + 1.0 + n.log2().ceil() + 2.0 * k * ((n / k).log2() + 1.0) + k + 3.0;
        assert!(runs(&sandbox) as f64 <= bound, "seed {seed}: {} runs, {bound}", runs(&sandbox));
    }
}

#[test]
fn a_pair_that_overlaps_is_tried_though_the_order_repairs_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    for (name, line) in [("one", 5), ("two", 20)] {
        repo.worktree(name).commit(name, &[("a.txt", &lines(&[(line, name)]))]);
    }
    repo.worktree("other").commit("other", &[("other.txt", "other\n")]);
    let command = "test ! -e other.txt -a $(grep -c -e one -e two a.txt) = 2 && exit 1 || true";
    let answer = repo.verify_json(&["--run", command]);
    let pairs: Vec<Vec<String>> = answer["tried"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["for"] == "pair")
        .map(|one| names(&one["terminals"]))
        .collect();
    assert_eq!(pairs, [["one", "two"]], "{answer:#}");
    assert_eq!(together(&answer), sets(&[&["one", "two"]]), "{answer:#}");
    // pairs that are named are tried whatever they change
    let answer = repo.verify_json(&["--run", "true", "one", "other"]);
    let is_pair = |one: &Value| one["for"] == "pair" && one["passed"] == true;
    assert!(answer["tried"].as_array().unwrap().iter().any(is_pair), "{answer:#}");
}

#[test]
fn a_pair_that_shares_no_file_is_tried_where_one_uses_what_the_other_renamed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("parts.py", "def parse(line):\n    return line\n")]);
    repo.worktree("one").commit("rename", &[("parts.py", "def parse_line(line):\n    return line\n")]);
    let user = "from parts import parse\n\nprint(parse('a'))\n";
    repo.worktree("two").commit("use", &[("user.py", user)]);
    repo.worktree("other").commit("other", &[("other.txt", "other\n")]);
    let answer = repo.verify_json(&["--run", "true"]);
    let tried = answer["tried"].as_array().unwrap().iter().filter(|one| one["for"] == "pair");
    let pairs: Vec<Vec<String>> = tried.map(|one| names(&one["terminals"])).collect();
    assert_eq!(pairs, [["one", "two"]], "{answer:#}");
}

#[test]
fn what_is_done_is_counted_while_it_runs() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let said = repo.verify(&["--run", "true"]).exits(0);
    let told = said.stderr.lines().filter(|line| line.contains(" tried, running"));
    let counts: Vec<&str> = told.filter_map(|line| line.strip_prefix("note: ")?.split(' ').next()).collect();
    assert_eq!(counts, ["0", "1", "2", "3", "5", "6"], "{said}");
}

#[test]
fn a_target_that_fails_and_a_terminal_that_fails_alone() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let said = repo.verify(&["--run", "echo broken; exit 7"]).exits(1);
    assert!(
        flat(&said.stdout).contains("main fails by itself: echo broken; exit 7 failed with exit status 7."),
        "{said}"
    );
    assert!(said.stdout.contains("| broken") && said.stdout.contains("Run on 1 tree."), "{said}");
    let answer = repo.verify_json(&["--run", "exit 7"]);
    assert_eq!((&answer["end"], &answer["target_failure"]["status"]), (&"target_fails".into(), &7.into()));
    let said = repo.verify(&["--run", "test ! -e t1.txt"]).exits(1);
    assert!(flat(&said.stdout).contains("t1 fails on main by itself."), "{said}");
    assert!(!flat(&said.stdout).contains("together"), "{said}");
}

#[test]
fn what_could_not_be_run_is_an_error_and_is_not_kept() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let alive = sandbox.path("alive");
    let late = format!("while :; do date > {}; sleep 0.05; done", alive.display());
    for command in ["no-such-program", "exit 127", "./a.txt", "kill -TERM $$", &late] {
        for jobs in ["1", "2"] {
            let said = repo.verify(&["--timeout", "1", "--jobs", jobs, "--run", command]).exits(2);
            assert!(said.stderr.contains("could not be run on main: "), "{said}");
        }
    }
    _ = fs::remove_file(&alive);
    thread::sleep(Duration::from_millis(200));
    assert!(!alive.exists(), "it runs on");
    // what is known by then is kept, and the rest is run once that is resolved
    let repaired = sandbox.path("repaired");
    let command = format!(
        "echo run >> {}; test ! -e t1.txt || test -e {} || exit 127",
        sandbox.path("runs").display(),
        repaired.display()
    );
    repo.verify(&["--run", &command]).exits(2).complains("could not be run on t1: ");
    fs::write(&repaired, "").unwrap();
    let before = runs(&sandbox);
    let answer = repo.verify_json(&["--run", &command]);
    assert_eq!((&answer["known"], runs(&sandbox) - before), (&2.into(), 2), "{answer:#}");
    assert_eq!(answer["failed"], Value::Array(Vec::new()));
}

#[test]
fn uncommitted_work_is_merged_where_asked_for() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let worktree = |name: &str| Repo { sandbox: &sandbox, top: sandbox.path(name) };
    repo.worktree("t2").write("draft \u{e9}.txt", "draft\n");
    worktree("t0").write("wip/deep.txt", "wip\n");
    worktree("t0").git(&["add", "wip"]);
    let staged = worktree("t0");
    staged.write("wip/deep.txt", "wip, changed\n");
    let command = "! { test -e draft*.txt && grep -q changed wip/deep.txt; }";
    repo.verify(&["--run", command]).exits(0);
    let before = all_but_cache(&sandbox);
    let answer = repo.verify_json(&["--run", command, "--uncommitted"]);
    assert_eq!(together(&answer), sets(&[&["t0", "t2"]]), "{answer:#}");
    assert_eq!(all_but_cache(&sandbox), before);
    // what was not committed lies in no folder that others read
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(pool(&sandbox)).unwrap());
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn what_git_would_stop_at_is_not_tried_and_said() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    for (name, file, line) in [("one", "a.txt", 5), ("two", "a.txt", 5), ("drifts", "b.txt", 1)] {
        repo.worktree(name).commit(name, &[(file, &lines(&[(line, name)]))]);
    }
    repo.commit("main goes on", &[("b.txt", "main\n")]);
    let said = repo.verify(&["--run", "true"]).exits(1);
    let text = flat(&said.stdout);
    assert!(text.contains("Not tried: drifts conflicts with main in b.txt."), "{said}");
    assert!(text.contains("conflicts with main + ") && text.contains("in a.txt."), "{said}");
    repo.verify(&["--run", "true", "one"]).exits(0);
}

#[test]
fn what_is_checked_out_is_what_git_merges() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo(
        "shop",
        &[("a.txt", &lines(&[])), (".gitattributes", "*.up filter=upper\n*.txt eol=crlf\n"), ("b.up", "B\n")],
    );
    repo.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    repo.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    {
        let one = repo.worktree("one");
        one.git(&["mv", "a.txt", "moved.txt"]);
        one.set_executable("b.up", true);
        std::os::unix::fs::symlink("moved.txt", one.path("link")).unwrap();
        one.write(OsStr::from_bytes(b"odd \xff\n.txt"), "odd\n");
        one.git(&["add", "--all"]);
        one.git(&["commit", "-qm", "one"]);
    }
    repo.worktree("two").commit("two", &[("a.txt", &lines(&[(30, "two")])), ("c.up", "C\n")]);
    let seen = sandbox.path("seen");
    let command = format!(
        "{{ git rev-parse HEAD^{{tree}}; git log --format=%s; git status --porcelain; cat b.up; grep -c \"$(printf '\\r')\" *ed.txt; test -x b.up && echo x; }} > {} 2>&1; true",
        seen.display()
    );
    repo.verify(&["--run", &command, "one", "two"]).exits(0);
    let said = fs::read_to_string(seen).unwrap();
    let expected = repo.git(&["merge-tree", "--write-tree", "one", "two"]);
    let seen: Vec<&str> = said.lines().collect();
    assert_eq!(seen[0], expected, "{said}");
    assert_eq!(&seen[1..], ["Merged to be tried", "two", "one", "first", "b", "40", "x"], "{said}");
}

#[test]
fn a_checkout_keeps_what_was_built_and_survives_what_a_command_does() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let built = sandbox.path("builds");
    let wild = format!(
        "test -e built/x && echo again >> {}; mkdir -p built; touch built/x; echo mine > t2.txt; echo x > a.txt; rm -rf .git; mkdir .git; touch .git/index.lock new",
        built.display()
    );
    let outer = repo.git(&["status", "--porcelain"]);
    // were the home folder a repository, git would find that one
    let home = Repo { sandbox: &sandbox, top: sandbox.path("home") };
    home.git(&["init", "-q"]);
    home.write("precious", "precious\n");
    let answer = repo.verify_json(&["--run", &wild]);
    assert_eq!(answer["runs"], 6, "{answer:#}");
    assert_eq!(fs::read_to_string(&built).unwrap(), "again\n".repeat(5));
    assert!(home.path("precious").exists() && !home.path(".git/index").exists());
    // the objects of the last run are gone, and what was built is still there
    repo.verify(&["--again", "--run", &wild]).exits(0);
    assert_eq!(fs::read_to_string(&built).unwrap(), "again\n".repeat(11));
    // a checkout that is damaged is made anew
    let slot = pool(&sandbox).join("0");
    fs::remove_dir_all(&slot).unwrap();
    fs::write(&slot, "a file\n").unwrap();
    repo.verify(&["--again", "--run", "test $(cat a.txt) = a"]).exits(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), outer);
}

#[test]
fn checkouts_that_nobody_uses_are_removed_after_thirty_days() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    repo.verify(&["--run", "true"]).exits(0);
    let all = sandbox.path("home/.cache/track-work/verify");
    let folder = |name: &str, days: u64| {
        fs::create_dir_all(all.join(name).join("0/build")).unwrap();
        let then = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        fs::File::open(all.join(name)).unwrap().set_modified(then).unwrap();
    };
    folder("old", 31);
    folder("recent", 29);
    folder("in-use", 31);
    let lock = fs::File::create(all.join("in-use/lock")).unwrap();
    lock.lock().unwrap();
    folder("in-use", 31);
    repo.verify(&["--run", "true"]).exits(0);
    let mut left: Vec<_> = fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.retain(|name| ["old", "recent", "in-use"].iter().any(|known| name == known));
    left.sort();
    assert_eq!(left, ["in-use", "recent"]);
}

#[test]
fn results_are_kept_by_tree_commands_and_fingerprint() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 1);
    let count = format!("echo run >> {}", sandbox.path("runs").display());
    let tool = sandbox.path("toolchain");
    fs::write(&tool, "1").unwrap();
    let args = ["--run", &count, "--fingerprint", "../toolchain"];
    let known = |args: &[&str]| {
        let before = runs(&sandbox);
        repo.verify(args).exits(0);
        runs(&sandbox) - before
    };
    assert_eq!([known(&args), known(&args)], [2, 0]);
    fs::write(&tool, "2").unwrap();
    assert_eq!([known(&args), known(&args)], [2, 0]);
    assert_eq!([known(&["--run", &count]), known(&["--run", &count, "--run", "true"])], [2, 2]);
    assert_eq!([known(&["--run", &count, "--again"]), known(&["--run", &count])], [2, 0]);
    assert_eq!([known(&["--run", &count, "--no-cache"]), known(&["--run", &count, "--no-cache"])], [2, 2]);
    repo.verify(&["--run", &count, "--fingerprint", "."]).fails();
    // by merge too
    let before = runs(&sandbox);
    repo.merge(&["--yes", "--all", "--run", &count]).exits(0);
    repo.merge(&["--undo"]).exits(0);
    assert_eq!(runs(&sandbox), before);
    repo.merge(&["--yes", "--all", "--again", "--run", &count]).exits(0);
    assert_eq!(runs(&sandbox), before + 2);
}

#[test]
fn what_needs_another_is_tried_with_it() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    Repo { sandbox: &sandbox, top: sandbox.path("t1") }.git(&["rebase", "-q", "t0"]);
    let answer = repo.verify_json(&["--after", "t2=t1", "--run", "test ! -e t0.txt"]);
    assert_eq!(together(&answer), sets(&[&["t0"]]), "{answer:#}");
    let answer = repo.verify_json(&["--after", "t2=t1", "--run", "test ! -e t2.txt"]);
    assert_eq!(
        (together(&answer), names(&answer["failed"][0]["needed"])),
        (sets(&[&["t2"]]), vec!["t0".to_string(), "t1".to_string()]),
        "{answer:#}"
    );
    let said = repo.verify(&["--after", "t2=t1", "--run", "test ! -e t1.txt", "-v"]).exits(1);
    said.says("step: t0").says("fails on main, with what it needs (t0)");
}

#[test]
fn settings_name_the_commands_and_odd_places_are_answered() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    repo.verify(&[]).fails().complains("there is no command to run");
    repo.tw(&["init"]).exits(0);
    repo.write(".system/parallel-work/config.yaml", "verify: [\"true\", test ! -e t1.txt]\n");
    let answer = repo.verify_json(&[]);
    assert_eq!((together(&answer), names(&answer["commands"]).len()), (sets(&[&["t1"]]), 2), "{answer:#}");
    // from a linked worktree, and on a detached head
    let t0 = Repo { sandbox: &sandbox, top: sandbox.path("t0") };
    t0.verify(&[]).exits(1);
    t0.git(&["checkout", "-q", "--detach"]);
    t0.verify(&["--run", "true"]).exits(0);
    repo.verify(&["nobody"]).fails();
    repo.verify(&["--jobs", "0", "--run", "true"]).exits(2);
    repo.write(".system/parallel-work/config.yaml", "verify: {}\n");
    repo.verify(&[]).exits(2);
    repo.verify(&["--run", "true"]).exits(1).complains("warning: ");
    // nothing to merge
    let empty = sandbox.repo("empty", &[("a.txt", "a\n")]);
    let said = empty.verify(&["--run", "true"]).exits(0);
    assert!(said.stdout.contains("Run on 1 tree."), "{said}");
    let unborn = sandbox.init("unborn");
    unborn.verify(&["--run", "true"]).fails().complains("main has no commit yet");
    fs::create_dir(sandbox.path("nowhere")).unwrap();
    Repo { sandbox: &sandbox, top: sandbox.path("nowhere") }.verify(&["--run", "true"]).fails();
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = Repo { sandbox: &sandbox, top: sandbox.path("bare.git") };
    let answer = bare.verify_json(&["--run", "test ! -e t0.txt -o ! -e t1.txt"]);
    assert_eq!(together(&answer), sets(&[&["t0", "t1"]]), "{answer:#}");
}

#[test]
fn ctrl_c_ends_it_and_the_same_command_goes_on() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let [began, ends, alive] = ["began", "ends", "alive"].map(|name| sandbox.path(name));
    let command = format!(
        "test ! -e t1.txt || test -e {1} || {{ touch {0}; while :; do date > {2}; sleep 0.05; done; }}",
        began.display(),
        ends.display(),
        alive.display()
    );
    let mut program = repo.program(&["verify", "--run", &command]);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = program.process_group(0).spawn().unwrap();
    while !began.exists() {
        thread::sleep(Duration::from_millis(10));
    }
    // meanwhile another one is refused
    repo.verify(&["--run", "true"]).exits(2).complains("another track-work verify is running: process ");
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    let done = ["Interrupted after 1 tree.", "Interrupted after 2 trees."];
    assert!(said.status == Some(1) && done.iter().any(|done| flat(&said.stdout).contains(done)), "{said}");
    _ = fs::remove_file(&alive);
    thread::sleep(Duration::from_millis(200));
    assert!(!alive.exists(), "it runs on");
    // the same after a kill
    fs::remove_file(&began).unwrap();
    let mut child = repo
        .program(&["verify", "--run", &command])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !began.exists() {
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(&ends, "").unwrap();
    let answer = repo.verify_json(&["--run", &command]);
    assert_eq!((&answer["end"], &answer["known"]), (&"finished".into(), &2.into()), "{answer:#}");
}

/// The findings of `build_conflict` in the answers of `status` and of `check` in a worktree: they agree.
#[track_caller]
fn build_conflicts(repo: &Repo, of: &str) -> Vec<Value> {
    let found = |answer: &Value| -> Vec<Value> {
        let all = answer["findings"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|one| one["check"] == "build_conflict").collect()
    };
    let status = found(&repo.status());
    let own = Repo { sandbox: repo.sandbox, top: repo.sandbox.path(of) };
    let check = found(&own.tw(&["check", "--format", "json"]).json());
    let theirs: Vec<Value> =
        status.iter().filter(|one| names(&one["terminals"]).contains(&of.to_string())).cloned().collect();
    assert_eq!(check, theirs);
    status
}

#[test]
fn what_was_found_is_a_finding_as_long_as_the_merged_tree_is_the_same() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let t0 = Repo { sandbox: &sandbox, top: sandbox.path("t0") };
    let fails =
        |files: &str| format!("test -e mended || ! ls {files} || {{ echo 't0 and t1 \u{1b}[2J'; exit 3; }}");
    let command = fails("t0.txt t1.txt");
    assert!(build_conflicts(&repo, "t0").is_empty());
    repo.verify(&["--run", &command]).exits(1);
    let found = build_conflicts(&repo, "t0");
    let (one, evidence) = (&found[0], &found[0]["evidence"]);
    assert_eq!(
        (found.len(), names(&one["terminals"]), &one["severity"]),
        (1, vec!["t0".to_string(), "t1".to_string()], &"warning".into())
    );
    assert_eq!((&evidence["failure"]["status"], &evidence["uncommitted"]), (&3.into(), &false.into()));
    assert!(build_conflicts(&repo, "t2").len() == 1);
    for said in [repo.tw(&["status"]), t0.tw(&["check"])] {
        let text = flat(&said.stdout);
        assert!(
            text.contains("Warning: t0 and t1 fail together on main; each passes without the other."),
            "{said}"
        );
        assert!(said.stdout.contains("| t0 and t1 \\e[2J"), "{said}");
        assert_eq!(said.status, Some(0), "git does not stop there: {said}");
    }
    // other messages make the same trees, other content does not
    t0.git(&["commit", "-q", "--amend", "-m", "in other words"]);
    assert_eq!(build_conflicts(&repo, "t0").len(), 1);
    t0.write("draft.txt", "not committed\n");
    assert_eq!(build_conflicts(&repo, "t0").len(), 1);
    t0.commit("more", &[]);
    assert_eq!(build_conflicts(&repo, "t0").len(), 0);
    t0.git(&["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(build_conflicts(&repo, "t0").len(), 1);
    repo.commit("main goes on", &[("b.txt", "b\n")]);
    assert_eq!(build_conflicts(&repo, "t0").len(), 0);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    // merged in part, it is the same tree
    repo.git(&["merge", "-q", "--no-ff", "t1"]);
    assert_eq!(build_conflicts(&repo, "t0").len(), 1);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    // a flaw of the surroundings that was mended
    fs::write(sandbox.path("home/mended"), "").unwrap();
    let command = command.replace("mended", &sandbox.path("home/mended").display().to_string());
    repo.verify(&["--run", &command]).exits(0);
    assert_eq!(build_conflicts(&repo, "t0").len(), 1, "that was another command");
    fs::remove_file(sandbox.path("home/mended")).unwrap();
    repo.verify(&["--again", "--run", &command]).exits(1);
    fs::write(sandbox.path("home/mended"), "").unwrap();
    repo.verify(&["--again", "--run", &command]).exits(0);
    assert_eq!(build_conflicts(&repo, "t0").len(), 1);
    repo.tw(&["status", "--no-cache"]).exits(0).says_not("fail together");
}

#[test]
fn uncommitted_work_that_fails_is_told_until_it_changes_and_a_story_waits_for_it() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let story =
        "story_id: \"1-2-login\"\nsessions:\n  t0:\n    status: completed\n  t1:\n    status: completed\n";
    repo.track("story-1-2-sessions.yaml", story);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: Story 1-2 (t0, t1)");
    let command = "! ls t0.txt t1.txt";
    repo.verify(&["--run", command]).exits(1);
    repo.tw(&["sync"])
        .exits(0)
        .says("Warning: t0 and t1 fail together on main")
        .says_not("Story 1-2 (t0, t1)");
    // each can be merged, and the story cannot
    repo.tw(&["status"])
        .exits(0)
        .says("Ready to merge: t0 (part of story 1-2)")
        .says_not("Story 1-2 (t0, t1)");
    let t1 = Repo { sandbox: &sandbox, top: sandbox.path("t1") };
    t1.write("draft.txt", "draft\n");
    let draft = "! ls draft.txt";
    repo.verify(&["--run", draft, "--uncommitted"]).exits(1);
    let of_draft = |answer: &Value| {
        let found = crate::cli::program::findings(answer, "build_conflict");
        found.iter().filter(|one| one["evidence"]["uncommitted"] == true).count()
    };
    assert_eq!(of_draft(&repo.status()), 1);
    repo.tw(&["status"]).says("failed with exit status 1, with uncommitted work");
    t1.write("draft.txt", "another draft\n");
    assert_eq!(of_draft(&repo.status()), 0);
}

#[test]
fn uncommitted_work_is_told_of_those_alone_who_have_it() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let t2 = Repo { sandbox: &sandbox, top: sandbox.path("t2") };
    t2.write("draft.txt", "draft\n");
    // t0 and t1 fail together, with what they have committed
    repo.verify(&["--run", "! ls t0.txt t1.txt", "--uncommitted"]).exits(1);
    let uncommitted = || {
        let answer = repo.status();
        let found = crate::cli::program::findings(&answer, "build_conflict");
        found.iter().map(|one| one["evidence"]["uncommitted"] == true).collect::<Vec<_>>()
    };
    assert_eq!(uncommitted(), [false]);
    repo.tw(&["status"]).says("t0 and t1 fail together").says_not("with uncommitted work");
    // t1 has some then, and commits it: the tree is the same, and nothing is uncommitted any more
    let t1 = Repo { sandbox: &sandbox, top: sandbox.path("t1") };
    t1.write("more.txt", "more\n");
    repo.verify(&["--run", "! ls t0.txt more.txt", "--uncommitted"]).exits(1);
    assert!(uncommitted().contains(&true));
    repo.tw(&["status"]).says("with uncommitted work");
    t1.commit("more", &[]);
    assert!(!uncommitted().contains(&true));
}
