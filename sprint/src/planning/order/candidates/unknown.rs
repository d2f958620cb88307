//! Work that may wait for something, of which only a file could tell that cannot be read.

use crate::model::Terminal;
use crate::planning::order::OrderQuestion;
use crate::planning::{merge_unknown, terminal_completion};

/// Why it is not known that a terminal's work waits for nothing.
pub(super) fn waits_unknown(question: &OrderQuestion, terminal: &Terminal) -> Option<String> {
    let book = &question.facts.book;
    for session in &terminal.sessions {
        let sessions = || question.facts.terminals.iter().flat_map(|terminal| &terminal.sessions);
        let needed = session.blocked_by.iter().filter(|id| !question.options.merged.contains(id));
        let mut unread = needed
            .filter_map(|id| Some((id, terminal_completion(id, &session.at.file, sessions(), book).err()?)));
        if let Some((id, unread)) = unread.next() {
            let unread = &unread.name;
            return Some(format!(
                "whether {id}, which it is blocked by, is completed is unknown: mend {unread}"
            ));
        }
    }
    terminal.story.as_ref().and_then(|story| merge_unknown(book, story))
}
