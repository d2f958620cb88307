//! Settings that come from outside as functions: renormalization, submodules, custom drivers.

use std::sync::Arc;

use track_work::merge::{Driver, Objects, Options, TreeEntry, merge_trees};
use track_work::model::{ConflictKind, Entry, EntryKind, MergeOutcome, Oid, Reason};

use super::git_objects::GitObjects;
use super::oracle::Laboratory;

/// Merges one path with these contents; `None` is no such path.
fn merge(contents: [Option<&str>; 3], options: &Options) -> (MergeOutcome, Option<String>) {
    let laboratory = Laboratory::new();
    let objects = GitObjects::open(&laboratory.path()).expect("a repository");
    let entry = |content: &str| {
        let entry = Entry { kind: EntryKind::File, oid: objects.put_blob(content.as_bytes()) };
        TreeEntry { name: b"a"[..].into(), entry }
    };
    let other = TreeEntry { name: b"z"[..].into(), ..entry("z") };
    let tree = |content: Option<&str>| {
        let entries: Vec<TreeEntry> = content.map(entry).into_iter().chain([other.clone()]).collect();
        objects.put_tree(&entries)
    };
    let [base, ours, theirs] = contents.map(tree);
    let outcome = merge_trees(&objects, base, ours, theirs, options).expect("readable");
    let merged = objects.tree(outcome.tree).expect("written");
    let content = merged
        .iter()
        .find(|entry| entry.name[..] == *b"a")
        .map(|found| String::from_utf8_lossy(&objects.blob(found.entry.oid).expect("readable")).into_owned());
    (outcome, content)
}

#[test]
fn renormalized_line_ends_do_not_conflict() {
    let strip = |content: &[u8]| String::from_utf8_lossy(content).replace("\r\n", "\n").into_bytes();
    let mut options = Options::default();
    options.attributes.normalize = Some(Arc::new(move |_, content| Ok(Some(strip(content)))));
    let versions = [Some("1\r\n2\r\n3\r\n"), Some("1\n2\n3\n"), Some("1\r\n2\r\nthree\r\n")];
    let (outcome, content) = merge(versions, &options);
    assert!(outcome.is_clean());
    assert_eq!(content.as_deref(), Some("1\n2\nthree\n"));
    assert!(!merge(versions, &Options::default()).0.is_clean());
    // a side that only changed line ends did not change what the other one deleted
    let (outcome, content) = merge([Some("1\r\n"), Some("1\n"), None], &options);
    assert!(outcome.is_clean() && content.is_none());
}

#[test]
fn a_custom_driver_leaves_the_path_undecided() {
    let mut options = Options::default();
    options.attributes.drivers =
        Some(Arc::new(|_| Driver::Custom { name: "special".into(), in_bases: None }));
    let (outcome, _) = merge([Some("1\n2\n3\n"), Some("one\n2\n3\n"), Some("1\n2\nthree\n")], &options);
    assert!(!outcome.is_clean() && outcome.conflicts.is_empty());
    assert!(outcome.undecided[0].1 == (Reason::DriverNotRun { name: "special".to_string() }));
    let (untouched, _) = merge([Some("1\n"), Some("one\n"), Some("1\n")], &options);
    assert!(untouched.is_clean(), "a driver is asked only where both sides changed the path");
}

#[test]
fn a_submodule_that_only_went_on_is_clean() {
    let laboratory = Laboratory::new();
    let objects = GitObjects::open(&laboratory.path()).expect("a repository");
    let id = |digit: u8| Oid::new([digit; 20]);
    let tree = |digit: u8| {
        let entry = Entry { kind: EntryKind::Submodule, oid: id(digit) };
        objects.put_tree(&[TreeEntry { name: b"sub"[..].into(), entry }])
    };
    // in the submodule, each commit contains those with smaller digits
    let options = Options {
        submodules: Some(Arc::new(|_, older, newer| Some(older.as_bytes()[0] <= newer.as_bytes()[0]))),
        ..Options::default()
    };
    let ahead = merge_trees(&objects, tree(1), tree(2), tree(3), &options).expect("readable");
    assert_eq!((ahead.is_clean(), ahead.tree), (true, tree(3)));
    let rewound = merge_trees(&objects, tree(2), tree(1), tree(3), &options).expect("readable");
    assert_eq!(rewound.conflicts[0].kind, ConflictKind::Submodule);
    let unknown = merge_trees(&objects, tree(1), tree(2), tree(3), &Options::default()).expect("readable");
    assert_eq!(unknown.conflicts[0].kind, ConflictKind::Submodule);
}
