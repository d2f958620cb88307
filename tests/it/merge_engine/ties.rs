//! Histories of files with equal content in several folders, which sides move: git takes one for the
//! other by the order in which it comes upon them.

use super::random::{Dice, edited};
use super::scenario::{Commit, Node, Scenario, State, put, rename};

const FOLDERS: [&str; 8] = ["a", "b", "c", "a/x", "b/x", "c/x", "a-b", "d"];
const NAMES: [&str; 5] = ["f0", "f1", "x", "m", "g"];

fn text(topic: usize) -> Vec<u8> {
    (0..7).map(|at| format!("line {at} of {topic}\n")).collect::<String>().into_bytes()
}

/// A few contents, each in several places.
pub fn first_state(dice: &mut Dice) -> State {
    let mut files = State::new();
    for topic in 0..1 + dice.below(3) {
        for _ in 0..2 + dice.below(4) {
            let path = format!("{}/{}", dice.pick(&FOLDERS), dice.pick(&NAMES));
            put(&mut files, &path, Node::File(text(topic)));
        }
    }
    files
}

fn place(dice: &mut Dice, files: &State, path: &str) -> Option<String> {
    let name = if dice.chance(60) { path.rsplit('/').next()? } else { dice.pick(&NAMES) };
    let to = format!("{}/{name}", dice.pick(&["a", "b", "c", "a/x", "b/x", "c/x", "a-b", "d", "e", "e/x"]));
    let taken = files.keys().any(|other| {
        *other == to || other.starts_with(&format!("{to}/")) || to.starts_with(&format!("{other}/"))
    });
    (!taken).then_some(to)
}

/// The state after some moves, copies and edits.
pub fn moved(dice: &mut Dice, files: &State) -> State {
    let mut files = files.clone();
    for _ in 0..1 + dice.below(5) {
        let paths: Vec<String> = files.keys().cloned().collect();
        if paths.is_empty() {
            break;
        }
        let path = dice.pick(&paths).clone();
        match dice.below(10) {
            0..4 => {
                if let Some(to) = place(dice, &files, &path) {
                    rename(&mut files, &path, &to);
                }
            }
            4..6 => {
                // a whole folder, with what is below it
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
                let to = *dice.pick(&["e", "e/y", "d/y", "c/y"]);
                if !folder.is_empty() && !files.keys().any(|other| other.starts_with(to)) {
                    rename(&mut files, &folder, to);
                }
            }
            6 => {
                let node = files[&path].clone();
                if let Some(to) = place(dice, &files, &path) {
                    put(&mut files, &to, node);
                }
            }
            7 => drop(files.remove(&path)),
            8 => {
                if let Some(Node::File(content)) = files.get(&path).cloned() {
                    let changed = [&content[..], format!("new {}\n", dice.below(3)).as_bytes()].concat();
                    files.insert(path, Node::File(changed));
                }
            }
            _ => files = edited(dice, &files),
        }
    }
    files
}

/// The history of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed ^ 0x7135);
    let base = first_state(&mut dice);
    let (ours, theirs) = (moved(&mut dice, &base), moved(&mut dice, &base));
    let commit = |name: &str, parents: &[usize], files: State| Commit {
        name: name.to_string(),
        parents: parents.to_vec(),
        files,
    };
    let commits = vec![commit("base", &[], base), commit("ours", &[0], ours), commit("theirs", &[0], theirs)];
    Scenario { commits, ours: 1, theirs: 2, ..Scenario::default() }
}
