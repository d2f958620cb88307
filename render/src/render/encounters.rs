//! Who somebody is, and what they did where the work of two meets: in words, for people and for agents.

use crate::model::{ChangeKind, ConflictKind, Encounter, Lines, Meeting, Party, shown_name, shown_path};

/// The same of the own side, which mostly is the reader's: `have a folder there`.
pub(super) fn own_did(encounter: &Encounter) -> String {
    let told = did(&encounter.meeting, encounter.own_change, &encounter.own_lines);
    if encounter.of.is_some() {
        return told;
    }
    match told.strip_prefix("has ") {
        Some(rest) => format!("have {rest}"),
        None => told.replacen("works on it", "work on it", 1),
    }
}

/// `changed lines 3-4`, `deleted it`.
pub(super) fn did(meeting: &Meeting, change: Option<ChangeKind>, lines: &[Lines]) -> String {
    let told = Lines::told(lines);
    match (change, lines.is_empty()) {
        (None, true) if matches!(meeting, Meeting::Conflict(ConflictKind::FileDirectory)) => {
            "has a folder there".to_string()
        }
        (None, true)
            if matches!(
                meeting,
                Meeting::Conflict(ConflictKind::DirectoryRename | ConflictKind::DirectoryRenameSplit)
            ) =>
        {
            "renamed its folder".to_string()
        }
        (None, true) if matches!(meeting, Meeting::Conflict(_)) => "has another version of it".to_string(),
        (Some(ChangeKind::Deleted), _) => "deleted it".to_string(),
        (Some(ChangeKind::Added), true) => "added it".to_string(),
        (Some(ChangeKind::Added), false) => format!("added it, {}", Lines::phrase(lines)),
        (Some(ChangeKind::Renamed), true) => "renamed it".to_string(),
        (Some(ChangeKind::Renamed), false) => format!("renamed it and {told}"),
        (Some(ChangeKind::ModeChanged), _) => "changed its mode".to_string(),
        (Some(ChangeKind::TypeChanged), _) => "changed its type".to_string(),
        (Some(ChangeKind::Modified) | None, false) => told,
        (Some(ChangeKind::Modified), true) => "changed it".to_string(),
        (None, true) => "works on it".to_string(),
    }
}

/// Whether both sides of such a conflict have the file, or had it. Otherwise a folder is in its way, or moved.
pub(super) fn names_a_file(kind: ConflictKind) -> bool {
    !matches!(
        kind,
        ConflictKind::DirectoryRename | ConflictKind::DirectoryRenameSplit | ConflictKind::FileDirectory
    )
}

/// Where the other's change lives. Of a conflict, what its uncommitted work has no part in is committed.
pub(super) fn layer_words(encounter: &Encounter) -> &'static str {
    let is_conflict = matches!(encounter.meeting, Meeting::Conflict(_));
    match (encounter.layers.committed, encounter.layers.is_uncommitted()) {
        (true, true) if is_conflict && !encounter.needed.theirs => {
            ", committed; the file has uncommitted changes too"
        }
        (true, false) => ", committed",
        (true, true) => ", partly uncommitted",
        (false, true) => ", uncommitted",
        (false, false) => "",
    }
}

/// The id, with the story where there is one.
pub(super) fn named(party: &Party) -> String {
    match &party.story {
        Some(story) => format!("{} (story {})", party.id, story.short()),
        None => party.id.clone(),
    }
}

/// `Terminal-1: story 1-2, backend, agent dev, branch auth-backend`.
pub(super) fn described(party: &Party) -> String {
    let facts = [
        party.story.as_ref().map(|story| format!("story {story}")),
        party.focus.clone(),
        party.agent.as_ref().map(|agent| format!("agent {agent}")),
        party.branch.as_ref().map(|branch| format!("branch {branch}")),
        party.worktree.as_ref().map(|folder| format!("in {}", shown_path(folder))),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    if facts.is_empty() {
        shown_name(&party.id)
    } else {
        format!("{}: {}", shown_name(&party.id), facts.join(", "))
    }
}
