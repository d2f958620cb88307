//! Conflicts in the worktree of a run: what waits to be resolved, and what was only said to be.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::files;
use crate::git::{FileStages, MergeLook, UnmergedPath};
use crate::model::{Entry, EntryKind, OpenConflict, PinnedMerge, RepoPath};

/// How long a conflict marker is at least.
const MARKER: usize = 7;

/// More bytes of a file are not looked at.
const MOST: u64 = 16 << 20;

/// The conflicts of a merge that wait to be resolved.
pub fn open(top: &Path, look: &MergeLook, merge: &PinnedMerge) -> Vec<OpenConflict> {
    let conflict = |(path, sides): &UnmergedPath| {
        let shown = path.to_string();
        let is_submodule = sides.iter().flatten().any(|entry| entry.kind == EntryKind::Submodule);
        let foretold = merge.conflicts.iter().find(|conflict| conflict.path == shown);
        OpenConflict {
            path: path.clone(),
            kind: foretold.map_or_else(
                || kind(sides.map(|side| side.is_some())).to_string(),
                |conflict| conflict.kind.clone(),
            ),
            foretold: foretold.is_some(),
            target: foretold.is_some_and(|conflict| conflict.target),
            with: foretold.map(|conflict| conflict.with.clone()).unwrap_or_default(),
            is_submodule,
            regions: match is_submodule {
                true => vec![[sides[1], sides[2]].map(|side| side.and_then(commit).into_iter().collect())],
                false => text(top, path).map(|text| regions(&text)).unwrap_or_default(),
            },
        }
    };
    look.unmerged.iter().map(conflict).collect()
}

/// The commit of a submodule, as `git diff` shows it.
fn commit(entry: Entry) -> Option<String> {
    (entry.kind == EntryKind::Submodule).then(|| format!("Subproject commit {}", entry.oid))
}

/// What a conflict is called by the sides that have the path: base, target, terminal.
fn kind(sides: [bool; 3]) -> &'static str {
    match sides {
        [true, true, true] => "content",
        [false, true, true] => "add/add",
        [true, true, false] | [true, false, true] => "modify/delete",
        [true, false, false] => "rename/rename",
        [false, _, _] => "rename",
    }
}

/// The first conflict marker that is left in a file whose conflict was resolved: `a.txt, line 3`. What looks like one and
/// stood in a version of the file is no marker.
pub fn left_marker(top: &Path, path: &RepoPath, versions: &FileStages) -> Option<String> {
    let text = text(top, path)?;
    let versions = versions.each_ref().map(|version| version.as_deref().map(String::from_utf8_lossy));
    let count =
        |text: &str, line: &str| text.lines().filter(|other| other.trim_end() == line.trim_end()).count();
    let is_new = |line: &str| {
        let [base, ours, theirs] = [&versions.base, &versions.ours, &versions.theirs]
            .map(|version| version.as_ref().map_or(0, |version| count(version, line)));
        // what both sides added may stand there twice
        count(&text, line) > ours.max(theirs).max((ours + theirs).saturating_sub(base))
    };
    let mut lines = text.lines().enumerate();
    let (begins, _) = lines.find(|(_, line)| marker(line, '<').is_some() && is_new(line))?;
    lines.find(|(_, line)| marker(line, '>').is_some() && is_new(line))?;
    Some(format!("{path}, line {}", begins + 1))
}

fn text(top: &Path, path: &RepoPath) -> Option<String> {
    let bytes = files::read(&top.join(OsStr::from_bytes(path.as_bytes())), MOST).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The length of a line's marker of this sign.
fn marker(line: &str, sign: char) -> Option<usize> {
    let length = line.len() - line.trim_start_matches(sign).len();
    let rest = &line[length..];
    (length >= MARKER && (rest.is_empty() || rest.starts_with([' ', '\r']))).then_some(length)
}

/// The lines between markers, those of the target first; those of the base are left out.
fn regions(text: &str) -> Vec<[Vec<String>; 2]> {
    let mut found = Vec::new();
    // the marker's length, the part that the line belongs to, and the parts
    let mut inside: Option<(usize, usize, [Vec<String>; 3])> = None;
    for line in text.lines() {
        match inside.take() {
            None => inside = marker(line, '<').map(|length| (length, 0, Default::default())),
            Some((length, part, parts)) => {
                let is = |sign| marker(line, sign) == Some(length);
                if is('>') && part == 2 {
                    let [ours, _, theirs] = parts;
                    found.push([ours, theirs]);
                } else if is('|') && part == 0 {
                    inside = Some((length, 1, parts));
                } else if is('=') && part < 2 {
                    inside = Some((length, 2, parts));
                } else {
                    let mut parts = parts;
                    parts[part].push(line.to_string());
                    inside = Some((length, part, parts));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[[&[&str]; 2]]) {
        let found = regions(text);
        let found: Vec<[Vec<&str>; 2]> = found
            .iter()
            .map(|sides| sides.each_ref().map(|lines| lines.iter().map(String::as_str).collect()))
            .collect();
        let wanted: Vec<[Vec<&str>; 2]> = wanted.iter().map(|sides| sides.map(<[&str]>::to_vec)).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn both_sides_are_found_between_markers() {
        check("a\n", &[]);
        check("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n", &[[&["a"], &["b"]]]);
        check("1\n<<<<<<< HEAD\na\nb\n=======\n>>>>>>> x\n2\n", &[[&["a", "b"], &[]]]);
        check("<<<<<<< HEAD\na\n||||||| 123\no\n=======\nb\n>>>>>>> x\n", &[[&["a"], &["b"]]]);
        check("<<<<<<< HEAD\r\na\r\n=======\r\nb\r\n>>>>>>> x\r\n", &[[&["a"], &["b"]]]);
        let two = "<<<<<<< H\na\n=======\nb\n>>>>>>> x\n-\n<<<<<<< H\nc\n=======\nd\n>>>>>>> x\n";
        check(two, &[[&["a"], &["b"]], [&["c"], &["d"]]]);
        check("<<<<<<<<< H\n=======\n=========\nb\n>>>>>>>>> x\n", &[[&["======="], &["b"]]]);
        check("<<<<<<< HEAD\na\n=======\nb\n", &[]);
    }
}
