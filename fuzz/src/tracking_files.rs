//! Tracking files of any bytes: loading ends without a panic, and an edit of what loads changes what it
//! names and nothing else.

use std::fs;
use std::path::Path;

use super::{folder, parts};
use serde_yaml::Value as Yaml;
use track_work::config::Config;
use track_work::model::{Edit, Step, Value};
use track_work::stories;
use track_work::tracking::{ACTIVE, Changes, Tracking, archived_stories, log};
use track_work::yaml::{Kind, Outline, Quote, parse};

const STORY: &str = "story-1-2-sessions.yaml";

/// A node that is there, as the bytes choose.
fn chosen(value: &Yaml, bytes: &mut impl Iterator<Item = u8>) -> Vec<Step> {
    let mut at = Vec::new();
    let mut value = value;
    while let Some(byte) = bytes.next().filter(|byte| *byte != 0) {
        let byte = usize::from(byte - 1);
        value = match value {
            Yaml::Mapping(map) if !map.is_empty() => {
                let (key, below) = map.iter().nth(byte % map.len()).expect("it has so many");
                let Yaml::String(key) = key else { break };
                at.push(Step::Key(key.clone()));
                below
            }
            Yaml::Sequence(list) if !list.is_empty() => {
                at.push(Step::Item(byte % list.len()));
                &list[byte % list.len()]
            }
            _ => break,
        };
    }
    at
}

fn below<'v>(value: &'v mut Yaml, at: &[Step]) -> Option<&'v mut Yaml> {
    at.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key.as_str()),
        Step::Item(index) => value.get_mut(*index),
    })
}

/// What stands at the steps is taken out, to compare the rest.
fn rest(mut value: Yaml, at: &[Step]) -> Yaml {
    if let Some(node) = below(&mut value, at) {
        *node = Yaml::Null;
    }
    value
}

/// A text as it is set, at a place that holds a scalar on one line: every byte but those is the same.
fn keeps_other_bytes(old: &str, new: &str, at: &[Step]) {
    let outline = Outline::of(old).expect("it was edited");
    let Some(node) = outline.at(at) else { return };
    if matches!(&node.kind, Kind::Scalar(Quote::Plain | Quote::Double | Quote::Single, _)) {
        assert!(new.starts_with(&old[..node.span.start]), "{at:?}\n{old}\n---\n{new}");
        assert!(new.ends_with(&old[node.span.end..]), "{at:?}\n{old}\n---\n{new}");
    }
}

/// Edits a node of a file that is loaded.
fn edit(tracking: &Tracking, name: &str, old: &str, choices: &[u8]) {
    let Ok(value) = parse(old) else { return };
    let (what, text) = match choices.split_first() {
        Some((what, rest)) => (*what, rest),
        None => return,
    };
    let mut bytes = text.iter().copied();
    let at = chosen(&value, &mut bytes);
    if at.is_empty() {
        return;
    }
    let word = String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned();
    let edit = match what % 3 {
        0 => Edit::set(name, &at, word.as_str()),
        1 => Edit::remove(name, &at),
        _ => Edit::append(name, &at, Value::Text(word.clone())),
    };
    let Ok(changes) = tracking.preview(&Changes::of(vec![edit])) else { return };
    let Some(change) = changes.first() else { return };
    assert_eq!(change.old.as_deref(), Some(old));
    let mut now = parse(&change.new).expect("what was edited loads");
    match what % 3 {
        0 => {
            assert_eq!(below(&mut now, &at).map(|node| node.clone()), Some(Yaml::String(word)));
            assert_eq!(rest(now, &at), rest(value, &at));
            keeps_other_bytes(old, &change.new, &at);
        }
        1 => {
            let (Some(last), Some(before)) = (at.last(), below(&mut now, &at[..at.len() - 1])) else {
                panic!("only the node goes: {at:?}\n{old}\n---\n{}", change.new)
            };
            let mut then = value.clone();
            let then = below(&mut then, &at[..at.len() - 1]).expect("it is there");
            match (last, &mut *then) {
                (Step::Key(key), Yaml::Mapping(map)) => _ = map.shift_remove(key.as_str()),
                (Step::Item(index), Yaml::Sequence(list)) => _ = list.remove(*index),
                _ => panic!("it was chosen there"),
            }
            let is_gone = |now: &Yaml| match now {
                Yaml::Null => true,
                Yaml::Mapping(map) => map.is_empty(),
                Yaml::Sequence(list) => list.is_empty(),
                _ => false,
            };
            assert!(
                *before == *then || is_gone(before) && is_gone(then),
                "{at:?}\n{old}\n---\n{}",
                change.new
            );
        }
        _ => {
            let list = below(&mut now, &at).and_then(|node| node.as_sequence_mut()).expect("a list");
            assert_eq!(list.pop(), Some(Yaml::String(word)));
            assert_eq!(rest(now, &at), rest(value, &at));
        }
    }
}

fn load(dir: &Path) {
    let tracking = Tracking::load(dir, &[]);
    for name in [ACTIVE, STORY] {
        let is_read = tracking.files.iter().any(|file| file.name == name);
        assert_ne!(is_read, tracking.unread.iter().any(|unread| unread == name), "{name}");
    }
    _ = stories::load(dir, dir, Some("sprint-status.yaml".as_ref()), &[]);
    _ = archived_stories(dir, &[]);
    _ = log::read(dir, None);
    _ = Config::load(dir);
}

/// One input. The program catches panics of `yaml-edit`.
pub fn run(input: &[u8]) {
    let (text, choices) = parts(input);
    let dir = folder("tracking_files");
    fs::create_dir_all(dir.join("archive")).expect("a folder");
    for name in [
        ACTIVE,
        STORY,
        "sprint-status.yaml",
        stories::TEMPLATE,
        "config.yaml",
        log::FILE,
        "archive/story-1-3-sessions.yaml",
    ] {
        fs::write(dir.join(name), text).expect("written");
    }
    load(&dir);
    if let Ok(text) = std::str::from_utf8(text) {
        edit(&Tracking::load(&dir, &[]), ACTIVE, text, choices);
    }
}
