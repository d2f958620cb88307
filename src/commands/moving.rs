//! Sessions that leave the file of all stories: into the file of their own story, or for good.

use crate::commands::failure::Failure;
use crate::model::{Edit, Mode, Session, StoryId, TrackingFile};
use crate::pipeline;
use crate::planning;
use crate::tracking::{self, Changes, NewFile, Tracking};

use super::writing::Writer;

/// The edits that take the dependency entries of these sessions' stories out again, where nothing else needs
/// them. `changes` take the sessions out.
pub(super) fn freed_dependencies(
    writer: &Writer,
    tracking: &Tracking,
    changes: &Changes,
    sessions: &[&Session],
) -> Result<Vec<Edit>, Failure> {
    let mut freed = Vec::new();
    for session in sessions.iter().filter(|session| session.mode == Mode::Inter) {
        let (Some(story), Some(file)) = (&session.story, file_of(tracking, session)) else { continue };
        let mut without = writer.changed(tracking, changes)?;
        without
            .files
            .iter_mut()
            .filter(|known| known.name == file.name)
            .for_each(|file| file.dependencies.clear());
        let book = pipeline::declare(&writer.workspace, &without).book;
        if let Some(after) = file_of(&without, session) {
            freed.extend(planning::removing_dependency(file, after, &book, story));
        }
    }
    Ok(freed)
}

fn file_of<'a>(tracking: &'a Tracking, session: &Session) -> Option<&'a TrackingFile> {
    tracking.files.iter().find(|file| file.name == session.at.file)
}

/// Moves sessions of a story from the file of all stories to the file of the story, with all their lines.
/// Returns the name of that.
///
/// # Errors
/// When the story has a file of its own already; edits that cannot be made without loss.
pub(super) fn moved(
    writer: &Writer,
    tracking: &Tracking,
    file: &TrackingFile,
    story: &StoryId,
    sessions: &[&Session],
) -> Result<(String, Changes), Failure> {
    let name = tracking::file_name(Mode::Intra, Some(story))?;
    if tracking.files.iter().any(|known| known.name == name) {
        let story = story.short();
        return Err(Failure::new(format!(
            "story {story} has completed sessions in {} and in {name}",
            file.name
        ))
        .help(format!("archive those in {name} first: track-work archive {story}")));
    }
    let declared = pipeline::declare(&writer.workspace, tracking);
    let branch = |session: &Session| {
        let own = declared.terminals.iter().find(|terminal| terminal.holds(&session.at));
        own.and_then(|terminal| declared.places[terminal.place()?].branch.clone())
    };
    let mut edits = planning::keeping(&name, file, story, sessions, branch);
    edits.extend(sessions.iter().map(|session| planning::removing(session)));
    let new = NewFile {
        name: name.clone(),
        mode: Mode::Intra,
        story: Some(story.clone()),
        created: String::new(),
        owner: None,
        copy_of: Some(file.name.clone()),
    };
    let mut changes = Changes { new_files: vec![new], edits, archived: None };
    changes.edits.extend(freed_dependencies(writer, tracking, &changes, sessions)?);
    Ok((name, changes))
}
