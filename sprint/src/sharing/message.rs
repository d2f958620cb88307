//! The message of a commit that is shared: a line for people, and what programs read.

use serde_json::{Value, json};

use crate::model::SharedWork;

/// The form of the second part.
const VERSION: u64 = 1;

/// The message.
pub fn written(work: &SharedWork) -> String {
    let said = json!({
        "track-work": VERSION,
        "clone": work.clone,
        "machine": work.machine,
        "terminal": work.terminal,
        "uncommitted": work.uncommitted,
        "story": work.story,
        "status": work.status,
        "focus": work.focus,
        "agent": work.agent,
    });
    format!("track-work share: {} on {}\n\n{said}\n", one_line(&work.terminal), work.machine)
}

/// What a message says; `None` where it is none of these.
pub fn read(message: &str) -> Option<SharedWork> {
    let said: Value = serde_json::from_str(message.lines().rfind(|line| !line.is_empty())?).ok()?;
    if said["track-work"] != VERSION {
        return None;
    }
    let text = |key: &str| said[key].as_str().map(str::to_string);
    Some(SharedWork {
        clone: text("clone")?,
        machine: text("machine")?,
        terminal: text("terminal")?,
        uncommitted: said["uncommitted"].as_bool()?,
        story: text("story"),
        status: text("status"),
        focus: text("focus"),
        agent: text("agent"),
    })
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let work = SharedWork {
            clone: "0f".to_string(),
            machine: "laptop".to_string(),
            terminal: "a\nb \"c\" é".to_string(),
            uncommitted: true,
            story: Some("1-2-login".to_string()),
            status: None,
            focus: Some("back\nend".to_string()),
            agent: None,
        };
        assert_eq!(read(&written(&work)), Some(work));
        assert_eq!(read("fix: x\n\n{}"), None);
        assert_eq!(read(""), None);
    }
}
