//! Histories of larger files that are renamed while many of their lines are rewritten, so that their
//! similarity is near what makes a rename; with attributes and carriage returns, which count for it.

use super::random::Dice;
use super::scenario::{Commit, Node, Scenario, State, put, rename};

/// The settings that are tried, with attributes.
const SETTINGS: [(&[&str], &[&str]); 8] = [
    (&[], &[]),
    (&[], &["* -diff"]),
    (&[], &["*.b binary", "*.u diff"]),
    (&[], &["* diff", "*.b -diff"]),
    (&[], &["*.b binary"]),
    (&["merge.renameLimit=2"], &[]),
    (&["merge.renameLimit=3"], &["* -diff"]),
    (&["merge.directoryRenames=true"], &["*.u -diff"]),
];

const FOLDERS: [&str; 4] = ["a", "b", "a/x", "c"];
const NAMES: [&str; 6] = ["f0", "f1", "f.b", "g.b", "f.u", "g.u"];

fn line(dice: &mut Dice, width: usize) -> String {
    let letters = (0..width).map(|_| (b'a' + dice.below(26) as u8) as char);
    letters.collect()
}

/// A text; most have lines of one length, so that a share of its lines is the same share of its bytes.
fn text(dice: &mut Dice) -> Vec<String> {
    let most = *dice.pick(&[5, 50, 500, 2000, 2000, 20_000]);
    let width = *dice.pick(&[1, 3, 9, 9, 30, 63, 64, 100]);
    let even = dice.chance(70);
    let end = if dice.chance(30) { "\r\n" } else { "\n" };
    let lines = 1 + dice.below(most);
    (0..lines)
        .map(|_| {
            let width = if even { width } else { dice.below(2 * width) };
            line(dice, width) + end
        })
        .collect()
}

/// The text with a share of its lines rewritten: often half of them or a quarter, give or take a few.
fn rewritten(dice: &mut Dice, lines: &[String]) -> Vec<String> {
    let count = lines.len();
    let about = match dice.below(10) {
        0..5 => count / 2,
        5..8 => count / 4,
        8 => 0,
        _ => dice.below(count + 1),
    };
    let slack = 1 + count / 40;
    let mut left = (about + dice.below(2 * slack)).saturating_sub(slack).min(count);
    let returns = dice.below(10);
    let mut rest = count;
    let mut result = Vec::with_capacity(count);
    for old in lines {
        let ended = old.trim_end();
        let mut new = old.clone();
        if dice.below(rest) < left {
            left -= 1;
            new = line(dice, ended.len()) + &old[ended.len()..];
        }
        rest -= 1;
        match returns {
            0 => new = new.trim_end().to_string() + "\n",
            1 => new = new.trim_end().to_string() + "\r\n",
            _ => {}
        }
        result.push(new);
    }
    if dice.chance(10) {
        result.truncate(result.len() * 9 / 10);
    }
    result
}

fn node(dice: &mut Dice, lines: &[String]) -> Node {
    let mut content = lines.concat().into_bytes();
    if dice.chance(8) {
        content.splice(0..0, *b"\0");
    }
    if dice.chance(5) {
        content.pop();
    }
    Node::File(content)
}

fn place(dice: &mut Dice) -> String {
    format!("{}/{}", dice.pick(&FOLDERS), dice.pick(&NAMES))
}

/// What a side makes of the files: most are moved, and rewritten on the way.
fn moved(dice: &mut Dice, base: &State, texts: &[(String, Vec<String>)]) -> State {
    let mut files = base.clone();
    for (path, lines) in texts {
        let to = match dice.below(10) {
            0..4 => format!("{}/{}", dice.pick(&["d", "e", "c"]), path.rsplit('/').next().unwrap_or(path)),
            4..8 => place(dice),
            _ => continue,
        };
        if files.contains_key(path) && !files.contains_key(&to) {
            rename(&mut files, path, &to);
            let lines = rewritten(dice, lines);
            files.insert(to, node(dice, &lines));
        }
    }
    if dice.chance(40) {
        let (_, lines) = dice.pick(texts).clone();
        let (to, lines) = (place(dice), rewritten(dice, &lines));
        if !files.contains_key(&to) {
            put(&mut files, &to, node(dice, &lines));
        }
    }
    files
}

/// What the other side makes of them: a line here and there, or another mode.
fn touched(dice: &mut Dice, base: &State) -> State {
    let mut files = base.clone();
    for node in files.values_mut() {
        if let Node::File(content) = node {
            match dice.below(4) {
                0 => *node = Node::Executable(content.clone()),
                1 => content.extend_from_slice(b"one more\n"),
                2 => drop(content.splice(0..0, *b"one more\n")),
                _ => {}
            }
        }
    }
    if dice.chance(30) {
        put(&mut files, "a/new", Node::File(b"new\n".to_vec()));
    }
    files
}

/// The history of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed ^ 0x1a46e);
    let (config, attributes) = *dice.pick(&SETTINGS);
    let mut base = State::new();
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for _ in 0..1 + dice.below(5) {
        let path = place(&mut dice);
        let lines = match texts.last() {
            Some((_, other)) if dice.chance(30) => {
                let other = other.clone();
                rewritten(&mut dice, &other)
            }
            _ => text(&mut dice),
        };
        put(&mut base, &path, node(&mut dice, &lines));
        texts.push((path, lines));
    }
    let (mut ours, mut theirs) = (moved(&mut dice, &base, &texts), touched(&mut dice, &base));
    if dice.chance(50) {
        std::mem::swap(&mut ours, &mut theirs);
    }
    let owned = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect();
    let commit = |name: &str, parents: &[usize], files: State| Commit {
        name: name.to_string(),
        parents: parents.to_vec(),
        files,
    };
    let commits = vec![commit("base", &[], base), commit("ours", &[0], ours), commit("theirs", &[0], theirs)];
    let (config, attributes) = (owned(config), owned(attributes));
    Scenario { config, attributes, commits, ours: 1, theirs: 2, ..Scenario::default() }
}
