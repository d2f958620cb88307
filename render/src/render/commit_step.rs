//! How to commit what a terminal has not committed: all of its worktree, or where others work there too, its
//! own files alone.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::model::{
    Change, Place, RepoPath, Report, Terminal, few, is_secret_like, shell_folder, shell_word,
};

/// How many files a command names.
const MOST_NAMED: usize = 20;

/// What to do about so many uncommitted files of a terminal, and the command that does it.
pub(super) fn commit_step(report: &Report, terminal: &Terminal, files: usize) -> (String, Option<String>) {
    let facts = &report.facts;
    let place = terminal.place().map(|place| &facts.places[place]);
    let tip = facts.own_tip(terminal);
    let inside = tip.map_or(&[][..], |tip| &tip.inside);
    if let (Some(top), Some(first)) = (place.and_then(|place| place.worktree.as_ref()), inside.first()) {
        let names: Vec<String> = inside.iter().map(ToString::to_string).collect();
        let submodules = if names.len() == 1 { "submodule" } else { "submodules" };
        let folder = top.join(OsStr::from_bytes(first.as_bytes()));
        let what = format!("commit what is not committed in its {submodules} {}", few(&names));
        return (what, Some(commit_all(&format!("git -C {}", shell_folder(&folder)))));
    }
    let own = facts.uncommitted_paths(terminal);
    let changes: Vec<&Change> = own.iter().filter_map(|path| tip?.changes.at(path)).collect();
    let is_secret = |one: &&&Change| one.layers.untracked && is_secret_like(&one.path);
    let secrets: Vec<&RepoPath> = changes.iter().filter(is_secret).map(|one| &one.path).collect();
    let others = files.saturating_sub(secrets.len());
    let is_named = terminal.shares_place;
    let command = match place {
        Some(place) if is_named => {
            let rest = changes.iter().filter(|one| !is_secret(one)).copied();
            let of_merged = |path: &RepoPath| tip.is_some_and(|tip| tip.committed.at(path).is_some());
            commit_these(place, &rest.collect::<Vec<_>>(), others, &of_merged)
        }
        Some(place) if secrets.is_empty() => Some(commit_all(&place.git())),
        Some(place) => Some(commit_without(place, &secrets)),
        None => None,
    };
    let is_unclaimed = |change: &Change| {
        terminal.touched.iter().any(|touched| touched.path == change.path && touched.shared)
    };
    let unclaimed = changes.iter().filter(|change| is_unclaimed(change)).count();
    let its = if is_named && unclaimed > 0 { "the" } else { "its" };
    let alone = match (is_named, unclaimed) {
        (false, _) => String::new(),
        (true, 0) => ", and nothing of those who share its worktree".to_string(),
        (true, unclaimed) if unclaimed == changes.len() => {
            ", which nobody who shares its worktree claims".to_string()
        }
        (true, unclaimed) => format!(", {unclaimed} of which nobody who shares its worktree claims"),
    };
    let plural = if others == 1 { "file" } else { "files" };
    if secrets.is_empty() {
        return match others {
            1 => (format!("commit {its} uncommitted file{alone}"), command),
            _ => (format!("commit {its} {others} uncommitted files{alone}"), command),
        };
    }
    let names: Vec<String> = secrets.iter().map(ToString::to_string).collect();
    let (names, named) = (few(&names), if names.len() == 1 { "is named" } else { "are named" });
    if others == 0 {
        let what = format!("{names} {named} like a secret: have .gitignore name it, or move it away");
        return (what, None);
    }
    let what = format!(
        "commit {its} {others} uncommitted {plural} without {names}, which {named} like a secret{alone}"
    );
    (what, command)
}

fn commit_all(git: &str) -> String {
    format!("{git} add --all && {git} commit")
}

fn commit_without(place: &Place, secrets: &[&RepoPath]) -> String {
    let git = place.git();
    let without = |path: &&RepoPath| {
        let path = [b":(exclude,literal)", path.as_bytes()].concat();
        format!(" {}", shell_word(OsStr::from_bytes(&path)))
    };
    let without: String = secrets.iter().map(without).collect();
    format!("{git} add --all -- .{without} && {git} commit")
}

/// Commits these changes and nothing else that is staged; `None` where they are not all that is to be committed, or
/// too many. A file that was moved in a commit does not have its old name any more.
fn commit_these(
    place: &Place,
    changes: &[&Change],
    files: usize,
    is_committed: &dyn Fn(&RepoPath) -> bool,
) -> Option<String> {
    if changes.is_empty() || changes.len() != files || files > MOST_NAMED {
        return None;
    }
    let git = place.git();
    let words = |paths: &mut dyn Iterator<Item = &RepoPath>| -> String {
        paths.map(|path| format!(" {}", pathspec(path))).collect()
    };
    let new = words(&mut changes.iter().filter(|one| one.layers.untracked).map(|one| &one.path));
    let old_name = |one: &&&Change| !is_committed(&one.path);
    let all = changes.iter().map(|one| &one.path);
    let all = words(&mut all.chain(changes.iter().filter(old_name).filter_map(|one| one.from.as_ref())));
    let add = if new.is_empty() { String::new() } else { format!("{git} add --{new} && ") };
    Some(format!("{add}{git} commit --{all}"))
}

/// A path as git takes it for itself alone, as a word of the shell.
fn pathspec(path: &RepoPath) -> String {
    let bytes = path.as_bytes();
    match bytes.starts_with(b":") || bytes.iter().any(|byte| b"*?[\\".contains(byte)) {
        true => shell_word(OsStr::from_bytes(&[b":(literal)", bytes].concat())),
        false => shell_word(OsStr::from_bytes(bytes)),
    }
}
