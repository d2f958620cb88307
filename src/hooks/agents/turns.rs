//! What each session was told of. It lies in the user's own folder for such things, never in a repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError, put_private};

/// As many files are kept.
const FILES: usize = 200;

/// What is told once only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldOnce {
    /// The conflicts there are at the end of a turn.
    Conflicts,
    /// The states of other terminals for which a write was denied.
    Denials,
    /// What others do with a file, when it is read.
    Reads,
}

/// What a session was told of one topic, a line each.
pub struct Told {
    path: PathBuf,
    lines: BTreeSet<String>,
    is_new: bool,
}

impl Told {
    /// Reads those of a session; none if it is new.
    pub fn of(folder: &Path, session: &str, topic: ToldOnce) -> Told {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = session.chars().take(100).map(safe).collect();
        let topic = match topic {
            ToldOnce::Conflicts => "",
            ToldOnce::Denials => ".denied",
            ToldOnce::Reads => ".read",
        };
        let path = folder.join(format!("{name}{topic}.told"));
        let is_new = !path.exists();
        let text = files::read_text(&path, files::MOST_OF_GIT).unwrap_or_default();
        Told { path, lines: text.lines().map(str::to_string).collect(), is_new }
    }

    /// Whether nothing is remembered of it.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The lines that were not reported yet.
    pub fn new_ones(&self, lines: &BTreeSet<String>) -> BTreeSet<String> {
        lines.difference(&self.lines).cloned().collect()
    }

    /// Remembers these too, and says whether any of them is new.
    ///
    /// # Errors
    /// I/O errors.
    pub fn tell(self, lines: &BTreeSet<String>) -> Result<bool, FileError> {
        let all: BTreeSet<String> = self.lines.union(lines).cloned().collect();
        if all.len() > self.lines.len() { self.remember(&all).map(|()| true) } else { Ok(false) }
    }

    /// Remembers these instead of those before, and forgets what is longest ago.
    ///
    /// # Errors
    /// I/O errors.
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
        let excess = old.len().saturating_sub(FILES - 1);
        // another run may have removed it already
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
    fn only_what_is_new_is_told_and_only_so_much_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("deep/er");
        let told = Told::of(&place, "../a b", ToldOnce::Conflicts);
        assert_eq!(told.new_ones(&set(&["one"])), set(&["one"]));
        told.remember(&set(&["one"])).expect("written");
        assert_eq!(
            Told::of(&place, "../a b", ToldOnce::Conflicts).new_ones(&set(&["one", "two"])),
            set(&["two"])
        );
        assert_eq!(Told::of(&place, "other", ToldOnce::Conflicts).new_ones(&set(&["one"])), set(&["one"]));
        // what is over can come again
        Told::of(&place, "../a b", ToldOnce::Conflicts).remember(&set(&[])).expect("written");
        assert_eq!(Told::of(&place, "../a b", ToldOnce::Conflicts).new_ones(&set(&["one"])), set(&["one"]));
        // of another topic it was told nothing
        let denied = |line: &str| Told::of(&place, "../a b", ToldOnce::Denials).tell(&set(&[line]));
        assert_eq!(["one", "two", "one"].map(|line| denied(line).expect("written")), [true, true, false]);
        assert_eq!(Told::of(&place, "../a b", ToldOnce::Conflicts).new_ones(&set(&["one"])), set(&["one"]));
        for number in 0..FILES + 10 {
            Told::of(&place, &number.to_string(), ToldOnce::Conflicts).remember(&set(&[])).expect("written");
        }
        assert_eq!(fs::read_dir(&place).expect("the folder").count(), FILES);
    }
}
