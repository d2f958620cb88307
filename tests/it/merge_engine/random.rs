//! Random histories, made of the things that happen to files.

use super::scenario::{Commit, Node, Scenario, State, put, remove, rename};

/// A small generator of pseudo-random numbers (splitmix64), the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const FOLDERS: [&str; 12] = ["", "", "a", "b", "c", "a/x", "a/y", "b/x", "d", "a b", "a-b", "c/\u{fc}"];
const NAMES: [&str; 14] =
    ["f0", "f1", "f2", "f3", "f4", "x", "y", "f.u", "f.b", "g\"q", "h\\b", "\u{e9}", "a", "b"];

/// The settings that are tried, with attributes.
pub const SETTINGS: [(&[&str], &[&str]); 8] = [
    (&[], &[]),
    (&["merge.directoryRenames=true"], &[]),
    (&[], &["*.u merge=union", "*.b -merge"]),
    (&["merge.directoryRenames=false"], &["*.u merge=union"]),
    (&["merge.renameLimit=2"], &[]),
    (&["merge.conflictStyle=diff3", "core.abbrev=7"], &["*.u merge=union", "*.b -merge"]),
    (&["merge.conflictStyle=zdiff3", "core.abbrev=7"], &["*.u merge=union"]),
    (&[], &["* conflict-marker-size=12"]),
];

/// The history of a seed. Its settings are those of `seed % SETTINGS.len()`, of which the
/// defaults come oftenest.
pub fn scenario(seed: u64) -> Scenario {
    let mut dice = Dice::new(seed);
    let setting = if dice.chance(50) { 0 } else { dice.below(SETTINGS.len()) };
    let (config, attributes) = SETTINGS[setting];
    let owned = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect();
    let mut scenario =
        Scenario { config: owned(config), attributes: owned(attributes), ..Scenario::default() };
    let base = first_state(&mut dice);
    match dice.below(100) {
        0..70 => simple(&mut dice, &mut scenario, base),
        70..95 => criss_cross(&mut dice, &mut scenario, base),
        _ => unrelated(&mut dice, &mut scenario, base),
    }
    scenario
}

fn commit(scenario: &mut Scenario, parents: &[usize], files: State) -> usize {
    let index = scenario.commits.len();
    scenario.commits.push(Commit { name: format!("c{index}"), parents: parents.to_vec(), files });
    index
}

fn simple(dice: &mut Dice, scenario: &mut Scenario, base: State) {
    let root = commit(scenario, &[], base.clone());
    let (ours, theirs) = (edited(dice, &base), edited(dice, &base));
    scenario.ours = commit(scenario, &[root], ours);
    scenario.theirs = commit(scenario, &[root], theirs);
}

/// Two lines of history that merge each other, once or twice, and go on.
fn criss_cross(dice: &mut Dice, scenario: &mut Scenario, base: State) {
    let mut tips = vec![commit(scenario, &[], base.clone())];
    let width = 2 + dice.below(2);
    let root = tips[0];
    tips = (0..width)
        .map(|_| {
            let files = edited(dice, &base);
            commit(scenario, &[root], files)
        })
        .collect();
    for _ in 0..1 + dice.below(2) {
        let merged: Vec<(Vec<usize>, State)> = (0..2)
            .map(|first| {
                let mut parents = tips.clone();
                parents.rotate_left(first);
                let mut files = scenario.commits[parents[0]].files.clone();
                for &other in &parents[1..] {
                    files = blended(dice, &files, &scenario.commits[other].files);
                }
                (parents, files)
            })
            .collect();
        tips = merged.into_iter().map(|(parents, files)| commit(scenario, &parents, files)).collect();
        tips = tips
            .clone()
            .into_iter()
            .map(|tip| {
                let files = edited(dice, &scenario.commits[tip].files.clone());
                commit(scenario, &[tip], files)
            })
            .collect();
    }
    (scenario.ours, scenario.theirs) = (tips[0], tips[1]);
}

fn unrelated(dice: &mut Dice, scenario: &mut Scenario, base: State) {
    let other = if dice.chance(50) { edited(dice, &base) } else { first_state(dice) };
    scenario.ours = commit(scenario, &[], base);
    scenario.theirs = commit(scenario, &[], other);
}

/// What somebody could have made of a merge: some paths from one side, some from the other.
pub fn blended(dice: &mut Dice, ours: &State, theirs: &State) -> State {
    let mut files = ours.clone();
    for (path, node) in theirs {
        if ours.get(path) != Some(node) && dice.chance(60) {
            put(&mut files, path, node.clone());
        }
    }
    for path in ours.keys() {
        if !theirs.contains_key(path) && dice.chance(20) {
            files.remove(path);
        }
    }
    files
}

pub fn first_state(dice: &mut Dice) -> State {
    let mut files = State::new();
    for _ in 0..2 + dice.below(10) {
        let path = any_path(dice);
        let node = any_node(dice);
        put(&mut files, &path, node);
    }
    if dice.chance(60) {
        // a folder worth moving
        let folder = *dice.pick(&["a", "b", "a/x", "d"]);
        for at in 0..3 + dice.below(3) {
            let node = Node::File(text(dice));
            put(&mut files, &format!("{folder}/m{at}"), node);
        }
    }
    files
}

/// The state after a few edits.
pub fn edited(dice: &mut Dice, files: &State) -> State {
    let mut files = files.clone();
    for _ in 0..1 + dice.below(5) {
        edit(dice, &mut files);
    }
    files
}

fn any_path(dice: &mut Dice) -> String {
    let (folder, name) = (*dice.pick(&FOLDERS), *dice.pick(&NAMES));
    if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") }
}

fn any_node(dice: &mut Dice) -> Node {
    match dice.below(100) {
        0..78 => Node::File(text(dice)),
        78..84 => Node::Executable(text(dice)),
        84..88 => Node::Link(dice.pick(&["f0", "a/f1", "nowhere"]).as_bytes().to_vec()),
        88..91 => Node::Submodule(1 + dice.below(4) as u8),
        91..95 => {
            Node::File(format!("bin\0ary {}\n{}", dice.below(3), "x".repeat(dice.below(99))).into_bytes())
        }
        95..97 => Node::File(Vec::new()),
        _ => Node::File(text(dice).repeat(3)),
    }
}

fn text(dice: &mut Dice) -> Vec<u8> {
    let topic = dice.below(12);
    let end = if dice.chance(10) { "\r\n" } else { "\n" };
    let lines: String = (0..1 + dice.below(14)).map(|at| format!("line {at} of {topic}{end}")).collect();
    let mut text = lines.into_bytes();
    if dice.chance(10) {
        text.pop();
    }
    text
}

fn edit(dice: &mut Dice, files: &mut State) {
    let paths: Vec<String> = files.keys().cloned().collect();
    if paths.is_empty() || dice.chance(15) {
        let (path, node) = (any_path(dice), any_node(dice));
        return put(files, &path, node);
    }
    let path = dice.pick(&paths).clone();
    match dice.below(100) {
        0..35 => change(dice, files, &path),
        35..45 => remove(files, &path),
        45..58 => {
            let to = any_path(dice);
            if !to.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{to}/")) {
                rename(files, &path, &to);
                if dice.chance(50) {
                    change(dice, files, &to);
                }
            }
        }
        58..78 => move_folder(dice, files, &path),
        78..84 => {
            if let Some(node @ (Node::File(_) | Node::Executable(_))) = files.get(&path).cloned() {
                let node = match node {
                    Node::File(content) => Node::Executable(content),
                    Node::Executable(content) => Node::File(content),
                    other => other,
                };
                files.insert(path, node);
            }
        }
        84..89 => {
            let node = any_node(dice);
            files.insert(path, node);
        }
        89..92 => {
            // a file becomes a folder
            let node = files[&path].clone();
            put(files, &format!("{path}/{}", NAMES[0]), node);
        }
        92..94 => {
            // a folder becomes a file
            if let Some((folder, _)) = path.split_once('/') {
                let node = any_node(dice);
                put(files, folder, node);
            }
        }
        _ => {
            // something new beside it
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let name = *dice.pick(&["new0", "new1", "f2"]);
            let to = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
            let node = any_node(dice);
            put(files, &to, node);
        }
    }
}

fn move_folder(dice: &mut Dice, files: &mut State, path: &str) {
    let Some((folder, _)) = path.rsplit_once('/') else { return };
    let to = match dice.below(8) {
        0 => String::new(),
        _ => dice.pick(&["a", "b", "c", "d", "e", "e/x", "c/y"]).to_string(),
    };
    if to == folder || to.starts_with(&format!("{folder}/")) || folder.starts_with(&format!("{to}/")) {
        return;
    }
    let prefix = format!("{folder}/");
    let inside: Vec<String> = files.keys().filter(|path| path.starts_with(&prefix)).cloned().collect();
    let all = dice.chance(75);
    for path in inside {
        let moved = format!("{to}/{}", &path[prefix.len()..]);
        let moved = moved.trim_start_matches('/');
        if all || dice.chance(60) {
            rename(files, &path, moved);
            if dice.chance(25) {
                change(dice, files, moved);
            }
        } else if dice.chance(50) {
            let other = format!("c/y/{}", path.rsplit('/').next().unwrap_or("z"));
            rename(files, &path, &other);
        }
    }
}

/// Changes some lines of a file, or what a link or submodule points at.
fn change(dice: &mut Dice, files: &mut State, path: &str) {
    let Some(node) = files.get(path).cloned() else { return };
    let node = match node {
        Node::File(content) => Node::File(changed(dice, &content)),
        Node::Executable(content) => Node::Executable(changed(dice, &content)),
        Node::Link(_) => Node::Link(dice.pick(&["f3", "f4", "b"]).as_bytes().to_vec()),
        Node::Submodule(_) => Node::Submodule(1 + dice.below(6) as u8),
    };
    files.insert(path.to_string(), node);
}

fn changed(dice: &mut Dice, content: &[u8]) -> Vec<u8> {
    if content.contains(&0) {
        return [content, dice.pick(&[b"p", b"q"]).as_slice()].concat();
    }
    let mut lines: Vec<Vec<u8>> =
        content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(lines.len() + 1);
        let line = format!("new {}\n", dice.below(4)).into_bytes();
        match dice.below(3) {
            0 => lines.insert(at, line),
            1 if at < lines.len() => drop(lines.remove(at)),
            _ if at < lines.len() => lines[at] = line,
            _ => lines.push(line),
        }
    }
    if dice.chance(5) {
        lines.iter_mut().for_each(|line| {
            if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
                line.pop();
                line.extend(b"\r\n");
            }
        });
    }
    lines.concat()
}
