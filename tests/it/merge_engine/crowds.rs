//! Histories of many files that have most of their lines in common, as a licence or a template, and that are moved
//! while they are rewritten: several old paths are about as similar to one new path, some of them equally.

use super::random::Dice;
use super::scenario::{Commit, Node, Scenario, State, put, rename};

const SETTINGS: [&[&str]; 4] = [&[], &[], &["merge.renameLimit=20"], &["merge.directoryRenames=true"]];

const FOLDERS: [&str; 4] = ["a", "b", "a/x", "c"];

fn words(dice: &mut Dice, count: usize, of: usize) -> Vec<String> {
    (0..count).map(|_| format!("word {:04}\n", dice.below(of))).collect()
}

/// Files that share a head of so many lines, and lines of a family.
struct Crowd {
    head: Vec<String>,
    families: Vec<Vec<String>>,
    own: usize,
}

impl Crowd {
    fn new(dice: &mut Dice) -> Crowd {
        let count = *dice.pick(&[0, 2, 5, 9, 10, 11, 20]);
        let head = words(dice, count, 10_000);
        let families = (0..1 + dice.below(4)).map(|_| {
            let count = dice.below(8);
            words(dice, count, 10_000)
        });
        Crowd { families: families.collect(), head, own: 1 + dice.below(10) }
    }

    fn file(&self, dice: &mut Dice) -> Vec<String> {
        let family = dice.pick(&self.families).clone();
        let of = *dice.pick(&[12, 10_000]);
        let own = words(dice, self.own, of);
        [self.head.clone(), family, own].concat()
    }
}

/// With some lines replaced: few or about half of them.
fn rewritten(dice: &mut Dice, lines: &[String]) -> Vec<String> {
    let rate = *dice.pick(&[0, 5, 20, 45, 50, 55]);
    let new = |dice: &mut Dice, line: &String| match dice.chance(rate) {
        true => words(dice, 1, 10_000).concat(),
        false => line.clone(),
    };
    lines.iter().map(|line| new(dice, line)).collect()
}

fn node(lines: &[String]) -> Node {
    Node::File(lines.concat().into_bytes())
}

/// The history of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed ^ 0xc205d);
    let config = *dice.pick(&SETTINGS);
    let crowd = Crowd::new(&mut dice);
    let mut base = State::new();
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for at in 0..9 + dice.below(25) {
        let path = format!("{}/f{at}", dice.pick(&FOLDERS));
        let lines = match texts.last() {
            Some((_, other)) if dice.chance(10) => other.clone(),
            _ => crowd.file(&mut dice),
        };
        put(&mut base, &path, node(&lines));
        texts.push((path, lines));
    }
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    for (at, (path, lines)) in texts.iter().enumerate() {
        let name = match dice.chance(20) {
            true => format!("f{}", dice.below(texts.len())),
            false => format!("g{}{at}", dice.below(10)),
        };
        let to = format!("{}/{name}", dice.pick(&["a", "c", "d", "d/e"]));
        if dice.chance(80) && !ours.contains_key(&to) {
            rename(&mut ours, path, &to);
            ours.insert(to, node(&rewritten(&mut dice, lines)));
        }
        match dice.below(5) {
            0 => drop(theirs.insert(path.clone(), Node::Executable(lines.concat().into_bytes()))),
            1 => drop(theirs.insert(path.clone(), node(&rewritten(&mut dice, lines)))),
            _ => {}
        }
    }
    if dice.chance(30) {
        put(&mut theirs, "a/new", Node::File(b"new\n".to_vec()));
    }
    for at in 0..dice.below(4) {
        put(&mut ours, &format!("d/more{at}"), node(&crowd.file(&mut dice)));
    }
    if dice.chance(50) {
        std::mem::swap(&mut ours, &mut theirs);
    }
    let commit = |name: &str, parents: &[usize], files: State| Commit {
        name: name.to_string(),
        parents: parents.to_vec(),
        files,
    };
    Scenario {
        config: config.iter().map(|line| line.to_string()).collect(),
        commits: vec![commit("base", &[], base), commit("ours", &[0], ours), commit("theirs", &[0], theirs)],
        ours: 1,
        theirs: 2,
        ..Scenario::default()
    }
}
