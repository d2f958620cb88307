//! Tracking files, and whether their sessions are found in git.

use std::path::{Path, PathBuf};

use crate::git::names_own_driver;
use crate::model::{Diagnosis, Link, Severity, Terminal, few, shell_folder, shown_path};
use crate::pipeline::{self, Workspace};
use crate::planning::{self, relink};
use crate::tracking::log;

use super::refused::refused;

/// The tracking directory, or a file in it, that this user may not write to. Files are replaced by new ones, which
/// takes the folder; the log is appended to.
fn unwritable(dir: &Path) -> Option<PathBuf> {
    let may_write = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    let files = [dir.to_path_buf(), dir.join(log::FILE)];
    files.into_iter().find(|path| path.exists() && !may_write(path))
}

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
    let mut found: Vec<Diagnosis> = unwritable(dir)
        .map(|path| {
            let message =
                format!("{} cannot be written to, so every command that writes fails", shown_path(&path));
            say(Severity::Warning, message).fix(format!("chmod u+w {}", shell_folder(&path)))
        })
        .into_iter()
        .collect();
    for finding in &report.findings {
        let line = say(finding.severity, finding.message.clone());
        found.push(match finding.suggestion.as_str() {
            "" => line,
            suggestion => line.fix(suggestion),
        });
    }
    for cycle in &report.declared.book.cycles {
        let message = planning::cycle_text(&report.declared.book, cycle);
        found.push(say(Severity::Warning, message).fix("remove one of these dependencies"));
    }
    found.extend(refused(&tracking));
    let facts = pipeline::observe(workspace, report.declared.clone());
    for walk in planning::terminal_cycles(&facts) {
        let message = format!("terminals wait for each other: {}", walk.join(" → "));
        found.push(say(Severity::Warning, message).fix(format!(
            "remove one of them from blocked_by: {}",
            report.declared.command("update TERMINAL --blocked-by OTHERS")
        )));
    }
    for terminal in &facts.terminals {
        let restoring = planning::restoring(terminal, &facts.places);
        let id = &terminal.id;
        let message = match (terminal.lost_commit(), terminal.is_complete()) {
            (Some(_), _) => format!("{id}: nothing holds the commits that it was seen with any more"),
            // of work that goes on, it is told below
            (None, true) if restoring.is_some() => format!("{id}: {}", Terminal::LOST),
            (None, _) => continue,
        };
        let line = say(Severity::Warning, message);
        found.push(match restoring {
            Some(command) => line.fix(command),
            None => line,
        });
    }
    for terminal in &report.declared.terminals {
        if terminal.is_complete() || terminal.sessions.is_empty() {
            continue;
        }
        let declared = &report.declared;
        let relink = || {
            let link =
                relink(terminal, &declared.terminals, &declared.places, &declared.target, &declared.repeated);
            if link.commands().is_empty() { link.to_string() } else { link.commands().join("\n") }
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
        let terminals = report.declared.terminals.iter().filter(|terminal| !terminal.sessions.is_empty());
        let elsewhere: Vec<&str> =
            terminals.filter(|one| one.place().is_none()).map(|terminal| terminal.id.as_str()).collect();
        let linked = match (sessions, &elsewhere[..]) {
            (0, _) => String::new(),
            (_, []) => ", all linked to git".to_string(),
            (_, names) => format!("; completed and not in git here: {}", few(names)),
        };
        let files = crate::render::count(tracking.files.len(), "file");
        let sessions = crate::render::count(sessions, "session");
        found.push(Diagnosis::well("tracking", format!("{files}, {sessions}{linked}")));
    }
    if !workspace.repository.has_own_driver() && names_own_driver(dir) {
        let message = "the attributes of these files name the merge driver track-work, which this clone does not have; git merges \
                       them line by line";
        found.push(say(Severity::Info, message.to_string()).fix("track-work hooks install --merge-driver"));
    }
    found
}
