//! Worktrees in which others are at work while they are read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use track_work::git::Around;
use track_work::model::{Known, PathQuery, Reason, RepoPath};

use super::{Observed, observe};
use crate::support::{Repo, Sandbox};

/// What is seen of a worktree by its folder's name, which need not be known.
fn seen<'o>(observed: &'o Observed, folder: &str) -> &'o Known<track_work::git::Seen> {
    let is_it = |top: &std::path::PathBuf| top.ends_with(folder);
    let at = observed.places.iter().position(|place| place.worktree.as_ref().is_some_and(is_it));
    &observed.seen[at.expect("the worktree is a place")]
}

/// What is seen of the same worktree where one path alone is looked at, and that is enough.
fn seen_near(observed: &Observed, folder: &str, path: &str) -> Option<track_work::git::Seen> {
    let place =
        observed.places.iter().find(|place| place.worktree.as_ref().is_some_and(|top| top.ends_with(folder)));
    let (place, store) = (place.expect("the worktree is a place"), observed.repository.store());
    let head = observed.repository.observe_head(&store, place, &observed.target).known()?.clone();
    let near = PathQuery { paths: [RepoPath::new(path.as_bytes())].into(), ..PathQuery::default() };
    observed.repository.observe_near(
        &store,
        place,
        (head, None),
        &near,
        &Around::new(&observed.repository, &[]),
    )
}

/// Runs `work` over and over until `look` has looked.
fn beside(work: impl Fn(u32) + Sync, look: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    scope(|threads| {
        threads.spawn(|| (0..).take_while(|_| !is_over.load(Ordering::Relaxed)).for_each(&work));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
        is_over.store(true, Ordering::Relaxed);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn a_file_that_goes_on_changing_is_not_determined_and_the_rest_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("log", "a\n"), ("other", "b\n")]);
    repo.write("other", "c\n");
    let mut log = OpenOptions::new().append(true).open(repo.path("log")).unwrap();
    let path = RepoPath::new(&b"log"[..]);
    let append = |_| (&log).write_all(b"more\n").unwrap();
    append(0);
    let mut found_changing = false;
    beside(append, || {
        // on a machine with much to do, a look may fall between two writes
        for _ in 0..500 {
            if found_changing {
                break;
            }
            let observed = observe(&repo);
            let Known::Known(seen) = seen(&observed, "repo") else { panic!("the head does not move") };
            assert!(seen.layers.contains_key(&RepoPath::new(&b"other"[..])));
            found_changing |= seen.undetermined.contains(&(path.clone(), Reason::Changing));
        }
    });
    assert!(found_changing, "it was written all the time");
    log.flush().unwrap();
    let observed = observe(&repo);
    assert!(observed.of("main").undetermined.is_empty(), "nobody writes any more");
}

/// Whatever moment the reader meets, it sees the one commit or the other, and no uncommitted work; or says that
/// it does not know.
#[test]
fn half_a_checkout_is_no_work() {
    let sandbox = Sandbox::new();
    let files: Vec<(String, &str)> =
        (0..150).map(|at| (format!("folder-{}/file-{at}", at % 7), "a\n")).collect();
    let named: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&name[..], *text)).collect();
    let repo = sandbox.repo("repo", &named);
    repo.git(&["branch", "one"]);
    repo.git(&["switch", "-q", "-c", "two"]);
    named.iter().for_each(|(name, _)| repo.write(name, "longer than before\n"));
    repo.git(&["commit", "-qam", "all others"]);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["worktree", "add", "-q", "../side", "one"]);
    let side = sandbox.path("side");
    let commands = ["two", "one"].map(|branch| {
        let mut command = sandbox.command(&side);
        command.args(["switch", "-q", branch]);
        command
    });
    let commands = Mutex::new(commands);
    // how long each switch took
    let took: Mutex<Vec<Duration>> = Mutex::default();
    let switch = |round: u32| {
        let begun = Instant::now();
        let git = commands.lock().unwrap()[round as usize % 2].output().unwrap();
        assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
        took.lock().unwrap().push(begun.elapsed());
        sleep(Duration::from_millis(u64::from(round % 5) * 20));
    };
    let (mut known, mut looks, mut wrong) = (0, 0, Vec::new());
    beside(switch, || {
        // on a machine with much to do, git may be at work at every look
        while looks < 40 || known == 0 && looks < 400 {
            looks += 1;
            let first = took.lock().unwrap().len();
            let observed = observe(&repo);
            let near = seen_near(&observed, "side", named[0].0).map_or(0, |near| near.uncommitted.paths);
            let paths = match seen(&observed, "side") {
                Known::Known(seen) => seen.uncommitted.paths,
                Known::Unknown(reason) => {
                    assert_eq!(*reason, Reason::Changing);
                    continue;
                }
            };
            known += 1;
            if paths > 0 || near > 0 {
                wrong.push((first, took.lock().unwrap().len(), paths, near));
            }
        }
    });
    assert!(known > 0, "{looks}");
    // whoever reads cannot tell a git that the system lets wait in the middle from one that has ended there
    let took = took.into_inner().unwrap();
    let usual = *took.iter().min().unwrap() + Duration::from_millis(4);
    wrong
        .retain(|(first, last, ..)| (*first..=*last).all(|at| took.get(at).is_some_and(|one| *one <= usual)));
    assert!(wrong.is_empty(), "of {known}: {wrong:?} {took:?}");
}

#[test]
fn a_lock_that_was_left_behind_hides_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("file", "a\n")]);
    repo.write("file", "b\n");
    fs::write(repo.path(".git/index.lock"), "").unwrap();
    assert_eq!(observe(&repo).of("main").uncommitted.unstaged, 1);
}

/// A repository whose only file was replaced by a link to a folder: git says that it is gone, and it stays so.
#[test]
fn what_is_gone_behind_a_link_is_at_rest() {
    let sandbox = Sandbox::new();
    let repo: Repo = sandbox.repo("repo", &[("a/file", "a\n"), ("b/file", "b\n")]);
    fs::remove_dir_all(repo.path("a")).unwrap();
    std::os::unix::fs::symlink("b", repo.path("a")).unwrap();
    super::agree(&repo, "main");
}
