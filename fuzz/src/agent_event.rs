//! What a coding agent sends, and its settings: no panic; hooks that were added to settings come out
//! again byte for byte.

use super::parts;
use track_work::hooks::agents::{Agent, EventKind, FileChange, Uninstalled, event, with_ours, without_ours};

/// No larger content is made.
const MOST: usize = 1 << 20;

/// What a write makes of a file.
fn apply(change: &FileChange, old: &[u8]) {
    for old in [Some(old), None] {
        let Ok(new) = change.apply(old, MOST) else {
            assert!(matches!(change, FileChange::Replace(_)));
            continue;
        };
        match change {
            FileChange::Whole(content) => assert_eq!(new.as_deref(), Some(content.as_bytes())),
            FileChange::Delete => assert_eq!(new, None),
            FileChange::Unclear => assert_eq!(new.as_deref(), old),
            FileChange::Replace(_) | FileChange::Lines(_) => assert!(new.is_some()),
            FileChange::Moved { change, .. } => assert_eq!(Ok(new), change.apply(old, MOST)),
        }
    }
}

fn settings(text: &str, agent: Agent, stop: bool) {
    let Ok(Uninstalled::Same) = without_ours(text, agent) else { return };
    let Ok(Some(new)) = with_ours(text, agent, stop) else { return };
    assert_eq!(with_ours(&new, agent, stop).expect("as written"), None, "installed twice: {new}");
    match without_ours(&new, agent).expect("as written") {
        Uninstalled::Text(back) => assert_eq!(back, text),
        Uninstalled::NoFile => assert!(text.len() < new.len()),
        Uninstalled::Same => panic!("they are still there: {new}"),
    }
}

/// One input.
pub fn run(input: &[u8]) {
    let (text, old) = parts(input);
    let Ok(text) = std::str::from_utf8(text) else { return };
    for agent in Agent::ALL {
        if let Ok(event) = event(agent, text)
            && let EventKind::BeforeWrite(files) | EventKind::AfterWrite(files) = event.kind
        {
            files.iter().for_each(|file| apply(&file.change, old));
        }
        // its hooks are a file of their own
        if agent != Agent::OpenCode {
            settings(text, agent, old.is_empty());
        }
    }
}
