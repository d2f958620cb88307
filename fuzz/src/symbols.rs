//! What a merge breaks, from any sources: no panic, in bounded time, the same answer twice, nothing where one
//! side changed nothing.

use super::{Memory, made, put_files};
use arbitrary::Arbitrary;
use track_work::merge::{Objects, Options, merge_trees};
use track_work::model::{Entry, EntryKind, MergedTrees};
use track_work::symbols;

const NAMES: [&str; 18] = [
    "a.rs",
    "b.rs",
    "a.go",
    "b.go",
    "m/migrations/0001_a.py",
    "a.py",
    "a.ts",
    "b.tsx",
    "a.js",
    "A.java",
    "a.c",
    "a.hpp",
    "A.cs",
    "b/B.cs",
    "a.php",
    "A.kt",
    "a.rb",
    "pyproject.toml",
];

#[derive(Arbitrary, Debug)]
struct Sources {
    base: Vec<(u8, Vec<u8>)>,
    ours: Vec<(u8, Vec<u8>)>,
    theirs: Vec<(u8, Vec<u8>)>,
}

/// One input.
pub fn run(input: &[u8]) {
    let Some(sources) = made::<Sources>(input) else { return };
    let memory = Memory::default();
    let tree = |sides: &[&[(u8, Vec<u8>)]]| {
        let files = sides.iter().flat_map(|files| files.iter().take(6));
        let named = files.map(|(name, text)| {
            let entry = Entry { kind: EntryKind::File, oid: memory.put_blob(text) };
            (NAMES[usize::from(*name) % NAMES.len()].as_bytes().to_vec(), entry)
        });
        put_files(&memory, &named.collect())
    };
    let (base, ours, theirs) = (
        tree(&[&sources.base]),
        tree(&[&sources.base, &sources.ours]),
        tree(&[&sources.base, &sources.theirs]),
    );
    let Ok(outcome) = merge_trees(&memory, base, ours, theirs, &Options::default()) else { return };
    let trees = MergedTrees { base, ours, theirs, merged: outcome.tree };
    let judge =
        |trees: &MergedTrees| symbols::judge(&memory as &dyn Objects, trees).expect("all objects are there");
    assert_eq!(judge(&trees), judge(&trees));
    assert!(judge(&MergedTrees { base, ours, theirs: base, merged: ours }).breaks.is_empty());
}
