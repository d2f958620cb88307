//! `archive STORY`: moves a finished story's file to `archive/`, with a summary.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Mode, StoryId, StoryIndex, TrackingFile, Value};
use crate::planning::session_progress;
use crate::render::Output;
use crate::render::output::Archived;
use crate::tracking::{self, Tracking};

use super::Reply;
use super::writing::{Writer, broken_file};

pub(super) fn run(args: &cli::Archive, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.writing.owner.as_deref(), global, context)?;
    let tracking = writer.workspace.tracking();
    let story = StoryId::from(args.story.as_str());
    let file = story_file(&tracking, &story)?;
    writer.refuse_other_owner(file)?;
    let open: Vec<&str> = file
        .sessions
        .iter()
        .filter(|session| !session.status.is_complete())
        .map(|session| session.at.terminal.as_str())
        .collect();
    if !open.is_empty() && !args.force {
        return Err(Failure::new(format!(
            "story {story} is not finished: {} not completed",
            open.join(", ")
        ))
        .help("complete them (track-work complete TERMINAL), or archive it anyway with --force"));
    }
    let archived =
        tracking::archive(&writer.lock, writer.dir(), &file.name, &summary(file), &context.timestamp())?;
    let name = archived.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = writer.shown(&format!("archive/{name}"));
    Ok(Output::Archived(Archived { story: story.to_string(), file: file.name.clone(), archived: shown })
        .into())
}

fn story_file<'a>(tracking: &'a Tracking, story: &StoryId) -> Result<&'a TrackingFile, Failure> {
    let stories: Vec<&StoryId> = tracking.files.iter().filter_map(|file| file.story.as_ref()).collect();
    let index = StoryIndex::new(stories.iter().copied());
    let holds = |file: &&TrackingFile| {
        file.mode == Mode::Intra && file.story.as_ref().is_some_and(|known| index.same(known, story))
    };
    tracking.files.iter().find(holds).ok_or_else(|| match broken_file(tracking, None) {
        Some(broken) => broken,
        None => {
            let known: Vec<&str> = stories.iter().map(|story| story.as_str()).collect();
            if let Some(file) = inter_story_file(tracking, story) {
                return Failure::new(format!(
                    "the sessions of story {story} are in {file}, which several stories share; it is not archived"
                ))
                .help("complete its sessions; nothing else is needed. Only story-…-sessions.yaml files are archived");
            }
            let failure = Failure::new(format!("no tracking file for story {story}"));
            match known.is_empty() {
                true => failure.help("no story has one yet; track-work register creates it"),
                false => failure.help(format!("stories with a file: {}", known.join(", "))),
            }
        }
    })
}

/// The file of several stories in which one of them has sessions.
fn inter_story_file<'a>(tracking: &'a Tracking, story: &StoryId) -> Option<&'a str> {
    let sessions =
        tracking.files.iter().filter(|file| file.mode == Mode::Inter).flat_map(|file| &file.sessions);
    let ids: Vec<&StoryId> = sessions.clone().filter_map(|session| session.story.as_ref()).collect();
    let index = StoryIndex::new(ids.iter().copied().chain([story]));
    let mut of_story =
        sessions.filter(|session| session.story.as_ref().is_some_and(|known| index.same(known, story)));
    of_story.next().map(|session| session.at.file.as_str())
}

/// Who worked on it, and how much of it was marked done.
fn summary(file: &TrackingFile) -> Vec<(String, Value)> {
    let terminals = file.sessions.iter().map(|session| &session.at.terminal);
    let tasks: usize = file.sessions.iter().map(|session| session.tasks.len()).sum();
    let done: usize = file.sessions.iter().filter_map(session_progress).map(|progress| progress.done).sum();
    // a time of completion is known only where all is complete
    let complete = file.sessions.iter().all(|session| session.status.is_complete());
    let finished = file.sessions.iter().filter_map(|session| session.completed.clone()).max();
    let finished = finished.filter(|_| complete);
    let mut summary = vec![
        ("terminals".to_string(), Value::texts(terminals)),
        ("tasks".to_string(), tasks.into()),
        ("tasks_done".to_string(), done.into()),
        ("open_conflicts".to_string(), file.conflicts.len().into()),
    ];
    summary.extend(finished.map(|time| ("completed".to_string(), time.into())));
    summary
}
