//! Our part of a hook file, as a function from text to text: adding it to a file, and removing
//! it again.
//!
//! The part follows the first line, and when it runs, it first runs the whole file once
//! more without itself, so that everything in the file (`exit`, `exec`, `$0`) works as before. The part
//! says in its first line whether the file was made for it: then the file is removed with it.

use super::GitHook;

/// How our part begins; the version and what was made follow.
const BEGIN: &[u8] = b"# >>> track-work ";
/// How it ends.
const END: &[u8] = b"# <<< track-work";
/// What the first line says if the file was made for our part.
const MADE: &str = " (made this file)";
/// And if its folder was made too.
const MADE_FOLDER: &str = " (made this file and its folder)";

/// What was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A file, to which our part was added.
    File,
    /// No file.
    Nothing,
    /// Not even the folder.
    NoFolder,
}

/// The state of our part in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPart {
    /// There is none.
    Absent,
    /// As this version writes it.
    Present(Before),
    /// As another version writes it.
    OtherVersion(Before),
    /// Somebody edited it, or it occurs twice, or has no end.
    Edited,
}

/// What is left after removing our part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The file as it is without our part.
    File(Vec<u8>),
    /// Nothing: the file was made for our part, and nobody added to it.
    Nothing {
        /// Whether the folder was made too.
        folder: bool,
    },
}

/// The text of our part, without its last line break.
fn part(hook: GitHook, before: Before) -> Vec<u8> {
    let body = hook.body();
    let part = body.split_once('\n').map_or(body, |(_, part)| part).trim_end_matches('\n');
    let made = match before {
        Before::File => "",
        Before::Nothing => MADE,
        Before::NoFolder => MADE_FOLDER,
    };
    part.replacen(MADE, made, 1).into_bytes()
}

/// The whole file to write if there is none.
pub fn new_file(hook: GitHook, before: Before) -> Vec<u8> {
    let mut text = first_line(hook.body().as_bytes()).to_vec();
    text.extend(part(hook, before));
    text.push(b'\n');
    text
}

/// Whether the file is a script of a shell that understands our part: it begins with `#!` and such
/// a shell.
pub fn is_shell_script(text: &[u8]) -> bool {
    let Some(line) = first_line(text).strip_prefix(b"#!") else { return false };
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().to_string();
    let interpreter = words.next().map(name).unwrap_or_default();
    let shell = match interpreter.as_str() {
        "env" => words.next().map(name).unwrap_or_default(),
        _ => interpreter,
    };
    ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"].contains(&shell.as_str())
}

/// The script with our part in it.
pub fn insert(script: &[u8], hook: GitHook) -> Vec<u8> {
    let part = part(hook, Before::File);
    let first = first_line(script);
    if first.ends_with(b"\n") {
        [first, &part, b"\n", &script[first.len()..]].concat()
    } else {
        [script, b"\n", &part].concat()
    }
}

/// Whether and how our part is in a file.
pub fn find(text: &[u8], hook: GitHook) -> HookPart {
    match located(text) {
        Located::None => HookPart::Absent,
        Located::Unclear => HookPart::Edited,
        Located::At(start, end) => {
            let own = &text[start..end];
            let before = [Before::File, Before::Nothing, Before::NoFolder];
            match before.into_iter().find(|before| part(hook, *before) == own) {
                Some(before) => HookPart::Present(before),
                None if version(own) == version(&part(hook, Before::File)) => HookPart::Edited,
                None => HookPart::OtherVersion(said_before(own)),
            }
        }
    }
}

/// The file with our part replaced by this version's.
pub fn renewed(text: &[u8], hook: GitHook) -> Vec<u8> {
    match located(text) {
        Located::None | Located::Unclear => text.to_vec(),
        Located::At(start, end) => {
            [&text[..start], &part(hook, said_before(&text[start..end])), &text[end..]].concat()
        }
    }
}

/// What is left without our part. A part that is not clearly delimited stays.
pub fn remove(text: &[u8]) -> Rest {
    let Located::At(start, end) = located(text) else { return Rest::File(text.to_vec()) };
    let before = said_before(&text[start..end]);
    let rest = match text[end..].first() {
        Some(b'\n') => [&text[..start], &text[end + 1..]].concat(),
        // it was added after a last line without a line break
        _ => [text[..start].strip_suffix(b"\n").unwrap_or(&text[..start]), &text[end..]].concat(),
    };
    let made = before != Before::File && rest == first_line(GitHook::PreCommit.body().as_bytes());
    if made { Rest::Nothing { folder: before == Before::NoFolder } } else { Rest::File(rest) }
}

enum Located {
    None,
    /// From the first byte of its first line to the end of the text of its last one.
    At(usize, usize),
    Unclear,
}

fn located(text: &[u8]) -> Located {
    let mut begin = None;
    let mut end = None;
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        if content.starts_with(BEGIN) {
            if begin.is_some() {
                return Located::Unclear;
            }
            begin = Some(at);
        } else if content.starts_with(END) {
            if begin.is_none() || end.is_some() {
                return Located::Unclear;
            }
            end = Some(at + END.len());
        }
        at += line.len();
    }
    match (begin, end) {
        (None, None) => Located::None,
        (Some(begin), Some(end)) => Located::At(begin, end),
        _ => Located::Unclear,
    }
}

/// The version in the part's first line.
fn version(part: &[u8]) -> &[u8] {
    let rest = part.strip_prefix(BEGIN).unwrap_or(part);
    rest.split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default()
}

fn said_before(part: &[u8]) -> Before {
    let line = String::from_utf8_lossy(first_line(part)).into_owned();
    if line.contains(MADE_FOLDER) {
        Before::NoFolder
    } else if line.contains(MADE) {
        Before::Nothing
    } else {
        Before::File
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOKS: [GitHook; 3] = GitHook::ALL;

    #[test]
    fn the_body_is_the_file_that_is_made() {
        for hook in HOOKS {
            assert_eq!(new_file(hook, Before::Nothing), hook.body().as_bytes());
            assert!(hook.body().contains(&format!("track-work hooks run {} \"$@\"", hook.name())));
        }
        let [one, two] = [GitHook::PreCommit, GitHook::PreMergeCommit];
        assert_eq!(one.body().replace(one.name(), two.name()), two.body());
    }

    #[test]
    fn what_goes_in_comes_out() {
        let scripts: [&[u8]; 8] = [
            b"#!/bin/sh\nexit 1\n",
            b"#!/bin/sh\nexit 1",
            b"#!/bin/sh",
            b"#!/bin/sh\n",
            b"#!/bin/bash -e\r\nexit 1\r\n",
            b"#!/usr/bin/env -S bash -u\n\xff\xfe\0",
            b"#!/bin/sh\n\n\n",
            b"#!/bin/zsh\n# >> track-work\n",
        ];
        for (script, hook) in scripts.into_iter().flat_map(|script| HOOKS.map(|hook| (script, hook))) {
            assert!(is_shell_script(script));
            assert_eq!(find(script, hook), HookPart::Absent);
            let with = insert(script, hook);
            assert_eq!(find(&with, hook), HookPart::Present(Before::File));
            assert_eq!(remove(&with), Rest::File(script.to_vec()), "{}", String::from_utf8_lossy(script));
        }
    }

    #[test]
    fn a_file_that_was_made_goes_unless_somebody_added_to_it() {
        for hook in HOOKS {
            assert_eq!(remove(&new_file(hook, Before::Nothing)), Rest::Nothing { folder: false });
            assert_eq!(remove(&new_file(hook, Before::NoFolder)), Rest::Nothing { folder: true });
            let more = [&new_file(hook, Before::Nothing)[..], b"make lint\n"].concat();
            assert_eq!(remove(&more), Rest::File(b"#!/bin/sh\nmake lint\n".to_vec()));
        }
    }

    #[test]
    fn only_shells_take_our_part() {
        for line in ["#!/usr/bin/env python3", "#!/usr/bin/fish", "#!/bin/csh -f", "\u{7f}ELF", "", "exit 0"]
        {
            assert!(!is_shell_script(line.as_bytes()), "{line}");
        }
        for line in ["#! /bin/sh", "#!/bin/dash", "#!/usr/bin/env bash", "#!/usr/bin/env -S A=b zsh -f"] {
            assert!(is_shell_script(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_part_of_another_version_is_renewed_and_an_edited_one_is_left() {
        let hook = GitHook::PreCommit;
        let script = b"#!/bin/sh\nmake lint\n";
        let now = insert(script, hook);
        let text = String::from_utf8(now.clone()).expect("text");
        let older = text.replace("track-work 2", "track-work 0").replace("command -v", "which");
        assert_eq!(find(older.as_bytes(), hook), HookPart::OtherVersion(Before::File));
        assert_eq!(renewed(older.as_bytes(), hook), now);
        assert_eq!(remove(older.as_bytes()), Rest::File(script.to_vec()));
        let edited = text.replace("exit 1", "exit 7");
        let twice = format!("{text}{text}");
        let endless = text.replace("# <<<", "#");
        for text in [edited, twice, endless] {
            assert_eq!(find(text.as_bytes(), hook), HookPart::Edited, "{text}");
        }
    }
}
