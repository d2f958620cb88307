//! Repositories of every kind, those included that libgit2 reads wrongly or not at all: each has an
//! answer, or says what to do, and none is written to.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::program::{
    PROGRAM, changes, findings, lines, messages, pairs, program, said, said_with, scrubbed, terminal, text,
};
use crate::support::{Repo, Sandbox, picture, spoil_index};

const OPTIONS: [&[&str]; 2] = [&["--ref-format=files"], &["--ref-format=reftable"]];

/// A repository with one commit of `a.txt` and `b.txt`.
fn shop<'a>(sandbox: &'a Sandbox, options: &[&str]) -> Repo<'a> {
    let repo = sandbox.init_with("shop", options);
    repo.commit("first", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    repo
}

/// Three worktrees: two of them change the same line, one of these without a commit; the third
/// changes another one.
fn at_work(repo: &Repo) {
    repo.worktree("one").commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.worktree("three").write("a.txt", lines(&[(30, "three")]));
    repo.worktree("two").write("a.txt", lines(&[(3, "two")]));
}

/// `status` sees the three as they are, and leaves every byte and time below `.git`.
#[track_caller]
fn is_seen(repo: &Repo) -> Value {
    let git_dir = PathBuf::from(repo.git(&["rev-parse", "--absolute-git-dir"]));
    let before = picture(&git_dir);
    let answer = repo.status();
    let after = picture(&git_dir);
    let touched: Vec<_> = after.iter().filter(|(path, data)| before.get(*path) != Some(*data)).collect();
    assert!(after == before, "the repository was written to: {touched:?}");
    let expected = ["one three overlap", "one two conflict", "three two overlap"];
    assert_eq!(pairs(&answer), expected, "{}", messages(&answer));
    for id in ["one", "two", "three"] {
        assert_eq!(changes(&answer, id), ["modified a.txt"], "{id}");
    }
    repo.tw(&["status", "--quiet"]).exits(1).says("a.txt");
    answer
}

#[test]
fn refs_kept_as_reftable_are_asked_of_git() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox, &["--ref-format=reftable"]);
    at_work(&repo);
    is_seen(&repo);
    let told = "Note: refs are stored as reftable, so git was used to read them";
    repo.tw(&["status", "-v"]).exits(1).says(told);
    repo.tw(&["status"]).exits(1).says_not(told);
    repo.tw(&["status", "--target", "nonsense"]).fails().complains("known branches: main, one, three, two");
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    one.tw(&["compare", "HEAD", "../two"]).exits(1).says("HEAD line 3");
    // Without git there is no answer, and no wrong one.
    let said = said(repo.program(&["status"]).env("PATH", sandbox.path("home"))).fails();
    said.complains("git did not start").complains("check that git is installed");
}

/// A history with everything that is or needs a ref. The ids are the same whatever keeps the refs.
fn busy<'a>(sandbox: &'a Sandbox, options: &[&str]) -> Repo<'a> {
    let repo = shop(sandbox, options);
    repo.git(&["tag", "-a", "-m", "one", "v1"]);
    repo.commit("second", &[("b.txt", "second\n")]);
    at_work(&repo);
    for (branch, file) in [("topic", "a.txt"), ("group/x", "new.txt")] {
        repo.git(&["checkout", "-qb", branch, "v1"]);
        repo.commit(branch, &[(file, &lines(&[(3, branch)]))]);
        repo.git(&["checkout", "-q", "main"]);
    }
    repo.git(&["branch", "merged", "v1"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "v1"]);
    repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let detached = repo.worktree_at(&sandbox.path("detached"), &["--detach"]);
    detached.git(&["checkout", "-q", "v1"]);
    detached.write("b.txt", "detached\n");
    let unborn = repo.worktree_at(&sandbox.path("unborn"), &["--orphan", "-b", "unborn"]);
    unborn.write("only.txt", "1\n");
    for (name, operation) in [("picking", "cherry-pick"), ("undoing", "revert"), ("rebasing", "rebase")] {
        let under_way = repo.worktree(name);
        under_way.commit(name, &[("a.txt", &lines(&[(3, name)]))]);
        under_way.commit(name, &[("a.txt", &lines(&[(3, "and on")]))]);
        let what = if operation == "revert" { "HEAD~1" } else { "topic" };
        assert!(!under_way.try_git(&[operation, what]).status.success(), "{operation} should stop");
    }
    repo.worktree("gone");
    fs::remove_dir_all(sandbox.path("gone")).unwrap();
    repo.git(&["config", "attr.tree", "topic"]);
    repo
}

#[test]
fn the_answer_is_the_same_whatever_keeps_the_refs() {
    let questions: [(&str, &[&str]); 9] = [
        ("shop", &["status", "--format", "json"]),
        ("shop", &["status", "--format", "json", "--target", "v1"]),
        ("one", &["status", "--format", "json", "--target", "HEAD"]),
        ("one", &["status", "--format", "json", "--target", "origin"]),
        ("detached", &["status", "--format", "json", "--target", "HEAD"]),
        ("shop", &["compare", "--format", "json", "topic", "one~0"]),
        ("shop", &["compare", "--format", "json", "../detached", "group/x"]),
        ("shop", &["compare", "--format", "json", "topic", "@{-1}"]),
        ("rebasing", &["compare", "--format", "json", "nonsense", "HEAD"]),
    ];
    let answers = OPTIONS.map(|options| {
        let sandbox = Sandbox::new();
        let repo = busy(&sandbox, options);
        let answer = repo.status();
        for (id, operation) in [("picking", "cherry-pick"), ("undoing", "revert"), ("rebasing", "rebase")] {
            assert!(
                messages(&answer).contains(&format!("{id}: a {operation} is in progress")),
                "{operation}"
            );
        }
        assert_eq!(terminal(&answer, "rebasing")["branch"], "rebasing");
        assert_eq!(terminal(&answer, "unborn")["branch"], "unborn");
        questions.map(|(place, args)| {
            let said = said(program(&sandbox, &sandbox.path(place)).args(args));
            let plain = |text: &str| text.replace(sandbox.path("").to_str().unwrap(), "/");
            let mut answer: Value = serde_json::from_str(&plain(&said.stdout)).unwrap_or_default();
            if let Some(findings) = answer.get_mut("findings") {
                findings.as_array_mut().unwrap().retain(|one| !text(&one["message"]).contains("reftable"));
            }
            (args, said.status, answer, plain(&said.stderr))
        })
    });
    for (files, reftable) in answers[0].iter().zip(&answers[1]) {
        assert_eq!(files, reftable);
    }
}

#[test]
fn a_bare_repository_with_reftable_has_its_worktrees_and_its_target() {
    for options in OPTIONS {
        let sandbox = Sandbox::new();
        let source = shop(&sandbox, &[]);
        let bare = sandbox.init_with("bare.git", &[&["--bare"], options].concat());
        source.git(&["push", "-q", "../bare.git", "main"]);
        at_work(&bare);
        let answer = is_seen(&bare);
        assert_eq!(answer["target"]["ref"], "refs/heads/main");
        bare.git(&["symbolic-ref", "HEAD", "refs/heads/vanished"]);
        assert_eq!(is_seen(&bare)["target"]["ref"], "refs/heads/main");
    }
}

#[test]
fn a_submodule_with_reftable_is_read_too() {
    let sandbox = Sandbox::new();
    let library = sandbox.init_with("library", &["--ref-format=reftable"]);
    library.commit("first", &[("lib.c", "int x;\n")]);
    let repo = shop(&sandbox, &[]);
    repo.git(&["clone", "-q", "--ref-format=reftable", "../library", "library"]);
    repo.commit("with a submodule", &[]);
    let side = repo.worktree("side");
    side.git(&["clone", "-q", "--ref-format=reftable", "../library", "library"]);
    assert_eq!(changes(&repo.status(), "side"), [""; 0]);
    let inner = Repo { sandbox: &sandbox, top: side.path("library") };
    inner.git(&["config", "user.name", "Ada"]);
    inner.commit("second", &[("lib.c", "int y;\n")]);
    assert_eq!(changes(&repo.status(), "side"), ["modified library"]);
}

#[test]
fn what_no_source_can_read_is_refused_with_what_to_do() {
    let sandbox = Sandbox::new();
    let sha256 = sandbox.init_with("sha256", &["--object-format=sha256"]);
    sha256.commit("first", &[("a.txt", "1\n")]);
    let newer = sandbox.repo("newer", &[("a.txt", "1\n")]);
    newer.git(&["config", "core.repositoryFormatVersion", "1"]);
    newer.git(&["config", "extensions.fromTheFuture", "true"]);
    let format = sandbox.repo("format", &[("a.txt", "1\n")]);
    format.git(&["config", "core.repositoryFormatVersion", "9"]);
    for (repo, what, mend) in [
        (&sha256, "uses the object format sha256, which this version cannot read", "fast-import"),
        (&newer, "uses the extension extensions.fromthefuture", "a newer track-work"),
        (&format, "uses a newer repository format", "a newer track-work"),
    ] {
        for command in [&["status"][..], &["sync"], &["compare", "main", "main"]] {
            let said = repo.tw(command).fails().complains(what).complains(mend);
            said.complains("git merge-tree --write-tree OURS THEIRS");
        }
        let line = format!("{} main main\n", repo.top.display());
        let asked = said_with(&mut repo.program(&["compare", "--stdin"]), &line);
        assert_eq!(asked.exits(0).json()["clean"], Value::Null);
    }
    // The mend works.
    let copy = sandbox.init("copy");
    let mend = "git -C ../sha256 fast-export --all | git fast-import --quiet && git reset -q --hard";
    let mut shell = scrubbed(&sandbox.path("home"), &copy.top, Command::new("sh"));
    assert!(shell.args(["-c", mend]).status().unwrap().success());
    at_work_on_nothing(&copy);
}

/// A single worktree without work of its own: no pair, no finding.
fn at_work_on_nothing(repo: &Repo) {
    repo.worktree("side");
    assert_eq!(changes(&repo.status(), "side"), [""; 0]);
    repo.tw(&["status"]).exits(0);
}

/// A clone without blobs that notes when anybody asks its server for more.
fn partial<'a>(sandbox: &'a Sandbox, options: &[&str]) -> Repo<'a> {
    let source = shop(sandbox, &[]);
    source.commit("second", &[("b.txt", "second\n")]);
    source.git(&["config", "uploadpack.allowFilter", "true"]);
    source.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let url = format!("file://{}", source.top.display());
    let top = sandbox.path("partial");
    source.git(&[&["clone", "-q", "--filter=blob:none"], options, &[&url, top.to_str().unwrap()]].concat());
    let repo = Repo { sandbox, top };
    let script = sandbox.path("server.sh");
    let text = format!("#!/bin/sh\n: > {}\nexec git-upload-pack \"$@\"\n", sandbox.path("asked").display());
    fs::write(&script, text).unwrap();
    repo.git(&["config", "remote.origin.uploadpack", &format!("sh {}", script.display())]);
    repo
}

#[test]
fn a_missing_blob_makes_its_pair_unknown_and_no_server_is_asked() {
    for options in OPTIONS {
        let sandbox = Sandbox::new();
        let repo = partial(&sandbox, options);
        // These two start from a version of `b.txt` that was never fetched.
        let old = |name: &str| {
            let top = sandbox.path(name);
            let from = ["--no-checkout", "-b", name, top.to_str().unwrap(), "HEAD~1"];
            repo.git(&[&["worktree", "add", "-q"], &from[..]].concat());
            let old = Repo { sandbox: &sandbox, top };
            old.git(&["read-tree", "HEAD"]);
            old.git(&["update-index", "--skip-worktree", "a.txt"]);
            old.write("b.txt", format!("{name}\n"));
        };
        old("old-1");
        old("old-2");
        at_work(&repo);
        assert!(!sandbox.path("asked").exists(), "git itself asked for more");
        let answer = repo.status();
        assert_eq!(
            pairs(&answer),
            [
                "old-1 old-2 unknown",
                "old-1 one disjoint",
                "old-1 three disjoint",
                "old-1 two disjoint",
                "old-2 one disjoint",
                "old-2 three disjoint",
                "old-2 two disjoint",
                "one three overlap",
                "one two conflict",
                "three two overlap",
            ],
            "{}",
            messages(&answer)
        );
        assert!(messages(&answer).contains("this is a partial clone"), "{}", messages(&answer));
        let fetch = "git fetch --refetch --no-filter";
        let pair = findings(&answer, "not_determined")
            .into_iter()
            .find(|one| one["terminals"] == serde_json::json!(["old-1", "old-2"]));
        assert!(text(&pair.unwrap()["suggestion"]).contains(fetch), "{}", messages(&answer));
        repo.tw(&["status"]).exits(1).says("whether old-1 and old-2 conflict is unknown: b.txt: object");
        // Nor by way of git, which is asked where an index is not understood.
        spoil_index(&repo.path(".git/worktrees/two/index"));
        let again = repo.status();
        assert!(messages(&again).contains("git status was used instead"), "{}", messages(&again));
        assert_eq!(pairs(&again), pairs(&answer));
        assert!(!sandbox.path("asked").exists(), "the server was asked for more");
        // It would have been possible.
        repo.git(&["cat-file", "blob", "HEAD~1:b.txt"]);
        assert!(sandbox.path("asked").exists());
        let answer = repo.status();
        let drifted: Vec<&Value> = findings(&answer, "merge_conflict")
            .into_iter()
            .filter(|one| one["evidence"]["drift"] == true)
            .map(|one| &one["terminals"][0])
            .collect();
        assert_eq!(drifted, ["old-1", "old-2"], "{}", messages(&answer));
    }
}

#[test]
fn a_shallow_clone_is_judged_where_its_history_reaches() {
    let sandbox = Sandbox::new();
    let source = shop(&sandbox, &[]);
    source.commit("second", &[("b.txt", "second\n")]);
    let url = format!("file://{}", source.top.display());
    source.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
    let repo = Repo { sandbox: &sandbox, top: sandbox.path("shallow") };
    at_work(&repo);
    is_seen(&repo);
}

#[test]
fn what_begins_before_a_shallow_clone_does_is_unknown_in_every_answer() {
    let sandbox = Sandbox::new();
    let source = shop(&sandbox, &[]);
    source.git(&["checkout", "-q", "-b", "old"]);
    source.commit("of old", &[("old.txt", "1\n")]);
    source.git(&["checkout", "-q", "main"]);
    source.commit("second", &[("b.txt", "second\n")]);
    source.commit("third", &[("b.txt", "third\n")]);
    let url = format!("file://{}", source.top.display());
    source.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, "../shallow"]);
    let repo = Repo { sandbox: &sandbox, top: sandbox.path("shallow") };
    repo.git(&["worktree", "add", "-q", "../old", "old"]);
    let old = Repo { sandbox: &sandbox, top: sandbox.path("old") };
    let answer = repo.status();
    // git itself would take it for the history of another project
    assert!(!repo.try_git(&["merge-base", "main", "old"]).status.success());
    let told = &super::program::terminal(&answer, "old");
    assert!(told["ahead"].is_null() && told["behind"].is_null() && told["changes"].is_null(), "{told:#}");
    repo.tw(&["status"]).exits(1).says("git fetch --unshallow");
    let said = old.tw(&["check"]);
    assert!(said.status != Some(0) && !said.stdout.contains("no conflict"), "{said}");
    repo.tw(&["merge-order"]).exits(1).says("unknown: old");
    repo.git(&["fetch", "-q", "--unshallow"]);
    let answer = repo.status();
    let told = &super::program::terminal(&answer, "old");
    assert_eq!((&told["ahead"], &told["behind"]), (&1.into(), &2.into()), "{told:#}");
    old.tw(&["check"]).exits(0).says("no conflict");
}

#[test]
fn sparse_checkouts_and_indexes_show_no_work_that_nobody_did() {
    for (cone, index) in
        [("--no-cone", "--no-sparse-index"), ("--cone", "--no-sparse-index"), ("--cone", "--sparse-index")]
    {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox, &[]);
        repo.commit("folders", &[("in/i.txt", "i\n"), ("out/o.txt", "o\n"), ("out/deep/d.txt", "d\n")]);
        at_work(&repo);
        for name in ["one", "two", "three"] {
            let worktree = Repo { sandbox: &sandbox, top: sandbox.path(name) };
            let paths: &[&str] = if cone == "--cone" { &["in"] } else { &["/a.txt", "/b.txt", "in/"] };
            worktree.git(&[&["sparse-checkout", "set", cone, index], paths].concat());
            assert!(!worktree.path("out").exists());
        }
        is_seen(&repo);
    }
}

#[test]
fn split_indexes_and_those_that_only_git_reads_are_seen() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox, &[]);
    at_work(&repo);
    let two = Repo { sandbox: &sandbox, top: sandbox.path("two") };
    two.git(&["update-index", "--split-index"]);
    two.git(&["add", "a.txt"]);
    is_seen(&repo);
    // One that only git reads. It may touch the time of what it reads then, and nothing else.
    spoil_index(&repo.path(".git/worktrees/three/index"));
    let bytes =
        || picture(&repo.path(".git")).into_iter().map(|(path, data)| (path, data.0)).collect::<Vec<_>>();
    let before = bytes();
    let answer = repo.status();
    assert!(bytes() == before);
    assert_eq!(pairs(&answer), ["one three overlap", "one two conflict", "three two overlap"]);
    assert!(messages(&answer).contains("three: the index "), "{}", messages(&answer));
    repo.tw(&["status", "-v"]).exits(1).says("git status was used instead");
}

#[test]
fn a_filter_like_that_of_large_files_gives_no_false_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox, &[]);
    repo.git(&["config", "filter.big.clean", "sed s/^/pointer:/"]);
    repo.git(&["config", "filter.big.smudge", "sed s/^pointer://"]);
    repo.git(&["config", "filter.big.required", "true"]);
    repo.commit("big", &[(".gitattributes", "*.big filter=big -text\n"), ("x.big", "content\n")]);
    assert_eq!(repo.git(&["show", "HEAD:x.big"]), "pointer:content");
    at_work(&repo);
    repo.sandbox.path("one");
    fs::write(sandbox.path("one/x.big"), "content\n").unwrap(); // touched, and the same
    is_seen(&repo);
    fs::write(sandbox.path("one/x.big"), "one\n").unwrap();
    fs::write(sandbox.path("two/x.big"), "two\n").unwrap();
    let answer = repo.status();
    assert_eq!(changes(&answer, "one"), ["modified a.txt", "modified x.big"]);
    let paths: Vec<&str> = findings(&answer, "merge_conflict").iter().map(|one| text(&one["path"])).collect();
    assert_eq!(paths, ["a.txt", "x.big"]);
    // A filter that is not there: the file is unknown, and the rest is judged.
    repo.git(&["config", "filter.big.clean", "no-such-program"]);
    let answer = repo.status();
    assert!(messages(&answer).contains("x.big: one could not be read"), "{}", messages(&answer));
    assert!(pairs(&answer).contains(&"one two conflict".to_string()));
}

#[test]
fn a_repository_of_somebody_else_is_refused_with_what_to_do() {
    for options in OPTIONS {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox, options);
        let me = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&repo.top).unwrap());
        for path in [repo.top.clone(), repo.path(".git")] {
            if std::os::unix::fs::chown(&path, Some(me + 1), None).is_err() {
                return; // only root may give files away
            }
        }
        let refused = repo.tw(&["status"]).fails().complains("it belongs to another user");
        let refused = refused.complains("git config --global --add safe.directory");
        let named = refused.stderr.trim_end().rsplit_once(' ').unwrap().1.to_string();
        let config = sandbox.path("home/.gitconfig");
        fs::write(&config, format!("[safe]\n\tdirectory = {named}\n")).unwrap();
        said(repo.program(&["status"]).env_remove("GIT_CONFIG_GLOBAL")).exits(0);
        // the same in a file that a variable names
        let other = sandbox.path("settings");
        fs::rename(&config, &other).unwrap();
        said(repo.program(&["status"]).env("GIT_CONFIG_GLOBAL", &other)).exits(0);
        repo.tw(&["status"]).fails().complains("it belongs to another user");
    }
}

#[test]
fn worktrees_inside_a_worktree_are_terminals_and_no_work_of_the_outer_one() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox, &[]);
    repo.worktree_at(&repo.path("one"), &["-b", "one"]).commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.worktree_at(&repo.path("three"), &["-b", "three"]).write("a.txt", lines(&[(30, "three")]));
    let two = repo.worktree_at(&repo.path("one/deep/two"), &["-b", "two"]);
    two.write("a.txt", lines(&[(3, "two")]));
    is_seen(&repo);
}

#[test]
fn every_state_of_a_head_has_an_answer() {
    for options in OPTIONS {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox, options);
        at_work(&repo);
        repo.git(&["-C", "../one", "checkout", "-q", "--detach"]);
        repo.git(&["branch", "-D", "one"]);
        repo.git(&["worktree", "lock", "--reason", "on a stick", "../two"]);
        let answer = is_seen(&repo);
        assert_eq!(terminal(&answer, "one").get("branch"), None);
        assert_eq!(terminal(&answer, "two")["locked"], "on a stick");
        // The main worktree on no branch, and on one without a commit.
        repo.git(&["checkout", "-q", "--detach"]);
        assert_eq!(is_seen(&repo)["target"]["ref"], "refs/heads/main");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["worktree", "lock", "../three"]);
        fs::remove_dir_all(sandbox.path("three")).unwrap();
        let expected = ["one three unknown", "one two conflict", "three two unknown"];
        assert_eq!(pairs(&repo.status()), expected);
        repo.git(&["worktree", "unlock", "../three"]);
        let expected = ["one three disjoint", "one two conflict", "three two disjoint"];
        assert_eq!(pairs(&repo.status()), expected);
        repo.git(&["checkout", "-q", "--orphan", "unborn"]);
        let answer = repo.status();
        assert_eq!(answer["target"]["ref"], "refs/heads/unborn");
        assert_eq!(answer["target"]["head"], Value::Null);
        repo.tw(&["status", "--target", "main"]).exits(1).says("one + two");
    }
}

#[test]
fn variables_of_git_that_name_parts_of_other_places_play_no_part() {
    let sandbox = Sandbox::new();
    let other = sandbox.repo("other", &[("x.txt", "x\n")]);
    let repo = shop(&sandbox, &[]);
    at_work(&repo);
    let plain = repo.tw(&["status", "--format", "json"]).exits(1);
    let surrounded = said(
        repo.program(&["status", "--format", "json"])
            .env("GIT_DIR", repo.path(".git"))
            .env("GIT_INDEX_FILE", other.path(".git/index"))
            .env("GIT_OBJECT_DIRECTORY", other.path(".git/objects")),
    );
    assert_eq!(surrounded.stdout, plain.stdout);
    // Inside of a hook of `commit -a`, where git works on another index than the worktree's own.
    let seen = sandbox.path("seen");
    let hook = format!(
        "#!/bin/sh\necho \"$GIT_INDEX_FILE\" > {0}.index\n{1} status --format json > {0}\ntrue\n",
        seen.display(),
        *PROGRAM
    );
    repo.write(".git/hooks/pre-commit", hook);
    repo.set_executable(".git/hooks/pre-commit", true);
    repo.git(&["-C", "../two", "commit", "-qam", "two"]);
    assert!(fs::read_to_string(sandbox.path("seen.index")).unwrap().trim().ends_with("index.lock"));
    let answer: Value = serde_json::from_str(&fs::read_to_string(&seen).unwrap()).unwrap();
    assert_eq!(pairs(&answer), ["one three overlap", "one two conflict", "three two overlap"]);
    assert_eq!(changes(&answer, "two"), ["modified a.txt"]);
}

#[test]
fn of_a_locked_worktree_that_is_away_the_commits_are_judged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    let [one, two, three] = ["one", "two", "three"].map(|name| repo.worktree(name));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")]))]);
    three.commit("three", &[("b.txt", "three\n")]);
    repo.git(&["worktree", "lock", "--reason", "on a stick", "../one"]);
    fs::rename(&one.top, sandbox.path("unplugged")).unwrap();
    // what is committed conflicts, and what is not may do so anywhere
    let answer = repo.status();
    assert_eq!(pairs(&answer), ["one three unknown", "one two conflict", "three two disjoint"]);
    assert_eq!(changes(&answer, "one"), ["modified a.txt"], "{answer:#}");
    let said = repo.tw(&["status"]).exits(1);
    let said = said.says("1 conflict").says("so what is not committed there is not known (on a stick)");
    said.says("one       (no session)  -             1").says("Connect the disk that it is on");
    two.tw(&["check"]).exits(1).says("one changed line 3, committed");
    three.tw(&["check"]).exits(1).says("? unknown  one:").says_not("✓");
    // nobody merges it for ready
    repo.tw(&["merge", "--dry-run"]).says("Waiting: one: its folder").says_not("git merge --no-ff one");
    repo.tw(&["doctor"]).says("it is locked (on a stick)");
    fs::rename(sandbox.path("unplugged"), &one.top).unwrap();
    assert_eq!(pairs(&repo.status()), ["one three disjoint", "one two conflict", "three two disjoint"]);
}
