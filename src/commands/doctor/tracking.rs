//! Tracking files, and whether their sessions are found in git.

use crate::git::names_own_driver;
use crate::model::{Diagnosis, Link, Severity, shown_path};
use crate::pipeline::{self, Workspace};
use crate::planning::relink;

/// What the tracking files say that cannot be right, and sessions that git does not know.
pub(super) fn files(workspace: &Workspace) -> Vec<Diagnosis> {
    let say = |severity, message: String| Diagnosis::of("tracking", severity, message);
    let Some(dir) = &workspace.tracking_dir else { return Vec::new() };
    if !dir.is_dir() {
        let named: Vec<Diagnosis> = workspace
            .troubles()
            .map(|trouble| say(trouble.severity, trouble.message).fix(trouble.suggestion))
            .collect();
        if !named.is_empty() {
            return named;
        }
        let message = format!("{} does not exist; only stories and dependencies need it", shown_path(dir));
        return vec![say(Severity::Info, message).fix("track-work init")];
    }
    let tracking = workspace.tracking();
    let report = pipeline::declared_report(workspace, &tracking);
    let mut found = Vec::new();
    for finding in &report.findings {
        let line = say(finding.severity, finding.message.clone());
        found.push(match finding.suggestion.as_str() {
            "" => line,
            suggestion => line.fix(suggestion),
        });
    }
    for terminal in &report.declared.terminals {
        if terminal.is_complete() || terminal.sessions.is_empty() {
            continue;
        }
        let declared = &report.declared;
        let relink = || {
            let link = relink(terminal, &declared.terminals, &declared.places, &declared.target);
            link.commands().join("\n")
        };
        match &terminal.link {
            Link::Place(_) => {}
            Link::Gone(what) => found.push(
                Diagnosis::of(
                    "sessions",
                    Severity::Warning,
                    format!("{}: {what} does not exist", terminal.id),
                )
                .fix(relink()),
            ),
            Link::Declared(why) => found.push(
                Diagnosis::of(
                    "sessions",
                    Severity::Info,
                    format!(
                        "{} is not linked to git, so only its declared file is checked: {why}",
                        terminal.id
                    ),
                )
                .fix(relink()),
            ),
        }
    }
    let sessions = report.declared.terminals.iter().filter(|terminal| !terminal.sessions.is_empty()).count();
    if found.is_empty() {
        let files = crate::render::count(tracking.files.len(), "file");
        let sessions = crate::render::count(sessions, "session");
        found.push(Diagnosis::well("tracking", format!("{files}, {sessions}, all linked to git")));
    }
    if !workspace.repository.has_own_driver() && names_own_driver(dir) {
        let message = "the attributes of these files name the merge driver track-work, which this clone does not have; git merges \
                       them line by line";
        found.push(say(Severity::Info, message.to_string()).fix("track-work hooks install --merge-driver"));
    }
    found
}
