//! Saving: under many writers, when killed, on a full disk, against hand edits.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use track_work::commands::hints::tracking_hint;
use track_work::model::LogEntry;
use track_work::model::{Edit, Mode, Step, Value};
use track_work::tracking::log;
use track_work::tracking::{Changes, Lock, NewFile, Tracking, TrackingError, write_new};

use super::edits::way;

const FILE: &str = "active-sessions.yaml";
const LONG: Duration = Duration::from_secs(60);

fn folder(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(FILE), text).expect("written");
    dir
}

fn text(dir: &Path) -> String {
    fs::read_to_string(dir.join(FILE)).expect("read")
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("listed");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("entry").file_name().into_string().expect("name")).collect();
    names.sort();
    names
}

fn lock(dir: &Path) -> Lock {
    Lock::take(dir, LONG).expect("a lock")
}

fn apply(dir: &Path, edits: &[Edit]) -> Result<Vec<String>, TrackingError> {
    Tracking::load(dir, &[]).apply(&lock(dir), &Changes::of(edits.to_vec())).map(|saved| saved.files)
}

fn set(at: &str, value: impl Into<Value>) -> Edit {
    Edit::set(FILE, &way(at), value)
}

/// Runs this test binary again as another process that does `job` in `dir`.
fn child(job: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "tracking::saving::job", "--nocapture", "--test-threads=1"]);
    command.env("TRACK_WORK_TEST_JOB", job).env("TRACK_WORK_TEST_DIR", dir);
    command
}

/// Not a test of its own: what the children do.
#[test]
fn job() {
    let (Ok(job), Some(dir)) =
        (std::env::var("TRACK_WORK_TEST_JOB"), std::env::var_os("TRACK_WORK_TEST_DIR"))
    else {
        return;
    };
    let dir = Path::new(&dir);
    let mut out = std::io::stdout();
    match job.split_once(' ').expect("a job") {
        ("write", who) => {
            for count in 1.. {
                write_once(dir, who, count);
                writeln!(out, "done {count}").and_then(|()| out.flush()).expect("told");
            }
        }
        ("once", who) => write_once(dir, who, 1),
        ("fail", _) => {
            let note = "x".repeat(100_000);
            let error = apply(dir, &[set("sessions.t1.note", note.as_str())]).expect_err("no room");
            writeln!(out, "apply: {error}").expect("told");
            let entry = LogEntry { command: note, ..LogEntry::default() };
            let error = log::append(&lock(dir), dir, &entry).expect_err("no room");
            writeln!(out, "log: {error}").expect("told");
        }
        (other, _) => panic!("no such job: {other}"),
    }
}

/// One update as the commands make it: lock, load, decide, apply, log.
fn write_once(dir: &Path, who: &str, count: usize) {
    let lock = lock(dir);
    let tracking = Tracking::load(dir, &[]);
    let (there, mut new_files) = (tracking.files.iter().any(|file| file.name == FILE), vec![]);
    if !there {
        assert_eq!(tracking.findings, []);
        new_files.push(NewFile {
            name: FILE.into(),
            mode: Mode::Inter,
            story: None,
            created: "t".into(),
            owner: None,
            copy_of: None,
        });
    }
    let edits = vec![
        Edit::set(FILE, &[Step::from("sessions"), Step::from(who), Step::from("priority")], count),
        Edit::append(
            FILE,
            &[Step::from("sessions"), Step::from(who), Step::from("tasks")],
            format!("task {count}"),
        ),
    ];
    tracking.apply(&lock, &Changes { new_files, edits, archived: None }).expect("applied");
    let entry = LogEntry {
        at: format!("{count}"),
        command: who.to_string(),
        files: vec![FILE.into()],
        ..LogEntry::default()
    };
    log::append(&lock, dir, &entry).expect("logged");
}

#[test]
fn many_writers_lose_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    std::thread::scope(|scope| {
        for thread in 0..24 {
            scope.spawn(move || {
                (1..=5).for_each(|count| write_once(path, &format!("thread-{thread}"), count))
            });
        }
        for process in 0..8 {
            scope.spawn(move || {
                let done = child(&format!("once process-{process}"), path)
                    .stdout(Stdio::null())
                    .status()
                    .expect("ran");
                assert!(done.success());
            });
        }
    });
    let tracking = Tracking::load(path, &[]);
    assert_eq!(tracking.findings, []);
    let sessions = &tracking.files[0].sessions;
    assert_eq!(sessions.len(), 32);
    for session in sessions {
        let count = if session.at.terminal.starts_with("thread") { 5 } else { 1 };
        assert_eq!(
            (session.priority, session.tasks.len()),
            (Some(count), count as usize),
            "{}",
            session.at.terminal
        );
    }
    let (entries, findings) = log::read(path, None);
    assert_eq!((entries.len(), findings), (24 * 5 + 8, vec![]));
    assert_eq!(names(path), [FILE, log::FILE]);
}

#[test]
fn a_kill_at_any_moment_loses_nothing_acknowledged() {
    let dir = folder("# a comment\nsessions: {}\n");
    let path = dir.path();
    let mut acknowledged = std::collections::BTreeMap::new();
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let rounds = 200;
    for round in 0..rounds {
        let who = format!("writer-{}", round % 7);
        let mut process =
            child(&format!("write {who}"), path).stdout(Stdio::piped()).spawn().expect("started");
        let lines = BufReader::new(process.stdout.take().expect("piped"));
        // Wait for the first update, so that the kill falls into the work and not into the start.
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let pause = Duration::from_micros(chance >> 51);
        let mut last = 0;
        let mut lines = lines.lines().map_while(Result::ok);
        for line in lines.by_ref() {
            if let Some(count) = line.strip_prefix("done ") {
                last = count.parse().expect("a count");
                break;
            }
        }
        std::thread::sleep(pause);
        process.kill().expect("killed");
        process.wait().expect("ended");
        for line in lines {
            last = line.strip_prefix("done ").map_or(last, |count| count.parse().unwrap_or(last));
        }
        acknowledged.insert(who.clone(), last);
        let tracking = Tracking::load(path, &[]);
        assert_eq!(tracking.findings, []);
        let session =
            tracking.files[0].sessions.iter().find(|session| session.at.terminal == who).expect("there");
        assert!(session.priority >= Some(last), "{:?} after {last}", session.priority);
        let (entries, _) = log::read(path, None);
        let logged = entries.iter().rev().find(|entry| entry.command == who).expect("logged");
        assert!(logged.at.parse::<i64>().expect("a count") >= last);
    }
    // The next writer clears away what the killed ones left.
    write_once(path, "last", 1);
    assert_eq!(names(path).iter().filter(|name| name.ends_with(".tmp")).count(), 0);
    assert!(text(path).starts_with("# a comment\n"));
    let (entries, findings) = log::read(path, None);
    assert_eq!(findings, []);
    assert!(entries.len() >= rounds);
}

#[test]
fn a_hand_edit_between_load_and_apply_is_never_overwritten() {
    let dir = folder("sessions:\n  t1:\n    status: a\n");
    let tracking = Tracking::load(dir.path(), &[]);
    fs::write(dir.path().join(FILE), "# mine\nsessions:\n  t1:\n    status: a\n").expect("edited by hand");
    let error = tracking
        .apply(&lock(dir.path()), &Changes::of(vec![set("sessions.t1.status", "b")]))
        .expect_err("refused");
    assert!(matches!(&error, TrackingError::ChangedMeanwhile { file } if file == FILE));
    assert_eq!(
        error.to_string(),
        "active-sessions.yaml was changed by another program in the meantime; it was not written"
    );
    assert_eq!(text(dir.path()), "# mine\nsessions:\n  t1:\n    status: a\n");
    // The edit holds on the new text.
    apply(dir.path(), &[set("sessions.t1.status", "new")]).expect("applied");
    assert_eq!(text(dir.path()), "# mine\nsessions:\n  t1:\n    status: new\n");
    fs::remove_file(dir.path().join(FILE)).expect("removed by hand");
    let error = tracking
        .apply(&lock(dir.path()), &Changes::of(vec![set("sessions.t1.status", "c")]))
        .expect_err("refused");
    assert!(matches!(error, TrackingError::ChangedMeanwhile { .. }));
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn a_file_that_appeared_meanwhile_is_not_overwritten() {
    let dir = tempfile::tempdir().expect("a folder");
    let tracking = Tracking::load(dir.path(), &[]);
    let new = NewFile {
        name: FILE.into(),
        mode: Mode::Inter,
        story: None,
        created: "t".into(),
        owner: Some("me".into()),
        copy_of: None,
    };
    fs::write(dir.path().join(FILE), "mine: 1\n").expect("written by hand");
    let new = Changes { new_files: vec![new], ..Changes::default() };
    let error = tracking.apply(&lock(dir.path()), &new).expect_err("refused");
    assert!(matches!(error, TrackingError::ChangedMeanwhile { .. }));
    assert_eq!(text(dir.path()), "mine: 1\n");
    let error = Tracking::load(dir.path(), &[]).preview(&new).expect_err("there");
    assert!(matches!(error, TrackingError::Exists { .. }));
}

#[test]
fn a_refused_edit_changes_no_file() {
    let dir = folder("sessions: {}\n");
    fs::write(dir.path().join("story-1-2-sessions.yaml"), "sessions:\n  t1: &a {x: 1}\n  t2: *a\n")
        .expect("written");
    let other = Edit::set("story-1-2-sessions.yaml", &way("sessions.t2.x"), "y");
    let error = apply(dir.path(), &[set("sessions.t1.status", "a"), other]).expect_err("an alias");
    assert!(matches!(error, TrackingError::Refused { .. }));
    assert!(error.to_string().starts_with("story-1-2-sessions.yaml, line 3: "), "{error}");
    assert_eq!(text(dir.path()), "sessions: {}\n");
    let error =
        apply(dir.path(), &[Edit::set("story-9-sessions.yaml", &way("a"), "b")]).expect_err("no file");
    assert_eq!(error.to_string(), "the tracking file story-9-sessions.yaml does not exist");
    fs::write(dir.path().join(FILE), "a: [\n").expect("broken by hand");
    let error = apply(dir.path(), &[set("a", "b")]).expect_err("broken");
    assert!(matches!(&error, TrackingError::Broken { problem, .. } if problem.line == Some(1)), "{error:?}");
    assert_eq!(text(dir.path()), "a: [\n");
}

#[test]
fn a_file_that_would_not_change_is_not_written() {
    let dir = folder("sessions:\n  t1:\n    status: 'a'\n");
    let before = fs::metadata(dir.path().join(FILE)).expect("there").modified().expect("a time");
    assert_eq!(apply(dir.path(), &[set("sessions.t1.status", "a")]).expect("nothing"), [""; 0]);
    assert_eq!(fs::metadata(dir.path().join(FILE)).expect("there").modified().expect("a time"), before);
}

#[cfg(unix)]
#[test]
fn no_room_on_the_disk_leaves_the_old_files() {
    let before = "# mine\nsessions:\n  t1:\n    status: a\n";
    let dir = folder(before);
    fs::write(dir.path().join(log::FILE), "history:\n  - at: \"1\"\n    command: \"x\"\n    files: []\n")
        .expect("written");
    let logged = fs::read(dir.path().join(log::FILE)).expect("read");
    let program = child("fail now", dir.path());
    // A limit of 16 blocks; the signal that comes with it ignored, so that the write fails.
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"")
        .arg(program.get_program())
        .args(program.get_args());
    shell.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = shell.output().expect("ran");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        told.contains("apply: cannot write ") && told.contains("active-sessions.yaml: file too large"),
        "{told}"
    );
    assert!(told.contains("log: cannot append to "), "{told}");
    assert_eq!(text(dir.path()), before);
    assert_eq!(fs::read(dir.path().join(log::FILE)).expect("read"), logged);
    assert_eq!(names(dir.path()), [FILE, log::FILE]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    // /proc refuses even the superuser.
    let error = write_new(Path::new("/proc/track-work/config.yaml"), "a: 1\n").expect_err("no place");
    assert!(error.to_string().starts_with("cannot create /proc/track-work: "), "{error}");
    assert!(!tracking_hint(&error).is_empty());
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().expect("a folder");
    let (links, real) = (dir.path().join("links"), dir.path().join("real"));
    fs::create_dir_all(&links).and_then(|()| fs::create_dir_all(&real)).expect("folders");
    fs::write(real.join("elsewhere.yaml"), "sessions: {}\n").expect("written");
    fs::set_permissions(real.join("elsewhere.yaml"), fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink("../real/elsewhere.yaml", links.join(FILE)).expect("a link");
    apply(&links, &[set("sessions.t1.status", "a")]).expect("applied");
    assert!(fs::symlink_metadata(links.join(FILE)).expect("there").is_symlink());
    assert_eq!(
        fs::read_to_string(real.join("elsewhere.yaml")).expect("read"),
        "sessions:\n  t1:\n    status: \"a\"\n"
    );
    assert_eq!(fs::metadata(real.join("elsewhere.yaml")).expect("there").permissions().mode() & 0o777, 0o640);
    assert_eq!((names(&links), names(&real)), (vec![FILE.to_string()], vec!["elsewhere.yaml".to_string()]));
    // The folder itself may be a link.
    symlink(&links, dir.path().join("way")).expect("a link");
    apply(&dir.path().join("way"), &[set("sessions.t1.status", "b")]).expect("applied");
    assert!(fs::read_to_string(real.join("elsewhere.yaml")).expect("read").contains("\"b\""));
}

#[test]
fn what_killed_writers_left_is_cleared_under_the_lock() {
    let dir = folder("a: 1\n");
    for name in [".track-work-abc.tmp", ".track-work-abc.tmp.yaml", "mine.tmp", ".track-work-config"] {
        fs::write(dir.path().join(name), "x").expect("written");
    }
    drop(lock(dir.path()));
    assert_eq!(names(dir.path()), [".track-work-abc.tmp.yaml", ".track-work-config", FILE, "mine.tmp"]);
}

#[test]
fn a_lock_is_waited_for_and_then_told() {
    let dir = folder("a: 1\n");
    let held = lock(dir.path());
    let begun = Instant::now();
    let error = Lock::take(dir.path(), Duration::from_millis(60)).expect_err("held");
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert!(matches!(error, TrackingError::Locked { .. }));
    assert!(tracking_hint(&error).contains("try again"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| Lock::take(dir.path(), LONG).map(|_| ()));
        std::thread::sleep(Duration::from_millis(20));
        drop(held);
        assert!(waiting.join().expect("no panic").is_ok());
    });
    assert_eq!(names(dir.path()), [FILE], "the lock leaves nothing behind");
    let error = Lock::take(&dir.path().join("none"), Duration::from_secs(10)).expect_err("no folder");
    assert!(error.to_string().starts_with("the tracking directory"), "{error}");
}

#[test]
fn a_new_file_is_never_put_over_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("deep/er/config.yaml");
    write_new(&path, "a: 1\n").expect("created");
    let error = write_new(&path, "a: 2\n").expect_err("there");
    assert!(matches!(error, TrackingError::Exists { .. }));
    assert_eq!(fs::read_to_string(&path).expect("read"), "a: 1\n");
}

#[test]
fn a_long_wait_for_the_lock_is_told_once() {
    let dir = folder("a: 1\n");
    let held = lock(dir.path());
    let told = std::cell::RefCell::new(Vec::new());
    let take =
        |wait| Lock::take_telling(dir.path(), wait, |line: &str| told.borrow_mut().push(line.to_string()));
    assert!(take(Duration::from_millis(100)).is_err());
    assert!(told.borrow().is_empty(), "a short wait is nothing to tell");
    assert!(take(Duration::from_millis(1_200)).is_err());
    let told = told.borrow();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("another track-work is writing in "), "{told:?}");
    drop(held);
}

#[cfg(unix)]
#[test]
fn a_file_stays_the_same_file_for_everybody_else() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let dir = folder("a: \"1\"\n");
    let path = dir.path().join(FILE);
    let other = dir.path().join("other-name");
    fs::hard_link(&path, &other).expect("linked");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    apply(dir.path(), &[set("a", "22222")]).expect("applied");
    apply(dir.path(), &[set("a", "3")]).expect("applied");
    assert_eq!(fs::read_to_string(&other).expect("read"), "a: \"3\"\n", "all names are of one file");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    assert_eq!(names(dir.path()), [FILE, "other-name"], "nothing is left behind");
    fs::remove_file(&other).expect("removed");
    // only the system's own user can give files away
    if std::os::unix::fs::chown(&path, Some(12_345), Some(12_346)).is_ok() {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).expect("set");
        apply(dir.path(), &[set("a", "4")]).expect("applied");
        let about = fs::metadata(&path).expect("there");
        assert_eq!((about.uid(), about.gid(), about.mode() & 0o777), (12_345, 12_346, 0o604));
    }
}
