//! `archive STORY`: moves a finished story's file to `archive/`, with a summary.

use std::collections::BTreeSet;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    Edit, LogEntry, Mode, Report, Session, Standing, StoryId, StoryIndex, TrackingFile, Value, few, shown,
};
use crate::pipeline;
use crate::planning::{restoring, session_progress, terminal_cycles};
use crate::render::Output;
use crate::render::output::Archived;
use crate::tracking::{self, Changes, Saved, Tracking};

use super::Reply;
use super::moving::moved;
use super::sessions::left_in_stash;
use super::writing::{Writer, broken_file};

pub(super) fn run(args: &cli::Archive, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.writing.owner.as_deref(), global, context)?;
    let story = StoryId::from(args.story.as_str());
    let now = context.timestamp();
    let (saved, (file, moved, troubles)) = writer.edit(|tracking| {
        let index = pipeline::story_book(&writer.workspace, tracking).index;
        let (file, sessions) = sessions_of_story(tracking, &story, &index)
            .map_err(|failure| if_archived(&writer, &story, &index).unwrap_or(failure))?;
        writer.refuse_other_owner(file)?;
        let mut troubles = Vec::new();
        if !args.force {
            refuse_open(&story, &sessions)?;
            let report = pipeline::report(&writer.workspace, tracking);
            refuse_unmerged(&story, &sessions, &report)?;
            let ended: Vec<Session> = sessions.iter().map(|session| (*session).clone()).collect();
            troubles = left_in_stash(&report.facts, &ended);
        }
        let (from, mut changes) = match file.mode {
            Mode::Intra => (file.name.clone(), Changes::default()),
            Mode::Inter => {
                let own = sessions[0].story.as_ref().unwrap_or(&story);
                moved(&writer, tracking, file, own, &sessions)?
            }
        };
        archive(&writer, tracking, &from, &now, &mut changes)?;
        let moved = (file.mode == Mode::Inter).then_some(sessions.len());
        Ok((changes, (file.name.clone(), moved, troubles)))
    })?;
    let archived = shown_archive(&writer, &saved);
    let (command, of) = ("archive".to_string(), Some(story.to_string()));
    writer.log(saved, LogEntry { at: now, command, story: of, ..LogEntry::default() })?;
    let output = Output::Archived(Archived { story: story.to_string(), file, moved, archived });
    Ok(Reply { troubles, ..output.into() })
}

/// Moves a story's file, as it is after these changes, to the archive too, with a summary.
pub(super) fn archive(
    writer: &Writer,
    tracking: &Tracking,
    name: &str,
    now: &str,
    changes: &mut Changes,
) -> Result<(), Failure> {
    let after = writer.changed(tracking, changes)?;
    let file = after.files.iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| Failure::new(format!("{name} could not be read any more")))?;
    let entries = [("archived".to_string(), Value::from(now))].into_iter().chain(summary(file));
    let set =
        |(key, value): (String, Value)| Edit::set(name, &["summary".into(), key.as_str().into()], value);
    changes.edits.extend(entries.map(set));
    // what was moved into a file of its own on the way stays what it was registered as
    let copied = changes.new_files.iter().find(|new| new.name == name).and_then(|new| new.copy_of.as_ref());
    if let Some(from) = copied.and_then(|from| tracking.files.iter().find(|file| file.name == *from)) {
        changes.edits.push(Edit::set(name, &["parallel_mode".into()], from.mode.name()));
    }
    changes.archived = Some(name.to_string());
    Ok(())
}

/// Where the archived file is, as people find it.
pub(super) fn shown_archive(writer: &Writer, saved: &Saved) -> String {
    let name = saved.archived.as_ref().and_then(|path| path.file_name()).unwrap_or_default();
    writer.shown(&format!("archive/{}", name.to_string_lossy()))
}

/// The file in which a story has sessions, and those: its own, or else the one of all stories.
///
/// # Errors
/// When there is none.
fn sessions_of_story<'a>(
    tracking: &'a Tracking,
    story: &StoryId,
    index: &StoryIndex,
) -> Result<(&'a TrackingFile, Vec<&'a Session>), Failure> {
    match story_file(tracking, story, index) {
        Ok(file) => Ok((file, file.sessions.iter().collect())),
        Err(failure) => inter_story_sessions(tracking, story, index).ok_or(failure),
    }
}

/// Says of a story that it is in the archive already, if it is.
fn if_archived(writer: &Writer, story: &StoryId, index: &StoryIndex) -> Option<Failure> {
    let (archived, _) = tracking::archived_stories(writer.dir(), &writer.workspace.config.complete_statuses);
    archived.iter().find(|one| index.same(&one.story, story))?;
    let failure = Failure::new(format!("no session of story {story}: it is archived already"));
    Some(failure.help("its file is in archive/, beside the tracking files"))
}

/// # Errors
/// When a session is not completed.
fn refuse_open(story: &StoryId, sessions: &[&Session]) -> Result<(), Failure> {
    let open = sessions.iter().filter(|session| !session.status.is_complete());
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
fn refuse_unmerged(story: &StoryId, sessions: &[&Session], report: &Report) -> Result<(), Failure> {
    let mut held = Vec::new();
    let mut lost = Vec::new();
    for (terminal, standing) in report.facts.terminals.iter().zip(&report.standings) {
        if (terminal.place().is_none() && !terminal.is_lost())
            || !sessions.iter().any(|session| terminal.holds(&session.at))
        {
            continue;
        }
        let uncommitted: Vec<String> =
            report.facts.uncommitted_paths(terminal).into_iter().map(ToString::to_string).collect();
        let target = &report.facts.target.name;
        match standing {
            _ if !uncommitted.is_empty() => {
                held.push(format!("{} has uncommitted work ({})", terminal.id, few(&uncommitted)));
            }
            Standing::NothingToMerge => {}
            Standing::Ready => held.push(format!("{} is not merged into {target}", terminal.id)),
            Standing::Held(reason) => {
                lost.extend(restoring(terminal, &report.facts.places));
                held.push(format!("{} is not merged into {target} ({reason})", terminal.id));
            }
        }
    }
    let circles = terminal_cycles(&report.facts);
    let is_held = |id: &String| sessions.iter().any(|session| session.at.terminal == *id);
    let help = match lost.is_empty() {
        true if circles.concat().iter().any(is_held) => {
            "the terminals wait for each other: remove one of them from blocked_by (track-work update TERMINAL --blocked-by OTHERS), then merge it, or archive it anyway with --force".to_string()
        }
        true => {
            "merge it first (track-work merge-order shows how), or archive it anyway with --force".to_string()
        }
        false => format!(
            "make its branch again where it was last seen ({}), or archive it anyway with --force",
            lost.join("; ")
        ),
    };
    match held.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!("story {story} is not merged: {}", held.join("; "))).help(help)),
    }
}

fn story_file<'a>(
    tracking: &'a Tracking,
    story: &StoryId,
    index: &StoryIndex,
) -> Result<&'a TrackingFile, Failure> {
    let holds = |file: &&TrackingFile| {
        file.mode == Mode::Intra && file.story.as_ref().is_some_and(|known| index.same(known, story))
    };
    tracking.files.iter().find(holds).ok_or_else(|| match broken_file(tracking, None) {
        Some(broken) => broken,
        None => {
            let of_file = |file: &'a TrackingFile| {
                file.story.iter().chain(file.sessions.iter().filter_map(|session| session.story.as_ref()))
            };
            let known: BTreeSet<StoryId> =
                tracking.files.iter().flat_map(of_file).map(|story| index.resolve(story)).collect();
            let known: Vec<_> = known.iter().map(|story| shown(story.as_str())).collect();
            let failure = Failure::new(format!("no session of story {story}"));
            failure.help(if known.is_empty() {
                "no story has one yet; track-work register creates it".to_string()
            } else {
                format!("stories with sessions: {}", known.join(", "))
            })
        }
    })
}

/// The file of several stories in which one of them has sessions, and those.
fn inter_story_sessions<'a>(
    tracking: &'a Tracking,
    story: &StoryId,
    index: &StoryIndex,
) -> Option<(&'a TrackingFile, Vec<&'a Session>)> {
    let file = tracking.files.iter().find(|file| file.mode == Mode::Inter)?;
    let is_of_it = |session: &&Session| session.story.as_ref().is_some_and(|known| index.same(known, story));
    let sessions: Vec<&Session> = file.sessions.iter().filter(is_of_it).collect();
    (!sessions.is_empty()).then_some((file, sessions))
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
