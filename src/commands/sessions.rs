//! Finding the session that an argument means.

use crate::cli::Which;
use crate::error::Failure;
use crate::model::{Session, StoryId, StoryIndex};
use crate::tracking::Tracking;

use super::writing::broken_file;

/// The sessions of a terminal: all that agree on the story. With `--story`, those of that story.
///
/// # Errors
/// When there is none, or they are of several stories.
pub(super) fn sessions_of<'a>(tracking: &'a Tracking, which: &Which) -> Result<Vec<&'a Session>, Failure> {
    let all: Vec<&Session> = tracking.files.iter().flat_map(|file| &file.sessions).collect();
    let ids: Vec<&StoryId> = all.iter().filter_map(|session| session.story.as_ref()).collect();
    let index = StoryIndex::new(ids);
    let asked = which.story.as_deref().map(StoryId::from);
    let fits = |session: &&&Session| {
        let story = || session.story.as_ref().zip(asked.as_ref());
        session.at.terminal == which.terminal
            && (asked.is_none() || story().is_some_and(|(story, asked)| index.same(story, asked)))
    };
    let found: Vec<&Session> = all.iter().filter(fits).copied().collect();
    let mut stories: Vec<String> = found
        .iter()
        .filter_map(|session| session.story.as_ref())
        .map(|story| index.resolve(story).0)
        .collect();
    stories.sort();
    stories.dedup();
    match (found.is_empty(), stories.len()) {
        (true, _) => Err(not_found(tracking, which, &all)),
        (false, 0 | 1) => Ok(found),
        (false, _) => Err(Failure::new(format!("{} has sessions of several stories", which.terminal))
            .help(format!("say which one: --story {}", stories.join(" or --story ")))),
    }
}

fn not_found(tracking: &Tracking, which: &Which, all: &[&Session]) -> Failure {
    let of_story = which.story.as_ref().map_or(String::new(), |story| format!(" with story {story}"));
    let message = format!("no session of {}{of_story}", which.terminal);
    if let Some(broken) = broken_file(tracking, None) {
        return Failure::new(format!("{message} in the files that can be read\n{broken}"));
    }
    let mut known: Vec<&str> = all.iter().map(|session| session.at.terminal.as_str()).collect();
    known.sort_by(|a, b| crate::model::natural_order(a, b));
    known.dedup();
    match known.is_empty() {
        true => Failure::new(message).help("register it first: track-work register"),
        false => Failure::new(message).help(format!("registered are: {}", known.join(", "))),
    }
}
