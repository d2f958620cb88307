//! Discovery, the target, and where work happens.

use std::fs;
use std::path::Path;

use track_work::commands::hints::git_hint;
use track_work::git::{GitError, Repository, Resolved};
use track_work::merge::Commits;
use track_work::model::{Known, UnderWayKind};

use super::{agree, observe};
use crate::support::{Repo, Sandbox};

#[test]
fn the_repository_is_found_from_anywhere_in_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("dir/a", "1\n")]);
    let side = repo.worktree("side");
    fs::create_dir(side.path("deep")).unwrap();
    let common = repo.path(".git");
    for (start, current) in [
        (repo.path("dir"), &repo.top),
        (repo.path(".git"), &repo.top),
        (repo.path(".git/refs/heads"), &repo.top),
        (side.path("deep"), &side.top),
        (repo.path(".git/worktrees/side"), &side.top),
    ] {
        let found = Repository::discover(&start).unwrap();
        assert_eq!(found.common_dir(), common, "{}", start.display());
        assert_eq!(found.main_worktree(), Some(repo.top.as_path()), "{}", start.display());
        assert_eq!(found.current_worktree(), Some(current.as_path()), "{}", start.display());
        assert!(!found.is_bare());
        assert_eq!(found.user_name().as_deref(), Some("Ada"));
    }
}

#[test]
fn a_bare_repository_has_worktrees_but_no_main_one() {
    let sandbox = Sandbox::new();
    let source = sandbox.repo("source", &[("a", "1\n")]);
    source.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = Repo { sandbox: &sandbox, top: sandbox.path("bare.git") };
    let side = bare.worktree("side");
    side.commit("work", &[("b", "2\n")]);
    side.write("c", "3\n");
    let check = || {
        for start in [&bare.top, &side.top, &bare.path("worktrees/side"), &bare.path("refs")] {
            let found = Repository::discover(start).unwrap();
            assert!(found.is_bare(), "{}", start.display());
            assert_eq!(found.main_worktree(), None);
        }
        assert_eq!(Repository::discover(&bare.top).unwrap().current_worktree(), None);
        let all = agree(&bare, "side");
        assert_eq!(all.target.name, "main");
        assert_eq!(all.names(), ["side"]);
        assert_eq!((all.of("side").ahead, all.of("side").uncommitted.untracked), (1, 1));
        bare.tw(&["status"]).exits(0).says_not("cannot be read");
    };
    check();
    // then git takes it for bare by its place
    bare.git(&["config", "--unset", "core.bare"]);
    check();
    std::fs::remove_file(bare.path("config")).unwrap();
    check();
}

#[test]
fn a_repository_whose_folder_is_elsewhere() {
    let sandbox = Sandbox::new();
    let inner = sandbox.repo("inner", &[("x", "1\n")]);
    let outer = sandbox.repo("outer", &[("a", "1\n")]);
    outer.git(&["submodule", "--quiet", "add", inner.top.to_str().unwrap(), "sub"]);
    let sub = Repo { sandbox: &sandbox, top: outer.path("sub") };
    let side = sub.worktree_at(&sandbox.path("sub-side"), &["-b", "side"]);
    for start in [&sub.top, &side.top] {
        let found = Repository::discover(start).unwrap();
        assert_eq!(found.common_dir(), outer.path(".git/modules/sub"));
        assert_eq!(found.main_worktree(), Some(sub.top.as_path()));
        assert_eq!(found.current_worktree(), Some(start.as_path()));
    }
    let repo =
        sandbox.init_with("separate", &["--separate-git-dir", sandbox.path("store").to_str().unwrap()]);
    repo.write("a", "1\n");
    let found = Repository::discover(&repo.top).unwrap();
    assert_eq!(found.main_worktree(), Some(repo.top.as_path()));
    agree(&repo, "main");
}

#[test]
fn places_are_worktrees_and_branches_with_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    for name in ["terminal-10", "terminal-2"] {
        repo.worktree(name);
    }
    repo.git(&["branch", "merged"]);
    for branch in ["topic", "terminal-2-more", "group/x"] {
        repo.git(&["checkout", "-qb", branch]);
        repo.commit(branch, &[(branch.replace('/', "-").as_str(), "1\n")]);
        repo.git(&["checkout", "-q", "main"]);
    }
    let detached = repo.worktree_at(&sandbox.path("detached"), &["--detach"]);
    detached.commit("work", &[("d", "1\n")]);
    repo.git(&["worktree", "lock", "--reason", "on a stick", "../terminal-10"]);
    let all = observe(&repo);
    assert_eq!(
        all.names(),
        ["detached", "group/x", "main", "terminal-2", "terminal-2-more", "terminal-10", "topic"]
    );
    assert!(all.place("main").main);
    assert_eq!(all.place("detached").branch, None);
    assert_eq!(all.of("detached").ahead, 1);
    assert_eq!(all.place("terminal-10").locked.as_deref(), Some("on a stick"));
    assert_eq!(all.place("topic").worktree, None);
    assert_eq!((all.of("topic").ahead, all.of("topic").contained), (1, false));
    assert_eq!((all.of("terminal-2").ahead, all.of("terminal-2").contained), (0, true));
}

#[test]
fn names_are_unique() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    repo.worktree_at(&sandbox.path("one/work"), &["-b", "one"]);
    repo.worktree_at(&sandbox.path("two/work"), &["-b", "two"]);
    repo.worktree_at(&sandbox.path("main"), &["-b", "three"]);
    repo.worktree_at(&sandbox.path("topic"), &["-b", "four"]);
    repo.git(&["checkout", "-qb", "topic"]);
    repo.commit("work", &[("b", "1\n")]);
    repo.git(&["checkout", "-q", "main"]);
    let all = observe(&repo);
    assert_eq!(all.names(), ["heads/topic", "main", "one/work", "topic", "two/work", "worktrees/main"]);
    assert!(all.place("main").main);
}

#[test]
fn places_that_cannot_be_seen_say_why_and_stop_nobody() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    for name in [
        "good", "gone", "on-disk", "unmade", "headless", "lost", "stolen", "corrupt", "unborn", "damaged",
        "cycle",
    ] {
        repo.worktree(name);
    }
    let admin = repo.path(".git/worktrees");
    fs::remove_dir_all(sandbox.path("gone")).unwrap();
    repo.git(&["worktree", "lock", "../on-disk"]);
    fs::remove_dir_all(sandbox.path("on-disk")).unwrap();
    fs::remove_dir_all(sandbox.path("unmade")).unwrap();
    repo.git(&["update-ref", "-d", "refs/heads/unmade"]);
    fs::write(admin.join("headless/HEAD"), b"\xff\xfe garbage\n").unwrap();
    fs::write(admin.join("lost/gitdir"), b"").unwrap();
    fs::write(sandbox.path("stolen/.git"), format!("gitdir: {}\n", admin.join("good").display())).unwrap();
    fs::write(admin.join("corrupt/index"), b"DIRC\0\0\0\x02\0\xff\xff\xffgarbage").unwrap();
    Repo { sandbox: &sandbox, top: sandbox.path("unborn") }.git(&["checkout", "-q", "--orphan", "new"]);
    fs::write(admin.join("damaged/HEAD"), "ref: refs/heads/damaged\n").unwrap();
    fs::write(repo.path(".git/refs/heads/damaged"), "0123456789012345678901234567890123456789\n").unwrap();
    fs::write(admin.join("cycle/HEAD"), "ref: refs/heads/cycle\n").unwrap();
    fs::write(repo.path(".git/refs/heads/cycle"), "ref: refs/heads/cycle\n").unwrap();
    fs::create_dir(admin.join("empty")).unwrap();
    fs::write(admin.join("file"), "not a folder").unwrap();
    let all = observe(&repo);
    assert_eq!(all.of("good").ahead, 0);
    assert_eq!((all.of("gone").ahead, all.place("gone").worktree.is_some()), (0, false));
    assert_eq!((all.of("on-disk").ahead, all.place("on-disk").away().is_some()), (0, true));
    assert_eq!((all.of("unborn").head, all.of("unborn").uncommitted.staged), (None, 1));
    for (name, word) in [
        ("unmade", "its branch do not exist"),
        ("headless", "HEAD"),
        ("lost", "gitdir"),
        ("stolen", "belongs to"),
        ("corrupt", "index"),
        ("damaged", "refs/heads/damaged"),
        ("cycle", "refs/heads/cycle"),
        ("empty", "gitdir"),
    ] {
        let reason = all.why_not(name);
        assert!(
            reason.contains(word) || all.place(name).broken.as_ref().unwrap().to_string().contains(word),
            "{name}: {reason}"
        );
    }
}

#[test]
fn a_rebase_keeps_its_branch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let side = repo.worktree("side");
    side.commit("side", &[("a", "side\n")]);
    repo.commit("main", &[("a", "main\n")]);
    side.try_git(&["rebase", "main"]);
    let all = observe(&repo);
    assert_eq!(all.names(), ["main", "side"]);
    assert_eq!(all.place("side").branch.as_deref(), Some("side"));
    assert_eq!(all.of("side").under_way.as_ref().map(|known| known.kind), Some(UnderWayKind::Rebase));
    assert_eq!((all.of("side").ahead, all.of("side").contained), (1, false));
    assert_eq!(all.of("side").uncommitted.paths, 1);
}

#[test]
fn the_target() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.commit("second", &[("a", "2\n")]);
    repo.git(&["branch", "release"]);
    repo.git(&["tag", "-am", "one", "v1", "HEAD~1"]);
    let side = repo.worktree("side");
    let last = side.commit("side", &[("b", "1\n")]);
    let target = |start: &Repo, asked| {
        let target = Repository::discover(&start.top).unwrap().target(asked).unwrap();
        (target.name, target.reference, target.head.unwrap().to_string())
    };
    let main = || (Some("refs/heads/main".to_string()), repo.git(&["rev-parse", "main"]));
    assert_eq!(target(&repo, None), ("main".to_string(), main().0, main().1));
    assert_eq!(target(&side, None), ("main".to_string(), main().0, main().1));
    assert_eq!(target(&side, Some("HEAD")).2, last);
    assert_eq!(target(&side, Some("v1")).2, first);
    assert_eq!(target(&side, Some("main~1")), ("main~1".to_string(), None, first.clone()));
    assert_eq!(target(&side, Some("release")).1.as_deref(), Some("refs/heads/release"));
    repo.git(&["checkout", "-q", "--detach", "HEAD~1"]);
    assert_eq!(target(&repo, None).0, "main");
    repo.git(&["branch", "-m", "main", "trunk"]);
    let detached = target(&repo, None);
    assert_eq!((detached.1, detached.2), (None, first));
    let error = Repository::discover(&repo.top).unwrap().target(Some("nonsense")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot find the revision \"nonsense\"; known branches: release, side, trunk"
    );
    assert!(matches!(error, GitError::UnknownRevision { .. }) && git_hint(&error).is_some());
}

#[test]
fn names_and_revisions_are_resolved() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let side = repo.worktree("side");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let all = observe(&repo);
    let resolve = |text: &str| all.repository.resolve(text, &all.places);
    let at = all.names().iter().position(|name| *name == "side").unwrap();
    assert_eq!(resolve("side").unwrap(), Resolved::Place(at));
    assert_eq!(resolve(side.top.to_str().unwrap()).unwrap(), Resolved::Place(at));
    assert_eq!(resolve("HEAD~0").unwrap(), Resolved::Commit(head.parse().unwrap()));
    assert!(resolve("nothing").is_err());
    match all.repository.observe_commit(head.parse().unwrap(), &all.target) {
        Known::Known(seen) => assert!(seen.contained),
        Known::Unknown(reason) => panic!("{reason}"),
    }
}

#[test]
fn what_cannot_be_read_is_told_with_what_to_do() {
    let sandbox = Sandbox::new();
    let nowhere = sandbox.path("home");
    let error = |path: &Path| match Repository::discover(path) {
        Ok(_) => panic!("{} should not open", path.display()),
        Err(error) => format!("{error}\n{}", git_hint(&error).unwrap_or_default()),
    };
    assert!(error(&nowhere).starts_with("cannot find a git repository"), "{}", error(&nowhere));
    let other = sandbox.init_with("sha256", &["--object-format=sha256"]);
    assert!(error(&other.top).contains("sha256"), "{}", error(&other.top));
    let other = sandbox.repo("unknown", &[("a", "1\n")]);
    other.git(&["config", "core.repositoryFormatVersion", "1"]);
    other.git(&["config", "extensions.fromTheFuture", "true"]);
    assert!(error(&other.top).contains("fromthefuture"), "{}", error(&other.top));
    let other = sandbox.repo("future", &[("a", "1\n")]);
    other.git(&["config", "core.repositoryFormatVersion", "9"]);
    assert!(error(&other.top).contains("newer repository format"), "{}", error(&other.top));
}

#[test]
fn a_configuration_that_libgit2_refuses_keeps_all_else_that_it_says() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo", &["--ref-format=reftable"]);
    let config = repo.path(".git/config");
    let text = fs::read_to_string(&config).unwrap();
    for extensions in [
        "[extensions]\n\trefStorage = reftable\n\tpartialClone = origin\n",
        "[extensions] PARTIALCLONE=origin\n[ExTensions]refstorage=\"reftable\" ; why\n",
    ] {
        let before = text.split("[extensions]").next().unwrap();
        let include = "[include]\n\tpath = ../extra.config\n[include]\n\tpath = sub/more.config\n";
        repo.write(".git/config", format!("{before}{extensions}[user]\n\tname = Ada\n{include}"));
        repo.write("extra.config", "[user]\n\tname = Eve\n");
        let user = || Repository::discover(&repo.top).unwrap().user_name();
        assert_eq!(user().as_deref(), Some("Eve"));
        repo.write(".git/sub/more.config", "[user]\n\tname = Zoe\n");
        assert_eq!(user().as_deref(), Some("Zoe"));
        repo.remove(".git/sub/more.config");
    }
    let odd = "[core]\n\tbare\n[user]\n\tname = \"A \\\"b\\\" \\\\ c # d\"\n[merge \"a.b \\\"c\\\"\"]\n\tdriver = x\n";
    repo.write(".git/config", format!("{text}{odd}"));
    let found = Repository::discover(&repo.top).unwrap();
    assert_eq!((found.user_name().as_deref(), found.is_bare()), (Some("A \"b\" \\ c # d"), true));
    repo.write(".git/config", text.replace("reftable", "stones"));
    let Err(error) = Repository::discover(&repo.top) else { panic!("nobody knows this format") };
    assert!(error.to_string().contains("refs in the format stones"), "{error}");
}

#[test]
fn a_repository_of_another_owner_says_how_to_trust_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let me = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&repo.top).unwrap());
    for path in [repo.top.clone(), repo.path(".git")] {
        if std::os::unix::fs::chown(&path, Some(me + 1), None).is_err() {
            return; // only root may give files away
        }
    }
    let Err(error) = Repository::discover(&repo.top) else { panic!("should not be trusted") };
    let hint = format!("if you trust it: git config --global --add safe.directory {}", repo.top.display());
    assert_eq!(git_hint(&error), Some(hint));
}

#[test]
fn partial_and_shallow_clones() {
    let sandbox = Sandbox::new();
    let source = sandbox.repo("source", &[("a", "1\n"), ("dir/b", "b\n")]);
    source.commit("second", &[("a", "2\n")]);
    source.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", source.top.display());
    source.git(&["clone", "-q", "--filter=blob:none", &url, "../partial"]);
    let partial = Repo { sandbox: &sandbox, top: sandbox.path("partial") };
    let side = partial.worktree("side");
    side.write("a", "edited\n");
    let all = agree(&partial, "side");
    assert_eq!(all.repository.main_worktree(), Some(partial.top.as_path()));
    assert_eq!(Repository::discover(&side.top).unwrap().current_worktree(), Some(side.top.as_path()));
    assert_eq!(Repository::discover(&partial.top).unwrap().current_worktree(), Some(partial.top.as_path()));
    let old = source.git(&["rev-parse", "HEAD~1:a"]).parse().unwrap();
    let missing = track_work::merge::Objects::blob(&all.repository.store(), old).unwrap_err();
    assert!(missing.to_string().contains("partial"), "{missing}");

    source.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
    let shallow = Repo { sandbox: &sandbox, top: sandbox.path("shallow") };
    let side = shallow.worktree("shallow-side");
    side.commit("work", &[("b", "1\n")]);
    assert_eq!(observe(&shallow).of("shallow-side").ahead, 1);
}

#[test]
fn unrelated_and_crossed_histories() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let side = repo.worktree("side");
    repo.commit("main 1", &[("m", "1\n")]);
    side.commit("side 1", &[("s", "1\n")]);
    let crossed = [repo.git(&["rev-parse", "main"]), repo.git(&["rev-parse", "side"])];
    repo.git(&["merge", "-q", "--no-edit", &crossed[1]]);
    side.git(&["merge", "-q", "--no-edit", &crossed[0]]);
    side.commit("side 2", &[("s", "2\n")]);
    repo.commit("main 2", &[("m", "2\n")]);
    let other = repo.worktree_at(&sandbox.path("other"), &["--orphan", "-b", "other"]);
    other.commit("unrelated", &[("o", "1\n")]);
    let all = observe(&repo);
    let by_git = repo.git(&["merge-base", "--all", "side", "main"]);
    let id = |name: &str| repo.git(&["rev-parse", name]).parse().unwrap();
    let bases: Vec<String> = all
        .repository
        .store()
        .merge_bases(id("side"), &[id("main")])
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(bases, by_git.lines().collect::<Vec<_>>());
    assert_eq!(all.of("side").base.unwrap().to_string(), bases[0]);
    assert_eq!((all.of("side").ahead, all.of("side").behind), (2, 2));
    assert_eq!((all.of("other").base, all.of("other").ahead, all.of("other").behind), (None, 1, 5));
}
