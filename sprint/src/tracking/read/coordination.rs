//! What a file holds besides its sessions: dependencies, merge points, recorded conflicts.

use serde_yaml::{Mapping, Value};

use super::TrackingReader;
use super::fields::{SHAPE, below, is_session};
use crate::model::{Dependency, MergePoint, NeedPlace, RecordedConflict, Severity, Step, StoryId};
use crate::yaml::{self, kind_of};

/// The keys of an entry of `dependencies`.
const ENTRY: [&str; 4] = ["depends_on", "status", "reason", "copied"];

impl TrackingReader<'_> {
    pub(super) fn dependencies(&mut self, top: &Mapping) -> Vec<Dependency> {
        let Some(stories) = self.mapping(top, &[], "dependencies", Severity::Error) else { return vec![] };
        self.misplaced(stories, &["dependencies".into()]);
        let mut read = Vec::new();
        for (key, value) in stories.iter().filter(|(_, value)| !is_session(value)) {
            let Some(story) = yaml::scalar_text(key) else { continue };
            let at = vec![Step::from("dependencies"), Step::from(story.as_str())];
            let mut dependency = Dependency::of(StoryId::from(story.as_str()), vec![]);
            let mut list_at = at.clone();
            let depends_on = match value {
                Value::Mapping(fields) => {
                    list_at = below(&at, "depends_on");
                    dependency.status = self.text(fields, &at, "status");
                    dependency.reason = self.text(fields, &at, "reason");
                    let copied = self.texts(fields, &at, "copied");
                    dependency.copied = copied.into_iter().map(StoryId::from).collect();
                    let is_known =
                        |key: &Value| yaml::scalar_text(key).is_some_and(|key| ENTRY.contains(&key.as_str()));
                    dependency.has_more = !fields.keys().all(is_known);
                    dependency.has_comment = dependency.copied.is_empty() && self.report.has_comment(&at);
                    self.texts(fields, &at, "depends_on")
                }
                Value::Null => vec![],
                other => {
                    dependency.is_short = true;
                    self.texts_of(other, &at, &story)
                }
            };
            for (index, needed) in depends_on.into_iter().map(StoryId::from).enumerate() {
                let at = [&list_at[..], &[Step::from(index)]].concat();
                dependency.places.push(NeedPlace { needed: needed.clone(), file: self.name.to_string(), at });
                dependency.depends_on.push(needed);
            }
            read.push(dependency);
        }
        read
    }

    pub(super) fn merge_points(&mut self, coordination: &Mapping, at: &[Step]) -> Vec<MergePoint> {
        let at = below(at, "merge_points");
        let mut points = Vec::new();
        for (index, item) in self.items(coordination, &at, "merge_points").into_iter().enumerate() {
            let at = [&at[..], &[Step::from(index)]].concat();
            match item {
                Value::Mapping(fields) => points.push(MergePoint::Mapping {
                    name: self.text(fields, &at, "name").unwrap_or_default(),
                    terminals: self.texts(fields, &at, "terminals"),
                    trigger: self.text(fields, &at, "trigger").unwrap_or_default(),
                }),
                Value::Null => {}
                other => match yaml::scalar_text(other) {
                    Some(text) => points.push(MergePoint::Text(text)),
                    None => {
                        let what =
                            format!("a merge point must be a string or a mapping, found {}", kind_of(other));
                        self.report.add(Severity::Warning, &at, &what, SHAPE);
                    }
                },
            }
        }
        points
    }

    pub(super) fn conflicts(&mut self, coordination: &Mapping, at: &[Step]) -> Vec<RecordedConflict> {
        let at = below(at, "conflicts");
        let items = self.items(coordination, &at, "conflicts");
        let mut conflicts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let at = [&at[..], &[Step::from(index)]].concat();
            let empty = Mapping::new();
            let fields = item.as_mapping().unwrap_or(&empty);
            conflicts.push(RecordedConflict {
                index,
                kind: self.text(fields, &at, "type"),
                file: self.text(fields, &at, "file"),
                terminals: self.texts(fields, &at, "terminals"),
                target: self.text(fields, &at, "target"),
                resolution: self.text(fields, &at, "resolution"),
                detected: self.text(fields, &at, "detected"),
            });
        }
        conflicts
    }
}
