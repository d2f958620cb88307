//! Hostile input ends in an answer, in bounded time: deep trees, many renames, many equal lines,
//! objects that are missing or too large.

use std::time::{Duration, Instant};

use track_work::merge::{Missing, Objects, Options, TreeEntry, changes, merge_trees};
use track_work::model::{Entry, EntryKind, Hunks, Oid};

use super::git_objects::GitObjects;
use super::oracle::Laboratory;
use super::random::Dice;

fn objects() -> (Laboratory, GitObjects) {
    let laboratory = Laboratory::new();
    let objects = GitObjects::open(&laboratory.path()).expect("a repository");
    (laboratory, objects)
}

fn entry(name: &str, kind: EntryKind, oid: Oid) -> TreeEntry {
    TreeEntry { name: name.as_bytes().into(), entry: Entry { kind, oid } }
}

fn file(objects: &GitObjects, name: &str, content: &str) -> TreeEntry {
    entry(name, EntryKind::File, objects.put_blob(content.as_bytes()))
}

fn within(limit: Duration, work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    assert!(begin.elapsed() < limit, "{:?}", begin.elapsed());
}

#[test]
fn trees_of_many_levels() {
    let (_laboratory, objects) = objects();
    let tree = |content: &str, levels: usize| {
        let mut tree = objects.put_tree(&[file(&objects, "a", content)]);
        for _ in 0..levels {
            tree = objects.put_tree(&[entry("d", EntryKind::Tree, tree)]);
        }
        tree
    };
    let all = |levels| ["1\n2\n3\n", "one\n2\n3\n", "1\n2\nthree\n"].map(|content| tree(content, levels));
    // git ends at more
    let [base, ours, theirs] = all(3000);
    assert!(merge_trees(&objects, base, ours, theirs, &Options::default()).is_err());
    let ([base, ours, theirs], tree) = (all(2048), |content| tree(content, 2048));
    within(Duration::from_secs(30), || {
        let outcome = merge_trees(&objects, base, ours, theirs, &Options::default()).expect("readable");
        assert_eq!(outcome.tree, tree("one\n2\nthree\n"));
        assert_eq!(changes(&objects, base, ours, &Options::default()).expect("readable").len(), 1);
    });
}

fn moved(same: bool) {
    const FILES: usize = 100_000;
    let (_laboratory, objects) = objects();
    let mut files: Vec<TreeEntry> = (0..FILES)
        .map(|at| file(&objects, &format!("f{at}"), &format!("content {}\n", if same { 0 } else { at })))
        .collect();
    let folder = |name: &str, files: &[TreeEntry]| {
        let tree = objects.put_tree(files);
        objects.put_tree(&[entry(name, EntryKind::Tree, tree)])
    };
    let (base, ours) = (folder("old", &files), folder("new", &files));
    files[7] = file(&objects, "f7", "changed");
    files.push(file(&objects, "added", "added"));
    let theirs = folder("old", &files);
    within(Duration::from_secs(60), || {
        let outcome = merge_trees(&objects, base, ours, theirs, &Options::default()).expect("readable");
        let paths: Vec<String> = outcome.unmerged.iter().map(|one| one.path.to_string()).collect();
        assert!(paths.contains(&"new/added".to_string()), "{paths:?}");
    });
}

#[test]
fn a_hundred_thousand_renames() {
    moved(false);
}

#[test]
fn a_hundred_thousand_renames_of_one_content() {
    moved(true);
}

#[test]
fn a_million_equal_lines() {
    let (_laboratory, objects) = objects();
    let lines = "x\n".repeat(1_000_000);
    let tree = |content: String| objects.put_tree(&[file(&objects, "a", &content)]);
    let base = tree(lines.clone());
    let ours = tree(format!("ours\n{lines}"));
    let theirs = tree(format!("{lines}theirs\n"));
    within(Duration::from_secs(60), || {
        let outcome = merge_trees(&objects, base, ours, theirs, &Options::default()).expect("readable");
        assert_eq!(outcome.tree, tree(format!("ours\n{lines}theirs\n")));
    });
}

/// Records that are much alike, some with another value on either side, merge in a time that follows their
/// length; and so do many conflicts among many lines.
#[test]
fn many_lines_that_are_alike() {
    let (_laboratory, objects) = objects();
    let tree = |content: &str| objects.put_tree(&[file(&objects, "a", content)]);
    let mut dice = Dice::new(7);
    let values: Vec<usize> = (0..16_000).map(|_| dice.below(40)).collect();
    let record = |value: &usize| format!("  {{\n    \"id\": {value},\n    \"active\": true,\n  }},\n");
    let mut edited = |values: &[usize]| -> String {
        let other = |value: &usize| if dice.chance(10) { dice.below(40) } else { *value };
        values.iter().map(other).map(|value| record(&value)).collect()
    };
    let base: String = values.iter().map(record).collect();
    let (ours, theirs) = (edited(&values), edited(&values));
    busy_within(Duration::from_secs(4), || {
        let outcome = merge_trees(&objects, tree(&base), tree(&ours), tree(&theirs), &Options::default());
        assert!(!outcome.expect("readable").is_clean());
    });
    let changed: Vec<bool> = (0..60_000).map(|_| dice.chance(10)).collect();
    let numbered = |side: &str| -> String {
        let line = |(at, changed): (usize, &bool)| format!("{} {at}\n", if *changed { side } else { "line" });
        changed.iter().enumerate().map(line).collect()
    };
    let [base, ours, theirs] = ["base", "ours", "theirs"].map(|side| tree(&numbered(side)));
    busy_within(Duration::from_secs(4), || {
        let outcome = merge_trees(&objects, base, ours, theirs, &Options::default()).expect("readable");
        assert!(outcome.conflicts[0].ours.len() > 3000);
    });
}

/// The time for which this thread was at work, however busy the machine is.
fn busy() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = said.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

fn busy_within(limit: Duration, work: impl FnOnce()) {
    let begin = busy();
    work();
    assert!(busy() - begin < limit, "{:?}", busy() - begin);
}

#[test]
fn what_cannot_be_read_is_not_clean() {
    let (_laboratory, objects) = objects();
    let nowhere = Oid::new([7; 20]);
    let tree = |entry: TreeEntry| objects.put_tree(&[entry]);
    let base = tree(file(&objects, "a", "1\n"));
    let ours = tree(file(&objects, "a", "2\n"));
    let theirs = tree(entry("a", EntryKind::File, nowhere));
    let outcome = merge_trees(&objects, base, ours, theirs, &Options::default()).expect("trees are there");
    assert!(!outcome.is_clean() && outcome.conflicts.is_empty());
    assert!(outcome.undecided[0].1.to_string().contains(&nowhere.to_string()), "{:?}", outcome.undecided);
    let missing = merge_trees(&objects, base, ours, nowhere, &Options::default()).expect_err("missing");
    assert!(matches!(missing, Missing::Object { id, .. } if id == nowhere));
    let found = changes(&objects, base, theirs, &Options::default()).expect("trees are there");
    assert!(matches!(found.iter().next().map(|change| &change.hunks), Some(Hunks::Unknown(_))));
}

#[test]
fn what_is_too_large_is_undecided() {
    let (_laboratory, objects) = objects();
    let options = Options { largest_blob: 10, ..Options::default() };
    let tree = |content: &str| objects.put_tree(&[file(&objects, "a", content)]);
    let outcome = merge_trees(&objects, tree("1\n"), tree("2\n"), tree("much too large\n"), &options);
    let outcome = outcome.expect("readable");
    assert!(!outcome.is_clean());
    assert_eq!(outcome.undecided.len(), 1);
}
