//! The cache: no answer depends on it, nothing but time is lost without it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::program::{Said, lines, pairs, said};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, picture, seeds};

/// Where the program keeps its caches in a sandbox.
fn caches(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home").join(".cache/track-work")
}

/// The only cache file.
#[track_caller]
fn cache(sandbox: &Sandbox) -> PathBuf {
    let files: Vec<_> = fs::read_dir(caches(sandbox)).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

const STATUS: [&str; 5] = ["status", "--format", "json", "--fail-on", "never"];

fn status(repo: &Repo<'_>, more: &[&str]) -> Said {
    repo.tw(&[&STATUS, more].concat()).exits(0)
}

/// The verdict of the two branches.
#[track_caller]
fn one_and_two(said: &Said) -> String {
    let pairs = pairs(&said.json());
    pairs.iter().find_map(|pair| pair.strip_prefix("one two ")).unwrap().to_string()
}

/// What `status` says without the cache, which with it must be the same.
#[track_caller]
fn same_with_and_without(repo: &Repo<'_>, more: &[&str], what: &str) {
    let without = status(repo, &[more, &["--no-cache"]].concat()).stdout;
    assert_eq!(status(repo, more).stdout, without, "with what was known: {what}");
    assert_eq!(status(repo, more).stdout, without, "with all known: {what}");
}

/// Two branches in conflict with each other, one of them also with the target, and a worktree.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a", &lines(&[])), ("b", &lines(&[]))]);
    for (branch, text) in [("one", "uno"), ("two", "dos")] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.commit(branch, &[("a", &lines(&[(5, text)])), ("b", &lines(&[(30, text)]))]);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("third", &[("b", &lines(&[(30, "tres")]))]);
    repo.worktree("three").write("a", lines(&[(5, "trois")]));
    repo
}

#[test]
fn verdicts_come_from_the_cache_while_git_could_make_the_merge() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let first = status(&repo, &[]);
    assert_eq!(one_and_two(&first), "conflict");
    let written = || fs::metadata(cache(&sandbox)).unwrap().modified().unwrap();
    let before = written();
    assert_eq!(status(&repo, &[]).stdout, first.stdout);
    assert_eq!(written(), before, "nothing was worked out anew");
    let blob = repo.git(&["rev-parse", "one:a"]);
    let file = repo.path(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    let whole = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(one_and_two(&status(&repo, &[])), "unknown", "gone");
    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(one_and_two(&status(&repo, &[])), "unknown", "cut short");
    fs::write(&file, &whole).unwrap();
    assert_eq!(one_and_two(&status(&repo, &[])), "conflict");
}

#[test]
fn what_is_unknown_is_not_kept() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let blob = repo.git(&["rev-parse", "one:a"]);
    let file = repo.path(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    fs::rename(&file, sandbox.path("away")).unwrap();
    for _ in 0..2 {
        assert_eq!(one_and_two(&status(&repo, &[])), "unknown");
    }
    fs::rename(sandbox.path("away"), &file).unwrap();
    same_with_and_without(&repo, &[], "all objects are there again");
    assert_eq!(one_and_two(&status(&repo, &[])), "conflict");
}

#[test]
fn what_a_merge_driver_did_is_not_kept() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.write(".git/info/attributes", "* merge=own\n");
    repo.write(".git/driver", "exit 0\n");
    repo.git(&["config", "merge.own.driver", &format!("sh {}", repo.path(".git/driver").display())]);
    let run = || one_and_two(&status(&repo, &["--run-merge-drivers"]));
    assert_ne!(run(), "conflict");
    repo.write(".git/driver", "exit 1\n");
    assert_eq!(run(), "conflict");
    same_with_and_without(&repo, &["--run-merge-drivers"], "the driver stops now");
    same_with_and_without(&repo, &[], "no driver is run");
}

#[test]
fn nothing_is_written_without_need_and_never_into_the_repository() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let before = picture(&repo.path(".git"));
    status(&repo, &["--no-cache"]);
    assert!(!sandbox.path("home").join(".cache").exists());
    status(&repo, &[]);
    let kept = picture(&caches(&sandbox));
    assert_eq!(fs::metadata(caches(&sandbox)).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(cache(&sandbox)).unwrap().permissions().mode() & 0o777, 0o600);
    status(&repo, &[]);
    repo.tw(&["compare", "one", "two"]).exits(1);
    repo.tw(&["compare", "one", sandbox.path("three").to_str().unwrap()]).exits(1);
    assert_eq!(picture(&caches(&sandbox)), kept);
    assert_eq!(picture(&repo.path(".git")), before);
}

#[test]
fn the_environment_says_where_and_a_repository_is_no_place() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let run = |name: &str, folder: &Path| {
        said(repo.program(&[&STATUS[..], &["-v"]].concat()).env(name, folder)).exits(0)
    };
    run("XDG_CACHE_HOME", &sandbox.path("xdg"));
    assert!(sandbox.path("xdg/track-work").is_dir());
    run("TRACK_WORK_CACHE", &sandbox.path("own"));
    assert_eq!(fs::read_dir(sandbox.path("own")).unwrap().count(), 1);
    for inside in [repo.path("caches"), repo.path(".git/caches")] {
        run("TRACK_WORK_CACHE", &inside).complains("note: no cache: ").complains("lies in the repository");
        assert!(!inside.exists());
    }
    assert!(!caches(&sandbox).exists());
}

/// Puts something in the place of the cache; the answer must stay the same, with a note for `-v`.
#[track_caller]
fn untrusted(change: impl FnOnce(&Path), reason: &str) {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let without = status(&repo, &["--no-cache"]).stdout;
    status(&repo, &[]);
    change(&cache(&sandbox));
    let answer = status(&repo, &["-v"]).complains(reason);
    assert_eq!(answer.stdout, without);
    let quiet = status(&repo, &[]);
    assert_eq!((quiet.stdout, quiet.stderr), (without, String::new()));
}

#[test]
fn a_cache_that_is_not_whole_and_private_is_not_trusted() {
    let changed = |change: fn(&mut Vec<u8>)| {
        move |file: &Path| {
            let mut bytes = fs::read(file).unwrap();
            change(&mut bytes);
            fs::write(file, bytes).unwrap();
        }
    };
    untrusted(changed(|bytes| bytes.truncate(bytes.len() / 2)), "note: the cache");
    untrusted(changed(|bytes| bytes.truncate(5)), "it is cut off");
    untrusted(changed(|bytes| bytes.clear()), "it is cut off");
    untrusted(changed(|bytes| *bytes.last_mut().unwrap() ^= 1), "it is damaged");
    untrusted(changed(|bytes| bytes[17] ^= 1), "it is no cache of this version");
    untrusted(changed(|bytes| bytes.extend(b"more")), "it is damaged");
    let huge = |file: &Path| fs::File::options().write(true).open(file).unwrap().set_len(1 << 40).unwrap();
    untrusted(huge, "is too large");
    untrusted(
        |file| fs::set_permissions(file, PermissionsExt::from_mode(0o666)).unwrap(),
        "others may write",
    );
    let folder = |file: &Path| {
        fs::set_permissions(file.parent().unwrap(), PermissionsExt::from_mode(0o777)).unwrap();
    };
    untrusted(folder, "others may write");
    let link = |file: &Path| {
        let elsewhere = file.parent().unwrap().with_extension("elsewhere");
        fs::rename(file, &elsewhere).unwrap();
        symlink(&elsewhere, file).unwrap();
    };
    untrusted(link, "note: no cache");
    let linked_folder = |file: &Path| {
        let folder = file.parent().unwrap();
        fs::rename(folder, folder.with_extension("elsewhere")).unwrap();
        symlink(folder.with_extension("elsewhere"), folder).unwrap();
    };
    untrusted(linked_folder, "is not a folder");
    let pipe = |file: &Path| {
        fs::remove_file(file).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    };
    untrusted(pipe, "is not a file");
    untrusted(
        |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        },
        "is not a file",
    );
}

#[test]
fn no_flipped_bit_is_trusted() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let without = status(&repo, &["--no-cache"]).stdout;
    status(&repo, &[]);
    let whole = fs::read(cache(&sandbox)).unwrap();
    let mut dice = Dice::new(7);
    for _ in 0..40 {
        let mut bytes = whole.clone();
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
        fs::write(cache(&sandbox), &bytes).unwrap();
        let answer = status(&repo, &["-v"]).complains("note: the cache");
        assert_eq!(answer.stdout, without, "byte {at}");
        assert_eq!(fs::read(cache(&sandbox)).unwrap().len(), whole.len(), "it was not made anew");
    }
}

#[test]
fn a_cache_of_another_build_or_user_is_not_used() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    status(&repo, &[]);
    let blob = repo.git(&["rev-parse", "one:a"]);
    fs::remove_file(repo.path(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    let copy = sandbox.path("another-build");
    // by a process of its own: a file that this one wrote could still be open in another test's child
    let copied = Command::new("cp").arg(&*super::program::PROGRAM).arg(&copy).status().unwrap();
    assert!(copied.success());
    let mut other = super::program::scrubbed(&sandbox.path("home"), &repo.top, Command::new(copy));
    let other = said(other.args(STATUS)).exits(0);
    assert_eq!(one_and_two(&other), "unknown");
    if rustix::process::geteuid().is_root() {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        status(&repo, &[]);
        std::os::unix::fs::chown(cache(&sandbox), Some(12345), None).unwrap();
        status(&repo, &["-v"]).complains("belongs to another user");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_no_failure() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let without = status(&repo, &["--no-cache"]).stdout;
    // a file where the folder should be, and a place where nobody can make one
    sandbox.repo("other", &[]).write("file", "");
    for place in [sandbox.path("other/file/below"), PathBuf::from("/proc/nothing/here")] {
        let mut run = repo.program(&[&STATUS[..], &["-v"]].concat());
        let answer = said(run.env("TRACK_WORK_CACHE", &place)).exits(0).complains("note: no cache");
        assert_eq!(answer.stdout, without);
        let mut run = repo.program(&STATUS);
        let answer = said(run.env("TRACK_WORK_CACHE", &place)).exits(0);
        assert_eq!((answer.stdout, answer.stderr), (without.clone(), String::new()));
    }
}

#[test]
fn settings_and_attributes_count() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let verdict = || one_and_two(&status(&repo, &[]));
    assert_eq!(verdict(), "conflict");
    repo.write(".git/info/attributes", "* merge=union\n");
    assert_eq!(verdict(), "overlap");
    repo.write(".git/info/attributes", "");
    assert_eq!(verdict(), "conflict");
    repo.write(".gitattributes", "a merge=mine\n");
    repo.git(&["config", "merge.mine.driver", "true"]);
    assert_eq!(verdict(), "unknown");
    assert_eq!(verdict(), "unknown");
    repo.git(&["config", "--unset", "merge.mine.driver"]);
    assert_eq!(verdict(), "conflict");
    same_with_and_without(&repo, &["--target", "one"], "another target");
    same_with_and_without(&repo, &[], "the first target again");
}

#[test]
fn two_at_once_leave_a_whole_cache() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let without = status(&repo, &["--no-cache"]).stdout;
    for round in 0..8 {
        repo.write("c", format!("{round}"));
        let start = |_| repo.program(&STATUS).stdout(Stdio::piped()).spawn().unwrap();
        let running: Vec<_> = (0..3).map(start).collect();
        for one in running {
            let output = one.wait_with_output().unwrap();
            assert!(output.status.success());
        }
        assert_eq!(status(&repo, &["-v"]).stderr, "");
    }
    repo.remove("c");
    assert_eq!(status(&repo, &[]).stdout, without);
    cache(&sandbox);
}

#[test]
fn what_is_no_longer_asked_for_leaves_the_cache() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let mut sizes = Vec::new();
    for round in 0..30 {
        repo.write("c", format!("{round}"));
        status(&repo, &[]);
        sizes.push(fs::metadata(cache(&sandbox)).unwrap().len());
    }
    assert!(sizes[29] > sizes[0]);
    assert!(sizes[29] <= sizes[15] + 100, "{sizes:?}");
}

#[test]
fn what_is_known_of_single_files_holds_only_as_long_as_their_attributes() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let own = repo.worktree("own");
    let conflicts = |text: &str| {
        own.write("a", lines(&[(20, text)]));
        own.git(&["add", "a"]);
        let check = |more: &[&str]| {
            let args = ["check", "--staged", "--format", "json", "--fail-on", "never"];
            own.tw(&[&args, more].concat()).exits(0).stdout
        };
        let without = check(&["--no-cache"]);
        assert_eq!([check(&[]), check(&[])], [without.clone(), without.clone()], "{text}");
        without.contains("\"conflict\"")
    };
    assert!(!conflicts("veinte"));
    assert!(!conflicts("vingt"));
    repo.write(".git/info/attributes", "a -merge\n");
    assert!(conflicts("veinte"));
    repo.remove(".git/info/attributes");
    assert!(!conflicts("veinte"));
}

/// One thing that happens in a repository with worktrees.
fn event(dice: &mut Dice, repo: &Repo<'_>, places: &[Repo<'_>]) -> String {
    let place = dice.pick(places);
    let name = place.top.file_name().unwrap().to_string_lossy().into_owned();
    let path = *dice.pick(&["a", "b", "d/a.u", "d/b", "d/e/f.b", "new", "d/new.u"]);
    let text = lines(&[(1 + dice.below(40), *dice.pick(&["x", "y", "z"])), (20, *dice.pick(&["p", "q"]))]);
    match dice.below(16) {
        0..5 => {
            place.write(path, text);
            place.git(&["add", "--all"]);
            place.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
            format!("{name}: commit of {path}")
        }
        5..7 => {
            place.write(path, text);
            format!("{name}: {path} edited")
        }
        7 => {
            place.try_git(&["rm", "-q", "-f", path]);
            format!("{name}: {path} removed")
        }
        8 => {
            place.try_git(&["mv", "-f", path, *dice.pick(&["moved", "d/moved", "g/moved"])]);
            place.git(&["commit", "-q", "--allow-empty", "-m", "moved"]);
            format!("{name}: {path} moved")
        }
        9 => {
            place.try_git(&["mv", "d", "g"]);
            place.git(&["commit", "-q", "--allow-empty", "-m", "folder moved"]);
            format!("{name}: d moved")
        }
        10 => {
            place.git(&["reset", "-q", "--hard", *dice.pick(&["HEAD", "main", "HEAD~0"])]);
            place.git(&["clean", "-q", "-d", "-f"]);
            format!("{name}: reset")
        }
        11 => {
            let merged = place.try_git(&["merge", "-q", "--no-edit", *dice.pick(&["main", "one", "two"])]);
            if !merged.status.success() {
                place.try_git(&["merge", "--abort"]);
            }
            format!("{name}: merge")
        }
        12 => {
            let lines =
                ["", "* merge=union", "*.u merge=union", "*.b -merge", "a merge=mine", "* text eol=crlf"];
            let file = *dice.pick(&[".git/info/attributes", ".gitattributes", "d/.gitattributes"]);
            let line = *dice.pick(&lines);
            repo.write(file, format!("{line}\n"));
            format!("{file}: {line}")
        }
        13 => {
            let (name, value) = *dice.pick(&[
                ("merge.directoryRenames", "true"),
                ("merge.directoryRenames", "conflict"),
                ("merge.renameLimit", "1"),
                ("merge.renameLimit", "0"),
                ("merge.renormalize", "true"),
                ("merge.renormalize", "false"),
                ("merge.mine.driver", "true"),
                ("merge.default", "union"),
                ("merge.default", "text"),
            ]);
            repo.git(&["config", name, value]);
            format!("{name}={value}")
        }
        14 => {
            repo.git(&["branch", "-q", "-f", "aside", *dice.pick(&["one", "two", "main"])]);
            "a branch moved".to_string()
        }
        _ => {
            place.try_git(&["add", "--all"]);
            format!("{name}: all staged")
        }
    }
}

/// A merged file that was in memory alone in an earlier run is looked for by likeness: seed 195.
#[test]
fn whatever_happens_answers_are_those_of_no_cache() {
    let mut conflicts = 0;
    for seed in seeds(6).chain([195]) {
        let mut dice = Dice::new(seed);
        let sandbox = Sandbox::new();
        let files = ["a", "b", "d/a.u", "d/b", "d/e/f.b"].map(|path| (path, lines(&[])));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let repo = sandbox.repo("shop", &files);
        let (one, two) = (repo.worktree("one"), repo.worktree("two"));
        let places = [Repo { sandbox: &sandbox, top: repo.top.clone() }, one, two];
        let mut story = Vec::new();
        for _ in 0..14 {
            let happened: Vec<String> =
                (0..1 + dice.below(3)).map(|_| event(&mut dice, &repo, &places)).collect();
            story.extend(happened);
            let target: &[&str] = if dice.chance(15) { &["--target", "one"] } else { &[] };
            same_with_and_without(&repo, target, &format!("seed {seed}: {story:#?}"));
            conflicts += status(&repo, target).stdout.matches(r#""verdict": "conflict""#).count();
        }
    }
    assert!(conflicts > 0, "a test without conflicts tests nothing");
}

/// Who goes first is kept under all that decides it: heads, what is declared, what is not committed, and the
/// target; and `check` names the same terminal with what was kept, without, and after a hook kept it.
#[test]
fn who_goes_first_is_known_as_long_as_all_that_decides_it_is_the_same() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let terminals = |one: &str, two: &str| {
        repo.track(
            "story-1-1-sessions.yaml",
            format!(
                "story_id: \"1-1\"\nsessions:\n  one:\n    status: \"in_progress\"\n{one}  two:\n    status: \"in_progress\"\n{two}"
            ),
        );
    };
    let first = |more: &[&str]| {
        let said = repo.tw(&[&["check", "--terminal", "one", "--format", "json"], more].concat()).json();
        let met = said["encounters"].as_array().unwrap();
        let met = met.iter().find(|met| met["terminal"]["id"] == "two" && !met["first"].is_null());
        met.map(|met| met["first"].to_string()).unwrap_or_default()
    };
    let same = |what: &str| {
        let without = first(&["--no-cache"]);
        assert_eq!(first(&[]), without, "check, with what was known: {what}");
        assert_eq!(first(&[]), without, "check, with all known: {what}");
        same_with_and_without(&repo, &[], what);
        without
    };
    terminals("", "");
    let registered = same("as registered");
    terminals("", "    priority: 5\n");
    let by_priority = same("a priority");
    assert_ne!(registered, by_priority);
    terminals("    blocked_by: [\"two\"]\n", "");
    assert!(same("one waits").contains("waits"));
    terminals("", "    blocked_by: [\"one\"]\n");
    assert_ne!(same("the other waits"), by_priority);
    terminals("", "");
    repo.git(&["checkout", "-q", "two"]);
    repo.commit("more", &[("c", "new\n")]);
    repo.git(&["checkout", "-q", "main"]);
    same("a head moved");
    let three = Repo { sandbox: &sandbox, top: sandbox.path("three") };
    three.write("b", lines(&[(30, "drei")]));
    same("more is not committed");
    repo.commit("fourth", &[("d", "new\n")]);
    assert_ne!(same("the target moved"), "");
    repo.write(".git/info/attributes", "a merge=union\n");
    same("attributes");
    three.tw(&["hooks", "run", "pre-commit"]);
    same("a hook kept it");
}

#[test]
fn a_large_file_that_is_written_again_is_read_again() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [three, four] = ["three", "four"].map(|name| match name {
        "three" => Repo { sandbox: &sandbox, top: sandbox.path(name) },
        _ => repo.worktree(name),
    });
    let content = |byte: u8| vec![byte; 3 << 20];
    [&three, &four].iter().for_each(|terminal| terminal.write("model.bin", content(1)));
    let file = fs::File::options().write(true).open(three.path("model.bin")).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    let conflicts = |what: &str| {
        same_with_and_without(&repo, &[], what);
        status(&repo, &[]).stdout.contains("add/add")
    };
    assert!(!conflicts("just written"));
    // until any other write would have another time
    thread::sleep(Duration::from_millis(3100));
    assert!(!conflicts("at rest"));
    assert!(!conflicts("known"));
    // of the same size, and with the same time set by hand
    three.write("model.bin", content(2));
    file.set_modified(written).unwrap();
    assert!(conflicts("another content"));
}
