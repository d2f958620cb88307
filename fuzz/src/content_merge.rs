//! The merge of one file's content: no panic, and what must hold for any three texts.

use std::sync::Arc;

use super::{Files, Memory, made, put_files};
use arbitrary::Arbitrary;
use track_work::merge::{Driver, Objects, Options, merge_trees};
use track_work::model::{Entry, EntryKind, MergeOutcome, RepoPath};

/// More lines than this only make the search slow.
const LINES: usize = 400;

/// Three texts: as they come, or of few different lines, where diffs have much to choose from.
#[derive(Arbitrary, Debug)]
enum Texts {
    Raw([Vec<u8>; 3]),
    Lines { base: Vec<u8>, ours: Vec<Edit>, theirs: Vec<Edit>, unended: [bool; 3] },
}

#[derive(Arbitrary, Debug)]
struct Edit {
    at: u8,
    taken: u8,
    put: Vec<u8>,
}

impl Texts {
    fn texts(&self) -> [Vec<u8>; 3] {
        match self {
            Texts::Raw(texts) => texts.clone(),
            Texts::Lines { base, ours, theirs, unended } => {
                let base: Vec<u8> = base.iter().take(LINES).copied().collect();
                let all = [base.clone(), edited(&base, ours), edited(&base, theirs)];
                let mut texts = all.map(|lines| lines.iter().flat_map(|line| text_of(*line)).collect());
                for (text, unended) in texts.iter_mut().zip(unended) {
                    let text: &mut Vec<u8> = text;
                    if *unended {
                        text.pop();
                    }
                }
                texts
            }
        }
    }
}

fn edited(base: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut lines = base.to_vec();
    for edit in edits.iter().take(20) {
        let start = usize::from(edit.at) % (lines.len() + 1);
        let end = (start + usize::from(edit.taken % 8)).min(lines.len());
        lines.splice(start..end, edit.put.iter().take(10).copied());
    }
    lines
}

/// One of twelve lines; some end with CRLF, some are empty.
fn text_of(line: u8) -> Vec<u8> {
    match line % 12 {
        0 => b"\n".to_vec(),
        1 => b"}\n".to_vec(),
        2 => b"same\r\n".to_vec(),
        number => format!("{}line {number}\n", " ".repeat(usize::from(number % 3))).into_bytes(),
    }
}

fn merged(
    objects: &Memory,
    [base, ours, theirs]: [&[u8]; 3],
    options: &Options,
) -> (MergeOutcome, Option<Vec<u8>>) {
    let tree = |text: &[u8]| {
        let entry = Entry { kind: EntryKind::File, oid: objects.put_blob(text) };
        put_files(objects, &Files::from([(b"file".to_vec(), entry)]))
    };
    let outcome = merge_trees(objects, tree(base), tree(ours), tree(theirs), options).expect("all is there");
    let content = objects.tree(outcome.tree).expect("the result is there");
    let content = content.first().map(|one| objects.blob(one.entry.oid).expect("it is there").to_vec());
    (outcome, content)
}

/// One input.
pub fn run(input: &[u8]) {
    let Some(input) = made::<Texts>(input) else { return };
    let objects = Memory::default();
    let options = Options::default();
    let [base, ours, theirs] = input.texts();
    let [base, ours, theirs] = [&base[..], &ours, &theirs];
    for (versions, expected) in [
        ([base, ours, base], ours),
        ([base, base, theirs], theirs),
        ([base, ours, ours], ours),
        ([ours, theirs, ours], theirs),
    ] {
        let (outcome, content) = merged(&objects, versions, &options);
        assert!(outcome.is_clean());
        assert_eq!(content.as_deref(), Some(expected));
    }
    let (one, content) = merged(&objects, [base, ours, theirs], &options);
    let (other, swapped) = merged(&objects, [base, theirs, ours], &options);
    assert_eq!(one.is_clean(), other.is_clean());
    assert_eq!(one.conflicts.len(), other.conflicts.len());
    if one.is_clean() {
        assert_eq!(content, swapped);
    }
    assert!(one.undecided.is_empty());
    for conflict in &one.conflicts {
        let lines = |text: &[u8]| text.split_inclusive(|byte| *byte == b'\n').count() as u32;
        assert!(conflict.ours.iter().all(|range| range.end <= lines(ours) + 1), "{conflict:?}");
        assert!(conflict.theirs.iter().all(|range| range.end <= lines(theirs) + 1), "{conflict:?}");
    }
    let mut union = Options::default();
    union.attributes.drivers = Some(Arc::new(|_: &RepoPath| Driver::Union));
    let (union, _) = merged(&objects, [base, ours, theirs], &union);
    let binary = |text: &[u8]| text.iter().take(8000).any(|byte| *byte == 0);
    assert!(union.is_clean() || [base, ours, theirs].into_iter().any(binary));
}
