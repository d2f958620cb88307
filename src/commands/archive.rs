//! `archive STORY`: moves a finished story's file to `archive/`, with a summary.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Mode, Report, Standing, StoryId, StoryIndex, TrackingFile, Value, few};
use crate::pipeline;
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
    if !args.force {
        refuse_open(&story, file)?;
        refuse_unmerged(&story, file, &pipeline::report(&writer.workspace, &tracking))?;
    }
    let archived =
        tracking::archive(&writer.lock, writer.dir(), &file.name, &summary(file), &context.timestamp())?;
    let name = archived.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = writer.shown(&format!("archive/{name}"));
    Ok(Output::Archived(Archived { story: story.to_string(), file: file.name.clone(), archived: shown })
        .into())
}

/// # Errors
/// When a session is not completed.
fn refuse_open(story: &StoryId, file: &TrackingFile) -> Result<(), Failure> {
    let open = file.sessions.iter().filter(|session| !session.status.is_complete());
    let open: Vec<&str> = open.map(|session| session.at.terminal.as_str()).collect();
    match open.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "story {story} has sessions that are not completed: {}",
            open.join(", ")
        ))
        .help("complete them (track-work complete TERMINAL), or archive it anyway with --force")),
    }
}

/// # Errors
/// When git shows work of the story that is not in the target, or cannot say.
fn refuse_unmerged(story: &StoryId, file: &TrackingFile, report: &Report) -> Result<(), Failure> {
    let mut held = Vec::new();
    for (terminal, standing) in report.facts.terminals.iter().zip(&report.standings) {
        if (terminal.place().is_none() && !terminal.is_lost())
            || !file.sessions.iter().any(|session| terminal.holds(&session.at))
        {
            continue;
        }
        let tip = report.facts.tip(terminal);
        let uncommitted: Vec<String> =
            tip.iter().flat_map(|tip| tip.uncommitted_paths()).map(ToString::to_string).collect();
        let target = &report.facts.target.name;
        match standing {
            _ if !uncommitted.is_empty() => {
                held.push(format!("{} has uncommitted work ({})", terminal.id, few(&uncommitted)));
            }
            Standing::NothingToMerge => {}
            Standing::Ready => held.push(format!("{} is not merged into {target}", terminal.id)),
            Standing::Held(reason) => {
                held.push(format!("{} is not merged into {target} ({reason})", terminal.id));
            }
        }
    }
    match held.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!("story {story} is not merged: {}", held.join("; ")))
            .help("merge it first (track-work merge-order shows how), or archive it anyway with --force")),
    }
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
            failure.help(if known.is_empty() {
                "no story has one yet; track-work register creates it".to_string()
            } else {
                format!("stories with a file: {}", known.join(", "))
            })
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
