//! `dependencies-template.yaml` and `sprint-status.yaml`, read and never written.
//!
//! The two have many shapes in the wild; all that can be understood are read. Anything else becomes a
//! finding, and the rest is still read.

mod places;
mod sprint;
mod template;

use std::path::Path;

use crate::model::{Finding, Severity, Status, Stories, StoryId};
use crate::yaml::report::{self, Reporter};
use crate::yaml::{self, Problem};

/// The template's name, in the tracking directory.
pub const TEMPLATE: &str = "dependencies-template.yaml";

/// Reads the story statuses and dependencies of a repository. `configured` is the sprint status
/// file if one is set, relative to the main worktree or absolute; otherwise it is looked for in
/// its usual places. A missing file is a finding only if it was configured.
pub fn load(
    main_worktree: &Path,
    tracking_dir: &Path,
    configured: Option<&Path>,
    complete_words: &[String],
) -> (Stories, Vec<Finding>) {
    let mut stories = Stories::default();
    let mut findings = Vec::new();
    let files = match configured {
        Some(path) => vec![main_worktree.join(path)],
        None => places::sprint_files(main_worktree),
    };
    for path in files {
        let name = shown(main_worktree, &path);
        let read = read(&path, &name, &mut findings, |reporter, value| {
            sprint::read(value, complete_words, reporter)
        });
        let Some(statuses) = read else { continue };
        for (story, status) in statuses {
            add_status(&mut stories, story, status, &name, &mut findings);
        }
        stories.sources.push(name);
    }
    let template = tracking_dir.join(TEMPLATE);
    if std::fs::symlink_metadata(&template).is_ok() {
        let name = shown(main_worktree, &template);
        if let Some(dependencies) = read(&template, &name, &mut findings, template::read) {
            stories.dependencies = dependencies;
            stories.sources.push(name);
        }
    }
    (stories, findings)
}

/// Reads one file with the reader for its shape.
fn read<T>(
    path: &Path,
    name: &str,
    findings: &mut Vec<Finding>,
    reader: impl FnOnce(&mut Reporter<'_>, &serde_yaml::Value) -> T,
) -> Option<T> {
    let parsed = yaml::read_bytes(path).and_then(|bytes| {
        let text = yaml::decode(&bytes)?.to_string();
        let mut value = yaml::parse(&text)?;
        value.apply_merge().map_err(|error| Problem::new(error.to_string()))?;
        Ok((text, value))
    });
    match parsed {
        Ok((text, value)) => {
            let mut reporter = Reporter::new(name, &text);
            let read = reader(&mut reporter, &value);
            findings.append(&mut reporter.findings);
            Some(read)
        }
        Err(problem) => {
            findings.push(report::broken(name, &problem));
            None
        }
    }
}

/// The first status of a story counts; a different one further down becomes a finding.
fn add_status(
    stories: &mut Stories,
    story: StoryId,
    status: Status,
    name: &str,
    findings: &mut Vec<Finding>,
) {
    let Some((_, first)) = stories.statuses.iter().find(|(other, _)| *other == story) else {
        stories.statuses.push((story, status));
        return;
    };
    if first.kind() != status.kind() {
        let what = format!(
            "the story {story} is {:?} here but {:?} earlier; the first is used",
            status.written(),
            first.written()
        );
        let suggestion = "keep one of the two statuses";
        findings.push(report::finding(name, Severity::Warning, vec![], &Problem::new(what), suggestion));
    }
}

/// A path for messages: relative to the main worktree if it is inside.
fn shown(main_worktree: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(main_worktree).unwrap_or(path);
    relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
        .replace("//", "/")
}
