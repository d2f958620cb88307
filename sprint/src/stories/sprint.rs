//! `sprint-status.yaml`: `development_status:` as a mapping, or `epics:`, `stories:` and `sprints:` as
//! lists or mappings, one inside the other.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use super::needs::{self, Prerequisite};
use crate::model::{Dependency, NeedPlace, Severity, Status, StatusKind, Step, StoryId};
use crate::yaml::report::Reporter;
use crate::yaml::{kind_of, scalar_text};

/// What a part of the file holds.
#[derive(Clone, Copy, PartialEq)]
enum BoardPart {
    Stories,
    Epics,
    /// Sprints and the like, which hold stories and have no status that counts.
    Groups,
}

/// Keys that hold statuses, at the top of the file and inside of each other.
const PARTS: [(&str, BoardPart); 7] = [
    ("development_status", BoardPart::Stories),
    ("stories", BoardPart::Stories),
    ("epics", BoardPart::Epics),
    ("story_statuses", BoardPart::Stories),
    ("sprints", BoardPart::Groups),
    ("sprint", BoardPart::Groups),
    ("current_sprint", BoardPart::Groups),
];

const STATUSES: [&str; 2] = ["status", "state"];

/// What a file says.
#[derive(Default)]
pub(super) struct Board {
    /// The stories and their statuses, in the order of the file.
    pub statuses: Vec<(StoryId, Status)>,
    /// The epics and their own statuses.
    pub epics: Vec<(StoryId, Status)>,
    /// All stories, each with the epic that it stands in.
    pub listed: Vec<(StoryId, Option<StoryId>)>,
    /// What they depend on.
    pub dependencies: Vec<Dependency>,
}

/// Reads a file.
pub(super) fn read(report: &mut Reporter<'_>, value: &Value, complete: &[String]) -> Board {
    let mut reader =
        SprintReader { complete, report, board: Board::default(), bare: Vec::new(), needs: Vec::new() };
    let top = match value {
        Value::Mapping(top) => top,
        Value::Null => return reader.board,
        other => {
            let what = format!("the file must be a mapping, found {}", kind_of(other));
            reader.warn(&[], &what, HOW);
            return reader.board;
        }
    };
    reader.parts(top, &[], None);
    if !has_parts(top) {
        reader.warn(&[], "it contains no \"development_status\", \"stories\" or \"epics\"", HOW);
    }
    reader.finish()
}

/// What to write.
pub(super) const HOW: &str = "give every story its status under development_status:";

struct SprintReader<'a, 'r> {
    complete: &'a [String],
    report: &'a mut Reporter<'r>,
    board: Board,
    /// Stories without a status, as written and where.
    bare: Vec<(StoryId, Vec<Step>)>,
    /// Stories, each with what it needs.
    needs: Vec<(StoryId, Vec<Prerequisite>)>,
}

impl SprintReader<'_, '_> {
    fn warn(&mut self, at: &[Step], what: &str, suggestion: &str) {
        self.report.add(Severity::Warning, at, what, suggestion);
    }

    /// The parts of a mapping.
    fn parts(&mut self, fields: &Mapping, at: &[Step], epic: Option<&StoryId>) {
        for (key, part) in PARTS {
            if let Some(value) = fields.get(key) {
                self.part(value, &[at, &[Step::from(key)]].concat(), epic, part);
            }
        }
    }

    fn part(&mut self, value: &Value, at: &[Step], epic: Option<&StoryId>, part: BoardPart) {
        match value {
            Value::Null => {}
            Value::Mapping(fields) if part == BoardPart::Groups && has_parts(fields) => {
                self.parts(fields, at, epic);
            }
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    let id = scalar_text(key).unwrap_or_default();
                    let at = [at, &[Step::from(id.as_str())]].concat();
                    match part {
                        BoardPart::Groups if value.is_mapping() || value.is_sequence() => {
                            self.part(value, &at, epic, part);
                        }
                        BoardPart::Groups => {}
                        _ => self.entry(&id, value, &at, epic, part),
                    }
                }
            }
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(item, &[at, &[Step::from(index)]].concat(), epic, part);
                }
            }
            _ if part == BoardPart::Groups => {}
            other => {
                let what = format!("stories must be a mapping or a list, found {}", kind_of(other));
                self.warn(at, &what, HOW);
            }
        }
    }

    fn item(&mut self, item: &Value, at: &[Step], epic: Option<&StoryId>, part: BoardPart) {
        let Value::Mapping(fields) = item else {
            let is_inside = at.len() > 2 || part != BoardPart::Stories;
            match scalar_text(item).filter(|id| is_inside || StoryId::from(id.as_str()).number().is_some()) {
                Some(id) if part == BoardPart::Stories => self.list(story_id(&id, epic), epic),
                Some(_) => {}
                None if item.is_null() => {}
                None => {
                    let what = "a story in a list must be a mapping with \"id\" and \"status\"";
                    self.warn(at, what, "write its id and status");
                }
            }
            return;
        };
        let id = needs::IDS.iter().find_map(|key| text(fields, key));
        match id {
            _ if part == BoardPart::Groups => self.parts(fields, at, epic),
            Some(id) => self.entry(&id, item, at, epic, part),
            // `- 1-2-login: done`
            None if fields.len() == 1 => self.part(item, at, epic, part),
            None if part == BoardPart::Epics => self.parts(fields, at, None),
            None => self.warn(at, "a story in a list has no \"id\"", "write its id"),
        }
    }

    /// A story or an epic with what it says.
    fn entry(&mut self, written: &str, value: &Value, at: &[Step], epic: Option<&StoryId>, part: BoardPart) {
        let mut id = story_id(written, epic);
        let is_epic = id.is_epic() || part == BoardPart::Epics && id.number().is_none();
        if is_epic {
            id = StoryId::of_epic(written);
        } else if is_retrospective(written) {
            return;
        }
        let mut is_group = false;
        if let Value::Mapping(fields) = value {
            is_group = has_parts(fields);
            self.parts(fields, at, is_epic.then_some(&id));
            let needs = needs::of_fields(fields, at, self.report);
            self.needs.push((id.clone(), needs));
        }
        let status = match value {
            Value::Mapping(fields) => STATUSES.iter().find_map(|key| text(fields, key)),
            Value::Null => Some(String::new()),
            other => scalar_text(other),
        };
        let status = status.map(|status| Status::read(&status, self.complete));
        if is_epic {
            self.board.epics.extend(status.map(|status| (id, status)));
            return;
        }
        let Some(status) = status else {
            if !is_group || id.number().is_some() {
                self.bare.push((id.clone(), at.to_vec()));
                self.list(id, epic);
            }
            return;
        };
        if status.kind() == StatusKind::Unknown {
            let what =
                format!("the status {:?} is unknown; it is kept and treated as incomplete", status.written());
            let suggestion = "if it means complete, add it to complete_statuses in config.yaml";
            self.report.add(Severity::Info, at, &what, suggestion);
        }
        self.list(id.clone(), epic);
        self.board.statuses.push((id, status));
    }

    fn list(&mut self, id: StoryId, epic: Option<&StoryId>) {
        self.board.listed.push((id, epic.cloned()));
    }

    /// What can be said once all is read.
    fn finish(self) -> Board {
        let SprintReader { report, mut board, bare, needs, .. } = self;
        // `1-2` and `1-2-login` are one story here
        let numbers: BTreeSet<Option<&str>> = board.statuses.iter().map(|(id, _)| id.number()).collect();
        let stated: BTreeSet<&StoryId> = board.statuses.iter().map(|(id, _)| id).collect();
        let has_status =
            |id: &StoryId| stated.contains(id) || id.number().is_some() && numbers.contains(&id.number());
        for (id, at) in bare.iter().filter(|(id, _)| !has_status(id)) {
            let what = format!("\"{id}\" has no status, so it is not counted as a story");
            report.add(Severity::Warning, at, &what, "write its status");
        }
        let listed: BTreeSet<&StoryId> = board.listed.iter().map(|(id, _)| id).collect();
        let is_story = |id: &StoryId| id.number().is_some() || id.is_epic() || listed.contains(id);
        for (story, needs) in needs {
            for need in needs.iter().filter(|need| !is_story(&need.id)) {
                let what =
                    format!("\"{}\" is no story of this file, so {story} does not wait for it", need.id);
                report.add(Severity::Info, &need.at, &what, "name a story by its id");
            }
            let places: Vec<NeedPlace> = needs
                .into_iter()
                .filter(|need| is_story(&need.id))
                .map(|need| need.into_place(report.name()))
                .collect();
            let depends_on: Vec<StoryId> = places.iter().map(|place| place.needed.clone()).collect();
            if !depends_on.is_empty() {
                board.dependencies.push(Dependency { places, ..Dependency::of(story, depends_on) });
            }
        }
        board
    }
}

fn has_parts(fields: &Mapping) -> bool {
    PARTS.iter().any(|(key, _)| fields.contains_key(*key))
}

fn text(fields: &Mapping, key: &str) -> Option<String> {
    scalar_text(fields.get(key)?).filter(|text| !text.is_empty())
}

/// The id of a story; the number inside an epic gets the epic's before it.
fn story_id(written: &str, epic: Option<&StoryId>) -> StoryId {
    let id = written.trim();
    let is_number =
        id.starts_with(|c: char| c.is_ascii_digit()) && id.chars().all(|c| c.is_ascii_alphanumeric());
    match epic.and_then(StoryId::epic) {
        Some(epic) if is_number => StoryId::from(format!("{epic}-{id}")),
        _ => StoryId::from(id),
    }
}

/// `epic-1-retrospective` and the like.
fn is_retrospective(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase();
    ["retrospective", "-retro", "_retro"].iter().any(|end| key.ends_with(end))
}
