//! What each session was told of at the end of its turns. It lies in the user's own folder for such
//! things, never in a repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{FileError, put_private};

/// As many sessions are remembered.
const SESSIONS: usize = 200;

/// What a session was told of, a line each.
pub struct Told {
    path: PathBuf,
    lines: BTreeSet<String>,
}

impl Told {
    /// Reads what is known of a session; nothing where it is new.
    pub fn of(folder: &Path, session: &str) -> Told {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = session.chars().take(100).map(safe).collect();
        let path = folder.join(format!("{name}.told"));
        let text = fs::read_to_string(&path).unwrap_or_default();
        Told { path, lines: text.lines().map(str::to_string).collect() }
    }

    /// Those that it was not told of.
    pub fn new_ones(&self, lines: &BTreeSet<String>) -> BTreeSet<String> {
        lines.difference(&self.lines).cloned().collect()
    }

    /// Remembers these instead of those before, and forgets the sessions that are longest ago.
    ///
    /// # Errors
    /// What the system says.
    pub fn remember(self, lines: &BTreeSet<String>) -> Result<(), FileError> {
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_path_buf();
        fs::create_dir_all(&folder).map_err(FileError::of("create", &folder))?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        put_private(&self.path, text.as_bytes())?;
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut old: Vec<(std::time::SystemTime, PathBuf)> = entries
            .filter(|path| path.extension().is_some_and(|kind| kind == "told") && *path != self.path)
            .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
            .collect();
        old.sort();
        let excess = old.len().saturating_sub(SESSIONS - 1);
        // another run may have done it already
        old.into_iter().take(excess).for_each(|(_, path)| _ = fs::remove_file(path));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|line| line.to_string()).collect()
    }

    #[test]
    fn only_what_is_new_is_told_and_only_so_many_sessions_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("deep/er");
        let told = Told::of(&place, "../a b");
        assert_eq!(told.new_ones(&set(&["one"])), set(&["one"]));
        told.remember(&set(&["one"])).expect("written");
        assert_eq!(Told::of(&place, "../a b").new_ones(&set(&["one", "two"])), set(&["two"]));
        assert_eq!(Told::of(&place, "other").new_ones(&set(&["one"])), set(&["one"]));
        // what is over can come again
        Told::of(&place, "../a b").remember(&set(&[])).expect("written");
        assert_eq!(Told::of(&place, "../a b").new_ones(&set(&["one"])), set(&["one"]));
        for number in 0..SESSIONS + 10 {
            Told::of(&place, &number.to_string()).remember(&set(&[])).expect("written");
        }
        assert_eq!(fs::read_dir(&place).expect("the folder").count(), SESSIONS);
    }
}
