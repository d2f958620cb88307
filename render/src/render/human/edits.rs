//! What the commands say that write tracking files.

use crate::model::{Standing, StoryId, few, shell_word, shown_name};
use crate::render::output::{
    Archived, Completed, CompletedWork, HooksOffer, Initialized, PreviousSession, Registered, Remarks,
    Unregistered, Updated,
};

use super::count;
use super::hooks;
use super::paint::{Style, line, wrapped};
use super::sync::{changes, findings_list, ready_texts};

pub(super) fn initialized(init: &Initialized, style: Style) -> String {
    let dir = &init.dir;
    let first = match init.made.split_last() {
        None => line(&format!("{dir}/ already exists; nothing was changed.")),
        Some((last, [])) => line(&format!("Created {dir}/ with {last}.")),
        Some((last, others)) => line(&format!("Created {dir}/ with {} and {last}.", others.join(", "))),
    };
    let next = "Next: track-work register        register a terminal's session\n      track-work status          show every terminal, registered or not\n";
    let hooks = match &init.hooks {
        HooksOffer::None => String::new(),
        HooksOffer::Hint => {
            "      track-work hooks install   warn each terminal before it commits\n".to_string()
        }
        HooksOffer::Installed(changed) => hooks::text(&changed.text, style),
    };
    let driver = match init.merges_by_lines {
        true => "      track-work hooks install --merge-driver   merge tracking files by content\n",
        false => "",
    };
    format!("{first}{next}{driver}{hooks}")
}

pub(super) fn registered(registered: &Registered, style: Style) -> String {
    let Registered {
        terminal,
        story,
        focus,
        shown_file,
        created,
        seen_in,
        unlinked,
        plan,
        remarks: said,
        ..
    } = registered;
    let Registered { unlisted, previous, .. } = registered;
    let done = if *created { "Created" } else { "Updated" };
    let work = focus.as_ref().map_or("work".to_string(), |focus| format!("{focus} work"));
    let mut out = line(&format!("{done} {shown_file}"));
    let who = shown_name(terminal);
    out.push_str(&line(&format!("{who} registered for {work} on story {}", story.short())));
    if let Some(places) = seen_in {
        out.push_str(&wrapped(&format!("Work found in {places}."), 0, style.width));
    }
    if let Some(unlinked) = unlinked {
        out.push_str(&wrapped(unlinked, 0, style.width));
    }
    if let Some(PreviousSession { story, file, is_archived }) = previous {
        let text = match is_archived {
            true => format!(
                "Story {} is completed and nothing of it is left to merge: archived as {file}.",
                story.short()
            ),
            false => format!("Its completed session of story {} is now in {file}.", story.short()),
        };
        out.push_str(&wrapped(&text, 0, style.width));
    }
    if let Some(known) = unlisted {
        let text = format!("Note: no story file knows story {story}; known: {}.", few(known));
        out.push_str(&wrapped(&text, 0, style.width));
    }
    out.push_str(&changes(plan, style));
    out.push_str(&remarks(said, style));
    out
}

pub(super) fn updated(updated: &Updated, style: Style) -> String {
    let terminal = shown_name(&updated.terminal);
    let mut out = if updated.files.is_empty() {
        line(&format!("{terminal}: no changes."))
    } else {
        line(&format!("{terminal} updated in {}.", updated.files.join(", ")))
    };
    out.push_str(&changes(&updated.plan, style));
    out.push_str(&remarks(&updated.remarks, style));
    out
}

pub(super) fn unregistered(unregistered: &Unregistered, style: Style) -> String {
    let terminal = shown_name(&unregistered.terminal);
    let line = format!("{terminal} unregistered: removed from {}.", unregistered.removed_from.join(", "));
    let mut out = wrapped(&line, 0, style.width);
    out.push_str(&changes(&unregistered.plan, style));
    for id in &unregistered.waiting {
        let line = format!(
            "{} still waits for it: track-work update {} --blocked-by \"\" clears that.",
            shown_name(id),
            shell_word(id)
        );
        out.push_str(&wrapped(&line, 0, style.width));
    }
    out
}

pub(super) fn completed(completed: &Completed, style: Style) -> String {
    let of_story = completed.story.as_ref().map_or(String::new(), |id| format!(" (story {})", id.short()));
    let terminal = shown_name(&completed.terminal);
    let mut out = match completed.was_complete {
        true => line(&format!("{terminal} was already completed{of_story}.")),
        false => line(&format!("{terminal} completed{of_story}.")),
    };
    out.push_str(&changes(&completed.plan, style));
    for id in &completed.unblocked {
        let line = format!("{} is no longer waiting for anything.", shown_name(id));
        out.push_str(&wrapped(&line, 0, style.width));
    }
    let told =
        |story: &&StoryId| completed.plan.dependencies.iter().any(|change| change.of == story.as_str());
    for story in completed.startable.iter().filter(|story| !told(story)) {
        out.push_str(&wrapped(&format!("Story {} can begin.", story.short()), 0, style.width));
    }
    out.push_str(
        &completed.found.as_ref().map_or(String::new(), |work| found(work, &completed.target, style)),
    );
    for text in ready_texts(&completed.ready.iter().collect::<Vec<_>>()) {
        let line = style.plain(&format!("Ready to merge: {text}"));
        out.push_str(&wrapped(&line, 0, style.width));
    }
    out
}

/// Why completed work cannot be merged now, and which files a merge would leave behind.
fn found(work: &CompletedWork, target: &str, style: Style) -> String {
    let mut out = match &work.standing {
        Standing::Ready => String::new(),
        Standing::NothingToMerge => {
            let line = format!("Nothing to merge: it has no committed changes that {target} lacks.");
            wrapped(&line, 0, style.width)
        }
        Standing::Held(reason) => wrapped(&format!("Not ready to merge: {reason}."), 0, style.width),
    };
    if !work.uncommitted.is_empty() {
        let paths: Vec<String> = work.uncommitted.iter().map(ToString::to_string).collect();
        let line = format!("Uncommitted, and lost if its worktree is removed: {}", few(&paths));
        out.push_str(&style.plain(&wrapped(&line, 0, style.width)));
    }
    out
}

pub(super) fn archived(archived: &Archived) -> String {
    let Archived { story, file, moved, archived } = archived;
    match moved {
        None => line(&format!("Archived {file} as {archived}")),
        Some(sessions) => line(&format!(
            "Archived {} of story {story}, from {file} to {archived}",
            count(*sessions, "session")
        )),
    }
}

fn remarks(remarks: &Remarks, style: Style) -> String {
    let gone = remarks.gone.iter().map(|what| {
        let line = format!("Note: {what} does not exist, so its work cannot be read.");
        wrapped(&line, 0, style.width)
    });
    gone.collect::<String>() + &findings_list(&remarks.findings, style)
}
