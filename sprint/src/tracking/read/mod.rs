//! From the text of a tracking file to the model. Whatever is invalid becomes a
//! finding with its line; the rest is still read.

mod coordination;
mod fields;
mod sessions;

use serde_yaml::{Mapping, Value};

use fields::SHAPE;

use super::names;
use crate::model::{Finding, Mode, Severity, Step, StoryId, StoryIndex, TrackingFile};
use crate::yaml::report::{self, Reporter};
use crate::yaml::{self, Problem, kind_of};

/// The owner of a tracking file that names none.
pub const DEFAULT_OWNER: &str = "orchestrator-exe";

/// A tracking file that cannot be read at all.
pub(super) fn broken(name: &str, problem: &Problem) -> Finding {
    let finding = report::broken(name, problem);
    if !problem.is_unmerged() {
        return finding;
    }
    let suggestion = "track-work sync --resolve merges both sides by what they say and names what is left to decide; nothing in it was used";
    Finding { suggestion: suggestion.to_string(), ..finding }
}

/// Reads one file. `None` if nothing in it can be used; then there is at least one finding.
pub(super) fn file(
    name: &str,
    mode: Mode,
    bytes: &[u8],
    complete: &[String],
) -> (Option<TrackingFile>, Vec<Finding>) {
    let text = match yaml::decode(bytes) {
        Ok(text) => text,
        Err(problem) => return (None, vec![broken(name, &problem)]),
    };
    let mut value = match yaml::parse(text) {
        Ok(value) => value,
        Err(problem) => return (None, vec![broken(name, &problem)]),
    };
    let mut reader = TrackingReader { name, mode, complete, report: Reporter::new(name, text) };
    if let Err(error) = value.apply_merge() {
        reader.report.add(Severity::Error, &[], &error.to_string(), "write the merged keys out by hand");
    }
    let file = reader.file(&value, text.trim_start_matches('\u{feff}').trim().is_empty());
    (file, reader.report.findings)
}

/// The keys that are read at the top of an intra-story file.
const INTRA: [&str; 6] = ["story_id", "parallel_mode", "created", "owner", "sessions", "coordination"];

/// The same of an inter-story file.
const INTER: [&str; 6] = ["parallel_mode", "created", "owner", "sessions", "coordination", "dependencies"];

struct TrackingReader<'a> {
    name: &'a str,
    mode: Mode,
    complete: &'a [String],
    report: Reporter<'a>,
}

impl TrackingReader<'_> {
    fn file(&mut self, value: &Value, is_empty: bool) -> Option<TrackingFile> {
        let empty = Mapping::new();
        let top = match value {
            Value::Mapping(top) => top,
            // it has at least its sessions, unless another program has just emptied it
            Value::Null if is_empty || self.mode == Mode::Intra => {
                let suggestion = "restore its content, or remove the file; it was not changed";
                self.report.add(
                    Severity::Error,
                    &[],
                    "the file is empty, so its sessions are not known",
                    suggestion,
                );
                return None;
            }
            Value::Null => &empty,
            other => {
                let what = format!("the file must be a mapping, found {}", kind_of(other));
                self.report.add(Severity::Error, &[], &what, SHAPE);
                return None;
            }
        };
        let known: &[&str] = if self.mode == Mode::Intra { &INTRA } else { &INTER };
        self.nearly(top, &[], known);
        self.misplaced(top, &[]);
        self.parallel_mode(top);
        let story = match self.mode {
            Mode::Intra => self.file_story(top),
            Mode::Inter => None,
        };
        let coordination_at = vec![Step::from("coordination")];
        let coordination = self.mapping(top, &[], "coordination", Severity::Warning);
        if let Some(coordination) = coordination {
            self.misplaced(coordination, &coordination_at);
        }
        Some(TrackingFile {
            name: self.name.to_string(),
            mode: self.mode,
            owner: self.text(top, &[], "owner").unwrap_or_else(|| DEFAULT_OWNER.to_string()),
            sessions: self.sessions(top, story.as_ref()),
            dependencies: self.dependencies(top),
            merge_points: coordination.map_or(vec![], |c| self.merge_points(c, &coordination_at)),
            conflicts: coordination.map_or(vec![], |c| self.conflicts(c, &coordination_at)),
            has_coordination: coordination.is_some(),
            ready_to_merge: coordination.and_then(|c| self.truth(c, &coordination_at, "ready_to_merge")),
            story,
        })
    }

    fn parallel_mode(&mut self, top: &Mapping) {
        let Some(written) = self.text(top, &[], "parallel_mode") else { return };
        if written != self.mode.name() {
            let what =
                format!("\"parallel_mode\" is {written:?}, but the file name means {:?}", self.mode.name());
            self.report.add(
                Severity::Warning,
                &["parallel_mode".into()],
                &what,
                "rename the file or correct the mode",
            );
        }
    }

    fn file_story(&mut self, top: &Mapping) -> Option<StoryId> {
        let named = names::middle(self.name)?;
        let Some(written) = self.text(top, &[], "story_id") else {
            let what = format!("\"story_id\" is missing; {named} from the file name is used");
            self.report.add(Severity::Warning, &[], &what, "add story_id: with the story's full ID");
            return Some(StoryId::from(named));
        };
        let story = StoryId::from(written);
        let index = StoryIndex::new([&story]);
        match names::file_name(Mode::Intra, Some(&story)) {
            Ok(own) if own == self.name || index.same(&StoryId::from(named), &story) => {}
            Ok(own) => {
                let what = format!("\"story_id\" is {story}, whose file would be {own}");
                self.report.add(
                    Severity::Warning,
                    &["story_id".into()],
                    &what,
                    "rename the file or correct the id",
                );
            }
            Err(error) => {
                self.report.add(Severity::Warning, &["story_id".into()], &error.to_string(), "correct the id")
            }
        }
        Some(story)
    }
}
