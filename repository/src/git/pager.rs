//! Shows a long text in the pager of the person, as git does.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::program::Program;

/// What git sets for its pager where the person does not: `less` ends by itself at a short text, keeps colours, and
/// leaves the text on the screen.
const USUAL: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// The status of a shell that found no such program, or one that cannot be run.
const NOT_STARTED: [i32; 2] = [126, 127];

/// A pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    command: String,
}

impl Pager {
    /// The one that git would use in this folder: `pager.track-work`, then `GIT_PAGER`, `core.pager`, `PAGER`, `less`.
    pub fn of(folder: &Path) -> Option<Pager> {
        let asked = |args: &[&str]| {
            let said = Program::of_the_person(folder, "ask git for the pager").args(args).ask();
            let said = String::from_utf8(said.ok()??).ok()?;
            Some(said.trim_end_matches('\n').to_string())
        };
        let own = asked(&["config", "--type=bool-or-str", "pager.track-work"]);
        let command = match own.as_deref() {
            Some("false") => return None,
            Some("true") | None => asked(&["var", "GIT_PAGER"]).unwrap_or_else(|| "less".to_string()),
            Some(command) => command.to_string(),
        };
        (!["", "cat"].contains(&command.trim())).then_some(Pager { command })
    }

    /// Shows a text and waits until the person has read enough. Whether the pager was there.
    ///
    /// # Errors
    /// There is no shell, or no more processes can be started.
    pub fn show(&self, text: &[u8]) -> io::Result<bool> {
        let unset = USUAL.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
        let mut command = Command::new("sh");
        command.args(["-c", &self.command]).envs(unset).env("GIT_PAGER_IN_USE", "true").stdin(Stdio::piped());
        // Ctrl-C is for the pager, which gives the terminal back
        let interrupted = Arc::new(AtomicBool::new(false));
        let ignored = signal_hook::flag::register(signal_hook::consts::SIGINT, interrupted);
        let mut child = command.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // whoever quits early has read enough
            _ = pipe.write_all(text);
        }
        let status = child.wait();
        ignored.into_iter().for_each(|id| _ = signal_hook::low_level::unregister(id));
        Ok(!status?.code().is_some_and(|code| NOT_STARTED.contains(&code)))
    }
}
