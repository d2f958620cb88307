//! Files of many lines that are much alike: the changed lines are those that git finds.
//! `TRACK_WORK_CASES` says how many files (200 without), `TRACK_WORK_SEED` where to begin.

use std::path::Path;

use track_work::merge::line_hunks;
use track_work::model::Hunk;

use super::differential::number;
use super::oracle::git;
use super::random::Dice;

const CASES: u64 = 200;

/// Records of a few lines each, of which one differs; or lines out of a few.
fn text(dice: &mut Dice, lines: usize) -> Vec<String> {
    let values = *dice.pick(&[1, 2, 3, 10, 40, 300, 5000]);
    let period = *dice.pick(&[1, 1, 2, 5, 7]);
    let line = |dice: &mut Dice, at: usize| match at % period {
        0 => format!("value {}\n", dice.below(values)),
        part => format!("  part {part}\n"),
    };
    (0..lines).map(|at| line(dice, at)).collect()
}

/// The text after edits that are spread over it, and one of a whole block.
fn edited(dice: &mut Dice, text: &[String]) -> Vec<String> {
    let rate = *dice.pick(&[1, 3, 10, 40]);
    let mut edited = Vec::new();
    for line in text {
        match dice.below(1000) {
            at if at >= rate * 10 => edited.push(line.clone()),
            at if at % 4 == 0 => {}
            at if at % 4 == 1 => edited.extend([line.clone(), format!("value {}\n", dice.below(40))]),
            at if at % 4 == 2 => edited.extend((0..dice.below(30)).map(|at| format!("only here {at}\n"))),
            _ => edited.push(dice.pick(text).clone()),
        }
    }
    let (start, length) = (dice.below(edited.len() + 1), dice.below(edited.len() / 3 + 1));
    let end = (start + length).min(edited.len());
    match dice.below(6) {
        0 => edited[start..end].reverse(),
        1 => drop(edited.drain(start..end)),
        2 => {
            let block: Vec<String> = edited.drain(start..end).collect();
            let to = dice.below(edited.len() + 1);
            edited.splice(to..to, block);
        }
        3 => {
            let block = edited[start..end].to_vec();
            edited.splice(start..start, block);
        }
        _ => {}
    }
    if dice.chance(10)
        && let Some(last) = edited.last_mut()
    {
        last.pop();
    }
    edited
}

/// The hunks of `git diff`, told apart by its lines: with context, since git looks at less without.
fn of_git(folder: &Path, old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let files = ["old", "new"].map(|name| folder.join(name));
    std::fs::write(&files[0], old).expect("writing");
    std::fs::write(&files[1], new).expect("writing");
    let arguments = ["diff", "--no-index", "--text", "--histogram", "--no-indent-heuristic", "-U1", "--"];
    let output = git(folder).args(arguments).args(&files).output().expect("git");
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for line in output.stdout.split_inclusive(|byte| *byte == b'\n').skip(4) {
        let mut change = |old: u32, new: u32| {
            match hunks.last_mut() {
                Some(last) if last.base.end == old_at && last.own.end == new_at => {
                    (last.base.end, last.own.end) = (old_at + old, new_at + new);
                }
                _ => hunks.push(Hunk { base: old_at..old_at + old, own: new_at..new_at + new }),
            }
            (old_at, new_at) = (old_at + old, new_at + new);
        };
        match line[0] {
            b'-' => change(1, 0),
            b'+' => change(0, 1),
            b' ' => (old_at, new_at) = (old_at + 1, new_at + 1),
            b'@' => {
                let said = std::str::from_utf8(line).expect("numbers");
                let begin = |sign: char| {
                    let numbers = said.split(sign).nth(1).expect("a range");
                    let (start, length) = numbers
                        .split(' ')
                        .next()
                        .expect("a range")
                        .split_once(',')
                        .unwrap_or((numbers.split(' ').next().expect("a range"), "1"));
                    let start: u32 = start.parse().expect("a number");
                    if length == "0" { start } else { start - 1 }
                };
                (old_at, new_at) = (begin('-'), begin('+'));
            }
            _ => {}
        }
    }
    hunks
}

#[test]
fn lines_that_are_alike_differ_where_git_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, cases) = (number("TRACK_WORK_SEED", 1), number("TRACK_WORK_CASES", CASES));
    let mut wrong = Vec::new();
    for seed in first..first + cases {
        let mut dice = Dice::new(seed ^ 0xa11c);
        let most = *dice.pick(&[30, 300, 3000, 3000]);
        let lines = 1 + dice.below(most);
        let old = text(&mut dice, lines);
        let new = edited(&mut dice, &old);
        let (old, new) = (old.concat().into_bytes(), new.concat().into_bytes());
        if line_hunks(&old, &new) != of_git(folder.path(), &old, &new) {
            wrong.push(seed);
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}: seeds {wrong:?}", wrong.len());
}
