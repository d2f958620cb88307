//! The merge of whole trees: no panic, no hang, the same answer every time, and what must hold for
//! any three trees.

use super::{Files, Memory, made, put_files};
use arbitrary::Arbitrary;
use track_work::merge::{DirectoryRenames, Objects, Options, changes, merge_trees};
use track_work::model::{Entry, EntryKind, MergeOutcome, Oid, Reason};

/// Bounds on what a case does.
const FILES: usize = 24;
const STEPS: usize = 16;

#[derive(Arbitrary, Debug)]
struct Case {
    base: Vec<(Path, Content)>,
    ours: Vec<Step>,
    theirs: Vec<Step>,
    directory_renames: u8,
    renames: bool,
    rename_limit: u8,
}

#[derive(Arbitrary, Debug)]
struct Path {
    depth: u8,
    parts: [u8; 3],
}

#[derive(Arbitrary, Debug)]
struct Content {
    kind: u8,
    family: u8,
    changed: [u8; 2],
}

#[derive(Arbitrary, Debug)]
enum Step {
    Write(Path, Content),
    Remove(Path),
    Move(Path, Path),
    Copy(Path, Path),
}

impl Path {
    fn bytes(&self) -> Vec<u8> {
        const PARTS: [&[u8]; 7] = [b"a", b"b", b"c", b"d", b"a.b", b"a-b", b"x~ours"];
        let part = |part: &u8| PARTS[usize::from(*part) % PARTS.len()];
        let parts: Vec<&[u8]> = self.parts.iter().map(part).take(1 + usize::from(self.depth % 3)).collect();
        parts.join(&b'/')
    }
}

impl Content {
    /// One of six families of ten lines, of which up to two differ; or a link, or a submodule.
    fn entry(&self, objects: &Memory) -> Entry {
        let family = self.family % 6;
        let kind = match self.kind % 10 {
            0 => EntryKind::Executable,
            1 => EntryKind::Symlink,
            2 => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        let text: Vec<u8> = match (kind, family) {
            (EntryKind::Submodule, _) => return Entry { kind, oid: Oid::new([1 + family; 20]) },
            (EntryKind::Symlink, _) => format!("target {family}").into_bytes(),
            (_, 5) => Vec::new(),
            (_, 4) => format!("\0{}", self.changed[0] % 4).into_bytes(),
            _ => (0..10u8)
                .flat_map(|line| {
                    match self.changed.iter().position(|changed| *changed % 16 == line) {
                        Some(which) => format!("changed {}\n", self.changed[which] / 64),
                        None => format!("line {line} of family {family}\n"),
                    }
                    .into_bytes()
                })
                .collect(),
        };
        Entry { kind, oid: objects.put_blob(&text) }
    }
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// Puts an entry, in the place of whatever stands in its way.
fn put(files: &mut Files, path: Vec<u8>, entry: Entry) {
    files.retain(|other, _| !is_below(other, &path) && !is_below(&path, other));
    files.insert(path, entry);
}

fn at_or_below(files: &Files, path: &[u8]) -> Vec<(Vec<u8>, Entry)> {
    let chosen = files.iter().filter(|(other, _)| *other == path || is_below(other, path));
    chosen.map(|(path, entry)| (path.clone(), *entry)).collect()
}

fn after(base: &Files, steps: &[Step], objects: &Memory) -> Files {
    let mut files = base.clone();
    for step in steps.iter().take(STEPS) {
        match step {
            Step::Write(path, content) => put(&mut files, path.bytes(), content.entry(objects)),
            Step::Remove(path) => {
                let path = path.bytes();
                files.retain(|other, _| *other != path && !is_below(other, &path));
            }
            Step::Move(from, to) | Step::Copy(from, to) => {
                let (from, to) = (from.bytes(), to.bytes());
                if is_below(&to, &from) || to == from {
                    continue;
                }
                let chosen = at_or_below(&files, &from);
                if matches!(step, Step::Move(..)) {
                    chosen.iter().for_each(|(path, _)| _ = files.remove(path));
                }
                for (path, entry) in chosen {
                    put(&mut files, [&to, &path[from.len()..]].concat(), entry);
                }
            }
        }
    }
    files
}

/// Every file of a tree can be read.
fn walk(objects: &Memory, tree: Oid) {
    for one in objects.tree(tree).expect("the tree is there").iter() {
        match one.entry.kind {
            EntryKind::Tree => walk(objects, one.entry.oid),
            EntryKind::Submodule => {}
            EntryKind::File | EntryKind::Executable | EntryKind::Symlink => {
                objects.blob(one.entry.oid).expect("the blob is there");
            }
        }
    }
}

fn options(case: &Case) -> Options {
    Options {
        renames: case.renames,
        directory_renames: match case.directory_renames % 3 {
            0 => DirectoryRenames::Conflict,
            1 => DirectoryRenames::Apply,
            _ => DirectoryRenames::Off,
        },
        rename_limit: match case.rename_limit {
            0..4 => usize::from(case.rename_limit) + 1,
            _ => 7000,
        },
        ..Options::default()
    }
}

/// The merge, and the three trees it is of.
fn merged(case: &Case) -> (Memory, [Oid; 3], MergeOutcome) {
    let objects = Memory::default();
    let mut base = Files::new();
    for (path, content) in case.base.iter().take(FILES) {
        put(&mut base, path.bytes(), content.entry(&objects));
    }
    let sides = [base.clone(), after(&base, &case.ours, &objects), after(&base, &case.theirs, &objects)];
    let [base, ours, theirs] = sides.map(|files| put_files(&objects, &files));
    let outcome = merge_trees(&objects, base, ours, theirs, &options(case)).expect("all is there");
    (objects, [base, ours, theirs], outcome)
}

/// One input.
pub fn run(input: &[u8]) {
    let Some(case) = made::<Case>(input) else { return };
    let (objects, [base, ours, theirs], outcome) = merged(&case);
    walk(&objects, outcome.tree);
    assert_eq!(outcome, merged(&case).2, "the same input, the same answer");
    let is_known = |(_, reason): &(_, Reason)| matches!(reason, Reason::FolderLost);
    assert!(outcome.undecided.iter().all(is_known), "{:?}", outcome.undecided);
    assert!(outcome.conflicts.is_sorted() && outcome.unmerged.is_sorted());
    for unmerged in &outcome.unmerged {
        assert!(unmerged.numbered().next().is_some(), "{unmerged:?}");
        for (_, entry) in unmerged.numbered().filter(|(_, entry)| entry.kind != EntryKind::Submodule) {
            objects.blob(entry.oid).expect("the version is there");
        }
    }
    let options = options(&case);
    for (trees, expected) in [
        ([base, ours, base], ours),
        ([base, base, theirs], theirs),
        ([base, ours, ours], ours),
        ([ours, theirs, ours], theirs),
    ] {
        let [base, ours, theirs] = trees;
        let outcome = merge_trees(&objects, base, ours, theirs, &options).expect("all is there");
        assert!(outcome.is_clean(), "{outcome:?}");
        assert_eq!(outcome.tree, expected);
    }
    for side in [ours, theirs] {
        changes(&objects, base, side, &options).expect("all is there");
    }
}
